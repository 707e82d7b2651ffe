// The service worker: the page opens without a network, and mail that came is told of.
/// <reference lib="webworker" />
import { answers, fill } from "./files";
import { opened, pushed } from "./news";

const worker = self as unknown as ServiceWorkerGlobalScope;

// All files at once: who loses the connection after the first visit has the whole program.
worker.addEventListener("install", (event) => {
  event.waitUntil(fill().catch(() => {}));
  void worker.skipWaiting();
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (event) => {
  const answer = answers(event.request, (work) => event.waitUntil(work));
  if (answer) event.respondWith(answer);
});

worker.addEventListener("push", (event) => {
  event.waitUntil(pushed(worker, event.data));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(opened(worker, event.notification.data as string));
});
