import { expect, test } from 'vitest';
import { facts, valueOf } from './body';

test('what an entry holds is shown value by value, and no figure goes through a number', () => {
  const body = '{"amount":{"amount":"90071992547409.93","currency":"DKK"},"made_by":{"settings":4},"rows":9007199254740993,"said":"12 \\"3\\"","drafts":["a","b"],"none":null,"same":true}';
  expect(facts(body)).toEqual([
    { path: ['amount'], text: '90071992547409.93 DKK' },
    { path: ['made_by', 'settings'], text: '4' },
    { path: ['rows'], text: '9007199254740993' },
    { path: ['said'], text: '12 "3"' },
    { path: ['drafts', '1'], text: 'a' },
    { path: ['drafts', '2'], text: 'b' },
    { path: ['same'], text: 'true' },
  ]);
  expect(valueOf(body, 'settings')).toBe('4');
  expect(facts('not json')).toEqual([]);
});
