// Notifications of new mail: off until they are asked for, and plain about what happens then.
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n";
import { preferences } from "../../store/preferences";
import { Banner, Button, Skeleton } from "../../ui/controls";
import { change, Choice, Setting, told } from "./parts";
import { state, turnOff, turnOn, type State } from "./push_subscription";

export function Notifications() {
  const [now, setNow] = useState<State | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => void state().then(setNow, () => setNow("cannot")), []);
  const turn = async (on: boolean) => {
    setBusy(true);
    try {
      const next = on ? await turnOn() : await turnOff();
      if (next === "on" && preferences.value.notify === "none") await change({ notify: "all" });
      setNow(next);
    } catch (reason) {
      told(reason);
      setNow(await state());
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Setting id="push" title={t("settings.push")} hint={t("settings.push.hint")}>
        {now === null && <Skeleton lines={1} />}
        {now === "cannot" && <Banner>{t("settings.push.cannot")}</Banner>}
        {now === "ios" && <Banner>{t("settings.push.ios")}</Banner>}
        {now === "denied" && <Banner tone="doubt">{t("settings.push.denied")}</Banner>}
        {now === "off" && <Button kind="primary" busy={busy} onClick={() => void turn(true)}>{t("settings.push.do")}</Button>}
        {now === "on" && (
          <>
            <Banner tone="good" icon="check">{t("settings.push.on")}</Banner>
            <Button busy={busy} onClick={() => void turn(false)}>{t("settings.push.stop")}</Button>
          </>
        )}
      </Setting>
      <Choice id="notifyOf" name="notify" values={["all", "proven", "none"]} hint={t("settings.notifyOf.hint")} />
    </>
  );
}
