import { useEffect, useRef, useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import type { Problem, Resource, StripeCheck } from '../host/commands';
import { problemOf, useHost } from '../host/host';
import { Button } from '../look/marks';
import { Trouble } from '../look/trouble';
import form from '../look/form.module.css';
import { fill, words } from '../words/words';
import { Field } from './field';
import { useSignin } from './signin';
import { Waiting } from './waiting';
import { Ways } from './ways';
import keys from './stripe-step.module.css';
import styles from './ways.module.css';

const c = words.connect;
const USUAL_REDIRECT = 'http://localhost:41890/stripe';

/** Connecting a Stripe account: by a pasted key, or through a platform of one's own. */
export function KeyForm({ onCheck }: { onCheck: (check: StripeCheck) => void }) {
  const [platform, setPlatform] = useState(false);
  return (
    <>
      {platform ? <PlatformKey onCheck={onCheck} /> : <PastedKey onCheck={onCheck} />}
      <Ways ways={[platform ? 'key' : 'platform']} onWay={() => setPlatform(!platform)} />
      {!platform && <ToAllow />}
    </>
  );
}

/** What to allow when the key is made: the same lines that are checked afterwards. */
function ToAllow() {
  return (
    <section className={styles.allow}>
      <h2 className={keys.head}>
        <b>{c.toAllow}</b>
        <span>{c.keyWhere}</span>
      </h2>
      <ul>
        {NEEDED.map((what) => (
          <li key={what}>
            <span>{words.resources[what][0]}</span>
            <b>{WRITTEN.includes(what) ? c.needWrite : c.needRead}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

const NEEDED: Resource[] = ['invoices', 'credit_notes', 'refunds', 'charges', 'balance', 'customers', 'payouts', 'disputes', 'products', 'events', 'checkout_sessions', 'account'];
const WRITTEN: Resource[] = ['invoices', 'credit_notes', 'refunds', 'charges'];

function PastedKey({ onCheck }: { onCheck: (check: StripeCheck) => void }) {
  const host = useHost();
  const [key, setKey] = useState('');
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const connect = async (session_only: boolean) => {
    if (!key.trim() || asking) return;
    setAsking(true);
    setProblem(null);
    try {
      onCheck(await host.call('connect_stripe', { key: key.trim(), session_only }));
      setKey('');
    } catch (failed) {
      setProblem(problemOf(failed));
    }
    setAsking(false);
  };
  const unlock = async () => {
    try {
      await host.call('unlock_keychain', {});
      await connect(false);
    } catch (failed) {
      setProblem(problemOf(failed));
    }
  };
  return (
    <>
      <form
        className={keys.key}
        onSubmit={(event) => {
          event.preventDefault();
          void connect(false);
        }}
      >
        <TextField className={`${form.field} ${keys.grow}`} type="password" value={key} onChange={setKey} autoFocus autoComplete="off">
          <Label>{c.key}</Label>
          <Input placeholder={c.keyPlaceholder} className={keys.secret ?? ''} spellCheck={false} />
        </TextField>
        <Button tall face="solid" disabled={!key.trim() || asking}>
          {asking ? c.checking : c.check}
        </Button>
      </form>
      {problem && (
        <div className={keys.problem}>
          <Trouble problem={problem}>
            {problem.code === 'keychain_locked' && <Button onPress={() => void unlock()}>{words.connections.unlock}</Button>}
            {noKeychain(problem) && key.trim() && <Button onPress={() => void connect(true)}>{c.sessionOnly}</Button>}
          </Trouble>
        </div>
      )}
    </>
  );
}

function PlatformKey({ onCheck }: { onCheck: (check: StripeCheck) => void }) {
  const host = useHost();
  const signin = useSignin();
  const [client, setClient] = useState('');
  const [key, setKey] = useState('');
  const [redirect, setRedirect] = useState('');
  const told = useRef(false);
  useEffect(() => {
    if (signin.state !== 'signed_in' || told.current) return;
    told.current = true;
    // What the platform may do for the account is asked like for any key.
    host.call('check_stripe', {}).then(onCheck, () => undefined);
  });
  const ready = client.trim() && key.trim();
  const begin = (session_only: boolean) => {
    if (!ready) return;
    told.current = false;
    signin.begin('begin_platform', { client_id: client.trim(), key: key.trim(), redirect: redirect.trim(), session_only });
  };
  if (signin.state === 'waiting') return <Waiting signin={signin} title={c.platformWaiting} more={c.platformWaitingMore} />;
  return (
    <>
      {signin.problem && (
        <div className={styles.problem}>
          <Trouble problem={signin.problem}>{noKeychain(signin.problem) && ready && <Button onPress={() => begin(true)}>{c.sessionOnly}</Button>}</Trouble>
        </div>
      )}
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          begin(false);
        }}
      >
        <p className={styles.lead}>{c.platformLead}</p>
        <Field label={c.platformClient} value={client} onChange={setClient} placeholder="ca_…" autoFocus />
        <Field label={c.platformKey} value={key} onChange={setKey} placeholder="sk_live_…" secret />
        <Field label={c.platformRedirect} hint={fill(c.platformRedirectHint, { address: USUAL_REDIRECT })} value={redirect} onChange={setRedirect} />
        <p>
          <Button face="solid" tall keys="↵" disabled={!ready}>
            {c.platformGo}
          </Button>
        </p>
      </form>
    </>
  );
}

function noKeychain(problem: Problem): boolean {
  return problem.code.startsWith('keychain_');
}
