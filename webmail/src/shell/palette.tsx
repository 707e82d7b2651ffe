// Everything by name (Ctrl/Cmd+K), and every key in a list ("?").
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { commands, keysOf, shown } from "../keys";
import { go, mailPath } from "../router";
import { mailboxes } from "../store/mailboxes";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/controls";
import { mailboxIcon, mailboxName } from "./sidebar";
import type { IconName } from "../ui/icons";

export const paletteOpen = signal(false);
export const helpOpen = signal(false);

interface Entry {
  text: string;
  key: string;
  icon: IconName;
  run: () => void;
}

function entries(): Entry[] {
  const doing = commands.value
    .filter((one) => one.id !== "palette" && one.when?.() !== false)
    .map((one) => ({ text: t(one.text), key: keysOf(one)[0] ? shown(keysOf(one)[0] as string) : "", icon: "next" as IconName, run: one.run }));
  const places = [...mailboxes.value.values()].map((one) => ({ text: mailboxName(one), key: "", icon: mailboxIcon(one), run: () => go(mailPath(one.id)) }));
  return [...doing, ...places];
}

export function matches(text: string, typed: string): boolean {
  const low = text.toLocaleLowerCase();
  return typed.toLocaleLowerCase().split(/\s+/).filter(Boolean).every((word) => low.includes(word));
}

export function Palette() {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const found = entries().filter((one) => matches(one.text, typed)).slice(0, 50);
  const close = () => {
    paletteOpen.value = false;
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((at + step + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") {
      close();
      found[at]?.run();
    } else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("shell.palette")} onClose={close}>
      <input class="input" autoFocus role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={found[at] ? `palette-${at}` : undefined} aria-label={t("shell.palette")} placeholder={t("shell.paletteHint")} value={typed} onInput={(event) => { setTyped(event.currentTarget.value); setAt(0); }} onKeyDown={keys} />
      <ul class="palette-list" id="palette-list" role="listbox" aria-label={t("shell.palette")}>
        {found.map((one, index) => (
          <li key={index} id={`palette-${index}`} role="option" aria-selected={index === at} onClick={() => { close(); one.run(); }}>
            <Icon name={one.icon} size={16} /><span dir="auto">{one.text}</span>{one.key && <kbd>{one.key}</kbd>}
          </li>
        ))}
        {!found.length && <li role="option" aria-selected="false" aria-disabled="true">{t("shell.paletteNone")}</li>}
      </ul>
    </Dialog>
  );
}

const GROUPS = ["go", "list", "message", "write", "other"];

export function Help() {
  return (
    <Dialog title={t("shell.help")} wide onClose={() => { helpOpen.value = false; }}>
      <div class="help">
        {GROUPS.map((group) => {
          const mine = commands.value.filter((one) => (one.group ?? "other") === group && keysOf(one).length);
          return mine.length ? (
            <section key={group}>
              <h3>{t(`shell.group.${group}`)}</h3>
              <dl>{mine.map((one) => <div key={one.id}><dt>{keysOf(one).map((keys) => <kbd key={keys}>{shown(keys)}</kbd>)}</dt><dd>{t(one.text)}</dd></div>)}</dl>
            </section>
          ) : null;
        })}
      </div>
    </Dialog>
  );
}
