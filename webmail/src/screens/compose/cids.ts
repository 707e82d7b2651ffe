// HTML as text: which pictures stand within it, and how text stands in it.

/** The Content-IDs of the pictures in it. */
export function cidsOf(html: string): string[] {
  return [...html.matchAll(/<img\b[^>]{0,5000}?\bsrc="cid:([^"]{1,500})"/gi)].map((found) => (found[1] as string).replace(/&amp;/g, "&").replace(/&quot;/g, '"').replace(/&lt;/g, "<").replace(/&gt;/g, ">"));
}

export function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
