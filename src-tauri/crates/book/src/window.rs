//! The list of Review, a window at a time: sorted, searched, counted.

use std::collections::{BTreeMap, BTreeSet};

use ::drafts::Subject;
use rusqlite::{Connection, Row, ToSql};

use crate::review::{name, named};
use crate::{Book, BookError, Bucket, Result, ReviewRow, Standing, column, revision, shelf};

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

/// A window has no more rows than this, on either side of its anchor.
pub const MOST_ROWS: u32 = 500;

impl Book {
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

#[cfg(test)]
#[path = "tests/window.rs"]
mod tests;
