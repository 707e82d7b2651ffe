// Mail for this account that was not taken: from whom, why, and what to tell them.
import { useEffect, useState } from "preact/hooks";
import { call, on } from "../../jmap/client";
import { language, longDate, shortDate, t } from "../../i18n";
import type { Trace } from "../../jmap/types";
import { Button, Empty, Field, Skeleton } from "../../ui/controls";
import { toast } from "../../ui/toast";
import { TraceStory } from "../trace/panel";
import "./refused.css";

const LIMIT = 50;

function Refusal({ trace }: { trace: Trace }) {
  const [open, setOpen] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(trace.forSender);
    toast(t("refused.copied"));
  };
  return (
    <li class="refusal">
      <header>
        <div>
          <p class="refusal-from" dir="auto"><strong>{trace.headerFrom || trace.sender || t("refused.nobody")}</strong></p>
          <p dir="auto">{trace.subject || t("list.noSubject")}</p>
        </div>
        <time dateTime={trace.at} title={longDate(trace.at)}>{shortDate(trace.at)}</time>
      </header>
      <p>{trace.sentence || trace.headline}</p>
      <p class="refusal-actions">
        <Button kind="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>{t(open ? "refused.less" : "refused.why")}</Button>
        {trace.forSender && <Button kind="quiet" onClick={() => void copy()}>{t("refused.copy")}</Button>}
      </p>
      {open && <TraceStory trace={trace} />}
    </li>
  );
}

export default function Refused() {
  const [list, setList] = useState<Trace[] | null>(null);
  const [text, setText] = useState("");
  const [failed, setFailed] = useState("");
  useEffect(() => {
    let gone = false;
    const load = async () => {
      try {
        const filter = { action: "refused", ...(text.trim() ? { text: text.trim() } : {}) };
        const found = await call("Trace/query", { filter, limit: LIMIT });
        const answer = found.ids.length ? await call("Trace/get", { ids: found.ids, language: language.value }) : { list: [] };
        if (!gone) setList((answer.list as Trace[]).sort((a, b) => b.at.localeCompare(a.at)));
      } catch (reason) {
        if (!gone) setFailed((reason as Error).message);
      }
    };
    const timer = setTimeout(() => void load(), 150);
    const stop = on("Trace", () => void load());
    return () => {
      gone = true;
      clearTimeout(timer);
      stop();
    };
  }, [text, language.value]);
  return (
    <div class="refused">
      <h1>{t("shell.refused")}</h1>
      <p class="hint">{t("refused.about")}</p>
      <Field label={t("refused.search")} type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      {failed ? <Empty icon="offline" title={t("list.failed")}>{failed}</Empty> : list === null ? <Skeleton lines={6} /> : list.length ? <ul class="refusals">{list.map((one) => <Refusal key={one.id} trace={one} />)}</ul> : <Empty icon="check" title={t("refused.none")}>{t("refused.noneHint")}</Empty>}
    </div>
  );
}
