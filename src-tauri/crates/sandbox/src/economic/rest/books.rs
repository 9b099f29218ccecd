//! Years, posted entries, journals with their vouchers and draft entries.

use super::Visit;
use crate::economic::agreement::{Agreement, Period, Year};
use crate::economic::call::Reply;
use crate::economic::facts::shape;
use crate::economic::fault::{Fault, Problem};
use crate::economic::keys::{Key, escape, unescape};
use crate::economic::ledger::Entry;
use crate::economic::value::{Document, amount, date_at, integer, put, text};
use chrono::NaiveDate;
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MOST_MONTHS: usize = 18;

/// A posted entry as the REST API shows it.
pub fn entry_row(entry: &Entry) -> Document {
    let mut row = Document::new();
    put(&mut row, "entryNumber", entry.number);
    put(&mut row, "account.accountNumber", entry.account);
    put(&mut row, "amount", amount(entry.amount));
    put(&mut row, "amountInBaseCurrency", amount(entry.base));
    put(&mut row, "currency", entry.currency.clone());
    put(&mut row, "date", entry.date.to_string());
    put(&mut row, "entryType", entry.kind.name());
    put(&mut row, "text", entry.text.clone());
    put(&mut row, "voucherNumber", entry.voucher);
    put(&mut row, "remainder", amount(entry.remainder));
    put(&mut row, "remainderInBaseCurrency", amount(entry.remainder_base));
    if let Some(due) = entry.due {
        put(&mut row, "dueDate", due.to_string());
    }
    if let Some(customer) = entry.customer {
        put(&mut row, "customer.customerNumber", customer);
    }
    if let Some(supplier) = entry.supplier {
        put(&mut row, "supplier.supplierNumber", supplier);
    }
    if let Some(invoice) = entry.invoice {
        put(&mut row, "invoiceNumber", invoice.to_string());
        if entry.booked_invoice {
            put(&mut row, "bookedInvoice.bookedInvoiceNumber", invoice);
        }
    }
    if let Some(code) = &entry.vat_code {
        put(&mut row, "vatAccount.vatCode", code.clone());
    }
    row
}

impl Visit<'_> {
    pub fn accounting_years(&mut self, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, []) => {
                let rows: Vec<Document> = self.agreement.years.iter().map(year_row).collect();
                self.collection(shape("accountingYears"), rows.iter().collect(), |row| self.show_year(row))
            }
            (Method::POST, []) => self.create_year(),
            (_, []) => Err(Fault::method()),
            (Method::GET, [name]) => Ok(Reply::ok(Value::Object(self.show_year(&year_row(self.year(name)?))))),
            (Method::GET, [name, "periods"]) => {
                let year = self.year(name)?;
                let rows: Vec<Document> = year.periods.iter().map(|period| period_row(year, period)).collect();
                self.collection(shape("accountingYearPeriods"), rows.iter().collect(), |row| self.show_period(row))
            }
            (Method::GET, [name, "periods", number]) => {
                let year = self.year(name)?;
                Ok(Reply::ok(Value::Object(self.show_period(&period_row(year, period(year, number)?)))))
            }
            (Method::GET, [name, "entries"]) => self.entries(self.year(name)?, None, None),
            (Method::GET, [name, "totals"]) => {
                let year = self.year(name)?;
                self.totals(year.from, year.to)
            }
            (Method::GET, [name, "periods", number, "totals"]) => {
                let period = period(self.year(name)?, number)?;
                self.totals(period.from, period.to)
            }
            (Method::GET, [name, "periods", number, "entries"]) => {
                let year = self.year(name)?;
                self.entries(year, Some(period(year, number)?), None)
            }
            (Method::GET, _) => Err(Fault::not_found()),
            _ => Err(Fault::method()),
        }
    }

    /// What was posted on each account in a while.
    fn totals(&self, from: NaiveDate, to: NaiveDate) -> Result<Reply, Fault> {
        let mut sums: BTreeMap<u64, Decimal> = BTreeMap::new();
        for entry in self.agreement.ledger.entries.iter().filter(|entry| (from..=to).contains(&entry.date)) {
            *sums.entry(entry.account).or_default() += entry.base;
        }
        let row = |(account, sum): (u64, Decimal)| {
            let mut row = Document::new();
            put(&mut row, "account.accountNumber", account);
            put(&mut row, "totalInBaseCurrency", amount(sum));
            put(&mut row, "fromDate", from.to_string());
            put(&mut row, "toDate", to.to_string());
            row
        };
        let rows: Vec<Document> = sums.into_iter().map(row).collect();
        let path = self.call.path.trim_matches('/').to_owned();
        self.collection(shape("accountingYearTotals"), rows.iter().collect(), |row| self.show(&path, row))
    }

    pub fn account_entries(&mut self, account: &str, rest: &[&str]) -> Result<Reply, Fault> {
        let account = self.number(account)?;
        self.agreement.row("accounts", account).ok_or_else(Fault::not_found)?;
        match (self.call.method.clone(), rest) {
            (Method::GET, []) => self.accounting_years(&[]),
            (Method::GET, [name, "entries"]) => self.entries(self.year(name)?, None, Some(account)),
            (Method::GET, [name, "periods", number, "entries"]) => {
                let year = self.year(name)?;
                self.entries(year, Some(period(year, number)?), Some(account))
            }
            (Method::GET, _) => Err(Fault::not_found()),
            _ => Err(Fault::method()),
        }
    }

    fn year(&self, segment: &str) -> Result<&Year, Fault> {
        let name = unescape(segment);
        self.agreement.years.iter().find(|year| year.name == name).ok_or_else(Fault::not_found)
    }

    fn entries(&self, year: &Year, period: Option<&Period>, account: Option<u64>) -> Result<Reply, Fault> {
        let (from, to) = period.map_or((year.from, year.to), |period| (period.from, period.to));
        let within = |entry: &&Entry| (from..=to).contains(&entry.date) && account.is_none_or(|account| account == entry.account);
        let rows: Vec<Document> = self.agreement.ledger.entries.iter().filter(within).map(entry_row).collect();
        let path = format!("accounting-years/{}/entries", escape(&year.name));
        self.collection(shape("accountingYearEntries"), rows.iter().collect(), |row| {
            self.show(&format!("{path}/{}", integer(row, "entryNumber").unwrap_or(0)), row)
        })
    }

    fn show_year(&self, row: &Document) -> Document {
        let path = format!("accounting-years/{}", escape(text(row, "year").unwrap_or_default()));
        let mut shown = self.show(&path, row);
        for part in ["periods", "entries", "totals", "vouchers"] {
            put(&mut shown, part, self.link(&format!("{path}/{part}")));
        }
        shown
    }

    fn show_period(&self, row: &Document) -> Document {
        let year = escape(text(row, "accountingYear.year").unwrap_or_default());
        let path = format!("accounting-years/{year}/periods/{}", integer(row, "periodNumber").unwrap_or(0));
        let mut shown = self.show(&path, row);
        for part in ["entries", "totals"] {
            put(&mut shown, part, self.link(&format!("{path}/{part}")));
        }
        shown
    }

    /// A new year begins where the last one ends, and has 18 months at most.
    fn create_year(&mut self) -> Result<Reply, Fault> {
        let body = crate::economic::body::take(shape("accountingYears"), crate::economic::facts::Write::Create, &self.call.object()?)?;
        let (Some(from), Some(to)) = (date_at(&body, "fromDate"), date_at(&body, "toDate")) else {
            return Err(Fault::one(Problem::missing("fromDate")));
        };
        let follows = self.agreement.years.last().and_then(|last| last.to.succ_opt());
        let year = Year::new(from, to);
        let whole = year.periods.last().is_some_and(|last| last.to == to) && year.periods.len() <= MOST_MONTHS;
        if to < from || !whole || follows.is_some_and(|follows| follows != from) {
            return Err(Fault::one(Problem::new("fromDate", "E04300", "A year follows the last one and has at most 18 months.")));
        }
        let shown = self.show_year(&year_row(&year));
        self.agreement.years.push(year);
        let link = text(&shown, "self").map(str::to_owned);
        Ok(Reply::created(Value::Object(shown), link))
    }

    pub fn journal(&mut self, journal: &str, rest: &[&str]) -> Result<Reply, Fault> {
        let journal = self.number(journal)?;
        self.agreement.row("journals", journal).ok_or_else(Fault::not_found)?;
        match (self.call.method.clone(), rest) {
            (Method::GET, ["vouchers"]) => {
                let rows = self.vouchers(journal);
                self.collection(shape("journalVouchers"), rows.iter().collect(), |row| self.show_voucher(journal, row))
            }
            (Method::POST, ["vouchers"]) => self.create_voucher(journal),
            (Method::GET, ["vouchers", key]) => {
                let row = self.voucher(journal, key)?;
                Ok(Reply::ok(Value::Object(self.show_voucher(journal, &row))))
            }
            (method, ["vouchers", key, "attachment"] | ["vouchers", key, "attachment", "file"]) => {
                let row = self.voucher(journal, key)?;
                self.voucher_attachment(&row, &method)
            }
            (Method::GET, ["entries"]) => {
                let rows = self.agreement.drafts_of(journal).map(|(_, row)| row).collect();
                self.collection(shape("journalEntries"), rows, |row| self.show_journal_entry(row))
            }
            (method, ["entries", number]) => self.journal_entry(journal, self.number(number)?, &method),
            (_, ["vouchers"] | ["vouchers", _] | ["entries"]) => Err(Fault::method()),
            _ => Err(Fault::not_found()),
        }
    }

    fn journal_entry(&mut self, journal: u64, number: u64, method: &Method) -> Result<Reply, Fault> {
        let key = Key::Number(number);
        let row = self.agreement.table("journalEntries").get(&key).filter(|row| integer(row, "journal.journalNumber") == Some(journal));
        let shown = row.map(|row| self.show_journal_entry(row)).ok_or_else(Fault::not_found)?;
        match *method {
            Method::GET => Ok(Reply::ok(Value::Object(shown))),
            Method::DELETE => {
                self.agreement.table_mut("journalEntries").remove(&key);
                Ok(Reply::empty())
            }
            _ => Err(Fault::method()),
        }
    }

    /// Takes one voucher, or an array of them; the answer is an array either way.
    fn create_voucher(&mut self, journal: u64) -> Result<Reply, Fault> {
        let bodies = match self.call.json()? {
            Value::Object(body) => vec![body],
            Value::Array(items) if items.len() == 1 => {
                items.into_iter().filter_map(|item| if let Value::Object(body) = item { Some(body) } else { None }).collect()
            }
            _ => return Err(Fault::bad("E00002", "Expected one voucher in request body.")),
        };
        let mut made = Vec::new();
        for body in &bodies {
            let (year, number) = self.agreement.add_voucher(journal, body, self.call.now)?;
            let row = self.voucher(journal, &format!("{year}-{number}"))?;
            made.push(Value::Object(self.show_voucher(journal, &row)));
        }
        let link = made.first().and_then(|voucher| voucher["self"].as_str()).map(str::to_owned);
        Ok(Reply::created(Value::Array(made), link))
    }

    fn voucher(&self, journal: u64, key: &str) -> Result<Document, Fault> {
        let (year, number) = key.rsplit_once('-').ok_or_else(Fault::not_found)?;
        let (year, number) = (unescape(year), self.number(number)?);
        let found = self
            .vouchers(journal)
            .into_iter()
            .find(|row| text(row, "accountingYear.year") == Some(year.as_str()) && integer(row, "voucherNumber") == Some(number));
        found.ok_or_else(Fault::not_found)
    }

    fn vouchers(&self, journal: u64) -> Vec<Document> {
        vouchers_of(self.agreement, journal)
    }

    fn show_voucher(&self, journal: u64, row: &Document) -> Document {
        let year = escape(text(row, "accountingYear.year").unwrap_or_default());
        let path = format!("journals/{journal}/vouchers/{year}-{}", integer(row, "voucherNumber").unwrap_or(0));
        let mut shown = self.show(&path, row);
        let kinds = row.get("entries").and_then(Value::as_object).into_iter().flatten();
        for (kind, items) in kinds {
            let items = items.as_array().into_iter().flatten().filter_map(Value::as_object);
            let items: Value = items.map(|item| Value::Object(self.show_journal_entry(item))).collect();
            put(&mut shown, &format!("entries.{kind}"), items);
        }
        put(&mut shown, "attachment", self.link(&format!("{path}/attachment")));
        shown
    }

    fn voucher_attachment(&mut self, voucher: &Document, method: &Method) -> Result<Reply, Fault> {
        let first = voucher
            .get("entries")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .find_map(|(_, items)| items.get(0)?.get("journalEntryNumber")?.as_u64());
        let number = first.ok_or_else(Fault::not_found)?;
        if *method == Method::PATCH {
            self.file()?;
            return Ok(Reply::ok(json!({ "pages": 2 })));
        }
        self.attachment("journalEntries", number, method)
    }
}

/// Draft entries by year and voucher number.
fn vouchers_of(agreement: &Agreement, journal: u64) -> Vec<Document> {
    let mut vouchers: Vec<Document> = Vec::new();
    for (_, entry) in agreement.drafts_of(journal) {
        let (year, number) = (text(entry, "voucher.accountingYear.year").unwrap_or_default(), integer(entry, "voucher.voucherNumber").unwrap_or(0));
        let same = |row: &Document| text(row, "accountingYear.year") == Some(year) && integer(row, "voucherNumber") == Some(number);
        let at = vouchers.iter().position(same).unwrap_or_else(|| {
            let mut row = Document::new();
            put(&mut row, "accountingYear.year", year);
            put(&mut row, "voucherNumber", number);
            put(&mut row, "journal.journalNumber", journal);
            vouchers.push(row);
            vouchers.len() - 1
        });
        let Some(row) = vouchers.get_mut(at) else { continue };
        let list = match text(entry, "entryType") {
            Some("customerPayment") => "customerPayments",
            Some("manualCustomerInvoice") => "manualCustomerInvoices",
            _ => "financeVouchers",
        };
        let mut items = row.get("entries").and_then(|entries| entries.get(list)).and_then(Value::as_array).cloned().unwrap_or_default();
        items.push(Value::Object(entry.clone()));
        put(row, &format!("entries.{list}"), items);
    }
    vouchers
}

fn period<'y>(year: &'y Year, number: &str) -> Result<&'y Period, Fault> {
    let number: u64 = number.parse().map_err(|_| Fault::not_found())?;
    year.periods.iter().find(|period| period.number == number).ok_or_else(Fault::not_found)
}

/// `closed` only: that a period is barred is told by the services alone.
fn period_row(year: &Year, period: &Period) -> Document {
    let mut row = Document::new();
    put(&mut row, "periodNumber", period.number);
    put(&mut row, "accountingYear.year", year.name.clone());
    put(&mut row, "fromDate", period.from.to_string());
    put(&mut row, "toDate", period.to.to_string());
    put(&mut row, "closed", year.closed || period.closed);
    row
}

fn year_row(year: &Year) -> Document {
    let mut row = Document::new();
    put(&mut row, "year", year.name.clone());
    put(&mut row, "fromDate", year.from.to_string());
    put(&mut row, "toDate", year.to.to_string());
    put(&mut row, "closed", year.closed);
    row
}
