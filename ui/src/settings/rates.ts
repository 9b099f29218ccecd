/** Rates as a person writes them: `6; 12,5`. */
export function shownRates(rates: string[], decimal: string): string {
  return rates.map((rate) => rate.replace('.', decimal)).join('; ');
}

/** What a person wrote, as the desk takes it: `6`, `12.5`. A comma parts two rates where it is no decimal sign, or stands before a blank. */
export function typedRates(text: string, decimal: string): string[] {
  const parted = text.split(decimal === ',' ? /[;\s]+|,\s+|,$/ : /[;,\s]+/);
  return parted.map((rate) => rate.trim().replace(decimal, '.')).filter(Boolean);
}
