//! What the decisions of a book teach, and what a rule would have done.

use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use crate::level::Level;
use crate::link::{Link, Method};
use crate::row::{Kind, Pair, RowId, Side};
use crate::rules::{Learned, Lessons, Rules, Shift, Taught};

/// Confirmed payments that make a rule.
const TEACH: u32 = 2;
/// Decided pairs with a kind of evidence below which nothing is said of it.
const LESSON: u32 = 5;
/// A payer this likely needs no rule.
const KNOWN: f64 = 0.9;

/// What would have been with other rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// Links that there would be, and those that would not.
    pub gained: Vec<Link>,
    pub lost: Vec<Link>,
    /// All links as they are, and as they would be, had nobody decided anything; and those that each rule would make.
    pub before: Tally,
    pub after: Tally,
    pub by_rule: BTreeMap<u32, Tally>,
}

/// Links held against what people decided; about the rest of `made` nobody did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub made: usize,
    pub right: usize,
    pub wrong: usize,
}

impl Engine {
    /// Rules that the confirmed payments teach and that are not there yet: who pays for whom, where the names do not say so.
    /// A payer that was confirmed for two customers, or declined for this one, teaches nothing.
    pub fn new_rules(&self) -> Vec<Learned> {
        let mut seen: BTreeMap<Taught, BTreeMap<RowId, u32>> = BTreeMap::new();
        for (payer, customer) in self.rules.confirmed.iter().filter_map(|pair| self.paid_for(pair)) {
            *seen.entry(payer).or_default().entry(customer).or_insert(0) += 1;
        }
        let refused: BTreeSet<(Taught, RowId)> = self.rules.declined.iter().filter_map(|pair| self.paid_for(pair)).collect();
        let next = self.rules.learned.iter().map(|r| r.id).max().unwrap_or(0) + 1;
        let new = seen.into_iter().filter_map(|(payer, customers)| {
            let mut customers = customers.into_iter();
            let (pays_for, seen) = customers.next().filter(|(_, seen)| *seen >= TEACH)?;
            let alone = customers.next().is_none() && !refused.contains(&(payer.clone(), pays_for.clone()));
            let there = self.rules.learned.iter().any(|r| r.payer == payer);
            (alone && !there && !self.is_known(&payer, &pays_for)).then_some((payer, pays_for, seen))
        });
        new.zip(next..).map(|((payer, pays_for, seen), id)| Learned { id, on: true, payer, pays_for, seen }).collect()
    }

    /// What the decisions say of the evidence: of each kind, how often it was right against how often it was to be expected.
    /// What a pair lacks teaches nothing, nor do left rows that `teaches` denies. Costs a full run.
    pub fn lessons(&self, teaches: impl Fn(&RowId) -> bool) -> Lessons {
        let undecided = self.with(Rules { lessons: Lessons::default(), ..self.rules.undecided() });
        let mut seen: BTreeMap<Level, (u32, u32, f64)> = BTreeMap::new();
        let lefts: BTreeSet<&RowId> =
            self.rules.confirmed.iter().chain(&self.rules.declined).map(|pair| &pair.left).filter(|left| teaches(left)).collect();
        for left in lefts {
            let answered = self.rules.confirmed.iter().any(|pair| &pair.left == left);
            for link in undecided.candidates(left) {
                let (yes, no) = (self.rules.confirmed.contains(&link.pair()), self.rules.declined.contains(&link.pair()));
                // Who says which one it is says of all others that they are not.
                let (true, Some(l), Some(r)) = (yes || no || answered, undecided.row(Side::Left, left), undecided.row(Side::Right, &link.right))
                else {
                    continue;
                };
                for level in undecided.levels(l, r, &link).into_iter().filter(|level| !level.is_missing()) {
                    let of = seen.entry(level).or_default();
                    *of = (of.0 + 1, of.1 + u32::from(yes), of.2 + link.chance);
                }
            }
        }
        let enough = seen.into_iter().filter(|(_, (decided, ..))| *decided >= LESSON);
        let shifts = enough.filter_map(|(level, (decided, confirmed, expected))| Shift::new(level.name(), decided, confirmed, expected));
        Lessons { on: true, shifts: shifts.collect() }
    }

    /// Matches the same rows under other rules and says what differs, and how right either is by what people decided. Costs
    /// three full runs.
    pub fn replay(&self, rules: Rules) -> Replay {
        let (before, after) = (self.with(self.rules.undecided()), self.with(rules.undecided()));
        let other = self.with(rules);
        let not_in = |links: &[Link], link: &Link| super::find(links, &link.left, &link.right).is_none_or(|l| l.amount != link.amount);
        let mut by_rule: BTreeMap<u32, Tally> = BTreeMap::new();
        for link in after.links() {
            if let Method::Learned { rule } = link.method {
                self.count(link, by_rule.entry(rule).or_default());
            }
        }
        Replay {
            gained: other.links().iter().filter(|l| not_in(self.links(), l)).cloned().collect(),
            lost: self.links().iter().filter(|l| not_in(other.links(), l)).cloned().collect(),
            before: self.tally(before.links()),
            after: self.tally(after.links()),
            by_rule,
        }
    }

    fn with(&self, rules: Rules) -> Engine {
        let rows = self.rows.live().map(|at| self.rows[at as usize].clone()).collect();
        Engine::new(rows, rules, self.given.clone())
    }

    fn tally(&self, links: &[Link]) -> Tally {
        let mut tally = Tally::default();
        links.iter().for_each(|link| self.count(link, &mut tally));
        tally
    }

    fn count(&self, link: &Link, tally: &mut Tally) {
        let pair = link.pair();
        let first = Pair::new(link.left.clone(), "");
        let answered = self.rules.confirmed.range(first..).next().is_some_and(|p| p.left == link.left);
        let right = self.rules.confirmed.contains(&pair);
        tally.made += 1;
        tally.right += usize::from(right);
        tally.wrong += usize::from(!right && (answered || self.rules.declined.contains(&pair)));
    }

    /// The payer and the customer of a pair of payment and document.
    fn paid_for(&self, pair: &Pair) -> Option<(Taught, RowId)> {
        let (left, right) = (self.row(Side::Left, &pair.left)?, self.row(Side::Right, &pair.right)?);
        let customer = right.party.id.clone().filter(|_| left.kind == Kind::Charge)?;
        Some((Taught::of(left), customer))
    }

    fn is_known(&self, payer: &Taught, customer: &RowId) -> bool {
        let all = &self.payments.all;
        let same_payer = |p: &usize| match payer {
            Taught::Customer { id } => all.payer_rows[*p].is_some_and(|row| &self.rows[row as usize].id == id),
            Taught::Name { name } => all.payers[*p].guest && all.payers[*p].who.sorted == crate::who::Who::named(name).sorted,
        };
        let same = |c: u32| all.customer_rows[c as usize].is_some_and(|row| &self.rows[row as usize].id == customer);
        let used = |p: &usize| all.payer_rows[*p].is_some() || !all.by_payer[*p].is_empty();
        let mut payers = (0..all.payers.len()).filter(used).filter(same_payer).peekable();
        payers.peek().is_some() && payers.all(|p| all.likely[p].likely.iter().any(|l| same(l.customer) && l.chance >= KNOWN))
    }
}
