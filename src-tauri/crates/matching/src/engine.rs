//! The engine: rows in, links out.

mod explain;
mod papers;
mod settled;
mod teach;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub use teach::Replay;

use crate::link::{Link, Unlinked, Versions};
use crate::payments::Payments;
use crate::payments::choice::Decided;
use crate::payments::prepare::{Prepared, is_open};
use crate::row::{Kind, Pair, Party, Row, RowId, Side};
use crate::rules::Rules;
use crate::weights::Weights;

/// One change to what the engine knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A new row, or a new content of a known one.
    Put(Box<Row>),
    Remove(Side, RowId),
    /// A person says yes: the pair is a link from now on.
    Confirm(Pair),
    /// A person says no: the pair is never proposed again.
    Decline(Pair),
    /// Neither yes nor no any more.
    Forget(Pair),
}

/// Matches two sides. Whatever changes are applied, the result is the one of [`Engine::new`] on the rows and rules after them.
///
/// A changed payment, refund or ledger document costs what it competes with; a changed customer costs a full run.
#[derive(Debug)]
pub struct Engine {
    /// Rows by position; a removed one stays as a gap until the next full run.
    rows: Vec<Row>,
    at: HashMap<(Side, RowId), u32>,
    rules: Rules,
    weights: Weights,
    payments: Payments,
    /// Positions in `payments` by position of the row.
    pay_at: HashMap<u32, u32>,
    doc_at: HashMap<u32, u32>,
    /// Refunds by their charge.
    refunds: HashMap<RowId, BTreeSet<RowId>>,
    /// All compared pairs of invoices and of credits, by their left row.
    compared: BTreeMap<RowId, Vec<Link>>,
    links: Vec<Link>,
    unlinked: Vec<Unlinked>,
}

impl Engine {
    /// Of two rows with one side and id the later one counts.
    pub fn new(rows: Vec<Row>, rules: Rules, weights: Weights) -> Self {
        let mut engine = Self {
            rows: Vec::new(),
            at: HashMap::new(),
            rules,
            weights,
            payments: Payments::default(),
            pay_at: HashMap::new(),
            doc_at: HashMap::new(),
            refunds: HashMap::new(),
            compared: BTreeMap::new(),
            links: Vec::new(),
            unlinked: Vec::new(),
        };
        engine.run(rows);
        engine
    }

    /// The proposed matches, in order of their left and right ids.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The left rows without a link, in order of their ids.
    pub fn unlinked(&self) -> &[Unlinked] {
        &self.unlinked
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    pub fn row(&self, side: Side, id: &RowId) -> Option<&Row> {
        self.at.get(&(side, id.clone())).map(|&at| &self.rows[at as usize])
    }

    /// Takes one change; gives the links that are new or different. A pair that is no link any more is found by its absence
    /// in [`Engine::links`].
    pub fn apply(&mut self, change: Change) -> Vec<Link> {
        match change {
            Change::Put(row) => self.put(*row),
            Change::Remove(side, id) => self.remove(side, &id),
            Change::Confirm(pair) => {
                self.rules.declined.remove(&pair);
                self.rules.confirmed.insert(pair.clone());
                self.decide(&pair)
            }
            Change::Decline(pair) => {
                self.rules.confirmed.remove(&pair);
                self.rules.declined.insert(pair.clone());
                self.decide(&pair)
            }
            Change::Forget(pair) => {
                self.rules.confirmed.remove(&pair);
                self.rules.declined.remove(&pair);
                self.decide(&pair)
            }
        }
    }

    /// Everything anew.
    fn run(&mut self, rows: Vec<Row>) {
        self.rows = sorted(rows);
        self.at = self.rows.iter().enumerate().map(|(i, row)| ((row.side, row.id.clone()), i as u32)).collect();
        self.refunds.clear();
        for row in &self.rows {
            if let Some(charge) = is_refund(row) {
                self.refunds.entry(charge.clone()).or_default().insert(row.id.clone());
            }
        }
        let order: Vec<u32> = (0..self.rows.len() as u32).collect();
        let all = Prepared::new(&self.rows, &order, &self.rules, &self.weights);
        self.pay_at = all.pays.iter().enumerate().map(|(p, pay)| (pay.row, p as u32)).collect();
        self.doc_at = all.docs.iter().enumerate().map(|(d, doc)| (doc.row, d as u32)).collect();
        self.payments = Payments::default();
        self.payments.all = all;
        let decided = self.decided();
        self.payments = Payments::new(std::mem::take(&mut self.payments.all), decided, &self.weights);
        let (customers, mut unlinked) = self.link_customers(0..self.payments.all.payers.len() as u32);
        let mut links = customers;
        let papers = self.link_papers(&links);
        links.extend(papers.links);
        unlinked.extend(papers.unlinked);
        self.compared = papers.compared;
        let (settled, open) = self.link_payments((0..self.payments.all.pays.len() as u32).collect());
        links.extend(settled);
        unlinked.extend(open);
        unlinked.extend(self.lost_refunds());
        links.sort_by(|a, b| (&a.left, &a.right).cmp(&(&b.left, &b.right)));
        unlinked.sort_by(|a, b| a.left.cmp(&b.left));
        (self.links, self.unlinked) = (links, unlinked);
    }

    fn put(&mut self, row: Row) -> Vec<Link> {
        let before = self.at.get(&(row.side, row.id.clone())).map(|&at| self.rows[at as usize].clone());
        if before.as_ref() == Some(&row) {
            return Vec::new();
        }
        let (side, id) = (row.side, row.id.clone());
        let quick = quick(&row) && before.as_ref().is_none_or(quick) && (!is_open(&row) || self.payments.all.customer_of(&row).is_some());
        if !quick || self.papers_see(&row) || before.as_ref().is_some_and(|b| self.papers_see(b)) {
            return self.run_again(before.map(|_| (side, id)), Some(row));
        }
        let at = self.rows.len() as u32;
        let old = self.at.insert((side, id), at);
        self.rows.push(row);
        self.exchange(old, Some(at))
    }

    fn remove(&mut self, side: Side, id: &RowId) -> Vec<Link> {
        let Some(&at) = self.at.get(&(side, id.clone())) else { return Vec::new() };
        let row = &self.rows[at as usize];
        if !quick(row) || self.papers_see(row) {
            return self.run_again(Some((side, id.clone())), None);
        }
        self.at.remove(&(side, id.clone()));
        self.exchange(Some(at), None)
    }

    /// A full run after a change; the links that differ.
    fn run_again(&mut self, without: Option<(Side, RowId)>, with: Option<Row>) -> Vec<Link> {
        if let Some(key) = without {
            self.at.remove(&key);
        }
        let kept: HashSet<u32> = self.at.values().copied().collect();
        let rows = std::mem::take(&mut self.rows);
        let mut rows: Vec<Row> = rows.into_iter().enumerate().filter(|(i, _)| kept.contains(&(*i as u32))).map(|(_, row)| row).collect();
        rows.extend(with);
        let before = std::mem::take(&mut self.links);
        self.run(rows);
        self.links.iter().filter(|link| find(&before, &link.left, &link.right) != Some(link)).cloned().collect()
    }

    /// A person decided about a pair.
    fn decide(&mut self, pair: &Pair) -> Vec<Link> {
        let Some(pay) = self.pay_of(&pair.left) else { return self.run_again(None, None) };
        self.payments.decided = self.decided();
        self.refresh(BTreeSet::from([pay]), &BTreeSet::new(), BTreeSet::new(), BTreeSet::new())
    }

    /// What people decided about payments, by position.
    fn decided(&self) -> Decided {
        let mut decided = Decided::default();
        let position = |pair: &Pair| {
            let pay = self.pay_of(&pair.left);
            let doc = self.at.get(&(Side::Right, pair.right.clone())).and_then(|at| self.doc_at.get(at));
            Some((pay?, *doc?))
        };
        for (pairs, of) in [(&self.rules.confirmed, &mut decided.yes), (&self.rules.declined, &mut decided.no)] {
            for (pay, doc) in pairs.iter().filter_map(position) {
                of.entry(pay).or_default().push(doc);
            }
        }
        decided
    }

    /// Is this row matched paper to paper, where a change costs a full run?
    fn papers_see(&self, row: &Row) -> bool {
        let paper = |kind| matches!(kind, Kind::Invoice | Kind::Credit);
        paper(row.kind) || (row.kind == Kind::Document && !self.compared.is_empty())
    }

    fn versions(&self) -> Versions {
        Versions { rules: self.rules.version, weights: self.weights.version() }
    }

    fn of(&self, side: Side, kind: Kind) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.side == side && row.kind == kind && !row.failed)
    }

    /// The customer row behind a row, or what the row itself says.
    fn party<'a>(&'a self, row: &'a Row) -> &'a Party {
        let customer = row.party.id.as_ref().and_then(|id| self.row(row.side, id));
        customer.filter(|c| c.kind == Kind::Customer).map_or(&row.party, |c| &c.party)
    }
}

/// Rows in the order in which they are worked on; of two with one side and id, the later one.
pub(crate) fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    let key = |i: u32| (rows[i as usize].side, &rows[i as usize].id);
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| key(a).cmp(&key(b)).then(b.cmp(&a)));
    order.dedup_by(|a, b| key(*a) == key(*b));
    // In place: rows are large, and a second copy of all of them would be the peak of memory.
    for to in 0..order.len() {
        let mut from = order[to] as usize;
        while from < to {
            from = order[from] as usize;
        }
        rows.swap(to, from);
    }
    rows.truncate(order.len());
    rows
}

/// Rows whose change costs only what they compete with.
fn quick(row: &Row) -> bool {
    match row.side {
        Side::Left => matches!(row.kind, Kind::Charge | Kind::Refund),
        Side::Right => row.kind == Kind::Document,
    }
}

fn is_refund(row: &Row) -> Option<&RowId> {
    if row.side == Side::Left && row.kind == Kind::Refund && !row.failed { row.refund_of.as_ref() } else { None }
}

fn find<'a>(links: &'a [Link], left: &RowId, right: &RowId) -> Option<&'a Link> {
    links.binary_search_by(|l| (&l.left, &l.right).cmp(&(left, right))).ok().map(|at| &links[at])
}

/// Two customers that are surely one party.
fn is_sure(link: &Link) -> bool {
    link.kind == Kind::Customer && (link.exact() || link.method == crate::Method::Confirmed)
}

fn linked_customers(links: &[Link]) -> BTreeSet<Pair> {
    links.iter().filter(|l| is_sure(l)).map(Link::pair).collect()
}
