// What is needed to show a conversation, in one request; the next one is asked for before.
import { signal, type Signal } from "@preact/signals";
import { answerOf, batch, call, session } from "../../jmap/client";
import { language } from "../../i18n";
import type { EmailAddress, MessageView } from "../../jmap/types";
import { email, extraProperties, listArguments, LIST_PROPERTIES, load, put, type Row } from "../../store/emails";
import { loader } from "../list/prefetch";

export interface Message extends Row {
  cc: EmailAddress[] | null;
  bcc: EmailAddress[] | null;
  replyTo: EmailAddress[] | null;
  messageId: string[] | null;
  sentAt: string | null;
  /** Who wants to be told that it was opened (RFC 8098). */
  "header:Disposition-Notification-To:asAddresses": EmailAddress[] | null;
}

const MORE = ["cc", "bcc", "replyTo", "messageId", "sentAt", "header:Disposition-Notification-To:asAddresses"];
const VIEW = "urn:pillarbox:jmap:view";
const MAX_KEPT = 60;

const views = new Map<string, Signal<MessageView | null | undefined>>();
const details = new Map<string, Signal<Message | undefined>>();

/** How a message is shown; undefined while it loads, null if it cannot be. remote: with images. */
export function view(id: string, remote: boolean): Signal<MessageView | null | undefined> {
  const key = `${id} ${remote}`;
  let found = views.get(key);
  if (!found) {
    found = signal(undefined);
    views.set(key, found);
    if (views.size > MAX_KEPT) views.delete(views.keys().next().value as string);
    void loadView(id, remote, found);
  }
  return found;
}

async function loadView(id: string, remote: boolean, into: Signal<MessageView | null | undefined>): Promise<void> {
  try {
    const answer = await call("MessageView/get", viewArguments([id], remote));
    into.value = answer.list[0] ?? null;
  } catch {
    into.value = null;
    views.delete(`${id} ${remote}`);
  }
}

function viewArguments(emailIds: string[], remote: boolean): object {
  return { emailIds, remote: remote ? "proxied" : "blocked", language: language.value };
}

/** Sender, recipients and dates in full. */
export function detail(id: string): Signal<Message | undefined> {
  let found = details.get(id);
  if (!found) {
    found = signal(undefined);
    details.set(id, found);
    if (details.size > MAX_KEPT * 4) details.delete(details.keys().next().value as string);
  }
  return found;
}

/** Load the emails of a thread; its ids, oldest first. */
export async function conversation(threadId: string): Promise<string[]> {
  const responses = await batch([
    ["Thread/get", { ids: [threadId] }, "t"],
    ["Email/get", { "#ids": { resultOf: "t", name: "Thread/get", path: "/list/*/emailIds" }, ...withMore() }, "e"],
  ]);
  const thread = answerOf(responses, "t").list[0];
  const list = answerOf<{ list: Message[] }>(responses, "e").list;
  keep(list);
  return (thread?.emailIds as string[] | undefined) ?? [];
}

/** Load one email alone. */
export async function single(id: string): Promise<string[]> {
  const answer = await call<{ list: Message[] }>("Email/get", { ids: [id], ...withMore() });
  keep(answer.list);
  return answer.list.map((one) => one.id);
}

function withMore(): object {
  const args = listArguments();
  return { ...args, properties: [...LIST_PROPERTIES, ...extraProperties.value, ...MORE] };
}

function keep(list: Message[]): void {
  put(list);
  for (const one of list) detail(one.id).value = one;
}

/** Read ahead. */
async function prefetch(emailId: string): Promise<void> {
  if (!session.value?.capabilities[VIEW]) return;
  await load([emailId]);
  const row = email(emailId).peek();
  if (row) await conversation(row.threadId);
  view(emailId, false);
}

loader.value = (emailId) => void prefetch(emailId).catch(() => {});
