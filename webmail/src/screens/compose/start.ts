// What the composer opens with, from the address bar: nothing, a draft, an answer, a link.
import { call } from "../../jmap/client";
import { longDate, t } from "../../i18n";
import type { Route } from "../../router";
import { preferences } from "../../store/preferences";
import { parseAddresses, parseMailto, shown, type Address } from "./address";
import { forward, quoted, reply, type Original } from "./answer";
import { cidsOf } from "./cids";
import { empty, type Attachment, type Draft } from "./draft";
import { designed } from "./plain";

export interface Identity {
  id: string;
  name: string;
  email: string;
  textSignature: string;
  htmlSignature: string;
}

const PROPERTIES = ["id", "blobId", "from", "to", "cc", "bcc", "replyTo", "subject", "messageId", "references", "inReplyTo", "sentAt", "receivedAt", "textBody", "htmlBody", "bodyValues", "attachments", "header:Disposition-Notification-To:asAddresses"];

async function fetchEmail(id: string): Promise<any> {
  const answer = await call("Email/get", { ids: [id], properties: PROPERTIES, fetchTextBodyValues: true, fetchHTMLBodyValues: true, maxBodyValueBytes: 200_000 });
  if (!answer.list[0]) throw new Error(t("compose.noOriginal"));
  return answer.list[0];
}

/** The text of an email; of HTML alone, what is left without the tags. */
export function textOf(email: any): string {
  const parts = (email.textBody ?? []) as { partId: string; type: string }[];
  return parts
    .map((part) => {
      const value = (email.bodyValues?.[part.partId]?.value ?? "") as string;
      return part.type === "text/html" ? stripped(value) : value;
    })
    .join("\n");
}

function stripped(html: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " ", "#39": "'" };
  return html
    .replace(/<(style|script|head|title)\b[\s\S]{0,200000}?<\/\1\s*>/gi, "")
    .replace(/<(br|\/p|\/div|\/tr|\/li|\/h[1-6])\b[^>]*>/gi, "\n")
    .replace(/<[^>]{0,5000}>/g, "")
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name: string) => entities[name] ?? "")
    .replace(/[ \t]+/g, " ")
    .replace(/\n\s*\n\s*\n+/g, "\n\n")
    .trim();
}

/** The identity that the original was sent to, else the preferred one. */
export function choose(identities: Identity[], original?: any): Identity | undefined {
  const reached = [...(original?.to ?? []), ...(original?.cc ?? [])].map((one: { email: string }) => one.email.toLowerCase());
  return identities.find((one) => reached.includes(one.email.toLowerCase())) ?? identities.find((one) => one.id === preferences.value.defaultIdentityId) ?? identities[0];
}

export function signed(identity: Identity | undefined): string {
  return identity?.textSignature ? `\n\n-- \n${identity.textSignature}` : "";
}

/** The signature as it stands in text with a design; "" if there is none. */
export function signedHtml(identity: Identity | undefined): string {
  const inside = identity?.htmlSignature || (identity?.textSignature ? designed(identity.textSignature) : "");
  return inside ? `<div data-signature="1"><div>-- </div>${inside}</div>` : "";
}

function attached(email: any): Attachment[] {
  return ((email.attachments ?? []) as any[]).map((one) => ({
    blobId: one.blobId, name: one.name ?? "", type: one.type, size: one.size,
    ...(one.cid && String(one.type).startsWith("image/") ? { cid: one.cid as string } : {}),
  }));
}

/** The design of an email, its text as one if it has none; null if there is only text. */
function htmlOf(email: any): string | null {
  const parts = (email.htmlBody ?? []) as { partId: string; type: string }[];
  if (!parts.some((part) => part.type === "text/html")) return null;
  return parts.map((part) => {
    const value = (email.bodyValues?.[part.partId]?.value ?? "") as string;
    return part.type === "text/html" ? value : part.type === "text/plain" ? designed(value) : "";
  }).join("");
}

/** Pictures that stand in the quoted text go along; other files only where they are passed on. */
function carried(email: any, html: string | null, all: boolean): Attachment[] {
  const shown = new Set(html === null ? [] : cidsOf(html));
  return attached(email).filter((one) => (one.cid && shown.has(one.cid)) || all).map((one) => {
    if (!one.cid || shown.has(one.cid)) return one;
    const { cid: _, ...rest } = one;
    return rest;
  });
}

const pictureOf = (list: Attachment[]) => (cid: string) => (list.some((one) => one.cid === cid) ? "about:blank" : null);

async function clean(html: string, list: Attachment[]): Promise<string> {
  const { cleaned } = await import("./html");
  return cleaned(html, pictureOf(list));
}

export async function begin(route: Route, identities: Identity[]): Promise<Draft> {
  const draft = empty();
  const { query, args } = route;
  if (args[0]) return edit(args[0], identities);
  const rich = preferences.value.compose === "rich";
  const answered = query.get("reply");
  const passed = query.get("forward");
  const id = answered ?? passed;
  if (!id) {
    const identity = choose(identities);
    const link = query.get("mailto");
    const asked = link ? parseMailto(link) : null;
    const body = asked?.body ?? "";
    return {
      ...draft, identityId: identity?.id ?? null, to: asked?.to ?? parseAddresses(query.get("to") ?? ""), cc: asked?.cc ?? [], bcc: asked?.bcc ?? [], subject: asked?.subject ?? query.get("subject") ?? "",
      text: body + signed(identity), html: rich ? (body ? designed(body) : "<div><br></div>") + gap(signedHtml(identity)) : null,
    };
  }
  const email = await fetchEmail(id);
  const identity = choose(identities, email);
  const original: Original = { ...email, text: textOf(email) };
  const mine = identities.map((one) => one.email);
  const who = email.from?.[0]?.name || email.from?.[0]?.email || "";
  const date = longDate(email.sentAt ?? email.receivedAt);
  const place = preferences.value.quote;
  const head = answered ? t("compose.wrote", { date, name: who }) : forwardHead(email, who, date);
  const begun = answered ? reply(original, mine, query.get("all") === "1") : forward(original);
  const wanted = !answered || place !== "none";
  const body = answered ? quoted(original.text) : `\n${original.text}`;
  const quote = wanted ? `${head}\n${body}` : "";
  const own = signed(identity);
  const text = answered && place === "above" ? `${quote}\n\n${own}` : `\n${own}${quote ? `\n\n${quote}` : ""}`;
  let html: string | null = null;
  const design = htmlOf(email);
  const attachments = carried(email, rich && wanted ? design : null, !answered);
  if (rich) {
    const inside = design === null ? designed(original.text) : await clean(design, attachments);
    const cited = wanted ? `${designed(head)}${answered ? `<blockquote type="cite">${inside}</blockquote>` : `<div><br></div>${inside}`}` : "";
    const signature = signedHtml(identity);
    html = answered && place === "above" ? `${cited}<div><br></div>${gap(signature)}` : `<div><br></div>${gap(signature)}${cited ? `<div><br></div>${cited}` : ""}`;
  }
  return { ...draft, ...begun, identityId: identity?.id ?? null, text, html, attachments, original: { id, how: answered ? "$answered" : "$forwarded" } };
}

const gap = (html: string) => (html ? `<div><br></div>${html}` : "");

function forwardHead(email: any, who: string, date: string): string {
  const names = (list: Address[] | null) => (list ?? []).map(shown).join(", ");
  return [
    t("compose.forwarded"),
    `${t("reading.fromTitle")}: ${names(email.from) || who}`,
    `${t("reading.toTitle")}: ${names(email.to)}`,
    ...(email.cc?.length ? [`${t("reading.ccTitle")}: ${names(email.cc)}`] : []),
    `${t("reading.date")}: ${date}`,
    `${t("compose.subject")}: ${email.subject ?? ""}`,
  ].join("\n");
}

async function edit(id: string, identities: Identity[]): Promise<Draft> {
  const email = await fetchEmail(id);
  const from = email.from?.[0]?.email?.toLowerCase();
  const draft = empty();
  const design = htmlOf(email);
  const attachments = carried(email, design, true);
  const html = design === null ? null : await clean(design, attachments);
  return {
    ...draft,
    emailId: id,
    identityId: (identities.find((one) => one.email.toLowerCase() === from) ?? identities[0])?.id ?? null,
    to: email.to ?? [], cc: email.cc ?? [], bcc: email.bcc ?? [], subject: email.subject ?? "", text: textOf(email),
    html, attachments,
    inReplyTo: email.inReplyTo, references: email.references,
    receipt: Boolean(email["header:Disposition-Notification-To:asAddresses"]),
    messageId: email.messageId?.[0] ?? draft.messageId,
  };
}
