import { describe, expect, it } from 'vitest';
import { cap, chordOf } from './keys';

const press = (key: string, held: Partial<Parameters<typeof chordOf>[0]> = {}) => chordOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held });

describe('chords', () => {
  it('are told apart by what is held', () => {
    expect(press('j')).toBe('j');
    expect(press('Enter', { shiftKey: true })).toBe('Shift+Enter');
    expect(press('K', { ctrlKey: true })).toBe('Mod+k');
    expect(press('z', { metaKey: true })).toBe('Mod+z');
    expect(press(' ')).toBe('Space');
  });

  it('take a shifted sign for itself, on every keyboard', () => {
    expect(press('?', { shiftKey: true })).toBe('?');
    expect(press('/', { shiftKey: true })).toBe('/');
  });

  it('are shown as key caps', () => {
    expect(cap('Shift+Enter')).toBe('⇧↵');
    expect(cap('g r')).toBe('G R');
  });
});
