// Every setting there is, with its page: what the search over settings looks through.
export const PAGES = [
  "general", "writing", "labels", "senders", "vacation", "keyboard", "notifications", "offline", "security", "account", "transfer",
] as const;
export type Page = (typeof PAGES)[number];

export interface Entry {
  id: string;
  page: Page;
  /** Keys of its text, and of further words that people may look for. */
  text: string;
  words: string;
}

const LISTED: Record<Page, string[]> = {
  general: [
    "language", "theme", "density", "textSize", "conversations", "readingPane", "previews", "undoSeconds",
    "markSeen", "afterArchive", "readReceipts", "snoozeHours", "mailto",
  ],
  writing: ["identities", "defaultIdentity", "signature", "replyTo", "compose", "reply", "quote", "forgottenAttachment"],
  labels: ["labelList", "folders"],
  senders: ["remoteMode", "remoteSenders", "blocked"],
  vacation: ["vacation"],
  keyboard: ["singleKeys", "keys"],
  notifications: ["push", "notifyOf"],
  offline: ["offlineMessages", "room", "wipe"],
  security: ["password", "totp", "recoveryCodes", "passkeys", "appPasswords", "sessions", "events"],
  account: ["address", "quota", "signOut"],
  transfer: ["import", "export"],
};

export const ENTRIES: Entry[] = PAGES.flatMap((page) =>
  LISTED[page].map((id) => ({ id, page, text: `settings.${id}`, words: `settings.${id}.words` })),
);

const MAX_TYPED = 200;

function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The settings with all words that were typed, those with them in their own name first. */
export function find(typed: string, t: (key: string) => string, entries: Entry[] = ENTRIES): Entry[] {
  const words = plain(typed.slice(0, MAX_TYPED)).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const ranked: [number, Entry][] = [];
  for (const entry of entries) {
    const own = plain(t(entry.text));
    const all = `${own} ${plain(t(entry.words))} ${plain(t(`settings.page.${entry.page}`))}`;
    if (!words.every((word) => all.includes(word))) continue;
    ranked.push([words.every((word) => own.includes(word)) ? 0 : 1, entry]);
  }
  return ranked.sort((a, b) => a[0] - b[0]).map(([, entry]) => entry);
}
