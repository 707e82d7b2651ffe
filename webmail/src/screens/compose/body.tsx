// The text: with a design (loaded when needed) or plain.
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n";
import { Skeleton } from "../../ui/controls";
import type { Writer } from "./writer";

type Rich = typeof import("./editor").default;

export function Body({ writer, version, autoFocus }: { writer: Writer; version: number; autoFocus: boolean }) {
  const { html, text } = writer.draft.value;
  const [Editor, setEditor] = useState<{ it: Rich } | null>(null);
  const rich = html !== null;
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (rich && !Editor) void import("./editor").then((module) => setEditor({ it: module.default }), () => writer.change({ html: null }));
  }, [rich]);
  useEffect(() => {
    if (!autoFocus || rich) return;
    area.current?.focus();
    area.current?.setSelectionRange(0, 0);
  }, []);
  if (!rich) {
    return <textarea ref={area} class="compose-text" aria-label={t("compose.text")} dir="auto" spellcheck value={text} onInput={(event) => writer.change({ text: event.currentTarget.value })} onPaste={(event) => pasted(event, writer)} />;
  }
  if (!Editor) return <Skeleton lines={6} />;
  const Found = Editor.it;
  return (
    <Found
      label={t("compose.text")} html={html} version={version} autoFocus={autoFocus} pictures={writer.picture}
      onChange={(changed, plain) => writer.change({ html: changed, text: plain })}
      onPictures={async (files) => (await writer.attach(files, true)).map((one) => ({ cid: one.cid as string, name: one.name }))}
    />
  );
}

/** Files on the clipboard become attachments of a plain message. */
function pasted(event: ClipboardEvent, writer: Writer): void {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  void writer.attach(files);
}
