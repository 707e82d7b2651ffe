// How the webmail looks and behaves.
import { LANGUAGES, locale, t } from "../../i18n";
import { preferences } from "../../store/preferences";
import { Button, Select } from "../../ui/controls";
import { toast } from "../../ui/toast";
import { attempt, change, Choice, Setting, Toggle } from "./parts";

const HOURS = Array.from({ length: 24 }, (_, hour) => [String(hour), new Date(2000, 0, 1, hour)] as const);

function hour(date: Date): string {
  return new Intl.DateTimeFormat(locale.value === "ar-XB" ? "en" : locale.value, { hour: "2-digit", minute: "2-digit" }).format(date);
}

function SnoozeHours() {
  const hours = preferences.value.snoozeHours;
  const set = (patch: Partial<typeof hours>) => void change({ snoozeHours: { ...hours, ...patch } });
  const times = HOURS.map(([value, date]) => [value, hour(date)] as [string, string]);
  return (
    <Setting id="snoozeHours" title={t("settings.snoozeHours")}>
      <div class="setting-row">
        {(["morning", "afternoon", "evening"] as const).map((part) => (
          <Select key={part} label={t(`settings.snoozeHours.${part}`)} value={String(hours[part])} options={times} onChange={(value) => set({ [part]: Number(value) })} />
        ))}
        <Select label={t("settings.snoozeHours.weekend")} value={hours.weekend} options={(["friday", "saturday", "sunday"] as const).map((day) => [day, t(`settings.snoozeHours.${day}`)])} onChange={(value) => set({ weekend: value as "friday" })} />
      </div>
    </Setting>
  );
}

function Mailto() {
  const register = async () => {
    navigator.registerProtocolHandler("mailto", `${location.origin}/compose?mailto=%s`);
    toast(t("settings.mailto.asked"));
  };
  return (
    <Setting id="mailto" title={t("settings.mailto")} hint={t("settings.mailto.hint")}>
      {"registerProtocolHandler" in navigator ? <Button icon="link" onClick={attempt(register)}>{t("settings.mailto.do")}</Button> : <p class="hint">{t("settings.mailto.cannot")}</p>}
    </Setting>
  );
}

export function General() {
  const seconds = (value: string) => (Number(value) > 0 ? t("settings.seconds", { count: Number(value) }) : t("settings.undoSeconds.0"));
  const marked = (value: string) => (Number(value) > 0 ? t("settings.afterSeconds", { count: Number(value) }) : t(`settings.markSeen.${value}`));
  const speak = (value: string) => {
    locale.value = value || navigator.language;
  };
  return (
    <>
      <Choice id="language" name="language" values={["", ...Object.keys(LANGUAGES)]} texts={(value) => LANGUAGES[value as "en"] ?? (value || t("settings.language.browser"))} onChange={speak} />
      <Choice id="theme" name="theme" values={["system", "light", "dark"]} />
      <Choice id="density" name="density" values={["comfortable", "normal", "compact"]} />
      <Choice id="textSize" name="textSize" values={[75, 90, 100, 110, 125, 150, 175, 200]} texts={(value) => `${value} %`} />
      <Toggle id="conversations" name="conversations" hint={t("settings.conversations.hint")} />
      <Choice id="readingPane" name="readingPane" values={["right", "below", "off"]} />
      <Toggle id="previews" name="previews" hint={t("settings.previews.hint")} />
      <Choice id="undoSeconds" name="undoSeconds" values={[0, 5, 10, 20, 30, 60]} texts={seconds} hint={t("settings.undoSeconds.hint")} />
      <Choice id="markSeen" name="markSeenSeconds" values={[0, 2, 5, 10, -1]} texts={marked} />
      <Choice id="afterArchive" name="afterArchive" values={["list", "next", "previous"]} />
      <Choice id="readReceipts" name="readReceipts" values={["ask", "never"]} hint={t("settings.readReceipts.hint")} />
      <SnoozeHours />
      <Mailto />
    </>
  );
}
