// Mail as files: mbox (each message behind a line "From ", mboxrd quoting) and single messages.

export const MAX_MESSAGE = 60_000_000;
const SLICE = 4_000_000;
const NEWLINE = 10;

function startsFrom(octets: Uint8Array, at: number): boolean {
  return octets[at] === 70 && octets[at + 1] === 114 && octets[at + 2] === 111 && octets[at + 3] === 109 && octets[at + 4] === 32;
}

/** Begins the file as an mbox does? */
export async function isMbox(file: Blob): Promise<boolean> {
  return startsFrom(new Uint8Array(await file.slice(0, 5).arrayBuffer()), 0);
}

/** Where the messages of an mbox begin and end, without their "From " lines; read in slices, so that large files fit. */
export async function* pieces(file: Blob): AsyncGenerator<[start: number, end: number]> {
  let begun = -1;
  let separator = -1;
  let fresh = true;
  let blank = true;
  let line = 0;
  for (let base = 0; base < file.size; base += SLICE) {
    // Five octets more, so that a "From " across the border is seen.
    const octets = new Uint8Array(await file.slice(base, base + SLICE + 5).arrayBuffer());
    const end = Math.min(SLICE, file.size - base);
    for (let at = 0; at < end; at += 1) {
      if (fresh) {
        fresh = false;
        line = base + at;
        if (blank && startsFrom(octets, at)) {
          if (begun >= 0) yield [begun, line];
          separator = line;
          begun = -1;
        }
      }
      if (octets[at] === NEWLINE) {
        const length = base + at - line;
        blank = length === 0 || (length === 1 && octets[at - 1] === 13);
        if (separator === line && begun < 0) begun = base + at + 1;
        fresh = true;
      }
    }
  }
  if (begun >= 0 && begun < file.size) yield [begun, file.size];
}

/** A message as it was before it was put into an mbox: CRLF, ">From " without its mark, no blank line at the end. */
export function unquoted(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  const found = new Uint8Array(octets.length * 2);
  let size = 0;
  let at = 0;
  while (at < octets.length) {
    let marks = at;
    while (octets[marks] === 62) marks += 1;
    if (marks > at && startsFrom(octets, marks)) at += 1;
    let end = octets.indexOf(NEWLINE, at);
    if (end < 0) end = octets.length;
    const stop = octets[end - 1] === 13 && end > at ? end - 1 : end;
    found.set(octets.subarray(at, stop), size);
    size += stop - at;
    if (end < octets.length) {
      found[size] = 13;
      found[size + 1] = NEWLINE;
      size += 2;
    }
    at = end + 1;
  }
  if (size >= 4 && found[size - 3] === NEWLINE && found[size - 1] === NEWLINE) size -= 2;
  return found.slice(0, size);
}

/** A message as it stands in an mbox (mboxrd). */
export function quoted(octets: Uint8Array, sender: string, receivedAt: string): Uint8Array<ArrayBuffer> {
  const date = new Date(receivedAt).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+).*$/, "$1 $3 $2 $5 $4");
  const head = new TextEncoder().encode(`From ${sender.replace(/[^\x21-\x7e]/g, "") || "MAILER-DAEMON"} ${date}\n`);
  const parts: Uint8Array[] = [head];
  let at = 0;
  while (at < octets.length) {
    let end = octets.indexOf(NEWLINE, at);
    if (end < 0) end = octets.length;
    let marks = at;
    while (octets[marks] === 62) marks += 1;
    if (startsFrom(octets, marks)) parts.push(new Uint8Array([62]));
    parts.push(octets.subarray(at, octets[end - 1] === 13 && end > at ? end - 1 : end), new Uint8Array([NEWLINE]));
    at = end + 1;
  }
  parts.push(new Uint8Array([NEWLINE]));
  const found = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let size = 0;
  for (const one of parts) {
    found.set(one, size);
    size += one.length;
  }
  return found;
}
