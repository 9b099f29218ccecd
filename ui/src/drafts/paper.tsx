import type { ReactNode } from 'react';
import type { Amount, DraftPaper, Paper as Content, PaperLine, RowState, Totals } from '../host/commands';
import { written } from '../format/amount';
import { useFormats, type Formats } from '../format/formats';
import { Initials, Mono } from '../look/marks';
import { fill, words } from '../words/words';
import styles from './paper.module.css';

const d = words.drafts;
/** There is a document of the ledger, or was. */
export const MADE: RowState[] = ['written', 'posted', 'altered', 'deleted'];

/** The draft as a document a bookkeeper recognises. */
export function Paper({ of }: { of: DraftPaper }) {
  const formats = useFormats();
  const { paper, row, request } = of;
  const says = fill(MADE.includes(row.state) ? d.made[row.state === 'altered' ? 'altered' : row.state === 'posted' || of.posted ? 'posted' : 'draft'] : d.toBeMade[paper.kind], { system: request.system });
  return (
    <Document of={paper} says={says} newCustomer={d.customerAbove}>
      {row.initials && (
        <div className={styles.signature}>
          <span>
            <Initials>{row.initials}</Initials>
          </span>
          {row.at && <p>{fill(row.state === 'countersigned' ? d.signedAt : `${d.state[row.state]} {time}`, { time: formats.time(row.at) })}</p>}
        </div>
      )}
    </Document>
  );
}

interface DocumentProps {
  of: Content;
  /** Under its title: what it is or will be. */
  says: string;
  newCustomer: string;
  /** The corner of the signature. */
  children?: ReactNode;
}

/** The content alone, also of what is no draft. */
export function Document({ of: paper, says, newCustomer, children }: DocumentProps) {
  const formats = useFormats();
  return (
    <article className={styles.paper} aria-label={d.kinds[paper.kind]}>
      <header className={styles.head}>
        <div>
          <h2>{d.kinds[paper.kind]}</h2>
          <p>{says}</p>
        </div>
        {children}
      </header>
      <div className={paper.invoice_date ? styles.facts : styles.party}>
        <Party paper={paper} newCustomer={newCustomer} />
        <Dates paper={paper} formats={formats} />
      </div>
      {paper.lines.length > 0 && <Lines lines={paper.lines} notes={paper.notes} formats={formats} />}
      {paper.totals && <Sums totals={paper.totals} formats={formats} />}
      {paper.values.length > 0 && <Values paper={paper} />}
    </article>
  );
}

function Party({ paper, newCustomer }: { paper: Content; newCustomer: string }) {
  const [name, ...lines] = paper.party;
  const customer = paper.customer_is_new ? newCustomer : paper.customer_number ? fill(d.customerNumber, { number: paper.customer_number }) : '';
  const second = [customer, paper.vat_number ? fill(d.vatNumber, { number: paper.vat_number }) : ''].filter(Boolean).join(', ');
  return (
    <div>
      <b className={styles.name}>{name}</b>
      {second && <p>{second}</p>}
      {lines.length > 0 && <p>{lines.join(', ')}</p>}
    </div>
  );
}

function Dates({ paper, formats }: { paper: Content; formats: Formats }) {
  return (
    <dl className={styles.dates}>
      {paper.invoice_date && (
        <div>
          <dt>{paper.kind === 'credit_memo' ? d.memoDate : d.invoiceDate}</dt>
          <dd>{formats.full(paper.invoice_date)}</dd>
        </div>
      )}
      {paper.posting_date && paper.posting_date !== paper.invoice_date && (
        <div>
          <dt>{d.postingDate}</dt>
          <dd>
            <b>{formats.full(paper.posting_date)}</b>
          </dd>
        </div>
      )}
      {paper.due_date && (
        <div>
          <dt>{d.due}</dt>
          <dd>{formats.full(paper.due_date)}</dd>
        </div>
      )}
      {paper.applies_to && (
        <div>
          <dt>{d.appliesTo}</dt>
          <dd>
            <Mono>{paper.applies_to}</Mono>
          </dd>
        </div>
      )}
      {paper.stripe_number && (
        <div>
          <dt>{d.stripeNumber}</dt>
          <dd>
            <Mono>{paper.stripe_number}</Mono>
          </dd>
        </div>
      )}
    </dl>
  );
}

function Lines({ lines, notes, formats }: { lines: PaperLine[]; notes: string[]; formats: Formats }) {
  const plain = (text: string) => written(text, formats.separators);
  return (
    <table className={styles.lines}>
      <thead>
        <tr>
          <th scope="col">{d.line}</th>
          <th scope="col">{d.qty}</th>
          <th scope="col">{d.unitPrice}</th>
          <th scope="col">{d.vat}</th>
          <th scope="col">{d.amount}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line, index) => (
          // Lines of a frozen document never change places.
          <tr key={`${index} ${line.description}`}>
            <td>
              {line.description}
              <small>{[line.item && (line.item_is_new ? `${d.newItemLine} (${line.item})` : fill(d.item, { number: line.item })), line.account && fill(d.account, { number: line.account }), line.tax_code && fill(d.taxCode, { code: line.tax_code }), line.discount && fill(d.discount, { discount: line.discount })].filter(Boolean).join(', ')}</small>
            </td>
            <td>{plain(line.quantity)}</td>
            <td>{plain(line.unit_price)}</td>
            <td>{plain(line.vat_rate)} %</td>
            <td>{plain(line.amount.amount)}</td>
          </tr>
        ))}
        {notes.map((note) => (
          <tr key={note} className={styles.note}>
            <td colSpan={5}>{note}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sums({ totals, formats }: { totals: Totals; formats: Formats }) {
  const figure = ({ amount }: Amount) => written(amount, formats.separators);
  return (
    <dl className={styles.sums}>
      <div>
        <dt>{d.net}</dt>
        <dd>{figure(totals.net)}</dd>
      </div>
      {totals.vat.map((vat) => (
        <div key={`${vat.zone} ${vat.rate}`}>
          <dt>{fill(d.zones[vat.zone] ?? d.zones['domestic'] ?? '', { rate: written(vat.rate, formats.separators) })}</dt>
          <dd>{figure(vat.amount)}</dd>
        </div>
      ))}
      {totals.rounding && (
        <>
          <div>
            <dt>{d.beforeRounding}</dt>
            <dd>{figure(totals.before_rounding)}</dd>
          </div>
          <div>
            <dt>{totals.rounding_on ? fill(d.roundingOn, { account: totals.rounding_on }) : d.rounding}</dt>
            <dd>{figure(totals.rounding)}</dd>
          </div>
        </>
      )}
      <div className={styles.total}>
        <dt>{fill(d.total, { currency: totals.total.currency })}</dt>
        <dd>{figure(totals.total)}</dd>
      </div>
    </dl>
  );
}

function Values({ paper }: { paper: Content }) {
  // Of a card in words; of anything else the very keys.
  const named = paper.kind === 'customer' ? d.party : paper.kind === 'item' ? d.card : null;
  return (
    <table className={styles.values}>
      <thead>
        <tr>
          <th scope="col">{d.key}</th>
          <th scope="col">{d.value}</th>
        </tr>
      </thead>
      <tbody>
        {paper.values.map((value) => (
          <tr key={value.key}>
            <td>
              {named ? (named[value.key] ?? value.key) : <Mono>{value.key}</Mono>}
            </td>
            <td>
              {value.hole ? <em>{d.hole}</em> : named ? value.value : <Mono>{value.value}</Mono>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
