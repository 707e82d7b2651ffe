// One message that is being written: what was typed is kept here at once and on the server soon.
import { batch as together, signal } from "@preact/signals";
import { connection, downloadUrl, Offline, SignedOut, upload } from "../../jmap/client";
import { t } from "../../i18n";
import { toast } from "../../ui/toast";
import type { Address } from "./address";
import { forgetHere, isEmpty, keepHere, keepThere, removeThere, type Attachment, type Draft } from "./draft";
import type { Identity } from "./start";

const HERE_AFTER = 400;
const THERE_AFTER = 10_000;

export type Kept = "" | "changed" | "here" | "saved" | "failed";

export interface Uploading {
  key: string;
  name: string;
  size: number;
  share: number;
  problem: string;
  stop: () => void;
}

const open = new Set<Writer>();

/** Everything that is being written goes to the server. Throws what it says. */
export async function flush(): Promise<void> {
  for (const box of document.querySelectorAll(".rich-text")) box.dispatchEvent(new Event("compose-flush"));
  await Promise.all([...open].map((writer) => writer.there()));
}

export class Writer {
  readonly draft;
  readonly kept = signal<Kept>("");
  readonly problem = signal("");
  readonly uploads = signal<Uploading[]>([]);
  #here = 0;
  #there = 0;
  #line: Promise<unknown> = Promise.resolve();
  #closed = false;
  #release: () => void = () => {};

  constructor(
    draft: Draft,
    readonly identities: Identity[],
    /** It was written on before: closing keeps it. */
    touched = false,
  ) {
    this.draft = signal(draft);
    if (touched) this.kept.value = "here";
    open.add(this);
    // Other tabs leave alone what is being written in this one.
    const written = new Promise<void>((done) => { this.#release = done; });
    void navigator.locks?.request(lockOf(draft.key), () => written);
  }

  get identity(): Identity | undefined {
    return this.identities.find((one) => one.id === this.draft.value.identityId) ?? this.identities[0];
  }

  get from(): Address {
    const identity = this.identity;
    return { name: identity?.name || null, email: identity?.email ?? this.draft.value.account };
  }

  change(patch: Partial<Draft>): void {
    if (this.#closed) return;
    together(() => {
      this.draft.value = { ...this.draft.value, ...patch, changedAt: Date.now() };
      this.kept.value = "changed";
    });
    this.#here ||= window.setTimeout(() => void this.here(), HERE_AFTER);
    this.#there ||= window.setTimeout(() => void this.there().catch(() => {}), THERE_AFTER);
  }

  /** Keep it in this browser. */
  async here(): Promise<void> {
    clearTimeout(this.#here);
    this.#here = 0;
    if (this.#closed) return;
    try {
      await keepHere(this.draft.value);
      if (this.kept.value === "changed") this.kept.value = "here";
    } catch {
      // Without a database in this browser the server keeps it.
      void this.there().catch(() => {});
    }
  }

  /** Keep it on the server; one after the other. Throws what the server says. */
  there(): Promise<void> {
    clearTimeout(this.#there);
    this.#there = 0;
    const done = this.#line.then(async () => {
      const draft = this.draft.value;
      if (isEmpty(draft) || draft.savedAt >= draft.changedAt) return;
      try {
        const emailId = await keepThere(draft, this.from);
        this.draft.value = { ...this.draft.value, emailId, savedAt: draft.changedAt };
        together(() => {
          this.kept.value = this.draft.value.changedAt === draft.changedAt ? "saved" : "changed";
          this.problem.value = "";
        });
        if (!this.#closed) await keepHere(this.draft.value).catch(() => {});
      } catch (reason) {
        if (!(reason instanceof Offline || reason instanceof SignedOut)) {
          this.kept.value = "failed";
          this.problem.value = (reason as Error).message;
        } else if (connection.value === "offline") this.#there ||= window.setTimeout(() => void this.there().catch(() => {}), THERE_AFTER);
        throw reason;
      }
    });
    this.#line = done.catch(() => {});
    return done;
  }

  /** Attach files; of pictures for the text (inline) the Content-IDs are returned. */
  async attach(files: File[], inline = false): Promise<Attachment[]> {
    const made = await Promise.all(files.map((file) => this.#upload(file, inline)));
    return made.filter((one): one is Attachment => one !== null);
  }

  async #upload(file: File, inline: boolean): Promise<Attachment | null> {
    const key = crypto.randomUUID();
    const stopper = new AbortController();
    const note = (patch: Partial<Uploading>) => {
      this.uploads.value = this.uploads.value.map((one) => (one.key === key ? { ...one, ...patch } : one));
    };
    const gone = () => {
      this.uploads.value = this.uploads.value.filter((one) => one.key !== key);
    };
    this.uploads.value = [...this.uploads.value, { key, name: file.name, size: file.size, share: 0, problem: "", stop: () => { stopper.abort(); gone(); } }];
    try {
      const found = await upload(file, (share) => note({ share }), stopper.signal);
      const one: Attachment = { blobId: found.blobId, name: file.name || t("compose.picture"), type: file.type || found.type || "application/octet-stream", size: file.size };
      if (inline) one.cid = `${crypto.randomUUID()}@pillarbox`;
      this.change({ attachments: [...this.draft.value.attachments, one] });
      gone();
      return one;
    } catch (reason) {
      if ((reason as Error).name === "AbortError") return null;
      note({ problem: (reason as { description?: string }).description || (reason as Error).message });
      return null;
    }
  }

  /** Where a picture of the text is shown from. */
  picture = (cid: string): string | null => {
    const found = this.draft.peek().attachments.find((one) => one.cid === cid);
    return found ? downloadUrl(found.blobId, found.name, found.type) : null;
  };

  #end(): void {
    clearTimeout(this.#here);
    clearTimeout(this.#there);
    for (const one of this.uploads.value) one.stop();
    this.#closed = true;
    open.delete(this);
    this.#release();
  }

  /** The person goes on to something else: it becomes a draft. What cannot reach the server stays here. */
  async close(): Promise<void> {
    const fresh = this.draft.value.changedAt > this.draft.value.savedAt && this.kept.value !== "";
    await this.here();
    this.#end();
    try {
      if (fresh && !isEmpty(this.draft.value)) {
        await this.there();
        toast(t("compose.kept"));
      }
      await forgetHere(this.draft.value.key);
    } catch {
      toast(t("compose.keptHere"), { tone: "bad" });
    }
  }

  /** Throw it away; returns how to have it back. */
  async discard(): Promise<Draft> {
    this.#end();
    await this.#line;
    const draft = this.draft.value;
    await forgetHere(draft.key).catch(() => {});
    if (draft.emailId) await removeThere(draft.emailId).catch(() => {});
    return { ...draft, emailId: null, savedAt: 0 };
  }

  /** Hand it over for sending: from now on the outbox answers for it. */
  async handOver(hold: number | Date, identityId: string): Promise<Draft> {
    clearTimeout(this.#there);
    await this.#line;
    const sending = { hold: hold instanceof Date ? hold.toISOString() : hold, from: this.from, identityId, tried: false };
    this.draft.value = { ...this.draft.value, sending };
    await keepHere(this.draft.value).catch(() => {});
    this.#end();
    return this.draft.value;
  }
}

export function lockOf(key: string): string {
  return `pillarbox-draft-${key}`;
}
