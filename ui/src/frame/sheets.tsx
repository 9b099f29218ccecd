import { useState, type ReactNode } from 'react';
import { Dialog, Heading, Input, Label, Modal, ModalOverlay, TextField } from 'react-aria-components';
import type { SignedName } from '../host/commands';
import { useAsk } from '../host/ask';
import { Button, Initials, Key } from '../look/marks';
import { fill, words } from '../words/words';
import { useFormats } from '../format/formats';
import { allCommands, cap, type Command, type Group } from './keys';
import styles from './sheets.module.css';

interface SheetProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  narrow?: boolean;
}

export function Sheet({ title, onClose, children, narrow }: SheetProps) {
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => !open && onClose()} className={styles.overlay ?? ''}>
      <Modal className={(narrow ? styles.narrow : styles.sheet) ?? ''}>
        <Dialog className={styles.dialog ?? ''}>
          <header className={styles.head}>
            <Heading slot="title" className={styles.title ?? ''}>
              {title}
            </Heading>
            <Button face="quiet" keys="Esc" onPress={onClose}>
              {words.keys.close}
            </Button>
          </header>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Every key there is where one stands. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const groups = Object.entries(words.keys.groups) as [Group, string][];
  const commands = allCommands().filter((command) => command.keys.length > 0);
  return (
    <Sheet title={words.keys.title} onClose={onClose}>
      <div className={styles.columns}>
        {groups.map(([group, name]) => {
          const own = commands.filter((command) => command.group === group);
          return own.length === 0 ? null : (
            <section key={group}>
              <h3>{name}</h3>
              <ul>
                {own.map((command) => (
                  <li key={command.id}>
                    <span>{command.name}</span>
                    <span className={styles.caps}>
                      {command.keys.map((keys) => (
                        <Key key={keys}>{cap(keys)}</Key>
                      ))}
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
      </div>
    </Sheet>
  );
}

/** Every command by its name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [filter, setFilter] = useState('');
  const [commands] = useState(() => allCommands().filter((command) => !command.keyOnly));
  const shown = commands.filter((command) => command.name.toLowerCase().includes(filter.trim().toLowerCase()));
  const [at, setAt] = useState(0);
  const here = shown[Math.min(at, shown.length - 1)];
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    // After the dialog has given the focus back.
    setTimeout(command.run, 0);
  };
  return (
    <Sheet title={words.keys.palette} onClose={onClose} narrow>
      <TextField
        autoFocus
        value={filter}
        onChange={(text) => {
          setFilter(text);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(shown.length - 1, at + 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
          else if (event.key === 'Enter') run(here);
          // What is not taken here goes on to the sheet, which Escape closes.
          else return event.continuePropagation();
          event.preventDefault();
        }}
      >
        <Label className="sr">{words.keys.filter}</Label>
        <Input className={styles.filter ?? ''} placeholder={words.keys.filter} aria-controls="commands" aria-activedescendant={here ? `command-${here.id}` : undefined} />
      </TextField>
      <ul id="commands" role="listbox" tabIndex={0} aria-label={words.keys.palette} className={styles.commands}>
        {shown.map((command) => (
          <li key={command.id} id={`command-${command.id}`} role="option" aria-selected={command === here} onClick={() => run(command)}>
            <span>{command.name}</span>
            <span className={styles.caps}>
              {command.keys.map((keys) => (
                <Key key={keys}>{cap(keys)}</Key>
              ))}
            </span>
          </li>
        ))}
        {shown.length === 0 && <li className={styles.none}>{words.keys.none}</li>}
      </ul>
    </Sheet>
  );
}

interface UndoProps {
  onUndo: (keys: string[]) => void;
  onClose: () => void;
}

/** Every signature that is not yet written, newest first, each to be taken back as it was given. */
export function UndoLog({ onUndo, onClose }: UndoProps) {
  const formats = useFormats();
  const { data } = useAsk('undo_log', {});
  return (
    <Sheet title={words.undo.title} onClose={onClose} narrow>
      <p className={styles.about}>{words.undo.about}</p>
      {data?.signings.length === 0 && <p className={styles.none}>{words.undo.none}</p>}
      <ul className={styles.log}>
        {data?.signings.map((signing) => (
          <li key={`${signing.at} ${signing.rows[0]?.key ?? ''}`}>
            <Initials>{signing.initials}</Initials>
            <div>
              <p className={styles.rows} title={signing.rows.map((row) => row.number).join(', ')}>
                {numbers(signing.rows, formats.count)}
              </p>
              <p className={styles.by}>{fill(words.undo.by, { name: signing.name, day: formats.day(signing.at), time: formats.time(signing.at) })}</p>
            </div>
            <Button onPress={() => onUndo(signing.rows.map((row) => row.key))}>{words.undo.back}</Button>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

const NAMED = 3;

/** `NK-0411, NK-0409, NK-0408 and 34 more`; one row with its name. */
function numbers(rows: SignedName[], count: (value: number) => string): string {
  const [only] = rows;
  if (only && rows.length === 1) return `${only.number}, ${only.name}`;
  const names = rows.slice(0, NAMED).map((row) => row.number).join(', ');
  return rows.length > NAMED ? fill(words.undo.more, { names, count: count(rows.length - NAMED) }) : names;
}
