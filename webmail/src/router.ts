// The address bar is the state: every mailbox, conversation, search and page has a URL.
import { signal } from "@preact/signals";

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

export const route = signal<Route>(read());

export function go(path: string, how: { replace?: boolean } = {}): void {
  if (path === location.pathname + location.search) return;
  if (how.replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  route.value = read();
}

export function mailPath(mailboxId: string, threadId?: string, emailId?: string): string {
  const parts = ["/mail", mailboxId, threadId, emailId].filter(Boolean).map((part) => part as string);
  return parts[0] + parts.slice(1).map((part) => "/" + encodeURIComponent(part)).join("");
}

export function searchPath(query: string, threadId?: string): string {
  return `/search${threadId ? "/" + threadId : ""}?q=${encodeURIComponent(query)}`;
}

window.addEventListener("popstate", () => {
  route.value = read();
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
