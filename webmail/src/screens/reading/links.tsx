// Following links out of messages: at once, or after a question where they do not lead where they say.
import { signal } from "@preact/signals";
import { t } from "../../i18n";
import { go } from "../../router";
import { Button } from "../../ui/controls";
import { Dialog } from "../../ui/dialog";

interface Doubtful {
  href: string;
  text: string;
  host: string;
  mark: string;
}

const asked = signal<Doubtful | null>(null);

function open(href: string): void {
  window.open(href, "_blank", "noopener,noreferrer");
}

/** Follow a link of a message. mark: what the server found odd about it, "" for nothing. */
export function follow(href: string, mark: string, text: string): void {
  if (/^mailto:/i.test(href)) return go(`/compose?mailto=${encodeURIComponent(href)}`);
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return;
  }
  if (url.protocol === "tel:") return void window.open(href, "_self");
  if (url.protocol !== "https:" && url.protocol !== "http:") return;
  if (mark) asked.value = { href: url.href, text, host: url.hostname, mark };
  else open(url.href);
}

export function LinkQuestion() {
  const link = asked.value;
  if (!link) return null;
  const close = () => {
    asked.value = null;
  };
  const shows = /shows=(\S+)/.exec(link.mark)?.[1];
  return (
    <Dialog title={t("reading.link.title")} onClose={close} actions={<><Button kind="primary" onClick={close}>{t("reading.link.stay")}</Button><Button onClick={() => { close(); open(link.href); }}>{t("reading.link.open")}</Button></>}>
      {shows && <p>{t("reading.link.shows", { shows, host: link.host })}</p>}
      {/mixed/.test(link.mark) && <p>{t("reading.link.mixed")}</p>}
      <p class="where" dir="ltr">{link.href}</p>
    </Dialog>
  );
}
