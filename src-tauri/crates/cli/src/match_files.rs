//! Matches files: CSV in, CSV out, and on request why a payment went where it went.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use desk::matching::csv_match::{self, CsvError, Input};
use desk::matching::{Engine, Weights, words};

#[derive(Args)]
pub struct Files {
    /// Stripe's rows.
    #[arg(long)]
    payments: PathBuf,
    /// The ledger's open invoices.
    #[arg(long)]
    invoices: PathBuf,
    #[arg(long)]
    customers: Option<PathBuf>,
    #[arg(long)]
    stripe_customers: Option<PathBuf>,
    /// Rates by month.
    #[arg(long)]
    rates: Option<PathBuf>,
    /// Where the links go.
    #[arg(long)]
    out: PathBuf,
    /// Where the links between customers go.
    #[arg(long)]
    customers_out: Option<PathBuf>,
    /// Prints why this payment went where it went, and what else it could have been.
    #[arg(long, value_name = "PAYMENT_ID")]
    explain: Option<String>,
}

pub fn run(files: &Files) -> ExitCode {
    match matched(files) {
        Ok((engine, bad)) => {
            let explained = files.explain.as_deref().is_none_or(|payment| explain(&engine, payment));
            // The process ends here: giving back each piece of memory would only take time.
            std::mem::forget(engine);
            match (explained, bad) {
                (false, _) => ExitCode::from(UNKNOWN),
                (true, 0) => ExitCode::SUCCESS,
                (true, _) => ExitCode::from(BAD_ROWS),
            }
        }
        Err(words) => crate::failed(&words),
    }
}

/// Status when rows were left out or read in part; the rest was matched.
const BAD_ROWS: u8 = 3;
/// Status when all was matched, but the payment to explain is not there.
const UNKNOWN: u8 = 4;

fn matched(files: &Files) -> Result<(Engine, usize), String> {
    let input = Input {
        payments: open(&files.payments)?,
        invoices: open(&files.invoices)?,
        customers: files.customers.as_deref().map(open).transpose()?,
        stripe_customers: files.stripe_customers.as_deref().map(open).transpose()?,
        rates: files.rates.as_deref().map(open).transpose()?,
    };
    let book = csv_match::read(input).map_err(said)?;
    for bad in &book.bad {
        eprintln!("{bad}");
    }
    let bad = book.bad.len();
    // What stands in one is not emptied before the other can be written.
    for path in [Some(&files.out), files.customers_out.as_ref()].into_iter().flatten() {
        OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(|error| unwritten(path, &error))?;
    }
    let mut out = create(&files.out)?;
    let mut customers = files.customers_out.as_deref().map(create).transpose()?;
    let engine = csv_match::run(book, Weights::built_in(), &mut out, customers.as_mut().map(|out| out as &mut dyn Write)).map_err(said)?;
    for out in [Some(out), customers].into_iter().flatten() {
        out.into_inner().map_err(|error| format!("the result cannot be written: {}", error.error()))?;
    }
    Ok((engine, bad))
}

/// Whether there is such a payment.
fn explain(engine: &Engine, payment: &str) -> bool {
    let told = words::explain(engine, &payment.into());
    match &told {
        Some(text) => println!("{text}"),
        None => eprintln!("{payment} is not among the payments; nothing was explained. Look it up in the payments file"),
    }
    told.is_some()
}

fn open(path: &Path) -> Result<File, String> {
    File::open(path).map_err(|error| format!("{} cannot be read: {error}; nothing was matched", path.display()))
}

fn create(path: &Path) -> Result<BufWriter<File>, String> {
    File::create(path).map(BufWriter::new).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be written: {error}; nothing was matched", path.display())
}

fn said(error: CsvError) -> String {
    error.to_string()
}
