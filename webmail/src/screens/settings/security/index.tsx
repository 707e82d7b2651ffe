// Security: who is signed in, and with what.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { auth } from "../../../jmap/client";
import { longDate, relative, t } from "../../../i18n";
import { Button, Skeleton } from "../../../ui/controls";
import { confirm } from "../../../ui/dialog";
import { toast } from "../../../ui/toast";
import { attempt, Setting, told } from "../parts";
import { AppPasswords } from "./app_passwords";
import { ConfirmDialog } from "./confirm";
import { Passkeys } from "./passkeys";
import { Password } from "./password";
import { Totp } from "./totp";

export interface Me {
  address: string;
  confirmBy: string[];
  totp: boolean;
  recoveryCodes: number;
  passkeys: number;
  passkeysOnly: boolean;
  appPasswords: number;
}

interface Session {
  session: number;
  current: boolean;
  createdAt: string;
  usedAt: string;
  method: string;
  agent: string;
  network: string;
}

interface Event_ {
  event: number;
  at: string;
  kind: string;
  detail: string;
  agent: string;
  network: string;
}

export const me = signal<Me | null>(null);
const sessions = signal<Session[] | null>(null);
const events = signal<Event_[] | null>(null);

/** Ask again who and what there is: after each change. */
export async function renew(): Promise<void> {
  const [who, open, happened] = await Promise.all([
    auth<Me>("me"),
    auth<{ sessions: Session[] }>("sessions"),
    auth<{ events: Event_[] }>("events"),
  ]);
  me.value = who;
  sessions.value = open.sessions;
  events.value = happened.events;
}

function Sessions() {
  const list = sessions.value ?? [];
  const end = (one: Session) => async () => {
    await auth("sessions/end", { session: one.session });
    toast(t("security.sessionEnded"));
    await renew();
  };
  const endOthers = async () => {
    if (!(await confirm(t("security.endOthers"), t("security.endOthersAsk"), t("security.endOthers"), true))) return;
    const { ended } = await auth<{ ended: number }>("sessions/end-others", {});
    toast(t("security.sessionsEnded", { count: ended }));
    await renew();
  };
  return (
    <Setting id="sessions" title={t("settings.sessions")} hint={t("security.sessionsHint")}>
      <ul class="things">
        {list.map((one) => (
          <li key={one.session}>
            <div class="main">
              <strong dir="auto">{one.agent || t("security.unknownAgent")}{one.current && ` · ${t("security.thisOne")}`}</strong>
              <span class="hint">{[one.network, t("security.used", { when: relative(one.usedAt) }), t("security.since", { when: longDate(one.createdAt) })].filter(Boolean).join(" · ")}</span>
            </div>
            {!one.current && <Button aria-label={t("security.endNamed", { name: one.agent })} onClick={attempt(end(one))}>{t("security.end")}</Button>}
          </li>
        ))}
      </ul>
      {list.length > 1 && <Button kind="danger" onClick={attempt(endOthers)}>{t("security.endOthers")}</Button>}
    </Setting>
  );
}

function Events() {
  return (
    <Setting id="events" title={t("settings.events")} hint={t("security.eventsHint")}>
      <ul class="things">
        {(events.value ?? []).slice(0, 50).map((one) => (
          <li key={one.event}>
            <div class="main">
              <span><strong>{t(`security.event.${one.kind}`)}</strong>{one.detail && <span dir="auto"> “{one.detail}”</span>}</span>
              <span class="hint">{[longDate(one.at), one.agent, one.network].filter(Boolean).join(" · ")}</span>
            </div>
          </li>
        ))}
      </ul>
    </Setting>
  );
}

export function Security() {
  useEffect(() => void renew().catch(told), []);
  if (!me.value) return <Skeleton lines={8} />;
  return (
    <>
      <Password />
      <Totp />
      <Passkeys />
      <AppPasswords />
      <Sessions />
      <Events />
      <ConfirmDialog />
    </>
  );
}
