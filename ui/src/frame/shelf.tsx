import { useState } from 'react';
import type { FileUse, Overview, Problem } from '../host/commands';
import { useAct, useAsk } from '../host/ask';
import { useFiles } from '../host/files';
import { BookList } from '../first-run/books';
import { Field } from '../connect/field';
import { problemOf } from '../host/host';
import { Button } from '../look/marks';
import { Trouble } from '../look/trouble';
import { fill, words } from '../words/words';
import { useSay } from './notice';
import { Sheet } from './sheets';
import styles from './shelf.module.css';

const s = words.shelf;

interface Props {
  name: string;
  onOverview: (next: Overview) => void;
  onClose: () => void;
}

/** All books of this computer, and what can be done with the open one. */
export function Shelf({ name, onOverview, onClose }: Props) {
  const say = useSay();
  const files = useFiles();
  const { data } = useAsk('books', {});
  const [problem, setProblem] = useState<Problem | null>(null);
  const gone = (next: Overview) => {
    onOverview(next);
    onClose();
  };
  const open = useAct('open_book', gone, setProblem);
  const make = useAct('new_book', gone, setProblem);
  const rename = useAct(
    'rename_book',
    (next, { name: called }) => {
      gone(next);
      say({ kind: 'done', text: fill(s.renamed, { name: called }) });
    },
    setProblem,
  );
  const copy = useAct(
    'save_copy',
    ({ path }) => {
      onClose();
      say({ kind: 'done', text: fill(s.copied, { path }) });
    },
    setProblem,
  );
  const clear = () => setProblem(null);
  const chosen = (what: FileUse, title: string, then: (path: string) => void) => {
    clear();
    void files?.(what, title).then((path) => path && then(path), (failed: unknown) => setProblem(problemOf(failed)));
  };
  return (
    <Sheet title={s.title} onClose={onClose}>
      <p className={styles.about}>{s.about}</p>
      {problem && <Trouble problem={problem} />}
      {data && (
        <>
          <BookList books={data.books} none={fill(s.none, { folder: data.folder })} onOpen={(path) => [clear(), open.mutate({ path })]} />
          {files && (
            <p className={styles.acts}>
              <Button onPress={() => chosen('open_book', s.choose, (path) => open.mutate({ path }))}>{s.choose}</Button>
              <Button disabled={copy.isPending} onPress={() => chosen('save_copy', s.chooseCopy, (path) => copy.mutate({ path }))}>
                {s.chooseCopy}
              </Button>
            </p>
          )}
          <div className={styles.forms}>
            {!files && <Line key={data.copy ?? ''} label={s.copy} hint={s.copyHint} go={s.copyGo} start={data.copy ?? ''} busy={copy.isPending} wide onGo={(path) => [clear(), copy.mutate({ path })]} />}
            <Line key={name} label={s.rename} hint={s.renameHint} go={s.renameGo} start={name} busy={rename.isPending} onGo={(called) => [clear(), rename.mutate({ name: called })]} />
            {!files && <Line label={s.path} hint={s.pathHint} go={s.open} start="" busy={open.isPending} onGo={(path) => [clear(), open.mutate({ path })]} />}
            <Line label={s.new} hint={s.newHint} go={s.make} start="" busy={make.isPending} onGo={(called) => [clear(), make.mutate({ name: called })]} />
          </div>
        </>
      )}
    </Sheet>
  );
}

interface LineProps {
  label: string;
  hint: string;
  go: string;
  start: string;
  busy: boolean;
  wide?: boolean;
  onGo: (value: string) => void;
}

function Line({ label, hint, go, start, busy, wide, onGo }: LineProps) {
  const [value, setValue] = useState(start);
  const ready = value.trim() !== '' && !busy;
  return (
    <form
      className={`${styles.line} ${wide ? styles.wide : ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onGo(value.trim());
      }}
    >
      <Field label={label} hint={hint} value={value} onChange={setValue} />
      <Button tall disabled={!ready}>
        {go}
      </Button>
    </form>
  );
}
