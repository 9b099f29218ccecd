//! What was asked of the services, and how often: shown, since Stripe allows a number of reads a month.

use std::collections::BTreeMap;

use book::{Book, Side as Of};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::commands::{Problem, Reads, Side, count};
use crate::open::Open;
use crate::{Desk, lock};

/// Requests to one endpoint since the book was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests {
    pub side: Side,
    /// `GET /v1/invoices/{id}`
    pub endpoint: String,
    pub sent: u64,
    /// Sent again after an earlier attempt; included in `sent`.
    pub repeated: u64,
    /// Turned away for haste: answers with status 429.
    pub limited: u64,
}

/// Reads that Stripe allows every account in these days; more for those with many payments (docs: Rate limits).
const ALLOWED: u32 = 10_000;
const DAYS: TimeDelta = TimeDelta::days(30);
/// Beside the places of walks: reads by day.
const READS: &str = "reads";

impl Desk {
    /// Of the open book.
    pub fn requests(&self) -> Result<Vec<Requests>, Problem> {
        Ok(self.requests_of(&*self.open()?))
    }

    pub(crate) fn requests_of(&self, open: &Open) -> Vec<Requests> {
        let counts = |side: Side, counts: BTreeMap<String, remote::Count>| {
            counts.into_iter().map(move |(endpoint, count)| {
                let remote::Count { sent, repeated, limited, .. } = count;
                Requests { side, endpoint, sent, repeated, limited }
            })
        };
        let stripe = lock(&open.stripe).as_ref().map(|stripe| stripe.requests().counts()).unwrap_or_default();
        let ledger = lock(&open.ledger).as_ref().map(|ledger| ledger.log().counts()).unwrap_or_default();
        counts(Side::Stripe, stripe).chain(counts(Side::Ledger, ledger)).collect()
    }

    /// Adds what was read of Stripe since it was last noted; the claim is held.
    pub(crate) fn note_reads(&self, open: &Open) -> Result<(), Problem> {
        let reads = self.requests_of(open).into_iter().filter(|asked| asked.side == Side::Stripe && asked.endpoint.starts_with("GET "));
        let total: u64 = reads.map(|asked| asked.sent).sum();
        let noted = std::mem::replace(&mut *lock(&open.reads_noted), total);
        // A client that was built anew counts from nothing.
        let new = total.checked_sub(noted).unwrap_or(total);
        let (mut book, now) = (open.book(), self.now());
        let mut days = by_day(&book, now)?;
        *days.entry(now.date_naive()).or_default() += new;
        let json = serde_json::to_string(&days).unwrap_or_default();
        // Counting is no fetching: it must not pass for the time of one.
        Ok(book.set_cursor(Of::Stripe, READS, &json, DateTime::UNIX_EPOCH)?)
    }
}

pub fn reads(book: &Book, now: DateTime<Utc>) -> Result<Reads, Problem> {
    Ok(Reads { used: count(by_day(book, now)?.values().sum()), allowed: ALLOWED })
}

fn by_day(book: &Book, now: DateTime<Utc>) -> Result<BTreeMap<NaiveDate, u64>, Problem> {
    let noted = book.cursor(Of::Stripe, READS)?;
    let mut days: BTreeMap<NaiveDate, u64> = noted.and_then(|noted| serde_json::from_str(&noted.json).ok()).unwrap_or_default();
    let first = (now - DAYS).date_naive();
    days.retain(|day, _| *day > first);
    Ok(days)
}
