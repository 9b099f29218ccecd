import type { Problem } from '../host/commands';
import { withCode, written as writtenFigure } from '../format/amount';
import type { Formats } from '../format/formats';
import { shortId } from '../format/number';
import { en } from './en/en';

export type Catalogue = typeof en;
export type Plural = { one: string; other: string };
/** A sentence, or its two forms by what it counts. */
export type Sentence = string | Plural;
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
  const values = Object.fromEntries(
    Object.entries(problem.params).map(([name, value]) => [name, (name === 'side' ? sides[value] : name === 'why' ? words.why[value] : name === 'field' ? words.fields[value] : name === 'cause' ? words.causes[value] : undefined) ?? value]),
  );
  return { said: sentenceCase(fill(said, values)), next: fill(next, values) };
}

/** A sentence of the desk. One that this page has no words for shows its code, so that it is missed. */
export function sentence(said: Said, formats: Formats, values: Values = {}): string {
  const shown = { ...written(said.params, formats), ...values };
  const text = words.sentences[said.code] ?? noDraftText(said);
  return text ? fill(form(text, said.params), shown) : [said.code, ...Object.values(shown)].join(' ');
}

/** What to do about it. */
export function mendingWords(said: Said, formats: Formats, values: Values): string {
  return fill(words.mending[said.code] ?? '', { ...written(said.params, formats), ...values });
}

/** Clauses of a sentence, one after the other. */
export function clausesOf(said: Said[], formats: Formats): string {
  const one = ({ code, params }: Said) => fill(form(words.clauses[code] ?? words.sentences[code] ?? code, { count: params['days'] ?? '', ...params }), written(params, formats));
  return said.map(one).join('; ');
}

/** A chance in a thousand, in words. */
export function chance(permille: number): string {
  return words.chances.find(([least]) => permille >= least)?.[1] ?? '';
}

/** Why no draft can be made. */
export function noDraftWords(said: Said, formats: Formats): string {
  const text = words.noDraft[said.code];
  return text ? fill(form(text, said.params), written(said.params, formats)) : (said.params['words'] ?? said.code);
}

interface Said {
  code: string;
  params: Record<string, string>;
}

const NO_DRAFT = 'no_draft_';

function form(text: Sentence, params: Record<string, string>): string {
  if (typeof text === 'string') return text;
  const number = [...COUNTS].map((name) => params[name]).find((value) => value !== undefined);
  return plurals.select(Number(number)) === 'one' ? text.one : text.other;
}

function noDraftText({ code }: Said): Sentence | undefined {
  return code.startsWith(NO_DRAFT) ? words.noDraft[code.slice(NO_DRAFT.length)] : undefined;
}

/** Values as the locale writes them: `12480.00 DKK`, `2026-11-09`, a count of `3112`. */
function written(params: Record<string, string>, formats: Formats): Record<string, string> {
  const one = (name: string, value: string) => (COUNTS.has(name) ? counted(value, formats) : FIGURES.has(name) ? writtenFigure(value, formats.separators) : localised(value, formats));
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, one(name, value)]));
}

/** Values that count something; a document's number is not one of them. */
const COUNTS = new Set(['count', 'choices', 'most']);

/** What one unit of a currency is worth, and how far something is from it. */
const FIGURES = new Set(['rate', 'percent']);

function counted(value: string, formats: Formats): string {
  return /^\d{1,9}$/.test(value) ? formats.count(Number(value)) : value;
}

/** An amount or a day as the locale writes it, an id as the rows show it; other text as it is. */
export function localised(value: string, formats: Formats): string {
  const money = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/.exec(value);
  if (money?.[1] && money[2]) return withCode({ amount: money[1], currency: money[2] }, formats.separators);
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return formats.full(value);
  return shortId(value);
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function navigatorLanguages(): readonly string[] {
  return typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);
}
