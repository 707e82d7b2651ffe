// A message while it is written: kept in this browser at each pause, on the server a little later.
import { openDB, type IDBPDatabase } from "idb";
import { call, JmapError, session } from "../../jmap/client";
import { byRole, createMailbox } from "../../store/mailboxes";
import type { Address } from "./address";
import { cidsOf } from "./cids";

export interface Attachment {
  blobId: string;
  name: string;
  type: string;
  size: number;
  /** Content-ID of a picture that stands within the text. */
  cid?: string;
}

export interface Draft {
  key: string;
  account: string;
  /** The copy on the server. */
  emailId: string | null;
  identityId: string | null;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  subject: string;
  /** Always there; made of `html` where that is written. */
  text: string;
  /** null: plain text alone. */
  html: string | null;
  attachments: Attachment[];
  inReplyTo: string[] | null;
  references: string[] | null;
  /** The recipients' programs are asked to tell when it is opened. */
  receipt?: boolean;
  /** The message that is answered or passed on, and how. */
  original: { id: string; how: "$answered" | "$forwarded" } | null;
  /** Ours from the beginning, so that a message is never sent twice. */
  messageId: string;
  changedAt: number;
  /** When the copy on the server was made; 0: never. */
  savedAt: number;
  /** The person has pressed "Send": with a hold of so many seconds, or at a time (ISO 8601). */
  sending: { hold: number | string; from: Address; identityId: string; tried: boolean } | null;
}

export function empty(): Draft {
  const domain = (session.value?.username ?? "").split("@")[1] ?? "localhost";
  return {
    key: crypto.randomUUID(), account: session.value?.username ?? "", emailId: null, identityId: null,
    to: [], cc: [], bcc: [], subject: "", text: "", html: null, attachments: [], inReplyTo: null, references: null,
    original: null, messageId: `${crypto.randomUUID()}@${domain}`, changedAt: Date.now(), savedAt: 0, sending: null,
  };
}

export function isEmpty(draft: Draft): boolean {
  return !draft.to.length && !draft.cc.length && !draft.bcc.length && !draft.subject.trim() && !draft.text.trim() && !draft.attachments.length;
}

let opened: Promise<IDBPDatabase> | null = null;

function database(): Promise<IDBPDatabase> {
  return (opened ??= openDB("pillarbox-drafts", 1, {
    upgrade(db) {
      db.createObjectStore("drafts", { keyPath: "key" });
    },
  }));
}

/** On the disk when it returns, not only on its way there. */
export async function keepHere(draft: Draft): Promise<void> {
  const change = (await database()).transaction("drafts", "readwrite", { durability: "strict" });
  await change.store.put(draft);
  await change.done;
}

export async function forgetHere(key: string): Promise<void> {
  await (await database()).delete("drafts", key);
}

export async function readHere(key: string): Promise<Draft | undefined> {
  return (await (await database()).get("drafts", key)) as Draft | undefined;
}

/** What was being written when the page went away, the latest first. */
export async function left(): Promise<Draft[]> {
  const all = (await (await database()).getAll("drafts")) as Draft[];
  return all.filter((one) => one.account === session.value?.username).sort((a, b) => b.changedAt - a.changedAt);
}

/** The properties of the Email that a draft is. Pictures that are no longer in the text stay behind. */
export function asEmail(draft: Draft, from: Address, mailboxId: string): object {
  const shown = new Set(draft.html === null ? [] : cidsOf(draft.html));
  const attached = draft.attachments.filter((one) => !one.cid || shown.has(one.cid));
  const values: Record<string, { value: string }> = { t: { value: draft.text } };
  if (draft.html !== null) values.h = { value: `<!DOCTYPE html><html><body>${draft.html}</body></html>` };
  return {
    mailboxIds: { [mailboxId]: true },
    keywords: { $draft: true, $seen: true },
    from: [from],
    to: draft.to.length ? draft.to : null,
    cc: draft.cc.length ? draft.cc : null,
    bcc: draft.bcc.length ? draft.bcc : null,
    subject: draft.subject.replace(/[\r\n]+/g, " "),
    messageId: [draft.messageId],
    inReplyTo: draft.inReplyTo,
    references: draft.references,
    ...(draft.receipt ? { "header:Disposition-Notification-To:asAddresses": [from] } : {}),
    textBody: [{ partId: "t", type: "text/plain" }],
    ...(draft.html === null ? {} : { htmlBody: [{ partId: "h", type: "text/html" }] }),
    bodyValues: values,
    attachments: attached.map(({ blobId, name, type, cid }) => ({ blobId, name, type, cid: cid ?? null, disposition: cid ? "inline" : "attachment" })),
  };
}

export async function draftsMailbox(): Promise<string> {
  return byRole("drafts")?.id ?? createMailbox("Drafts", null, "drafts");
}

/** Put the draft on the server, then take its older copy away; returns its id. */
export async function keepThere(draft: Draft, from: Address): Promise<string> {
  const answer = await call("Email/set", { create: { draft: asEmail(draft, from, await draftsMailbox()) } });
  const problem = answer.notCreated?.draft;
  if (problem) throw new JmapError(problem.type, problem.description ?? problem.type);
  const made = answer.created.draft.id as string;
  if (draft.emailId) await removeThere(draft.emailId);
  return made;
}

/** Take a copy on the server away; one that is gone already is no problem. */
export async function removeThere(emailId: string): Promise<void> {
  await call("Email/set", { destroy: [emailId] });
}
