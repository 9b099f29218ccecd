import { describe, expect, it } from 'vitest';
import { fullHeight, indexAt, reveal, topOf, visible } from './scroll';

const flat = { row: 32, total: 100_000, open: -1, extra: 0 };
const opened = { ...flat, open: 10, extra: 194 };

describe('places in the list', () => {
  it('are arithmetic, with one taller row', () => {
    expect(topOf(10, opened)).toBe(320);
    expect(topOf(11, opened)).toBe(352 + 194);
    expect(fullHeight(opened)).toBe(100_000 * 32 + 194);
  });

  it('go back and forth for every row', () => {
    for (const by of [flat, opened]) {
      for (const index of [0, 1, 9, 10, 11, 12, 500, 99_999]) {
        expect(indexAt(topOf(index, by), by)).toBe(index);
        expect(indexAt(topOf(index, by) + 31, by)).toBe(index);
      }
    }
    expect(indexAt(topOf(10, opened) + 200, opened)).toBe(10);
  });

  it('stay inside the list', () => {
    expect(visible(0, 640, { ...flat, total: 3 })).toEqual({ from: 0, to: 2 });
    expect(visible(1e9, 640, flat).to).toBe(99_999);
  });

  it('move the page no further than the row needs', () => {
    expect(reveal(5, 0, 640, flat)).toBe(0);
    expect(reveal(30, 0, 640, flat)).toBe(31 * 32 + 4 - 640);
    expect(reveal(2, 500, 640, flat)).toBe(60);
  });
});
