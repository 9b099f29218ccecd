import type { Anchor, Bucket, BucketCount, Changed, Problem, ReviewQuery, ReviewRow, ReviewRows, ReviewWindow, RowState } from '../host/commands';
import { problemOf } from '../host/host';

export interface ListState {
  query: ReviewQuery;
  /** Of the answer that the rows came with; null before the first. */
  revision: number | null;
  total: number;
  buckets: BucketCount[];
  rows: ReadonlyMap<number, ReviewRow>;
  cursor: number;
  /** Whether the explanation under the row at the cursor is open. */
  open: boolean;
  problem: Problem | null;
}

type Ask = (window: ReviewWindow) => Promise<ReviewRows>;

const START: Anchor = { at: 'start' };
/** No window asks for more: what a tall screen shows, three times. */
const LARGEST_WINDOW = 240;
const MARGIN = 40;
/** How near to its end the loaded part may come before more is asked for. */
const NEAR = 8;
/** Times that rows are asked for anew because something was done meanwhile. */
const MOST_ASKED = 20;
/** Acts that can be taken back one after another. */
const MOST_UNDONE = 50;

/**
 * The rows of Review as far as they were looked at, and the place of the person in
 * them. The place is a row, not a number: an answer with another revision is asked
 * for around that row. A row that leaves its bucket by being signed stays where it
 * is until the list is asked for anew; `gone` holds such places, since the desk
 * does not count them any more.
 */
export class ReviewList {
  #state: ListState;
  readonly #ask: Ask;
  readonly #listeners = new Set<() => void>();
  readonly #places = new Map<string, string>();
  /** What takes the last acts back, the newest last. */
  readonly #undone: (() => Promise<void>)[] = [];
  #gone: number[] = [];
  #wanted: { from: number; to: number } | null = null;
  #asking = false;
  #turn = 0;
  /** Counts what is done to rows and what the desk answered to it: rows that were asked for before are old. */
  #acts = 0;
  #replaced = false;
  scrollTop = 0;
  /** Set when the place changed by an answer: where the row at the cursor now stands, for the scroll to follow. */
  moved: { from: number; to: number } | null = null;

  constructor(ask: Ask, query: ReviewQuery) {
    this.#ask = ask;
    this.#state = { query, revision: null, total: 0, buckets: [], rows: new Map(), cursor: 0, open: false, problem: null };
  }

  get state(): ListState {
    return this.#state;
  }

  get row(): ReviewRow | undefined {
    return this.#state.rows.get(this.#state.cursor);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks for everything anew around the row at the cursor, or around `key`. */
  async reload(key: string | null = this.row?.key ?? null): Promise<void> {
    const turn = ++this.#turn;
    const { query } = this.#state;
    const fallback = this.#places.get(placeOf(query)) ?? null;
    for (const anchor of anchors(key, fallback)) {
      try {
        const answer = await this.#newest({ query, anchor, before: MARGIN * 2, after: MARGIN * 3 }, turn);
        if (turn !== this.#turn || !answer) return;
        if (anchor.at === 'row' && !answer.rows.some((row) => row.key === anchor.key)) continue;
        this.#replace(answer, anchor.at === 'row' ? anchor.key : null);
        return;
      } catch (error) {
        if (turn !== this.#turn) return;
        const problem = problemOf(error);
        if (problem.code !== 'no_such_row') return this.#set({ problem });
      }
    }
  }

  /** Another bucket, month or search. The row at the cursor keeps the place if it is there too. */
  query(change: Partial<ReviewQuery>): Promise<void> {
    const key = this.row?.key ?? null;
    if (key) this.#places.set(placeOf(this.#state.query), key);
    this.#set({ query: { ...this.#state.query, ...change } });
    return this.reload(key);
  }

  /** The rows on screen; what is missing around them is asked for, one question at a time. */
  look(from: number, to: number): void {
    this.#wanted = { from, to };
    if (!this.#asking && this.#state.revision !== null) void this.#fill();
  }

  move(to: number): void {
    const cursor = Math.max(0, Math.min(to, this.#state.total - 1));
    if (cursor !== this.#state.cursor) this.#set({ cursor, ...(this.#state.rows.get(cursor) ? {} : { open: false }) });
  }

  toggle(open = !this.#state.open): void {
    if (open !== this.#state.open) this.#set({ open });
  }

  /** Keeps how an act is taken back. */
  remember(undo: () => Promise<void>): void {
    this.#undone.push(undo);
    if (this.#undone.length > MOST_UNDONE) this.#undone.shift();
  }

  /** How the newest act is taken back, once. */
  forget(): (() => Promise<void>) | undefined {
    return this.#undone.pop();
  }

  /** To the next open row after the cursor that is loaded; stays when there is none. */
  next(): void {
    for (let index = this.#state.cursor + 1; index < this.#state.total; index++) {
      const row = this.#state.rows.get(index);
      if (!row) return;
      if (isOpen(row)) return this.move(index);
    }
  }

  /** Shows at once what was done on this computer to some rows; the desk's answer follows with `settled`. */
  patch(keys: string[], change: Partial<ReviewRow>): void {
    this.#acts++;
    this.#replaced = false;
    const wanted = new Set(keys);
    const rows = new Map(this.#state.rows);
    for (const [index, row] of rows) {
      if (!wanted.has(row.key)) continue;
      const after = { ...row, ...change };
      rows.set(index, after);
      this.#leave(index, inBucket(after, this.#state.query.bucket));
    }
    this.#set({ rows });
  }

  /** The desk has answered an act of ours: its revision is known, so the list is not asked for anew. */
  async settled(changed: Changed): Promise<void> {
    this.#acts++;
    // What came while the desk was at it may be from before.
    if (changed.not_done.length > 0 || this.#replaced) return this.reload();
    this.#set({ revision: changed.revision });
    try {
      const { buckets, revision } = await this.#ask({ query: this.#state.query, anchor: START, before: 0, after: 1 });
      if (revision === changed.revision) this.#set({ buckets });
    } catch {
      // The counts follow with the next answer.
    }
  }

  /** Rows as they are after all that was done while they were asked for. */
  async #newest(window: ReviewWindow, turn: number): Promise<ReviewRows | null> {
    for (let left = MOST_ASKED; left > 0; left--) {
      const acts = this.#acts;
      const answer = await this.#ask(window);
      if (turn !== this.#turn || acts === this.#acts) return answer;
    }
    return null;
  }

  #leave(index: number, stays: boolean): void {
    const at = this.#gone.indexOf(index);
    if (stays && at >= 0) this.#gone.splice(at, 1);
    if (!stays && at < 0) this.#gone.push(index);
  }

  #replace(answer: ReviewRows, key: string | null): void {
    this.#gone = [];
    this.#replaced = true;
    const rows = new Map(answer.rows.map((row, offset) => [answer.first + offset, row]));
    const found = key === null ? -1 : answer.rows.findIndex((row) => row.key === key);
    const first = answer.rows.findIndex(isOpen);
    const cursor = answer.first + Math.max(0, found >= 0 ? found : first);
    const before = this.#state;
    const open = before.open && (before.rows.get(before.cursor)?.key ?? null) === (rows.get(cursor)?.key ?? undefined);
    this.moved = { from: before.revision === null || found < 0 ? -1 : before.cursor, to: cursor };
    this.#set({ revision: answer.revision, total: answer.total, buckets: answer.buckets, rows, cursor, open, problem: null });
  }

  async #fill(): Promise<void> {
    this.#asking = true;
    try {
      for (let window = this.#missing(); window; window = this.#missing()) {
        const turn = this.#turn;
        const answer = await this.#ask(window);
        if (turn !== this.#turn) break;
        if (answer.revision !== this.#state.revision) return void this.reload();
        const had = this.#state.rows.size;
        this.#merge(answer);
        if (this.#state.rows.size === had) break;
      }
    } catch (error) {
      this.#set({ problem: problemOf(error) });
    } finally {
      this.#asking = false;
    }
  }

  #missing(): ReviewWindow | null {
    if (!this.#wanted) return null;
    const { total, rows, query } = this.#state;
    const inside = (index: number) => Math.max(0, Math.min(total - 1, index));
    const end = inside(this.#wanted.to + NEAR);
    let near = inside(this.#wanted.from - NEAR);
    while (near <= end && rows.has(near)) near++;
    // Asked rarely and then for a screen on each side, not for one row at each key.
    if (near > end || total === 0) return null;
    const to = inside(this.#wanted.to + MARGIN);
    let first = inside(this.#wanted.from - MARGIN);
    while (rows.has(first)) first++;
    let last = to;
    while (last > first && rows.has(last)) last--;
    const count = Math.min(last - first + 1, LARGEST_WINDOW);
    return { query, anchor: { at: 'index', index: this.#there(first) }, before: 0, after: count };
  }

  #merge(answer: ReviewRows): void {
    const rows = new Map(this.#state.rows);
    let index = this.#here(answer.first);
    for (const row of answer.rows) {
      while (this.#gone.includes(index)) index++;
      rows.set(index++, row);
    }
    this.#set({ rows, buckets: answer.buckets });
  }

  /** Our place to the desk's, and back. */
  #there(index: number): number {
    return index - this.#gone.filter((gone) => gone < index).length;
  }

  #here(index: number): number {
    let here = index;
    for (const gone of this.#gone.toSorted((a, b) => a - b)) if (gone <= here) here++;
    return here;
  }

  #set(change: Partial<ListState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** Whether a person still has something to say about this row. */
export function isOpen(row: ReviewRow): boolean {
  return (row.state === 'open' && row.class !== 'settled') || row.state === 'stale';
}

/** Whether a person may say no to this row. */
export function canDecline(row: ReviewRow): boolean {
  return isOpen(row) || row.state === 'refused' || row.state === 'deleted';
}

/** Money without an invoice of Stripe's: it may pay documents that only the ledger has. */
export function isMoney(row: ReviewRow): boolean {
  return row.kind === 'payment' || row.kind === 'checkout';
}

/** Whether nothing is proposed that this money pays, and a person may know. */
export function mayChoose(row: ReviewRow): boolean {
  return isOpen(row) && row.kind === 'payment' && row.pays.length === 0 && row.class === 'unexplained';
}

/** Whether Enter would say yes to what this money is proposed to pay: kept in the book, nothing is written. */
export function canMatch(row: ReviewRow): boolean {
  return isOpen(row) && row.pays.length > 0 && row.class !== 'choose';
}

/** Whether a person said what this money pays. */
export function isMatched(row: ReviewRow): boolean {
  return row.state === 'open' && row.class === 'settled' && row.pays.length > 0;
}

/** Whether Enter would sign this row as it stands. */
export function canSign(row: ReviewRow): boolean {
  return isOpen(row) && row.no_draft === null && row.pays.length === 0 && (row.class === 'exact' || row.class === 'strong' || row.class === 'new');
}

/** What needs a person although it was signed. */
export const LOOK_AT: RowState[] = ['unknown', 'altered', 'refused', 'stale', 'deleted'];

function inBucket(row: ReviewRow, bucket: Bucket): boolean {
  switch (bucket) {
    case 'all':
      return true;
    case 'countersigned':
      return row.state === 'countersigned' || row.state === 'sending';
    case 'written':
      return row.state === 'written' || row.state === 'posted';
    case 'done':
      return row.state === 'declined' || (row.state === 'open' && row.class === 'settled');
    case 'unknown':
      return LOOK_AT.includes(row.state);
    default:
      return row.state === 'open' && row.class === bucket;
  }
}

function placeOf(query: ReviewQuery): string {
  return [query.bucket, query.month ?? '', query.search].join('\n');
}

function* anchors(...keys: (string | null)[]): Generator<Anchor> {
  for (const key of new Set(keys)) if (key) yield { at: 'row', key };
  yield START;
}
