import { useRef } from 'react';
import type { BookChoices, Rehearsed } from '../host/commands';
import { written } from '../format/amount';
import { useFormats } from '../format/formats';
import { useCommands } from '../frame/keys';
import { useAsk } from '../host/ask';
import { problemOf } from '../host/host';
import { Button, Currency, Figures, Mono } from '../look/marks';
import { fill, noDraftWords, problemWords, words } from '../words/words';
import styles from './rehearsal.module.css';

const r = words.settings.rehearsal;

/** What would be proposed with settings as they stand on the screen. Nothing is kept. */
export function Rehearsal({ asked, onBack }: { asked: BookChoices; onBack: () => void }) {
  useCommands('room', [{ id: 'back', group: 'view', name: r.back, keys: ['Escape'], run: onBack }]);
  return (
    <section className={styles.room} aria-label={r.title}>
      <header className={styles.head}>
        <div>
          <h1>{r.title}</h1>
          <p>{r.lead}</p>
        </div>
        <Button tall keys="Esc" onPress={onBack} autoFocus>
          {r.back}
        </Button>
      </header>
      <div className={styles.scroller} tabIndex={0} role="region" aria-label={r.title}>
        <Results asked={asked} />
      </div>
    </section>
  );
}

/** The invented invoices and the newest real ones, each with what would become of it. */
export function Results({ asked }: { asked: BookChoices }) {
  const first = useRef(asked);
  const { data, error } = useAsk('rehearse', first.current);
  if (error) {
    const { said, next } = problemWords(problemOf(error));
    return (
      <p role="alert" className={styles.problem}>
        {said} {next}
      </p>
    );
  }
  if (!data) return <p className={styles.waiting}>{r.working}</p>;
  return (
    <div className={styles.results}>
      <Table name={r.samples} rows={data.samples} />
      <Table name={r.real} rows={data.real} />
      {data.real.length === 0 && <p className={styles.waiting}>{r.noReal}</p>}
    </div>
  );
}

function Table({ name, rows }: { name: string; rows: Rehearsed[] }) {
  if (rows.length === 0) return null;
  return (
    <table className={styles.table}>
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
          <Line key={row.left.number} row={row} />
        ))}
      </tbody>
    </table>
  );
}

/** The customers of the samples that the ledger is taken to have are named after them. */
const fromLedger = (number: string) => !number.startsWith('SAMPLE_');

function Line({ row }: { row: Rehearsed }) {
  const formats = useFormats();
  const { left, paper, found, no_draft } = row;
  const said = no_draft ? noDraftWords(no_draft, formats) : found ? fill(r.has, { number: found.number }) : r.nothing;
  return (
    <tr>
      <th scope="row">
        {row.sample ? (
          (r.sample[row.sample] ?? row.sample)
        ) : (
          <>
            <Mono>{left.number}</Mono> <span className={styles.quiet}>{left.name}</span>
          </>
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
