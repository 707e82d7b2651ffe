// Codes of an authenticator app, and the recovery codes that stand in for them.
import { useState } from "preact/hooks";
import { auth } from "../../../jmap/client";
import { t } from "../../../i18n";
import { Banner, Button, Field } from "../../../ui/controls";
import { confirm, Dialog } from "../../../ui/dialog";
import { toast } from "../../../ui/toast";
import { attempt, reasonOf, Setting } from "../parts";
import { confirmed } from "./confirm";
import { Codes, Copy } from "./once";
import { me, renew } from ".";

interface Begun {
  secret: string;
  uri: string;
  svg: string;
}

function Enable({ begun, onDone, onClose }: { begun: Begun; onDone: (codes: string[]) => void; onClose: () => void }) {
  const [problem, setProblem] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget as HTMLFormElement).get("code"));
    try {
      const answer = await confirmed(() => auth<{ recoveryCodes: string[] }>("totp/enable", { code }));
      onDone(answer.recoveryCodes);
    } catch (reason) {
      setProblem(reasonOf(reason));
    }
  };
  return (
    <Dialog title={t("settings.totp")} onClose={onClose}>
      <p>{t("security.totpScan")}</p>
      <img class="qr" alt={t("security.totpQr")} src={`data:image/svg+xml,${encodeURIComponent(begun.svg)}`} />
      <p>{t("security.totpByHand")}</p>
      <p class="secret">{begun.secret}</p>
      <div class="buttons"><Copy text={begun.secret} /><a class="button" href={begun.uri} target="_blank" rel="noreferrer">{t("security.totpOpen")}</a></div>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Field label={t("security.totpCode")} name="code" inputMode="numeric" autocomplete="one-time-code" required maxLength={12} problem={problem} />
        <Button kind="primary" type="submit">{t("security.totpEnable")}</Button>
      </form>
    </Dialog>
  );
}

export function Totp() {
  const [begun, setBegun] = useState<Begun | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const on = me.value?.totp ?? false;
  const left = me.value?.recoveryCodes ?? 0;
  const begin = async () => setBegun(await confirmed(() => auth<Begun>("totp/begin", {})));
  const done = (made: string[]) => {
    setBegun(null);
    setCodes(made);
    void renew().catch(() => {});
  };
  const disable = async () => {
    if (!(await confirm(t("security.totpOff"), t("security.totpOffAsk"), t("security.totpOff"), true))) return;
    await confirmed(() => auth("totp/disable", {}));
    toast(t("security.totpIsOff"));
    await renew();
  };
  const again = async () => done((await confirmed(() => auth<{ recoveryCodes: string[] }>("totp/recovery-codes", {}))).recoveryCodes);
  return (
    <>
      <Setting id="totp" title={t("settings.totp")} hint={t("security.totpHint")}>
        <Banner tone={on ? "good" : "unknown"} icon="shield">{t(on ? "security.totpIsOn" : "security.totpIsOff")}</Banner>
        {on ? <Button kind="danger" onClick={attempt(disable)}>{t("security.totpOff")}</Button> : <Button icon="shield" onClick={attempt(begin)}>{t("security.totpBegin")}</Button>}
      </Setting>
      <Setting id="recoveryCodes" title={t("settings.recoveryCodes")}>
        <p>{on ? t("security.codesLeft", { count: left }) : t("security.codesWithTotp")}</p>
        {on && <Button onClick={attempt(again)}>{t("security.codesNew")}</Button>}
      </Setting>
      {begun && <Enable begun={begun} onDone={done} onClose={() => setBegun(null)} />}
      {codes && <Codes codes={codes} onClose={() => setCodes(null)} />}
    </>
  );
}
