import { useEffect, useRef, useState } from 'react';
import type { Candidate, Candidates, ReviewRow } from '../host/commands';
import { minus, sum } from '../format/amount';
import { useFormats } from '../format/formats';
import { useCommands, useHints } from '../frame/keys';
import { useAsk } from '../host/ask';
import { problemOf } from '../host/host';
import { Trouble } from '../look/trouble';
import { Button, Currency, Figures, Money } from '../look/marks';
import { fill, plural, sentence, words } from '../words/words';
import styles from './picker.module.css';

const HINTS = [
  { keys: 'Space', word: words.picker.tick },
  { keys: '↵', word: words.picker.choose },
  { keys: 'Esc', word: words.keys.back },
];

interface Props {
  row: ReviewRow;
  onChoose: (documents: string[]) => void;
  onClose: () => void;
  onHeight: (height: number) => void;
}

/** The ledger documents a row could be, side by side; nothing is chosen before a person does. */
export function Picker({ row, onChoose, onClose, onHeight }: Props) {
  const formats = useFormats();
  const box = useRef<HTMLDivElement>(null);
  const [search, setSearch] = useState<string | null>(null);
  const { data, error } = useAsk('candidates', { key: row.key, search }, { keep: true });
  const [at, setAt] = useState(0);
  // By id, so that what was ticked stays while something else is searched.
  const [ticked, setTicked] = useState<Map<string, Candidate> | null>(null);
  const [closed, setClosed] = useState(false);
  const all = data?.rows ?? [];
  const paid = all.filter((candidate) => candidate.closed).length;
  const here = closed ? all : all.filter((candidate) => !candidate.closed);
  const chosen = ticked ?? new Map(all.filter((candidate) => candidate.chosen).map((candidate) => [candidate.id, candidate]));
  const kept = search === null ? [] : [...chosen.values()].filter((one) => !here.some((candidate) => candidate.id === one.id));
  const candidates = [...kept, ...here];
  const move = (by: number) => setAt((index) => Math.max(0, Math.min(candidates.length - 1, index + by)));
  const tick = (candidate: Candidate | undefined) => {
    if (!candidate) return;
    const next = new Map(data?.several ? chosen : []);
    if (!chosen.has(candidate.id)) next.set(candidate.id, candidate);
    else next.delete(candidate.id);
    setTicked(next);
  };
  const choose = () => onChoose([...chosen.keys()]);

  useHints('inside', HINTS);
  useCommands('inside', [
    { id: 'next', group: 'review', name: words.keys.next, keys: ['j', 'ArrowDown'], run: () => move(1), keyOnly: true },
    { id: 'previous', group: 'review', name: words.keys.previous, keys: ['k', 'ArrowUp'], run: () => move(-1), keyOnly: true },
    { id: 'why', group: 'review', name: words.keys.choose, keys: ['Space'], run: () => tick(candidates[at]), keyOnly: true },
    { id: 'countersign', group: 'review', name: words.picker.choose, keys: ['Enter'], run: () => (chosen.size > 0 ? choose() : tick(candidates[at])) },
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
          <Payment row={row} text={data?.text ?? ''} several={data?.several ?? false} />
          <div className={styles.right}>
            <div className={styles.filters}>
              <span className={styles.pills}>
                <button type="button" className={styles.pill} aria-pressed={search === null} onClick={() => (setSearch(null), setAt(0))}>
                  {fill(words.picker.likely, { count: search === null ? all.length - paid : '' })}
                </button>
                {data?.several && (
                  <button type="button" className={styles.pill} aria-pressed={search !== null} onClick={() => (setSearch(''), setAt(0))}>
                    {words.picker.allOpen}
                  </button>
                )}
                {search !== null && (
                  <input className={styles.search} value={search} autoFocus placeholder={words.picker.searchOpen} aria-label={words.picker.searchOpen} onChange={(event) => (setSearch(event.target.value), setAt(0))} />
                )}
                {paid > 0 && (
                  <button type="button" className={styles.closed} aria-pressed={closed} title={words.picker.closedNote} onClick={() => (setClosed(!closed), setAt(0))}>
                    {fill(words.picker.closed, { count: paid })}
                  </button>
                )}
              </span>
              <span className={styles.legend}>{words.picker.differs}</span>
            </div>
            {search === null && row.choices > 1 && <p className={styles.tie}>{fill(words.picker.tie, { count: formats.count(row.choices) })}</p>}
            <Head />
            {error && <Trouble problem={problemOf(error)} />}
            {!data && !error && <p className={styles.reading}>{words.picker.reading}</p>}
            {data && candidates.length === 0 && <p className={styles.reading}>{words.picker.none}</p>}
            {candidates.map((candidate, index) => (
              <Line key={candidate.id} candidate={candidate} focused={index === at} ticked={chosen.has(candidate.id)} onTick={() => (setAt(index), tick(candidate))} />
            ))}
          </div>
        </div>
        {data && <Bar of={data} chosen={[...chosen.values()]} onChoose={choose} />}
      </div>
    </div>
  );
}

function Payment({ row, text, several }: { row: ReviewRow; text: string; several: boolean }) {
  const formats = useFormats();
  return (
    <div className={styles.left}>
      <h3>
        {several ? words.picker.payment : words.picker.paymentOf} <Money of={row.left.amount} />
      </h3>
      <dl>
        <dt>{words.picker.number}</dt>
        <dd className={styles.mono}>{row.left.number}</dd>
        <dt>{several ? words.picker.whoPaid : words.picker.payer}</dt>
        <dd>{row.left.name}</dd>
        <dt>{several ? words.picker.paid : words.picker.date}</dt>
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

/** What is ticked against what came: at zero it turns solid. */
function Bar({ of, chosen, onChoose }: { of: Candidates; chosen: Candidate[]; onChoose: () => void }) {
  const formats = useFormats();
  const target = of.left.amount;
  const zero = minus(target.amount, target.amount);
  const currency = chosen[0]?.open.currency ?? target.currency;
  const alike = chosen.every((candidate) => candidate.open.currency === currency);
  const same = alike && currency === target.currency;
  const selected = { amount: chosen.reduce((total, candidate) => sum(total, candidate.open.amount), same ? zero : '0'), currency };
  const left = same ? minus(target.amount, selected.amount) : null;
  const even = left !== null && chosen.length > 0 && /^-?[0.]*$/.test(left);
  return (
    <div className={`${styles.bar} ${even ? styles.zero : ''}`}>
      <span>
        {words.bar.selected} <b>{formats.count(chosen.length)}</b>
      </span>
      <span className={styles.sum}>
        {alike && <Money of={selected} />} {words.bar.of} <Money of={target} />
      </span>
      {left !== null && (
        <span className={styles.sum}>
          {words.bar.left} <Money of={{ amount: left, currency: target.currency }} />
          {of.several && chosen.length > 0 && !even && !left.startsWith('-') && <> {words.bar.over}</>}
        </span>
      )}
      <span className={styles.push} />
      <Button face={even ? 'plain' : 'solid'} tall keys="↵" disabled={chosen.length === 0} onPress={onChoose}>
        {of.several ? plural(words.picker.chooseSome, chosen.length, formats.count(chosen.length)) : words.picker.choose}
      </Button>
    </div>
  );
}
