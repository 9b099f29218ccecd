import type { Counts, Person } from '../host/commands';
import { useFormats } from '../format/formats';
import { Icon } from '../look/icon';
import { Initials } from '../look/marks';
import { fill, words } from '../words/words';
import styles from './rail.module.css';

export const ROOMS = ['review', 'drafts', 'payouts', 'unexplained', 'billing', 'customers', 'learned', 'trail', 'settings'] as const;
export type Room = (typeof ROOMS)[number];

const GROUPS: Room[][] = [
  ['review', 'drafts', 'payouts', 'unexplained'],
  ['billing', 'customers', 'learned'],
  ['trail', 'settings'],
];

interface Props {
  room: Room;
  counts: Counts;
  person: Person | null;
  onRoom: (room: Room) => void;
}

export function Rail({ room, counts, person, onRoom }: Props) {
  const formats = useFormats();
  const entry = (to: Room) => {
    const [letter, name] = words.rail[to] as [string, string];
    const count = to in counts ? counts[to as keyof Counts] : null;
    return (
      <li key={to}>
        <button type="button" className={styles.entry} aria-current={room === to ? 'page' : undefined} title={name} onClick={() => onRoom(to)}>
          <kbd className={styles.letter} aria-hidden="true">
            {letter}
          </kbd>
          <span className={styles.name}>{name}</span>
          {count !== null && (
            <span className={styles.count}>
              <span aria-hidden="true">{formats.count(count)}</span>
              <span className="sr">{fill(words.rail.open, { count: formats.count(count) })}</span>
            </span>
          )}
        </button>
      </li>
    );
  };
  return (
    <nav className={styles.rail} aria-label={words.rail.name}>
      <div className={styles.product}>
        <Icon size={20} />
        <span>{words.product}</span>
      </div>
      {GROUPS.map((group) => (
        <ul key={group[0]} className={styles.group}>
          {group.map(entry)}
        </ul>
      ))}
      {person && (
        <div className={styles.person} title={`${person.name} ${words.rail.countersigns}`}>
          <span className={styles.signature}>
            <Initials>{person.initials}</Initials>
          </span>
          <span className={styles.who}>{person.name}</span>
          <span className={styles.who}>{words.rail.countersigns}</span>
        </div>
      )}
    </nav>
  );
}
