import type { Overview } from '../host/commands';
import { useFormats } from '../format/formats';
import { useHost } from '../host/host';
import { Button } from '../look/marks';
import { fill, words } from '../words/words';
import styles from './copy-line.module.css';

interface Props {
  at: string;
  onOverview: (next: Overview) => void;
  onProblem: (failed: unknown) => void;
}

/** Says that this file is a copy, and what that means; going on with it is a person's word. */
export function CopyLine({ at, onOverview, onProblem }: Props) {
  const formats = useFormats();
  const host = useHost();
  const w = words.shelf.copyLine;
  return (
    <section className={styles.line} aria-label={w.label}>
      <p>
        <b>{fill(w.is, { day: formats.full(at.slice(0, 10)), time: formats.time(at) })}</b> {w.means}
      </p>
      <Button onPress={() => void host.call('go_on_with_copy', {}).then(onOverview, onProblem)}>{w.goOn}</Button>
    </section>
  );
}
