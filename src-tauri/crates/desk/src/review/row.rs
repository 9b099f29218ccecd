//! What Review keeps of a row: both sides as a person compares them, and the evidence between.

use chrono::NaiveDate;
use ledgers::{LedgerRecord, RecordKind, ReferenceSource};
use matching::{Link, Method, Verdict};
use money::Money;
use serde::{Deserialize, Serialize};

use crate::commands::{self, Amount, Cell, Class, DeclineReason, Difference, FoundBy, NoDraft, ReviewRow, RightKind, RowKind, RowState, Sentence};

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

/// What the book adds: how far the row's drafts are.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub state: RowState,
    pub fingerprint: String,
    pub initials: Option<String>,
    pub at: Option<String>,
    pub words: Option<String>,
    pub unmarked: bool,
    pub declined: Option<DeclineReason>,
    /// The number that the ledger gave the draft once it was written.
    pub made: Option<String>,
    pub changed: Option<Difference>,
    pub posted: bool,
}

impl Row {
    pub fn shown(&self, key: String, standing: Standing) -> ReviewRow {
        ReviewRow {
            key,
            kind: self.kind,
            of: self.left.of.clone(),
            fingerprint: standing.fingerprint,
            state: standing.state,
            class: self.class,
            left: self.left.cell(),
            right: self.right_cell(standing.made),
            right_kind: self.right_kind(),
            evidence: self.link.as_ref().filter(|_| self.right.is_some()).map(super::facts::chips).unwrap_or_default(),
            looked_at: self.looked_at,
            choices: if self.class == Class::Choose { self.equals } else { 0 },
            found_by: self.found_by(),
            no_draft: self.no_draft.clone(),
            initials: standing.initials,
            at: standing.at,
            words: standing.words,
            unmarked: standing.unmarked,
            declined: standing.declined,
            changed: standing.changed,
            posted: standing.posted,
            pays: self.pays.iter().map(Paid::shown).collect(),
            over: self.over.map(Amount::from),
        }
    }

    /// Every document that it is linked with.
    pub fn documents(&self) -> impl Iterator<Item = &Right> {
        self.right.iter().chain(self.pays.iter().skip(1).map(|paid| &paid.right))
    }

    /// Whether a fact speaks against the pair.
    pub fn is_contradicted(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.evidence.iter().any(|fact| fact.verdict == Verdict::Contradicts))
    }

    /// The draft that would be made stands on the right page as the document it will be.
    fn right_cell(&self, made: Option<String>) -> Option<Cell> {
        match (&self.right, self.class) {
            (Some(right), _) if !self.pays.is_empty() => Some(Cell { amount: self.open_together().unwrap_or(right.open).into(), ..right.cell() }),
            (Some(right), _) => Some(right.cell()),
            (None, Class::New) => Some(Cell { number: made.unwrap_or_default(), ..self.left.cell() }),
            _ => None,
        }
    }

    fn right_kind(&self) -> RightKind {
        match (&self.right, self.class) {
            (Some(_), _) if self.pays.len() > 1 => RightKind::Several,
            (Some(_), Class::Choose) if self.equals > 1 => RightKind::Several,
            (Some(_), _) => RightKind::Document,
            (None, Class::New) => RightKind::Draft,
            (None, _) => RightKind::Nothing,
        }
    }

    /// What is open of all documents that the money pays.
    fn open_together(&self) -> Option<Money> {
        Money::sum(self.right.as_ref()?.open.currency(), self.pays.iter().map(|paid| paid.right.open)).ok()
    }

    fn found_by(&self) -> FoundBy {
        if let Some(day) = self.chosen_on {
            return FoundBy::YouChose { on: day.to_string() };
        }
        match (&self.link, self.class) {
            (None, Class::New) => FoundBy::NewDraft {},
            (None, _) => FoundBy::Nothing {},
            (Some(link), _) if link.tie => FoundBy::Tie {},
            (Some(link), _) => match link.method {
                Method::Reference => FoundBy::Reference {},
                Method::SumOf { count } => FoundBy::SumOf { count },
                Method::Learned { rule } => FoundBy::Rule { number: rule },
                Method::Amount => FoundBy::Amount {},
                Method::Party => FoundBy::Party {},
                Method::RefundOfCharge => FoundBy::RefundOfCharge {},
                _ => FoundBy::AmountAndParty {},
            },
        }
    }
}

impl Paid {
    fn shown(&self) -> commands::Paid {
        let Right { id, number, date, name, open, .. } = &self.right;
        let remains = open.minus(self.link.amount).unwrap_or(*open);
        commands::Paid {
            id: id.clone(),
            number: number.clone(),
            date: date.to_string(),
            name: name.clone(),
            open: (*open).into(),
            carries: self.link.amount.into(),
            remains: remains.into(),
        }
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

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal().to_string(), currency: money.currency().code().to_owned() }
    }
}
