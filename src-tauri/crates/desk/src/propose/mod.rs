//! Links and settings in, rows of Review with their drafts out. Pure: the same ground gives the same proposals.

mod customer;
mod metadata;
mod rows;
mod sale;
mod stock;
mod tax;

use std::collections::{BTreeMap, BTreeSet};

use book::Proposal;
use chrono::NaiveDate;
use drafts::{Draft, DraftId, MadeBy, Source, State, Subject, WriteKind};
use ledgers::business_central::{CUSTOMER, SALES_INVOICE, source_key};
use ledgers::{CompanyFacts, Customer, Drafted, GuestZone, Ledger, LedgerRecord, NoDraft, RecordKind, SaleRules, Zone};
use matching::{Engine, Kind, Link, Pair, Rules, Weights};
use stripe::{CollectionMethod, Invoice, InvoiceStatus};

use crate::commands::{self, Class};
use crate::mirror::{Known, Mirror};
use crate::review::row::{Left, Right, Row};
use crate::settings::{DraftWhen, Sales, Settings};
use customer::Found;
use stock::Stock;
use tax::Taxes;

pub use customer::Said;
pub use metadata::ShownKeys;
pub use rows::engine_rows;
pub use sale::local_date;
pub use tax::VatQuestion;

/// All that a proposal is made from.
pub struct Ground<'a> {
    pub book: &'a str,
    pub settings: &'a Settings,
    pub settings_version: u32,
    pub sales: &'a Sales,
    pub facts: &'a CompanyFacts,
    pub mirror: &'a Mirror,
    pub ledger: &'a dyn Ledger,
    pub decisions: &'a Decisions,
    /// How far drafts of earlier runs are.
    pub standing: &'a BTreeMap<DraftId, book::Standing>,
}

impl Ground<'_> {
    /// Of the draft of this kind for the subject: another one after each that was deleted over there
    /// and asked for again.
    fn draft_id(&self, subject: &Subject, kind: &str) -> DraftId {
        self.id(subject, kind, self.generation(subject, kind))
    }

    fn generation(&self, subject: &Subject, kind: &str) -> u32 {
        // A mark belongs to its document.
        let kind = if kind == stripe::WRITE_KIND { SALES_INVOICE } else { kind };
        // A customer without documents is no loss; a document is only made again when a person says so.
        let over = |standing: &book::Standing| standing.state == State::Deleted && (!standing.current || kind == CUSTOMER);
        let (mut generation, mut left) = (0, MOST_GENERATIONS);
        while left > 0 && self.standing.get(&self.id(subject, kind, generation)).is_some_and(over) {
            (generation, left) = (generation + 1, left - 1);
        }
        generation
    }

    fn id(&self, subject: &Subject, kind: &str, generation: u32) -> DraftId {
        DraftId::derive(self.book, subject, &WriteKind(kind.to_owned()), generation)
    }
}

/// What people said about pairs, and when.
#[derive(Default)]
pub struct Decisions {
    pub rules: Rules,
    pub chosen_on: BTreeMap<Pair, NaiveDate>,
    /// By Stripe's customer.
    pub customers: BTreeMap<String, Said>,
    pub vat: BTreeMap<VatQuestion, Zone>,
}

/// One row of Review with all that would be written for it.
pub struct Proposed {
    pub key: Subject,
    pub row: Row,
    pub drafts: Vec<Proposal>,
}

/// Times that one document is deleted over there and drafted again.
const MOST_GENERATIONS: u32 = 1_000;

/// Version of the metadata keys and of the way an invoice becomes a sale.
const MAPPING: &str = "1";

pub fn engine(ground: &Ground) -> Engine {
    Engine::new(engine_rows(ground), ground.decisions.rules.clone(), Weights::built_in())
}

pub fn propose(ground: &Ground, engine: &Engine) -> Vec<Proposed> {
    let run = Run::new(ground, engine);
    ground.mirror.invoices.iter().filter_map(|invoice| run.row(invoice)).collect()
}

/// The key of an invoice's row.
pub fn subject(invoice: &str) -> Subject {
    Subject(format!("invoice:{invoice}"))
}

/// The Stripe id in a row's key.
pub fn invoice_of(key: &str) -> &str {
    key.strip_prefix("invoice:").unwrap_or(key)
}

struct Run<'a> {
    ground: &'a Ground<'a>,
    engine: &'a Engine,
    links: BTreeMap<&'a str, &'a Link>,
    documents: BTreeMap<&'a str, &'a LedgerRecord>,
    customers: customer::Directory<'a>,
    taxes: Taxes<'a>,
    stock: Stock<'a>,
    rules: SaleRules,
}

impl<'a> Run<'a> {
    fn new(ground: &'a Ground<'a>, engine: &'a Engine) -> Self {
        Self {
            ground,
            engine,
            links: engine.links().iter().filter(|link| link.kind == Kind::Invoice).map(|link| (link.left.as_str(), link)).collect(),
            documents: ground.mirror.documents.iter().map(|document| (document.id.as_str(), document)).collect(),
            customers: customer::Directory::new(ground),
            taxes: Taxes::new(&ground.facts.country, ground.sales, &ground.mirror.tax_rates, &ground.decisions.vat),
            stock: Stock { rules: &ground.sales.products, products: &ground.mirror.products, items: &ground.mirror.items },
            rules: ground.facts.sale_rules(ground.sales.rounding.clone()),
        }
    }

    /// None for what is no invoice yet and has nothing to show.
    fn row(&self, known: &Known<Invoice>) -> Option<Proposed> {
        let invoice = &known.is;
        let left = self.left(invoice)?;
        let link = self.links.get(invoice.id.as_str()).copied();
        let right = link.and_then(|link| self.documents.get(link.right.as_str())).and_then(|document| self.right(document));
        let mut row = Row {
            left,
            link: link.filter(|_| right.is_some()).cloned(),
            right,
            equals: link.map_or(0, |link| 1 + link.rivals.iter().filter(|rival| rival.equal).count() as u32),
            looked_at: self.ground.mirror.documents.len() as u32,
            class: Class::Unexplained,
            no_draft: None,
            chosen_on: link.and_then(|link| self.ground.decisions.chosen_on.get(&link.pair()).copied()),
        };
        let drafts = match (&row.link, &row.right) {
            (Some(link), Some(right)) => {
                row.class = class(link, row.chosen_on.is_some());
                if row.class == Class::Choose { Vec::new() } else { vec![self.mark_existing(known, right)] }
            }
            _ => match self.new_document(known) {
                Ok(drafts) => {
                    row.class = Class::New;
                    drafts
                }
                Err(reason) => {
                    row.class = if nothing_to_do(&reason) { Class::Settled } else { Class::Unexplained };
                    row.no_draft = Some(worded(&reason));
                    Vec::new()
                }
            },
        };
        Some(Proposed { key: subject(&invoice.id), row, drafts })
    }

    fn left(&self, invoice: &Invoice) -> Option<Left> {
        let issued = invoice.dated()?;
        let total = invoice.total;
        let tax = money::Money::sum(total.currency(), invoice.total_taxes.iter().map(|tax| tax.amount)).ok()?;
        Some(Left {
            id: invoice.id.clone(),
            number: invoice.number.clone().unwrap_or_else(|| invoice.id.clone()),
            date: local_date(issued, self.ground.settings.zone),
            name: invoice.customer_name.clone().or_else(|| invoice.customer_email.clone()).unwrap_or_default(),
            vat: sale::vat_number(invoice.customer_tax_ids.iter()).map(str::to_owned),
            total,
            tax,
        })
    }

    fn right(&self, document: &LedgerRecord) -> Option<Right> {
        let party = document.party_id.as_ref().and_then(|id| self.ground.mirror.parties.get(id)).and_then(|record| record.party.as_ref());
        Right::of(document, party.map(|party| party.vat_number.clone()))
    }

    /// A sale that the ledger has: Stripe only learns which document it is.
    fn mark_existing(&self, known: &Known<Invoice>, right: &Right) -> Proposal {
        if let Some(made) = self.made_by_us(known, right) {
            return self.mark(known, metadata::Values::Of(made), Vec::new());
        }
        let version = self.documents.get(right.id.as_str()).map_or_else(String::new, |document| document.version.clone());
        let document = Source { key: source_key(RecordKind::SalesInvoice, &right.id), version };
        self.mark(known, metadata::Values::Known { document: right.id.clone(), number: right.number.clone() }, vec![document])
    }

    fn mark(&self, known: &Known<Invoice>, values: metadata::Values, others: Vec<Source>) -> Proposal {
        let sources = std::iter::once(self.source_of(known)).chain(others).collect();
        self.draft(subject(&known.is.id), 2, metadata::drafted(&known.is, values, self.ground.settings.carries.ledger_number_in_stripe), sources)
            .into()
    }

    /// The draft of ours that made this very document: its mark was approved with it, and stays the same request.
    fn made_by_us(&self, known: &Known<Invoice>, right: &Right) -> Option<DraftId> {
        let id = self.ground.draft_id(&subject(&known.is.id), SALES_INVOICE);
        let standing = self.ground.standing.get(&id)?;
        (standing.results.get("id") == Some(&right.id)).then_some(id)
    }

    /// Whether the invoice's own draft is approved already: it must not change under the approval because the
    /// customer it waits for has been made meanwhile.
    fn is_signed(&self, invoice: &Invoice) -> bool {
        let id = self.ground.draft_id(&subject(&invoice.id), SALES_INVOICE);
        self.ground.standing.get(&id).is_some_and(|standing| matches!(standing.state, State::Countersigned | State::Sending | State::Unknown))
    }

    /// A sale that the ledger does not have, as the drafts that put it there; or why not.
    fn new_document(&self, known: &Known<Invoice>) -> Result<Vec<Proposal>, NoDraft> {
        let invoice = &known.is;
        self.eligible(invoice)?;
        let key = subject(&invoice.id);
        let mut drafts = Vec::new();
        let mut sources = vec![self.source_of(known)];
        let customer = match self.customers.find(invoice, self.is_signed(invoice), || self.guest_zone(invoice))? {
            Found::Existing { customer, version } => {
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
        let settings = self.ground.settings;
        let posting = |date| settings.locks.posting_date(date, self.ground.facts);
        let frame = sale::Frame {
            zone: settings.zone,
            sales: self.ground.sales,
            taxes: &self.taxes,
            customer,
            posting: &posting,
            settings,
            stock: &self.stock,
        };
        let sale = sale::sale(invoice, &frame)?;
        let gross = sale.gross;
        let document = self.made(key, 1, self.ground.ledger.freeze_sale(&sale, &self.rules)?, sources);
        let values = metadata::Values::Of(document.id.clone());
        drafts.push(Proposal { draft: document, amount: Some(gross) });
        drafts.push(self.mark(known, values, Vec::new()));
        Ok(drafts)
    }

    /// What forbids a draft before the ledger is even asked.
    fn eligible(&self, invoice: &Invoice) -> Result<(), NoDraft> {
        let total = invoice.total;
        let date = invoice.dated().map(|issued| local_date(issued, self.ground.settings.zone)).ok_or(NoDraft::NotFinalized)?;
        match &invoice.status {
            None | Some(InvoiceStatus::Draft) => return Err(NoDraft::NotFinalized),
            Some(InvoiceStatus::Void) => return Err(NoDraft::Void),
            _ => {}
        }
        if date < self.ground.settings.start {
            return Err(NoDraft::BeforeStart { date, start: self.ground.settings.start });
        }
        if !invoice.livemode && self.ground.settings.mode() == commands::Mode::Live {
            return Err(NoDraft::TestAgainstLive);
        }
        match self.ground.settings.draft_when {
            DraftWhen::Sent if invoice.collection_method != Some(CollectionMethod::SendInvoice) => return Err(NoDraft::NotSent),
            DraftWhen::Paid if invoice.status != Some(InvoiceStatus::Paid) => return Err(NoDraft::NotPaid),
            _ => {}
        }
        if self.ground.settings.demo.is_none() && self.ground.settings.customers.terms_confirmed.is_none() {
            return Err(NoDraft::TermsUnsaid);
        }
        if total.is_zero() {
            return Err(NoDraft::NothingOwed);
        }
        if total.is_negative() {
            return Err(NoDraft::Negative { total });
        }
        Ok(())
    }

    fn guest_zone(&self, invoice: &Invoice) -> Result<GuestZone, NoDraft> {
        let buyer = tax::buyer(invoice);
        let lines = invoice.lines.data.iter().enumerate();
        let zones = lines.map(|(index, line)| Ok(self.taxes.decide(line, index + 1, &buyer)?.0)).collect::<Result<Vec<_>, NoDraft>>()?;
        self.taxes.guest_zone(zones)
    }

    fn source_of(&self, known: &Known<Invoice>) -> Source {
        Source { key: stripe::source_key(stripe::Kind::Invoice, &known.is.id), version: known.version.clone() }
    }

    fn made(&self, subject: Subject, step: u8, drafted: Drafted, sources: Vec<Source>) -> Draft {
        let shown = serde_json::to_string(&drafted.shown).unwrap_or_default();
        self.draft(subject, step, metadata::Written { kind: drafted.kind, frozen: drafted.frozen, policy: drafted.policy, shown }, sources)
    }

    fn draft(&self, subject: Subject, step: u8, written: metadata::Written, sources: Vec<Source>) -> Draft {
        let id = self.ground.draft_id(&subject, &written.kind.0);
        let versions = self.engine.links().first().map(|link| link.versions).unwrap_or_default();
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

fn class(link: &Link, chosen: bool) -> Class {
    match link.bucket() {
        _ if chosen => Class::Strong,
        matching::Bucket::Exact => Class::Exact,
        matching::Bucket::Strong => Class::Strong,
        matching::Bucket::Choose => Class::Choose,
    }
}

/// Whether the reason leaves nobody anything to do.
fn nothing_to_do(reason: &NoDraft) -> bool {
    matches!(
        reason,
        NoDraft::NotFinalized
            | NoDraft::NotPaid
            | NoDraft::NotSent
            | NoDraft::BeforeStart { .. }
            | NoDraft::Void
            | NoDraft::NothingOwed
            | NoDraft::FromLedger
    )
}

/// The reason as the page words it: its code, and its values as text.
fn worded(reason: &NoDraft) -> commands::NoDraft {
    let mut params = BTreeMap::new();
    let mut code = String::new();
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(reason) {
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("why", serde_json::Value::String(why)) => code = why,
                (_, serde_json::Value::String(text)) => drop(params.insert(name, text)),
                (_, serde_json::Value::Object(money)) => {
                    let text = ["amount", "currency"].iter().filter_map(|part| money.get(*part)?.as_str()).collect::<Vec<_>>().join(" ");
                    params.insert(name, text);
                }
                (_, other) => drop(params.insert(name, other.to_string())),
            }
        }
    }
    params.insert("words".into(), reason.to_string());
    commands::NoDraft { code, params }
}

/// The drafts of a run, each once: rows that share a new customer share its draft.
pub fn all_drafts(proposed: &[Proposed]) -> Vec<Proposal> {
    let mut seen = BTreeSet::new();
    proposed.iter().flat_map(|row| &row.drafts).filter(|proposal| seen.insert(proposal.draft.id.clone())).cloned().collect()
}
