//! One payment for several documents: those that it names, or whose open amounts add up to it.

use money::Currency;

use super::choice::{Choice, Seen, Use, Uses};
use super::options::{LITTLE_SHORT_OF_NAMED, Maker, NEAREST, Read, code, month, nearly_paid, order, plan, rate, said};
use super::prepare::{Doc, Pay, Prepared};
use crate::level::Level;
use crate::reading::misspelt;

impl Maker<'_> {
    /// Several documents that the payment names and whose open amounts add up to it: all of them, or else some, or else all
    /// nearly; in another currency all, and nearly.
    pub(super) fn named_together(&self, p: u32, seen: &mut Read) -> Vec<Choice> {
        let declined = |d: &u32| self.decided.no.get(&p).is_some_and(|no| no.contains(d));
        for named in [seen.field.clone(), seen.text.clone()] {
            let currency_of = |d: &u32| self.all.docs[*d as usize].currency;
            let Some(first) = named.first().map(currency_of) else { continue };
            let own = seen.pay.currency;
            let currency = if named.iter().any(|d| currency_of(d) == own) { own } else { first };
            let mut docs: Vec<u32> = named.into_iter().filter(|d| currency_of(d) == currency && !declined(d)).collect();
            docs.sort_unstable_by_key(|&d| self.all.docs[d as usize].age());
            docs.dedup();
            let sums = match docs.len() {
                ..2 => Vec::new(),
                _ if currency == own => self.adding_up(seen, &docs),
                _ => self.worth_it(seen, docs, currency).into_iter().collect(),
            };
            if !sums.is_empty() {
                return sums;
            }
        }
        Vec::new()
    }

    /// All of these named documents if they add up to the payment, or else all sums of some of them that do, or else all of
    /// them if they nearly do. What one document alone is takes no sum.
    fn adding_up(&self, seen: &Read, docs: &[u32]) -> Vec<Choice> {
        let (opens, paid) = (self.opens(docs), seen.pay.amount);
        let exact = match opens.iter().sum::<i64>() {
            _ if opens.contains(&paid) => return Vec::new(),
            open if open == paid => vec![(0..docs.len()).collect()],
            _ if docs.len() <= NAMED => sets(&opens, paid),
            _ => Vec::new(),
        };
        if exact.is_empty() {
            return self.nearly_together(seen, docs, &opens).into_iter().collect();
        }
        exact.iter().map(|set| self.together(seen, set.iter().map(|&i| docs[i]).collect(), Level::SumNeighbours)).collect()
    }

    /// All of these, of which some cents, a rounding or a discount are missing, or a little is over: the newest gets less.
    fn nearly_together(&self, seen: &Read, docs: &[u32], opens: &[i64]) -> Option<Choice> {
        let (open, paid) = (opens.iter().sum::<i64>(), seen.pay.amount);
        let level = nearly_paid(paid, open, LITTLE_SHORT_OF_NAMED)?;
        // Where one of them is no more than what is off, it may as well not be among those that are paid.
        opens.iter().min().filter(|least| (open - paid).abs() < **least / 2)?;
        let mut sum = self.together(seen, docs.to_vec(), Level::SumNeighbours);
        if let (Uses::Many(uses), true) = (&mut sum.uses, paid < open)
            && let Some(newest) = uses.last_mut()
        {
            newest.amount -= open - paid;
        }
        Some(self.with_level(sum, level))
    }

    /// All of these if the payment is worth about as much in their currency.
    fn worth_it(&self, seen: &mut Read, docs: Vec<u32>, currency: Currency) -> Option<Choice> {
        let level = rate(self.converted(seen, currency)?, self.opens(&docs).iter().sum())?;
        Some(self.with_level(self.together(seen, docs, Level::SumNeighbours), level))
    }

    /// The sum with one more level of evidence.
    fn with_level(&self, mut sum: Choice, level: Level) -> Choice {
        sum.levels.push(level);
        Choice { score: self.sum(&sum.levels), ..sum }
    }

    fn opens(&self, docs: &[u32]) -> Vec<i64> {
        docs.iter().map(|&d| self.all.docs[d as usize].open).collect()
    }

    /// A choice of several documents; `gaps` says how they lie among those that are open.
    fn together(&self, seen: &Read, docs: Vec<u32>, gaps: Level) -> Choice {
        let pay = seen.pay;
        let get = |d: &u32| &self.all.docs[*d as usize];
        let newest = docs.iter().max_by_key(|d| self.all.docs[**d as usize].age()).map_or(0, |d| *d);
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
        let mut customers: Vec<u32> = likely.iter().take(SUM_CUSTOMERS).filter(|l| l.chance >= 0.3).map(|l| l.customer).collect();
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

    /// Documents of the likeliest customer whose open amounts add up to the payment: all that is open up to some day, however
    /// many, and few of the newest. `free` says which are likely not settled otherwise.
    pub fn sums(&self, p: u32, free: impl Fn(u32) -> bool) -> Vec<Choice> {
        let seen = self.read(p);
        let pay = seen.pay;
        let mut found = Vec::new();
        for customer in self.summed(&seen) {
            let own = self.until(pay, customer);
            let balance = self.balance(pay, own, &free).map(|docs| self.together(&seen, docs, Level::SumNeighbours));
            let few = own.iter().rev().take(NEAREST).filter(|&&d| pay.is_near(&self.all.docs[d as usize]) && free(d));
            let mut docs: Vec<u32> = few.take(SUM_AMONG).copied().collect();
            docs.reverse();
            for set in sets(&self.opens(&docs), pay.amount) {
                let left_out = set[set.len() - 1] - set[0] + 1 - set.len();
                let gaps = [Level::SumNeighbours, Level::SumGap1, Level::SumGaps][left_out.min(2)];
                let sum = self.together(&seen, set.iter().map(|&i| docs[i]).collect(), gaps);
                found.extend(Some(sum).filter(|sum| balance.as_ref().is_none_or(|balance| balance.uses != sum.uses)));
            }
            found.extend(balance);
        }
        // Of equal ones those that lie nearest together, then the oldest.
        let ages = |c: &Choice| (self.all.span(c), c.uses.iter().map(|u| self.all.docs[u.doc as usize].age()).collect::<Vec<_>>());
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| ages(a).cmp(&ages(b))));
        found.truncate(SUMS_KEPT);
        found.into_iter().map(|sum| Choice { sought: true, ..sum }).collect()
    }

    /// Documents that might be in a sum but that no sum is sought among.
    pub fn not_summed(&self, p: u32) -> usize {
        let seen = self.read(p);
        let left_out = self.summed(&seen).into_iter().map(|customer| {
            let nearest = || self.until(seen.pay, customer).iter().rev().take(NEAREST).map(|&d| &self.all.docs[d as usize]);
            let near = nearest().filter(|doc| seen.pay.is_near(doc)).count();
            nearest().filter(|doc| seen.pay.may_sum(doc)).count() - near.min(SUM_AMONG)
        });
        left_out.sum()
    }

    /// A customer's documents that were there when the payment came, oldest first.
    fn until(&self, pay: &Pay, customer: u32) -> &[u32] {
        let own = &self.all.by_customer[customer as usize];
        &own[..own.partition_point(|&d| self.all.docs[d as usize].day <= pay.day + SUM_AHEAD)]
    }

    /// All that is open of some documents up to a day, if that is what was paid; what alone is more than it stays aside.
    fn balance(&self, pay: &Pay, own: &[u32], free: impl Fn(u32) -> bool) -> Option<Vec<u32>> {
        let (mut docs, mut left) = (Vec::new(), pay.amount);
        for &d in own.iter().take(BALANCE) {
            let doc = &self.all.docs[d as usize];
            if pay.may_sum(doc) && free(d) {
                left -= doc.open;
                docs.push(d);
                if left <= 0 {
                    break;
                }
            }
        }
        (left == 0 && docs.len() > 1).then_some(docs)
    }
}

impl Prepared {
    /// Days between the oldest and the newest document of a choice.
    pub fn span(&self, choice: &Choice) -> i32 {
        let day = |u: Option<&Use>| u.map_or(0, |u| self.docs[u.doc as usize].day);
        day(choice.uses.last()) - day(choice.uses.first())
    }
}

impl Pay {
    /// May a document be one of several that it settles? And one of few?
    pub fn may_sum(&self, doc: &Doc) -> bool {
        doc.currency == self.currency && doc.open < self.amount && doc.day <= self.day + SUM_AHEAD
    }

    fn is_near(&self, doc: &Doc) -> bool {
        self.may_sum(doc) && self.day - doc.day <= SUM_BACK
    }
}

/// Documents dated this many days after the payment may still be in a sum; this many days before, no more.
const SUM_AHEAD: i32 = 1;
const SUM_BACK: i32 = 150;
/// Customers and documents among which sums are sought, and how many sums are kept.
const SUM_CUSTOMERS: usize = 3;
const SUM_AMONG: usize = 18;
const SUMS_KEPT: usize = 12;
/// Of more documents that a payment names only all together are tried.
const NAMED: usize = 6;
/// The oldest documents that may be in a balance.
const BALANCE: usize = 1_000;
/// Sums of each number of documents that are found, from both ends; and steps of the search for them.
const SUMS_FOUND: usize = 24;
const STEPS: usize = 20_000;

/// Sets of 2 to 5 positions whose values add up exactly, smaller sets first, in a bounded number of steps. Of many of one
/// size those of the newest positions, and those of the oldest.
fn sets(values: &[i64], target: i64) -> Vec<Vec<usize>> {
    let each = (2..=5).flat_map(|size| {
        let mut search = Search { values, steps: 0, found: Vec::new(), passed: 0 };
        search.go(values.len(), target, size, &mut Vec::new());
        search.found
    });
    each.collect()
}

struct Search<'a> {
    values: &'a [i64],
    steps: usize,
    found: Vec<Vec<usize>>,
    /// Found beyond those that are kept; each takes the place of one before.
    passed: usize,
}

impl Search<'_> {
    fn go(&mut self, below: usize, left: i64, size: usize, set: &mut Vec<usize>) {
        if size == 0 {
            if left == 0 {
                self.keep(set.iter().rev().copied().collect());
            }
            return;
        }
        for at in (0..below).rev() {
            self.steps += 1;
            if self.steps > STEPS {
                return;
            }
            if self.values[at] <= left {
                set.push(at);
                self.go(at, left - self.values[at], size - 1, set);
                set.pop();
            }
        }
    }

    fn keep(&mut self, set: Vec<usize>) {
        const HALF: usize = SUMS_FOUND / 2;
        if self.found.len() < SUMS_FOUND {
            self.found.push(set);
        } else {
            self.found[HALF + self.passed % HALF] = set;
            self.passed += 1;
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
        let many = sets(&[5400; 18], 5400 * 3);
        assert_eq!(many.len(), SUMS_FOUND);
        assert!(many.contains(&vec![15, 16, 17]) && many.contains(&vec![0, 1, 2]), "the newest and the oldest");
        // Many sums of two keep none of three from being found.
        assert!(sets(&[[50; 14].as_slice(), &[30, 30, 40]].concat(), 100).contains(&vec![14, 15, 16]));
    }
}
