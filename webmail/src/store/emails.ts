// What is known of emails: rows of lists, changed optimistically, made current by Email/changes.
import { computed, signal, type Signal } from "@preact/signals";
import { call, JmapError, on, session } from "../jmap/client";
import { known } from "../jmap/push";
import { language } from "../i18n";
import type { EmailAddress, SenderVerdict } from "../jmap/types";

/** The properties that a list shows. */
export interface Row {
  id: string;
  threadId: string;
  blobId: string;
  mailboxIds: Record<string, boolean>;
  keywords: Record<string, boolean>;
  from: EmailAddress[] | null;
  to: EmailAddress[] | null;
  subject: string | null;
  preview: string;
  receivedAt: string;
  size: number;
  hasAttachment: boolean;
  senderVerdict?: SenderVerdict | null;
  snoozed?: { until: string; moveToMailboxId: string | null } | null;
}

export const LIST_PROPERTIES = [
  "id", "threadId", "blobId", "mailboxIds", "keywords", "from", "to", "subject", "preview",
  "receivedAt", "size", "hasAttachment",
];

/** Extra properties only of servers that have them. */
export const extraProperties = computed<string[]>(() => EXTRAS.filter(([, urn]) => session.value?.capabilities[urn]).map(([name]) => name));
const EXTRAS = [["senderVerdict", "urn:pillarbox:jmap:sender"], ["snoozed", "urn:pillarbox:jmap:snooze"]] as const;

const rows = new Map<string, Signal<Row | undefined>>();
let state = "";

/** A signal of one email; undefined until it is loaded or when it is gone. */
export function email(id: string): Signal<Row | undefined> {
  let found = rows.get(id);
  if (!found) rows.set(id, (found = signal(undefined)));
  return found;
}

export function put(list: Row[]): void {
  for (const row of list) email(row.id).value = row;
}

export function forget(ids: string[]): void {
  for (const id of ids) {
    const one = rows.get(id);
    if (one) one.value = undefined;
  }
}

export function noteState(newState: string): void {
  state = newState;
  known("Email", newState);
}

const loading = new Map<string, Promise<void>>();

/** Load rows that are not known yet (or all of them again). */
export async function load(ids: string[], again = false): Promise<void> {
  const missing = ids.filter((id) => again || (!rows.get(id)?.peek() && !loading.has(id)));
  if (missing.length) {
    const work = fetchRows(missing);
    for (const id of missing) loading.set(id, work);
    try {
      await work;
    } finally {
      for (const id of missing) loading.delete(id);
    }
  }
  await Promise.all(ids.map((id) => loading.get(id)));
}

export function listArguments(): { properties: string[]; language?: string } {
  const extra = extraProperties.value;
  return extra.includes("senderVerdict")
    ? { properties: [...LIST_PROPERTIES, ...extra], language: language.value }
    : { properties: [...LIST_PROPERTIES, ...extra] };
}

async function fetchRows(ids: string[]): Promise<void> {
  const answer = await call<{ list: Row[]; notFound: string[]; state: string }>("Email/get", {
    ids,
    ...listArguments(),
  });
  put(answer.list);
  forget(answer.notFound);
  if (!state) noteState(answer.state);
}

const watchers = new Set<(changed: Set<string>) => void>();

/** Call `fn` after emails changed elsewhere, with their ids (empty: anything may have). */
export function watch(fn: (changed: Set<string>) => void): () => void {
  watchers.add(fn);
  return () => watchers.delete(fn);
}

let syncing: Promise<void> | null = null;

/** Ask what changed since the last time, and load what somebody looks at. */
export function sync(): Promise<void> {
  return (syncing ??= doSync().finally(() => {
    syncing = null;
  }));
}

async function doSync(): Promise<void> {
  const touched = new Set<string>();
  if (!state) {
    for (const fn of watchers) fn(touched);
    return;
  }
  try {
    for (;;) {
      const answer = await call("Email/changes", { sinceState: state, maxChanges: 500 });
      const updated = (answer.updated as string[]).filter((id) => rows.get(id)?.peek());
      if (updated.length) await fetchRows(updated);
      forget(answer.destroyed);
      for (const id of [...answer.created, ...answer.updated, ...answer.destroyed]) touched.add(id);
      noteState(answer.newState);
      if (!answer.hasMoreChanges) break;
    }
  } catch (reason) {
    if (!(reason instanceof JmapError) || reason.type !== "cannotCalculateChanges") throw reason;
    state = "";
    await fetchRows([...rows].filter(([, one]) => one.peek()).map(([id]) => id).slice(0, 500));
    touched.clear();
  }
  for (const fn of watchers) fn(touched);
}

on("Email", (news) => {
  if (!news || news !== state) void sync().catch(() => {});
});
