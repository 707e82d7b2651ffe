// The arithmetic of a long list: which rows are near, where they stand.

/** Browsers cannot make elements taller than this; longer lists scroll in larger steps. */
export const MAX_HEIGHT = 12_000_000;
export const OVERSCAN = 8;

export interface Place {
  first: number;
  last: number;
  /** Pixels from the top of the scrolled element to row `first`. */
  offset: number;
  height: number;
}

export function heightOf(total: number, row: number): number {
  return Math.min(total * row, MAX_HEIGHT);
}

/** The row at the top for a scroll position. Above MAX_HEIGHT, places are proportional. */
export function topRow(scroll: number, total: number, row: number, view: number): number {
  const full = total * row;
  const height = heightOf(total, row);
  if (full <= height) return Math.max(0, Math.min(total - 1, Math.floor(scroll / row)));
  const share = height > view ? Math.min(1, scroll / (height - view)) : 0;
  return Math.round(share * Math.max(0, total - Math.floor(view / row)));
}

export function visible(scroll: number, view: number, total: number, row: number): Place {
  const height = heightOf(total, row);
  if (!total) return { first: 0, last: -1, offset: 0, height };
  const top = topRow(scroll, total, row, view);
  const first = Math.max(0, top - OVERSCAN);
  const last = Math.min(total - 1, top + Math.ceil(view / row) + OVERSCAN);
  const exact = total * row <= height;
  const offset = exact ? first * row : Math.max(0, scroll - (top - first) * row);
  return { first, last, offset, height };
}

/** Where to scroll so that a row is seen; null if it is already. */
export function scrollTo(index: number, scroll: number, view: number, total: number, row: number): number | null {
  const exact = total * row <= MAX_HEIGHT;
  if (!exact) return (index / Math.max(1, total - Math.floor(view / row))) * (heightOf(total, row) - view);
  if (index * row < scroll) return index * row;
  if ((index + 1) * row > scroll + view) return (index + 1) * row - view;
  return null;
}
