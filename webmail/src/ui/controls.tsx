// Buttons, icons, chips, fields: the small parts that every screen is made of.
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import { ICONS, type IconName } from "./icons";
import "./controls.css";

/** Arrows that point along the line. */
const FLIPS: ReadonlySet<IconName> = new Set(["back", "next", "reply", "replyAll", "forward", "sent", "undo", "signOut"].filter((one) => one in ICONS) as IconName[]);

export function Icon({ name, size = 20, filled = false }: { name: IconName; size?: number; filled?: boolean }) {
  return (
    <svg class="icon" data-flips={FLIPS.has(name) || undefined} width={size} height={size} viewBox="0 0 24 24" fill={filled ? "currentColor" : "none"} stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
      <path d={ICONS[name]} />
    </svg>
  );
}

type ButtonProps = {
  children?: ComponentChildren;
  icon?: IconName;
  kind?: "plain" | "primary" | "quiet" | "danger";
  busy?: boolean;
} & Omit<JSX.HTMLAttributes<HTMLButtonElement>, "icon"> & { disabled?: boolean; type?: "button" | "submit"; name?: string; value?: string };

export function Button({ children, icon, kind = "plain", busy = false, class: extra, disabled, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} class={`button ${kind} ${extra ?? ""}`} disabled={disabled || busy} aria-busy={busy || undefined}>
      {icon && <Icon name={icon} size={18} />}
      {children}
    </button>
  );
}

type IconButtonProps = {
  icon: IconName;
  label: string;
  filled?: boolean;
  shortcut?: string;
} & Omit<JSX.HTMLAttributes<HTMLButtonElement>, "icon" | "label"> & { disabled?: boolean };

/** A button that is only an icon: its name is read out, and shown on hover and focus. */
export function IconButton({ icon, label, filled = false, shortcut, class: extra, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} class={`icon-button ${extra ?? ""}`} aria-label={label} data-tip={shortcut ? `${label} (${shortcut})` : label}>
      <Icon name={icon} filled={filled} />
    </button>
  );
}

export function Chip({ children, color, onRemove, removeLabel }: { children: ComponentChildren; color?: string; onRemove?: () => void; removeLabel?: string }) {
  return (
    <span class="chip" style={color ? { "--chip": color } : undefined} data-coloured={color ? "" : undefined}>
      <span class="chip-text" dir="auto">{children}</span>
      {onRemove && (
        <button type="button" class="chip-remove" aria-label={removeLabel} onClick={onRemove}>
          <Icon name="close" size={14} />
        </button>
      )}
    </span>
  );
}

type FieldProps = {
  label: string;
  hint?: ComponentChildren;
  problem?: string;
} & JSX.HTMLAttributes<HTMLInputElement> & { value?: string | number; type?: string; disabled?: boolean; required?: boolean; placeholder?: string; autocomplete?: string; maxLength?: number; min?: string | number; max?: string | number; name?: string; readOnly?: boolean };

export function Field({ label, hint, problem, class: extra, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div class={`field ${extra ?? ""}`}>
      <label for={id}>{label}</label>
      <input {...rest} id={id} aria-invalid={problem ? true : undefined} aria-describedby={hint || problem ? `${id}-hint` : undefined} />
      {(hint || problem) && <p id={`${id}-hint`} class={problem ? "problem" : "hint"}>{problem ?? hint}</p>}
    </div>
  );
}

export function Select({ label, value, options, onChange, hint }: { label: string; value: string; options: [value: string, text: string][]; onChange: (value: string) => void; hint?: string }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)} aria-describedby={hint ? `${id}-hint` : undefined}>
        {options.map(([one, text]) => <option key={one} value={one} selected={one === value}>{text}</option>)}
      </select>
      {hint && <p id={`${id}-hint`} class="hint">{hint}</p>}
    </div>
  );
}

export function Switch({ label, hint, on, onChange, disabled }: { label: string; hint?: string; on: boolean; onChange: (on: boolean) => void; disabled?: boolean }) {
  const id = useId();
  return (
    <div class="switch">
      <input id={id} type="checkbox" role="switch" checked={on} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} aria-describedby={hint ? `${id}-hint` : undefined} />
      <label for={id}>{label}</label>
      {hint && <p id={`${id}-hint`} class="hint">{hint}</p>}
    </div>
  );
}

const HUES = [4, 28, 44, 88, 150, 178, 205, 232, 268, 320];

/** Initials on a colour that stays the same for an address. */
export function Avatar({ name, email, size = 36 }: { name?: string | null; email?: string; size?: number }) {
  const text = (name || email || "?").trim();
  const words = text.replace(/["'()<>]/g, "").split(/[\s@._-]+/).filter(Boolean);
  const initials = ((words[0]?.[0] ?? "?") + (name && words.length > 1 ? (words[words.length - 1]?.[0] ?? "") : "")).toUpperCase();
  let hash = 0;
  for (const char of email ?? text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return (
    <span class="avatar" aria-hidden="true" style={{ "--hue": String(HUES[hash % HUES.length]), inlineSize: `${size}px`, blockSize: `${size}px`, fontSize: `${Math.round(size * 0.4)}px` }}>
      {initials}
    </span>
  );
}

export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: lines }, (_, index) => <span key={index} />)}
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} size={44} />
      <h2>{title}</h2>
      {children && <div class="empty-more">{children}</div>}
    </div>
  );
}

export function Banner({ tone = "unknown", icon = "info", children, actions }: { tone?: "good" | "unknown" | "doubt" | "bad"; icon?: IconName; children: ComponentChildren; actions?: ComponentChildren }) {
  return (
    <div class={`banner ${tone}`} role={tone === "bad" ? "alert" : undefined}>
      <Icon name={icon} size={18} />
      <div class="banner-text">{children}</div>
      {actions && <div class="banner-actions">{actions}</div>}
    </div>
  );
}
