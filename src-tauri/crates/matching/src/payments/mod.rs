//! Payments and refunds against open documents: many to many, each link with the amount it carries.
//!
//! Who is the payer ([`crate::parties`])? What may each payment settle ([`options`])? How likely is each choice when all
//! compete ([`belief`])? Which sums of documents are left free? Then the best choices that fit together, and for each the
//! chance that links of its class turned out to have.

pub(crate) mod belief;
pub(crate) mod changes;
pub(crate) mod choice;
mod class;
mod dates;
pub(crate) mod evidence;
mod group;
pub(crate) mod habit;
pub(crate) mod lists;
pub(crate) mod options;
pub(crate) mod prepare;
#[cfg(test)]
pub(crate) mod reference;
pub(crate) mod refunds;
mod settle;
mod sums;
mod votes;

use std::collections::BTreeSet;

use choice::{Choice, Choices, Decided, Use, Uses};
pub(crate) use class::Class;
use habit::Lags;
use lists::Changing;
use options::Maker;
use prepare::{Prepared, amount_key};

use crate::weights::Weights;

/// Below this chance no choice is proposed: it would be wrong more often than it helps.
pub(crate) const LEAST: f64 = 0.35;

/// What was chosen for one payment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chosen {
    pub pay: u32,
    pub choice: Choice,
    /// As the messages have it, and as experience says for links of its class.
    pub believed: f64,
    pub class: Class,
    pub chance: f64,
    pub tie: bool,
    pub confirmed: bool,
}

impl Chosen {
    /// With so much of its one document.
    fn with(self, used: Use) -> Self {
        Self { choice: Choice { uses: Uses::of(vec![used]), ..self.choice }, ..self }
    }

    /// The chance of another choice of the same payment: its share of what this one leaves.
    pub fn leaves(&self, believed: f64) -> f64 {
        let left = (1.0 - self.chance).max(0.0);
        (believed * left / (1.0 - self.believed).max(f64::MIN_POSITIVE)).min(left)
    }
}

/// All payments of a book with what they may settle and what they do.
#[derive(Debug, Default)]
pub(crate) struct Payments {
    pub all: Prepared,
    pub decided: Decided,
    pub made: Vec<Choices>,
    pub chosen: Vec<Option<Chosen>>,
    /// By customer: the payments that looked at its documents, and those that compete for them.
    considering: Changing,
    touching: Changing,
    /// By document: the payments that may settle it, and whether those that found it likely leave it free.
    wanting: Changing,
    free: Vec<bool>,
    /// By customer: so many days after the posting date it usually pays.
    usual: Vec<Option<i32>>,
    lags: Lags,
}

impl Payments {
    pub fn new(all: Prepared, weights: &Weights) -> Self {
        let mut payments = Self::unsettled(all);
        payments.settle_all(weights);
        payments
    }

    pub fn unsettled(all: Prepared) -> Self {
        Self { all, ..Self::default() }
    }

    /// Payments that may settle a document of this customer.
    pub fn touching(&self, customer: u32) -> &[u32] {
        self.touching.of(customer)
    }

    /// Does a payment settle a document of this customer? Then its links speak of it.
    fn settles(&self, p: u32, customer: u32) -> bool {
        let uses = self.chosen[p as usize].iter().flat_map(|chosen| chosen.choice.uses.iter());
        uses.into_iter().any(|u| self.all.docs[u.doc as usize].customer == customer)
    }

    /// Documents, or sums of them, that a bound kept from a payment.
    pub fn not_searched(&self, p: u32, weights: &Weights) -> usize {
        let (made, pay) = (&self.made[p as usize], &self.all.pays[p as usize]);
        let common = if made.common { self.all.by_amount.count(amount_key(pay.currency, pay.amount)) } else { 0 };
        let maker = Maker { all: &self.all, weights, learning: false, decided: &self.decided };
        made.not_searched as usize + common + maker.not_summed(p)
    }

    /// Payments that are not searched among all of these amounts, and have no link.
    pub fn counting(&self, amounts: &BTreeSet<u64>) -> Vec<u32> {
        let of = amounts.iter().flat_map(|amount| self.all.pays_by_key.all(*amount));
        of.filter(|p| self.made[*p as usize].common && self.chosen[*p as usize].is_none()).collect()
    }
}

/// Of what takes long to make, so many are worth starting a thread.
pub(crate) const FEW: usize = 64;

/// `make(0..count)` in order, on a few threads; the result does not depend on how many.
pub(crate) fn in_parallel<T: Send>(count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    spread(count, 8 * FEW, make)
}

/// The same; fewer than `least` are not worth starting a thread.
pub(crate) fn spread<T: Send>(count: usize, least: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    const THREADS: usize = 4;
    // Asking the system costs more than little work does.
    let threads = if count < least { 1 } else { std::thread::available_parallelism().map_or(1, usize::from).min(THREADS) };
    if threads < 2 {
        return (0..count).map(make).collect();
    }
    let size = count.div_ceil(threads * 8);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut parts: Vec<(usize, Vec<T>)> = std::thread::scope(|scope| {
        let work = || {
            let mut mine = Vec::new();
            loop {
                let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if at * size >= count {
                    return mine;
                }
                mine.push((at, (at * size..((at + 1) * size).min(count)).map(&make).collect::<Vec<T>>()));
            }
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a thread that only computes does not fail")).collect()
    });
    parts.sort_by_key(|(at, _)| *at);
    parts.into_iter().flat_map(|(_, part)| part).collect()
}
