//! Whose sale it is: the ledger's customer, or one to be made. Never guessed: what could be several waits for a person.

use drafts::{DraftId, Source, State, Subject, WriteKind};
use ledgers::{Existing, Identified, LedgerRecord, NoDraft, Party, Register};
use matching::{Engine, Kind, Method};
use stripe::Invoice;

use super::{Ground, rows, sale};

pub enum Found {
    Existing {
        customer: Box<Existing>,
        version: String,
    },
    /// A draft of its own, written first; one for all invoices of the Stripe customer.
    New {
        party: Box<Party>,
        subject: Subject,
        sources: Vec<Source>,
    },
}

/// The ledger's customers, ready to be compared with.
pub struct Directory<'a> {
    ground: &'a Ground<'a>,
    engine: &'a Engine,
    register: Register,
}

impl<'a> Directory<'a> {
    pub fn new(ground: &'a Ground<'a>, engine: &'a Engine) -> Self {
        let candidates: Vec<_> = ground.mirror.parties.values().filter_map(LedgerRecord::candidate).collect();
        Self { ground, engine, register: Register::new(&candidates) }
    }

    pub fn find(&self, invoice: &Invoice) -> Result<Found, NoDraft> {
        let mut party = sale::party(invoice);
        let customer = invoice.customer.as_ref().and_then(|customer| self.ground.mirror.customers.get(customer.id()));
        if let Some(customer) = customer {
            party.ledger_number = rows::customer_number(&customer.is).unwrap_or_default();
        }
        if let Some(record) = self.confirmed(invoice).or_else(|| self.ours(invoice)) {
            return self.existing(record);
        }
        match self.register.identify(&party) {
            Identified::One { id, .. } => self.ground.mirror.parties.get(&id).map_or(Err(NoDraft::NoName), |record| self.existing(record)),
            Identified::Unclear(candidates) => {
                let numbers = candidates.keys().filter_map(|id| self.ground.mirror.parties.get(id)?.number.clone());
                Err(NoDraft::CustomerUnclear { candidates: numbers.collect() })
            }
            Identified::Nobody => {
                let Some(customer) = customer.filter(|customer| !customer.is.deleted) else { return Err(NoDraft::NoName) };
                let sources = vec![Source { key: stripe::source_key(stripe::Kind::Customer, &customer.is.id), version: customer.version.clone() }];
                Ok(Found::New { party: Box::new(party), subject: Subject(format!("customer:{}", customer.is.id)), sources })
            }
        }
    }

    fn existing(&self, record: &LedgerRecord) -> Result<Found, NoDraft> {
        let Some(party) = record.party.clone() else { return Err(NoDraft::NoName) };
        // What its earlier documents say of its prices; the customer itself does not show it.
        let documents = self.ground.mirror.documents.iter().filter(|document| document.party_id.as_deref() == Some(&record.id));
        let prices_include_tax =
            documents.filter_map(|document| Some((document.date?, document.prices_include_tax?))).max().is_some_and(|(_, included)| included);
        let customer = Existing {
            id: record.id.clone(),
            number: record.number.clone().unwrap_or_default(),
            currency: party.currency,
            party,
            prices_include_tax,
            blocked: record.blocked,
        };
        Ok(Found::Existing { customer: Box::new(customer), version: record.version.clone() })
    }

    /// A link between the customers that a person confirmed before.
    fn confirmed(&self, invoice: &Invoice) -> Option<&LedgerRecord> {
        let customer = invoice.customer.as_ref()?.id();
        let link = self
            .engine
            .links()
            .iter()
            .find(|link| link.kind == Kind::Customer && link.left.as_str() == customer && link.method == Method::Confirmed)?;
        self.ground.mirror.parties.get(link.right.as_str())
    }

    /// The customer that a draft of ours made, once it is written and fetched.
    fn ours(&self, invoice: &Invoice) -> Option<&LedgerRecord> {
        let subject = Subject(format!("customer:{}", invoice.customer.as_ref()?.id()));
        let kind = WriteKind(ledgers::business_central::CUSTOMER.to_owned());
        let id = DraftId::derive(self.ground.book, &subject, &kind, 0);
        let written = self.ground.standing.get(&id).is_some_and(|standing| matches!(standing.state, State::Written | State::Posted));
        let made = self.ground.standing.get(&id).filter(|_| written)?.results.get("id")?;
        self.ground.mirror.parties.get(made)
    }
}
