// What can be done with the chosen messages, and what the list shows.
import { signal } from "@preact/signals";
import { t } from "../../i18n";
import { commands, keysOf, run, shown } from "../../keys";
import { clearSelection, current, selection } from "../../store/lists";
import { IconButton } from "../../ui/controls";
import { Menu } from "../../ui/dialog";
import type { IconName } from "../../ui/icons";

export type Filter = "all" | "unread" | "starred" | "attachment";
export const filter = signal<Filter>("all");
const FILTERS: Filter[] = ["all", "unread", "starred", "attachment"];

const DOING: [id: string, icon: IconName][] = [
  ["archive", "archive"],
  ["trash", "trash"],
  ["junk", "junk"],
  ["markRead", "read"],
  ["move", "folder"],
  ["label", "label"],
  ["snooze", "snoozed"],
];

export function keyOf(id: string): string | undefined {
  const command = commands.value.find((one) => one.id === id);
  const keys = command && keysOf(command)[0];
  return keys ? shown(keys) : undefined;
}

function selectAll(): void {
  const ids = current.peek()?.ids.filter((id): id is string => id !== undefined) ?? [];
  selection.value = new Set(ids.slice(0, 500));
}

export function ListToolbar({ name, filters = true }: { name: string; filters?: boolean }) {
  const count = selection.value.size;
  return (
    <div class="list-bar" role="toolbar" aria-label={name}>
      <input type="checkbox" class="all" aria-label={t(count ? "list.clear" : "list.selectAll")} checked={count > 0} onChange={() => (count ? clearSelection() : selectAll())} />
      {count > 0 ? (
        <>
          <h1 class="only-read">{name}</h1>
          <span class="chosen" role="status">{t("list.selected", { count })}</span>
          <span class="bar-actions">{DOING.map(([id, icon]) => <IconButton key={id} icon={icon} label={t(`shell.${id}`)} shortcut={keyOf(id)} onClick={() => run(id)} />)}</span>
        </>
      ) : (
        <>
          <h1 class="list-name" dir="auto">{name}</h1>
          {filters && (
            <Menu
              label={t("list.filters")} icon="list"
              items={FILTERS.map((one) => ({ text: t(`list.filter.${one}`), checked: filter.value === one, run: () => { filter.value = one; } }))}
            />
          )}
        </>
      )}
    </div>
  );
}
