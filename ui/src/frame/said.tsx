import { useEffect } from 'react';
import { Button } from '../look/marks';
import { problemWords, words } from '../words/words';
import type { Said } from './notice';
import styles from './said.module.css';

const READING_MS = 6000;

/** What was just done leaves by itself; a problem stays until it is closed. */
export function Notice({ said, onClose }: { said: Said | null; onClose: () => void }) {
  useEffect(() => {
    if (said?.kind !== 'done') return undefined;
    const timer = setTimeout(onClose, READING_MS);
    return () => clearTimeout(timer);
  }, [said, onClose]);
  return (
    <>
      <div role="status" className={said?.kind === 'done' ? styles.done : 'sr'}>
        {said?.kind === 'done' && said.text}
      </div>
      {said?.kind === 'problem' && <Trouble said={said} onClose={onClose} />}
    </>
  );
}

function Trouble({ said, onClose }: { said: Extract<Said, { kind: 'problem' }>; onClose: () => void }) {
  const { said: text, next } = problemWords(said.problem);
  return (
    <div role="alert" className={styles.problem} data-code={said.problem.code}>
      <span>
        {said.lead && `${said.lead} `}
        <b>{text}</b> {next}
        {said.problem.incident && <code> {said.problem.incident}</code>}
      </span>
      <span className={styles.acts}>
        {said.act && <Button onPress={said.act.run}>{said.act.name}</Button>}
        <Button face="quiet" keys="Esc" onPress={onClose}>
          {words.keys.close}
        </Button>
      </span>
    </div>
  );
}
