import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import type { Permission, StripeCheck } from '../host/commands';
import { useHost } from '../host/host';
import { useFormats } from '../format/formats';
import { useCommands } from '../frame/keys';
import { Button, ModeBadge } from '../look/marks';
import { Shape } from '../review/evidence';
import { Trouble } from '../look/trouble';
import { fill, words } from '../words/words';
import form from '../look/form.module.css';
import { Sheet, type StepProps } from './connect';
import sheet from './connect.module.css';
import { KeyForm } from './key-form';
import styles from './stripe-step.module.css';

const c = words.connect;
/** Permissions in full; the rest, all granted, share a line. */
const SHOWN = 7;

interface Props extends StepProps {
  check: StripeCheck | null;
  onCheck: (check: StripeCheck) => void;
  onNext: () => void;
}

export function StripeStep({ check, onCheck, onNext, act, problem, onLater }: Props) {
  const host = useHost();
  const [replacing, setReplacing] = useState(false);
  const [asking, setAsking] = useState(false);
  const kept = check !== null && !replacing;
  const again = async () => {
    setAsking(true);
    const answer = await act(host.call('check_stripe', {}));
    setAsking(false);
    if (answer) onCheck(answer);
  };
  const missing = check?.permissions.filter((one) => !granted(one, check.hint)) ?? [];
  useCommands('room', [
    { id: 'next', group: 'book', name: c.goOn, keys: kept ? ['Enter'] : [], run: onNext },
    { id: 'again', group: 'book', name: c.askAgain, keys: kept ? ['r'] : [], run: () => void again() },
  ]);
  return (
    <Sheet
      title={c.stripeTitle}
      lead={c.stripeLead}
      foot={
        <>
          {kept && (
            <Button keys="R" disabled={asking} onPress={() => void again()}>
              {c.askAgain}
            </Button>
          )}
          <span className={sheet.push} />
          <Button face="quiet" onPress={onLater}>
            {c.later}
          </Button>
          {check && (
            <Button face="solid" keys="↵" disabled={!kept} onPress={onNext}>
              {missing.length === 1 && missing[0] ? fill(c.goOnWithout, { what: (words.resources[missing[0].what][0] ?? '').toLowerCase() }) : c.goOn}
            </Button>
          )}
        </>
      }
    >
      {kept ? (
        <div className={styles.key}>
          <div className={form.field}>
            <label htmlFor="kept">{c.key}</label>
            <div className={styles.kept}>
              <input id="kept" readOnly value={check.hint.replace('…', '•'.repeat(24))} />
              <ModeBadge mode={check.mode} />
            </div>
          </div>
          <Button tall onPress={() => setReplacing(true)}>
            {c.replace}
          </Button>
        </div>
      ) : (
        <KeyForm
          onCheck={(answer) => {
            setReplacing(false);
            onCheck(answer);
          }}
        />
      )}
      {problem && (
        <div className={styles.problem}>
          <Trouble problem={problem} />
        </div>
      )}
      {kept && <Account check={check} />}
      {kept && <Permissions check={check} />}
    </Sheet>
  );
}

function Account({ check }: { check: StripeCheck }) {
  const countries = new Intl.DisplayNames(words.language, { type: 'region' });
  const { account, keychain } = check;
  return (
    <ul className={styles.account}>
      {account && (
        <li>
          <Shape verdict="equal" />
          <span>
            <b>{account.name}</b>, {fill(c.pays, { country: countries.of(account.country) ?? account.country, currency: account.currency })}
          </span>
        </li>
      )}
      <li data-alarm={keychain.state !== 'unlocked' || undefined}>
        <KeyRound size={13} aria-hidden="true" />
        <span>
          {keychain.name ? (
            <>
              {keychain.state === 'unlocked' ? c.keptIn : c.keychainIs} <b>{keychain.name}</b>, {c.keychain[keychain.state]}
            </>
          ) : (
            c.nameless[keychain.state]
          )}
        </span>
      </li>
    </ul>
  );
}

function Permissions({ check }: { check: StripeCheck }) {
  const formats = useFormats();
  const missing = check.permissions.filter((one) => !granted(one, check.hint));
  const rest = check.permissions.filter((one) => granted(one, check.hint));
  const shown = rest.slice(0, SHOWN);
  const more = rest.slice(SHOWN);
  return (
    <section>
      <h2 className={styles.head}>
        <b>{c.mayDo}</b>
        <span>{fill(c.granted, { granted: formats.count(rest.length), all: formats.count(check.permissions.length) })}</span>
      </h2>
      <ul className={styles.lines}>
        {missing.map((one) => (
          <Missing key={one.what} permission={one} />
        ))}
        {shown.map((one) => (
          <li key={one.what}>
            <Shape verdict={unproved(one) ? 'near' : 'equal'} />
            <span>{words.resources[one.what][0]}</span>
            <span className={styles.right}>{one.granted === 'read_write' ? c.readWrite : c.read}</span>
            <span className={styles.what}>{unproved(one) ? c.writeUnproved : words.resources[one.what][1]}</span>
          </li>
        ))}
        {more.length > 0 && <li className={styles.more}>{fill(c.andMore, { count: formats.count(more.length), names: more.map((one) => words.resources[one.what][0]).join(', ') })}</li>}
      </ul>
    </section>
  );
}

function Missing({ permission }: { permission: Permission }) {
  const [name, , without] = words.resources[permission.what];
  return (
    <li className={styles.missing}>
      <Shape verdict="missing" />
      <b>{name}</b>
      <b className={styles.not}>{permission.granted === 'no' ? c.notGranted : c.readOnly}</b>
      <span>
        {without}
        <br />
        {fill(c.inStripe, { what: name ?? '', needed: permission.needed === 'read_write' ? c.needWrite : c.needRead })}
      </span>
    </li>
  );
}

/** A restricted key's right to write cannot be asked for without writing. */
export function granted({ granted: has, needed }: Permission, hint: string): boolean {
  return has === needed || has === 'read_write' || needed === 'no' || (hint.startsWith('rk_') && has === 'read');
}

function unproved({ granted: has, needed }: Permission): boolean {
  return has === 'read' && needed === 'read_write';
}
