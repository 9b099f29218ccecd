//! One change: what it touches is matched anew, and only that.

use std::collections::BTreeSet;

use super::papers::Stale;
use super::rows::Place;
use super::{Change, Engine, customers, takes_back};
use crate::link::{Link, Unlinked};
use crate::payments::changes::Touched;
use crate::payments::prepare::{is_open, is_payment};
use crate::row::{Kind, Pair, Row, RowId, Side};

/// What a change touches.
#[derive(Default)]
struct Concerned {
    within: Touched,
    papers: Stale,
    /// Left rows whose links are replaced in any case.
    lefts: BTreeSet<RowId>,
    /// Rows of which something else takes back, or did.
    taken_back: BTreeSet<RowId>,
}

impl Engine {
    /// Takes one change; gives the links that are new or different. A pair that is no link any more is found by its absence
    /// in [`Engine::links`].
    pub fn apply(&mut self, change: Change) -> Vec<Link> {
        self.change(change).0
    }

    /// Takes many; gives the left rows that they touched. Of all others the links are what they were, and so is what was not
    /// searched; of [`Engine::candidates`] those that a link may name as rivals.
    pub fn apply_all(&mut self, changes: impl IntoIterator<Item = Change>) -> BTreeSet<RowId> {
        changes.into_iter().flat_map(|change| self.change(change).1).collect()
    }

    fn change(&mut self, change: Change) -> (Vec<Link>, BTreeSet<RowId>) {
        self.answer();
        self.payments.all.expect_changes();
        let looked_at = self.looked_at();
        let mut concerned = Concerned::default();
        match change {
            Change::Put(row) => self.put(*row, &mut concerned),
            Change::Remove(side, id) => self.remove(side, &id, &mut concerned),
            Change::Confirm(pair) => {
                self.rules.declined.remove(&pair);
                self.rules.confirmed.insert(pair.clone());
                self.decided.insert((pair.right.clone(), pair.left.clone()));
                self.decide(&pair.left, &mut concerned);
            }
            Change::Decline(pair) => {
                self.rules.confirmed.remove(&pair);
                self.rules.declined.insert(pair.clone());
                self.decided.insert((pair.right.clone(), pair.left.clone()));
                self.decide(&pair.left, &mut concerned);
            }
            Change::Forget(pair) => {
                self.rules.confirmed.remove(&pair);
                self.rules.declined.remove(&pair);
                self.decided.remove(&(pair.right.clone(), pair.left.clone()));
                self.decide(&pair.left, &mut concerned);
            }
        }
        self.refresh(concerned, looked_at)
    }

    fn put(&mut self, row: Row, concerned: &mut Concerned) {
        let old = self.rows.at(row.side, &row.id);
        if old.is_some_and(|at| self.rows[at as usize] == row) {
            return;
        }
        let (side, id) = (row.side, row.id.clone());
        let customer = row.kind == Kind::Customer || old.is_some_and(|at| self.rows[at as usize].kind == Kind::Customer);
        if customer {
            self.key_papers_of(side, &id, false, &mut concerned.papers);
        }
        if let Some(at) = old {
            self.take_out(at, concerned);
        }
        let at = self.rows.put(row);
        self.put_in(at, concerned);
        if customer {
            self.key_papers_of(side, &id, true, &mut concerned.papers);
        }
        self.decide_with(side, &id, concerned);
    }

    fn remove(&mut self, side: Side, id: &RowId, concerned: &mut Concerned) {
        let Some(at) = self.rows.at(side, id) else { return };
        let customer = self.rows[at as usize].kind == Kind::Customer;
        if customer {
            self.key_papers_of(side, id, false, &mut concerned.papers);
        }
        self.take_out(at, concerned);
        self.rows.remove(at);
        if customer {
            self.key_papers_of(side, id, true, &mut concerned.papers);
        }
        self.decide_with(side, id, concerned);
    }

    /// Takes a row out of all that it takes part in, before it changes.
    fn take_out(&mut self, at: u32, concerned: &mut Concerned) {
        self.leave_paper(at, &mut concerned.papers);
        let all = &mut self.payments.all;
        match self.rows.place(at) {
            Place::Pay(p) => {
                all.remove_payment(p, &mut concerned.within);
                self.payments.decided.forget(p);
            }
            Place::Doc(d) => all.remove_document(&self.rows, d, &mut concerned.within),
            Place::Payer(payer) => all.remove_payer(&self.rows, payer, &mut concerned.within),
            Place::Customer(customer) => all.remove_customer(&self.rows, customer, &mut concerned.within),
            Place::Other | Place::Gone => {}
        }
        self.rows.set(at, Place::Other);
        let row = &self.rows[at as usize];
        if let Some(back) = takes_back(row) {
            if let Some(rows) = self.taken_back.get_mut(back) {
                rows.remove(&row.id);
            }
            concerned.taken_back.insert(back.clone());
        }
        if row.side == Side::Left {
            concerned.lefts.insert(row.id.clone());
            if self.papers.sure.remove(&row.id).is_some() {
                self.stale_papers_of(&self.rows[at as usize].id, &mut concerned.papers);
            }
        }
    }

    /// Puts a row in wherever it takes part.
    fn put_in(&mut self, at: u32, concerned: &mut Concerned) {
        let (all, row) = (&mut self.payments.all, &self.rows[at as usize]);
        let (side, id) = (row.side, row.id.clone());
        let place = match (side, row.kind) {
            _ if is_open(row) => Place::Doc(all.add_document(&self.rows, at, &mut concerned.within)),
            _ if is_payment(row) => {
                // Its refunds may be there already.
                concerned.taken_back.insert(id.clone());
                Place::Pay(all.add_payment(&self.rows, at, &mut concerned.within))
            }
            (Side::Left, Kind::Customer) => Place::Payer(all.add_payer(&self.rows, at, &mut concerned.within)),
            (Side::Right, Kind::Customer) => Place::Customer(all.add_customer(&self.rows, at, &mut concerned.within)),
            _ => Place::Other,
        };
        if let Some(back) = takes_back(row) {
            self.taken_back.entry(back.clone()).or_default().insert(id.clone());
            concerned.taken_back.insert(back.clone());
        }
        self.rows.set(at, place);
        self.enter_paper(at, &mut concerned.papers);
        if side == Side::Left {
            concerned.lefts.insert(id);
        }
    }

    /// Looks again at what was decided of a row.
    fn decide_with(&mut self, side: Side, id: &RowId, concerned: &mut Concerned) {
        if side == Side::Left {
            return self.decide(id, concerned);
        }
        let from = (id.clone(), RowId::from(""));
        let lefts: Vec<RowId> = self.decided.range(from..).take_while(|(right, _)| right == id).map(|(_, left)| left.clone()).collect();
        lefts.iter().for_each(|left| self.decide(left, concerned));
    }

    /// Looks again at what was decided of a left row.
    fn decide(&mut self, left: &RowId, concerned: &mut Concerned) {
        let Some(at) = self.rows.at(Side::Left, left) else { return };
        match (self.rows.place(at), super::papers::paired(&self.rows[at as usize])) {
            (Place::Pay(p), _) => {
                self.decide_payment(left);
                concerned.within.pays.insert(p);
                concerned.within.otherwise.insert(p);
            }
            (Place::Payer(payer), _) => drop(concerned.within.payers.insert(payer)),
            (_, Some(kind)) => concerned.papers.left(kind, at),
            _ => {}
        }
    }

    /// Tells the payments what people decided of one of them.
    pub(super) fn decide_payment(&mut self, left: &RowId) {
        let Some(p) = self.pay_of(left) else { return };
        let from = || Pair::new(left.clone(), "")..;
        let docs =
            |pairs: &BTreeSet<Pair>| pairs.range(from()).take_while(|pair| &pair.left == left).filter_map(|pair| self.doc_of(&pair.right)).collect();
        let (yes, no) = (docs(&self.rules.confirmed), docs(&self.rules.declined));
        self.payments.decided.set(p, yes, no);
    }

    /// Matches anew what is concerned, and replaces its links. `looked_at` are the counts before the change. Gives the links
    /// that differ, and the left rows that were touched.
    fn refresh(&mut self, concerned: Concerned, looked_at: [(Kind, usize); 5]) -> (Vec<Link>, BTreeSet<RowId>) {
        let Concerned { mut within, mut papers, mut lefts, taken_back } = concerned;
        taken_back.iter().for_each(|charge| self.find_undone(charge, &mut within));
        let mut pays = self.payments.refresh(&mut within, &self.weights);
        let counting = self.payments.counting(&within.amounts);
        pays.extend(taken_back.iter().filter_map(|id| self.pay_of(id)));
        let (mut links, mut unlinked) = self.link_customers(within.payers.iter().copied());
        let payer_rows = within.payers.iter().filter_map(|&payer| self.payments.all.payer_rows[payer as usize]);
        let payers: BTreeSet<RowId> = payer_rows.map(|row| self.rows[row as usize].id.clone()).collect();
        self.know_sure(&payers, &links, &mut papers);
        let (matched, counted) = self.rematch(papers);
        lefts.extend(payers);
        lefts.extend(matched.iter().map(|at| self.rows[*at as usize].id.clone()));
        lefts.extend(pays.iter().map(|&p| self.rows[self.payments.all.pays[p as usize].row as usize].id.clone()));
        let refunds: Vec<RowId> = lefts.iter().chain(&taken_back).flat_map(|id| self.refunds(id)).map(|row| row.id.clone()).collect();
        lefts.extend(refunds);
        for (some, none) in [self.link_papers(matched.into_iter().collect()), self.link_payments(pays.into_iter())] {
            links.extend(some);
            unlinked.extend(none);
        }
        unlinked.extend(lefts.iter().filter(|left| self.is_lost(left)).map(|left| self.lost_refund(left)));
        let changed = self.replace(&lefts, links, unlinked);
        let mut counts: Vec<(RowId, usize)> = Vec::new();
        for p in counting {
            let id = &self.rows[self.payments.all.pays[p as usize].row as usize].id;
            let ids = std::iter::once(id).chain(self.refunds(id).into_iter().map(|row| &row.id));
            counts.extend(ids.map(|id| (id.clone(), self.payments.not_searched(p, &self.weights))));
        }
        counts.extend(counted.iter().filter_map(|&at| Some((self.rows[at as usize].id.clone(), self.not_searched(at)?))));
        lefts.extend(counts.iter().map(|(left, _)| left.clone()));
        // What they may settle is the same, and speaks of a customer who is known otherwise.
        for p in within.known.iter().flat_map(|customer| self.payments.touching(*customer)) {
            let id = &self.rows[self.payments.all.pays[*p as usize].row as usize].id;
            lefts.extend(std::iter::once(id).chain(self.refunds(id).into_iter().map(|row| &row.id)).cloned());
        }
        self.recount(looked_at, counts);
        (changed, lefts)
    }

    /// Is all of a payment given back now? Then it leaves its documents to others.
    fn find_undone(&mut self, charge: &RowId, within: &mut Touched) {
        let Some(p) = self.pay_of(charge) else { return };
        let undone = self.payments.all.pays[p as usize].is_undone_by(&self.refunds(charge));
        let pay = &mut self.payments.all.pays[p as usize];
        if std::mem::replace(&mut pay.undone, undone) != undone {
            within.pays.insert(p);
            within.otherwise.insert(p);
            within.whole.insert(pay.payer);
        }
    }

    /// Who surely is whom after a change; papers of others than before are stale.
    fn know_sure(&mut self, payers: &BTreeSet<RowId>, links: &[Link], papers: &mut Stale) {
        for id in payers {
            let now = links.iter().find(|l| &l.left == id && customers::is_sure(l)).map(|l| l.right.clone());
            let before = match &now {
                Some(right) => self.papers.sure.insert(id.clone(), right.clone()),
                None => self.papers.sure.remove(id),
            };
            if before != now {
                self.stale_papers_of(id, papers);
            }
        }
    }

    fn is_lost(&self, left: &RowId) -> bool {
        let charge = self.row(Side::Left, left).filter(|row| row.kind == Kind::Refund).and_then(takes_back);
        charge.is_some_and(|charge| self.pay_of(charge).is_none())
    }

    /// Puts these in the place of all that the left rows had; gives the links that are new or different.
    fn replace(&mut self, lefts: &BTreeSet<RowId>, mut links: Vec<Link>, mut unlinked: Vec<Unlinked>) -> Vec<Link> {
        let Some(answer) = self.answer.get_mut() else { return Vec::new() };
        links.sort_by(|a, b| (&a.left, &a.right).cmp(&(&b.left, &b.right)));
        unlinked.sort_by(|a, b| a.left.cmp(&b.left));
        let (mut changed, mut none) = (Vec::new(), Vec::new());
        answer.links.replace(lefts, links, |left, old, new| {
            changed.extend(new.iter().filter(|link| !old.contains(link)).cloned());
            // What has links is not among the rest.
            none.extend((old.is_empty() || new.is_empty()).then_some(left));
        });
        answer.unlinked.replace(none, unlinked, |_, _, _| {});
        changed
    }

    /// Among how many each kind of left row was looked.
    fn looked_at(&self) -> [(Kind, usize); 5] {
        let documents = self.payments.all.open_documents();
        [
            (Kind::Charge, documents),
            (Kind::Refund, documents),
            (Kind::Customer, self.customers()),
            (Kind::Invoice, self.papers_looked_at(Kind::Invoice)),
            (Kind::Credit, self.papers_looked_at(Kind::Credit)),
        ]
    }

    /// Counts that changed in rows that did not.
    fn recount(&mut self, before: [(Kind, usize); 5], not_searched: Vec<(RowId, usize)>) {
        let now = self.looked_at();
        let Some(answer) = self.answer.get_mut() else { return };
        if now != before {
            for none in answer.unlinked.iter_mut() {
                none.looked_at = now.iter().find(|(kind, _)| *kind == none.kind).map_or(none.looked_at, |(_, count)| *count);
            }
        }
        for (left, not_searched) in not_searched {
            let own = answer.unlinked.of(&left);
            answer.unlinked[own].iter_mut().for_each(|none| none.not_searched = not_searched);
        }
    }
}
