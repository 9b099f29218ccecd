//! The draft as a person reads it: part of what is approved.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use drafts::{DraftId, Frozen, Policy, WriteKind};
use money::Money;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Extras, LedgerDocument, Party, Target, Zone};

/// A frozen write with all that a draft needs beside its sources.
#[derive(Clone, Debug, PartialEq)]
pub struct Drafted {
    pub kind: WriteKind,
    pub frozen: Frozen,
    pub policy: Policy,
    /// Goes into the draft's `shown` as it serialises: reading back compares with it.
    pub shown: Shown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "document")]
pub enum Shown {
    SalesInvoice(ShownSale),
    CreditMemo(ShownSale),
    Customer(ShownParty),
    Item(ShownItem),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownSale {
    pub party: Party,
    /// `None`: the customer is a draft of its own, written first.
    pub customer_number: Option<String>,
    pub customer_draft: Option<DraftId>,
    pub number: String,
    pub document_date: NaiveDate,
    pub posting_date: NaiveDate,
    pub due_date: Option<NaiveDate>,
    pub applies_to: Option<LedgerDocument>,
    pub prices_include_tax: bool,
    pub lines: Vec<ShownLine>,
    pub notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Extras::is_empty")]
    pub extras: Extras,
    pub taxes: Vec<ShownTax>,
    /// As the customer's invoice has it.
    pub sold: Figures,
    /// As the ledger will compute it, its rounding line included.
    pub ledger: Figures,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownLine {
    pub role: LineRole,
    pub target: Target,
    pub description: String,
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub discount_percent: Option<Decimal>,
    pub amount: Money,
    pub rate: Decimal,
    pub zone: Zone,
    pub tax_code: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineRole {
    Sold,
    Rounding,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownTax {
    pub rate: Decimal,
    pub zone: Zone,
    pub base: Money,
    pub tax: Money,
}

/// `net + tax + rounding = gross`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub net: Money,
    pub tax: Money,
    pub rounding: Money,
    pub gross: Money,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownParty {
    pub party: Party,
    /// Fields that the ledger cannot hold whole, as it will have them.
    pub shortened: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownItem {
    /// As the ledger will have it.
    pub name: String,
    /// Empty: the ledger's own series gives one.
    pub number: String,
    pub gtin: String,
    /// The number of the item that it is made like.
    pub like: String,
    /// What it has of that one, by the ledger's names.
    pub same: BTreeMap<String, String>,
}

impl Shown {
    pub fn sale(&self) -> Option<&ShownSale> {
        match self {
            Self::SalesInvoice(sale) | Self::CreditMemo(sale) => Some(sale),
            Self::Customer(_) | Self::Item(_) => None,
        }
    }
}

impl ShownSale {
    /// What the ledger would come to without its rounding line.
    pub fn before_rounding(&self) -> Result<Money, money::MoneyError> {
        self.ledger.net.plus(self.ledger.tax)
    }
}
