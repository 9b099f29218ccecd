//! Walking a set: resumable on any page, and afterwards only what changed.

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderName, HeaderValue};
use remote::GetRequest;
use serde::{Deserialize, Serialize};

use super::{
    BusinessCentral,
    connection::{Copy, Rows},
    fields::Fields,
    instant, record,
};
use crate::{Cursor, IdPage, LedgerPage, ReadError, RecordKind};

/// A change carries the stamp of its writing and is seen after its commit, later still on a replica.
const OVERLAP: TimeDelta = TimeDelta::minutes(15);

const IDS_A_PAGE: usize = 5_000;

/// Where a walk stands.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Walk {
    kind: RecordKind,
    part: Part,
    /// Only what changed from then on; `None`: everything.
    since: Option<DateTime<Utc>>,
    /// The service's time at the first page; the next walk begins there.
    begun: Option<DateTime<Utc>>,
    /// The next page, relative to the base.
    link: Option<String>,
    done: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Changed,
    /// A part payment lowers what is open without moving the stamp: open invoices are read every time
    /// (microsoft/BCApps: SalesInvoiceAggregator.Codeunit.al, UpdateStatusIfChanged).
    Open,
    Ids,
}

pub(super) async fn page(ledger: &BusinessCentral, kind: RecordKind, cursor: Option<&Cursor>) -> Result<LedgerPage, ReadError> {
    let mut walk = Walk::resume(kind, Part::Changed, cursor)?;
    let rows = ledger.rows(walk.question(ledger), Copy::Any).await?;
    let records = rows.rows.iter().map(|row| record::read(kind, row)).collect::<Option<Vec<_>>>();
    let records = records.ok_or(ReadError::Unreadable { what: "a record" })?;
    let total = rows.total;
    walk.step(&rows, ledger.door().clock().now())?;
    Ok(LedgerPage { records, cursor: walk.cursor()?, more: !walk.done, total })
}

/// On the copy that writes go to: what a lagging replica lacks is not gone.
pub(super) async fn ids(ledger: &BusinessCentral, kind: RecordKind, cursor: Option<&Cursor>) -> Result<IdPage, ReadError> {
    let mut walk = Walk::resume(kind, Part::Ids, cursor)?;
    let rows = ledger.rows(walk.question(ledger), Copy::Newest).await?;
    let ids = rows.rows.iter().map(|row| Some(Fields::read(row)?.text("id")?.to_owned())).collect::<Option<Vec<_>>>();
    let ids = ids.ok_or(ReadError::Unreadable { what: "an id" })?;
    walk.step(&rows, ledger.door().clock().now())?;
    Ok(IdPage { ids, cursor: walk.cursor()?, more: !walk.done })
}

impl Walk {
    fn resume(kind: RecordKind, part: Part, cursor: Option<&Cursor>) -> Result<Self, ReadError> {
        let fresh = |since| Self { kind, part, since, begun: None, link: None, done: false };
        let Some(cursor) = cursor else { return Ok(fresh(None)) };
        let walk: Self = serde_json::from_str(&cursor.0).map_err(|_| ReadError::BadCursor)?;
        if walk.kind != kind || (walk.part == Part::Ids) != (part == Part::Ids) {
            return Err(ReadError::BadCursor);
        }
        Ok(if walk.done { fresh(walk.begun.or(walk.since).filter(|_| part != Part::Ids)) } else { walk })
    }

    fn question(&self, ledger: &BusinessCentral) -> GetRequest {
        let set = record::set(self.kind);
        let rows = if self.part == Part::Ids { IDS_A_PAGE } else { set.page };
        let prefer = HeaderValue::from_str(&format!("odata.maxpagesize={rows}")).unwrap_or(HeaderValue::from_static(""));
        if let Some(link) = &self.link {
            return GetRequest::new(link.clone()).header(HeaderName::from_static("prefer"), prefer);
        }
        let mut question = GetRequest::new(ledger.path(set.name)).header(HeaderName::from_static("prefer"), prefer);
        let filter = match (self.part, self.since) {
            (Part::Open, _) => Some("status eq 'Open'".to_owned()),
            (_, Some(since)) => Some(format!("lastModifiedDateTime ge {}", instant(since - OVERLAP))),
            _ => None,
        };
        if let Some(filter) = filter {
            question = question.query("$filter", &filter);
        }
        match (self.part, set.lines) {
            (Part::Ids, _) => question.query("$select", "id"),
            (_, Some(lines)) => question.query("$expand", lines).query("$count", "true"),
            _ => question.query("$count", "true"),
        }
    }

    fn step(&mut self, rows: &Rows, now: DateTime<Utc>) -> Result<(), ReadError> {
        self.begun = self.begun.or(rows.at).or(Some(now));
        if rows.next.is_some() && rows.next == self.link {
            return Err(ReadError::Unreadable { what: "a next page that is the same page" });
        }
        self.link = rows.next.clone();
        if self.link.is_none() {
            let then_open = self.kind == RecordKind::SalesInvoice && self.part == Part::Changed && self.since.is_some();
            if then_open { self.part = Part::Open } else { self.done = true }
        }
        Ok(())
    }

    fn cursor(&self) -> Result<Cursor, ReadError> {
        serde_json::to_string(self).map(Cursor).map_err(|_| ReadError::BadCursor)
    }
}
