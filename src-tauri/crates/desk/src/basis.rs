//! All that proposals are made from, as the book holds it: read in one place, for Review, customers, choices and rehearsals.
//! What both sides said is parsed once and kept until the mirror moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use book::{Book, MirrorStamp, Pair, Record};
use chrono::{DateTime, Utc};
use drafts::{DraftId, State};
use ledgers::business_central::BusinessCentral;
use ledgers::{CompanyFacts, Ledger};

use crate::commands::{Code, Problem};
use crate::lock;
use crate::mirror::{Mirror, company_facts};
use crate::open::Open;
use crate::problems::not_connected;
use crate::propose::{Decisions, Ground};
use crate::review;
use crate::settings::{self, Sales, Settings};

/// What both sides said.
pub struct Both {
    pub facts: CompanyFacts,
    pub mirror: Mirror,
}

/// The same with the state of the mirror that it was read from.
pub struct Kept {
    stamp: MirrorStamp,
    both: Arc<Both>,
}

/// The whole, at one moment.
pub struct Basis {
    book: String,
    pub version: u32,
    pub settings: Settings,
    pub sales: Sales,
    pub both: Arc<Both>,
    ledger: Arc<BusinessCentral>,
    /// What people said of pairs, as the book keeps it.
    pub said: Vec<Pair>,
    pub decisions: Decisions,
    standing: BTreeMap<DraftId, book::Standing>,
}

impl Basis {
    /// The errors are those of a book that cannot propose yet: no accounts, a side that is not connected.
    pub fn of(open: &Open) -> Result<Self, Problem> {
        let book = open.book();
        let (version, settings) = settings::of(&book, &open.path)?;
        Self::read(open, &book, version, settings)
    }

    /// The same with settings that are not the book's, or not yet.
    pub fn with(open: &Open, settings: Settings) -> Result<Self, Problem> {
        // No draft could name this version: nothing of it is kept.
        Self::read(open, &open.book(), 0, settings)
    }

    fn read(open: &Open, book: &Book, version: u32, settings: Settings) -> Result<Self, Problem> {
        let sales = settings.sales.clone().ok_or(Problem::new(Code::NoAccounts))?;
        let both = both_in(open, book)?;
        let said = book.decisions()?;
        let decisions = review::decisions(&said);
        Ok(Self { book: open.id.clone(), version, settings, sales, both, ledger: open.reader()?, said, decisions, standing: standing(book)? })
    }

    pub fn ground(&self) -> Ground<'_> {
        self.ground_over(&self.both.mirror, &self.decisions)
    }

    /// As if this were what both sides and people had said.
    pub fn ground_over<'a>(&'a self, mirror: &'a Mirror, decisions: &'a Decisions) -> Ground<'a> {
        Ground {
            book: &self.book,
            settings: &self.settings,
            settings_version: self.version,
            sales: &self.sales,
            facts: &self.both.facts,
            mirror,
            ledger: self.ledger.as_ref() as &dyn Ledger,
            decisions,
            standing: &self.standing,
        }
    }
}

/// What both sides said, whatever the settings.
pub fn both(open: &Open) -> Result<Arc<Both>, Problem> {
    both_in(open, &open.book())
}

fn both_in(open: &Open, book: &Book) -> Result<Arc<Both>, Problem> {
    let stamp = book.mirror_stamp()?;
    let mut kept = lock(&open.both);
    if let Some(kept) = kept.as_ref().filter(|kept| kept.stamp == stamp) {
        return Ok(kept.both.clone());
    }
    let facts = company_facts(book)?.ok_or_else(not_connected)?;
    let mirror = Mirror::load(book, open.reader()?.as_ref() as &dyn Ledger, facts.base)?;
    let both = Arc::new(Both { facts, mirror });
    *kept = Some(Kept { stamp, both: both.clone() });
    Ok(both)
}

/// Puts what the program worked out itself, which is no part of what both sides said.
pub fn note(open: &Open, book: &mut Book, record: &Record, now: DateTime<Utc>) -> Result<(), Problem> {
    let before = book.mirror_stamp()?;
    book.put(book::Side::Ledger, std::slice::from_ref(record), now)?;
    if let Some(kept) = lock(&open.both).as_mut().filter(|kept| kept.stamp == before) {
        kept.stamp = book.mirror_stamp()?;
    }
    Ok(())
}

/// How far all drafts of the book are.
fn standing(book: &Book) -> Result<BTreeMap<DraftId, book::Standing>, Problem> {
    Ok(book.drafts_in(&State::ALL)?.into_iter().map(|standing| (standing.id.clone(), standing)).collect())
}
