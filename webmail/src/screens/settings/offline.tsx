// What is kept in this browser, how much room it takes, and how to be rid of it.
import { useEffect, useState } from "preact/hooks";
import { octets, t } from "../../i18n";
import { waiting } from "../../store/later";
import { room } from "../../store/offline";
import { Button } from "../../ui/controls";
import { confirm } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { attempt, Choice, Setting } from "./parts";

export function OfflinePage() {
  const [found, setFound] = useState<{ used: number; quota: number } | null>(null);
  const look = () => void room().then(setFound);
  useEffect(look, []);
  const wipe = async () => {
    const text = waiting.value ? t("settings.wipe.waiting", { count: waiting.value }) : t("settings.wipe.ask");
    if (!(await confirm(t("settings.wipe"), text, t("settings.wipe"), true))) return;
    const { wipe: empty } = await import("../../store/wipe");
    await empty();
    toast(t("settings.wipe.done"));
    look();
  };
  const keep = async () => {
    const kept = await navigator.storage.persist();
    toast(t(kept ? "settings.room.kept" : "settings.room.notKept"));
  };
  return (
    <>
      <Choice id="offlineMessages" name="offlineMessages" values={[0, 50, 100, 200, 500, 1000]} texts={(value) => (value === "0" ? t("settings.offlineMessages.0") : t("settings.messages", { count: Number(value) }))} hint={t("settings.offlineMessages.hint")} />
      <Setting id="room" title={t("settings.room")} hint={t("settings.room.hint")}>
        <p>{found ? t("settings.room.used", { used: octets(found.used), quota: octets(found.quota) }) : t("settings.room.unknown")}</p>
        {"storage" in navigator && "persist" in navigator.storage && <Button onClick={attempt(keep)}>{t("settings.room.keep")}</Button>}
      </Setting>
      <Setting id="wipe" title={t("settings.wipe")} hint={t("settings.wipe.hint")}>
        <Button kind="danger" icon="trash" onClick={attempt(wipe)}>{t("settings.wipe")}</Button>
      </Setting>
    </>
  );
}
