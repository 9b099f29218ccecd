import { expect, it } from 'vitest';
import { suggested } from './initials';

it('suggests first and last letter, as people sign', () => {
  expect(suggested('Mette Kjærgård')).toBe('MK');
  expect(suggested('  åse  von der  Østergaard ')).toBe('ÅØ');
  expect(suggested('Plato')).toBe('P');
  expect(suggested('李 明')).toBe('李明');
  expect(suggested('')).toBe('');
});
