import type { ReactNode } from 'react';
import type { Problem } from '../host/commands';
import { problemWords } from '../words/words';
import { Copy } from './copy';
import form from './form.module.css';
import styles from './trouble.module.css';

/** A problem where it arose: what was not done, what to do next, and the other side's own reference. */
export function Trouble({ problem, children }: { problem: Problem; children?: ReactNode }) {
  const { said, next } = problemWords(problem);
  const address = problem.params['url'];
  return (
    <div className={`${form.problem} ${styles.trouble}`} role="alert" data-code={problem.code}>
      <p>
        <b>{said}</b> {next}
        {problem.incident && <code> {problem.incident}</code>}
      </p>
      {(address || children) && (
        <p className={styles.acts}>
          {address && <Copy text={address} />}
          {children}
        </p>
      )}
    </div>
  );
}
