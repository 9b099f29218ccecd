//! Links of customers: each of Stripe's with the one of the ledger that it most likely is.

use super::Engine;
use super::papers::{CONFIRMED, pair_of};
use crate::customers;
use crate::link::{Link, Method, Rival, Unlinked};
use crate::pairing::{self, EQUAL, SHOWN};
use crate::payments::in_parallel;
use crate::row::{Kind, Row};

/// The class of all links between customers, in the calibration.
pub(crate) const CUSTOMERS: &str = "customer";

impl Engine {
    /// Each customer of Stripe with the one of the ledger that it most likely is, unless it more likely is none.
    pub(super) fn link_customers(&self, payers: impl Iterator<Item = u32>) -> (Vec<Link>, Vec<Unlinked>) {
        let payers: Vec<u32> = payers.filter(|&p| self.payments.all.payer_rows[p as usize].is_some()).collect();
        let made = in_parallel(payers.len(), |i| {
            let found = self.customers_of(payers[i]);
            let best = self.best_customer(payers[i], &found);
            (best.and_then(|at| self.customer_link(payers[i], &found, at)), found.len())
        });
        let looked_at = self.customers();
        let (mut links, mut unlinked) = (Vec::new(), Vec::new());
        for (&payer, (link, compared)) in payers.iter().zip(made) {
            let left = || self.payments.all.payer_rows[payer as usize].map(|row| self.rows[row as usize].id.clone());
            match (link, left()) {
                (Some(link), _) => links.push(link),
                (None, Some(left)) => unlinked.push(Unlinked { left, kind: Kind::Customer, looked_at, compared, not_searched: 0 }),
                (None, None) => {}
            }
        }
        (links, unlinked)
    }

    /// Which of those it may be is proposed: the first that is open, if it is likelier than nobody.
    pub(super) fn best_customer(&self, payer: u32, found: &[(&Row, f64, f64)]) -> Option<usize> {
        let all = &self.payments.all;
        let closed = all.payer_rows[payer as usize].is_some_and(|row| self.rows[row as usize].closed);
        let first = found.iter().position(|(right, ..)| !right.closed && !closed)?;
        (found[first].1 > all.likely[payer as usize].nobody || found[first].2 >= CONFIRMED).then_some(first)
    }

    /// How many customers the ledger has.
    pub(super) fn customers(&self) -> usize {
        self.payments.all.customer_rows.iter().flatten().count()
    }

    /// All that a payer may be, best first; a confirmed one before all.
    pub(super) fn customer_candidates(&self, payer: u32) -> Vec<Link> {
        let found = self.customers_of(payer);
        (0..found.len()).filter_map(|at| self.customer_link(payer, &found, at)).collect()
    }

    /// Customers of the ledger with their chances and scores.
    pub(super) fn customers_of(&self, payer: u32) -> Vec<(&Row, f64, f64)> {
        let all = &self.payments.all;
        let Some(left) = all.payer_rows[payer as usize].map(|row| &self.rows[row as usize]) else { return Vec::new() };
        let likely = &all.likely[payer as usize].likely;
        let known = likely.iter().filter_map(|l| Some((&self.rows[all.customer_rows[l.customer as usize]? as usize], l.chance, l.score)));
        let mut found: Vec<(&Row, f64, f64)> = known.filter(|(right, ..)| !self.rules.declined.contains(&pair_of(left, right))).collect();
        for right in self.confirmed_with(left).map(|at| &self.rows[at as usize]).filter(|r| r.kind == Kind::Customer) {
            found.retain(|(r, ..)| r.id != right.id);
            found.insert(0, (right, 1.0, CONFIRMED));
        }
        found
    }

    fn customer_link(&self, payer: u32, found: &[(&Row, f64, f64)], at: usize) -> Option<Link> {
        let left = &self.rows[self.payments.all.payer_rows[payer as usize]? as usize];
        let (right, chance, score) = *found.get(at)?;
        let evidence = customers::evidence(left, right);
        let method = if score >= CONFIRMED { Method::Confirmed } else { customers::method(&evidence) };
        let equal = |other: f64| (other - score).abs() < EQUAL;
        let as_likely = found.iter().filter(|(.., s)| equal(*s)).count();
        let calibrated = |chance, s| self.weights.shared(CUSTOMERS, chance, if equal(s) { as_likely } else { 1 });
        let others = found.iter().filter(|(r, ..)| r.id != right.id).take(SHOWN);
        let rivals: Vec<Rival> =
            others.map(|(r, chance, s)| Rival { right: r.id.clone(), chance: calibrated(*chance, *s), equal: equal(*s) }).collect();
        let tie = method != Method::Confirmed && rivals.iter().any(|r| r.equal);
        let chance = if method == Method::Confirmed { chance } else { calibrated(chance, score) };
        Some(Link { chance, tie, rivals, ..pairing::alone(left, right, evidence, method, self.versions()) })
    }
}

/// Two customers that are surely one party.
pub(super) fn is_sure(link: &Link) -> bool {
    link.kind == Kind::Customer && (link.exact() || link.method == Method::Confirmed)
}
