import type { ReviewRow } from '../host/commands';
import type { Section } from '../settings/settings';
import { isOpen } from './list';

/** Where a person can do something about a row that has no draft. */
export type Mend = { to: 'settings'; section: Section } | { to: 'customer'; name: string } | { to: 'row'; number: string };

const IN_SETTINGS: Record<string, Section> = {
  no_target: 'lines',
  rounding_too_large: 'lines',
  computed_otherwise: 'lines',
  no_account_without_vat: 'lines',
  item_missing: 'products',
  item_unclear: 'products',
  no_item_to_copy: 'products',
  item_deleted: 'products',
  northern_ireland: 'products',
  tax_unsaid: 'vat',
  rate_unknown: 'vat',
  no_oss_zone: 'vat',
  no_generic_customer: 'customers',
  new_customer_abroad: 'customers',
  terms_unsaid: 'customers',
  before_start: 'days',
  not_sent: 'days',
  not_paid: 'days',
  period_locked: 'days',
  reference_too_long: 'carries',
};
const WITH_CUSTOMERS = ['customer_unclear', 'customer_unknown', 'customer_deleted', 'customer_blocked', 'customer_elsewhere', 'no_name'];

/** What Enter does on a row without a draft, if this program can do anything about it. */
export function mendOf(row: ReviewRow): Mend | null {
  const why = row.no_draft;
  if (!why || !isOpen(row)) return null;
  const section = IN_SETTINGS[why.code];
  if (section) return { to: 'settings', section };
  if (WITH_CUSTOMERS.includes(why.code)) return { to: 'customer', name: row.left.name };
  const first = why.code === 'invoice_first' ? why.params['invoice'] : undefined;
  return first ? { to: 'row', number: first } : null;
}
