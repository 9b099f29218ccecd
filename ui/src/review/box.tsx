import { ArrowRight, ChevronDown, Clock3 } from 'lucide-react';
import type { ReviewRow } from '../host/commands';
import { isOpen, mayChoose } from './list';
import { mendOf } from './mend';
import styles from './box.module.css';

interface Props {
  row: ReviewRow;
  focused: boolean;
  /** Of the person at the keyboard: shown as a ghost where a click would sign. */
  initials: string;
}

/** The box to sign, at the right end of the gutter. */
export function Box({ row, focused, initials }: Props) {
  if (row.state === 'sending') return <Clock3 className={styles.clock} size={14} aria-hidden="true" />;
  if (row.state === 'unknown' || row.state === 'altered' || row.state === 'deleted') return <span className={styles.unknown}>?</span>;
  if (row.state === 'refused') return <span className={styles.refused}>!</span>;
  if (row.state === 'declined') return <span className={styles.declined} />;
  // Also what was signed and is no longer wanted: there is nothing to sign any more.
  if ((row.state === 'open' || row.state === 'stale') && row.class === 'settled') return <span className={styles.settled} />;
  if (!isOpen(row)) return <span className={styles.signed}>{row.initials}</span>;
  return <span className={`${styles[kind(row)]} ${focused ? styles.focused : ''}`}>{face(row, focused, initials)}</span>;
}

function kind(row: ReviewRow): string {
  if (row.class === 'choose') return 'choose';
  if (row.class === 'unexplained') return 'create';
  if (row.class === 'new') return 'fresh';
  return row.class === 'exact' && row.state === 'open' ? 'exact' : 'strong';
}

function face(row: ReviewRow, focused: boolean, initials: string) {
  if (row.class === 'choose') {
    return (
      <>
        {row.choices} <ChevronDown size={12} strokeWidth={2.6} />
      </>
    );
  }
  // It leads to where something can be done about it, or opens what is known.
  if (row.class === 'unexplained') return mendOf(row) && !mayChoose(row) ? <ArrowRight size={13} /> : <ChevronDown size={13} />;
  if (focused) return '↵';
  return <span className={styles.ghost}>{initials}</span>;
}
