// Passwords for programs: made with a purpose, shown once, revoked one by one.
import { useEffect, useState } from "preact/hooks";
import { auth } from "../../../jmap/client";
import { longDate, relative, t } from "../../../i18n";
import { Button, Field, Select } from "../../../ui/controls";
import { confirm, Dialog } from "../../../ui/dialog";
import { toast } from "../../../ui/toast";
import { attempt, reasonOf, Setting, told } from "../parts";
import { confirmed } from "./confirm";
import { Once } from "./once";
import { renew } from ".";

interface AppPassword {
  appPassword: number;
  name: string;
  scopes: string[];
  createdAt: string;
  expiresAt: string | null;
  usedAt: string | null;
  usedBy: string;
  expired: boolean;
}

function line(one: AppPassword): string {
  const end = one.expired ? t("security.appExpired") : one.expiresAt ? t("security.appUntil", { when: longDate(one.expiresAt) }) : "";
  const used = one.usedAt ? t("security.used", { when: relative(one.usedAt) }) : t("security.neverUsed");
  return [one.scopes.map((scope) => t(`security.scope.${scope}`)).join(", "), used, one.usedBy, end].filter(Boolean).join(" · ");
}

function Make({ scopes, onMade, onClose }: { scopes: string[]; onMade: (password: string) => void; onClose: () => void }) {
  const [days, setDays] = useState("");
  const [problem, setProblem] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const chosen = given.getAll("scope").map(String);
    if (!chosen.length) return setProblem(t("security.appScopeMissing"));
    const body = { name: String(given.get("name")).trim(), scopes: chosen, ...(days ? { expiresInDays: Number(days) } : {}) };
    try {
      onMade((await confirmed(() => auth<{ password: string }>("app-passwords/make", body))).password);
    } catch (reason) {
      if ((reason as Error).name !== "AbortError") setProblem(reasonOf(reason));
    }
  };
  return (
    <Dialog title={t("security.appNew")} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Field label={t("security.appName")} name="name" required maxLength={100} placeholder={t("security.appExample")} />
        <fieldset class="checks">
          <legend>{t("security.appScopes")}</legend>
          {scopes.map((scope) => <label key={scope}><input type="checkbox" name="scope" value={scope} checked={scope === "imap" || scope === "smtp"} />{t(`security.scope.${scope}`)}</label>)}
        </fieldset>
        <Select label={t("security.appEnd")} value={days} options={["", "7", "30", "90", "365"].map((value) => [value, value ? t("security.days", { count: Number(value) }) : t("security.appNoEnd")])} onChange={setDays} />
        {problem && <p class="problem" role="alert">{problem}</p>}
        <Button kind="primary" type="submit">{t("security.appMake")}</Button>
      </form>
    </Dialog>
  );
}

export function AppPasswords() {
  const [list, setList] = useState<AppPassword[]>([]);
  const [scopes, setScopes] = useState<string[]>([]);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState("");
  const load = async () => {
    const answer = await auth<{ appPasswords: AppPassword[]; scopes: string[] }>("app-passwords");
    setList(answer.appPasswords);
    setScopes(answer.scopes);
  };
  useEffect(() => void load().catch(told), []);
  const revoke = (one: AppPassword) => async () => {
    if (!(await confirm(t("security.appRevoke"), t("security.appRevokeAsk", { name: one.name }), t("security.appRevoke"), true))) return;
    await auth("app-passwords/revoke", { appPassword: one.appPassword });
    toast(t("security.appRevoked"));
    await Promise.all([load(), renew()]);
  };
  const shown = (password: string) => {
    setMaking(false);
    setMade(password);
    void Promise.all([load(), renew()]).catch(told);
  };
  return (
    <Setting id="appPasswords" title={t("settings.appPasswords")} hint={t("security.appHint")}>
      {list.length > 0 && (
        <ul class="things">
          {list.map((one) => (
            <li key={one.appPassword}>
              <div class="main"><strong dir="auto">{one.name}</strong><span class="hint">{line(one)}</span></div>
              <Button aria-label={t("security.removeNamed", { name: one.name })} onClick={attempt(revoke(one))}>{t("security.appRevoke")}</Button>
            </li>
          ))}
        </ul>
      )}
      <Button icon="plus" onClick={() => setMaking(true)}>{t("security.appNew")}</Button>
      {making && <Make scopes={scopes} onMade={shown} onClose={() => setMaking(false)} />}
      {made && <Once title={t("security.appNew")} hint={t("security.appOnce")} text={made} onClose={() => setMade("")}><p class="secret">{made}</p></Once>}
    </Setting>
  );
}
