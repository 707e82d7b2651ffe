// The editor for text with a design: Squire, which never parses what it is given.
import Squire from "squire-rte";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n";
import { Button, Field, IconButton } from "../../ui/controls";
import { Dialog } from "../../ui/dialog";
import type { IconName } from "../../ui/icons";
import { build, written, type Pictures } from "./html";
import { plain } from "./plain";

const PAUSE = 250;

class Editor extends Squire {
  /** Undo and redo put back what was there, node by node. */
  override _setRawHTML(html: string) {
    const kept = build(html, { pictures: (cid) => this.pictures(cid), marks: true });
    const root = this.getRoot();
    root.replaceChildren(kept);
    if (!root.firstChild) root.appendChild(this.createDefaultBlock());
    (this as unknown as { _ignoreChange: boolean })._ignoreChange = true;
    return this;
  }
  pictures: Pictures = () => null;
}

interface Props {
  label: string;
  html: string;
  pictures: Pictures;
  onChange: (html: string, text: string) => void;
  /** Files that were pasted or dropped into the text; pictures among them are to stand there. */
  onPictures: (files: File[]) => Promise<{ cid: string; name: string }[]>;
  autoFocus: boolean;
  /** Counts up when `html` was changed from outside. */
  version: number;
}

const INLINE: [tag: string, icon: IconName, key: string, keys: string][] = [
  ["B", "bold", "compose.bold", "Ctrl+B"],
  ["I", "italic", "compose.italic", "Ctrl+I"],
];

export default function RichText({ label, html, pictures, onChange, onPictures, autoFocus, version }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const [formats, setFormats] = useState<string[]>([]);
  const [asking, setAsking] = useState(false);
  const latest = useRef({ onChange, onPictures, pictures });
  latest.current = { onChange, onPictures, pictures };

  useEffect(() => {
    const made = new Editor(root.current as HTMLElement, { blockTag: "DIV", sanitizeToDOMFragment: (text: string) => build(text, { pictures: (cid) => latest.current.pictures(cid) }) } as never);
    made.pictures = (cid) => latest.current.pictures(cid);
    editor.current = made;
    made.setHTML(html);
    let timer = 0;
    const told = () => {
      clearTimeout(timer);
      timer = 0;
      const at = made.getRoot();
      latest.current.onChange([...at.childNodes].map(written).join(""), plain(at));
    };
    const look = () => setFormats(["B", "I", "A", "UL", "OL", "BLOCKQUOTE"].filter((tag) => made.hasFormat(tag)));
    made.addEventListener("input", () => {
      timer ||= window.setTimeout(told, PAUSE);
    });
    made.addEventListener("pathChange", look);
    made.addEventListener("select", look);
    made.addEventListener("pasteImage", ((event: CustomEvent<{ clipboardData: DataTransfer }>) => {
      const files = [...(event.detail.clipboardData?.files ?? [])];
      if (files.length) void place(files);
    }) as EventListener);
    const flush = () => timer && told();
    window.addEventListener("pagehide", flush);
    const at = made.getRoot();
    at.addEventListener("compose-flush", flush);
    if (autoFocus) {
      made.focus();
      made.moveCursorToStart();
    }
    return () => {
      flush();
      window.removeEventListener("pagehide", flush);
      made.destroy();
    };
  }, []);
  useEffect(() => {
    if (version && editor.current) editor.current.setHTML(html);
  }, [version]);

  const place = async (files: File[]) => {
    const placed = await latest.current.onPictures(files);
    for (const one of placed) editor.current?.insertHTML(`<img src="cid:${one.cid}" alt="${one.name.replace(/[<>"&]/g, "")}">`);
  };
  const has = (tag: string) => formats.includes(tag);
  const act = (does: (one: Editor) => void) => () => {
    if (!editor.current) return;
    does(editor.current);
    editor.current.focus();
  };
  const link = act((one) => {
    if (one.hasFormat("A")) return one.removeLink();
    setAsking(true);
  });
  const linked = (event: Event) => {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget as HTMLFormElement).get("url")).trim();
    const url = /^(https?:|mailto:)/i.test(given) ? given : given.includes("@") ? `mailto:${given}` : `https://${given}`;
    setAsking(false);
    // The dialog gives the focus back first.
    queueMicrotask(() => editor.current?.makeLink(url, {}));
  };
  const block = (tag: "UL" | "OL" | "BLOCKQUOTE", on: (one: Editor) => void, off: (one: Editor) => void) => act((one) => (one.hasFormat(tag) ? off(one) : on(one)));
  return (
    <div class="rich">
      <div
        ref={root} class="rich-text" role="textbox" aria-multiline="true" aria-label={label} dir="auto" tabIndex={0} spellcheck
        onDrop={(event) => {
          const files = [...(event.dataTransfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
          if (!files.length || files.length !== event.dataTransfer?.files.length) return;
          event.preventDefault();
          event.stopPropagation();
          void place(files);
        }}
      />
      <div class="rich-tools" role="toolbar" aria-label={t("compose.design")}>
        {INLINE.map(([tag, icon, key, keys]) => (
          <IconButton key={tag} icon={icon} label={t(key)} shortcut={keys} aria-pressed={has(tag)} onClick={act((one) => (tag === "B" ? (has("B") ? one.removeBold() : one.bold()) : has("I") ? one.removeItalic() : one.italic()))} />
        ))}
        <IconButton icon="link" label={t(has("A") ? "compose.unlink" : "compose.link")} aria-pressed={has("A")} onClick={link} />
        <IconButton icon="list" label={t("compose.list")} aria-pressed={has("UL")} onClick={block("UL", (one) => one.makeUnorderedList(), (one) => one.removeList())} />
        <IconButton icon="numbers" label={t("compose.numbers")} aria-pressed={has("OL")} onClick={block("OL", (one) => one.makeOrderedList(), (one) => one.removeList())} />
        <IconButton icon="quote" label={t("compose.quote")} aria-pressed={has("BLOCKQUOTE")} onClick={block("BLOCKQUOTE", (one) => one.increaseQuoteLevel(), (one) => one.decreaseQuoteLevel())} />
        <IconButton icon="clear" label={t("compose.clear")} onClick={act((one) => one.removeAllFormatting())} />
      </div>
      {asking && (
        <Dialog title={t("compose.link")} onClose={() => setAsking(false)}>
          <form class="stack" onSubmit={linked}>
            <Field label={t("compose.linkAsk")} name="url" type="text" required autocomplete="off" placeholder="https://" maxLength={2000} />
            <div class="buttons"><Button kind="primary" type="submit">{t("compose.linkSet")}</Button></div>
          </form>
        </Dialog>
      )}
    </div>
  );
}
