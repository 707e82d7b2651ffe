// The session ended: sign in here, so that nothing that was typed is lost.
import { useState } from "preact/hooks";
import { auth, connection, loadSession } from "../jmap/client";
import { refreshAll } from "../jmap/push";
import { t } from "../i18n";
import { address } from "../store/me";
import { Button, Field } from "../ui/controls";
import { Dialog } from "../ui/dialog";

export function SignInAgain() {
  const [problem, setProblem] = useState("");
  const [ticket, setTicket] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem("");
    try {
      const body = ticket
        ? { ticket, code: String(form.get("code")) }
        : { username: address.value || String(form.get("username")), password: String(form.get("password")), stay: true };
      const answer = await auth(ticket ? "code" : "sign-in", body);
      if (answer.next === "totp" || answer.ticket) return setTicket(answer.ticket);
      connection.value = "online";
      await loadSession();
      refreshAll();
    } catch (reason) {
      connection.value = "signed-out";
      setProblem((reason as { description?: string }).description || (reason as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("shell.signInAgain")} onClose={() => { location.assign("/sign-in"); }}>
      <p>{t("shell.signInAgainHint")}</p>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <input class="only-read" tabIndex={-1} name="username" autocomplete="username" value={address.value} readOnly aria-label={t("shell.address")} />
        {ticket ? (
          <Field label={t("shell.code")} name="code" autocomplete="one-time-code" required problem={problem} />
        ) : (
          <Field label={t("shell.password", { address: address.value })} name="password" type="password" autocomplete="current-password" required problem={problem} />
        )}
        <Button kind="primary" type="submit" busy={busy}>{t("shell.signIn")}</Button>
      </form>
    </Dialog>
  );
}
