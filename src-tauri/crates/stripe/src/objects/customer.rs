//! Customers and their tax numbers.

use chrono::{DateTime, Utc, serde::ts_seconds_option};
use serde::Deserialize;

use super::parts::{Address, List, Metadata, open_enum, or_default};
use crate::Columns;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Customer {
    pub id: String,
    /// A deleted customer is only its id.
    #[serde(default)]
    pub deleted: bool,
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub description: Option<String>,
    pub address: Option<Address>,
    pub tax_exempt: Option<TaxExempt>,
    pub tax_ids: Option<List<TaxId>>,
    #[serde(default, deserialize_with = "or_default")]
    pub preferred_locales: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

open_enum! {
    TaxExempt { None = "none", Exempt = "exempt", Reverse = "reverse" }
}

/// Such as `eu_vat` `DK13585628`; on an invoice only type and value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaxId {
    #[serde(rename = "type")]
    pub kind: String,
    pub value: Option<String>,
    verification: Option<Verification>,
}

impl TaxId {
    /// `verified`, `unverified`, `pending`, `unavailable`, as Stripe found it.
    pub fn verification(&self) -> Option<&str> {
        self.verification.as_ref()?.status.as_deref()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Verification {
    status: Option<String>,
}

impl Customer {
    pub(super) fn columns(&self) -> Columns {
        let status = self.deleted.then(|| "deleted".to_owned());
        Columns { happened_at: self.created, party: Some(self.id.clone()), status, ..Columns::default() }
    }
}
