// What will probably be opened next is asked for before.
import { signal } from "@preact/signals";

type Loader = (emailId: string) => void;

/** Set by the reading screen once it is loaded. */
export const loader = signal<Loader | null>(null);

let timer = 0;

export function prefetch(emailId: string): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => loader.value?.(emailId), 80);
}
