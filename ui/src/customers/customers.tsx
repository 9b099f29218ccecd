import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Search } from 'lucide-react';
import type { CustomerRow, LinkTo } from '../host/commands';
import { useFormats } from '../format/formats';
import { useCommands, useHints } from '../frame/keys';
import { useSay } from '../frame/notice';
import { useAct, useAsk } from '../host/ask';
import { problemOf } from '../host/host';
import { Empty } from '../look/empty';
import { Button } from '../look/marks';
import { fill, problemWords, words } from '../words/words';
import { Detail } from './detail';
import panes from '../look/panes.module.css';
import styles from './customers.module.css';

const c = words.customers;
const PAGE = 100;
const HINTS = [
  { keys: '↵', word: c.candidates },
  { keys: 'N', word: c.isNew },
  { keys: '/', word: c.search },
  { keys: '?', word: words.keys.keysSheet },
];

/** Stripe's customers and whom the ledger knows them as; who needs a person stands first. */
export function Customers({ ledger, sought }: { ledger: string; sought: string }) {
  const formats = useFormats();
  const say = useSay();
  const [search, setSearch] = useState(sought);
  const [only, setOnly] = useState(false);
  const [limit, setLimit] = useState(PAGE);
  const [key, setKey] = useState<string | null>(null);
  const [picking, setPicking] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const client = useQueryClient();
  const query = { search, unclear_only: only, first: 0, limit };
  const { data, error } = useAsk('customer_rows', query, { keep: true });
  const rows = data?.rows ?? [];
  const at = Math.max(0, rows.findIndex((row) => row.key === key));
  const row = rows[at];
  // The word is kept where it was said; the cursor goes to the next who waits for one.
  const link = useAct(
    'link_customer',
    (answer) => {
      const said = answer.rows[0];
      client.setQueryData(['customer_rows', query], data && { ...data, unclear: answer.unclear, rows: rows.map((one) => (one.key === said?.key ? said : one)) });
      setPicking(false);
      list.current?.focus();
      const next = rows.slice(at + 1).find(waits);
      if (next && !answer.rows.some(waits)) setKey(next.key);
    },
    (problem) => say({ kind: 'problem', problem }),
  );
  const move = (to: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (next) setKey(next.key);
  };
  const say_so = (to: LinkTo) => row && link.mutate({ key: row.key, to });

  useEffect(() => say(null), [say]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  useHints('room', HINTS);
  const k = words.keys;
  useCommands('room', [
    { id: 'next', group: 'customers', name: k.next, keys: ['j', 'ArrowDown'], run: () => move(at + 1), keyOnly: true },
    { id: 'previous', group: 'customers', name: k.previous, keys: ['k', 'ArrowUp'], run: () => move(at - 1), keyOnly: true },
    { id: 'first', group: 'customers', name: k.first, keys: ['Home'], run: () => move(0), keyOnly: true },
    { id: 'last', group: 'customers', name: k.last, keys: ['End'], run: () => move(rows.length - 1), keyOnly: true },
    { id: 'choose', group: 'customers', name: c.candidates, keys: ['Enter', 'c'], run: () => setPicking(true) },
    { id: 'new', group: 'customers', name: c.isNew, keys: ['n'], run: () => say_so({ to: 'new' }) },
    { id: 'unlink', group: 'customers', name: c.unlink, keys: ['u'], run: () => row?.said && say_so({ to: 'nothing' }) },
    { id: 'search', group: 'customers', name: c.search, keys: ['/'], run: () => field.current?.focus() },
  ]);

  if (error) {
    const { said, next } = problemWords(problemOf(error));
    return <Empty title={c.title} text={`${said} ${next}`} />;
  }
  if (!data) return <Empty title={c.title} text={c.reading} />;
  if (data.total === 0 && !search && !only) return <Empty title={c.empty} text={c.emptyMore} />;
  return (
    <section className={`${panes.room} ${styles.room}`} aria-label={c.title}>
      <h1 className="sr">{c.title}</h1>
      <div className={panes.side}>
        <div className={styles.head}>
          <Search size={13} aria-hidden="true" />
          <input
            ref={field}
            type="search"
            aria-label={c.search}
            placeholder={c.search}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            onKeyDown={(event) => (event.key === 'Enter' || event.key === 'Escape') && (event.key === 'Escape' && setSearch(''), list.current?.focus())}
          />
          <button type="button" className={styles.only} aria-pressed={only} onClick={() => setOnly(!only)}>
            {fill(c.unclear, { count: formats.count(data.unclear) })}
          </button>
        </div>
        <div ref={list} className={styles.list} role="listbox" aria-label={c.title} tabIndex={0} aria-activedescendant={row ? `customer-${row.key}` : undefined}>
          {rows.map((one, index) => (
            <Line key={one.key} row={one} selected={index === at} onPick={() => setKey(one.key)} />
          ))}
        </div>
        {rows.length === 0 && <p className={styles.none}>{c.none}</p>}
        {data.total > rows.length && (
          <div className={styles.earlier}>
            <Button onPress={() => setLimit(limit + PAGE)}>{c.earlier}</Button>
          </div>
        )}
      </div>
      {row && <Detail key={row.key} row={row} ledger={ledger} picking={picking} onPicking={setPicking} onSay={say_so} />}
    </section>
  );
}

/** A row that waits for a person. */
const waits = (row: CustomerRow) => row.state === 'unclear' || row.state === 'unknown';

function Line({ row, selected, onPick }: { row: CustomerRow; selected: boolean; onPick: () => void }) {
  return (
    <div id={`customer-${row.key}`} role="option" aria-selected={selected} className={styles.line} data-unclear={waits(row) || undefined} onClick={onPick}>
      <span className={`${panes.name} ${styles.name}`} title={row.stripe.name}>
        {row.stripe.name || row.stripe.email || row.key}
      </span>
      <span className={`${panes.name} ${styles.about}`}>
        {row.ledger ? (
          <>
            <span className={styles.mono}>{row.ledger.number}</span> {row.ledger.name}
          </>
        ) : (
          c.state[row.state]
        )}
      </span>
    </div>
  );
}
