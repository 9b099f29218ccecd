import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Amount, Bucket, DeclineReason, Signable } from '../host/commands';
import { useFormats } from '../format/formats';
import { withCode } from '../format/amount';
import { useCommands } from '../frame/keys';
import { Button } from '../look/marks';
import { fill, plural, words } from '../words/words';
import styles from './strip.module.css';

/** One question, asked once, on a strip above the bottom line. */
export function Strip({ children, label }: { children: ReactNode; label: string }) {
  return (
    <div className={styles.strip} role="group" aria-label={label}>
      {children}
    </div>
  );
}

interface AllExactProps {
  signable: Signable;
  bucket: Bucket;
  onSign: () => void;
  onCancel: () => void;
}

export function AllExact({ signable, bucket, onSign, onCancel }: AllExactProps) {
  const formats = useFormats();
  const [count, yes] = [signable.rows.length, signable.yes.length];
  // Elsewhere than in a bucket of their own only exact rows are signed together.
  const what = bucket === 'strong' || bucket === 'new' ? bucket : 'exact';
  const summed = (sums: Amount[]) => ({ sums: sums.map((sum) => withCode(sum, formats.separators)).join(', ') });
  const asked = [count > 0 && plural(words.review.all[what], count, formats.count(count), summed(signable.sums)), yes > 0 && plural(words.review.allYes, yes, formats.count(yes), summed(signable.yes_sums))];
  const text = asked.filter(Boolean).join(' ') || words.review.none[what];
  const act = count === 0 ? words.review.sayYes : yes === 0 ? words.review.signAll : words.review.signAndSayYes;
  useCommands('inside', [
    { id: 'countersign', group: 'review', name: words.review.countersign, keys: ['Enter', 'Shift+Enter'], run: count + yes > 0 ? onSign : onCancel },
    { id: 'back', group: 'review', name: words.review.cancel, keys: ['Escape'], run: onCancel, keyOnly: true },
  ]);
  return (
    <Strip label={text}>
      <b>{text}</b>
      <span className={styles.push} />
      <Button face="quiet" keys="Esc" onPress={onCancel}>
        {words.review.cancel}
      </Button>
      {count + yes > 0 && (
        <Button face={what === 'exact' ? 'pen' : 'solid'} keys="↵" onPress={onSign}>
          {fill(act, { count: formats.count(count), yes: formats.count(yes) })}
        </Button>
      )}
    </Strip>
  );
}

interface ReasonProps {
  /** Documents that the row is matched with. */
  documents: number;
  onDecline: (reason: DeclineReason) => void;
  onCancel: () => void;
}

export function Reason({ documents, onDecline, onCancel }: ReasonProps) {
  const [elsewhere, setElsewhere] = useState(false);
  const [entry, setEntry] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const paired = documents > 0;
  const notThis = plural(words.review.notThisOne, documents, String(documents));
  const ask = paired ? words.review.declinePair : words.review.declineAsk;
  useEffect(() => {
    if (elsewhere) field.current?.focus();
  }, [elsewhere]);
  useCommands('inside', [
    ...(paired ? [{ id: 'reason-1', group: 'review' as const, name: notThis, keys: ['1'], run: () => onDecline({ class: 'not_this' }), keyOnly: true }] : []),
    { id: 'reason-2', group: 'review', name: words.review.bookedElsewhere, keys: ['2'], run: () => setElsewhere(true), keyOnly: true },
    { id: 'reason-3', group: 'review', name: words.review.notOurs, keys: ['3'], run: () => onDecline({ class: 'not_ours' }), keyOnly: true },
    { id: 'reason-4', group: 'review', name: words.review.later, keys: ['4'], run: () => onDecline({ class: 'later' }), keyOnly: true },
    { id: 'countersign', group: 'review', name: words.review.decline, keys: ['Enter'], run: () => undefined, keyOnly: true },
    { id: 'back', group: 'review', name: words.review.cancel, keys: ['Escape'], run: onCancel, keyOnly: true },
  ]);
  const send = () => entry.trim() && onDecline({ class: 'booked_elsewhere', entry: entry.trim() });
  return (
    <Strip label={ask}>
      <b>{ask}</b>
      {elsewhere ? (
        <form
          className={styles.entry}
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
          onKeyDown={(event) => event.key === 'Escape' && onCancel()}
        >
          <label htmlFor="entry">{words.review.entryNeeded}</label>
          <input id="entry" ref={field} value={entry} onChange={(event) => setEntry(event.target.value)} autoComplete="off" />
          <Button face="solid" keys="↵" disabled={!entry.trim()}>
            {words.review.decline}
          </Button>
        </form>
      ) : (
        <>
          {paired && (
            <Button keys="1" onPress={() => onDecline({ class: 'not_this' })}>
              {notThis}
            </Button>
          )}
          <Button keys="2" onPress={() => setElsewhere(true)}>
            {words.review.bookedElsewhere}
          </Button>
          <Button keys="3" onPress={() => onDecline({ class: 'not_ours' })}>
            {words.review.notOurs}
          </Button>
          <Button keys="4" onPress={() => onDecline({ class: 'later' })}>
            {words.review.later}
          </Button>
        </>
      )}
      <span className={styles.push} />
      <Button face="quiet" keys="Esc" onPress={onCancel}>
        {words.review.cancel}
      </Button>
    </Strip>
  );
}

