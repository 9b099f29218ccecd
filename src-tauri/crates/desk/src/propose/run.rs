//! One run over everything of Stripe's that makes a document: what the ledger has of it, or the drafts that put it there.

mod eligible;
mod receipt;

use std::collections::{BTreeMap, BTreeSet};

use book::Proposal;
use chrono::{DateTime, Utc};
use drafts::{Draft, DraftId, Hole, MadeBy, Source, State, Subject};
use ledgers::business_central::{CREDIT_MEMO, SALES_INVOICE, source_key};
use ledgers::{Credit, Customer, Drafted, Existing, LedgerDocument, LedgerRecord, NoDraft, RecordKind, ReferenceSource, SaleLine, SaleRules, Target};
use matching::{Engine, Kind, Link};
use money::Money;
use stripe::{CreditNoteStatus, Invoice, InvoiceStatus};

use super::customer::{self, Found, Sought};
use super::paper::{Paper, Payment, money_of};
use super::precedent::Precedents;
use super::reason::{nothing_to_do, worded};
use super::sale::{Content, Frame};
use super::stock::{Stock, is_made};
use super::tax::{self, Taxes};
use super::trade::{Origin, Trade};
use super::{Ground, Proposed, credit, left, metadata, party, sale};
use crate::commands::{Class, count};
use crate::mirror::Known;
use crate::period;
use crate::row::{Left, Right, Row};
use eligible::{Home, lowers};

/// Version of the metadata keys and of the way a paper becomes a document.
const MAPPING: &str = "1";

pub struct Run<'a> {
    ground: &'a Ground<'a>,
    engine: &'a Engine,
    pub trade: Trade<'a>,
    links: BTreeMap<&'a str, &'a Link>,
    /// What money pays, by its id.
    money: BTreeMap<&'a str, Vec<&'a Link>>,
    /// All links by the document, and what people call whatever has it.
    has: BTreeMap<&'a str, Vec<&'a Link>>,
    called: BTreeMap<String, (Subject, String)>,
    /// Invoices and credit memos of the ledger.
    documents: BTreeMap<&'a str, &'a LedgerRecord>,
    /// The same by the number that they carry of the other side.
    numbers: BTreeMap<String, &'a LedgerRecord>,
    /// Drafts of ours by the document that they made.
    made: BTreeMap<&'a str, &'a book::Standing>,
    customers: customer::Directory<'a>,
    frame: Frame<'a>,
    rules: SaleRules,
    precedents: Precedents<'a>,
}

/// What would be written, and the accounts whose VAT the ledger cannot show before.
#[derive(Default)]
struct New {
    drafts: Vec<Proposal>,
    unseen: Vec<String>,
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
    pub fn new(ground: &'a Ground<'a>, engine: &'a Engine) -> Self {
        let mirror = ground.mirror;
        let documents = || mirror.documents.iter().chain(&mirror.memos);
        let frame = Frame {
            settings: ground.settings,
            sales: ground.sales,
            facts: ground.facts,
            taxes: Taxes::new(&ground.facts.country, ground.sales, &mirror.tax_rates, &ground.decisions.vat),
            stock: Stock::new(ground),
        };
        let trade = Trade::new(mirror);
        let mut money: BTreeMap<&str, Vec<&Link>> = BTreeMap::new();
        let mut has: BTreeMap<&str, Vec<&Link>> = BTreeMap::new();
        for link in engine.links().iter().filter(|link| link.kind != Kind::Customer) {
            has.entry(link.right.as_str()).or_default().push(link);
            if link.kind == Kind::Charge {
                money.entry(link.left.as_str()).or_default().push(link);
            }
        }
        Self {
            ground,
            engine,
            called: left::called(&trade),
            trade,
            money,
            has,
            links: engine
                .links()
                .iter()
                .filter(|link| matches!(link.kind, Kind::Invoice | Kind::Credit))
                .map(|link| (link.left.as_str(), link))
                .collect(),
            documents: documents().map(|document| (document.id.as_str(), document)).collect(),
            numbers: documents().filter_map(|document| Some((mark(document)?.to_uppercase(), document))).collect(),
            made: ground.standing.values().filter_map(|standing| Some((standing.results.get("id")?.as_str(), standing))).collect(),
            customers: customer::Directory::new(ground),
            frame,
            rules: ground.facts.sale_rules(ground.sales.rounding.clone()),
            precedents: Precedents::new(ground),
        }
    }

    /// None for what has nothing to show: an invoice that is no document yet, the voiding of what the ledger never had.
    pub fn row(&self, paper: Paper<'a>) -> Option<Proposed> {
        match &paper {
            Paper::Void(known) => drop(self.settled(&known.is.id)?),
            Paper::VoidNote(known) => drop(self.settled(&known.is.id)?),
            _ => {}
        }
        let left = left::left(&paper, &self.trade, &self.frame)?;
        let mut proposed = self.receipt(&paper, &left).unwrap_or_else(|| self.document_row(&paper, left));
        self.explain(&paper, &mut proposed.row);
        Some(proposed)
    }

    /// The row of Review that a matched row of Stripe's belongs to.
    pub fn called(&self, left: &str) -> Option<&Subject> {
        self.called.get(left).map(|(subject, _)| subject)
    }

    /// The documents that a paper, and its money, are linked with.
    pub fn linked(&self, paper: &Paper) -> BTreeSet<String> {
        let row = paper.row();
        let own = self.links.get(row.as_str()).into_iter();
        let money = matches!(paper, Paper::Payment(_)).then(|| self.money.get(money_of(&row).as_str())).flatten().into_iter().flatten();
        own.chain(money).map(|link| link.right.as_str().to_owned()).collect()
    }

    /// The document that the ledger has of a paper, or the drafts that put it there.
    fn document_row(&self, paper: &Paper<'a>, left: Left) -> Proposed {
        // Money is not said to be a document on the strength of a likeness.
        let doubtful = |link: &&Link| matches!(paper, Paper::Payment(_)) && class(link, self.is_chosen(link)) == Class::Choose;
        let link = self.links.get(paper.row().as_str()).copied().filter(|link| !doubtful(link));
        let right = link.and_then(|link| self.documents.get(link.right.as_str())).and_then(|document| self.right(document));
        let mut row = Row {
            kind: paper.kind(),
            left,
            link: link.filter(|_| right.is_some()).cloned(),
            right,
            equals: link.map_or(0, receipt::equals),
            looked_at: self.looked_at(paper),
            class: Class::Unexplained,
            no_draft: None,
            remarks: left::remarks(paper, &self.trade),
            chosen_on: link.and_then(|link| self.ground.decisions.chosen_on.get(&link.pair()).copied()),
            only_proposed: false,
            pays: Vec::new(),
            over: None,
            over_given_back: None,
            conversion: None,
            settled: None,
            others: Vec::new(),
            searched: None,
            unseen: Vec::new(),
        };
        let drafts = match (&row.link, &row.right) {
            (Some(link), Some(right)) => {
                row.class = class(link, row.chosen_on.is_some());
                let mark = if row.class == Class::Choose { None } else { self.mark_existing(paper, right) };
                if row.class != Class::Choose && mark.is_none() {
                    row.class = Class::Settled;
                }
                mark.into_iter().collect()
            }
            _ => match self.new_document(paper) {
                Ok(made) => {
                    row.class = Class::New;
                    row.only_proposed = matches!(paper, Paper::Refund(_));
                    row.unseen = made.unseen;
                    made.drafts
                }
                Err(reason) => {
                    row.class = if nothing_to_do(&reason) { Class::Settled } else { Class::Unexplained };
                    row.remarks = left::remarks_without_draft(paper, &reason, row.remarks);
                    row.no_draft = Some(worded(&reason));
                    Vec::new()
                }
            },
        };
        Proposed { key: paper.subject(), row, drafts }
    }

    fn right(&self, document: &LedgerRecord) -> Option<Right> {
        let party = document.party_id.as_ref().and_then(|id| self.ground.mirror.parties.get(id)).and_then(|record| record.party.as_ref());
        Right::of(document, party.map(|party| party.vat_number.clone()))
    }

    fn looked_at(&self, paper: &Paper) -> u32 {
        let mirror = self.ground.mirror;
        let all = if paper.document() == RecordKind::CreditMemo { &mirror.memos } else { &mirror.documents };
        count(all.len() as u64)
    }

    // ---- what the ledger has

    /// What the ledger has: Stripe only learns which document it is. Nothing for what was voided, unless its own draft said so.
    fn mark_existing(&self, paper: &Paper, right: &Right) -> Option<Proposal> {
        if let Some(made) = self.made_by_us(paper, right) {
            return self.mark(paper, metadata::Values::Of(made), Vec::new());
        }
        let void = match paper {
            Paper::Invoice(known) => known.is.status == Some(InvoiceStatus::Void),
            Paper::CreditNote(known) => known.is.status == CreditNoteStatus::Void,
            _ => false,
        };
        if void {
            return None;
        }
        let record = self.documents.get(right.id.as_str())?;
        let document = Source { key: source_key(record.kind, &right.id), version: record.version.clone() };
        self.mark(paper, metadata::Values::Known { document: right.id.clone(), number: right.number.clone() }, vec![document])
    }

    fn mark(&self, paper: &Paper, values: metadata::Values, others: Vec<Source>) -> Option<Proposal> {
        let sources = self.sources(paper).into_iter().take(1).chain(others).collect();
        let written = metadata::drafted(paper.marked()?, &left::number(paper), values, self.ground.settings.carries.ledger_number_in_stripe);
        // A mark belongs to its document.
        let generation = self.ground.generation(&paper.subject(), write_kind(paper));
        let id = self.ground.id(&paper.subject(), &written.kind.0, generation);
        Some(self.draft(id, paper.subject(), 2, written, sources).into())
    }

    /// The draft of ours that made this very document: its mark was approved with it, and stays the same request.
    fn made_by_us(&self, paper: &Paper, right: &Right) -> Option<DraftId> {
        let id = self.draft_id(paper);
        let standing = self.ground.standing.get(&id)?;
        // Sent, and its answer not known yet: what carries its number is most likely it.
        let under_way = matches!(standing.state, State::Sending | State::Unknown);
        (under_way || standing.results.get("id") == Some(&right.id)).then_some(id)
    }

    fn draft_id(&self, paper: &Paper) -> DraftId {
        self.ground.draft_id(&paper.subject(), write_kind(paper))
    }

    /// The document that an invoice or a payment is linked with beyond doubt.
    fn settled(&self, row: &str) -> Option<&'a LedgerRecord> {
        let link = self.links.get(row)?;
        if class(link, self.is_chosen(link)) == Class::Choose { None } else { self.documents.get(link.right.as_str()).copied() }
    }

    fn is_chosen(&self, link: &Link) -> bool {
        self.ground.decisions.chosen_on.contains_key(&link.pair())
    }

    /// Posting changes a draft's number: a draft of ours that still has its own is not posted, though it may be released.
    fn is_posted(&self, document: &LedgerRecord) -> bool {
        document.posted.unwrap_or_else(|| match self.made.get(document.id.as_str()) {
            Some(ours) => ours.observed().is_some_and(|seen| seen.posted) || ours.results.get("number") != document.number.as_ref(),
            None => true,
        })
    }

    // ---- what it has not

    /// What the ledger does not have, as the drafts that put it there; or why not. What is approved must not change
    /// because a customer or an item that it waits for has been made meanwhile: what it was approved with as a hole stays one.
    fn new_document(&self, paper: &Paper<'a>) -> Result<New, NoDraft> {
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

fn write_kind(paper: &Paper) -> &'static str {
    if paper.document() == RecordKind::CreditMemo { CREDIT_MEMO } else { SALES_INVOICE }
}

/// Stripe's number as a document of the ledger carries it.
fn mark(document: &LedgerRecord) -> Option<&str> {
    document.references.iter().find(|reference| reference.source == ReferenceSource::Mark).map(|reference| reference.value.trim())
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
