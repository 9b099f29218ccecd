//! The command that matches files: CSV in, CSV out. Bad rows are reported by line and column, and the rest goes on; a
//! file without its columns is refused with their names.

mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta};
use money::{Currency, Money};
use rust_decimal::Decimal;

use crate::engine::{Engine, Outline};
use crate::learn::Truth;
use crate::payments::spread;
use crate::row::{Kind, Party, Reference, Row, RowId, Side, Source};
use crate::rules::{Rate, Rates, Rules};
use crate::weights::Weights;
use table::{Bad, Line, Table, table};

/// The files to match. `customers`, `stripe_customers` and `rates` may be missing; then less is known.
pub struct Input<R> {
    pub payments: R,
    pub invoices: R,
    pub customers: Option<R>,
    pub stripe_customers: Option<R>,
    pub rates: Option<R>,
}

/// Why a file was refused as a whole. Nothing was matched and nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    #[error("the {file} file is empty; nothing was matched. Its first line must name its columns")]
    Empty { file: &'static str },
    #[error("the {file} file has no column {}; nothing was matched. Its first line must name them, with commas between", .columns.join(", "))]
    Columns { file: &'static str, columns: Vec<&'static str> },
    #[error("the {file} file has more than one column {}; nothing was matched. Leave one of each", .columns.join(", "))]
    Twice { file: &'static str, columns: Vec<&'static str> },
    #[error("the {file} file is not UTF-8; nothing was matched. Save it as UTF-8")]
    Encoding { file: &'static str },
    #[error("the {file} file cannot be read: {source}; nothing was matched")]
    Read { file: &'static str, source: csv::Error },
    #[error("the result cannot be written: {0}")]
    Write(#[from] std::io::Error),
}

/// A row that was left out or read in part, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    pub file: &'static str,
    /// Where the row begins, counted from 1, the header being line 1.
    pub line: u64,
    pub column: &'static str,
    pub problem: String,
    /// The row was read without that column.
    pub kept: bool,
}

impl std::fmt::Display for BadRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let done = if self.kept { "the row was read without it" } else { "the row was left out" };
        write!(f, "{}, line {}, column {}: {}; {done}", self.file, self.line, self.column, self.problem)
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Book {
    pub rows: Vec<Row>,
    pub rates: Rates,
    pub bad: Vec<BadRow>,
}

/// Reads the files of a book.
pub fn read<R: Read + Send>(input: Input<R>) -> Result<Book, CsvError> {
    let Input { payments, invoices, customers, stripe_customers, rates } = input;
    // The payments are the larger half.
    let (left, right) = std::thread::scope(|scope| {
        let left = scope.spawn(|| table("payments", payments, &PAYMENT, payment));
        let right = read_others(invoices, customers, stripe_customers, rates);
        (left.join().expect("a thread that only reads does not fail"), right)
    });
    let ([rates, mut customers, mut stripe_customers, invoices], payments) = (right?, left?);
    customers.leave_out_those_in(&invoices);
    stripe_customers.leave_out_those_in(&payments);
    let bad = [rates.bad, customers.bad, invoices.bad, stripe_customers.bad, payments.bad].concat();
    // The others are put to the most: rows are large.
    let mut book = Book { rows: payments.rows, rates: rates.rates, bad };
    let others = [customers.rows, invoices.rows, stripe_customers.rows];
    book.rows.reserve_exact(others.iter().map(Vec::len).sum());
    others.into_iter().for_each(|rows| book.rows.extend(rows));
    Ok(book)
}

/// Rates, customers, Stripe's customers, invoices.
fn read_others<R: Read>(invoices: R, customers: Option<R>, stripe_customers: Option<R>, rates: Option<R>) -> Result<[Table; 4], CsvError> {
    const CUSTOMER: [&str; 11] = ["customer_id", "name", "customer_no", "vat_no", "email", "phone", "street", "zip", "city", "country", "currency"];
    const STRIPE: [&str; 10] = ["stripe_customer_id", "name", "metadata", "tax_id", "email", "phone", "street", "zip", "city", "country"];
    let rates = rates.map(|file| table("rates", file, &["month", "currency", "per_eur"], |row, table| rate(row, &mut table.rates)));
    let customers = customers.map(|file| table("customers", file, &CUSTOMER, |row, table| customer(row, table, Side::Right, "customer_id")));
    let stripe_customers =
        stripe_customers.map(|file| table("stripe-customers", file, &STRIPE, |row, table| customer(row, table, Side::Left, "stripe_customer_id")));
    let invoices = table("invoices", invoices, &INVOICE, invoice);
    let some = |table: Option<Result<Table, CsvError>>| table.unwrap_or_else(|| Ok(Table::default()));
    Ok([some(rates)?, some(customers)?, some(stripe_customers)?, invoices?])
}

const INVOICE: [&str; 11] = [
    "invoice_id",
    "invoice_no",
    "customer_id",
    "customer_name",
    "currency",
    "amount_minor",
    "open_minor",
    "posting_date",
    "due_date",
    "external_ref",
    "text",
];

const PAYMENT: [&str; 16] = [
    "payment_id",
    "type",
    "status",
    "amount_minor",
    "currency",
    "created",
    "description",
    "metadata",
    "stripe_customer_id",
    "customer_name",
    "customer_email",
    "billing_name",
    "billing_email",
    "billing_zip",
    "billing_country",
    "refund_of",
];

fn rate(row: &Line, rates: &mut Rates) -> Result<(), Bad> {
    let month = row.needed("month")?;
    let bad = || Bad("month", format!("“{month}” is not a month such as 2025-03"));
    let (y, m) = month.split_once('-').ok_or_else(bad)?;
    let (y, m): (i32, u32) = (y.parse().map_err(|_| bad())?, m.parse().map_err(|_| bad())?);
    let from = NaiveDate::from_ymd_opt(y, m, 1).ok_or_else(bad)?;
    let per_base: Decimal = row.parsed("per_eur", "a rate")?;
    if per_base <= Decimal::ZERO {
        return Err(Bad("per_eur", "a rate is more than nothing".into()));
    }
    rates.set(row.currency("currency")?, from, Rate { units: per_base, worth: Decimal::ONE });
    Ok(())
}

fn customer(row: &Line, table: &mut Table, side: Side, id: &'static str) -> Result<(), Bad> {
    // A customer has no amount; its currency does not take part either.
    let none = Currency::parse("EUR").map_or_else(|_| Err(Bad("currency", String::new())), Ok)?;
    let mut out = Row::new(row.needed(id)?, side, Kind::Customer, Money::zero(none), NaiveDate::MIN);
    let (number, vat) = match side {
        Side::Right => (row.some("customer_no"), row.some("vat_no")),
        Side::Left => (metadata(row, table, |key| key.contains("customer") || key.contains("kunde")).pop(), row.some("tax_id")),
    };
    out.party = Party {
        id: Some(out.id.clone()),
        number,
        name: row.get("name").to_owned(),
        emails: row.some("email").into_iter().collect(),
        phone: row.some("phone"),
        vat,
        ean: None,
        country: row.some("country"),
        postcode: row.some("zip"),
        city: row.some("city"),
        street: row.some("street"),
    };
    table.keep(row, id, out)
}

fn invoice(row: &Line, table: &mut Table) -> Result<(), Bad> {
    let currency = row.currency("currency")?;
    let amount = row.money("amount_minor", currency)?;
    let date = row.parsed("posting_date", "a date such as 2025-03-31")?;
    let mut out = Row::new(row.needed("invoice_id")?, Side::Right, Kind::Document, amount, date);
    out.open = row.money("open_minor", currency)?;
    if out.open.is_negative() {
        return Err(Bad("open_minor", "it is less than nothing: what is owed to a customer is settled by no payment".into()));
    }
    if out.open.minor() > amount.minor() {
        return Err(Bad("open_minor", format!("more is open than the {amount} that it is about")));
    }
    out.due = if row.get("due_date").is_empty() { None } else { Some(row.parsed("due_date", "a date such as 2025-03-31")?) };
    out.party.id = row.some("customer_id").map(RowId::from);
    out.party.name = row.get("customer_name").to_owned();
    out.references.push(Reference::new(Source::Number, row.get("invoice_no")));
    out.references.extend(row.some("external_ref").map(|order| Reference::new(Source::Text, order)));
    out.references.shrink_to_fit();
    out.text = row.get("text").to_owned();
    table.keep(row, "invoice_id", out)
}

fn payment(row: &Line, table: &mut Table) -> Result<(), Bad> {
    let kind = match row.needed("type")? {
        "charge" => Kind::Charge,
        "refund" => Kind::Refund,
        other => return Err(Bad("type", format!("“{other}” is neither charge nor refund"))),
    };
    let amount = row.money("amount_minor", row.currency("currency")?)?;
    match kind {
        Kind::Charge if amount.minor() <= 0 => return Err(Bad("amount_minor", "a charge is more than nothing".into())),
        Kind::Refund if !amount.is_negative() => return Err(Bad("amount_minor", "a refund is less than nothing".into())),
        _ => {}
    }
    let created: i64 = row.parsed("created", "seconds since 1970")?;
    let date = copenhagen(created).ok_or_else(|| Bad("created", format!("“{created}” is no day of this calendar")))?;
    let mut out = Row::new(row.needed("payment_id")?, Side::Left, kind, amount, date);
    out.created = created;
    out.failed = match row.needed("status")? {
        "succeeded" => false,
        "failed" => true,
        other => return Err(Bad("status", format!("“{other}” is neither succeeded nor failed"))),
    };
    if kind == Kind::Refund {
        out.refund_of = Some(RowId::from(row.needed("refund_of")?));
    }
    let named = metadata(row, table, |key| ["invoice", "faktura", "rechnung", "factura"].iter().any(|k| key.contains(k)));
    out.references = named.into_iter().map(|value| Reference::new(Source::Metadata, value)).collect();
    out.text = row.get("description").to_owned();
    out.party.id = row.some("stripe_customer_id").map(RowId::from);
    out.party.name = row.get("customer_name").to_owned();
    out.party.emails = row.some("customer_email").into_iter().collect();
    out.payer = Some(Box::new(Party {
        name: row.get("billing_name").to_owned(),
        emails: row.some("billing_email").into_iter().collect(),
        postcode: row.some("billing_zip"),
        country: row.some("billing_country"),
        ..Party::default()
    }));
    table.keep(row, "payment_id", out)
}

/// The values of the keys that `wanted` takes, lists split at their commas.
fn metadata(row: &Line, table: &mut Table, wanted: fn(&str) -> bool) -> Vec<String> {
    let json = row.get("metadata");
    if json.is_empty() {
        return Vec::new();
    }
    let Ok(all) = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(json) else {
        table.without(row, Bad("metadata", "it is not a JSON object".into()));
        return Vec::new();
    };
    let texts = all.into_iter().filter(|(key, _)| wanted(&key.to_lowercase())).filter_map(|(_, value)| match value {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    texts.flat_map(|text| text.split(',').map(|v| v.trim().to_owned()).collect::<Vec<_>>()).filter(|v| !v.is_empty()).collect()
}

/// The day in Copenhagen: CET, and CEST from the last Sunday of March to that of October, at 01:00 UTC.
fn copenhagen(unix: i64) -> Option<NaiveDate> {
    let utc = DateTime::from_timestamp(unix, 0)?.naive_utc();
    let change = |month| {
        let last = NaiveDate::from_ymd_opt(utc.year(), month, 31)?;
        last.checked_sub_days(Days::new(last.weekday().num_days_from_sunday().into()))?.and_hms_opt(1, 0, 0)
    };
    let summer = utc >= change(3)? && utc < change(10)?;
    utc.checked_add_signed(TimeDelta::hours(if summer { 2 } else { 1 })).map(|local| local.date())
}

/// Reads `truth.csv` and `truth_customers.csv`, for learning and judging.
pub fn read_truth<R: Read>(settles: R, customers: R) -> Result<Truth, CsvError> {
    let mut truth = Truth::default();
    table("truth", settles, &["payment_id", "invoice_id", "amount_minor"], |row, _| {
        let of = truth.settles.entry(row.needed("payment_id")?.into()).or_default();
        *of.entry(row.needed("invoice_id")?.into()).or_default() += row.parsed::<i64>("amount_minor", "a whole number of minor units")?;
        Ok(())
    })?;
    table("truth-customers", customers, &["stripe_customer_id", "customer_id"], |row, _| {
        truth.customers.insert(row.needed("stripe_customer_id")?.into(), row.some("customer_id").map(RowId::from));
        Ok(())
    })?;
    Ok(truth)
}

/// Reads `truth_alt.csv`: payments made twice.
pub fn read_twice<R: Read>(pairs: R) -> Result<Vec<(RowId, RowId)>, CsvError> {
    let mut twice = Vec::new();
    table("truth-alt", pairs, &["payment_id", "alt_payment_id"], |row, _| {
        twice.push((row.needed("payment_id")?.into(), row.needed("alt_payment_id")?.into()));
        Ok(())
    })?;
    Ok(twice)
}

/// Matches a book and writes `payment_id,invoice_id,amount_minor,confidence,customer_id`, and the customers as
/// `stripe_customer_id,customer_id,confidence` (no customer: none in the ledger). Ties below [`LEAST`] are left to a person.
pub fn run(book: Book, weights: Weights, out: &mut dyn Write, customers_out: Option<&mut dyn Write>) -> Result<Engine, CsvError> {
    let rules = Rules { rates: book.rates, ..Rules::default() };
    let engine = Engine::matched(book.rows, rules, weights);
    let links: Vec<_> = engine.outlines().into_iter().filter(|link| link.chance >= LEAST).collect();
    let parts: Vec<&[Outline]> = links.chunks(LINES).collect();
    let written = spread(parts.len(), 2, |at| {
        let mut lines = String::new();
        for link in parts[at] {
            let customer = engine.customer_id(link.right).map_or("", RowId::as_str);
            let (left, right) = (cell(engine.id(link.left).as_str()), cell(engine.id(link.right).as_str()));
            // Writing to memory does not fail.
            let _ = writeln!(lines, "{left},{right},{},{:.5},{}", link.amount, link.chance, cell(customer));
        }
        lines
    });
    writeln!(out, "payment_id,invoice_id,amount_minor,confidence,customer_id")?;
    written.iter().try_for_each(|lines| out.write_all(lines.as_bytes()))?;
    if let Some(out) = customers_out {
        writeln!(out, "stripe_customer_id,customer_id,confidence")?;
        let (linked, unlinked): (Vec<_>, Vec<_>) = engine.customer_outlines().into_iter().partition(|(_, right)| right.is_some());
        for (left, right) in linked.into_iter().filter_map(|(left, right)| Some((left, right?))) {
            writeln!(out, "{},{},{:.5}", cell(left.as_str()), cell(right.0.as_str()), right.1)?;
        }
        for (left, _) in unlinked {
            writeln!(out, "{},,0.5", cell(left.as_str()))?;
        }
    }
    Ok(engine)
}

/// Lines that are worded at once.
const LINES: usize = 2048;
/// Below this chance no link is written.
pub const LEAST: f64 = 0.3;

/// A cell as CSV has it, quoted where it must be.
fn cell(text: &str) -> std::borrow::Cow<'_, str> {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")).into(),
        false => text.into(),
    }
}
