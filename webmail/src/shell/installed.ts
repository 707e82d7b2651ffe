// The service worker is installed here, with the only policy that our own script needs.
import { go } from "../router";

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
}

const WORKER = "/sw.js";

/** Blesses the constant address of our own worker, and nothing else. */
function blessed(): string {
  const policies = (globalThis as unknown as { trustedTypes?: Policies }).trustedTypes;
  if (!policies) return WORKER;
  const policy = policies.createPolicy("app", {
    createScriptURL(url) {
      if (url !== WORKER) throw new TypeError("not our worker");
      return url;
    },
  });
  return policy.createScriptURL(WORKER) as string;
}

export function install(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  navigator.serviceWorker.register(blessed(), { scope: "/" }).catch(() => {});
  navigator.serviceWorker.addEventListener("message", (event) => {
    const path = (event.data as { go?: unknown }).go;
    if (typeof path === "string" && path.startsWith("/mail/")) go(path);
  });
}
