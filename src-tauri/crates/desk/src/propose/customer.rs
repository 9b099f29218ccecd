//! Whose sale it is: the ledger's customer, or one to be made. Never guessed: what could be several waits for a person.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use drafts::{DraftId, Source, State, Subject, WriteKind};
use ledgers::{Existing, Identified, LedgerRecord, NoDraft, Party, Register};
use matching::{Engine, Kind, Method};
use stripe::{Customer, Invoice};

use super::{Ground, rows, sale};
use crate::mirror::Known;

pub enum Found {
    Existing {
        customer: Box<Existing>,
        version: String,
    },
    /// A draft of its own, written first; one for all invoices of the party.
    New {
        party: Box<Party>,
        subject: Subject,
        sources: Vec<Source>,
    },
}

/// The ledger's customers, ready to be compared with.
pub struct Directory<'a> {
    ground: &'a Ground<'a>,
    register: Register,
    /// Links between customers that a person confirmed.
    confirmed: BTreeMap<&'a str, &'a str>,
    /// What the latest document of a ledger customer says of its prices; the customer itself does not show it.
    prices_include_tax: BTreeMap<&'a str, (NaiveDate, bool)>,
    /// The first Stripe customer of each party: several of them are one customer of the ledger.
    first: BTreeMap<String, &'a str>,
}

impl<'a> Directory<'a> {
    pub fn new(ground: &'a Ground<'a>, engine: &'a Engine) -> Self {
        let candidates: Vec<_> = ground.mirror.parties.values().filter_map(LedgerRecord::candidate).collect();
        let confirmed = engine.links().iter().filter(|link| link.kind == Kind::Customer && link.method == Method::Confirmed);
        let mut prices_include_tax: BTreeMap<&str, (NaiveDate, bool)> = BTreeMap::new();
        for document in &ground.mirror.documents {
            if let (Some(party), Some(date), Some(included)) = (&document.party_id, document.date, document.prices_include_tax) {
                let latest = prices_include_tax.entry(party).or_insert((date, included));
                *latest = (*latest).max((date, included));
            }
        }
        let mut first = BTreeMap::new();
        for (id, customer) in &ground.mirror.customers {
            first.entry(identity(&customer.is)).or_insert(id.as_str());
        }
        Self {
            ground,
            register: Register::new(&candidates),
            confirmed: confirmed.map(|link| (link.left.as_str(), link.right.as_str())).collect(),
            prices_include_tax,
            first,
        }
    }

    /// `signed`: the invoice's draft is approved, so that a customer made for it stays the hole it was.
    pub fn find(&self, invoice: &Invoice, signed: bool) -> Result<Found, NoDraft> {
        let mut party = sale::party(invoice);
        let customer = invoice.customer.as_ref().and_then(|customer| self.ground.mirror.customers.get(customer.id()));
        if let Some(customer) = customer {
            party.ledger_number = rows::customer_number(&customer.is).unwrap_or_default();
        }
        let made = customer.and_then(|customer| self.made(customer));
        if let (Some(customer), Some(_), true) = (customer, made, signed) {
            return Ok(self.new_customer(customer, party));
        }
        if let Some(record) = self.confirmed(invoice).or(made) {
            return self.existing(record);
        }
        match self.register.identify(&party) {
            Identified::One { id, .. } => self.ground.mirror.parties.get(&id).map_or(Err(NoDraft::NoName), |record| self.existing(record)),
            Identified::Unclear(candidates) => {
                let numbers = candidates.keys().filter_map(|id| self.ground.mirror.parties.get(id)?.number.clone());
                Err(NoDraft::CustomerUnclear { candidates: numbers.collect() })
            }
            Identified::Nobody => match customer.filter(|customer| !customer.is.deleted) {
                Some(customer) => Ok(self.new_customer(customer, party)),
                None => Err(NoDraft::NoName),
            },
        }
    }

    fn new_customer(&self, customer: &Known<Customer>, party: Party) -> Found {
        let subject = self.subject(&customer.is);
        let sources = vec![Source { key: stripe::source_key(stripe::Kind::Customer, &customer.is.id), version: customer.version.clone() }];
        Found::New { party: Box::new(party), subject, sources }
    }

    fn existing(&self, record: &LedgerRecord) -> Result<Found, NoDraft> {
        let prices_include_tax = self.prices_include_tax.get(record.id.as_str()).is_some_and(|(_, included)| *included);
        let customer = record.customer(prices_include_tax).ok_or(NoDraft::NoName)?;
        Ok(Found::Existing { customer: Box::new(customer), version: record.version.clone() })
    }

    fn confirmed(&self, invoice: &Invoice) -> Option<&LedgerRecord> {
        let right = self.confirmed.get(invoice.customer.as_ref()?.id())?;
        self.ground.mirror.parties.get(*right)
    }

    /// The customer that a draft of ours made, once it is written and fetched.
    fn made(&self, customer: &Known<Customer>) -> Option<&LedgerRecord> {
        let kind = WriteKind(ledgers::business_central::CUSTOMER.to_owned());
        let id = DraftId::derive(self.ground.book, &self.subject(&customer.is), &kind, 0);
        let standing = self.ground.standing.get(&id).filter(|standing| matches!(standing.state, State::Written | State::Posted))?;
        self.ground.mirror.parties.get(standing.results.get("id")?)
    }

    fn subject(&self, customer: &Customer) -> Subject {
        let first = self.first.get(&identity(customer)).copied().unwrap_or(&customer.id);
        Subject(format!("customer:{first}"))
    }
}

/// What makes two Stripe customers one party: the VAT number, else name, postcode and e-mail together.
fn identity(customer: &Customer) -> String {
    let address = customer.address.clone().unwrap_or_default();
    let country = address.country.unwrap_or_default();
    let vat = sale::vat_number(customer.tax_ids.iter().flat_map(|ids| &ids.data)).and_then(|number| ledgers::vat_number(number, &country));
    let name = ledgers::folded_name(customer.name.as_deref().unwrap_or_default());
    match vat {
        Some(vat) => format!("vat {vat}"),
        None if name.is_empty() => format!("id {}", customer.id),
        None => format!("name {name} {} {}", address.postal_code.unwrap_or_default(), customer.email.as_deref().unwrap_or_default().to_lowercase()),
    }
}
