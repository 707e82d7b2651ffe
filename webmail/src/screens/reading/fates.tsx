// What became of a message one sent: for each recipient, in words; and how to stop it in time.
import { useEffect, useState } from "preact/hooks";
import { call, JmapError, on, session } from "../../jmap/client";
import { format, language, t } from "../../i18n";
import type { EmailSubmission, TraceRecipient } from "../../jmap/types";
import { go } from "../../router";
import { byRole } from "../../store/mailboxes";
import { Button, Icon } from "../../ui/controls";
import { toast } from "../../ui/toast";

const TRACE = "urn:pillarbox:jmap:trace";
const TONES: Record<string, string> = { delivered: "good", accepted: "good", failed: "bad", queued: "doubt", held: "unknown" };

interface Fate {
  submission: EmailSubmission;
  recipients: TraceRecipient[];
}

async function load(emailId: string): Promise<Fate | null> {
  const found = await call<{ ids: string[] }>("EmailSubmission/query", { filter: { emailIds: [emailId] }, sort: [{ property: "sentAt", isAscending: false }], limit: 1 });
  if (!found.ids.length) return null;
  const { list } = await call<{ list: EmailSubmission[] }>("EmailSubmission/get", { ids: found.ids });
  const submission = list[0];
  if (!submission) return null;
  let recipients: TraceRecipient[] = [];
  if (submission.traceId && session.value?.capabilities[TRACE]) {
    const traces = await call<{ list: { recipients: TraceRecipient[] }[] }>("Trace/get", { ids: [submission.traceId], language: language.value });
    recipients = traces.list[0]?.recipients ?? [];
  }
  return { submission, recipients };
}

export function Fates({ id }: { id: string }) {
  const [fate, setFate] = useState<Fate | null>(null);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    let gone = false;
    const again = () => void load(id).then((one) => !gone && setFate(one), () => {});
    again();
    const stop = on("EmailSubmission", again);
    return () => {
      gone = true;
      stop();
    };
  }, [id, language.value]);
  const left = fate?.submission.undoStatus === "pending" ? Math.ceil((new Date(fate.submission.sendAt).getTime() - now) / 1000) : 0;
  useEffect(() => {
    if (left <= 0 || left > 120) return;
    const timer = setTimeout(() => setNow(Date.now()), 1000);
    return () => clearTimeout(timer);
  }, [left, now]);
  if (!fate) return null;
  const cancel = async () => {
    try {
      const answer = await call("EmailSubmission/set", { update: { [fate.submission.id]: { undoStatus: "canceled" } } });
      const problem = answer.notUpdated?.[fate.submission.id];
      if (problem) throw new JmapError(problem.type, problem.description ?? problem.type);
      const drafts = byRole("drafts")?.id;
      if (drafts) await call("Email/set", { update: { [id]: { mailboxIds: { [drafts]: true }, "keywords/$draft": true } } });
      go(`/compose/${id}`);
    } catch (reason) {
      toast((reason as JmapError).description || (reason as Error).message, { tone: "bad" });
    }
  };
  if (left > 0) {
    const when = new Date(fate.submission.sendAt);
    const text = left <= 120 ? t("reading.leavesIn", { count: left }) : t("reading.leavesAt", { date: format(when, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }) });
    return <p class="fates"><Icon name="scheduled" size={16} /> <span>{text}</span> <Button kind="quiet" onClick={() => void cancel()}>{t("reading.stopSending")}</Button></p>;
  }
  const list = fate.recipients.length ? fate.recipients.map((one) => ({ address: one.address, text: one.sentence, tone: TONES[one.state] ?? "unknown" })) : Object.entries(fate.submission.deliveryStatus ?? {}).map(([address, one]) => ({ address, text: t(`reading.fate.${one.delivered}`), tone: one.delivered === "no" ? "bad" : one.delivered === "queued" ? "doubt" : "good" }));
  if (fate.submission.undoStatus === "canceled") return null;
  return (
    <ul class="fates" aria-label={t("reading.fates")}>
      {list.map((one) => (
        <li key={one.address} data-tone={one.tone}><Icon name={one.tone === "good" ? "check" : one.tone === "bad" ? "info" : "clock"} size={16} /> <bdi>{one.address}</bdi>: {one.text}</li>
      ))}
    </ul>
  );
}
