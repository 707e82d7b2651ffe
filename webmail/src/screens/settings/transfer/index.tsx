// Mail from elsewhere taken in, and mail given out: files of other programs, with progress.
import { useRef, useState } from "preact/hooks";
import { call, downloadUrl, upload } from "../../../jmap/client";
import { t } from "../../../i18n";
import { byRole, mailboxes } from "../../../store/mailboxes";
import { mailboxName } from "../../../shell/sidebar";
import { Button, Select } from "../../../ui/controls";
import { reasonOf, Setting } from "../parts";
import { isMbox, MAX_MESSAGE, pieces, quoted, unquoted } from "./mbox";

interface State { done: number; share: number; problems: string[]; busy: boolean; said: string }
const IDLE: State = { done: 0, share: 0, problems: [], busy: false, said: "" };
const PAGE = 50;

async function take(octets: Blob, mailboxId: string): Promise<void> {
  const { blobId } = await upload(octets);
  const answer = await call("Email/import", { emails: { one: { blobId, mailboxIds: { [mailboxId]: true }, keywords: { $seen: true } } } });
  const problem = answer.notCreated?.one;
  if (problem && problem.type !== "alreadyExists") throw new Error(problem.description ?? problem.type);
}

async function importFiles(files: File[], mailboxId: string, stopped: () => boolean, note: (patch: Partial<State>) => void): Promise<void> {
  const total = files.reduce((sum, one) => sum + one.size, 0) || 1;
  const problems: string[] = [];
  let before = 0;
  let done = 0;
  for (const file of files) {
    const mbox = await isMbox(file);
    let number = 0;
    for await (const [start, end] of mbox ? pieces(file) : [[0, file.size] as [number, number]]) {
      if (stopped()) return;
      number += 1;
      try {
        if (end - start > MAX_MESSAGE) throw new Error(t("settings.transfer.tooLarge"));
        const part = file.slice(start, end);
        const octets = unquoted(new Uint8Array(await part.arrayBuffer()));
        await take(mbox ? new Blob([octets], { type: "message/rfc822" }) : new Blob([part], { type: "message/rfc822" }), mailboxId);
        done += 1;
      } catch (reason) {
        problems.push(`${file.name}, ${number}: ${reasonOf(reason)}`);
      }
      note({ done, problems: [...problems], share: (before + end) / total });
    }
    before += file.size;
  }
}

async function exportBox(mailboxId: string, stopped: () => boolean, note: (patch: Partial<State>) => void): Promise<Blob> {
  const parts: Blob[] = [];
  let done = 0;
  let total = 1;
  for (let position = 0; position < total && !stopped(); position += PAGE) {
    const found = await call<{ ids: string[]; total: number }>("Email/query", { filter: mailboxId ? { inMailbox: mailboxId } : null, sort: [{ property: "receivedAt", isAscending: true }], position, limit: PAGE, calculateTotal: true });
    total = found.total;
    if (!found.ids.length) break;
    const { list } = await call<{ list: { id: string; blobId: string; receivedAt: string; from: { email: string }[] | null }[] }>("Email/get", { ids: found.ids, properties: ["id", "blobId", "receivedAt", "from"] });
    for (const one of list) {
      const answer = await fetch(downloadUrl(one.blobId, "message.eml", "message/rfc822"));
      if (!answer.ok) throw new Error(String(answer.status));
      parts.push(new Blob([quoted(new Uint8Array(await answer.arrayBuffer()), one.from?.[0]?.email ?? "", one.receivedAt)]));
      done += 1;
    }
    note({ done, share: done / Math.max(total, 1) });
  }
  return new Blob(parts, { type: "application/mbox" });
}

function Progress({ state, label, onStop }: { state: State; label: string; onStop: () => void }) {
  return (
    <>
      {state.busy && <p><progress max={1} value={state.share} aria-label={label} /> {t("settings.transfer.done", { count: state.done })} <Button kind="quiet" onClick={onStop}>{t("ui.cancel")}</Button></p>}
      {state.said && <p role="status">{state.said}</p>}
      {state.problems.length > 0 && <ul role="alert">{state.problems.slice(0, 50).map((one) => <li key={one} class="problem" dir="auto">{one}</li>)}</ul>}
    </>
  );
}

export function Transfer() {
  const picker = useRef<HTMLInputElement>(null);
  const stop = useRef(false);
  const [target, setTarget] = useState("");
  const [source, setSource] = useState("");
  const [taken, setTaken] = useState(IDLE);
  const [given, setGiven] = useState(IDLE);
  const boxes = [...mailboxes.value.values()].map((one): [string, string] => [one.id, mailboxName(one)]);
  const into = target || byRole("archive")?.id || byRole("inbox")?.id || "";
  const run = async (set: (change: (now: State) => State) => void, work: (note: (patch: Partial<State>) => void) => Promise<void>) => {
    stop.current = false;
    const note = (patch: Partial<State>) => set((now) => ({ ...now, ...patch }));
    set(() => ({ ...IDLE, busy: true }));
    try {
      await work(note);
      set((now) => ({ ...now, busy: false, said: t("settings.transfer.done", { count: now.done }) }));
    } catch (reason) {
      set((now) => ({ ...now, busy: false, problems: [...now.problems, reasonOf(reason)] }));
    }
  };
  const give = () => void run(setGiven, async (note) => {
    const blob = await exportBox(source, () => stop.current, note);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "mail.mbox";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  return (
    <>
      <Setting id="import" title={t("settings.transfer.import")} hint={t("settings.transfer.importHint")}>
        <Select label={t("settings.transfer.into")} value={into} options={boxes} onChange={setTarget} />
        <Button icon="upload" busy={taken.busy} onClick={() => picker.current?.click()}>{t("settings.transfer.choose")}</Button>
        <input ref={picker} class="only-read" type="file" accept=".mbox,.eml,message/rfc822,application/mbox" multiple tabIndex={-1} aria-hidden="true" onChange={(event) => { const files = [...(event.currentTarget.files ?? [])]; if (files.length) void run(setTaken, (note) => importFiles(files, into, () => stop.current, note)); }} />
        <Progress state={taken} label={t("settings.transfer.import")} onStop={() => { stop.current = true; }} />
      </Setting>
      <Setting id="export" title={t("settings.transfer.export")} hint={t("settings.transfer.exportHint")}>
        <Select label={t("settings.transfer.from")} value={source} options={[["", t("settings.transfer.all")], ...boxes]} onChange={setSource} />
        <Button icon="download" busy={given.busy} onClick={give}>{t("settings.transfer.save")}</Button>
        <Progress state={given} label={t("settings.transfer.export")} onStop={() => { stop.current = true; }} />
      </Setting>
    </>
  );
}
