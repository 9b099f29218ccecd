import { words } from '../words/words';
import styles from './ways.module.css';

export type Way = keyof typeof words.connect.ways;

/** Other ways to the same end, quietly. */
export function Ways({ ways, onWay }: { ways: Way[]; onWay: (way: Way) => void }) {
  return (
    <p className={styles.ways}>
      {words.connect.otherWays}{' '}
      {ways.map((way) => (
        <button key={way} type="button" onClick={() => onWay(way)}>
          {words.connect.ways[way]}
        </button>
      ))}
    </p>
  );
}
