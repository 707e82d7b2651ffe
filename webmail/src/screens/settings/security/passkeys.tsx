// Passkeys: this device instead of a password.
import { useEffect, useState } from "preact/hooks";
import { auth } from "../../../jmap/client";
import { longDate, t } from "../../../i18n";
import { Button, Field, Switch } from "../../../ui/controls";
import { confirm } from "../../../ui/dialog";
import { toast } from "../../../ui/toast";
import { attempt, Setting, told } from "../parts";
import { confirmed } from "./confirm";
import { add, supported } from "./passkey_json";
import { me, renew } from ".";

interface Passkey {
  passkey: number;
  name: string;
  synced: boolean;
  createdAt: string;
  usedAt: string | null;
}

export function Passkeys() {
  const [list, setList] = useState<Passkey[]>([]);
  const [name, setName] = useState("");
  const load = async () => setList((await auth<{ passkeys: Passkey[] }>("passkeys")).passkeys);
  useEffect(() => void load().catch(told), []);
  const make = async (event: Event) => {
    event.preventDefault();
    try {
      await confirmed(() => add(name.trim()));
      setName("");
      toast(t("security.passkeyAdded"));
      await Promise.all([load(), renew()]);
    } catch (reason) {
      if ((reason as Error).name === "NotAllowedError") toast(t("security.passkeyStopped"));
      else if ((reason as Error).name === "InvalidStateError") toast(t("security.passkeyKnown"), { tone: "bad" });
      else told(reason);
    }
  };
  const remove = (one: Passkey) => async () => {
    if (!(await confirm(t("security.passkeyRemove"), t("security.passkeyRemoveAsk", { name: one.name }), t("ui.delete"), true))) return;
    await confirmed(() => auth("passkeys/remove", { passkey: one.passkey }));
    await Promise.all([load(), renew()]);
  };
  const only = async (on: boolean) => {
    await confirmed(() => auth("passkeys/only", { on })).catch(told);
    await renew();
  };
  return (
    <Setting id="passkeys" title={t("settings.passkeys")} hint={t("security.passkeysHint")}>
      {list.length > 0 && (
        <ul class="things">
          {list.map((one) => (
            <li key={one.passkey}>
              <div class="main">
                <strong dir="auto">{one.name}</strong>
                <span class="hint">{[t("security.since", { when: longDate(one.createdAt) }), one.usedAt ? t("security.used", { when: longDate(one.usedAt) }) : t("security.neverUsed"), one.synced ? t("security.passkeySynced") : ""].filter(Boolean).join(" · ")}</span>
              </div>
              <Button aria-label={t("security.removeNamed", { name: one.name })} onClick={attempt(remove(one))}>{t("security.remove")}</Button>
            </li>
          ))}
        </ul>
      )}
      {supported() ? (
        <form class="inline" onSubmit={(event) => void make(event)}>
          <Field label={t("security.passkeyName")} name="passkeyName" value={name} required maxLength={100} placeholder={t("security.passkeyExample")} onInput={(event) => setName(event.currentTarget.value)} />
          <Button icon="key" type="submit">{t("security.passkeyAdd")}</Button>
        </form>
      ) : <p class="hint">{t("security.passkeysCannot")}</p>}
      {list.length > 0 && <Switch label={t("security.passkeysOnly")} hint={t("security.passkeysOnlyHint")} on={me.value?.passkeysOnly ?? false} onChange={(on) => void only(on).catch(told)} />}
    </Setting>
  );
}
