//! How long a person waits for each act in a book of many invoices: no network, only the book, the matching and the
//! proposals. A demo company of any size is fetched once, and can be kept for another run.

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use desk::commands::*;
use desk::{Computer, DemoCompany, Desk};

use crate::steps::{all_rows, open_demo};
use crate::terminal::Terminal;

#[derive(Args)]
pub struct Options {
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(20..=200_000))]
    invoices: u32,
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=24))]
    months: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keeps the fetched book here, and goes on with it when it is there; else it is thrown away.
    #[arg(long)]
    book: Option<PathBuf>,
}

/// Times that each act is done.
const TIMES: usize = 5;
const ROWS: u32 = 100;

pub async fn run(options: Options) -> ExitCode {
    let thrown_away = std::env::temp_dir().join(format!("countersign-desk-bench-{}", std::process::id()));
    let folder = options.book.as_ref().and_then(|book| Some(book.parent()?.to_owned())).unwrap_or(thrown_away.clone());
    let result = bench(&options, folder).await;
    let _ = std::fs::remove_dir_all(&thrown_away);
    result.map_or_else(|problem| crate::failed(&problem.to_string()), |()| ExitCode::SUCCESS)
}

async fn bench(options: &Options, folder: PathBuf) -> Result<(), Problem> {
    let computer =
        Computer::new(Some(folder.clone()), Box::new(Terminal)).map_err(|error| Problem::new(Code::Internal).with("cause", error.to_string()))?;
    let desk = Desk::new(Arc::new(computer));
    let book = options.book.clone().unwrap_or_else(|| folder.join("bench.countersign"));
    let until = chrono::Utc::now().date_naive() - chrono::Days::new(1);
    open_demo(&desk, &book, DemoCompany { seed: options.seed, until, months: options.months, invoices: options.invoices }).await?;
    if all_rows(&desk).await?.is_empty() {
        let fetched = desk.fetch_all().await?;
        println!("fetched {} rows", fetched.rows);
    }
    let rows = all_rows(&desk).await?;
    println!("{} rows of Review", rows.len());
    println!("{:44} {:>9} {:>9}", "", "median ms", "worst ms");
    Acts { desk: &desk, rows }.all().await
}

struct Acts<'a> {
    desk: &'a Desk,
    rows: Vec<ReviewRow>,
}

impl Acts<'_> {
    async fn all(&self) -> Result<(), Problem> {
        self.looking().await?;
        self.settings().await?;
        self.deciding().await?;
        self.signing().await
    }

    async fn looking(&self) -> Result<(), Problem> {
        let desk = self.desk;
        act("frame", TIMES, || desk.overview(Nothing {})).await?;
        let window = |search: &str, month: Option<String>, index: u32| ReviewWindow {
            query: ReviewQuery { bucket: Bucket::All, month, search: search.to_owned() },
            anchor: Anchor::Index { index },
            before: 0,
            after: ROWS,
        };
        let end = (self.rows.len() as u32).saturating_sub(ROWS);
        let month = self.rows.last().and_then(|row| row.left.date.get(..7)).map(str::to_owned);
        act("Review, first window", TIMES, || desk.review_rows(window("", None, 0))).await?;
        act("Review, last window", TIMES, || desk.review_rows(window("", None, end))).await?;
        act("Review, last window of a search", TIMES, || desk.review_rows(window("aps", None, end))).await?;
        act("Review, search in the oldest month", TIMES, || desk.review_rows(window("aps", month.clone(), end))).await?;
        if let Some(row) = self.rows.first() {
            act("explanation", TIMES, || desk.explain(RowKey { key: row.key.clone() })).await?;
        }
        let drafts = |index| DraftWindow { anchor: Anchor::Index { index }, before: 0, after: ROWS };
        act("Drafts, first window", TIMES, || desk.draft_rows(drafts(0))).await?;
        act("Drafts, last window", TIMES, || desk.draft_rows(drafts(end))).await?;
        let customers = |search: &str| CustomersQuery { search: search.to_owned(), unclear_only: false, first: 0, limit: ROWS };
        act("Customers, as opened", 1, || desk.customer_rows(customers(""))).await?;
        act("Customers, searched", TIMES, || desk.customer_rows(customers("aps"))).await?;
        act("Trail, first page", TIMES, || desk.trail(TrailWindow { limit: ROWS, ..TrailWindow::default() })).await
    }

    async fn settings(&self) -> Result<(), Problem> {
        let desk = self.desk;
        act("Settings", TIMES, || desk.choices(Nothing {})).await?;
        let chosen = desk.choices(Nothing {}).await?.chosen;
        act("test of the settings", TIMES, || desk.rehearse(Rehearse { choices: chosen.clone(), keys: Vec::new() })).await?;
        let keys: Vec<_> = self.rows.iter().step_by(self.rows.len() / 10 + 1).map(|row| row.key.clone()).collect();
        act("the same of chosen invoices", TIMES, || desk.rehearse(Rehearse { choices: chosen.clone(), keys: keys.clone() })).await?;
        let mut nothing = chosen.clone();
        let mut turn = 0;
        act("settings saved, no draft changes", TIMES, || {
            turn += 1;
            nothing.late_reason = format!("late {turn}");
            desk.save_choices(nothing.clone())
        })
        .await?;
        let mut all = nothing.clone();
        act("settings saved, every draft changes", 2, || {
            all.number_in_lines = !all.number_in_lines;
            desk.save_choices(all.clone())
        })
        .await
    }

    /// Each matches and proposes what it touches.
    async fn deciding(&self) -> Result<(), Problem> {
        let desk = self.desk;
        let open = |row: &&ReviewRow| row.state == RowState::Open;
        let mut paired = self.rows.iter().filter(open).filter(|row| row.right_kind == RightKind::Document);
        let not_this = |key: &str| Decline { key: key.to_owned(), reason: DeclineReason::NotThis {} };
        act("pair declined", TIMES, || desk.decline(not_this(paired.next().map_or("", |row| &row.key)))).await?;
        let mut new = self.rows.iter().filter(open).filter(|row| row.class == Class::New);
        let later = |key: &str| Decline { key: key.to_owned(), reason: DeclineReason::Later {} };
        act("row declined", TIMES, || desk.decline(later(new.next().map_or("", |row| &row.key)))).await?;
        let unsure = self.rows.iter().filter(open).find(|row| row.right_kind == RightKind::Several);
        if let Some(row) = unsure {
            let found = desk.candidates(CandidatesOf { key: row.key.clone(), search: None }).await?;
            if let Some(first) = found.rows.first() {
                act("document chosen", TIMES, || desk.choose(Choose { key: row.key.clone(), documents: vec![first.id.clone()] })).await?;
                act("choice taken back", 1, || desk.forget_choice(RowKey { key: row.key.clone() })).await?;
            }
        }
        if let Some((key, id)) = self.another().await? {
            let mut turn = 0;
            act("customer linked, or not any more", TIMES, || {
                turn += 1;
                let to = if turn % 2 == 1 { LinkTo::Customer { id: id.clone() } } else { LinkTo::Nothing {} };
                desk.link_customer(LinkCustomer { key: key.clone(), to })
            })
            .await?;
        }
        let asks = self.rows.iter().find(|row| row.no_draft.as_ref().is_some_and(|reason| reason.code == "person_decides"));
        if let Some(row) = asks {
            act("VAT decided", 1, || desk.decide_vat(DecideVat { key: row.key.clone(), answer: VatAnswer::Exempt })).await?;
        }
        Ok(())
    }

    /// A customer of Stripe's, and another of the ledger's than it is taken for.
    async fn another(&self) -> Result<Option<(String, String)>, Problem> {
        let all = CustomersQuery { search: String::new(), unclear_only: false, first: 0, limit: ROWS };
        for row in self.desk.customer_rows(all).await?.rows {
            let found = self.desk.customer_candidates(CustomerCandidatesOf { key: row.key.clone(), search: "a".into() }).await?;
            if let Some(other) = found.rows.into_iter().find(|other| !other.chosen) {
                return Ok(Some((row.key, other.id)));
            }
        }
        Ok(None)
    }

    /// Every bucket that can be signed at a stroke, and all of it taken back.
    async fn signing(&self) -> Result<(), Problem> {
        let desk = self.desk;
        for bucket in [Bucket::Exact, Bucket::Strong, Bucket::New] {
            let query = ReviewQuery { bucket, month: None, search: String::new() };
            let rows = act_with(&format!("{bucket:?}: what can be signed at a stroke"), || desk.signable(query)).await?.rows;
            let count = rows.len();
            act_with(&format!("{bucket:?}: {count} signed"), || desk.countersign(Countersign { rows, yes: Vec::new() })).await?;
        }
        let basket = act_with("basket opened", || desk.basket(Nothing {})).await?;
        println!("{:44} {} rows, {} drafts", "  in it", basket.rows, basket.drafts);
        act("frame with all signed", TIMES, || desk.overview(Nothing {})).await?;
        act("Trail with all signed", TIMES, || desk.trail(TrailWindow { limit: ROWS, ..TrailWindow::default() })).await?;
        let log = act_with("undo log", || desk.undo_log(Nothing {})).await?;
        for signing in log.signings {
            let keys: Vec<_> = signing.rows.into_iter().map(|row| row.key).collect();
            act_with(&format!("{} taken back", keys.len()), || desk.undo(RowKeys { keys })).await?;
        }
        Ok(())
    }
}

/// Does it so many times and prints how long it took.
async fn act<T, F: Future<Output = Result<T, Problem>>>(name: &str, times: usize, mut what: impl FnMut() -> F) -> Result<(), Problem> {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        what().await?;
        took.push(began.elapsed());
    }
    took.sort();
    let (median, worst) = (took.get(took.len() / 2), took.last());
    println!("{name:44} {:>9} {:>9}", milliseconds(median), milliseconds(worst));
    Ok(())
}

/// Once, with its answer.
async fn act_with<T, F: Future<Output = Result<T, Problem>>>(name: &str, what: impl FnOnce() -> F) -> Result<T, Problem> {
    let began = Instant::now();
    let answer = what().await?;
    println!("{name:44} {:>9}", milliseconds(Some(&began.elapsed())));
    Ok(answer)
}

/// To the tenth.
fn milliseconds(took: Option<&Duration>) -> String {
    let tenths = took.map_or(0, |took| took.as_micros() / 100);
    format!("{}.{}", tenths / 10, tenths % 10)
}
