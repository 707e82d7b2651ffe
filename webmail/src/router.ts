// The address bar is the state: every mailbox, conversation, search and page has a URL.
import { effect, signal } from "@preact/signals";

export type Screen = "mail" | "search" | "compose" | "settings" | "contacts" | "refused" | "trace";

export interface Route {
  screen: Screen;
  /** Path segments behind the screen's name, decoded. */
  args: string[];
  query: URLSearchParams;
}

const SCREENS: Screen[] = ["mail", "search", "compose", "settings", "contacts", "refused", "trace"];

function read(): Route {
  const [first = "", ...args] = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const screen = SCREENS.find((name) => name === first) ?? "mail";
  return { screen, args: SCREENS.includes(first as Screen) ? args : [], query: new URLSearchParams(location.search) };
}

const WRITING = /^\/compose(\/|$)/;

/** What is shown; the writing of a message lies over it and leaves it where it is. */
export const route = signal<Route>(WRITING.test(location.pathname) ? { screen: "mail", args: [], query: new URLSearchParams() } : read());
/** What is written, while something is. */
export const writing = signal<Route | null>(WRITING.test(location.pathname) ? read() : null);
let under = WRITING.test(location.pathname) ? "/" : location.pathname + location.search;

function moved(): void {
  if (WRITING.test(location.pathname)) {
    writing.value = read();
    return;
  }
  under = location.pathname + location.search;
  route.value = read();
}

export function go(path: string, how: { replace?: boolean } = {}): void {
  if (path === location.pathname + location.search) {
    if (WRITING.test(path) && !writing.peek()) moved();
    return;
  }
  if (how.replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  moved();
}

/** The message is sent, kept or thrown away: the address bar says again what is shown. */
export function doneWriting(): void {
  writing.value = null;
  if (WRITING.test(location.pathname)) history.replaceState(null, "", under);
}

export function mailPath(mailboxId: string, threadId?: string, emailId?: string): string {
  const parts = ["/mail", mailboxId, threadId, emailId].filter(Boolean).map((part) => part as string);
  return parts[0] + parts.slice(1).map((part) => "/" + encodeURIComponent(part)).join("");
}

export function searchPath(query: string, threadId?: string): string {
  return `/search${threadId ? "/" + threadId : ""}?q=${encodeURIComponent(query)}`;
}

let wasWriting = false;
effect(() => {
  wasWriting = Boolean(writing.value) && WRITING.test(location.pathname);
});
window.addEventListener("popstate", () => {
  // "Back" on a phone closes what is written; it is kept.
  if (wasWriting && !WRITING.test(location.pathname)) writing.value = null;
  moved();
});

// Links inside the page move without loading it again.
window.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = (event.target as Element).closest?.("a[href]") as HTMLAnchorElement | null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (!link.pathname.match(/^\/(mail|search|compose|settings|contacts|refused|trace)?(\/|$)/)) return;
  event.preventDefault();
  go(link.pathname + link.search);
});
