import { useInfiniteQuery } from '@tanstack/react-query';
import { useFormats } from '../format/formats';
import { useHost } from '../host/host';
import { Empty } from '../look/empty';
import { Button, Mono } from '../look/marks';
import { fill, plural, words } from '../words/words';
import styles from './trail.module.css';

const PAGE = 100;

/** Who saw, approved and wrote what, newest first. */
export function Trail() {
  const formats = useFormats();
  const host = useHost();
  const pages = useInfiniteQuery({
    queryKey: ['trail'],
    queryFn: ({ pageParam }) => host.call('trail', { before: pageParam, limit: PAGE }),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => {
      const oldest = last.rows.at(-1)?.sequence ?? 1;
      return oldest > 1 ? oldest : undefined;
    },
  });
  const data = pages.data?.pages[0];
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  if (!data) return null;
  if (data.entries === 0) return <Empty title={words.trail.title} text={words.trail.empty} />;
  return (
    <section className={styles.room} aria-label={words.trail.title}>
      <header className={styles.head}>
        <h1>{words.trail.title}</h1>
        <p>{words.trail.about}</p>
        <p className={data.unbroken ? styles.proof : styles.broken}>
          <Mono>
            {plural(words.trail.entries, data.entries, formats.count(data.entries))}, {data.unbroken ? words.trail.unbroken : words.trail.broken}, {fill(words.trail.head, { head: short(data.head) })}
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
            {rows.map((row) => (
              <tr key={row.sequence}>
                <td className={styles.number}>{formats.count(row.sequence)}</td>
                <td>
                  {formats.day(row.at)} {formats.time(row.at)}
                </td>
                <td>{row.who || words.trail.program}</td>
                <td>{words.acts[row.act] ?? row.act}</td>
                <td>
                  <Mono>{row.about}</Mono>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {pages.hasNextPage && (
          <div className={styles.earlier}>
            <Button onPress={() => void pages.fetchNextPage()}>{words.trail.earlier}</Button>
          </div>
        )}
      </div>
    </section>
  );
}

/** Enough of a hash to be read out: four groups of four. */
function short(hash: string): string {
  return hash.slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ');
}
