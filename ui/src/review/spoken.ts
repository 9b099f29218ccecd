import type { Chip, ReviewRow } from '../host/commands';
import { withCode } from '../format/amount';
import type { Formats } from '../format/formats';
import { fill, plural, words } from '../words/words';
import { factWord } from './evidence';

/** The pair, its evidence and its state as one sentence, for those who hear the page. */
export function spoken(row: ReviewRow, ledger: string, formats: Formats): string {
  const { left } = row;
  return fill(words.spoken.pair, {
    date: formats.full(left.date),
    number: [words.review.kinds[row.kind], left.number].filter(Boolean).join(' '),
    name: left.name,
    amount: withCode(left.amount, formats.separators),
    right: right(row, ledger, formats),
    evidence: row.evidence.map((chip) => fact(chip, formats)).join(''),
    state: fill(words.spoken.states[row.state], { class: words.spoken.class[row.class], initials: row.initials ?? '' }),
  });
}

function right(row: ReviewRow, ledger: string, formats: Formats): string {
  const cell = row.right;
  const values = { ledger, number: cell?.number ?? '', name: cell?.name ?? row.left.name, amount: withCode((cell ?? row.left).amount, formats.separators) };
  switch (row.right_kind) {
    case 'document':
      return fill(words.spoken.right, values);
    case 'draft':
      return fill(words.spoken.draft, values);
    case 'several':
      if (row.pays.length > 1) return fill(words.spoken.pays, { ledger, numbers: row.pays.map((paid) => paid.number).join(', ') });
      return plural(words.spoken.several, row.choices, formats.count(row.choices));
    case 'nothing':
      return fill(words.spoken.nothing, { looked_at: formats.count(row.looked_at) });
  }
}

function fact(chip: Chip, formats: Formats): string {
  return `${words.facts[chip.what]} ${factWord(chip, formats)}. `;
}
