// Labels (keywords with a name and a colour), and folders.
import { useState } from "preact/hooks";
import { t } from "../../../i18n";
import type { Label } from "../../../jmap/types";
import { preferences } from "../../../store/preferences";
import { Button, Field } from "../../../ui/controls";
import { confirm } from "../../../ui/dialog";
import { toast } from "../../../ui/toast";
import { attempt, change, Setting } from "../parts";
import { Folders } from "./folders";

const COLOURS = ["#b3261e", "#b35c00", "#8a6d00", "#1f6b3b", "#00696e", "#1c5fbf", "#6a3fb5", "#a3306f"];

/** A keyword that is not in use yet (RFC 8621 §4.1.1: few signs are allowed). */
export function keywordFor(name: string, taken: string[]): string {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 60) || "label";
  let found = plain;
  for (let next = 2; taken.includes(found); next++) found = `${plain}_${next}`;
  return found;
}

function One({ label }: { label: Label }) {
  const all = preferences.value.labels;
  const put = (patch: Partial<Label>) => change({ labels: all.map((one) => (one.keyword === label.keyword ? { ...one, ...patch } : one)) });
  const remove = async () => {
    if (!(await confirm(t("mail.labelRemove"), t("mail.labelRemoveAsk", { name: label.name }), t("ui.delete"), true))) return;
    if (await change({ labels: all.filter((one) => one !== label) })) toast(t("mail.labelRemoved"), { undo: () => void change({ labels: all }) });
  };
  return (
    <li>
      <input type="color" value={label.color} aria-label={t("mail.labelColour", { name: label.name })} onChange={(event) => void put({ color: event.currentTarget.value.toLowerCase() })} />
      <input class="input main" value={label.name} maxLength={200} required dir="auto" aria-label={t("mail.labelName", { name: label.name })} onChange={(event) => {
        const name = event.currentTarget.value.trim();
        if (name) void put({ name });
        else event.currentTarget.value = label.name;
      }} />
      <label class="check"><input type="checkbox" checked={!label.hidden} onChange={(event) => void put({ hidden: !event.currentTarget.checked })} />{t("mail.labelShown")}<span class="only-read"> {label.name}</span></label>
      <Button kind="quiet" aria-label={t("mail.removeNamed", { name: label.name })} onClick={attempt(remove)}>{t("ui.delete")}</Button>
    </li>
  );
}

export function Labels() {
  const [typed, setTyped] = useState("");
  const all = preferences.value.labels;
  const add = async (event: Event) => {
    event.preventDefault();
    const name = typed.trim();
    if (!name) return;
    const label = { keyword: keywordFor(name, all.map((one) => one.keyword)), name, color: COLOURS[all.length % COLOURS.length] as string, hidden: false };
    if (await change({ labels: [...all, label] })) setTyped("");
  };
  return (
    <>
      <Setting id="labelList" title={t("settings.labelList")} hint={t("mail.labelsHint")}>
        {all.length > 0 && <ul class="things">{all.map((one) => <One key={one.keyword} label={one} />)}</ul>}
        <form class="inline" onSubmit={(event) => void add(event)}>
          <Field label={t("mail.labelNew")} value={typed} maxLength={200} onInput={(event) => setTyped(event.currentTarget.value)} />
          <Button icon="plus" type="submit">{t("mail.add")}</Button>
        </form>
      </Setting>
      <Folders />
    </>
  );
}
