import { useState } from 'react';
import { Input, Label, Text, TextField } from 'react-aria-components';
import type { Overview } from '../host/commands';
import { useHost } from '../host/host';
import { useCommands } from '../frame/keys';
import { Button } from '../look/marks';
import form from '../look/form.module.css';
import { Trouble } from '../look/trouble';
import { FirstChoices, FirstRehearsal } from '../settings/first';
import { fill, words } from '../words/words';
import { Sheet, type StepProps } from './connect';
import sheet from './connect.module.css';
import styles from './steps.module.css';

const c = words.connect;

/** Before anything is connected the book is made, so that what follows has a place to be kept. */
export function NewBook({ problem, act, onLater, onMade }: StepProps & { onMade: (overview: Overview) => void }) {
  const host = useHost();
  const [name, setName] = useState('');
  const make = async () => {
    if (!name.trim()) return;
    const overview = await act(host.call('new_book', { name: name.trim() }));
    if (overview) onMade(overview);
  };
  return (
    <Sheet
      title={c.bookTitle}
      lead={c.bookLead}
      foot={
        <>
          <span className={sheet.push} />
          <Button face="quiet" onPress={onLater}>
            {words.firstRun.back}
          </Button>
          <Button face="solid" keys="↵" disabled={!name.trim()} onPress={() => void make()}>
            {c.make}
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <TextField className={form.field ?? ''} value={name} onChange={setName} autoFocus autoComplete="organization">
          <Label>{c.bookName}</Label>
          <Input />
          <Text slot="description" className={form.hint ?? ''}>
            {c.bookNameHint}
          </Text>
        </TextField>
      </form>
      {problem && <Trouble problem={problem} />}
    </Sheet>
  );
}

/** The few choices that a first draft needs, checked against the ledger there and then. */
export function Choices({ problem, act, onLater, onNext }: StepProps & { onNext: () => void }) {
  return (
    <FirstChoices>
      {(choices, save, drafts) => {
        const next = async () => {
          if (!save || (await act(save()))) onNext();
        };
        return (
          <Sheet
            title={c.choicesTitle}
            lead={c.choicesLead}
            foot={
              <>
                <span>{c.choicesNote}</span>
                <span className={sheet.push} />
                <Button face="quiet" onPress={onLater}>
                  {c.later}
                </Button>
                <Button face="solid" keys="↵" onPress={() => void next()}>
                  {drafts ? c.goOn : fill(c.goOnWithout, { what: c.noDrafts })}
                </Button>
              </>
            }
          >
            <Enter onEnter={next} />
            {problem && <Trouble problem={problem} />}
            {choices}
          </Sheet>
        );
      }}
    </FirstChoices>
  );
}

function Enter({ onEnter }: { onEnter: () => Promise<void> }) {
  useCommands('room', [{ id: 'next', group: 'book', name: c.goOn, keys: ['Enter'], run: () => void onEnter() }]);
  return null;
}

/** The first fetch on real data: it only reads. */
export function Rehearsal({ problem, onLater, onFetch }: StepProps & { onFetch: () => Promise<void> }) {
  useCommands('room', [{ id: 'next', group: 'book', name: c.rehearse, keys: ['Enter'], run: () => void onFetch() }]);
  return (
    <Sheet
      title={c.rehearsalTitle}
      lead={c.rehearsalLead}
      foot={
        <>
          <span className={sheet.push} />
          <Button face="quiet" onPress={onLater}>
            {c.later}
          </Button>
          <Button face="solid" keys="↵" onPress={() => void onFetch()}>
            {c.rehearse}
          </Button>
        </>
      }
    >
      {problem && <Trouble problem={problem} />}
      <FirstRehearsal />
    </Sheet>
  );
}
