//! One payment for several documents: those that it names, or whose open amounts add up to it.

use super::choice::{Choice, Seen, Use, Uses};
use super::options::{Maker, NEAREST, Read, code, month, order, plan, said};
use super::prepare::{Doc, Pay};
use crate::level::Level;
use crate::reading::misspelt;

impl Maker<'_> {
    /// Several documents that the payment names and whose open amounts add up to it.
    pub(super) fn named_together(&self, seen: &Read) -> Option<Choice> {
        for named in [&seen.field, &seen.text] {
            let mut docs: Vec<u32> = named.iter().copied().filter(|&d| self.all.docs[d as usize].currency == seen.pay.currency).collect();
            docs.sort_unstable_by_key(|&d| self.age(d));
            docs.dedup();
            if docs.len() >= 2 && docs.iter().map(|&d| self.all.docs[d as usize].open).sum::<i64>() == seen.pay.amount {
                return Some(self.together(seen, docs, Level::SumNeighbours));
            }
        }
        None
    }

    /// A choice of several documents; `gaps` says how they lie among those that are open.
    fn together(&self, seen: &Read, docs: Vec<u32>, gaps: Level) -> Choice {
        let pay = seen.pay;
        let get = |d: &u32| &self.all.docs[*d as usize];
        let newest = docs.iter().max_by_key(|d| self.age(**d)).map_or(0, |d| *d);
        let size = [Level::Sum2, Level::Sum3, Level::Sum4, Level::Sum5][docs.len().clamp(2, 5) - 2];
        let is_named = |d: &&u32| seen.text.contains(d) || seen.field.contains(d);
        let named = docs.iter().filter(is_named).count();
        let near = docs.iter().filter(|d| !is_named(d) && pay.text.numbers.iter().any(|n| misspelt(n, &get(d).digits))).count();
        let newest = get(&newest);
        let mut levels: Seen = [size, self.payer(seen, newest), code(seen, newest), said(seen, newest)].into_iter().collect();
        levels.push(match named {
            n if n == docs.len() => Level::SumNamed,
            n if n + near >= docs.len() => Level::SumNear,
            0 if pay.text.numbers.is_empty() => Level::TextMissing,
            0 if seen.text.is_empty() => Level::TextNothing,
            0 => Level::TextOther,
            _ => Level::SumSomeNamed,
        });
        if named < docs.len() {
            levels.push(gaps);
        }
        let best = |level: fn(&Pay, &Doc) -> Level| docs.iter().map(|d| level(pay, get(d))).min().unwrap_or(Level::MonthMissing);
        levels.extend([best(month), best(plan)]);
        levels.push(docs.iter().map(|d| order(seen, get(d))).min().unwrap_or(Level::OrderMissing));
        levels.push(match pay.day - newest.day {
            ..=7 => Level::SumNewest,
            8..=12 => Level::SumSoon,
            13..=35 => Level::SumRecent,
            _ => Level::SumOld,
        });
        let uses = Uses::of(docs.iter().map(|&doc| Use { doc, amount: get(&doc).open }).collect());
        Choice::new(uses, levels, self.sum(&levels))
    }

    /// The customers among whose documents sums are sought.
    pub(super) fn summed(&self, seen: &Read) -> Vec<u32> {
        let likely = &self.all.likely[seen.pay.payer as usize].likely;
        // Each customer looked at here ties payments together that must be settled together: only the likely ones.
        let mut customers: Vec<u32> = likely.first().filter(|l| l.chance >= 0.3).map(|l| l.customer).into_iter().collect();
        if let [only] = seen.codes[..] {
            customers.push(only);
        }
        if let ([only], true) = (&seen.said[..], customers.is_empty()) {
            customers.push(*only);
        }
        customers.sort_unstable();
        customers.dedup();
        customers.truncate(SUM_CUSTOMERS);
        customers
    }

    /// Documents of the likeliest customer whose open amounts add up to the payment. `free` says which are likely not
    /// settled otherwise. Bounded: the newest documents, few at a time, a number of steps.
    pub fn sums(&self, p: u32, free: impl Fn(u32) -> bool) -> Vec<Choice> {
        let seen = self.read(p);
        let pay = seen.pay;
        let mut found = Vec::new();
        for customer in self.summed(&seen) {
            let own = &self.all.by_customer[customer as usize];
            let to = own.partition_point(|&d| self.all.docs[d as usize].day <= pay.day + SUM_AHEAD);
            let fits = |d: &&u32| may_be_part(pay, &self.all.docs[**d as usize]) && free(**d);
            let mut docs: Vec<u32> = own[..to].iter().rev().take(NEAREST).filter(fits).take(SUM_AMONG).copied().collect();
            docs.reverse();
            let opens: Vec<i64> = docs.iter().map(|&d| self.all.docs[d as usize].open).collect();
            for set in sets(&opens, pay.amount) {
                let left_out = set[set.len() - 1] - set[0] + 1 - set.len();
                let gaps = [Level::SumNeighbours, Level::SumGap1, Level::SumGaps][left_out.min(2)];
                let sum = self.together(&seen, set.iter().map(|&i| docs[i]).collect(), gaps);
                found.push(Choice { sought: true, ..sum });
            }
        }
        found.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| a.uses.iter().map(|u| self.age(u.doc)).cmp(b.uses.iter().map(|u| self.age(u.doc))))
        });
        found.truncate(SUMS_KEPT);
        found
    }
}

/// May a document be one of several that a payment settles?
pub(super) fn may_be_part(pay: &Pay, doc: &Doc) -> bool {
    doc.currency == pay.currency && doc.open < pay.amount && (-SUM_AHEAD..=SUM_BACK).contains(&(pay.day - doc.day))
}

/// Documents dated this many days after the payment may still be in a sum; this many days before, no more.
const SUM_AHEAD: i32 = 1;
const SUM_BACK: i32 = 150;
/// Customers and documents among which sums are sought, and how many sums are kept.
const SUM_CUSTOMERS: usize = 3;
const SUM_AMONG: usize = 18;
const SUMS_KEPT: usize = 12;
/// Steps of the search for one sum.
const STEPS: usize = 20_000;

/// Sets of 2 to 5 positions whose values add up exactly, smaller sets and newer positions first, in a bounded number of steps.
fn sets(values: &[i64], target: i64) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for size in 2..=5 {
        Search { values, steps: 0, found: &mut found }.go(values.len(), target, size, &mut Vec::new());
    }
    found
}

struct Search<'a> {
    values: &'a [i64],
    steps: usize,
    found: &'a mut Vec<Vec<usize>>,
}

impl Search<'_> {
    fn go(&mut self, below: usize, left: i64, size: usize, set: &mut Vec<usize>) {
        if size == 0 {
            if left == 0 {
                self.found.push(set.iter().rev().copied().collect());
            }
            return;
        }
        for at in (0..below).rev() {
            self.steps += 1;
            if self.steps > STEPS || self.found.len() >= 4 * SUMS_KEPT {
                return;
            }
            if self.values[at] <= left {
                set.push(at);
                self.go(at, left - self.values[at], size - 1, set);
                set.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_and_bounded() {
        assert_eq!(sets(&[100, 250, 300, 50], 350), [vec![2, 3], vec![0, 1]]);
        assert!(sets(&[1; 18], 1_000).is_empty());
        assert!(sets(&[5400; 18], 5400 * 3).len() <= 4 * SUMS_KEPT);
    }
}
