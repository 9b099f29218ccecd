import type { ReactNode } from 'react';
import type { Amount, Mode } from '../host/commands';
import { figure } from '../format/amount';
import { useFormats } from '../format/formats';
import { words } from '../words/words';
import styles from './marks.module.css';

/** A key cap. */
export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className={styles.key} aria-hidden="true">
      {children}
    </kbd>
  );
}

type Face = 'plain' | 'quiet' | 'solid' | 'pen';
const faces: Record<Face, string | undefined> = { plain: styles.button, quiet: styles.quiet, solid: styles.solid, pen: styles.pen };

interface Press {
  face?: Face;
  tall?: boolean;
  keys?: string | undefined;
  disabled?: boolean;
  /** Without it the button sends its form. */
  onPress?: () => void;
  children: ReactNode;
  testid?: string;
  label?: string;
  autoFocus?: boolean;
}

export function Button({ face = 'plain', tall, keys, disabled, onPress, children, testid, label, autoFocus }: Press) {
  return (
    <button type={onPress ? 'button' : 'submit'} className={`${faces[face]} ${tall ? styles.tall : ''}`} disabled={disabled} onClick={onPress} data-testid={testid} aria-label={label} autoFocus={autoFocus}>
      {children}
      {keys && <Key>{keys}</Key>}
    </button>
  );
}

export function Initials({ children, label }: { children: string; label?: string }) {
  return (
    <span className={styles.initials} role={label ? 'img' : undefined} aria-label={label}>
      {children}
    </span>
  );
}

/** A figure in its two boxes, so that separators stand under each other. */
export function Figures({ of, plus }: { of: Amount; plus?: boolean }) {
  const { separators } = useFormats();
  const { whole, fraction } = figure(of.amount, separators, plus);
  return (
    <span className={styles.amount}>
      {whole}
      <span className={styles.fraction}>{fraction}</span>
    </span>
  );
}

export function Currency({ children }: { children: string }) {
  return <span className={styles.code}>{children}</span>;
}

/** A figure inside a sentence, with its code. */
export function Money({ of, plus }: { of: Amount; plus?: boolean }) {
  const { separators } = useFormats();
  const { whole, fraction } = figure(of.amount, separators, plus);
  return (
    <>
      <b style={{ fontWeight: 600 }}>
        {whole}
        {fraction}
      </b>{' '}
      <span className={styles.code}>{of.currency}</span>
    </>
  );
}

export function ModeBadge({ mode }: { mode: Mode }) {
  return <span className={mode === 'live' ? styles.badge : styles.badgeTest}>{words.mode[mode]}</span>;
}

export const Mono = ({ children }: { children: ReactNode }) => <span className={styles.mono}>{children}</span>;
