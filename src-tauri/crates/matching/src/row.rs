//! What goes in: the rows of both sides, as the engine sees them.

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use money::Money;
use serde::{Deserialize, Serialize};

/// The id of a row; unique within its side, over all kinds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct RowId(Arc<str>);

impl RowId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RowId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<String> for RowId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<RowId> for String {
    fn from(id: RowId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Left is Stripe, right is the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    Left,
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// An invoice of Stripe (left).
    Invoice,
    /// Money that came in through Stripe (left): positive.
    Charge,
    /// Money that went back (left): negative; `refund_of` names the charge.
    Refund,
    /// What takes back of what was owed. Left: a credit note, or an invoice whose total is negative. Right: a credit memo. The
    /// sign of its amount is not read; links carry it as negative.
    Credit,
    /// A sales invoice of the ledger (right).
    Document,
    /// A customer, on either side.
    Customer,
}

/// One row. Made with [`Row::new`], the rest filled in field by field; fields may be added later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub id: RowId,
    pub side: Side,
    pub kind: Kind,
    /// The gross total; zero for a customer.
    pub amount: Money,
    /// What is still open of it, in the same currency. No link carries more.
    pub open: Money,
    /// The local date it counts on: issued, posted, or paid.
    pub date: NaiveDate,
    /// When it came to be, in seconds since 1970: it tells two of one day apart. Zero where that is not known.
    #[serde(default)]
    pub created: i64,
    pub due: Option<NaiveDate>,
    /// Who owes or pays; for a customer row, the customer. With `party.id` the engine also reads the customer row of that id.
    pub party: Party,
    /// Who stands on the card or the transfer, where that is told apart from the customer.
    pub payer: Option<Box<Party>>,
    pub references: Vec<Reference>,
    /// Free text: description, lines, memo.
    pub text: String,
    /// The row of the same side that this one takes back: a refund's charge, a credit's invoice or document.
    pub refund_of: Option<RowId>,
    /// A payment that did not succeed: it is kept, and settles nothing.
    pub failed: bool,
    /// Never a partner, though it is compared and shown: a barred customer, a cancelled document.
    pub closed: bool,
}

impl Row {
    /// A row whose whole amount is open, with nothing else known.
    pub fn new(id: impl Into<RowId>, side: Side, kind: Kind, amount: Money, date: NaiveDate) -> Self {
        Self {
            id: id.into(),
            side,
            kind,
            amount,
            open: amount,
            date,
            created: 0,
            due: None,
            party: Party::default(),
            payer: None,
            references: Vec::new(),
            text: String::new(),
            refund_of: None,
            failed: false,
            closed: false,
        }
    }
}

/// A person or company, as one side knows it. Empty means unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Party {
    /// The id of its customer row on the same side.
    pub id: Option<RowId>,
    /// The ledger's customer number; on the left, as metadata has it.
    pub number: Option<String>,
    pub name: String,
    pub emails: Vec<String>,
    pub phone: Option<String>,
    pub vat: Option<String>,
    /// EAN or GLN of a public buyer: 13 digits.
    pub ean: Option<String>,
    /// ISO 3166, two letters.
    pub country: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub street: Option<String>,
}

/// A number that one row carries and another may be known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    pub source: Source,
    pub value: String,
}

impl Reference {
    pub fn new(source: Source, value: impl Into<String>) -> Self {
        Self { source, value: value.into() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The other side's number, in a field meant for it (Stripe's metadata).
    Metadata,
    /// Stripe's number, in the ledger's field for foreign numbers.
    Mark,
    /// The row's own number.
    Number,
    /// A number in words: description, purchase order.
    Text,
}

/// One left and one right row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    pub left: RowId,
    pub right: RowId,
}

impl Pair {
    pub fn new(left: impl Into<RowId>, right: impl Into<RowId>) -> Self {
        Self { left: left.into(), right: right.into() }
    }
}
