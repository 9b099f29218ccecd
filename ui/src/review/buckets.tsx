import { ChevronDown, Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button as AriaButton, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';
import type { Bucket, BucketCount, Month, ReviewQuery } from '../host/commands';
import { monthName } from '../format/date';
import { useFormats } from '../format/formats';
import { focusList } from '../frame/keys';
import { Key } from '../look/marks';
import { words } from '../words/words';
import menu from '../look/menu.module.css';
import styles from './buckets.module.css';

export const OPEN: Bucket[] = ['all', 'exact', 'strong', 'new', 'choose', 'unexplained'];
export const FINISHED: Bucket[] = ['countersigned', 'written', 'done', 'unknown'];

/** The menu gives the focus back to its button when it closes; the list gets it after that. */
const CLOSING_MS = 50;

interface Props {
  query: ReviewQuery;
  counts: BucketCount[];
  months: Month[];
  searching: boolean;
  onQuery: (change: Partial<ReviewQuery>) => void;
  onSearching: (searching: boolean) => void;
}

export function Buckets({ query, counts, months, searching, onQuery, onSearching }: Props) {
  const formats = useFormats();
  const tab = (bucket: Bucket) => {
    const count = counts.find((one) => one.bucket === bucket)?.count ?? 0;
    const active = query.bucket === bucket;
    return (
      <button
        key={bucket}
        type="button"
        className={styles.tab}
        aria-pressed={active}
        title={formats.count(count)}
        data-empty={(count === 0 && bucket !== 'all') || undefined}
        data-alarm={(bucket === 'unknown' && count > 0) || undefined}
        data-testid={`bucket-${bucket}`}
        onClick={() => onQuery({ bucket })}
      >
        {words.buckets[bucket]} <span className={styles.count}>{formats.count(count)}</span>
      </button>
    );
  };
  return (
    <div className={styles.bar} data-searching={searching || query.search !== '' || undefined}>
      <div className={styles.tabs} role="group" aria-label={words.buckets.name}>
        {OPEN.map(tab)}
        <span className={styles.rule} aria-hidden="true" />
        {FINISHED.map(tab)}
      </div>
      <SearchField value={query.search} searching={searching} onSearch={(search) => onQuery({ search })} onSearching={onSearching} />
      <MonthSelect month={query.month} months={months} onMonth={(month) => onQuery({ month })} />
    </div>
  );
}

interface SearchProps {
  value: string;
  searching: boolean;
  onSearch: (search: string) => void;
  onSearching: (searching: boolean) => void;
}

function SearchField({ value, searching, onSearch, onSearching }: SearchProps) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  useEffect(() => {
    if (searching) field.current?.focus();
  }, [searching]);
  if (!searching && !value) {
    return (
      <button type="button" className={styles.search} aria-label={words.review.search} onClick={() => onSearching(true)}>
        <Search size={14} aria-hidden="true" />
        <span className={styles.searchWord}>{words.review.search}</span>
        <Key>/</Key>
      </button>
    );
  }
  const leave = () => {
    onSearching(false);
    field.current?.blur();
  };
  return (
    <label className={styles.field}>
      <Search size={14} aria-hidden="true" />
      <span className="sr">{words.review.search}</span>
      <input
        ref={field}
        type="search"
        value={text}
        placeholder={words.review.searchFor}
        onChange={(event) => {
          setText(event.target.value);
          onSearch(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') leave();
          if (event.key === 'Escape') {
            setText('');
            onSearch('');
            leave();
          }
        }}
        onBlur={() => onSearching(false)}
      />
    </label>
  );
}

function MonthSelect({ month, months, onMonth }: { month: string | null; months: Month[]; onMonth: (month: string | null) => void }) {
  const formats = useFormats();
  const items = [{ id: '', name: words.review.allMonths, rows: null as number | null }, ...months.map((one) => ({ id: one.month, name: monthName(one.month, words.language), rows: one.rows as number | null }))];
  return (
    <Select
      aria-label={words.review.month}
      selectedKey={month ?? ''}
      onOpenChange={(open) => !open && setTimeout(focusList, CLOSING_MS)}
      onSelectionChange={(key) => onMonth(key ? String(key) : null)}>
      <AriaButton className={styles.month ?? ''}>
        <SelectValue className={styles.monthName ?? ''}>{month ? monthName(month, words.language) : words.review.allMonths}</SelectValue>
        <ChevronDown size={14} aria-hidden="true" />
      </AriaButton>
      <Popover className={menu.popover ?? ''} placement="bottom end">
        <ListBox className={menu.list ?? ''} items={items}>
          {(item) => (
            <ListBoxItem id={item.id} textValue={item.name} className={menu.item ?? ''}>
              {item.name}
              {item.rows !== null && <span className={menu.count}>{formats.count(item.rows)}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
