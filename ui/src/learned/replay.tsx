import type { ReplayedRow, ReplayedWhat, Replayed, Switches } from '../host/commands';
import { useFormats } from '../format/formats';
import { useAsk } from '../host/ask';
import { problemOf } from '../host/host';
import { Currency, Figures, Mono } from '../look/marks';
import { shortNumber } from '../format/number';
import { fill, plural, problemWords, words } from '../words/words';
import styles from './learned.module.css';

const l = words.learned;
const WHATS: ReplayedWhat[] = ['gained', 'lost', 'changed', 'surer', 'less_sure'];

/** What matching would do with the switches as they stand on the screen. Nothing is kept. */
export function Replay({ asked, onRow }: { asked: Switches; onRow: (number: string) => void }) {
  const { data, error } = useAsk('replay_learned', asked);
  return (
    <section aria-label={l.result}>
      <h2>{l.result}</h2>
      {error && <p role="alert">{problemWords(problemOf(error)).said}</p>}
      {!data && !error && <p className={styles.quiet}>{l.replaying}</p>}
      {data && <Result of={data} onRow={onRow} />}
    </section>
  );
}

function Result({ of, onRow }: { of: Replayed; onRow: (number: string) => void }) {
  const formats = useFormats();
  const counts = WHATS.filter((what) => of[what] > 0).map((what) => plural(l.counts[what], of[what], formats.count(of[what])));
  const { before, after } = of;
  return (
    <>
      <p>
        <b>{counts.join(', ') || l.nothing}</b> {fill(l.tally, { before: before.right, wrongBefore: before.wrong, after: after.right, wrongAfter: after.wrong })} {l.kept}
      </p>
      {of.rows.length > 0 && (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{l.head.what}</th>
              <th scope="col">{l.head.date}</th>
              <th scope="col">{l.head.number}</th>
              <th scope="col">{l.head.name}</th>
              <th scope="col" className={styles.end}>
                {l.head.amount}
              </th>
              <th scope="col">{l.head.before}</th>
              <th scope="col">{l.head.after}</th>
            </tr>
          </thead>
          <tbody>
            {of.rows.map((row) => (
              <Line key={`${row.left.number} ${row.what}`} row={row} onRow={onRow} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Line({ row, onRow }: { row: ReplayedRow; onRow: (number: string) => void }) {
  const formats = useFormats();
  const { left } = row;
  return (
    <tr>
      <td>{l.what[row.what]}</td>
      <td>{row.key && formats.short(left.date)}</td>
      <td>
        {row.key && (
          <button type="button" className={styles.open} title={left.number} onClick={() => onRow(left.number)}>
            <Mono>{shortNumber(left.number)}</Mono>
          </button>
        )}
      </td>
      <td className={styles.name} title={left.name}>
        {left.name}
      </td>
      <td className={styles.end}>
        {row.key && (
          <>
            <Figures of={left.amount} /> <Currency>{left.amount.currency}</Currency>
          </>
        )}
      </td>
      <td>{row.before.join(', ') || <span className={styles.quiet}>{l.nobody}</span>}</td>
      <td>
        {row.after.join(', ') || <span className={styles.quiet}>{l.nobody}</span>}
        {row.rule !== null && <span className={styles.quiet}> {fill(l.byRule, { number: row.rule })}</span>}
      </td>
    </tr>
  );
}
