//! Whose sale it is: the ledger's customer, or one to be made. Never guessed: what could be several waits for a person.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use drafts::{Source, State, Subject};
use ledgers::business_central::CUSTOMER;
use ledgers::{Evidence, Existing, GuestZone, Identified, LedgerRecord, NoDraft, Party, Register, Zone};
use money::Currency;
use stripe::{Customer, Invoice};

use super::run::Holes;
use super::stock::is_made;
use super::{Ground, party, rows, tax};
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

/// Who a Stripe customer is taken for.
pub enum Taken<'a> {
    /// A person's word.
    Said(&'a LedgerRecord),
    /// A draft of ours made it.
    Made(&'a LedgerRecord),
    Is(&'a LedgerRecord),
    Unclear,
    /// It gets one of its own.
    New,
    /// A draft of ours made it, and somebody deleted it: only a person has it made again.
    Gone,
    /// Nothing is made of it: a person says who it is.
    Nobody,
}

impl<'a> Taken<'a> {
    pub fn record(&self) -> Option<&'a LedgerRecord> {
        match self {
            Self::Said(record) | Self::Made(record) | Self::Is(record) => Some(record),
            Self::Unclear | Self::New | Self::Gone | Self::Nobody => None,
        }
    }
}

/// A Stripe customer with its invoices in the book, as the newest of them has it.
pub struct Buyer<'a> {
    pub customer: String,
    pub party: Party,
    pub invoices: Vec<&'a Invoice>,
    pub taken: Taken<'a>,
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
    /// The Stripe customers of each party: several of them are one customer of the ledger.
    parties: BTreeMap<String, Vec<&'a str>>,
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
        let mut parties: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (id, customer) in &ground.mirror.customers {
            parties.entry(identity(&customer.is)).or_default().push(id);
        }
        Self { ground, register: Register::new(&candidates), prices_include_tax, parties }
    }

    /// `holes`: which customers that drafts of ours made stay the holes that they were.
    /// `zones`: of the lines, asked only where nobody of the ledger is the buyer.
    pub fn find(&self, sought: Sought, currency: Currency, holes: Holes, zones: impl FnOnce() -> Vec<Zone>) -> Result<Found, NoDraft> {
        let customer = self.customer(sought.customer);
        let party = named(sought.party, customer);
        if let Some(customer) = customer.filter(|customer| self.drafted(customer).is_some_and(|made| is_made(made) && holes.hides(made))) {
            return Ok(self.new_customer(customer, party));
        }
        match self.taken(customer, &party) {
            Taken::Said(record) | Taken::Made(record) | Taken::Is(record) => self.existing(record),
            Taken::Unclear => {
                let alike = self.alike(&party);
                let numbers = alike.keys().filter_map(|id| self.ground.mirror.parties.get(id)?.number.clone());
                Err(NoDraft::CustomerUnclear { candidates: numbers.collect() })
            }
            Taken::New => match customer.filter(|_| sought.may_be_new) {
                Some(customer) => self.new_at(customer, party, &zones()),
                None => self.guest(currency, tax::guest_zone(zones())?),
            },
            Taken::Gone => Err(NoDraft::CustomerDeleted { name: party.name }),
            Taken::Nobody if self.ground.settings.customers.unknown == Unknown::Ask && sought.may_be_new && customer.is_some() => {
                Err(NoDraft::CustomerUnknown)
            }
            Taken::Nobody => self.guest(currency, tax::guest_zone(zones())?),
        }
    }

    /// Who the buyer is, as far as the book and the ledger know.
    fn taken(&self, customer: Option<&Known<Customer>>, party: &Party) -> Taken<'a> {
        let said = customer.and_then(|customer| self.ground.decisions.customers.get(&customer.is.id));
        if let Some(Said::Is(id)) = said
            && let Some(record) = self.ground.mirror.parties.get(id)
        {
            return Taken::Said(record);
        }
        if let Some(record) = customer.and_then(|customer| self.made(customer)) {
            return Taken::Made(record);
        }
        if said != Some(&Said::New) {
            match self.register.identify_by(party, &self.ground.settings.customers.identify_by) {
                Identified::One { id, .. } => {
                    return self.ground.mirror.parties.get(&id).map_or(Taken::Unclear, Taken::Is);
                }
                Identified::Unclear(_) => return Taken::Unclear,
                Identified::Nobody => {}
            }
        }
        if customer.and_then(|customer| self.drafted(customer)).is_some_and(|standing| standing.state == State::Deleted) {
            return Taken::Gone;
        }
        // Whatever was said: of one VAT number there is one customer.
        if said == Some(&Said::New) && self.same_number(party).is_some() {
            return Taken::Unclear;
        }
        let own = self.ground.settings.customers.unknown == Unknown::NewCustomer || said == Some(&Said::New);
        if own && customer.is_some_and(|customer| !customer.is.deleted) { Taken::New } else { Taken::Nobody }
    }

    /// One template of the ledger gives all new customers their VAT groups, and it is that of customers at home.
    fn new_at(&self, customer: &Known<Customer>, party: Party, zones: &[Zone]) -> Result<Found, NoDraft> {
        let home = |zone: &Zone| matches!(zone, Zone::Domestic | Zone::Exempt | Zone::None);
        match self.ground.settings.customers.new_abroad || zones.iter().all(home) {
            true => Ok(self.new_customer(customer, party)),
            false => Err(NoDraft::NewCustomerAbroad { country: party.country }),
        }
    }

    /// Everybody of Stripe's who has an invoice in the book.
    pub fn buyers(&self) -> impl Iterator<Item = Buyer<'a>> {
        let mut invoices: BTreeMap<&'a str, Vec<&'a Invoice>> = BTreeMap::new();
        for known in &self.ground.mirror.invoices {
            if let Some(customer) = known.is.customer.as_ref().filter(|_| known.is.dated().is_some()) {
                invoices.entry(customer.id()).or_default().push(&known.is);
            }
        }
        invoices.into_iter().filter_map(|(customer, invoices)| self.buyer_of(customer, invoices))
    }

    fn buyer_of(&self, customer: &str, invoices: Vec<&'a Invoice>) -> Option<Buyer<'a>> {
        let newest = invoices.iter().max_by_key(|invoice| (invoice.dated(), &invoice.id))?;
        let known = self.customer(Some(customer));
        let party = named(party::billed(newest), known);
        let taken = self.taken(known, &party);
        Some(Buyer { customer: customer.to_owned(), party, invoices, taken })
    }

    /// A customer of the ledger with the VAT number of this party, barred ones too.
    pub fn same_number(&self, party: &Party) -> Option<String> {
        let alike = self.alike(party);
        alike.into_iter().find(|(_, evidence)| evidence.contains(&Evidence::VatNumber)).map(|(id, _)| id)
    }

    pub fn alike(&self, party: &Party) -> BTreeMap<String, BTreeSet<Evidence>> {
        self.register.alike(party)
    }

    /// The customers of the ledger.
    pub fn ledger(&self) -> impl Iterator<Item = &'a LedgerRecord> {
        self.ground.mirror.parties.values()
    }

    /// The name of a Stripe product, as far as it was fetched.
    pub fn product(&self, id: &str) -> String {
        self.ground.mirror.products.get(id).map_or_else(|| id.to_owned(), |product| product.is.name.clone())
    }

    /// The other Stripe customers that are the same party.
    pub fn same_party(&self, customer: &str) -> Vec<String> {
        let Some(known) = self.ground.mirror.customers.get(customer) else { return Vec::new() };
        let all = self.parties.get(&identity(&known.is)).into_iter().flatten();
        all.filter(|other| **other != customer).map(|other| (*other).to_owned()).collect()
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

    fn customer(&self, id: Option<&str>) -> Option<&'a Known<Customer>> {
        self.ground.mirror.customers.get(id?)
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

    /// The customer that a draft of ours made, once it is written and fetched.
    fn made(&self, customer: &Known<Customer>) -> Option<&'a LedgerRecord> {
        let standing = self.drafted(customer).filter(|standing| is_made(standing))?;
        self.ground.mirror.parties.get(standing.results.get("id")?)
    }

    /// The draft that makes it, or made it.
    fn drafted(&self, customer: &Known<Customer>) -> Option<&'a book::Standing> {
        self.ground.standing.get(&self.ground.draft_id(&self.subject(&customer.is), CUSTOMER))
    }

    fn subject(&self, customer: &Customer) -> Subject {
        let first = self.parties.get(&identity(customer)).and_then(|all| all.first()).copied().unwrap_or(&customer.id);
        super::customer_subject(first)
    }
}

/// How the subject of a new customer's draft begins.
pub const CUSTOMER_DRAFT: &str = "customer:";

/// With the ledger's number and the EAN that Stripe's customer names.
fn named(party: Party, customer: Option<&Known<Customer>>) -> Party {
    let said = |read: fn(&Customer) -> Option<String>| customer.and_then(|customer| read(&customer.is)).unwrap_or_default();
    Party { ledger_number: said(rows::customer_number), ean: said(rows::ean), ..party }
}

/// What makes two Stripe customers one party: the VAT number, else name, postcode and e-mail together.
fn identity(customer: &Customer) -> String {
    let address = customer.address.clone().unwrap_or_default();
    let country = address.country.unwrap_or_default();
    let vat = party::vat_number(customer.tax_ids.iter().flat_map(|ids| &ids.data)).and_then(|number| ledgers::vat_number(number, &country));
    let name = ledgers::folded_name(customer.name.as_deref().unwrap_or_default());
    match vat {
        Some(vat) => format!("vat {vat}"),
        None if name.is_empty() => format!("id {}", customer.id),
        None => format!("name {name} {} {}", address.postal_code.unwrap_or_default(), customer.email.as_deref().unwrap_or_default().to_lowercase()),
    }
}
