import { expect, test } from 'vitest';
import { shortNumber } from './kind';

test.each([
  ['NK-1105', 'NK-1105'],
  ['NK-1105-CN-01', '…1105-CN-01'],
  ['A1B2C3D4-0007', '…2C3D4-0007'],
  ['pi_3MtwBwLkdIwHu7ix28a3tqPa', 'pi_…8a3tqPa'],
])('%s is shown as %s', (number, shown) => {
  expect(shortNumber(number)).toBe(shown);
});
