// What people do with mail: shown at once, undone on wish or when the server refuses.
import { call, Offline } from "../jmap/client";
import { t } from "../i18n";
import { toast } from "../ui/toast";
import { email, put, type Row } from "./emails";
import { byRole, createMailbox } from "./mailboxes";
import { later } from "./later";
import { current } from "./lists";

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
export async function update(patches: Map<string, Patch>, hide = false): Promise<Map<string, Patch>> {
  const before: Row[] = [];
  const back = new Map<string, Patch>();
  for (const [id, patch] of patches) {
    const row = email(id).peek();
    if (!row) continue;
    before.push(row);
    back.set(id, reversed(row, patch));
    put([applied(row, patch)]);
  }
  const show = hide ? current.peek()?.hide(new Set(patches.keys())) : undefined;
  try {
    const answer = await call("Email/set", { update: Object.fromEntries(patches) });
    const failed = Object.values((answer.notUpdated ?? {}) as Record<string, { description?: string; type: string }>);
    if (failed[0]) throw new Error(failed[0].description ?? failed[0].type);
  } catch (reason) {
    if (reason instanceof Offline && (await later("Email/set", { update: Object.fromEntries(patches) }))) return back;
    put(before);
    show?.();
    toast(t("store.failed", { reason: (reason as Error).message }), { tone: "bad" });
    throw reason;
  }
  return back;
}

async function withUndo(ids: string[], patch: (row: Row) => Patch, text: string, hide = true): Promise<void> {
  const patches = new Map<string, Patch>();
  for (const id of ids) {
    const row = email(id).peek();
    if (row) patches.set(id, patch(row));
  }
  if (!patches.size) return;
  const back = await update(patches, hide).catch(() => null);
  if (back) toast(t(text, { count: patches.size }), { undo: () => void update(back).catch(() => {}) });
}

/** Move emails to one mailbox, out of all others. */
export function move(ids: string[], mailboxId: string, text = "store.moved"): Promise<void> {
  return withUndo(ids, () => ({ mailboxIds: { [mailboxId]: true } }), text);
}

async function moveToRole(ids: string[], role: string, name: string, text: string, more: Patch = {}): Promise<void> {
  const mailboxId = byRole(role)?.id ?? (await createMailbox(name, null, role));
  await withUndo(ids, () => ({ mailboxIds: { [mailboxId]: true }, ...more }), text);
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

export const markRead = (ids: string[], read = true): Promise<void> => setKeyword(ids, "$seen", read);
export const star = (ids: string[], on = true): Promise<void> => setKeyword(ids, "$flagged", on);
export const mute = (ids: string[], on = true): Promise<void> => setKeyword(ids, "$muted", on);

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
