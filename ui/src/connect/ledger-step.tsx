import { useState } from 'react';
import { Input, Label, Text, TextField } from 'react-aria-components';
import type { Overview } from '../host/commands';
import { Button, Mono } from '../look/marks';
import form from '../look/form.module.css';
import { problemWords, words } from '../words/words';
import { Sheet, type StepProps } from './connect';
import sheet from './connect.module.css';
import { LedgerChoice } from './ledger-choice';
import { useSignin } from './signin';
import styles from './ledger-step.module.css';

const c = words.connect;

export function LedgerStep({ problem, setProblem, onLater, onChosen }: StepProps & { onChosen: (overview: Overview) => void }) {
  const signin = useSignin();
  const [tenant, setTenant] = useState('');
  const [client, setClient] = useState('');
  const trouble = problem ?? signin.problem;
  const begin = () => {
    setProblem(null);
    signin.begin({ tenant: tenant.trim(), client_id: client.trim() });
  };
  const waiting = signin.state === 'waiting';
  return (
    <Sheet
      title={c.ledgerTitle}
      lead={c.ledgerLead}
      foot={
        <>
          <span className={sheet.push} />
          <Button face="quiet" onPress={onLater}>
            {c.later}
          </Button>
          {signin.state !== 'signed_in' &&
            (waiting ? (
              <Button onPress={signin.cancel}>{c.cancel}</Button>
            ) : (
              <Button face="solid" keys="↵" onPress={begin}>
                {c.signIn}
              </Button>
            ))}
        </>
      }
    >
      {trouble && (
        <p className={form.problem} role="alert">
          {Object.values(problemWords(trouble)).join(' ')}
        </p>
      )}
      {waiting && (
        <div className={styles.waiting} role="status">
          <b>{c.waiting}</b>
          <p>{c.waitingMore}</p>
          {signin.url && (
            <p className={styles.url}>
              {c.byHand}
              <br />
              <Mono>{signin.url}</Mono>
            </p>
          )}
        </div>
      )}
      {signin.state === 'signed_in' && <LedgerChoice environments={signin.environments} onChosen={onChosen} onProblem={setProblem} />}
      {!waiting && signin.state !== 'signed_in' && (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            begin();
          }}
        >
          <TextField className={form.field ?? ''} value={tenant} onChange={setTenant} autoComplete="off">
            <Label>{c.tenant}</Label>
            <Input />
            <Text slot="description" className={form.hint ?? ''}>
              {c.tenantHint}
            </Text>
          </TextField>
          <TextField className={form.field ?? ''} value={client} onChange={setClient} autoComplete="off">
            <Label>{c.client}</Label>
            <Input />
            <Text slot="description" className={form.hint ?? ''}>
              {c.clientHint}
            </Text>
          </TextField>
          <button type="submit" hidden aria-label={c.signIn} />
        </form>
      )}
    </Sheet>
  );
}
