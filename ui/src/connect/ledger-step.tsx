import { useState } from 'react';
import type { Environment, Overview } from '../host/commands';
import { Button } from '../look/marks';
import { Trouble } from '../look/trouble';
import { words } from '../words/words';
import { Sheet, type StepProps } from './connect';
import sheet from './connect.module.css';
import { LedgerChoice } from './ledger-choice';
import { SigninForm } from './signin-form';
import styles from './ways.module.css';

const c = words.connect;

/** Signing in, then environment and company. */
export function LedgerStep({ problem, setProblem, onLater, onChosen }: StepProps & { onChosen: (overview: Overview) => void }) {
  const [environments, setEnvironments] = useState<Environment[] | null>(null);
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
          {environments && (
            <Button
              onPress={() => {
                setProblem(null);
                setEnvironments(null);
              }}
            >
              {c.again}
            </Button>
          )}
        </>
      }
    >
      {problem && (
        <div className={styles.problem}>
          <Trouble problem={problem} />
        </div>
      )}
      {environments ? <LedgerChoice environments={environments} onChosen={onChosen} onProblem={setProblem} /> : <SigninForm onSignedIn={setEnvironments} />}
    </Sheet>
  );
}
