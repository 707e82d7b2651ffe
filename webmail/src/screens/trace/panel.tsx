// "How did this get here?": the story of a message, in words first, with everything behind it.
import { useEffect, useState } from "preact/hooks";
import { call } from "../../jmap/client";
import { format, language, longDate, t } from "../../i18n";
import type { Trace, TraceQuestionAgain, TraceStep } from "../../jmap/types";
import { Banner, Button, Icon, IconButton, Skeleton } from "../../ui/controls";
import { toast } from "../../ui/toast";
import { asText, grouped } from "./story";
import "./trace.css";

const TONE = { good: "good", unknown: "unknown", doubt: "doubt", bad: "bad", internal: "good" } as const;

function clock(iso: string): string {
  return format(new Date(iso), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

function Evidence({ step }: { step: TraceStep }) {
  const facts = { ...step.params, ...step.evidence };
  return (
    <details class="expert">
      <summary>{t("trace.expert")}{step.rfc && <span class="rfc"> · {step.rfc}</span>}</summary>
      <code class="key">{step.key}</code>
      {Object.keys(facts).length > 0 && <pre dir="ltr" tabIndex={0} role="group" aria-label={t("trace.expert")}>{JSON.stringify(facts, null, 2)}</pre>}
    </details>
  );
}

function Step({ step }: { step: TraceStep }) {
  return (
    <li class="step" data-claimed={step.claimed || undefined}>
      <p class="step-line"><time dateTime={step.at}>{clock(step.at)}</time> <span>{step.sentence}</span></p>
      <details>
        <summary>{t("trace.more")}</summary>
        <p>{step.explanation}</p>
        {step.asked.length > 0 && <ul class="asked">{step.asked.map((line, index) => <li key={index} dir="auto">{line}</li>)}</ul>}
        <Evidence step={step} />
      </details>
    </li>
  );
}

function Check({ step }: { step: TraceStep }) {
  const asked = step.question;
  if (!asked) return <Step step={step} />;
  return (
    <li class="check" data-answer={asked.answer}>
      <details>
        <summary><span class="check-question">{asked.question}</span> <strong>{asked.says}</strong></summary>
        <p>{step.sentence}</p>
        <p>{step.explanation}</p>
        {step.asked.length > 0 && <ul class="asked">{step.asked.map((line, index) => <li key={index} dir="auto">{line}</li>)}</ul>}
        <p class="hint">{t("trace.term", { term: asked.term })}</p>
        <Evidence step={step} />
      </details>
    </li>
  );
}

function Again({ trace }: { trace: Trace }) {
  const [list, setList] = useState<TraceQuestionAgain[] | null>(null);
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    try {
      const answer = await call("Trace/ask", { id: trace.id, language: language.value });
      setList(answer.list);
    } catch (reason) {
      toast((reason as Error).message, { tone: "bad" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="again">
      <Button icon="refresh" busy={busy} onClick={() => void ask()}>{t("trace.askAgain")}</Button>
      {list && (list.length ? (
        <div class="scroll" tabIndex={0} role="region" aria-label={t("trace.askAgain")}>
          <table>
            <thead><tr><th scope="col">{t("trace.name")}</th><th scope="col">{t("trace.then")}</th><th scope="col">{t("trace.now")}</th></tr></thead>
            <tbody>{list.map((one, index) => (
              <tr key={index} data-same={one.same}>
                <th scope="row"><span dir="ltr">{one.name} {one.type}</span><small>{one.sentence}</small></th>
                <td dir="ltr">{one.then?.join("\n") ?? t("trace.noAnswer")}</td>
                <td dir="ltr">{one.now?.join("\n") ?? t("trace.noAnswer")}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      ) : <p class="hint">{t("trace.nothingAsked")}</p>)}
    </div>
  );
}

export function TraceStory({ trace }: { trace: Trace }) {
  const parts = grouped(trace.steps);
  const copy = async () => {
    await navigator.clipboard.writeText(asText(trace, { seen: t("trace.way"), claimed: t("trace.claimed") }));
    toast(t("trace.copied"));
  };
  return (
    <div class="trace-story">
      {trace.headline && (
        <Banner tone={TONE[trace.tone]} icon={TONE[trace.tone] === "good" ? "check" : "info"}>
          <p class="headline">{trace.headline}</p>
          {trace.sentence !== trace.headline && <p>{trace.sentence.replace(trace.headline, "").trim()}</p>}
        </Banner>
      )}
      {trace.advice && <p class="advice"><strong>{t("trace.youCan")}</strong> {trace.advice}</p>}
      {trace.earlier && <p class="hint">{trace.earlier}</p>}
      {trace.direction === "submitted" && trace.recipients.length > 0 && (
        <section><h3>{t("trace.delivery")}</h3>
          <ul class="recipients">{trace.recipients.map((one, index) => <li key={index} data-state={one.state}><Icon name={one.state === "failed" ? "refused" : one.state === "delivered" || one.state === "accepted" ? "check" : "clock"} size={16} /> {one.sentence || one.address}</li>)}</ul>
        </section>
      )}
      {parts.checks.length > 0 && <section><h3>{t("trace.checks")}</h3><ul class="checks">{parts.checks.map((step, index) => <Check key={index} step={step} />)}</ul></section>}
      {parts.decision.length > 0 && <section><h3>{t("trace.decision")}</h3><ol class="steps">{parts.decision.map((step, index) => <Step key={index} step={step} />)}</ol></section>}
      {parts.way.length > 0 && <section><h3>{t("trace.way")}</h3><ol class="steps">{parts.way.map((step, index) => <Step key={index} step={step} />)}</ol></section>}
      {parts.claimed.length > 0 && <section><h3>{t("trace.claimed")}</h3><p class="hint">{t("trace.claimedHint")}</p><ol class="steps">{parts.claimed.map((step, index) => <Step key={index} step={step} />)}</ol></section>}
      {parts.rest.length > 0 && <section><h3>{t("trace.rest")}</h3><ol class="steps">{parts.rest.map((step, index) => <Step key={index} step={step} />)}</ol></section>}
      {trace.claims.length > 0 && (
        <section><h3>{t("trace.names")}</h3>
          <ul class="claims">{trace.claims.map((one, index) => <li key={index}><span dir="auto">{one.value || "—"}</span><small>{one.says}</small></li>)}</ul>
        </section>
      )}
      <footer class="trace-foot">
        <Button icon="info" onClick={() => void copy()}>{t("trace.copy")}</Button>
        <Again trace={trace} />
        <p class="hint">{t("trace.id", { id: trace.id })} · {longDate(trace.at)}</p>
      </footer>
    </div>
  );
}

export function useTrace(args: { emailIds: string[] } | { ids: string[] }): Trace | null | undefined {
  const [trace, setTrace] = useState<Trace | null | undefined>(undefined);
  const key = JSON.stringify(args);
  useEffect(() => {
    setTrace(undefined);
    let gone = false;
    call("Trace/get", { ...args, language: language.value })
      .then((answer) => !gone && setTrace(answer.list[0] ?? null))
      .catch(() => !gone && setTrace(null));
    return () => {
      gone = true;
    };
  }, [key, language.value]);
  return trace;
}

export function TracePanel({ emailId, onClose }: { emailId: string; onClose?: () => void }) {
  const trace = useTrace({ emailIds: [emailId] });
  return (
    <section class="trace-panel" aria-label={t("reading.whyHere")}>
      <header><h2>{t("reading.whyHere")}</h2>{onClose && <IconButton icon="close" label={t("ui.close")} onClick={onClose} />}</header>
      {trace === undefined ? <Skeleton lines={4} /> : trace === null ? <p class="hint">{t("trace.none")}</p> : <TraceStory trace={trace} />}
    </section>
  );
}
