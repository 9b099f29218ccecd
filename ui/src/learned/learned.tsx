import { useState, type ReactNode } from 'react';
import type { LearnedRule, LearnedThings, Lesson, Switches, Used } from '../host/commands';
import { useFormats } from '../format/formats';
import { useCommands } from '../frame/keys';
import { useAct, useAsk } from '../host/ask';
import { problemOf } from '../host/host';
import { Empty } from '../look/empty';
import { Button } from '../look/marks';
import { fill, plural, problemWords, words } from '../words/words';
import { Replay } from './replay';
import styles from './learned.module.css';

const l = words.learned;

/** What the decisions of this book teach: each as a sentence with its counts and a switch, tried before it is used. */
export function Learned({ onRow }: { onRow: (number: string) => void }) {
  const { data, error } = useAsk('learned', {});
  if (error) {
    const { said, next } = problemWords(problemOf(error));
    return <Empty title={l.title} text={`${said} ${next}`} />;
  }
  if (!data) return null;
  if (data.rules.length === 0 && data.lessons.length === 0) return <Empty title={l.title} text={l.none} />;
  return <Things key={data.version} things={data} onRow={onRow} />;
}

function Things({ things, onRow }: { things: LearnedThings; onRow: (number: string) => void }) {
  const formats = useFormats();
  const used = usedNow(things);
  const [asked, setAsked] = useState<Switches>(used);
  const [replayed, setReplayed] = useState<Switches | null>(null);
  const use = useAct('use_learned', () => setReplayed(null));
  const changed = JSON.stringify(asked) !== JSON.stringify(used);
  const rule = (number: number) => setAsked(({ rules, lessons }) => ({ rules: toggled(rules, number), lessons }));
  const lesson = (evidence: string) => setAsked(({ rules, lessons }) => ({ rules, lessons: toggled(lessons, evidence) }));
  const run = () => setReplayed(asked);
  useCommands('room', [
    { id: 'replay', group: 'view', name: l.replay, keys: ['r'], run },
    { id: 'useLearned', group: 'view', name: l.use, keys: ['Mod+Enter'], run: () => changed && use.mutate(asked) },
  ]);
  const refused = use.error ? problemWords(problemOf(use.error)) : null;
  return (
    <section className={styles.room} aria-label={l.title}>
      <div className={styles.scroller} tabIndex={0} role="region" aria-label={l.title}>
        <h1>{l.title}</h1>
        <p className={styles.lead}>{l.lead}</p>
        <h2>{l.rules}</h2>
        {things.rules.length === 0 && <p className={styles.quiet}>{l.noRules}</p>}
        <ul className={styles.list}>
          {things.rules.map((one) => (
            <Rule key={one.number} rule={one} on={asked.rules.includes(one.number)} onSwitch={() => rule(one.number)} />
          ))}
        </ul>
        <h2>{l.lessons}</h2>
        {things.lessons.length === 0 && <p className={styles.quiet}>{l.noLessons}</p>}
        <ul className={styles.list}>
          {things.lessons.map((one) => (
            <LessonLine key={one.evidence} lesson={one} on={asked.lessons.includes(one.evidence)} onSwitch={() => lesson(one.evidence)} />
          ))}
        </ul>
        {replayed && <Replay asked={replayed} onRow={onRow} />}
      </div>
      {refused && (
        <p role="alert" className={styles.refused}>
          {refused.said} {refused.next}
        </p>
      )}
      <footer className={styles.foot}>
        <span>{fill(l.version, { version: things.version })}</span>
        <span>{plural(l.decided, things.decided, formats.count(things.decided))}</span>
        <span role="status">{changed ? l.changed : l.unchanged}</span>
        <span className={styles.push} />
        <Button tall keys="R" onPress={run}>
          {l.replay}
        </Button>
        <Button face="solid" tall disabled={!changed || use.isPending} onPress={() => use.mutate(asked)}>
          {l.use}
        </Button>
      </footer>
    </section>
  );
}

function Rule({ rule, on, onSwitch }: { rule: LearnedRule; on: boolean; onSwitch: () => void }) {
  const formats = useFormats();
  const { payer, customer, first, last, seen, against, links } = rule;
  const facts = [
    plural(l.seen, seen, formats.count(seen)),
    first && last && (first === last ? formats.full(first) : fill(l.span, { first: formats.full(first), last: formats.full(last) })),
    against > 0 && plural(l.against, against, formats.count(against)),
    links > 0 && plural(l.links, links, formats.count(links)),
  ];
  return (
    <Line used={rule.used} on={on} onSwitch={onSwitch} number={rule.number}>
      {fill(l.rule, { payer, customer })}
      <span className={styles.facts}>{facts.filter(Boolean).join(', ')}</span>
    </Line>
  );
}

function LessonLine({ lesson, on, onSwitch }: { lesson: Lesson; on: boolean; onSwitch: () => void }) {
  const formats = useFormats();
  const { evidence, decided, confirmed, expected, shift } = lesson;
  return (
    <Line used={lesson.used} on={on} onSwitch={onSwitch}>
      {fill(l.lesson, { evidence: l.evidence[evidence] ?? evidence, decided: formats.count(decided), confirmed: formats.count(confirmed), expected: expected.replace('.', formats.separators.decimal) })}
      <span className={styles.facts}>
        {shift.startsWith('-') ? l.less : l.more} ({shift.replace('-', '−').replace('.', formats.separators.decimal)})
      </span>
    </Line>
  );
}

interface LineProps {
  used: Used;
  on: boolean;
  onSwitch: () => void;
  number?: number;
  children: ReactNode;
}

function Line({ used, on, onSwitch, number, children }: LineProps) {
  return (
    <li>
      <label className={styles.line}>
        <input type="checkbox" checked={on} onChange={onSwitch} />
        <span className={styles.number}>{number ?? ''}</span>
        <span className={styles.said}>{children}</span>
        <span className={used === 'offered' ? styles.offered : styles.used}>{l.used[used]}</span>
      </label>
    </li>
  );
}

function usedNow({ rules, lessons }: LearnedThings): Switches {
  return { rules: rules.filter((rule) => rule.used === 'on').map((rule) => rule.number), lessons: lessons.filter((lesson) => lesson.used === 'on').map((lesson) => lesson.evidence) };
}

/** In order, so that switching there and back is no change. */
function toggled<T extends number | string>(list: T[], one: T): T[] {
  const next = list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
  return next.sort((a, b) => (a < b ? -1 : 1));
}
