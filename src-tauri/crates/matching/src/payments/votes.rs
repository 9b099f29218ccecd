//! Whom a payer's payments point at.

use super::prepare::{Pay, Prepared, RARE, amount_key};

/// Customers that a payer's payments may point at.
const VOTES: usize = 6;
/// Payments of one payer that are asked for whom they point at.
const VOTERS: usize = 400;

impl Prepared {
    /// Whom a payer's payments point at: whose invoices they name, and whose rare amounts several of them have. One amount
    /// is no vote: the payment that has it would tell who pays it.
    pub(super) fn votes(&self, payer: u32) -> (Box<[u32]>, Box<[u32]>) {
        let (mut named, mut amounts) = (Vec::new(), Vec::new());
        for &p in self.by_payer[payer as usize].iter().take(VOTERS) {
            let pay = &self.pays[p as usize];
            let docs = self.named_by_field(pay).chain(self.named_by_text(pay)).chain(self.ordered(pay));
            named.extend(docs.map(|d| self.docs[d as usize].customer));
            named.extend(self.customers.numbered(pay.text.customer_number));
            let near = |d: &u32| (-10..=100).contains(&(pay.day - self.docs[*d as usize].day));
            let amount = amount_key(pay.currency, pay.amount);
            amounts.extend(self.by_amount.few(amount, RARE).filter(near).map(|d| (self.docs[d as usize].customer, amount)));
        }
        amounts.sort_unstable();
        amounts.dedup();
        let several = amounts.chunk_by(|a, b| a.0 == b.0).filter(|of_one| of_one.len() > 1);
        let mut amounts: Vec<u32> = several.map(|of_one| of_one[0].0).collect();
        for votes in [&mut named, &mut amounts] {
            votes.sort_unstable_by_key(|&c| self.customers.rank(c));
            votes.dedup();
            votes.truncate(VOTES);
        }
        (named.into(), amounts.into())
    }

    /// Do other payments of its payer point at a customer?
    pub fn others_point_at(&self, pay: &Pay, customer: u32) -> bool {
        let others = self.by_payer[pay.payer as usize].iter().take(VOTERS).map(|&q| &self.pays[q as usize]).filter(|q| q.row != pay.row);
        let points = |q: &Pay| {
            let named = self.named_by_field(q).chain(self.named_by_text(q)).chain(self.ordered(q));
            let docs = named.chain(self.by_amount.few(amount_key(q.currency, q.amount), RARE));
            docs.map(|d| self.docs[d as usize].customer).chain(self.customers.numbered(q.text.customer_number)).any(|c| c == customer)
        };
        others.into_iter().any(points)
    }
}
