import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import type { Basket as Contents, BasketGroup, DraftRow, WriteProgress } from '../host/commands';
import { useFormats } from '../format/formats';
import { cap, useCommands } from '../frame/keys';
import { Button, Currency, Figures, Initials, Key, Mono } from '../look/marks';
import { shortNumber } from '../format/number';
import { fill, plural, problemWords, words } from '../words/words';
import { PenStroke } from './pen-stroke';
import styles from './basket.module.css';

interface Props {
  basket: Contents | undefined;
  progress: WriteProgress | null;
  onClose: () => void;
  onWrite: () => void;
  onStop: () => void;
  onDraft: (row: string) => void;
  onConflicts: () => void;
}

/** What is signed and not yet written: the requests by system, the sums by currency, and one button. */
export function Basket({ basket, progress, onClose, onWrite, onStop, onDraft, onConflicts }: Props) {
  const formats = useFormats();
  const rows = basket?.rows ?? 0;
  const running = progress?.running ?? false;
  useCommands('room', [{ id: 'closeBasket', group: 'basket', name: words.basket.close, keys: ['Escape'], run: running ? onStop : onClose, keyOnly: true }]);
  return (
    <aside className={styles.basket} aria-label={words.basket.name} data-testid="basket-open">
      <header className={styles.head}>
        <h2>{title(progress, rows, formats.count)}</h2>
        <button type="button" className={styles.close} onClick={onClose}>
          {words.basket.close} {!running && <Key>Esc</Key>}
        </button>
      </header>
      <div className={styles.groups}>
        {basket?.groups.map((group) => (
          <Group key={group.side} group={group} onDraft={onDraft} />
        ))}
        {rows === 0 && !running && <p className={styles.empty}>{words.basket.emptyMore}</p>}
      </div>
      <div className={styles.foot}>
        {progress && (running || rows === 0 || progress.not_sent > 0) && progress.total > 0 ? <Writing progress={progress} onStop={onStop} /> : null}
        {!running && rows > 0 && basket && <Ready basket={basket} onWrite={onWrite} onConflicts={onConflicts} />}
      </div>
      <button type="button" className={styles.line} onClick={onClose}>
        <span className="sr">{words.basket.close}</span>
        {rows > 0 ? <PenStroke /> : null}
        <span>
          <b>{formats.count(rows)}</b> {words.basket.countersigned}
        </span>
        <i>·</i>
        <span>{plural(words.basket.conflicts, basket?.conflicts ?? 0, formats.count(basket?.conflicts ?? 0))}</span>
        <ChevronDown size={15} aria-hidden="true" />
      </button>
    </aside>
  );
}

function title(progress: WriteProgress | null, rows: number, count: (value: number) => string): string {
  if (!progress) return words.basket.nothingSent;
  if (!progress.running && rows > 0) return fill(words.basket.toWrite, { count: count(rows) });
  return fill(progress.running ? words.basket.writing : words.basket.wrote, { done: count(progress.confirmed), total: count(progress.total) });
}

function Group({ group, onDraft }: { group: BasketGroup; onDraft: (row: string) => void }) {
  const formats = useFormats();
  const [open, setOpen] = useState(true);
  return (
    <section>
      <button type="button" className={styles.group} aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronDown size={14} className={open ? undefined : styles.folded} aria-hidden="true" />
        <b>{group.system}</b>
        <span>{groupWords(group, formats.count)}</span>
      </button>
      {open && group.rows.map((row) => <Line key={row.id} row={row} onDraft={onDraft} />)}
      {open && group.more > 0 && <p className={styles.more}>{fill(words.basket.andMore, { count: formats.count(group.more) })}</p>}
    </section>
  );
}

function Line({ row, onDraft }: { row: DraftRow; onDraft: (row: string) => void }) {
  const made = row.kind === 'customer' ? words.basket.newCustomer : row.kind === 'item' ? words.basket.newItem : null;
  const name = made ? fill(made, { name: row.name }) : row.name;
  return (
    <button type="button" className={styles.row} data-state={row.state} onClick={() => onDraft(row.row)}>
      <span className={styles.number} title={row.number}>
        <Mono>{shortNumber(row.number)}</Mono>
      </span>
      {row.kind === 'stripe_keys' ? (
        <span className={styles.keys} title={row.name}>
          {words.basket.keysOn[row.name.split('_')[0] ?? ''] ?? fill(words.basket.keysOnOther, { id: row.name })}
        </span>
      ) : (
        <>
          <span className={styles.name} title={name}>
            {name}
          </span>
          <span className={styles.amount}>{row.amount && <Figures of={row.amount} />}</span>
          <span>{row.amount && <Currency>{row.amount.currency}</Currency>}</span>
        </>
      )}
      <span className={styles.sign}>{row.state === 'countersigned' && row.initials ? <Initials>{row.initials}</Initials> : words.drafts.state[row.state]}</span>
    </button>
  );
}

function Ready({ basket, onWrite, onConflicts }: { basket: Contents; onWrite: () => void; onConflicts: () => void }) {
  const formats = useFormats();
  const currencies = new Intl.DisplayNames(words.language, { type: 'currency' });
  const requests = basket.groups.reduce((sum, group) => sum + group.requests, 0);
  return (
    <>
      <dl className={styles.sums}>
        {basket.sums.map((sum) => (
          <div key={sum.currency}>
            <dt>{(currencies.of(sum.currency) ?? sum.currency).replace(/ \p{Lu}(?=\p{Ll})/gu, (letter) => letter.toLowerCase())}</dt>
            <dd>
              <b>
                <Figures of={sum} plus />
              </b>
              <Currency>{sum.currency}</Currency>
            </dd>
          </div>
        ))}
        <div>
          <dt>{words.basket.conflictsLabel}</dt>
          <dd className={styles.conflicts}>
            {basket.conflicts > 0 ? (
              <button type="button" className={styles.show} title={words.basket.conflictsShow} onClick={onConflicts}>
                <b>{formats.count(basket.conflicts)}</b>
              </button>
            ) : (
              <b>{formats.count(basket.conflicts)}</b>
            )}
          </dd>
        </div>
        <div>
          <dt>{words.basket.undoLabel}</dt>
          <dd>{words.basket.undoBy}</dd>
        </div>
      </dl>
      <button type="button" className={styles.write} onClick={onWrite} data-testid="write">
        {fill(words.basket.write, { count: formats.count(basket.rows) })} <Key>{cap('Mod+Enter')}</Key>
      </button>
      <p className={styles.after}>{plural(words.basket.after, requests, formats.count(requests))}</p>
    </>
  );
}

/** Row by row, as the other side confirms; nothing is painted as done before. */
function Writing({ progress, onStop }: { progress: WriteProgress; onStop: () => void }) {
  const formats = useFormats();
  const count = formats.count;
  const ended = progress.problem?.code === 'stopped' ? words.basket.stopped : progress.not_sent > 0 ? [progress.problem && problemWords(progress.problem).said, words.basket.notSent].filter(Boolean).join(' ') : progress.unknown + progress.refused + progress.otherwise === 0 ? words.basket.finished : '';
  return (
    <div className={styles.writing} role="status">
      <div className={styles.writingHead}>
        <b>{fill(progress.running ? words.basket.writing : words.basket.wrote, { done: count(progress.confirmed), total: count(progress.total) })}</b>
        {progress.running && (
          <Button keys="Esc" onPress={onStop}>
            {words.basket.stop}
          </Button>
        )}
      </div>
      <div className={styles.meter} role="progressbar" aria-label={words.basket.name} aria-valuemin={0} aria-valuemax={progress.total} aria-valuenow={progress.confirmed}>
        <div style={{ width: `${progress.total > 0 ? (progress.confirmed / progress.total) * 100 : 0}%` }} />
      </div>
      <p>
        {fill(words.basket.counts, { confirmed: count(progress.confirmed), waiting: count(progress.waiting), not_sent: count(progress.not_sent) })}
        {progress.unknown > 0 && <span className={styles.unknown}>, {fill(words.basket.unknown, { count: count(progress.unknown) })}</span>}
        {progress.otherwise > 0 && <span className={styles.refused}>, {fill(words.basket.otherwise, { count: count(progress.otherwise) })}</span>}
        {progress.refused > 0 && <span className={styles.refused}>, {fill(words.basket.refused, { count: count(progress.refused) })}</span>}
      </p>
      {progress.running && progress.problem && <p className={styles.unknown}>{problemWords(progress.problem).said}</p>}
      {!progress.running && ended && <p>{ended}</p>}
    </div>
  );
}

export function groupWords(group: BasketGroup, count: (value: number) => string): string {
  const requests = plural(words.basket.requests, group.requests, count(group.requests));
  if (group.side === 'stripe') return fill(words.basket.afterDraft, { requests });
  const parts = [
    group.customers > 0 ? plural(words.basket.customers, group.customers, count(group.customers)) : '',
    group.items > 0 ? plural(words.basket.items, group.items, count(group.items)) : '',
    group.documents > 0 ? plural(words.basket.documents, group.documents, count(group.documents)) : '',
  ].filter(Boolean);
  return fill(words.basket.ofWhich, { requests, parts: parts.join(', ') });
}
