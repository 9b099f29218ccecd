//! Credit notes.

use chrono::{
    DateTime, Utc,
    serde::{ts_seconds, ts_seconds_option},
};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::parts::{DiscountAmount, List, Metadata, Opaque, Ref, TaxAmount, open_enum, or_default};
use crate::Columns;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CreditNote {
    pub id: String,
    pub number: Option<String>,
    pub status: CreditNoteStatus,
    #[serde(default)]
    pub livemode: bool,
    #[serde(rename = "type")]
    pub kind: Option<CreditNoteType>,
    pub currency: Currency,
    #[serde(with = "ts_seconds")]
    pub created: DateTime<Utc>,
    #[serde(default, with = "ts_seconds_option")]
    pub effective_at: Option<DateTime<Utc>>,
    #[serde(default, with = "ts_seconds_option")]
    pub voided_at: Option<DateTime<Utc>>,
    pub invoice: Ref<Opaque>,
    pub customer: Option<Ref<Opaque>>,
    pub reason: Option<String>,
    pub memo: Option<String>,
    pub subtotal: Money,
    pub total: Money,
    pub total_excluding_tax: Option<Money>,
    #[serde(default, deserialize_with = "or_default")]
    pub total_taxes: Vec<TaxAmount>,
    #[serde(default, deserialize_with = "or_default")]
    pub discount_amounts: Vec<DiscountAmount>,
    /// What lowered the open invoice.
    pub pre_payment_amount: Option<Money>,
    /// What was given back: refunds, credit on the customer, out of band.
    pub post_payment_amount: Option<Money>,
    pub out_of_band_amount: Option<Money>,
    #[serde(default, deserialize_with = "or_default")]
    pub refunds: Vec<CreditNoteRefund>,
    pub lines: List<CreditNoteLine>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Metadata,
}

open_enum! {
    CreditNoteStatus { Issued = "issued", Void = "void" }
}

open_enum! {
    CreditNoteType { PrePayment = "pre_payment", PostPayment = "post_payment", Mixed = "mixed" }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CreditNoteRefund {
    pub amount_refunded: Option<Money>,
    pub refund: Option<Ref<Opaque>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CreditNoteLine {
    pub id: String,
    pub description: Option<String>,
    pub amount: Money,
    pub quantity: Option<i64>,
    /// The price of one in whole units of the currency.
    #[serde(rename = "unit_amount_decimal")]
    pub unit_price: Option<Decimal>,
    pub invoice_line_item: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub taxes: Vec<TaxAmount>,
    #[serde(default, deserialize_with = "or_default")]
    pub discount_amounts: Vec<DiscountAmount>,
}

impl CreditNote {
    pub fn dated(&self) -> DateTime<Utc> {
        self.effective_at.unwrap_or(self.created)
    }

    pub(super) fn columns(&self) -> Columns {
        Columns {
            happened_at: Some(self.dated()),
            amount: Some(self.total),
            number: self.number.clone(),
            party: self.customer.as_ref().map(|customer| customer.id().to_owned()),
            status: Some(self.status.word().to_owned()),
            parent: Some(self.invoice.id().to_owned()),
            ..Columns::default()
        }
    }
}
