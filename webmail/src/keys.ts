// Commands and their keys: one registry for shortcuts, the palette and the list behind "?".
import { computed, signal } from "@preact/signals";
import { preferences } from "./store/preferences";

export interface Command {
  id: string;
  /** "j", "Shift+i", "g i" (two keys), "Mod+k" (Ctrl or Cmd). */
  keys: string[];
  /** Key of the text that names it. */
  text: string;
  run: () => void;
  when?: () => boolean;
  /** Also while typing (only with a modifier). */
  typing?: boolean;
  group?: string;
}

const all = signal<Map<string, Command[]>>(new Map());
export const commands = computed(() => [...all.value.values()].map((stack) => stack[stack.length - 1] as Command));

/** Make a command known; the newest with the same id counts. Returns how to take it back. */
export function register(command: Command): () => void {
  const next = new Map(all.peek());
  next.set(command.id, [...(next.get(command.id) ?? []), command]);
  met.set(command.id, command);
  all.value = next;
  return () => {
    const later = new Map(all.peek());
    const rest = (later.get(command.id) ?? []).filter((one) => one !== command);
    if (rest.length) later.set(command.id, rest);
    else later.delete(command.id);
    all.value = later;
  };
}

/** What a command is, without what it does. */
export type Named = Pick<Command, "id" | "keys" | "text" | "group">;

// Those of screens that need not have been open: the keyboard page of the settings lists them, too.
const ELSEWHERE: Named[] = [
  { id: "next", keys: ["j"], text: "list.next", group: "list" },
  { id: "previous", keys: ["k"], text: "list.previous", group: "list" },
  { id: "open", keys: ["o", "Enter"], text: "list.open", group: "list" },
  { id: "select", keys: ["x"], text: "list.select", group: "list" },
  { id: "back", keys: ["u", "Escape"], text: "list.back", group: "list" },
];
const met = new Map<string, Named>(ELSEWHERE.map((one) => [one.id, one]));

/** Every command of this visit, also of screens that are not open now. */
export const everyCommand = computed<Named[]>(() => {
  void all.value;
  return [...met.values()];
});

/** The keys of a command; the preference "none" means none. */
export function keysOf(command: Named): string[] {
  const mine = preferences.value.keyboard.map[command.id];
  if (mine === undefined) return command.keys;
  return mine && mine !== "none" ? [mine] : [];
}

export function run(id: string): void {
  const command = commands.value.find((one) => one.id === id);
  if (command && command.when?.() !== false) command.run();
}

const MAC = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);

/** A key for people: "⌘K", "Ctrl+K", "g then i". */
export function shown(keys: string): string {
  return keys
    .split(" ")
    .map((key) => key.replace("Mod+", MAC ? "⌘" : "Ctrl+").replace("Shift+", "⇧"))
    .join(" ");
}

let first = "";
let firstAt = 0;

export function nameOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Signs that need Shift on some keyboards are named by themselves: "?", "#", "!".
  const shift = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key)) ? "Shift+" : "";
  return mod + shift + key;
}

/** Run what a key stands for; true if something did. typing: the person is in a text field. */
export function dispatchKey(name: string, typing = false, now = Date.now()): boolean {
  const pair = first && now - firstAt < 1500 ? `${first} ${name}` : "";
  first = "";
  const single = !name.includes("Mod+") && name.length < 8;
  if (single && !preferences.value.keyboard.on && !/^(Escape|Enter|Arrow)/.test(name)) return false;
  for (const wanted of [pair, name]) {
    if (!wanted) continue;
    for (const command of commands.value) {
      if (typing && !command.typing) continue;
      if (keysOf(command).includes(wanted) && command.when?.() !== false) {
        command.run();
        return true;
      }
    }
  }
  if (!typing && commands.value.some((one) => keysOf(one).some((keys) => keys.startsWith(name + " ")))) {
    first = name;
    firstAt = now;
    return true;
  }
  return false;
}

export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]"));
}

export function start(): void {
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (dispatchKey(nameOf(event), isTyping(event.target))) event.preventDefault();
  });
}
