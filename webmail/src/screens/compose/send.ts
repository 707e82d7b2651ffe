// Sending: one request makes the message and hands it in; held for undo, or until later.
import { answerOf, batch, call, JmapError } from "../../jmap/client";
import { byRole, createMailbox } from "../../store/mailboxes";
import type { Address } from "./address";
import { asEmail, draftsMailbox, type Draft } from "./draft";

export interface Sent {
  submissionId: string;
  emailId: string;
}

/** What became of an earlier try to send: sent, only made (a draft with this id), or nothing. */
export async function before(draft: Draft): Promise<{ sent: Sent | null; emailIds: string[] }> {
  const found = await call<{ ids: string[] }>("Email/query", { filter: { header: ["Message-ID", draft.messageId] }, limit: 10 });
  if (!found.ids.length) return { sent: null, emailIds: [] };
  const handed = await call<{ ids: string[] }>("EmailSubmission/query", { filter: { emailIds: found.ids } });
  const all = handed.ids.length ? await call<{ list: { id: string; emailId: string; undoStatus: string }[] }>("EmailSubmission/get", { ids: handed.ids, properties: ["id", "emailId", "undoStatus"] }) : { list: [] };
  const one = all.list.find((submission) => submission.undoStatus !== "canceled");
  return { sent: one ? { submissionId: one.id, emailId: one.emailId } : null, emailIds: found.ids };
}

/** hold: seconds to wait for an undo; or when to send. Throws with the server's words. */
export async function send(draft: Draft, from: Address, identityId: string, hold: number | Date): Promise<Sent> {
  const later = hold instanceof Date;
  const drafts = await draftsMailbox();
  const role = later ? "scheduled" : "sent";
  const target = byRole(role)?.id ?? (await createMailbox(later ? "Scheduled" : "Sent", null, role));
  const parameters = later ? { HOLDUNTIL: hold.toISOString().replace(/\.\d+Z$/, "Z") } : hold ? { HOLDFOR: String(hold) } : null;
  const everybody = [...draft.to, ...draft.cc, ...draft.bcc];
  const rcptTo = [...new Set(everybody.map((one) => one.email))].map((email) => ({ email, parameters: null }));
  const responses = await batch([
    ["Email/set", { create: { message: asEmail(draft, from, drafts) } }, "m"],
    [
      "EmailSubmission/set",
      {
        create: { sending: { emailId: "#message", identityId, envelope: { mailFrom: { email: from.email, parameters }, rcptTo } } },
        onSuccessUpdateEmail: { "#sending": { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${target}`]: true, "keywords/$draft": null } },
      },
      "s",
    ],
    ...(draft.original ? [["Email/set", { update: { [draft.original.id]: { [`keywords/${draft.original.how}`]: true } } }, "o"] as [string, object, string]] : []),
  ]);
  const made = answerOf(responses, "m", "Email/set");
  const unmade = made.notCreated?.message;
  if (unmade) throw new JmapError(unmade.type, unmade.description ?? unmade.type);
  const emailId = made.created.message.id as string;
  const handed = answerOf(responses, "s", "EmailSubmission/set");
  const refused = handed.notCreated?.sending;
  if (refused) {
    const which = (refused.invalidRecipients as string[] | undefined)?.join(", ");
    throw Object.assign(new JmapError(refused.type, [refused.description ?? refused.type, which].filter(Boolean).join(" ")), { emailId });
  }
  return { submissionId: handed.created.sending.id as string, emailId };
}

/** Take it back, and make it a draft again. */
export async function undo(sent: Sent): Promise<void> {
  const drafts = await draftsMailbox();
  const answer = await call("EmailSubmission/set", { update: { [sent.submissionId]: { undoStatus: "canceled" } } });
  const problem = answer.notUpdated?.[sent.submissionId];
  if (problem) throw new JmapError(problem.type, problem.description ?? problem.type);
  await call("Email/set", { update: { [sent.emailId]: { mailboxIds: { [drafts]: true }, "keywords/$draft": true } } });
}
