import type { Problem } from '../host/commands';
import { en } from './en/en';

export type Catalogue = typeof en;
type Plural = { one: string; other: string };
export type Values = Record<string, string | number>;

const catalogues: Record<string, Catalogue> = { en };

/** The words of the page, in the first language of this computer that there is a catalogue for. */
export const words: Catalogue = navigatorLanguages().map((language) => catalogues[language.split('-')[0] ?? '']).find(Boolean) ?? en;

const plurals = new Intl.PluralRules(words.language);

/** Puts values where the text says `{name}`. */
export function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}

/** The right form for a count; `shown` is the count as the locale writes it. */
export function plural(forms: Plural, count: number, shown: string, values: Values = {}): string {
  return fill(plurals.select(count) === 'one' ? forms.one : forms.other, { count: shown, ...values });
}

/** What a problem says, and what to do next. */
export function problemWords(problem: Problem): { said: string; next: string } {
  const [said, next] = words.problems[problem.code] ?? words.problems.internal;
  const sides: Record<string, string> = words.side;
  const values = Object.fromEntries(Object.entries(problem.params).map(([name, value]) => [name, name === 'side' ? (sides[value] ?? value) : value]));
  return { said: sentenceCase(fill(said, values)), next: fill(next, values) };
}

/** A sentence of the desk. One that this page has no words for shows its code, so that it is missed. */
export function sentence(said: { code: string; params: Record<string, string> }, values: Values = {}): string {
  const text = words.sentences[said.code];
  return text ? fill(text, { ...said.params, ...values }) : [said.code, ...Object.values(said.params)].join(' ');
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function navigatorLanguages(): readonly string[] {
  return typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);
}
