// One contact, to be changed.
import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { Button, Field } from "../../ui/controls";
import { fieldsOf, patchOf, save, type Card } from "./cards";

const lines = (text: FormDataEntryValue | null) => String(text ?? "").split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);

export function Form({ card, email, onDone, onCancel }: { card: Card | null; email: string; onDone: (id: string) => void; onCancel: () => void }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const before = card ? fieldsOf(card) : { name: "", emails: email ? [email] : [], phones: [], organization: "", note: "" };
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const given = { name: text("name"), emails: lines(form.get("emails")), phones: lines(form.get("phones")), organization: text("organization"), note: text("note") };
    if (!given.name && !given.emails.length) return setProblem(t("contacts.needsName"));
    setBusy(true);
    try {
      onDone(await save(card, patchOf(card, given)));
    } catch (reason) {
      setProblem((reason as { description?: string }).description || (reason as Error).message);
      setBusy(false);
    }
  };
  return (
    <form class="stack contact-form" onSubmit={(event) => void submit(event)}>
      <Field label={t("contacts.name")} name="name" value={before.name} maxLength={300} autocomplete="off" />
      <Field label={t("contacts.emails")} hint={t("contacts.emailsHint")} name="emails" value={before.emails.join(", ")} maxLength={2000} autocomplete="off" />
      <Field label={t("contacts.phones")} name="phones" value={before.phones.join(", ")} maxLength={1000} autocomplete="off" />
      <Field label={t("contacts.organization")} name="organization" value={before.organization} maxLength={300} autocomplete="off" />
      <Field label={t("contacts.note")} name="note" value={before.note} maxLength={4000} autocomplete="off" />
      {problem && <p class="problem" role="alert">{problem}</p>}
      <div class="buttons"><Button kind="primary" type="submit" busy={busy}>{t("ui.save")}</Button><Button onClick={onCancel}>{t("ui.cancel")}</Button></div>
    </form>
  );
}
