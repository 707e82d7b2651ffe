// What is to be sent stays here until the server has it: through lost connections, sign-ins and
// closed browsers. Before a second try the server is asked what became of the first.
import { effect, signal } from "@preact/signals";
import { connection, JmapError, Offline, session, SignedOut } from "../../jmap/client";
import { format, t } from "../../i18n";
import { go, writing } from "../../router";
import { toast } from "../../ui/toast";
import { forgetHere, isEmpty, keepHere, keepThere, left, readHere, removeThere, type Draft } from "./draft";
import { before, send, undo, type Sent } from "./send";
import { flush, lockOf } from "./writer";

const AGAIN_AFTER = 30_000;

/** A draft that the composer is to open as it is, and what went wrong with it. */
export const returned = signal<{ draft: Draft; problem: string } | null>(null);

function open(draft: Draft, problem: string): void {
  returned.value = { draft, problem };
  writing.value = null;
  queueMicrotask(() => go("/compose?back=1"));
}

/** No answer, or none about the message: it may have been sent or not. */
function unknown(reason: unknown): boolean {
  return reason instanceof Offline || reason instanceof SignedOut || (reason instanceof JmapError && (/^http-5/.test(reason.type) || reason.type === "serverUnavailable"));
}

let again = 0;

const told = new Set<string>();

/** Send what was handed over. Never throws: what fails comes back to the person, loudly. */
export async function deliver(draft: Draft): Promise<void> {
  if (!navigator.locks) return attempt(draft);
  await navigator.locks.request(lockOf(draft.key), () => attempt(draft));
}

async function attempt(given: Draft): Promise<void> {
  // Another try may have done it since.
  const draft = await readHere(given.key).catch(() => given);
  const wanted = draft?.sending;
  if (!draft || !wanted) return;
  try {
    const sent = await once(draft, wanted);
    await forgetHere(draft.key).catch(() => {});
    said(draft, wanted.hold, sent);
  } catch (reason) {
    if (unknown(reason)) {
      if (!told.has(draft.key)) toast(t("compose.waits"), { tone: "bad" });
      told.add(draft.key);
      again ||= window.setTimeout(() => void replay(), AGAIN_AFTER);
      return;
    }
    const kept = { ...draft, sending: null, savedAt: 0, emailId: (reason as { emailId?: string }).emailId ?? draft.emailId };
    await keepHere(kept).catch(() => {});
    open(kept, (reason as { description?: string }).description || (reason as Error).message);
  }
}

async function once(draft: Draft, wanted: NonNullable<Draft["sending"]>): Promise<Sent> {
  let older = draft.emailId ? [draft.emailId] : [];
  let sent: Sent | null = null;
  if (wanted.tried) {
    const found = await before(draft);
    sent = found.sent;
    older = [...new Set([...older, ...found.emailIds])];
  } else {
    wanted.tried = true;
    await keepHere(draft).catch(() => {});
  }
  const hold = typeof wanted.hold === "string" ? new Date(wanted.hold) : wanted.hold;
  sent ??= await send(draft, wanted.from, wanted.identityId, hold instanceof Date && hold.getTime() < Date.now() + 1000 ? 0 : hold);
  const keep = sent.emailId;
  await Promise.all(older.filter((id) => id !== keep).map((id) => removeThere(id).catch(() => {})));
  return sent;
}

function said(draft: Draft, hold: number | string, sent: Sent): void {
  const back = async () => {
    try {
      await undo(sent);
      open({ ...draft, emailId: sent.emailId, sending: null, savedAt: 0, messageId: fresh(draft.messageId) }, "");
    } catch (reason) {
      toast(t("compose.tooLate", { reason: (reason as { description?: string }).description || (reason as Error).message }), { tone: "bad" });
    }
  };
  const undoIt = () => void back();
  if (typeof hold === "string") {
    toast(t("compose.willBeSent", { date: format(new Date(hold), { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }) }), { undo: undoIt });
  } else if (hold) toast(t("compose.sending", { count: hold }), { undo: undoIt, stay: hold * 1000 - 500 });
  else toast(t("compose.sent"));
}

/** A message that is sent after an undo is another one: the first try must not be taken for it. */
function fresh(messageId: string): string {
  return `${crypto.randomUUID()}@${messageId.split("@")[1] ?? "localhost"}`;
}

let running = false;

/** Everything that waits: what was to be sent is sent, what was being written comes back. */
export async function replay(first = false): Promise<void> {
  if (running || !session.value) return;
  running = true;
  clearTimeout(again);
  again = 0;
  try {
    for (const draft of await left()) await alone(draft.key, () => (draft.sending ? attempt(draft) : first ? recovered(draft) : Promise.resolve()));
  } catch {
    // A browser that keeps nothing has nothing to send.
  } finally {
    running = false;
  }
}

async function recovered(draft: Draft): Promise<void> {
  if (!writing.value) return open(draft, "");
  const emailId = await keepThere(draft, { name: null, email: draft.account }).catch(() => null);
  if (emailId) await forgetHere(draft.key);
}

/** Not while another tab is at it. */
async function alone(key: string, does: () => Promise<void>): Promise<void> {
  if (!navigator.locks) return does();
  await navigator.locks.request(lockOf(key), { ifAvailable: true }, async (lock) => {
    if (lock) await does();
  });
}

/** Before all is forgotten here: what is written goes to the server, what waits is sent. False if something would be lost. */
export async function settled(): Promise<boolean> {
  const lost = (draft: Draft) => Boolean(draft.sending) || (draft.changedAt > draft.savedAt && !isEmpty(draft));
  try {
    await flush();
    await replay();
    for (const draft of (await left()).filter((one) => lost(one) && !one.sending)) {
      await keepThere(draft, { name: null, email: draft.account });
      await forgetHere(draft.key);
    }
  } catch {
    return false;
  }
  return !(await left()).some(lost);
}

export function start(): void {
  void replay(true);
  effect(() => {
    if (connection.value === "online" && session.value) queueMicrotask(() => void replay());
  });
  window.addEventListener("online", () => void replay());
}
