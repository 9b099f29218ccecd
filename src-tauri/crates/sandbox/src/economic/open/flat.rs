//! Resources that come as flat rows with a number each, shared with the REST API where that has them too; prices in
//! currencies; accruals of draft entries.
//!
//! Paths and words: github.com/Pogoe/EConomic.NET specs/openapi.

use super::Visit;
use super::columns::{ACCOUNT, ACCRUAL, CONTACT, Entity, JOURNAL, LOCATION, PRICE, PRICE_GROUP, document_of, row_of, same_version};
use crate::economic::call::Reply;
use crate::economic::facts::{Write, shape};
use crate::economic::fault::{Fault, Problem};
use crate::economic::keys::Key;
use crate::economic::rest::children;
use crate::economic::value::{Document, at, date_at, flag, integer, put, text};
use chrono::Datelike;
use http::{Method, StatusCode};
use serde_json::{Value, json};

pub struct Flat {
    entity: &'static Entity,
    /// Whether the service gives the numbers.
    numbered: bool,
    /// The customer that it hangs on, in the REST API's way.
    below: Option<&'static children::Kind>,
    /// Columns that name something, its table, and the word when that is not there.
    names: &'static [(&'static str, &'static str, &'static str)],
    taken: &'static str,
    used: &'static str,
}

pub const CONTACTS: Flat = Flat {
    entity: &CONTACT,
    numbered: true,
    below: Some(&children::CONTACTS),
    names: &[("customerNumber", "customers", "CustomerDoesNotExist")],
    taken: "CustomerContactNameAlreadyExists",
    used: "CustomerContactIsInUse",
};
pub const LOCATIONS: Flat = Flat {
    entity: &LOCATION,
    numbered: true,
    below: Some(&children::LOCATIONS),
    names: &[("customerNumber", "customers", "CustomerNotFound")],
    taken: "DeliveryLocationNumberAlreadyExists",
    used: "DeliveryLocationUsedOnInvoices",
};
pub const PRICE_GROUPS: Flat =
    Flat { entity: &PRICE_GROUP, numbered: false, below: None, names: &[], taken: "PriceGroupIdExists", used: "PriceGroupUsedByOneOrMoreCustomers" };
pub const ACCOUNTS: Flat = Flat {
    entity: &ACCOUNT,
    numbered: false,
    below: None,
    names: &[
        ("contraAccountNumber", "accounts", "ContraAccountDoesNotExist"),
        ("totalFromAccountNumber", "accounts", "TotalFromAccountDoesNotExist"),
    ],
    taken: "AccountIdAlreadyInUse",
    used: "AccountInUse",
};
pub const JOURNALS: Flat = Flat {
    entity: &JOURNAL,
    numbered: true,
    below: None,
    names: &[("customerContraAccount", "accounts", "ContraAccountDoesNotExist")],
    taken: "JournalNumberAlreadyExists",
    used: "JournalIsInUse",
};

impl Visit<'_> {
    pub fn flat(&mut self, flat: &Flat, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, rest) => {
                let row = |document: &&Document| shown(flat.entity, document);
                self.listed(shape(flat.entity.facts), self.documents(flat.entity), row, rest, flat.entity.key)
            }
            (Method::POST, []) => {
                let row = self.taken(flat.entity, Write::Create)?;
                self.check_names(flat, &row)?;
                let number = match integer(&row, flat.entity.key).filter(|_| !flat.numbered) {
                    Some(number) => number,
                    None if flat.numbered => self.documents(flat.entity).iter().filter_map(|of| number_of(flat, of)).max().unwrap_or(0) + 1,
                    None => return Err(Fault::one(Problem::missing(flat.entity.key))),
                };
                if self.find(flat, number).is_some() {
                    return Err(Fault::bad(flat.taken, "The number is taken."));
                }
                self.keep_flat(flat, number, &row, None);
                Ok(Reply::json(StatusCode::CREATED, &json!({ flat.entity.key: number })))
            }
            (Method::PUT, rest @ ([] | [_])) => {
                let sent = integer(&self.call.object()?, flat.entity.key);
                let number = rest.first().map_or(Ok(sent), |number| self.number(number).map(Some))?;
                let number = number.ok_or_else(|| Fault::one(Problem::missing(flat.entity.key)))?;
                let row = self.taken(flat.entity, Write::Update)?;
                self.check_names(flat, &row)?;
                let (key, stands) = self.find(flat, number).ok_or_else(Fault::not_found)?;
                if !same_version(&stands, &row) {
                    return Err(Fault::conflict());
                }
                self.keep_flat(flat, number, &row, Some((key, stands)));
                Ok(Reply::empty())
            }
            (Method::DELETE, [number]) => {
                let number = self.number(number)?;
                let (key, _) = self.find(flat, number).ok_or_else(Fault::not_found)?;
                if self.uses(flat, number) {
                    return Err(Fault::bad(flat.used, "It is in use."));
                }
                self.agreement.table_mut(flat.entity.table).remove(&key);
                Ok(Reply::empty())
            }
            _ => Err(Fault::method()),
        }
    }

    fn find(&self, flat: &Flat, number: u64) -> Option<(Key, Document)> {
        let found = self.agreement.table(flat.entity.table).iter().find(|(_, document)| number_of(flat, document) == Some(number));
        found.map(|(key, document)| (key.clone(), document.clone()))
    }

    fn check_names(&self, flat: &Flat, row: &Document) -> Result<(), Fault> {
        let unknown = |(column, table, _): &&(&str, &str, &str)| {
            row.get(*column).filter(|value| !value.is_null()).is_some_and(|value| !self.agreement.exists(table, value))
        };
        if let Some((column, _, word)) = flat.names.iter().find(unknown) {
            return Err(Fault::bad(word, format!("The value of {column} names nothing.")));
        }
        if row.get("type").is_some_and(|kind| !kind.as_u64().is_some_and(|kind| (1..=7).contains(&kind))) {
            return Err(Fault::bad("InvalidAccountType", "type is a number from 1 to 7."));
        }
        Ok(())
    }

    fn keep_flat(&mut self, flat: &Flat, number: u64, row: &Document, stands: Option<(Key, Document)>) {
        let mut document = stands.as_ref().map(|(_, document)| document.clone()).unwrap_or_default();
        document.extend(document_of(flat.entity, row));
        put(&mut document, path_of(flat.entity, flat.entity.key), number);
        let known = |column: &str| flat.entity.columns.iter().any(|(of, _)| *of == column);
        let more: Document = row.iter().filter(|(column, _)| !known(column)).map(|(column, value)| (column.clone(), value.clone())).collect();
        document.insert("_more".into(), Value::Object(more));
        if flat.entity.table == "accounts" {
            let side = if flag(row, "isCredit") { "credit" } else { "debit" };
            put(&mut document, "debitCredit", side);
            document.entry("balance").or_insert_with(|| json!(0));
        }
        let now = self.call.now;
        self.agreement.touch(&mut document, now);
        document.remove("lastUpdated");
        let key = match (stands, flat.below) {
            (Some((key, _)), _) => key,
            (None, Some(kind)) => {
                children::complete(kind, &mut document, number);
                let owner = Key::Number(integer(&document, "customer.customerNumber").unwrap_or(0));
                children::key(&owner, &number.to_string())
            }
            (None, None) => Key::Number(number),
        };
        self.agreement.table_mut(flat.entity.table).insert(key, document);
    }

    fn uses(&self, flat: &Flat, number: u64) -> bool {
        let posted = flat.entity.table == "accounts" && self.agreement.ledger.entries.iter().any(|entry| entry.account == number);
        let drafted = flat.entity.table == "journals" && self.agreement.drafts_of(number).next().is_some();
        posted || drafted || self.agreement.is_used(flat.entity.table, &Key::Number(number))
    }

    /// Prices of one product; the currency is their key.
    pub fn prices_of(&mut self, product: &str, rest: &[&str]) -> Result<Reply, Fault> {
        // The product's number is as it was sent, not as the route has it.
        let sent = self.call.segments.get(3).map_or(product, String::as_str);
        let owner = Key::read(sent, true).filter(|key| self.agreement.table("products").contains_key(key));
        let owner = owner.ok_or_else(|| Fault::new(StatusCode::NOT_FOUND, "ProductDoesNotExist", "There is no such product."))?;
        let key = |currency: &str| children::key(&owner, &currency.to_uppercase());
        match (self.call.method.clone(), rest) {
            (Method::GET, [currency]) => {
                let found = self.agreement.table(PRICE.table).get(&key(currency)).ok_or_else(Fault::not_found)?;
                Ok(Reply::ok(Value::Object(row_of(&PRICE, found))))
            }
            (Method::DELETE, [currency]) => {
                self.agreement.table_mut(PRICE.table).remove(&key(currency)).map(|_| Reply::empty()).ok_or_else(Fault::not_found)
            }
            (method @ (Method::POST | Method::PUT), []) => {
                let row = self.taken(&PRICE, if method == Method::POST { Write::Create } else { Write::Update })?;
                let currency = text(&row, "currency").unwrap_or_default().to_owned();
                if self.agreement.row("currencies", currency.as_str()).is_none() {
                    return Err(Fault::bad("InvalidCurrency", "There is no such currency."));
                }
                match (method == Method::POST, self.agreement.table(PRICE.table).get(&key(&currency))) {
                    (true, Some(_)) => return Err(Fault::bad("ProductPriceInCurrencyAlreadyExists", "There is a price in this currency.")),
                    (false, None) => return Err(Fault::not_found()),
                    (false, Some(stands)) if !same_version(stands, &row) => return Err(Fault::conflict()),
                    _ => {}
                }
                let mut document = document_of(&PRICE, &row);
                put(&mut document, "product.productNumber", owner.value());
                let now = self.call.now;
                self.agreement.touch(&mut document, now);
                document.remove("lastUpdated");
                self.agreement.table_mut(PRICE.table).insert(key(&currency), document);
                let answer = json!({ "currency": currency });
                Ok(if method == Method::POST { Reply::json(StatusCode::CREATED, &answer) } else { Reply::empty() })
            }
            _ => Err(Fault::method()),
        }
    }

    /// How the amounts of draft entries are spread over months.
    pub fn accruals(&mut self, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, [journal, entry]) => {
                let (journal, entry) = (self.number(journal)?, self.number(entry)?);
                let found = self.agreement.row(ACCRUAL.table, entry).map(|document| row_of(&ACCRUAL, document));
                let found = found.filter(|row| integer(row, "journalNumber") == Some(journal)).ok_or_else(Fault::not_found)?;
                Ok(Reply::ok(Value::Object(found)))
            }
            (Method::GET, rest) => self.table(&ACCRUAL, rest),
            (method @ (Method::POST | Method::PUT), []) => {
                let mut row = self.taken(&ACCRUAL, Write::Create)?;
                let entry = integer(&row, "entryNumber").unwrap_or(0);
                let draft = self.agreement.row("journalEntries", entry);
                if draft.and_then(|draft| integer(draft, "journal.journalNumber")) != integer(&row, "journalNumber") {
                    return Err(Fault::bad("JournalEntryDoesNotExist", "There is no such draft entry."));
                }
                if integer(&row, "accountNumber").is_none_or(|account| self.agreement.row("accounts", account).is_none()) {
                    return Err(Fault::bad("JournalEntryAccountNotFound", "There is no such account."));
                }
                let (Some(from), Some(to)) = (date_at(&row, "startDate"), date_at(&row, "endDate")) else {
                    return Err(Fault::one(Problem::missing("startDate")));
                };
                if to < from {
                    return Err(Fault::bad("ValidationFailed", "endDate is before startDate."));
                }
                match (method == Method::POST, self.agreement.row(ACCRUAL.table, entry)) {
                    (true, Some(_)) => return Err(Fault::bad("ValidationFailed", "The entry is accrued already.")),
                    (false, None) => return Err(Fault::not_found()),
                    (false, Some(stands)) if !same_version(stands, &row) => return Err(Fault::conflict()),
                    _ => {}
                }
                put(&mut row, "months", i64::from(to.year() - from.year()) * 12 + i64::from(to.month()) - i64::from(from.month()) + 1);
                row.remove("objectVersion");
                let mut document = Document::new();
                put(&mut document, "entryNumber", row.remove("entryNumber").unwrap_or_default());
                document.insert("_more".into(), Value::Object(row));
                let now = self.call.now;
                self.agreement.touch(&mut document, now);
                self.agreement.table_mut(ACCRUAL.table).insert(Key::Number(entry), document);
                let answer = json!({ "entryNumber": entry });
                Ok(if method == Method::POST { Reply::json(StatusCode::CREATED, &answer) } else { Reply::empty() })
            }
            (Method::DELETE, []) => {
                let entry = integer(&self.call.object()?, "entryNumber").ok_or_else(|| Fault::one(Problem::missing("entryNumber")))?;
                self.agreement.table_mut(ACCRUAL.table).remove(&Key::Number(entry)).map(|_| Reply::empty()).ok_or_else(Fault::not_found)
            }
            _ => Err(Fault::method()),
        }
    }
}

fn path_of(entity: &Entity, column: &str) -> &'static str {
    entity.columns.iter().find(|(of, _)| *of == column).map_or("number", |(_, path)| path)
}

fn number_of(flat: &Flat, document: &Document) -> Option<u64> {
    integer(document, path_of(flat.entity, flat.entity.key))
}

/// Accounts say more than the REST API does.
fn shown(entity: &Entity, document: &Document) -> Document {
    let mut row = row_of(entity, document);
    if entity.table == "accounts" {
        put(&mut row, "isCredit", text(document, "debitCredit") == Some("credit"));
        for name in ["isBarred", "isBlockedForDirectEntries"] {
            let said = flag(&row, name);
            put(&mut row, name, said);
        }
    }
    if at(document, "_version").is_none() {
        put(&mut row, "objectVersion", "0");
    }
    row
}
