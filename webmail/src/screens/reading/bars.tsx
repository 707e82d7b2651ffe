// What the reader should know before reading: who it is from, what was left out, how to leave a list.
import { useState } from "preact/hooks";
import { call } from "../../jmap/client";
import { t } from "../../i18n";
import type { MessageView, SenderVerdict } from "../../jmap/types";
import { go, searchPath } from "../../router";
import { preferences, setPreferences } from "../../store/preferences";
import { Banner, Button, Icon } from "../../ui/controls";
import { toast } from "../../ui/toast";
import type { Message } from "./load";

export function VerdictLine({ verdict, onWhy }: { verdict: SenderVerdict | null | undefined; onWhy: () => void }) {
  if (!verdict?.line) return null;
  return (
    <button type="button" class={`verdict-line ${verdict.tone}`} onClick={onWhy}>
      <Icon name="info" size={15} /> {verdict.line} <span class="why">{t("reading.why")}</span>
    </button>
  );
}

/** A strong interruption: links and files do nothing until the reader has chosen. */
export function Warning({ verdict, onAccept, onWhy, onJunk }: { verdict: SenderVerdict; onAccept: () => void; onWhy: () => void; onJunk: () => void }) {
  return (
    <Banner tone="bad" icon="shield" actions={<><Button kind="primary" onClick={onJunk}>{t("reading.toJunk")}</Button><Button onClick={onWhy}>{t("reading.whyLong")}</Button><Button kind="quiet" onClick={onAccept}>{t("reading.useAnyway")}</Button></>}>
      <strong>{verdict.headline}</strong> {t("reading.inert")}
    </Banner>
  );
}

export function Images({ view, message, proven, onShow }: { view: MessageView; message: Message; proven: boolean; onShow: () => void }) {
  const parts = [
    view.remoteImages ? t("reading.images", { count: view.remoteImages }) : "",
    view.trackers ? t("reading.trackers", { count: view.trackers }) : "",
  ].filter(Boolean);
  if (!parts.length) return null;
  const sender = message.from?.[0]?.email.toLowerCase();
  const always = async () => {
    if (!sender) return;
    const before = preferences.value.remoteContent;
    await setPreferences({ remoteContent: { ...before, senders: [...new Set([...before.senders, sender])] } });
    onShow();
  };
  const text = t("reading.blocked", { what: parts.join(` ${t("reading.and")} `) });
  return (
    <Banner icon="image" actions={view.remoteImages > 0 && <><Button onClick={onShow}>{t("reading.showImages")}</Button>{proven && sender && <Button kind="quiet" onClick={() => void always()}>{t("reading.alwaysImages")}</Button>}</>}>
      {text}
    </Banner>
  );
}

export function Unsubscribe({ view, message }: { view: MessageView; message: Message }) {
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const way = view.unsubscribe;
  if (!way) return null;
  const from = message.from?.[0];
  const leave = async () => {
    if (way.kind === "page" && way.url) return void window.open(way.url, "_blank", "noopener,noreferrer");
    if (way.kind === "mail" && way.to) {
      const query = new URLSearchParams({ subject: way.subject ?? "unsubscribe", body: way.body ?? "" });
      return go(`/compose?mailto=${encodeURIComponent(`mailto:${way.to}?${query.toString().replace(/\+/g, "%20")}`)}`);
    }
    setBusy(true);
    try {
      await call("MessageView/unsubscribe", { emailId: message.id });
      setDone(true);
      const search = from ? searchPath(`from:${from.email}`) : "";
      toast(t("reading.unsubscribed"), search ? { action: { label: t("reading.olderMail"), run: () => go(search) } } : {});
    } catch (reason) {
      toast(t("reading.notUnsubscribed", { reason: (reason as Error).message }), { tone: "bad" });
    } finally {
      setBusy(false);
    }
  };
  return <Button kind="quiet" busy={busy} disabled={done} onClick={() => void leave()}>{t(done ? "reading.unsubscribedShort" : `reading.unsubscribe.${way.kind}`)}</Button>;
}
