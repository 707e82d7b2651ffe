// Dialogs and menus: the browser's own <dialog> keeps the focus inside, Escape closes.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Button, Icon, IconButton } from "./controls";
import type { IconName } from "./icons";

export function Dialog({ title, onClose, children, actions, wide = false }: { title: string; onClose: () => void; children: ComponentChildren; actions?: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    ref.current?.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog ref={ref} class={`dialog ${wide ? "wide" : ""}`} aria-labelledby={id} onCancel={(event) => { event.preventDefault(); onClose(); }} onClick={(event) => { if (event.target === ref.current) onClose(); }}>
      <div class="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label={t("ui.close")} onClick={onClose} />
        </header>
        <div class="dialog-content" tabIndex={0} role="group" aria-labelledby={id}>{children}</div>
        {actions && <footer>{actions}</footer>}
      </div>
    </dialog>
  );
}

interface Question {
  title: string;
  text: string;
  yes: string;
  danger?: boolean;
  answer: (yes: boolean) => void;
}
const question = signal<Question | null>(null);

/** Ask yes or no. */
export function confirm(title: string, text: string, yes: string, danger = false): Promise<boolean> {
  return new Promise((answer) => {
    question.value = { title, text, yes, danger, answer };
  });
}

export function Questions() {
  const asked = question.value;
  if (!asked) return null;
  const done = (yes: boolean) => {
    question.value = null;
    asked.answer(yes);
  };
  return (
    <Dialog title={asked.title} onClose={() => done(false)} actions={<><Button onClick={() => done(false)}>{t("ui.cancel")}</Button><Button kind={asked.danger ? "danger" : "primary"} onClick={() => done(true)}>{asked.yes}</Button></>}>
      <p>{asked.text}</p>
    </Dialog>
  );
}

export interface MenuItem {
  text: string;
  icon?: IconName;
  shortcut?: string;
  checked?: boolean;
  run: () => void;
  disabled?: boolean;
  color?: string;
}

/** A button that opens a menu; arrows move, Escape closes. */
export function Menu({ label, icon = "more", items, text, class: extra }: { label: string; icon?: IconName; items: (MenuItem | null)[]; text?: string; class?: string }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>("[role^=menuitem]:not(:disabled)")?.focus();
    const away = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    window.addEventListener("pointerdown", away);
    return () => window.removeEventListener("pointerdown", away);
  }, [open]);
  const move = (event: KeyboardEvent) => {
    const all = [...(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) all[(at + step + all.length) % all.length]?.focus();
    else if (event.key === "Home") all[0]?.focus();
    else if (event.key === "End") all[all.length - 1]?.focus();
    else if (event.key === "Escape" || event.key === "Tab") {
      setOpen(false);
      root.current?.querySelector<HTMLElement>("button")?.focus();
      if (event.key === "Tab") return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class={`menu ${extra ?? ""}`} ref={root} onKeyDown={open ? move : undefined}>
      {text ? (
        <Button icon={icon} aria-haspopup="menu" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>{text}</Button>
      ) : (
        <IconButton icon={icon} label={label} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)} />
      )}
      {open && (
        <div class="menu-list" id={id} role="menu" aria-label={label}>
          {items.map((item, index) =>
            item === null ? (
              <hr key={index} />
            ) : (
              <button type="button" key={index} role={item.checked === undefined ? "menuitem" : "menuitemcheckbox"} aria-checked={item.checked} disabled={item.disabled} tabIndex={-1} onClick={() => { setOpen(false); item.run(); }}>
                {item.color ? <span class="dot" style={{ background: item.color }} /> : item.icon ? <Icon name={item.icon} size={18} /> : <span class="no-icon" />}
                <span class="menu-text" dir="auto">{item.text}</span>
                {item.checked && <Icon name="check" size={16} />}
                {item.shortcut && <kbd>{item.shortcut}</kbd>}
              </button>
            ),
          )}
        </div>
      )}
    </div>
  );
}
