//! The engine: rows in, links out.

mod by_left;
mod change;
mod customers;
mod explain;
mod outline;
mod papers;
pub(crate) mod rows;
mod settled;
mod teach;

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

pub(crate) use customers::CUSTOMERS;
pub(crate) use outline::Outline;
pub use teach::{Replay, Tally};

use crate::link::{Link, Unlinked, Versions};
use crate::payments::Payments;
use crate::payments::prepare::Prepared;
use crate::row::{Kind, Pair, Party, Row, RowId, Side};
use crate::rules::Rules;
use crate::weights::Weights;
use by_left::ByLeft;
use papers::Papers;
use rows::{Place, Rows};

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
/// A change costs what the row competes with, not a full run.
#[derive(Debug)]
pub struct Engine {
    rows: Rows,
    rules: Rules,
    /// The decided pairs again, the right row first.
    decided: BTreeSet<(RowId, RowId)>,
    /// As they were given, and as the book's lessons shift them.
    given: Weights,
    weights: Weights,
    payments: Payments,
    papers: Papers,
    /// Refunds and credits by what they take back.
    taken_back: HashMap<RowId, BTreeSet<RowId>>,
    /// The answer in full, made when first asked for.
    answer: OnceLock<Answer>,
}

/// Links with their evidence.
#[derive(Debug)]
struct Answer {
    links: ByLeft<Link>,
    unlinked: ByLeft<Unlinked>,
}

impl Engine {
    /// Of two rows with one side and id the later one counts.
    pub fn new(rows: Vec<Row>, rules: Rules, weights: Weights) -> Self {
        let mut engine = Self::matched(rows, rules, weights);
        engine.answer();
        engine.payments.all.expect_changes();
        engine
    }

    /// Matched, and the evidence kept as the levels it consists of until someone asks.
    pub(crate) fn matched(rows: Vec<Row>, rules: Rules, given: Weights) -> Self {
        let weights = given.shifted(&rules.lessons);
        let mut rows = Rows::new(rows);
        let mut taken_back: HashMap<RowId, BTreeSet<RowId>> = HashMap::new();
        for row in rows.iter() {
            if let Some(back) = takes_back(row) {
                taken_back.entry(back.clone()).or_default().insert(row.id.clone());
            }
        }
        let all = Prepared::new(&rows, &rules, &weights);
        set_places(&mut rows, &all);
        let decided = rules.confirmed.iter().chain(&rules.declined).map(|pair| (pair.right.clone(), pair.left.clone())).collect();
        let (payments, papers) = (Payments::unsettled(all), Papers::default());
        let mut engine = Self { rows, rules, decided, given, weights, payments, papers, taken_back, answer: OnceLock::new() };
        let decided: Vec<RowId> = engine.decided.iter().map(|(_, left)| left.clone()).collect();
        decided.iter().for_each(|left| engine.decide_payment(left));
        engine.payments.settle_all(&engine.weights);
        engine.match_papers();
        engine
    }

    /// The proposed matches, in order of their left and right ids.
    pub fn links(&self) -> &[Link] {
        &self.answer().links
    }

    /// The left rows without a link, in order of their ids.
    pub fn unlinked(&self) -> &[Unlinked] {
        &self.answer().unlinked
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// In no order that means anything.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.live().map(|at| &self.rows[at as usize])
    }

    pub fn row(&self, side: Side, id: &RowId) -> Option<&Row> {
        self.rows.at(side, id).map(|at| &self.rows[at as usize])
    }

    fn answer(&self) -> &Answer {
        self.answer.get_or_init(|| {
            let (mut links, mut unlinked) = self.link_customers(0..self.payments.all.payers.len() as u32);
            let pays = self.rows.in_order().into_iter().filter_map(|at| if let Place::Pay(p) = self.rows.place(at) { Some(p) } else { None });
            for (some, none) in [self.link_papers(self.papers.lefts()), self.link_payments(pays)] {
                links.extend(some);
                unlinked.extend(none);
            }
            unlinked.extend(self.lost_refunds());
            links.sort_by(|a, b| (&a.left, &a.right).cmp(&(&b.left, &b.right)));
            unlinked.sort_by(|a, b| a.left.cmp(&b.left));
            Answer { links: ByLeft::new(links), unlinked: ByLeft::new(unlinked) }
        })
    }

    /// What its links are made by, whether there are any or not.
    pub fn versions(&self) -> Versions {
        Versions { rules: self.rules.version, weights: self.weights.version() }
    }

    /// The customer row behind a row, or what the row itself says.
    fn party<'a>(&'a self, row: &'a Row) -> &'a Party {
        let customer = row.party.id.as_ref().and_then(|id| self.row(row.side, id));
        customer.filter(|c| c.kind == Kind::Customer).map_or(&row.party, |c| &c.party)
    }

    fn pay_of(&self, charge: &RowId) -> Option<u32> {
        match self.rows.place(self.rows.at(Side::Left, charge)?) {
            Place::Pay(p) => Some(p),
            _ => None,
        }
    }

    fn doc_of(&self, document: &RowId) -> Option<u32> {
        match self.rows.place(self.rows.at(Side::Right, document)?) {
            Place::Doc(d) => Some(d),
            _ => None,
        }
    }
}

fn set_places(rows: &mut Rows, all: &Prepared) {
    for (at, pay) in all.pays.iter().enumerate() {
        rows.set(pay.row, Place::Pay(at as u32));
    }
    for (at, doc) in all.docs.iter().enumerate() {
        rows.set(doc.row, Place::Doc(at as u32));
    }
    for (at, row) in all.payer_rows.iter().enumerate() {
        row.iter().for_each(|row| rows.set(*row, Place::Payer(at as u32)));
    }
    for (at, row) in all.customer_rows.iter().enumerate() {
        row.iter().for_each(|row| rows.set(*row, Place::Customer(at as u32)));
    }
}

/// What a refund or a credit of Stripe takes back.
fn takes_back(row: &Row) -> Option<&RowId> {
    let takes = row.side == Side::Left && matches!(row.kind, Kind::Refund | Kind::Credit) && !row.failed;
    if takes { row.refund_of.as_ref() } else { None }
}

fn find<'a>(links: &'a [Link], left: &RowId, right: &RowId) -> Option<&'a Link> {
    links.binary_search_by(|l| (&l.left, &l.right).cmp(&(left, right))).ok().map(|at| &links[at])
}
