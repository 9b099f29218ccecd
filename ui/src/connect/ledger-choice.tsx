import { useEffect, useRef, useState } from 'react';
import type { Company, Environment, Overview, Problem } from '../host/commands';
import { problemOf, useHost } from '../host/host';
import { Button } from '../look/marks';
import { words } from '../words/words';
import styles from './ledger-choice.module.css';

const c = words.connect;

interface Props {
  environments: Environment[];
  onChosen: (overview: Overview) => void;
  onProblem: (problem: Problem | null) => void;
}

/** Environment and company, from lists; where there is only one there is nothing to choose. */
export function LedgerChoice({ environments, onChosen, onProblem }: Props) {
  const host = useHost();
  const [environment, setEnvironment] = useState<string | null>(null);
  const [companies, setCompanies] = useState<Company[] | null>(null);
  const [company, setCompany] = useState<string | null>(null);
  const [pairing, setPairing] = useState(false);
  const begun = useRef(false);

  const pair = (where: string, which: string) => {
    setPairing(true);
    onProblem(null);
    host.call('choose_company', { environment: where, company: which }).then(onChosen, (failed: unknown) => {
      setPairing(false);
      onProblem(problemOf(failed));
    });
  };
  const enter = (where: string, alone: boolean) => {
    setEnvironment(where);
    setCompanies(null);
    setCompany(null);
    onProblem(null);
    host.call('companies', { environment: where }).then(
      (answer) => {
        setCompanies(answer.companies);
        const [only, ...others] = answer.companies;
        if (only && others.length === 0) {
          setCompany(only.id);
          if (alone) pair(where, only.id);
        }
      },
      (failed: unknown) => onProblem(problemOf(failed)),
    );
  };
  useEffect(() => {
    const [only, ...others] = environments;
    if (begun.current || !only || others.length > 0) return;
    begun.current = true;
    enter(only.name, true);
  });

  if (environments.length === 0) return <p>{c.noEnvironments}</p>;
  return (
    <form
      className={styles.choice}
      onSubmit={(event) => {
        event.preventDefault();
        if (environment && company && !pairing) pair(environment, company);
      }}
    >
      <fieldset>
        <legend>{c.environment}</legend>
        {environments.map((one, index) => (
          <label key={one.name}>
            <input type="radio" name="environment" autoFocus={index === 0} checked={environment === one.name} onChange={() => enter(one.name, false)} />
            <b>{one.name}</b>
            <span>
              {one.production ? c.production : c.sandbox}, {one.country}
            </span>
          </label>
        ))}
      </fieldset>
      {environment && (
        <fieldset>
          <legend>{c.company}</legend>
          {!companies && <p>{c.companiesReading}</p>}
          {companies?.length === 0 && <p>{c.noCompanies}</p>}
          {companies?.map((one) => (
            <label key={one.id}>
              <input type="radio" name="company" checked={company === one.id} onChange={() => setCompany(one.id)} />
              <b>{one.name}</b>
            </label>
          ))}
        </fieldset>
      )}
      {companies && companies.length > 0 && (
        <Button face="solid" tall keys="↵" disabled={!company || !environment || pairing}>
          {c.pair}
        </Button>
      )}
    </form>
  );
}
