import type { ReactNode } from 'react';
import { Key } from '../look/marks';
import styles from './bottom-line.module.css';
import { useShownHints } from './keys';

/** The few keys that matter where one is, and the basket. */
export function BottomLine({ children }: { children: ReactNode }) {
  const hints = useShownHints();
  return (
    <footer className={styles.line}>
      <ul className={styles.hints}>
        {hints.map((hint) => (
          <li key={hint.word}>
            <Key>{hint.keys}</Key> {hint.word}
          </li>
        ))}
      </ul>
      {children}
    </footer>
  );
}
