import type { Amount, Difference } from '../host/commands';
import { padded, withCode, written } from '../format/amount';
import { useFormats, type Formats } from '../format/formats';
import { fill, words } from '../words/words';
import styles from './changes.module.css';

const d = words.drafts;

interface Props {
  of: Difference[];
  title: string;
  /** Of the document: what its figures are in. */
  total: Amount | null;
  heads?: [string, string];
}

/** Old against new, field by field; what has no values is said in a sentence. */
export function Changes({ of, title, total, heads = [d.old, d.new] }: Props) {
  const formats = useFormats();
  const facts = of.filter((one) => d.facts_changed[one.field]);
  const fields = of.filter((one) => !d.facts_changed[one.field]);
  return (
    <div className={styles.changes}>
      {facts.map((one) => (
        <p key={one.field + one.old}>{fill(d.facts_changed[one.field] ?? '', { old: value(one, one.old, total, formats), new: value(one, one.new, total, formats) })}</p>
      ))}
      {fields.length > 0 && <p className={styles.title}>{title}</p>}
      {fields.length > 0 && (
        <table aria-label={title}>
          <thead>
            <tr>
              <th scope="col">{d.field}</th>
              <th scope="col">{heads[0]}</th>
              <th scope="col">{heads[1]}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((one) => (
              <tr key={`${one.field} ${one.line ?? ''} ${one.old}`}>
                <th scope="row">{fieldName(one)}</th>
                <td>
                  <s>{value(one, one.old, total, formats)}</s>
                </td>
                <td>
                  <b>{value(one, one.new, total, formats)}</b>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

export function fieldName(of: Difference): string {
  const field = d.fields[of.field] ?? of.field;
  return of.line === null || of.field === 'line' ? field + (of.line === null ? '' : ` ${of.line}`) : fill(d.ofLine, { field, line: of.line });
}

const SUMS = ['net', 'tax', 'total', 'rounding', 'computed'];

/** Dates and figures as the person writes them, sums with their currency, everything else as it is. */
export function value({ field }: Difference, text: string, total: Amount | null, formats: Formats): string {
  if (!text) return d.nothing;
  if (total && SUMS.includes(field) && FIGURE.test(text)) return withCode({ amount: padded(text, total.amount), currency: total.currency }, formats.separators);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return formats.full(text);
  return FIGURE.test(text) ? written(text, formats.separators) : text;
}

const FIGURE = /^-?\d{1,12}(\.\d+)?$/;
