import { Ban, CornerUpLeft, HandCoins, RotateCcw, ShoppingBag, type LucideIcon } from 'lucide-react';
import type { RowKind } from '../host/commands';
import { words } from '../words/words';
import styles from './kind.module.css';

const MARKS: Partial<Record<RowKind, LucideIcon>> = { void: Ban, credit_note: CornerUpLeft, refund: RotateCcw, checkout: ShoppingBag, payment: HandCoins };

/** What of Stripe's a row is about, where it is not an invoice: a mark and a word before the name. */
export function Kind({ of }: { of: RowKind }) {
  const Mark = MARKS[of];
  if (!Mark) return null;
  return (
    <span className={styles.kind} title={words.review.kinds[of]}>
      <Mark size={11} aria-hidden="true" />
      <span>{words.review.kinds[of]}</span>
    </span>
  );
}
