// What changed on the server, as it happens (RFC 8620 §7, RFC 8887): WebSocket, else EventSource.
import { accountId, connection, loadSession, session } from "./client";

type Listener = (state: string) => void;

const listeners = new Map<string, Set<Listener>>();
const seen = new Map<string, string>();
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;

let socket: WebSocket | null = null;
let events: EventSource | null = null;
let pushState: string | null = null;
let wait = FIRST_WAIT;
let failures = 0;

/** Call `fn` when objects of a type changed ("Email", "Mailbox", "Thread", ...). Returns how to stop. */
export function on(type: string, fn: Listener): () => void {
  const set = listeners.get(type) ?? new Set();
  listeners.set(type, set.add(fn));
  return () => set.delete(fn);
}

/** Say that a state is known already: a later hint of the same state is no news. */
export function known(type: string, state: string): void {
  seen.set(type, state);
}

function tell(changed: Record<string, Record<string, string>>): void {
  const mine = changed[accountId()] ?? {};
  for (const [type, state] of Object.entries(mine)) {
    if (seen.get(type) === state) continue;
    seen.set(type, state);
    for (const fn of listeners.get(type) ?? []) fn(state);
  }
}

/** Everybody looks again: something may have been missed. */
export function refreshAll(): void {
  for (const set of listeners.values()) for (const fn of set) fn("");
}

export function listen(): void {
  if (socket || events || typeof WebSocket === "undefined") return;
  const offered = session.value?.capabilities["urn:ietf:params:jmap:websocket"];
  if (offered?.url && failures < 3) openSocket(offered.url as string);
  else openEvents();
}

function openSocket(url: string): void {
  const here = new URL(url, location.href);
  here.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  here.host = location.host;
  socket = new WebSocket(here, "jmap");
  let opened = false;
  socket.onopen = () => {
    opened = true;
    failures = 0;
    if (wait > FIRST_WAIT) refreshAll();
    wait = FIRST_WAIT;
    connection.value = "online";
    socket?.send(JSON.stringify({ "@type": "WebSocketPushEnable", dataTypes: null, pushState }));
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data as string);
    if (message["@type"] !== "StateChange") return;
    pushState = message.pushState ?? pushState;
    tell(message.changed);
  };
  socket.onclose = () => {
    socket = null;
    if (!opened) failures += 1;
    again();
  };
}

function openEvents(): void {
  const url = session.value?.eventSourceUrl;
  if (!url || typeof EventSource === "undefined") return;
  events = new EventSource(url.replace("{types}", "*").replace("{closeafter}", "no").replace("{ping}", "60"));
  events.addEventListener("state", (event) => tell(JSON.parse((event as MessageEvent).data).changed));
  events.onerror = () => {
    events?.close();
    events = null;
    again();
  };
}

function again(): void {
  if (connection.value === "signed-out") return;
  setTimeout(() => {
    void loadSession()
      .then(() => listen())
      .catch(() => again());
  }, wait * (0.7 + Math.random() * 0.6));
  wait = Math.min(wait * 2, LONGEST_WAIT);
}
