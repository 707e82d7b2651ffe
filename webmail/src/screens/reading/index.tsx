// A conversation in one column: what was read is folded, the newest is open.
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n";
import { register, run } from "../../keys";
import { go, mailPath, route, searchPath } from "../../router";
import { archive } from "../../store/actions";
import { email, watch } from "../../store/emails";
import { opened } from "../../store/lists";
import { preferences } from "../../store/preferences";
import { Button, Empty, IconButton, Skeleton } from "../../ui/controls";
import { Menu } from "../../ui/dialog";
import { keyOf } from "../list/toolbar";
import { LinkQuestion } from "./links";
import { conversation, single } from "./load";
import { MessageCard } from "./message";
import "./reading.css";

function place(): { thread: string; email: string | null } {
  const { screen, args } = route.value;
  return screen === "search" ? { thread: args[0] ?? "", email: args[1] ?? null } : { thread: args[1] ?? "", email: args[2] ?? null };
}

function archiveAndGo(where: "next" | "previous"): void {
  const ids = opened.peek();
  run(where);
  void archive(ids);
}

function leave(): void {
  const { screen, args, query } = route.peek();
  go(screen === "search" ? searchPath(query.get("q") ?? "") : mailPath(args[0] ?? ""));
}

const TOOLS = [
  ["archive", "archive"], ["trash", "trash"], ["junk", "junk"], ["markUnread", "unread"], ["move", "folder"], ["label", "label"], ["snooze", "snoozed"],
] as const;

export default function Reading() {
  const { thread, email: wanted } = place();
  const together = preferences.value.conversations;
  const [ids, setIds] = useState<string[] | null>(null);
  const [failed, setFailed] = useState<Error | null>(null);
  const [unfolded, setUnfolded] = useState<Set<string>>(new Set());

  const load = async (first: boolean) => {
    try {
      const found = together || !wanted ? await conversation(thread) : await single(wanted);
      const visible = found.filter((id) => !hidden(id, wanted));
      setIds(visible);
      setFailed(null);
      if (first) {
        const unread = visible.filter((id) => !email(id).peek()?.keywords.$seen);
        const newest = visible[visible.length - 1];
        setUnfolded(new Set([...unread, ...(wanted && visible.includes(wanted) ? [wanted] : []), ...(newest ? [newest] : [])]));
      }
    } catch (reason) {
      setFailed(reason as Error);
    }
  };
  useEffect(() => {
    setIds(null);
    void load(true);
  }, [thread, wanted, together]);
  useEffect(() => watch((changed) => {
    if (!changed.size || [...changed].some((id) => ids?.includes(id) || email(id).peek()?.threadId === thread)) void load(false);
  }), [thread, ids]);
  useEffect(() => {
    opened.value = ids ?? [];
    return () => {
      opened.value = [];
    };
  }, [ids]);

  const newest = ids?.[ids.length - 1];
  const focus = wanted ?? newest;
  useEffect(() => {
    const stops = [
      register({ id: "reply", keys: ["r"], text: "reading.reply", group: "write", when: () => Boolean(focus), run: () => go(`/compose?reply=${focus}`) }),
      register({ id: "replyAll", keys: ["a"], text: "reading.replyAll", group: "write", when: () => Boolean(focus), run: () => go(`/compose?reply=${focus}&all=1`) }),
      register({ id: "forward", keys: ["f"], text: "reading.forward", group: "write", when: () => Boolean(focus), run: () => go(`/compose?forward=${focus}`) }),
      register({ id: "why", keys: ["i"], text: "reading.whyHere", group: "message", when: () => Boolean(focus), run: () => window.dispatchEvent(new CustomEvent("pillarbox-why", { detail: focus })) }),
      register({ id: "archiveNext", keys: ["]"], text: "reading.archiveNext", group: "message", when: () => Boolean(focus), run: () => archiveAndGo("next") }),
      register({ id: "archivePrevious", keys: ["["], text: "reading.archivePrevious", group: "message", when: () => Boolean(focus), run: () => archiveAndGo("previous") }),
      register({ id: "leave", keys: ["u", "Escape"], text: "list.back", group: "list", run: leave }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [focus]);

  if (failed && !ids) return <Empty icon="offline" title={t("reading.failed")}><p>{failed.message}</p><Button onClick={() => void load(true)}>{t("list.again")}</Button></Empty>;
  if (!ids) return <Skeleton lines={8} />;
  if (!ids.length) return <Empty icon="inbox" title={t("reading.gone")}><Button onClick={leave}>{t("list.back")}</Button></Empty>;
  const subject = email(ids[0] as string).value?.subject || t("list.noSubject");
  const toggle = (id: string) => {
    const next = new Set(unfolded);
    if (next.has(id)) next.delete(id);
    else next.add(id);
    setUnfolded(next);
  };
  return (
    <div class="reading">
      <div class="reading-bar" role="toolbar" aria-label={t("reading.tools")}>
        <IconButton icon="back" label={t("list.back")} shortcut="u" onClick={leave} />
        {TOOLS.map(([id, icon]) => <IconButton key={id} icon={icon} label={t(`shell.${id}`)} shortcut={keyOf(id)} onClick={() => { run(id); if (id === "markUnread") leave(); }} />)}
        <Menu label={t("ui.more")} items={[{ text: t("shell.mute"), icon: "mute", shortcut: keyOf("mute"), run: () => run("mute") }, { text: t("reading.whyHere"), icon: "why", shortcut: "i", run: () => run("why") }]} />
      </div>
      <h1 class="reading-subject" dir="auto">{subject}</h1>
      {ids.map((id, index) => <MessageCard key={id} id={id} open={unfolded.has(id) || ids.length === 1} onToggle={() => toggle(id)} last={index === ids.length - 1} />)}
      <div class="reading-foot">
        <Button icon="reply" onClick={() => run("reply")}>{t("reading.reply")}</Button>
        <Button icon="replyAll" onClick={() => run("replyAll")}>{t("reading.replyAll")}</Button>
        <Button icon="forward" onClick={() => run("forward")}>{t("reading.forward")}</Button>
      </div>
      <LinkQuestion />
    </div>
  );
}

/** Drafts, junk and what was deleted stand in no conversation, unless they were asked for. */
function hidden(id: string, wanted: string | null): boolean {
  const row = email(id).peek();
  return id !== wanted && Boolean(row?.keywords.$draft);
}
