//! Who is linked with whom, without the evidence: what a file of links needs, at a fraction of the cost.

use super::Engine;
use crate::payments::in_parallel;
use crate::row::{Kind, RowId, Side};

/// A link by the positions of its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outline {
    pub left: u32,
    pub right: u32,
    /// Minor units of the right row's currency.
    pub amount: i64,
    pub chance: f64,
}

impl Engine {
    pub(crate) fn id(&self, at: u32) -> &RowId {
        &self.rows[at as usize].id
    }

    /// The customer that a right row names.
    pub(crate) fn customer_id(&self, at: u32) -> Option<&RowId> {
        self.rows[at as usize].party.id.as_ref()
    }

    /// All links but those of customers, in the order in which the rows came in.
    pub(crate) fn outlines(&self) -> Vec<Outline> {
        let made = in_parallel(self.payments.chosen.len(), |p| self.outline(p as u32));
        let mut all: Vec<Outline> = made.into_iter().flatten().collect();
        for left in self.papers.lefts() {
            let chosen = [Kind::Invoice, Kind::Credit].into_iter().find_map(|kind| self.papers.of(kind)?.chosen.get(&left));
            if let Some(link) = chosen.and_then(|chosen| self.paper_candidates(left).into_iter().find(|l| l.right == *self.id(chosen.right)))
                && let Some(right) = self.rows.at(Side::Right, &link.right)
            {
                all.push(Outline { left, right, amount: link.amount.minor(), chance: link.chance });
            }
        }
        all.sort_unstable_by_key(|link| (link.left, link.right));
        all
    }

    fn outline(&self, p: u32) -> Vec<Outline> {
        let Some(chosen) = &self.payments.chosen[p as usize] else { return Vec::new() };
        let (all, left) = (&self.payments.all, self.payments.all.pays[p as usize].row);
        let of = |left: u32, doc: u32, amount: i64| Outline { left, right: all.docs[doc as usize].row, amount, chance: chosen.chance };
        let mut links: Vec<Outline> = chosen.choice.uses.iter().map(|u| of(left, u.doc, u.amount)).collect();
        let refunds = self.refunds(self.id(left));
        for (refund, uses) in refunds.iter().zip(self.given_back(chosen, &refunds)) {
            if let Some(refund) = self.rows.at(Side::Left, &refund.id) {
                links.extend(uses.iter().map(|u| of(refund, u.doc, u.amount)));
            }
        }
        links
    }

    /// Each customer of Stripe with its customer of the ledger, if it has one, and the chance; in the order in
    /// which they came in.
    pub(crate) fn customer_outlines(&self) -> Vec<(&RowId, Option<(&RowId, f64)>)> {
        let payers: Vec<(u32, u32)> = (0..).zip(&self.payments.all.payer_rows).filter_map(|(payer, row)| Some((payer, (*row)?))).collect();
        let mut all = in_parallel(payers.len(), |i| {
            let (payer, row) = payers[i];
            let found = self.customers_of(payer);
            let best = self.best_customer(payer, &found).map(|at| (&found[at].0.id, found[at].1));
            (row, best)
        });
        all.sort_unstable_by_key(|(row, _)| *row);
        all.into_iter().map(|(row, best)| (self.id(row), best)).collect()
    }
}
