import { useState } from 'react';
import type { KnownBook, Overview, Problem } from '../host/commands';
import { useAct } from '../host/ask';
import { useFormats } from '../format/formats';
import { useFiles } from '../host/files';
import { Field } from '../connect/field';
import { Button, ModeBadge, Mono } from '../look/marks';
import { Trouble } from '../look/trouble';
import { fill, problemWords, words } from '../words/words';
import styles from './books.module.css';

const f = words.firstRun;

interface Props {
  books: KnownBook[];
  onOverview: (next: Overview) => void;
  onBack: () => void;
}

/** The books found on this computer, and a path for one that lies elsewhere. */
export function Books({ books, onOverview, onBack }: Props) {
  const files = useFiles();
  const [path, setPath] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const opening = useAct('open_book', onOverview, setProblem);
  const open = (which: string) => {
    setProblem(null);
    opening.mutate({ path: which });
  };
  return (
    <section className={styles.books} aria-label={f.books} onKeyDown={(event) => event.key === 'Escape' && onBack()}>
      <h2>{f.books}</h2>
      <BookList books={books} none={f.noBooks} autoFocus onOpen={open} />
      {!files && (
        <form
          className={styles.path}
          onSubmit={(event) => {
            event.preventDefault();
            if (path.trim()) open(path.trim());
          }}
        >
          <Field label={f.path} value={path} onChange={setPath} />
          <Button face="solid" tall disabled={!path.trim()}>
            {f.open}
          </Button>
        </form>
      )}
      {problem && <Trouble problem={problem} />}
      <p className={styles.acts}>
        {files && <Button onPress={() => void files('open_book', f.choose).then((chosen) => chosen && open(chosen), () => undefined)}>{f.choose}</Button>}
        <Button face="quiet" keys="Esc" onPress={onBack}>
          {f.back}
        </Button>
      </p>
    </section>
  );
}

interface ListProps {
  books: KnownBook[];
  none: string;
  autoFocus?: boolean;
  onOpen: (path: string) => void;
}

/** One line for each book; one that cannot be opened says why, and is left as it is. */
export function BookList({ books, none, autoFocus, onOpen }: ListProps) {
  if (books.length === 0) return <p className={styles.none}>{none}</p>;
  return (
    <ul className={styles.list}>
      {books.map((book, index) => (
        <li key={book.path}>
          {book.problem ? (
            <div className={styles.bad}>
              <b>{book.name}</b>
              <span>{Object.values(problemWords(book.problem)).join(' ')}</span>
            </div>
          ) : (
            <button type="button" className={styles.book} autoFocus={Boolean(autoFocus) && index === 0} disabled={book.open} onClick={() => onOpen(book.path)}>
              <b>{book.name}</b>
              <ModeBadge mode={book.mode} />
              <About book={book} />
              <Mono>{book.path}</Mono>
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function About({ book }: { book: KnownBook }) {
  const formats = useFormats();
  const pair = book.account && book.company ? fill(words.shelf.pair, { account: book.account, company: book.company }) : (book.account ?? book.company);
  const changed = book.changed_at ? fill(words.shelf.changed, { day: formats.day(book.changed_at) }) : null;
  return <span className={styles.about}>{[book.open ? words.shelf.isOpen : null, pair, changed].filter(Boolean).join(', ')}</span>;
}
