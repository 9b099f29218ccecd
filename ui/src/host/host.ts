import { createContext, useContext } from 'react';
import type { Code, Commands, Problem } from './commands';

export type Name = keyof Commands;
export type Request<K extends Name> = Commands[K]['request'];
export type Response<K extends Name> = Commands[K]['response'];

/** The one way to the desk. Whatever carries it, a refused call throws a `Refusal`. */
export interface Host {
  call<K extends Name>(name: K, request: Request<K>): Promise<Response<K>>;
  /** Calls back when there may be news; the answer is always read by a command. Returns how to stop. */
  watch(news: () => void): () => void;
}

export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

export const problem = (code: Code, params: Problem['params'] = {}): Problem => ({ code, params, retry_after_ms: null, incident: null });

/** What a failed call says; anything that is no answer of the desk counts as a mistake of the program. */
export function problemOf(error: unknown): Problem {
  return error instanceof Refusal ? error.problem : problem('internal');
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'params' in value;
}

export const HostContext = createContext<Host | null>(null);

export function useHost(): Host {
  const host = useContext(HostContext);
  if (!host) throw new Error('the host is missing');
  return host;
}
