//! Invoices and their lines.

use chrono::{
    DateTime, Utc,
    serde::{ts_seconds, ts_seconds_option},
};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    customer::{TaxExempt, TaxId},
    parts::{Address, Discount, DiscountAmount, List, Metadata, Opaque, Ref, TaxAmount, open_enum, or_default},
};
use crate::Columns;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Invoice {
    pub id: String,
    /// Given when the invoice is finalized.
    pub number: Option<String>,
    pub status: Option<InvoiceStatus>,
    #[serde(default)]
    pub livemode: bool,
    pub currency: Currency,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    /// The legal date, where the user set one.
    #[serde(default, with = "ts_seconds_option")]
    pub effective_at: Option<DateTime<Utc>>,
    #[serde(default, with = "ts_seconds_option")]
    pub due_date: Option<DateTime<Utc>>,
    #[serde(default)]
    pub status_transitions: StatusTransitions,
    pub collection_method: Option<CollectionMethod>,
    pub billing_reason: Option<BillingReason>,

    pub customer: Option<Ref<Opaque>>,
    /// The customer as it was when the invoice was finalized: match on this.
    pub customer_name: Option<String>,
    pub customer_email: Option<String>,
    pub customer_phone: Option<String>,
    pub customer_address: Option<Address>,
    pub customer_tax_exempt: Option<TaxExempt>,
    #[serde(default, deserialize_with = "or_default")]
    pub customer_tax_ids: Vec<TaxId>,

    /// Lines less their own discounts, before the invoice's discounts and exclusive tax.
    pub subtotal: Money,
    pub subtotal_excluding_tax: Option<Money>,
    /// After discounts and tax.
    pub total: Money,
    pub total_excluding_tax: Option<Money>,
    #[serde(default, deserialize_with = "or_default")]
    pub total_taxes: Vec<TaxAmount>,
    #[serde(default, deserialize_with = "or_default")]
    pub total_discount_amounts: Vec<DiscountAmount>,
    #[serde(default, deserialize_with = "or_default")]
    pub total_pretax_credit_amounts: Vec<DiscountAmount>,
    #[serde(default, deserialize_with = "or_default")]
    pub discounts: Vec<Ref<Discount>>,
    pub shipping_cost: Option<ShippingCost>,

    pub amount_due: Money,
    /// Payments out of band included.
    pub amount_paid: Money,
    pub amount_remaining: Money,
    /// Customer balance before; negative is credit.
    pub starting_balance: Option<Money>,
    pub ending_balance: Option<Money>,
    pub pre_payment_credit_notes_amount: Option<Money>,
    pub post_payment_credit_notes_amount: Option<Money>,

    pub lines: List<InvoiceLine>,
    pub description: Option<String>,
    pub footer: Option<String>,
    pub parent: Option<InvoiceParent>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

open_enum! {
    InvoiceStatus { Draft = "draft", Open = "open", Paid = "paid", Uncollectible = "uncollectible", Void = "void" }
}

open_enum! {
    CollectionMethod { ChargeAutomatically = "charge_automatically", SendInvoice = "send_invoice" }
}

open_enum! {
    BillingReason {
        AutomaticPendingInvoiceItemInvoice = "automatic_pending_invoice_item_invoice",
        Manual = "manual",
        QuoteAccept = "quote_accept",
        Subscription = "subscription",
        SubscriptionCreate = "subscription_create",
        SubscriptionCycle = "subscription_cycle",
        SubscriptionThreshold = "subscription_threshold",
        SubscriptionUpdate = "subscription_update",
        Upcoming = "upcoming",
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct StatusTransitions {
    #[serde(default, with = "ts_seconds_option")]
    pub finalized_at: Option<DateTime<Utc>>,
    #[serde(default, with = "ts_seconds_option")]
    pub paid_at: Option<DateTime<Utc>>,
    #[serde(default, with = "ts_seconds_option")]
    pub voided_at: Option<DateTime<Utc>>,
    #[serde(default, with = "ts_seconds_option")]
    pub marked_uncollectible_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ShippingCost {
    pub amount_subtotal: Money,
    pub amount_tax: Money,
    pub amount_total: Money,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InvoiceParent {
    subscription_details: Option<SubscriptionDetails>,
}

impl InvoiceParent {
    /// Id of the subscription that made the invoice.
    pub fn subscription(&self) -> Option<&str> {
        self.subscription_details.as_ref()?.subscription.as_ref().map(Ref::id)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct SubscriptionDetails {
    subscription: Option<Ref<Opaque>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InvoiceLine {
    pub id: String,
    pub description: Option<String>,
    pub currency: Currency,
    pub amount: Money,
    /// Before discounts and taxes: what to compute with, together with `discount_amounts` and `taxes`.
    pub subtotal: Option<Money>,
    pub quantity: Option<i64>,
    quantity_decimal: Option<Decimal>,
    pub period: Option<LinePeriod>,
    pub pricing: Option<Pricing>,
    #[serde(default, deserialize_with = "or_default")]
    pub taxes: Vec<TaxAmount>,
    #[serde(default, deserialize_with = "or_default")]
    pub discount_amounts: Vec<DiscountAmount>,
    #[serde(default, deserialize_with = "or_default")]
    pub pretax_credit_amounts: Vec<DiscountAmount>,
    pub parent: Option<LineParent>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

impl InvoiceLine {
    /// With its decimals, where Stripe gives them.
    pub fn exact_quantity(&self) -> Option<Decimal> {
        self.quantity_decimal.or(self.quantity.map(Decimal::from))
    }

    pub fn product(&self) -> Option<&str> {
        self.pricing.as_ref()?.price_details.as_ref().map(|details| details.product.as_str())
    }

    /// A part of a period, or the giving back of one.
    pub fn is_proration(&self) -> bool {
        let Some(parent) = &self.parent else { return false };
        [&parent.invoice_item_details, &parent.subscription_item_details].into_iter().flatten().any(|details| details.proration)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LinePeriod {
    #[serde(with = "ts_seconds")]
    pub start: DateTime<Utc>,
    #[serde(with = "ts_seconds")]
    pub end: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pricing {
    /// The price of one in whole units of the currency (12.5 is 12.50 DKK), with all its decimals.
    #[serde(rename = "unit_amount_decimal")]
    pub unit_price: Option<Decimal>,
    pub price_details: Option<PriceDetails>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PriceDetails {
    pub price: Option<Ref<Opaque>>,
    pub product: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LineParent {
    invoice_item_details: Option<ItemDetails>,
    subscription_item_details: Option<ItemDetails>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct ItemDetails {
    #[serde(default)]
    proration: bool,
}

impl Invoice {
    /// When the document counts: its legal date, else when it was finalized.
    pub fn dated(&self) -> Option<DateTime<Utc>> {
        self.effective_at.or(self.status_transitions.finalized_at)
    }

    pub(super) fn columns(&self) -> Columns {
        Columns {
            happened_at: self.dated().or(Some(self.created)),
            amount: Some(self.total),
            number: self.number.clone(),
            party: self.customer.as_ref().map(|customer| customer.id().to_owned()),
            status: self.status.as_ref().map(|status| status.word().to_owned()),
            parent: self.parent.as_ref().and_then(InvoiceParent::subscription).map(str::to_owned),
            ..Columns::default()
        }
    }
}
