//! What the ledger does not have, as the drafts that put it there; or why not.

use std::collections::BTreeSet;

use book::Proposal;
use chrono::{DateTime, Utc};
use drafts::{Draft, DraftId, Hole, MadeBy, Source, State, Subject};
use ledgers::business_central::source_key;
use ledgers::{Credit, Customer, Drafted, Existing, LedgerDocument, LedgerRecord, NoDraft, RecordKind, SaleLine, Target};
use money::Money;
use stripe::Invoice;

use super::super::customer::{Found, Sought};
use super::super::paper::{Paper, Payment};
use super::super::sale::Content;
use super::super::stock::is_made;
use super::super::trade::Origin;
use super::super::{credit, left, metadata, party, sale, tax};
use super::eligible::{Home, lowers};
use super::{Run, write_kind};
use crate::mirror::Known;
use crate::period;

/// Version of the metadata keys and of the way a paper becomes a document.
const MAPPING: &str = "1";

/// What would be written, and the accounts whose VAT the ledger cannot show before.
#[derive(Default)]
pub(super) struct New {
    pub drafts: Vec<Proposal>,
    pub unseen: Vec<String>,
}

/// How a document names the customer and the items that drafts of ours have made: by their numbers, but what was made
/// from this instant on by the draft that makes it, as before it was made.
#[derive(Clone, Copy)]
pub struct Holes(Option<DateTime<Utc>>);

impl Holes {
    const NONE: Self = Self(None);
    const ALL: Self = Self(Some(DateTime::<Utc>::MIN_UTC));

    pub fn hides(self, made: &book::Standing) -> bool {
        self.0.is_some_and(|since| made.changed_at >= since)
    }
}

impl<'a> Run<'a> {
    /// What the ledger does not have, as the drafts that put it there; or why not. What is approved must not change
    /// because a customer or an item that it waits for has been made meanwhile: what it was approved with as a hole stays one.
    pub(super) fn new_document(&self, paper: &Paper<'a>) -> Result<New, NoDraft> {
        let id = self.draft_id(paper);
        let signed = |standing: &&book::Standing| matches!(standing.state, State::Countersigned | State::Sending | State::Unknown);
        let approved = self.ground.standing.get(&id).filter(signed).map(|standing| &standing.fingerprint);
        let is_approved = |drafts: &[Proposal]| drafts.iter().any(|one| one.draft.id == id && Some(&one.draft.fingerprint()) == approved);
        let new = self.drafted(paper, Holes::NONE)?;
        if approved.is_none() || is_approved(&new.drafts) {
            return Ok(new);
        }
        let all = self.drafted(paper, Holes::ALL).unwrap_or_default();
        let made = all.drafts.iter().filter_map(|one| self.ground.standing.get(&one.draft.id)).filter(|standing| is_made(standing));
        // What was made last was a hole the longest.
        let since: BTreeSet<_> = made.map(|standing| standing.changed_at).collect();
        let held = since.into_iter().rev().filter_map(|since| self.drafted(paper, Holes(Some(since))).ok());
        Ok(held.into_iter().find(|held| is_approved(&held.drafts)).unwrap_or(new))
    }

    fn drafted(&self, paper: &Paper<'a>, holes: Holes) -> Result<New, NoDraft> {
        let credited = self.eligible(paper)?;
        let content = self.numbered(self.content(paper)?, holes);
        self.number_is_free(&content)?;
        let mut drafts = Vec::new();
        let mut sources = self.sources(paper);
        let customer = match self.customer(paper, &content, credited.as_ref().and_then(|credited| credited.home.document()), holes)? {
            Found::Existing { customer, version } => {
                self.sold_where_it_is(&content, &customer)?;
                sources.push(Source { key: source_key(RecordKind::Customer, &customer.id), version });
                Customer::Existing(*customer)
            }
            Found::New { party, subject, sources } => {
                let drafted = self.ground.ledger.freeze_party(&party, self.ground.facts.base)?;
                let draft = self.made(subject, 0, drafted, sources);
                let id = draft.id.clone();
                drafts.push(draft.into());
                Customer::New { draft: id, party: *party }
            }
        };
        drafts.extend(self.new_items(&content)?);
        let total = content.gross;
        let known = if let Customer::Existing(existing) = &customer { Some(existing.id.clone()) } else { None };
        let document = content.made_out_to(customer, &self.frame)?;
        let (drafted, amount) = if paper.document() == RecordKind::CreditMemo {
            let document = if total.is_negative() { document.reversed()? } else { document };
            let applies_to = applies_to(paper, credited.as_ref().map(|credited| &credited.home), document.gross);
            sources.extend(applies_to.map(|invoice| Source { key: source_key(invoice.kind, &invoice.id), version: invoice.version.clone() }));
            let amount = document.gross.negated()?;
            let applies_to = applies_to.map(|invoice| LedgerDocument { id: invoice.id.clone(), number: invoice.number.clone().unwrap_or_default() });
            let mut drafted = self.ground.ledger.freeze_credit(&Credit { document, applies_to }, &self.rules)?;
            // It stands nowhere in the request: nothing is taken back before the ledger has it.
            let first = credited.as_ref().and_then(|credited| credited.first.clone());
            drafted.frozen.holes.extend(first.map(|from| Hole { from, field: "id".to_owned() }));
            (drafted, amount)
        } else {
            (self.ground.ledger.freeze_sale(&document, &self.rules)?, total)
        };
        let unseen = drafted.shown.sale().map(|sale| self.precedents.unseen(known.as_deref(), sale)).transpose()?.unwrap_or_default();
        let document = self.made(paper.subject(), 1, drafted, sources);
        let values = metadata::Values::Of(document.id.clone());
        drafts.push(Proposal { draft: document, amount: Some(amount) });
        drafts.extend(self.mark(paper, values, Vec::new()));
        Ok(New { drafts, unseen })
    }

    /// A zone on the ledger's customer that contradicts is a conflict, not overwritten. Guests are booked on one customer
    /// wherever they are; the zone chose that one.
    fn sold_where_it_is(&self, content: &Content, customer: &Existing) -> Result<(), NoDraft> {
        let is_generic = self.ground.settings.customers.is_generic(&customer.number);
        let country = &customer.party.country;
        let other = content.lines.iter().find_map(|line| tax::contradicted(&line.zone, &content.country, country, &self.frame.taxes.home));
        match other {
            Some(sold) if !is_generic => Err(NoDraft::CustomerElsewhere { sold, customer: customer.number.clone(), country: country.clone() }),
            _ => Ok(()),
        }
    }

    /// With the numbers of items that drafts of ours have made.
    fn numbered(&self, content: Content, holes: Holes) -> Content {
        let named = |line: SaleLine| SaleLine { target: self.frame.stock.named_now(line.target, |made| holes.hides(made)), ..line };
        Content { lines: content.lines.into_iter().map(named).collect(), ..content }
    }

    /// The drafts of the items that it waits for, each once.
    fn new_items(&self, content: &Content) -> Result<Vec<Proposal>, NoDraft> {
        let new = |line: &'_ SaleLine| match &line.target {
            Target::NewItem { draft, .. } => Some(draft.clone()),
            Target::Item(_) | Target::Account(_) => None,
        };
        let wanted: BTreeSet<_> = content.lines.iter().filter_map(new).collect();
        let frozen = wanted.iter().filter_map(|draft| self.frame.stock.freeze(draft).transpose());
        frozen.map(|frozen| frozen.map(|(subject, drafted, sources)| self.made(subject, 0, drafted, sources).into())).collect()
    }

    fn content(&self, paper: &Paper<'a>) -> Result<Content, NoDraft> {
        match paper {
            Paper::Invoice(known) => sale::invoice(&known.is, &self.frame),
            Paper::Void(known) => credit::void(&known.is, &self.frame),
            Paper::CreditNote(known) => {
                let invoice = self.trade.invoice(known.is.invoice.id()).ok_or(NoDraft::InvoiceNotFetched)?;
                credit::note(&known.is, &invoice.is, &self.frame)
            }
            Paper::VoidNote(known) => {
                let invoice = self.trade.invoice(known.is.invoice.id()).ok_or(NoDraft::InvoiceNotFetched)?;
                credit::void_note(&known.is, &invoice.is, &self.frame)
            }
            Paper::Refund(known) => {
                let sold = match self.trade.origin(&known.is) {
                    Origin::Invoice(invoice) => sale::invoice(&invoice.is, &self.frame)?,
                    Origin::Sale(payment) => sale::payment(&payment, &self.frame)?,
                    Origin::Several => return Err(NoDraft::RefundOfSeveral),
                    Origin::Unknown => return Err(NoDraft::RefundOfUnknown),
                };
                credit::refund(&known.is, sold, &self.frame)
            }
            Paper::Payment(payment) => sale::payment(payment, &self.frame),
        }
    }

    /// The customer of the document that is taken back, else whoever the paper names.
    fn customer(&self, paper: &Paper<'a>, content: &Content, credited: Option<&LedgerRecord>, holes: Holes) -> Result<Found, NoDraft> {
        let known = credited.filter(|_| holes.0.is_none());
        if let Some(found) = known.and_then(|document| self.customers.of_document(document)) {
            return found;
        }
        let invoice = match paper {
            Paper::Invoice(known) | Paper::Void(known) => Some(*known),
            Paper::CreditNote(known) | Paper::VoidNote(known) => self.trade.invoice(known.is.invoice.id()),
            Paper::Refund(known) => match self.trade.origin(&known.is) {
                Origin::Invoice(known) => Some(known),
                Origin::Sale(payment) => return self.buyer(content, of_payment(&payment), holes),
                Origin::Several | Origin::Unknown => None,
            },
            Paper::Payment(payment) => return self.buyer(content, of_payment(payment), holes),
        };
        let invoice = &invoice.ok_or(NoDraft::InvoiceNotFetched)?.is;
        let customer = invoice.customer.as_ref().map(stripe::Ref::id);
        self.buyer(content, Sought { party: party::billed(invoice), customer, may_be_new: true }, holes)
    }

    fn buyer(&self, content: &Content, sought: Sought, holes: Holes) -> Result<Found, NoDraft> {
        let zones = || content.lines.iter().map(|line| line.zone.clone()).collect();
        self.customers.find(sought, content.gross.currency(), holes, zones)
    }

    /// Nothing in the ledger may carry the number already: that is it, or somebody's mistake, and a person looks.
    fn number_is_free(&self, content: &Content) -> Result<(), NoDraft> {
        let Some(taken) = self.numbers.get(&content.number.trim().to_uppercase()) else { return Ok(()) };
        let (number, document) = (content.number.clone(), taken.number.clone().unwrap_or_default());
        let sold = if content.gross.is_negative() { content.gross.negated()? } else { content.gross };
        match taken.amount {
            Some(ledger) if ledger != sold => Err(NoDraft::OtherAmounts { number, document, ledger, sold }),
            _ => Err(NoDraft::NumberTaken { number, document }),
        }
    }

    // ---- drafts

    pub(super) fn mark(&self, paper: &Paper, values: metadata::Values, others: Vec<Source>) -> Option<Proposal> {
        let sources = self.sources(paper).into_iter().take(1).chain(others).collect();
        let written = metadata::drafted(paper.marked()?, &left::number(paper), values, self.ground.settings.carries.ledger_number_in_stripe);
        // A mark belongs to its document.
        let generation = self.ground.generation(&paper.subject(), write_kind(paper));
        let id = self.ground.id(&paper.subject(), &written.kind.0, generation);
        Some(self.draft(id, paper.subject(), 2, written, sources).into())
    }

    /// What of Stripe's the document is made from, the paper itself first.
    fn sources(&self, paper: &Paper) -> Vec<Source> {
        match paper {
            Paper::Invoice(known) | Paper::Void(known) => vec![invoice_source(known)],
            Paper::CreditNote(known) | Paper::VoidNote(known) => {
                let invoice = self.trade.invoice(known.is.invoice.id()).map(invoice_source);
                [stripe_source(stripe::Kind::CreditNote, &known.is.id, &known.version)].into_iter().chain(invoice).collect()
            }
            Paper::Refund(known) => {
                let own = stripe_source(stripe::Kind::Refund, &known.is.id, &known.version);
                let of = match self.trade.origin(&known.is) {
                    Origin::Invoice(known) => vec![invoice_source(known)],
                    Origin::Sale(payment) => payment_sources(&payment),
                    Origin::Several | Origin::Unknown => Vec::new(),
                };
                std::iter::once(own).chain(of).collect()
            }
            Paper::Payment(payment) => payment_sources(payment),
        }
    }

    fn made(&self, subject: Subject, step: u8, drafted: Drafted, mut sources: Vec<Source>) -> Draft {
        sources.extend(drafted.shown.sale().map(|sale| period::source(sale.posting_date)));
        let shown = serde_json::to_string(&drafted.shown).unwrap_or_default();
        let id = self.ground.draft_id(&subject, &drafted.kind.0);
        self.draft(id, subject, step, metadata::Written { kind: drafted.kind, frozen: drafted.frozen, policy: drafted.policy, shown }, sources)
    }

    fn draft(&self, id: DraftId, subject: Subject, step: u8, written: metadata::Written, sources: Vec<Source>) -> Draft {
        let versions = self.engine.versions();
        let zones = format!("chrono-tz {}, mapping {MAPPING}", chrono_tz::IANA_TZDB_VERSION);
        Draft {
            id,
            subject,
            kind: written.kind,
            step,
            frozen: written.frozen,
            policy: written.policy,
            sources,
            made_by: MadeBy { settings: self.ground.settings_version, rules: versions.rules, weights: versions.weights, zones },
            shown: written.shown,
        }
    }
}

/// The posted invoice that the credit memo settles, where enough of it is open.
fn applies_to<'a>(paper: &Paper, home: Option<&Home<'a>>, amount: Money) -> Option<&'a LedgerRecord> {
    let (Paper::CreditNote(known), Some(Home::Posted(invoice))) = (paper, home) else { return None };
    let open = invoice.open.filter(|open| open.currency() == amount.currency())?;
    (lowers(&known.is) && open.minor() >= amount.minor()).then_some(*invoice)
}

fn of_payment<'a>(payment: &Payment<'a>) -> Sought<'a> {
    Sought { party: party::payer(payment), customer: payment.customer.map(|customer| customer.is.id.as_str()), may_be_new: false }
}

fn invoice_source(known: &Known<Invoice>) -> Source {
    stripe_source(stripe::Kind::Invoice, &known.is.id, &known.version)
}

fn payment_sources(payment: &Payment) -> Vec<Source> {
    let session = payment.session.map(|known| stripe_source(stripe::Kind::CheckoutSession, &known.is.id, &known.version));
    [stripe_source(stripe::Kind::Charge, &payment.charge.is.id, &payment.charge.version)].into_iter().chain(session).collect()
}

fn stripe_source(kind: stripe::Kind, id: &str, version: &str) -> Source {
    Source { key: stripe::source_key(kind, id), version: version.to_owned() }
}
