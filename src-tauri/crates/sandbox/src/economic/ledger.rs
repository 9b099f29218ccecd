//! Posted entries, what they settle, and the balances that follow from them.
//!
//! Matching and its exchange differences: the service's own OpenAPI document `bookedEntriesapi`
//! (github.com/Pogoe/EConomic.NET specs/openapi/openapi-BookedEntries.json).

use super::agreement::{Agreement, Opening};
use super::keys::Key;
use super::value::{amount, cents, decimal_at, put};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    CustomerInvoice,
    CustomerPayment,
    SupplierInvoice,
    SupplierPayment,
    FinanceVoucher,
    SystemEntry,
    ManualCustomerInvoice,
}

impl EntryKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerInvoice => "customerInvoice",
            Self::CustomerPayment => "customerPayment",
            Self::SupplierInvoice => "supplierInvoice",
            Self::SupplierPayment => "supplierPayment",
            Self::FinanceVoucher => "financeVoucher",
            Self::SystemEntry => "systemEntry",
            Self::ManualCustomerInvoice => "manualDebtorInvoice",
        }
    }

    /// As the services write it.
    pub fn number(self) -> u64 {
        match self {
            Self::CustomerInvoice => 1,
            Self::CustomerPayment => 2,
            Self::SupplierInvoice => 3,
            Self::SupplierPayment => 4,
            Self::FinanceVoucher => 5,
            Self::SystemEntry => 9,
            Self::ManualCustomerInvoice => 10,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub number: u64,
    pub account: u64,
    pub amount: Decimal,
    pub base: Decimal,
    pub currency: String,
    pub date: NaiveDate,
    pub due: Option<NaiveDate>,
    pub kind: EntryKind,
    pub text: String,
    pub voucher: u64,
    pub customer: Option<u64>,
    /// The customer's invoice that it makes or settles.
    pub invoice: Option<u64>,
    /// Whether that invoice was booked here.
    pub booked_invoice: bool,
    pub supplier: Option<u64>,
    pub vat_code: Option<String>,
    /// What is still open, of an entry of a customer.
    pub remainder: Decimal,
    pub remainder_base: Decimal,
}

/// Two entries that settle each other.
#[derive(Clone, Debug)]
pub struct Pair {
    pub from: u64,
    pub to: u64,
    pub amount: Decimal,
    pub base: Decimal,
}

#[derive(Debug, Default)]
pub struct Ledger {
    pub entries: Vec<Entry>,
    pub pairs: Vec<Pair>,
    /// Entries of customers, by customer.
    by_customer: BTreeMap<u64, Vec<u64>>,
}

impl Ledger {
    pub fn entry(&self, number: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    fn entry_mut(&mut self, number: u64) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    pub fn of_customer(&self, customer: u64) -> impl Iterator<Item = &Entry> {
        self.by_customer.get(&customer).into_iter().flatten().filter_map(|number| self.entry(*number))
    }

    pub fn knows_customer(&self, key: &Key) -> bool {
        matches!(key, Key::Number(number) if self.by_customer.contains_key(number))
    }

    pub fn last_voucher(&self, within: impl Fn(&Entry) -> bool) -> u64 {
        self.entries.iter().filter(|entry| within(entry)).map(|entry| entry.voucher).max().unwrap_or(0)
    }
}

/// Why entries could not be matched; the words of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMatch {
    NotFound,
    NotOfCustomers,
    Nothing,
    SelectOne,
    Mixed,
    Barred,
    Closed,
}

impl NoMatch {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "ENTRYMATCHING_ERROR_ENTRIESNOTFOUND",
            Self::NotOfCustomers => "ENTRYMATCHING_ERROR_NO_CUSTOMER_OR_SUPPLIER_ENTRIES",
            Self::Nothing => "ENTRYMATCHING_ERROR_NO_MATCHES",
            Self::SelectOne => "ENTRYMATCHING_ERROR_SELECTATLEASTONEENTRY",
            Self::Mixed => "ENTRYMATCHING_ERROR_SUPPLIER_CUSTOMER_MIXED",
            Self::Barred => "ENTRYMATCHING_ERROR_BARREDPERIODS_CUSTOMERS",
            Self::Closed => "ENTRYMATCHING_ERROR_CLOSEDPERIODS_CUSTOMERS",
        }
    }
}

impl Agreement {
    /// Posts one entry and moves the balances; its number and remainder are set here.
    pub fn post(&mut self, mut entry: Entry) -> u64 {
        entry.number = self.ledger.entries.len() as u64 + 1;
        let number = entry.number;
        let (open, open_base) = if entry.customer.is_some() { (entry.amount, entry.base) } else { (Decimal::ZERO, Decimal::ZERO) };
        (entry.remainder, entry.remainder_base) = (open, open_base);
        if let Some(customer) = entry.customer {
            self.ledger.by_customer.entry(customer).or_default().push(number);
            self.add_to_balance("customers", customer, entry.base);
        }
        self.add_to_balance("accounts", entry.account, entry.base);
        self.ledger.entries.push(entry);
        number
    }

    fn add_to_balance(&mut self, table: &'static str, key: u64, by: Decimal) {
        if let Some(row) = self.table_mut(table).get_mut(&Key::Number(key)) {
            let balance = decimal_at(row, "balance").unwrap_or_default();
            put(row, "balance", amount(balance + by));
        }
    }

    /// Settles entries of one customer against each other, in their order.
    pub fn match_entries(&mut self, numbers: &[u64]) -> Result<(), NoMatch> {
        if numbers.is_empty() {
            return Err(NoMatch::SelectOne);
        }
        let entries = numbers.iter().map(|number| self.ledger.entry(*number).ok_or(NoMatch::NotFound)).collect::<Result<Vec<_>, _>>()?;
        let customer = entries.first().and_then(|entry| entry.customer).ok_or(NoMatch::NotOfCustomers)?;
        if entries.iter().any(|entry| entry.customer != Some(customer)) {
            return Err(NoMatch::Mixed);
        }
        let owed: Vec<u64> = entries.iter().filter(|entry| entry.remainder > Decimal::ZERO).map(|entry| entry.number).collect();
        let paid: Vec<u64> = entries.iter().filter(|entry| entry.remainder < Decimal::ZERO).map(|entry| entry.number).collect();
        if owed.is_empty() || paid.is_empty() {
            return Err(NoMatch::Nothing);
        }
        for credit in &paid {
            for debit in &owed {
                self.settle(*debit, *credit)?;
            }
        }
        Ok(())
    }

    /// Settles what two entries have in common, and posts the exchange difference on the later day.
    pub fn settle(&mut self, debit: u64, credit: u64) -> Result<(), NoMatch> {
        let (Some(owed), Some(paid)) = (self.ledger.entry(debit).cloned(), self.ledger.entry(credit).cloned()) else { return Err(NoMatch::NotFound) };
        if owed.remainder <= Decimal::ZERO || paid.remainder >= Decimal::ZERO {
            return Ok(());
        }
        let (from_owed, from_paid) = shares(&owed, &paid);
        let difference = from_owed.1 + from_paid.1;
        let day = owed.date.max(paid.date);
        if !difference.is_zero() {
            match self.opening(day) {
                Opening::Open => {}
                Opening::Barred => return Err(NoMatch::Barred),
                Opening::Closed | Opening::NoYear => return Err(NoMatch::Closed),
            }
        }
        self.reduce(debit, from_owed);
        self.reduce(credit, from_paid);
        self.ledger.pairs.push(Pair { from: credit, to: debit, amount: from_owed.0, base: from_owed.1 });
        if !difference.is_zero() {
            self.exchange_difference(&owed, &paid, day, difference);
        }
        Ok(())
    }

    fn reduce(&mut self, number: u64, (by, base): (Decimal, Decimal)) {
        let Some(entry) = self.ledger.entry_mut(number) else { return };
        entry.remainder -= by;
        entry.remainder_base -= base;
        let (open, open_base) = (entry.remainder, entry.remainder_base);
        let Some(invoice) = entry.invoice.filter(|_| entry.booked_invoice && entry.kind == EntryKind::CustomerInvoice) else { return };
        if let Some(row) = self.table_mut("bookedInvoices").get_mut(&Key::Number(invoice)) {
            put(row, "remainder", amount(open));
            put(row, "remainderInBaseCurrency", amount(open_base));
        }
    }

    /// The receivable is left at zero, the difference goes to its own account.
    fn exchange_difference(&mut self, owed: &Entry, paid: &Entry, date: NaiveDate, difference: Decimal) {
        let entry = |account, base, customer| Entry {
            number: 0,
            account,
            amount: base,
            base,
            currency: self.currency.clone(),
            date,
            due: None,
            kind: EntryKind::SystemEntry,
            text: format!("Valutakursdifference, {}", owed.invoice.map(|n| n.to_string()).unwrap_or_default()),
            voucher: paid.voucher,
            customer,
            invoice: owed.invoice,
            booked_invoice: false,
            supplier: None,
            vat_code: None,
            remainder: Decimal::ZERO,
            remainder_base: Decimal::ZERO,
        };
        let (out, into) = (entry(owed.account, -difference, owed.customer), entry(self.system.exchange_differences, difference, None));
        let settled = self.post(out);
        if let Some(entry) = self.ledger.entry_mut(settled) {
            (entry.remainder, entry.remainder_base) = (Decimal::ZERO, Decimal::ZERO);
        }
        self.post(into);
    }
}

/// What each entry gives, in its own currency and in the base currency.
fn shares(owed: &Entry, paid: &Entry) -> ((Decimal, Decimal), (Decimal, Decimal)) {
    if owed.currency != paid.currency {
        let common = owed.remainder_base.min(-paid.remainder_base);
        return (share(owed, common, true), share(paid, -common, true));
    }
    let common = owed.remainder.min(-paid.remainder);
    (share(owed, common, false), share(paid, -common, false))
}

fn share(entry: &Entry, part: Decimal, of_base: bool) -> (Decimal, Decimal) {
    let (whole, other) = if of_base { (entry.remainder_base, entry.remainder) } else { (entry.remainder, entry.remainder_base) };
    let rest = if part == whole { other } else { part.checked_div(whole).map_or(Decimal::ZERO, |ratio| cents(other * ratio)) };
    if of_base { (rest, part) } else { (part, rest) }
}
