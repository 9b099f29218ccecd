import { useEffect, useRef, useState } from 'react';
import type { CustomerCandidate, CustomerCard, CustomerField, CustomerRow, Identity, LinkTo, Verdict } from '../host/commands';
import { useFormats } from '../format/formats';
import { useCommands, useHints } from '../frame/keys';
import { useSay } from '../frame/notice';
import { useAct, useAsk } from '../host/ask';
import { Button, Mono } from '../look/marks';
import { Shape } from '../review/evidence';
import { fill, plural, words } from '../words/words';
import { alike } from './alike';
import panes from '../look/panes.module.css';
import styles from './detail.module.css';

const c = words.customers;
const FIELDS: CustomerField[] = ['name', 'street', 'place', 'country', 'vat', 'email'];
const HINTS = [
  { keys: '↵', word: c.link },
  { keys: '/', word: c.searchLedger },
  { keys: 'Esc', word: words.keys.back },
];

interface Props {
  row: CustomerRow;
  ledger: string;
  picking: boolean;
  onPicking: (picking: boolean) => void;
  onSay: (to: LinkTo) => void;
}

/** One customer of Stripe’s, field by field beside the ledger’s, and who else it could be. */
export function Detail({ row, ledger, picking, onPicking, onSay }: Props) {
  const formats = useFormats();
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const { data } = useAsk('customer_candidates', { key: row.key, search }, { keep: true });
  const candidates = data?.rows ?? [];
  const here = candidates[Math.min(at, candidates.length - 1)];
  const beside = picking && here ? { card: here.card, differs: here.differs, evidence: here.evidence } : { card: row.ledger, differs: row.differs, evidence: row.evidence };
  const linkHere = () => here && onSay({ to: 'customer', id: here.id });
  const facts = [
    plural(c.invoices, row.invoices, formats.count(row.invoices)),
    row.same_party.length > 0 && plural(c.sameParty, row.same_party.length, formats.count(row.same_party.length)),
    row.near > 0 && plural(c.near, row.near, formats.count(row.near)),
  ].filter(Boolean);
  return (
    <div className={panes.main}>
      <header className={styles.title}>
        <h2>{row.stripe.name || row.stripe.email || row.key}</h2>
        <span className={styles.facts}>{facts.join(' · ')}</span>
      </header>
      <div className={styles.desk} tabIndex={0} role="region" aria-label={row.stripe.name || row.key}>
        <div className={styles.pages}>
          <div className={styles.columns} aria-hidden="true">
            <b>{words.review.stripe}</b>
            <span />
            <b>{ledger}</b>
          </div>
          <div className={styles.fact}>
            <span className={styles.left}>
              <Mono>{row.key}</Mono>
            </span>
            <span className={styles.gutter} />
            <span className={styles.right}>
              {beside.card ? <Mono>{beside.card.number}</Mono> : <span className={row.state === 'new' ? styles.state : styles.nobody}>{row.state === 'new' ? c.newThere : c.nobody}</span>}
              {beside.card?.blocked && <span className={styles.blocked}>{c.blocked}</span>}
            </span>
          </div>
          {FIELDS.map((field) => (
            <Fact key={field} field={field} left={row.stripe} right={beside.card} differs={beside.differs.includes(field)} />
          ))}
        </div>
        <div className={styles.said}>
          <div>
            {beside.evidence.length > 0 && (
              <p className={styles.evidence}>
                <span>{c.evidence}</span>
                {beside.evidence.map((one) => (
                  <Chip key={one} of={one} />
                ))}
              </p>
            )}
            <p className={row.state === 'unclear' || row.state === 'unknown' ? styles.unclear : styles.state}>
              {c.state[row.state]}
              {row.said && ` (${fill(c.linkedBy, { who: row.said.who, day: formats.full(row.said.at.slice(0, 10)) })})`}
            </p>
            {row.same_party.length > 0 && (
              <p className={styles.state}>
                {c.also} <Mono>{row.same_party.join(', ')}</Mono>
              </p>
            )}
          </div>
          <span className={styles.push} />
          {row.said && (
            <Button face="quiet" keys="U" onPress={() => onSay({ to: 'nothing' })}>
              {c.unlink}
            </Button>
          )}
          {row.state !== 'new' && (
            <Button face="quiet" keys="N" onPress={() => onSay({ to: 'new' })}>
              {c.isNew}
            </Button>
          )}
        </div>
        {row.vat.length > 0 && <VatWords row={row} />}
        <Candidates rows={candidates} more={data?.more ?? 0} at={at} picking={picking} search={search} onAt={setAt} onSearch={(text) => (setSearch(text), setAt(0))} onPicking={onPicking} onLink={linkHere} />
      </div>
    </div>
  );
}

/** What was said of the VAT of its lines; taken back, they are asked about again. */
function VatWords({ row }: { row: CustomerRow }) {
  const formats = useFormats();
  const say = useSay();
  const forget = useAct('forget_vat', undefined, (problem) => say({ kind: 'problem', problem }));
  return (
    <ul className={styles.vat}>
      {row.vat.map((one) => (
        <li key={`${one.product} ${one.unclear}`}>
          <span>{fill(c.vat, { product: one.name || c.vatOfLines, answer: words.vatAnswer.answers[one.answer], who: one.said.who, day: formats.full(one.said.at.slice(0, 10)) })}</span>
          <Button face="quiet" disabled={forget.isPending} onPress={() => forget.mutate({ key: row.key, product: one.product, unclear: one.unclear })}>
            {c.forget}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function Fact({ field, left, right, differs }: { field: CustomerField; left: CustomerCard; right: CustomerCard | null; differs: boolean }) {
  const [ours, theirs] = [left[field], right?.[field] ?? ''];
  const verdict: Verdict = !ours || !theirs ? 'missing' : !differs ? 'equal' : field !== 'vat' && field !== 'country' && alike(ours, theirs) ? 'near' : 'contradicts';
  return (
    <div className={styles.fact}>
      <span className={styles.left}>{ours}</span>
      <span className={styles.gutter}>
        {right ? <Shape verdict={verdict} size={11} /> : <span className={styles.noShape} />}
        <b>{c.field[field]}</b>
        {right && <span className={styles.word}>{verdict === 'contradicts' ? c.another : words.verdicts[verdict]}</span>}
      </span>
      <span className={differs ? styles.differs : styles.right}>{theirs}</span>
    </div>
  );
}

const WEAK: Identity[] = ['email', 'name', 'name_and_postcode', 'shared_mailbox'];

function Chip({ of }: { of: Identity }) {
  const verdict: Verdict = of === 'other_vat_number' ? 'contradicts' : WEAK.includes(of) ? 'near' : 'equal';
  return (
    <span className={styles.chip}>
      <Shape verdict={verdict} /> {c.identity[of]}
    </span>
  );
}

interface CandidatesProps {
  rows: CustomerCandidate[];
  more: number;
  at: number;
  picking: boolean;
  search: string;
  onAt: (at: number) => void;
  onSearch: (text: string) => void;
  onPicking: (picking: boolean) => void;
  onLink: () => void;
}

function Candidates({ rows, more, at, picking, search, onAt, onSearch, onPicking, onLink }: CandidatesProps) {
  const formats = useFormats();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (picking) list.current?.focus();
  }, [picking]);
  const move = (by: number) => onAt(Math.max(0, Math.min(rows.length - 1, at + by)));
  return (
    <section className={styles.candidates} aria-label={c.candidates}>
      <header>
        <h3>{c.candidates}</h3>
        <input
          ref={field}
          type="search"
          aria-label={c.searchLedger}
          placeholder={c.searchLedger}
          value={search}
          onFocus={() => onPicking(true)}
          onChange={(event) => onSearch(event.target.value)}
          onKeyDown={(event) => {
            if (!['ArrowDown', 'Enter', 'Escape'].includes(event.key)) return;
            event.preventDefault();
            if (event.key === 'Escape') onSearch('');
            list.current?.focus();
          }}
        />
      </header>
      {picking && <PickKeys onMove={move} onLink={onLink} onBack={() => onPicking(false)} onSearch={() => field.current?.focus()} />}
      <div ref={list} role="listbox" aria-label={c.candidates} tabIndex={0} className={styles.list} onFocus={() => onPicking(true)} aria-activedescendant={rows[at] ? `candidate-${rows[at].id}` : undefined}>
        {rows.map((row, index) => (
          <div key={row.id} id={`candidate-${row.id}`} role="option" aria-selected={picking && index === at} className={styles.candidate} onClick={() => (onPicking(true), onAt(index))}>
            <span className={styles.mono}>{row.card.number}</span>
            <span className={`${panes.name} ${styles.name}`} title={row.card.name}>
              {row.card.name}
            </span>
            <span className={styles.place}>{[row.card.place, row.card.country].filter(Boolean).join(', ')}</span>
            <span className={styles.why}>
              {row.evidence.map((one) => (
                <Chip key={one} of={one} />
              ))}
              {row.card.blocked && <span className={styles.blocked}>{c.blocked}</span>}
            </span>
            <span className={styles.chosen}>{row.chosen ? c.linked : ''}</span>
          </div>
        ))}
      </div>
      {rows.length === 0 && <p className={styles.state}>{search ? c.noMatch : c.noCandidate}</p>}
      {rows.length > 0 && (
      <footer>
        {more > 0 && <span>{plural(c.more, more, formats.count(more))}</span>}
        <span className={styles.push} />
        <Button face="solid" keys="↵" disabled={!picking || rows.length === 0} onPress={onLink}>
          {c.link}
        </Button>
      </footer>
      )}
    </section>
  );
}

/** The keys of the candidates, while one chooses among them. */
function PickKeys({ onMove, onLink, onBack, onSearch }: { onMove: (by: number) => void; onLink: () => void; onBack: () => void; onSearch: () => void }) {
  useHints('inside', HINTS);
  useCommands('inside', [
    { id: 'next', group: 'customers', name: words.keys.next, keys: ['j', 'ArrowDown'], run: () => onMove(1), keyOnly: true },
    { id: 'previous', group: 'customers', name: words.keys.previous, keys: ['k', 'ArrowUp'], run: () => onMove(-1), keyOnly: true },
    { id: 'choose', group: 'customers', name: c.link, keys: ['Enter'], run: onLink },
    { id: 'search', group: 'customers', name: c.searchLedger, keys: ['/'], run: onSearch },
    { id: 'back', group: 'customers', name: words.keys.back, keys: ['Escape'], run: onBack, keyOnly: true },
  ]);
  return null;
}
