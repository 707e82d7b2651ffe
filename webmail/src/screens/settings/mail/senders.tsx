// Remote images, and senders whose mail is not wanted.
import { useState } from "preact/hooks";
import { t } from "../../../i18n";
import { preferences } from "../../../store/preferences";
import { Button, Field, Select } from "../../../ui/controls";
import { toast } from "../../../ui/toast";
import { change, Setting } from "../parts";

const ADDRESS = /^[^\s@]+@[^\s@]+$/;

function Addresses({ list, label, none, onChange }: { list: string[]; label: string; none: string; onChange: (list: string[]) => Promise<boolean> }) {
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState("");
  const add = async (event: Event) => {
    event.preventDefault();
    const email = typed.trim().toLowerCase();
    if (!ADDRESS.test(email)) return setProblem(t("mail.notAnAddress"));
    setProblem("");
    if (list.includes(email) || (await onChange([...list, email]))) setTyped("");
  };
  const remove = async (email: string) => {
    if (await onChange(list.filter((one) => one !== email))) toast(t("mail.removed", { name: email }), { undo: () => void onChange(list) });
  };
  return (
    <>
      <ul class="things">
        {list.map((email) => (
          <li key={email}>
            <span class="main" dir="auto">{email}</span>
            <Button kind="quiet" aria-label={t("mail.removeNamed", { name: email })} onClick={() => void remove(email)}>{t("mail.remove")}</Button>
          </li>
        ))}
        {!list.length && <li class="hint">{none}</li>}
      </ul>
      <form class="inline" noValidate onSubmit={(event) => void add(event)}>
        <Field label={label} type="email" value={typed} problem={problem || undefined} maxLength={254} onInput={(event) => setTyped(event.currentTarget.value)} />
        <Button icon="plus" type="submit">{t("mail.add")}</Button>
      </form>
    </>
  );
}

export function Senders() {
  const { remoteContent, blockedSenders } = preferences.value;
  return (
    <>
      <Setting id="remoteMode">
        <Select label={t("settings.remoteMode")} value={remoteContent.mode} hint={t("mail.remoteHint")} options={(["ask", "never", "always"] as const).map((mode) => [mode, t(`settings.remoteMode.${mode}`)])} onChange={(mode) => void change({ remoteContent: { ...remoteContent, mode: mode as "ask" } })} />
      </Setting>
      <Setting id="remoteSenders" title={t("settings.remoteSenders")} hint={t("mail.remoteSendersHint")}>
        <Addresses list={remoteContent.senders} label={t("mail.remoteAdd")} none={t("mail.remoteNone")} onChange={(senders) => change({ remoteContent: { ...preferences.value.remoteContent, senders } })} />
      </Setting>
      <Setting id="blocked" title={t("settings.blocked")} hint={t("mail.blockedHint")}>
        <Addresses list={blockedSenders} label={t("mail.blockedAdd")} none={t("mail.blockedNone")} onChange={(list) => change({ blockedSenders: list })} />
      </Setting>
    </>
  );
}
