/** A number as it fits its column. What tells numbers of one account apart stands at their end. */
export function shortNumber(number: string): string {
  if (number.length <= FITS) return number;
  const kind = ID.exec(number)?.[0] ?? '';
  return `${kind}…${number.slice(kind.length + 1 - FITS)}`;
}

/** An id of Stripe's as the rows show it; other text as it is. */
export function shortId(text: string): string {
  return ID.test(text) && !text.includes(' ') ? shortNumber(text) : text;
}

const ID = /^(re|pyr|pi|ch|py)_/;
const FITS = 9;
