//! The rows of Review, ready to be shown: sorted, folded for search, and each in the bucket that
//! the states of its drafts put it in. The desk writes rows; states move them, in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use ::drafts::{State, Subject};
use chrono::NaiveDate;
use money::Money;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Book, BookError, Result, Standing, column, proposals::is_declined, revision, shelf};

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

/// Which rows: of some buckets or all (none given), of one month (`2026-11`) or all, with all of these words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub buckets: Vec<Bucket>,
    pub month: Option<String>,
    /// Folded words, blanks between them.
    pub search: String,
    /// Rows that stay in view though they have left the bucket: those just signed.
    pub keep: Vec<Subject>,
}

/// A place in the list, and how much of it around there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub at: At,
    pub before: u32,
    /// The row at the anchor is one of these.
    pub after: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    Start,
    /// This row, or where it would stand.
    Row(Subject),
    Index(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub revision: u64,
    /// Rows of the whole query.
    pub total: u64,
    /// Index of the first row here.
    pub first: u64,
    pub rows: Vec<WindowRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRow {
    pub row: ReviewRow,
    pub bucket: Bucket,
    pub drafts: Vec<Standing>,
}

/// What becomes of rows that are not among the new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Keep,
    /// But one that a person acted on stays: what is unknown must not leave the list.
    Remove,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PutReview {
    pub new: usize,
    pub changed: usize,
    pub same: usize,
    pub removed: usize,
}

/// A window has no more rows than this, on either side of its anchor.
pub const MOST_ROWS: u32 = 500;

impl Book {
    /// Stores what changed only.
    pub fn put_review(&mut self, rows: &[ReviewRow], rest: Rest) -> Result<PutReview> {
        self.write_claimed(|tx, _| put_all(tx, rows, if rest == Rest::Remove { keys(tx)? } else { BTreeSet::new() }))
    }

    /// Unknown and altered first, then the newest; by date and number, so that a place is found again.
    pub fn review_window(&self, query: &Query, anchor: &Anchor) -> Result<Window> {
        self.read(|tx| {
            let filter = Filter::of(query)?;
            let place = match &anchor.at {
                At::Start => None,
                At::Row(key) => place_of(tx, key)?,
                At::Index(index) => filter.place_at(tx, *index)?,
            };
            let before = place.as_ref().map_or(Ok(Vec::new()), |place| filter.page(tx, Some(place), Way::Up, anchor.before))?;
            let mut found: Vec<Found> = before.into_iter().rev().collect();
            found.extend(filter.page(tx, place.as_ref(), Way::Down, anchor.after)?);
            let (total, first) = filter.counts(tx, found.first().map(|found| &found.place))?;
            let rows = found.into_iter().map(|found| found.with_drafts(tx)).collect::<Result<_>>()?;
            Ok(Window { revision: revision(tx)?, total, first, rows })
        })
    }

    pub fn review_row(&self, key: &Subject) -> Result<Option<WindowRow>> {
        self.read(|tx| {
            let found = tx.prepare_cached("SELECT * FROM review WHERE key = ?1")?.query_and_then([&key.0], read)?.next().transpose()?;
            found.map(|found| found.with_drafts(tx)).transpose()
        })
    }

    /// Rows of each bucket, of one month or all; a bucket without rows is absent.
    pub fn review_counts(&self, month: Option<&str>) -> Result<BTreeMap<Bucket, u64>> {
        let sql = match month {
            None => "SELECT bucket, count(*) FROM review GROUP BY bucket",
            Some(_) => "SELECT bucket, count(*) FROM review WHERE month = ?1 GROUP BY bucket",
        };
        let mut query = self.connection.prepare_cached(sql)?;
        let counts =
            query.query_and_then(rusqlite::params_from_iter(month), |row| Ok((named::<Bucket>(row.get(0)?)?, column::count(row.get(1)?)?)))?;
        counts.collect()
    }

    /// Months that have rows, newest first.
    pub fn months(&self) -> Result<Vec<String>> {
        // Jumps from month to month in the index instead of reading every row.
        let sql = "WITH RECURSIVE months (month) AS (SELECT max(month) FROM review
                     UNION ALL SELECT (SELECT max(review.month) FROM review WHERE review.month < months.month) FROM months WHERE month IS NOT NULL)
                   SELECT month FROM months WHERE month IS NOT NULL";
        let mut query = self.connection.prepare_cached(sql)?;
        Ok(query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// All rows of a query, in the order of the list.
    pub fn review_all(&self, query: &Query) -> Result<Vec<ReviewRow>> {
        let filter = Filter::of(query)?;
        let sql = format!("SELECT * FROM review WHERE {} ORDER BY first DESC, date DESC, number DESC, key DESC", filter.sql());
        let mut found = self.connection.prepare_cached(&sql)?;
        found.query_and_then(filter.params(&[]).as_slice(), |row| Ok(read(row)?.row))?.collect()
    }

    /// Number and name of these rows; one that is not there any more is left out.
    pub fn review_names(&self, keys: &BTreeSet<Subject>) -> Result<BTreeMap<Subject, (String, String)>> {
        let keys: Vec<&str> = keys.iter().map(|key| key.0.as_str()).collect();
        let mut found = self.connection.prepare_cached("SELECT key, number, name FROM review WHERE key IN (SELECT value FROM json_each(?1))")?;
        found.query_and_then([column::json(&keys)?], |row| Ok((Subject(row.get(0)?), (row.get(1)?, row.get(2)?))))?.collect()
    }
}

/// Of `gone` what is not among the rows is removed.
pub(crate) fn put_all(tx: &Connection, rows: &[ReviewRow], mut gone: BTreeSet<Subject>) -> Result<PutReview> {
    let mut put = PutReview::default();
    for row in rows {
        gone.remove(&row.key);
        match store(tx, row)? {
            Stored::New => put.new += 1,
            Stored::Changed => put.changed += 1,
            Stored::Same => put.same += 1,
        }
    }
    for key in &gone {
        // Its bucket is its class only while nothing was approved, sent or declined.
        put.removed += tx.prepare_cached("DELETE FROM review WHERE key = ?1 AND bucket = class")?.execute([&key.0])?;
    }
    Ok(put)
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
    let states = shelf::states_of(connection, key)?;
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

enum Stored {
    New,
    Changed,
    Same,
}

fn store(tx: &Connection, row: &ReviewRow) -> Result<Stored> {
    let (amount, currency, exponent) = column::columns(Some(row.amount));
    let sql = "SELECT date = ?2 AND number = ?3 AND name = ?4 AND amount = ?5 AND currency = ?6 AND exponent = ?7 AND class = ?8
                      AND search = ?9 AND payload = ?10 FROM review WHERE key = ?1";
    let same: Option<bool> = tx
        .prepare_cached(sql)?
        .query_one(
            params![row.key.0, row.date.to_string(), row.number, row.name, amount, currency, exponent, name(row.class)?, row.search, row.payload],
            |row| row.get(0),
        )
        .optional()?;
    if same == Some(true) {
        return Ok(Stored::Same);
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
    Ok(if same.is_some() { Stored::Changed } else { Stored::New })
}

pub(crate) fn keys(tx: &Connection) -> Result<BTreeSet<Subject>> {
    let mut query = tx.prepare_cached("SELECT key FROM review")?;
    Ok(query.query_map([], |row| row.get(0).map(Subject))?.collect::<rusqlite::Result<_>>()?)
}

/// Where a row stands: its sort key, all parts descending.
#[derive(Clone, Debug)]
struct Place {
    first: bool,
    date: String,
    number: String,
    key: String,
}

struct Found {
    place: Place,
    row: ReviewRow,
    bucket: Bucket,
}

#[derive(Clone, Copy)]
enum Way {
    Up,
    Down,
}

/// A query as conditions and their values.
struct Filter {
    /// One is found by its index; several, as a JSON list, along the list itself.
    bucket: Option<String>,
    several: bool,
    month: Option<String>,
    keep: Option<String>,
    words: Vec<(String, String)>,
}

type Param<'a> = (&'a str, &'a dyn ToSql);

impl Filter {
    fn of(query: &Query) -> Result<Self> {
        let keep: Vec<&str> = query.keep.iter().take(MOST_ROWS as usize).map(|key| key.0.as_str()).collect();
        Ok(Self {
            bucket: match query.buckets.as_slice() {
                [] => None,
                [one] => Some(name(*one)?),
                several => Some(column::json(several)?),
            },
            several: query.buckets.len() > 1,
            month: query.month.clone(),
            keep: (!query.buckets.is_empty() && !keep.is_empty()).then(|| column::json(&keep)).transpose()?,
            words: query.search.split_whitespace().enumerate().map(|(at, word)| (format!(":word{at}"), word.to_owned())).collect(),
        })
    }

    fn sql(&self) -> String {
        let mut sql = String::from("TRUE");
        if self.month.is_some() {
            sql.push_str(" AND month = :month");
        }
        // The plus keeps the order of the list as the way through it: several index searches would have to be sorted.
        let bucket = if self.several { "+bucket IN (SELECT value FROM json_each(:bucket))" } else { "+bucket = :bucket" };
        match (&self.bucket, &self.keep) {
            (None, _) => {}
            (Some(_), None) if self.several => sql.push_str(&format!(" AND {bucket}")),
            (Some(_), None) => sql.push_str(" AND bucket = :bucket"),
            (Some(_), Some(_)) => sql.push_str(&format!(" AND ({bucket} OR +key IN (SELECT value FROM json_each(:keep)))")),
        }
        for (param, _) in &self.words {
            sql.push_str(&format!(" AND instr(search, {param}) > 0"));
        }
        sql
    }

    fn params<'a>(&'a self, more: &[Param<'a>]) -> Vec<Param<'a>> {
        let mut params: Vec<Param<'a>> = more.to_vec();
        params.extend(self.month.iter().map(|month| (":month", month as &dyn ToSql)));
        params.extend(self.bucket.iter().map(|bucket| (":bucket", bucket as &dyn ToSql)));
        params.extend(self.keep.iter().map(|keep| (":keep", keep as &dyn ToSql)));
        params.extend(self.words.iter().map(|(param, word)| (param.as_str(), word as &dyn ToSql)));
        params
    }

    /// Up to `limit` rows above the place, nearest first; or from the place on downwards.
    fn page(&self, tx: &Connection, place: Option<&Place>, way: Way, limit: u32) -> Result<Vec<Found>> {
        let (beyond, order) = match way {
            Way::Up => (">", "ASC"),
            Way::Down => ("<=", "DESC"),
        };
        let sql = self.page_sql(beyond, order, place.is_some());
        let limit = limit.min(MOST_ROWS);
        let mut more: Vec<Param<'_>> = vec![(":limit", &limit)];
        more.extend(place.iter().flat_map(|place| place.params()));
        let mut query = tx.prepare_cached(&sql)?;
        query.query_and_then(self.params(&more).as_slice(), read)?.collect()
    }

    fn page_sql(&self, beyond: &str, order: &str, from_place: bool) -> String {
        let beyond = if from_place { format!("AND (first, date, number, key) {beyond} (:first, :date, :number, :key)") } else { String::new() };
        let filter = self.sql();
        format!("SELECT * FROM review WHERE {filter} {beyond} ORDER BY first {order}, date {order}, number {order}, key {order} LIMIT :limit")
    }

    fn place_at(&self, tx: &Connection, index: u64) -> Result<Option<Place>> {
        let sql = format!(
            "SELECT first, date, number, key FROM review WHERE {} ORDER BY first DESC, date DESC, number DESC, key DESC LIMIT 1 OFFSET :index",
            self.sql()
        );
        let (total, _) = self.counts(tx, None)?;
        let index = i64::try_from(index.min(total.saturating_sub(1))).unwrap_or(i64::MAX);
        let mut query = tx.prepare_cached(&sql)?;
        query.query_and_then(self.params(&[(":index", &index)]).as_slice(), place)?.next().transpose()
    }

    /// All rows, and those above the place.
    fn counts(&self, tx: &Connection, place: Option<&Place>) -> Result<(u64, u64)> {
        let (filter, above) = (self.sql(), "(first, date, number, key) > (:first, :date, :number, :key)");
        let count = |sql: &str, params: &[Param<'_>]| -> Result<u64> {
            column::count(tx.prepare_cached(sql)?.query_one(self.params(params).as_slice(), |row| row.get(0))?)
        };
        let total = format!("SELECT count(*) FROM review WHERE {filter}");
        let Some(place) = place else { return Ok((count(&total, &[])?, 0)) };
        if self.words.is_empty() {
            // Each is a walk along an index.
            return Ok((count(&total, &[])?, count(&format!("{total} AND {above}"), &place.params())?));
        }
        // A search reads the rows themselves: once is enough.
        let both = format!("SELECT count(*), count(CASE WHEN {above} THEN 1 END) FROM review WHERE {filter}");
        let counts = tx.prepare_cached(&both)?.query_one(self.params(&place.params()).as_slice(), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((column::count(counts.0)?, column::count(counts.1)?))
    }
}

impl Place {
    fn params(&self) -> [Param<'_>; 4] {
        [(":first", &self.first), (":date", &self.date), (":number", &self.number), (":key", &self.key)]
    }
}

impl Found {
    fn with_drafts(self, tx: &Connection) -> Result<WindowRow> {
        let drafts = shelf::standings_of(tx, &self.row.key.0)?;
        Ok(WindowRow { row: self.row, bucket: self.bucket, drafts })
    }
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

fn place_of(tx: &Connection, key: &Subject) -> Result<Option<Place>> {
    tx.prepare_cached("SELECT first, date, number, key FROM review WHERE key = ?1")?.query_and_then([&key.0], place)?.next().transpose()
}

fn place(row: &Row<'_>) -> Result<Place> {
    Ok(Place { first: row.get("first")?, date: row.get("date")?, number: row.get("number")?, key: row.get("key")? })
}

fn read(row: &Row<'_>) -> Result<Found> {
    Ok(Found {
        place: place(row)?,
        bucket: named(row.get("bucket")?)?,
        row: ReviewRow {
            key: Subject(row.get("key")?),
            date: column::date(&row.get::<_, String>("date")?)?,
            number: row.get("number")?,
            name: row.get("name")?,
            amount: column::money(row, "amount")?.ok_or_else(|| BookError::damaged("a row without an amount"))?,
            class: named(row.get("class")?)?,
            search: row.get("search")?,
            payload: row.get("payload")?,
        },
    })
}

/// The word in the file: what serde calls it.
fn name<T: Serialize>(value: T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => Ok(name),
        _ => Err(BookError::damaged("a class without a name")),
    }
}

fn named<T: serde::de::DeserializeOwned>(name: String) -> Result<T> {
    serde_json::from_value(Value::String(name)).map_err(|_| BookError::damaged("a class or bucket"))
}

#[cfg(test)]
#[path = "tests/review.rs"]
mod tests;
