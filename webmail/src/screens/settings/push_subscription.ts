// Web Push for this browser (RFC 8620 §7.2, RFC 9749): asked for, told to the server, ended.
import { call, JmapError, session } from "../../jmap/client";

const VAPID = "urn:ietf:params:jmap:webpush-vapid";
/** Not an argument of these methods: they belong to who is signed in, not to an account. */
const NOBODY = { accountId: undefined };

export type State = "cannot" | "ios" | "denied" | "off" | "on";

function serverKey(): string {
  return (session.value?.capabilities[VAPID]?.applicationServerKey as string | undefined) ?? "";
}

function onIphone(): boolean {
  return /iP(hone|ad|od)/.test(navigator.userAgent) || (navigator.userAgent.includes("Macintosh") && navigator.maxTouchPoints > 1);
}

export async function state(): Promise<State> {
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return onIphone() ? "ios" : "cannot";
  if (!serverKey()) return "cannot";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  return subscription && Notification.permission === "granted" ? "on" : "off";
}

function device(): string {
  const name = "pillarbox-device";
  const known = localStorage.getItem(name);
  if (known) return known;
  const made = crypto.randomUUID();
  localStorage.setItem(name, made);
  return made;
}

/** Ask for permission, subscribe, and tell the server. Must follow a click. */
export async function turnOn(): Promise<State> {
  if ((await Notification.requestPermission()) !== "granted") return state();
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: serverKey() });
  const { endpoint, keys } = subscription.toJSON();
  const given = { deviceClientId: device(), url: endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth }, types: ["Email"] };
  const answer = await call("PushSubscription/set", { ...NOBODY, create: { new: given } });
  const problem = answer.notCreated?.new;
  if (problem) {
    await subscription.unsubscribe();
    throw new JmapError(problem.type, problem.description ?? problem.type);
  }
  return "on";
}

export async function turnOff(): Promise<State> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  const { list } = await call<{ list: { id: string; deviceClientId: string }[] }>("PushSubscription/get", { ...NOBODY, ids: null });
  const mine = list.filter((one) => one.deviceClientId === device()).map((one) => one.id);
  if (mine.length) await call("PushSubscription/set", { ...NOBODY, destroy: mine });
  return state();
}
