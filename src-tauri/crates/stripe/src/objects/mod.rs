//! Stripe's objects, as far as the books need them. Unknown fields are ignored and enums are
//! open text: new values arrive without a version bump (docs: API versioning).

mod invoice;
mod party;
mod rows;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

pub use invoice::{Discount, Invoice, InvoiceLine, Tax, Transitions};
pub use party::{Address, Customer, TaxId, TaxRate};
pub use rows::{BalanceTransaction, Charge, CreditNote, FeeDetail, InvoicePayment, Payout, Refund};

/// Keys and texts that people hang on objects; ours begin with `countersign_`.
pub type Metadata = BTreeMap<String, String>;

/// Keys of ours in Stripe's metadata. They never count as a change of what was approved.
pub const OWN_KEYS: &str = "countersign_";

/// A list inside an object: the first few, and where the rest is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Embedded<T> {
    #[serde(default = "Vec::new")]
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
    #[serde(default)]
    pub url: String,
}

impl<T> Default for Embedded<T> {
    fn default() -> Self {
        Self { data: Vec::new(), has_more: false, url: String::new() }
    }
}

/// Seconds since 1970, as Stripe writes instants.
pub(crate) fn instant(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

/// An id, or the object that it was expanded to.
pub(crate) fn id_of<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Reference {
        Id(String),
        Object { id: String },
    }
    Ok(Option::<Reference>::deserialize(from)?.map(|reference| match reference {
        Reference::Id(id) | Reference::Object { id } => id,
    }))
}

/// `null` where a list or map may stand.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}
