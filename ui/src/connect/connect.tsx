import { useEffect, useState, type ReactNode } from 'react';
import type { BookHead, Overview, Problem, StripeCheck } from '../host/commands';
import { problemOf, useHost } from '../host/host';
import { useFormats } from '../format/formats';
import { Icon } from '../look/icon';
import { fill, plural, words } from '../words/words';
import { Choices, NewBook, Rehearsal } from './steps';
import { LedgerStep } from './ledger-step';
import { granted, StripeStep } from './stripe-step';
import styles from './connect.module.css';

const c = words.connect;
const STEPS = ['stripe', 'ledger', 'choices', 'rehearsal'] as const;
type Step = (typeof STEPS)[number];

interface Props {
  book: BookHead | null;
  onOverview: (next: Overview) => void;
  onLater: () => void;
  onDone: () => void;
}

/** Stripe, then the ledger, then what follows from them; each checked there and then. */
export function Connect({ book, onOverview, onLater, onDone }: Props) {
  const host = useHost();
  const [step, setStep] = useState<Step>(book && book.stripe.state === 'connected' ? 'ledger' : 'stripe');
  const [check, setCheck] = useState<StripeCheck | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const reached = book?.ledger.state === 'connected' ? 4 : check || book?.stripe.state === 'connected' ? 2 : 1;

  // What the kept key may do is asked once more when the sheet is opened again.
  const known = book?.stripe.state === 'connected';
  useEffect(() => {
    if (known && !check) host.call('check_stripe', {}).then(setCheck, () => undefined);
  }, [known, check, host]);

  const act = async <T,>(asked: Promise<T>): Promise<T | null> => {
    setProblem(null);
    try {
      return await asked;
    } catch (failed) {
      setProblem(problemOf(failed));
      return null;
    }
  };
  const shared = { problem, setProblem, act, onLater };
  return (
    <div className={styles.desk}>
      <main className={styles.sheet}>
        <Steps step={book ? step : null} reached={reached} check={check} book={book} onStep={setStep} />
        {!book && <NewBook {...shared} onMade={onOverview} />}
        {book && step === 'stripe' && <StripeStep {...shared} check={check} onCheck={setCheck} onNext={() => setStep('ledger')} />}
        {book && step === 'ledger' && (
          <LedgerStep
            {...shared}
            onChosen={(next) => {
              setStep('choices');
              onOverview(next);
            }}
          />
        )}
        {book && step === 'choices' && <Choices {...shared} onNext={() => setStep('rehearsal')} />}
        {book && step === 'rehearsal' && (
          <Rehearsal
            {...shared}
            onFetch={async () => {
              if (await act(host.call('fetch', {}))) onDone();
            }}
          />
        )}
      </main>
    </div>
  );
}

interface StepsProps {
  step: Step | null;
  reached: number;
  check: StripeCheck | null;
  book: BookHead | null;
  onStep: (step: Step) => void;
}

function Steps({ step, reached, check, book, onStep }: StepsProps) {
  const formats = useFormats();
  const line = (which: Step): string => {
    if (which === 'stripe' && check) {
      const open = check.permissions.filter((one) => !granted(one, check.hint)).length;
      const rest = open === 0 ? c.allGranted : plural(c.linesOpen, open, formats.count(open));
      return `${fill(c.checked, { time: formats.time(check.checked_at) })}, ${rest}`;
    }
    if (which === 'ledger' && book?.ledger.state === 'connected') return book.company ?? c.signedIn;
    return c.steps[which][1] ?? '';
  };
  return (
    <nav className={styles.steps} aria-label={c.newBook}>
      <p className={styles.brand}>
        <Icon size={20} />
        {book?.name ?? c.newBook}
      </p>
      <ol>
        {STEPS.map((which, index) => (
          <li key={which}>
            <button type="button" aria-current={step === which ? 'step' : undefined} disabled={step === null || index >= reached} onClick={() => onStep(which)}>
              <span>{index + 1}</span>
              <b>{c.steps[which][0]}</b>
              <span className={styles.about}>{line(which)}</span>
            </button>
          </li>
        ))}
      </ol>
      <p className={styles.note}>{step === 'ledger' ? c.ledgerNote : c.onlyQuestions}</p>
    </nav>
  );
}

interface SheetProps {
  title: string;
  lead: string;
  children: ReactNode;
  foot: ReactNode;
}

export function Sheet({ title, lead, children, foot }: SheetProps) {
  return (
    <div className={styles.main}>
      <div className={styles.body} tabIndex={0} role="region" aria-label={title}>
        <h1>{title}</h1>
        <p className={styles.lead}>{lead}</p>
        {children}
      </div>
      <footer className={styles.foot}>{foot}</footer>
    </div>
  );
}

export interface StepProps {
  problem: Problem | null;
  setProblem: (problem: Problem | null) => void;
  act: <T>(asked: Promise<T>) => Promise<T | null>;
  onLater: () => void;
}
