//! Business Central, API v2.0. It makes drafts and reads; it cannot name a posting action.

mod compare;
mod connection;
mod directory;
mod error;
mod facts;
mod fields;
mod freeze;
mod page;
mod record;
mod text;
mod write;

use chrono::{DateTime, Utc};
use drafts::{Changed, Destination, Draft, Filled, Fresh, Future, Look, LookFailed, Outcome, Permit, Source};
use money::Currency;

pub use compare::agrees;
pub use connection::{BusinessCentral, Place};
pub use directory::Directory;
pub use freeze::{CREDIT_MEMO, CUSTOMER, ITEM, SALES_INVOICE};

use crate::{
    CompanyFacts, Credit, Cursor, Drafted, IdPage, Ledger, LedgerKind, LedgerPage, LedgerRecord, NewItem, NoDraft, Party, Periods, ReadError,
    RecordKind, Sale, SaleRules, Standing,
};

impl Ledger for BusinessCentral {
    fn kind(&self) -> LedgerKind {
        LedgerKind::BusinessCentral
    }

    fn freeze_sale(&self, sale: &Sale, rules: &SaleRules) -> Result<Drafted, NoDraft> {
        freeze::sale(self.company(), sale, rules)
    }

    fn freeze_credit(&self, credit: &Credit, rules: &SaleRules) -> Result<Drafted, NoDraft> {
        freeze::credit(self.company(), credit, rules)
    }

    fn freeze_party(&self, party: &Party, base: Currency) -> Result<Drafted, NoDraft> {
        freeze::party(self.company(), party, base)
    }

    fn freeze_item(&self, item: &NewItem, like: &LedgerRecord) -> Result<Drafted, NoDraft> {
        freeze::item(self.company(), item, like)
    }

    fn read(&self, kind: RecordKind, raw: &str) -> Option<LedgerRecord> {
        record::read(kind, raw)
    }

    fn differences(&self, draft: &Draft, filled: &Filled, raw: &str) -> Vec<Changed> {
        compare::differences(draft, filled, raw)
    }

    fn is_whole(&self, filled: &Filled, raw: &str) -> bool {
        compare::is_whole(filled, raw)
    }

    fn made<'a>(&'a self, filled: &'a Filled, id: &'a str) -> Future<'a, Result<Option<LedgerRecord>, ReadError>> {
        Box::pin(write::made(self, filled, id))
    }

    fn page<'a>(&'a self, kind: RecordKind, cursor: Option<&'a Cursor>) -> Future<'a, Result<LedgerPage, ReadError>> {
        Box::pin(page::page(self, kind, cursor))
    }

    fn ids<'a>(&'a self, kind: RecordKind, cursor: Option<&'a Cursor>) -> Future<'a, Result<IdPage, ReadError>> {
        Box::pin(page::ids(self, kind, cursor))
    }

    fn record<'a>(&'a self, kind: RecordKind, id: &'a str) -> Future<'a, Result<Option<LedgerRecord>, ReadError>> {
        Box::pin(record::one(self, kind, id))
    }

    fn standing<'a>(&'a self, kind: RecordKind, id: &'a str) -> Future<'a, Result<Standing, ReadError>> {
        Box::pin(record::standing(self, kind, id))
    }

    fn periods(&self) -> Future<'_, Result<Periods, ReadError>> {
        Box::pin(facts::periods(self))
    }

    fn facts(&self) -> Future<'_, Result<CompanyFacts, ReadError>> {
        Box::pin(facts::facts(self))
    }
}

impl Destination for BusinessCentral {
    fn refresh<'a>(&'a self, sources: &'a [Source]) -> Future<'a, Result<Vec<Fresh>, LookFailed>> {
        Box::pin(write::refresh(self, sources))
    }

    fn look<'a>(&'a self, draft: &'a Draft, filled: &'a Filled) -> Future<'a, Look> {
        Box::pin(write::look(self, draft, filled))
    }

    fn send<'a>(&'a self, permit: &'a Permit) -> Future<'a, Outcome> {
        Box::pin(write::send(self, permit))
    }
}

/// The key of a draft's source in this ledger, as `refresh` reads it.
pub fn source_key(kind: RecordKind, id: &str) -> String {
    format!("ledger:{}:{id}", kind.name())
}

/// As `$filter` and the wire write an instant: milliseconds, UTC.
fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
