import { RefreshCw } from 'lucide-react';
import type { BookHead, Connection, FetchProgress } from '../host/commands';
import { useFormats, type Formats } from '../format/formats';
import { Button, ModeBadge } from '../look/marks';
import { fill, plural, problemWords, words } from '../words/words';
import styles from './top-line.module.css';

interface Props {
  book: BookHead;
  progress: FetchProgress | null;
  onFetch: () => void;
  onStop: () => void;
  onSheet: (sheet: 'books' | 'leaves' | 'connections') => void;
}

export function TopLine({ book, progress, onFetch, onStop, onSheet }: Props) {
  const formats = useFormats();
  const promise = sentences(book);
  const running = progress?.running ?? false;
  return (
    <header className={styles.line}>
      <button type="button" className={styles.book} title={`${book.name}. ${promise.all}`} onClick={() => onSheet('books')}>
        {book.name}
      </button>
      <ModeBadge mode={book.mode} />
      <button type="button" className={styles.promise} title={promise.all} onClick={() => onSheet('leaves')}>
        {promise.short}
      </button>
      {running && progress ? <Fetching book={book} progress={progress} formats={formats} onStop={onStop} /> : <Fetched book={book} formats={formats} onFetch={onFetch} onSheet={onSheet} />}
    </header>
  );
}

function Fetched({ book, formats, onFetch, onSheet }: { book: BookHead; formats: Formats } & Pick<Props, 'onFetch' | 'onSheet'>) {
  return (
    <>
      <button type="button" className={styles.fetched} title={reads(book, formats)} onClick={() => onSheet('connections')}>
        {sideState('Stripe', book.stripe, words.top.fetched, formats)} <span className={styles.dot}>·</span> {sideState(book.ledger_name, book.ledger, words.top.fetchedSecond, formats)}
      </button>
      <Button keys="F" onPress={onFetch}>
        <RefreshCw size={14} aria-hidden="true" />
        {words.top.fetch}
      </Button>
    </>
  );
}

function Fetching({ book, progress, formats, onStop }: { book: BookHead; progress: FetchProgress; formats: Formats; onStop: () => void }) {
  const side = progress.side === 'stripe' ? 'Stripe' : book.ledger_name;
  const share = progress.steps > 0 ? Math.min(1, progress.step / progress.steps) : 0;
  return (
    <>
      <p className={styles.fetched} role="status">
        <b>{fill(words.top.fetching, { side })}</b> <span className={styles.dot}>·</span>{' '}
        {progress.problem ? problemWords(progress.problem).said : read(progress, formats)}{' '}
        <span className={styles.dot}>·</span> {fill(words.top.stepOf, { step: progress.step, steps: progress.steps })}
      </p>
      <Button keys="Esc" onPress={onStop}>
        {words.top.stop}
      </Button>
      <div className={styles.meter} role="progressbar" aria-label={fill(words.top.fetching, { side })} aria-valuemin={0} aria-valuemax={progress.steps} aria-valuenow={progress.step}>
        <div style={{ width: `${share * 100}%` }} />
      </div>
    </>
  );
}

/** What of Stripe's allowance this book has used. */
function reads(book: BookHead, formats: Formats): string {
  return plural(words.top.reads, book.stripe_reads.used, formats.count(book.stripe_reads.used), { allowed: formats.count(book.stripe_reads.allowed) });
}

/** `invoices, page 14, 1.386 rows` */
function read(progress: FetchProgress, formats: Formats): string {
  return fill(words.top.progress, {
    what: words.reading[progress.what] ?? progress.what,
    page: formats.count(progress.pages),
    rows: plural(words.top.rows, progress.rows, formats.count(progress.rows)),
  });
}

function sideState(name: string, side: Connection, fetched: string, formats: Formats): string {
  if (side.state === 'none') return fill(words.top.notConnected, { side: name });
  if (side.state === 'sign_in_again') return fill(words.top.signInAgain, { side: name });
  if (side.state === 'disconnected') return fill(words.top.disconnected, { side: name });
  return side.fetched_at ? fill(fetched, { side: name, time: formats.time(side.fetched_at) }) : fill(words.top.notFetched, { side: name });
}

/** What leaves this computer and to whom, short and in full. */
function sentences(book: BookHead): { short: string; all: string } {
  const short = book.ledger.state === 'none' ? words.top.promiseUnconnected : fill(words.top.promise, { ledger: book.ledger_name });
  const where = book.mode === 'demo' ? words.top.demoNote : book.hosts.length > 0 ? fill(words.top.hosts, { hosts: book.hosts.join(', ') }) : '';
  return { short, all: `${short} ${where}`.trim() };
}
