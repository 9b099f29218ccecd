import { useEffect, useRef, useSyncExternalStore } from 'react';

export type Group = 'go' | 'review' | 'drafts' | 'customers' | 'basket' | 'book' | 'view';

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

/** How far inside a layer lies: the innermost answers first, and of equals the newest. */
export type Depth = 'book' | 'room' | 'inside';

interface Layer {
  depth: Depth;
  commands: Command[];
}

const DEPTHS: Depth[] = ['book', 'room', 'inside'];
let layers: Layer[] = [];
const SEQUENCE_MS = 1200;
let pending: { key: string; at: number } | null = null;

/** Offers commands while the caller is on screen. */
export function useCommands(depth: Depth, commands: Command[]) {
  const layer = useRef<Layer>({ depth, commands });
  layer.current.commands = commands;
  useEffect(() => {
    const own = layer.current;
    layers = inOrder([...layers, own]);
    return () => {
      layers = layers.filter((one) => one !== own);
    };
  }, []);
}

/** Outermost first. React starts with the innermost, so the order of coming is not enough. */
function inOrder<T extends { depth: Depth }>(stack: T[]): T[] {
  return DEPTHS.flatMap((depth) => stack.filter((one) => one.depth === depth));
}

/** A key worth showing on the bottom line. */
export interface Hint {
  keys: string;
  word: string;
}

interface Shown {
  depth: Depth;
  hints: Hint[];
}

let shown: Shown[] = [];
const watchers = new Set<() => void>();

/** Shows the few keys that matter while the caller is on screen. `hints` must stay the same as long as they do. */
export function useHints(depth: Depth, hints: Hint[]) {
  useEffect(() => {
    const own = { depth, hints };
    const put = (stack: Shown[]) => {
      shown = inOrder(stack);
      for (const tell of watchers) tell();
    };
    put([...shown, own]);
    return () => put(shown.filter((one) => one !== own));
  }, [depth, hints]);
}

/** The hints of whoever came last. */
export function useShownHints(): Hint[] {
  const subscribe = (tell: () => void) => {
    watchers.add(tell);
    return () => watchers.delete(tell);
  };
  return useSyncExternalStore(subscribe, () => shown.at(-1)?.hints ?? NONE);
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
  window.addEventListener('click', giveBack);
  return () => {
    window.removeEventListener('keydown', listener);
    window.removeEventListener('click', giveBack);
  };
}

/** A button pressed with the mouse does not keep the keys: Enter signs the row at the cursor, it does not press again. */
function giveBack(event: MouseEvent) {
  const target = event.target instanceof Element ? event.target.closest('button') : null;
  if (!target || event.detail === 0 || target !== document.activeElement) return;
  if (target.closest('[role="dialog"],[data-trigger],form') || target.ariaHasPopup) return;
  if (!focusList()) target.blur();
}

/** Gives the keys to the list, if there is one. */
export function focusList(): boolean {
  const grid = document.querySelector<HTMLElement>('[role="grid"]');
  grid?.focus({ preventScroll: true });
  return grid !== null;
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

/** Fields keep their letters, buttons their Enter and Space, boxes to tick their Space, dialogs and menus all of their keys. */
function isElsewhere(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.closest('[role="dialog"],[role="menu"],[data-trigger]')) return true;
  if (target.closest('input[type="checkbox"]:not([readonly])')) return event.key === ' ';
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
  Home: 'Home',
  End: 'End',
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
