import type { ReviewRow, VatAnswer as Answer } from '../host/commands';
import { useCommands } from '../frame/keys';
import { useSay } from '../frame/notice';
import { useAct } from '../host/ask';
import { Button } from '../look/marks';
import { words } from '../words/words';
import styles from './explanation.module.css';

const v = words.vatAnswer;
const ANSWERS: Answer[] = ['exempt', 'no_vat', 'export_goods', 'export_services'];
/** Only for an invoice that carries a VAT number of another EU country. */
const REVERSE_CHARGE: Answer[] = ['reverse_charge_goods', 'reverse_charge_services'];

/** Asks a person once what the VAT of a line is that Stripe leaves open. */
export function VatAnswer({ row }: { row: ReviewRow }) {
  const say = useSay();
  const decide = useAct('decide_vat', () => say({ kind: 'done', text: v.decided }), (problem) => say({ kind: 'problem', problem }));
  const offered = row.no_draft?.params['reverse_charge'] === 'true' ? [...REVERSE_CHARGE, ...ANSWERS] : ANSWERS;
  const answer = (one: Answer) => decide.mutate({ key: row.key, answer: one });
  useCommands(
    'inside',
    offered.map((one, index) => ({ id: `vat-${one}`, group: 'review', name: v.answers[one], keys: [`${index + 1}`], run: () => answer(one) })),
  );
  return (
    <div className={styles.below} role="group" aria-label={v.ask}>
      <b>{v.ask}</b>
      {offered.map((one, index) => (
        <Button key={one} keys={`${index + 1}`} disabled={decide.isPending} onPress={() => answer(one)}>
          {v.answers[one]}
        </Button>
      ))}
      <span className={styles.aside}>{v.remembered}</span>
    </div>
  );
}
