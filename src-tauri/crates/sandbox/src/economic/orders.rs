//! What the harness asks for from outside, in words of JSON: the hand of the person at the program.

use super::Economic;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

/// One wish; the agreement is the demo's unless it is named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    #[serde(default)]
    agreement: Option<u64>,
    wish: Wish,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Wish {
    /// A draft's number; answers with the booked one.
    BookInvoice(u64),
    /// A journal's number.
    BookJournal(u64),
    MatchEntries(Vec<u64>),
    /// A day in the period.
    BarPeriod(NaiveDate),
    OpenPeriod(NaiveDate),
    DeleteLayout(u64),
    BarCustomer(u64),
    BarProduct(String),
    /// As the accounting user removes the app.
    RevokeGrant(String),
    ReadOnly(bool),
    AllowPosting(bool),
    PdfDelaySeconds(u32),
}

impl Economic {
    /// Does what the harness wishes, or says why not.
    pub fn order(&mut self, now: DateTime<Utc>, order: Order) -> Result<Value, String> {
        match order.wish {
            Wish::RevokeGrant(grant) => return Ok(json!({ "revoked": self.revoke(&grant) })),
            Wish::AllowPosting(allow) => self.rules.allow_posting = allow,
            Wish::PdfDelaySeconds(seconds) => self.rules.pdf_delay = TimeDelta::seconds(seconds.into()),
            wish => {
                let agreement = order.agreement.or(self.access.demo).ok_or("name an agreement")?;
                return self.by_hand(now, agreement, wish);
            }
        }
        Ok(json!({}))
    }

    fn by_hand(&mut self, now: DateTime<Utc>, agreement: u64, wish: Wish) -> Result<Value, String> {
        let mut setup = self.setup(agreement, now).ok_or("there is no such agreement")?;
        match wish {
            Wish::BookInvoice(draft) => {
                return setup.book_invoice(draft).map(|number| json!({ "bookedInvoiceNumber": number })).map_err(|fault| fault.to_string());
            }
            Wish::BookJournal(journal) => setup.book_journal(journal).map_err(|fault| fault.to_string())?,
            Wish::MatchEntries(entries) => setup.match_entries(&entries).map_err(|why| why.code().to_owned())?,
            Wish::BarPeriod(day) => setup.bar_period(day, true),
            Wish::OpenPeriod(day) => setup.bar_period(day, false),
            Wish::DeleteLayout(layout) => setup.delete_layout(layout),
            Wish::BarCustomer(customer) => setup.bar_customer(customer),
            Wish::BarProduct(product) => setup.bar_product(&product),
            Wish::ReadOnly(read_only) => setup.read_only(read_only),
            Wish::RevokeGrant(_) | Wish::AllowPosting(_) | Wish::PdfDelaySeconds(_) => {}
        }
        Ok(json!({}))
    }
}
