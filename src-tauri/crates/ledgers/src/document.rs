//! Documents as they were sold, before any ledger's form. Every amount is exact;
//! where the seller's own figures do not add up, there is no draft.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use drafts::DraftId;
use money::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Blocked;

/// A sale: makes revenue, VAT and a receivable.
#[derive(Clone, Debug, PartialEq)]
pub struct Sale {
    /// The number on the customer's invoice. It becomes the mark by which the draft is found again.
    pub number: String,
    pub customer: Customer,
    pub currency: Currency,
    /// The date of the customer's invoice.
    pub document_date: NaiveDate,
    /// The date it counts on in the ledger: the document's, unless its period is closed.
    pub posting_date: NaiveDate,
    pub due_date: Option<NaiveDate>,
    pub lines: Vec<SaleLine>,
    /// Lines of text below the amounts ("Registered from Stripe invoice NK-0409, in_…").
    pub comments: Vec<String>,
    /// The total on the customer's invoice, tax included.
    pub gross: Money,
    pub extras: Extras,
}

/// What a document carries beside its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extras {
    /// The buyer's own reference; empty for none.
    pub reference: String,
    pub dimensions: Vec<Dimension>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dimension {
    pub code: String,
    pub value: String,
}

/// A credit note; its amounts are positive.
#[derive(Clone, Debug, PartialEq)]
pub struct Credit {
    pub document: Sale,
    /// The posted invoice it lowers, when that is still open.
    pub applies_to: Option<LedgerDocument>,
}

/// One line as sold. `net` and `tax` are the truth; quantity, price and discount explain them.
#[derive(Clone, Debug, PartialEq)]
pub struct SaleLine {
    pub target: Target,
    pub description: String,
    pub quantity: Decimal,
    /// The price of one as the seller states it; never negative. `None` where no single price exists (tiers).
    pub unit_price: Option<Price>,
    pub discount: Option<Discount>,
    /// After every discount, without tax. Negative for a proration that gives back.
    pub net: Money,
    pub tax: Money,
    /// In per cent.
    pub rate: Decimal,
    pub zone: Zone,
    /// The ledger's own code, where the settings name one; else the item's or account's own.
    pub tax_code: Option<String>,
}

/// What a line books to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Item(String),
    Account(String),
    /// An item that a draft of its own makes, written first.
    NewItem {
        draft: DraftId,
        name: String,
    },
}

/// Something sold that the ledger does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    /// Empty: the ledger's own series gives one.
    pub number: String,
    pub name: String,
    /// Empty for none.
    pub gtin: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub amount: Decimal,
    pub includes_tax: bool,
}

/// What was taken off the line, all discounts together; never negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Discount {
    Percent(Decimal),
    /// In the line's own sense: with tax where the price includes tax.
    Amount(Money),
}

/// Why the tax is what it is; decides the ledger's VAT code and the words of the VAT line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    Domestic,
    /// Another EU country, the buyer accounts for the VAT.
    EuReverseCharge {
        goods: bool,
    },
    /// Sold to a consumer of another EU country under the one-stop shop.
    Oss {
        country: String,
    },
    Export {
        goods: bool,
    },
    Exempt,
    /// Outside VAT: the rounding line, a seller who charges none.
    None,
}

/// Who the document is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Customer {
    Existing(Existing),
    /// Drafted with this document and written first.
    New {
        draft: DraftId,
        party: Party,
    },
}

/// A customer of the ledger, as it was when proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    pub id: String,
    pub number: String,
    /// As the paper shows it.
    pub party: Party,
    pub currency: Option<Currency>,
    /// Known from earlier documents; Business Central does not show it on the customer.
    pub prices_include_tax: bool,
    pub blocked: Blocked,
}

/// A person or company. Empty text means unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Party {
    pub name: String,
    pub person: bool,
    pub street: String,
    pub street2: String,
    pub postcode: String,
    pub city: String,
    pub state: String,
    /// ISO 3166, two letters.
    pub country: String,
    pub emails: Vec<String>,
    pub phone: String,
    pub website: String,
    /// VAT or business number as written.
    pub vat_number: String,
    pub ean: String,
    /// The ledger's customer number, where the other side's record names one.
    pub ledger_number: String,
    pub currency: Option<Currency>,
}

/// Something already in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LedgerDocument {
    pub id: String,
    pub number: String,
}

/// Money that settles a receivable: `amount` came in (negative: went back).
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    pub mark: String,
    pub customer: Existing,
    pub date: NaiveDate,
    pub amount: Money,
    pub applies_to: Option<LedgerDocument>,
    pub text: String,
}

/// Money that moves between accounts. The postings sum to zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Voucher {
    pub mark: String,
    pub date: NaiveDate,
    pub postings: Vec<Posting>,
    pub text: String,
}

/// Debit positive.
#[derive(Clone, Debug, PartialEq)]
pub struct Posting {
    pub account: String,
    pub amount: Money,
    pub tax_code: Option<String>,
}

/// Where differences of a smallest unit go: an account without VAT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rounding {
    pub account: String,
    /// A code of rate 0, where the account has none of its own.
    pub tax_code: Option<String>,
}

/// What of the book and its company decides whether a sale can be drafted.
#[derive(Clone, Debug, PartialEq)]
pub struct SaleRules {
    pub rounding: Rounding,
    /// The ledger's own currency.
    pub base: Currency,
    /// The foreign currencies the ledger knows, each with the first day it has a rate for.
    pub currencies: BTreeMap<Currency, Option<NaiveDate>>,
}

impl Sale {
    /// A sale of a negative total as the credit note it is.
    pub fn reversed(mut self) -> Result<Self, MoneyError> {
        self.gross = self.gross.negated()?;
        for line in &mut self.lines {
            line.net = line.net.negated()?;
            line.tax = line.tax.negated()?;
        }
        Ok(self)
    }
}

impl Extras {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Customer {
    pub fn party(&self) -> &Party {
        match self {
            Self::Existing(existing) => &existing.party,
            Self::New { party, .. } => party,
        }
    }

    pub fn prices_include_tax(&self) -> bool {
        matches!(self, Self::Existing(existing) if existing.prices_include_tax)
    }
}
