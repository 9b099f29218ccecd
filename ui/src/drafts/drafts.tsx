import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { DraftPaper, DraftRow, RowState } from '../host/commands';
import { useFormats, type Formats } from '../format/formats';
import { cap, useCommands, useHints } from '../frame/keys';
import { useSay } from '../frame/notice';
import { useAct, useAsk } from '../host/ask';
import { problem as problemWith, problemOf, useHost } from '../host/host';
import { Empty } from '../look/empty';
import { Currency, Figures, Key } from '../look/marks';
import { shortNumber } from '../format/number';
import { fill, plural, words } from '../words/words';
import { Chain, Changed, Deleted, Proof, Refusal, Unknown } from './beside';
import { Paper } from './paper';
import { Request } from './request';
import { useDraftRows } from './rows';
import panes from '../look/panes.module.css';
import styles from './drafts.module.css';

const ROW = 49;
const HINTS = [
  { keys: 'J K', word: words.keys.move },
  { keys: 'E', word: words.keys.request },
  { keys: cap('Mod+Enter'), word: words.keys.writeSigned },
  { keys: cap('Mod+z'), word: words.keys.undoHint },
];

interface Props {
  ledger: string;
  /** The row of Review whose draft is wanted. */
  sought: { row: string; request: boolean } | null;
  basketOpen: boolean;
  onAsk: () => void;
  onTrail: (row: string, draft: string) => void;
}

/** What will be written: the list, the document a bookkeeper knows, and the very request. */
export function Drafts({ ledger, sought, onAsk, onTrail }: Props) {
  const host = useHost();
  const say = useSay();
  const formats = useFormats();
  const scroller = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState({ top: 0, height: 700 });
  const [at, setAt] = useState(0);
  const [picked, setPicked] = useState<string | null>(null);
  const [request, setRequest] = useState(sought?.request ?? true);
  const from = Math.floor(screen.top / ROW);
  const to = Math.ceil((screen.top + screen.height) / ROW);
  const rows = useDraftRows(Math.min(from, at), Math.max(to, at));
  
  const id = picked ?? rows?.row(at)?.id ?? null;
  const move = (by: number) => {
    setAt((index) => Math.max(0, Math.min((rows?.total ?? 1) - 1, index + by)));
    setPicked(null);
  };
  const pick = useCallback(
    (draft: string) => {
      setPicked(draft);
      host.call('draft_rows', { anchor: { at: 'row', key: draft }, before: 0, after: 1 }).then(
        (answer) => answer.rows[0]?.id === draft && setAt(answer.first),
        () => undefined,
      );
    },
    [host],
  );

  useEffect(() => {
    if (!sought) return;
    setRequest((shown) => sought.request || shown);
    host.call('explain', { key: sought.row }).then(
      ({ drafts }) => {
        const document = drafts.find((draft) => draft.kind === 'sales_invoice' || draft.kind === 'credit_memo') ?? drafts[0];
        if (document) pick(document.id);
      },
      () => undefined,
    );
  }, [sought, host, pick]);

  const ready = rows !== null;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !ready) return undefined;
    const measure = () => setScreen({ top: element.scrollTop, height: element.clientHeight });
    const seen = new ResizeObserver(measure);
    seen.observe(element);
    return () => seen.disconnect();
  }, [ready]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (at * ROW < element.scrollTop) element.scrollTop = at * ROW;
    if ((at + 1) * ROW > element.scrollTop + element.clientHeight) element.scrollTop = (at + 1) * ROW - element.clientHeight;
  }, [at]);

  const paper = useAsk('draft', { id: id ?? '' }, { enabled: id !== null, keep: true });
  const row = paper.data?.row;
  const sign = useAct('countersign', (answer) => answer.not_done[0] && say({ kind: 'problem', problem: answer.not_done[0].problem }), (problem) => say({ kind: 'problem', problem }));
  const signRow = async () => {
    if (!row || (row.state !== 'open' && row.state !== 'stale')) return;
    // The signature binds to all drafts that are signed together.
    try {
      const now = await host.call('draft', { id: row.id });
      if (now.fingerprint !== paper.data?.fingerprint) {
        await paper.refetch();
        return say({ kind: 'problem', problem: problemWith('changed', { what: row.number }) });
      }
      sign.mutate({ rows: [{ key: row.row, fingerprint: now.row_fingerprint }], yes: [] });
    } catch (failed) {
      say({ kind: 'problem', problem: problemOf(failed) });
    }
  };
  const reopen = useAct('reopen', undefined, (problem) => say({ kind: 'problem', problem }));
  const accept = useAct('accept', undefined, (problem) => say({ kind: 'problem', problem }));
  const undo = useAct('undo', undefined, (problem) => say({ kind: 'problem', problem }));

  useHints('room', HINTS);
  const k = words.keys;
  useCommands('room', [
    { id: 'next', group: 'drafts', name: k.next, keys: ['j', 'ArrowDown'], run: () => move(1), keyOnly: true },
    { id: 'previous', group: 'drafts', name: k.previous, keys: ['k', 'ArrowUp'], run: () => move(-1), keyOnly: true },
    { id: 'first', group: 'drafts', name: k.first, keys: ['Home'], run: () => move(-at), keyOnly: true },
    { id: 'last', group: 'drafts', name: k.last, keys: ['End'], run: () => move(rows?.total ?? 0), keyOnly: true },
    { id: 'countersign', group: 'drafts', name: k.countersign, keys: ['Enter'], run: () => void signRow() },
    { id: 'request', group: 'drafts', name: words.drafts.documentAndRequest, keys: ['e'], run: () => setRequest((shown) => !shown) },
    { id: 'undo', group: 'drafts', name: words.drafts.undo, keys: ['Mod+z'], run: () => row?.state === 'countersigned' && undo.mutate({ keys: [row.row] }) },
  ]);

  if (rows && rows.total === 0) return <Empty title={words.drafts.empty} text={words.drafts.emptyMore} />;
  return (
    <section className={`${panes.room} ${styles.room}`} aria-label={words.drafts.title}>
      <h1 className="sr">{words.drafts.title}</h1>
      <div className={panes.side}>
        <p className={styles.head}>
          <b>{words.drafts.list}</b> {rows && formats.count(rows.total)}
          {rows && rows.signed > 0 && <span className={styles.signed}> · {fill(words.drafts.signed, { count: formats.count(rows.signed) })}</span>}
        </p>
        <div
          ref={scroller}
          className={styles.list}
          role="listbox"
          aria-label={words.drafts.list}
          aria-activedescendant={rows ? `draft-${at}` : undefined}
          tabIndex={0}
          onScroll={(event) => setScreen({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
        >
          <div role="presentation" style={{ position: 'relative', height: (rows?.total ?? 0) * ROW }}>
            {rows &&
              Array.from({ length: Math.max(0, Math.min(rows.total, to + 2) - Math.max(0, from - 2)) }, (_, offset) => Math.max(0, from - 2) + offset).map((index) => (
                <Line key={index} index={index} row={rows.row(index)} selected={index === at} onPick={() => (setAt(index), setPicked(null))} />
              ))}
          </div>
        </div>
      </div>
      <div className={`${panes.main} ${styles.main}`}>
        <header className={styles.title}>
          {paper.data && (
            <>
              <b>{paper.data.row.number || paper.data.row.name}</b>
              <span className={styles.found}>{searched(paper.data, formats)}</span>
            </>
          )}
          {row && (
            <button type="button" className={styles.entries} onClick={() => onTrail(row.row, row.id)}>
              {words.drafts.entries}
            </button>
          )}
          <button type="button" className={styles.both} aria-pressed={request} onClick={() => setRequest(!request)}>
            {words.drafts.documentAndRequest} <Key>E</Key>
          </button>
        </header>
        {paper.data && (
          <div className={styles.desk} tabIndex={0} role="region" aria-label={words.drafts.document}>
            {paper.data.row.state === 'unknown' && <Unknown of={paper.data} onAsk={onAsk} />}
            {paper.data.refusal && <Refusal of={paper.data} refusal={paper.data.refusal} onReplay={() => reopen.mutate({ keys: [paper.data.row.row] })} />}
            {paper.data.row.state === 'deleted' && <Deleted of={paper.data} onAgain={() => reopen.mutate({ keys: [paper.data.row.row] })} />}
            {paper.data.differences.length > 0 && <Changed key={paper.data.row.id} of={paper.data} onAgain={() => void signRow()} onAccept={(reason) => accept.mutate({ key: paper.data.row.row, reason })} />}
            <Paper of={paper.data} />
            {paper.data.paper.totals && <Proof of={paper.data} totals={paper.data.paper.totals} ledger={ledger} />}
            {request && <Request of={paper.data} />}
            {paper.data.chain.length > 1 && <Chain of={paper.data} onPick={pick} />}
          </div>
        )}
      </div>
    </section>
  );
}

interface LineProps {
  row: DraftRow | undefined;
  index: number;
  selected: boolean;
  onPick: () => void;
}

function Line({ row, index, selected, onPick }: LineProps) {
  return (
    <div id={`draft-${index}`} role="option" aria-selected={selected} aria-posinset={index + 1} className={styles.line} data-state={row?.state} data-draft={row?.id} style={{ top: index * ROW }} onClick={onPick}>
      {row && (
        <>
          <span className={`${panes.name} ${styles.name}`} title={row.name}>
            {row.name}
          </span>
          <span className={styles.about}>{about(row)}</span>
          {row.amount && (
            <>
              <span className={styles.amount}>
                <Figures of={row.amount} />
              </span>
              <Currency>{row.amount.currency}</Currency>
            </>
          )}
        </>
      )}
    </div>
  );
}

/** Written once: what was searched before is told by the trail. */
const OVER: RowState[] = ['written', 'posted', 'altered', 'deleted'];

/** What was searched before a draft was offered. */
function searched({ paper, row, looked_at }: DraftPaper, formats: Formats): string {
  if (OVER.includes(row.state)) return '';
  if (paper.kind === 'stripe_keys') return words.drafts.keysDraft;
  if (paper.kind === 'customer') return words.drafts.firstDraft;
  if (paper.kind === 'item') return words.drafts.newItem;
  return plural(words.drafts.newDraft, looked_at, formats.count(looked_at));
}

/** What the second line of a draft says: its trouble, what it waits for, its kind, or its number. */
function about(row: DraftRow): string {
  if (row.state !== 'open' && row.state !== 'countersigned') return words.drafts.state[row.state];
  if (row.waits) return words.drafts.waits[row.waits];
  return words.drafts.short[row.kind] || shortNumber(row.number);
}
