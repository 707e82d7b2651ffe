// Secrets that are shown once: to copy, to keep, to close.
import type { ComponentChildren } from "preact";
import { t } from "../../../i18n";
import { Button } from "../../../ui/controls";
import { Dialog } from "../../../ui/dialog";
import { toast } from "../../../ui/toast";
import { attempt } from "../parts";

export function Copy({ text }: { text: string }) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    toast(t("security.copied"));
  };
  return <Button icon="check" onClick={attempt(copy)}>{t("security.copy")}</Button>;
}

export function Once({ title, hint, text, onClose, children }: { title: string; hint: string; text: string; onClose: () => void; children: ComponentChildren }) {
  return (
    <Dialog title={title} onClose={onClose} actions={<><Copy text={text} /><Button kind="primary" onClick={onClose}>{t("security.keptIt")}</Button></>}>
      <p>{hint}</p>
      {children}
    </Dialog>
  );
}

export function Codes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  return (
    <Once title={t("settings.recoveryCodes")} hint={t("security.codesOnce")} text={codes.join("\n")} onClose={onClose}>
      <ul class="codes">{codes.map((code) => <li key={code}>{code}</li>)}</ul>
    </Once>
  );
}
