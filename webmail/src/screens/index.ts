// Which screens there are. All but the list load when they are first shown.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";

type Loader = () => Promise<{ default: ComponentType }>;

const LOADERS = {
  reading: () => import("./reading"),
  trace: () => import("./trace"),
  compose: () => import("./compose"),
  search: () => import("./search"),
  settings: () => import("./settings"),
  contacts: () => import("./contacts"),
  refused: () => import("./refused"),
} satisfies Record<string, Loader>;

export type LazyName = keyof typeof LOADERS;

const loaded = new Map<LazyName, ReturnType<typeof signal<ComponentType | Error | undefined>>>();

/** A signal of a screen's component: undefined while it loads, an Error if it cannot be loaded. */
export function screen(name: LazyName) {
  let found = loaded.get(name);
  if (!found || found.peek() instanceof Error) {
    found = signal<ComponentType | Error | undefined>(undefined);
    loaded.set(name, found);
    const target = found;
    LOADERS[name]()
      .then((module) => {
        target.value = module.default as ComponentType;
      })
      .catch((reason: Error) => {
        target.value = reason;
      });
  }
  return found;
}
