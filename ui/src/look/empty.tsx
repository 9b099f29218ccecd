import { Button } from './marks';
import styles from './empty.module.css';

interface Props {
  title: string;
  text: string;
  note?: string;
  act?: string;
  keys?: string;
  onAct?: () => void;
}

/** A room with nothing in it says so, and what would be here. */
export function Empty({ title, text, note, act, keys, onAct }: Props) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      <p>{text}</p>
      {note && <p className={styles.note}>{note}</p>}
      {act && onAct && (
        <Button face="solid" tall keys={keys} onPress={onAct}>
          {act}
        </Button>
      )}
    </div>
  );
}
