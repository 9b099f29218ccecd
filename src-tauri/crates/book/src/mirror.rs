//! What each side said when last asked: the raw document, a few columns, its version,
//! when it was true there and when we learnt it. Both sides have one shape.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use money::Money;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{Book, BookError, Result, column, cursors};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Stripe,
    Ledger,
}

/// One document of one side. Balance transactions are the unit of money: only they fill `fee` and `net`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// `invoice`, `customer`, `balance_transaction`, `refund`, `sales_invoice`, `account`, …
    pub kind: String,
    pub id: String,
    /// As it came; compressed inside the book.
    pub raw: Vec<u8>,
    /// Hash of the declared accounting content (`drafts::content_version`).
    pub version: String,
    pub etag: Option<String>,
    pub happened_at: Option<DateTime<Utc>>,
    /// The calendar date of `happened_at` in the book's zone, computed once.
    pub local_date: Option<NaiveDate>,
    pub amount: Option<Money>,
    /// In the currency of `amount`.
    pub fee: Option<Money>,
    pub net: Option<Money>,
    pub number: Option<String>,
    pub party: Option<String>,
    pub status: Option<String>,
    pub parent: Option<String>,
}

/// A record as the book holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub record: Record,
    /// When this version was first learnt.
    pub changed_at: DateTime<Utc>,
    /// When it was last seen.
    pub learnt_at: DateTime<Utc>,
    /// When a whole walk missed it.
    pub gone_at: Option<DateTime<Utc>>,
}

/// The mirror as it stands: equal while nobody has put anything there, in this process or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MirrorStamp {
    /// Times that this connection put something.
    moves: u64,
    others: i64,
}

/// What a record said before it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub version: String,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub raw: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Put {
    pub new: usize,
    pub changed: usize,
    pub same: usize,
}

/// A raw document larger than this is no document of these services.
pub const LARGEST_RAW: usize = 16 << 20;

/// A page asks for no more.
const MOST_OF_A_PAGE: u32 = 1_000;

/// Fast, and about a third of the size for JSON.
const ZSTD_LEVEL: i32 = 3;

impl Book {
    pub fn mirror_stamp(&self) -> Result<MirrorStamp> {
        Ok(MirrorStamp { moves: self.mirror_moves, others: self.written_by_others()? })
    }

    /// Of the mirror, which has moved then, even when this fails half-way.
    fn write_mirror<T>(&mut self, act: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.mirror_moves += 1;
        self.write_claimed(|tx, _| act(tx))
    }

    pub fn put(&mut self, side: Side, records: &[Record], learnt_at: DateTime<Utc>) -> Result<Put> {
        self.write_mirror(|tx| put_all(tx, side, records, learnt_at))
    }

    /// One page of a walk and the place after it, together: a fetch that is cut off goes on from there.
    pub fn put_page(&mut self, side: Side, kind: &str, records: &[Record], cursor: &str, learnt_at: DateTime<Utc>) -> Result<Put> {
        self.write_mirror(|tx| {
            let put = put_all(tx, side, records, learnt_at)?;
            cursors::set(tx, side, kind, cursor, learnt_at)?;
            Ok(put)
        })
    }

    /// Moves the cursor when there was nothing new.
    pub fn set_cursor(&mut self, side: Side, kind: &str, cursor: &str, at: DateTime<Utc>) -> Result<()> {
        self.write_claimed(|tx, _| cursors::set(tx, side, kind, cursor, at))
    }

    pub fn get(&self, side: Side, kind: &str, id: &str) -> Result<Option<Stored>> {
        let mut query = self.connection.prepare_cached("SELECT * FROM mirror WHERE side = ?1 AND kind = ?2 AND id = ?3")?;
        query.query_and_then([side.name(), kind, id], read)?.next().transpose()
    }

    /// A page of all that stands there, by id; go on with the last id. What is gone is left out.
    pub fn all(&self, side: Side, kind: &str, after: Option<&str>, limit: u32) -> Result<Vec<Stored>> {
        let sql = "SELECT * FROM mirror WHERE side = ?1 AND kind = ?2 AND id > ?3 AND gone_at IS NULL ORDER BY id LIMIT ?4";
        let mut query = self.connection.prepare_cached(sql)?;
        query.query_and_then(params![side.name(), kind, after.unwrap_or_default(), limit.min(MOST_OF_A_PAGE)], read)?.collect()
    }

    /// The ids of all that stands there.
    pub fn ids(&self, side: Side, kind: &str) -> Result<BTreeSet<String>> {
        let sql = "SELECT id FROM mirror WHERE side = ?1 AND kind = ?2 AND gone_at IS NULL";
        let mut query = self.connection.prepare_cached(sql)?;
        Ok(query.query_map([side.name(), kind], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// What belongs to `parent`, by id.
    pub fn children(&self, side: Side, kind: &str, parent: &str) -> Result<Vec<Stored>> {
        let sql = "SELECT * FROM mirror WHERE side = ?1 AND kind = ?2 AND parent = ?3 AND gone_at IS NULL ORDER BY id";
        self.connection.prepare_cached(sql)?.query_and_then([side.name(), kind, parent], read)?.collect()
    }

    /// Everything of one side that carries this number.
    pub fn numbered(&self, side: Side, number: &str) -> Result<Vec<Stored>> {
        let sql = "SELECT * FROM mirror WHERE side = ?1 AND number = ?2 AND gone_at IS NULL ORDER BY kind, id";
        self.connection.prepare_cached(sql)?.query_and_then([side.name(), number], read)?.collect()
    }

    /// How many stand there.
    pub fn size(&self, side: Side, kind: &str) -> Result<u64> {
        let sql = "SELECT count(*) FROM mirror WHERE side = ?1 AND kind = ?2 AND gone_at IS NULL";
        column::count(self.connection.prepare_cached(sql)?.query_one([side.name(), kind], |row| row.get(0))?)
    }

    /// Older versions, newest first.
    pub fn past(&self, side: Side, kind: &str, id: &str) -> Result<Vec<Past>> {
        let sql = "SELECT * FROM mirror_history WHERE side = ?1 AND kind = ?2 AND id = ?3 ORDER BY until_at DESC, rowid DESC";
        self.connection.prepare_cached(sql)?.query_and_then([side.name(), kind, id], read_past)?.collect()
    }

    /// After a whole walk: what was not seen since it began is gone. Answers the ids.
    pub fn mark_gone(&mut self, side: Side, kind: &str, walk_began: DateTime<Utc>, now: DateTime<Utc>) -> Result<BTreeSet<String>> {
        self.write_mirror(|tx| {
            let sql = "UPDATE mirror SET gone_at = ?4 WHERE side = ?1 AND kind = ?2 AND learnt_at < ?3 AND gone_at IS NULL RETURNING id";
            let mut gone = tx.prepare_cached(sql)?;
            let ids = gone.query_map(params![side.name(), kind, column::stamp(walk_began), column::stamp(now)], |row| row.get(0))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// One document that was asked for and is not there any more.
    pub fn mark_one_gone(&mut self, side: Side, kind: &str, id: &str, now: DateTime<Utc>) -> Result<()> {
        self.write_mirror(|tx| {
            let sql = "UPDATE mirror SET gone_at = ?4 WHERE side = ?1 AND kind = ?2 AND id = ?3 AND gone_at IS NULL";
            tx.execute(sql, params![side.name(), kind, id, column::stamp(now)])?;
            Ok(())
        })
    }
}

fn put_all(connection: &Connection, side: Side, records: &[Record], learnt_at: DateTime<Utc>) -> Result<Put> {
    let mut put = Put::default();
    for record in records {
        match put_one(connection, side, record, learnt_at)? {
            Change::New => put.new += 1,
            Change::Changed => put.changed += 1,
            Change::Same => put.same += 1,
        }
    }
    Ok(put)
}

enum Change {
    New,
    Changed,
    Same,
}

struct Standing {
    version: String,
    changed_at: String,
    gone: bool,
}

fn put_one(connection: &Connection, side: Side, record: &Record, learnt_at: DateTime<Utc>) -> Result<Change> {
    let sql = "SELECT version, changed_at, gone_at IS NOT NULL FROM mirror WHERE side = ?1 AND kind = ?2 AND id = ?3";
    let standing = connection
        .prepare_cached(sql)?
        .query_one([side.name(), &record.kind, &record.id], |row| Ok(Standing { version: row.get(0)?, changed_at: row.get(1)?, gone: row.get(2)? }))
        .optional()?;
    let now = column::stamp(learnt_at);
    let (change, changed_at) = match &standing {
        None => (Change::New, now.as_str()),
        Some(old) if old.version == record.version && !old.gone => (Change::Same, old.changed_at.as_str()),
        Some(old) if old.version == record.version => (Change::Changed, now.as_str()),
        Some(_) => {
            keep_past(connection, side, record, &now)?;
            (Change::Changed, now.as_str())
        }
    };
    // The raw document follows even when the accounting content is the same: our own marks are in it.
    store(connection, side, record, changed_at, &now)?;
    Ok(change)
}

fn keep_past(connection: &Connection, side: Side, record: &Record, now: &str) -> Result<()> {
    let sql = "INSERT INTO mirror_history (side, kind, id, version, from_at, until_at, raw)
               SELECT side, kind, id, version, changed_at, ?4, raw FROM mirror WHERE side = ?1 AND kind = ?2 AND id = ?3";
    connection.prepare_cached(sql)?.execute(params![side.name(), record.kind, record.id, now])?;
    Ok(())
}

fn store(connection: &Connection, side: Side, record: &Record, changed_at: &str, learnt_at: &str) -> Result<()> {
    let sql = "INSERT INTO mirror (side, kind, id, version, etag, happened_at, local_date, amount, fee, net, currency, exponent,
                                   number, party, status, parent, changed_at, learnt_at, gone_at, raw)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, NULL, ?19)
               ON CONFLICT (side, kind, id) DO UPDATE SET
                   version = ?4, etag = ?5, happened_at = ?6, local_date = ?7, amount = ?8, fee = ?9, net = ?10, currency = ?11,
                   exponent = ?12, number = ?13, party = ?14, status = ?15, parent = ?16, changed_at = ?17, learnt_at = ?18,
                   gone_at = NULL, raw = ?19";
    let (_, currency, exponent) = column::columns(one_currency(record)?);
    connection.prepare_cached(sql)?.execute(params![
        side.name(),
        record.kind,
        record.id,
        record.version,
        record.etag,
        record.happened_at.map(column::stamp),
        record.local_date.map(|date| date.to_string()),
        record.amount.map(Money::minor),
        record.fee.map(Money::minor),
        record.net.map(Money::minor),
        currency,
        exponent,
        record.number,
        record.party,
        record.status,
        record.parent,
        changed_at,
        learnt_at,
        compress(&record.raw)?
    ])?;
    Ok(())
}

/// Any of its amounts, when all are of one currency.
fn one_currency(record: &Record) -> Result<Option<Money>> {
    let amounts: Vec<Money> = [record.amount, record.fee, record.net].into_iter().flatten().collect();
    if amounts.iter().any(|amount| Some(amount.currency()) != amounts.first().map(|first| first.currency())) {
        return Err(BookError::MixedMoney { kind: record.kind.clone(), id: record.id.clone() });
    }
    Ok(amounts.first().copied())
}

fn compress(raw: &[u8]) -> Result<Vec<u8>> {
    if raw.len() > LARGEST_RAW {
        return Err(BookError::TooLarge { what: "a raw document", most: LARGEST_RAW });
    }
    Ok(zstd::bulk::compress(raw, ZSTD_LEVEL)?)
}

fn decompress(stored: &[u8]) -> Result<Vec<u8>> {
    let size = zstd::zstd_safe::get_frame_content_size(stored).ok().flatten().and_then(|size| usize::try_from(size).ok());
    let size = size.filter(|size| *size <= LARGEST_RAW).ok_or_else(|| BookError::damaged("a raw document"))?;
    zstd::bulk::decompress(stored, size).map_err(|_| BookError::damaged("a raw document"))
}

fn read(row: &Row<'_>) -> Result<Stored> {
    Ok(Stored {
        record: Record {
            kind: row.get("kind")?,
            id: row.get("id")?,
            raw: decompress(row.get_ref("raw")?.as_blob().map_err(rusqlite::Error::from)?)?,
            version: row.get("version")?,
            etag: row.get("etag")?,
            happened_at: column::maybe_instant(row, "happened_at")?,
            local_date: row.get::<_, Option<String>>("local_date")?.map(|text| column::date(&text)).transpose()?,
            amount: column::money(row, "amount")?,
            fee: column::money(row, "fee")?,
            net: column::money(row, "net")?,
            number: row.get("number")?,
            party: row.get("party")?,
            status: row.get("status")?,
            parent: row.get("parent")?,
        },
        changed_at: column::instant_at(row, "changed_at")?,
        learnt_at: column::instant_at(row, "learnt_at")?,
        gone_at: column::maybe_instant(row, "gone_at")?,
    })
}

fn read_past(row: &Row<'_>) -> Result<Past> {
    Ok(Past {
        version: row.get("version")?,
        from: column::instant_at(row, "from_at")?,
        until: column::instant_at(row, "until_at")?,
        raw: decompress(row.get_ref("raw")?.as_blob().map_err(rusqlite::Error::from)?)?,
    })
}

impl Side {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Ledger => "ledger",
        }
    }
}

#[cfg(test)]
#[path = "tests/mirror.rs"]
mod tests;
