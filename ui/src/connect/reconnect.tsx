import { useState } from 'react';
import { Sheet } from '../frame/sheets';
import { useAct, useAsk } from '../host/ask';
import type { LongWork, Problem, Side } from '../host/commands';
import { Button } from '../look/marks';
import { Trouble } from '../look/trouble';
import { fill, words } from '../words/words';
import { Locked } from './connections';
import { KeyForm } from './key-form';
import { SigninForm } from './signin-form';
import styles from './reconnect.module.css';

const r = words.reconnect;

interface Props {
  side: Side;
  demo: boolean;
  /** What was cut off and goes on afterwards. */
  next: LongWork | null;
  onDone: () => void;
  onClose: () => void;
}

/** A new key or a new sign-in in place, for the account and company that the book belongs to. */
export function Reconnect({ side, demo, next, onDone, onClose }: Props) {
  const { data } = useAsk('connections', {});
  const ledger = data?.ledger;
  const name = side === 'stripe' ? data?.stripe?.name : ledger?.company;
  return (
    <Sheet title={r[side]} onClose={onClose}>
      <p className={styles.lead}>
        {name && fill(r.expected, { name })} {side === 'stripe' ? r.stripeLead : r.ledgerLead} {next && r[next]}
      </p>
      {data?.keychain.state === 'locked' && <Locked />}
      {data && side === 'stripe' && (demo ? <DemoKey onDone={onDone} /> : <KeyForm onCheck={onDone} />)}
      {data && side === 'ledger' && <SigninForm {...(ledger ? { known: { way: ledger.way, tenant: ledger.tenant, client: ledger.client_id } } : {})} onSignedIn={onDone} />}
    </Sheet>
  );
}

function DemoKey({ onDone }: { onDone: () => void }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const connecting = useAct('connect_stripe', onDone, setProblem);
  return (
    <>
      <p className={styles.lead}>{r.demo}</p>
      {problem && <Trouble problem={problem} />}
      <Button face="solid" tall autoFocus disabled={connecting.isPending} onPress={() => connecting.mutate({ key: '', session_only: false })}>
        {r.demoGo}
      </Button>
    </>
  );
}
