// Plain text as people wrote it: what is quoted, what is a link. Pure; nothing here becomes HTML.

export interface Block {
  /** How many ">" stand before it. */
  depth: number;
  lines: string[];
}

export type Piece = { text: string } | { text: string; href: string };

export const MAX_LINES = 20_000;
const QUOTE = /^((?:>[ \t]?)+)/;
// No quantifier within a quantifier: any text is read in one pass.
const LINK = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u007f]{1,2000}|\bmailto:[^\s<>"'`]{3,320}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/giu;
const CLOSING: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** Cut a text into blocks of one quoting depth. */
export function blocks(text: string): Block[] {
  const found: Block[] = [];
  for (const line of text.replace(/\r\n?/g, "\n").split("\n", MAX_LINES)) {
    const mark = QUOTE.exec(line)?.[1] ?? "";
    const depth = Math.min(20, mark.replace(/[^>]/g, "").length);
    const rest = line.slice(mark.length);
    const last = found[found.length - 1];
    if (last && last.depth === depth) last.lines.push(rest);
    else found.push({ depth, lines: [rest] });
  }
  return found;
}

/** Where the part begins that people usually do not want to see again; blocks.length if nowhere. */
export function tail(all: Block[]): number {
  let end = all.length;
  while (end > 0 && ((all[end - 1] as Block).depth > 0 || (all[end - 1] as Block).lines.every((line) => !line.trim()))) end -= 1;
  return end === 0 ? all.length : end;
}

/** Cut a line into text and links. Only http, https and mailto become links. */
export function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of line.matchAll(LINK)) {
    const text = trimmed(match[0]);
    const href = hrefOf(text);
    if (!href) continue;
    if (match.index > at) found.push({ text: line.slice(at, match.index) });
    found.push({ text, href });
    at = match.index + text.length;
  }
  if (at < line.length) found.push({ text: line.slice(at) });
  return found;
}

/** Punctuation behind an address belongs to the sentence, also a bracket that was opened before it. */
function trimmed(text: string): string {
  let end = text.length;
  while (end > 0) {
    const last = text[end - 1] as string;
    const opening = CLOSING[last];
    const unbalanced = opening !== undefined && !text.slice(0, end - 1).includes(opening);
    if (!/[.,;:!?…*_]/.test(last) && !unbalanced) break;
    end -= 1;
  }
  return text.slice(0, end);
}

function hrefOf(text: string): string | null {
  if (/^https?:\/\//i.test(text)) {
    try {
      const url = new URL(text);
      return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
    } catch {
      return null;
    }
  }
  const address = text.replace(/^mailto:/i, "");
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address) ? `mailto:${address}` : null;
}
