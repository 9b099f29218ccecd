import { createContext, useContext, useMemo, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components';
import { dates, type Dates } from './date';
import { separators, type Separators } from './amount';

export interface Formats extends Dates {
  /** BCP 47: the one that is really used. */
  locale: string;
  separators: Separators;
  /** A count of things: `3.112`. */
  count(value: number): string;
}

const Context = createContext<Formats | null>(null);

export function formats(locale: string): Formats {
  const known = Intl.NumberFormat.supportedLocalesOf(safe(locale))[0] ?? 'en-GB';
  const counts = new Intl.NumberFormat(known, { numberingSystem: 'latn' });
  return { ...dates(known), locale: known, separators: separators(known), count: (value) => counts.format(value) };
}

export function FormatsProvider({ locale, children }: { locale: string; children: ReactNode }) {
  const value = useMemo(() => formats(locale), [locale]);
  return (
    <Context value={value}>
      <I18nProvider locale={value.locale}>{children}</I18nProvider>
    </Context>
  );
}

export function useFormats(): Formats {
  const value = useContext(Context);
  if (!value) throw new Error('formats are missing');
  return value;
}

function safe(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale.replace('_', '-'))[0] ?? 'en-GB';
  } catch {
    return 'en-GB';
  }
}
