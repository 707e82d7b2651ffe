// A new password for the account.
import { useState } from "preact/hooks";
import { auth } from "../../../jmap/client";
import { t } from "../../../i18n";
import { address } from "../../../store/me";
import { Button, Field } from "../../../ui/controls";
import { toast } from "../../../ui/toast";
import { reasonOf, Setting } from "../parts";
import { confirmed } from "./confirm";
import { renew } from ".";

export function Password() {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    const [first, second] = [String(given.get("new")), String(given.get("again"))];
    if (first !== second) return setProblem(t("security.passwordsDiffer"));
    setBusy(true);
    setProblem("");
    try {
      const current = String(given.get("current"));
      await confirmed(() => auth("password", { new: first, ...(current ? { current } : {}), endApps: given.has("endApps") }));
      form.reset();
      toast(t("security.passwordChanged"));
      await renew();
    } catch (reason) {
      if ((reason as Error).name !== "AbortError") setProblem(reasonOf(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Setting id="password" title={t("settings.password")} hint={t("security.passwordHint")}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <input class="only-read" tabIndex={-1} name="username" autocomplete="username" value={address.value} readOnly aria-label={t("settings.address")} />
        <div class="setting-row">
          <Field label={t("security.currentPassword")} name="current" type="password" autocomplete="current-password" required />
          <Field label={t("security.newPassword")} name="new" type="password" autocomplete="new-password" required />
          <Field label={t("security.newAgain")} name="again" type="password" autocomplete="new-password" required />
        </div>
        <label class="check"><input type="checkbox" name="endApps" />{t("security.endApps")}</label>
        {problem && <p class="problem" role="alert">{problem}</p>}
        <div class="buttons"><Button type="submit" busy={busy}>{t("security.changePassword")}</Button></div>
      </form>
    </Setting>
  );
}
