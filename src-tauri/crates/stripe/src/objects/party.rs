//! Customers, their tax ids, and tax rates.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::{Embedded, Metadata, or_default};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Customer {
    pub id: String,
    #[serde(default)]
    pub deleted: bool,
    #[serde(default)]
    pub livemode: bool,
    #[serde(default)]
    pub created: i64,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub address: Option<Address>,
    pub currency: Option<String>,
    pub tax_exempt: Option<String>,
    /// Only there when asked for by `expand`.
    #[serde(default)]
    pub tax_ids: Option<Embedded<TaxId>>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Address {
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    /// ISO 3166, two letters.
    pub country: Option<String>,
}

/// Of a customer, or frozen on an invoice (then without id).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaxId {
    /// Such as `eu_vat`, `gb_vat`, `no_vat`.
    #[serde(rename = "type")]
    pub kind: String,
    pub value: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaxRate {
    pub id: String,
    /// Percent.
    pub percentage: Decimal,
    pub inclusive: bool,
    pub country: Option<String>,
    pub jurisdiction: Option<String>,
    /// `vat`, `gst`, `sales_tax`, …
    pub tax_type: Option<String>,
}

impl Customer {
    pub fn from_json(raw: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(raw)
    }

    /// The first value-added-tax number.
    pub fn vat_number(&self) -> Option<&str> {
        self.tax_ids.as_ref().and_then(|ids| vat_number(&ids.data))
    }
}

impl TaxRate {
    pub fn from_json(raw: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(raw)
    }
}

/// The first value-added-tax number of a list.
pub fn vat_number(ids: &[TaxId]) -> Option<&str> {
    ids.iter().find(|id| id.kind.ends_with("_vat")).and_then(|id| id.value.as_deref())
}
