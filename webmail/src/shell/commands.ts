// Commands that belong to no screen: going places, and what is done to chosen or open messages.
import { auth } from "../jmap/client";
import { t } from "../i18n";
import { register, run, type Command } from "../keys";
import { go, mailPath, route, searchPath } from "../router";
import * as actions from "../store/actions";
import { email } from "../store/emails";
import { clearSelection, targets } from "../store/lists";
import { byRole } from "../store/mailboxes";
import { replay, waiting } from "../store/later";
import { preferences } from "../store/preferences";
import { confirm } from "../ui/dialog";
import { undoLast } from "../ui/toast";
import { helpOpen, paletteOpen } from "./palette";
import { moveOpen, snoozeOpen } from "./choosers";

function goRole(role: string): () => void {
  return () => {
    const mailbox = byRole(role);
    if (mailbox) go(mailPath(mailbox.id));
  };
}

const some = () => targets.value.length > 0;
const inMail = () => route.value.screen === "mail" || route.value.screen === "search";

function act(does: (ids: string[]) => unknown): () => void {
  return () => {
    const ids = targets.value;
    if (!ids.length) return;
    clearSelection();
    does(ids);
  };
}

/** What is put away is no longer open: the list, or the one beside it, as the person prefers. */
function putAway(does: (ids: string[]) => unknown): () => void {
  return act((ids) => {
    const { screen, args, query } = route.peek();
    const open = screen === "search" ? args.length > 0 : args.length > 1;
    const after = preferences.peek().afterArchive;
    if (open && after !== "list") run(after);
    const same = route.peek().args.join() === args.join();
    does(ids);
    if (open && same) go(screen === "search" ? searchPath(query.get("q") ?? "") : mailPath(args[0] ?? ""));
  });
}

function anySet(ids: string[], keyword: string): boolean {
  return ids.some((id) => email(id).peek()?.keywords[keyword]);
}

async function signOut(): Promise<void> {
  const { settled } = await import("../screens/compose/outbox");
  await replay().catch(() => {});
  const safe = (await settled()) && waiting.value === 0;
  if (!safe && !(await confirm(t("shell.signOut"), t("shell.signOutAsk"), t("shell.signOut"), true))) return;
  const { wipe } = await import("../store/wipe");
  await wipe();
  await auth("sign-out", {}).catch(() => {});
  location.assign("/sign-in");
}

export function registerCommands(): () => void {
  const on = { when: () => some() && inMail(), group: "message" };
  const list: Command[] = [
    { id: "palette", keys: ["Mod+k"], text: "shell.palette", typing: true, group: "go", run: () => { paletteOpen.value = true; } },
    { id: "help", keys: ["?"], text: "shell.help", group: "other", run: () => { helpOpen.value = true; } },
    { id: "compose", keys: ["c"], text: "shell.compose", group: "write", run: () => go("/compose") },
    { id: "goInbox", keys: ["g i"], text: "shell.goInbox", group: "go", run: goRole("inbox") },
    { id: "goSent", keys: ["g t"], text: "shell.goSent", group: "go", run: goRole("sent") },
    { id: "goDrafts", keys: ["g d"], text: "shell.goDrafts", group: "go", run: goRole("drafts") },
    { id: "goArchive", keys: ["g a"], text: "shell.goArchive", group: "go", run: goRole("archive") },
    { id: "goStarred", keys: ["g s"], text: "shell.goStarred", group: "go", run: () => go("/search?q=is%3Astarred") },
    { id: "goContacts", keys: ["g c"], text: "shell.contacts", group: "go", run: () => go("/contacts") },
    { id: "goSettings", keys: [], text: "shell.settings", group: "go", run: () => go("/settings") },
    { id: "goRefused", keys: [], text: "shell.refused", group: "go", run: () => go("/refused") },
    { id: "undo", keys: ["z"], text: "shell.undo", group: "other", run: () => void undoLast() },
    { id: "signOut", keys: [], text: "shell.signOut", group: "other", run: () => void signOut() },
    { id: "archive", keys: ["e"], text: "shell.archive", ...on, run: putAway((ids) => actions.archive(ids)) },
    { id: "trash", keys: ["#", "Delete"], text: "shell.trash", ...on, run: putAway((ids) => (inRole("trash") ? actions.destroy(ids) : actions.trash(ids))) },
    { id: "junk", keys: ["!"], text: "shell.junk", ...on, run: putAway((ids) => (inRole("junk") ? actions.notJunk(ids) : actions.junk(ids))) },
    { id: "star", keys: ["s"], text: "shell.star", ...on, run: act((ids) => actions.star(ids, !anySet(ids, "$flagged"))) },
    { id: "markRead", keys: ["Shift+i"], text: "shell.markRead", ...on, run: act((ids) => actions.markRead(ids, true)) },
    { id: "markUnread", keys: ["Shift+u"], text: "shell.markUnread", ...on, run: act((ids) => actions.markRead(ids, false)) },
    { id: "mute", keys: ["m"], text: "shell.mute", ...on, run: act((ids) => actions.mute(ids, !anySet(ids, "$muted"))) },
    { id: "move", keys: ["v"], text: "shell.move", ...on, run: () => { moveOpen.value = "move"; } },
    { id: "label", keys: ["l"], text: "shell.label", ...on, run: () => { moveOpen.value = "label"; } },
    { id: "snooze", keys: ["b"], text: "shell.snooze", ...on, run: () => { snoozeOpen.value = true; } },
  ];
  const stops = list.map(register);
  return () => {
    for (const stop of stops) stop();
  };
}

function inRole(role: string): boolean {
  return route.value.screen === "mail" && byRole(role)?.id === route.value.args[0];
}
