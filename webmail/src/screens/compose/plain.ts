// Between what is written with a design and plain text: every message carries both.
import { escaped } from "./cids";

const BLOCKS = new Set(["div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul", "ol", "li", "blockquote", "table", "tr", "hr"]);

/** The text of what was written: quotes with "> ", lists with "- ", links with their address. */
export function plain(root: Node): string {
  return lines(root).join("\n").replace(/\n{3,}/g, "\n\n").replace(/\s+$/, "");
}

function lines(root: Node): string[] {
  const found: string[] = [];
  let line = "";
  let begun = false;
  const end = () => {
    if (begun) found.push(line === "-- " ? line : line.replace(/[ \t]+$/, ""));
    line = "";
    begun = false;
  };
  const walk = (node: Node, pre: boolean): void => {
    if (node.nodeType === 3) {
      const text = (node.textContent ?? "").replace(/\u200b/g, "").replace(/\u00a0/g, " ");
      const shown = pre ? text : text.replace(/[ \t\r\n]+/g, " ");
      if (!shown || (!begun && !shown.trim() && !pre)) return;
      const [first, ...more] = pre ? shown.split("\n") : [shown];
      line += begun ? first : pre ? first : (first as string).replace(/^ /, "");
      begun = true;
      for (const next of more) {
        end();
        line = next;
        begun = true;
      }
      return;
    }
    const element = node as Element;
    const name = element.localName ?? "";
    if (name === "br") {
      begun = true;
      return end();
    }
    if (name === "img") {
      line += element.getAttribute("alt") ? `[${element.getAttribute("alt")}]` : "";
      begun ||= Boolean(line);
      return;
    }
    if (name === "hr") {
      end();
      found.push("----");
      return;
    }
    if (name === "blockquote") {
      end();
      found.push(...lines(childrenOf(element)).map((one) => (one.startsWith(">") ? `>${one}` : one ? `> ${one}` : ">")));
      return;
    }
    if (name === "li") {
      end();
      const numbered = element.parentElement?.localName === "ol";
      const at = [...(element.parentElement?.children ?? [])].indexOf(element) + 1;
      const [first = "", ...more] = lines(childrenOf(element));
      found.push(`${numbered ? `${at}.` : "-"} ${first}`, ...more.map((one) => `  ${one}`));
      return;
    }
    const block = BLOCKS.has(name);
    if (block) end();
    for (const child of element.childNodes) walk(child, pre || name === "pre");
    if (name === "a") link(element);
    if (name === "td" || name === "th") line += " ";
    if (block) end();
    if (name === "p") found.push("");
  };
  const link = (element: Element): void => {
    const href = element.getAttribute("href") ?? "";
    const text = (element.textContent ?? "").trim();
    if (!href || href === text || href === `mailto:${text}` || href.replace(/^https?:\/\/|\/$/g, "") === text.replace(/^https?:\/\/|\/$/g, "")) return;
    line += ` <${href}>`;
  };
  for (const child of root.childNodes) walk(child, false);
  end();
  return found;
}

function childrenOf(element: Element): Node {
  const all = element.ownerDocument.createDocumentFragment();
  for (const child of element.childNodes) all.appendChild(child.cloneNode(true));
  return all;
}

/** Plain text as HTML: lines as they are, quoted lines as quotes. */
export function designed(text: string): string {
  let html = "";
  let depth = 0;
  for (const line of text.split("\n")) {
    const marks = /^(>[ ]?)*/.exec(line)?.[0] ?? "";
    const deep = (marks.match(/>/g) ?? []).length;
    while (depth < deep && depth < 20) {
      html += '<blockquote type="cite">';
      depth += 1;
    }
    while (depth > deep) {
      html += "</blockquote>";
      depth -= 1;
    }
    html += `<div>${escaped(line.slice(marks.length)) || "<br>"}</div>`;
  }
  return html + "</blockquote>".repeat(depth);
}
