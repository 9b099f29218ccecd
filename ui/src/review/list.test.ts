import { beforeEach, describe, expect, it } from 'vitest';
import type { ReviewRow, ReviewRows, ReviewWindow } from '../host/commands';
import { row } from '../host/fixture/company';
import { ReviewList } from './list';

/** A desk of a few lines: rows in order, a bucket, a revision. */
class Desk {
  revision = 1;
  asked: ReviewWindow[] = [];
  rows: ReviewRow[] = Array.from({ length: 1000 }, (_, index) => row({ date: '2026-11-01', number: `N-${String(index).padStart(4, '0')}`, name: 'A', amount: '1.00', class: index % 2 ? 'strong' : 'exact' }));

  ask = async (window: ReviewWindow): Promise<ReviewRows> => {
    this.asked.push(window);
    const { bucket } = window.query;
    const rows = this.rows.filter((one) => bucket === 'all' || (one.state === 'open' && one.class === bucket));
    const { anchor } = window;
    const at = anchor.at === 'index' ? anchor.index : anchor.at === 'row' ? rows.findIndex((one) => one.key === anchor.key) : 0;
    const first = Math.max(0, at - window.before);
    return { revision: this.revision, total: rows.length, first, rows: structuredClone(at < 0 ? [] : rows.slice(first, at + window.after)), buckets: [] };
  };

  sign(key: string) {
    const found = this.rows.find((one) => one.key === key);
    if (found) found.state = 'countersigned';
    this.revision++;
  }
}

let desk: Desk;
let list: ReviewList;
const settle = () => new Promise((done) => setTimeout(done, 0));
const numberAt = (index: number) => list.state.rows.get(index)?.left.number;

beforeEach(async () => {
  desk = new Desk();
  list = new ReviewList(desk.ask, { bucket: 'all', month: null, search: '' });
  await list.reload();
});

describe('the list', () => {
  it('asks only for what is looked at', async () => {
    list.look(600, 620);
    await settle();
    expect(numberAt(610)).toBe('N-0610');
    expect(numberAt(400)).toBeUndefined();
    expect(desk.asked).toHaveLength(2);
  });

  it('keeps the row at the cursor when rows come in above it', async () => {
    list.look(0, 40);
    list.move(30);
    desk.rows.unshift(row({ date: '2026-11-02', number: 'N-NEW', name: 'B', amount: '2.00' }));
    desk.revision++;
    await list.reload();
    expect(list.state.cursor).toBe(31);
    expect(list.row?.left.number).toBe('N-0030');
    expect(list.moved).toEqual({ from: 30, to: 31 });
  });

  it('comes back to its place in a bucket', async () => {
    list.move(20);
    await list.query({ bucket: 'strong' });
    list.move(40);
    const there = list.row?.key;
    await list.query({ bucket: 'exact' });
    await list.query({ bucket: 'strong' });
    expect(list.row?.key).toBe(there);
  });

  it('never shows a signed row as it was asked for before it was signed', async () => {
    for (const late of [true, false]) {
      const key = list.row?.key ?? '';
      const asked = list.query({ bucket: 'exact' });
      if (late) await settle();
      list.patch([key], { state: 'countersigned' });
      await asked;
      desk.sign(key);
      await list.settled({ revision: desk.revision, done: 1, not_done: [] });
      await settle();
      expect([...list.state.rows.values()].some((one) => one.key === key && one.state === 'open')).toBe(false);
      await list.query({ bucket: 'all' });
      list.move(list.state.cursor + 2);
    }
  });

  it('lets a signed row stay where it is, and still finds the right rows far below', async () => {
    await list.query({ bucket: 'exact' });
    for (const index of [0, 1, 2]) {
      const key = list.state.rows.get(index)?.key ?? '';
      list.patch([key], { state: 'countersigned' });
      desk.sign(key);
      await list.settled({ revision: desk.revision, done: 1, not_done: [] });
    }
    expect(numberAt(0)).toBe('N-0000');
    expect(numberAt(3)).toBe('N-0006');
    list.look(300, 320);
    await settle();
    expect(numberAt(310)).toBe('N-0620');
  });

  it('goes on to the next open row', () => {
    list.patch(['stripe:N-0001', 'stripe:N-0002'], { state: 'countersigned' });
    list.next();
    expect(list.row?.left.number).toBe('N-0003');
  });

  it('takes a patch back when the desk says no', async () => {
    list.patch(['stripe:N-0000'], { state: 'countersigned' });
    await list.settled({ revision: desk.revision, done: 0, not_done: [{ key: 'stripe:N-0000', problem: { code: 'changed', params: {}, retry_after_ms: null, incident: null } }] });
    expect(list.state.rows.get(0)?.state).toBe('open');
  });
});
