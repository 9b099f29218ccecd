import { ArrowLeftRight, File, KeyRound } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { KnownBook, Overview, Problem } from '../host/commands';
import { cap, useCommands } from '../frame/keys';
import { useAct } from '../host/ask';
import { Icon } from '../look/icon';
import { Button, Key } from '../look/marks';
import { Trouble } from '../look/trouble';
import { words } from '../words/words';
import { Books } from './books';
import { DemoDrawing, PagesDrawing } from './drawings';
import styles from './doors.module.css';

const f = words.firstRun;

interface Props {
  books: KnownBook[];
  onOverview: (next: Overview) => void;
  onConnect: () => void;
}

/** Two doors, and a small one for those who have a book already. */
export function Doors({ books, onOverview, onConnect }: Props) {
  const [opening, setOpening] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const demo = useAct('open_demo', onOverview, setProblem);
  const openDemo = () => demo.mutate({});
  useCommands('room', [
    { id: 'demo', group: 'book', name: f.demo, keys: ['d'], run: openDemo },
    { id: 'connect', group: 'book', name: f.connect, keys: ['Enter'], run: onConnect },
    { id: 'open', group: 'book', name: f.openFile, keys: ['Mod+o'], run: () => setOpening(true) },
  ]);
  return (
    <div className={styles.page}>
      <main className={styles.middle}>
        <p className={styles.product}>
          <Icon size={24} />
          {words.product}
        </p>
        <h1>{f.question}</h1>
        <p className={styles.lead}>
          {f.lead}
          <br />
          {f.leadMore}
        </p>
        {opening ? (
          <Books books={books} onOverview={onOverview} onBack={() => setOpening(false)} />
        ) : (
          <>
            <div className={styles.doors}>
              <Door drawing={<PagesDrawing />} title={f.connectTitle} text={f.connectTextNow} note={f.connectNote}>
                <Button face="solid" tall keys="↵" onPress={onConnect} autoFocus>
                  {f.connect}
                </Button>
              </Door>
              <Door drawing={<DemoDrawing />} title={f.demoTitle} text={f.demoText} note={f.demoNote}>
                <Button keys="D" tall disabled={demo.isPending} onPress={openDemo}>
                  {demo.isPending ? words.opening.demo : f.demo}
                </Button>
              </Door>
            </div>
            {problem && <Trouble problem={problem} />}
            <p className={styles.have}>
              {f.have}{' '}
              <button type="button" onClick={() => setOpening(true)}>
                {f.openFile}
              </button>{' '}
              <Key>{cap('Mod+o')}</Key>
            </p>
          </>
        )}
      </main>
      <Promises />
    </div>
  );
}

interface DoorProps {
  drawing: ReactNode;
  title: string;
  text: string;
  note: string;
  children: ReactNode;
}

function Door({ drawing, title, text, note, children }: DoorProps) {
  return (
    <section className={styles.door}>
      {drawing}
      <h2>{title}</h2>
      <p className={styles.text}>{text}</p>
      <p className={styles.act}>
        {children}
        <span>{note}</span>
      </p>
    </section>
  );
}

export function Promises() {
  return (
    <footer className={styles.promises}>
      <span>
        <KeyRound size={14} aria-hidden="true" />
        {f.keychain}
      </span>
      <span>
        <File size={14} aria-hidden="true" />
        {f.file}
      </span>
      <span>
        <ArrowLeftRight size={14} aria-hidden="true" />
        {f.talks}
      </span>
    </footer>
  );
}
