import type { BookHead, LongWork, Overview, Problem, Side } from '../host/commands';
import { ConnectionsSheet } from '../connect/connections';
import { Leaves } from '../connect/leaves';
import { Reconnect } from '../connect/reconnect';
import { words } from '../words/words';
import { useSay } from './notice';
import { Shelf } from './shelf';

/** A sheet over the open book that is about the book itself. */
export type BookSheet = { of: 'books' | 'leaves' | 'connections' } | { of: 'reconnect'; side: Side; next: LongWork | null };

interface Props {
  sheet: BookSheet | null;
  book: BookHead;
  onSheet: (sheet: BookSheet | null) => void;
  onConnect: () => void;
  onOverview: (next: Overview) => void;
  /** What was cut off goes on. */
  onResume: (work: LongWork) => void;
}

export function BookSheets({ sheet, book, onSheet, onConnect, onOverview, onResume }: Props) {
  const say = useSay();
  const close = () => onSheet(null);
  if (sheet?.of === 'books') return <Shelf name={book.name} onOverview={onOverview} onClose={close} />;
  if (sheet?.of === 'leaves') return <Leaves demo={book.mode === 'demo'} onClose={close} />;
  if (sheet?.of === 'connections') return <ConnectionsSheet onReconnect={(side) => onSheet({ of: 'reconnect', side, next: null })} onConnect={onConnect} onClose={close} />;
  if (sheet?.of !== 'reconnect') return null;
  const { side, next } = sheet;
  const done = () => {
    close();
    say({ kind: 'done', text: words.reconnect.done });
    if (next) onResume(next);
  };
  return <Reconnect side={side} demo={book.mode === 'demo'} next={next} onDone={done} onClose={close} />;
}

const OF_STRIPE: Problem['code'][] = ['key_rejected', 'key_expired'];
const OF_LEDGER: Problem['code'][] = ['signin_again', 'secret_expired', 'secret_wrong'];

/** The side that has to be connected again before what failed can go on. */
export function sideToMend({ code, params }: Problem): Side | null {
  if (OF_STRIPE.includes(code)) return 'stripe';
  if (OF_LEDGER.includes(code)) return 'ledger';
  if (code === 'not_connected') return params['side'] === 'Stripe' ? 'stripe' : 'ledger';
  return null;
}

/** A side that was connected and is not now. */
export function brokenSide(book: BookHead): Side | null {
  const broken = (side: Side) => book[side].state === 'sign_in_again' || book[side].state === 'disconnected';
  return broken('stripe') ? 'stripe' : broken('ledger') ? 'ledger' : null;
}
