// When a message is to leave.
import { useState } from "preact/hooks";
import { format, t } from "../../i18n";
import { snoozeChoices } from "../../shell/choosers";
import { Button, Icon } from "../../ui/controls";
import { Dialog } from "../../ui/dialog";

export function Later({ onClose, onChoose }: { onClose: () => void; onChoose: (when: Date) => void }) {
  const [own, setOwn] = useState("");
  return (
    <Dialog title={t("compose.later")} onClose={onClose}>
      <ul class="choose">
        {snoozeChoices(new Date()).map(([key, when]) => (
          <li key={key}>
            <button type="button" onClick={() => onChoose(when)}>
              <Icon name="scheduled" size={18} /><span>{t(key)}</span><span class="aside">{format(when, { weekday: "short", hour: "2-digit", minute: "2-digit" })}</span>
            </button>
          </li>
        ))}
      </ul>
      <form class="inline" onSubmit={(event) => { event.preventDefault(); const when = new Date(own); if (when > new Date()) onChoose(when); }}>
        <label>{t("shell.snooze.own")} <input class="input" type="datetime-local" value={own} required onInput={(event) => setOwn(event.currentTarget.value)} /></label>
        <Button type="submit">{t("compose.laterSet")}</Button>
      </form>
    </Dialog>
  );
}
