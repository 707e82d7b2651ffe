// Starting without a connection, and keeping the newest messages for such times.
import { call, connection, Offline, recalled, session } from "../jmap/client";
import { loader } from "../screens/list/prefetch";
import { email } from "./emails";
import { loadMailboxes, roles } from "./mailboxes";
import { loadPreferences, preferences } from "./preferences";
import { Window } from "./query";

/** Fill the stores from what is kept; false if nothing is. */
export async function bootOffline(): Promise<boolean> {
  const kept = await recalled().catch(() => null);
  if (!kept) return false;
  session.value = kept;
  connection.value = "offline";
  try {
    await Promise.all([loadPreferences(), loadMailboxes()]);
  } catch (reason) {
    if (!(reason instanceof Offline)) throw reason;
    return false;
  }
  return true;
}

const KEPT_ROLES = ["inbox", "sent", "archive", "drafts"];
const PAUSE = 150;

function idle(): Promise<void> {
  return new Promise((done) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => done(), { timeout: 5000 });
    else setTimeout(done, 1000);
  });
}

/** Read ahead the first page of the usual mailboxes, and the newest messages themselves. */
export async function keepNewest(): Promise<void> {
  const wanted = preferences.value.offlineMessages;
  if (!wanted || (navigator as { connection?: { saveData?: boolean } }).connection?.saveData) return;
  const together = preferences.value.conversations;
  // Who one writes as: without it nothing can be written.
  await call("Identity/get", { ids: null }).catch(() => {});
  for (const role of KEPT_ROLES) {
    const mailbox = roles.value.get(role);
    if (!mailbox) continue;
    await idle();
    const list = new Window({ filter: { inMailbox: mailbox.id }, collapseThreads: together && !["drafts", "sent"].includes(role) });
    try {
      await list.need(0, 0);
      for (const id of list.ids.slice(0, wanted)) {
        if (connection.value !== "online") return;
        if (!id || !email(id).peek() || !loader.value) continue;
        loader.value(id);
        await new Promise((done) => setTimeout(done, PAUSE));
        await idle();
      }
    } catch {
      return;
    } finally {
      list.close();
    }
  }
}

/** Ask the browser not to throw away what is kept, and how much room there is. */
export async function room(): Promise<{ used: number; quota: number } | null> {
  const found = await navigator.storage?.estimate?.().catch(() => null);
  return found ? { used: found.usage ?? 0, quota: found.quota ?? 0 } : null;
}


