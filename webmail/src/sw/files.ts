// The page and its files out of the cache; a newer version replaces them for the next time.

const CACHE = "pillarbox-files";
const PAGES = /^\/($|(mail|search|compose|settings|contacts|refused|trace)(\/|$))/;
const FILES = /^\/(assets\/|icon\.svg$|manifest\.webmanifest$)/;

/** What to answer a request with; null where the network shall do as always. */
export function answers(request: Request, later: (work: Promise<unknown>) => void): Promise<Response> | null {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return null;
  if (request.mode === "navigate" && request.destination === "document" && PAGES.test(url.pathname)) return page(later);
  if (FILES.test(url.pathname)) return file(request);
  return null;
}

async function page(later: (work: Promise<unknown>) => void): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match("/");
  const news = renew(cache);
  later(news.catch(() => {}));
  return kept ?? news;
}

/** Keep the page and all its files. */
export async function fill(): Promise<void> {
  await renew(await caches.open(CACHE));
}

/** Fetch the page; if it changed, all its files are fetched before it is kept. */
async function renew(cache: Cache): Promise<Response> {
  const answer = await fetch("/", { credentials: "same-origin" });
  // Redirected: nobody is signed in. The browser refuses such an answer to a navigation.
  if (answer.redirected) return Response.redirect(answer.url, 303);
  if (!answer.ok) return answer;
  const text = await answer.clone().text();
  const before = await (await cache.match("/"))?.text();
  if (before !== text) {
    const list = await fetch("/assets.json");
    const names = list.ok ? ((await list.json()) as string[]) : [];
    await cache.addAll(names);
    await cache.put("/", answer.clone());
    const wanted = new Set([...names, "/"].map((name) => new URL(name, location.origin).href));
    for (const old of await cache.keys()) if (!wanted.has(old.url)) await cache.delete(old);
  }
  return answer;
}

async function file(request: Request): Promise<Response> {
  const kept = await caches.match(request, { ignoreVary: true });
  return kept ?? fetch(request);
}
