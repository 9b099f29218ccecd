//! Money and its movements. The balance transaction is the unit: one row, one voucher.

use chrono::{
    DateTime, Utc,
    serde::{ts_seconds, ts_seconds_option},
};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::parts::{Address, Metadata, Opaque, Ref, open_enum, or_default};
use crate::Columns;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BalanceTransaction {
    pub id: String,
    /// Of the balance, which may differ from what the customer paid in.
    pub currency: Currency,
    /// Into the balance positive, out of it negative.
    pub amount: Money,
    pub fee: Money,
    pub net: Money,
    #[serde(default, deserialize_with = "or_default")]
    pub fee_details: Vec<FeeDetail>,
    #[serde(rename = "type")]
    pub kind: String,
    /// Decides what a row is in accounting; the type alone does not.
    pub reporting_category: String,
    pub status: BalanceStatus,
    pub balance_type: Option<String>,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    #[serde(with = "ts_seconds")]
    pub available_on: DateTime<Utc>,
    /// What was paid times this is the amount.
    pub exchange_rate: Option<Decimal>,
    pub source: Option<Ref<Opaque>>,
    pub description: Option<String>,
}

open_enum! {
    BalanceStatus { Pending = "pending", Available = "available" }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FeeDetail {
    /// `stripe_fee`, `application_fee`, `tax`, …
    #[serde(rename = "type")]
    pub kind: String,
    pub amount: Money,
    pub description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Charge {
    pub id: String,
    pub currency: Currency,
    pub amount: Money,
    pub amount_captured: Money,
    pub amount_refunded: Money,
    pub status: ChargeStatus,
    #[serde(default)]
    pub captured: bool,
    #[serde(default)]
    pub disputed: bool,
    #[serde(default)]
    pub livemode: bool,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    pub balance_transaction: Option<Ref<Opaque>>,
    pub payment_intent: Option<Ref<Opaque>>,
    pub customer: Option<Ref<Opaque>>,
    pub billing_details: Option<BillingDetails>,
    pub receipt_email: Option<String>,
    pub description: Option<String>,
    pub statement_descriptor: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

open_enum! {
    ChargeStatus { Succeeded = "succeeded", Pending = "pending", Failed = "failed" }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BillingDetails {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub address: Option<Address>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refund {
    pub id: String,
    pub currency: Currency,
    pub amount: Money,
    pub status: Option<RefundStatus>,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    pub charge: Option<Ref<Opaque>>,
    pub payment_intent: Option<Ref<Opaque>>,
    pub balance_transaction: Option<Ref<Opaque>>,
    /// The row that put the money back when the refund failed.
    pub failure_balance_transaction: Option<Ref<Opaque>>,
    pub reason: Option<String>,
    pub failure_reason: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

open_enum! {
    RefundStatus { Pending = "pending", RequiresAction = "requires_action", Succeeded = "succeeded", Failed = "failed", Canceled = "canceled" }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Dispute {
    pub id: String,
    pub currency: Currency,
    pub amount: Money,
    pub status: String,
    pub reason: Option<String>,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    pub charge: Ref<Opaque>,
    pub payment_intent: Option<Ref<Opaque>>,
    /// Withdrawal and reinstatement; in the currency of the balance.
    #[serde(default, deserialize_with = "or_default")]
    pub balance_transactions: Vec<BalanceTransaction>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Payout {
    pub id: String,
    pub currency: Currency,
    pub amount: Money,
    pub status: PayoutStatus,
    #[serde(default)]
    pub automatic: bool,
    pub reconciliation_status: Option<ReconciliationStatus>,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    /// An estimate.
    #[serde(with = "ts_seconds")]
    pub arrival_date: DateTime<Utc>,
    pub balance_transaction: Option<Ref<Opaque>>,
    pub failure_balance_transaction: Option<Ref<Opaque>>,
    pub original_payout: Option<Ref<Opaque>>,
    pub reversed_by: Option<Ref<Opaque>>,
    pub statement_descriptor: Option<String>,
    pub method: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

open_enum! {
    PayoutStatus { Pending = "pending", InTransit = "in_transit", Paid = "paid", Failed = "failed", Canceled = "canceled" }
}

open_enum! {
    ReconciliationStatus { Completed = "completed", InProgress = "in_progress", NotApplicable = "not_applicable" }
}

/// Which payment paid how much of which invoice: many to many.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InvoicePayment {
    pub id: String,
    pub currency: Currency,
    pub amount_requested: Money,
    pub amount_paid: Option<Money>,
    pub status: InvoicePaymentStatus,
    #[serde(default)]
    pub is_default: bool,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    pub invoice: Ref<Opaque>,
    pub payment: PaymentRef,
    #[serde(default)]
    pub status_transitions: PaymentTransitions,
}

open_enum! {
    InvoicePaymentStatus { Open = "open", Paid = "paid", Canceled = "canceled" }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PaymentRef {
    /// `payment_intent`, `charge` or `payment_record`.
    #[serde(rename = "type")]
    pub kind: String,
    pub payment_intent: Option<Ref<Opaque>>,
    pub charge: Option<Ref<Opaque>>,
    pub payment_record: Option<Ref<Opaque>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PaymentTransitions {
    #[serde(default, with = "ts_seconds_option")]
    pub paid_at: Option<DateTime<Utc>>,
}

fn id(of: Option<&Ref<Opaque>>) -> Option<String> {
    of.map(|of| of.id().to_owned())
}

impl BalanceTransaction {
    pub(super) fn columns(&self) -> Columns {
        Columns {
            happened_at: Some(self.created),
            amount: Some(self.amount),
            fee: Some(self.fee),
            net: Some(self.net),
            status: Some(self.status.word().to_owned()),
            parent: id(self.source.as_ref()),
            ..Columns::default()
        }
    }
}

impl Charge {
    pub(super) fn columns(&self) -> Columns {
        Columns {
            happened_at: Some(self.created),
            amount: Some(self.amount),
            party: id(self.customer.as_ref()),
            status: Some(self.status.word().to_owned()),
            parent: id(self.payment_intent.as_ref()),
            ..Columns::default()
        }
    }
}

impl Refund {
    pub(super) fn columns(&self) -> Columns {
        Columns {
            happened_at: Some(self.created),
            amount: Some(self.amount),
            status: self.status.as_ref().map(|status| status.word().to_owned()),
            parent: id(self.charge.as_ref().or(self.payment_intent.as_ref())),
            ..Columns::default()
        }
    }
}

impl Dispute {
    pub(super) fn columns(&self) -> Columns {
        Columns {
            happened_at: Some(self.created),
            amount: Some(self.amount),
            status: Some(self.status.clone()),
            parent: Some(self.charge.id().to_owned()),
            ..Columns::default()
        }
    }
}

impl Payout {
    pub(super) fn columns(&self) -> Columns {
        Columns {
            happened_at: Some(self.created),
            amount: Some(self.amount),
            status: Some(self.status.word().to_owned()),
            parent: id(self.balance_transaction.as_ref()),
            ..Columns::default()
        }
    }
}

impl InvoicePayment {
    pub(super) fn columns(&self) -> Columns {
        Columns {
            happened_at: self.status_transitions.paid_at.or(Some(self.created)),
            amount: Some(self.amount_paid.unwrap_or(self.amount_requested)),
            status: Some(self.status.word().to_owned()),
            parent: Some(self.invoice.id().to_owned()),
            ..Columns::default()
        }
    }
}
