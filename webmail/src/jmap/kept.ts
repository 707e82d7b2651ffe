// Answers are kept in this browser, so that what was read once can be read without a connection.
import type { Invocation, Session } from "./client";
import { database } from "../store/database";

const KEPT = new Set([
  "Email/get", "Email/query", "Thread/get", "Mailbox/get", "Identity/get", "MessageView/get",
  "Preferences/get", "ContactCard/get", "ContactCard/query", "AddressBook/get", "Trace/get",
]);
export const MAX_ANSWERS = 4000;
const MAX_SIZE = 512 * 1024;

function refers(args: object): boolean {
  return Object.keys(args).some((name) => name.startsWith("#"));
}

/** The names that the calls of one request have here: alone, or all together if they refer to each other. */
export function keysOf(calls: Invocation[]): string[] {
  const whole = calls.some(([, args]) => refers(args)) ? JSON.stringify(calls.map(([method, args]) => [method, args])) : "";
  return calls.map(([method, args], index) => (whole ? `${index} ${whole}` : JSON.stringify([method, args])));
}

/** Keep the answers of a request. Never fails, never waits. */
export function keep(calls: Invocation[], responses: Invocation[]): void {
  if (typeof indexedDB === "undefined" || !calls.every(([method]) => KEPT.has(method))) return;
  void store(calls, responses).catch(() => {});
}

async function store(calls: Invocation[], responses: Invocation[]): Promise<void> {
  const db = await database();
  const tx = db.transaction("answers", "readwrite");
  const names = keysOf(calls);
  calls.forEach(([, , id], index) => {
    const answer = responses.find(([name, , call]) => call === id && name !== "error");
    if (!answer || JSON.stringify(answer[1]).length > MAX_SIZE) return;
    void tx.store.put({ key: names[index] as string, answer: [answer[0], answer[1]], at: Date.now() });
  });
  if ((await tx.store.count()) > MAX_ANSWERS) {
    let cursor = await tx.store.index("at").openCursor();
    for (let gone = 0; cursor && gone < MAX_ANSWERS / 10; gone++) {
      await cursor.delete();
      cursor = await cursor.continue();
    }
  }
  await tx.done;
}

/** The answers to a request as they were the last time; null if one is not kept. */
export async function recall(calls: Invocation[]): Promise<Invocation[] | null> {
  if (typeof indexedDB === "undefined") return null;
  const db = await database();
  const names = keysOf(calls);
  const found: Invocation[] = [];
  for (const [index, [, , id]] of calls.entries()) {
    const kept = await db.get("answers", names[index] as string);
    if (!kept) return null;
    const [name, args] = kept.answer as [string, unknown];
    found.push([name, args, id]);
  }
  return found;
}

export function keepSession(session: Session): void {
  if (typeof indexedDB === "undefined") return;
  void database()
    .then((db) => db.put("answers", { key: "session", answer: session, at: Number.MAX_SAFE_INTEGER }))
    .catch(() => {});
}

export async function recallSession(): Promise<Session | null> {
  if (typeof indexedDB === "undefined") return null;
  return ((await (await database()).get("answers", "session"))?.answer as Session) ?? null;
}
