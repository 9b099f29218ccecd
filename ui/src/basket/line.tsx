import { ChevronUp } from 'lucide-react';
import type { Basket, WriteProgress } from '../host/commands';
import { useFormats } from '../format/formats';
import { Money } from '../look/marks';
import { fill, plural, words } from '../words/words';
import { PenStroke } from './pen-stroke';
import styles from './line.module.css';

interface Props {
  basket: Basket | undefined;
  progress: WriteProgress | null;
  onOpen: () => void;
}

/** The basket closed: four facts at the end of the bottom line. */
export function BasketLine({ basket, progress, onOpen }: Props) {
  const formats = useFormats();
  if (progress?.running) {
    return (
      <button type="button" className={styles.basket} onClick={onOpen} aria-label={words.basket.open} data-testid="basket">
        <b>{fill(words.basket.writing, { done: formats.count(progress.confirmed), total: formats.count(progress.total) })}</b>
        <ChevronUp size={15} aria-hidden="true" />
      </button>
    );
  }
  if (!basket || basket.rows === 0) {
    return (
      <button type="button" className={styles.empty} onClick={onOpen} data-testid="basket">
        {words.basket.empty}
      </button>
    );
  }
  const [own, ...others] = basket.sums;
  return (
    <button type="button" className={styles.basket} onClick={onOpen} title={words.basket.open} data-testid="basket">
      <PenStroke />
      <span>
        <b>{formats.count(basket.rows)}</b> {words.basket.countersigned}
      </span>
      <i>·</i>
      <span>{plural(words.basket.drafts, basket.drafts, formats.count(basket.drafts))}</span>
      {own && (
        <>
          <i>·</i>
          <span>
            <Money of={own} plus /> {others.length > 0 && <span className={styles.more}>{fill(words.basket.more, { count: formats.count(others.length) })}</span>}
          </span>
        </>
      )}
      <i>·</i>
      <span>{plural(words.basket.conflicts, basket.conflicts, formats.count(basket.conflicts))}</span>
      <ChevronUp size={15} aria-hidden="true" />
    </button>
  );
}
