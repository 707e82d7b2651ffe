// Addresses as people type and paste them, and mailto: links. Pure; any text gives a list.

export interface Address {
  name: string | null;
  email: string;
}

export const MAX_ADDRESSES = 500;
const SIMPLE = /^[^\s@<>(),;:"[\]\\]{1,64}@[^\s@<>(),;:"[\]\\]{1,255}$/u;

export function isAddress(text: string): boolean {
  return SIMPLE.test(text) && !text.includes("..") && !text.endsWith(".");
}

/** "Ann <a@b.example>, c@d.example": cut at commas, semicolons and lines, but not within quotes. */
export function parseAddresses(text: string): Address[] {
  const found: Address[] = [];
  let part = "";
  let quoted = false;
  let angle = false;
  const done = () => {
    const one = parseOne(part.trim());
    if (one && found.length < MAX_ADDRESSES) found.push(one);
    part = "";
    angle = false;
  };
  for (const char of text.slice(0, 100_000)) {
    if (char === '"') quoted = !quoted;
    if (char === "<") angle = true;
    if (!quoted && (char === "," || char === ";" || char === "\n")) done();
    else part += char;
    if (!quoted && angle && char === ">") done();
  }
  done();
  return found;
}

function parseOne(text: string): Address | null {
  if (!text) return null;
  const open = text.lastIndexOf("<");
  if (open >= 0) {
    const email = text.slice(open + 1).replace(/>.*$/s, "").trim();
    const name = text.slice(0, open).trim().replace(/^"(.*)"$/s, "$1").replace(/\\(.)/gs, "$1").trim();
    return email ? { name: name || null, email } : null;
  }
  return { name: null, email: text.replace(/^mailto:/i, "") };
}

export function shown(one: Address): string {
  return one.name ? `${one.name} <${one.email}>` : one.email;
}

export interface Mailto {
  to: Address[];
  cc: Address[];
  bcc: Address[];
  subject: string;
  body: string;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** RFC 6068. Only these fields are taken; others could set what the writer does not see. */
export function parseMailto(link: string): Mailto {
  const found: Mailto = { to: [], cc: [], bcc: [], subject: "", body: "" };
  const parts = /^mailto:([^?#]*)(?:\?([^#]*))?/i.exec(link.slice(0, 50_000));
  if (!parts) return found;
  found.to = parseAddresses((parts[1] ?? "").split(",").map(decoded).join(","));
  for (const pair of (parts[2] ?? "").split("&").slice(0, 50)) {
    const at = pair.indexOf("=");
    const name = decoded(pair.slice(0, at)).toLowerCase();
    const value = decoded(at < 0 ? "" : pair.slice(at + 1)).replace(/\r\n?/g, "\n");
    if (name === "subject") found.subject = value.replace(/\s+/g, " ").slice(0, 1000);
    else if (name === "body") found.body = value.slice(0, 50_000);
    else if (name === "to" || name === "cc" || name === "bcc") found[name].push(...parseAddresses(value));
  }
  return found;
}
