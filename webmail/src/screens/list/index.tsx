// The list of a mailbox.
import { useEffect, useMemo } from "preact/hooks";
import { t } from "../../i18n";
import { register } from "../../keys";
import { go, mailPath, route } from "../../router";
import { email } from "../../store/emails";
import { clearSelection, current, cursor } from "../../store/lists";
import { byRole, mailboxes } from "../../store/mailboxes";
import { preferences } from "../../store/preferences";
import { Window } from "../../store/query";
import { Button, Empty, Skeleton } from "../../ui/controls";
import { mailboxName } from "../../shell/sidebar";
import { Rows } from "./rows";
import { filter, ListToolbar, type Filter } from "./toolbar";
import { prefetch } from "./prefetch";
import "./list.css";

const CONDITIONS: Record<Filter, object | null> = {
  all: null,
  unread: { notKeyword: "$seen" },
  starred: { hasKeyword: "$flagged" },
  attachment: { hasAttachment: true },
};

export function conditionOf(mailboxId: string, which: Filter): object {
  const more = CONDITIONS[which];
  return more ? { inMailbox: mailboxId, ...more } : { inMailbox: mailboxId };
}

export function List() {
  const id = route.value.args[0] ?? byRole("inbox")?.id ?? "";
  const mailbox = mailboxes.value.get(id);
  const together = preferences.value.conversations && !["drafts", "sent", "scheduled"].includes(mailbox?.role ?? "");
  const which = filter.value;
  const list = useMemo(() => new Window({ filter: conditionOf(id, which), collapseThreads: together }), [id, which, together]);
  useEffect(() => {
    current.value = list;
    clearSelection();
    void list.need(0, 0).catch(() => {});
    return () => {
      list.close();
      if (current.peek() === list) current.value = null;
    };
  }, [list]);
  useEffect(() => register({ id: "back", keys: ["u", "Escape"], text: "list.back", group: "list", when: () => route.value.args.length > 1, run: () => go(mailPath(id)) }), [id]);

  const open = (emailId: string) => {
    const row = email(emailId).peek();
    cursor.value = emailId;
    if (mailbox?.role === "drafts") go(`/compose/${emailId}`);
    else if (row) go(mailPath(id, row.threadId, emailId));
  };
  const total = list.total.value;
  const name = mailbox ? mailboxName(mailbox) : "";
  const sent = ["sent", "drafts", "scheduled"].includes(mailbox?.role ?? "");
  return (
    <div class="list">
      <ListToolbar name={name} />
      {list.failed.value && total < 0 ? (
        <Empty icon="offline" title={t("list.failed")}><Button onClick={() => void list.need(0, 0)}>{t("list.again")}</Button></Empty>
      ) : total < 0 ? (
        <Skeleton lines={14} />
      ) : total === 0 ? (
        <Empty icon={mailbox?.role === "inbox" ? "check" : "inbox"} title={t(mailbox?.role === "inbox" && which === "all" ? "list.emptyInbox" : "list.empty")}>
          {t(which === "all" ? "list.emptyInboxHint" : "list.emptyFilter")}
        </Empty>
      ) : (
        <Rows list={list} name={name} sent={sent} openId={route.value.args[2] ?? null} onOpen={open} onNear={prefetch} />
      )}
    </div>
  );
}
