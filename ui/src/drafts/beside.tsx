import { useState } from 'react';
import type { DraftPaper, RefusalView, Totals } from '../host/commands';
import { padded, written } from '../format/amount';
import { useFormats } from '../format/formats';
import { Button, Mono } from '../look/marks';
import { Shape } from '../review/evidence';
import { fill, words } from '../words/words';
import { Changes } from './changes';
import { MADE } from './paper';
import styles from './beside.module.css';

const d = words.drafts;

/** Both totals: before anything is sent, or what the ledger came to all the same. */
export function Proof({ of, totals, ledger }: { of: DraftPaper; totals: Totals; ledger: string }) {
  const { separators } = useFormats();
  const figure = (text: string) => written(text, separators);
  const otherwise = of.differences.find((one) => one.field === 'computed');
  const values = {
    stripe: figure(totals.stripe.amount),
    stripe_vat: figure(totals.stripe_vat.amount),
    ledger,
    computed: figure(totals.ledger.amount),
    ledger_vat: figure(totals.ledger_vat.amount),
    difference: figure(totals.difference.amount),
    on: of.unseen.join(', '),
    there: otherwise ? figure(padded(otherwise.new, totals.total.amount)) : '',
  };
  // What a person changed over there is told above.
  if (of.row.state === 'altered' && !otherwise) return null;
  const made = MADE.includes(of.row.state);
  const unseen = !made && of.unseen.length > 0;
  const equal = /^-?[0.]*$/.test(totals.difference.amount);
  return (
    <p className={styles.proof}>
      <Shape verdict={otherwise ? 'contradicts' : unseen ? 'missing' : equal ? 'equal' : totals.rounding ? 'near' : 'contradicts'} />
      <span>{strong(otherwise ? d.proofOtherwise : unseen ? d.proofUnseen : d.proof, values)}</span>
    </p>
  );
}

const BOLD = ['stripe', 'computed', 'there'];

/** The sentence with its totals in bold. */
function strong(text: string, values: Record<string, string>) {
  return text.split(/(\{\w+\})/).map((piece) => {
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    const value = name ? (values[name] ?? '') : piece;
    return name && BOLD.includes(name) ? <b key={piece}>{value}</b> : <span key={piece}>{value}</span>;
  });
}

export function Unknown({ of, onAsk }: { of: DraftPaper; onAsk: () => void }) {
  const formats = useFormats();
  return (
    <div className={styles.unknown} role="status">
      <p>{fill(d.unknownSays, { time: of.row.at ? formats.time(of.row.at) : '', system: of.request.system })}</p>
      <Button onPress={onAsk}>{d.askNow}</Button>
    </div>
  );
}

/** The other side's own words, what they mean here, and the way back. */
export function Refusal({ of, refusal, onReplay }: { of: DraftPaper; refusal: RefusalView; onReplay: () => void }) {
  const facts = [fill(d.refusedCode, { status: refusal.status, code: refusal.code }), refusal.reference && fill(d.refusedRef, { reference: refusal.reference })].filter(Boolean).join(', ');
  return (
    <div className={styles.refused} role="status">
      <div>
        <p>
          <b>{fill(d.refusedBy, { system: of.request.system, words: `“${refusal.words}”` })}</b>
        </p>
        <p>{d.refusedNext}</p>
        <p>
          <Mono>{facts}</Mono>
        </p>
      </div>
      <Button onPress={onReplay}>{d.replay}</Button>
    </div>
  );
}

/** What changed after the draft was made, or after it was written. */
export function Changed({ of, onAgain, onAccept }: { of: DraftPaper; onAgain: () => void; onAccept: (reason: string) => void }) {
  const [reason, setReason] = useState('');
  const altered = of.row.state === 'altered';
  const otherwise = of.differences.some((one) => one.field === 'computed');
  return (
    <div className={styles.changes} data-state={of.row.state}>
      <Changes of={of.differences.filter((one) => one.field !== 'computed')} total={of.row.amount} title={!altered ? d.differences : otherwise ? fill(d.computed, { ledger: of.request.system }) : of.posted ? d.alteredPosted : d.altered} {...(altered ? { heads: [d.approved, d.there] } : {})} />
      {of.row.state === 'stale' && (
        <Button keys="↵" onPress={onAgain}>
          {d.countersign}
        </Button>
      )}
      {altered && (
        <form
          className={styles.accept}
          onSubmit={(event) => {
            event.preventDefault();
            if (reason.trim()) onAccept(reason.trim());
          }}
        >
          <label>
            {d.acceptReason}
            <input value={reason} maxLength={200} autoComplete="off" onChange={(event) => setReason(event.target.value)} />
          </label>
          <Button disabled={!reason.trim()}>
            {d.accept}
          </Button>
        </form>
      )}
    </div>
  );
}

/** Gone over there: only a person drafts it anew. */
export function Deleted({ of, onAgain }: { of: DraftPaper; onAgain: () => void }) {
  return (
    <div className={styles.unknown} role="status">
      <p>{fill(d.deletedSays, { system: of.request.system })}</p>
      <Button onPress={onAgain}>{d.draftAgain}</Button>
    </div>
  );
}

/** All drafts of one row, in the order they are written. */
export function Chain({ of, onPick }: { of: DraftPaper; onPick: (id: string) => void }) {
  return (
    <section className={styles.chain} aria-label={d.chain}>
      <h3>{d.chain}</h3>
      <ol>
        {of.chain.map((row, index) => (
          <li key={row.id}>
            <button type="button" aria-current={row.id === of.row.id || undefined} onClick={() => onPick(row.id)}>
              <span>{index + 1}</span>
              <b>{d.kinds[row.kind]}</b>
              <span>{row.kind === 'customer' || row.kind === 'item' ? row.name : row.number}</span>
              <span className={styles.state}>{row.waits ? d.waits[row.waits] : d.state[row.state]}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
