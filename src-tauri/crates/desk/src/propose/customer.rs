//! Whose sale it is: the ledger's customer, or one to be made. Never guessed: what could be several waits for a person.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use drafts::{Source, State, Subject};
use ledgers::{Existing, GuestZone, Identified, LedgerRecord, NoDraft, Party, Register};
use money::Currency;
use stripe::Customer;

use super::{Ground, rows, sale};
use crate::mirror::Known;
use crate::settings::Unknown;

/// What a person said of a Stripe customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The ledger's customer with this id.
    Is(String),
    /// None of the ledger's: it gets one of its own.
    New,
}

/// Who bought, as Stripe's paper has it.
pub struct Sought<'a> {
    pub party: Party,
    /// Stripe's customer.
    pub customer: Option<&'a str>,
    /// Whether a customer may be made for it; not for who only paid once.
    pub may_be_new: bool,
}

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
    /// What the latest document of a ledger customer says of its prices; the customer itself does not show it.
    prices_include_tax: BTreeMap<&'a str, (NaiveDate, bool)>,
    /// The first Stripe customer of each party: several of them are one customer of the ledger.
    first: BTreeMap<String, &'a str>,
}

impl<'a> Directory<'a> {
    pub fn new(ground: &'a Ground<'a>) -> Self {
        let candidates: Vec<_> = ground.mirror.parties.values().filter_map(LedgerRecord::candidate).collect();
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
        Self { ground, register: Register::new(&candidates), prices_include_tax, first }
    }

    /// `signed`: the document's draft is approved, so that a customer made for it stays the hole it was.
    /// `zone`: where a guest's sale goes, asked only for guests.
    pub fn find(
        &self,
        sought: Sought,
        currency: Currency,
        signed: bool,
        zone: impl FnOnce() -> Result<GuestZone, NoDraft>,
    ) -> Result<Found, NoDraft> {
        let customer = sought.customer.and_then(|id| self.ground.mirror.customers.get(id));
        let named = customer.and_then(|customer| rows::customer_number(&customer.is));
        let party = Party { ledger_number: named.unwrap_or_default(), ..sought.party };
        let made = customer.and_then(|customer| self.made(customer));
        if let (Some(customer), Some(_), true) = (customer, made, signed) {
            return Ok(self.new_customer(customer, party));
        }
        let said = customer.and_then(|customer| self.ground.decisions.customers.get(&customer.is.id));
        if let Some(record) = self.linked(said).or(made) {
            return self.existing(record);
        }
        let identified = match said {
            Some(Said::New) => Identified::Nobody,
            _ => self.register.identify_by(&party, &self.ground.settings.customers.identify_by),
        };
        match identified {
            Identified::One { id, .. } => self.ground.mirror.parties.get(&id).map_or(Err(NoDraft::NoName), |record| self.existing(record)),
            Identified::Unclear(candidates) => {
                let numbers = candidates.keys().filter_map(|id| self.ground.mirror.parties.get(id)?.number.clone());
                Err(NoDraft::CustomerUnclear { candidates: numbers.collect() })
            }
            Identified::Nobody => self.nobody(customer.filter(|customer| sought.may_be_new && !customer.is.deleted), party, currency, said, zone),
        }
    }

    fn nobody(
        &self,
        customer: Option<&Known<Customer>>,
        party: Party,
        currency: Currency,
        said: Option<&Said>,
        zone: impl FnOnce() -> Result<GuestZone, NoDraft>,
    ) -> Result<Found, NoDraft> {
        let unknown = self.ground.settings.customers.unknown;
        match customer {
            Some(customer) if unknown == Unknown::NewCustomer || said == Some(&Said::New) => Ok(self.new_customer(customer, party)),
            Some(_) if unknown == Unknown::Ask => Err(NoDraft::CustomerUnknown),
            _ => self.guest(currency, zone()?),
        }
    }

    /// The ledger's customer for guests who pay in this currency and are sold to in this zone.
    pub fn guest(&self, currency: Currency, zone: GuestZone) -> Result<Found, NoDraft> {
        let number = self.ground.settings.customers.generic(currency, zone);
        let same = |record: &&LedgerRecord| number.is_some_and(|number| record.number.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(number)));
        let record = self.ground.mirror.parties.values().find(same).ok_or(NoDraft::NoGenericCustomer { currency, zone })?;
        self.existing(record)
    }

    /// The customer of a document that the ledger has.
    pub fn of_document(&self, document: &LedgerRecord) -> Option<Result<Found, NoDraft>> {
        let record = self.ground.mirror.parties.get(document.party_id.as_ref()?)?;
        Some(self.existing(record))
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

    fn linked(&self, said: Option<&Said>) -> Option<&LedgerRecord> {
        match said? {
            Said::Is(id) => self.ground.mirror.parties.get(id),
            Said::New => None,
        }
    }

    /// The customer that a draft of ours made, once it is written and fetched.
    fn made(&self, customer: &Known<Customer>) -> Option<&LedgerRecord> {
        let id = self.ground.draft_id(&self.subject(&customer.is), ledgers::business_central::CUSTOMER);
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
