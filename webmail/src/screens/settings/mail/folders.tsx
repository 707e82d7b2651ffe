// Folders: new, another name, another place, gone; and which ones mail programs show.
import { useState } from "preact/hooks";
import { t } from "../../../i18n";
import type { Mailbox } from "../../../jmap/types";
import { mailboxIcon, mailboxName } from "../../../shell/sidebar";
import { children, createMailbox, destroyMailbox, mailboxes, updateMailbox } from "../../../store/mailboxes";
import { Button, Field, Icon, Select } from "../../../ui/controls";
import { confirm, Dialog, Menu } from "../../../ui/dialog";
import { toast } from "../../../ui/toast";
import { attempt, reasonOf, Setting } from "../parts";

type Doing = { what: "new" | "rename" | "move"; mailbox: Mailbox | null };

export function flat(parent: string | null = null, depth = 0): [Mailbox, number][] {
  return children(parent).flatMap((one) => [[one, depth] as [Mailbox, number], ...flat(one.id, depth + 1)]);
}

function isWithin(id: string | null, above: string): boolean {
  for (let at = id; at; at = mailboxes.value.get(at)?.parentId ?? null) if (at === above) return true;
  return false;
}

function Do({ doing, onClose }: { doing: Doing; onClose: () => void }) {
  const { what, mailbox } = doing;
  const [parent, setParent] = useState((what === "move" ? mailbox?.parentId : mailbox?.id) ?? "");
  const [problem, setProblem] = useState("");
  const places = flat().filter(([one]) => what !== "move" || !mailbox || !isWithin(one.id, mailbox.id));
  const submit = async (event: Event) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name") ?? "").trim();
    try {
      if (what === "new") await createMailbox(name, parent || null);
      else if (what === "rename") await updateMailbox(mailbox?.id as string, { name });
      else await updateMailbox(mailbox?.id as string, { parentId: parent || null });
      onClose();
    } catch (reason) {
      setProblem(reasonOf(reason));
    }
  };
  return (
    <Dialog title={t(`mail.folder.${what}`)} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        {what !== "move" && <Field label={t("mail.folderName")} name="name" required maxLength={200} value={what === "rename" ? mailbox?.name : ""} />}
        {what !== "rename" && <Select label={t("mail.folderBelow")} value={parent} options={[["", t("mail.folderTop")], ...places.map(([one, depth]) => [one.id, "\u2003".repeat(depth) + mailboxName(one)] as [string, string])]} onChange={setParent} />}
        {problem && <p class="problem" role="alert">{problem}</p>}
        <Button kind="primary" type="submit">{t("ui.save")}</Button>
      </form>
    </Dialog>
  );
}

async function remove(one: Mailbox): Promise<void> {
  const name = mailboxName(one);
  const text = one.totalEmails ? t("mail.folderRemoveMail", { name, count: one.totalEmails }) : t("mail.folderRemoveEmpty", { name });
  if (!(await confirm(t("mail.folder.remove"), text, t("ui.delete"), true))) return;
  await destroyMailbox(one.id, true);
  toast(t("mail.folderRemoved", { name }));
}

export function Folders() {
  const [doing, setDoing] = useState<Doing | null>(null);
  return (
    <Setting id="folders" title={t("settings.folders")} hint={t("mail.foldersHint")}>
      <ul class="things">
        {flat().map(([one, depth]) => {
          const name = mailboxName(one);
          const may = one.myRights;
          return (
            <li key={one.id} style={{ paddingInlineStart: `${12 + depth * 20}px` }}>
              <Icon name={mailboxIcon(one)} />
              <div class="main"><span dir="auto">{name}</span><span class="hint">{t("settings.messages", { count: one.totalEmails })}</span></div>
              <label class="check"><input type="checkbox" checked={one.isSubscribed} onChange={(event) => attempt(() => updateMailbox(one.id, { isSubscribed: (event.target as HTMLInputElement).checked }))()} />{t("mail.subscribed")}<span class="only-read"> {name}</span></label>
              <Menu label={t("mail.folderMore", { name })} items={[
                { text: t("mail.folder.new"), icon: "plus", disabled: !may.mayCreateChild, run: () => setDoing({ what: "new", mailbox: one }) },
                { text: t("mail.folder.rename"), icon: "pen", disabled: !may.mayRename || Boolean(one.role), run: () => setDoing({ what: "rename", mailbox: one }) },
                { text: t("mail.folder.move"), icon: "folder", disabled: !may.mayRename || Boolean(one.role), run: () => setDoing({ what: "move", mailbox: one }) },
                { text: t("mail.folder.remove"), icon: "trash", disabled: !may.mayDelete || Boolean(one.role) || children(one.id).length > 0, run: attempt(() => remove(one)) },
              ]} />
            </li>
          );
        })}
      </ul>
      <Button icon="plus" onClick={() => setDoing({ what: "new", mailbox: null })}>{t("mail.folder.new")}</Button>
      {doing && <Do doing={doing} onClose={() => setDoing(null)} />}
    </Setting>
  );
}
