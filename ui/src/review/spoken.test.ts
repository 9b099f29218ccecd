import { expect, it } from 'vitest';
import { formats } from '../format/formats';
import { SHOWN } from '../host/fixture/company';
import type { ReviewRow } from '../host/commands';
import { spoken } from './spoken';

const da = formats('da-DK');
const sentence = (number: string) => spoken(SHOWN.find((row) => row.left.number === number) as ReviewRow, 'Business Central', da);

it('says the pair, its evidence and its state in one sentence', () => {
  expect(sentence('NK-0428')).toBe(
    '13.11.2026, NK-0428, Brødrene Tangkær Møbelsnedkeri ApS, 12.480,00 DKK. Business Central: SF-20417, Brdr. Tangkær Møbelsnedkeri, 12.480,00 DKK. Reference equal. Amount equal. Party near. Date near, 4 days later. Currency equal. Open, strong.',
  );
});

it('says who signed, what would be made, and what was not found', () => {
  expect(sentence('NK-0431')).toMatch(/Written, signed by MK\.$/);
  expect(sentence('NK-0424')).toContain('A draft for Hanami Teahouse K.K., 148.000 JPY, would be made in Business Central.');
  expect(sentence('pi_3QvTm')).toContain('Nothing found that explains this among 3.112.');
});
