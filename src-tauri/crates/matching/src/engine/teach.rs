//! What the decisions of a book teach, and what a rule would have done.

use std::collections::BTreeMap;

use super::Engine;
use crate::link::Link;
use crate::payments::prepare::taught;
use crate::row::{Kind, RowId, Side};
use crate::rules::{Learned, Rules, Taught};

/// Confirmed payments that make a rule.
const TEACH: u32 = 2;
/// A payer this likely needs no rule.
const KNOWN: f64 = 0.9;

/// What would have been with other rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// Links that there would be, and those that would not.
    pub gained: Vec<Link>,
    pub lost: Vec<Link>,
}

impl Engine {
    /// Rules that the confirmed payments teach and that are not there yet: who pays for whom, where the names do not say so.
    /// A payer that was confirmed for two customers teaches nothing.
    pub fn lessons(&self) -> Vec<Learned> {
        let mut seen: BTreeMap<Taught, BTreeMap<RowId, u32>> = BTreeMap::new();
        for pair in &self.rules.confirmed {
            let (Some(left), Some(right)) = (self.row(Side::Left, &pair.left), self.row(Side::Right, &pair.right)) else { continue };
            if left.kind == Kind::Charge
                && let Some(customer) = &right.party.id
            {
                *seen.entry(taught(left)).or_default().entry(customer.clone()).or_insert(0) += 1;
            }
        }
        let next = self.rules.learned.iter().map(|r| r.id).max().unwrap_or(0) + 1;
        let new = seen.into_iter().filter_map(|(payer, customers)| {
            let mut customers = customers.into_iter();
            let (pays_for, seen) = customers.next().filter(|(_, seen)| *seen >= TEACH)?;
            let alone = customers.next().is_none();
            let there = self.rules.learned.iter().any(|r| r.payer == payer);
            (alone && !there && !self.is_known(&payer, &pays_for)).then_some((payer, pays_for, seen))
        });
        new.zip(next..).map(|((payer, pays_for, seen), id)| Learned { id, on: true, payer, pays_for, seen }).collect()
    }

    /// Matches the same rows under other rules and says what differs. Costs a full run.
    pub fn replay(&self, rules: Rules) -> Replay {
        let rows = self.rows.live().map(|at| self.rows[at as usize].clone()).collect();
        let other = Engine::new(rows, rules, self.weights.clone());
        let not_in = |links: &[Link], link: &Link| super::find(links, &link.left, &link.right).is_none_or(|l| l.amount != link.amount);
        Replay {
            gained: other.links().iter().filter(|l| not_in(self.links(), l)).cloned().collect(),
            lost: self.links().iter().filter(|l| not_in(other.links(), l)).cloned().collect(),
        }
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
