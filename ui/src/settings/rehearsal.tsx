import { X } from 'lucide-react';
import { Fragment, useEffect, useRef, useState } from 'react';
import type { BookChoices, Rehearsed } from '../host/commands';
import { Document } from '../drafts/paper';
import { written } from '../format/amount';
import { useFormats } from '../format/formats';
import { useCommands } from '../frame/keys';
import { useAsk } from '../host/ask';
import { problemOf } from '../host/host';
import { Button, Currency, Figures, Mono } from '../look/marks';
import look from '../look/room.module.css';
import { fill, noDraftWords, problemWords, words } from '../words/words';
import { Adder } from './adder';
import styles from './rehearsal.module.css';

const r = words.settings.rehearsal;

/** What would be proposed with settings as they stand on the screen. Nothing is kept. */
export function Rehearsal({ asked, onBack }: { asked: BookChoices; onBack: () => void }) {
  useCommands('room', [{ id: 'back', group: 'view', name: r.back, keys: ['Escape'], run: onBack }]);
  return (
    <section className={look.room} aria-label={r.title}>
      <header className={look.head}>
        <div>
          <h1>{r.title}</h1>
          <p>{r.lead}</p>
        </div>
        <Button tall keys="Esc" onPress={onBack} autoFocus>
          {r.back}
        </Button>
      </header>
      <div className={look.scroller} tabIndex={0} role="region" aria-label={r.title}>
        <Results asked={asked} choosing />
      </div>
    </section>
  );
}

/** Real invoices, those that were chosen or the newest, and invented ones, each with what would become of it. */
export function Results({ asked, choosing }: { asked: BookChoices; choosing?: boolean }) {
  const first = useRef(asked);
  const [keys, setKeys] = useState<string[]>([]);
  const { data, error } = useAsk('rehearse', { choices: first.current, keys }, { keep: true });
  if (error) {
    const { said, next } = problemWords(problemOf(error));
    return (
      <p role="alert" className={styles.problem}>
        {said} {next}
      </p>
    );
  }
  if (!data) return <p className={styles.waiting}>{r.working}</p>;
  const remove = (key: string) => setKeys((before) => before.filter((one) => one !== key));
  return (
    <div className={styles.results}>
      {choosing && (
        <div className={styles.choose}>
          <Adder chosen={keys} most={data.most} onAdd={(key) => setKeys((before) => [...before, key])} />
          {keys.length > 0 && (
            <Button face="quiet" onPress={() => setKeys([])}>
              {r.newest}
            </Button>
          )}
        </div>
      )}
      <Table name={keys.length > 0 ? r.chosen : r.real} rows={data.real} {...(keys.length > 0 ? { onRemove: remove } : {})} />
      {data.real.length === 0 && <p className={styles.waiting}>{r.noReal}</p>}
      <Table name={r.samples} rows={data.samples} />
    </div>
  );
}

function Table({ name, rows, onRemove }: { name: string; rows: Rehearsed[]; onRemove?: (key: string) => void }) {
  const [open, setOpen] = useState<string | null>(null);
  if (rows.length === 0) return null;
  return (
    <table className={`${look.table} ${styles.table}`}>
      <caption>{name}</caption>
      <colgroup>
        <col />
        <col />
        <col />
        <col />
        <col />
      </colgroup>
      <thead className="sr">
        <tr>
          <th>{name}</th>
          <th>{r.amount}</th>
          <th>{r.booksTo}</th>
          <th>{r.vat}</th>
          <th>{r.who}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Fragment key={row.key}>
            <Line row={row} open={open === row.key} onOpen={() => setOpen(open === row.key ? null : row.key)} {...(onRemove ? { onRemove: () => onRemove(row.key) } : {})} />
            {open === row.key && row.paper && <Opened row={row} />}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

/** The document under its row, brought into view whole. */
function Opened({ row }: { row: Rehearsed }) {
  const place = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView?.({ block: 'nearest' });
  }, []);
  return (
    row.paper && (
      <tr ref={place} className={`${look.details} ${styles.opened}`}>
        <td colSpan={5}>
          <Document of={row.paper} says={r.wouldBe} newCustomer={r.newCustomerLong} />
        </td>
      </tr>
    )
  );
}

/** The customers of the samples that the ledger is taken to have are named after them. */
const fromLedger = (number: string) => !number.startsWith('SAMPLE_');

interface LineProps {
  row: Rehearsed;
  open: boolean;
  onOpen: () => void;
  onRemove?: () => void;
}

function Line({ row, open, onOpen, onRemove }: LineProps) {
  const formats = useFormats();
  const { left, paper, found, no_draft } = row;
  const said = no_draft ? noDraftWords(no_draft, formats) : found ? fill(r.has, { number: found.number }) : r.nothing;
  const name = row.sample ? (
    (r.sample[row.sample] ?? row.sample)
  ) : (
    <>
      <Mono>{left.number}</Mono> <span className={styles.quiet}>{left.name}</span>
    </>
  );
  return (
    <tr>
      <th scope="row" title={row.sample ? undefined : `${left.number} ${left.name}`}>
        {onRemove && (
          <button type="button" className={styles.remove} aria-label={fill(r.remove, { number: left.number })} onClick={onRemove}>
            <X size={13} aria-hidden="true" />
          </button>
        )}
        {paper ? (
          <button type="button" className={look.more} aria-expanded={open} onClick={onOpen}>
            {name}
          </button>
        ) : (
          name
        )}
      </th>
      <td className={styles.amount}>
        <Figures of={left.amount} /> <Currency>{left.amount.currency}</Currency>
      </td>
      {paper?.totals ? (
        <>
          <td>{[...new Set(paper.lines.map((line) => (line.item ? fill(words.drafts.item, { number: line.item }) : fill(words.drafts.account, { number: line.account ?? '' }))))].join(', ')}</td>
          <td>
            {paper.totals.vat.map((vat) => fill(words.drafts.zones[vat.zone] ?? vat.zone, { rate: vat.rate })).join(', ') || words.drafts.zones['none']}
            {paper.totals.rounding && <span className={styles.quiet}>, {words.drafts.rounding.toLowerCase()} {written(paper.totals.rounding.amount, formats.separators)}</span>}
          </td>
          <td>
            {!paper.customer_number ? r.newCustomer : row.sample && !fromLedger(paper.customer_number) ? r.knownCustomer : fill(r.customer, { number: paper.customer_number })}
            {paper.notes.slice(1).map((note) => (
              <span key={note} className={styles.noted}>
                {note}
              </span>
            ))}
          </td>
        </>
      ) : (
        <td colSpan={3} className={no_draft ? styles.refused : styles.quiet}>
          {said}
        </td>
      )}
    </tr>
  );
}
