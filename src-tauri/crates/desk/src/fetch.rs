//! Fetching: both sides into the mirror, page by page, with the place kept beside each page.

mod walks;

use std::collections::BTreeSet;
use std::sync::Arc;

use book::{Act, Book, Record, Side as Of};
use chrono::{DateTime, Months, Utc};
use futures::future::{try_join, try_join_all};
use ledgers::{Cursor, Ledger, LedgerRecord, RecordKind};
use serde_json::json;
use stripe::{Kind, Row, Topic};

use crate::commands::*;
use crate::mirror::company_record;
use crate::open::{Open, stop_asked};
use crate::propose::local_date;
use crate::settings::Settings;
use crate::{Desk, lock};

/// What the spine needs of the ledger.
const LEDGER_KINDS: [RecordKind; 4] = [RecordKind::Item, RecordKind::Customer, RecordKind::SalesInvoice, RecordKind::CreditMemo];
/// Older rows than the book's start by this much are not fetched: open ones among them may still be matched.
const BEFORE_START: Months = Months::new(12);
/// Pages of one kind in one fetch; far beyond any account, so that a faulty cursor ends.
const MOST_PAGES: u32 = 50_000;

impl Desk {
    pub async fn fetch(&self, _: Nothing) -> Result<Progress, Problem> {
        let open = self.open()?;
        self.start_fetch(&open)?;
        let desk = self.clone();
        tokio::spawn(async move { desk.run_fetch(open).await });
        self.progress(Nothing {}).await
    }

    /// Stripe's side alone, to its end, to see how quick that is.
    pub async fn fetch_stripe(&self) -> Result<FetchProgress, Problem> {
        let open = self.open()?;
        self.start_fetch(&open)?;
        let _claimed = self.claim(&open, |_| ()).await?;
        let (_, settings) = open.settings()?;
        Run { desk: self, open: &open }.stripe_side(&settings).await?;
        let done = lock(&open.fetch).take().ok_or(Problem::new(Code::Internal))?;
        Ok(FetchProgress { running: false, ..done })
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

impl Desk {
    /// Reads just these sources again and proposes anew, so that a person sees what has changed; the claim is held.
    pub(crate) async fn read_again(&self, open: &Open, sources: &BTreeSet<String>) -> Result<(), Problem> {
        let (_, settings) = open.settings()?;
        for key in sources {
            let mut parts = key.splitn(3, ':');
            match (parts.next(), parts.next(), parts.next()) {
                (Some("stripe"), Some(kind), Some(id)) => {
                    let Some(kind) = Kind::named(kind) else { continue };
                    if let Some(row) = open.stripe()?.get(kind, id).await? {
                        open.book().put(Of::Stripe, &[stripe_record(&row, &settings)], self.now())?;
                    } else {
                        open.book().mark_one_gone(Of::Stripe, kind.name(), id, self.now())?;
                    }
                }
                (Some("ledger"), Some(kind), Some(id)) => {
                    let Some(kind) = RecordKind::named(kind) else { continue };
                    if let Some(record) = open.ledger()?.record(kind, id).await? {
                        open.book().put(Of::Ledger, &[ledger_record(&record)], self.now())?;
                    } else {
                        open.book().mark_one_gone(Of::Ledger, kind.name(), id, self.now())?;
                    }
                }
                _ => {}
            }
        }
        let record = company_record(&open.ledger()?.facts().await?)?;
        open.book().put(Of::Ledger, &[record], self.now())?;
        self.repropose(open).await
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
        let sides = try_join(self.stripe_side(&settings), self.ledger_side()).await;
        self.desk.note_reads(self.open)?;
        sides?;
        self.desk.watch(self.open).await?;
        self.open.book().reopen_later(self.desk.now())?;
        self.step(Side::Ledger, "matching");
        let (rows, now) = (lock(&self.open.fetch).as_ref().map_or(0, |fetch| fetch.rows), self.desk.now());
        let who = lock(&self.open.who).clone();
        self.open.book().note(Act::Fetched, who.as_ref(), None, json!({ "rows": rows }), now)?;
        self.desk.repropose(self.open).await
    }

    async fn ledger_side(&self) -> Result<(), Problem> {
        self.company().await?;
        try_join_all(LEDGER_KINDS.map(|kind| async move {
            self.ledger_kind(kind).await?;
            self.ledger_gone(kind).await?;
            self.step(Side::Ledger, kind.name());
            Ok::<_, Problem>(())
        }))
        .await?;
        Ok(())
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
        let mirrored = self.open.book().ids(Of::Ledger, kind.name())?;
        for id in mirrored.difference(&there) {
            self.keep(|book, at| book.mark_one_gone(Of::Ledger, kind.name(), id, at))?;
        }
        Ok(())
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
        let requests = count(self.desk.requests_of(self.open).iter().map(|asked| asked.sent).sum());
        self.show(|fetch| {
            (fetch.pages, fetch.requests) = (fetch.pages + 1, requests);
            fetch.rows = fetch.rows.saturating_add(rows as u32);
        });
        if stop_asked(&self.open.stop_fetch) { Err(Problem::new(Code::Stopped)) } else { Ok(()) }
    }

    fn show(&self, change: impl FnOnce(&mut FetchProgress)) {
        if let Some(fetch) = lock(&self.open.fetch).as_mut() {
            change(fetch);
        }
        self.desk.around().changed();
    }
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
