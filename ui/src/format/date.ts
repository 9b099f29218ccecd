/** Dates by locale, times by the clock of 24 hours: a row must never show two figures of one kind for two things. */
export interface Dates {
  /** `09.11` */
  short(date: string): string;
  /** `09.11.2026` */
  full(date: string): string;
  /** `09:12`, of an instant, on this computer's clock. */
  time(instant: string): string;
  /** The local day of an instant, `14.11.2026`. */
  day(instant: string): string;
  /** The local day of an instant without its year, `11.11`. */
  shortDay(instant: string): string;
}

export function dates(locale: string): Dates {
  const utc = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { numberingSystem: 'latn', timeZone: 'UTC', ...options });
  const local = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { numberingSystem: 'latn', ...options });
  const dayMonth: Intl.DateTimeFormatOptions = { day: '2-digit', month: '2-digit' };
  const whole: Intl.DateTimeFormatOptions = { ...dayMonth, year: 'numeric' };
  const short = utc(dayMonth);
  const full = utc(whole);
  const day = local(whole);
  const shortDay = local(dayMonth);
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const at = (text: string, form: Intl.DateTimeFormat) => {
    const moment = new Date(text);
    return Number.isNaN(moment.getTime()) ? text : form.format(moment);
  };
  return {
    short: (date) => at(date, short),
    full: (date) => at(date, full),
    time: (instant) => at(instant, clock),
    day: (instant) => at(instant, day),
    shortDay: (instant) => at(instant, shortDay),
  };
}

/** `2026-11` as the words' own language says it: `November 2026`. */
export function monthName(month: string, language: string): string {
  const moment = new Date(`${month}-01T00:00:00Z`);
  if (Number.isNaN(moment.getTime())) return month;
  return new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(moment);
}
