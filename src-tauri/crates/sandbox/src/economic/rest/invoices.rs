//! Booked invoices, how they are booked, and the lists by what is still owed.

use super::Visit;
use crate::economic::body::take;
use crate::economic::call::Reply;
use crate::economic::facts::{Write, shape};
use crate::economic::fault::{Fault, Problem};
use crate::economic::keys::Key;
use crate::economic::value::{Document, date_at, decimal_at, integer, put, text};
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

const STATES: [&str; 8] = ["drafts", "booked", "paid", "unpaid", "overdue", "not-due", "sent", "totals"];
/// The three words and their case: docs/legacy-api-verification.md; `ean` is what two clients send.
const SEND_BY: [&str; 4] = ["none", "EAN", "Email", "ean"];

impl Visit<'_> {
    pub fn invoices(&mut self, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, []) => {
                // The only name that is not its own path.
                let name = |state: &str| if state == "not-due" { "notDue".to_owned() } else { state.to_owned() };
                let links: Document = STATES.iter().map(|state| (name(state), self.link(&format!("invoices/{state}")).into())).collect();
                Ok(Reply::ok(Value::Object(self.show("invoices", &links))))
            }
            (_, ["drafts", rest @ ..]) => self.drafts("draftInvoices", rest),
            (Method::POST, ["booked"]) => self.book(None),
            (Method::PUT, ["booked", number]) => self.book(Some(self.number(number)?)),
            (Method::GET, ["booked", number, "pdf"]) => self.booked_pdf(self.number(number)?),
            (Method::GET, ["booked", number]) => {
                let number = self.number(number)?;
                let row = self.agreement.row("bookedInvoices", number).ok_or_else(Fault::not_found)?;
                Ok(Reply::ok(Value::Object(self.show_row("bookedInvoices", row))))
            }
            (Method::GET, ["sent"]) => {
                let rows = self.agreement.table("sentInvoices").values().collect();
                self.collection(shape("sentInvoices"), rows, |row| self.show_row("sentInvoices", row))
            }
            (Method::GET, ["sent", id]) => {
                let row = self.agreement.row("sentInvoices", self.number(id)?).ok_or_else(Fault::not_found)?;
                Ok(Reply::ok(Value::Object(self.show_row("sentInvoices", row))))
            }
            (Method::GET, ["totals", rest @ ..]) => self.invoice_totals(rest),
            (Method::GET, [state @ ("booked" | "paid" | "unpaid" | "overdue" | "not-due")]) => self.booked(state),
            (_, [state]) if STATES.contains(state) => Err(Fault::method()),
            (_, ["booked", _]) => Err(Fault::method()),
            _ => Err(Fault::not_found()),
        }
    }

    /// `not-due` includes what falls due today.
    fn booked(&self, state: &str) -> Result<Reply, Fault> {
        let today = self.call.day();
        let in_state = |row: &&Document| {
            let open = decimal_at(row, "remainder").is_some_and(|rest| !rest.is_zero());
            let late = date_at(row, "dueDate").is_some_and(|due| due < today);
            match state {
                "paid" => !open,
                "unpaid" => open,
                "overdue" => open && late,
                "not-due" => open && !late,
                _ => true,
            }
        };
        let rows = self.agreement.table("bookedInvoices").values().filter(in_state).collect();
        self.collection(shape("bookedInvoices"), rows, |row| {
            let mut shown = self.without_lines("bookedInvoices", row);
            if state != "booked" {
                // The lists by what is owed say less: specs/legacy of github.com/Pogoe/EConomic.NET.
                shown.retain(|name, _| !["exchangeRate", "grossAmountInBaseCurrency"].contains(&name.as_str()));
            }
            shown
        })
    }

    /// Books a draft, if the harness lets anybody.
    fn book(&mut self, chosen: Option<u64>) -> Result<Reply, Fault> {
        if !self.rules.allow_posting {
            return Err(Fault::forbidden("E02040", "Booking is switched off in this sandbox."));
        }
        let sent = self.call.object()?;
        let body = take(shape("bookedInvoices"), Write::Create, &sent)?;
        if let Some(by) = text(&sent, "sendBy").filter(|by| !SEND_BY.contains(by)) {
            return Err(Fault::one(Problem::new("sendBy", "E04300", format!("Value \"{by}\" is not one of: none, EAN, Email."))));
        }
        let draft = integer(&body, "draftInvoice.draftInvoiceNumber").ok_or_else(|| Fault::one(Problem::missing("draftInvoice")))?;
        let chosen = chosen.or_else(|| integer(&body, "bookWithNumber"));
        let number = self.agreement.book_invoice(self.call.now, draft, chosen)?;
        self.note_sending(number, text(&sent, "sendBy").unwrap_or("none"));
        let row = self.agreement.row("bookedInvoices", number).ok_or_else(Fault::crashed)?;
        let shown = self.show_row("bookedInvoices", row);
        let link = text(&shown, "self").map(str::to_owned);
        Ok(Reply::created(Value::Object(shown), link))
    }

    /// An e-invoice that was sent as it was booked shows among the sent ones; nothing else does.
    fn note_sending(&mut self, invoice: u64, by: &str) {
        if !by.eq_ignore_ascii_case("ean") {
            return;
        }
        let booked = self.agreement.row("bookedInvoices", invoice);
        let recipient = |name: &str| booked.and_then(|row| text(row, &format!("recipient.{name}"))).unwrap_or_default().to_owned();
        let (name, ean, id) = (recipient("name"), recipient("ean"), self.agreement.free_number("sentInvoices"));
        let mut row = Document::new();
        put(&mut row, "id", id);
        put(&mut row, "invoice.bookedInvoiceNumber", invoice);
        put(&mut row, "status", "sent");
        put(&mut row, "sendBy", "ean");
        put(&mut row, "creationDate", self.call.day().to_string());
        put(&mut row, "createdBy", self.caller.app.name.clone());
        put(&mut row, "recipient.name", name);
        if !ean.is_empty() {
            put(&mut row, "recipient.ean", ean);
        }
        self.agreement.table_mut("sentInvoices").insert(Key::Number(id), row);
    }

    /// Sums and counts; each part has an address of its own below the whole, and there only links to its own parts.
    fn invoice_totals(&self, rest: &[&str]) -> Result<Reply, Fault> {
        let today = self.call.day();
        let open = |row: &Document| decimal_at(row, "remainder").is_some_and(|rest| !rest.is_zero());
        let late = |row: &Document| date_at(row, "dueDate").is_some_and(|due| due < today);
        let part = |table: &str, path: &str, counts: &dyn Fn(&Document) -> bool| {
            let (mut net, mut count) = (Decimal::ZERO, 0);
            for row in self.agreement.table(table).values().filter(|row| counts(row)) {
                net += decimal_at(row, "netAmountInBaseCurrency").unwrap_or_default();
                count += 1;
            }
            let link = self.link(&format!("invoices/totals/{path}"));
            json!({ "netAmountInBaseCurrency": crate::economic::value::amount(net), "invoiceCount": count, "self": link })
        };
        let mut unpaid = part("bookedInvoices", "booked/unpaid", &open);
        unpaid["overdue"] = part("bookedInvoices", "booked/unpaid/overdue", &|row| open(row) && late(row));
        unpaid["notOverdue"] = part("bookedInvoices", "booked/unpaid/not-overdue", &|row| open(row) && !late(row));
        let mut booked = part("bookedInvoices", "booked", &|_| true);
        booked["paid"] = part("bookedInvoices", "booked/paid", &|row| !open(row));
        booked["unpaid"] = unpaid;
        let whole = json!({ "drafts": part("draftInvoices", "drafts", &|_| true), "booked": booked, "self": self.link("invoices/totals") });
        let path: String = rest.iter().map(|name| format!("/{}", if *name == "not-overdue" { "notOverdue" } else { name })).collect();
        let mut found = whole.pointer(&path).and_then(Value::as_object).cloned().ok_or_else(Fault::not_found)?;
        if !rest.is_empty() {
            found.values_mut().filter(|value| value.is_object()).for_each(|value| *value = value["self"].take());
        }
        Ok(Reply::ok(Value::Object(found)))
    }
}
