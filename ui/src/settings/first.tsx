import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { BookChoices, Choices, Untaxed } from '../host/commands';
import { useAsk } from '../host/ask';
import { useHost } from '../host/host';
import { words } from '../words/words';
import { Identify, Unknown } from './buyers';
import { When } from './days';
import { Choice, Day, Field, Group, Tick } from './field';
import { Results } from './rehearsal';
import type { SectionProps } from './settings';
import { Lines } from './sold';
import styles from './settings.module.css';

const s = words.settings;
const UNTAXED: Untaxed[] = ['ask', 'home_rate', 'no_vat'];

interface Props {
  /** What stands around the choices: it is given how to save them (nothing when nothing is changed), and whether they let anything be drafted. */
  children: (form: ReactNode, save: (() => Promise<unknown>) | null, drafts: boolean) => ReactNode;
}

/** Of all settings the few that a first draft needs. */
export function FirstChoices({ children }: Props) {
  const choices = useAsk('choices', {});
  return choices.data ? <Form choices={choices.data}>{children}</Form> : children(null, null, true);
}

function Form({ choices, children }: Props & { choices: Choices }) {
  const host = useHost();
  const client = useQueryClient();
  const [asked, setAsked] = useState<BookChoices>(choices.chosen);
  const set: SectionProps['set'] = (name, value) => setAsked((before) => ({ ...before, [name]: value }));
  const changed = JSON.stringify(asked) !== JSON.stringify(choices.chosen);
  const form = (
    <div className={styles.first}>
      <Group says={s.terms}>
        <Tick text={s.termsTick} on={asked.terms_confirmed} onTick={(on) => set('terms_confirmed', on)} />
        {!asked.terms_confirmed && <p className={styles.warning}>{s.termsOpen}</p>}
      </Group>
      <Day says={s.start} value={asked.start} onDay={(day) => day && set('start', day)} />
      <When asked={asked} set={set} />
      <Field says={s.untaxed}>{(id) => <Choice id={id} value={asked.untaxed} of={UNTAXED.map((one) => [one, s.untaxedChoices[one]] as const)} onChoose={(untaxed) => set('untaxed', untaxed)} />}</Field>
      <Group says={s.identify}>
        <Identify order={asked.identify_by} onOrder={(order) => set('identify_by', order)} />
      </Group>
      <Unknown asked={asked} set={set} />
      <Lines asked={asked} offered={choices.offered} set={set} />
    </div>
  );
  // The rehearsal that comes next is of what was saved just now.
  const save = () => host.call('save_choices', asked).then((saved) => client.setQueryData(['choices', {}], saved));
  return children(form, changed ? save : null, asked.terms_confirmed);
}

/** What the settings as saved would propose. */
export function FirstRehearsal() {
  const choices = useAsk('choices', {});
  if (!choices.data) return null;
  // Ten refusals for one reason say less than the reason.
  if (!choices.data.chosen.terms_confirmed) return <p role="alert">{words.connect.termsFirst}</p>;
  return <Results key={choices.data.offered.version} asked={choices.data.chosen} />;
}
