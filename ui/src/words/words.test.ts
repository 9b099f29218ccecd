import { describe, expect, it } from 'vitest';
import { formats } from '../format/formats';
import weights from '../../../src-tauri/crates/matching/weights.json?raw';
import contract from '../host/commands.ts?raw';
import { problem } from '../host/host';
import type { Code } from '../host/commands';
import { clausesOf, noDraftWords, plural, problemWords, sentence, words } from './words';

const members = (type: string) => [...(new RegExp(`export type ${type} = ([^;]*);`).exec(contract)?.[1] ?? '').matchAll(/"(\w+)"/g)].map((match) => match[1] ?? '');
const da = formats('da-DK');

describe('the catalogue', () => {
  it('has words and a next step for every code of the desk, and for no other', () => {
    const codes = members('Code');
    expect(codes.length).toBeGreaterThan(40);
    expect(Object.keys(words.problems).sort()).toEqual(codes.sort());
    for (const [said, next] of Object.values(words.problems)) {
      expect(said).toMatch(/[.)]$/);
      expect(next.length).toBeGreaterThan(3);
    }
  });

  it('has words for every resource, bucket, verdict and state', () => {
    expect(Object.keys(words.resources).sort()).toEqual(members('Resource').sort());
    for (const bucket of members('Bucket')) expect(words.buckets).toHaveProperty(bucket);
    for (const verdict of members('Verdict')) expect(words.verdicts).toHaveProperty(verdict);
    for (const state of members('RowState')) expect(words.spoken.states).toHaveProperty(state);
    for (const kind of members('Class')) expect(words.spoken.class).toHaveProperty(kind);
  });

  it('has words for all evidence that a book may learn of', () => {
    const named = [...weights.matchAll(/"((?:customer|document|payment)\.[^"]+)":/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(150);
    expect(named.filter((name) => !words.learned.evidence[name])).toEqual([]);
  });

  it('fills a problem with its values', () => {
    const said = problemWords({ ...problem('not_connected' as Code), params: { side: 'stripe' } });
    expect(said.said).toBe('Stripe is not connected. Nothing was fetched.');
    expect(problemWords({ ...problem('not_signable'), params: { what: 'NK-1', why: 'nothing_to_sign' } }).said).toContain('there is nothing to sign');
  });

  it('writes values of a sentence as the locale does', () => {
    expect(sentence({ code: 'other_amount', params: { left: '1236.30 EUR', right: '1240.00 EUR' } }, da, { ledger: 'Business Central' })).toContain('Stripe says 1.236,30 EUR, Business Central says 1.240,00 EUR');
    expect(sentence({ code: 'no_draft_before_start', params: { date: '2026-01-02' } }, da)).toBe('Dated 02.01.2026, before this book starts');
  });

  it('says how late and how much less as the command line does', () => {
    const said = clausesOf([{ code: 'daysLater', params: { days: '5' } }, { code: 'daysEarlier', params: { days: '1' } }, { code: 'convertedLess', params: { percent: '1.5', expected: '1240.00 EUR' } }], da);
    expect(said).toBe('5 days after its date; a day before its date; 1,5 % less than the 1.240,00 EUR that are open at that day’s rate');
  });

  it('counts documents, but never reads a document number as a count', () => {
    expect(sentence({ code: 'carries_the_number', params: { number: '103078', count: '3112' } }, da, { ledger: 'BC' })).toBe('BC’s 103078 carries this Stripe number. Of 3.112 looked at, no other does.');
  });

  it('never hides a code it does not know', () => {
    expect(sentence({ code: 'brand_new', params: { number: 'NK-1' } }, da)).toBe('brand_new NK-1');
    expect(noDraftWords({ code: 'brand_new', params: { words: 'the very words' } }, da)).toBe('the very words');
  });

  it('counts one and many', () => {
    expect(plural(words.top.rows, 1, '1')).toBe('1 row');
    expect(plural(words.top.rows, 2, '2')).toBe('2 rows');
    const searched = (count: string) => sentence({ code: 'not_in_the_ledger', params: { number: 'NK-1', count } }, da, { ledger: 'BC' });
    expect(searched('1')).toContain('1 document looked at');
    expect(searched('3112')).toContain('3.112 documents looked at');
  });

  it('has a form for one wherever something is counted', () => {
    const alone = (value: unknown): string[] => {
      if (typeof value === 'string') return [value];
      if (typeof value !== 'object' || value === null || 'other' in value) return [];
      return Object.values(value).flatMap(alone);
    };
    expect(alone(words).filter((text) => /\{(count|looked_at)\} [a-z]+s\b/.test(text))).toEqual([]);
  });
});
