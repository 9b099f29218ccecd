//! What this book has decided and knows: pairs that a person confirmed or declined, rates of its currencies.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::row::{Pair, Row, RowId};

/// Decisions of people. A confirmed pair always is a link, a declined one never comes back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    /// Named by every link it takes part in.
    pub version: u32,
    pub confirmed: BTreeSet<Pair>,
    pub declined: BTreeSet<Pair>,
    pub rates: Rates,
    /// Who pays for whom, as the decisions of this book taught: each can be read, and switched off.
    pub learned: Vec<Learned>,
    /// What the decisions taught of the evidence itself.
    pub lessons: Lessons,
}

impl Rules {
    /// The same without what people decided of single pairs.
    pub(crate) fn undecided(&self) -> Self {
        Self { confirmed: BTreeSet::new(), declined: BTreeSet::new(), ..self.clone() }
    }
}

/// How much more, or less, each kind of evidence is worth in this book than in others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lessons {
    pub on: bool,
    pub shifts: Vec<Shift>,
}

/// "Of 12 decided candidates that bear our mark 9 were right, where 5.4 were to be expected: +0.162."
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shift {
    /// The evidence, by its name in the weights file. A name that the file does not have shifts nothing.
    pub evidence: String,
    /// Candidates with it about which people decided, and those of them that they confirmed.
    pub decided: u32,
    pub confirmed: u32,
    /// How many they would have confirmed if this book were like others.
    pub expected: f64,
    /// Added to its log-odds; never more than [`Shift::MOST`] either way.
    pub shift: f64,
}

impl Shift {
    pub const MOST: f64 = 1.5;
    /// Confirmations that are taken to have been expected, and seen, before the first: few decisions shift little.
    const BEFORE: f64 = 4.0;
    /// Several kinds of evidence speak for one pair; each takes this part of what was learned from it.
    const PART: f64 = 0.5;
    /// Less is not worth a line.
    const LEAST: f64 = 0.05;

    pub(crate) fn new(evidence: &str, decided: u32, confirmed: u32, expected: f64) -> Option<Self> {
        let learned = Self::PART * ((f64::from(confirmed) + Self::BEFORE) / (expected + Self::BEFORE)).ln();
        let round = |x: f64| (x * 1000.0).round() / 1000.0;
        let shift = round(learned.clamp(-Self::MOST, Self::MOST));
        (shift.abs() >= Self::LEAST).then(|| Self { evidence: evidence.to_owned(), decided, confirmed, expected: round(expected), shift })
    }
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

impl Taught {
    /// Of a payment's row.
    pub fn of(payment: &Row) -> Self {
        match (&payment.party.id, &payment.payer) {
            (Some(id), _) => Self::Customer { id: id.clone() },
            (None, Some(payer)) => Self::Name { name: payer.name.clone() },
            (None, None) => Self::Name { name: payment.party.name.clone() },
        }
    }
}

/// What currencies are worth, from day to day: the latest rate that began counts until another begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates(BTreeMap<Currency, BTreeMap<NaiveDate, Rate>>);

/// So many units of a currency are worth so much of the one that all rates are against: exact, as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    pub units: Decimal,
    pub worth: Decimal,
}

impl Rates {
    /// A rate that is not positive is not kept. Of two that begin on one day the later counts.
    pub fn set(&mut self, currency: Currency, from: NaiveDate, rate: Rate) {
        if rate.units > Decimal::ZERO && rate.worth > Decimal::ZERO {
            self.0.entry(currency).or_default().insert(from, rate);
        }
    }

    /// The one that all rates are against.
    pub fn set_base(&mut self, currency: Currency) {
        self.set(currency, NaiveDate::MIN, Rate { units: Decimal::ONE, worth: Decimal::ONE });
    }

    /// What `amount` is in another currency on that day.
    pub fn convert(&self, amount: Money, to: Currency, day: NaiveDate) -> Option<Money> {
        let ((_, from), (_, into)) = (self.on(amount.currency(), day)?, self.on(to, day)?);
        let (times, by) = (from.worth.checked_mul(into.units)?, from.units.checked_mul(into.worth)?);
        Money::rounded(amount.decimal().checked_mul(times)?.checked_div(by)?, to).ok()
    }

    /// The rate that counts on that day, and the day that it began.
    pub fn on(&self, currency: Currency, day: NaiveDate) -> Option<(NaiveDate, Rate)> {
        self.0.get(&currency)?.range(..=day).next_back().map(|(from, rate)| (*from, *rate))
    }
}
