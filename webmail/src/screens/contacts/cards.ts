// Contacts on the server (RFC 9610): cards as JSContact has them, and what is shown of them.
import { call, JmapError, upload } from "../../jmap/client";

export interface Card {
  id: string;
  name?: { full?: string; components?: { kind: string; value: string }[] };
  emails?: Record<string, { address: string }>;
  phones?: Record<string, { number: string }>;
  organizations?: Record<string, { name?: string }>;
  notes?: Record<string, { note: string }>;
}

/** What the form changes; one line for each address and number. */
export interface Fields {
  name: string;
  emails: string[];
  phones: string[];
  organization: string;
  note: string;
}

export function nameOf(card: Card): string {
  const parts = (card.name?.components ?? []).filter((one) => one.kind !== "separator").map((one) => one.value);
  return card.name?.full || parts.join(" ") || addresses(card)[0] || Object.values(card.organizations ?? {})[0]?.name || "";
}

export function addresses(card: Card): string[] {
  return Object.values(card.emails ?? {}).map((one) => one.address);
}

export function fieldsOf(card: Card): Fields {
  return {
    name: card.name ? nameOf(card) : "",
    emails: addresses(card),
    phones: Object.values(card.phones ?? {}).map((one) => one.number),
    organization: Object.values(card.organizations ?? {})[0]?.name ?? "",
    note: Object.values(card.notes ?? {})[0]?.note ?? "",
  };
}

/** The lines as a map; entries that stay keep their other properties. */
function mapped(old: Record<string, any> | undefined, values: string[], property: string): Record<string, any> | null {
  const before = Object.entries(old ?? {});
  const entries = values.filter(Boolean).map((value, index) => before.find(([, one]) => one[property] === value) ?? [`k${index}-${crypto.randomUUID().slice(0, 8)}`, { [property]: value }]);
  return entries.length ? Object.fromEntries(entries) : null;
}

/** What of a card is to be changed: only what the form changed, so that nothing else is lost. */
export function patchOf(card: Card | null, fields: Fields): Record<string, unknown> {
  const before = card ? fieldsOf(card) : null;
  const patch: Record<string, unknown> = {};
  if (fields.name !== before?.name) patch.name = fields.name ? { full: fields.name } : null;
  if (fields.emails.join() !== before?.emails.join()) patch.emails = mapped(card?.emails, fields.emails, "address");
  if (fields.phones.join() !== before?.phones.join()) patch.phones = mapped(card?.phones, fields.phones, "number");
  if (fields.organization !== before?.organization) patch.organizations = fields.organization ? { o: { name: fields.organization } } : null;
  if (fields.note !== before?.note) patch.notes = fields.note ? { n: { note: fields.note } } : null;
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => card || value !== null));
}

function refused(problem: { type: string; description?: string } | undefined): void {
  if (problem) throw new JmapError(problem.type, problem.description ?? problem.type);
}

/** Cards whose words fit, by name; at most 500. */
export async function find(text: string): Promise<Card[]> {
  const filter = text.trim() ? { text: text.trim() } : null;
  const { ids } = await call<{ ids: string[] }>("ContactCard/query", { filter, limit: 500 });
  if (!ids.length) return [];
  const { list } = await call<{ list: Card[] }>("ContactCard/get", { ids });
  return list.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/** Change a card, or make one; returns its id. */
export async function save(card: Card | null, patch: Record<string, unknown>): Promise<string> {
  const answer = await call("ContactCard/set", card ? { update: { [card.id]: patch } } : { create: { new: patch } });
  refused(card ? answer.notUpdated?.[card.id] : answer.notCreated?.new);
  return card?.id ?? (answer.created.new.id as string);
}

export async function remove(id: string): Promise<void> {
  const answer = await call("ContactCard/set", { destroy: [id] });
  refused(answer.notDestroyed?.[id]);
}

/** Take in a vCard file. */
export async function importFile(file: File): Promise<{ made: number; problems: string[] }> {
  const { blobId } = await upload(file);
  const answer = await call<{ created: string[]; updated: string[]; notCreated: { index: number; description: string }[] }>("ContactCard/import", { blobId });
  return { made: answer.created.length + answer.updated.length, problems: answer.notCreated.map((one) => `${one.index + 1}: ${one.description}`) };
}

/** All contacts as a vCard file, given to the browser to save. */
export async function exportFile(): Promise<void> {
  const answer = await call<{ text: string }>("ContactCard/export", {});
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([answer.text], { type: "text/vcard" }));
  link.download = "contacts.vcf";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
