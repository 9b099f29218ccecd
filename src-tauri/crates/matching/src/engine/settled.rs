//! Links of payments and refunds, and what a changed row changes of them.

use std::collections::BTreeSet;

use money::Money;

use super::{Engine, is_refund, linked_customers};
use crate::fact::{Detail, Fact, Verdict, What};
use crate::link::{Link, Method, Rival, Unlinked};
use crate::pairing::SHOWN;
use crate::payments::choice::{Choice, Use};
use crate::payments::evidence::Evidence;
use crate::payments::prepare::{is_open, is_payment};
use crate::payments::{Chosen, Class, in_parallel, refunds};
use crate::row::{Kind, Pair, RowId, Side};

impl Engine {
    /// The links of these payments and of their refunds, and which of them found none.
    pub(super) fn link_payments(&self, pays: Vec<u32>) -> (Vec<Link>, Vec<Unlinked>) {
        let made = in_parallel(pays.len(), |i| self.of_payment(pays[i]));
        let (mut links, mut unlinked) = (Vec::new(), Vec::new());
        for (some, none) in made {
            links.extend(some);
            unlinked.extend(none);
        }
        (links, unlinked)
    }

    fn of_payment(&self, p: u32) -> (Vec<Link>, Vec<Unlinked>) {
        let pay = &self.payments.all.pays[p as usize];
        if pay.gone {
            return (Vec::new(), Vec::new());
        }
        let id = &self.rows[pay.row as usize].id;
        let made = &self.payments.made[p as usize];
        let none = |left: &RowId, kind| Unlinked {
            left: left.clone(),
            kind,
            looked_at: self.open_documents(),
            compared: made.compared as usize,
            not_searched: made.not_searched as usize,
        };
        let back = self.refunds.get(id).into_iter().flatten();
        let Some(chosen) = &self.payments.chosen[p as usize] else {
            let unlinked = back.map(|refund| none(refund, Kind::Refund));
            return (Vec::new(), std::iter::once(none(id, Kind::Charge)).chain(unlinked).collect());
        };
        let mut links: Vec<Link> = chosen.choice.uses.iter().map(|u| self.payment_link(p, &chosen.choice, *u, Some(chosen))).collect();
        let (mut unlinked, refund_links) = (Vec::new(), self.refund_links(chosen, &links));
        for (refund, of) in refund_links {
            if of.is_empty() {
                unlinked.push(none(&refund, Kind::Refund));
            }
            links.extend(of);
        }
        links.sort_by(|a, b| (&a.left, &a.right).cmp(&(&b.left, &b.right)));
        (links, unlinked)
    }

    /// Each refund of a charge takes back what the charge settled, in the order of their dates.
    fn refund_links(&self, chosen: &Chosen, charge: &[Link]) -> Vec<(RowId, Vec<Link>)> {
        let pay = &self.payments.all.pays[chosen.pay as usize];
        let id = &self.rows[pay.row as usize].id;
        let Some(ids) = self.refunds.get(id) else { return Vec::new() };
        let mut rows: Vec<_> = ids.iter().filter_map(|id| self.row(Side::Left, id)).collect();
        rows.sort_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        let amounts: Vec<i64> = rows.iter().map(|r| r.amount.minor().saturating_neg().max(0)).collect();
        let back = refunds(chosen, pay.amount, &amounts);
        let link = |row: &&crate::Row, u: &Use| {
            let of = charge.iter().find(|l| l.right == self.document_id(u.doc))?;
            let mut evidence = of.evidence.clone();
            evidence[What::Reference as usize] = Fact::new(What::Reference, Verdict::Equal, Detail::RefundOf { charge: id.to_string() });
            let amount = Money::new(u.amount, of.amount.currency());
            Some(Link { left: row.id.clone(), kind: Kind::Refund, amount, method: Method::RefundOfCharge, evidence, ..of.clone() })
        };
        rows.iter().zip(back).map(|(row, uses)| (row.id.clone(), uses.iter().filter_map(|u| link(row, u)).collect())).collect()
    }

    /// A payment and one document of a choice; `chosen` if it is the one that was made.
    pub(super) fn payment_link(&self, p: u32, choice: &Choice, used: Use, chosen: Option<&Chosen>) -> Link {
        let all = &self.payments.all;
        let (pay, doc) = (&all.pays[p as usize], &all.docs[used.doc as usize]);
        let evidence = Box::new(Evidence { all, rows: &self.rows, pay }.facts(choice, used));
        let others = self.payments.made[p as usize].some.iter().filter(|c| c.uses != choice.uses);
        let rival = |c: &Choice| {
            let other = c.uses.iter().find(|u| !choice.uses.iter().any(|own| own.doc == u.doc)).or(c.uses.first())?;
            Some(Rival { right: self.document_id(other.doc), chance: c.believed, equal: (c.score - choice.score).abs() < 1e-9 })
        };
        let mut rivals: Vec<Rival> = others.filter_map(rival).collect();
        rivals.sort_by(|a, b| b.chance.total_cmp(&a.chance).then_with(|| a.right.cmp(&b.right)));
        rivals.dedup_by(|a, b| a.right == b.right);
        rivals.truncate(SHOWN);
        Link {
            left: self.rows[pay.row as usize].id.clone(),
            right: self.document_id(used.doc),
            kind: Kind::Charge,
            amount: Money::new(used.amount, doc.currency),
            chance: chosen.map_or(choice.believed, |c| c.chance),
            method: method(choice, &evidence, chosen),
            evidence,
            rivals,
            tie: chosen.is_some_and(|c| c.tie),
            versions: self.versions(),
        }
    }

    pub(super) fn document_id(&self, doc: u32) -> RowId {
        self.rows[self.payments.all.docs[doc as usize].row as usize].id.clone()
    }

    pub(super) fn open_documents(&self) -> usize {
        self.doc_at.len()
    }

    /// Refunds of charges that are not there, or that failed.
    pub(super) fn lost_refunds(&self) -> Vec<Unlinked> {
        let refunds = self.refunds.iter().filter(|(charge, _)| self.pay_of(charge).is_none()).flat_map(|(_, refunds)| refunds);
        refunds.map(|refund| self.lost_refund(refund)).collect()
    }

    fn lost_refund(&self, refund: &RowId) -> Unlinked {
        Unlinked { left: refund.clone(), kind: Kind::Refund, looked_at: self.open_documents(), compared: 0, not_searched: 0 }
    }

    /// One row for another: the payments whose links may differ are settled anew.
    pub(super) fn exchange(&mut self, old: Option<u32>, new: Option<u32>) -> Vec<Link> {
        let (mut dirty, mut customers, mut payers, mut charges) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let documents = self.open_documents();
        if let Some(at) = old {
            if let Some(d) = self.doc_at.remove(&at) {
                dirty.extend(self.payments.concerned(d));
                customers.insert(self.payments.all.docs[d as usize].customer);
                self.payments.all.remove_document(d);
            }
            if let Some(p) = self.pay_at.remove(&at) {
                payers.insert(self.payments.all.pays[p as usize].payer);
                self.payments.all.remove_payment(p);
                dirty.insert(p);
            }
            let row = &self.rows[at as usize];
            if let Some(charge) = is_refund(row) {
                self.refunds.entry(charge.clone()).or_default().remove(&row.id);
                charges.insert(charge.clone());
            }
        }
        if let Some(at) = new {
            let row = &self.rows[at as usize];
            if is_open(row) {
                let d = self.payments.all.add_document(&self.rows, at);
                self.doc_at.insert(at, d);
                dirty.extend(self.payments.concerned(d));
                customers.insert(self.payments.all.docs[d as usize].customer);
            } else if is_payment(row) {
                let p = self.payments.all.add_payment(&self.rows, at);
                self.pay_at.insert(at, p);
                payers.insert(self.payments.all.pays[p as usize].payer);
                dirty.insert(p);
            } else if let Some(charge) = is_refund(row) {
                self.refunds.entry(charge.clone()).or_default().insert(row.id.clone());
                charges.insert(charge.clone());
            }
        }
        payers.extend(dirty.iter().map(|&p| self.payments.all.pays[p as usize].payer));
        self.payments.all.refresh_payers(&payers, &self.weights);
        dirty.extend(payers.iter().flat_map(|&payer| &self.payments.all.by_payer[payer as usize]));
        let ids: BTreeSet<&RowId> = old.iter().chain(&new).map(|&at| &self.rows[at as usize].id).collect();
        let of_them = |pair: &&Pair| ids.contains(&pair.left) || ids.contains(&pair.right);
        let pairs: Vec<Pair> = self.rules.confirmed.iter().chain(&self.rules.declined).filter(of_them).cloned().collect();
        if !pairs.is_empty() {
            self.payments.decided = self.decided();
            dirty.extend(pairs.iter().filter_map(|pair| self.pay_of(&pair.left)));
        }
        for at in old.iter().chain(&new) {
            charges.insert(self.rows[*at as usize].id.clone());
        }
        if self.open_documents() != documents {
            let looked_at = self.open_documents();
            self.unlinked.iter_mut().filter(|u| matches!(u.kind, Kind::Charge | Kind::Refund)).for_each(|u| u.looked_at = looked_at);
        }
        self.refresh(dirty, &customers, payers, charges)
    }

    /// Settles payments anew and replaces their links, and those of these payers, charges and refunds.
    pub(super) fn refresh(&mut self, dirty: BTreeSet<u32>, customers: &BTreeSet<u32>, payers: BTreeSet<u32>, charges: BTreeSet<RowId>) -> Vec<Link> {
        let payer_ids: BTreeSet<RowId> =
            payers.iter().filter_map(|&p| self.payments.all.payer_rows[p as usize]).map(|row| self.rows[row as usize].id.clone()).collect();
        let (mut links, mut unlinked) = self.link_customers(payers.into_iter());
        // Papers are matched by who is linked with whom.
        if !self.compared.is_empty() {
            let sure: BTreeSet<_> = linked_customers(&links);
            let mut before = linked_customers(&self.links);
            before.retain(|pair| payer_ids.contains(&pair.left));
            if before != sure {
                return self.run_again(None, None);
            }
        }
        let mut pays = self.payments.refresh(dirty, customers, &self.weights);
        pays.extend(charges.iter().filter_map(|id| self.pay_of(id)));
        let mut lefts = charges;
        lefts.extend(payer_ids);
        for &p in &pays {
            lefts.insert(self.rows[self.payments.all.pays[p as usize].row as usize].id.clone());
        }
        let refunds: Vec<RowId> = lefts.iter().filter_map(|id| self.refunds.get(id)).flatten().cloned().collect();
        let (settled, open) = self.link_payments(pays.into_iter().collect());
        links.extend(settled);
        unlinked.extend(open);
        unlinked.extend(refunds.iter().filter(|refund| self.is_lost(refund)).map(|refund| self.lost_refund(refund)));
        lefts.extend(refunds);
        self.replace(&lefts, links, unlinked)
    }

    pub(super) fn pay_of(&self, charge: &RowId) -> Option<u32> {
        self.at.get(&(Side::Left, charge.clone())).and_then(|at| self.pay_at.get(at)).copied()
    }

    fn is_lost(&self, refund: &RowId) -> bool {
        let charge = self.row(Side::Left, refund).and_then(is_refund);
        charge.is_some_and(|charge| self.pay_of(charge).is_none())
    }

    /// Puts these in the place of all that the left rows had; gives the links that are new or different.
    fn replace(&mut self, lefts: &BTreeSet<RowId>, mut links: Vec<Link>, unlinked: Vec<Unlinked>) -> Vec<Link> {
        links.sort_by(|a, b| (&a.left, &a.right).cmp(&(&b.left, &b.right)));
        let mut changed = Vec::new();
        let mut fresh = links.into_iter().peekable();
        for left in lefts {
            let own: Vec<Link> = std::iter::from_fn(|| fresh.next_if(|l| &l.left == left)).collect();
            let from = self.links.partition_point(|l| &l.left < left);
            let to = from + self.links[from..].iter().take_while(|l| &l.left == left).count();
            let old = &self.links[from..to];
            if old == own.as_slice() {
                continue;
            }
            changed.extend(own.iter().filter(|link| !old.contains(link)).cloned());
            self.links.splice(from..to, own);
        }
        for left in lefts {
            let from = self.unlinked.partition_point(|u| &u.left < left);
            let to = from + self.unlinked[from..].iter().take_while(|u| &u.left == left).count();
            self.unlinked.splice(from..to, unlinked.iter().find(|u| &u.left == left).cloned());
        }
        changed
    }
}

/// How it was found, by what speaks most for it.
fn method(choice: &Choice, evidence: &[Fact; 5], chosen: Option<&Chosen>) -> Method {
    let found = |what: What| matches!(evidence[what as usize].verdict, Verdict::Equal | Verdict::Near);
    match chosen {
        Some(c) if c.confirmed => Method::Confirmed,
        Some(c) if matches!(c.class, Class::Named | Class::NamedAndFits) => Method::Reference,
        _ if matches!(evidence[What::Party as usize].detail, Detail::PaysFor { .. }) => match evidence[What::Party as usize].detail {
            Detail::PaysFor { rule, .. } => Method::Learned { rule },
            _ => Method::Party,
        },
        _ if choice.uses.len() > 1 => Method::SumOf { count: choice.uses.len() as u32 },
        _ if evidence[0].verdict == Verdict::Equal => Method::Reference,
        _ if found(What::Amount) && found(What::Party) => Method::AmountAndParty,
        _ if found(What::Amount) => Method::Amount,
        _ => Method::Party,
    }
}
