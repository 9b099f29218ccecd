//! The rows of Review as they are stored: each in the bucket that the states of its drafts put it in. The desk writes rows;
//! states move them, in the same transaction.

use std::collections::BTreeSet;

use ::drafts::{State, Subject};
use chrono::NaiveDate;
use money::Money;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{BookError, Result, column};

/// One row as the desk makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRow {
    /// Its subject.
    pub key: Subject,
    pub date: NaiveDate,
    pub number: String,
    pub name: String,
    pub amount: Money,
    pub class: Class,
    /// Folded text; a search asks for folded words.
    pub search: String,
    /// What else the page shows, as JSON text.
    pub payload: String,
}

/// How well a row is explained, before anybody said anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Exact,
    Strong,
    Choose,
    New,
    Unexplained,
    /// Nothing is to be done: linked and marked before, or nothing to write, with the reason.
    Settled,
}

/// Where a row is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    Exact,
    Strong,
    Choose,
    New,
    Unexplained,
    Settled,
    Countersigned,
    Sending,
    Written,
    Posted,
    Unknown,
    Refused,
    Stale,
    Altered,
    Deleted,
    Declined,
}

/// Stores what changed only. Of `gone` what is not among the rows is removed, but one that a person acted on stays: what is
/// unknown must not leave the list.
pub(crate) fn put_all(tx: &Connection, rows: &[ReviewRow], mut gone: BTreeSet<Subject>) -> Result<()> {
    for row in rows {
        gone.remove(&row.key);
        store(tx, row)?;
    }
    for key in &gone {
        // Its bucket is its class only while nothing was approved, sent or declined.
        tx.prepare_cached("DELETE FROM review WHERE key = ?1 AND bucket = class")?.execute([&key.0])?;
    }
    Ok(())
}

/// Keeps a row's bucket in step with the states of its drafts; inside the transaction that moves them.
pub(crate) fn follow(connection: &Connection, subject: &Subject) -> Result<()> {
    let class: Option<String> =
        connection.prepare_cached("SELECT class FROM review WHERE key = ?1")?.query_one([&subject.0], |row| row.get(0)).optional()?;
    let Some(class) = class else { return Ok(()) };
    let bucket = bucket(connection, &subject.0, named(class)?)?;
    let sql = "UPDATE review SET bucket = ?1, first = ?2 WHERE key = ?3 AND bucket <> ?1";
    connection.prepare_cached(sql)?.execute(params![name(bucket)?, bucket.comes_first(), subject.0])?;
    Ok(())
}

/// The state that most needs a person wins.
fn bucket(connection: &Connection, key: &str, class: Class) -> Result<Bucket> {
    const BY_NEED: [(State, Bucket); 6] = [
        (State::Unknown, Bucket::Unknown),
        (State::Altered, Bucket::Altered),
        (State::Refused, Bucket::Refused),
        (State::Stale, Bucket::Stale),
        (State::Sending, Bucket::Sending),
        (State::Countersigned, Bucket::Countersigned),
    ];
    // Of a document that stands there, no more than its mark can have been declined.
    const ENDED: [(State, Bucket); 4] =
        [(State::Deleted, Bucket::Deleted), (State::Posted, Bucket::Posted), (State::Written, Bucket::Written), (State::Declined, Bucket::Declined)];
    let states = states(connection, key)?;
    let needs = |wanted: &[(State, Bucket)]| wanted.iter().find(|(state, _)| states.contains(state)).map(|(_, bucket)| *bucket);
    if let Some(bucket) = needs(&BY_NEED) {
        return Ok(bucket);
    }
    if states.contains(&State::Proposed) {
        return Ok(class.bucket());
    }
    match needs(&ENDED) {
        // A person may decline what was never drafted, and what was deleted over there.
        None | Some(Bucket::Deleted) if is_declined(connection, key)? => Ok(Bucket::Declined),
        over => Ok(over.unwrap_or_else(|| class.bucket())),
    }
}

fn states(connection: &Connection, subject: &str) -> Result<BTreeSet<State>> {
    let sql = "SELECT DISTINCT state FROM drafts WHERE subject = ?1 AND NOT (state IN ('proposed', 'deleted') AND current = 0)";
    let mut query = connection.prepare_cached(sql)?;
    query.query_and_then([subject], |row| column::state_at(row, "state"))?.collect()
}

/// Whether a person said no to it.
pub(crate) fn is_declined(connection: &Connection, subject: &str) -> Result<bool> {
    let found: Option<i64> =
        connection.prepare_cached("SELECT 1 FROM declined WHERE subject = ?1")?.query_one([subject], |row| row.get(0)).optional()?;
    Ok(found.is_some())
}

fn store(tx: &Connection, row: &ReviewRow) -> Result<()> {
    let (amount, currency, exponent) = column::columns(Some(row.amount));
    let sql = "SELECT date = ?2 AND number = ?3 AND name = ?4 AND amount = ?5 AND currency = ?6 AND exponent = ?7 AND class = ?8
                      AND search = ?9 AND payload = ?10 FROM review WHERE key = ?1";
    let same = tx
        .prepare_cached(sql)?
        .query_one(
            params![row.key.0, row.date.to_string(), row.number, row.name, amount, currency, exponent, name(row.class)?, row.search, row.payload],
            |row| row.get(0),
        )
        .optional()?;
    if same == Some(true) {
        return Ok(());
    }
    let bucket = bucket(tx, &row.key.0, row.class)?;
    let sql = "INSERT INTO review (key, first, date, number, month, name, amount, currency, exponent, class, bucket, search, payload)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
               ON CONFLICT (key) DO UPDATE SET first = ?2, date = ?3, number = ?4, month = ?5, name = ?6, amount = ?7, currency = ?8,
                   exponent = ?9, class = ?10, bucket = ?11, search = ?12, payload = ?13";
    tx.prepare_cached(sql)?.execute(params![
        row.key.0,
        bucket.comes_first(),
        row.date.to_string(),
        row.number,
        row.date.format("%Y-%m").to_string(),
        row.name,
        amount,
        currency,
        exponent,
        name(row.class)?,
        name(bucket)?,
        row.search,
        row.payload
    ])?;
    Ok(())
}

pub(crate) fn keys(tx: &Connection) -> Result<BTreeSet<Subject>> {
    let mut query = tx.prepare_cached("SELECT key FROM review")?;
    Ok(query.query_map([], |row| row.get(0).map(Subject))?.collect::<rusqlite::Result<_>>()?)
}

impl Class {
    pub const fn bucket(self) -> Bucket {
        match self {
            Self::Exact => Bucket::Exact,
            Self::Strong => Bucket::Strong,
            Self::Choose => Bucket::Choose,
            Self::New => Bucket::New,
            Self::Unexplained => Bucket::Unexplained,
            Self::Settled => Bucket::Settled,
        }
    }
}

impl Bucket {
    /// These stand above all dates, since they cannot wait.
    const fn comes_first(self) -> bool {
        matches!(self, Self::Unknown | Self::Altered)
    }
}

/// The word in the file: what serde calls it.
pub(crate) fn name<T: Serialize>(value: T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => Ok(name),
        _ => Err(BookError::damaged("a class without a name")),
    }
}

pub(crate) fn named<T: serde::de::DeserializeOwned>(name: String) -> Result<T> {
    serde_json::from_value(Value::String(name)).map_err(|_| BookError::damaged("a class or bucket"))
}

#[cfg(test)]
#[path = "tests/review.rs"]
mod tests;
