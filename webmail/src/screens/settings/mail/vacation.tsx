// An answer while one is away (RFC 8621 §8).
import { useEffect, useId, useState } from "preact/hooks";
import { call, JmapError } from "../../../jmap/client";
import { t } from "../../../i18n";
import { Banner, Button, Field, Skeleton, Switch } from "../../../ui/controls";
import { toast } from "../../../ui/toast";
import { reasonOf, Setting, told } from "../parts";

interface VacationResponse {
  isEnabled: boolean;
  fromDate: string | null;
  toDate: string | null;
  subject: string | null;
  textBody: string | null;
}

/** A UTCDate as the browser's field for times wants it, and back. */
export function toField(utc: string | null): string {
  if (!utc) return "";
  const date = new Date(utc);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fromField(value: string): string | null {
  const date = new Date(value);
  return value && !Number.isNaN(date.getTime()) ? date.toISOString().replace(/\.\d+Z$/, "Z") : null;
}

export function Vacation() {
  const [now, setNow] = useState<VacationResponse | null>(null);
  const [on, setOn] = useState(false);
  const [problem, setProblem] = useState("");
  const id = useId();
  const load = async () => {
    const answer = await call<{ list: VacationResponse[] }>("VacationResponse/get", { ids: null });
    setNow(answer.list[0] ?? null);
    setOn(answer.list[0]?.isEnabled ?? false);
  };
  useEffect(() => void load().catch(told), []);
  if (!now) return <Skeleton lines={5} />;
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [fromDate, toDate] = [fromField(String(form.get("from"))), fromField(String(form.get("to")))];
    if (fromDate && toDate && fromDate >= toDate) return setProblem(t("mail.vacationOrder"));
    const patch = { isEnabled: on, fromDate, toDate, subject: String(form.get("subject")).trim() || null, textBody: String(form.get("text")) || null };
    try {
      const answer = await call("VacationResponse/set", { update: { singleton: patch } });
      const refused = answer.notUpdated?.singleton;
      if (refused) throw new JmapError(refused.type, refused.description ?? refused.type);
      setProblem("");
      toast(t(on ? "mail.vacationSavedOn" : "mail.vacationSavedOff"));
      await load();
    } catch (reason) {
      setProblem(reasonOf(reason));
    }
  };
  return (
    <Setting id="vacation" title={t("settings.vacation")} hint={t("mail.vacationHint")}>
      {now.isEnabled && <Banner tone="doubt" icon="moon">{t("mail.vacationIsOn")}</Banner>}
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Switch label={t("mail.vacationOn")} on={on} onChange={setOn} />
        <div class="setting-row">
          <Field label={t("mail.vacationFrom")} name="from" type="datetime-local" value={toField(now.fromDate)} />
          <Field label={t("mail.vacationTo")} name="to" type="datetime-local" value={toField(now.toDate)} />
        </div>
        <Field label={t("mail.vacationSubject")} name="subject" value={now.subject ?? ""} maxLength={200} hint={t("mail.vacationSubjectHint")} />
        <div class="field">
          <label for={id}>{t("mail.vacationText")}</label>
          <textarea id={id} name="text" rows={6} dir="auto" maxLength={20_000} defaultValue={now.textBody ?? ""} />
        </div>
        {problem && <p class="problem" role="alert">{problem}</p>}
        <div class="buttons"><Button kind="primary" type="submit">{t("ui.save")}</Button></div>
      </form>
    </Setting>
  );
}
