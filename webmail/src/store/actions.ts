// What people do with mail: shown at once, undone on wish or when the server refuses.
import { call, Offline } from "../jmap/client";
import { t } from "../i18n";
import { toast } from "../ui/toast";
import { email, load, put, type Row } from "./emails";
import { byRole, createMailbox } from "./mailboxes";
import { later } from "./later";
import { current, mailboxId as shownMailbox } from "./lists";

type Patch = Record<string, unknown>;

function applied(row: Row, patch: Patch): Row {
  const next: any = { ...row, mailboxIds: { ...row.mailboxIds }, keywords: { ...row.keywords } };
  for (const [path, value] of Object.entries(patch)) {
    const [property, key] = path.split("/") as [string, string | undefined];
    if (key === undefined) next[property] = value;
    else if (value === null) delete next[property][key];
    else next[property][key] = value;
  }
  return next as Row;
}

function reversed(row: Row, patch: Patch): Patch {
  const back: Patch = {};
  for (const path of Object.keys(patch)) {
    const [property, key] = path.split("/") as [keyof Row, string | undefined];
    if (key === undefined) back[property] = row[property];
    else back[path] = (row[property] as Record<string, boolean>)[key] ? true : null;
  }
  return back;
}

/** Update emails by patches; rows change at once and come back if it fails. Returns the way back. */
export async function update(patches: Map<string, Patch>): Promise<Map<string, Patch>> {
  const before: Row[] = [];
  const back = new Map<string, Patch>();
  for (const [id, patch] of patches) {
    const row = email(id).peek();
    if (!row) continue;
    before.push(row);
    back.set(id, reversed(row, patch));
    put([applied(row, patch)]);
  }
  try {
    const answer = await call("Email/set", { update: Object.fromEntries(patches) });
    const failed = Object.values((answer.notUpdated ?? {}) as Record<string, { description?: string; type: string }>);
    if (failed[0]) throw new Error(failed[0].description ?? failed[0].type);
  } catch (reason) {
    if (reason instanceof Offline && (await later("Email/set", { update: Object.fromEntries(patches) }))) return back;
    put(before);
    toast(t("store.failed", { reason: (reason as Error).message }), { tone: "bad" });
    throw reason;
  }
  return back;
}

/** All emails of the conversations that rows stand for, where the list shows one row for each. */
async function whole(ids: string[]): Promise<string[]> {
  if (!current.peek()?.wanted.collapseThreads) return ids;
  const threads = new Set(ids.map((id) => email(id).peek()?.threadId).filter((id): id is string => Boolean(id)));
  try {
    const answer = await call<{ list: { emailIds: string[] }[] }>("Thread/get", { ids: [...threads] });
    const all = [...new Set([...ids, ...answer.list.flatMap((one) => one.emailIds)])];
    await load(all);
    return all;
  } catch {
    return ids;
  }
}

/** Those that lie in the mailbox that is shown: own answers in Sent stay where they are. */
function here(ids: string[]): string[] {
  const shown = shownMailbox.peek();
  const mine = shown ? ids.filter((id) => email(id).peek()?.mailboxIds[shown]) : ids;
  return mine.length ? mine : ids;
}

async function withUndo(ids: string[], patch: (row: Row) => Patch, text: string, hide = true): Promise<void> {
  const show = hide ? current.peek()?.hide(new Set(ids)) : undefined;
  const all = await whole(ids);
  const patches = new Map<string, Patch>();
  for (const id of hide ? here(all) : all) {
    const row = email(id).peek();
    if (row) patches.set(id, patch(row));
  }
  if (!patches.size) return show?.();
  const back = await update(patches).catch(() => null);
  if (!back) return show?.();
  toast(t(text, { count: Math.min(ids.length, patches.size) }), {
    undo: () => {
      show?.();
      void update(back).catch(() => {});
    },
  });
}

/** Out of the mailbox that is shown, into another; out of all if none is shown. */
function into(target: string): (row: Row) => Patch {
  const shown = shownMailbox.peek();
  return (row) => (shown && shown !== target && row.mailboxIds[shown] ? { [`mailboxIds/${shown}`]: null, [`mailboxIds/${target}`]: true } : { mailboxIds: { [target]: true } });
}

/** Move emails to one mailbox, out of all others. */
export function move(ids: string[], mailboxId: string, text = "store.moved"): Promise<void> {
  return withUndo(ids, into(mailboxId), text);
}

async function moveToRole(ids: string[], role: string, name: string, text: string, more: Patch = {}): Promise<void> {
  const mailboxId = byRole(role)?.id ?? (await createMailbox(name, null, role));
  const patch = role === "archive" ? into(mailboxId) : () => ({ mailboxIds: { [mailboxId]: true } });
  await withUndo(ids, (row) => ({ ...patch(row), ...more }), text);
}

export const archive = (ids: string[]): Promise<void> => moveToRole(ids, "archive", "Archive", "store.archived");
export const trash = (ids: string[]): Promise<void> => moveToRole(ids, "trash", "Trash", "store.trashed");
export const junk = (ids: string[]): Promise<void> =>
  moveToRole(ids, "junk", "Junk", "store.junked", { "keywords/$junk": true, "keywords/$notjunk": null });
export const notJunk = (ids: string[]): Promise<void> =>
  moveToRole(ids, "inbox", "Inbox", "store.unjunked", { "keywords/$junk": null, "keywords/$notjunk": true });

export async function setKeyword(ids: string[], keyword: string, on: boolean): Promise<void> {
  const path = `keywords/${keyword.replace(/~/g, "~0").replace(/\//g, "~1")}`;
  await update(new Map(ids.map((id) => [id, { [path]: on ? true : null }]))).catch(() => {});
}

export const markRead = async (ids: string[], read = true): Promise<void> => setKeyword(read ? await whole(ids) : ids, "$seen", read);
export const star = (ids: string[], on = true): Promise<void> => setKeyword(ids, "$flagged", on);
export const mute = async (ids: string[], on = true): Promise<void> => setKeyword(await whole(ids), "$muted", on);

export function label(ids: string[], keyword: string, on: boolean): Promise<void> {
  return withUndo(ids, () => ({ [`keywords/${keyword}`]: on ? true : null }), on ? "store.labelled" : "store.unlabelled", false);
}

/** until: null wakes them now. */
export async function snooze(ids: string[], until: Date | null): Promise<void> {
  const value = until ? { until: until.toISOString().replace(/\.\d+Z/, "Z"), moveToMailboxId: null } : null;
  await withUndo(ids, () => ({ snoozed: value }), until ? "store.snoozed" : "store.unsnoozed", until !== null);
}

/** For good: what lies in Trash, or drafts. */
export async function destroy(ids: string[]): Promise<void> {
  const show = current.peek()?.hide(new Set(ids));
  try {
    await call("Email/set", { destroy: ids });
    toast(t("store.destroyed", { count: ids.length }));
  } catch (reason) {
    show?.();
    toast(t("store.failed", { reason: (reason as Error).message }), { tone: "bad" });
  }
}
