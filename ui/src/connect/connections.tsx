import { useState, type ReactNode } from 'react';
import type { ConnectionState, Connections, LedgerHealth, Permission, Problem, Side, StripeHealth } from '../host/commands';
import { useAct, useAsk } from '../host/ask';
import { useFormats } from '../format/formats';
import { Sheet } from '../frame/sheets';
import { Button, ModeBadge, Mono } from '../look/marks';
import { Trouble } from '../look/trouble';
import { fill, words } from '../words/words';
import styles from './connections.module.css';

const c = words.connections;

interface Props {
  onReconnect: (side: Side) => void;
  onConnect: () => void;
  onClose: () => void;
}

/** How both connections stand: as whom, since when, what may be done, and how to mend or end it. */
export function ConnectionsSheet({ onReconnect, onConnect, onClose }: Props) {
  const asked = useAsk('connections', {});
  const known = asked.data;
  return (
    <Sheet title={c.title} onClose={onClose}>
      {known?.keychain.state === 'locked' && <Locked />}
      {known?.shared_with && <p className={styles.shared}>{fill(c.shared, { book: known.shared_with })}</p>}
      {known && (
        <div className={styles.pages}>
          <Page side="stripe" name="Stripe" health={known.stripe} platform={known.stripe?.platform != null} onReconnect={onReconnect} onConnect={onConnect}>
            {known.stripe && <StripeFacts of={known.stripe} keychain={known.keychain} />}
          </Page>
          <Page side="ledger" name="Business Central" health={known.ledger} platform={false} onReconnect={onReconnect} onConnect={onConnect}>
            {known.ledger && <LedgerFacts of={known.ledger} keychain={known.keychain} />}
          </Page>
        </div>
      )}
    </Sheet>
  );
}

interface PageProps {
  side: Side;
  name: string;
  health: { state: ConnectionState } | null;
  platform: boolean;
  onReconnect: (side: Side) => void;
  onConnect: () => void;
  children: ReactNode;
}

function Page({ side, name, health, platform, onReconnect, onConnect, children }: PageProps) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [ending, setEnding] = useState(false);
  const checking = useAct('check_connection', undefined, setProblem);
  const ended = useAct('disconnect', () => setEnding(false), setProblem);
  const state = health?.state ?? 'none';
  const end = (anyway: boolean) => {
    setProblem(null);
    ended.mutate({ side, anyway });
  };
  return (
    <section className={styles.page} aria-label={name}>
      <h3 className={styles.head}>
        <b>{name}</b>
        <span data-state={state}>{c.states[state]}</span>
      </h3>
      {state === 'none' && !health ? (
        <>
          <p className={styles.none}>{c.notYet}</p>
          <Button face="solid" onPress={onConnect}>
            {c.connect}
          </Button>
        </>
      ) : (
        <>
          <dl className={styles.facts}>{children}</dl>
          {problem && (
            <Trouble problem={problem}>{problem.code === 'not_deauthorized' && <Button onPress={() => end(true)}>{c.anyway}</Button>}</Trouble>
          )}
          {checking.isSuccess && !problem && <p role="status">{c.holds}</p>}
          {ending ? (
            <div className={styles.sure} role="alertdialog" aria-label={c.disconnect}>
              <p>{side === 'ledger' ? c.sure.ledger : platform ? c.sure.platform : c.sure.stripe}</p>
              <p className={styles.acts}>
                <Button onPress={() => end(false)} disabled={ended.isPending}>
                  {c.disconnect}
                </Button>
                <Button face="quiet" autoFocus onPress={() => setEnding(false)}>
                  {c.keep}
                </Button>
              </p>
            </div>
          ) : (
            <p className={styles.acts}>
              <Button
                disabled={checking.isPending || state === 'disconnected' || state === 'none'}
                onPress={() => {
                  setProblem(null);
                  checking.mutate({ side });
                }}
              >
                {checking.isPending ? c.checking : c.check}
              </Button>
              <Button onPress={() => (state === 'none' ? onConnect() : onReconnect(side))}>{state === 'none' ? c.connect : c.reconnect[side]}</Button>
              {state !== 'disconnected' && state !== 'none' && (
                <Button face="quiet" onPress={() => setEnding(true)}>
                  {c.disconnect}
                </Button>
              )}
            </p>
          )}
        </>
      )}
    </section>
  );
}

function StripeFacts({ of, keychain }: { of: StripeHealth; keychain: Connections['keychain'] }) {
  return (
    <>
      <Fact name={c.as}>
        <b>{of.name}</b> <ModeBadge mode={of.mode} />
      </Fact>
      {of.account && (
        <Fact name={c.account}>
          <Mono>{of.account}</Mono>
        </Fact>
      )}
      {of.platform && (
        <Fact name={c.through}>
          <Mono>{of.platform}</Mono>
        </Fact>
      )}
      <Fact name={c.key}>
        <Mono>{of.hint}</Mono>
      </Fact>
      <When since={of.since} answered={of.answered_at} />
      <Kept keychain={keychain} kept={of.key_kept} />
      <Fact name={c.may}>
        <May permissions={of.permissions} />
      </Fact>
    </>
  );
}

function LedgerFacts({ of, keychain }: { of: LedgerHealth; keychain: Connections['keychain'] }) {
  return (
    <>
      {of.company && (
        <Fact name={c.company}>
          <b>{of.company}</b>
        </Fact>
      )}
      {of.environment && (
        <Fact name={c.environment}>
          {of.environment}
          {of.sandbox && !of.environment.toLowerCase().includes(c.sandbox) && `, ${c.sandbox}`}
        </Fact>
      )}
      <Fact name={c.tenant}>
        <Mono>{of.tenant}</Mono>
      </Fact>
      {of.user && <Fact name={c.user}>{of.user}</Fact>}
      <Fact name={c.way}>{c.ways[of.way]}</Fact>
      <Fact name={c.application}>
        <Mono>{of.client_id}</Mono>
      </Fact>
      <When since={of.since} answered={of.answered_at} />
      <Kept keychain={keychain} kept={of.token_kept} />
      <Fact name={c.may}>{c.ledgerMay}</Fact>
    </>
  );
}

function When({ since, answered }: { since: string | null; answered: string | null }) {
  const formats = useFormats();
  return (
    <>
      {since && <Fact name={c.since}>{formats.day(since)}</Fact>}
      <Fact name={c.answered}>{answered ? formats.time(answered) : c.notAnswered}</Fact>
    </>
  );
}

function Kept({ keychain, kept }: { keychain: Connections['keychain']; kept: boolean }) {
  const said = () => {
    if (keychain.state === 'session_only' && kept) return c.keptSession;
    if (keychain.state === 'locked') return c.locked;
    if (!kept) return c.notKept;
    return fill(c.keptIn, { keychain: keychain.name || c.keychain, state: c.unlocked });
  };
  return <Fact name={c.kept}>{said()}</Fact>;
}

function May({ permissions }: { permissions: Permission[] }) {
  if (permissions.length === 0) return <>{c.notChecked}</>;
  const names = (which: Permission[]) => which.map((one) => (words.resources[one.what][0] ?? '').toLowerCase()).join(', ');
  const granted = permissions.filter((one) => one.granted !== 'no');
  const missing = permissions.filter((one) => one.granted === 'no' && one.needed !== 'no');
  return (
    <>
      {fill(c.reads, { list: names(granted) })}; {fill(c.writes, { list: c.stripeWrites })}
      {missing.length > 0 && (
        <>
          <br />
          <span className={styles.missing}>{fill(c.missing, { list: names(missing) })}</span>
        </>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A keychain that is closed is all that is missing: nothing has to be connected anew. */
export function Locked() {
  const [problem, setProblem] = useState<Problem | null>(null);
  const unlocking = useAct('unlock_keychain', undefined, setProblem);
  return (
    <div className={styles.shared}>
      {problem && <Trouble problem={problem} />}
      <p className={styles.acts}>
        <span>{words.connect.nameless.locked}</span>
        <Button disabled={unlocking.isPending} onPress={() => unlocking.mutate({})}>
          {c.unlock}
        </Button>
      </p>
    </div>
  );
}
