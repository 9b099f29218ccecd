import { Sheet } from '../frame/sheets';
import { useAsk } from '../host/ask';
import type { LongWork, Side } from '../host/commands';
import { fill, words } from '../words/words';
import { KeyForm } from './key-form';
import { SigninForm } from './signin-form';
import styles from './reconnect.module.css';

const r = words.reconnect;

interface Props {
  side: Side;
  /** What was cut off and goes on afterwards. */
  next: LongWork | null;
  onDone: () => void;
  onClose: () => void;
}

/** A new key or a new sign-in in place, for the account and company that the book belongs to. */
export function Reconnect({ side, next, onDone, onClose }: Props) {
  const { data } = useAsk('connections', {});
  const ledger = data?.ledger;
  const name = side === 'stripe' ? data?.stripe?.name : ledger?.company;
  return (
    <Sheet title={r[side]} onClose={onClose}>
      <p className={styles.lead}>
        {name && fill(r.expected, { name })} {side === 'stripe' ? r.stripeLead : r.ledgerLead} {next && r[next]}
      </p>
      {data && side === 'stripe' && <KeyForm onCheck={onDone} />}
      {data && side === 'ledger' && <SigninForm {...(ledger ? { known: { way: ledger.way, tenant: ledger.tenant, client: ledger.client_id } } : {})} onSignedIn={onDone} />}
    </Sheet>
  );
}
