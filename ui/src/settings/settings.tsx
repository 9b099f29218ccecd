import { useEffect, useRef, useState, type ComponentType, type FormEvent } from 'react';
import { useAct, useAsk } from '../host/ask';
import type { BookChoices, Choices, Offered } from '../host/commands';
import { useSay } from '../frame/notice';
import { Empty } from '../look/empty';
import { Button } from '../look/marks';
import { fill, problemWords, words } from '../words/words';
import { problemOf } from '../host/host';
import { Buyers } from './buyers';
import { Carries } from './carries';
import { Days } from './days';
import { Rehearsal } from './rehearsal';
import { Lines, Products, Vat } from './sold';
import styles from './settings.module.css';

const s = words.settings;

export interface SectionProps {
  asked: BookChoices;
  offered: Offered;
  set: <K extends keyof BookChoices>(name: K, value: BookChoices[K]) => void;
}

export type Section = keyof typeof s.sections;

const SECTIONS: [Section, ComponentType<SectionProps>][] = [
  ['lines', Lines],
  ['products', Products],
  ['vat', Vat],
  ['customers', Buyers],
  ['days', Days],
  ['carries', Carries],
];

/** What is changed and not saved waits while one looks elsewhere. */
export interface Unsaved {
  version: number;
  asked: BookChoices;
}

interface Kept {
  kept: Unsaved | null;
  onKeep: (unsaved: Unsaved | null) => void;
}

/** What decides what is drafted, each in one sentence, checked against the ledger when saved. */
export function Settings({ at, kept, onKeep }: { at: Section | null } & Kept) {
  const choices = useAsk('choices', {});
  const [saved, setSaved] = useState(false);
  const say = useSay();
  useEffect(() => say(null), [say]);
  if (choices.error) {
    const { said, next } = problemWords(problemOf(choices.error));
    return <Empty title={s.title} text={`${said} ${next}`} />;
  }
  return choices.data ? <Form key={choices.data.offered.version} choices={choices.data} at={saved ? null : at} kept={kept} onKeep={onKeep} saved={saved} onSaved={() => setSaved(true)} /> : null;
}

function Form({ choices, at, kept, onKeep, saved, onSaved }: { choices: Choices; at: Section | null; saved: boolean; onSaved: () => void } & Kept) {
  const { version } = choices.offered;
  const [asked, setAsked] = useState<BookChoices>(kept?.version === version ? kept.asked : choices.chosen);
  const [testing, setTesting] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const save = useAct('save_choices', onSaved);
  const set: SectionProps['set'] = (name, value) => setAsked((before) => ({ ...before, [name]: value }));
  const changed = JSON.stringify(asked) !== JSON.stringify(choices.chosen);
  useEffect(() => onKeep(changed ? { version, asked } : null), [onKeep, changed, version, asked]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed) save.mutate(asked);
  };
  useEffect(() => {
    if (at) goTo(at);
  }, [at]);
  const refused = save.error ? problemWords(problemOf(save.error)) : null;
  if (testing) return <Rehearsal asked={asked} onBack={() => setTesting(false)} />;
  return (
    <section className={styles.room} aria-label={s.title}>
      {/* Escape leaves a field, so that letters are keys again. */}
      <form className={styles.form} onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && scroller.current?.focus()}>
        <div ref={scroller} className={styles.scroller} tabIndex={0} role="region" aria-label={s.title}>
          <nav className={styles.contents} aria-label={s.title}>
            {SECTIONS.map(([name]) => (
              <a key={name} href={`#${name}`} onClick={(event) => (event.preventDefault(), goTo(name))}>
                {s.sections[name]}
              </a>
            ))}
          </nav>
          <div className={styles.sections}>
            <h1>{s.title}</h1>
            <p>{s.lead}</p>
            {SECTIONS.map(([name, Section]) => (
              <section key={name} id={name} aria-label={s.sections[name]}>
                <h2>{s.sections[name]}</h2>
                <Section asked={asked} offered={choices.offered} set={set} />
              </section>
            ))}
          </div>
        </div>
        {/* Here rather than over the page, where it would cover the button that is pressed again. */}
        {refused && (
          <p role="alert" className={styles.refused}>
            {refused.said} {refused.next}
          </p>
        )}
        <footer className={styles.foot}>
          <span>{fill(s.version, { version: choices.offered.version })}</span>
          <span role="status">{save.isPending ? s.saving : changed ? s.changed : saved ? s.saved : s.unchanged}</span>
          <span className={styles.push} />
          <Button tall onPress={() => setTesting(true)}>
            {s.test}
          </Button>
          <Button face="solid" tall disabled={!changed || save.isPending}>
            {s.save}
          </Button>
        </footer>
      </form>
    </section>
  );
}

/** Shows a section, with the keys in its first field. */
function goTo(section: Section) {
  const place = document.getElementById(section);
  place?.scrollIntoView();
  place?.querySelector<HTMLElement>('input,select,button')?.focus({ preventScroll: true });
}
