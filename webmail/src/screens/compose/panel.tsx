// What one sees while writing.
import { useEffect, useRef, useState } from "preact/hooks";
import { connection } from "../../jmap/client";
import { t } from "../../i18n";
import { preferences } from "../../store/preferences";
import { Banner, Button, IconButton, Select } from "../../ui/controls";
import { confirm, Menu } from "../../ui/dialog";
import { isAddress, shown } from "./address";
import { speaksOfAttachment } from "./answer";
import { Attachments } from "./attachments";
import { Body } from "./body";
import { Later } from "./later";
import { designed } from "./plain";
import { Recipients } from "./recipients";
import { Security } from "./security";
import { signed, signedHtml } from "./start";
import type { Writer } from "./writer";

interface Props {
  writer: Writer;
  problem: string;
  onClose: () => void;
  onDiscard: () => void;
  onSend: (hold: number | Date) => Promise<void>;
}

/** What keeps it from being sent, in words; "" if nothing does. */
async function hindrance(writer: Writer): Promise<string> {
  const draft = writer.draft.value;
  const everybody = [...draft.to, ...draft.cc, ...draft.bcc];
  if (!everybody.length) return t("compose.nobody");
  const wrong = everybody.find((one) => !isAddress(one.email));
  if (wrong) return t("compose.wrong", { address: wrong.email });
  if (writer.uploads.value.some((one) => one.problem)) return t("compose.uploadFailed");
  if (writer.uploads.value.length) return t("compose.uploading");
  if (!draft.subject.trim() && !(await confirm(t("compose.noSubject"), t("compose.noSubjectAsk"), t("compose.sendAnyway")))) return " ";
  const attached = draft.attachments.some((one) => !one.cid);
  if (preferences.value.forgottenAttachment && !attached && speaksOfAttachment(draft.subject, draft.text)) {
    if (!(await confirm(t("compose.forgotten"), t("compose.forgottenAsk"), t("compose.sendAnyway")))) return " ";
  }
  return "";
}

export function Panel({ writer, problem, onClose, onDiscard, onSend }: Props) {
  const root = useRef<HTMLElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const draft = writer.draft.value;
  const [copies, setCopies] = useState(draft.cc.length > 0 || draft.bcc.length > 0);
  const had = useRef(copies).current;
  const [large, setLarge] = useState(false);
  const [later, setLater] = useState(false);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState(problem);
  const [dropping, setDropping] = useState(false);
  const [version, setVersion] = useState(0);
  const title = draft.subject.trim() || t("compose.new");
  useEffect(() => {
    // A message that comes back from the outbox opens over whatever has the focus.
    if (problem) root.current?.focus();
  }, []);

  const submit = async (hold: number | Date) => {
    if (busy) return;
    root.current?.querySelector(".rich-text")?.dispatchEvent(new Event("compose-flush"));
    setBusy(true);
    try {
      const reason = await hindrance(writer);
      setSaid(reason.trim());
      if (!reason) await onSend(hold);
    } catch (reason) {
      setSaid((reason as Error).message);
    } finally {
      setBusy(false);
    }
  };
  const files = (list: FileList | null | undefined) => {
    if (list?.length) void writer.attach([...list]);
  };
  const from = async (identityId: string) => {
    const before = writer.identity;
    const next = writer.identities.find((one) => one.id === identityId);
    const { text, html } = writer.draft.value;
    if (html === null) return writer.change({ identityId, text: signed(before) ? text.replace(signed(before), signed(next)) : text });
    const { resigned } = await import("./html");
    writer.change({ identityId, html: resigned(html, signedHtml(next), writer.picture) });
    setVersion(version + 1);
  };
  const plainNow = draft.html === null;
  return (
    <section
      ref={root} class="compose" tabIndex={-1} role="dialog" aria-modal="false" aria-label={title} data-large={large || undefined} data-dropping={dropping || undefined}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(preferences.value.undoSeconds);
        else if (event.key === "Escape") onClose();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onDragOver={(event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); setDropping(true); } }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => { setDropping(false); if (event.dataTransfer?.files.length) { event.preventDefault(); files(event.dataTransfer.files); } }}
    >
      <div class="compose-head">
        <h2 dir="auto">{title}</h2>
        <span class="compose-kept">{kept(writer)}</span>
        <IconButton icon="expand" class="compose-expand" label={t(large ? "compose.smaller" : "compose.larger")} aria-pressed={large} onClick={() => setLarge(!large)} />
        <IconButton icon="close" label={t("compose.close")} shortcut="Esc" onClick={onClose} />
      </div>
      {said && <Banner tone="bad">{said}</Banner>}
      {writer.problem.value && <Banner tone="bad">{t("compose.notKept", { reason: writer.problem.value })}</Banner>}
      <div class="compose-fields">
        {writer.identities.length > 1 && (
          <Select label={t("compose.from")} value={writer.identity?.id ?? ""} options={writer.identities.map((one) => [one.id, shown({ name: one.name || null, email: one.email })])} onChange={(id) => void from(id)} />
        )}
        <div class="compose-to">
          <Recipients label={t("compose.to")} list={draft.to} autoFocus={!draft.to.length && !problem} onChange={(to) => writer.change({ to })} />
          {!copies && <Button kind="quiet" onClick={() => setCopies(true)}>{t("compose.copies")}</Button>}
        </div>
        {copies && <Recipients label={t("compose.cc")} list={draft.cc} autoFocus={!had} onChange={(cc) => writer.change({ cc })} />}
        {copies && <Recipients label={t("compose.bcc")} list={draft.bcc} onChange={(bcc) => writer.change({ bcc })} />}
        <div class="recipients-line">
          <label for="compose-subject">{t("compose.subject")}</label>
          <input id="compose-subject" value={draft.subject} maxLength={900} dir="auto" autocomplete="off" onInput={(event) => writer.change({ subject: event.currentTarget.value })} />
        </div>
      </div>
      <Body writer={writer} version={version} autoFocus={draft.to.length > 0} />
      <Attachments writer={writer} />
      <Security recipients={[...draft.to, ...draft.cc, ...draft.bcc]} />
      <div class="compose-foot">
        <Button kind="primary" icon="sent" busy={busy} onClick={() => void submit(preferences.value.undoSeconds)}>{t("compose.send")}</Button>
        <IconButton icon="clock" label={t("compose.later")} onClick={() => setLater(true)} />
        <IconButton icon="attachment" label={t("compose.attach")} onClick={() => picker.current?.click()} />
        <input ref={picker} type="file" multiple class="only-read" tabIndex={-1} aria-hidden="true" onChange={(event) => { files(event.currentTarget.files); event.currentTarget.value = ""; }} />
        <Menu label={t("compose.more")} class="up" items={[
          { text: t(plainNow ? "compose.toRich" : "compose.toPlain"), icon: plainNow ? "bold" : "clear", run: () => void turn(writer).then(() => setVersion(version + 1)) },
          { text: t("compose.receipt"), icon: "read", checked: Boolean(draft.receipt), run: () => writer.change({ receipt: !draft.receipt }) },
          { text: t("compose.keepNow"), icon: "drafts", run: () => void writer.there().catch(() => {}) },
        ]} />
        <span class="grow" />
        <IconButton icon="trash" label={t("compose.discard")} onClick={onDiscard} />
      </div>
      {later && <Later onClose={() => setLater(false)} onChoose={(when) => { setLater(false); void submit(when); }} />}
    </section>
  );
}

async function turn(writer: Writer): Promise<void> {
  const { html, text } = writer.draft.value;
  if (html !== null) {
    if (await confirm(t("compose.toPlain"), t("compose.toPlainAsk"), t("compose.toPlain"))) writer.change({ html: null });
    return;
  }
  writer.change({ html: designed(text) });
}

function kept(writer: Writer): string {
  const state = writer.kept.value;
  if (state === "here" && connection.value !== "online") return t("compose.state.offline");
  return state ? t(`compose.state.${state}`) : "";
}
