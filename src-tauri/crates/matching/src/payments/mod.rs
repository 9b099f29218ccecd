//! Payments and refunds against open documents: many to many, each link with the amount it carries.
//!
//! Who is the payer ([`crate::parties`])? What may each payment settle ([`options`])? How likely is each choice when all
//! compete ([`belief`])? Which sums of documents are left free? Then the best choices that fit together, and for each the
//! chance that links of its class turned out to have.

pub(crate) mod belief;
pub(crate) mod changes;
pub(crate) mod choice;
mod class;
pub(crate) mod evidence;
pub(crate) mod habit;
pub(crate) mod options;
pub(crate) mod prepare;
#[cfg(test)]
pub(crate) mod reference;
mod sums;

use std::collections::{BTreeSet, HashMap, HashSet};

use changes::Touched;
use choice::{Choice, Choices, Decided, Use};
use class::Around;
pub(crate) use class::Class;
use habit::Lags;
use options::Maker;
use prepare::{Prepared, amount_key};

use crate::level::Level;
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

/// All payments of a book with what they may settle and what they do.
#[derive(Debug, Default)]
pub(crate) struct Payments {
    pub all: Prepared,
    pub decided: Decided,
    pub made: Vec<Choices>,
    pub chosen: Vec<Option<Chosen>>,
    /// By customer: the payments that looked at its documents, and those that compete for them.
    considering: Vec<Vec<u32>>,
    touching: Vec<Vec<u32>>,
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

    pub fn settle_all(&mut self, weights: &Weights) {
        let customers = self.all.by_customer.len();
        let maker = Maker { all: &self.all, weights, learning: false, decided: &self.decided };
        self.made = in_parallel(self.all.pays.len(), |p| maker.choices(p as u32));
        (self.considering, self.touching) = (vec![Vec::new(); customers], vec![Vec::new(); customers]);
        for (p, of) in self.made.iter().enumerate() {
            of.considered.iter().for_each(|&c| self.considering[c as usize].push(p as u32));
            of.touched.iter().for_each(|&c| self.touching[c as usize].push(p as u32));
        }
        self.chosen = self.made.iter().map(|_| None).collect();
        self.settle(0..customers as u32, weights);
    }

    /// Looks at what was touched anew, and at all that compete with it before or after. Gives the payments whose links may
    /// differ.
    pub fn refresh(&mut self, touched: &mut Touched, weights: &Weights) -> BTreeSet<u32> {
        self.all.refresh_payers(touched, weights);
        let (mut dirty, customers) = (std::mem::take(&mut touched.pays), std::mem::take(&mut touched.customers));
        self.considering.resize_with(self.all.by_customer.len(), Vec::new);
        self.touching.resize_with(self.all.by_customer.len(), Vec::new);
        self.made.resize_with(self.all.pays.len(), Choices::default);
        self.chosen.resize_with(self.all.pays.len(), || None);
        for &c in &customers {
            dirty.extend(&self.considering[c as usize]);
        }
        let pays: Vec<u32> = dirty.iter().copied().collect();
        let maker = Maker { all: &self.all, weights, learning: false, decided: &self.decided };
        let made = spread(pays.len(), FEW, |i| if self.all.pays[pays[i] as usize].gone { Choices::default() } else { maker.choices(pays[i]) });
        let mut seeds = customers;
        for (p, mut new) in pays.into_iter().zip(made) {
            let old = &mut self.made[p as usize];
            relist(&mut self.considering, p, &old.considered, &new.considered);
            relist(&mut self.touching, p, &old.touched, &new.touched);
            if !touched.otherwise.contains(&p) && old.is_like(&new) {
                // Nothing is to be settled anew: what was believed stands.
                new.some = std::mem::take(&mut old.some);
            } else {
                seeds.extend(old.touched.iter().chain(&*new.touched));
                self.chosen[p as usize] = None;
            }
            *old = new;
        }
        dirty.extend(self.settle(seeds.into_iter(), weights));
        for &c in &touched.known {
            dirty.extend(self.touching[c as usize].iter().filter(|p| self.settles(**p, c)));
        }
        dirty
    }

    /// Does a payment settle a document of this customer? Then its links speak of it.
    fn settles(&self, p: u32, customer: u32) -> bool {
        let uses = self.chosen[p as usize].iter().flat_map(|chosen| chosen.choice.uses.iter());
        uses.into_iter().any(|u| self.all.docs[u.doc as usize].customer == customer)
    }

    /// Documents, or sums of them, that a bound kept from a payment.
    pub fn not_searched(&self, p: u32) -> usize {
        let (made, pay) = (&self.made[p as usize], &self.all.pays[p as usize]);
        let common = if made.common { self.all.by_amount.count(amount_key(pay.currency, pay.amount)) } else { 0 };
        made.not_searched as usize + common
    }

    /// Payments that are not searched among all of these amounts, and have no link.
    pub fn counting(&self, amounts: &BTreeSet<u64>) -> Vec<u32> {
        let of = amounts.iter().flat_map(|amount| self.all.pays_by_key.all(*amount));
        of.filter(|p| self.made[*p as usize].common && self.chosen[*p as usize].is_none()).collect()
    }

    /// Settles all payments that compete, directly or by way of others, for documents of these customers. Gives those for
    /// which anything changed.
    fn settle(&mut self, seeds: impl Iterator<Item = u32>, weights: &Weights) -> Vec<u32> {
        /// Groups at once: what they find waits in memory.
        const AT_ONCE: usize = 2048;
        /// Payments in them that are worth starting a thread.
        const MANY: usize = 512;
        let groups = self.groups(seeds);
        let lags = Lags::new(weights);
        let mut changed = Vec::new();
        for groups in groups.chunks(AT_ONCE) {
            let least = if groups.iter().map(Vec::len).sum::<usize>() < MANY { usize::MAX } else { 2 };
            let settled = spread(groups.len(), least, |g| Group::settle(&self.all, &self.decided, weights, &lags, &groups[g], &self.made));
            for (group, (some, chosen)) in groups.iter().zip(settled) {
                let mut chosen: HashMap<u32, Chosen> = chosen.into_iter().map(|one| (one.pay, one)).collect();
                for (&p, some) in group.iter().zip(some) {
                    let (at, one) = (p as usize, chosen.remove(&p));
                    if self.made[at].some != some || self.chosen[at] != one {
                        changed.push(p);
                        (self.made[at].some, self.chosen[at]) = (some, one);
                    }
                }
            }
        }
        changed
    }

    /// Payments that compete with each other, those of one customer's documents together and oldest first.
    fn groups(&self, seeds: impl Iterator<Item = u32>) -> Vec<Vec<u32>> {
        let (mut seen_customers, mut seen_pays) = (HashSet::new(), HashSet::new());
        let mut groups = Vec::new();
        for seed in seeds {
            let (mut group, mut todo) = (Vec::new(), vec![seed]);
            while let Some(customer) = todo.pop() {
                if !seen_customers.insert(customer) {
                    continue;
                }
                for &p in &self.touching[customer as usize] {
                    if seen_pays.insert(p) {
                        group.push(p);
                        todo.extend(&*self.made[p as usize].touched);
                    }
                }
            }
            if !group.is_empty() {
                group.sort_by_cached_key(|&p| {
                    let customer = self.made[p as usize].touched.iter().map(|c| self.all.customers.rank(*c).0).min();
                    (customer, self.all.pays[p as usize].day, self.all.pays[p as usize].rank)
                });
                groups.push(group);
            }
        }
        groups
    }
}

/// Moves a payment from the lists it was in to those it is in.
fn relist(lists: &mut [Vec<u32>], p: u32, old: &[u32], new: &[u32]) {
    for &c in old.iter().filter(|c| !new.contains(c)) {
        lists[c as usize].retain(|o| *o != p);
    }
    for &c in new.iter().filter(|c| !old.contains(c)) {
        lists[c as usize].push(p);
    }
}

/// Payments that compete with each other, and no others.
struct Group<'a> {
    all: &'a Prepared,
    weights: &'a Weights,
    pays: &'a [u32],
    choices: Vec<Choices>,
    /// The documents in the choices, sorted by position.
    docs: Vec<u32>,
}

impl<'a> Group<'a> {
    /// The choices of each payment with their chances, and what was chosen.
    fn settle(
        all: &'a Prepared,
        decided: &Decided,
        weights: &'a Weights,
        lags: &Lags,
        pays: &'a [u32],
        made: &[Choices],
    ) -> (Vec<Vec<Choice>>, Vec<Chosen>) {
        let maker = Maker { all, weights, learning: false, decided };
        let fresh = |p: &u32| {
            let of = &made[*p as usize];
            // Sums of the run before are sought again.
            let some = of.some.iter().filter(|c| !c.sought).map(|c| c.forgetting(weights)).collect();
            Choices { some, nothing_score: of.nothing_score, ..Choices::default() }
        };
        let mut group = Self { all, weights, pays, choices: pays.iter().map(fresh).collect(), docs: Vec::new() };
        let mut first = group.believe();
        if habit::tell(all, weights, lags, &mut group.choices, &first.chances) {
            first = group.believe();
        }
        let mut more = false;
        for (at, &p) in pays.iter().enumerate() {
            let whole = |c: &Choice| !c.levels.iter().any(|l| matches!(l, Level::Different | Level::PartOdd));
            let sure = group.choices[at].some.iter().zip(&first.chances[at]).any(|(c, chance)| *chance >= SURE && whole(c));
            if !sure && !decided.yes.contains_key(&p) {
                // What it wants alone may be part of a sum as well.
                let own = |d: u32| -> f64 {
                    let some = group.choices[at].some.iter().zip(&first.chances[at]);
                    some.filter(|(c, _)| c.uses.iter().any(|u| u.doc == d)).map(|(_, chance)| chance).sum()
                };
                let free = |d: u32| group.docs.binary_search(&d).map_or(true, |at| first.free[at] + own(d) >= FREE);
                let sums = maker.sums(p, free);
                let known = &group.choices[at].some;
                let declined = |s: &Choice| decided.no.get(&p).is_some_and(|no| s.uses.iter().any(|u| no.contains(&u.doc)));
                let new = |s: &Choice| !declined(s) && !known.iter().any(|c| c.uses == s.uses);
                let sums: Vec<Choice> = sums.into_iter().filter(new).collect();
                more |= !sums.is_empty();
                group.choices[at].some.extend(sums);
            }
        }
        let beliefs = if more { group.believe() } else { first };
        for (of, chances) in group.choices.iter_mut().zip(&beliefs.chances) {
            of.some.iter_mut().zip(chances).for_each(|(choice, chance)| choice.believed = *chance);
        }
        let chosen = group.choose();
        (group.choices.into_iter().map(|c| c.some).collect(), chosen)
    }

    fn believe(&mut self) -> belief::Beliefs {
        self.docs = self.choices.iter().flat_map(|of| of.some.iter().flat_map(|c| c.uses.iter().map(|u| u.doc))).collect();
        self.docs.sort_unstable();
        self.docs.dedup();
        let open: Vec<i64> = self.docs.iter().map(|&d| self.all.docs[d as usize].open).collect();
        belief::beliefs(&self.choices.iter().collect::<Vec<_>>(), &self.docs, &open)
    }

    /// The likeliest choices first, as long as their documents are open; equal ones oldest first. Then the ties that are
    /// likely together though none is alone.
    fn choose(&self) -> Vec<Chosen> {
        let mut left: Vec<i64> = self.docs.iter().map(|&d| self.all.docs[d as usize].open).collect();
        let mut done = vec![false; self.pays.len()];
        let mut taken = Vec::new();
        let mut takers = vec![Vec::new(); self.docs.len()];
        for tied in [false, true] {
            for (at, c) in self.order(tied, &done) {
                let choice = &self.choices[at].some[c];
                let position = |u: &Use| self.docs.binary_search(&u.doc).unwrap_or_default();
                if done[at] || !choice.uses.iter().all(|u| left[position(u)] >= u.amount) {
                    continue;
                }
                done[at] = true;
                for u in choice.uses.iter() {
                    left[position(u)] -= u.amount;
                    takers[position(u)].push(at);
                }
                taken.push((at, c));
            }
        }
        taken.into_iter().map(|(at, c)| self.chosen(at, c, &takers)).collect()
    }

    /// `takers` are those that take each document.
    fn around(&self, at: usize, choice: &Choice, takers: &[Vec<usize>]) -> Around {
        let mut around = Around::default();
        for other in self.choices[at].some.iter().filter(|other| !meet(other, choice)) {
            let takers_of = |u: &Use| self.docs.binary_search(&u.doc).map_or(&[][..], |doc| &takers[doc]);
            let mut takers = other.uses.iter().flat_map(takers_of).peekable();
            if takers.peek().is_none() {
                around.free = true;
            } else if takers.any(|q| self.choices[*q].some.iter().any(|theirs| meet(theirs, choice))) {
                around.exchanges = (around.exchanges + 1).min(Around::MOST);
            }
        }
        around
    }

    /// Choices by payment in the order in which they are tried.
    fn order(&self, tied: bool, done: &[bool]) -> Vec<(usize, usize)> {
        let mut order = Vec::new();
        for (at, of) in self.choices.iter().enumerate().filter(|(at, _)| !done[*at]) {
            let best = of.some.iter().map(|c| c.score).fold(f64::MIN, f64::max);
            let equal = |c: &Choice| best - c.score < EQUAL;
            let together: f64 = of.some.iter().filter(|c| equal(c)).map(|c| c.believed).sum();
            let tries = |c: &Choice| if tied { equal(c) && c.believed < LEAST && together >= LIKELY } else { c.believed >= LEAST };
            order.extend(of.some.iter().enumerate().filter(|(_, c)| tries(c)).map(|(c, _)| (at, c)));
        }
        let age = |(at, c): &(usize, usize)| {
            let (doc, pay) = (&self.all.docs[self.choices[*at].some[*c].uses[0].doc as usize], &self.all.pays[self.pays[*at] as usize]);
            (doc.day, pay.day, doc.digits.len(), doc.digits.as_str(), doc.rank, pay.rank, *c)
        };
        let believed = |(at, c): &(usize, usize)| if tied { 0.0 } else { self.choices[*at].some[*c].believed };
        order.sort_by(|a, b| believed(b).total_cmp(&believed(a)).then_with(|| age(a).cmp(&age(b))));
        order
    }

    fn chosen(&self, at: usize, c: usize, takers: &[Vec<usize>]) -> Chosen {
        let (of, choice) = (&self.choices[at], &self.choices[at].some[c]);
        let tie = of.some.iter().enumerate().any(|(o, other)| o != c && (other.score - choice.score).abs() < EQUAL);
        let class = Class::of(self.all, of, choice, || self.around(at, choice, takers));
        let confirmed = choice.confirmed();
        let chance = if confirmed { 1.0 } else { self.weights.calibrated(&class.name(), choice.believed) };
        Chosen { pay: self.pays[at], believed: choice.believed, choice: choice.clone(), class, chance, tie: tie && !confirmed, confirmed }
    }
}

/// Do they want one document?
fn meet(a: &Choice, b: &Choice) -> bool {
    a.uses.iter().any(|u| b.uses.iter().any(|v| v.doc == u.doc))
}

/// A payment this sure of its choice is not held against sums; a document this likely taken is in none.
const SURE: f64 = 0.9;
const FREE: f64 = 0.05;
/// Scores this close are equal.
const EQUAL: f64 = 1e-9;
/// Equal choices that are at least this likely together are shown as a tie.
const LIKELY: f64 = 0.5;

/// What refunds of one charge take back, in their order: all of its uses once all is given back, else their share of
/// them, the newest document first. Never more than the charge settled.
pub(crate) fn given_back(charge: &Chosen, paid: i64, refunded: &[i64]) -> Vec<Vec<Use>> {
    let total: i64 = charge.choice.uses.iter().map(|u| u.amount).fold(0, i64::saturating_add);
    let mut left: Vec<Use> = charge.choice.uses.to_vec();
    let (mut given, mut taken) = (0_i64, 0_i64);
    let mut all = Vec::new();
    for amount in refunded {
        given = given.saturating_add(*amount).min(paid);
        // In the documents' currency, halves up.
        let share = (i128::from(total) * i128::from(given) * 2 + i128::from(paid)) / (i128::from(paid.max(1)) * 2);
        let mut due = i64::try_from(share).unwrap_or(total).min(total) - taken;
        taken += due;
        let mut uses = Vec::new();
        for u in left.iter_mut().rev().filter(|u| u.amount > 0) {
            let back = due.min(u.amount);
            if back > 0 {
                uses.push(Use { doc: u.doc, amount: -back });
                u.amount -= back;
                due -= back;
            }
        }
        all.push(uses);
    }
    all
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
