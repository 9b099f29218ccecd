//! What Review keeps of a row: both sides as a person compares them, and the evidence between.

use book::{Book, ReviewRow as Kept, WindowRow};
use chrono::NaiveDate;
use drafts::{DraftId, Fingerprint, Subject};
use ledgers::{LedgerRecord, RecordKind, ReferenceSource};
use matching::{Link, Verdict};
use money::Money;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::commands::{Cell, Class, Code, NoDraft, Problem, RowKind, Sentence};

/// In thousandths: of a hundred that are said yes to unseen, one at most may be wrong.
const SURE: u32 = 990;

/// Stored beside the columns that Review sorts and filters by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    #[serde(default)]
    pub kind: RowKind,
    pub left: Left,
    pub right: Option<Right>,
    /// The best link, or the leader of a tie.
    pub link: Option<Link>,
    /// Documents that no fact tells apart from the leader, the leader among them.
    pub equals: u32,
    pub looked_at: u32,
    pub class: Class,
    pub no_draft: Option<NoDraft>,
    /// A person chose the document, on that day.
    pub chosen_on: Option<NaiveDate>,
    /// What a person should know beside.
    #[serde(default)]
    pub remarks: Vec<Sentence>,
    /// Whether the document is wanted at all is a person's to say: never signed together with others.
    #[serde(default)]
    pub only_proposed: bool,
    /// Accounts and items of its draft on which the ledger's VAT cannot be seen before it is written.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// Of money: every document that it pays, oldest first; `right` and `link` are the first of them.
    #[serde(default)]
    pub pays: Vec<Paid>,
    /// Of money: what is left of it then.
    #[serde(default)]
    pub over: Option<Money>,
    /// Of money: what was left of it and went back since.
    #[serde(default)]
    pub over_given_back: Option<Money>,
    /// Of money in another currency than the document's: what the one is in the other.
    #[serde(default)]
    pub conversion: Option<Conversion>,
    /// What Stripe made of such money in its balance.
    #[serde(default)]
    pub settled: Option<Money>,
    /// Candidates that lost, best first; the best few only.
    #[serde(default)]
    pub others: Vec<Other>,
    /// How far was looked where nothing was found.
    #[serde(default)]
    pub searched: Option<Searched>,
}

/// A document that money pays; the link says how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paid {
    pub right: Right,
    pub link: Link,
    /// What stays open of it when all money that is matched with it is booked.
    #[serde(default)]
    pub stays: Option<Money>,
    /// Other payments that pay it too.
    #[serde(default)]
    pub others: u32,
    /// What of this money was given back since, and so is open again.
    #[serde(default)]
    pub given_back: Option<Money>,
}

/// An amount of one currency as it is in another: `of` times `at` is `is`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    pub of: Money,
    /// What one is worth, to six decimals; `is` comes of the exact rate.
    pub at: Decimal,
    /// The day on which the rate began.
    pub from: NaiveDate,
    pub by: RateOf,
    pub is: Money,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RateOf {
    Ledger,
    Stripe,
}

/// A candidate that lost, and the number of what has it instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Other {
    pub right: Right,
    pub link: Link,
    pub taken_by: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Searched {
    /// Documents that shared a number, an amount or a party with it.
    pub compared: u32,
    /// At least so many that a bound kept from being tried.
    pub not_searched: u32,
}

/// Stripe's side: an invoice, or what else makes a document. What takes a sale back is negative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Left {
    pub id: String,
    pub number: String,
    /// The number of what it takes back.
    #[serde(default)]
    pub of: Option<String>,
    /// Local date of issue.
    pub date: NaiveDate,
    pub name: String,
    pub vat: Option<String>,
    pub total: Money,
    /// `None`: not said by itself.
    pub tax: Option<Money>,
    /// What the payer wrote.
    #[serde(default)]
    pub text: String,
}

/// The ledger's document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Right {
    #[serde(default = "invoice")]
    pub kind: RecordKind,
    pub id: String,
    pub number: String,
    pub external: Option<String>,
    pub date: NaiveDate,
    pub due: Option<NaiveDate>,
    pub name: String,
    pub vat: Option<String>,
    pub total: Money,
    pub open: Money,
    /// Paid or taken back.
    #[serde(default)]
    pub closed: bool,
}

impl Row {
    pub fn read(kept: &Kept) -> Result<Self, Problem> {
        serde_json::from_str(&kept.payload).map_err(|_| Problem::new(Code::Internal).with("cause", "a row of an older version"))
    }

    /// Every document that it is linked with.
    pub fn documents(&self) -> impl Iterator<Item = &Right> {
        self.right.iter().chain(self.pays.iter().skip(1).map(|paid| &paid.right))
    }

    /// Whether money is sure enough of all that it pays to be said yes to together with other money. At what rate it pays, and
    /// what of it went back again, is looked at one by one.
    pub fn is_sure(&self) -> bool {
        let plain = self.conversion.is_none() && !self.went_back();
        self.pays.is_empty() || plain && self.pays.iter().all(|paid| paid.link.permille() >= SURE)
    }

    /// Whether some of the money was given back since.
    pub fn went_back(&self) -> bool {
        self.over_given_back.is_some() || self.pays.iter().any(|paid| paid.given_back.is_some())
    }

    /// Whether a fact speaks against the pair, or against one of several.
    pub fn is_contradicted(&self) -> bool {
        let mut links = self.link.iter().chain(self.pays.iter().map(|paid| &paid.link));
        links.any(|link| link.evidence.iter().any(|fact| fact.verdict == Verdict::Contradicts))
    }
}

impl Paid {
    pub fn remains(&self) -> Money {
        self.stays.unwrap_or_else(|| self.right.open.minus(self.link.amount).unwrap_or(self.right.open))
    }
}

impl Left {
    pub fn cell(&self) -> Cell {
        Cell { date: self.date.to_string(), number: self.number.clone(), name: self.name.clone(), amount: self.total.into() }
    }
}

impl Right {
    /// `vat`: of its customer. None for a record that is no document. A credit memo is negative.
    pub fn of(document: &LedgerRecord, vat: Option<String>) -> Option<Self> {
        let memo = document.kind == RecordKind::CreditMemo;
        let signed = |amount: Money| if memo { amount.negated().ok() } else { Some(amount) };
        let total = signed(document.amount?)?;
        let mark = document.references.iter().find(|reference| reference.source == ReferenceSource::Mark);
        Some(Self {
            id: document.id.clone(),
            number: document.number.clone().unwrap_or_default(),
            external: mark.map(|reference| reference.value.clone()).filter(|value| !value.is_empty()),
            date: document.date?,
            due: document.due,
            name: document.party.as_ref().map(|party| party.name.clone()).unwrap_or_default(),
            vat: vat.filter(|number| !number.is_empty()),
            total,
            open: document.open.and_then(signed).unwrap_or(total),
            closed: matches!(document.status.as_deref(), Some("Paid" | "Canceled" | "Corrective")),
            kind: document.kind,
        })
    }

    pub fn cell(&self) -> Cell {
        Cell { date: self.date.to_string(), number: self.number.clone(), name: self.name.clone(), amount: self.total.into() }
    }
}

fn invoice() -> RecordKind {
    RecordKind::SalesInvoice
}

pub fn find(book: &Book, key: &str) -> Result<WindowRow, Problem> {
    book.review_row(&Subject(key.to_owned()))?.ok_or(Problem::new(Code::NoSuchRow))
}

/// What a signature under a row binds to: all of its open drafts.
pub fn fingerprint(drafts: &[(DraftId, Fingerprint)]) -> String {
    let mut hash = Sha256::new();
    for (id, fingerprint) in drafts {
        for part in [&id.0, &fingerprint.0] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
