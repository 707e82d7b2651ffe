// Writing: from whom, with which words below, and how an answer begins.
import { useEffect, useId, useState } from "preact/hooks";
import { t } from "../../../i18n";
import { preferences } from "../../../store/preferences";
import { address } from "../../../store/me";
import { Button, Field, Select } from "../../../ui/controls";
import { confirm, Dialog } from "../../../ui/dialog";
import { attempt, change, Choice, reasonOf, Setting, Toggle, told } from "../parts";
import { identities, loadIdentities, offered, removeIdentity, saveIdentity, type Identity } from "./identities";

function Area({ label, hint, name, value, rows = 4 }: { label: string; hint?: string; name: string; value: string; rows?: number }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} name={name} rows={rows} defaultValue={value} maxLength={20_000} dir="auto" aria-describedby={hint ? `${id}-hint` : undefined} />
      {hint && <p id={`${id}-hint`} class="hint">{hint}</p>}
    </div>
  );
}

function Edit({ identity, onClose }: { identity: Identity | null; onClose: () => void }) {
  const [problem, setProblem] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const given: Partial<Identity> = {
      name: text("name"),
      replyTo: text("replyTo") ? text("replyTo").split(/[,;\s]+/).filter(Boolean).map((email) => ({ name: null, email })) : null,
      textSignature: String(form.get("textSignature") ?? ""),
      htmlSignature: String(form.get("htmlSignature") ?? ""),
    };
    if (!identity) given.email = text("email");
    try {
      await saveIdentity(identity?.id ?? null, given);
      onClose();
    } catch (reason) {
      setProblem(reasonOf(reason));
    }
  };
  return (
    <Dialog wide title={t(identity ? "mail.identityEdit" : "mail.identityNew")} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Field label={t("mail.email")} name="email" type="email" required value={identity?.email ?? address.value} readOnly={Boolean(identity)} hint={identity ? undefined : t("mail.emailHint")} />
        <Field label={t("mail.name")} name="name" value={identity?.name ?? ""} maxLength={200} hint={t("mail.nameHint")} />
        <Field label={t("settings.replyTo")} name="replyTo" value={identity?.replyTo?.map((one) => one.email).join(", ") ?? ""} hint={t("mail.replyToHint")} />
        <Area label={t("mail.textSignature")} name="textSignature" value={identity?.textSignature ?? ""} hint={t("mail.textSignatureHint")} />
        <Area label={t("mail.htmlSignature")} name="htmlSignature" value={identity?.htmlSignature ?? ""} hint={t("mail.htmlSignatureHint")} />
        {problem && <p class="problem" role="alert">{problem}</p>}
        <div class="buttons"><Button kind="primary" type="submit">{t("ui.save")}</Button><Button onClick={onClose}>{t("ui.cancel")}</Button></div>
      </form>
    </Dialog>
  );
}

function Identities() {
  const [open, setOpen] = useState<Identity | "new" | null>(null);
  useEffect(() => void loadIdentities().catch(told), []);
  const list = identities.value ?? [];
  const usual = preferences.value.defaultIdentityId ?? list[0]?.id ?? "";
  const remove = (one: Identity) => async () => {
    if (await confirm(t("mail.identityRemove"), t("mail.identityRemoveAsk", { email: one.email }), t("ui.delete"), true)) await removeIdentity(one.id);
  };
  return (
    <>
      <Setting id="identities" title={t("settings.identities")} hint={t("mail.identitiesHint")}>
        <ul class="things">
          {list.map((one) => (
            <li key={one.id}>
              <div class="main"><strong dir="auto">{one.name || one.email}</strong><span class="hint">{one.email}{one.textSignature || one.htmlSignature ? ` · ${t("settings.signature")}` : ""}</span></div>
              <Button icon="pen" aria-label={t("mail.editNamed", { name: one.name || one.email })} onClick={() => setOpen(one)}>{t("mail.edit")}</Button>
              {one.mayDelete && <Button kind="quiet" aria-label={t("mail.removeNamed", { name: one.name || one.email })} onClick={attempt(remove(one))}>{t("ui.delete")}</Button>}
            </li>
          ))}
          {identities.value && !list.length && <li class="hint">{t("mail.noIdentities")}</li>}
        </ul>
        <Button icon="plus" onClick={() => setOpen("new")}>{t("mail.identityNew")}</Button>
      </Setting>
      {list.length > 1 && (
        <Setting id="defaultIdentity">
          <Select label={t("settings.defaultIdentity")} value={usual} options={list.map((one) => [one.id, one.name ? `${one.name} <${one.email}>` : one.email])} onChange={(id) => void change({ defaultIdentityId: id })} />
        </Setting>
      )}
      {open && <Edit identity={open === "new" ? null : open} onClose={() => setOpen(null)} />}
    </>
  );
}

export function Writing() {
  return (
    <>
      {offered() && <Identities />}
      <Choice id="compose" name="compose" values={["rich", "plain"]} />
      <Choice id="reply" name="reply" values={["sender", "all"]} />
      <Choice id="quote" name="quote" values={["below", "above", "none"]} />
      <Toggle id="forgottenAttachment" name="forgottenAttachment" hint={t("mail.forgottenHint")} />
    </>
  );
}
