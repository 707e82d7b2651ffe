// What was done without a connection is kept, and done again in order when there is one.
import { effect, signal } from "@preact/signals";
import { call, connection, JmapError, session } from "../jmap/client";
import { t } from "../i18n";
import { toast } from "../ui/toast";
import { database } from "./database";

/** How many changes wait. */
export const waiting = signal(0);

/** Keep a change; false if this browser cannot. */
export async function later(method: string, args: object): Promise<boolean> {
  try {
    const db = await database();
    await db.add("later", { account: session.value?.username ?? "", method, args, at: Date.now() });
    waiting.value = await db.count("later");
    return true;
  } catch {
    return false;
  }
}

let running = false;

/** Do what waits. Stops at the first lost connection; what the server refuses is told and dropped. */
export async function replay(): Promise<void> {
  if (running || typeof indexedDB === "undefined") return;
  running = true;
  try {
    const db = await database();
    for (const change of await db.getAll("later")) {
      if (change.account !== session.value?.username) continue;
      try {
        await call(change.method, change.args);
      } catch (reason) {
        if (!(reason instanceof JmapError)) return;
        toast(t("store.failed", { reason: reason.message }), { tone: "bad" });
      }
      await db.delete("later", change.id as number);
      waiting.value = await db.count("later");
    }
  } finally {
    running = false;
  }
}

/** Try now, and each time the connection is back. */
export function startReplay(): void {
  effect(() => {
    if (connection.value === "online" && session.value) void replay().catch(() => {});
  });
  window.addEventListener("online", () => void replay().catch(() => {}));
}
