import { createContext, useContext } from 'react';
import type { Problem } from '../host/commands';

/** The one place where the page says something about what was just done: above the bottom line, never on top of the list. */
export type Said = { kind: 'done'; text: string } | { kind: 'problem'; problem: Problem; lead?: string; act?: Act };

/** What mends a problem, in place. */
export interface Act {
  name: string;
  run: () => void;
}

export const SayContext = createContext<(said: Said | null) => void>(() => undefined);

export const useSay = () => useContext(SayContext);
