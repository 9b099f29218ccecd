import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { BookHead, Bucket, ReviewRow, Signable } from '../host/commands';
import { monthName } from '../format/date';
import { cap, useCommands, useHints, type Command } from '../frame/keys';
import { useSay } from '../frame/notice';
import { problemOf } from '../host/host';
import { fill, problemWords, words } from '../words/words';
import { useActs } from './acts';
import { Buckets, FINISHED, OPEN } from './buckets';
import { Explanation } from './explanation';
import { Grid } from './grid';
import { canDecline, canMatch, canSign, isMoney, isOpen, mayChoose, type ReviewList } from './list';
import { mendOf, type Mend } from './mend';
import { Picker } from './picker';
import { AllExact, Reason } from './strip';
import { Empty } from '../look/empty';
import rows from './row.module.css';
import styles from './review.module.css';

interface Props {
  list: ReviewList;
  book: BookHead;
  initials: string;
  onDraft: (row: string, request: boolean) => void;
  onMend: (mend: Exclude<Mend, { to: 'row' }>) => void;
  fetching: boolean;
  onFetch: () => void;
  onUnknown: () => void;
  onUndoLog: () => void;
}

type Question = { kind: 'decline'; row: ReviewRow } | { kind: 'all'; signable: Signable; bucket: Bucket };

const BUCKETS = [...OPEN, ...FINISHED];
const HINTS = [
  { keys: '↵', word: words.keys.countersign },
  { keys: cap('Shift+Enter'), word: words.keys.allExact },
  { keys: 'X', word: words.keys.decline },
  { keys: 'Space', word: words.keys.why },
  { keys: 'E', word: words.keys.request },
  { keys: '?', word: words.keys.keysSheet },
];

/** The heart: two pages, the evidence between them, and the box to sign. */
export function Review({ list, book, initials, onDraft, onMend, fetching, onFetch, onUnknown, onUndoLog }: Props) {
  const state = useSyncExternalStore(list.subscribe, () => list.state);
  const acts = useActs(list, initials);
  const say = useSay();
  const [question, setQuestion] = useState<Question | null>(null);
  const [searching, setSearching] = useState(false);
  const [rival, setRival] = useState(false);
  // A row whose proposal is set aside to choose among all that is open.
  const [others, setOthers] = useState<string | null>(null);
  const page = useRef(10);
  const row = state.rows.get(state.cursor);

  useEffect(() => (setRival(false), setOthers(null)), [row?.key]);

  // Keys may come faster than pictures: what they mean is asked of the list, not of what was drawn.
  const enter = (target = list.row) => {
    if (!target) return;
    if (isOpen(target) && target.class === 'choose') return list.toggle(true);
    if (mayChoose(target)) return choose(target);
    if (canMatch(target)) return void acts.match(target);
    if (canSign(target)) return void acts.sign(target);
    if (target.state === 'unknown') return onUnknown();
    const there = mendOf(target);
    if (there) return mend(there);
    list.toggle();
  };
  const choose = (target = list.row) => {
    if (!target || !isMoney(target) || !isOpen(target)) return;
    setOthers(target.key);
    list.toggle(true);
  };
  const mend = (there: Mend) => {
    if (there.to === 'row') void list.query({ bucket: 'all', month: null, search: there.number });
    else onMend(there);
  };
  const askAll = () => {
    say(null);
    acts.signable().then(
      (signable) => setQuestion({ kind: 'all', signable, bucket: list.state.query.bucket }),
      (error: unknown) => say({ kind: 'problem', problem: problemOf(error) }),
    );
  };
  const bucket = (by: number) => {
    const at = BUCKETS.indexOf(list.state.query.bucket) + by;
    const next = BUCKETS[(at + BUCKETS.length) % BUCKETS.length];
    if (next) void list.query({ bucket: next });
  };
  const decline = (target = list.row) => {
    if (!target || !canDecline(target)) return;
    say(null);
    setQuestion({ kind: 'decline', row: target });
  };
  const draft = (request: boolean) => {
    if (!list.row) return;
    const there = request ? null : mendOf(list.row);
    if (there) mend(there);
    else onDraft(list.row.key, request);
  };
  const whyNot = () => {
    list.toggle(true);
    setRival((shown) => !shown);
  };

  useHints('room', HINTS);
  const k = words.keys;
  const move = (id: string, name: string, keys: string[], run: () => void): Command => ({ id, group: 'review', name, keys, run, keyOnly: true });
  useCommands('room', [
    move('next', k.next, ['j', 'ArrowDown'], () => list.move(list.state.cursor + 1)),
    move('previous', k.previous, ['k', 'ArrowUp'], () => list.move(list.state.cursor - 1)),
    move('pageDown', k.pageDown, ['PageDown'], () => list.move(list.state.cursor + page.current)),
    move('pageUp', k.pageUp, ['PageUp'], () => list.move(list.state.cursor - page.current)),
    move('first', k.first, ['Home'], () => list.move(0)),
    move('last', k.last, ['End'], () => list.move(list.state.total - 1)),
    { id: 'countersign', group: 'review', name: k.countersign, keys: ['Enter'], run: () => enter() },
    { id: 'allExact', group: 'review', name: k.allExact, keys: ['Shift+Enter'], run: askAll },
    { id: 'decline', group: 'review', name: k.decline, keys: ['x'], run: () => decline() },
    { id: 'others', group: 'review', name: k.others, keys: ['o'], run: () => choose() },
    { id: 'why', group: 'review', name: k.why, keys: ['Space'], run: () => list.toggle() },
    { id: 'whyNot', group: 'review', name: k.whyNot, keys: ['w'], run: whyNot },
    { id: 'draft', group: 'review', name: k.draft, keys: ['c'], run: () => draft(false) },
    { id: 'request', group: 'review', name: k.request, keys: ['e'], run: () => draft(true) },
    { id: 'search', group: 'review', name: k.search, keys: ['/'], run: () => setSearching(true) },
    { id: 'nextBucket', group: 'review', name: k.nextBucket, keys: [']'], run: () => bucket(1), keyOnly: true },
    { id: 'previousBucket', group: 'review', name: k.previousBucket, keys: ['['], run: () => bucket(-1), keyOnly: true },
    { id: 'undo', group: 'review', name: k.undo, keys: ['Mod+z'], run: () => void acts.undo().then((found) => found || onUndoLog()) },
    { id: 'undoLog', group: 'review', name: words.undo.title, keys: ['g z'], run: onUndoLog },
    { id: 'back', group: 'review', name: k.back, keys: state.open ? ['Escape'] : [], run: () => list.toggle(false), keyOnly: true },
  ]);

  const point = useCallback(
    (index: number, box: boolean) => {
      list.move(index);
      const target = list.state.rows.get(index);
      if (box) enter(target);
    },
    // The act is the same for every row; only the list matters.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [list, acts],
  );
  const onPage = useCallback((count: number) => {
    page.current = count;
  }, []);

  const under = (opened: ReviewRow, onHeight: (height: number) => void) =>
    (opened.class === 'choose' || others === opened.key) && isOpen(opened) ? (
      <Picker key={opened.key} row={opened} onChoose={(documents) => void acts.choose(opened, documents)} onClose={() => (setOthers(null), list.toggle(false))} onHeight={onHeight} />
    ) : (
      <Explanation
        key={opened.key}
        row={opened}
        ledger={book.ledger_name}
        rival={rival}
        onRival={whyNot}
        onHeight={onHeight}
        acts={{
          sign: () => void acts.sign(opened),
          decline: () => decline(opened),
          reopen: () => void acts.reopen(opened),
          match: () => void acts.match(opened),
          forget: () => void acts.forget(opened),
          allow: (document) => void acts.allow(opened, document),
          choose: () => choose(opened),
          draft: () => onDraft(opened.key, false),
          mend,
        }}
      />
    );

  return (
    <section className={styles.room} aria-label={words.review.title}>
      <h1 className="sr">{words.review.title}</h1>
      <Buckets query={state.query} counts={state.buckets} months={book.months} searching={searching} onQuery={(change) => void list.query(change)} onSearching={setSearching} />
      <Head ledger={book.ledger_name} />
      {state.revision !== null && state.total === 0 ? (
        <Nothing list={list} book={book} fetching={fetching} onFetch={onFetch} />
      ) : (
        <Grid list={list} initials={initials} ledger={book.ledger_name} under={under} onPoint={point} onPage={onPage} />
      )}
      {state.problem && <p className={styles.problem}>{Object.values(problemWords(state.problem)).join(' ')}</p>}
      {question?.kind === 'decline' && (
        <Reason
          documents={question.row.pays.length || (question.row.right_kind === 'document' || question.row.right_kind === 'several' ? 1 : 0)}
          onCancel={() => setQuestion(null)}
          onDecline={(reason) => {
            setQuestion(null);
            void acts.decline(question.row, reason);
          }}
        />
      )}
      {question?.kind === 'all' && (
        <AllExact
          signable={question.signable}
          bucket={question.bucket}
          onCancel={() => setQuestion(null)}
          onSign={() => {
            setQuestion(null);
            void acts.signAll(question.signable);
          }}
        />
      )}
    </section>
  );
}

function Head({ ledger }: { ledger: string }) {
  const { columns, stripe, amount, foundBy } = words.review;
  return (
    <div className={`${rows.columns} ${styles.head}`} aria-hidden="true">
      <b className={styles.stripe}>{stripe}</b>
      <span className={styles.amount}>{amount}</span>
      <span className={styles.gutter}>
        <span className={styles.reference}>{columns.reference}</span>
        <span className={styles.sum}>{columns.amount}</span>
        <span className={styles.party}>{columns.party}</span>
        <span className={styles.date}>{columns.date}</span>
        <span>{columns.currency}</span>
      </span>
      <span className={styles.amountRight}>{amount}</span>
      <b className={styles.ledger}>{ledger}</b>
      <span className={rows.found}>{foundBy}</span>
    </div>
  );
}

function Nothing({ list, book, fetching, onFetch }: { list: ReviewList; book: BookHead; fetching: boolean; onFetch: () => void }) {
  const { query } = list.state;
  if (fetching) return <Empty title={words.review.fetching} text={words.review.notFetchedMore} />;
  if (book.stripe.state === 'none' || book.ledger.state === 'none') {
    return <Empty title={words.review.notConnected} text={words.review.notConnectedMore} act={words.firstRun.connect} keys="F" onAct={onFetch} />;
  }
  if (book.stripe.fetched_at === null) {
    return <Empty title={words.review.notFetched} text={words.review.notFetchedMore} act={words.top.fetch} keys="F" onAct={onFetch} />;
  }
  const month = query.month ? monthName(query.month, words.language) : words.review.allMonths;
  const everywhere = () => void list.query({ bucket: 'all', month: null });
  if (query.search && (query.bucket !== 'all' || query.month)) {
    const text = fill(words.review.emptySearchIn, { search: query.search, bucket: words.buckets[query.bucket], month });
    return <Empty title={words.review.emptyTitle} text={text} act={words.review.searchAll} onAct={everywhere} />;
  }
  const text = query.search
    ? fill(words.review.emptySearch, { search: query.search })
    : query.bucket === 'all'
      ? words.review.noRows
      : query.month
        ? fill(words.review.emptyBucket, { month })
        : words.review.emptyAlways;
  return <Empty title={words.review.emptyTitle} text={text} />;
}
