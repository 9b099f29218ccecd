import { memo, type ReactNode } from 'react';
import type { Cell, ReviewRow } from '../host/commands';
import { useFormats, type Formats } from '../format/formats';
import { shortNumber } from '../format/number';
import { Currency, Figures } from '../look/marks';
import { fill, noDraftWords, plural, words } from '../words/words';
import { fieldName, value } from '../drafts/changes';
import { Box } from './box';
import { Evidence } from './evidence';
import { Kind } from './kind';
import { isOpen } from './list';
import { spoken } from './spoken';
import styles from './row.module.css';

interface Props {
  row: ReviewRow | undefined;
  index: number;
  top: number;
  height: number;
  focused: boolean;
  initials: string;
  ledger: string;
  onPoint: (index: number, box: boolean) => void;
  children?: ReactNode;
}

/** One line of the open ledger: Stripe's page, the gutter, the ledger's page. */
export const Row = memo(function Row({ row, index, top, height, focused, initials, ledger, onPoint, children }: Props) {
  const formats = useFormats();
  return (
    <div className={styles.place} style={{ top, height }} data-focused={focused || undefined} data-index={index} role="presentation">
      {focused && <div className={styles.outline} />}
      <div
        id={`row-${index}`}
        role="row"
        aria-rowindex={index + 2}
        aria-selected={focused}
        aria-label={row ? spoken(row, ledger, formats) : words.review.loading}
        className={`${styles.row} ${row ? (styles[tone(row)] ?? '') : ''}`}
        data-row={row?.key ?? ''}
        data-state={row?.state}
        data-class={row?.class}
        onClick={(event) => onPoint(index, event.target instanceof Element && event.target.closest('[data-box]') !== null)}
      >
        {row && <Cells row={row} focused={focused} initials={initials} ledger={ledger} formats={formats} />}
      </div>
      {children}
    </div>
  );
});

interface CellsProps {
  row: ReviewRow;
  focused: boolean;
  initials: string;
  ledger: string;
  formats: Formats;
}

function Cells({ row, focused, initials, ledger, formats }: CellsProps) {
  const message = rightMessage(row, ledger, formats);
  return (
    <>
      <span role="gridcell" className={styles.date}>
        {formats.short(row.left.date)}
      </span>
      <Left row={row} />
      <span role="gridcell" className={styles.gutter}>
        {gutterMessage(row, formats) ?? <Evidence chips={row.evidence} />}
        <span className={styles.box} data-box>
          <Box row={row} focused={focused} initials={initials} />
        </span>
      </span>
      {message ?? <Right row={row} formats={formats} />}
      <span role="gridcell" className={styles.found}>
        {foundBy(row, formats)}
      </span>
    </>
  );
}

function Left({ row }: { row: ReviewRow }) {
  const { left } = row;
  return (
    <>
      <span role="gridcell" className={styles.number} title={left.number}>
        {shortNumber(left.number)}
      </span>
      <span role="gridcell" className={styles.name} title={left.name}>
        <Kind of={row.kind} />
        {left.name}
      </span>
      <Sum cell={left} />
    </>
  );
}

function Sum({ cell }: { cell: Cell }) {
  return (
    <>
      <span role="gridcell" className={styles.amount}>
        <Figures of={cell.amount} />
      </span>
      <span role="gridcell" className={styles.code}>
        <Currency>{cell.amount.currency}</Currency>
      </span>
    </>
  );
}

function Right({ row, formats }: { row: ReviewRow; formats: Formats }) {
  const cell = row.right ?? row.left;
  const number = {
    document: shortNumber(cell.number),
    draft: shortNumber(cell.number) || words.review.draft,
    several: row.pays.length > 1 ? plural(words.review.docs, row.pays.length, formats.count(row.pays.length)) : plural(words.review.fit, row.choices, formats.count(row.choices)),
    nothing: '',
  }[row.right_kind];
  return (
    <>
      <Sum cell={cell} />
      <span role="gridcell" className={styles.number} title={cell.number}>
        {number}
      </span>
      <span role="gridcell" className={styles.name} title={cell.name}>
        {cell.name}
      </span>
    </>
  );
}

/** What stands in the gutter instead of shapes. */
function gutterMessage(row: ReviewRow, formats: Formats): ReactNode {
  const time = row.at ? formats.time(row.at) : '';
  if (row.state === 'unknown') return <span className={styles.amber}>{fill(words.states.sentNoAnswer, { time })}</span>;
  if (row.state === 'altered') return <span className={styles.amber}>{row.posted ? words.states.postedOther : row.changed?.field === 'computed' ? words.states.computedOtherwise : words.states.alteredThere}</span>;
  if (row.state === 'deleted') return <span className={styles.amber}>{words.states.deletedThere}</span>;
  if (row.state === 'refused') return <span className={styles.red}>{fill(words.states.refusedAt, { time })}</span>;
  // A figure that differs stands in its own column.
  const shown = row.evidence.some((chip) => chip.verdict === 'contradicts');
  const fact = row.changed && words.drafts.facts_changed[row.changed.field];
  if (row.state === 'stale' && row.changed && fact) return <span className={styles.message}>{fill(fact, { old: value(row.changed, row.changed.old, row.left.amount, formats) })}</span>;
  if (row.state === 'stale' && row.changed && !shown) return <span className={styles.message}>{fill(words.states.changedField, { field: fieldName(row.changed).toLowerCase() })}</span>;
  if (row.evidence.length > 0) return null;
  if (row.kind === 'refund' && row.no_draft && row.of) return <span className={styles.message}>{fill(words.review.givesBack, { number: shortNumber(row.of) })}</span>;
  const made = row.right_kind === 'draft' && (row.state === 'written' || row.state === 'posted');
  const text = made ? words.review.made : row.right_kind === 'draft' ? words.review.notInLedger : row.no_draft?.code.startsWith('paid_twice') ? words.review.noneFree : words.review.noCandidate;
  const [said = '', looked = ''] = text;
  return (
    <span className={styles.message}>
      {said}
      <span className={styles.looked}>{fill(looked, { looked_at: formats.count(row.looked_at) })}</span>
    </span>
  );
}

/** What stands on the right page instead of a document. */
function rightMessage(row: ReviewRow, ledger: string, formats: Formats): ReactNode {
  if (row.state === 'unknown') {
    return (
      <span role="gridcell" className={styles.said}>
        <b>{words.states.unknownLead}</b> {fill(words.states.unknownRest, { ledger })}
      </span>
    );
  }
  if (row.state === 'altered' && row.changed) {
    const { old, new: there } = row.changed;
    const next = row.changed.field === 'computed' ? words.states.computedNext : words.states.approvedNow;
    const said = fill(next, { field: fieldName(row.changed), old: value(row.changed, old, row.left.amount, formats), new: value(row.changed, there, row.left.amount, formats) });
    return (
      <span role="gridcell" className={styles.said} title={said}>
        {said}
      </span>
    );
  }
  if (row.state === 'deleted') {
    return (
      <span role="gridcell" className={styles.said}>
        {words.states.deletedSays}
      </span>
    );
  }
  if (row.state === 'refused' && !row.unmarked) {
    return (
      <span role="gridcell" className={styles.said} title={row.words ?? undefined}>
        {row.words ? fill(words.states.quoted, { words: row.words }) : words.states.nothingMade}
      </span>
    );
  }
  if (row.right_kind !== 'nothing' && (row.right || row.right_kind === 'draft')) return null;
  const why = row.no_draft ? noDraftWords(row.no_draft, formats) : words.review.nothingExplains;
  return (
    <span role="gridcell" className={styles.saidQuiet} title={why}>
      {why}
    </span>
  );
}

function foundBy(row: ReviewRow, formats: Formats): string {
  const time = row.at ? formats.time(row.at) : '';
  const day = row.at ? formats.shortDay(row.at) : '';
  switch (row.state) {
    case 'sending':
      return words.states.sentWaiting;
    case 'written':
    case 'posted':
    case 'altered':
    case 'deleted':
    case 'unknown':
    case 'refused':
    case 'stale':
      return fill(words.states[row.state], { time, day });
    case 'declined':
      return row.declined ? fill(words.states.declinedFor, { reason: words.states.reasons[row.declined.class] }) : words.states.declined;
    default:
      break;
  }
  const by = row.found_by;
  if (by.by === 'you_chose') return fill(words.foundBy.you_chose, { on: formats.short(by.on) });
  if (by.by === 'rule') return fill(words.foundBy.rule, { number: by.number });
  if (by.by === 'sum_of') return fill(words.foundBy.sum_of, { count: by.count });
  return words.foundBy[by.by];
}

function tone(row: ReviewRow): string {
  if (row.state === 'unknown' || row.state === 'altered' || row.state === 'deleted') return 'unknown';
  if (row.state === 'refused' || row.state === 'stale') return row.state;
  return isOpen(row) ? 'open' : 'dim';
}
