//! One company: its tables, its posting set-up and its number series.

use super::guid::Guid;
use super::record::Record;
use super::setup::{CustomerGroups, GeneralPosting, NumberSeries, VatPosting};
use super::store::Store;
use super::value::Value;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The journal templates that the API knows.
pub const GENERAL: &str = "GENERAL";
pub const CASH_RECEIPTS: &str = "CASHRCPT";

#[derive(Clone, Debug)]
pub struct Company {
    pub id: Guid,
    pub name: String,
    pub display_name: String,
    /// Local currency (LCY). Inside, it is the empty code.
    pub currency: String,
    pub decimals: u32,
    pub time_zone: chrono_tz::Tz,
    pub created: DateTime<Utc>,
    pub store: Store,
    pub posting: PostingSetup,
}

/// What the API does not show: where postings go.
#[derive(Clone, Debug, Default)]
pub struct PostingSetup {
    /// By VAT business group and VAT product group.
    pub vat: BTreeMap<(String, String), VatPosting>,
    /// By general business group and general product group.
    pub general: BTreeMap<(String, String), GeneralPosting>,
    /// Customer posting group to receivables account.
    pub receivables: BTreeMap<String, String>,
    pub exchange_gains: String,
    pub exchange_losses: String,
    pub external_number_mandatory: bool,
    pub customer_template: Option<CustomerGroups>,
    /// Country and format (`#` a digit, `@` a letter) of tax registration numbers.
    pub tax_number_formats: Vec<(String, String)>,
}

/// The number series that documents and cards draw from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    Customer,
    Contact,
    Item,
    Invoice,
    PostedInvoice,
    CreditMemo,
    PostedCreditMemo,
    Order,
    Journal,
}

impl Series {
    fn code(self) -> (&'static str, &'static str) {
        match self {
            Self::Customer => ("CUST", "C00000"),
            Self::Contact => ("CONT", "CT000000"),
            Self::Item => ("ITEM", "1000"),
            Self::Invoice => ("S-INV", "1000"),
            Self::PostedInvoice => ("S-INV+", "103000"),
            Self::CreditMemo => ("S-CR", "1000"),
            Self::PostedCreditMemo => ("S-CR+", "104000"),
            Self::Order => ("S-ORD", "1000"),
            Self::Journal => ("GJNL", "G00000"),
        }
    }
}

impl Company {
    /// Today's date in the company's zone: the work date.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.time_zone).date_naive()
    }

    pub fn set_series(&mut self, of: Series, series: NumberSeries) {
        let mut row = self.series(of);
        row.set("lastUsed", series.last_used);
        row.set("manualAllowed", series.manual_allowed);
        self.store.put("numberSeries", row);
    }

    /// Draws the next number. Numbers of deleted drafts do not come back.
    pub fn next_number(&mut self, of: Series) -> String {
        let mut row = self.series(of);
        let next = increment(row.text("lastUsed"));
        row.set("lastUsed", next.as_str());
        self.store.put("numberSeries", row);
        next
    }

    pub fn manual_numbers(&self, of: Series) -> bool {
        self.series(of).flag("manualAllowed")
    }

    fn series(&self, of: Series) -> Record {
        let (code, start) = of.code();
        self.store.find("numberSeries", "code", &Value::from(code)).cloned().unwrap_or_else(|| {
            let mut row = Record::new(Guid::derived(&[b"series", code.as_bytes()]), self.created);
            row.set("code", code);
            row.set("lastUsed", start);
            row.set("manualAllowed", true);
            row
        })
    }

    /// Decimals of a currency's amounts; the empty code is the local currency.
    pub fn decimals_of(&self, currency: &str) -> u32 {
        if currency.is_empty() {
            return self.decimals;
        }
        let row = self.store.find("currencies", "code", &Value::from(currency));
        row.map_or(2, |row| row.number("amountRoundingPrecision").normalize().scale())
    }

    /// (currency amount, local amount) of the rate that holds on a date.
    pub fn exchange_rate(&self, currency: &str, on: NaiveDate) -> Option<(Decimal, Decimal)> {
        if currency.is_empty() {
            return Some((Decimal::ONE, Decimal::ONE));
        }
        let rows = self.store.matching("currencyExchangeRates", "currencyCode", &Value::from(currency));
        let row = rows.filter(|row| row.date("startingDate") <= on).last()?;
        let (amount, relational) = (row.number("exchangeRateAmount"), row.number("relationalExchangeRateAmount"));
        (!amount.is_zero() && !relational.is_zero()).then_some((amount, relational))
    }

    /// The code inside of one that a client sent: the local currency is blank.
    pub fn currency_inside(&self, code: &str) -> String {
        if code == self.currency { String::new() } else { code.to_string() }
    }

    pub fn currency_outside(&self, code: &str) -> String {
        if code.is_empty() { self.currency.clone() } else { code.to_string() }
    }
}

/// Adds one to the last run of digits: `S-INV1009` gives `S-INV1010`.
pub fn increment(number: &str) -> String {
    let Some(end) = number.rfind(|c: char| c.is_ascii_digit()).map(|at| at + 1) else {
        return format!("{number}1");
    };
    let start = number[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + number[at..].chars().next().map_or(1, char::len_utf8));
    let digits = &number[start..end];
    let next = digits.parse::<u64>().map_or(0, |n| n.saturating_add(1));
    format!("{}{next:0width$}{}", &number[..start], &number[end..], width = digits.len())
}

#[cfg(test)]
mod tests {
    use super::increment;

    #[test]
    fn a_number_series_counts_in_its_last_digits() {
        assert_eq!(increment("C00009"), "C00010");
        assert_eq!(increment("S-INV999"), "S-INV1000");
        assert_eq!(increment("A1-B"), "A2-B");
        assert_eq!(increment("X"), "X1");
        assert_eq!(increment("Ø9"), "Ø10");
    }
}
