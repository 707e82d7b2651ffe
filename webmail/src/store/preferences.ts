// What the person has chosen (urn:pillarbox:jmap:preferences), and what counts until then.
import { signal } from "@preact/signals";
import { call, on } from "../jmap/client";
import type { Preferences } from "../jmap/types";

export const DEFAULTS: Preferences = {
  id: "singleton",
  language: "",
  timeZone: "",
  theme: "system",
  density: "normal",
  textSize: 100,
  conversations: true,
  readingPane: "right",
  previews: true,
  undoSeconds: 10,
  markSeenSeconds: 0,
  afterArchive: "list",
  compose: "rich",
  reply: "sender",
  quote: "below",
  defaultIdentityId: null,
  forgottenAttachment: true,
  keyboard: { on: true, map: {} },
  remoteContent: { mode: "ask", senders: [] },
  blockedSenders: [],
  labels: [],
  savedSearches: [],
  snoozeHours: { morning: 8, afternoon: 13, evening: 18, weekend: "saturday" },
  notify: "none",
  offlineMessages: 200,
  readReceipts: "ask",
  own: {},
};

export const preferences = signal<Preferences>(DEFAULTS);

export async function loadPreferences(): Promise<void> {
  const answer = await call<{ list: Preferences[] }>("Preferences/get", { ids: null });
  preferences.value = { ...DEFAULTS, ...answer.list[0] };
}

/** Change some; shown at once, taken back if the server refuses. */
export async function setPreferences(patch: Partial<Preferences>): Promise<void> {
  const before = preferences.value;
  preferences.value = { ...before, ...patch };
  try {
    const answer = await call("Preferences/set", { update: { singleton: patch } });
    const problem = answer.notUpdated?.singleton;
    if (problem) throw new Error(problem.description ?? problem.type);
  } catch (reason) {
    preferences.value = before;
    throw reason;
  }
}

on("Preferences", () => void loadPreferences().catch(() => {}));
