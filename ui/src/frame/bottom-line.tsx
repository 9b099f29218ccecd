import { Key } from '../look/marks';
import styles from './bottom-line.module.css';
import type { ReactNode } from 'react';

export interface Hint {
  keys: string[];
  word: string;
}

/** The few keys that matter where one is, and the basket. */
export function BottomLine({ hints, children }: { hints: Hint[]; children: ReactNode }) {
  return (
    <footer className={styles.line}>
      <ul className={styles.hints}>
        {hints.map((hint) => (
          <li key={hint.word}>
            <Key>{hint.keys.join(' ')}</Key> {hint.word}
          </li>
        ))}
      </ul>
      {children}
    </footer>
  );
}
