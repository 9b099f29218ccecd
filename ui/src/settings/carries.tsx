import type { CarriedKey, CarriedTo, DimensionChoice } from '../host/commands';
import { words } from '../words/words';
import { Choice, Group, Rows, Tick } from './field';
import type { SectionProps } from './settings';
import styles from './settings.module.css';

const s = words.settings;

/** What stands on a document beside its figures. */
export function Carries({ asked, offered, set }: SectionProps) {
  const first = offered.dimensions[0];
  const goes: CarriedTo[] = first ? ['your_reference', 'comment', 'dimension'] : ['your_reference', 'comment'];
  const dimensions = offered.dimensions.map(({ code, name }) => [code, `${code} ${name}`] as const);
  const freshKey = (): CarriedKey => ({ key: '', to: 'your_reference', dimension: '' });
  const freshDimension = (): DimensionChoice => ({ code: first?.code ?? '', value: first?.values[0] ?? '' });
  return (
    <>
      <Group says={s.keys}>
        <datalist id="metadata-keys">
          {offered.metadata_keys.map((key) => (
            <option key={key} value={key}>
              {key}
            </option>
          ))}
        </datalist>
        <Rows
          rows={asked.keys}
          fresh={freshKey}
          onRows={(keys) => set('keys', keys)}
        >
          {(one, change) => (
            <>
              <input className={styles.medium} list="metadata-keys" aria-label={s.key} placeholder="po_number" value={one.key} onChange={(event) => change({ key: event.target.value })} />
              <Choice label={s.goesTo} value={one.to} of={goes.map((to) => [to, s.carriedTo[to]] as const)} onChoose={(to) => change({ to, dimension: to === 'dimension' ? (first?.code ?? '') : '' })} />
              {one.to === 'dimension' && <Choice label={s.dimension} value={one.dimension} of={dimensions} onChoose={(dimension) => change({ dimension })} />}
            </>
          )}
        </Rows>
      </Group>
      <Group says={s.dimensions}>
        {offered.dimensions.length === 0 ? (
          <p className={styles.note}>{s.noDimensions}</p>
        ) : (
          <Rows
            rows={asked.dimensions}
            fresh={freshDimension}
            onRows={(all) => set('dimensions', all)}
          >
            {(one, change) => (
              <>
                <Choice label={s.dimension} value={one.code} of={dimensions} onChoose={(code) => change({ code, value: offered.dimensions.find((known) => known.code === code)?.values[0] ?? '' })} />
                <Choice label={s.value} value={one.value} of={(offered.dimensions.find((known) => known.code === one.code)?.values ?? []).map((value) => [value, value] as const)} onChoose={(value) => change({ value })} />
              </>
            )}
          </Rows>
        )}
      </Group>
      <Group says={s.numbers}>
        <Tick text={s.ledgerNumberInStripe} on={asked.ledger_number_in_stripe} onTick={(on) => set('ledger_number_in_stripe', on)} />
        <Tick text={s.numberInLines} on={asked.number_in_lines} onTick={(on) => set('number_in_lines', on)} />
      </Group>
    </>
  );
}
