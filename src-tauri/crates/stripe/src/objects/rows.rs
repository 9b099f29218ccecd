//! Money: charges, balance transactions, refunds, credit notes, payouts, and what pays what.

use chrono::{DateTime, Utc};
use money::Money;
use serde::Deserialize;

use super::{Metadata, id_of, instant, or_default};
use crate::units::{self, UnreadableAmount};

macro_rules! money_rows {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        pub struct $name {
            pub id: String,
            pub currency: String,
            pub created: i64,
            $($(#[$field_meta])* pub $field: $kind,)*
        }

        impl $name {
            pub fn from_json(raw: &[u8]) -> Result<Self, serde_json::Error> {
                serde_json::from_slice(raw)
            }

            pub fn created_at(&self) -> Option<DateTime<Utc>> {
                instant(self.created)
            }

            /// Any amount of this row, from Stripe's minor unit.
            pub fn money(&self, minor: i64) -> Result<Money, UnreadableAmount> {
                units::money(minor, &self.currency)
            }
        }
    )*};
}

money_rows! {
    /// One row of Stripe's own bank statement: the unit of money. `net` = `amount` − `fee`.
    BalanceTransaction {
        amount: i64,
        fee: i64,
        net: i64,
        /// Accounting goes by this, not by `type`, which lumps disputes and refund failures together.
        reporting_category: String,
        #[serde(rename = "type")]
        kind: String,
        status: String,
        #[serde(default, deserialize_with = "id_of")]
        source: Option<String>,
        #[serde(default)]
        fee_details: Vec<FeeDetail>,
    }
    Charge {
        amount: i64,
        amount_refunded: i64,
        status: String,
        description: Option<String>,
        #[serde(default, deserialize_with = "id_of")]
        customer: Option<String>,
        #[serde(default, deserialize_with = "id_of")]
        payment_intent: Option<String>,
        #[serde(default, deserialize_with = "id_of")]
        balance_transaction: Option<String>,
        #[serde(default, deserialize_with = "or_default")]
        metadata: Metadata,
    }
    Refund {
        amount: i64,
        status: Option<String>,
        #[serde(default, deserialize_with = "id_of")]
        charge: Option<String>,
        #[serde(default, deserialize_with = "id_of")]
        balance_transaction: Option<String>,
    }
    CreditNote {
        total: i64,
        number: String,
        status: String,
        effective_at: Option<i64>,
        #[serde(default, deserialize_with = "id_of")]
        invoice: Option<String>,
        #[serde(default, deserialize_with = "id_of")]
        customer: Option<String>,
    }
    Payout {
        amount: i64,
        arrival_date: i64,
        automatic: bool,
        status: String,
        reconciliation_status: Option<String>,
        #[serde(default, deserialize_with = "id_of")]
        balance_transaction: Option<String>,
    }
    /// Which payment paid which invoice, and how much of it.
    InvoicePayment {
        amount_paid: Option<i64>,
        status: String,
        #[serde(default, deserialize_with = "id_of")]
        invoice: Option<String>,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FeeDetail {
    pub amount: i64,
    pub currency: String,
    /// `stripe_fee`, `application_fee`, `tax`, …
    #[serde(rename = "type")]
    pub kind: String,
    pub description: Option<String>,
}
