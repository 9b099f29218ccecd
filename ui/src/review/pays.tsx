import type { ReviewRow } from '../host/commands';
import { useFormats } from '../format/formats';
import { Currency, Figures, Mono } from '../look/marks';
import { words } from '../words/words';
import styles from './pays.module.css';

/** The documents that money pays: what is open of each, what it gets, of this and of other rows, and what stays open. */
export function Pays({ of: row }: { of: ReviewRow }) {
  const formats = useFormats();
  const head = words.review.paysHead;
  const others = row.pays.some((paid) => /[1-9]/.test(paid.others.amount));
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">{head.number}</th>
          <th scope="col">{head.date}</th>
          <th scope="col">{head.name}</th>
          <th scope="col" className={styles.end}>
            {head.open}
          </th>
          <th scope="col" className={styles.end}>
            {head.carries}
          </th>
          {others && (
            <th scope="col" className={styles.end}>
              {head.others}
            </th>
          )}
          <th scope="col" className={styles.end}>
            {head.remains}
          </th>
          <th scope="col">{head.currency}</th>
        </tr>
      </thead>
      <tbody>
        {row.pays.map((paid) => (
          <tr key={paid.id}>
            <th scope="row">
              <Mono>{paid.number}</Mono>
            </th>
            <td>{formats.full(paid.date)}</td>
            <td className={styles.name}>{paid.name}</td>
            <td className={styles.end}>
              <Figures of={paid.open} />
            </td>
            <td className={styles.carries}>
              <Figures of={paid.carries} />
            </td>
            {others && (
              <td className={styles.end}>
                <Figures of={paid.others} />
              </td>
            )}
            <td className={styles.end}>
              <Figures of={paid.remains} />
            </td>
            <td>
              <Currency>{paid.carries.currency}</Currency>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
