// Windows on long lists: ids by position, pages of 100 on demand, changes applied as they come.
import { batch as together, signal, type Signal } from "@preact/signals";
import { answerOf, batch, JmapError } from "../jmap/client";
import { listArguments, noteState, put, watch, type Row } from "./emails";

export const PAGE = 100;

export interface Wanted {
  filter: object | null;
  collapseThreads: boolean;
  sort?: object[];
}

/** One list. ids: sparse, by position; total: how many there are, -1 before it is known. */
export class Window {
  readonly total: Signal<number> = signal(-1);
  readonly version: Signal<number> = signal(0);
  readonly failed: Signal<unknown> = signal(null);
  ids: (string | undefined)[] = [];
  private state = "";
  private canChange = false;
  private pages = new Map<number, Promise<void>>();
  private stop: () => void;

  constructor(readonly wanted: Wanted) {
    this.stop = watch((changed) => void this.refresh(changed));
  }

  close(): void {
    this.stop();
  }

  at(position: number): string | undefined {
    return this.ids[position];
  }

  indexOf(id: string): number {
    return this.ids.indexOf(id);
  }

  /** See to it that positions from..to are known. */
  async need(from: number, to: number): Promise<void> {
    const wanted: Promise<void>[] = [];
    const last = this.total.peek() < 0 ? 0 : Math.floor(Math.max(0, Math.min(to, this.total.peek() - 1)) / PAGE);
    for (let page = Math.floor(Math.max(0, from) / PAGE); page <= last; page++) wanted.push(this.page(page));
    await Promise.all(wanted);
  }

  private page(page: number): Promise<void> {
    let found = this.pages.get(page);
    if (!found) {
      found = this.fetch(page * PAGE, PAGE).catch((reason) => {
        this.pages.delete(page);
        this.failed.value = reason;
        throw reason;
      });
      this.pages.set(page, found);
    }
    return found;
  }

  private args(): object {
    return {
      filter: this.wanted.filter,
      sort: this.wanted.sort ?? [{ property: "receivedAt", isAscending: false }],
      collapseThreads: this.wanted.collapseThreads,
    };
  }

  private async fetch(position: number, limit: number): Promise<void> {
    const responses = await batch([
      ["Email/query", { ...this.args(), position, limit, calculateTotal: true }, "q"],
      ["Email/get", { "#ids": { resultOf: "q", name: "Email/query", path: "/ids" }, ...listArguments() }, "g"],
    ]);
    const query = answerOf(responses, "q");
    const got = answerOf<{ list: Row[]; state: string }>(responses, "g");
    together(() => {
      put(got.list);
      noteStateOnce(got.state);
      if (this.state && query.queryState !== this.state && this.pages.size > 1) {
        // The list moved between two pages: what was known before may stand elsewhere now.
        this.ids = [];
        this.pages.clear();
      }
      this.state = query.queryState;
      this.canChange = query.canCalculateChanges;
      this.failed.value = null;
      query.ids.forEach((id: string, index: number) => {
        this.ids[query.position + index] = id;
      });
      this.total.value = query.total ?? query.ids.length;
      this.ids.length = this.total.value;
      this.version.value += 1;
    });
  }

  /** Apply what changed; the scroll position is the caller's to keep. */
  async refresh(changed: Set<string> = new Set()): Promise<void> {
    if (!this.state) return;
    void changed;
    try {
      if (this.canChange) await this.applyChanges();
      else await this.again();
    } catch (reason) {
      if (reason instanceof JmapError) await this.again().catch(() => {});
    }
  }

  private async applyChanges(): Promise<void> {
    const responses = await batch([
      ["Email/queryChanges", { ...this.args(), sinceQueryState: this.state, calculateTotal: true, maxChanges: 250 }, "q"],
      ["Email/get", { "#ids": { resultOf: "q", name: "Email/queryChanges", path: "/added/*/id" }, ...listArguments() }, "g"],
    ]);
    const changes = answerOf(responses, "q");
    if (!changes.added.length && !changes.removed.length) {
      this.state = changes.newQueryState;
      return;
    }
    const got = answerOf<{ list: Row[] }>(responses, "g");
    together(() => {
      put(got.list);
      const removed = new Set<string>(changes.removed);
      const next = this.ids.length === this.ids.filter(Boolean).length ? this.ids : Array.from(this.ids);
      const kept = next.filter((id) => id === undefined || !removed.has(id));
      for (const { id, index } of changes.added as { id: string; index: number }[]) kept.splice(index, 0, id);
      this.ids = kept;
      this.total.value = changes.total ?? kept.length;
      this.ids.length = this.total.value;
      this.state = changes.newQueryState;
      this.dropHoles();
      this.version.value += 1;
    });
  }

  /** Pages with unknown places are asked for again when somebody looks. */
  private dropHoles(): void {
    for (const page of [...this.pages.keys()]) {
      for (let place = page * PAGE; place < Math.min((page + 1) * PAGE, this.ids.length); place++) {
        if (this.ids[place] === undefined) {
          this.pages.delete(page);
          break;
        }
      }
    }
  }

  private async again(): Promise<void> {
    const pages = [...this.pages.keys()];
    this.pages.clear();
    this.state = "";
    this.ids = Array.from({ length: this.ids.length });
    await Promise.all(pages.slice(0, 3).map((page) => this.page(page)));
  }

  /** Take ids out at once, before the server says so; returns how to put them back. */
  hide(ids: Set<string>): () => void {
    const before = this.ids;
    this.ids = before.filter((id) => id === undefined || !ids.has(id));
    this.total.value = this.ids.length;
    this.version.value += 1;
    return () => {
      this.ids = before;
      this.total.value = before.length;
      this.version.value += 1;
    };
  }
}

let noted = false;
function noteStateOnce(state: string): void {
  if (!noted) noteState(state);
  noted = true;
}
