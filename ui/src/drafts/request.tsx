import type { DraftPaper } from '../host/commands';
import { useFormats } from '../format/formats';
import { fill, words } from '../words/words';
import styles from './request.module.css';

/** The very request, complete; what is filled in later stands in ‹›. */
export function Request({ of }: { of: DraftPaper }) {
  const formats = useFormats();
  const { request } = of;
  const facts = { environment: request.environment, type: request.content_type, bytes: formats.count(request.bytes), fingerprint: of.short_fingerprint };
  return (
    <section className={styles.request} aria-label={words.drafts.request} data-testid="request">
      <p className={styles.line}>
        {request.method} {request.path}
      </p>
      <p title={of.fingerprint}>{fill(words.drafts.facts, facts)}</p>
      <pre>{marked(request.body)}</pre>
    </section>
  );
}

/** Values stand out from names; the text itself is untouched. */
function marked(body: string) {
  const json = body.startsWith('{');
  const pieces = body.split(json ? JSON_VALUES : FORM_VALUES);
  let at = 0;
  return pieces.map((piece, index) => {
    const key = `${at}`;
    at += piece.length;
    const value = index % 2 === 1 && !(json && pieces[index + 1]?.trimStart().startsWith(':'));
    return value ? <b key={key}>{piece}</b> : <span key={key}>{piece}</span>;
  });
}

/** Strings, holes and figures; of the strings those before a colon are names. */
const JSON_VALUES = /("(?:[^"\\]|\\.)*"|‹[^›]*›|-?\d[\d.]*)/;
const FORM_VALUES = /((?<==)[^&\n]*)/;
