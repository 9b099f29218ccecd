/** Rows of one height and at most one that is taller: where each stands, in constant time. */
export interface Heights {
  row: number;
  total: number;
  /** Index of the opened row, or -1, and how much taller it is. */
  open: number;
  extra: number;
}

export const topOf = (index: number, by: Heights) => index * by.row + (by.open >= 0 && index > by.open ? by.extra : 0);

export const fullHeight = (by: Heights) => by.total * by.row + (by.open >= 0 ? by.extra : 0);

export function indexAt(y: number, by: Heights): number {
  const plain = Math.floor(y / by.row);
  if (by.open < 0 || plain <= by.open) return plain;
  return Math.max(by.open, Math.floor((y - by.extra) / by.row));
}

/** First and last row that a screen shows. */
export function visible(scrollTop: number, height: number, by: Heights): { from: number; to: number } {
  const last = Math.max(0, by.total - 1);
  return { from: Math.min(last, Math.max(0, indexAt(scrollTop, by))), to: Math.min(last, Math.max(0, indexAt(scrollTop + height, by))) };
}

/** The scroll position nearest to this one that shows the whole row. */
export function reveal(index: number, scrollTop: number, height: number, by: Heights): number {
  const room = 4;
  const top = topOf(index, by);
  const bottom = top + by.row + (index === by.open ? by.extra : 0);
  if (top - room < scrollTop || bottom - top + 2 * room > height) return Math.max(0, top - room);
  if (bottom + room > scrollTop + height) return bottom + room - height;
  return scrollTop;
}
