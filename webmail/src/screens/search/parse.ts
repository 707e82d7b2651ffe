// Gmail's search grammar, read into a filter of JMAP and chips that show how it was understood.

export interface Labels {
  /** Lower-case name of a label -> its keyword. */
  keywords: Map<string, string>;
  /** Lower-case name or role of a mailbox -> its id. */
  mailboxes: Map<string, string>;
}

export interface Understood {
  /** What was typed for it. */
  text: string;
  /** Key of the text that says what it means, with its value. */
  key: string;
  value: string;
  /** Set where it could not be understood. */
  problem?: "unknownMailbox" | "unknownLabel" | "badDate" | "badSize" | "unknownWord" | "unclosed";
  not: boolean;
}

export interface Parsed {
  filter: object | null;
  chips: Understood[];
}

type Node = object;

const OPERATORS = new Set([
  "from", "to", "cc", "bcc", "subject", "has", "filename", "in", "label", "is", "before", "after",
  "older_than", "newer_than", "older", "newer", "larger", "smaller", "list", "auth", "via", "body", "rfc822msgid",
]);
export const MAX_TERMS = 60;
const DAY = 86_400_000;

interface Token {
  kind: "term" | "open" | "close" | "or" | "not";
  text: string;
  operator?: string;
  value: string;
  quoted: boolean;
  unclosed?: boolean;
}

/** Cut a query into terms; quotes hold words together, also behind an operator. */
export function tokens(query: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < query.length && found.length < MAX_TERMS * 2) {
    const char = query[at] as string;
    if (/\s/.test(char)) at += 1;
    else if (char === "(" || char === "{") found.push({ kind: "open", text: query[at++] as string, value: "", quoted: false });
    else if (char === ")" || char === "}") found.push({ kind: "close", text: query[at++] as string, value: "", quoted: false });
    else if (char === "-" && at + 1 < query.length && !/\s/.test(query[at + 1] as string)) {
      found.push({ kind: "not", text: "-", value: "", quoted: false });
      at += 1;
    } else {
      const token = term(query, at);
      found.push(token);
      at += token.text.length;
    }
  }
  return found;
}

function term(query: string, start: number): Token {
  const named = /^([a-z_0-9]+):/i.exec(query.slice(start, start + 20));
  const operator = named && OPERATORS.has((named[1] as string).toLowerCase()) ? (named[1] as string).toLowerCase() : undefined;
  let at = start + (operator && named ? named[0].length : 0);
  if (query[at] === '"') {
    const end = query.indexOf('"', at + 1);
    const stop = end < 0 ? query.length : end + 1;
    const token: Token = { kind: "term", text: query.slice(start, stop), value: query.slice(at + 1, end < 0 ? stop : end), quoted: true };
    if (operator) token.operator = operator;
    if (end < 0) token.unclosed = true;
    return token;
  }
  const from = at;
  while (at < query.length && !/[\s(){}]/.test(query[at] as string)) at += 1;
  const text = query.slice(start, Math.max(at, start + 1));
  const value = query.slice(from, at);
  if (!operator && text === "OR") return { kind: "or", text, value: "", quoted: false };
  const token: Token = { kind: "term", text, value, quoted: false };
  if (operator) token.operator = operator;
  return token;
}

export function parse(query: string, labels: Labels, now = new Date()): Parsed {
  const all = tokens(query);
  const chips: Understood[] = [];
  let at = 0;
  /** "from:(anna OR ben)": the operator counts for every word inside. */
  let inherited: string | undefined;

  function sequence(depth: number): Node | null {
    const groups: Node[][] = [[]];
    while (at < all.length) {
      const token = all[at] as Token;
      if (token.kind === "close") {
        at += 1;
        if (depth) break;
        continue;
      }
      if (token.kind === "or") {
        at += 1;
        groups.push([]);
        continue;
      }
      const node = one(depth, false);
      if (node) (groups[groups.length - 1] as Node[]).push(node);
    }
    // "a b OR c d" is a and (b or c) and d, as people know it.
    const parts: Node[] = [];
    groups.forEach((group, index) => {
      if (!group.length) return;
      if (index === 0) return void parts.push(...group);
      const left = parts.pop();
      const [right, ...rest] = group;
      parts.push(left ? join("OR", [left, right as Node]) : (right as Node), ...rest);
    });
    return parts.length ? join("AND", parts) : null;
  }

  function one(depth: number, not: boolean): Node | null {
    const token = all[at++];
    if (!token) return null;
    if (token.kind === "not") {
      const inner = one(depth, !not);
      return inner && { operator: "NOT", conditions: [inner] };
    }
    if (token.kind === "open") return depth < 10 ? sequence(depth + 1) : null;
    if (token.kind !== "term") return null;
    if (token.operator && !token.value && all[at]?.kind === "open" && depth < 10) {
      const outer = inherited;
      inherited = token.operator;
      at += 1;
      const inner = sequence(depth + 1);
      inherited = outer;
      return inner;
    }
    if (inherited && !token.operator) token.operator = inherited;
    const [condition, chip] = meaning(token, labels, now);
    chips.push({ ...chip, text: token.text, not, ...(token.unclosed ? { problem: "unclosed" as const } : {}) });
    return condition;
  }

  return { filter: sequence(0), chips };
}

function join(operator: "AND" | "OR", parts: Node[]): Node {
  if (parts.length === 1) return parts[0] as Node;
  const flat = parts.flatMap((part) => ((part as { operator?: string }).operator === operator ? (part as { conditions: Node[] }).conditions : [part]));
  return { operator, conditions: flat };
}

type Chip = Pick<Understood, "key" | "value" | "problem">;

function meaning(token: Token, labels: Labels, now: Date): [Node | null, Chip] {
  const value = token.value.trim();
  const low = value.toLowerCase();
  const quoted = token.quoted ? `"${value.replace(/"/g, "")}"` : value;
  if (!token.operator) return value ? [{ text: quoted }, { key: "search.chip.text", value }] : [null, { key: "search.chip.text", value }];
  const key = `search.chip.${token.operator}`;
  if (!value) return [null, { key, value, problem: "unknownWord" }];
  switch (token.operator) {
    case "from": case "to": case "cc": case "bcc": case "subject": case "body":
      return [{ [token.operator]: quoted }, { key, value }];
    case "filename":
      return [{ attachmentName: quoted }, { key, value }];
    case "list":
      return [{ listId: value }, { key, value }];
    case "rfc822msgid":
      return [{ header: ["Message-ID", value] }, { key, value }];
    case "has":
      if (low === "attachment") return [{ hasAttachment: true }, { key: "search.chip.hasAttachment", value: "" }];
      if (low === "star") return [{ hasKeyword: "$flagged" }, { key: "search.chip.starred", value: "" }];
      return [null, { key, value, problem: "unknownWord" }];
    case "in": {
      if (low === "anywhere" || low === "all") return [null, { key: "search.chip.anywhere", value: "" }];
      const id = labels.mailboxes.get(low);
      return id ? [{ inMailbox: id }, { key, value }] : [null, { key, value, problem: "unknownMailbox" }];
    }
    case "label": {
      const keyword = labels.keywords.get(low);
      return keyword ? [{ hasKeyword: keyword }, { key, value }] : [null, { key, value, problem: "unknownLabel" }];
    }
    case "is":
      return is(low, value);
    case "auth":
      return auth(low, value);
    case "via":
      if (low === "list") return [{ header: ["List-Id"] }, { key: "search.chip.viaList", value: "" }];
      return [null, { key, value, problem: "unknownWord" }];
    case "before": case "older": return date(token.operator, "before", value);
    case "after": case "newer": return date(token.operator, "after", value);
    case "older_than": case "newer_than": return age(token.operator, value, now);
    case "larger": case "smaller": {
      const size = octetsOf(low);
      if (size === null) return [null, { key, value, problem: "badSize" }];
      return [token.operator === "larger" ? { minSize: size } : { maxSize: size }, { key, value }];
    }
    default:
      return [null, { key, value, problem: "unknownWord" }];
  }
}

function is(low: string, value: string): [Node | null, Chip] {
  const found: Record<string, Node> = {
    unread: { notKeyword: "$seen" },
    read: { hasKeyword: "$seen" },
    starred: { hasKeyword: "$flagged" },
    answered: { hasKeyword: "$answered" },
    replied: { hasKeyword: "$answered" },
    forwarded: { hasKeyword: "$forwarded" },
    draft: { hasKeyword: "$draft" },
    muted: { hasKeyword: "$muted" },
  };
  const node = found[low];
  return node ? [node, { key: `search.chip.is.${low === "replied" ? "answered" : low}`, value: "" }] : [null, { key: "search.chip.is", value, problem: "unknownWord" }];
}

function auth(low: string, value: string): [Node | null, Chip] {
  if (low === "fail") {
    const node = { operator: "OR", conditions: [{ verdict: "forged" }, { verdict: "misfit" }] };
    return [node, { key: "search.chip.authFail", value: "" }];
  }
  if (low === "pass") {
    const node = { operator: "OR", conditions: [{ verdict: "proven" }, { verdict: "via" }] };
    return [node, { key: "search.chip.authPass", value: "" }];
  }
  return [null, { key: "search.chip.auth", value, problem: "unknownWord" }];
}

function date(operator: string, condition: "before" | "after", value: string): [Node | null, Chip] {
  const parts = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/.exec(value);
  const key = `search.chip.${operator === "older" ? "before" : operator === "newer" ? "after" : operator}`;
  if (!parts) return [null, { key, value, problem: "badDate" }];
  const [year, month, day] = [Number(parts[1]), Number(parts[2] ?? 1), Number(parts[3] ?? 1)];
  const when = new Date(year, month - 1, day);
  if (when.getMonth() !== month - 1 || when.getDate() !== day) return [null, { key, value, problem: "badDate" }];
  return [{ [condition]: utc(when) }, { key, value }];
}

function age(operator: string, value: string, now: Date): [Node | null, Chip] {
  const key = `search.chip.${operator}`;
  const parts = /^(\d{1,4})([dwmy])$/i.exec(value);
  if (!parts) return [null, { key, value, problem: "badDate" }];
  const days = Number(parts[1]) * ({ d: 1, w: 7, m: 30, y: 365 }[(parts[2] as string).toLowerCase()] ?? 1);
  const when = utc(new Date(now.getTime() - days * DAY));
  return [operator === "older_than" ? { before: when } : { after: when }, { key, value }];
}

function utc(when: Date): string {
  return when.toISOString().replace(/\.\d+Z$/, "Z");
}

export function octetsOf(text: string): number | null {
  const parts = /^(\d{1,12}(?:\.\d{1,3})?)\s*([kmg]?)b?$/.exec(text);
  if (!parts) return null;
  return Math.round(Number(parts[1]) * { "": 1, k: 1000, m: 1_000_000, g: 1_000_000_000 }[parts[2] as "" | "k" | "m" | "g"]);
}
