// One message of a conversation: who, when, what; folded when it was read already.
import { useEffect, useState } from "preact/hooks";
import { downloadUrl } from "../../jmap/client";
import { longDate, shortDate, t } from "../../i18n";
import { shown } from "../../keys";
import type { EmailAddress } from "../../jmap/types";
import { go } from "../../router";
import { junk, label, setKeyword, star } from "../../store/actions";
import { email } from "../../store/emails";
import { preferences } from "../../store/preferences";
import { isMe } from "../../store/me";
import { Avatar, Chip, IconButton, Skeleton } from "../../ui/controls";
import { Menu } from "../../ui/dialog";
import { TracePanel } from "../trace/panel";
import { Attachments } from "./attachments";
import { Images, Unsubscribe, VerdictLine, Warning } from "./bars";
import { Fates } from "./fates";
import { MessageFrame } from "./frame";
import { detail, view } from "./load";
import { PlainText } from "./plain_text";
import { Receipt } from "./receipt";

function People({ title, list }: { title: string; list: EmailAddress[] | null }) {
  if (!list?.length) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd>{list.map((one, index) => <a key={index} href={`/compose?to=${encodeURIComponent(one.email)}`} dir="auto">{one.name ? `${one.name} <${one.email}>` : one.email}</a>)}</dd>
    </div>
  );
}

function isDark(): boolean {
  return document.documentElement.dataset.theme === "dark";
}

interface Props {
  id: string;
  open: boolean;
  onToggle: () => void;
  last: boolean;
}

export function MessageCard({ id, open, onToggle, last }: Props) {
  const message = detail(id).value;
  const row = email(id).value;
  const [more, setMore] = useState(false);
  const [images, setImages] = useState(false);
  const [accepted, setAccepted] = useState(false);
  const [why, setWhy] = useState(false);
  const [light, setLight] = useState(false);
  const sender = message?.from?.[0];
  const verdict = row?.senderVerdict;
  const proven = Boolean(verdict?.proven);
  const wish = preferences.value.remoteContent;
  const allowed = wish.mode === "always" || (wish.mode === "ask" && proven && wish.senders.includes(sender?.email.toLowerCase() ?? ""));
  const remote = images || (allowed && verdict?.tone !== "bad");
  const shownAs = open ? view(id, remote).value : undefined;
  const seen = row?.keywords.$seen;

  useEffect(() => {
    const seconds = preferences.value.markSeenSeconds;
    if (!open || seen || seconds < 0) return;
    const timer = setTimeout(() => void setKeyword([id], "$seen", true), seconds * 1000);
    return () => clearTimeout(timer);
  }, [open, id]);
  useEffect(() => {
    const asked = (event: Event) => {
      if ((event as CustomEvent<string>).detail === id) setWhy((now) => !now);
    };
    window.addEventListener("pillarbox-why", asked);
    return () => window.removeEventListener("pillarbox-why", asked);
  }, [id]);

  if (!row || !message) return null;
  const name = sender?.name || sender?.email || t("reading.nobody");
  if (!open) {
    return (
      <article class="message folded">
        <button type="button" class="fold-head" aria-expanded="false" onClick={onToggle}>
          <Avatar name={sender?.name} email={sender?.email} size={28} />
          <strong dir="auto">{isMe(sender?.email) ? t("reading.me") : name}</strong>
          <span class="fold-text" dir="auto">{row.preview}</span>
          <time dateTime={row.receivedAt}>{shortDate(row.receivedAt)}</time>
        </button>
      </article>
    );
  }
  const inert = verdict?.tone === "bad" && !accepted;
  const labels = preferences.value.labels.filter((one) => row.keywords[one.keyword]);
  const dark = isDark() && !light;
  return (
    <article class="message" aria-label={t("reading.from", { name })}>
      <header class="message-head">
        <Avatar name={sender?.name} email={sender?.email} size={40} />
        <div class="message-who">
          <p class="message-from"><strong dir="auto">{name}</strong> {sender?.name && <span class="address" dir="ltr">{sender.email}</span>}</p>
          <VerdictLine verdict={verdict} onWhy={() => setWhy(true)} />
          <button type="button" class="to-line" aria-expanded={more} onClick={() => setMore(!more)}>
            {t("reading.to", { names: (message.to ?? []).map((one) => (isMe(one.email) ? t("reading.me") : one.name || one.email)).join(", ") || t("reading.nobody") })}
          </button>
        </div>
        <time dateTime={row.receivedAt} title={longDate(row.receivedAt)}>{shortDate(row.receivedAt)}</time>
        <div class="message-tools">
          <IconButton icon="star" label={t("shell.star")} shortcut="s" aria-pressed={Boolean(row.keywords.$flagged)} filled={Boolean(row.keywords.$flagged)} onClick={() => void star([id], !row.keywords.$flagged)} />
          <IconButton icon="why" label={t("reading.whyHere")} shortcut="i" aria-expanded={why} onClick={() => setWhy(!why)} />
          <IconButton icon="reply" label={t("reading.reply")} shortcut="r" onClick={() => go(`/compose?reply=${id}`)} />
          <Menu
            label={t("ui.more")}
            items={[
              { text: t("reading.replyAll"), icon: "replyAll", shortcut: "a", run: () => go(`/compose?reply=${id}&all=1`) },
              { text: t("reading.forward"), icon: "forward", shortcut: "f", run: () => go(`/compose?forward=${id}`) },
              { text: t("reading.whyHere"), icon: "why", shortcut: "i", run: () => setWhy(!why) },
              null,
              { text: t("reading.unread"), icon: "unread", shortcut: shown("Shift+u"), run: () => void setKeyword([id], "$seen", false) },
              { text: t("reading.print"), icon: "print", run: () => window.print() },
              { text: t("reading.raw"), icon: "info", run: () => window.open(downloadUrl(row.blobId, "message.txt", "text/plain"), "_blank", "noopener") },
              { text: t("reading.eml"), icon: "download", run: () => window.open(downloadUrl(row.blobId, "message.eml", "message/rfc822"), "_self") },
              ...(isDark() ? [{ text: t("reading.light"), icon: "sun" as const, checked: light, run: () => setLight(!light) }] : []),
            ]}
          />
        </div>
      </header>
      {more && (
        <dl class="message-details">
          <People title={t("reading.fromTitle")} list={message.from} />
          <People title={t("reading.toTitle")} list={message.to} />
          <People title={t("reading.ccTitle")} list={message.cc} />
          <People title={t("reading.bccTitle")} list={message.bcc} />
          <People title={t("reading.replyToTitle")} list={message.replyTo} />
          <div><dt>{t("reading.date")}</dt><dd>{longDate(message.sentAt ?? row.receivedAt)}</dd></div>
        </dl>
      )}
      {labels.length > 0 && <p class="message-labels">{labels.map((one) => <Chip key={one.keyword} color={one.color} removeLabel={t("reading.removeLabel", { name: one.name })} onRemove={() => void label([id], one.keyword, false)}>{one.name}</Chip>)}</p>}
      {verdict?.tone === "bad" && !accepted && <Warning verdict={verdict} onAccept={() => setAccepted(true)} onWhy={() => setWhy(true)} onJunk={() => void junk([id])} />}
      {isMe(sender?.email) && !row.keywords.$draft && <Fates id={id} />}
      {why && <TracePanel emailId={id} onClose={() => setWhy(false)} />}
      {shownAs === undefined ? (
        <Skeleton lines={5} />
      ) : shownAs === null ? (
        <p class="hint">{t("reading.notShown")}</p>
      ) : (
        <>
          {!remote && !inert && <Images view={shownAs} message={message} proven={proven} onShow={() => setImages(true)} />}
          {shownAs.frameUrl ? (
            <div class="sheet" data-light={!dark || shownAs.colours || undefined}>
              <MessageFrame url={shownAs.frameUrl} title={row.subject || t("list.noSubject")} sheet={dark && !shownAs.colours ? "dark" : "light"} inert={inert} />
            </div>
          ) : (
            <PlainText text={shownAs.text ?? ""} />
          )}
          {shownAs.shownAsText && <p class="hint">{t(`reading.asText.${shownAs.shownAsText}`)}</p>}
          {!inert && <Receipt message={message} />}
          <Attachments view={shownAs} inert={inert} />
          <footer class="message-foot">{!inert && <Unsubscribe view={shownAs} message={message} />}</footer>
        </>
      )}
      {last && <span class="only-read" id="reading-end" />}
    </article>
  );
}
