// The list that is shown, what is chosen in it, and where the reader is.
import { computed, signal } from "@preact/signals";
import { route } from "../router";
import type { Window } from "./query";

/** The window that the list screen shows. */
export const current = signal<Window | null>(null);

/** Chosen email ids. */
export const selection = signal<Set<string>>(new Set());

/** The email id under the cursor of the list. */
export const cursor = signal<string | null>(null);

/** What commands act on: the chosen ones, else the open one, else the one under the cursor. */
export const opened = signal<string[]>([]);
export const targets = computed<string[]>(() => {
  if (selection.value.size) return [...selection.value];
  if (opened.value.length) return opened.value;
  return cursor.value ? [cursor.value] : [];
});

export const mailboxId = computed(() => (route.value.screen === "mail" ? (route.value.args[0] ?? null) : null));

export function clearSelection(): void {
  if (selection.value.size) selection.value = new Set();
}
