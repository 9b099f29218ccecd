//! One company's books: its tables, its years and periods, its rates, and what waits to be told.

use super::fault::Problem;
use super::keys::{self, Key};
use super::ledger::Ledger;
use super::value::{Document, flag, integer, put, text};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;

pub type Table = BTreeMap<Key, Document>;

#[derive(Debug)]
pub struct Agreement {
    pub number: u64,
    pub company: Document,
    pub currency: String,
    pub tables: BTreeMap<&'static str, Table>,
    /// Account by product group and VAT zone.
    pub sales_accounts: BTreeMap<(u64, u64), u64>,
    /// Price of 100 units in the base currency.
    pub rates: BTreeMap<String, Decimal>,
    pub years: Vec<Year>,
    pub ledger: Ledger,
    pub system: SystemAccounts,
    pub counters: Counters,
    /// When an invoice was booked, for its PDF.
    pub booked_at: BTreeMap<u64, DateTime<Utc>>,
    pub events: Vec<Event>,
    /// A subscription without API access reads only.
    pub read_only: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemAccounts {
    pub exchange_differences: u64,
    pub rounding: u64,
}

/// The last number given out of each series.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub draft_invoice: u64,
    pub order: u64,
    pub quote: u64,
    /// The services number drafts by themselves.
    pub service_draft: u64,
    pub journal_entry: u64,
    pub version: u64,
}

#[derive(Clone, Debug)]
pub struct Year {
    pub name: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub closed: bool,
    pub periods: Vec<Period>,
}

#[derive(Clone, Debug)]
pub struct Period {
    pub number: u64,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub closed: bool,
    /// Not visible in the REST API.
    pub barred: bool,
}

/// Whether a day can be posted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    Open,
    Closed,
    Barred,
    NoYear,
}

/// What listeners are told, by the fields they can merge.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: &'static str,
    pub at: DateTime<Utc>,
    pub fields: Vec<(&'static str, String)>,
}

impl Year {
    /// A year in months, named as the service names it.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Self {
        let name = if from.year() == to.year() { from.year().to_string() } else { format!("{}/{}", from.year(), to.year()) };
        let mut periods = Vec::new();
        let mut start = from;
        while start <= to && periods.len() < 18 {
            let next = start.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))).unwrap_or(NaiveDate::MAX);
            let end = next.checked_sub_days(Days::new(1)).unwrap_or(to).min(to);
            periods.push(Period { number: periods.len() as u64 + 1, from: start, to: end, closed: false, barred: false });
            start = next;
        }
        Self { name, from, to, closed: false, periods }
    }
}

impl Agreement {
    pub fn table(&self, name: &str) -> &Table {
        static EMPTY: Table = Table::new();
        self.tables.get(name).unwrap_or(&EMPTY)
    }

    pub fn table_mut(&mut self, name: &'static str) -> &mut Table {
        self.tables.entry(name).or_default()
    }

    pub fn row(&self, table: &str, key: impl Into<Key>) -> Option<&Document> {
        self.table(table).get(&key.into())
    }

    pub fn year_of(&self, day: NaiveDate) -> Option<&Year> {
        self.years.iter().find(|year| (year.from..=year.to).contains(&day))
    }

    pub fn opening(&self, day: NaiveDate) -> Opening {
        let Some(year) = self.year_of(day) else { return Opening::NoYear };
        let period = year.periods.iter().find(|period| (period.from..=period.to).contains(&day));
        match period {
            None => Opening::NoYear,
            _ if year.closed => Opening::Closed,
            Some(period) if period.closed => Opening::Closed,
            Some(period) if period.barred => Opening::Barred,
            Some(_) => Opening::Open,
        }
    }

    /// The rate of the day: 100 for the base currency.
    pub fn rate(&self, currency: &str) -> Option<Decimal> {
        if currency == self.currency { Some(Decimal::ONE_HUNDRED) } else { self.rates.get(currency).copied() }
    }

    /// Whether everything that a document refers to exists. `place` is where the document stands in the body.
    pub fn resolve(&self, document: &Document, place: &str, problems: &mut Vec<Problem>) {
        for (name, value) in document {
            let here = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            match value {
                Value::Object(inner) => {
                    if let Some((reference, key)) = keys::reference(inner)
                        && !self.exists(reference.table, key)
                    {
                        problems.push(unknown(&here, reference.what, key));
                    }
                    self.resolve(inner, &here, problems);
                }
                Value::Array(items) => {
                    for (at, item) in items.iter().enumerate() {
                        if let Some(item) = item.as_object() {
                            self.resolve(item, &format!("{here}[{at}]"), problems);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    pub fn exists(&self, table: &str, key: &Value) -> bool {
        match (table, key.as_str()) {
            ("accountingYears", Some(year)) => self.years.iter().any(|known| known.name == year),
            ("layouts", _) => Key::of(key).and_then(|key| self.table(table).get(&key)).is_some_and(|layout| !flag(layout, "deleted")),
            _ => Key::of(key).is_some_and(|key| self.table(table).contains_key(&key)),
        }
    }

    /// A free number: the lowest, since numbers are used again after a deletion.
    pub fn free_number(&self, table: &str) -> u64 {
        let taken = self.table(table);
        (1..).find(|number| !taken.contains_key(&Key::Number(*number))).unwrap_or(u64::MAX)
    }

    /// Marks a row as changed now.
    pub fn touch(&mut self, row: &mut Document, now: DateTime<Utc>) {
        self.counters.version += 1;
        put(row, "lastUpdated", now.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        put(row, "_version", self.counters.version);
    }

    pub fn tell(&mut self, kind: &'static str, at: DateTime<Utc>, fields: Vec<(&'static str, String)>) {
        self.events.push(Event { kind, at, fields });
    }

    /// Whether any document speaks of it.
    pub fn is_used(&self, table: &str, key: &Key) -> bool {
        let Some(reference) = keys::REFERENCES.iter().find(|reference| reference.table == table) else { return false };
        let holders =
            ["draftInvoices", "bookedInvoices", "draftOrders", "sentOrders", "archivedOrders", "draftQuotes", "sentQuotes", "archivedQuotes"];
        let cards = ["customers", "products", "suppliers", "customerGroups", "journalEntries"];
        let mut all = holders.iter().chain(&cards).filter(|holder| **holder != table).flat_map(|holder| self.table(holder).values());
        all.any(|document| speaks_of(document, reference.key, key)) || (table == "customers" && self.ledger.knows_customer(key))
    }

    /// The account that a customer's debts stand on.
    pub fn receivables(&self, customer: u64) -> Option<u64> {
        let group = integer(self.row("customers", customer)?, "customerGroup.customerGroupNumber")?;
        integer(self.row("customerGroups", group)?, "account.accountNumber")
    }

    /// The account that a supplier's claims stand on.
    pub fn payables(&self, supplier: u64) -> Option<u64> {
        let group = integer(self.row("suppliers", supplier)?, "supplierGroup.supplierGroupNumber")?;
        integer(self.row("supplierGroups", group)?, "account.accountNumber")
    }

    /// What stands against booking by hand on an account.
    pub fn direct_account(&self, number: u64) -> Result<(), &'static str> {
        let Some(account) = self.row("accounts", number) else { return Err("not found") };
        let posts = matches!(text(account, "accountType"), Some("profitAndLoss" | "status"));
        match (posts, flag(account, "barred"), flag(account, "blockDirectEntries")) {
            (false, ..) => Err("of a type that takes no entries"),
            (_, true, _) => Err("barred"),
            (.., true) => Err("blocked for direct entries"),
            _ => Ok(()),
        }
    }
}

/// As recorded by clients, terms have a code of their own.
fn unknown(place: &str, what: &str, key: &Value) -> Problem {
    let mut problem = Problem::unknown(place, what, key.clone());
    if what == "PaymentTerms" {
        problem.code = "E07080";
    }
    problem.hint("Find a list of the resources at their collection.")
}

fn speaks_of(document: &Document, name: &str, key: &Key) -> bool {
    document.iter().any(|(field, value)| match value {
        Value::Object(inner) => inner.get(name).and_then(Key::of).is_some_and(|found| found == *key) || speaks_of(inner, name, key),
        Value::Array(items) if !field.starts_with('_') => items.iter().filter_map(Value::as_object).any(|item| speaks_of(item, name, key)),
        _ => false,
    })
}
