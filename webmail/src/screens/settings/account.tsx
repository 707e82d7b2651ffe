// Whose account this is, how full it is, and the way out.
import { useEffect, useState } from "preact/hooks";
import { call } from "../../jmap/client";
import { octets, t } from "../../i18n";
import { run } from "../../keys";
import { address } from "../../store/me";
import { Button } from "../../ui/controls";
import { Setting, told } from "./parts";

interface Quota {
  id: string;
  used: number;
  hardLimit: number;
  resourceType: string;
}

function Room() {
  const [list, setList] = useState<Quota[] | null>(null);
  useEffect(() => {
    call<{ list: Quota[] }>("Quota/get", { ids: null }).then((answer) => setList(answer.list)).catch(told);
  }, []);
  if (!list) return <p class="hint">{t("settings.loading")}</p>;
  const quota = list.find((one) => one.resourceType === "octets");
  if (!quota) return <p>{t("settings.quota.none")}</p>;
  const share = quota.hardLimit ? quota.used / quota.hardLimit : 0;
  return (
    <>
      <meter class="meter" min={0} max={1} value={Math.min(1, share)} high={0.9} aria-label={t("settings.quota")} />
      <p>{t("settings.quota.used", { used: octets(quota.used), limit: octets(quota.hardLimit), share: new Intl.NumberFormat(undefined, { style: "percent" }).format(share) })}</p>
    </>
  );
}

export function Account() {
  return (
    <>
      <Setting id="address" title={t("settings.address")}><p class="big" dir="auto">{address.value}</p></Setting>
      <Setting id="quota" title={t("settings.quota")}><Room /></Setting>
      <Setting id="signOut" title={t("settings.signOut")} hint={t("settings.signOut.hint")}>
        <Button icon="signOut" onClick={() => run("signOut")}>{t("settings.signOut")}</Button>
      </Setting>
    </>
  );
}
