//! Fetching: both sides into the mirror, page by page, with the place kept beside each page.

use std::collections::BTreeSet;
use std::sync::Arc;

use book::{Act, Book, Record, Side as Of};
use chrono::{DateTime, Months, TimeDelta, Utc};
use futures::future::{try_join, try_join_all};
use ledgers::{Cursor, Ledger, LedgerRecord, RecordKind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stripe::{Kind, Row, Topic, Walk};

use crate::commands::*;
use crate::connect::stripe_problem;
use crate::open::{Open, stop_asked};
use crate::propose::local_date;
use crate::review::company_record;
use crate::settings::Settings;
use crate::{Desk, lock};

/// What the spine needs of the ledger.
const LEDGER_KINDS: [RecordKind; 4] = [RecordKind::Item, RecordKind::Customer, RecordKind::SalesInvoice, RecordKind::CreditMemo];
/// An object is committed a moment after the second it says it was made in.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);
/// Events older than this are gone (docs: List all events); a longer silence means a whole walk.
const EVENTS_LAST: TimeDelta = TimeDelta::days(29);
/// Older rows than the book's start by this much are not fetched: open ones among them may still be matched.
const BEFORE_START: Months = Months::new(12);
/// Pages of one kind in one fetch; far beyond any account, so that a faulty cursor ends.
const MOST_PAGES: u32 = 50_000;

/// Where a walk over one kind of Stripe's objects stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// In the middle; stopped or cut off.
    At(Walk),
    /// Everything made up to then is there.
    Until(DateTime<Utc>),
}

impl Desk {
    pub async fn fetch(&self, _: Nothing) -> Result<Progress, Problem> {
        let open = self.open()?;
        self.start_fetch(&open)?;
        let desk = self.clone();
        tokio::spawn(async move { desk.run_fetch(open).await });
        self.progress(Nothing {}).await
    }

    /// The same to its end, for callers that wait.
    pub async fn fetch_all(&self) -> Result<FetchProgress, Problem> {
        let open = self.open()?;
        self.start_fetch(&open)?;
        self.run_fetch(open.clone()).await;
        let done = lock(&open.fetch).clone().ok_or(Problem::new(Code::Internal))?;
        done.problem.clone().map_or(Ok(done), Err)
    }

    pub async fn progress(&self, _: Nothing) -> Result<Progress, Problem> {
        let open = self.open()?;
        let (fetch, write) = (lock(&open.fetch).clone(), lock(&open.write).clone());
        Ok(Progress { fetch, write, revision: open.book().revision()? })
    }

    pub async fn stop(&self, asked: Stop) -> Result<Progress, Problem> {
        let open = self.open()?;
        let flag = match asked.what {
            LongWork::Fetch => &open.stop_fetch,
            LongWork::Write => &open.stop_write,
        };
        flag.store(true, std::sync::atomic::Ordering::Relaxed);
        self.progress(Nothing {}).await
    }

    fn start_fetch(&self, open: &Open) -> Result<(), Problem> {
        open.stripe()?;
        open.ledger()?;
        if lock(&open.write).as_ref().is_some_and(|write| write.running) {
            return Err(Problem::new(Code::AlreadyRunning));
        }
        let mut fetch = lock(&open.fetch);
        if fetch.as_ref().is_some_and(|fetch| fetch.running) {
            return Err(Problem::new(Code::AlreadyRunning));
        }
        stop_asked(&open.stop_fetch);
        let steps = (Kind::ALL.len() + Topic::ALL.len() + LEDGER_KINDS.len() + 1) as u32;
        *fetch = Some(FetchProgress {
            running: true,
            side: Side::Stripe,
            what: String::new(),
            step: 0,
            steps,
            pages: 0,
            rows: 0,
            requests: 0,
            problem: None,
        });
        Ok(())
    }

    async fn run_fetch(&self, open: Arc<Open>) {
        let run = Run { desk: self, open: &open };
        let result = run.all().await;
        if let Err(problem) = &result {
            open.heed(problem);
        }
        if let Some(fetch) = lock(&open.fetch).as_mut() {
            (fetch.running, fetch.problem) = (false, result.err());
        }
        self.around().changed();
    }
}

struct Run<'a> {
    desk: &'a Desk,
    open: &'a Arc<Open>,
}

impl Run<'_> {
    async fn all(&self) -> Result<(), Problem> {
        let _claimed = self.desk.claim(self.open, |waiting| self.show(|fetch| fetch.problem = Some(waiting.clone()))).await?;
        self.show(|fetch| fetch.problem = None);
        let (_, settings) = self.open.settings()?;
        // Each service has its own limits, and so has each kind of object at Stripe: they are asked side by side.
        try_join(self.stripe_side(&settings), self.ledger_side()).await?;
        self.desk.watch(self.open).await?;
        self.step(Side::Ledger, "matching");
        let (rows, now) = (lock(&self.open.fetch).as_ref().map_or(0, |fetch| fetch.rows), self.desk.now());
        let who = lock(&self.open.who).clone();
        self.open.book().note(Act::Fetched, who.as_ref(), None, json!({ "rows": rows }), now)?;
        self.desk.repropose(self.open).await
    }

    async fn stripe_side(&self, settings: &Settings) -> Result<(), Problem> {
        try_join_all(Kind::ALL.map(|kind| async move {
            self.stripe_kind(kind, settings).await?;
            self.step(Side::Stripe, kind.name());
            Ok::<_, Problem>(())
        }))
        .await?;
        for topic in Topic::ALL {
            self.stripe_changes(topic, settings).await?;
            self.step(Side::Stripe, "changes");
        }
        Ok(())
    }

    async fn ledger_side(&self) -> Result<(), Problem> {
        self.company().await?;
        for kind in LEDGER_KINDS {
            self.ledger_kind(kind).await?;
            self.ledger_gone(kind).await?;
            self.step(Side::Ledger, kind.name());
        }
        Ok(())
    }

    async fn stripe_kind(&self, kind: Kind, settings: &Settings) -> Result<(), Problem> {
        let stripe = self.open.stripe()?;
        let now = self.desk.now();
        let mut walk = match self.place(kind.name())? {
            Some(Place::At(walk)) => walk,
            Some(Place::Until(until)) => Walk::between(Some(until - OVERLAP), now),
            None => Walk::between(self.since(kind, settings), now),
        };
        let until = walk.until;
        for _ in 0..MOST_PAGES {
            let page = match stripe.page(kind, &walk).await {
                // A part that the key may not read is left out; the connection says so.
                Err(stripe::StripeError::NotGranted(_)) => return Ok(()),
                other => other.map_err(stripe_problem)?,
            };
            let records: Vec<_> = page.rows.iter().map(|row| stripe_record(row, settings)).collect();
            let place = page.next.clone().map_or(Place::Until(until), Place::At);
            self.keep(|book, at| book.put_page(Of::Stripe, kind.name(), &records, &place_text(&place), at))?;
            self.page(records.len())?;
            let Some(next) = page.next else { return Ok(()) };
            walk = next;
        }
        Ok(())
    }

    /// Objects that changed after they were made: the events say which, the objects are read again.
    async fn stripe_changes(&self, topic: Topic, settings: &Settings) -> Result<(), Problem> {
        let stripe = self.open.stripe()?;
        let name = format!("changes_{}", topic as u8);
        let now = self.desk.now();
        let since = match self.place(&name)? {
            // The first walk has just read everything as it is.
            None => return self.keep(|book, at| book.set_cursor(Of::Stripe, &name, &place_text(&Place::Until(now)), at)),
            Some(Place::Until(until)) => until,
            Some(Place::At(walk)) => walk.since.unwrap_or(now),
        };
        if now - since > EVENTS_LAST {
            for kind in Kind::ALL {
                self.keep(|book, at| {
                    book.set_cursor(Of::Stripe, kind.name(), &place_text(&Place::At(Walk::between(self.since(kind, settings), now))), at)
                })?;
                self.stripe_kind(kind, settings).await?;
            }
            return self.keep(|book, at| book.set_cursor(Of::Stripe, &name, &place_text(&Place::Until(now)), at));
        }
        let mut changed = BTreeSet::new();
        let mut walk = Some(Walk::between(Some(since - OVERLAP), now));
        while let Some(place) = walk.take() {
            let page = match stripe.changes(topic, &place).await {
                Err(stripe::StripeError::NotGranted(_)) => return Ok(()),
                other => other.map_err(stripe_problem)?,
            };
            changed.extend(page.changes.into_iter().map(|change| (change.kind, change.id)));
            walk = page.next;
            self.page(0)?;
        }
        for (kind, id) in changed {
            match stripe.get(kind, &id).await.map_err(stripe_problem)? {
                Some(row) => drop(self.keep(|book, at| book.put(Of::Stripe, &[stripe_record(&row, settings)], at))?),
                None => self.keep(|book, at| book.mark_one_gone(Of::Stripe, kind.name(), &id, at))?,
            }
            self.page(1)?;
        }
        self.keep(|book, at| book.set_cursor(Of::Stripe, &name, &place_text(&Place::Until(now)), at))
    }

    async fn ledger_kind(&self, kind: RecordKind) -> Result<(), Problem> {
        let ledger = self.open.ledger()?;
        let mut cursor = self.open.book().cursor(Of::Ledger, kind.name())?.map(|cursor| Cursor(cursor.json));
        for _ in 0..MOST_PAGES {
            let page = ledger.page(kind, cursor.as_ref()).await?;
            let records: Vec<_> = page.records.iter().map(ledger_record).collect();
            self.keep(|book, at| book.put_page(Of::Ledger, kind.name(), &records, &page.cursor.0, at))?;
            self.page(records.len())?;
            if !page.more {
                return Ok(());
            }
            cursor = Some(page.cursor);
        }
        Ok(())
    }

    /// What of the company decides how documents are drafted: dates, currencies, accounts.
    async fn company(&self) -> Result<(), Problem> {
        let facts = self.open.ledger()?.facts().await?;
        let record = company_record(&facts)?;
        self.keep(|book, at| book.put(Of::Ledger, &[record], at))?;
        self.page(0)
    }

    /// What the mirror has and the ledger has no more: deletions leave no stamp.
    async fn ledger_gone(&self, kind: RecordKind) -> Result<(), Problem> {
        let ledger = self.open.ledger()?;
        let (mut there, mut cursor) = (BTreeSet::new(), None);
        for _ in 0..MOST_PAGES {
            let page = ledger.ids(kind, cursor.as_ref()).await?;
            there.extend(page.ids);
            if !page.more {
                break;
            }
            cursor = Some(page.cursor);
        }
        self.page(0)?;
        for id in self.mirrored(kind)?.difference(&there) {
            self.keep(|book, at| book.mark_one_gone(Of::Ledger, kind.name(), id, at))?;
        }
        Ok(())
    }

    fn mirrored(&self, kind: RecordKind) -> Result<BTreeSet<String>, Problem> {
        const PAGE: u32 = 1_000;
        let mut ids = BTreeSet::new();
        loop {
            let page = self.open.book().all(Of::Ledger, kind.name(), ids.last().map(String::as_str), PAGE)?;
            if page.is_empty() {
                return Ok(ids);
            }
            ids.extend(page.into_iter().map(|stored| stored.record.id));
        }
    }

    fn place(&self, kind: &str) -> Result<Option<Place>, Problem> {
        let cursor = self.open.book().cursor(Of::Stripe, kind)?;
        // A cursor that cannot be read begins the walk again; what is there already is only seen once more.
        Ok(cursor.and_then(|cursor| serde_json::from_str(&cursor.json).ok()))
    }

    /// Master data from the beginning, documents and money from a year before the book.
    fn since(&self, kind: Kind, settings: &Settings) -> Option<DateTime<Utc>> {
        match kind {
            Kind::Customer | Kind::Product | Kind::TaxRate | Kind::Coupon => None,
            _ => settings.start.checked_sub_months(BEFORE_START)?.and_hms_opt(0, 0, 0).map(|at| at.and_utc()),
        }
    }

    fn keep<T>(&self, act: impl FnOnce(&mut Book, DateTime<Utc>) -> book::Result<T>) -> Result<T, Problem> {
        Ok(act(&mut self.open.book(), self.desk.now())?)
    }

    /// One of the steps is done.
    fn step(&self, side: Side, what: &str) {
        self.show(|fetch| {
            (fetch.side, fetch.step) = (side, fetch.step + 1);
            what.clone_into(&mut fetch.what);
        });
    }

    /// A page is kept; here a fetch can be stopped.
    fn page(&self, rows: usize) -> Result<(), Problem> {
        let requests = self.requests();
        self.show(|fetch| {
            (fetch.pages, fetch.requests) = (fetch.pages + 1, requests);
            fetch.rows = fetch.rows.saturating_add(rows as u32);
        });
        if stop_asked(&self.open.stop_fetch) { Err(Problem::new(Code::Stopped)) } else { Ok(()) }
    }

    fn requests(&self) -> u32 {
        let sent = |log: &remote::RequestLog| log.counts().values().map(|count| count.sent).sum::<u64>();
        let stripe = self.open.stripe().map_or(0, |stripe| sent(stripe.requests()));
        let ledger = self.open.ledger().map_or(0, |ledger| sent(ledger.log()));
        crate::books::count(stripe.saturating_add(ledger))
    }

    fn show(&self, change: impl FnOnce(&mut FetchProgress)) {
        if let Some(fetch) = lock(&self.open.fetch).as_mut() {
            change(fetch);
        }
        self.desk.around().changed();
    }
}

fn place_text(place: &Place) -> String {
    serde_json::to_string(place).unwrap_or_default()
}

pub(crate) fn stripe_record(row: &Row, settings: &Settings) -> Record {
    let columns = &row.columns;
    Record {
        kind: row.kind.name().to_owned(),
        id: row.id.clone(),
        raw: row.raw.clone().into_bytes(),
        version: row.version.clone(),
        etag: None,
        happened_at: columns.happened_at,
        local_date: columns.happened_at.map(|at| local_date(at, settings.zone)),
        amount: columns.amount,
        fee: columns.fee,
        net: columns.net,
        number: columns.number.clone(),
        party: columns.party.clone(),
        status: columns.status.clone(),
        parent: columns.parent.clone(),
    }
}

pub(crate) fn ledger_record(record: &LedgerRecord) -> Record {
    Record {
        kind: record.kind.name().to_owned(),
        id: record.id.clone(),
        raw: record.raw.clone().into_bytes(),
        version: record.version.clone(),
        etag: record.etag.clone(),
        happened_at: record.modified_at,
        local_date: record.date,
        amount: record.amount,
        number: record.number.clone(),
        party: record.party_id.clone(),
        status: record.status.clone(),
        ..Record::default()
    }
}
