import { useEffect, useRef, useSyncExternalStore } from 'react';

export type Group = 'go' | 'review' | 'drafts' | 'basket' | 'book' | 'view';

/** Something a person can do by key, from the palette, and on the sheet of keys: declared once. */
export interface Command {
  id: string;
  group: Group;
  name: string;
  /** Chords such as `j`, `Shift+Enter`, `Mod+k`, or two keys one after the other: `g r`. */
  keys: string[];
  run: () => void;
  /** Moves and the like stand on the sheet of keys, but not in the palette. */
  keyOnly?: boolean;
}

interface Layer {
  commands: Command[];
}

const layers: Layer[] = [];
const SEQUENCE_MS = 1200;
let pending: { key: string; at: number } | null = null;

/** Offers commands while the caller is on screen; the newest layer answers first. */
export function useCommands(commands: Command[]) {
  const layer = useRef<Layer>({ commands });
  layer.current.commands = commands;
  useEffect(() => {
    const own = layer.current;
    layers.push(own);
    return () => {
      layers.splice(layers.indexOf(own), 1);
    };
  }, []);
}

/** A key worth showing on the bottom line. */
export interface Hint {
  keys: string;
  word: string;
}

let hints: Hint[][] = [];
const watchers = new Set<() => void>();

/** Shows the few keys that matter while the caller is on screen. `shown` must stay the same as long as they do. */
export function useHints(shown: Hint[]) {
  useEffect(() => {
    hints = [...hints, shown];
    for (const tell of watchers) tell();
    return () => {
      hints = hints.filter((one) => one !== shown);
      for (const tell of watchers) tell();
    };
  }, [shown]);
}

/** The hints of whoever came last. */
export function useShownHints(): Hint[] {
  const subscribe = (tell: () => void) => {
    watchers.add(tell);
    return () => watchers.delete(tell);
  };
  return useSyncExternalStore(subscribe, () => hints.at(-1) ?? NONE);
}

const NONE: Hint[] = [];

/** All commands that can be given now, the innermost of each name first. */
export function allCommands(): Command[] {
  const seen = new Set<string>();
  return layers
    .toReversed()
    .flatMap((layer) => layer.commands)
    .filter((command) => !seen.has(command.id) && seen.add(command.id));
}

export function listenForKeys(): () => void {
  const listener = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || isElsewhere(event)) return;
    const chord = chordOf(event);
    const command = find(chord, event.timeStamp);
    if (!command) return;
    event.preventDefault();
    command.run();
  };
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}

/** `Shift+Enter`, `Mod+k`, `j`, `?`. */
export function chordOf(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const letter = event.key.length === 1;
  const key = event.key === ' ' ? 'Space' : letter ? event.key.toLowerCase() : event.key;
  const mod = event.ctrlKey || event.metaKey ? 'Mod+' : '';
  const alt = event.altKey ? 'Alt+' : '';
  // A shifted sign such as `?` is a key of its own.
  const shift = event.shiftKey && (!letter || /[a-z]/.test(key)) ? 'Shift+' : '';
  return mod + alt + shift + key;
}

function find(chord: string, now: number): Command | undefined {
  const before = pending && now - pending.at < SEQUENCE_MS ? pending.key : null;
  pending = null;
  const pairs = before ? `${before} ${chord}` : null;
  for (const layer of layers.toReversed()) {
    const command = layer.commands.find(({ keys }) => keys.includes(pairs ?? chord));
    if (command) return command;
  }
  if (!before && layers.some((layer) => layer.commands.some(({ keys }) => keys.some((key) => key.startsWith(`${chord} `))))) {
    pending = { key: chord, at: now };
  }
  return undefined;
}

/** Fields keep their letters, buttons their Enter and Space, dialogs and menus all of their keys. */
function isElsewhere(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.closest('[role="dialog"],[role="menu"],[data-trigger]')) return true;
  if (target.closest('input:not([readonly]),textarea,select')) return !(event.ctrlKey || event.metaKey) || ['a', 'c', 'v', 'x', 'z'].includes(event.key.toLowerCase());
  if (target.closest('button,a')) return event.key === 'Enter' || event.key === ' ';
  return false;
}

const APPLE = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);
const CAPS: Record<string, string> = {
  Enter: '↵',
  Escape: 'Esc',
  Space: 'Space',
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageDown: 'PgDn',
  PageUp: 'PgUp',
};

/** A chord as a key cap shows it: `⇧↵`, `⌃Z`, `G R`. */
export function cap(chord: string): string {
  return chord
    .split(' ')
    .map((keys) =>
      keys
        .split('+')
        .map((key) => (key === 'Mod' ? (APPLE ? '⌘' : '⌃') : key === 'Shift' ? '⇧' : key === 'Alt' ? '⌥' : (CAPS[key] ?? key.toUpperCase())))
        .join(''),
    )
    .join(' ');
}
