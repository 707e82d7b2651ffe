// What is attached: names, sizes, previews, downloads.
import { useState } from "preact/hooks";
import { downloadUrl } from "../../jmap/client";
import { octets, t } from "../../i18n";
import type { MessageView, ViewAttachment } from "../../jmap/types";
import { Button, Icon } from "../../ui/controls";
import { Dialog } from "../../ui/dialog";

function save(one: ViewAttachment): void {
  const link = document.createElement("a");
  link.href = downloadUrl(one.blobId, one.name ?? t("reading.unnamed"), one.type);
  link.download = one.name ?? "";
  link.click();
}

function Card({ one, inert, onShow }: { one: ViewAttachment; inert: boolean; onShow: () => void }) {
  const name = one.name || t("reading.unnamed");
  return (
    <li class="attachment">
      <button type="button" class="attachment-main" disabled={inert} onClick={() => (one.preview ? onShow() : save(one))}>
        {one.preview === "image" && one.previewUrl ? <img src={one.previewUrl} alt="" loading="lazy" /> : <Icon name={one.preview === "image" ? "image" : "attachment"} />}
        <span class="attachment-name" dir="auto">{name}</span>
        <span class="attachment-size">{octets(one.size)}</span>
      </button>
      <Button kind="quiet" icon="download" disabled={inert} aria-label={t("reading.download", { name })} onClick={() => save(one)} />
    </li>
  );
}

function Preview({ one, onClose }: { one: ViewAttachment; onClose: () => void }) {
  const name = one.name || t("reading.unnamed");
  const url = one.previewUrl ?? "";
  return (
    <Dialog wide title={name} onClose={onClose} actions={<Button icon="download" onClick={() => save(one)}>{t("reading.save")}</Button>}>
      {one.preview === "image" && <img class="preview" src={url} alt={name} />}
      {one.preview === "text" && <iframe class="preview" title={name} src={url} sandbox="" />}
      {/* The answer's own policy is a sandbox; with the attribute, browsers do not show PDF at all. */}
      {one.preview === "pdf" && <iframe class="preview" title={name} src={url} />}
    </Dialog>
  );
}

export function Attachments({ view, inert }: { view: MessageView; inert: boolean }) {
  const [shown, setShown] = useState<ViewAttachment | null>(null);
  const list = view.attachments.filter((one) => !one.inline);
  if (!list.length) return null;
  return (
    <section class="attachments" aria-label={t("reading.attachments")}>
      <header>
        <h2>{t("reading.attachmentCount", { count: list.length })}</h2>
        {list.length > 1 && <Button kind="quiet" icon="download" disabled={inert} onClick={() => list.forEach(save)}>{t("reading.saveAll")}</Button>}
      </header>
      <ul>{list.map((one) => <Card key={one.partId} one={one} inert={inert} onShow={() => setShown(one)} />)}</ul>
      {shown && <Preview one={shown} onClose={() => setShown(null)} />}
    </section>
  );
}
