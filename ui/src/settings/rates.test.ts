import { expect, test } from 'vitest';
import { shownRates, typedRates } from './rates';

test.each([
  [',', '6; 12,5', ['6', '12.5']],
  [',', '6, 12,5', ['6', '12.5']],
  [',', '12,6', ['12.6']],
  ['.', '12,6', ['12', '6']],
  ['.', '6; 12.5', ['6', '12.5']],
  [',', ' ', []],
])('with the decimal sign %s, “%s” is read as %j', (decimal, text, rates) => {
  expect(typedRates(text, decimal)).toEqual(rates);
  expect(typedRates(shownRates(rates, decimal), decimal)).toEqual(rates);
});
