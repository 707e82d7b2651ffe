// Where to move, which label, until when: the dialogs behind v, l and b.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { format, t } from "../i18n";
import { label, move, snooze } from "../store/actions";
import { email } from "../store/emails";
import { clearSelection, targets } from "../store/lists";
import { children, mailboxes } from "../store/mailboxes";
import { preferences, setPreferences } from "../store/preferences";
import { Button, Icon } from "../ui/controls";
import { Dialog } from "../ui/dialog";
import { mailboxIcon, mailboxName } from "./sidebar";
import { matches } from "./palette";
import type { Mailbox } from "../jmap/types";

export const moveOpen = signal<"" | "move" | "label">("");
export const snoozeOpen = signal(false);

function flat(parent: string | null, depth = 0): [Mailbox, number][] {
  return children(parent).flatMap((one) => [[one, depth] as [Mailbox, number], ...flat(one.id, depth + 1)]);
}

function keywordOf(name: string): string {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return plain || `label_${Date.now().toString(36)}`;
}

const COLOURS = ["#b3261e", "#b35c00", "#8a6d00", "#1f6b3b", "#00696e", "#1c5fbf", "#6a3fb5", "#a3306f"];

export function MoveDialog() {
  const ids = targets.value;
  const [typed, setTyped] = useState("");
  const labelling = moveOpen.value === "label";
  const close = () => {
    moveOpen.value = "";
  };
  const places = flat(null).filter(([one]) => matches(mailboxName(one), typed));
  const labels = preferences.value.labels.filter((one) => matches(one.name, typed));
  const isOn = (keyword: string) => ids.length > 0 && ids.every((id) => email(id).value?.keywords[keyword]);
  const make = async () => {
    const keyword = keywordOf(typed);
    const color = COLOURS[preferences.value.labels.length % COLOURS.length] as string;
    await setPreferences({ labels: [...preferences.value.labels, { keyword, name: typed.trim(), color, hidden: false }] });
    await label(ids, keyword, true);
    close();
  };
  const moveTo = (mailboxId: string) => {
    close();
    clearSelection();
    void move(ids, mailboxId);
  };
  const first = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !typed.trim()) return;
    event.preventDefault();
    const [place, found] = [places[0]?.[0], labels[0]];
    if (!labelling) return place && moveTo(place.id);
    if (!found) return void make();
    void label(ids, found.keyword, !isOn(found.keyword));
    close();
  };
  return (
    <Dialog title={t(labelling ? "shell.label" : "shell.move")} onClose={close}>
      <input class="input" autoFocus value={typed} placeholder={t("shell.find")} aria-label={t("shell.find")} onInput={(event) => setTyped(event.currentTarget.value)} onKeyDown={first} />
      <ul class="choose">
        {labelling
          ? labels.map((one) => (
              <li key={one.keyword}>
                <button type="button" aria-pressed={isOn(one.keyword)} onClick={() => void label(ids, one.keyword, !isOn(one.keyword))}>
                  <span class="dot" style={{ background: one.color }} /><span dir="auto">{one.name}</span>{isOn(one.keyword) && <Icon name="check" size={16} />}
                </button>
              </li>
            ))
          : places.map(([one, depth]) => (
              <li key={one.id} style={{ paddingInlineStart: `${depth * 18}px` }}>
                <button type="button" onClick={() => moveTo(one.id)}>
                  <Icon name={mailboxIcon(one)} size={18} /><span dir="auto">{mailboxName(one)}</span>
                </button>
              </li>
            ))}
      </ul>
      {labelling && typed.trim() && !labels.some((one) => one.name === typed.trim()) && <Button icon="plus" onClick={() => void make()}>{t("shell.makeLabel", { name: typed.trim() })}</Button>}
      {!labelling && mailboxes.value.size === 0 && <p>{t("shell.paletteNone")}</p>}
    </Dialog>
  );
}

/** The moments that are offered, by the person's own hours. */
export function snoozeChoices(now: Date, hours = preferences.value.snoozeHours): [key: string, when: Date][] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const target = { friday: 5, saturday: 6, sunday: 0 }[hours.weekend];
  const toWeekend = (target - now.getDay() + 7) % 7 || 7;
  const toMonday = (1 - now.getDay() + 7) % 7 || 7;
  const found: [string, Date][] = [
    ["shell.snooze.afternoon", at(0, hours.afternoon)],
    ["shell.snooze.evening", at(0, hours.evening)],
    ["shell.snooze.tomorrow", at(1, hours.morning)],
    ["shell.snooze.weekend", at(toWeekend, hours.morning)],
    ["shell.snooze.week", at(toMonday, hours.morning)],
  ];
  return found.filter(([, when]) => when.getTime() > now.getTime() + 15 * 60_000);
}

export function SnoozeDialog() {
  const ids = targets.value;
  const [own, setOwn] = useState("");
  const close = () => {
    snoozeOpen.value = false;
  };
  const until = (when: Date | null) => {
    close();
    clearSelection();
    void snooze(ids, when);
  };
  const snoozed = ids.some((id) => email(id).value?.snoozed);
  return (
    <Dialog title={t("shell.snooze")} onClose={close}>
      <ul class="choose">
        {snoozeChoices(new Date()).map(([key, when]) => (
          <li key={key}>
            <button type="button" onClick={() => until(when)}>
              <Icon name="snoozed" size={18} /><span>{t(key)}</span><span class="aside">{format(when, { weekday: "short", hour: "2-digit", minute: "2-digit" })}</span>
            </button>
          </li>
        ))}
        {snoozed && <li><button type="button" onClick={() => until(null)}><Icon name="inbox" size={18} /><span>{t("shell.snooze.now")}</span></button></li>}
      </ul>
      <form class="inline" onSubmit={(event) => { event.preventDefault(); const when = new Date(own); if (when > new Date()) until(when); }}>
        <label>{t("shell.snooze.own")} <input class="input" type="datetime-local" value={own} required onInput={(event) => setOwn(event.currentTarget.value)} /></label>
        <Button type="submit">{t("shell.snooze.set")}</Button>
      </form>
    </Dialog>
  );
}
