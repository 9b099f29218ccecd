import { ArrowUp } from 'lucide-react';
import type { GenericChoice, GuestZone, IdentifyBy, UnknownCustomer } from '../host/commands';
import { useFormats } from '../format/formats';
import { fill, words } from '../words/words';
import { Choice, Field, Group, Rows, Tick } from './field';
import type { SectionProps } from './settings';
import styles from './settings.module.css';

const s = words.settings;
const IDENTIFY: IdentifyBy[] = ['vat_number', 'ledger_number', 'ean', 'email_and_name'];
const UNKNOWN: UnknownCustomer[] = ['new_customer', 'generic', 'ask'];
const GUESTS: GuestZone[] = ['home', 'oss', 'export'];

/** How a customer is found, and what is made of one that is not. */
export function Buyers({ asked, offered, set }: SectionProps) {
  const formats = useFormats();
  const said = offered.terms_confirmed;
  const fresh = (): GenericChoice => ({ currency: offered.currency, zone: 'home', number: '' });
  const name = (number: string) => offered.generic_names.find((one) => one.number.toLowerCase() === number.trim().toLowerCase())?.name;
  return (
    <>
      <Group says={s.identify}>
        <Identify order={asked.identify_by} onOrder={(order) => set('identify_by', order)} />
      </Group>
      <Unknown asked={asked} set={set} />
      <Group says={s.newAbroad}>
        <Tick text={s.newAbroadTick} on={asked.new_abroad} onTick={(on) => set('new_abroad', on)} />
      </Group>
      <Group says={s.generic}>
        <Rows
          rows={asked.generic}
          fresh={fresh}
          onRows={(generic) => set('generic', generic)}
        >
          {(one, change) => (
            <>
              <Choice label={s.currency} value={one.currency} of={offered.currencies.map((code) => [code, code] as const)} onChoose={(currency) => change({ currency })} />
              <Choice label={s.zone} value={one.zone} of={GUESTS.map((zone) => [zone, s.zoneChoices[zone]] as const)} onChoose={(zone) => change({ zone })} />
              <input className={styles.medium} aria-label={s.number} placeholder={s.number} value={one.number} onChange={(event) => change({ number: event.target.value })} />
              <span className={styles.name}>{name(one.number)}</span>
            </>
          )}
        </Rows>
      </Group>
      <Group says={s.terms}>
        <Tick text={s.termsTick} on={asked.terms_confirmed} onTick={(on) => set('terms_confirmed', on)} />
        {said && <small>{fill(s.termsSaid, { who: said.who, day: formats.full(said.at.slice(0, 10)) })}</small>}
      </Group>
    </>
  );
}

/** What is made for a buyer that the ledger does not have. */
export function Unknown({ asked, set }: Pick<SectionProps, 'asked' | 'set'>) {
  return <Field says={s.unknown}>{(id) => <Choice id={id} value={asked.unknown} of={UNKNOWN.map((one) => [one, s.unknownChoices[one]] as const)} onChoose={(unknown) => set('unknown', unknown)} />}</Field>;
}

/** Switched on in their order, then what is switched off. */
export function Identify({ order, onOrder }: { order: IdentifyBy[]; onOrder: (order: IdentifyBy[]) => void }) {
  const all = [...order, ...IDENTIFY.filter((by) => !order.includes(by))];
  const up = (index: number) => onOrder(order.map((by, at) => (at === index - 1 ? (order[index] ?? by) : at === index ? (order[index - 1] ?? by) : by)));
  return (
    <ol className={styles.order}>
      <li>
        <span className={styles.rank}>1</span>
        {s.linkFirst}
      </li>
      {all.map((by, index) => {
        const on = order.includes(by);
        return (
          <li key={by} data-off={!on || undefined}>
            <span className={styles.rank}>{on ? index + 2 : ''}</span>
            <Tick text={s.identifyBy[by]} on={on} onTick={(next) => onOrder(next ? [...order, by] : order.filter((one) => one !== by))} />
            {on && index > 0 && (
              <button type="button" className={styles.remove} aria-label={`${s.up}: ${s.identifyBy[by]}`} title={s.up} onClick={() => up(index)}>
                <ArrowUp size={13} />
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
