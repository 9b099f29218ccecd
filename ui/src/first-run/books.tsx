import { useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import type { KnownBook, Overview, Problem } from '../host/commands';
import { useAct } from '../host/ask';
import { Button, ModeBadge, Mono } from '../look/marks';
import form from '../look/form.module.css';
import { problemWords, words } from '../words/words';
import styles from './books.module.css';

const f = words.firstRun;

interface Props {
  books: KnownBook[];
  onOverview: (next: Overview) => void;
  onBack: () => void;
}

/** The books found on this computer, and a path for one that lies elsewhere. */
export function Books({ books, onOverview, onBack }: Props) {
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
      {books.length === 0 && <p className={styles.none}>{f.noBooks}</p>}
      <ul>
        {books.map((book, index) => (
          <li key={book.path}>
            <button type="button" className={styles.book} autoFocus={index === 0} onClick={() => open(book.path)}>
              <b>{book.name}</b>
              <ModeBadge mode={book.mode} />
              <Mono>{book.path}</Mono>
            </button>
          </li>
        ))}
      </ul>
      <form
        className={styles.path}
        onSubmit={(event) => {
          event.preventDefault();
          if (path.trim()) open(path.trim());
        }}
      >
        <TextField className={form.field ?? ''} value={path} onChange={setPath} autoComplete="off">
          <Label>{f.path}</Label>
          <Input />
        </TextField>
        <Button face="solid" tall disabled={!path.trim()}>
          {f.open}
        </Button>
      </form>
      {problem && (
        <p className={form.problem} role="alert">
          {Object.values(problemWords(problem)).join(' ')}
        </p>
      )}
      <Button face="quiet" keys="Esc" onPress={onBack}>
        {f.back}
      </Button>
    </section>
  );
}
