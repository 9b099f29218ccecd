import { useEffect, useState } from 'react';
import type { BeginSignin, Environment, Problem, SigninStatus } from '../host/commands';
import { problemOf, useHost } from '../host/host';

const LOOK_MS = 300;

export interface Signin {
  state: SigninStatus['state'];
  url: string | null;
  environments: Environment[];
  problem: Problem | null;
  begin: (request: BeginSignin) => void;
  cancel: () => void;
}

/** The sign-in in its own window, looked at until it is over. */
export function useSignin(): Signin {
  const host = useHost();
  const [status, setStatus] = useState<SigninStatus>({ state: 'none', url: null, device: null, hand: false, environments: [], problem: null });
  const [problem, setProblem] = useState<Problem | null>(null);
  const take = (asked: Promise<SigninStatus>) => {
    setProblem(null);
    asked.then(setStatus, (failed: unknown) => {
      setStatus((before) => ({ ...before, state: 'failed' }));
      setProblem(problemOf(failed));
    });
  };
  useEffect(() => {
    if (status.state !== 'waiting') return undefined;
    const timer = setTimeout(() => take(host.call('signin_status', {})), LOOK_MS);
    return () => clearTimeout(timer);
  }, [status, host]);
  return {
    ...status,
    problem: problem ?? status.problem,
    begin: (request) => {
      setStatus((before) => ({ ...before, state: 'waiting', url: null }));
      take(host.call('begin_signin', request));
    },
    cancel: () => take(host.call('cancel_signin', {})),
  };
}
