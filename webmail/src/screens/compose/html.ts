// HTML that people write, paste and quote: only what a letter needs, made node by node.
// No text is ever parsed by the page itself, so nothing in it can run or load.
import { Parser } from "htmlparser2";
import { escaped } from "./cids";

const KEPT: Record<string, string[]> = {
  a: ["href", "title"], b: [], strong: [], i: [], em: [], u: [], s: [], strike: [], del: [], sub: [], sup: [], small: [],
  code: [], pre: [], br: [], hr: [], p: ["dir"], div: ["dir", "data-signature"], span: ["dir"], blockquote: ["type"],
  ul: [], ol: ["start"], li: [], h1: [], h2: [], h3: [], h4: [], h5: [], h6: [],
  table: [], thead: [], tbody: [], tr: [], td: ["colspan", "rowspan"], th: ["colspan", "rowspan"], img: ["alt", "width", "height"],
};
const GONE = new Set(["script", "style", "head", "title", "template", "svg", "math", "iframe", "object", "embed", "noscript", "select", "textarea", "button", "video", "audio", "canvas", "frameset"]);
const EMPTY = new Set(["br", "hr", "img"]);
const LINK = /^(https?:|mailto:|tel:)/i;
const MAX_DEPTH = 60;
const MAX_NODES = 20_000;
const MAX_OCTETS = 1_000_000;

/** Where the picture with this Content-ID is shown from; null if it is not here. */
export type Pictures = (cid: string) => string | null;

interface Making {
  pictures: Pictures;
  /** The editor's own marks of the selection are kept (its undo needs them). */
  marks?: boolean;
}

export function build(html: string, { pictures, marks = false }: Making): DocumentFragment {
  const inert = document.implementation.createHTMLDocument("");
  const root = inert.createDocumentFragment();
  const open: { name: string; node: Node }[] = [];
  let gone = 0;
  let nodes = 0;
  const here = () => open[open.length - 1]?.node ?? root;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (GONE.has(name)) gone += 1;
      if (gone || nodes >= MAX_NODES) return;
      const mark = marks && name === "input" && /^squire-selection-(start|end)$/.test(attributes.id ?? "");
      const kept = mark ? ["id", "type"] : KEPT[name];
      if (!kept || open.length >= MAX_DEPTH) return;
      const node = inert.createElement(name);
      for (const attribute of kept) if (attributes[attribute] !== undefined) give(node, attribute, attributes[attribute] as string);
      if (name === "img" && !picture(node, attributes, pictures)) return;
      nodes += 1;
      here().appendChild(node);
      if (!EMPTY.has(name) && !mark) open.push({ name, node });
    },
    ontext(text) {
      if (gone || nodes >= MAX_NODES) return;
      nodes += 1;
      here().appendChild(inert.createTextNode(text));
    },
    onclosetag(name) {
      if (GONE.has(name)) gone = Math.max(0, gone - 1);
      for (let at = open.length - 1; at >= 0; at -= 1) {
        if (open[at]?.name !== name) continue;
        open.length = at;
        return;
      }
    },
  }, { decodeEntities: true, recognizeSelfClosing: false });
  parser.write(html.slice(0, MAX_OCTETS));
  parser.end();
  return root;
}

function give(node: Element, name: string, value: string): void {
  if (name === "href" && !LINK.test(value.trim())) return;
  if (/^(col|row)span$|^(width|height|start)$/.test(name) && !/^\d{1,4}$/.test(value)) return;
  node.setAttribute(name, value.slice(0, 4000));
}

function picture(node: Element, attributes: Record<string, string>, pictures: Pictures): boolean {
  const cid = attributes["data-cid"] ?? /^cid:(.{1,500})$/i.exec(attributes.src ?? "")?.[1];
  const source = cid ? pictures(cid) : null;
  if (!cid || !source) return false;
  node.setAttribute("data-cid", cid);
  node.setAttribute("src", source);
  return true;
}

const CITED = "margin:0 0 0 .8ex;border-left:2px solid #ccc;padding-left:1ex";

/** The HTML of what was written, as it is sent: pictures by their Content-ID. */
export function written(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return escaped((node.textContent ?? "").replace(/\u200b/g, ""));
  const inside = [...node.childNodes].map(written).join("");
  if (node.nodeType !== Node.ELEMENT_NODE) return inside;
  const element = node as Element;
  const name = element.localName;
  const kept = KEPT[name];
  if (!kept) return inside;
  const pairs = kept.filter((one) => element.hasAttribute(one)).map((one) => [one, element.getAttribute(one) ?? ""]);
  if (name === "img") pairs.unshift(["src", `cid:${element.getAttribute("data-cid") ?? ""}`]);
  if (name === "blockquote") pairs.push(["style", CITED]);
  const start = `<${name}${pairs.map(([one, value]) => ` ${one}="${escaped(value as string)}"`).join("")}>`;
  return EMPTY.has(name) ? start : `${start}${inside}</${name}>`;
}

/** Only what is kept, as it would be sent. */
export function cleaned(html: string, pictures: Pictures): string {
  return written(build(html, { pictures }));
}

/** The same text under another signature; "" takes it away. */
export function resigned(html: string, signature: string, pictures: Pictures): string {
  const root = build(html, { pictures });
  const old = root.querySelector("[data-signature]");
  const next = build(signature, { pictures });
  if (old) old.replaceWith(next);
  else root.append(next);
  return written(root);
}
