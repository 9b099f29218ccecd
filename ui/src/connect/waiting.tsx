import { useState } from 'react';
import type { DeviceCode } from '../host/commands';
import { useFormats } from '../format/formats';
import { Copy } from '../look/copy';
import { Button, Mono } from '../look/marks';
import { fill, words } from '../words/words';
import { Field } from './field';
import type { Signin } from './signin';
import styles from './ways.module.css';

const c = words.connect;

/** What is being waited for, and how to give it up. */
export function Waiting({ signin, title, more, note }: { signin: Signin; title: string; more: string; note?: string }) {
  return (
    <div className={styles.waiting} role="status">
      {signin.device ? (
        <Device device={signin.device} />
      ) : (
        <>
          <b>{signin.url ? title : c.asking}</b>
          {signin.url && <p>{more}</p>}
          {signin.url && (
            <p className={styles.url}>
              <span>{c.byHand}</span>
              <Mono>{signin.url}</Mono>
              <Copy text={signin.url} />
            </p>
          )}
          {signin.url && note && <p className={styles.note}>{note}</p>}
          {signin.url && note && <Numbers />}
        </>
      )}
      {signin.hand && <Hand signin={signin} />}
      <p className={styles.acts}>
        <Button onPress={signin.cancel}>{c.cancel}</Button>
      </p>
    </div>
  );
}

/** What Microsoft's own page says and the program never hears. */
function Numbers() {
  return (
    <details className={styles.folded}>
      <summary>{c.numbers}</summary>
      <dl className={styles.numbers}>
        {Object.entries(c.atNumber).map(([number, what]) => (
          <div key={number}>
            <dt>{number}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.note}>{c.otherNumber}</p>
    </details>
  );
}

function Device({ device }: { device: DeviceCode }) {
  const formats = useFormats();
  return (
    <>
      <b>{c.waitingDevice}</b>
      <p className={styles.page}>
        <Mono>{device.page}</Mono>
        <Copy text={device.page} />
      </p>
      <div className={styles.code}>
        <output>{device.code}</output>
        <Copy text={device.code} />
      </div>
      <p>{fill(c.waitingDeviceMore, { time: formats.time(device.expires_at) })}</p>
    </>
  );
}

/** For a platform whose redirect address is a page of its own. */
function Hand({ signin }: { signin: Signin }) {
  const [address, setAddress] = useState('');
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (address.trim()) signin.begin('hand_answer', { address: address.trim() });
      }}
    >
      <p className={styles.note}>{c.handLead}</p>
      <Field label={c.hand} value={address} onChange={setAddress} placeholder="https://…?code=ac_…&state=…" />
      <p>
        <Button face="solid" disabled={!address.trim()}>
          {c.handGo}
        </Button>
      </p>
    </form>
  );
}
