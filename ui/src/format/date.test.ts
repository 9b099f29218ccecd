import { describe, expect, it } from 'vitest';
import { dates, monthName } from './date';

describe('dates', () => {
  it('follow the locale and never the time zone', () => {
    expect(dates('da-DK').short('2026-11-09')).toBe('09.11');
    expect(dates('da-DK').full('2026-11-09')).toBe('09.11.2026');
    expect(dates('en-US').short('2026-11-09')).toBe('11/09');
  });

  it('show what is no date as it is', () => {
    expect(dates('da-DK').full('soon')).toBe('soon');
  });

  it('name months in the language of the words', () => {
    expect(monthName('2026-11', 'en')).toBe('November 2026');
  });
});
