// Search as you type: the list of what was found, and how the words were understood.
import { useEffect, useMemo, useState } from "preact/hooks";
import { t } from "../../i18n";
import { go, route, searchPath } from "../../router";
import { email } from "../../store/emails";
import { clearSelection, current, cursor } from "../../store/lists";
import { mailboxes } from "../../store/mailboxes";
import { preferences, setPreferences } from "../../store/preferences";
import { Window } from "../../store/query";
import { mailboxName } from "../../shell/sidebar";
import { Button, Chip, Empty, Skeleton } from "../../ui/controls";
import { toast } from "../../ui/toast";
import { prefetch } from "../list/prefetch";
import { Rows } from "../list/rows";
import { ListToolbar } from "../list/toolbar";
import { parse, type Labels, type Understood } from "./parse";
import "./search.css";

const PAUSE = 40;

function known(): Labels {
  const boxes = new Map<string, string>();
  for (const one of mailboxes.value.values()) {
    boxes.set(one.name.toLowerCase(), one.id);
    boxes.set(mailboxName(one).toLowerCase(), one.id);
    if (one.role) boxes.set(one.role, one.id);
  }
  return { keywords: new Map(preferences.value.labels.map((one) => [one.name.toLowerCase(), one.keyword])), mailboxes: boxes };
}

/** The value, once it has not changed for a moment. */
function useSettled<T>(value: T, pause: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return settled;
}

function Understanding({ query, chips }: { query: string; chips: Understood[] }) {
  const without = (text: string, not: boolean) => go(searchPath(query.replace((not ? "-" : "") + text, "").replace(/\s+/g, " ").trim() || " "));
  return (
    <ul class="understood" aria-label={t("search.understood")}>
      {chips.map((one, index) => (
        <li key={index} data-problem={one.problem}>
          <Chip color={one.problem ? "#b35c00" : undefined} removeLabel={t("search.without", { text: one.text })} onRemove={() => without(one.text, one.not)}>
            {one.not && <strong>{t("search.not")} </strong>}
            {t(one.key, { value: one.value })}
            {one.problem && <em> · {t(`search.problem.${one.problem}`)}</em>}
          </Chip>
        </li>
      ))}
    </ul>
  );
}

function SaveSearch({ query }: { query: string }) {
  const saved = preferences.value.savedSearches;
  const mine = saved.find((one) => one.query === query);
  const change = async () => {
    const next = mine ? saved.filter((one) => one !== mine) : [...saved, { name: query.slice(0, 60), query }];
    await setPreferences({ savedSearches: next });
    toast(t(mine ? "search.forgotten" : "search.saved"));
  };
  return <Button kind="quiet" icon="star" aria-pressed={Boolean(mine)} onClick={() => void change()}>{t(mine ? "search.forget" : "search.save")}</Button>;
}

export default function Search() {
  const typed = (route.value.query.get("q") ?? "").trim();
  const query = useSettled(typed, PAUSE);
  const labels = known();
  const parsed = useMemo(() => parse(query, labels), [query, mailboxes.value, preferences.value.labels]);
  const key = JSON.stringify(parsed.filter);
  const list = useMemo(() => new Window({ filter: parsed.filter, collapseThreads: false }), [key]);
  useEffect(() => {
    current.value = list;
    clearSelection();
    void list.need(0, 0).catch(() => {});
    return () => {
      list.close();
      if (current.peek() === list) current.value = null;
    };
  }, [list]);
  const open = (id: string) => {
    const row = email(id).peek();
    cursor.value = id;
    if (row) go(`/search/${row.threadId}/${id}?q=${encodeURIComponent(typed)}`);
  };
  const total = list.total.value;
  const busy = query !== typed || total < 0;
  const name = t("search.results");
  return (
    <div class="list searching">
      <div>
        <ListToolbar name={name} filters={false} />
        <div class="search-head">
          <Understanding query={query} chips={parsed.chips} />
          {query && <SaveSearch query={query} />}
          <p class="search-count" role="status">{busy && !list.failed.value ? t("search.busy") : list.failed.value ? "" : t("search.found", { count: total })}</p>
        </div>
      </div>
      {list.failed.value && total < 0 ? (
        <Empty icon="offline" title={t("search.failed")}>{(list.failed.value as Error).message}</Empty>
      ) : total < 0 ? (
        <Skeleton lines={12} />
      ) : total === 0 ? (
        <Empty icon="search" title={t("search.none")}>{t("search.noneHint")}</Empty>
      ) : (
        <Rows list={list} name={name} sent={false} openId={route.value.args[1] ?? null} onOpen={open} onNear={prefetch} />
      )}
    </div>
  );
}
