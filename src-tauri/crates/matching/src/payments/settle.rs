//! Settling: how likely payments take what they found, before and after it is known how late customers pay; which sums may
//! be made of what they likely leave; and what each takes when all of that competes.
//!
//! Payments are looked at in groups: those that want a document that others want, and these. What is in no group with a
//! changed payment, before or after, stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::Touched;
use super::choice::{Choice, Choices, docs_of};
use super::group::{Group, Unsure};
use super::habit::{self, Lags, Said};
use super::lists::Changing;
use super::options::Maker;
use super::{Chosen, FEW, Payments, in_parallel, spread};
use crate::weights::Weights;

/// Groups at once: what they find waits in memory.
const AT_ONCE: usize = 8192;
/// Payments in them that are worth starting a thread.
const MANY: usize = 512;

/// What a payment might settle and what it settled, before it is looked at anew.
type Before = BTreeMap<u32, (Vec<Choice>, Option<Chosen>)>;

/// What comes of what the payments of some groups found.
#[derive(Default)]
struct Looked {
    groups: Vec<Vec<u32>>,
    /// By group: those that may settle a sum instead.
    unsure: Vec<Vec<Unsure>>,
    /// Documents that are otherwise free than before, as often as that was found.
    turned: Vec<u32>,
}

impl Payments {
    pub fn settle_all(&mut self, weights: &Weights) {
        let maker = Maker { all: &self.all, weights, learning: false, decided: &self.decided };
        self.made = in_parallel(self.all.pays.len(), |p| maker.choices(p as u32));
        let customers = self.all.by_customer.len();
        self.considering = Changing::new(customers, listed(&self.made, |of| of.considered.iter().copied()));
        self.touching = Changing::new(customers, listed(&self.made, |of| of.touched.iter().copied()));
        self.wanting = self.list_wanting();
        self.free = vec![true; self.all.docs.len()];
        self.usual = vec![None; customers];
        self.lags = Lags::new(weights);
        self.chosen = self.made.iter().map(|_| None).collect();
        let all = 0..self.made.len() as u32;
        let mut looked = self.believe(self.groups(all.clone(), Choices::found), true);
        self.find_habits((0..customers as u32).collect());
        self.tell_habits(&mut looked, weights);
        self.seek_sums(&looked, weights);
        drop(looked);
        self.wanting = self.list_wanting();
        self.choose(&self.groups(all, |of| &of.some), |_| true, weights);
    }

    fn list_wanting(&self) -> Changing {
        Changing::new(self.all.docs.len(), listed(&self.made, |of| docs_of(&of.some)))
    }

    /// Looks at what was touched anew, and at all that competes with it before or after. Gives the payments whose links may
    /// differ.
    pub fn refresh(&mut self, touched: &mut Touched, weights: &Weights) -> BTreeSet<u32> {
        self.all.refresh_payers(touched, weights);
        let mut dirty = std::mem::take(&mut touched.pays);
        let mut anew = dirty.clone();
        for &c in &touched.customers {
            dirty.extend(self.considering.of(c));
        }
        for &c in &touched.known {
            // Whoever is unknown is held against each customer whose documents it may settle.
            let unknown = |p: &&u32| self.all.likely[self.all.pays[**p as usize].payer as usize].chance(c).is_none();
            dirty.extend(self.considering.of(c).iter().filter(unknown));
        }
        let (left, heard) = self.choices_anew(&dirty, touched, &mut anew, weights);
        for &c in &touched.customers {
            anew.extend(self.touching.of(c));
        }
        dirty.extend(self.settle_anew(anew, &left, heard, weights));
        for &c in &touched.known {
            dirty.extend(self.touching.of(c).iter().filter(|p| self.settles(**p, c)));
        }
        dirty
    }

    /// What these may settle now. Those for which that is otherwise are settled `anew`; gives the documents that they wanted,
    /// and the customers of whose habits they spoke.
    fn choices_anew(
        &mut self,
        pays: &BTreeSet<u32>,
        touched: &Touched,
        anew: &mut BTreeSet<u32>,
        weights: &Weights,
    ) -> (BTreeSet<u32>, BTreeSet<u32>) {
        self.made.resize_with(self.all.pays.len(), Choices::default);
        self.chosen.resize_with(self.all.pays.len(), || None);
        self.free.resize(self.all.docs.len(), true);
        self.usual.resize(self.all.by_customer.len(), None);
        let pays: Vec<u32> = pays.iter().copied().collect();
        let maker = Maker { all: &self.all, weights, learning: false, decided: &self.decided };
        let made = spread(pays.len(), FEW, |i| if self.all.pays[pays[i] as usize].gone { Choices::default() } else { maker.choices(pays[i]) });
        let (mut left, mut heard) = (BTreeSet::new(), BTreeSet::new());
        for (p, mut new) in pays.into_iter().zip(made) {
            let old = &mut self.made[p as usize];
            self.considering.relist(p, &old.considered, &new.considered);
            self.touching.relist(p, &old.touched, &new.touched);
            if !touched.otherwise.contains(&p) && old.is_like(&new) {
                new.some = std::mem::take(&mut old.some);
            } else {
                let docs = old.docs();
                heard.extend(docs.iter().map(|d| self.all.docs[*d as usize].customer).chain(old.touched.iter().copied()));
                self.wanting.relist(p, &docs, &new.docs());
                left.extend(docs);
                self.chosen[p as usize] = None;
                anew.insert(p);
            }
            *old = new;
        }
        (left, heard)
    }

    /// Settles these anew, and all that compete with them or did when some wanted the documents that they `left` and spoke of
    /// the customers that are `heard` of. Gives those for which anything changed.
    fn settle_anew(&mut self, mut anew: BTreeSet<u32>, left: &BTreeSet<u32>, mut heard: BTreeSet<u32>, weights: &Weights) -> BTreeSet<u32> {
        let mut before = Before::new();
        anew.extend(left.iter().flat_map(|doc| self.wanting.of(*doc)));
        let mut looked = self.look_again(anew, &mut before, weights);
        for (&p, (was, _)) in &before {
            let (old, new): (Vec<Said>, Vec<Said>) = (self.said(p, was), self.said(p, &self.made[p as usize].some));
            if old != new {
                heard.extend(old.iter().chain(&new).map(|said| said.customer));
            }
        }
        let otherwise = self.find_habits(heard.into_iter().collect());
        let speaks = |p: &u32, customer: u32| self.said(*p, self.made[*p as usize].found()).iter().any(|said| said.customer == customer);
        let others = otherwise.iter().flat_map(|&c| self.touching.of(c).iter().filter(move |p| speaks(p, c)));
        let others = others.copied().filter(|p| !before.contains_key(p)).collect();
        looked.add(self.look_again(others, &mut before, weights));
        self.tell_habits(&mut looked, weights);
        for &doc in left {
            let wanted = self.wanting.of(doc).iter().any(|p| docs_of(self.made[*p as usize].found()).any(|d| d == doc));
            if !wanted && !std::mem::replace(&mut self.free[doc as usize], true) {
                looked.turned.push(doc);
            }
        }
        let others = looked.turned().flat_map(|doc| self.summing(doc)).filter(|p| !before.contains_key(p)).collect();
        let mut others = self.look_again(others, &mut before, weights);
        self.tell_habits(&mut others, weights);
        looked.add(others);
        self.seek_sums(&looked, weights);
        let fresh: BTreeSet<u32> = before.keys().copied().collect();
        let mut seeds = fresh.clone();
        for (&p, (some, _)) in &before {
            let (old, new): (Vec<u32>, Vec<u32>) = (docs_of(some).collect(), self.made[p as usize].docs());
            self.wanting.relist(p, &old, &new);
            seeds.extend(old.iter().filter(|doc| !new.contains(doc)).flat_map(|doc| self.wanting.of(*doc)));
        }
        let groups = self.groups(seeds, |of| &of.some);
        for &p in groups.iter().flatten() {
            self.remember(p, &mut before);
        }
        self.choose(&groups, |p| fresh.contains(&p), weights);
        let same = |p: usize, some: &[Choice], chosen: &Option<Chosen>| self.made[p].some == some && self.chosen[p] == *chosen;
        before.into_iter().filter(|(p, (some, chosen))| !same(*p as usize, some, chosen)).map(|(p, _)| p).collect()
    }

    /// How likely these, and those in a group with them, take what they found; habits and sums are forgotten.
    fn look_again(&mut self, pays: BTreeSet<u32>, before: &mut Before, weights: &Weights) -> Looked {
        let groups = self.groups(pays, Choices::found);
        for &p in groups.iter().flatten() {
            self.remember(p, before);
            let of = &mut self.made[p as usize];
            of.some.truncate(of.found().len());
            of.some.iter_mut().for_each(|choice| choice.forget(weights));
        }
        self.believe(groups, true)
    }

    fn remember(&self, p: u32, before: &mut Before) {
        before.entry(p).or_insert_with(|| (self.made[p as usize].some.clone(), self.chosen[p as usize].clone()));
    }

    fn said(&self, p: u32, some: &[Choice]) -> Vec<Said> {
        habit::said(&self.all, p, some).collect()
    }

    /// Finds how late these customers usually pay; gives those of which that is otherwise than before.
    fn find_habits(&mut self, mut customers: Vec<u32>) -> Vec<u32> {
        let usual = spread(customers.len(), FEW, |i| {
            let mut pays = self.touching.of(customers[i]).to_vec();
            pays.sort_unstable_by_key(|&p| self.all.pays[p as usize].age());
            let said = pays.iter().flat_map(|&p| habit::said(&self.all, p, self.made[p as usize].found()));
            self.lags.usual(&said.filter(|said| said.customer == customers[i]).collect::<Vec<_>>())
        });
        let mut usual = usual.into_iter();
        customers.retain(|&c| usual.next().is_some_and(|usual| std::mem::replace(&mut self.usual[c as usize], usual) != usual));
        customers
    }

    /// Tells the choices how late customers usually pay, and looks again at the groups in which that says something.
    fn tell_habits(&mut self, looked: &mut Looked, weights: &Weights) {
        let mut told = Vec::new();
        for (g, group) in looked.groups.iter().enumerate() {
            let tell = |p: &&u32| habit::tell(&self.all, weights, &self.usual, &mut self.made[**p as usize].some);
            if group.iter().filter(tell).count() > 0 {
                told.push(g);
            }
        }
        let again = self.believe(told.iter().map(|g| looked.groups[*g].clone()).collect(), false);
        looked.turned.extend(again.turned);
        for (g, unsure) in told.into_iter().zip(again.unsure) {
            looked.unsure[g] = unsure;
        }
    }

    /// Payments to whose sums it may matter whether a document is free.
    fn summing(&self, doc: u32) -> impl Iterator<Item = u32> + '_ {
        let of = &self.all.docs[doc as usize];
        self.touching.of(of.customer).iter().copied().filter(move |p| self.all.pays[*p as usize].may_sum(of))
    }

    /// Sets the chances of what payments found, `first` of all or once habits are known.
    fn believe(&mut self, groups: Vec<Vec<u32>>, first: bool) -> Looked {
        let mut looked = Looked::default();
        for groups in groups.chunks(AT_ONCE) {
            let believed = spread(groups.len(), worth(groups), |g| {
                let group = Group::new(&self.all, &self.made, &groups[g], Choices::found);
                let beliefs = group.believe();
                (group.unsure(&beliefs), group.free(&beliefs), beliefs.chances)
            });
            for (group, (unsure, free, chances)) in groups.iter().zip(believed) {
                looked.unsure.push(unsure);
                for (doc, free) in free {
                    if std::mem::replace(&mut self.free[doc as usize], free) != free {
                        looked.turned.push(doc);
                    }
                }
                self.set_believed(group, chances);
                if first {
                    group.iter().for_each(|p| self.made[*p as usize].some.iter_mut().for_each(|c| c.first = c.believed as f32));
                }
            }
        }
        Looked { groups, ..looked }
    }

    /// Adds to what payments found the sums of documents that are likely left free.
    fn seek_sums(&mut self, looked: &Looked, weights: &Weights) {
        let unsure: Vec<&Unsure> = looked.unsure.iter().flatten().collect();
        let maker = Maker { all: &self.all, weights, learning: false, decided: &self.decided };
        let sought = in_parallel(unsure.len(), |i| {
            let Unsure { pay, own } = unsure[i];
            if self.decided.yes.contains_key(pay) {
                return Vec::new();
            }
            let mut sums = maker.sums(*pay, |doc| self.free[doc as usize] || own.contains(&doc));
            let declined = |s: &Choice| self.decided.no.get(pay).is_some_and(|no| s.uses.iter().any(|u| no.contains(&u.doc)));
            sums.retain(|s| !declined(s) && !self.made[*pay as usize].some.iter().any(|c| c.uses == s.uses));
            sums
        });
        for (of, sums) in unsure.iter().zip(sought) {
            self.made[of.pay as usize].some.extend(sums);
        }
    }

    /// Sets what each payment takes. What is believed of `fresh` ones holds as long as no sum competes with it.
    fn choose(&mut self, groups: &[Vec<u32>], fresh: impl Fn(u32) -> bool + Sync, weights: &Weights) {
        for groups in groups.chunks(AT_ONCE) {
            let settled = spread(groups.len(), worth(groups), |g| {
                let group = Group::new(&self.all, &self.made, &groups[g], |of| &of.some);
                let known = !group.has_sought() && groups[g].iter().all(|p| fresh(*p));
                let chances = if known { group.believed() } else { group.believe().chances };
                let chosen = group.choose(&chances, weights);
                (chances, chosen)
            });
            for (group, (chances, chosen)) in groups.iter().zip(settled) {
                self.set_believed(group, chances);
                group.iter().for_each(|p| self.chosen[*p as usize] = None);
                for one in chosen {
                    let p = one.pay as usize;
                    self.chosen[p] = Some(one);
                }
            }
        }
    }

    fn set_believed(&mut self, group: &[u32], chances: Vec<Vec<f64>>) {
        for (p, chances) in group.iter().zip(chances) {
            self.made[*p as usize].some.iter_mut().zip(chances).for_each(|(choice, chance)| choice.believed = chance);
        }
    }

    /// These payments with those that compete with them, directly or by way of others, for documents in such options: those of
    /// one customer's documents together and oldest first.
    pub(super) fn groups(&self, seeds: impl IntoIterator<Item = u32>, options: impl Fn(&Choices) -> &[Choice]) -> Vec<Vec<u32>> {
        let wanted = |p: u32| docs_of(options(&self.made[p as usize]));
        let (mut seen_pays, mut seen_docs) = (vec![false; self.made.len()], vec![false; self.all.docs.len()]);
        let (mut groups, mut todo) = (Vec::new(), Vec::new());
        for seed in seeds.into_iter().filter(|p| !self.made[*p as usize].touched.is_empty()) {
            let mut group = Vec::new();
            todo.push(seed);
            while let Some(p) = todo.pop() {
                if std::mem::replace(&mut seen_pays[p as usize], true) {
                    continue;
                }
                group.push(p);
                for doc in wanted(p) {
                    if !std::mem::replace(&mut seen_docs[doc as usize], true) {
                        todo.extend(self.wanting.of(doc).iter().filter(|q| !seen_pays[**q as usize] && wanted(**q).any(|other| other == doc)));
                    }
                }
            }
            if !group.is_empty() {
                group.sort_by_cached_key(|&p| {
                    let customer = self.made[p as usize].touched.iter().map(|c| self.all.customers.rank(*c).0).min();
                    (customer, self.all.pays[p as usize].age())
                });
                groups.push(group);
            }
        }
        groups
    }
}

impl Looked {
    fn add(&mut self, other: Self) {
        self.groups.extend(other.groups);
        self.unsure.extend(other.unsure);
        self.turned.extend(other.turned);
    }

    /// Documents that are otherwise free in the end.
    fn turned(&mut self) -> impl Iterator<Item = u32> + '_ {
        self.turned.sort_unstable();
        self.turned.chunk_by(|a, b| a == b).filter(|times| times.len() % 2 == 1).map(|times| times[0])
    }
}

/// Payments by what is said of each.
fn listed<'a, I: Iterator<Item = u32> + Clone + 'a>(
    made: &'a [Choices],
    of: impl Fn(&'a Choices) -> I + Copy + 'a,
) -> impl Iterator<Item = (u32, u32)> + Clone + 'a {
    made.iter().enumerate().flat_map(move |(p, choices)| of(choices).map(move |list| (list, p as u32)))
}

/// How many groups are worth starting a thread.
fn worth(groups: &[Vec<u32>]) -> usize {
    if groups.iter().map(Vec::len).sum::<usize>() < MANY { usize::MAX } else { 2 }
}
