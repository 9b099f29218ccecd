//! Links of papers: Stripe's invoices and credit notes with the ledger's documents, one to one; and of customers.

use std::collections::{BTreeMap, BTreeSet};

use super::{Engine, linked_customers};
use crate::link::{Link, Method, Rival, Unlinked};
use crate::pairing::{self, Judged, SHOWN};
use crate::payments::in_parallel;
use crate::row::{Kind, Pair, Row, RowId, Side};
use crate::{customers, documents};

/// Odds that nothing outweighs, and still a finite number.
const CONFIRMED: f64 = 50.0;

#[derive(Default)]
pub(super) struct Paired {
    pub links: Vec<Link>,
    pub compared: BTreeMap<RowId, Vec<Link>>,
    pub unlinked: Vec<Unlinked>,
}

/// What earlier links tell of papers: whose customers are one party, and which document an invoice has.
pub(super) struct Known<'a> {
    customers: BTreeSet<Pair>,
    documents: BTreeMap<&'a RowId, &'a RowId>,
}

impl<'a> Known<'a> {
    pub fn of(links: &'a [Link]) -> Self {
        let invoices = links.iter().filter(|l| l.kind == Kind::Invoice);
        Self { customers: linked_customers(links), documents: invoices.map(|l| (&l.left, &l.right)).collect() }
    }
}

impl Engine {
    /// Invoices first: a credit takes back one of them.
    pub(super) fn link_papers(&self, customers: &[Link]) -> Paired {
        let mut all = Paired::default();
        self.pair_papers(Kind::Invoice, Kind::Document, &Known::of(customers), &mut all);
        let invoices = all.links.clone();
        let known = Known { documents: Known::of(&invoices).documents, ..Known::of(customers) };
        self.pair_papers(Kind::Credit, Kind::Credit, &known, &mut all);
        all
    }

    fn pair_papers(&self, left: Kind, right: Kind, known: &Known, all: &mut Paired) {
        if self.of(Side::Left, left).next().is_none() {
            return;
        }
        let index = documents::Index::new(self.of(Side::Right, right).map(|row| (row, self.party(row))));
        let looked_at = self.of(Side::Right, right).count();
        let (mut pairs, mut lefts) = (Vec::new(), Vec::new());
        for left in self.of(Side::Left, left) {
            let (mut rights, not_searched) = index.candidates(left, self.party(left));
            rights.extend(self.confirmed_with(left).filter(|r| r.kind == right));
            rights.sort_by(|a, b| a.id.cmp(&b.id));
            rights.dedup_by(|a, b| a.id == b.id);
            lefts.push(Unlinked { left: left.id.clone(), kind: left.kind, looked_at, compared: rights.len(), not_searched });
            let open = rights.into_iter().filter(|right| !self.rules.declined.contains(&pair_of(left, right)));
            pairs.extend(open.map(|right| self.judge_paper(left, right, known)));
        }
        let (mut links, compared) = pairing::assign(pairs);
        for link in links.iter_mut().filter(|l| l.method == Method::Confirmed) {
            (link.chance, link.tie) = (1.0, false);
        }
        for link in compared {
            all.compared.entry(link.left.clone()).or_default().push(link);
        }
        for left in &lefts {
            all.compared.entry(left.left.clone()).or_default();
        }
        let linked: BTreeSet<&RowId> = links.iter().map(|l| &l.left).collect();
        all.unlinked.extend(lefts.iter().filter(|l| !linked.contains(&l.left)).cloned());
        all.links.extend(links);
    }

    pub(super) fn judge_paper<'a>(&'a self, left: &'a Row, right: &'a Row, known: &Known) -> Judged<'a> {
        let linked = match (&left.party.id, &right.party.id) {
            (Some(l), Some(r)) => known.customers.contains(&Pair { left: l.clone(), right: r.clone() }),
            _ => false,
        };
        let credited = left.refund_of.as_ref().and_then(|invoice| known.documents.get(invoice)).and_then(|id| self.row(Side::Right, id));
        let evidence = documents::evidence(left, right, (self.party(left), self.party(right)), linked, credited);
        let method = documents::method(&evidence);
        let confirmed = self.rules.confirmed.contains(&pair_of(left, right));
        let score = if confirmed { CONFIRMED } else { self.weights.prior() + self.weights.odds(&evidence).iter().sum::<f64>() };
        let method = if confirmed { Method::Confirmed } else { method };
        Judged { left, right, score, link: pairing::alone(left, right, evidence, method, self.versions()) }
    }

    fn confirmed_with(&self, left: &Row) -> impl Iterator<Item = &Row> {
        let from = Pair::new(left.id.clone(), "");
        let left = left.id.clone();
        self.rules.confirmed.range(from..).take_while(move |p| p.left == left).filter_map(|p| self.row(Side::Right, &p.right))
    }

    /// Each customer of Stripe with the one of the ledger that it most likely is, unless it more likely is none.
    pub(super) fn link_customers(&self, payers: impl Iterator<Item = u32>) -> (Vec<Link>, Vec<Unlinked>) {
        let payers: Vec<u32> = payers.filter(|&p| self.payments.all.payer_rows[p as usize].is_some()).collect();
        let made = in_parallel(payers.len(), |i| {
            let found = self.customers_of(payers[i]);
            let nobody = self.payments.all.likely[payers[i] as usize].1;
            let left_closed = self.payments.all.payer_rows[payers[i] as usize].is_some_and(|row| self.rows[row as usize].closed);
            let first = found.iter().position(|(right, ..)| !right.closed && !left_closed);
            let first = first.filter(|&at| found[at].1 > nobody || found[at].2 >= CONFIRMED);
            (first.and_then(|at| self.customer_link(payers[i], &found, at)), found.len())
        });
        let looked_at = self.payments.all.customer_rows.iter().flatten().count();
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

    /// All that a payer may be, best first; a confirmed one before all.
    pub(super) fn customer_candidates(&self, payer: u32) -> Vec<Link> {
        let found = self.customers_of(payer);
        (0..found.len()).filter_map(|at| self.customer_link(payer, &found, at)).collect()
    }

    /// Customers of the ledger with their chances and scores.
    fn customers_of(&self, payer: u32) -> Vec<(&Row, f64, f64)> {
        let all = &self.payments.all;
        let Some(left) = all.payer_rows[payer as usize].map(|row| &self.rows[row as usize]) else { return Vec::new() };
        let likely = &all.likely[payer as usize].0;
        let known = likely.iter().filter_map(|l| Some((&self.rows[all.customer_rows[l.customer as usize]? as usize], l.chance, l.score)));
        let mut found: Vec<(&Row, f64, f64)> = known.filter(|(right, ..)| !self.rules.declined.contains(&pair_of(left, right))).collect();
        for right in self.confirmed_with(left).filter(|r| r.kind == Kind::Customer) {
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
        let others = found.iter().filter(|(r, ..)| r.id != right.id).take(SHOWN);
        let rivals: Vec<Rival> =
            others.map(|(r, chance, s)| Rival { right: r.id.clone(), chance: *chance, equal: (s - score).abs() < 1e-9 }).collect();
        let tie = method != Method::Confirmed && rivals.iter().any(|r| r.equal);
        Some(Link { chance, tie, rivals, ..pairing::alone(left, right, evidence, method, self.versions()) })
    }
}

pub(super) fn pair_of(left: &Row, right: &Row) -> Pair {
    Pair { left: left.id.clone(), right: right.id.clone() }
}
