// The trace as a page of its own.
import { t } from "../../i18n";
import { route } from "../../router";
import { TracePanel } from "./panel";

export default function TracePage() {
  return (
    <div class="trace-page">
      <p><a href="/" onClick={(event) => { event.preventDefault(); history.back(); }}>{t("trace.back")}</a></p>
      <h1 class="only-read">{t("trace.page")}</h1>
      <TracePanel emailId={route.value.args[0] ?? ""} />
    </div>
  );
}
