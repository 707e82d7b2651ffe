// Signing out leaves nothing behind in this browser.

export async function wipe(): Promise<void> {
  const { close } = await import("./database");
  await close();
  for (const { name } of (await indexedDB.databases?.()) ?? []) if (name?.startsWith("pillarbox")) indexedDB.deleteDatabase(name);
  for (const key of (await globalThis.caches?.keys()) ?? []) await caches.delete(key);
  localStorage.clear();
  sessionStorage.clear();
}
