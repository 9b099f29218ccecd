import { expect, test } from 'vitest';
import { words } from '../words/words';

const DONE = ['void', 'nothing_owed', 'from_ledger', 'note_void', 'refund_failed', 'void_canceled', 'note_void_canceled'];

test('every reason for no draft says what to do next, unless nothing is left to do', () => {
  const silent = Object.keys(words.noDraft).filter((code) => !words.mending[code]);
  expect(silent.sort()).toEqual([...DONE].sort());
  expect(Object.keys(words.mending).filter((code) => !words.noDraft[code])).toEqual([]);
});
