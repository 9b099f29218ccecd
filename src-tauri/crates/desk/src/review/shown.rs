//! A row as the page shows it: what is kept of it, with how far its drafts are.

use matching::Method;
use money::Money;

use super::facts;
use crate::commands::{self, Amount, Cell, Class, DeclineReason, Difference, FoundBy, ReviewRow, RightKind, RowState};
use crate::row::{Paid, Right, Row};

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
            evidence: self.link.as_ref().filter(|_| self.right.is_some()).map(facts::chips).unwrap_or_default(),
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
    pub fn open_together(&self) -> Option<Money> {
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
        commands::Paid {
            id: id.clone(),
            number: number.clone(),
            date: date.to_string(),
            name: name.clone(),
            open: (*open).into(),
            carries: self.link.amount.into(),
            others: open.minus(self.link.amount).and_then(|rest| rest.minus(self.remains())).unwrap_or(Money::zero(open.currency())).into(),
            remains: self.remains().into(),
        }
    }
}
