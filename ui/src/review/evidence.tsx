import type { Chip, Verdict } from '../host/commands';
import { MINUS, written } from '../format/amount';
import { useFormats, type Formats } from '../format/formats';
import { fill, plural, words } from '../words/words';
import styles from './evidence.module.css';

/** Filled, half, hollow, crossed: drawn in ink, never only a colour. */
export function Shape({ verdict, size = 10 }: { verdict: Verdict; size?: number }) {
  return (
    <svg className={styles[verdict]} width={size} height={size} viewBox="0 0 10 10" aria-hidden="true">
      {verdict === 'equal' && <circle cx="5" cy="5" r="4" fill="currentColor" />}
      {verdict === 'near' && (
        <>
          <circle cx="5" cy="5" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.2" />
          <path d="M5 1.6A3.4 3.4 0 0 0 5 8.4Z" fill="currentColor" />
        </>
      )}
      {verdict === 'missing' && <circle cx="5" cy="5" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.2" />}
      {verdict === 'contradicts' && <path d="M2 2L8 8M8 2L2 8" stroke="currentColor" strokeWidth="1.8" />}
    </svg>
  );
}

/** The five facts of a row, one column each. Their words are in the row's sentence; the currencies stand beside the amounts. */
export function Evidence({ chips }: { chips: Chip[] }) {
  const formats = useFormats();
  return (
    <>
      {chips.map((chip) => (
        <span key={chip.what} className={`${styles.chip} ${styles[chip.what]}`} aria-hidden="true">
          <Shape verdict={chip.verdict} />
          {chip.verdict !== 'equal' && chip.what !== 'currency' && <span className={chip.verdict === 'contradicts' ? styles.against : styles.word}>{chipWord(chip, formats)}</span>}
        </span>
      ))}
    </>
  );
}

/** What a chip adds to its shape: `none`, `text`, `near`, `−3,70`, `+4 d`. */
export function chipWord({ word }: Chip, formats: Formats): string {
  switch (word.word) {
    case 'nothing':
      return '';
    case 'days':
      return fill(words.chips.days, { days: signed(word.days) });
    case 'difference':
    case 'over':
      return written(word.amount.amount, formats.separators, true);
    case 'sum':
      return fill(words.chips.sum, { count: formats.count(word.count) });
    case 'rule':
      return fill(words.chips.rule, { number: word.number });
    default:
      return words.chips[word.word];
  }
}

/** The same in the explanation: `equal`, `near, 4 days later`. */
export function factWord({ what, verdict, word }: Chip, formats: Formats, currency?: string): string {
  const unit = currency ? words.minorUnits[currency] : undefined;
  if (what === 'amount' && verdict === 'equal' && unit) return fill(words.factWords.equalAmount, { unit });
  const lead = words.verdicts[verdict];
  const more = detail(word, formats);
  return more && more !== lead ? `${lead}, ${more}` : lead;
}

function detail(word: Chip['word'], formats: Formats): string {
  switch (word.word) {
    case 'days':
      return plural(word.days < 0 ? words.factWords.daysEarlier : words.factWords.daysLater, Math.abs(word.days), formats.count(Math.abs(word.days)));
    case 'difference':
      return fill(words.factWords.difference, { amount: written(word.amount.amount, formats.separators, true) });
    case 'over':
      return fill(words.factWords.over, { amount: written(word.amount.amount, formats.separators) });
    case 'sum':
      return fill(words.factWords.sum, { count: formats.count(word.count) });
    case 'rule':
      return fill(words.factWords.rule, { number: word.number });
    default:
      return words.factWords[word.word];
  }
}

function signed(days: number): string {
  return days < 0 ? `${MINUS}${-days}` : `+${days}`;
}
