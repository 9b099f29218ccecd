//! The whole way with the demo company, and then the question whether it is true: the demo
//! company's own record of what exists is held against what it was made to expect.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use clap::Args;
use desk::commands::*;
use desk::{Computer, DemoCompany, Desk, Found, Truth};
use serde::Serialize;

use crate::steps::{all_rows, open_demo};
use crate::terminal::Terminal;

#[derive(Args)]
pub struct Options {
    /// Prints one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// Keeps the book here, so that a second run goes on with it; else it is thrown away.
    #[arg(long)]
    book: Option<PathBuf>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=24))]
    months: u32,
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(20..=200_000))]
    invoices: u32,
    /// The last day of the company's history; yesterday when it is not given.
    #[arg(long)]
    until: Option<NaiveDate>,
}

/// What came of it.
#[derive(Serialize)]
struct Report {
    ok: bool,
    book: String,
    fetched: u32,
    /// As the services counted them.
    requests: BTreeMap<String, u64>,
    /// Requests that a service turned away for haste, by endpoint; must be none.
    limited: BTreeMap<String, u64>,
    /// Milliseconds of each step.
    took: BTreeMap<&'static str, u128>,
    signed: u32,
    written: u32,
    /// Writes of a second pass over the same book; must be none.
    written_again: u32,
    expected: usize,
    found: usize,
    /// What is missing, double, different or too much, in words.
    wrong: Vec<String>,
    trail_entries: u32,
    trail_unbroken: bool,
}

pub async fn run(options: Options) -> ExitCode {
    let kept = options.book.clone();
    let folder = kept.as_ref().and_then(|book| book.parent().map(PathBuf::from)).filter(|folder| !folder.as_os_str().is_empty());
    let thrown_away = std::env::temp_dir().join(format!("countersign-demo-{}", std::process::id()));
    let folder = folder.unwrap_or_else(|| if kept.is_some() { PathBuf::from(".") } else { thrown_away.clone() });
    let json = options.json;
    let result = play(&options, &folder).await;
    if kept.is_none() {
        // Nothing of a run that nobody asked to keep stays behind.
        let _ = std::fs::remove_dir_all(&thrown_away);
    }
    match result {
        Ok(report) => {
            if json {
                println!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
            } else {
                table(&report);
            }
            if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problem) => crate::failed(&problem.to_string()),
    }
}

async fn play(options: &Options, folder: &std::path::Path) -> Result<Report, Problem> {
    let computer =
        Computer::new(Some(folder.to_owned()), Box::new(Terminal)).map_err(|error| Problem::new(Code::Internal).with("cause", error.to_string()))?;
    let desk = Desk::new(Arc::new(computer));
    let book = options.book.clone().unwrap_or_else(|| folder.join("Demo company.countersign"));
    // Yesterday: of today, some is still to come.
    let until = options.until.unwrap_or_else(|| chrono::Utc::now().date_naive() - chrono::Days::new(1));
    open_demo(&desk, &book, DemoCompany { seed: options.seed, until, months: options.months, invoices: options.invoices }).await?;
    let mut clock = Steps::begin();
    let fetched = desk.fetch_all().await?.rows;
    clock.ended("1 fetch");
    let signed = sign(&desk).await?;
    clock.ended("2 sign");
    let written = write(&desk).await?;
    clock.ended("3 write");
    desk.fetch_all().await?;
    clock.ended("4 fetch again");
    sign(&desk).await?;
    let written_again = write(&desk).await?;
    clock.ended("5 sign and write again");
    let limited: BTreeMap<_, _> =
        desk.requests()?.into_iter().filter(|asked| asked.limited > 0).map(|asked| (asked.endpoint, asked.limited)).collect();
    let truth = desk.truth().await?;
    let trail = desk.trail(TrailWindow::default()).await?;
    let wrong = compare(&truth);
    Ok(Report {
        ok: wrong.is_empty() && written_again == 0 && limited.is_empty() && trail.unbroken,
        book: book.display().to_string(),
        fetched,
        requests: truth.requests,
        limited,
        took: clock.took,
        signed,
        written,
        written_again,
        expected: truth.expected.len(),
        found: truth.found.len(),
        wrong,
        trail_entries: trail.entries,
        trail_unbroken: trail.unbroken,
    })
}

/// How long each step took.
struct Steps {
    since: Instant,
    took: BTreeMap<&'static str, u128>,
}

impl Steps {
    fn begin() -> Self {
        Self { since: Instant::now(), took: BTreeMap::new() }
    }

    fn ended(&mut self, step: &'static str) {
        self.took.insert(step, self.since.elapsed().as_millis());
        self.since = Instant::now();
    }
}

/// Signs every row that can be signed as it stands and that nothing contradicts.
async fn sign(desk: &Desk) -> Result<u32, Problem> {
    let open =
        all_rows(desk).await?.into_iter().filter(|row| row.state == RowState::Open && matches!(row.class, Class::Exact | Class::Strong | Class::New));
    // Nothing is written for money that pays what the ledger has.
    let open = open.filter(|row| row.pays.is_empty() && row.evidence.iter().all(|chip| chip.verdict != Verdict::Contradicts));
    let rows: Vec<_> = open.map(|row| SignedRow { key: row.key, fingerprint: row.fingerprint }).collect();
    let signed = desk.countersign(Countersign { rows, yes: Vec::new() }).await?;
    signed.not_done.first().map_or(Ok(signed.done), |not| Err(not.problem.clone()))
}

async fn write(desk: &Desk) -> Result<u32, Problem> {
    match desk.write_all().await {
        Ok(done) => Ok(done.confirmed),
        Err(problem) if problem.code == Code::NothingToWrite => Ok(0),
        Err(problem) => Err(problem),
    }
}

/// Every expected document exists exactly once, and nothing else does.
fn compare(truth: &Truth) -> Vec<String> {
    let mut found: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for document in &truth.found {
        found.entry(document.number.as_str()).or_default().push(document);
    }
    let mut wrong = Vec::new();
    for expected in &truth.expected {
        match found.remove(expected.number.as_str()).as_deref() {
            None => wrong.push(format!("{} is missing", expected.number)),
            Some([one]) if one.total == expected.total && one.marked => {}
            Some([one]) => wrong.push(format!("{} is {}, marked {}; expected {}", expected.number, one.total, one.marked, expected.total)),
            Some(several) => wrong.push(format!("{} exists {} times", expected.number, several.len())),
        }
    }
    wrong.extend(found.into_keys().map(|number| format!("{number} exists and was not expected")));
    wrong.extend(truth.wrong_customers.iter().chain(&truth.wrong_marks).cloned());
    if truth.posting_attempts > 0 {
        wrong.push(format!("{} attempts to post", truth.posting_attempts));
    }
    wrong
}

fn table(report: &Report) {
    for (step, milliseconds) in &report.took {
        println!("{step:24} {milliseconds:>9} ms");
    }
    for (endpoint, sent) in &report.requests {
        println!("{sent:>8} {endpoint}");
    }
    for (endpoint, limited) in &report.limited {
        println!("LIMITED  {limited:>6} times: {endpoint}");
    }
    println!("fetched    {:>6} rows", report.fetched);
    println!("signed     {:>6} rows", report.signed);
    println!("written    {:>6} requests, {} in a second pass", report.written, report.written_again);
    println!("expected   {:>6} new documents", report.expected);
    println!("found      {:>6} in the ledger itself", report.found);
    for wrong in &report.wrong {
        println!("WRONG      {wrong}");
    }
    println!("trail      {:>6} entries, {}", report.trail_entries, if report.trail_unbroken { "unbroken" } else { "BROKEN" });
}
