//! How late a customer usually pays what it subscribes to. Who always pays five weeks late would else be taken for somebody
//! who pays the next invoice a few days after its date.

use std::ops::RangeInclusive;

use super::choice::Choice;
use super::dates::series;
use super::prepare::Prepared;
use crate::level::Level;
use crate::weights::Weights;

/// Habits that are weighed against having none, in days after the posting date; sooner than that most people pay.
const LATE: RangeInclusive<i32> = 16..=62;
/// How many customers have one, beforehand; and from which chance on one is believed.
const PRIOR: f64 = 0.15;
const BELIEVED: f64 = 0.8;
/// Only where this much of what a customer pays may be late is a habit looked for.
const SOME: f64 = 0.25;
/// A payment that hardly belongs to the customer tells nothing of it.
const LEAST: f64 = 0.2;
/// Days after the posting date over which the odds of dates are shared out.
const SPAN: RangeInclusive<i32> = -65..=125;

/// The share of each day, for payments of customers without a habit and with each.
#[derive(Debug, Default)]
pub(crate) struct Lags {
    without: Vec<f64>,
    with: Vec<Vec<f64>>,
}

/// One document that a payment may be for: whose, so many days after its date, and with what chance.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Said {
    pub customer: u32,
    pay: u32,
    lag: i16,
    chance: f64,
}

impl Lags {
    pub fn new(weights: &Weights) -> Self {
        let shares = |level: &dyn Fn(i32) -> Level| {
            let odds: Vec<f64> = SPAN.map(|lag| weights.of(level(lag)).exp()).collect();
            let all: f64 = odds.iter().sum();
            odds.into_iter().map(|o| o / all).collect::<Vec<f64>>()
        };
        Self { without: shares(&series), with: LATE.map(|usual| shares(&|lag| level(lag - usual))).collect() }
    }

    /// The habit of a customer of which this is said, one payment after another, if they speak for one.
    pub(super) fn usual(&self, said: &[Said]) -> Option<i32> {
        let weight = |of: &[Said]| of.iter().map(|s| s.chance).sum::<f64>();
        if said.is_empty() {
            return None;
        }
        let late = said.iter().filter(|s| LATE.contains(&s.lag.into())).map(|s| s.chance).sum::<f64>();
        if late < SOME * weight(said) {
            return None;
        }
        let pays: Vec<&[Said]> = said.chunk_by(|a, b| a.pay == b.pay).filter(|of| weight(of) >= LEAST).collect();
        let at = |lag: i16| (i32::from(lag).clamp(*SPAN.start(), *SPAN.end()) - SPAN.start()) as usize;
        let odds_of = |with: &Vec<f64>, of: &[Said]| {
            let likelier = of.iter().map(|s| s.chance * (with[at(s.lag)] / self.without[at(s.lag)] - 1.0)).sum::<f64>();
            (1.0 + likelier).max(f64::MIN_POSITIVE).ln()
        };
        let prior = (PRIOR / (1.0 - PRIOR) / self.with.len() as f64).ln();
        let odds: Vec<f64> = self.with.iter().map(|with| prior + pays.iter().map(|of| odds_of(with, of)).sum::<f64>()).collect();
        let best = odds.iter().copied().fold(0.0, f64::max);
        let all: f64 = odds.iter().map(|o| (o - best).exp()).sum();
        let (usual, _) = LATE.zip(&odds).max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
        (all / (all + (-best).exp()) >= BELIEVED).then_some(usual)
    }
}

/// Whose habit a choice speaks of.
fn customer(all: &Prepared, choice: &Choice) -> Option<u32> {
    let doc = &all.docs[choice.uses.first()?.doc as usize];
    (doc.series && choice.dated()).then_some(doc.customer)
}

/// What the choices of one payment say of the habits of customers.
pub(super) fn said<'a>(all: &'a Prepared, pay: u32, some: &'a [Choice]) -> impl Iterator<Item = Said> + 'a {
    some.iter().filter_map(move |c| Some(Said { customer: customer(all, c)?, pay, lag: c.lag, chance: c.first.into() }))
}

/// Tells the choices of one payment what is `usual` of customers; whether there was anything to tell.
pub(super) fn tell(all: &Prepared, weights: &Weights, usual: &[Option<i32>], some: &mut [Choice]) -> bool {
    let mut told = false;
    for choice in some {
        if let Some(usual) = customer(all, choice).and_then(|customer| usual[customer as usize]) {
            choice.know(level(i32::from(choice.lag) - usual), weights);
            told = true;
        }
    }
    told
}

/// How a date lies to what is usual.
pub(crate) fn level(off: i32) -> Level {
    match off {
        -1..=1 => Level::Usual,
        -3..=3 => Level::Usual3,
        -6..=6 => Level::Usual6,
        -34..=-25 => Level::UsualMonthEarly,
        25..=34 => Level::UsualMonthLate,
        -65..=65 => Level::Unusual,
        _ => Level::UnusualFar,
    }
}
