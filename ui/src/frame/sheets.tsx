import { useState, type ReactNode } from 'react';
import { Dialog, Heading, Input, Label, Modal, ModalOverlay, TextField } from 'react-aria-components';
import { Button, Key } from '../look/marks';
import { plural, words } from '../words/words';
import { useFormats } from '../format/formats';
import type { Signing } from '../review/list';
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
          else return;
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
  signings: Signing[];
  onUndo: (index: number) => void;
  onClose: () => void;
}

/** Signatures of this sitting, newest first, each to be taken back as it was given. */
export function UndoLog({ signings, onUndo, onClose }: UndoProps) {
  const formats = useFormats();
  return (
    <Sheet title={words.undo.title} onClose={onClose} narrow>
      <p className={styles.about}>{words.undo.about}</p>
      {signings.length === 0 && <p className={styles.none}>{words.undo.none}</p>}
      <ul className={styles.log}>
        {signings.map((signing, index) => ({ signing, index })).toReversed().map(({ signing, index }) => (
          <li key={`${signing.label} ${signing.keys[0]}`}>
            <span>{signing.label}</span>
            <span>{plural(words.undo.rows, signing.keys.length, formats.count(signing.keys.length))}</span>
            <Button onPress={() => onUndo(index)}>{words.undo.back}</Button>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

