import { useState } from 'react';
import { Input, Label, Text, TextField } from 'react-aria-components';
import type { Overview, Problem } from '../host/commands';
import { useAct } from '../host/ask';
import { Icon } from '../look/icon';
import { Button, Initials } from '../look/marks';
import form from '../look/form.module.css';
import { Trouble } from '../look/trouble';
import { words } from '../words/words';
import { suggested } from './initials';
import doors from './doors.module.css';
import styles from './introduce.module.css';
import { Promises } from './doors';

/** Who signs: asked once, before anything else. */
export function Introduce({ onOverview }: { onOverview: (next: Overview) => void }) {
  const [name, setName] = useState('');
  const [own, setOwn] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const initials = own ?? suggested(name);
  const introducing = useAct('introduce', onOverview, setProblem);
  const ready = name.trim() !== '' && initials !== '';
  const go = () => ready && introducing.mutate({ name: name.trim(), initials });
  return (
    <div className={doors.page}>
      <main className={doors.middle}>
        <p className={doors.product}>
          <Icon size={24} />
          {words.product}
        </p>
        <h1>{words.person.title}</h1>
        <p className={doors.lead}>{words.person.lead}</p>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            go();
          }}
        >
          <TextField className={form.field ?? ''} value={name} onChange={setName} autoFocus autoComplete="name">
            <Label>{words.person.name}</Label>
            <Input />
          </TextField>
          <TextField className={form.field ?? ''} value={initials} onChange={(text) => setOwn(text.slice(0, 4))} autoComplete="off">
            <Label>{words.person.initials}</Label>
            <Input />
            <Text slot="description" className={form.hint ?? ''}>
              {words.person.initialsHint}
            </Text>
          </TextField>
          <div className={styles.line} aria-hidden="true">
            <Initials>{initials || ' '}</Initials>
          </div>
          {problem && <Trouble problem={problem} />}
          <div className={styles.act}>
            <Button face="solid" tall keys="↵" disabled={!ready}>
              {words.person.go}
            </Button>
          </div>
        </form>
      </main>
      <Promises />
    </div>
  );
}
