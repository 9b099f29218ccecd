import styles from './line.module.css';

/** Our own tick: a stroke of the pen. */
export function PenStroke() {
  return (
    <svg className={styles.stroke} width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      <path d="M2 7.6C3.2 8.2 4 9.6 4.7 11.6C6.2 7.4 8.6 4 12.2 1.6" fill="none" stroke="currentColor" strokeWidth="1.3" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
