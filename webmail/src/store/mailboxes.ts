// The mailboxes of the account, kept current by push.
import { computed, signal } from "@preact/signals";
import { call, on } from "../jmap/client";
import { known } from "../jmap/push";
import type { Mailbox } from "../jmap/types";

export const mailboxes = signal<Map<string, Mailbox>>(new Map());
let state = "";

export const ORDER = ["inbox", "snoozed", "drafts", "scheduled", "sent", "archive", "junk", "trash"];

function rank(mailbox: Mailbox): number {
  const found = ORDER.indexOf(mailbox.role ?? "");
  return found < 0 ? ORDER.length : found;
}

/** Children of a mailbox (null: at the top), in the order that people see. */
export function children(parentId: string | null): Mailbox[] {
  return [...mailboxes.value.values()]
    .filter((one) => one.parentId === parentId)
    .sort((a, b) => rank(a) - rank(b) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name));
}

export const roles = computed(() => {
  const found = new Map<string, Mailbox>();
  for (const one of mailboxes.value.values()) if (one.role) found.set(one.role, one);
  return found;
});

export function byRole(role: string): Mailbox | undefined {
  return roles.value.get(role);
}

export function setMailboxes(list: Mailbox[], newState = ""): void {
  mailboxes.value = new Map(list.map((one) => [one.id, one]));
  state = newState;
}

export async function loadMailboxes(): Promise<void> {
  const answer = await call<{ list: Mailbox[]; state: string }>("Mailbox/get", { ids: null });
  setMailboxes(answer.list, answer.state);
  known("Mailbox", answer.state);
}

export async function createMailbox(name: string, parentId: string | null = null, role: string | null = null): Promise<string> {
  const answer = await call("Mailbox/set", { create: { new: { name, parentId, role } } });
  const problem = answer.notCreated?.new;
  if (problem) throw new Error(problem.description ?? problem.type);
  await loadMailboxes();
  return answer.created.new.id as string;
}

export async function updateMailbox(id: string, patch: Partial<Mailbox>): Promise<void> {
  const answer = await call("Mailbox/set", { update: { [id]: patch } });
  const problem = answer.notUpdated?.[id];
  if (problem) throw new Error(problem.description ?? problem.type);
  await loadMailboxes();
}

export async function destroyMailbox(id: string, withMail: boolean): Promise<void> {
  const answer = await call("Mailbox/set", { destroy: [id], onDestroyRemoveEmails: withMail });
  const problem = answer.notDestroyed?.[id];
  if (problem) throw new Error(problem.description ?? problem.type);
  await loadMailboxes();
}

on("Mailbox", (news) => {
  if (news !== state) void loadMailboxes().catch(() => {});
});
