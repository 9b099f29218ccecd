import { expect, test } from 'vitest';
import { alike } from './alike';

test.each([
  ['Brødrene Tangkær A/S', 'Brdr. Tangkær ApS', true],
  ['Strandvejen 12, 2. tv', 'Strandvejen 12', true],
  ['Ærø Keramik ApS', 'Prairie Table Co.', false],
  ['Havnegade 4', 'Main Street 4', false],
  ['mette@north.example', 'mette@south.example', true],
  ['mette@north.example', 'jens@north.example', false],
])('%s and %s', (a, b, near) => {
  expect(alike(a, b)).toBe(near);
});
