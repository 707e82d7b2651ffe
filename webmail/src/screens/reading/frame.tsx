// A message with HTML, in a frame that has no origin. It tells its size, keys and links; nothing else.
import { useEffect, useRef, useState } from "preact/hooks";
import { dispatchKey } from "../../keys";
import { follow } from "./links";

const MAX_HEIGHT = 60_000;
const KEYS = /^([!-~]|Escape)$/;

interface Props {
  url: string;
  title: string;
  sheet: "light" | "dark" | "inverted";
  /** Links do nothing. */
  inert: boolean;
}

function clamp(value: unknown, most: number): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.max(0, Math.min(most, Math.ceil(value))) : 0;
}

export function MessageFrame({ url, title, sheet, inert }: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(160);
  useEffect(() => {
    const heard = (event: MessageEvent) => {
      if (!frame.current || event.source !== frame.current.contentWindow || event.origin !== "null") return;
      const said = event.data as Record<string, unknown> | null;
      if (!said || said.pillarbox !== 1) return;
      if (said.kind === "size") setHeight(Math.max(40, clamp(said.height, MAX_HEIGHT)));
      else if (said.kind === "key" && typeof said.key === "string" && KEYS.test(said.key)) {
        const letter = /^[a-z]$/i.test(said.key);
        const name = (said.ctrl || said.meta ? "Mod+" : "") + (said.shift && (letter || said.key.length > 1) ? "Shift+" : "") + (letter ? said.key.toLowerCase() : said.key);
        dispatchKey(name);
      } else if (said.kind === "link" && !inert && typeof said.href === "string") {
        follow(said.href.slice(0, 4000), String(said.mark ?? "").slice(0, 300), String(said.text ?? "").slice(0, 300));
      } else if (said.kind === "place") {
        const pane = frame.current.closest(".pane");
        const top = frame.current.getBoundingClientRect().top - (pane?.getBoundingClientRect().top ?? 0);
        pane?.scrollBy({ top: top + clamp(said.top, MAX_HEIGHT), behavior: "smooth" });
      }
    };
    window.addEventListener("message", heard);
    return () => window.removeEventListener("message", heard);
  }, [inert]);
  const source = `${url}${url.includes("?") ? "&" : "?"}sheet=${sheet}&title=${encodeURIComponent(title.slice(0, 100))}`;
  return <iframe ref={frame} class="body-frame" title={title} src={source} sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" height={height} style={{ blockSize: `${height}px` }} />;
}
