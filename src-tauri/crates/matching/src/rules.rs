//! What this book has decided and knows: pairs that a person confirmed or declined, rates of its currencies.

use std::collections::{BTreeMap, BTreeSet};

use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::row::{Pair, RowId};

/// Decisions of people. A confirmed pair always is a link, a declined one never comes back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    /// Named by every link it takes part in.
    pub version: u32,
    pub confirmed: BTreeSet<Pair>,
    pub declined: BTreeSet<Pair>,
    pub rates: Rates,
    /// What the decisions of this book taught: each can be read, and switched off.
    pub learned: Vec<Learned>,
}

/// "Payments from *Møller Holding* settle invoices of *Møller VVS*."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Learned {
    pub id: u32,
    pub on: bool,
    pub payer: Taught,
    /// The ledger's customer.
    pub pays_for: RowId,
    /// Confirmed payments that taught it.
    pub seen: u32,
}

/// By what a payer is known again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Taught {
    /// A customer of Stripe.
    Customer { id: RowId },
    /// The name that a guest writes; letters and company forms folded.
    Name { name: String },
}

/// Rates by month: how much of a currency one euro (or any one base) buys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates(BTreeMap<String, Decimal>);

impl Rates {
    /// `month` is 1 to 12. A rate that is not positive is not kept.
    pub fn set(&mut self, year: i32, month: u32, currency: Currency, per_base: Decimal) {
        if per_base > Decimal::ZERO {
            self.0.insert(format!("{year:04}-{month:02} {currency}"), per_base);
        }
    }

    /// What `amount` is in another currency at that month's rates, or at those of the months before it.
    pub fn convert(&self, amount: Money, to: Currency, year: i32, month: u32) -> Option<Money> {
        let (from_rate, to_rate) = (self.rate(year, month, amount.currency())?, self.rate(year, month, to)?);
        let converted = amount.decimal().checked_mul(to_rate)?.checked_div(from_rate)?;
        Money::rounded(converted, to).ok()
    }

    fn rate(&self, year: i32, month: u32, currency: Currency) -> Option<Decimal> {
        (0..MONTHS_BACK).find_map(|back| {
            let at = i64::from(year) * 12 + i64::from(month) - 1 - back;
            self.0.get(&format!("{:04}-{:02} {currency}", at.div_euclid(12), at.rem_euclid(12) + 1)).copied()
        })
    }
}

/// How old a rate may be.
const MONTHS_BACK: i64 = 6;
