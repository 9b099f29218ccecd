//! Links and settings in, rows of Review with their drafts out. Pure: the same ground gives the same proposals.
//!
//! ```text
//! Mirror ─▶ rows ─▶ Engine ─▶ links ┐
//!        └▶ trade ─▶ papers ────────┴▶ run ─▶ sale, credit ─▶ Ledger::freeze ─▶ drafts
//! ```

mod again;
mod credit;
mod customer;
mod engines;
mod left;
mod metadata;
mod paper;
mod party;
mod precedent;
mod rates;
mod reason;
mod rows;
mod run;
mod sale;
mod stock;
mod tax;
#[cfg(test)]
mod tests;
mod trade;

use std::collections::{BTreeMap, BTreeSet};

use book::Proposal;
use chrono::NaiveDate;
use drafts::{DraftId, State, Subject, WriteKind};
use ledgers::{CompanyFacts, Home, Ledger, Zone};
use matching::{Engine, Pair, Rules};
use stripe::Invoice;

use crate::mirror::{Known, Mirror};
use crate::row::Row;
use crate::settings::{Sales, Settings};

pub use again::{Last, Round};
pub use customer::{Buyer, Directory, Said, Taken};
pub use engines::Engines;
pub use metadata::ShownKeys;
pub use paper::{money_of, money_of_key, row_of};
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
    /// What people decided, what the book learned of it and uses, and what currencies are worth.
    pub fn rules(&self) -> Rules {
        Rules { rates: rates::rates(self), ..self.settings.learned.taken_into(self.decisions.rules.clone()) }
    }

    /// Of the draft of this kind for the subject: another one after each that was deleted over there
    /// and asked for again by a person.
    fn draft_id(&self, subject: &Subject, kind: &str) -> DraftId {
        self.id(subject, kind, self.generation(subject, kind))
    }

    fn generation(&self, subject: &Subject, kind: &str) -> u32 {
        let over = |standing: &book::Standing| standing.state == State::Deleted && !standing.current;
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

/// Of the draft that makes Stripe's customer one of the ledger's.
pub fn customer_subject(customer: &str) -> Subject {
    Subject(format!("{}{customer}", customer::CUSTOMER_DRAFT))
}

/// Whether a draft's subject is a row of Review. A new customer or item is none: it is signed with the rows that need it.
pub fn is_row(subject: &Subject) -> bool {
    ![customer::CUSTOMER_DRAFT, stock::ITEM_DRAFT].iter().any(|start| subject.0.starts_with(start))
}

/// Times that one document is deleted over there and drafted again.
const MOST_GENERATIONS: u32 = 1_000;

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

/// What these papers come to, side by side and in their order; none for what has nothing to show.
fn rows_of<'a>(run: &run::Run<'a>, papers: &[paper::Paper<'a>]) -> Vec<(Option<Proposed>, again::Kept)> {
    let parts = std::thread::available_parallelism().map_or(1, usize::from);
    let size = papers.len().div_ceil(parts).max(LEAST_OF_A_PART);
    let made = |paper: &paper::Paper<'a>| {
        let row = run.row(*paper);
        let kept = again::Kept::of(run, paper, row.as_ref());
        (row, kept)
    };
    std::thread::scope(|scope| {
        let under_way: Vec<_> = papers.chunks(size).map(|part| scope.spawn(move || part.iter().map(made).collect::<Vec<_>>())).collect();
        under_way.into_iter().flat_map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// Fewer papers are not worth a thread of their own.
const LEAST_OF_A_PART: usize = 200;

/// The rows of these keys alone, as they stand among all others.
pub fn of_keys(ground: &Ground, engine: &Engine, keys: &BTreeSet<Subject>) -> Vec<Proposed> {
    let run = run::Run::new(ground, engine);
    run.trade.papers().into_iter().filter(|paper| keys.contains(&paper.subject())).filter_map(|paper| run.row(paper)).collect()
}

/// Of an invoice's row.
pub fn key_of(known: &Known<Invoice>) -> Subject {
    paper::Paper::Invoice(known).subject()
}

/// The row of Review that each matched row of Stripe's belongs to, and what people call it.
pub fn called(mirror: &Mirror) -> BTreeMap<String, (Subject, String)> {
    left::called(&trade::Trade::new(mirror))
}

/// What the row of this key asks a person about VAT, if its reason does.
pub fn vat_question(mirror: &Mirror, country: &str, key: &str, params: &BTreeMap<String, String>) -> Option<VatQuestion> {
    let home = Home { country: country.to_owned() };
    let paper = trade::Trade::new(mirror).papers().into_iter().find(|paper| paper.subject().0 == key)?;
    VatQuestion::asked(&paper, &home, params)
}
