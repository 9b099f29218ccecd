import { useEffect, useState } from 'react';
import type { Problem, SigninStatus } from '../host/commands';
import { problemOf, useHost, type Name, type Request } from '../host/host';

const LOOK_MS = 300;
const NONE: SigninStatus = { state: 'none', url: null, device: null, hand: false, environments: [], client_needed: false, problem: null };

/** What begins a sign-in, to either side. */
type Begin = Extract<Name, 'begin_signin' | 'begin_device' | 'connect_application' | 'begin_platform' | 'hand_answer'>;

export interface Signin extends SigninStatus {
  begin: <K extends Begin>(how: K, request: Request<K>) => void;
  cancel: () => void;
  forget: () => void;
}

/** A sign-in on a page elsewhere, looked at until it is over. */
export function useSignin(): Signin {
  const host = useHost();
  const [status, setStatus] = useState<SigninStatus>(NONE);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [needed, setNeeded] = useState(false);
  const take = (asked: Promise<SigninStatus>) => {
    setProblem(null);
    asked.then(setStatus, (failed: unknown) => {
      setStatus({ ...NONE, state: 'failed' });
      setProblem(problemOf(failed));
    });
  };
  // Before anything is begun only this is asked: what has to be filled in.
  useEffect(() => {
    host.call('signin_status', {}).then(({ client_needed }) => setNeeded(client_needed), () => undefined);
  }, [host]);
  useEffect(() => {
    if (status.state !== 'waiting') return undefined;
    const timer = setTimeout(() => take(host.call('signin_status', {})), LOOK_MS);
    return () => clearTimeout(timer);
  }, [status, host]);
  return {
    ...status,
    client_needed: needed,
    problem: problem ?? status.problem,
    begin: (how, request) => {
      if (how !== 'hand_answer') setStatus({ ...NONE, state: 'waiting' });
      take(host.call(how, request) as Promise<SigninStatus>);
    },
    cancel: () => take(host.call('cancel_signin', {})),
    forget: () => {
      setStatus(NONE);
      setProblem(null);
    },
  };
}
