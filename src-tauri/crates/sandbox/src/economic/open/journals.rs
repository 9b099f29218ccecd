//! `journalsapi`: draft entries row by row, and booking them, which no other API can.

use super::Visit;
use super::columns::{DRAFT_ENTRY, document_of, entry_kind, same_version};
use crate::economic::body::take;
use crate::economic::call::Reply;
use crate::economic::facts::{Write, shape};
use crate::economic::fault::{Fault, Problem, Step};
use crate::economic::keys::Key;
use crate::economic::value::{Document, date_at, integer, put, text};
use chrono::NaiveDate;
use http::{Method, StatusCode};
use serde_json::{Value, json};

const MOST_ENTRIES: usize = 500;

impl Visit<'_> {
    pub fn draft_entries(&mut self, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, rest) => self.table(&DRAFT_ENTRY, rest),
            (Method::POST, []) => {
                let made = self.add_entry(self.call.object()?)?;
                Ok(Reply::json(StatusCode::CREATED, &json!({ "entryNumber": made })))
            }
            (Method::POST, ["bulk"]) => {
                let made = self.many(|visit, row| visit.add_entry(row).map(Some))?;
                Ok(Reply::json(StatusCode::CREATED, &json!({ "entryNumbers": made })))
            }
            (Method::PUT, []) => {
                let row = self.call.object()?;
                self.replace_entry(row)
            }
            (Method::PUT, ["bulk"]) => self.many(|visit, row| visit.replace_entry(row).map(|_| None)).map(|_| Reply::empty()),
            (Method::DELETE, ["delete", journal]) => {
                let journal = self.number(journal)?;
                self.agreement.table_mut("journalEntries").retain(|_, entry| integer(entry, "journal.journalNumber") != Some(journal));
                Ok(Reply::empty())
            }
            (Method::DELETE, [number]) => {
                let key = Key::Number(self.number(number)?);
                self.agreement.table_mut("journalEntries").remove(&key).map(|_| Reply::empty()).ok_or_else(Fault::not_found)
            }
            _ => Err(Fault::method()),
        }
    }

    /// All of them or none; the numbers that were made.
    fn many(&mut self, one: impl Fn(&mut Self, Document) -> Result<Option<u64>, Fault>) -> Result<Vec<u64>, Fault> {
        let body = self.call.json()?;
        let rows = body.as_array().or_else(|| body.get("entries")?.as_array()).cloned().unwrap_or_default();
        if rows.is_empty() {
            return Err(Fault::bad("OneAPIEntriesListCannotBeEmpty", "Send entries."));
        }
        if rows.len() > MOST_ENTRIES {
            return Err(Fault::bad("OneAPITooManyEntries", "Send at most 500 entries."));
        }
        let before = self.agreement.table("journalEntries").clone();
        let counters = self.agreement.counters;
        let mut made = Vec::new();
        for row in rows {
            let Value::Object(row) = row else { return Err(Fault::bad("JournalVoucherNullEntry", "An entry is an object.")) };
            match one(self, row) {
                Ok(number) => made.extend(number),
                Err(fault) => {
                    *self.agreement.table_mut("journalEntries") = before;
                    self.agreement.counters = counters;
                    return Err(fault);
                }
            }
        }
        Ok(made)
    }

    fn add_entry(&mut self, row: Document) -> Result<u64, Fault> {
        let row: Document = row.into_iter().filter(|(_, value)| !value.is_null()).collect();
        let row = take(shape(DRAFT_ENTRY.facts), Write::Create, &row)?;
        let entry = self.entry_of(&row)?;
        let journal = integer(&row, "journalNumber").filter(|journal| self.agreement.row("journals", *journal).is_some());
        let journal = journal.ok_or_else(|| Fault::bad("JournalDoesNotExist", "There is no such journal."))?;
        let day = date_at(&entry, "date").unwrap_or_default();
        let year = self.agreement.year_of(day).map(|year| year.name.clone());
        let year = year.ok_or_else(|| Fault::bad("JournalEntryDateAccountingYearDoesNotExist", "There is no accounting year for the date."))?;
        let voucher = integer(&row, "voucherNumber");
        let now = self.call.now;
        let entries = vec![(String::new(), entry)];
        self.agreement.add_entries(journal, &year, voucher, entries, now).map_err(|fault| in_words(&fault))?;
        Ok(self.agreement.counters.journal_entry)
    }

    fn entry_of(&self, row: &Document) -> Result<Document, Fault> {
        integer(row, "entryTypeNumber")
            .and_then(entry_kind)
            .ok_or_else(|| Fault::bad("JournalEntryTypeNotCorrect", "entryTypeNumber is 2, 3, 4, 5 or 10."))?;
        if text(row, "customerInvoiceNumber").is_some_and(|number| number.parse::<u64>().is_err()) {
            return Err(Fault::bad("Customer_Invoice_Is_Not_Numeric", "customerInvoiceNumber is a number in a text."));
        }
        if text(row, "currency").is_some_and(|code| self.agreement.row("currencies", code).is_none()) {
            return Err(Fault::bad("JournalEntryCurrencyNotFound", "There is no such currency."));
        }
        let entry = document_of(&DRAFT_ENTRY, row);
        Ok(entry.into_iter().filter(|(name, _)| !matches!(name.as_str(), "journalEntryNumber" | "voucher" | "journal")).collect())
    }

    fn replace_entry(&mut self, row: Document) -> Result<Reply, Fault> {
        let number = integer(&row, "entryNumber").ok_or_else(|| Fault::one(Problem::missing("entryNumber")))?;
        let key = Key::Number(number);
        let known = self.agreement.table("journalEntries").get(&key).cloned().ok_or_else(Fault::not_found)?;
        if !same_version(&known, &row) {
            return Err(Fault::conflict());
        }
        if integer(&row, "journalNumber").is_some_and(|journal| integer(&known, "journal.journalNumber") != Some(journal)) {
            return Err(Fault::bad("JournalNumberCannotBeChangedOnDraftEntry", "An entry stays in its journal."));
        }
        let mut row = row;
        if !row.contains_key("voucherNumber") {
            put(&mut row, "voucherNumber", integer(&known, "voucher.voucherNumber").unwrap_or(0));
        }
        let made = self.add_entry(row)?;
        // The same number with the new content.
        if let Some(mut entry) = self.agreement.table_mut("journalEntries").remove(&Key::Number(made)) {
            put(&mut entry, "journalEntryNumber", number);
            self.agreement.table_mut("journalEntries").insert(key, entry);
        }
        Ok(Reply::empty())
    }

    pub fn book_journal(&mut self, journal: &str, action: &str) -> Result<Reply, Fault> {
        if self.call.method != Method::POST {
            return Err(Fault::method());
        }
        self.may_post()?;
        let journal = self.number(journal)?;
        if self.agreement.row("journals", journal).is_none() {
            return Err(Fault::new(StatusCode::NOT_FOUND, "JournalDoesNotExist", "There is no such journal."));
        }
        let now = self.call.now;
        match action {
            "book" => self.agreement.book_journal(now, journal, |_, _| true)?,
            "bookwithdateinterval" => {
                let body = self.call.object()?;
                let (Some(from), Some(to)) = (date_at(&body, "fromDate"), date_at(&body, "toDate")) else {
                    return Err(Fault::one(Problem::missing("fromDate")));
                };
                self.agreement.book_journal(now, journal, |_, day: NaiveDate| (from..=to).contains(&day))?;
            }
            _ => {
                let body = self.call.object()?;
                let numbers = body.get("entryNumbers").and_then(Value::as_array).ok_or_else(|| Fault::one(Problem::missing("entryNumbers")))?;
                let numbers: Vec<u64> = numbers.iter().filter_map(Value::as_u64).collect();
                if numbers.iter().any(|number| self.agreement.row("journalEntries", *number).is_none()) {
                    return Err(Fault::bad("JournalEntryDoesNotExist", "One of the entries does not exist."));
                }
                self.agreement.book_journal(now, journal, |number, _| numbers.contains(&number))?;
            }
        }
        Ok(Reply::empty())
    }
}

/// The service's word for what is wrong with an entry.
fn in_words(fault: &Fault) -> Fault {
    let Some(problem) = fault.problems.first() else { return fault.clone() };
    let first = problem.path.iter().find_map(|step| if let Step::Name(name) = step { Some(name.as_str()) } else { None }).unwrap_or_default();
    let missing = problem.code == "E06000";
    let code = match (first, problem.message.as_str()) {
        ("date", message) if message.contains("spærret") => "JournalEntryDateAccountingYearPeriodBarred",
        ("date", _) => "JournalEntryDateAccountingYearClosed",
        ("account", _) if missing => "JournalEntryAccountNotFound",
        ("account", message) if message.contains("blocked") => "JournalEntryAccountIsBlockedForDirectEntries",
        ("account", message) if message.contains("barred") => "JournalEntryAccountNotAccessible",
        ("account", message) if message.contains("type") => "JournalEntryWrongAccountType",
        ("account", _) => "JournalEntryAccountAndContraAccountNotSet",
        ("contraAccount", _) if missing => "JournalEntryContraAccountNotFound",
        ("contraAccount", message) if message.contains("blocked") => "JournalEntryContraAccountIsBlockedForDirectEntries",
        ("contraAccount", _) => "JournalEntryContraAccountNotAccessible",
        ("customer", _) if missing => "JournalEntryCustomerNotFound",
        ("customer", _) => "JournalEntryCustomerAndAccountNotSet",
        ("supplier", _) => "JournalEntrySupplierNotFound",
        ("exchangeRate", _) => "JournalEntryExchangeRateError",
        _ => "JournalVoucherDataIntegrityError",
    };
    Fault::bad(code, problem.message.clone())
}
