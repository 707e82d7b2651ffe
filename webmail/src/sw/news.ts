// Push messages: states that changed (RFC 8620 §7.2). What came is asked for and told.

interface Mail {
  id: string;
  threadId: string;
  subject: string | null;
  preview: string;
  from: { name: string | null; email: string }[] | null;
}

interface Session {
  apiUrl: string;
  primaryAccounts: Record<string, string>;
}

const USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"];

async function ask(calls: [string, object, string][]): Promise<[string, any, string][]> {
  const session = (await (await fetch("/jmap/session", { credentials: "same-origin" })).json()) as Session;
  const accountId = session.primaryAccounts["urn:ietf:params:jmap:mail"];
  const answer = await fetch(session.apiUrl, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ using: USING, methodCalls: calls.map(([name, args, id]) => [name, name.startsWith("PushSubscription") ? args : { accountId, ...args }, id]) }),
  });
  return (await answer.json()).methodResponses;
}

export async function pushed(worker: ServiceWorkerGlobalScope, data: PushMessageData | null): Promise<void> {
  const message = data?.json() ?? {};
  if (message["@type"] === "PushVerification") {
    await ask([["PushSubscription/set", { update: { [message.pushSubscriptionId]: { verificationCode: message.verificationCode } } }, "v"]]);
    return;
  }
  const open = await worker.clients.matchAll({ type: "window" });
  if (open.some((client) => client.focused)) return;
  await tell(worker);
}

async function tell(worker: ServiceWorkerGlobalScope): Promise<void> {
  const responses = await ask([
    ["Mailbox/query", { filter: { role: "inbox" } }, "m"],
  ]);
  const inbox = responses[0]?.[1].ids?.[0];
  if (!inbox) return;
  const since = new Date(Date.now() - 10 * 60_000).toISOString().replace(/\.\d+Z/, "Z");
  const filter = { operator: "AND", conditions: [{ inMailbox: inbox }, { notKeyword: "$seen" }, { after: since }] };
  const found = await ask([
    ["Email/query", { filter, sort: [{ property: "receivedAt", isAscending: false }], limit: 3 }, "q"],
    ["Email/get", { "#ids": { resultOf: "q", name: "Email/query", path: "/ids" }, properties: ["id", "threadId", "subject", "preview", "from"] }, "g"],
  ]);
  for (const mail of (found.find(([name]) => name === "Email/get")?.[1].list ?? []) as Mail[]) {
    const from = mail.from?.[0];
    await worker.registration.showNotification(from?.name || from?.email || "Pillarbox", {
      body: `${mail.subject ?? ""}\n${mail.preview}`.slice(0, 200),
      tag: mail.id,
      icon: "/icon.svg",
      data: `/mail/${inbox}/${mail.threadId}/${mail.id}`,
    });
  }
}

export async function opened(worker: ServiceWorkerGlobalScope, path: string): Promise<void> {
  const [client] = await worker.clients.matchAll({ type: "window" });
  if (client) {
    await client.focus();
    client.postMessage({ go: path });
  } else await worker.clients.openWindow(path || "/");
}
