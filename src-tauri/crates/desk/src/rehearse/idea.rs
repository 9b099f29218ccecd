//! What a sample is, before it is Stripe's.

use chrono::NaiveDate;
use money::Currency;
use rust_decimal::Decimal;

#[derive(Clone)]
pub struct Idea {
    pub name: &'static str,
    pub country: String,
    pub vat: Option<&'static str>,
    pub currency: Currency,
    pub lines: Vec<Line>,
    /// The ledger has the buyer already.
    pub known: bool,
    /// Paid at a checkout, without an invoice and without a customer.
    pub guest: bool,
    pub date: NaiveDate,
}

#[derive(Clone)]
pub struct Line {
    pub text: &'static str,
    /// Tax included where `inclusive`.
    pub price: Decimal,
    pub discount: Decimal,
    /// None: Stripe put no tax on it.
    pub tax: Option<Tax>,
}

#[derive(Clone)]
pub struct Tax {
    pub rate: Decimal,
    pub inclusive: bool,
    /// As Stripe names it: `standard_rated`, `reverse_charge`, `product_exempt`.
    pub reason: &'static str,
}

/// A sample that cannot be made is a mistake of this program.
#[derive(Debug)]
pub struct Unmade;

impl From<stripe::RowError> for Unmade {
    fn from(_: stripe::RowError) -> Self {
        Self
    }
}

impl From<money::MoneyError> for Unmade {
    fn from(_: money::MoneyError) -> Self {
        Self
    }
}
