// The scrolled part of a list: rows near the view, however long the list is.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { monthOf, t } from "../../i18n";
import { register } from "../../keys";
import { email } from "../../store/emails";
import { cursor, selection } from "../../store/lists";
import type { Window } from "../../store/query";
import { ListRow } from "./row";
import { scrollTo, topRow, visible } from "./virtual";

interface Props {
  list: Window;
  name: string;
  sent: boolean;
  openId: string | null;
  onOpen: (id: string) => void;
  onNear?: (id: string) => void;
}

export function Rows({ list, name, sent, openId, onOpen, onNear }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const anchor = useRef(0);
  const fade = useRef(0);
  const [scroll, setScroll] = useState(0);
  const [moving, setMoving] = useState(false);
  const [view, setView] = useState(600);
  const [row, setRow] = useState(64);
  const total = Math.max(0, list.total.value);
  void list.version.value;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      setView(element.clientHeight);
      setRow(parseFloat(getComputedStyle(element).getPropertyValue("--row")) || 64);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const place = visible(scroll, view, total, row);
  useEffect(() => {
    if (total) void list.need(place.first, place.last).catch(() => {});
  }, [list, place.first, place.last, total, list.version.value]);

  const scrolled = () => {
    const element = box.current;
    if (!element) return;
    setScroll(element.scrollTop);
    setMoving(true);
  };
  // The month stands there while one scrolls, and for a moment after its row has come.
  const topId = moving ? list.at(topRow(scroll, total, row, view)) : undefined;
  const topDate = topId ? email(topId).value?.receivedAt : undefined;
  useEffect(() => {
    clearTimeout(fade.current);
    if (moving) fade.current = window.setTimeout(() => setMoving(false), topDate ? 900 : 5000);
    return () => clearTimeout(fade.current);
  }, [moving, scroll, topDate]);

  const moveTo = (index: number) => {
    const id = list.at(Math.max(0, Math.min(total - 1, index)));
    if (!id) return;
    cursor.value = id;
    onNear?.(id);
    const to = scrollTo(index, box.current?.scrollTop ?? 0, view, total, row);
    if (to !== null && box.current) box.current.scrollTop = to;
    requestAnimationFrame(() => {
      if (box.current?.contains(document.activeElement)) document.getElementById(`row-${id}`)?.focus({ preventScroll: true });
    });
  };

  const select = (id: string, index: number, range: boolean) => {
    const next = new Set(selection.peek());
    if (range) {
      const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
      for (let at = from; at <= to; at++) {
        const one = list.at(at);
        if (one) next.add(one);
      }
    } else if (next.has(id)) next.delete(id);
    else next.add(id);
    anchor.current = index;
    cursor.value = id;
    selection.value = next;
  };

  const at = () => (cursor.peek() ? list.indexOf(cursor.peek() as string) : -1);
  useEffect(() => {
    const stops = [
      register({ id: "next", keys: ["j"], text: "list.next", group: "list", run: () => (openId ? openNear(1) : moveTo(at() + 1)) }),
      register({ id: "previous", keys: ["k"], text: "list.previous", group: "list", run: () => (openId ? openNear(-1) : moveTo(at() < 0 ? 0 : at() - 1)) }),
      register({ id: "open", keys: ["o", "Enter"], text: "list.open", group: "list", when: () => !openId && at() >= 0 && !inControl(), run: () => onOpen(cursor.peek() as string) }),
      register({ id: "select", keys: ["x"], text: "list.select", group: "list", run: () => { const index = at(); if (index >= 0) select(cursor.peek() as string, index, false); } }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [list, openId, total, row, view]);

  const openNear = (step: number) => {
    const id = list.at(at() + step);
    if (!id) return;
    moveTo(at() + step);
    onOpen(id);
  };

  useEffect(() => {
    if (!cursor.peek() || list.indexOf(cursor.peek() as string) < 0) cursor.value = list.at(0) ?? null;
  }, [list, list.version.value]);

  // Who reads on reads the next one.
  useEffect(() => {
    const next = openId ? list.at(list.indexOf(openId) + 1) : undefined;
    if (next) onNear?.(next);
  }, [list, openId]);

  const arrows = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: Math.floor(view / row), PageUp: -Math.floor(view / row) }[event.key];
    if (step) moveTo(at() + step);
    else if (event.key === "Home") moveTo(0);
    else if (event.key === "End") moveTo(total - 1);
    else if (event.key === " " && at() >= 0) select(cursor.peek() as string, at(), event.shiftKey);
    else return;
    event.preventDefault();
  };

  const rows = [];
  for (let index = place.first; index <= place.last; index++) {
    const id = list.at(index);
    rows.push(<ListRow key={id ?? `blank-${index}`} id={id} index={index} top={place.offset + (index - place.first) * row} sent={sent} open={id !== undefined && id === openId} onOpen={onOpen} onSelect={select} />);
  }
  return (
    <div class="rows-wrap">
      <div class="rows" ref={box} role="grid" aria-label={t("list.messages", { name })} aria-rowcount={total} aria-multiselectable="true" onScroll={scrolled} onKeyDown={arrows} tabIndex={cursor.value ? -1 : 0}>
        <div class="rows-all" role="rowgroup" style={{ blockSize: `${place.height}px` }}>{rows}</div>
      </div>
      {topDate && <div class="month" aria-hidden="true">{monthOf(topDate)}</div>}
    </div>
  );
}

function inControl(): boolean {
  return Boolean((document.activeElement as HTMLElement | null)?.closest?.("button, a, dialog, [role=menu]"));
}
