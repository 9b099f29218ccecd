import { expect, test } from 'vitest';
import { shortId, shortNumber } from './number';

test.each([
  ['NK-1105', 'NK-1105'],
  ['NK-1105-CN-01', '…05-CN-01'],
  ['A1B2C3D4-0007', '…3D4-0007'],
  ['pi_3MtwBwLkdIwHu7ix28a3tqPa', 'pi_…3tqPa'],
])('%s is shown as %s', (number, shown) => {
  expect(shortNumber(number)).toBe(shown);
});

test('in a sentence only ids are shortened', () => {
  expect(['pi_3MtwBwLkdIwHu7ix28a3tqPa', 'A1B2C3D4-0007', 'pi_1 and more'].map(shortId)).toEqual(['pi_…3tqPa', 'A1B2C3D4-0007', 'pi_1 and more']);
});
