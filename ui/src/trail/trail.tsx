import { useInfiniteQuery } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { Fragment, useState } from 'react';
import { Button as AriaButton, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';
import type { Trail as Page, TrailRow } from '../host/commands';
import { useFormats, type Formats } from '../format/formats';
import type { Said } from '../frame/notice';
import { useSaveTo } from '../host/files';
import { problemOf, useHost } from '../host/host';
import menu from '../look/menu.module.css';
import { Empty } from '../look/empty';
import { Button, Mono } from '../look/marks';
import { fill, localised, plural, words } from '../words/words';
import { facts, valueOf, type Fact } from './body';
import look from '../look/room.module.css';
import styles from './trail.module.css';

const PAGE = 100;
const t = words.trail;

/** What the shown entries are about. */
export interface About {
  act: string | null;
  row: string | null;
  draft: string | null;
}

export const EVERYTHING: About = { act: null, row: null, draft: null };

interface Props {
  about: About;
  onAbout: (about: About) => void;
  onDraft: (row: string) => void;
  onSay: (said: Said) => void;
}

/** Who saw, approved and wrote what, newest first. */
export function Trail({ about, onAbout, onDraft, onSay }: Props) {
  const host = useHost();
  const saveTo = useSaveTo();
  const pages = useInfiniteQuery({
    queryKey: ['trail', about],
    queryFn: ({ pageParam }) => host.call('trail', { before: pageParam, limit: PAGE, ...about }),
    initialPageParam: null as number | null,
    getNextPageParam: (last, all) => {
      const oldest = last.rows.at(-1)?.sequence;
      return oldest !== undefined && all.reduce((sum, page) => sum + page.rows.length, 0) < last.found ? oldest : undefined;
    },
    placeholderData: (before) => before,
  });
  const data = pages.data?.pages[0];
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  if (!data) return null;
  if (data.entries === 0) return <Empty title={t.title} text={t.empty} />;
  const save = async () => {
    try {
      const to = await saveTo('save_trail', t.exportTitle);
      if (to) onSay({ kind: 'done', text: fill(t.exported, await host.call('export_trail', to)) });
    } catch (failed) {
      onSay({ kind: 'problem', problem: problemOf(failed) });
    }
  };
  return (
    <section className={look.room} aria-label={t.title}>
      <Head of={data} onSave={() => void save()} />
      <Filters of={data} about={about} number={rows.find((row) => row.about === about.row)?.number ?? null} onAbout={onAbout} />
      <div className={look.scroller} tabIndex={0} role="region" aria-label={t.list}>
        <Entries rows={rows} brokenAt={data.broken_at} about={about} onAbout={onAbout} onDraft={onDraft} />
        {rows.length === 0 && <p className={styles.none}>{t.none}</p>}
        {pages.hasNextPage && (
          <div className={styles.earlier}>
            <Button onPress={() => void pages.fetchNextPage()}>{t.earlier}</Button>
          </div>
        )}
      </div>
    </section>
  );
}

function Head({ of, onSave }: { of: Page; onSave: () => void }) {
  const formats = useFormats();
  const said = of.broken_at === null ? `${t.unbroken}, ${fill(t.head, { head: short(of.head) })}` : fill(t.broken, { at: formats.count(of.broken_at) });
  return (
    <header className={look.head}>
      <div>
        <h1>{t.title}</h1>
        <p>{t.about}</p>
        <p className={`${styles.proof} ${of.unbroken ? '' : styles.broken}`} title={of.head}>
          <Mono>
            {plural(t.entries, of.entries, formats.count(of.entries))}, {said}
          </Mono>
        </p>
      </div>
      <Button onPress={onSave}>{t.export}</Button>
    </header>
  );
}

function Filters({ of, about, number, onAbout }: { of: Page; about: About; number: string | null; onAbout: (about: About) => void }) {
  const formats = useFormats();
  const acts = Object.entries(words.acts).map(([id, name]) => ({ id, name }));
  const filtered = about.act !== null || about.row !== null || about.draft !== null;
  return (
    <div className={styles.filters}>
      <Select aria-label={t.kind} selectedKey={about.act ?? ''} onSelectionChange={(key) => onAbout({ ...about, act: key ? String(key) : null })}>
        <AriaButton className={styles.kind ?? ''}>
          <SelectValue>{about.act ? (words.acts[about.act] ?? about.act) : t.all}</SelectValue>
          <ChevronDown size={14} aria-hidden="true" />
        </AriaButton>
        <Popover className={menu.popover ?? ''} placement="bottom start">
          <ListBox className={menu.list ?? ''} items={[{ id: '', name: t.all }, ...acts]}>
            {(item) => (
              <ListBoxItem id={item.id} textValue={item.name} className={menu.item ?? ''}>
                {item.name}
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </Select>
      {about.draft !== null && <span className={styles.only}>{fill(t.ofDraft, { draft: about.draft })}</span>}
      {about.draft === null && about.row !== null && <span className={styles.only}>{fill(t.ofRow, { number: number ?? about.row })}</span>}
      {filtered && (
        <>
          <span className={styles.found}>{fill(t.found, { found: formats.count(of.found), entries: plural(t.entries, of.entries, formats.count(of.entries)) })}</span>
          <Button face="quiet" onPress={() => onAbout(EVERYTHING)}>
            {t.everything}
          </Button>
        </>
      )}
    </div>
  );
}

interface EntriesProps {
  rows: TrailRow[];
  brokenAt: number | null;
  about: About;
  onAbout: (about: About) => void;
  onDraft: (row: string) => void;
}

function Entries({ rows, brokenAt, about, onAbout, onDraft }: EntriesProps) {
  const formats = useFormats();
  const [open, setOpen] = useState<number | null>(null);
  return (
    <table className={`${look.table} ${styles.table}`}>
      <thead>
        <tr>
          <th>{t.number}</th>
          <th>{t.when}</th>
          <th>{t.who}</th>
          <th>{t.act}</th>
          <th>{t.subject}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Fragment key={row.sequence}>
            <tr data-broken={row.sequence === brokenAt || undefined}>
              <td className={styles.number}>{formats.count(row.sequence)}</td>
              <td>
                {formats.day(row.at)} {formats.time(row.at)}
              </td>
              <td>{row.who || t.program}</td>
              <td>
                <button type="button" className={look.more} aria-expanded={open === row.sequence} onClick={() => setOpen(open === row.sequence ? null : row.sequence)}>
                  {doneIn(row)}
                </button>
              </td>
              <td className={styles.subject}>
                <Mono>{row.number ?? row.about}</Mono>
              </td>
            </tr>
            {open === row.sequence && (
              <tr className={`${look.details} ${styles.details}`}>
                <td colSpan={5}>
                  <dl aria-label={t.details}>
                    {facts(row.body).map((fact) => (
                      <div key={fact.path.join('/')}>
                        <dt>{label(fact)}</dt>
                        <dd>{shown(fact, formats)}</dd>
                      </div>
                    ))}
                  </dl>
                  <details>
                    <summary>{t.stored}</summary>
                    <pre>{pretty(row.body)}</pre>
                  </details>
                  <p>
                    <Mono>{fill(t.hash, { hash: row.hash })}</Mono>
                  </p>
                  {row.about && (
                    <p className={styles.links}>
                      {about.row !== row.about && <Button onPress={() => onAbout({ ...EVERYTHING, row: row.about })}>{t.onlyThis}</Button>}
                      {row.draft !== null && row.number !== null && <Button onPress={() => onDraft(row.about)}>{t.toDraft}</Button>}
                    </p>
                  )}
                </td>
              </tr>
            )}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

/** What was done, and on what, as far as the entry says it in a word. */
function doneIn(row: TrailRow): string {
  const act = words.acts[row.act] ?? row.act;
  const [name, text] = t.what[row.act] ?? [];
  const value = name ? valueOf(row.body, name) : null;
  return text && value ? fill(text, { act, value: t.values[value] ?? value }) : act;
}

function label({ path }: Fact): string {
  return path.map((name) => t.fields[name] ?? name.replaceAll('_', ' ')).join(', ');
}

/** Figures, days and known words as the person writes them; of a hash enough to be read out. */
function shown({ text }: Fact, formats: Formats): string {
  if (HASH.test(text)) return short(text);
  if (text === 'true' || text === 'false') return text === 'true' ? t.yes : t.no;
  return t.values[text] ?? localised(text, formats);
}

const HASH = /^[0-9a-f]{64}$/;

/** Enough of a hash to be read out: four groups of four. */
function short(hash: string): string {
  return hash.slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ');
}

function pretty(body: string): string {
  // Only broken into lines: a figure must not go through a number.
  return body.replace(/,(?=")/g, ',\n').replace(/^\{|\}$/g, '');
}
