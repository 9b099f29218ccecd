//! Invoices and their lines.

use chrono::{DateTime, Utc};
use money::Money;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{Address, Embedded, Metadata, TaxId, id_of, instant, or_default};
use crate::units::{self, UnreadableAmount};

/// An invoice. Amounts are integers in Stripe's minor unit of `currency`; read them through the methods.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Invoice {
    pub id: String,
    pub number: Option<String>,
    /// `draft`, `open`, `paid`, `void`, `uncollectible`.
    pub status: Option<String>,
    pub livemode: bool,
    pub currency: String,
    pub created: i64,
    pub effective_at: Option<i64>,
    pub due_date: Option<i64>,
    #[serde(default)]
    pub status_transitions: Transitions,
    pub collection_method: Option<String>,
    pub billing_reason: Option<String>,

    #[serde(default, deserialize_with = "id_of")]
    pub customer: Option<String>,
    pub customer_name: Option<String>,
    pub customer_email: Option<String>,
    pub customer_phone: Option<String>,
    pub customer_address: Option<Address>,
    #[serde(default, deserialize_with = "or_default")]
    pub customer_tax_ids: Vec<TaxId>,
    pub customer_tax_exempt: Option<String>,

    pub subtotal: i64,
    pub total: i64,
    pub total_excluding_tax: Option<i64>,
    pub amount_due: i64,
    pub amount_paid: i64,
    pub amount_remaining: i64,
    #[serde(default)]
    pub pre_payment_credit_notes_amount: i64,
    #[serde(default)]
    pub post_payment_credit_notes_amount: i64,
    #[serde(default, deserialize_with = "or_default")]
    pub total_taxes: Vec<Tax>,
    #[serde(default, deserialize_with = "or_default")]
    pub total_discount_amounts: Vec<Discount>,

    #[serde(default = "Embedded::default")]
    pub lines: Embedded<InvoiceLine>,
    pub description: Option<String>,
    pub footer: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Transitions {
    pub finalized_at: Option<i64>,
    pub paid_at: Option<i64>,
    pub voided_at: Option<i64>,
    pub marked_uncollectible_at: Option<i64>,
}

/// For arithmetic use `subtotal` (before discounts and taxes), the discounts and the taxes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InvoiceLine {
    pub id: String,
    pub description: Option<String>,
    pub currency: String,
    pub amount: i64,
    pub subtotal: i64,
    pub quantity: Option<i64>,
    /// Up to 12 decimals, as text.
    pub quantity_decimal: Option<Decimal>,
    #[serde(default, deserialize_with = "or_default")]
    pub discount_amounts: Vec<Discount>,
    #[serde(default, deserialize_with = "or_default")]
    pub taxes: Vec<Tax>,
    pub period: Option<Period>,
    pub pricing: Option<Pricing>,
    pub parent: Option<Parent>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tax {
    pub amount: i64,
    /// `inclusive` or `exclusive`.
    pub tax_behavior: String,
    pub taxable_amount: Option<i64>,
    pub taxability_reason: Option<String>,
    pub tax_rate_details: Option<TaxRateDetails>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaxRateDetails {
    pub tax_rate: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Discount {
    pub amount: i64,
    #[serde(default, deserialize_with = "id_of")]
    pub discount: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Period {
    pub start: i64,
    pub end: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pricing {
    pub unit_amount_decimal: Option<Decimal>,
    pub price_details: Option<PriceDetails>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PriceDetails {
    #[serde(default, deserialize_with = "id_of")]
    pub price: Option<String>,
    #[serde(default, deserialize_with = "id_of")]
    pub product: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Parent {
    pub invoice_item_details: Option<ParentDetails>,
    pub subscription_item_details: Option<ParentDetails>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ParentDetails {
    #[serde(default)]
    pub proration: bool,
}

impl Invoice {
    pub fn from_json(raw: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(raw)
    }

    /// The instant that the law calls the invoice's: posted by this, never by `created`.
    pub fn issued_at(&self) -> Option<DateTime<Utc>> {
        self.effective_at.or(self.status_transitions.finalized_at).and_then(instant)
    }

    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        self.due_date.and_then(instant)
    }

    pub fn paid_at(&self) -> Option<DateTime<Utc>> {
        self.status_transitions.paid_at.and_then(instant)
    }

    /// What the customer was billed, after discounts, with tax.
    pub fn total(&self) -> Result<Money, UnreadableAmount> {
        self.money(self.total)
    }

    pub fn remaining(&self) -> Result<Money, UnreadableAmount> {
        self.money(self.amount_remaining)
    }

    /// Any amount of this invoice, from Stripe's minor unit.
    pub fn money(&self, minor: i64) -> Result<Money, UnreadableAmount> {
        units::money(minor, &self.currency)
    }
}

impl InvoiceLine {
    /// Decimal where Stripe gives one; 1 where it gives none.
    pub fn quantity(&self) -> Decimal {
        self.quantity_decimal.or_else(|| self.quantity.map(Decimal::from)).unwrap_or(Decimal::ONE)
    }

    pub fn discount(&self) -> i64 {
        self.discount_amounts.iter().map(|discount| discount.amount).sum()
    }

    pub fn is_proration(&self) -> bool {
        let details = self.parent.as_ref().and_then(|parent| parent.invoice_item_details.as_ref().or(parent.subscription_item_details.as_ref()));
        details.is_some_and(|details| details.proration)
    }

    pub fn product(&self) -> Option<&str> {
        self.pricing.as_ref()?.price_details.as_ref()?.product.as_deref()
    }

    /// In Stripe's minor unit, up to 12 decimals.
    pub fn unit_amount(&self) -> Option<Decimal> {
        self.pricing.as_ref()?.unit_amount_decimal
    }
}
