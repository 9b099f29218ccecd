//! Payments that compete for documents with each other, and with no others: how likely each choice is among them, and
//! which are made.

use std::collections::BTreeMap;

use super::belief::{Asked, Beliefs, beliefs};
use super::choice::{Choice, Choices, Use, docs_of};
use super::class::{Around, Class};
use super::prepare::Prepared;
use super::{Chosen, LEAST};
use crate::pairing::{EQUAL, SAME};
use crate::weights::Weights;

/// A payment this sure of its choice is not held against sums; a document this likely taken is in none.
const SURE: f64 = 0.9;
const FREE: f64 = 0.05;
/// Chances are put in order by steps of this size: below it they differ by the order of arithmetic alone.
const STEP: f64 = 1e-4;
/// Equal choices that are at least this likely together are shown as a tie.
const LIKELY: f64 = 0.5;

pub(super) struct Group<'a> {
    all: &'a Prepared,
    pays: &'a [u32],
    /// What each may settle, and the odds of nothing.
    asked: Vec<Asked<'a>>,
    /// The documents in it, sorted by position.
    docs: Vec<u32>,
}

/// A payment that may settle a sum, and the documents that are free to be in it if it takes no other.
pub(super) struct Unsure {
    pub pay: u32,
    pub own: Vec<u32>,
}

impl<'a> Group<'a> {
    pub fn new(all: &'a Prepared, made: &'a [Choices], pays: &'a [u32], options: impl Fn(&Choices) -> &[Choice]) -> Self {
        let asked = |p: &u32| {
            let of = &made[*p as usize];
            (options(of), of.nothing_score, of.yields)
        };
        let asked: Vec<Asked> = pays.iter().map(asked).collect();
        let mut docs: Vec<u32> = asked.iter().flat_map(|(some, ..)| docs_of(some)).collect();
        docs.sort_unstable();
        docs.dedup();
        Self { all, pays, asked, docs }
    }

    pub fn believe(&self) -> Beliefs {
        let open: Vec<i64> = self.docs.iter().map(|&d| self.all.docs[d as usize].open).collect();
        beliefs(&self.asked, &self.docs, &open)
    }

    /// What was believed before.
    pub fn believed(&self) -> Vec<Vec<f64>> {
        self.asked.iter().map(|(some, ..)| some.iter().map(|c| c.believed).collect()).collect()
    }

    /// Is one of the choices a sum that was sought?
    pub fn has_sought(&self) -> bool {
        self.asked.iter().any(|(some, ..)| some.last().is_some_and(|c| c.sought))
    }

    /// Each document, and whether it is likely left free.
    pub fn free(&self, beliefs: &Beliefs) -> Vec<(u32, bool)> {
        self.docs.iter().zip(&beliefs.free).map(|(doc, free)| (*doc, *free >= FREE)).collect()
    }

    pub fn unsure(&self, beliefs: &Beliefs) -> Vec<Unsure> {
        let each = self.pays.iter().zip(&self.asked).zip(&beliefs.chances);
        let unsure = each.filter(|((_, (some, ..)), chances)| !some.iter().zip(*chances).any(|(c, chance)| *chance >= SURE && c.fits()));
        let unsure = unsure.map(|((&pay, (some, ..)), chances)| {
            let uses = |c: &Choice, doc: u32| c.uses.iter().any(|u| u.doc == doc);
            let wanted = |doc: u32| some.iter().zip(chances).filter(|(c, _)| uses(c, doc)).map(|(_, chance)| chance).sum::<f64>();
            let left = |doc: u32| beliefs.free[self.place(doc)];
            // What it wants alone may be part of a sum as well.
            let own = docs_of(some).filter(|&doc| left(doc) < FREE && left(doc) + wanted(doc) >= FREE).collect();
            Unsure { pay, own }
        });
        unsure.collect()
    }

    fn place(&self, doc: u32) -> usize {
        self.docs.binary_search(&doc).unwrap_or_default()
    }

    /// The likeliest choices first, as long as their documents are open; equal ones oldest first. Then the ties that are
    /// likely together though none is alone. Last, who names a document of which others left at least half of what it pays gets
    /// that, and the rest of it is over; or what is over is so for one that came later.
    pub fn choose(&self, chances: &[Vec<f64>], weights: &Weights) -> Vec<Chosen> {
        let mut left: Vec<i64> = self.docs.iter().map(|&d| self.all.docs[d as usize].open).collect();
        let mut done = vec![false; self.pays.len()];
        let mut taken = Vec::new();
        let mut takers = vec![Vec::new(); self.docs.len()];
        for tied in [false, true] {
            for (at, c) in self.order(chances, tied, &done) {
                let choice = &self.asked[at].0[c];
                if done[at] || !choice.uses.iter().all(|u| left[self.place(u.doc)] >= u.amount) {
                    continue;
                }
                done[at] = true;
                for u in choice.uses.iter() {
                    left[self.place(u.doc)] -= u.amount;
                    takers[self.place(u.doc)].push(at);
                }
                taken.push((at, c));
            }
        }
        let mut less = BTreeMap::new();
        for (at, c) in self.order(chances, false, &done) {
            let [used] = self.asked[at].0[c].uses[..] else { continue };
            let over = used.amount - left[self.place(used.doc)];
            if !done[at] && over > 0 && self.bears(at, c, used.doc, over).is_some() {
                done[at] = true;
                left[self.place(used.doc)] = 0;
                takers[self.place(used.doc)].push(at);
                taken.push((at, c));
                let bears = taken.iter().filter_map(|&(at, c)| Some((self.came(at, c), at, self.bears(at, c, used.doc, over)?)));
                less.extend(bears.max_by(|a, b| a.0.cmp(&b.0)).map(|(_, at, used)| (at, used)));
            }
        }
        let made = |(at, c): (usize, usize)| {
            let made = self.chosen(at, c, &chances[at], &takers, weights);
            if let Some(used) = less.get(&at) { made.with(*used) } else { made }
        };
        taken.into_iter().map(made).collect()
    }

    /// What a payment that names a document gets of it where so much is over: at least half of what it pays.
    fn bears(&self, at: usize, c: usize, doc: u32, over: i64) -> Option<Use> {
        let choice = &self.asked[at].0[c];
        match choice.uses[..] {
            [used] if used.doc == doc && choice.named() && over <= used.amount / 2 => Some(Use { amount: used.amount - over, ..used }),
            _ => None,
        }
    }

    /// The order of payments of one document: what is confirmed, what stayed, then by date.
    fn came(&self, at: usize, c: usize) -> impl Ord + '_ {
        let (some, _, yields) = self.asked[at];
        (!some[c].confirmed(), yields, self.all.pays[self.pays[at] as usize].age())
    }

    /// Choices by payment in the order in which they are tried.
    fn order(&self, chances: &[Vec<f64>], tied: bool, done: &[bool]) -> Vec<(usize, usize)> {
        let mut order = Vec::new();
        for (at, ((some, ..), chances)) in self.asked.iter().zip(chances).enumerate().filter(|(at, _)| !done[*at]) {
            let best = some.iter().map(|c| c.score).fold(f64::MIN, f64::max);
            let equal = |c: &Choice| best - c.score < EQUAL;
            let each = || some.iter().zip(chances);
            let together: f64 = each().filter(|(c, _)| equal(c)).map(|(_, chance)| chance).sum();
            let tries = |c: &Choice, chance: f64| if tied { equal(c) && chance < LEAST && together >= LIKELY } else { chance >= LEAST };
            order.extend(each().enumerate().filter(|(_, (c, chance))| tries(c, **chance)).map(|(c, _)| (at, c)));
        }
        let age = |(at, c): &(usize, usize)| {
            let (choice, pay) = (&self.asked[*at].0[*c], &self.all.pays[self.pays[*at] as usize]);
            let doc = &self.all.docs[choice.uses[0].doc as usize];
            (self.all.span(choice), doc.day, pay.day, &doc.rank, &pay.rank, *c)
        };
        let believed = |(at, c): &(usize, usize)| if tied { 0 } else { (chances[*at][*c] / STEP).round() as i64 };
        order.sort_by(|a, b| believed(b).cmp(&believed(a)).then_with(|| age(a).cmp(&age(b))));
        order
    }

    /// `takers` are those that take each document.
    fn chosen(&self, at: usize, c: usize, chances: &[f64], takers: &[Vec<usize>], weights: &Weights) -> Chosen {
        let some = self.asked[at].0;
        let (choice, believed) = (&some[c], chances[c]);
        let equal = |o: &usize| *o != c && (some[*o].score - choice.score).abs() < EQUAL;
        let tie = (0..some.len()).any(|o| equal(&o));
        let as_likely = (0..some.len()).filter(equal).filter(|o| (chances[*o] - believed).abs() < SAME).count();
        let class = Class::of(self.all, some, choice, || self.around(at, choice, takers));
        let confirmed = choice.confirmed();
        let chance = if confirmed { 1.0 } else { weights.shared(&class.name(), believed, 1 + as_likely) };
        let choice = Choice { believed, ..choice.clone() };
        Chosen { pay: self.pays[at], believed, choice, class, chance, tie: tie && !confirmed, confirmed }
    }

    fn around(&self, at: usize, choice: &Choice, takers: &[Vec<usize>]) -> Around {
        let mut around = Around::default();
        for other in self.asked[at].0.iter().filter(|other| !meet(other, choice)) {
            let takers_of = |u: &Use| self.docs.binary_search(&u.doc).map_or(&[][..], |doc| &takers[doc]);
            let mut takers = other.uses.iter().flat_map(takers_of).peekable();
            if takers.peek().is_none() {
                around.free = true;
            } else if takers.any(|q| self.asked[*q].0.iter().any(|theirs| meet(theirs, choice))) {
                around.exchanges = (around.exchanges + 1).min(Around::MOST);
            }
        }
        around
    }
}

/// Do they want one document?
fn meet(a: &Choice, b: &Choice) -> bool {
    a.uses.iter().any(|u| b.uses.iter().any(|v| v.doc == u.doc))
}
