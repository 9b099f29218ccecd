import { parseDate } from '@internationalized/date';
import { X } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { DateField, DateInput, DateSegment, Label, Text } from 'react-aria-components';
import { words } from '../words/words';
import styles from './settings.module.css';

const s = words.settings;

/** A label, what is chosen, and what it does in one sentence. */
export function Field({ says, two, children }: { says: readonly string[]; two?: boolean; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className={two ? styles.two : styles.field}>
      <label htmlFor={id}>{says[0]}</label>
      <div className={styles.control}>{children(id)}</div>
      <small>{says[1]}</small>
    </div>
  );
}

interface DayProps {
  says: readonly string[];
  /** `2026-11-09`, or nothing yet. */
  value: string | null;
  onDay: (day: string | null) => void;
}

/** A day, typed in the order and with the signs of the book's locale. */
export function Day({ says, value, onDay }: DayProps) {
  return (
    <DateField className={styles.field ?? ''} value={value ? parseDate(value) : null} onChange={(day) => onDay(day?.toString() ?? null)} granularity="day" shouldForceLeadingZeros>
      <Label className={styles.label ?? ''}>{says[0]}</Label>
      <div className={styles.control}>
        <DateInput className={styles.day ?? ''}>{(segment) => <DateSegment segment={segment} />}</DateInput>
      </div>
      <Text slot="description" elementType="small">
        {says[1]}
      </Text>
    </DateField>
  );
}

/** Several controls under one label. */
export function Group({ says, children }: { says: readonly string[]; children: ReactNode }) {
  const id = useId();
  return (
    <div className={styles.field} role="group" aria-labelledby={id}>
      <span id={id} className={styles.label}>
        {says[0]}
      </span>
      <div className={styles.wide}>
        {children}
        <small>{says[1]}</small>
      </div>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  id?: string;
  label?: string;
  value: T;
  of: readonly (readonly [T, string])[];
  onChoose: (value: T) => void;
  disabled?: boolean;
}

/** One of a few. */
export function Choice<T extends string>({ id, label, value, of, onChoose, disabled }: ChoiceProps<T>) {
  return (
    <select id={id} aria-label={label} value={value} disabled={disabled} onChange={(event) => onChoose(event.target.value as T)}>
      {of.map(([one, name]) => (
        <option key={one} value={one}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function Tick({ text, on, onTick }: { text: string; on: boolean; onTick: (on: boolean) => void }) {
  return (
    <label className={styles.tick}>
      <input type="checkbox" checked={on} onChange={(event) => onTick(event.target.checked)} />
      <span>{text}</span>
    </label>
  );
}

interface RowsProps<T> {
  rows: T[];
  fresh: () => T;
  onRows: (rows: T[]) => void;
  children: (one: T, change: (next: Partial<T>) => void) => ReactNode;
}

/** Rows that come and go. */
export function Rows<T>({ rows, fresh, onRows, children }: RowsProps<T>) {
  return (
    <>
      {rows.map((one, index) => (
        // Rows of a form have no name of their own; their place is it.
        <div key={`${index}`} className={styles.row}>
          {children(one, (next) => onRows(rows.map((old, at) => (at === index ? { ...old, ...next } : old))))}
          <button type="button" className={styles.remove} aria-label={`${s.remove} ${index + 1}`} title={s.remove} onClick={() => onRows(rows.filter((_, at) => at !== index))}>
            <X size={13} />
          </button>
        </div>
      ))}
      <button type="button" className={styles.add} onClick={() => onRows([...rows, fresh()])}>
        {s.add}
      </button>
    </>
  );
}
