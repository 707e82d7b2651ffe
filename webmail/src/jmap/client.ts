// JMAP over HTTP (RFC 8620): calls of one tick go out in one request.
import { signal, type Signal } from "@preact/signals";
import { keep, keepSession, recall, recallSession } from "./kept";
import { listen } from "./push";

export interface Session {
  capabilities: Record<string, any>;
  accounts: Record<string, { name: string; accountCapabilities: Record<string, any> }>;
  primaryAccounts: Record<string, string>;
  username: string;
  apiUrl: string;
  downloadUrl: string;
  uploadUrl: string;
  eventSourceUrl: string;
  state: string;
}

export type Invocation = [method: string, args: any, id: string];
export interface Uploaded {
  blobId: string;
  type: string;
  size: number;
}

export class JmapError extends Error {
  constructor(
    readonly type: string,
    readonly description: string,
    readonly more: any = {},
  ) {
    super(`${type}: ${description}`);
  }
}

/** The session cookie is gone or was ended elsewhere. */
export class SignedOut extends Error {}
/** The server could not be reached. */
export class Offline extends Error {}

export const session: Signal<Session | null> = signal(null);
/** "online" | "offline" (no network) | "signed-out" */
export const connection: Signal<"online" | "offline" | "signed-out"> = signal("online");

const MAX_CALLS = 32;

interface Waiting {
  call: Invocation;
  done: (value: any) => void;
  failed: (reason: unknown) => void;
}

let waiting: Waiting[] = [];
let nextId = 0;

export function accountId(): string {
  const found = session.value;
  return found ? (found.primaryAccounts["urn:ietf:params:jmap:mail"] ?? Object.keys(found.accounts)[0] ?? "") : "";
}

/** Fetch, telling apart "signed out", "no network" and an answer. */
export async function request(url: string, init?: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { credentials: "same-origin", ...init });
  } catch (reason) {
    if ((reason as Error).name === "AbortError") throw reason;
    connection.value = "offline";
    throw new Offline("no connection");
  }
  if (answer.status === 401) {
    connection.value = "signed-out";
    throw new SignedOut("signed out");
  }
  connection.value = "online";
  return answer;
}

export async function loadSession(): Promise<Session> {
  const answer = await request("/jmap/session", { headers: { accept: "application/json" } });
  if (!answer.ok) throw new JmapError("session", String(answer.status));
  const found = (await answer.json()) as Session;
  // What another account left here is not for this one.
  const before = session.value ?? (await recallSession().catch(() => null));
  if (before && before.username !== found.username) {
    const { wipe } = await import("../store/wipe");
    await wipe();
  }
  session.value = found;
  keepSession(found);
  listen();
  return found;
}

async function post(calls: Invocation[]): Promise<Invocation[]> {
  try {
    const responses = await ask(calls);
    keep(calls, responses);
    return responses;
  } catch (reason) {
    const kept = reason instanceof Offline ? await recall(calls).catch(() => null) : null;
    if (!kept) throw reason;
    return kept;
  }
}

async function ask(calls: Invocation[]): Promise<Invocation[]> {
  const using = Object.keys(session.value?.capabilities ?? { "urn:ietf:params:jmap:core": {} });
  const answer = await request(session.value?.apiUrl ?? "/jmap/api", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ using, methodCalls: calls }),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new JmapError(body.type ?? `http-${answer.status}`, body.detail ?? "", body);
  if (session.value && body.sessionState !== session.value.state) void loadSession().catch(() => {});
  return body.methodResponses as Invocation[];
}

function settle(entry: Waiting, responses: Invocation[]): void {
  const mine = responses.filter(([, , id]) => id === entry.call[2]);
  const first = mine[0];
  if (!first) return entry.failed(new JmapError("serverFail", "no response"));
  if (first[0] === "error") return entry.failed(new JmapError(first[1].type, first[1].description ?? "", first[1]));
  entry.done(first[1]);
}

async function flush(): Promise<void> {
  const all = waiting;
  waiting = [];
  for (let start = 0; start < all.length; start += MAX_CALLS) {
    const some = all.slice(start, start + MAX_CALLS);
    try {
      const responses = await ask(some.map((entry) => entry.call));
      for (const entry of some) {
        keep([entry.call], responses);
        settle(entry, responses);
      }
    } catch (reason) {
      // Without a connection each call is answered for itself, as far as it can be.
      await Promise.all(
        some.map(async (entry) => {
          const kept = reason instanceof Offline ? await recall([entry.call]).catch(() => null) : null;
          if (kept) settle(entry, kept);
          else entry.failed(reason);
        }),
      );
    }
  }
}

/** Call one method; accountId is added. Throws JmapError, SignedOut, Offline. */
export function call<T = any>(method: string, args: object = {}): Promise<T> {
  return new Promise((done, failed) => {
    if (!waiting.length) queueMicrotask(() => void flush());
    waiting.push({ call: [method, { accountId: accountId(), ...args }, `c${nextId++}`], done, failed });
  });
}

/** Several calls in one request, in order; "#x" arguments may refer back (RFC 8620 §3.7). */
export async function batch(calls: [method: string, args: object, id: string][]): Promise<Invocation[]> {
  const account = accountId();
  return post(calls.map(([method, args, id]) => [method, { accountId: account, ...args }, id]));
}

/** The arguments of the response to one call of a batch. Throws JmapError. */
export function answerOf<T = any>(responses: Invocation[], id: string, method?: string): T {
  const found = responses.find(([name, , call]) => call === id && (!method || name === method || name === "error"));
  if (!found) throw new JmapError("serverFail", `no response to ${id}`);
  if (found[0] === "error") throw new JmapError(found[1].type, found[1].description ?? "", found[1]);
  return found[1] as T;
}

export function upload(blob: Blob, onProgress?: (share: number) => void, signal_?: AbortSignal): Promise<Uploaded> {
  const url = (session.value?.uploadUrl ?? "/jmap/upload/{accountId}").replace("{accountId}", accountId());
  return new Promise((done, failed) => {
    const http = new XMLHttpRequest();
    http.open("POST", url);
    http.setRequestHeader("content-type", blob.type || "application/octet-stream");
    http.upload.onprogress = (event) => onProgress?.(event.total ? event.loaded / event.total : 0);
    http.onload = () => {
      if (http.status >= 200 && http.status < 300) return done(JSON.parse(http.responseText));
      if (http.status === 401) connection.value = "signed-out";
      let detail = "";
      try {
        detail = JSON.parse(http.responseText).detail ?? "";
      } catch {
        detail = "";
      }
      failed(new JmapError(`http-${http.status}`, detail));
    };
    http.onerror = () => failed(new Offline("no connection"));
    http.onabort = () => failed(new DOMException("stopped", "AbortError"));
    signal_?.addEventListener("abort", () => http.abort());
    http.send(blob);
  });
}

export function downloadUrl(blobId: string, name: string, type: string): string {
  const url = session.value?.downloadUrl ?? "/jmap/download/{accountId}/{blobId}/{name}?type={type}";
  const values: Record<string, string> = { accountId: accountId(), blobId, name: name || "file", type };
  return url.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(values[key] ?? ""));
}

/** JSON to our own endpoints under /auth. Throws JmapError with the server's words. */
export async function auth<T = any>(path: string, body?: object, method = body ? "POST" : "GET"): Promise<T> {
  const init: RequestInit = { method, headers: { accept: "application/json" } };
  if (body) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  const answer = await request(`/auth/${path}`, init);
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new JmapError(found.type ?? `http-${answer.status}`, found.detail ?? "", found);
  return found as T;
}

export { on } from "./push";
export { recallSession as recalled } from "./kept";
