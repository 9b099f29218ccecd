//! What both sides said, read out of the book with their types.

use std::collections::BTreeMap;

use book::{Book, Side};
use ledgers::{CompanyFacts, Ledger, LedgerRecord, RecordKind};
use money::Currency;
use stripe::{
    BalanceTransaction, Charge, CheckoutSession, CreditNote, Customer, Invoice, InvoicePayment, Kind, Object, Product, Ref, Refund, TaxRate,
};

use crate::commands::{Code, Problem};

/// Rows read from the book at a time.
const PAGE: u32 = 500;
/// The one row of its kind that says what the company is.
const COMPANY: &str = "company";

#[derive(Default)]
pub struct Mirror {
    pub invoices: Vec<Known<Invoice>>,
    pub credit_notes: Vec<Known<CreditNote>>,
    pub refunds: Vec<Known<Refund>>,
    pub charges: Vec<Known<Charge>>,
    /// What became of a charge in another currency than the company's, by the charge: its row in Stripe's balance.
    pub settled: BTreeMap<String, BalanceTransaction>,
    /// Which payment paid which invoice.
    pub invoice_payments: Vec<InvoicePayment>,
    pub sessions: Vec<Known<CheckoutSession>>,
    pub customers: BTreeMap<String, Known<Customer>>,
    pub tax_rates: BTreeMap<String, TaxRate>,
    pub products: BTreeMap<String, Known<Product>>,
    /// Sales invoices of the ledger, drafts and posted alike.
    pub documents: Vec<LedgerRecord>,
    /// Its credit memos, drafts and posted alike.
    pub memos: Vec<LedgerRecord>,
    pub parties: BTreeMap<String, LedgerRecord>,
    /// By number, upper case.
    pub items: BTreeMap<String, LedgerRecord>,
    /// Rows that could not be read: kind and id. Counted, never skipped in silence.
    pub unreadable: Vec<(String, String)>,
}

#[derive(Clone)]
pub struct Known<T> {
    pub is: T,
    /// Hash of its accounting content.
    pub version: String,
}

impl Mirror {
    /// `base`: the company's currency.
    pub fn load(book: &Book, ledger: &dyn Ledger, base: Currency) -> Result<Self, Problem> {
        let mut mirror = Self::default();
        const NEEDED: [Kind; 9] = [
            Kind::Invoice,
            Kind::CreditNote,
            Kind::Refund,
            Kind::Charge,
            Kind::InvoicePayment,
            Kind::CheckoutSession,
            Kind::Customer,
            Kind::TaxRate,
            Kind::Product,
        ];
        for kind in NEEDED {
            each(book, Side::Stripe, kind.name(), |stored| mirror.stripe(kind, stored))?;
        }
        mirror.settled = mirror.settled(book, base)?;
        mirror.ledger(book, ledger, RecordKind::SalesInvoice, |mirror, record| mirror.documents.push(record))?;
        mirror.ledger(book, ledger, RecordKind::CreditMemo, |mirror, record| mirror.memos.push(record))?;
        mirror.ledger(book, ledger, RecordKind::Customer, |mirror, record| {
            mirror.parties.insert(record.id.clone(), record);
        })?;
        mirror.ledger(book, ledger, RecordKind::Item, |mirror, record| {
            mirror.items.insert(record.number.clone().unwrap_or_default().to_uppercase(), record);
        })?;
        Ok(mirror)
    }

    fn settled(&self, book: &Book, base: Currency) -> Result<BTreeMap<String, BalanceTransaction>, Problem> {
        let mut settled = BTreeMap::new();
        for charge in self.charges.iter().map(|known| &known.is).filter(|charge| charge.currency != base) {
            let Some(row) = charge.balance_transaction.as_ref().map(Ref::id) else { continue };
            let stored = book.get(Side::Stripe, Kind::BalanceTransaction.name(), row)?;
            if let Some(Ok(Object::BalanceTransaction(row))) = stored.map(|stored| Object::read(Kind::BalanceTransaction, &stored.record.raw)) {
                settled.insert(charge.id.clone(), *row);
            }
        }
        Ok(settled)
    }

    fn stripe(&mut self, kind: Kind, stored: book::Stored) {
        let Ok(object) = Object::read(kind, &stored.record.raw) else {
            return self.unreadable.push((kind.name().to_owned(), stored.record.id));
        };
        self.take(object);
    }

    pub fn take(&mut self, object: Object) {
        let version = stripe::source_version(&object).unwrap_or_default();
        match object {
            Object::Invoice(is) => self.invoices.push(Known { is: *is, version }),
            Object::CreditNote(is) => self.credit_notes.push(Known { is: *is, version }),
            Object::Refund(is) => self.refunds.push(Known { is: *is, version }),
            Object::Charge(is) => self.charges.push(Known { is: *is, version }),
            Object::InvoicePayment(is) => self.invoice_payments.push(*is),
            Object::CheckoutSession(is) => self.sessions.push(Known { is: *is, version }),
            Object::Customer(is) => drop(self.customers.insert(is.id.clone(), Known { is: *is, version })),
            Object::Product(is) => drop(self.products.insert(is.id.clone(), Known { is: *is, version })),
            Object::TaxRate(is) => drop(self.tax_rates.insert(is.id.clone(), *is)),
            _ => {}
        }
    }

    fn ledger(&mut self, book: &Book, ledger: &dyn Ledger, kind: RecordKind, mut take: impl FnMut(&mut Self, LedgerRecord)) -> Result<(), Problem> {
        each(book, Side::Ledger, kind.name(), |stored| match std::str::from_utf8(&stored.record.raw).ok().and_then(|raw| ledger.read(kind, raw)) {
            Some(record) => take(self, record),
            None => self.unreadable.push((kind.name().to_owned(), stored.record.id)),
        })
    }
}

/// Every row of a kind that is still there.
fn each(book: &Book, side: Side, kind: &str, mut take: impl FnMut(book::Stored)) -> Result<(), Problem> {
    let mut after: Option<String> = None;
    loop {
        let page = book.all(side, kind, after.as_deref(), PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.record.id.clone());
        page.into_iter().for_each(&mut take);
    }
}

/// What the ledger's company is, as it was last asked.
pub fn company_facts(book: &Book) -> Result<Option<CompanyFacts>, Problem> {
    let stored = book.get(book::Side::Ledger, COMPANY, COMPANY)?;
    Ok(stored.and_then(|stored| serde_json::from_slice(&stored.record.raw).ok()))
}

/// The facts of the company as the mirror keeps them.
pub fn company_record(facts: &CompanyFacts) -> Result<book::Record, Problem> {
    let raw = serde_json::to_vec(facts).map_err(|_| Problem::new(Code::Internal))?;
    let version = drafts::content_version("company/1", [("facts", String::from_utf8_lossy(&raw).into_owned())]);
    Ok(book::Record { kind: COMPANY.into(), id: COMPANY.into(), raw, version, ..book::Record::default() })
}
