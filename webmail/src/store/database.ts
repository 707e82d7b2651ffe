// What this browser keeps of the mail, for times without a connection. Wiped when signing out.
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

interface Kept extends DBSchema {
  /** Answers to questions that were asked before. */
  answers: { key: string; value: { key: string; answer: unknown; at: number }; indexes: { at: number } };
  /** What could not be sent yet, in order. */
  later: { key: number; value: { id?: number; account: string; method: string; args: object; at: number } };
}

export const NAME = "pillarbox-mail";

let opened: Promise<IDBPDatabase<Kept>> | null = null;

/** The database; rejects where the browser has none (private windows of some). */
export function database(): Promise<IDBPDatabase<Kept>> {
  return (opened ??= openDB<Kept>(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("answers", { keyPath: "key" }).createIndex("at", "at");
      db.createObjectStore("later", { keyPath: "id", autoIncrement: true });
    },
    terminated() {
      opened = null;
    },
  }));
}

export async function close(): Promise<void> {
  const db = await opened?.catch(() => null);
  db?.close();
  opened = null;
}
