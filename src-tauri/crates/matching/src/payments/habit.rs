//! How late a customer usually pays what it subscribes to. Who always pays five weeks late would else be taken for somebody
//! who pays the next invoice a few days after its date.

use std::ops::RangeInclusive;

use super::choice::{Choice, Choices};
use super::options::series;
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
pub(crate) struct Lags {
    without: Vec<f64>,
    with: Vec<Vec<f64>>,
}

/// One document that a payment may be for: whose, so many days after its date, and with what chance.
#[derive(Clone, Copy)]
struct Said {
    customer: u32,
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

    /// The habit of a customer of which this is said, if its payments speak for one.
    fn usual(&self, said: &[Said]) -> Option<i32> {
        let weight = |of: &[Said]| of.iter().map(|s| s.chance).sum::<f64>();
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

/// Finds the habits of the customers whose documents a group of payments may be for, and tells the choices; whether there was
/// any. `chances` are those of the first round, by payment and choice.
pub(crate) fn tell(all: &Prepared, weights: &Weights, lags: &Lags, group: &mut [Choices], chances: &[Vec<f64>]) -> bool {
    let customer = |choice: &Choice| Some(&all.docs[choice.uses[0].doc as usize]).filter(|doc| doc.series && choice.dated()).map(|doc| doc.customer);
    let mut said = Vec::new();
    for (pay, (of, chances)) in group.iter().zip(chances).enumerate() {
        let each = of.some.iter().zip(chances);
        said.extend(each.filter_map(|(c, chance)| Some(Said { customer: customer(c)?, pay: pay as u32, lag: c.lag, chance: *chance })));
    }
    // Stable: those of one payment stay together.
    said.sort_by_key(|s| s.customer);
    let each = said.chunk_by(|a, b| a.customer == b.customer);
    let usual: Vec<(u32, i32)> = each.filter_map(|of| Some((of[0].customer, lags.usual(of)?))).collect();
    if usual.is_empty() {
        return false;
    }
    for choice in group.iter_mut().flat_map(|of| &mut of.some) {
        if let Some(customer) = customer(choice)
            && let Ok(at) = usual.binary_search_by_key(&customer, |(customer, _)| *customer)
        {
            choice.know(level(i32::from(choice.lag) - usual[at].1), weights);
        }
    }
    true
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
