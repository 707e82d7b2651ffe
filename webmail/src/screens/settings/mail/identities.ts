// From whom mail is written (RFC 8621 §6).
import { signal } from "@preact/signals";
import { call, JmapError, session } from "../../../jmap/client";

export interface Identity {
  id: string;
  name: string;
  email: string;
  replyTo: { name: string | null; email: string }[] | null;
  textSignature: string;
  htmlSignature: string;
  mayDelete: boolean;
}

export const identities = signal<Identity[] | null>(null);

export function offered(): boolean {
  return "urn:ietf:params:jmap:submission" in (session.value?.capabilities ?? {});
}

export async function loadIdentities(): Promise<void> {
  identities.value = (await call<{ list: Identity[] }>("Identity/get", { ids: null })).list;
}

function refused(problem: { type: string; description?: string } | undefined): void {
  if (problem) throw new JmapError(problem.type, problem.description ?? problem.type);
}

/** Change one, or make one (id null). */
export async function saveIdentity(id: string | null, given: Partial<Identity>): Promise<void> {
  const answer = await call("Identity/set", id ? { update: { [id]: given } } : { create: { new: given } });
  refused(id ? answer.notUpdated?.[id] : answer.notCreated?.new);
  await loadIdentities();
}

export async function removeIdentity(id: string): Promise<void> {
  const answer = await call("Identity/set", { destroy: [id] });
  refused(answer.notDestroyed?.[id]);
  await loadIdentities();
}
