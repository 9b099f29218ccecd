import type { Amount } from '../host/commands';

export const MINUS = '−';

/** How a locale writes figures; learnt from `Intl`, applied to text. */
export interface Separators {
  decimal: string;
  group: string;
  first: number;
  rest: number;
  /** Integers shorter than this stay ungrouped. */
  from: number;
}

export function separators(locale: string): Separators {
  const figures = new Intl.NumberFormat(locale, { numberingSystem: 'latn', minimumFractionDigits: 1 });
  const parts = figures.formatToParts(1234567890.5);
  const lengths = parts.filter((part) => part.type === 'integer').map((part) => part.value.length);
  const find = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const first = lengths.at(-1) ?? 3;
  const short = figures.formatToParts(1234).some((part) => part.type === 'group');
  return { decimal: find('decimal') || '.', group: find('group'), first, rest: lengths.at(-2) ?? first, from: short ? first + 1 : first + 2 };
}

/** An amount in the two boxes of its column: what stands left and right of the separator. */
export interface Figure {
  whole: string;
  fraction: string;
}

/** Decimal text to a figure. Text in, text out: an amount never becomes a number. */
export function figure(amount: string, by: Separators, plus = false): Figure {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount);
  if (!match) return { whole: amount, fraction: '' };
  const [, sign, digits = '', decimals] = match;
  const zero = /^0*$/.test(digits + (decimals ?? ''));
  const mark = zero ? '' : sign ? MINUS : plus ? '+' : '';
  return { whole: mark + grouped(digits, by), fraction: decimals ? by.decimal + decimals : '' };
}

export function written(amount: string, by: Separators, plus = false): string {
  const { whole, fraction } = figure(amount, by, plus);
  return whole + fraction;
}

export function withCode(amount: Amount, by: Separators): string {
  return `${written(amount.amount, by)} ${amount.currency}`;
}

function grouped(digits: string, by: Separators): string {
  if (!by.group || digits.length < by.from) return digits;
  const groups = [digits.slice(-by.first)];
  for (let end = digits.length - by.first; end > 0; end -= by.rest) groups.unshift(digits.slice(Math.max(0, end - by.rest), end));
  return groups.join(by.group);
}

/** An amount with as many decimals as another one of its currency: `390` beside `1250.00` is `390.00`. */
export function padded(amount: string, like: string): string {
  const missing = decimals(like) - decimals(amount);
  if (missing <= 0) return amount;
  return `${amount}${decimals(amount) === 0 ? '.' : ''}${'0'.repeat(missing)}`;
}

/** `a + b` of one currency, exactly, on text. */
export function sum(a: string, b: string): string {
  return minus(a, minus('0', b));
}

/** `a − b` of one currency, exactly, on text. */
export function minus(a: string, b: string): string {
  const places = Math.max(decimals(a), decimals(b));
  const difference = units(a, places) - units(b, places);
  const digits = (difference < 0n ? -difference : difference).toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  return (difference < 0n ? '-' : '') + whole + (places ? `.${digits.slice(-places)}` : '');
}

const decimals = (amount: string) => amount.split('.')[1]?.length ?? 0;

function units(amount: string, places: number): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}
