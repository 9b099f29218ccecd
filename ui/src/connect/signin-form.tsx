import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Environment, LedgerWay } from '../host/commands';
import { Button } from '../look/marks';
import { Trouble } from '../look/trouble';
import { words } from '../words/words';
import { Field } from './field';
import { useSignin } from './signin';
import { Waiting } from './waiting';
import { Ways } from './ways';
import styles from './ways.module.css';

const c = words.connect;
const WAYS: LedgerWay[] = ['browser', 'device', 'application'];

interface Props {
  /** What the book knows of its sign-in already. */
  known?: { way: LedgerWay; tenant: string; client: string };
  onSignedIn: (environments: Environment[]) => void;
}

/** Signing in to Business Central, by the way one likes. */
export function SigninForm({ known, onSignedIn }: Props) {
  const signin = useSignin();
  const [way, setWay] = useState<LedgerWay>(known?.way ?? 'browser');
  const [tenant, setTenant] = useState(known?.tenant ?? '');
  const [client, setClient] = useState(known?.client ?? '');
  const [secret, setSecret] = useState('');
  const told = useRef(false);
  useEffect(() => {
    if (signin.state !== 'signed_in' || told.current) return;
    told.current = true;
    onSignedIn(signin.environments);
  });
  const named = { tenant: tenant.trim(), client_id: client.trim() };
  const application = way === 'application';
  // A build without a registration of its own cannot sign in without one.
  const clientNeeded = application || signin.client_needed;
  const ready = (!clientNeeded || named.client_id) && (!application || (named.tenant && secret.trim()));
  const begin = () => {
    if (!ready) return;
    told.current = false;
    if (application) signin.begin('connect_application', { ...named, secret: secret.trim() });
    else signin.begin(way === 'device' ? 'begin_device' : 'begin_signin', named);
    setSecret('');
  };
  if (signin.state === 'waiting') return <Waiting signin={signin} title={c.waiting} more={c.waitingMore} note={c.waitingPage} />;
  return (
    <>
      {signin.problem && (
        <div className={styles.problem}>
          <Trouble problem={signin.problem} />
        </div>
      )}
      <form
        className={`${styles.form} ${application ? styles.wide : ''}`}
        onSubmit={(event) => {
          event.preventDefault();
          begin();
        }}
      >
        <p className={styles.lead}>{c.wayLeads[way]}</p>
        {application && (
          <ol className={styles.steps}>
            {c.administrator.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        )}
        <Folded folded={known !== undefined}>
          <div className={application ? styles.two : styles.form}>
            <Field label={application ? c.tenantNeeded : c.tenant} hint={application ? c.tenantNeededHint : c.tenantHint} value={tenant} onChange={setTenant} autoFocus={application && !known} />
            <Field label={clientNeeded ? c.clientNeeded : c.client} hint={clientNeeded ? c.clientNeededHint : c.clientHint} value={client} onChange={setClient} />
          </div>
        </Folded>
        {application && <Field label={c.clientSecret} hint={c.clientSecretHint} value={secret} onChange={setSecret} secret />}
        <p>
          <Button face="solid" tall keys="↵" disabled={!ready} autoFocus={!application}>
            {application ? c.connectApplication : way === 'device' ? c.getCode : c.signIn}
          </Button>
        </p>
      </form>
      <Ways
        ways={WAYS.filter((one) => one !== way)}
        onWay={(next) => {
          setWay(next as LedgerWay);
          signin.forget();
        }}
      />
    </>
  );
}

/** What the book knows already is there to be changed, and out of the way. */
function Folded({ folded, children }: { folded: boolean; children: ReactNode }) {
  if (!folded) return children;
  return (
    <details className={styles.folded}>
      <summary>{words.reconnect.fields}</summary>
      {children}
    </details>
  );
}
