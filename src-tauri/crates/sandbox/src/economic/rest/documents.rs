//! Drafts of invoices, orders and quotes: one shape, one arithmetic.

use super::Visit;
use crate::economic::agreement::Agreement;
use crate::economic::body::take;
use crate::economic::call::Reply;
use crate::economic::facts::{Write, shape};
use crate::economic::fault::{Fault, Problem};
use crate::economic::filter::Filter;
use crate::economic::keys::Key;
use crate::economic::value::{Document, at, integer, put, text};
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// What the service works out, and does not take over into a draft that is made from another document.
const COMPUTED: [&str; 11] = [
    "netAmount",
    "vatAmount",
    "grossAmount",
    "netAmountInBaseCurrency",
    "grossAmountInBaseCurrency",
    "roundingAmount",
    "costPriceInBaseCurrency",
    "marginInBaseCurrency",
    "marginPercentage",
    "lastUpdated",
    "orderNumber",
];

/// Checks a body of a draft and completes it; without the numbers that it gets when it is kept.
pub fn draft_of(agreement: &Agreement, table: &str, write: Write, body: &Document, known: Option<&Document>) -> Result<Document, Fault> {
    let mut draft = take(shape(table), write, body)?;
    // The shape of an update names no layout and does not ask for what cannot be empty; what is there stays.
    if let Some(known) = known {
        for kept in ["layout", "date", "currency", "customer", "paymentTerms"] {
            if let Some(value) = known.get(kept).filter(|_| !draft.contains_key(kept)) {
                draft.insert(kept.into(), value.clone());
            }
        }
        known.iter().filter(|(name, _)| name.starts_with('_')).for_each(|(name, value)| _ = draft.insert(name.clone(), value.clone()));
    }
    let sent = at(body, "paymentTerms.paymentTermsType").and_then(Value::as_str);
    agreement.price(&mut draft, sent)?;
    Ok(draft)
}

impl Agreement {
    /// Keeps a new draft under the next number of its kind.
    pub fn keep_draft(&mut self, table: &'static str, mut draft: Document, now: DateTime<Utc>) -> u64 {
        let counter = match table {
            "draftInvoices" => &mut self.counters.draft_invoice,
            "draftOrders" => &mut self.counters.order,
            _ => &mut self.counters.quote,
        };
        *counter += 1;
        let number = *counter;
        put(&mut draft, shape(table).key, number);
        if table == "draftInvoices" {
            self.counters.service_draft += 1;
            put(&mut draft, "_number", self.counters.service_draft);
            put(&mut draft, "soap.currentInvoiceHandle.id", number);
        }
        self.touch(&mut draft, now);
        self.table_mut(table).insert(Key::Number(number), draft);
        number
    }
}

impl Visit<'_> {
    pub fn drafts(&mut self, table: &'static str, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, []) => {
                let rows = self.agreement.table(table).values().collect();
                self.collection(shape(table), rows, |row| self.without_lines(table, row))
            }
            (Method::POST, []) => self.create_draft(table),
            (Method::DELETE, []) if table == "draftInvoices" => self.delete_drafts(None),
            (Method::GET, [key]) => {
                let number = self.number(key)?;
                let row = self.agreement.row(table, number).ok_or_else(Fault::not_found)?;
                Ok(Reply::ok(Value::Object(self.show_row(table, row))))
            }
            (Method::PUT, [key]) => self.replace_draft(table, self.number(key)?),
            (Method::DELETE, [key]) if table == "draftInvoices" => self.delete_drafts(Some(self.number(key)?)),
            (Method::DELETE, [key]) => {
                let key = Key::Number(self.number(key)?);
                self.agreement.table_mut(table).remove(&key).map(|_| Reply::empty()).ok_or_else(Fault::not_found)
            }
            (_, [] | [_]) => Err(Fault::method()),
            (method, [key, part @ ..]) => {
                let number = self.number(key)?;
                self.agreement.row(table, number).ok_or_else(Fault::not_found)?;
                self.draft_part(table, number, &method, part)
            }
        }
    }

    fn draft_part(&mut self, table: &'static str, number: u64, method: &Method, part: &[&str]) -> Result<Reply, Fault> {
        match (method, part) {
            (&Method::POST, ["lines"]) => self.append_lines(table, number),
            (&Method::GET, ["pdf"]) => self.pdf(&format!("Kladde {number}")),
            (&Method::GET, ["templates"]) => {
                let instructions = self.link(&format!("{}/{number}/templates/booking-instructions", shape(table).path.trim_matches('/')));
                Ok(Reply::ok(json!({ "bookingInstructions": instructions })))
            }
            (&Method::GET, ["templates", "booking-instructions"]) if table == "draftInvoices" => {
                let draft = json!({ "draftInvoiceNumber": number, "self": self.link(&format!("invoices/drafts/{number}")) });
                Ok(Reply::ok(json!({ "draftInvoice": draft, "sendBy": "none" })))
            }
            (&Method::GET, ["templates", "upgrade-instructions", "draftInvoice"]) if table == "draftOrders" => {
                Ok(Reply::ok(self.upgrade(table, number)))
            }
            (_, ["attachment"]) | (_, ["attachment", "file"]) => self.attachment(table, number, method),
            _ => Err(Fault::not_found()),
        }
    }

    /// A document in a list, which says less than the document itself: no lines above all.
    pub fn without_lines(&self, table: &str, row: &Document) -> Document {
        let facts = shape(table);
        let mut shown = self.show_row(table, row);
        shown.retain(|name, _| facts.property(name).is_none_or(|property| property.shown_in('L')));
        shown
    }

    fn create_draft(&mut self, table: &'static str) -> Result<Reply, Fault> {
        let body = self.call.object()?;
        let draft = draft_of(self.agreement, table, Write::Create, &body, None)?;
        let number = self.agreement.keep_draft(table, draft, self.call.now);
        if let Some(order) = integer(&body, "orderNumber").filter(|_| table == "draftInvoices") {
            self.archive_order(order);
        }
        let row = self.agreement.row(table, number).ok_or_else(Fault::crashed)?;
        let shown = self.show_row(table, row);
        let link = text(&shown, "self").map(str::to_owned);
        Ok(Reply::created(Value::Object(shown), link))
    }

    /// An order that became an invoice is done.
    fn archive_order(&mut self, order: u64) {
        let key = Key::Number(order);
        let found = ["sentOrders", "draftOrders"].into_iter().find_map(|table| self.agreement.table_mut(table).remove(&key));
        if let Some(order) = found {
            self.agreement.table_mut("archivedOrders").insert(key, order);
        }
    }

    fn replace_draft(&mut self, table: &'static str, number: u64) -> Result<Reply, Fault> {
        let known = self.agreement.row(table, number).cloned().ok_or_else(Fault::not_found)?;
        let draft = draft_of(self.agreement, table, Write::Update, &self.call.object()?, Some(&known))?;
        self.put_back(table, number, draft)
    }

    fn put_back(&mut self, table: &'static str, number: u64, mut draft: Document) -> Result<Reply, Fault> {
        put(&mut draft, shape(table).key, number);
        if table == "draftInvoices" {
            put(&mut draft, "soap.currentInvoiceHandle.id", number);
        }
        self.agreement.touch(&mut draft, self.call.now);
        let shown = self.show_row(table, &draft);
        self.agreement.table_mut(table).insert(Key::Number(number), draft);
        Ok(Reply::ok(Value::Object(shown)))
    }

    fn append_lines(&mut self, table: &'static str, number: u64) -> Result<Reply, Fault> {
        let mut draft = self.agreement.row(table, number).cloned().ok_or_else(Fault::not_found)?;
        let body = self.call.object()?;
        let added = body.get("lines").and_then(Value::as_array).ok_or_else(|| Fault::one(Problem::missing("lines")))?;
        let mut only = Document::new();
        only.insert("lines".into(), added.clone().into());
        // The recipient is required of an update; only the lines are meant here.
        only.insert("recipient".into(), draft.get("recipient").cloned().unwrap_or_default());
        let mut taken = take(shape(table), Write::Update, &only)?;
        let mut lines = draft.get("lines").and_then(Value::as_array).cloned().unwrap_or_default();
        lines.extend(taken.remove("lines").and_then(|lines| if let Value::Array(lines) = lines { Some(lines) } else { None }).unwrap_or_default());
        draft.insert("lines".into(), lines.into());
        self.agreement.price(&mut draft, None)?;
        let reply = self.put_back(table, number, draft)?;
        Ok(Reply { status: StatusCode::CREATED, ..reply })
    }

    /// One draft, or every one of the agreement that the filter does not leave out.
    fn delete_drafts(&mut self, one: Option<u64>) -> Result<Reply, Fault> {
        let numbers: Vec<u64> = match one {
            Some(number) => self.agreement.row("draftInvoices", number).map(|_| vec![number]).ok_or_else(Fault::not_found)?,
            None => {
                let shape = shape("draftInvoices");
                let filter = self.call.option("filter").filter(|_| self.rules.filter_deletions).map(|text| Filter::parse(text, shape)).transpose()?;
                let wiped = |row: &&Document| filter.as_ref().is_none_or(|filter| filter.holds(row));
                self.agreement.table("draftInvoices").values().filter(wiped).filter_map(|row| integer(row, "draftInvoiceNumber")).collect()
            }
        };
        for number in &numbers {
            self.agreement.table_mut("draftInvoices").remove(&Key::Number(*number));
        }
        let items: Vec<Value> =
            numbers.iter().map(|number| json!({ "draftInvoiceNumber": number, "self": self.link(&format!("invoices/drafts/{number}")) })).collect();
        let count = items.len();
        Ok(Reply::ok(
            json!({ "message": format!("Deleted {count} invoice{}.", if count == 1 { "" } else { "s" }), "deletedCount": count, "deletedItems": items }),
        ))
    }

    /// A body for `POST /invoices/drafts`.
    fn upgrade(&self, table: &str, number: u64) -> Value {
        let mut draft = self.agreement.row(table, number).cloned().unwrap_or_default();
        for computed in COMPUTED {
            draft.remove(computed);
        }
        let mut shown = self.show(&format!("orders/drafts/{number}/templates/upgrade-instructions/draftInvoice"), &draft);
        shown.insert("orderNumber".into(), number.into());
        Value::Object(shown)
    }

    pub fn orders(&mut self, kind: &str, rest: &[&str]) -> Result<Reply, Fault> {
        let (drafts, sent, archived) =
            if kind == "Orders" { ("draftOrders", "sentOrders", "archivedOrders") } else { ("draftQuotes", "sentQuotes", "archivedQuotes") };
        match rest {
            [] => {
                let path = kind.to_lowercase();
                let link = |state: &str| self.link(&format!("{path}/{state}"));
                Ok(Reply::ok(json!({ "drafts": link("drafts"), "sent": link("sent"), "archived": link("archived"), "self": self.link(&path) })))
            }
            ["drafts"] if self.call.method == Method::POST && self.moved_order(sent)?.is_some() => self.move_order(sent, drafts),
            ["drafts", rest @ ..] => self.drafts(drafts, rest),
            ["sent"] if self.call.method == Method::POST => self.move_order(drafts, sent),
            ["sent", key, "templates", "upgrade-instructions", "draftInvoice"] if kind == "Orders" => {
                let number = self.number(key)?;
                self.agreement.row(sent, number).ok_or_else(Fault::not_found)?;
                Ok(Reply::ok(self.upgrade(sent, number)))
            }
            ["sent", rest @ ..] => self.stored(sent, rest),
            ["archived", rest @ ..] => self.stored(archived, rest),
            _ => Err(Fault::not_found()),
        }
    }

    /// The number in the body, when that document is in the state it is to leave.
    fn moved_order(&self, from: &str) -> Result<Option<u64>, Fault> {
        let body = self.call.object()?;
        Ok(integer(&body, shape(from).key).filter(|number| self.agreement.row(from, *number).is_some()))
    }

    fn move_order(&mut self, from: &'static str, to: &'static str) -> Result<Reply, Fault> {
        let number = self.moved_order(from)?.ok_or_else(Fault::not_found)?;
        let key = Key::Number(number);
        let row = self.agreement.table_mut(from).remove(&key).ok_or_else(Fault::not_found)?;
        let shown = self.show_row(to, &row);
        self.agreement.table_mut(to).insert(key, row);
        let link = text(&shown, "self").map(str::to_owned);
        Ok(Reply::created(Value::Object(shown), link))
    }

    /// Documents that can only be read.
    fn stored(&mut self, table: &'static str, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, []) => {
                let rows = self.agreement.table(table).values().collect();
                self.collection(shape(table), rows, |row| self.without_lines(table, row))
            }
            (Method::GET, [key]) => {
                let number = self.number(key)?;
                let row = self.agreement.row(table, number).ok_or_else(Fault::not_found)?;
                Ok(Reply::ok(Value::Object(self.show_row(table, row))))
            }
            (_, [] | [_]) => Err(Fault::method()),
            _ => Err(Fault::not_found()),
        }
    }
}
