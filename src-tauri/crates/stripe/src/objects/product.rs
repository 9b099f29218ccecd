//! What is sold, and the rates and coupons that invoices refer to.

use chrono::{DateTime, Utc, serde::ts_seconds};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::parts::{Metadata, or_default};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Product {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub unit_label: Option<String>,
    #[serde(default)]
    pub active: bool,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaxRate {
    pub id: String,
    pub display_name: Option<String>,
    /// 25 is 25 %.
    pub percentage: Decimal,
    pub effective_percentage: Option<Decimal>,
    #[serde(default)]
    pub inclusive: bool,
    #[serde(default)]
    pub active: bool,
    pub country: Option<String>,
    pub jurisdiction: Option<String>,
    pub tax_type: Option<String>,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Coupon {
    pub id: String,
    pub name: Option<String>,
    /// 10 is 10 %.
    pub percent_off: Option<Decimal>,
    pub amount_off: Option<Money>,
    pub currency: Option<Currency>,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}
