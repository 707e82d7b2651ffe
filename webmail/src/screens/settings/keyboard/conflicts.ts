// Which commands would stand in each other's way. Pure.

export interface Keyed {
  id: string;
  /** "j", "Shift+i", "g i". */
  keys: string[];
}

/** In a preference: the command has no key. */
export const NO_KEY = "none";
const MAX_LENGTH = 40;

/** Keys that two commands may not share: the same, or one that begins the other. */
export function collide(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other} `) || other.startsWith(`${one} `);
}

/** The commands that could no longer be reached, or would take the key, if `id` had it. */
export function conflicts(id: string, keys: string, all: Keyed[]): string[] {
  if (!keys || keys === NO_KEY) return [];
  return all.filter((one) => one.id !== id && one.keys.some((other) => collide(keys, other))).map((one) => one.id);
}

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "NumLock", "Dead", "Process", "Unidentified"]);
const KEPT = new Set(["Tab", "Escape", "Mod+c", "Mod+v", "Mod+x", "Mod+a", "Mod+z", "Mod+w", "Mod+t", "Mod+n", "Mod+r", "Mod+l"]);

/** What is wrong with a pressed key: "" if nothing. Some belong to the browser. */
export function refused(name: string): "" | "modifier" | "browser" | "long" {
  if (MODIFIERS.has(name.replace(/^(Mod\+|Shift\+)+/, ""))) return "modifier";
  if (KEPT.has(name) || /^F\d+$/.test(name)) return "browser";
  return name.length > MAX_LENGTH / 2 ? "long" : "";
}

/** What stands for the keys pressed so far: one, or two after each other; a third begins again. */
export function pressed(before: string, name: string): string {
  const parts = before.split(" ").filter(Boolean);
  return parts.length === 1 && !name.includes("Mod+") && !before.includes("Mod+") && before !== "" ? `${before} ${name}` : name;
}
