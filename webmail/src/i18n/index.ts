// Every text of the webmail goes through here. Each folder has its own texts.ts, English and German.
import { computed, signal } from "@preact/signals";

export type Texts = Record<string, string>;
export interface Catalogue {
  en: Texts;
  de: Texts;
}

const found = import.meta.glob<{ default: Catalogue }>("../**/texts.ts", { eager: true });
const catalogue: Catalogue = { en: {}, de: {} };
for (const module of Object.values(found)) add(module.default);

/** Take in the texts of one folder (lazy screens call it on loading). */
export function add(texts: Catalogue): void {
  Object.assign(catalogue.en, texts.en);
  Object.assign(catalogue.de, texts.de);
}

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

/** As asked for by ?locale=, the preferences, or the browser. "ar-XB" mirrors everything, for tests. */
export const locale = signal<string>(initial());
export const language = computed<Language>(() => (locale.value.startsWith("de") ? "de" : "en"));
export const direction = computed<"ltr" | "rtl">(() => (/^(ar|he|fa|ur)\b/.test(locale.value) ? "rtl" : "ltr"));

function initial(): string {
  if (typeof location === "undefined") return "en";
  return new URLSearchParams(location.search).get("locale") ?? navigator.language ?? "en";
}

type Params = Record<string, string | number>;

/** The text of a key in the reader's language. `{name}` is replaced; `count` chooses key_one or key_other. */
export function t(key: string, params?: Params): string {
  const texts = catalogue[language.value];
  let text = texts[key];
  if (params && typeof params.count === "number") {
    const plural = new Intl.PluralRules(language.value).select(params.count);
    text = texts[`${key}_${plural}`] ?? texts[`${key}_other`] ?? text;
  }
  if (text === undefined) text = catalogue.en[key] ?? key;
  if (params) {
    text = text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? new Intl.NumberFormat(language.value).format(value) : value;
    });
  }
  return locale.value === "ar-XB" ? `\u202e${text}\u202c` : text;
}

export function keys(which: Language): string[] {
  return Object.keys(catalogue[which]).sort();
}

const DAY = 86_400_000;

/** Short form for lists: the time today, the weekday this week, else the date. */
export function shortDate(iso: string, now = new Date()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  if (date.toDateString() === now.toDateString()) return format(date, { hour: "2-digit", minute: "2-digit" });
  const days = (now.getTime() - date.getTime()) / DAY;
  if (days >= 0 && days < 6) return format(date, { weekday: "short" });
  if (date.getFullYear() === now.getFullYear()) return format(date, { day: "numeric", month: "short" });
  return format(date, { day: "numeric", month: "numeric", year: "numeric" });
}

export function longDate(iso: string): string {
  return format(new Date(iso), { weekday: "short", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

export function monthOf(iso: string): string {
  return format(new Date(iso), { month: "long", year: "numeric" });
}

export function format(date: Date, options: Intl.DateTimeFormatOptions): string {
  if (Number.isNaN(date.getTime())) return "";
  return new Intl.DateTimeFormat(locale.value === "ar-XB" ? "en" : locale.value, options).format(date);
}

export function relative(iso: string, now = new Date()): string {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  const rtf = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" });
  for (const [unit, size] of [["day", 86_400], ["hour", 3600], ["minute", 60]] as const) {
    if (Math.abs(seconds) >= size) return rtf.format(Math.round(seconds / size), unit);
  }
  return rtf.format(0, "minute");
}

export function octets(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let unit = 0;
  let value = size;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(language.value, {
    style: "unit",
    unit: units[unit],
    unitDisplay: unit ? "short" : "long",
    maximumFractionDigits: value < 10 && unit ? 1 : 0,
  }).format(value);
}
