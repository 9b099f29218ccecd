//! Links of payments and refunds.

use money::Money;

use super::Engine;
use crate::fact::{Detail, Fact, Verdict, What};
use crate::link::{Link, Method, Rival, Unlinked};
use crate::pairing::{EQUAL, SHOWN};
use crate::payments::choice::{Choice, Use};
use crate::payments::evidence::Evidence;
use crate::payments::refunds::{given_back, over};
use crate::payments::{Chosen, Class, FEW, spread};
use crate::row::{Kind, Row, RowId, Side};

impl Engine {
    /// The links of these payments and of their refunds, and which of them found none.
    pub(super) fn link_payments(&self, pays: impl Iterator<Item = u32>) -> (Vec<Link>, Vec<Unlinked>) {
        let pays: Vec<u32> = pays.filter(|p| !self.payments.all.pays[*p as usize].gone).collect();
        let made = spread(pays.len(), FEW, |i| self.link_payment(pays[i]));
        let (mut links, mut unlinked) = (Vec::new(), Vec::new());
        for (some, none) in made {
            links.extend(some);
            unlinked.extend(none);
        }
        (links, unlinked)
    }

    fn link_payment(&self, p: u32) -> (Vec<Link>, Vec<Unlinked>) {
        let id = &self.rows[self.payments.all.pays[p as usize].row as usize].id;
        let made = &self.payments.made[p as usize];
        let none = |left: &RowId, kind| Unlinked {
            left: left.clone(),
            kind,
            looked_at: self.payments.all.open_documents(),
            compared: made.compared as usize,
            not_searched: self.payments.not_searched(p, &self.weights),
        };
        let refunds = self.refunds(id);
        let Some(chosen) = &self.payments.chosen[p as usize] else {
            let unlinked = refunds.iter().map(|refund| none(&refund.id, Kind::Refund));
            return (Vec::new(), std::iter::once(none(id, Kind::Charge)).chain(unlinked).collect());
        };
        let mut links: Vec<Link> = chosen.choice.uses.iter().map(|u| self.payment_link(p, &chosen.choice, *u, Some(chosen))).collect();
        let mut unlinked = Vec::new();
        for (refund, uses) in refunds.iter().zip(self.given_back(chosen, &refunds)) {
            if uses.is_empty() {
                unlinked.push(none(&refund.id, Kind::Refund));
            }
            let back: Vec<Link> = uses.iter().filter_map(|u| self.refund_link(id, refund, *u, &links)).collect();
            links.extend(back);
        }
        (links, unlinked)
    }

    /// What each refund of a charge takes back of what the charge settled. What went back in another currency than it came
    /// in takes back nothing: nobody said at which rate.
    pub(super) fn given_back(&self, chosen: &Chosen, refunds: &[&Row]) -> Vec<Vec<Use>> {
        let all = &self.payments.all;
        let pay = &all.pays[chosen.pay as usize];
        let amount = |refund: &&Row| if refund.amount.currency() == pay.currency { refund.amount.minor().saturating_neg().max(0) } else { 0 };
        let amounts: Vec<i64> = refunds.iter().map(amount).collect();
        given_back(&chosen.choice.uses, over(all, chosen), pay.amount, &amounts)
    }

    fn refund_link(&self, charge: &RowId, refund: &Row, used: Use, links: &[Link]) -> Option<Link> {
        let of = links.iter().find(|l| l.kind == Kind::Charge && l.right == self.document_id(used.doc))?;
        let mut evidence = of.evidence.clone();
        evidence[What::Reference as usize] = Fact::new(What::Reference, Verdict::Equal, Detail::RefundOf { charge: charge.to_string() });
        let amount = Money::new(used.amount, of.amount.currency());
        Some(Link { left: refund.id.clone(), kind: Kind::Refund, amount, method: Method::RefundOfCharge, evidence, ..of.clone() })
    }

    /// A payment and one document of a choice; `chosen` if it is the one that was made.
    pub(super) fn payment_link(&self, p: u32, choice: &Choice, used: Use, chosen: Option<&Chosen>) -> Link {
        let all = &self.payments.all;
        let (pay, doc) = (&all.pays[p as usize], &all.docs[used.doc as usize]);
        let evidence = Box::new(Evidence { all, rows: &self.rows, pay }.facts(choice, used));
        // Not itself, of which it may take less than it would.
        let own = |c: &Choice| c.uses.len() == choice.uses.len() && c.uses.iter().zip(choice.uses.iter()).all(|(a, b)| a.doc == b.doc);
        let others = self.payments.made[p as usize].some.iter().filter(|c| !own(c));
        let left = |c: &Choice| self.payments.chosen[p as usize].as_ref().map_or(c.believed, |chosen| chosen.leaves(c.believed));
        let rival = |c: &Choice| {
            let other = c.uses.iter().find(|u| !choice.uses.iter().any(|own| own.doc == u.doc)).or(c.uses.first())?;
            Some(Rival { right: self.document_id(other.doc), chance: left(c), equal: (c.score - choice.score).abs() < EQUAL })
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
            chance: chosen.map_or_else(|| left(choice), |c| c.chance),
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

    /// Refunds of charges that are not there, or that failed.
    pub(super) fn lost_refunds(&self) -> Vec<Unlinked> {
        let lost = self.taken_back.iter().filter(|(charge, _)| self.pay_of(charge).is_none());
        lost.flat_map(|(charge, _)| self.refunds(charge)).map(|refund| self.lost_refund(&refund.id)).collect()
    }

    pub(super) fn lost_refund(&self, refund: &RowId) -> Unlinked {
        Unlinked { left: refund.clone(), kind: Kind::Refund, looked_at: self.payments.all.open_documents(), compared: 0, not_searched: 0 }
    }

    /// The refunds of a charge, in the order in which they came.
    pub(crate) fn refunds(&self, charge: &RowId) -> Vec<&Row> {
        let back = self.taken_back.get(charge).into_iter().flatten().filter_map(|id| self.row(Side::Left, id));
        let mut rows: Vec<&Row> = back.filter(|row| row.kind == Kind::Refund).collect();
        rows.sort_by(|a, b| (a.date, a.created, &a.id).cmp(&(b.date, b.created, &b.id)));
        rows
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
