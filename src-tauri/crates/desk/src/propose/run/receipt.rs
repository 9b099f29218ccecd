//! Money that no invoice of Stripe's asked for: the documents of the ledger that it pays, and what each gets of it.

use drafts::State;
use ledgers::NoDraft;
use matching::{Kind, Link, Side, Verdict, What};
use money::Money;

use super::super::paper::{Paper, Payment, money_of};
use super::super::{Proposed, rates};
use super::{Run, class};
use crate::commands::{Class, count};
use crate::row::{Left, Other, Paid, Right, Row, Searched};

/// Candidates that lost of which a row keeps why.
const OTHERS: usize = 5;

impl<'a> Run<'a> {
    /// The row of money that pays what the ledger has. Nothing is written for it: a person's word is kept in the book.
    pub(super) fn receipt(&self, paper: &Paper<'a>, left: &Left) -> Option<Proposed> {
        let pays = self.paid_documents(paper);
        let first = pays.first()?;
        let (over, over_given_back) = over(paper, &pays).unzip();
        let said = |paid: &Paid| self.ground.decisions.chosen_on.get(&paid.link.pair()).copied();
        let chosen_on = pays.iter().map(said).collect::<Option<Vec<_>>>().and_then(|days| days.into_iter().max());
        let row = Row {
            kind: paper.kind(),
            left: left.clone(),
            right: Some(first.right.clone()),
            link: Some(first.link.clone()),
            equals: equals(&first.link),
            looked_at: self.looked_at(paper),
            class: if chosen_on.is_some() { Class::Settled } else { least(paper, &pays) },
            no_draft: None,
            remarks: Vec::new(),
            chosen_on,
            only_proposed: false,
            unseen: Vec::new(),
            over: over.filter(is_some),
            over_given_back: over_given_back.filter(is_some),
            conversion: rates::conversion(self.ground, &self.engine.rules().rates, left.total, first.right.open, left.date),
            settled: self.settled_as(paper),
            pays,
            others: Vec::new(),
            searched: None,
        };
        Some(Proposed { key: paper.subject(), row, drafts: Vec::new() })
    }

    /// The documents that a payment settles, oldest first. None for a sale whose own document is there, or on its way: that
    /// one bears the payment's number.
    pub(super) fn paid_documents(&self, paper: &Paper) -> Vec<Paid> {
        let Paper::Payment(payment) = paper else { return Vec::new() };
        let ours = |standing: &book::Standing| !matches!(standing.state, State::Proposed | State::Countersigned | State::Stale | State::Declined);
        let own = self.numbers.contains_key(&payment.id().to_uppercase()) || self.ground.standing.get(&self.draft_id(paper)).is_some_and(ours);
        if own {
            return Vec::new();
        }
        let links = self.money.get(money_of(payment.id()).as_str()).into_iter().flatten();
        let mut pays: Vec<Paid> = links
            .filter_map(|link| {
                let right = self.right(self.documents.get(link.right.as_str())?)?;
                Some(self.paid(right, link))
            })
            .collect();
        pays.sort_by(|a, b| (a.right.date, &a.right.number).cmp(&(b.right.date, &b.right.number)));
        pays
    }

    /// With what other money pays of the document, and what of all of it went back.
    fn paid(&self, right: Right, link: &Link) -> Paid {
        let all = self.has.get(link.right.as_str()).into_iter().flatten().filter(|other| matches!(other.kind, Kind::Charge | Kind::Refund));
        let open = self.engine.row(Side::Right, &link.right).map_or(right.open, |document| document.open);
        let is_own = |refund: &Link| self.engine.row(Side::Left, &refund.left).is_some_and(|row| row.refund_of.as_ref() == Some(&link.left));
        let own = all.clone().filter(|other| other.kind == Kind::Refund && is_own(other)).map(|refund| refund.amount);
        let sum = |amounts: Vec<Money>| Money::sum(open.currency(), amounts).ok();
        Paid {
            stays: sum(all.clone().map(|other| other.amount).collect()).and_then(|paid| open.minus(paid).ok()),
            others: count(all.filter(|other| other.kind == Kind::Charge && other.left != link.left).count() as u64),
            given_back: sum(own.collect()).and_then(|back| back.negated().ok()).filter(is_some),
            link: link.clone(),
            right,
        }
    }

    /// What Stripe made of money in another currency.
    fn settled_as(&self, paper: &Paper) -> Option<Money> {
        let Paper::Payment(payment) = paper else { return None };
        let row = self.ground.mirror.settled.get(&payment.charge.is.id)?;
        Some(row.amount).filter(|amount| amount.currency() != payment.charge.is.currency)
    }

    /// Why money that says nothing of goods is no sale: a document of its payer has just this amount, and other money pays it.
    pub(super) fn paid_twice(&self, payment: &Payment) -> Option<NoDraft> {
        let is = |link: &Link, what, verdicts: &[Verdict]| verdicts.contains(&link.fact(what).verdict);
        let candidates = self.candidates(payment);
        let same = |link: &&Link| is(link, What::Amount, &[Verdict::Equal]) && is(link, What::Party, &[Verdict::Equal, Verdict::Near]);
        let link = candidates.iter().find(same)?;
        let document = self.documents.get(link.right.as_str())?.number.clone().unwrap_or_default();
        let (by, charge) = (self.taken_by(link)?, &payment.charge.is);
        let went_back = charge.amount_refunded == charge.amount_captured;
        Some(if went_back { NoDraft::PaidTwiceGivenBack { document, by } } else { NoDraft::PaidTwice { document, by } })
    }

    fn candidates(&self, payment: &Payment) -> Vec<Link> {
        if payment.session.is_some() { Vec::new() } else { self.engine.candidates(&money_of(payment.id()).into()) }
    }

    /// What the row could have been as well, best first, and who has it instead; how far was looked where nothing was found.
    pub(super) fn explain(&self, paper: &Paper, row: &mut Row) {
        if row.class == Class::Settled {
            return;
        }
        let own = paper.row().into();
        let money = matches!(paper, Paper::Payment(_)).then(|| money_of(&paper.row()).into());
        let left = row.link.as_ref().map(|link| link.left.clone()).unwrap_or(money.unwrap_or(own));
        let linked: Vec<&str> = row.pays.iter().map(|paid| paid.right.id.as_str()).chain(row.right.iter().map(|right| right.id.as_str())).collect();
        let lost = self.engine.candidates(&left).into_iter().filter(|link| !linked.contains(&link.right.as_str()));
        let others = lost.filter_map(|link| {
            let right = self.right(self.documents.get(link.right.as_str())?)?;
            Some(Other { right, taken_by: self.taken_by(&link), link })
        });
        row.others = others.take(OTHERS).collect();
        if row.link.is_none() {
            let found = self.engine.unlinked().binary_search_by(|none| none.left.cmp(&left)).ok().and_then(|at| self.engine.unlinked().get(at));
            row.searched = found.map(|none| Searched { compared: count(none.compared as u64), not_searched: count(none.not_searched as u64) });
        }
    }

    /// The number of what has the document instead.
    fn taken_by(&self, lost: &Link) -> Option<String> {
        let has = self.has.get(lost.right.as_str())?.iter().find(|link| link.kind == lost.kind && link.left != lost.left)?;
        self.called.get(has.left.as_str()).map(|(_, number)| number.clone())
    }
}

pub(super) fn equals(link: &Link) -> u32 {
    1 + link.rivals.iter().filter(|rival| rival.equal).count() as u32
}

/// A sum is as sure as the least sure of its parts. What went back again is looked at.
fn least(paper: &Paper, pays: &[Paid]) -> Class {
    let rank = |class: &Class| match class {
        Class::Exact => 0,
        Class::Strong => 1,
        _ => 2,
    };
    let went_back = given_back(paper).is_some_and(|amount| !amount.is_zero()).then_some(Class::Strong);
    pays.iter().map(|paid| class(&paid.link, false)).chain(went_back).max_by_key(rank).unwrap_or(Class::Choose)
}

/// What is left of the money, and what of that went back again; none where it pays in another currency.
fn over(paper: &Paper, pays: &[Paid]) -> Option<(Money, Money)> {
    let Paper::Payment(payment) = paper else { return None };
    let came = payment.charge.is.amount_captured;
    let carried = Money::sum(came.currency(), pays.iter().map(|paid| paid.link.amount)).ok()?;
    let reopened = Money::sum(came.currency(), pays.iter().filter_map(|paid| paid.given_back)).ok()?;
    let back = given_back(paper)?.minus(reopened).ok()?;
    Some((came.minus(carried).ok()?.minus(back).ok()?, back))
}

fn given_back(paper: &Paper) -> Option<Money> {
    let Paper::Payment(payment) = paper else { return None };
    Some(payment.charge.is.amount_refunded)
}

fn is_some(amount: &Money) -> bool {
    !amount.is_zero() && !amount.is_negative()
}
