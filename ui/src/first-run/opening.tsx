import { useEffect, useRef, useState } from 'react';
import type { BookHead, Overview, Problem } from '../host/commands';
import { problemOf, useHost } from '../host/host';
import { Icon } from '../look/icon';
import { Button, Mono } from '../look/marks';
import { Trouble } from '../look/trouble';
import { words } from '../words/words';
import { useSignin } from '../connect/signin';
import { LedgerChoice } from '../connect/ledger-choice';
import doors from './doors.module.css';
import own from './opening.module.css';

const o = words.opening;

interface Props {
  book: BookHead;
  onOverview: (next: Overview) => void;
  onDone: () => void;
}

/** The demo company on its way: its sign-in, its company, then the first fetch. Each wait says what is waited for. */
export function Opening({ book, onOverview, onDone }: Props) {
  const host = useHost();
  const signin = useSignin();
  const [problem, setProblem] = useState<Problem | null>(null);
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    signin.begin('begin_signin', { tenant: '', client_id: '' });
  });

  const chosen = (overview: Overview) => {
    // The first fetch is what the demo was opened for.
    host.call('fetch', {}).then(
      () => {
        onOverview(overview);
        onDone();
      },
      (failed: unknown) => setProblem(problemOf(failed)),
    );
  };
  const trouble = problem ?? signin.problem;
  return (
    <div className={doors.page}>
      <main className={doors.middle}>
        <p className={doors.product}>
          <Icon size={24} />
          {words.product}
        </p>
        <h1>{signin.state === 'waiting' ? o.signin : signin.state === 'signed_in' ? o.company : o.demoSignIn}</h1>
        <p className={doors.lead}>{signin.state === 'waiting' ? o.signinMore : o.demoMore}</p>
        <div className={own.box} aria-live="polite">
          {signin.state === 'waiting' && signin.url && (
            <p className={own.byHand}>
              {o.byHand} <Mono>{signin.url}</Mono>
            </p>
          )}
          {trouble && <Trouble problem={trouble} />}
          {signin.state === 'signed_in' && <LedgerChoice environments={signin.environments} onChosen={chosen} onProblem={setProblem} />}
          <p className={own.acts}>
            {signin.state === 'waiting' ? (
              <Button tall onPress={signin.cancel}>
                {o.cancel}
              </Button>
            ) : (
              signin.state !== 'signed_in' && (
                <>
                  <Button face="solid" tall onPress={() => signin.begin('begin_signin', { tenant: '', client_id: '' })}>
                    {signin.state === 'failed' ? o.again : o.signIn}
                  </Button>
                  <Button tall face="quiet" onPress={() => void host.call('close_book', {}).then(onOverview)}>
                    {words.firstRun.back}
                  </Button>
                </>
              )
            )}
          </p>
        </div>
        <p className="sr">{book.name}</p>
      </main>
    </div>
  );
}
