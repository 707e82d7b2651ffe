// The sender wants to know that it was opened: nothing is told without a yes (RFC 8098, RFC 9007).
import { useState } from "preact/hooks";
import { call, session } from "../../jmap/client";
import { t } from "../../i18n";
import type { Identity } from "../../jmap/types";
import { setKeyword } from "../../store/actions";
import { email } from "../../store/emails";
import { isMe } from "../../store/me";
import { preferences } from "../../store/preferences";
import { Banner, Button } from "../../ui/controls";
import { toast } from "../../ui/toast";
import type { Message } from "./load";

const MDN = "urn:ietf:params:jmap:mdn";

/** Who writes the receipt: the identity that the message was written to, else the first. */
async function identity(message: Message): Promise<string> {
  const found = await call<{ list: Identity[] }>("Identity/get", { ids: null });
  const to = new Set([...(message.to ?? []), ...(message.cc ?? [])].map((one) => one.email.toLowerCase()));
  return (found.list.find((one) => to.has(one.email.toLowerCase())) ?? found.list[0])?.id ?? "";
}

async function tell(message: Message): Promise<void> {
  const answer = await call("MDN/send", {
    identityId: await identity(message),
    send: {
      receipt: {
        forEmailId: message.id,
        disposition: { actionMode: "manual-action", sendingMode: "mdn-sent-manually", type: "displayed" },
        subject: t("reading.receiptSubject", { subject: message.subject ?? "" }),
        textBody: t("reading.receiptText", { subject: message.subject ?? "" }),
      },
    },
    onSuccessUpdateEmail: { "#receipt": { "keywords/$mdnsent": true } },
  });
  const problem = answer.notSent?.receipt;
  if (problem && problem.type !== "mdnAlreadySent") throw new Error(problem.description ?? problem.type);
}

export function Receipt({ message }: { message: Message }) {
  const [busy, setBusy] = useState(false);
  const asking = message["header:Disposition-Notification-To:asAddresses"] ?? [];
  const done = email(message.id).value?.keywords.$mdnsent;
  if (!asking.length || done || preferences.value.readReceipts === "never" || isMe(message.from?.[0]?.email) || !session.value?.capabilities[MDN]) return null;
  const yes = async () => {
    setBusy(true);
    try {
      await tell(message);
      toast(t("reading.receiptSent"));
    } catch (reason) {
      toast(t("reading.receiptNotSent", { reason: (reason as Error).message }), { tone: "bad" });
    } finally {
      setBusy(false);
    }
  };
  // RFC 3503 §3.2: the same keyword says that the person was asked and did not want to.
  const no = () => void setKeyword([message.id], "$mdnsent", true);
  return (
    <Banner icon="info" actions={<><Button busy={busy} onClick={() => void yes()}>{t("reading.receiptYes")}</Button><Button kind="quiet" onClick={no}>{t("reading.receiptNo")}</Button></>}>
      {t("reading.receipt", { who: asking.map((one) => one.email).join(", ") })}
    </Banner>
  );
}
