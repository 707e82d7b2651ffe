// Plain text on the page: by text nodes alone.
import { useMemo, useState } from "preact/hooks";
import { t } from "../../i18n";
import { Button } from "../../ui/controls";
import { blocks, pieces, tail, type Block } from "./plain";
import { follow } from "./links";

function Line({ line }: { line: string }) {
  return (
    <>
      {pieces(line).map((piece, index) =>
        "href" in piece ? (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer" onClick={(event) => { event.preventDefault(); follow(piece.href, "", piece.text); }}>{piece.text}</a>
        ) : (
          piece.text
        ),
      )}
      {"\n"}
    </>
  );
}

function Quoted({ block }: { block: Block }) {
  const text = block.lines.map((line, index) => <Line key={index} line={line} />);
  return block.depth ? <blockquote data-depth={Math.min(3, block.depth)}>{text}</blockquote> : <div>{text}</div>;
}

export function PlainText({ text }: { text: string }) {
  const all = useMemo(() => blocks(text), [text]);
  const end = tail(all);
  const [open, setOpen] = useState(false);
  return (
    <div class="plain" dir="auto">
      {all.slice(0, end).map((block, index) => <Quoted key={index} block={block} />)}
      {end < all.length && (
        <>
          <Button kind="quiet" class="quote-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>{t(open ? "reading.hideQuote" : "reading.showQuote")}</Button>
          {open && all.slice(end).map((block, index) => <Quoted key={index} block={block} />)}
        </>
      )}
    </div>
  );
}
