import { fill, words } from '../words/words';
import type { Hint } from './bottom-line';
import { cap } from './keys';
import type { Room } from './rail';

/** The keys worth showing in a room. */
export function hintsOf(room: Room, signed: number): Hint[] {
  const k = words.keys;
  if (room === 'review') {
    return [
      { keys: ['↵'], word: k.countersign },
      { keys: [cap('Shift+Enter')], word: k.allExact },
      { keys: ['X'], word: k.decline },
      { keys: ['Space'], word: k.why },
      { keys: ['E'], word: k.request },
      { keys: ['?'], word: k.keysSheet },
    ];
  }
  if (room === 'drafts') {
    return [
      { keys: ['J', 'K'], word: k.move },
      { keys: ['E'], word: k.request },
      { keys: [cap('Mod+Enter')], word: fill(k.write, { count: signed }) },
      { keys: [cap('Mod+z')], word: k.undo },
    ];
  }
  return [
    { keys: ['G', 'R'], word: words.rail.review[1] ?? '' },
    { keys: ['?'], word: k.keysSheet },
  ];
}
