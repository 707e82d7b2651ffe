// Every command with its key: press another, take it away, or turn single keys off.
import { useState } from "preact/hooks";
import { t } from "../../../i18n";
import { everyCommand, keysOf, nameOf, shown, type Named } from "../../../keys";
import { preferences } from "../../../store/preferences";
import { Banner, Button, Switch } from "../../../ui/controls";
import { Dialog } from "../../../ui/dialog";
import { change, Setting } from "../parts";
import { conflicts, NO_KEY, pressed, refused } from "./conflicts";

const GROUPS = ["go", "list", "message", "write", "other"];

function put(id: string, keys: string | null) {
  const { on, map } = preferences.value.keyboard;
  const next = { ...map };
  if (keys === null) delete next[id];
  else next[id] = keys;
  return change({ keyboard: { on, map: next } });
}

function textOf(id: string): string {
  const found = everyCommand.value.find((one) => one.id === id);
  return found ? t(found.text) : id;
}

function clashes(id: string, keys: string): string[] {
  return conflicts(id, keys, everyCommand.value.map((one) => ({ id: one.id, keys: keysOf(one) })));
}

function Press({ command, onClose }: { command: Named; onClose: () => void }) {
  const [keys, setKeys] = useState("");
  const [problem, setProblem] = useState("");
  const others = clashes(command.id, keys);
  const take = (event: KeyboardEvent) => {
    if (event.key === "Tab" || event.key === "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const name = nameOf(event);
    const wrong = refused(name);
    if (wrong === "modifier") return;
    setProblem(wrong ? t(`keyboard.${wrong}`) : "");
    if (!wrong) setKeys(pressed(keys, name));
  };
  const save = async (value: string | null) => {
    if (await put(command.id, value)) onClose();
  };
  return (
    <Dialog title={t(command.text)} onClose={onClose} actions={
      <>
        <Button onClick={() => void save(NO_KEY)}>{t("keyboard.noKey")}</Button>
        <Button onClick={() => void save(null)}>{t("keyboard.usual")}</Button>
        <Button kind="primary" disabled={!keys} onClick={() => void save(keys)}>{t("ui.save")}</Button>
      </>
    }>
      <div class="field">
        <label for="press">{t("keyboard.press")}</label>
        <input id="press" readOnly autoFocus value={keys ? shown(keys) : ""} placeholder={t("keyboard.pressNow")} aria-describedby="press-hint" onKeyDown={take} />
        <p class="hint" id="press-hint">{t("keyboard.pressHint")}</p>
      </div>
      <div role="status">
        {problem && <p class="problem">{problem}</p>}
        {others.length > 0 && <Banner tone="doubt">{t("keyboard.conflict", { key: shown(keys), names: others.map(textOf).join(", ") })}</Banner>}
      </div>
    </Dialog>
  );
}

function Line({ command, onChange }: { command: Named; onChange: () => void }) {
  const keys = keysOf(command);
  const mine = preferences.value.keyboard.map[command.id] !== undefined;
  const others = mine && keys[0] ? clashes(command.id, keys[0]) : [];
  return (
    <li>
      <div class="main">
        <span>{t(command.text)}</span>
        {others.length > 0 && <span class="problem">{t("keyboard.alsoBy", { names: others.map(textOf).join(", ") })}</span>}
      </div>
      <span class="buttons">{keys.length ? keys.map((one) => <kbd key={one}>{shown(one)}</kbd>) : <span class="hint">{t("keyboard.none")}</span>}</span>
      {mine && <Button kind="quiet" aria-label={t("keyboard.resetNamed", { name: t(command.text) })} onClick={() => void put(command.id, null)}>{t("keyboard.reset")}</Button>}
      <Button aria-label={t("keyboard.changeNamed", { name: t(command.text) })} onClick={onChange}>{t("keyboard.change")}</Button>
    </li>
  );
}

export function Keyboard() {
  const [open, setOpen] = useState<Named | null>(null);
  const { on, map } = preferences.value.keyboard;
  const all = everyCommand.value;
  return (
    <>
      <Setting id="singleKeys">
        <Switch label={t("settings.singleKeys")} hint={t("keyboard.singleHint")} on={on} onChange={(now) => void change({ keyboard: { on: now, map } })} />
      </Setting>
      <Setting id="keys" hint={t("keyboard.hint")}>
        {GROUPS.map((group) => {
          const mine = all.filter((one) => (one.group && GROUPS.includes(one.group) ? one.group : "other") === group);
          return mine.length > 0 && (
            <div key={group} class="list-of">
              <h3>{t(`shell.group.${group}`)}</h3>
              <ul class="things">{mine.map((one) => <Line key={one.id} command={one} onChange={() => setOpen(one)} />)}</ul>
            </div>
          );
        })}
        {Object.keys(map).length > 0 && <Button onClick={() => void change({ keyboard: { on, map: {} } })}>{t("keyboard.resetAll")}</Button>}
      </Setting>
      {open && <Press command={open} onClose={() => setOpen(null)} />}
    </>
  );
}
