import { useQueryClient } from '@tanstack/react-query';
import { Component, useEffect, useState, type ReactNode } from 'react';
import { Connect } from './connect/connect';
import { FormatsProvider } from './format/formats';
import { Opening } from './first-run/opening';
import { Doors } from './first-run/doors';
import { Introduce } from './first-run/introduce';
import { Book } from './frame/book';
import { listenForKeys } from './frame/keys';
import type { Overview } from './host/commands';
import { useAsk } from './host/ask';
import { problemOf, useHost } from './host/host';
import { Empty } from './look/empty';
import { problemWords, words } from './words/words';

const LOOK_MS = 3000;

/** Where one is: who signs, which book, what is connected; each answered before the next is asked. */
export function App() {
  const host = useHost();
  const client = useQueryClient();
  const overview = useAsk('overview', {}, { every: LOOK_MS });

  useEffect(() => listenForKeys(), []);
  useEffect(() => host.watch(() => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'overview' || queryKey[0] === 'progress' || queryKey[0] === 'signin_status' })), [host, client]);
  useEffect(() => {
    document.documentElement.lang = words.language;
    document.documentElement.dir = words.direction;
  }, []);

  if (overview.data) {
    return (
      <FormatsProvider locale={overview.data.locale}>
        <Net>
          <Stage overview={overview.data} onOverview={(next) => client.setQueryData(['overview', {}], next)} />
        </Net>
      </FormatsProvider>
    );
  }
  if (overview.error) {
    const { said, next } = problemWords(problemOf(overview.error));
    return <Empty title={words.trouble.title} text={`${said} ${next}`} act={words.trouble.again} onAct={() => location.reload()} />;
  }
  return null;
}

function Stage({ overview, onOverview }: { overview: Overview; onOverview: (next: Overview) => void }) {
  const [connecting, setConnecting] = useState<'no' | 'yes' | 'later'>('no');
  const { book, person } = overview;
  if (!person) return <Introduce onOverview={onOverview} />;
  if (book?.mode === 'demo' && (connecting === 'yes' || !isConnected(book))) return <Opening book={book} onOverview={onOverview} onDone={() => setConnecting('no')} />;
  if (connecting === 'yes' || (book && !isConnected(book) && connecting !== 'later')) {
    const keep = (next: Overview) => {
      setConnecting('yes');
      onOverview(next);
    };
    return <Connect book={book} onOverview={keep} onLater={() => setConnecting(book ? 'later' : 'no')} onDone={() => setConnecting('no')} />;
  }
  if (!book) return <Doors books={overview.books} onOverview={onOverview} onConnect={() => setConnecting('yes')} />;
  return <Book key={book.id} book={book} person={person} revision={overview.revision} onConnect={() => setConnecting('yes')} />;
}

function isConnected(book: NonNullable<Overview['book']>): boolean {
  return book.stripe.state !== 'none' && book.ledger.state !== 'none';
}

/** A mistake of the page stops the page, with words, and nothing else. */
class Net extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return <Empty title={words.trouble.title} text={words.trouble.text} act={words.trouble.again} onAct={() => location.reload()} />;
  }
}
