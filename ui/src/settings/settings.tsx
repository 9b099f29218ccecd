import { useState, type FormEvent } from 'react';
import { useAct, useAsk } from '../host/ask';
import type { Choices, SaveChoices, Untaxed } from '../host/commands';
import { useSay } from '../frame/notice';
import { Empty } from '../look/empty';
import { Button } from '../look/marks';
import { problemWords, words } from '../words/words';
import { problemOf } from '../host/host';
import styles from './settings.module.css';

const s = words.settings;
const ZONES = ['domestic', 'eu', 'export', 'exempt', 'rounding'] as const;
const UNTAXED: Untaxed[] = ['ask', 'home_rate', 'no_vat'];

/** The few choices that decide what is drafted, each in one sentence, checked against the ledger when saved. */
export function Settings() {
  const choices = useAsk('choices', {});
  if (choices.error) {
    const { said, next } = problemWords(problemOf(choices.error));
    return <Empty title={s.title} text={`${said} ${next}`} />;
  }
  return choices.data ? <Form key={JSON.stringify(choices.data)} choices={choices.data} /> : null;
}

function Form({ choices }: { choices: Choices }) {
  const say = useSay();
  const [asked, setAsked] = useState<SaveChoices>(() => wanted(choices));
  const save = useAct('save_choices', () => say({ kind: 'done', text: s.saved }), (problem) => say({ kind: 'problem', problem }));
  const set = <K extends keyof SaveChoices>(name: K, value: SaveChoices[K]) => setAsked((before) => ({ ...before, [name]: value }));
  const changed = JSON.stringify(asked) !== JSON.stringify(wanted(choices));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed) save.mutate(asked);
  };
  return (
    <section className={styles.room} aria-label={s.title}>
      <form className={styles.form} onSubmit={submit}>
        <h1>{s.title}</h1>
        <p>{s.lead}</p>
        <h2>{s.accounts}</h2>
        {ZONES.map((zone) => (
          <label key={zone}>
            <span>{s.zones[zone][0]}</span>
            <select value={asked[zone]} onChange={(event) => set(zone, event.target.value)}>
              {choices.accounts.map((account) => (
                <option key={account.number} value={account.number}>
                  {account.number} {account.name}
                </option>
              ))}
            </select>
            <small>{s.zones[zone][1]}</small>
          </label>
        ))}
        <h2>{s.vat}</h2>
        <label>
          <span>{s.homeRate[0]}</span>
          <input inputMode="decimal" value={asked.home_rate} onChange={(event) => set('home_rate', event.target.value)} />
          <small>{s.homeRate[1]}</small>
        </label>
        <label>
          <span>{s.untaxed[0]}</span>
          <select value={asked.untaxed} onChange={(event) => set('untaxed', event.target.value as Untaxed)}>
            {UNTAXED.map((untaxed) => (
              <option key={untaxed} value={untaxed}>
                {s.untaxedChoices[untaxed]}
              </option>
            ))}
          </select>
          <small>{s.untaxed[1]}</small>
        </label>
        <label>
          <span>{s.goods[0]}</span>
          <select value={asked.goods ? 'goods' : 'services'} onChange={(event) => set('goods', event.target.value === 'goods')}>
            <option value="goods">{s.goodsChoices[0]}</option>
            <option value="services">{s.goodsChoices[1]}</option>
          </select>
          <small>{s.goods[1]}</small>
        </label>
        <h2>{s.book}</h2>
        <label>
          <span>{s.start[0]}</span>
          <input type="date" value={asked.start} onChange={(event) => set('start', event.target.value)} />
          <small>{s.start[1]}</small>
        </label>
        <dl>
          <dt>{s.zone}</dt>
          <dd>{choices.zone}</dd>
          <dt>{s.currency}</dt>
          <dd>{choices.currency}</dd>
        </dl>
        <Button face="solid" tall keys="↵" disabled={!changed || save.isPending}>
          {s.save}
        </Button>
      </form>
    </section>
  );
}

function wanted(choices: Choices): SaveChoices {
  const { domestic, eu, export: abroad, exempt, rounding, home_rate, untaxed, goods, start } = choices;
  return { domestic, eu, export: abroad, exempt, rounding, home_rate, untaxed, goods, start };
}
