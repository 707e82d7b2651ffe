// What an answer begins with: to whom, under which subject, quoting what. Pure.
import type { Address } from "./address";

export interface Original {
  id: string;
  from: Address[] | null;
  to: Address[] | null;
  cc: Address[] | null;
  replyTo: Address[] | null;
  subject: string | null;
  messageId: string[] | null;
  references: string[] | null;
  text: string;
}

export interface Beginning {
  to: Address[];
  cc: Address[];
  subject: string;
  inReplyTo: string[] | null;
  references: string[] | null;
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

function without(list: Address[], gone: string[]): Address[] {
  return list.filter((one, index) => !gone.some((email) => same(email, one.email)) && list.findIndex((other) => same(other.email, one.email)) === index);
}

/** To whom an answer goes. mine: the writer's own addresses. */
export function reply(original: Original, mine: string[], all: boolean): Beginning {
  const own = (original.from ?? []).some((one) => mine.some((email) => same(email, one.email)));
  // Answering one's own message goes on to those it was for.
  const first = own ? (original.to ?? []) : original.replyTo?.length ? original.replyTo : (original.from ?? []);
  const to = own ? without(first, []) : without(first, first.length > 1 ? mine : []);
  const others = all ? without([...(own ? [] : (original.to ?? [])), ...(original.cc ?? [])], [...mine, ...to.map((one) => one.email)]) : [];
  const references = [...(original.references ?? []), ...(original.messageId ?? [])];
  return {
    to,
    cc: others,
    subject: prefixed("Re", original.subject ?? ""),
    inReplyTo: original.messageId,
    references: references.length ? references.slice(-50) : null,
  };
}

export function forward(original: Original): Beginning {
  return { to: [], cc: [], subject: prefixed("Fwd", original.subject ?? ""), inReplyTo: null, references: null };
}

const PREFIX = { Re: /^\s*(re|aw|antw|sv|vs)\s*(\[\d+\])?:/i, Fwd: /^\s*(fwd?|wg|vb)\s*:/i };

export function prefixed(prefix: "Re" | "Fwd", subject: string): string {
  return PREFIX[prefix].test(subject) ? subject.trim() : `${prefix}: ${subject.trim()}`;
}

export function quoted(text: string): string {
  return text
    .replace(/\s+$/, "")
    .split("\n")
    .map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`))
    .join("\n");
}

const ATTACHED = /\b(attach(ed|ment|ing)?|enclosed|anbei|anhang|angehängt|beigefügt|im anhang)\b/i;

/** Says the text that something is attached? What is quoted does not count. */
export function speaksOfAttachment(subject: string, text: string): boolean {
  const own = text.split("\n").filter((line) => !line.startsWith(">")).join("\n");
  return ATTACHED.test(own) || ATTACHED.test(subject);
}
