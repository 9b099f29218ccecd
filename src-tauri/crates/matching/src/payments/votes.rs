//! Whom a payer's payments point at.

use std::collections::BTreeSet;

use money::Money;

use super::prepare::{Pay, Prepared, RARE, amount_key};
use crate::parties::Votes;

/// Customers that a payer's payments may point at.
const VOTES: usize = 6;
/// A payment is about an amount when this many times the difference is no more than that; or when it is a half, a third or a
/// fourth of it.
const ABOUT: i64 = 33;
const SHARES: i64 = 4;
/// Payments of one payer that are asked for whom they point at.
const VOTERS: usize = 400;

impl Prepared {
    /// Whom a payer's payments point at: whose invoices they name, and whose rare amounts several of them have. One amount
    /// is no vote: the payment that has it would tell who pays it.
    pub(super) fn votes(&self, payer: u32) -> Votes {
        let (mut named, mut once, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
        for &p in self.by_payer[payer as usize].iter().take(VOTERS) {
            let pay = &self.pays[p as usize];
            let docs: BTreeSet<u32> = self.named_by(pay).collect();
            let customers: BTreeSet<u32> = docs.iter().map(|&d| self.docs[d as usize].customer).collect();
            once.extend(customers.iter().copied().filter(|c| self.pays_about(pay, &docs, *c)));
            named.extend(customers);
            // A customer's own number is no number of something else.
            let numbered: Vec<u32> = self.customers.numbered(pay.text.customer_number).collect();
            named.extend(numbered.iter().chain(&numbered));
            let near = |d: &u32| (-10..=100).contains(&(pay.day - self.docs[*d as usize].day));
            let amount = amount_key(pay.currency, pay.amount);
            amounts.extend(self.by_amount.few(amount, RARE).filter(near).map(|d| (self.docs[d as usize].customer, amount)));
        }
        // A number alone may be that of something else; of two payments it is none.
        named.sort_unstable();
        let mut named: Vec<u32> = named.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
        once.retain(|customer| !named.contains(customer));
        amounts.sort_unstable();
        amounts.dedup();
        let several = amounts.chunk_by(|a, b| a.0 == b.0).filter(|of_one| of_one.len() > 1);
        let mut amounts: Vec<u32> = several.map(|of_one| of_one[0].0).collect();
        for votes in [&mut named, &mut once, &mut amounts] {
            votes.sort_unstable_by_key(|&c| self.customers.rank(c));
            votes.dedup();
            votes.truncate(VOTES);
        }
        Votes { named: named.into(), once: once.into(), amounts: amounts.into() }
    }

    /// The documents that a payment names, wherever.
    fn named_by<'a>(&'a self, pay: &'a Pay) -> impl Iterator<Item = u32> + 'a {
        self.named_by_field(pay).chain(self.named_by_text(pay)).chain(self.ordered(pay))
    }

    /// Is a payment about what those of these documents are worth that are a customer's, all or a plain share?
    fn pays_about(&self, pay: &Pay, docs: &BTreeSet<u32>, customer: u32) -> bool {
        let own = || docs.iter().map(|&d| &self.docs[d as usize]).filter(|doc| doc.customer == customer);
        let worth = match own().next_back().map(|doc| doc.currency) {
            Some(currency) if currency == pay.currency => Some(pay.amount),
            Some(currency) => self.converted(pay, currency).map(Money::minor),
            None => None,
        };
        let (Some(worth), open) = (worth, own().map(|doc| doc.open).fold(0, i64::saturating_add)) else { return false };
        let off = |share: i64| (worth.saturating_mul(share) - open).abs();
        off(1).saturating_mul(ABOUT) <= open || (2..=SHARES).any(|share| off(share) <= share)
    }

    /// Do other payments of its payer point at a customer?
    pub fn others_point_at(&self, pay: &Pay, customer: u32) -> bool {
        let others = self.by_payer[pay.payer as usize].iter().take(VOTERS).map(|&q| &self.pays[q as usize]).filter(|q| q.row != pay.row);
        let points = |q: &Pay| {
            let docs = self.named_by(q).chain(self.by_amount.few(amount_key(q.currency, q.amount), RARE));
            docs.map(|d| self.docs[d as usize].customer).chain(self.customers.numbered(q.text.customer_number)).any(|c| c == customer)
        };
        others.into_iter().any(points)
    }
}
