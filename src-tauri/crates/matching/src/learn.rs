//! Learning the weights from books with their truth: which choice is right, given what the other payments settled.
//!
//! The odds of a choice are the sum of its levels' weights; the weights are those under which the true choices are
//! likeliest among their rivals (a conditional logit, pulled towards zero).

mod fit;
mod order;

use std::collections::{BTreeMap, BTreeSet};

use fit::{Case, fit, steps};

use crate::engine::{CUSTOMERS, Engine};
use crate::level::Level;
use crate::parties::Payer;
use crate::payments::Payments;
use crate::payments::choice::{Choice, Decided};
use crate::payments::habit;
use crate::payments::options::Maker;
use crate::payments::prepare::Prepared;
use crate::row::{Kind, Row, RowId, Side};
use crate::rules::{Rates, Rules};
use crate::weights::Weights;
use crate::{documents, pairing};

/// What is true of a book.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// What each payment settles, of which documents.
    pub settles: BTreeMap<RowId, BTreeMap<RowId, i64>>,
    /// The ledger's customer of each of Stripe's; `None` if it has none.
    pub customers: BTreeMap<RowId, Option<RowId>>,
    /// Payments made twice: the one that counts, and the other.
    pub twice: Vec<(RowId, RowId)>,
    /// The document of each of Stripe's invoices and credits that has one.
    pub documents: BTreeMap<RowId, RowId>,
}

/// A book to learn from.
pub struct Lesson {
    pub rows: Vec<Row>,
    pub rates: Rates,
    pub truth: Truth,
}

impl Lesson {
    fn prepared(&self, weights: &Weights) -> Prepared {
        Prepared::new(&self.rows, &self.rules(), weights)
    }

    fn rules(&self) -> Rules {
        Rules { rates: self.rates.clone(), ..Rules::default() }
    }

    fn engine(&self, weights: &Weights) -> Engine {
        Engine::new(self.rows.clone(), self.rules(), weights.clone())
    }
}

/// Learns all levels anew: payers first, since payments and papers build on them.
pub fn learn(lessons: &[Lesson], weights: &Weights) -> Weights {
    let mut weights = weights.clone();
    let mut cases = Vec::new();
    for lesson in lessons {
        payer_cases(lesson, &weights, &mut cases);
    }
    fit(&cases, &mut weights);
    let mut cases = Vec::new();
    for lesson in lessons {
        payment_cases(lesson, &weights, &mut cases);
        paper_cases(lesson, &weights, &mut cases);
    }
    fit(&cases, &mut weights);
    weights
}

fn payer_cases(lesson: &Lesson, weights: &Weights, cases: &mut Vec<Case>) {
    let all = lesson.prepared(weights);
    for (at, payer) in all.payers.iter().enumerate() {
        let right: Option<u32> = match all.payer_rows[at] {
            Some(row) => match lesson.truth.customers.get(&lesson.rows[row as usize].id) {
                Some(Some(id)) => match all.customer_rows.iter().position(|r| r.is_some_and(|r| &lesson.rows[r as usize].id == id)) {
                    Some(c) => Some(c as u32),
                    None => continue,
                },
                Some(None) => None,
                None => continue,
            },
            None => all.by_payer[at].iter().find_map(|&p| settled_customer(lesson, &all, p)),
        };
        cases.push(payer_case(&all, payer, right, weights));
        // And as if it had given its name and no more, as many do.
        let named = Payer { who: payer.who.name_alone(), guest: payer.guest, ..Payer::default() };
        cases.push(payer_case(&all, &named, right, weights));
    }
}

/// Whom a payer may be, nobody first. Who is not found is taken for nobody.
fn payer_case(all: &Prepared, payer: &Payer, right: Option<u32>, weights: &Weights) -> Case {
    let mut nobody = vec![Level::Nobody];
    if payer.guest {
        nobody.push(Level::NobodyGuest);
    }
    let found = all.customers.candidates(payer);
    let right = right.and_then(|right| found.iter().position(|customer| *customer == right)).map_or(0, |at| at + 1);
    let levels = found.into_iter().map(|customer| all.customers.judge(payer, customer, weights).levels.to_vec());
    Case { options: std::iter::once(nobody).chain(levels).collect(), right }
}

fn settled_customer(lesson: &Lesson, all: &Prepared, p: u32) -> Option<u32> {
    let id = &lesson.rows[all.pays[p as usize].row as usize].id;
    let doc = lesson.truth.settles.get(id)?.keys().next()?;
    all.docs.iter().find(|d| &lesson.rows[d.row as usize].id == doc).map(|d| d.customer)
}

fn payment_cases(lesson: &Lesson, weights: &Weights, cases: &mut Vec<Case>) {
    let all = lesson.prepared(weights);
    let position: BTreeMap<&RowId, u32> = all.docs.iter().enumerate().map(|(i, d)| (&lesson.rows[d.row as usize].id, i as u32)).collect();
    let settles = |p: usize| -> BTreeMap<u32, i64> {
        let of = lesson.truth.settles.get(&lesson.rows[all.pays[p].row as usize].id);
        of.into_iter().flatten().filter_map(|(id, amount)| Some((*position.get(id)?, *amount))).collect()
    };
    let mut left: Vec<i64> = all.docs.iter().map(|d| d.open).collect();
    for p in 0..all.pays.len() {
        for (d, amount) in settles(p) {
            left[d as usize] -= amount;
        }
    }
    let usual = usual(&all, settles);
    let known = |c: &Choice| {
        let mut known = c.clone();
        if let [only] = c.uses[..]
            && let Some(usual) = usual.get(&all.docs[only.doc as usize].customer)
        {
            known.know(habit::level(i32::from(c.lag) - usual), weights);
        }
        known
    };
    let decided = Decided::default();
    let maker = Maker { all: &all, weights, learning: true, decided: &decided };
    for p in 0..all.pays.len() {
        let own = settles(p);
        let left_for = |d: u32| left[d as usize] + own.get(&d).copied().unwrap_or(0);
        let there = |c: &Choice| c.uses.iter().all(|u| left_for(u.doc) >= u.amount);
        let is_right = |c: &Choice| c.uses.len() == own.len() && c.uses.iter().all(|u| own.contains_key(&u.doc));
        let mut made = maker.choices(p as u32);
        made.some = made.some.iter().map(known).collect();
        let sums = maker.sums(p as u32, |d| left_for(d) >= all.docs[d as usize].open);
        // Once among all documents, which tells what evidence is worth; once among those that the others leave, which tells
        // how likely it is that there is one.
        for rivals in [true, false] {
            let mut some: Vec<&Choice> = made.some.iter().filter(|c| rivals || there(c)).collect();
            let fresh: Vec<&Choice> = sums.iter().filter(|s| !some.iter().any(|c| c.uses == s.uses)).collect();
            some.extend(fresh);
            let right = some.iter().position(|c| is_right(c)).map_or(0, |at| at + 1);
            // Nothing to learn where the right one is not among the choices, or where nothing is right but all is taken.
            if (right == 0) == own.is_empty() && !(rivals && own.is_empty()) {
                let mut options = vec![made.nothing.to_vec()];
                options.extend(some.into_iter().map(|c| c.levels.to_vec()));
                cases.push(Case { options, right });
            }
        }
    }
}

/// How late the customers pay that always pay late, by what is true of them.
fn usual(all: &Prepared, settles: impl Fn(usize) -> BTreeMap<u32, i64>) -> BTreeMap<u32, i32> {
    /// Payments that make a habit, the days that they may lie apart, and from when on it is late.
    const ENOUGH: usize = 3;
    const APART: i32 = 5;
    const LATE: i32 = 16;
    let mut lags: BTreeMap<u32, Vec<i32>> = BTreeMap::new();
    for (p, pay) in all.pays.iter().enumerate() {
        let of = settles(p);
        for doc in of.keys().filter(|_| of.len() == 1).map(|d| &all.docs[*d as usize]).filter(|doc| doc.series) {
            lags.entry(doc.customer).or_default().push(pay.day - doc.day);
        }
    }
    let usual = lags.into_iter().filter_map(|(customer, mut lags)| {
        lags.sort_unstable();
        let middle = *lags.get(lags.len() / 2)?;
        let near = lags.iter().filter(|lag| (*lag - middle).abs() <= APART).count();
        (middle >= LATE && near >= ENOUGH && near * 3 >= lags.len() * 2).then_some((customer, middle))
    });
    usual.collect()
}

/// As for payments: once among all documents, once among those that the others leave.
fn paper_cases(lesson: &Lesson, weights: &Weights, cases: &mut Vec<Case>) {
    if lesson.truth.documents.is_empty() {
        return;
    }
    let taken: BTreeSet<&RowId> = lesson.truth.documents.values().collect();
    let engine = lesson.engine(weights);
    for left in lesson.rows.iter().filter(|r| r.side == Side::Left && matches!(r.kind, Kind::Invoice | Kind::Credit)) {
        let (own, compared) = (lesson.truth.documents.get(&left.id), engine.candidates(&left.id));
        for rivals in [true, false] {
            let some: Vec<_> = compared.iter().filter(|link| rivals || Some(&link.right) == own || !taken.contains(&link.right)).collect();
            let right = own.map_or(Some(0), |own| some.iter().position(|link| &link.right == own).map(|at| at + 1));
            if let Some(right) = right.filter(|_| own.is_some() || !rivals) {
                let levels = some.iter().map(|link| documents::levels(&link.evidence).to_vec());
                cases.push(Case { options: std::iter::once(vec![Level::NoPaper]).chain(levels).collect(), right });
            }
        }
    }
}

/// Learns from other books how often links of each class are right when the messages give them some chance.
pub fn calibrate(lessons: &[Lesson], weights: &Weights) -> Weights {
    let mut weights = weights.without_calibration();
    let mut seen: BTreeMap<String, Vec<(f64, bool)>> = BTreeMap::new();
    for lesson in lessons {
        for link in lesson.engine(&weights).links() {
            let (class, right) = match link.kind {
                Kind::Customer => (CUSTOMERS, lesson.truth.customers.get(&link.left).and_then(Option::as_ref) == Some(&link.right)),
                Kind::Invoice | Kind::Credit => (pairing::class(link), lesson.truth.documents.get(&link.left) == Some(&link.right)),
                _ => continue,
            };
            seen.entry(class.to_owned()).or_default().push((link.chance, right));
        }
        let payments = Payments::new(lesson.prepared(&weights), &weights);
        let all = &payments.all;
        let other: BTreeMap<&RowId, &RowId> = lesson.truth.twice.iter().map(|(first, second)| (second, first)).collect();
        for chosen in payments.chosen.iter().flatten().filter(|c| c.believed >= crate::payments::LEAST) {
            let id = &lesson.rows[all.pays[chosen.pay as usize].row as usize].id;
            // Either of two equal payments is as good as the other.
            let truth = lesson.truth.settles.get(other.get(id).copied().unwrap_or(id));
            for u in chosen.choice.uses.iter() {
                let right = truth.and_then(|t| t.get(&lesson.rows[all.docs[u.doc as usize].row as usize].id)) == Some(&u.amount);
                seen.entry(chosen.class.name()).or_default().push((chosen.believed, right));
            }
        }
    }
    for (class, links) in seen {
        weights.set_calibration(&class, steps(links));
    }
    weights
}
