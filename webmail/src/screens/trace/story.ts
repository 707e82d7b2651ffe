// The steps of a trace under their headings; and the whole of it as text. Pure.
import type { Trace, TraceStep } from "../../jmap/types";

export interface Parts {
  way: TraceStep[];
  claimed: TraceStep[];
  checks: TraceStep[];
  decision: TraceStep[];
  rest: TraceStep[];
}

/** What others claim never stands among what was seen here. */
export function grouped(steps: TraceStep[]): Parts {
  const parts: Parts = { way: [], claimed: [], checks: [], decision: [], rest: [] };
  for (const step of steps) {
    if (step.claimed) parts.claimed.push(step);
    else if (step.part === "way" || step.part === "checks" || step.part === "decision") parts[step.part].push(step);
    else parts.rest.push(step);
  }
  return parts;
}

export function asText(trace: Trace, words: { seen: string; claimed: string }): string {
  const parts = grouped(trace.steps);
  const line = (step: TraceStep) => `  ${step.at}  ${step.sentence}`;
  const check = (step: TraceStep) => (step.question ? `  ${step.question.question} ${step.question.says}` : line(step));
  return [
    trace.title,
    trace.sentence,
    ...parts.checks.map(check),
    ...parts.decision.map(line),
    words.seen,
    ...parts.way.map(line),
    ...(parts.claimed.length ? [words.claimed, ...parts.claimed.map(line)] : []),
    ...parts.rest.map(line),
    trace.id,
  ].filter(Boolean).join("\n");
}
