import { useState } from 'react';
import { useFormats } from '../format/formats';
import { useAsk } from '../host/ask';
import { Empty } from '../look/empty';
import { Button, Mono } from '../look/marks';
import { fill, plural, words } from '../words/words';
import styles from './trail.module.css';

const PAGE = 100;
const MOST = 2000;

/** Who saw, approved and wrote what, newest first. */
export function Trail() {
  const formats = useFormats();
  const [limit, setLimit] = useState(PAGE);
  const { data } = useAsk('trail', { before: null, limit }, { keep: true });
  if (!data) return null;
  if (data.entries === 0) return <Empty title={words.trail.title} text={words.trail.empty} />;
  return (
    <section className={styles.room} aria-label={words.trail.title}>
      <header className={styles.head}>
        <h1>{words.trail.title}</h1>
        <p>{words.trail.about}</p>
        <p className={data.unbroken ? styles.proof : styles.broken}>
          <Mono>
            {plural(words.trail.entries, data.entries, formats.count(data.entries))}, {data.unbroken ? words.trail.unbroken : words.trail.broken}, {fill(words.trail.head, { head: data.head })}
          </Mono>
        </p>
      </header>
      <div className={styles.scroller} tabIndex={0} role="region" aria-label={words.trail.title}>
        <table>
          <thead>
            <tr>
              <th>{words.trail.number}</th>
              <th>{words.trail.when}</th>
              <th>{words.trail.who}</th>
              <th>{words.trail.act}</th>
              <th>{words.trail.subject}</th>
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <tr key={row.sequence}>
                <td className={styles.number}>{formats.count(row.sequence)}</td>
                <td>
                  {formats.day(row.at)} {formats.time(row.at)}
                </td>
                <td>{row.who}</td>
                <td>{words.acts[row.act] ?? row.act}</td>
                <td>
                  <Mono>{row.about}</Mono>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {data.rows.length < data.entries && limit < MOST && (
          <div className={styles.earlier}>
            <Button onPress={() => setLimit(limit + PAGE)}>{words.trail.earlier}</Button>
          </div>
        )}
      </div>
    </section>
  );
}
