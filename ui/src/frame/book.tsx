import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { BookHead, Bucket, LongWork, Overview, Person, Problem } from '../host/commands';
import { useAct, useAsk } from '../host/ask';
import { useSaveTo } from '../host/files';
import { problemOf, useHost } from '../host/host';
import { Basket } from '../basket/basket';
import { Customers } from '../customers/customers';
import { BasketLine } from '../basket/line';
import { Drafts } from '../drafts/drafts';
import { useFormats } from '../format/formats';
import { Empty } from '../look/empty';
import { toggleDensity, toggleTheme } from '../look/theme';
import { useActs } from '../review/acts';
import { ReviewList } from '../review/list';
import { Review } from '../review/review';
import { Learned } from '../learned/learned';
import type { Mend } from '../review/mend';
import { Settings, type Section, type Unsaved } from '../settings/settings';
import { EVERYTHING, Trail, type About } from '../trail/trail';
import { fill, plural, problemWords, words } from '../words/words';
import { BookSheets, brokenSide, sideToMend, type BookSheet } from './book-sheets';
import { BottomLine } from './bottom-line';
import { CopyLine } from './copy-line';
import { useCommands, useHints, type Command } from './keys';
import { SayContext, type Said } from './notice';
import { Rail, ROOMS, type Room } from './rail';
import { Notice } from './said';
import { KeySheet, Palette, UndoLog } from './sheets';
import { TopLine } from './top-line';
import styles from './frame.module.css';

const RUNNING_MS = 150;
const IDLE_MS = 2000;
const HINTS = [
  { keys: 'G R', word: words.rail.review[1] ?? '' },
  { keys: '?', word: words.keys.keysSheet },
];

interface Props {
  book: BookHead;
  person: Person | null;
  revision: number;
  onConnect: () => void;
}

type Open = 'keys' | 'palette' | 'undo' | null;
interface Sought {
  row: string;
  request: boolean;
}

/** The open book: its frame, and the room one is in. */
export function Book({ book, person, revision, onConnect }: Props) {
  const host = useHost();
  const client = useQueryClient();
  const [room, setRoom] = useState<Room>('review');
  const [open, setOpen] = useState<Open>(null);
  const [basketOpen, setBasketOpen] = useState(false);
  const [said, setSaid] = useState<Said | null>(null);
  const [sought, setSought] = useState<Sought | null>(null);
  const [sheet, setSheet] = useState<BookSheet | null>(null);
  const [buyer, setBuyer] = useState('');
  const [section, setSection] = useState<Section | null>(null);
  const [unsaved, setUnsaved] = useState<Unsaved | null>(null);
  const [about, setAbout] = useState<About>(EVERYTHING);
  const list = useMemo(
    () => new ReviewList((window) => host.call('review_rows', window), { bucket: 'all', month: null, search: '' }),
    [host],
  );

  const progress = useAsk('progress', {}, { every: IDLE_MS });
  const running = Boolean(progress.data?.fetch?.running || progress.data?.write?.running);
  useFollow(running, revision, progress.data?.revision ?? 0, list);
  const problem = (failed: unknown) => setSaid({ kind: 'problem', problem: problemOf(failed) });
  // A lost connection is mended in place, and what it cut off goes on.
  const failed = useCallback((trouble: Problem, next: LongWork) => {
    const side = sideToMend(trouble);
    const unlock = trouble.code === 'keychain_locked' && { name: words.connections.unlock, run: () => [setSaid(null), setSheet({ of: 'connections' })] };
    const act = unlock || side && { name: words.reconnect.act[side], run: () => [setSaid(null), setSheet({ of: 'reconnect', side, next })] };
    setSaid({ kind: 'problem', problem: trouble, ...(act ? { act } : {}) });
  }, []);
  const close = useCallback(() => setSaid(null), []);
  // What is begun again has its trouble behind it; what was done stays said.
  const begun = () => setSaid((before) => (before?.kind === 'problem' ? null : before));
  const fetching = useAct('fetch', begun, (trouble) => failed(trouble, 'fetch'));
  const stopping = useAct('stop');
  const writing = useAct('write', begun, (trouble) => failed(trouble, 'write'));
  const asking = useAct('ask_unknown', undefined, (trouble) => setSaid({ kind: 'problem', problem: trouble }));
  useEndOfWork(progress.data, setSaid, failed);

  const fetch = () => {
    const side = brokenSide(book);
    if (book.stripe.state === 'none' || book.ledger.state === 'none') onConnect();
    else if (side) setSheet({ of: 'reconnect', side, next: 'fetch' });
    else fetching.mutate({});
  };
  const write = () => writing.mutate({});
  const basket = useAsk('basket', {}, { keep: true });
  // After the room that was entered has cleared what was said before.
  const left = useRef(room);
  useEffect(() => {
    if (left.current === 'settings' && room !== 'settings') {
      setSection(null);
      if (unsaved) setSaid({ kind: 'done', text: words.settings.waits });
    }
    left.current = room;
  }, [room, unsaved]);
  const k = words.keys;
  const saveTo = useSaveTo();
  const report = async () => {
    try {
      const to = await saveTo('save_report', k.report);
      if (to) setSaid({ kind: 'done', text: fill(words.report.saved, await host.call('save_report', to)) });
    } catch (refused) {
      problem(refused);
    }
  };
  const say = useCallback((what: Said | null) => setSaid(what), []);

  useHints('book', HINTS);
  const jump = (to: Room): Command => ({ id: `go-${to}`, group: 'go', name: words.rail[to][1] ?? to, keys: [`g ${words.rail[to][0]?.toLowerCase() ?? ''}`], run: () => setRoom(to) });
  useCommands('book', [
    ...ROOMS.map(jump),
    { id: 'fetch', group: 'book', name: k.fetch, keys: ['f'], run: fetch },
    { id: 'stop', group: 'book', name: words.top.stop, keys: ['Escape'], run: () => escape(), keyOnly: true },
    { id: 'basket', group: 'basket', name: k.basket, keys: ['b'], run: () => setBasketOpen((shown) => !shown) },
    { id: 'write', group: 'basket', name: fill(k.write, { count: basket.data?.rows ?? 0 }), keys: ['Mod+Enter'], run: () => (basketOpen ? write() : setBasketOpen(true)) },
    { id: 'keys', group: 'view', name: k.keysSheet, keys: ['?'], run: () => setOpen('keys') },
    { id: 'palette', group: 'view', name: k.commands, keys: ['Mod+k'], run: () => setOpen('palette') },
    { id: 'theme', group: 'view', name: k.theme, keys: [], run: toggleTheme },
    { id: 'density', group: 'view', name: k.density, keys: [], run: toggleDensity },
    { id: 'report', group: 'book', name: k.report, keys: [], run: () => void report() },
    { id: 'books', group: 'book', name: words.shelf.command, keys: ['Mod+o'], run: () => setSheet({ of: 'books' }) },
    { id: 'connections', group: 'book', name: words.connections.command, keys: [], run: () => setSheet({ of: 'connections' }) },
    { id: 'leaves', group: 'book', name: words.leaves.command, keys: [], run: () => setSheet({ of: 'leaves' }) },
    { id: 'close', group: 'book', name: k.closeBook, keys: [], run: () => void host.call('close_book', {}).then((next) => client.setQueryData(['overview', {}], next), problem) },
  ]);
  const escape = () => {
    if (said) setSaid(null);
    else if (progress.data?.fetch?.running) stopping.mutate({ what: 'fetch' });
    else if (progress.data?.write?.running) stopping.mutate({ what: 'write' });
    else setBasketOpen(false);
  };
  const seek = (row: string, request: boolean) => {
    setSought({ row, request });
    setRoom('drafts');
  };
  const mend = (there: Exclude<Mend, { to: 'row' }>) => {
    if (there.to === 'customer') setBuyer(there.name);
    else setSection(there.section);
    setRoom(there.to === 'customer' ? 'customers' : 'settings');
  };
  const show = (bucket: Bucket) => {
    void list.query({ bucket, month: null, search: '' });
    setRoom('review');
  };
  const lookAt = (search: string) => {
    void list.query({ bucket: 'all', month: null, search });
    setRoom('review');
  };
  const trailOf = (row: string, draft: string) => {
    setAbout({ row, draft, act: null });
    setRoom('trail');
  };
  const initials = person?.initials ?? '';

  return (
    <SayContext value={say}>
      <div className={styles.frame}>
        <Rail room={room} counts={book.counts} person={person} onRoom={setRoom} />
        <TopLine book={book} progress={progress.data?.fetch ?? null} onFetch={fetch} onStop={() => stopping.mutate({ what: 'fetch' })} onSheet={(of) => setSheet({ of })} />
        <main className={styles.room}>
          {book.copied_at && <CopyLine at={book.copied_at} onOverview={(next) => client.setQueryData(['overview', {}], next)} onProblem={problem} />}
          <div className={styles.kept}>
            {room === 'review' && (
              <Review list={list} book={book} initials={initials} fetching={progress.data?.fetch?.running ?? false} onDraft={seek} onMend={mend} onFetch={fetch} onUnknown={() => asking.mutate({})} onUndoLog={() => setOpen('undo')} />
            )}
            {room === 'drafts' && <Drafts ledger={book.ledger_name} sought={sought} basketOpen={basketOpen} onAsk={() => asking.mutate({})} onTrail={trailOf} />}
            {room === 'customers' && <Customers key={buyer} ledger={book.ledger_name} sought={buyer} />}
            {room === 'learned' && <Learned onRow={lookAt} />}
            {room === 'trail' && <Trail about={about} onAbout={setAbout} onDraft={(row) => seek(row, false)} onSay={setSaid} />}
            {room === 'settings' && <Settings at={section} kept={unsaved} onKeep={setUnsaved} />}
            {room === 'unexplained' && <Unexplained count={book.counts.unexplained} onShow={() => show('unexplained')} />}
            {isLater(room) && room !== 'unexplained' && <Empty title={words.later[room][0] ?? ''} text={words.later[room][1] ?? ''} note={words.later.notYet} />}
          </div>
          <Notice said={said} onClose={close} />
        </main>
        <BottomLine>
          {!basketOpen && <BasketLine basket={basket.data} progress={progress.data?.write ?? null} onOpen={() => setBasketOpen(true)} />}
        </BottomLine>
        {basketOpen && (
          <Basket
            basket={basket.data}
            progress={progress.data?.write ?? null}
            onClose={() => setBasketOpen(false)}
            onWrite={write}
            onStop={() => stopping.mutate({ what: 'write' })}
            onDraft={(row) => seek(row, false)}
            onConflicts={() => show('unknown')}
          />
        )}
      </div>
      <BookSheets
        sheet={sheet}
        book={book}
        onSheet={setSheet}
        onConnect={onConnect}
        onOverview={(next: Overview) => client.setQueryData(['overview', {}], next)}
        onResume={(work) => (work === 'fetch' ? fetching.mutate({}) : writing.mutate({}))}
      />
      {open === 'keys' && <KeySheet onClose={() => setOpen(null)} />}
      {open === 'palette' && <Palette onClose={() => setOpen(null)} />}
      {open === 'undo' && <Undo list={list} initials={initials} onClose={() => setOpen(null)} />}
    </SayContext>
  );
}

function Undo({ list, initials, onClose }: { list: ReviewList; initials: string; onClose: () => void }) {
  const acts = useActs(list, initials);
  return <UndoLog onUndo={(keys) => void acts.takeBack(keys)} onClose={onClose} />;
}

/** Money is not explained yet; documents that nothing explains stand in Review. */
function Unexplained({ count, onShow }: { count: number; onShow: () => void }) {
  const formats = useFormats();
  useCommands('room', [{ id: 'show', group: 'view', name: words.later.unexplainedShow, keys: count > 0 ? ['Enter'] : [], run: onShow }]);
  const [title = '', text = ''] = words.later.unexplained;
  if (count === 0) return <Empty title={title} text={text} note={words.later.notYet} />;
  return <Empty title={title} text={text} note={plural(words.later.unexplainedNow, count, formats.count(count))} act={words.later.unexplainedShow} keys="↵" onAct={onShow} />;
}

type Later = Exclude<keyof typeof words.later, 'notYet' | 'unexplainedNow' | 'unexplainedShow'>;

function isLater(room: Room): room is Later {
  return room in words.later;
}

/** While something runs everything is looked at often; when it ends or the book moves on, the list is asked for anew. */
function useFollow(running: boolean, overview: number, progress: number, list: ReviewList) {
  const client = useQueryClient();
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: ['progress'] }), RUNNING_MS);
    return () => clearInterval(timer);
  }, [running, client]);
  const revision = Math.max(overview, progress);
  useEffect(() => {
    if (list.state.revision !== revision) void list.reload();
  }, [revision, list]);
  useEffect(() => {
    if (progress > overview) void client.invalidateQueries({ queryKey: ['overview'] });
    // Writing may have begun and ended between two looks.
    void client.invalidateQueries({ queryKey: ['basket'] });
  }, [progress, overview, client]);
  const before = useRef(running);
  useEffect(() => {
    if (before.current && !running) void client.invalidateQueries();
    before.current = running;
  }, [running, client]);
}

type Work = { running: boolean; problem: Problem | null } | null;

/** Says once why long work ended when it did not end well. */
function useEndOfWork(progress: { fetch: Work; write: Work } | undefined, say: (said: Said) => void, failed: (problem: Problem, work: LongWork) => void) {
  const told = useRef<unknown>(null);
  const ended = (['fetch', 'write'] as const).map((work) => ({ work, problem: progress?.[work]?.running ? null : progress?.[work]?.problem })).find(({ problem }) => problem);
  const key = ended ? JSON.stringify(ended) : null;
  useEffect(() => {
    if (key && told.current !== key) {
      const { work, problem } = JSON.parse(key) as { work: LongWork; problem: Problem };
      // To stop is what was asked for, so it is no trouble.
      if (problem.code === 'stopped') say({ kind: 'done', text: problemWords(problem).said });
      else failed(problem, work);
    }
    told.current = key;
  }, [key, say, failed]);
}
