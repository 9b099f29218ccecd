import type { Named, Offered, OssChoice, ProductChoice, SoldTo, Untaxed } from '../host/commands';
import { useFormats } from '../format/formats';
import { fill, words } from '../words/words';
import { Choice, Field, Group, Rows } from './field';
import { shownRates, typedRates } from './rates';
import type { SectionProps } from './settings';
import styles from './settings.module.css';

const s = words.settings;
const ZONES = ['domestic', 'eu', 'eu_services', 'export', 'export_services', 'exempt'] as const;
/** What stands in the place of an account that is not chosen. */
const WITHOUT: Partial<Record<(typeof ZONES)[number], string>> = { eu_services: s.asGoods, export_services: s.asGoods, exempt: s.notChosen };
const UNTAXED: Untaxed[] = ['ask', 'home_rate', 'no_vat'];

const named = (all: Named[]) => all.map(({ number, name }) => [number, `${number} ${name}`] as const);

/** Which account a line books to. */
export function Lines({ asked, offered, set }: SectionProps) {
  return (
    <>
      {ZONES.map((zone) => (
        <Field key={zone} says={s.zones[zone]} two={offered.tax_codes.length > 0}>
          {(id) => <To id={id} to={asked[zone]} offered={offered} onTo={(to) => set(zone, to)} name={s.zones[zone][0] ?? ''} without={WITHOUT[zone]} />}
        </Field>
      ))}
      <Field says={s.rounding} two={offered.tax_codes.length > 0}>
        {(id) => (
          <>
            <Choice id={id} value={asked.rounding} of={named(offered.accounts)} onChoose={(number) => set('rounding', number)} />
            {offered.tax_codes.length > 0 && <span />}
          </>
        )}
      </Field>
    </>
  );
}

interface ToProps {
  id?: string;
  to: SoldTo;
  offered: Offered;
  onTo: (to: SoldTo) => void;
  name: string;
  without?: string | undefined;
}

function To({ id, to, offered, onTo, name, without }: ToProps) {
  const accounts = without ? [['', without] as const, ...named(offered.accounts)] : named(offered.accounts);
  return (
    <>
      <Choice {...(id ? { id } : { label: `${name}, ${s.becomes}` })} value={to.account} of={accounts} onChoose={(account) => onTo({ ...to, account })} />
      {offered.tax_codes.length > 0 && to.account === '' && <span />}
      {offered.tax_codes.length > 0 && to.account !== '' && (
        <Choice label={`${name}, ${s.taxCode}`} value={to.tax_code} of={[['', s.ownCode], ...named(offered.tax_codes)]} onChoose={(tax_code) => onTo({ ...to, tax_code })} />
      )}
    </>
  );
}

/** What a product of Stripe is in the ledger. */
export function Products({ asked, offered, set }: SectionProps) {
  const link = (product: string) => asked.products.find((one) => one.product === product) ?? { product, number: '', kind: 'item' as const, goods: null };
  const put = (next: ProductChoice) => set('products', [...asked.products.filter((one) => one.product !== next.product), next].filter((one) => one.number !== '' || one.goods !== null).sort((a, b) => (a.product < b.product ? -1 : 1)));
  const targets: [string, string][] = [
    ...offered.items.map(({ number, name }): [string, string] => [`item:${number}`, `${fill(s.item, { number })} ${name}`]),
    ...offered.accounts.map(({ number, name }): [string, string] => [`account:${number}`, `${fill(s.account, { number })} ${name}`]),
  ];
  return (
    <>
      <Field says={s.productKey}>{(id) => <input id={id} value={asked.product_key} placeholder="ledger_item" autoComplete="off" onChange={(event) => set('product_key', event.target.value)} />}</Field>
      <Field says={s.newItems}>
        {(id) => (
          <Choice id={id} value={asked.new_item_like} of={[['', s.noNewItems], ...offered.items.map(({ number, name }) => [number, fill(s.newItemLike, { number, name })] as const)]} onChoose={(number) => set('new_item_like', number)} />
        )}
      </Field>
      <p>{s.productsLead}</p>
      {offered.products.length === 0 ? (
        <p className={styles.note}>{s.noProducts}</p>
      ) : (
        <div className={styles.list} role="group" aria-label={s.sections.products}>
          {offered.products.map((product) => {
            const own = link(product.id);
            return (
              <div key={product.id} className={styles.product}>
                <span title={product.id}>{product.name}</span>
                <Choice
                  label={`${product.name}, ${s.becomes}`}
                  value={own.number ? `${own.kind}:${own.number}` : ''}
                  of={[['', product.says ? fill(s.saysItem, { says: product.says }) : asked.new_item_like ? s.asItem : s.asZone], ...targets]}
                  onChoose={(to) => put({ ...own, kind: to.startsWith('account:') ? 'account' : 'item', number: to.slice(to.indexOf(':') + 1) })}
                />
                <Choice
                  label={`${product.name}, ${s.kindOf}`}
                  value={own.goods === null ? '' : own.goods ? 'goods' : 'services'}
                  of={[['', s.asBook], ['goods', s.goodsChoices[0] ?? ''], ['services', s.goodsChoices[1] ?? '']]}
                  onChoose={(kind) => put({ ...own, goods: kind === '' ? null : kind === 'goods' })}
                />
              </div>
            );
          })}
        </div>
      )}
    </>
  );
}

/** What VAT is taken for. */
export function Vat({ asked, offered, set }: SectionProps) {
  const fresh = (): OssChoice => ({ country: '', rates: [], to: asked.eu });
  return (
    <>
      <Field says={s.homeRate}>{(id) => <Rate id={id} rate={asked.home_rate} onRate={(rate) => set('home_rate', rate)} />}</Field>
      <Field says={s.moreRates}>{(id) => <Rates id={id} rates={asked.more_rates} onRates={(rates) => set('more_rates', rates)} />}</Field>
      <Field says={s.untaxed}>{(id) => <Choice id={id} value={asked.untaxed} of={UNTAXED.map((one) => [one, s.untaxedChoices[one]] as const)} onChoose={(untaxed) => set('untaxed', untaxed)} />}</Field>
      <Field says={s.goods}>
        {(id) => <Choice id={id} value={asked.goods ? 'goods' : 'services'} of={[['goods', s.goodsChoices[0] ?? ''], ['services', s.goodsChoices[1] ?? '']]} onChoose={(kind) => set('goods', kind === 'goods')} />}
      </Field>
      <Group says={s.oss}>
        <Rows
          rows={asked.oss}
          fresh={fresh}
          onRows={(oss) => set('oss', oss)}
        >
          {(zone, change) => (
            <>
              <input className={styles.short} aria-label={s.country} placeholder="DE" maxLength={2} value={zone.country} onChange={(event) => change({ country: event.target.value.toUpperCase() })} />
              <Rates label={s.rates} rates={zone.rates} onRates={(rates) => change({ rates })} />
              <To to={zone.to} offered={offered} onTo={(to) => change({ to })} name={zone.country || s.country} />
            </>
          )}
        </Rows>
      </Group>
    </>
  );
}

function Rate({ id, rate, onRate }: { id: string; rate: string; onRate: (rate: string) => void }) {
  const { decimal } = useFormats().separators;
  return <input id={id} inputMode="decimal" defaultValue={shownRates([rate], decimal)} onChange={(event) => onRate(typedRates(event.target.value, decimal).join(' '))} />;
}

/** Several rates in one field. */
function Rates({ id, label, rates, onRates }: { id?: string; label?: string; rates: string[]; onRates: (rates: string[]) => void }) {
  const { decimal } = useFormats().separators;
  return (
    <input
      id={id}
      className={label ? styles.medium : undefined}
      aria-label={label}
      placeholder={label}
      defaultValue={shownRates(rates, decimal)}
      onChange={(event) => onRates(typedRates(event.target.value, decimal))}
    />
  );
}

