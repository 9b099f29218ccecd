//! How Stripe's objects hang together: which of them is a sale or takes one back, and which only tells of the same
//! thing once more.

use std::collections::{BTreeMap, BTreeSet};

use stripe::{Charge, ChargeStatus, CheckoutSession, CreditNote, CreditNoteStatus, Invoice, InvoicePaymentStatus, InvoiceStatus, Ref, Refund};

use super::paper::{Paper, Payment};
use crate::mirror::{Known, Mirror};

pub struct Trade<'a> {
    mirror: &'a Mirror,
    invoices: BTreeMap<&'a str, &'a Known<Invoice>>,
    /// The credit note that a refund belongs to.
    notes: BTreeMap<&'a str, &'a Known<CreditNote>>,
    /// The invoices that a payment paid, by PaymentIntent and by charge.
    paid: BTreeMap<&'a str, BTreeSet<&'a str>>,
    sessions: BTreeMap<&'a str, &'a Known<CheckoutSession>>,
    charges: BTreeMap<&'a str, &'a Known<Charge>>,
    /// What came in and paid no invoice, by the key of the sale that it may be.
    money: BTreeMap<&'a str, Payment<'a>>,
}

/// What a refund gives back.
pub enum Origin<'a> {
    Invoice(&'a Known<Invoice>),
    Sale(Payment<'a>),
    /// One payment of several invoices: which of them it gives back is not said.
    Several,
    /// Older than what was fetched, or money that was no sale.
    Unknown,
}

impl<'a> Trade<'a> {
    pub fn new(mirror: &'a Mirror) -> Self {
        let mut trade = Self {
            mirror,
            invoices: mirror.invoices.iter().map(|known| (known.is.id.as_str(), known)).collect(),
            notes: BTreeMap::new(),
            paid: BTreeMap::new(),
            sessions: BTreeMap::new(),
            charges: mirror.charges.iter().map(|known| (known.is.id.as_str(), known)).collect(),
            money: BTreeMap::new(),
        };
        for note in &mirror.credit_notes {
            trade.notes.extend(note.is.refunds.iter().filter_map(|part| Some((part.refund.as_ref()?.id(), note))));
        }
        for payment in mirror.invoice_payments.iter().filter(|payment| payment.status != InvoicePaymentStatus::Canceled) {
            for by in [&payment.payment.payment_intent, &payment.payment.charge].into_iter().flatten() {
                trade.paid.entry(by.id()).or_default().insert(payment.invoice.id());
            }
        }
        for session in mirror.sessions.iter().filter(|session| session.is.is_complete()) {
            let Some(intent) = session.is.payment_intent.as_ref().map(Ref::id) else { continue };
            trade.sessions.insert(intent, session);
            if let Some(invoice) = &session.is.invoice {
                trade.paid.entry(intent).or_default().insert(invoice.id());
            }
        }
        for charge in &mirror.charges {
            let payment = trade.payment(charge);
            if trade.came_alone(&payment) {
                trade.money.entry(payment.id()).or_insert(payment);
            }
        }
        trade
    }

    /// Everything that has a row.
    pub fn papers(&self) -> Vec<Paper<'a>> {
        let invoices = self.mirror.invoices.iter().map(Paper::Invoice);
        let void = |known: &&'a Known<Invoice>| known.is.status == Some(InvoiceStatus::Void) && !known.is.total.is_zero();
        let voids = self.mirror.invoices.iter().filter(void).map(Paper::Void);
        let notes = self.mirror.credit_notes.iter().map(Paper::CreditNote);
        let void_note = |known: &&'a Known<CreditNote>| known.is.status == CreditNoteStatus::Void && !known.is.total.is_zero();
        let void_notes = self.mirror.credit_notes.iter().filter(void_note).map(Paper::VoidNote);
        let refunds = self.mirror.refunds.iter().filter(|known| !self.notes.contains_key(known.is.id.as_str())).map(Paper::Refund);
        let payments = self.money.values().copied().map(Paper::Payment);
        invoices.chain(voids).chain(notes).chain(void_notes).chain(refunds).chain(payments).collect()
    }

    pub fn invoice(&self, id: &str) -> Option<&'a Known<Invoice>> {
        self.invoices.get(id).copied()
    }

    pub fn origin(&self, refund: &Refund) -> Origin<'a> {
        let charge = refund.charge.as_ref().and_then(|charge| self.charges.get(charge.id())).copied();
        let intent = refund.payment_intent.as_ref().or(charge.and_then(|known| known.is.payment_intent.as_ref()));
        let keys = [intent.map(Ref::id), refund.charge.as_ref().map(Ref::id)].into_iter().flatten();
        let mut paid = keys.clone().filter_map(|key| self.paid.get(key)).flatten().collect::<BTreeSet<_>>().into_iter();
        match (paid.next(), paid.next()) {
            (Some(_), Some(_)) => Origin::Several,
            (Some(one), None) => self.invoice(one).map_or(Origin::Unknown, Origin::Invoice),
            (None, _) => match keys.filter_map(|key| self.money.get(key)).next() {
                Some(money) if money.is_sale() => Origin::Sale(*money),
                _ => Origin::Unknown,
            },
        }
    }

    /// What a paper takes back.
    pub fn takes_back(&self, paper: &Paper<'a>) -> Option<Paper<'a>> {
        match paper {
            Paper::Void(known) => Some(Paper::Invoice(known)),
            Paper::VoidNote(known) => Some(Paper::CreditNote(known)),
            Paper::CreditNote(known) => self.invoice(known.is.invoice.id()).map(Paper::Invoice),
            Paper::Refund(known) => match self.origin(&known.is) {
                Origin::Invoice(known) => Some(Paper::Invoice(known)),
                Origin::Sale(payment) => Some(Paper::Payment(payment)),
                Origin::Several | Origin::Unknown => None,
            },
            Paper::Invoice(_) | Paper::Payment(_) => None,
        }
    }

    pub fn money(&self) -> impl Iterator<Item = &Payment<'a>> {
        self.money.values()
    }

    /// The refunds of such money, each with what it gives back.
    pub fn given_back(&self) -> impl Iterator<Item = (&'a Refund, &Payment<'a>)> {
        self.mirror.refunds.iter().filter_map(|known| {
            let charge = known.is.charge.as_ref().map(Ref::id);
            let keys = [known.is.payment_intent.as_ref().map(Ref::id), charge];
            Some((&known.is, keys.into_iter().flatten().find_map(|key| self.money.get(key))?))
        })
    }

    fn payment(&self, charge: &'a Known<Charge>) -> Payment<'a> {
        let intent = charge.is.payment_intent.as_ref().map(Ref::id);
        let session = intent.and_then(|intent| self.sessions.get(intent)).copied();
        let customer = charge.is.customer.as_ref().or(session.and_then(|session| session.is.customer.as_ref()));
        Payment { charge, session, customer: customer.and_then(|customer| self.mirror.customers.get(customer.id())) }
    }

    /// Money that came in and paid no invoice.
    fn came_alone(&self, payment: &Payment) -> bool {
        let charge = &payment.charge.is;
        let came = charge.status == ChargeStatus::Succeeded && charge.captured && !charge.amount_captured.is_zero();
        came && !self.paid.contains_key(payment.id()) && !self.paid.contains_key(charge.id.as_str())
    }
}
