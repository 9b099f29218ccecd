import { useEffect, useRef } from 'react';
import type { DeclinedPair, Explanation as Explained, Odds, Part, ReviewRow, Rival } from '../host/commands';
import { withCode, written } from '../format/amount';
import { useFormats, type Formats } from '../format/formats';
import { shortNumber } from '../format/number';
import { useAsk } from '../host/ask';
import { Changes } from '../drafts/changes';
import { Button, Mono } from '../look/marks';
import { chance, clausesOf, fill, mendingWords, noDraftWords, sentence, words } from '../words/words';
import { factWord, Shape } from './evidence';
import { canDecline, canMatch, canSign, isMatched, isMoney, isOpen, mayChoose } from './list';
import { mendOf, type Mend } from './mend';
import { Pays } from './pays';
import { VatAnswer } from './vat-answer';
import rows from './row.module.css';
import styles from './explanation.module.css';

export interface RowActs {
  sign: () => void;
  decline: () => void;
  reopen: () => void;
  choose: () => void;
  match: () => void;
  forget: () => void;
  allow: (document: string) => void;
  draft: (id?: string) => void;
  mend: (mend: Mend) => void;
}

interface Props {
  row: ReviewRow;
  ledger: string;
  rival: boolean;
  onRival: () => void;
  acts: RowActs;
  onHeight: (height: number) => void;
}

/** Why a row says what it says: five facts side by side, a few sentences, and what may be done. */
export function Explanation({ row, ledger, rival, onRival, acts, onHeight }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { data } = useAsk('explain', { key: row.key });
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const seen = new ResizeObserver(() => onHeight(element.offsetHeight));
    seen.observe(element);
    return () => seen.disconnect();
  }, [onHeight]);
  return (
    <div ref={box} role="row" className={styles.box}>
      <div role="gridcell" aria-colspan={11}>
        {data?.facts.length === 0 && <Paper row={row} />}
        {data ? <Facts explained={data} currency={row.left.amount.currency} /> : <div className={styles.reading}>{words.review.explaining}</div>}
        {row.pays.length > 0 && <Pays of={row} />}
        <div className={styles.foot}>
          <div className={styles.sentences}>
            <Sentences row={row} explained={data} ledger={ledger} rival={rival} />
          </div>
          <Actions row={row} explained={data} onRival={onRival} acts={acts} />
        </div>
        {row.state === 'open' && row.no_draft?.code === 'person_decides' && <VatAnswer row={row} />}
        {data && data.declined.length > 0 && <Declined of={data.declined} onAllow={acts.allow} />}
      </div>
    </div>
  );
}

/** What the row is of, whole, where no facts say it. */
function Paper({ row }: { row: ReviewRow }) {
  const formats = useFormats();
  return (
    <p className={styles.paper}>
      {words.labels[row.kind]} <Mono>{row.left.number}</Mono>
      {[row.left.name, formats.full(row.left.date)].filter(Boolean).map((part) => `, ${part}`)}
    </p>
  );
}

function Facts({ explained, currency }: { explained: Explained; currency: string }) {
  const formats = useFormats();
  return (
    <>
      {explained.facts.map((fact) => (
        <div key={fact.what} className={`${rows.columns} ${styles.fact}`}>
          <span className={styles.left}>
            <Parts parts={fact.left} />
          </span>
          <span className={styles.middle}>
            <Shape verdict={fact.verdict} size={11} />
            <b>{words.facts[fact.what]}</b>
            <span className={styles.word}>{factWord(fact, formats, currency)}</span>
          </span>
          <span className={styles.right}>
            <Parts parts={fact.right} />
          </span>
        </div>
      ))}
    </>
  );
}

/** Pieces of a fact: the first figure stands out, what follows a comma is quieter. */
function Parts({ parts }: { parts: Part[] }) {
  const formats = useFormats();
  const strong = parts.findIndex((part) => part.part === 'money' || part.part === 'date');
  return parts.map((part, index) => {
    const gap = index === 0 ? '' : part.part === 'label' ? ', ' : ' ';
    // The parts of one fact never change places.
    const key = `${index}`;
    switch (part.part) {
      case 'label':
        return <span key={key}>{gap + (words.labels[part.code] ?? part.code)}</span>;
      case 'text':
        return (
          <span key={key}>
            {gap}
            <span className={part.differs ? styles.differs : undefined}>{part.text.trim()}</span>
          </span>
        );
      case 'code':
        return (
          <span key={key}>
            {gap}
            <Mono>{part.text}</Mono>
          </span>
        );
      case 'date':
        return (
          <span key={key}>
            {gap}
            {index === strong ? <b>{formats.full(part.date)}</b> : formats.full(part.date)}
          </span>
        );
      case 'money':
        return (
          <span key={key}>
            {gap}
            {index === strong ? <b>{written(part.amount.amount, formats.separators)}</b> : written(part.amount.amount, formats.separators)}
            {index === strong && <span className={styles.code}> {part.amount.currency}</span>}
          </span>
        );
    }
  });
}

function Sentences({ row, explained, ledger, rival }: { row: ReviewRow; explained: Explained | undefined; ledger: string; rival: boolean }) {
  const formats = useFormats();
  const said = (code: string, params = {}) => sentence({ code, params }, formats, { ledger });
  // What was searched is over once a document of ours was made.
  const over = row.state === 'altered' || row.state === 'deleted' || row.unmarked;
  const sentences = explained?.sentences.filter((one) => (!over || one.code !== 'not_in_the_ledger') && (!row.no_draft || one.code !== 'one_line'));
  const next = row.no_draft && row.state === 'open' ? mendingWords(row.no_draft, formats, { ledger }) : '';
  if (rival && explained && explained.rivals.length > 0) return <Rivals of={explained.rivals} />;
  return (
    <>
      {sentences?.slice(0, MOST_SENTENCES).map((one) => (
        <p key={one.code}>{sentence(one, formats, { ledger })}</p>
      ))}
      {explained && explained.speaks_for.length > 0 && <p>{fill(words.review.speaksFor, { clauses: clausesOf(explained.speaks_for, formats) })}</p>}
      {explained && explained.speaks_against.length > 0 && <p>{fill(words.review.speaksAgainst, { clauses: clausesOf(explained.speaks_against, formats) })}</p>}
      {explained?.odds && <p className={styles.aside}>{oddsOf(explained.odds, formats)}</p>}
      {row.right_kind === 'draft' && row.state === 'open' && <p>{said(drafted(row))}</p>}
      {row.class === 'settled' && row.state === 'open' && row.pays.length === 0 && !row.no_draft && <p>{said('settled')}</p>}
      {row.no_draft && !explained?.sentences.some((one) => one.code.startsWith('no_draft_')) && <p>{noDraftWords(row.no_draft, formats)}</p>}
      {next && <p>{next}</p>}
      {row.state === 'refused' && row.words && <p>{fill(words.states.refusedWords, { words: row.words })}</p>}
      {row.state === 'refused' && <p>{row.unmarked ? fill(words.states.unmarked, { number: row.right?.number ?? '', ledger }) : words.drafts.refusedMend}</p>}
      {row.state === 'deleted' && <p>{said('deleted')}</p>}
      {explained && explained.differences.length > 0 && (
        <Changes
          of={explained.differences}
          total={row.left.amount}
          title={row.state !== 'altered' ? words.drafts.differences : row.changed?.field === 'computed' ? fill(words.drafts.computed, { ledger }) : row.posted ? words.drafts.alteredPosted : words.drafts.altered}
          {...(row.state === 'altered' ? { heads: [words.drafts.approved, words.drafts.there] } : {})}
        />
      )}
      {row.state === 'altered' && <p>{fill(words.drafts.alteredNext, { system: ledger })}</p>}
    </>
  );
}

/** The candidates that lost, each with why. */
function Rivals({ of }: { of: Rival[] }) {
  const formats = useFormats();
  return of.map((rival) => (
    <p key={rival.number}>
      <b>{fill(words.review.notThis, { number: rival.number, name: rival.name, amount: withCode(rival.amount, formats.separators) })}</b>{' '}
      {fill(words.review.lost, { clauses: clausesOf(rival.why, formats), chance: chance(rival.permille).toLowerCase() })}
    </p>
  ));
}

/** What people said it is not, and the way back. */
function Declined({ of, onAllow }: { of: DeclinedPair[]; onAllow: (document: string) => void }) {
  const formats = useFormats();
  return of.map(({ document, number, name, said }) => (
    <div key={document} className={styles.below}>
      <span>{fill(words.review.declinedPair, { who: said.who, day: formats.full(said.at.slice(0, 10)), number, name })}</span>
      <Button face="quiet" onPress={() => onAllow(document)}>
        {words.review.offerPair}
      </Button>
    </div>
  ));
}

function oddsOf({ permille, rules, weights }: Odds, formats: Formats): string {
  return fill(permille >= 1000 ? words.review.oddsSure : words.review.odds, { chance: chance(permille), permille: formats.count(permille), rules, weights });
}

/** What signing makes, by the sentence that says it. */
function drafted(row: ReviewRow): string {
  if (row.kind === 'void') return 'new_void';
  return row.left.amount.amount.startsWith('-') ? 'new_memo' : 'new_draft';
}

/** What was found, and what the paper itself says. */
const MOST_SENTENCES = 6;
const AGAIN = { declined: words.review.offerAgain, refused: words.drafts.replay, deleted: words.drafts.draftAgain };

function Actions({ row, explained, onRival, acts }: { row: ReviewRow; explained: Explained | undefined; onRival: () => void; acts: RowActs }) {
  const rival = explained?.rivals[0];
  const open = isOpen(row);
  const mend = mendOf(row);
  const hasDraft = (explained?.drafts.length ?? 0) > 0;
  return (
    <div className={styles.actions}>
      {rival && (
        <Button face="quiet" keys="W" onPress={onRival}>
          {fill(words.review.whyNot, { number: rival.number })}
        </Button>
      )}
      {hasDraft && (row.right_kind === 'draft' || row.state === 'stale' || row.state === 'altered' || row.state === 'deleted') && (
        <Button face="quiet" keys="C" onPress={() => acts.draft(explained?.drafts[0]?.id)}>
          {words.review.openDraft}
        </Button>
      )}
      {canDecline(row) && (
        <Button face="quiet" keys="X" onPress={acts.decline}>
          {words.review.decline}
        </Button>
      )}
      {(row.state === 'declined' || row.state === 'refused' || row.state === 'deleted') && <Button onPress={acts.reopen}>{AGAIN[row.state]}</Button>}
      {mend && (
        <Button face={mayChoose(row) ? 'quiet' : 'solid'} keys={mayChoose(row) ? 'C' : '↵'} onPress={() => acts.mend(mend)}>
          {fill(words.mendActs[mend.to], mend.to === 'row' ? { number: shortNumber(mend.number) } : {})}
        </Button>
      )}
      {open && row.class === 'choose' && (
        <Button face="solid" keys="↵" onPress={acts.choose}>
          {words.review.choose}
        </Button>
      )}
      {open && isMoney(row) && row.class !== 'choose' && (
        <Button face={mayChoose(row) ? 'solid' : 'quiet'} keys={mayChoose(row) ? '↵' : 'O'} onPress={acts.choose}>
          {row.pays.length > 0 ? words.review.another : words.review.choosePaid}
        </Button>
      )}
      {canMatch(row) && (
        <Button face={row.class === 'exact' ? 'pen' : 'solid'} keys="↵" onPress={acts.match}>
          {row.pays.length > 1 ? fill(words.review.matchesAll, { count: row.pays.length }) : words.review.matches}
        </Button>
      )}
      {isMatched(row) && <Button onPress={acts.forget}>{words.review.takeBack}</Button>}
      {canSign(row) && (
        <Button face={row.class === 'exact' && row.state === 'open' ? 'pen' : 'solid'} keys="↵" onPress={acts.sign}>
          {words.review.countersign}
        </Button>
      )}
    </div>
  );
}
