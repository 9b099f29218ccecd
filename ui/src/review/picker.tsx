import { useEffect, useRef, useState } from 'react';
import type { Candidate, Candidates, ReviewRow } from '../host/commands';
import { minus } from '../format/amount';
import { useFormats } from '../format/formats';
import { useCommands, useHints } from '../frame/keys';
import { useAsk } from '../host/ask';
import { problemOf } from '../host/host';
import { Trouble } from '../look/trouble';
import { Button, Currency, Figures, Money } from '../look/marks';
import { fill, sentence, words } from '../words/words';
import styles from './picker.module.css';

const HINTS = [
  { keys: 'Space', word: words.picker.tick },
  { keys: '↵', word: words.picker.choose },
  { keys: 'Esc', word: words.keys.back },
];

interface Props {
  row: ReviewRow;
  onChoose: (document: string) => void;
  onClose: () => void;
  onHeight: (height: number) => void;
}

/** The ledger documents a row could be, side by side; nothing is chosen before a person does. */
export function Picker({ row, onChoose, onClose, onHeight }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { data, error } = useAsk('candidates', { key: row.key });
  const [at, setAt] = useState(0);
  const [ticked, setTicked] = useState<string | null>(null);
  const [closed, setClosed] = useState(false);
  const all = data?.rows ?? [];
  const paid = all.filter((candidate) => candidate.closed).length;
  const candidates = closed ? all : all.filter((candidate) => !candidate.closed);
  const here = candidates[at];
  const chosen = candidates.find((candidate) => candidate.id === ticked);
  const move = (by: number) => setAt((index) => Math.max(0, Math.min(candidates.length - 1, index + by)));
  const tick = (id: string | undefined) => setTicked((before) => (id === undefined || before === id ? null : id));

  useHints('inside', HINTS);
  useCommands('inside', [
    { id: 'next', group: 'review', name: words.keys.next, keys: ['j', 'ArrowDown'], run: () => move(1), keyOnly: true },
    { id: 'previous', group: 'review', name: words.keys.previous, keys: ['k', 'ArrowUp'], run: () => move(-1), keyOnly: true },
    { id: 'why', group: 'review', name: words.keys.choose, keys: ['Space'], run: () => tick(here?.id), keyOnly: true },
    { id: 'countersign', group: 'review', name: words.picker.choose, keys: ['Enter'], run: () => (chosen ? onChoose(chosen.id) : tick(here?.id)) },
    { id: 'back', group: 'review', name: words.keys.back, keys: ['Escape'], run: onClose, keyOnly: true },
  ]);

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const seen = new ResizeObserver(() => onHeight(element.offsetHeight));
    seen.observe(element);
    return () => seen.disconnect();
  }, [onHeight]);

  return (
    <div ref={box} role="row" className={styles.box}>
      <div role="gridcell" aria-colspan={11}>
        <div className={styles.pages}>
          <Payment row={row} text={data?.text ?? ''} />
          <div className={styles.right}>
            <div className={styles.filters}>
              <span>
                <span className={styles.pill}>{fill(words.picker.likely, { count: all.length - paid })}</span>{' '}
                {paid > 0 && (
                  <button type="button" className={styles.closed} aria-pressed={closed} title={words.picker.closedNote} onClick={() => (setClosed(!closed), setAt(0), setTicked(null))}>
                    {fill(words.picker.closed, { count: paid })}
                  </button>
                )}
              </span>
              <span className={styles.legend}>{words.picker.differs}</span>
            </div>
            <Head />
            {error && <Trouble problem={problemOf(error)} />}
            {!data && !error && <p className={styles.reading}>{words.picker.reading}</p>}
            {data && candidates.length === 0 && <p className={styles.reading}>{words.picker.none}</p>}
            {candidates.map((candidate, index) => (
              <Line key={candidate.id} candidate={candidate} focused={index === at} ticked={candidate.id === ticked} onTick={() => (setAt(index), tick(candidate.id))} />
            ))}
          </div>
        </div>
        {data && <Bar of={data} chosen={chosen} onChoose={onChoose} />}
      </div>
    </div>
  );
}

function Payment({ row, text }: { row: ReviewRow; text: string }) {
  const formats = useFormats();
  return (
    <div className={styles.left}>
      <h3>
        {words.picker.paymentOf} <Money of={row.left.amount} />
      </h3>
      <dl>
        <dt>{words.picker.number}</dt>
        <dd className={styles.mono}>{row.left.number}</dd>
        <dt>{words.picker.payer}</dt>
        <dd>{row.left.name}</dd>
        <dt>{words.picker.date}</dt>
        <dd>{formats.full(row.left.date)}</dd>
        {text && <dt>{words.picker.text}</dt>}
        {text && <dd>{text}</dd>}
      </dl>
    </div>
  );
}

function Head() {
  return (
    <div className={styles.head} aria-hidden="true">
      <span />
      <span>{words.picker.number}</span>
      <span>{words.picker.date}</span>
      <span>{words.picker.due}</span>
      <span>{words.picker.customer}</span>
      <span className={styles.end}>{words.picker.open}</span>
      <span />
      <span className={styles.end}>{words.picker.remains}</span>
      <span>{words.picker.why}</span>
    </div>
  );
}

interface LineProps {
  candidate: Candidate;
  focused: boolean;
  ticked: boolean;
  onTick: () => void;
}

function Line({ candidate, focused, ticked, onTick }: LineProps) {
  const formats = useFormats();
  const differs = (field: string) => (candidate.differs.includes(field) ? styles.differs : undefined);
  return (
    <div className={styles.line} data-focused={focused || undefined} data-ticked={ticked || undefined} onClick={onTick}>
      <input type="checkbox" className={styles.tick} checked={ticked} readOnly tabIndex={-1} aria-label={candidate.number} />
      <span className={styles.mono}>{candidate.number}</span>
      <span className={differs('date')}>{formats.short(candidate.date)}</span>
      <span className={differs('due')}>{candidate.due ? formats.short(candidate.due) : ''}</span>
      <span className={`${styles.customer} ${differs('customer') ?? ''}`} title={candidate.customer}>
        {candidate.customer}
      </span>
      <span className={`${styles.end} ${ticked ? styles.differs : (differs('open') ?? '')}`}>
        <Figures of={candidate.open} />
      </span>
      <Currency>{candidate.open.currency}</Currency>
      <span className={styles.end}>
        <Figures of={candidate.remains} />
      </span>
      <span className={styles.why}>{sentence(candidate.why, formats)}</span>
    </div>
  );
}

function Bar({ of, chosen, onChoose }: { of: Candidates; chosen: Candidate | undefined; onChoose: (document: string) => void }) {
  const formats = useFormats();
  const target = of.left.amount;
  const selected = chosen?.open ?? { amount: minus(target.amount, target.amount), currency: target.currency };
  const left = chosen && chosen.open.currency !== target.currency ? null : minus(target.amount, selected.amount);
  const zero = left !== null && chosen !== undefined && /^-?[0.]*$/.test(left);
  return (
    <div className={`${styles.bar} ${zero ? styles.zero : ''}`}>
      <span>
        {words.bar.selected} <b>{formats.count(chosen ? 1 : 0)}</b>
      </span>
      <span className={styles.sum}>
        <Money of={selected} /> {words.bar.of} <Money of={target} />
      </span>
      {left !== null && (
        <span className={styles.sum}>
          {words.bar.left} <Money of={{ amount: left, currency: target.currency }} />
        </span>
      )}
      <span className={styles.push} />
      <Button face={zero ? 'plain' : 'solid'} tall keys="↵" disabled={!chosen} onPress={() => chosen && onChoose(chosen.id)}>
        {words.picker.choose}
      </Button>
    </div>
  );
}
