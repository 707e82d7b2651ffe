// Short messages at the bottom, read out, with a way back.
import { signal } from "@preact/signals";
import { t } from "../i18n";
import { Button } from "./controls";

export interface ToastOptions {
  undo?: () => void;
  tone?: "plain" | "bad";
  /** Milliseconds; what can be undone stays ten seconds. 0: until it is closed. */
  stay?: number;
  action?: { label: string; run: () => void };
}

interface Toast extends ToastOptions {
  id: number;
  text: string;
}

const shown = signal<Toast[]>([]);
let next = 1;
let lastUndo: (() => void) | null = null;

export function toast(text: string, options: ToastOptions = {}): () => void {
  const id = next++;
  const close = () => {
    shown.value = shown.value.filter((one) => one.id !== id);
  };
  shown.value = [...shown.value.slice(-2), { id, text, ...options }];
  if (options.undo) {
    const undo = options.undo;
    lastUndo = () => {
      close();
      lastUndo = null;
      undo();
    };
  }
  const stay = options.stay ?? (options.undo || options.tone === "bad" ? 10_000 : 5000);
  if (stay) setTimeout(close, stay);
  return close;
}

/** Take back what was done last, if there is a way. */
export function undoLast(): boolean {
  if (!lastUndo) return false;
  lastUndo();
  return true;
}

/** Say something to screen readers only. */
export const announcement = signal("");
export function announce(text: string): void {
  announcement.value = "";
  queueMicrotask(() => {
    announcement.value = text;
  });
}

export function Toasts() {
  return (
    <>
      <div class="toasts" role="status" aria-live="polite">
        {shown.value.map((one) => (
          <div key={one.id} class={`toast ${one.tone ?? "plain"}`}>
            <span dir="auto">{one.text}</span>
            {one.action && <Button kind="quiet" onClick={one.action.run}>{one.action.label}</Button>}
            {one.undo && <Button kind="quiet" onClick={() => { shown.value = shown.value.filter((other) => other !== one); one.undo?.(); }}>{t("ui.undo")}</Button>}
          </div>
        ))}
      </div>
      <div class="only-read" aria-live="polite">{announcement.value}</div>
    </>
  );
}
