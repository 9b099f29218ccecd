//! One run over everything of Stripe's that makes a document: what the ledger has of it, or the drafts that put it there.

mod eligible;
mod new;
mod receipt;

use std::collections::{BTreeMap, BTreeSet};

use book::Proposal;
use drafts::{DraftId, Source, State, Subject};
use ledgers::business_central::{CREDIT_MEMO, SALES_INVOICE, source_key};
use ledgers::{LedgerRecord, RecordKind, ReferenceSource, SaleRules};
use matching::{Engine, Kind, Link};
use stripe::{CreditNoteStatus, InvoiceStatus};

use super::customer;
use super::paper::{Paper, money_of};
use super::precedent::Precedents;
use super::reason::{nothing_to_do, worded};
use super::sale::Frame;
use super::stock::Stock;
use super::tax::Taxes;
use super::trade::Trade;
use super::{Ground, Proposed, left, metadata};
use crate::commands::{Class, count};
use crate::row::{Left, Right, Row};
pub use new::Holes;

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
}

fn class(link: &Link, chosen: bool) -> Class {
    match link.bucket() {
        _ if chosen => Class::Strong,
        matching::Bucket::Exact => Class::Exact,
        matching::Bucket::Strong => Class::Strong,
        matching::Bucket::Choose => Class::Choose,
    }
}

/// Stripe's number as a document of the ledger carries it.
fn mark(document: &LedgerRecord) -> Option<&str> {
    document.references.iter().find(|reference| reference.source == ReferenceSource::Mark).map(|reference| reference.value.trim())
}

fn write_kind(paper: &Paper) -> &'static str {
    if paper.document() == RecordKind::CreditMemo { CREDIT_MEMO } else { SALES_INVOICE }
}
