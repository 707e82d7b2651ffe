// What the pages of settings are made of.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { JmapError, SignedOut } from "../../jmap/client";
import type { Preferences } from "../../jmap/types";
import { t } from "../../i18n";
import { route } from "../../router";
import { preferences, setPreferences } from "../../store/preferences";
import { Select, Switch } from "../../ui/controls";
import { toast } from "../../ui/toast";

const CONTROLS = "input, select, textarea, button, a[href]";

/** One setting, to which the search can jump: it is scrolled to, and its first control focused. */
export function Setting({ id, title, hint, children }: { id: string; title?: string; hint?: ComponentChildren; children: ComponentChildren }) {
  const box = useRef<HTMLElement>(null);
  const wanted = route.value.query.get("at") === id;
  useEffect(() => {
    if (!wanted) return;
    box.current?.scrollIntoView({ block: "center" });
    box.current?.querySelector<HTMLElement>(CONTROLS)?.focus({ preventScroll: true });
  }, [wanted]);
  return (
    <section class="setting" ref={box} id={`setting-${id}`} data-found={wanted || undefined}>
      {title && <h3>{title}</h3>}
      {hint && <p class="hint">{hint}</p>}
      {children}
    </section>
  );
}

export function reasonOf(reason: unknown): string {
  return (reason instanceof JmapError && reason.description) || (reason as Error).message || String(reason);
}

/** Say what went wrong, unless the dialog for signing in again says it. */
export function told(reason: unknown): void {
  if (reason instanceof SignedOut || (reason as Error)?.name === "AbortError") return;
  toast(t("settings.failed", { reason: reasonOf(reason) }), { tone: "bad" });
}

export async function change(patch: Partial<Preferences>): Promise<boolean> {
  try {
    await setPreferences(patch);
    return true;
  } catch (reason) {
    told(reason);
    return false;
  }
}

type Of<T> = { [K in keyof Preferences]: Preferences[K] extends T ? K : never }[keyof Preferences];

/** A preference that is on or off. */
export function Toggle({ id, name, hint }: { id: string; name: Of<boolean>; hint?: string }) {
  return (
    <Setting id={id}>
      <Switch label={t(`settings.${id}`)} hint={hint} on={preferences.value[name] as boolean} onChange={(on) => void change({ [name]: on })} />
    </Setting>
  );
}

/** A preference that is one of a few. values: as they are kept; their texts are settings.ID.VALUE. */
export function Choice({ id, name, values, texts, hint, onChange }: { id: string; name: keyof Preferences; values: (string | number)[]; texts?: (value: string) => string; hint?: string; onChange?: (value: string) => void }) {
  const now = String(preferences.value[name]);
  const all = values.map(String).includes(now) ? values : [...values, now];
  const number = typeof values[0] === "number";
  const take = (value: string) => {
    void change({ [name]: number ? Number(value) : value }).then((done) => done && onChange?.(value));
  };
  return (
    <Setting id={id}>
      <Select label={t(`settings.${id}`)} value={now} hint={hint} options={all.map((value) => [String(value), (texts ?? ((one: string) => t(`settings.${id}.${one}`)))(String(value))])} onChange={take} />
    </Setting>
  );
}

/** Run what may fail, and say so. */
export function attempt(work: () => Promise<unknown>): () => void {
  return () => void work().catch(told);
}

export function offers(capability: string, has: Record<string, unknown> | undefined): boolean {
  return Boolean(has && capability in has);
}
