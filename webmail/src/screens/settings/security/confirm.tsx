// "Confirm it is you": what is asked before changes that matter, and then they are made.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { auth, JmapError } from "../../../jmap/client";
import { t } from "../../../i18n";
import { Button, Field, Skeleton } from "../../../ui/controls";
import { Dialog } from "../../../ui/dialog";
import { reasonOf } from "../parts";
import { prove, supported } from "./passkey_json";

type Way = "password" | "totp" | "passkey";

const asked = signal<((done: boolean) => void) | null>(null);

/** The person did not want to confirm. */
function stopped(): DOMException {
  return new DOMException("not confirmed", "AbortError");
}

/** Do something; if the server wants to know who is there, ask, and do it again. */
export async function confirmed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (reason) {
    if (!(reason instanceof JmapError) || reason.type !== "confirm") throw reason;
  }
  const yes = await new Promise<boolean>((answer) => {
    asked.value?.(false);
    asked.value = answer;
  });
  if (!yes) throw stopped();
  return work();
}

function done(yes: boolean): void {
  const answer = asked.value;
  asked.value = null;
  answer?.(yes);
}

export function ConfirmDialog() {
  return asked.value ? <Asking /> : null;
}

function Asking() {
  const [ways, setWays] = useState<Way[] | null>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    auth<{ confirmBy: Way[] }>("me").then((me) => setWays(me.confirmBy)).catch((reason) => setProblem(reasonOf(reason)));
  }, []);
  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setProblem("");
    try {
      await work();
      done(true);
    } catch (reason) {
      if ((reason as Error).name !== "NotAllowedError") setProblem(reasonOf(reason));
      else setProblem(t("security.passkeyStopped"));
    } finally {
      setBusy(false);
    }
  };
  const typed = (name: "password" | "code") => (event: Event) => {
    event.preventDefault();
    const value = String(new FormData(event.currentTarget as HTMLFormElement).get(name));
    void attempt(() => auth("confirm", { [name]: value }));
  };
  return (
    <Dialog title={t("security.confirm")} onClose={() => done(false)}>
      <p>{t("security.confirmHint")}</p>
      {!ways && !problem && <Skeleton lines={2} />}
      {ways?.includes("passkey") && supported() && <Button icon="key" busy={busy} onClick={() => void attempt(prove)}>{t("security.confirmPasskey")}</Button>}
      {ways?.includes("password") && (
        <form class="stack" onSubmit={typed("password")}>
          <Field label={t("security.password")} name="password" type="password" autocomplete="current-password" required autoFocus />
          <Button kind="primary" type="submit" busy={busy}>{t("security.confirmDo")}</Button>
        </form>
      )}
      {ways?.includes("totp") && (
        <form class="stack" onSubmit={typed("code")}>
          <Field label={t("security.code")} name="code" inputMode="numeric" autocomplete="one-time-code" required />
          <Button type="submit" busy={busy}>{t("security.confirmCode")}</Button>
        </form>
      )}
      {problem && <p class="problem" role="alert">{problem}</p>}
    </Dialog>
  );
}
