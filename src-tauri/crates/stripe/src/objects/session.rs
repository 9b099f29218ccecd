//! Checkout sessions: what was sold where no invoice says it.

use chrono::{DateTime, Utc, serde::ts_seconds};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    customer::{TaxExempt, TaxId},
    parts::{Address, List, Metadata, Opaque, Ref, TaxAmount, TaxBehavior, TaxabilityReason, open_enum, or_default},
    product::TaxRate,
};
use crate::Columns;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CheckoutSession {
    pub id: String,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    pub currency: Option<Currency>,
    pub status: Option<SessionStatus>,
    pub payment_status: SessionPayment,
    /// What was paid, after discounts and with tax.
    pub amount_total: Option<Money>,
    pub customer: Option<Ref<Opaque>>,
    pub customer_details: Option<SessionCustomer>,
    /// Where the session makes one; then the invoice is the sale.
    pub invoice: Option<Ref<Opaque>>,
    pub payment_intent: Option<Ref<Opaque>>,
    pub line_items: Option<List<SessionItem>>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

open_enum! {
    SessionStatus { Complete = "complete", Expired = "expired", Open = "open" }
}

open_enum! {
    SessionPayment { NoPaymentRequired = "no_payment_required", Paid = "paid", Unpaid = "unpaid" }
}

/// What the buyer typed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SessionCustomer {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub address: Option<Address>,
    pub tax_exempt: Option<TaxExempt>,
    #[serde(default, deserialize_with = "or_default")]
    pub tax_ids: Vec<TaxId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct SessionItem {
    pub id: String,
    pub description: Option<String>,
    pub quantity: Option<i64>,
    /// Before discounts and exclusive tax.
    pub subtotal: Money,
    pub discount: Option<Money>,
    /// After discounts and with tax.
    pub total: Money,
    /// The price of one in whole units of the currency.
    pub unit_price: Option<Decimal>,
    pub product: Option<String>,
    pub taxes: Vec<TaxAmount>,
}

/// As Stripe writes it: each tax carries its whole rate.
#[derive(Deserialize)]
struct Written {
    id: String,
    description: Option<String>,
    quantity: Option<i64>,
    amount_subtotal: Money,
    amount_discount: Option<Money>,
    amount_total: Money,
    price: Option<ItemPrice>,
    #[serde(default, deserialize_with = "or_default")]
    taxes: Vec<ItemTax>,
}

#[derive(Deserialize)]
struct ItemPrice {
    #[serde(rename = "unit_amount_decimal")]
    unit_price: Option<Decimal>,
    product: Option<Ref<Opaque>>,
}

#[derive(Deserialize)]
struct ItemTax {
    amount: Money,
    rate: TaxRate,
    taxability_reason: Option<TaxabilityReason>,
    taxable_amount: Option<Money>,
}

impl From<Written> for SessionItem {
    fn from(written: Written) -> Self {
        let taxes = written.taxes.into_iter().map(|tax| {
            let behavior = if tax.rate.inclusive { TaxBehavior::Inclusive } else { TaxBehavior::Exclusive };
            TaxAmount::at(tax.rate.id, tax.amount, tax.taxable_amount, behavior, tax.taxability_reason)
        });
        Self {
            id: written.id,
            description: written.description,
            quantity: written.quantity,
            subtotal: written.amount_subtotal,
            discount: written.amount_discount,
            total: written.amount_total,
            unit_price: written.price.as_ref().and_then(|price| price.unit_price),
            product: written.price.and_then(|price| price.product).map(|product| product.id().to_owned()),
            taxes: taxes.collect(),
        }
    }
}

impl CheckoutSession {
    /// Paid, or nothing was to be paid.
    pub fn is_complete(&self) -> bool {
        self.status == Some(SessionStatus::Complete) && self.payment_status != SessionPayment::Unpaid
    }

    pub(super) fn columns(&self) -> Columns {
        Columns {
            happened_at: Some(self.created),
            amount: self.amount_total,
            party: self.customer.as_ref().map(|customer| customer.id().to_owned()),
            status: self.status.as_ref().map(|status| status.word().to_owned()),
            parent: self.payment_intent.as_ref().or(self.invoice.as_ref()).map(|parent| parent.id().to_owned()),
            ..Columns::default()
        }
    }
}
