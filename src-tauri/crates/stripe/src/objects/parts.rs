//! What several objects share.

use std::collections::BTreeMap;

use money::Money;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

/// An enumeration that Stripe may extend at any time: an unknown word is kept.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        #[serde(from = "String")]
        pub enum $name {
            $($variant,)+
            Other(String),
        }

        impl $name {
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }
    };
}
pub(crate) use open_enum;

/// Keys and values that people and programs put on an object.
pub type Metadata = BTreeMap<String, String>;

/// A list or map that is written as null when there is nothing in it.
pub(crate) fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Another object: its id, or the whole of it where that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ref<T> {
    Id(String),
    Whole { id: String, object: Box<T> },
}

impl<T> Ref<T> {
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Whole { id, .. } => id,
        }
    }

    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Whole { object, .. } => Some(object),
        }
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Ref<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(id) => Ok(Self::Id(id)),
            whole => {
                let id = whole.get("id").and_then(Value::as_str).ok_or_else(|| D::Error::missing_field("id"))?.to_owned();
                // A deleted object is a stub without its fields: its id is all there is.
                if whole.get("deleted").and_then(Value::as_bool) == Some(true) {
                    return Ok(Self::Id(id));
                }
                Ok(Self::Whole { id, object: Box::new(serde_json::from_value(whole).map_err(D::Error::custom)?) })
            }
        }
    }
}

/// An object of which only the id matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Opaque {}

/// A list inside an object; complete when the object came from a page or from `get`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    pub has_more: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Address {
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
}

impl Address {
    /// In a fixed order, for versions.
    pub(crate) fn parts(&self) -> [&Option<String>; 6] {
        [&self.line1, &self.line2, &self.postal_code, &self.city, &self.state, &self.country]
    }
}

/// Tax as Stripe computed it. Never computed again: how it was rounded is a setting of the account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaxAmount {
    pub amount: Money,
    pub taxable_amount: Option<Money>,
    pub tax_behavior: TaxBehavior,
    pub taxability_reason: Option<TaxabilityReason>,
    tax_rate_details: Option<TaxRateDetails>,
}

impl TaxAmount {
    pub(crate) fn at(
        tax_rate: String,
        amount: Money,
        taxable_amount: Option<Money>,
        tax_behavior: TaxBehavior,
        taxability_reason: Option<TaxabilityReason>,
    ) -> Self {
        Self { amount, taxable_amount, tax_behavior, taxability_reason, tax_rate_details: Some(TaxRateDetails { tax_rate }) }
    }

    /// The same tax, beside the price, of another amount.
    #[must_use]
    pub fn on(self, taxable: Money, amount: Money) -> Self {
        Self { amount, taxable_amount: Some(taxable), tax_behavior: TaxBehavior::Exclusive, ..self }
    }

    /// Id of the tax rate.
    pub fn tax_rate(&self) -> Option<&str> {
        self.tax_rate_details.as_ref().map(|details| details.tax_rate.as_str())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct TaxRateDetails {
    tax_rate: String,
}

open_enum! {
    TaxBehavior { Exclusive = "exclusive", Inclusive = "inclusive" }
}

open_enum! {
    TaxabilityReason {
        CustomerExempt = "customer_exempt",
        NotAvailable = "not_available",
        NotCollecting = "not_collecting",
        NotSubjectToTax = "not_subject_to_tax",
        NotSupported = "not_supported",
        PortionProductExempt = "portion_product_exempt",
        PortionReducedRated = "portion_reduced_rated",
        PortionStandardRated = "portion_standard_rated",
        ProductExempt = "product_exempt",
        ProductExemptHoliday = "product_exempt_holiday",
        ProportionallyRated = "proportionally_rated",
        ReducedRated = "reduced_rated",
        ReverseCharge = "reverse_charge",
        StandardRated = "standard_rated",
        TaxableBasisReduced = "taxable_basis_reduced",
        ZeroRated = "zero_rated",
    }
}

/// What one discount took off.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DiscountAmount {
    pub amount: Money,
    /// Absent on pretax credits, which are not discounts.
    pub discount: Option<Ref<Discount>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Discount {
    pub id: String,
    source: Option<DiscountSource>,
}

impl Discount {
    /// Id of the coupon.
    pub fn coupon(&self) -> Option<&str> {
        self.source.as_ref()?.coupon.as_ref().map(Ref::id)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct DiscountSource {
    coupon: Option<Ref<Opaque>>,
}
