// Mailboxes, labels, and the other places.
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { mailPath, route, searchPath } from "../router";
import { label as addLabel, move } from "../store/actions";
import { children, createMailbox, ORDER } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import { run } from "../keys";
import type { Mailbox } from "../jmap/types";
import { Button, Field, Icon, IconButton } from "../ui/controls";
import { Dialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import type { IconName } from "../ui/icons";

export const DRAGGED = "application/x-pillarbox-emails";

export function mailboxName(mailbox: Mailbox): string {
  return mailbox.role && ORDER.includes(mailbox.role) ? t(`shell.role.${mailbox.role}`) : mailbox.name;
}

export function mailboxIcon(mailbox: Mailbox): IconName {
  return mailbox.role && ORDER.includes(mailbox.role) ? (mailbox.role as IconName) : "folder";
}

function dropTarget(take: (ids: string[]) => void) {
  return {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes(DRAGGED)) return;
      event.preventDefault();
      (event.currentTarget as HTMLElement).dataset.over = "";
    },
    onDragLeave: (event: DragEvent) => delete (event.currentTarget as HTMLElement).dataset.over,
    onDrop: (event: DragEvent) => {
      delete (event.currentTarget as HTMLElement).dataset.over;
      const data = event.dataTransfer?.getData(DRAGGED);
      if (!data) return;
      event.preventDefault();
      take(JSON.parse(data) as string[]);
    },
  };
}

function Node({ mailbox, depth }: { mailbox: Mailbox; depth: number }) {
  const below = children(mailbox.id);
  const [open, setOpen] = useState(true);
  const here = route.value.screen === "mail" && route.value.args[0] === mailbox.id;
  const count = mailbox.role === "drafts" || mailbox.role === "scheduled" ? mailbox.totalEmails : mailbox.role === "junk" || mailbox.role === "trash" ? 0 : mailbox.unreadEmails;
  return (
    <li>
      <div class="place" data-here={here || undefined} style={{ "--depth": String(depth) }} {...dropTarget((ids) => void move(ids, mailbox.id))}>
        {below.length > 0 && (
          <button type="button" class="fold" aria-expanded={open} aria-label={t(open ? "shell.fold" : "shell.unfold", { name: mailboxName(mailbox) })} onClick={() => setOpen(!open)}>
            <Icon name={open ? "down" : "next"} size={14} />
          </button>
        )}
        <a href={mailPath(mailbox.id)} aria-current={here ? "page" : undefined}>
          <Icon name={mailboxIcon(mailbox)} />
          <span class="place-name" dir="auto">{mailboxName(mailbox)}</span>
          {count > 0 && <span class="count"><span aria-hidden="true">{count}</span><span class="only-read">{t("shell.unread", { count })}</span></span>}
        </a>
      </div>
      {open && below.length > 0 && <ul>{below.map((one) => <Node key={one.id} mailbox={one} depth={depth + 1} />)}</ul>}
    </li>
  );
}

function Place({ href, icon, text, here }: { href: string; icon: IconName; text: string; here: boolean }) {
  return (
    <li>
      <div class="place" data-here={here || undefined}>
        <a href={href} aria-current={here ? "page" : undefined}><Icon name={icon} /><span class="place-name">{text}</span></a>
      </div>
    </li>
  );
}

export function Sidebar() {
  const [making, setMaking] = useState(false);
  const at = route.value;
  const query = at.query.get("q") ?? "";
  return (
    <nav class="sidebar" aria-label={t("shell.places")}>
      <Button kind="primary" icon="pen" class="write" onClick={() => run("compose")}>{t("shell.compose")}</Button>
      <ul class="places">{children(null).map((one) => <Node key={one.id} mailbox={one} depth={0} />)}</ul>
      <div class="places-head">
        <h2>{t("shell.folders")}</h2>
        <IconButton icon="plus" label={t("shell.newFolder")} onClick={() => setMaking(true)} />
      </div>
      {preferences.value.labels.some((one) => !one.hidden) && (
        <>
          <div class="places-head"><h2>{t("shell.labels")}</h2></div>
          <ul class="places">
            {preferences.value.labels.filter((one) => !one.hidden).map((one) => {
              const search = `label:${/\s/.test(one.name) ? `"${one.name}"` : one.name}`;
              return (
                <li key={one.keyword}>
                  <div class="place" data-here={query === search || undefined} {...dropTarget((ids) => void addLabel(ids, one.keyword, true))}>
                    <a href={searchPath(search)}><span class="dot" style={{ background: one.color }} /><span class="place-name" dir="auto">{one.name}</span></a>
                  </div>
                </li>
              );
            })}
          </ul>
        </>
      )}
      {preferences.value.savedSearches.length > 0 && (
        <>
          <div class="places-head"><h2>{t("shell.savedSearches")}</h2></div>
          <ul class="places">{preferences.value.savedSearches.map((one) => <Place key={one.name} href={searchPath(one.query)} icon="search" text={one.name} here={query === one.query} />)}</ul>
        </>
      )}
      <div class="places-head"><h2>{t("shell.more")}</h2></div>
      <ul class="places">
        <Place href="/contacts" icon="contacts" text={t("shell.contacts")} here={at.screen === "contacts"} />
        <Place href="/refused" icon="refused" text={t("shell.refused")} here={at.screen === "refused"} />
        <Place href="/settings" icon="settings" text={t("shell.settings")} here={at.screen === "settings"} />
      </ul>
      {making && <NewFolder onClose={() => setMaking(false)} />}
    </nav>
  );
}

function NewFolder({ onClose }: { onClose: () => void }) {
  const [problem, setProblem] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name")).trim();
    try {
      await createMailbox(name);
      toast(t("shell.folderMade", { name }));
      onClose();
    } catch (reason) {
      setProblem((reason as Error).message);
    }
  };
  return (
    <Dialog title={t("shell.newFolder")} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Field label={t("shell.folderName")} name="name" required maxLength={200} problem={problem} />
        <Button kind="primary" type="submit">{t("shell.create")}</Button>
      </form>
    </Dialog>
  );
}
