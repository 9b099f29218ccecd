import { Search } from 'lucide-react';
import { useState } from 'react';
import { ComboBox, Input, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { useAsk } from '../host/ask';
import { Currency, Figures, Mono } from '../look/marks';
import menu from '../look/menu.module.css';
import { fill, words } from '../words/words';
import styles from './rehearsal.module.css';

const r = words.settings.rehearsal;
/** Rows that are offered at a time. */
const OFFERED = 8;

interface Props {
  /** Keys of rows that are there already. */
  chosen: string[];
  most: number;
  onAdd: (key: string) => void;
}

/** Finds a row of Review by what is typed; each that is picked is added, and the field waits for the next. */
export function Adder({ chosen, most, onAdd }: Props) {
  const [search, setSearch] = useState('');
  const full = chosen.length >= most;
  const window = { query: { bucket: 'all' as const, month: null, search }, anchor: { at: 'start' as const }, before: 0, after: OFFERED + chosen.length };
  const { data } = useAsk('review_rows', window, { keep: true, enabled: !full });
  const offered = (data?.rows ?? []).filter((row) => !chosen.includes(row.key)).slice(0, OFFERED);
  return (
    <ComboBox
      className={styles.adder ?? ''}
      aria-label={r.addLabel}
      isDisabled={full}
      items={offered.map((row) => ({ ...row, id: row.key }))}
      inputValue={search}
      onInputChange={setSearch}
      selectedKey={null}
      onSelectionChange={(key) => {
        if (key === null) return;
        onAdd(String(key));
        setSearch('');
      }}
      menuTrigger="focus"
      allowsEmptyCollection
    >
      <Search size={13} aria-hidden="true" />
      <Input placeholder={full ? fill(r.full, { most }) : r.add} />
      <Popover className={`${menu.popover} ${styles.found}`} placement="bottom start" crossOffset={-33}>
        <ListBox className={menu.list ?? ''} renderEmptyState={() => <p className={styles.none}>{r.noMatch}</p>}>
          {(row: (typeof offered)[number] & { id: string }) => (
            <ListBoxItem id={row.id} textValue={`${row.left.number} ${row.left.name}`} className={`${menu.item} ${styles.offer}`}>
              <Mono>{row.left.number}</Mono>
              <span className={styles.buyer}>{row.left.name}</span>
              <span className={styles.amount}>
                <Figures of={row.left.amount} /> <Currency>{row.left.amount.currency}</Currency>
              </span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
