//! Learning the weights from books with their truth: which choice is right, given what the other payments settled.
//!
//! The odds of a choice are the sum of its levels' weights; the weights are those under which the true choices are
//! likeliest among their rivals (a conditional logit, pulled towards zero).

use std::collections::{BTreeMap, BTreeSet};

use crate::level::Level;
use crate::parties::Likely;
use crate::payments::Payments;
use crate::payments::choice::{Choice, Decided};
use crate::payments::options::Maker;
use crate::payments::prepare::Prepared;
use crate::row::{Row, RowId};
use crate::rules::{Rates, Rules};
use crate::weights::Weights;

/// What is true of a book.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// What each payment settles, of which documents.
    pub settles: BTreeMap<RowId, BTreeMap<RowId, i64>>,
    /// The ledger's customer of each of Stripe's; `None` if it has none.
    pub customers: BTreeMap<RowId, Option<RowId>>,
    /// Payments made twice: the one that counts, and the other.
    pub twice: Vec<(RowId, RowId)>,
}

/// A book to learn from.
pub struct Lesson {
    pub rows: Vec<Row>,
    pub rates: Rates,
    pub truth: Truth,
}

impl Lesson {
    fn prepared(&self, weights: &Weights) -> Prepared {
        Prepared::new(&self.rows, &Rules { rates: self.rates.clone(), ..Rules::default() }, weights)
    }
}

/// One decision: the levels of each possibility, and which was right.
struct Case {
    options: Vec<Vec<Level>>,
    right: usize,
}

/// Rounds of learning, the size of the first step, and the pull towards zero.
const ROUNDS: usize = 400;
const STEP: f64 = 0.15;
const PULL: f64 = 0.3;

/// Learns all levels anew: payers first, since payments build on them.
pub fn learn(lessons: &mut [Lesson], weights: &Weights) -> Weights {
    let mut weights = weights.clone();
    for lesson in lessons.iter_mut() {
        lesson.rows = crate::engine::rows::sorted(std::mem::take(&mut lesson.rows));
    }
    let mut cases = Vec::new();
    for lesson in lessons.iter() {
        payer_cases(lesson, &weights, &mut cases);
    }
    fit(&cases, &mut weights);
    let mut cases = Vec::new();
    for lesson in lessons.iter() {
        payment_cases(lesson, &weights, &mut cases);
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
        let mut options = Vec::new();
        let mut nobody = vec![Level::Nobody];
        if payer.guest {
            nobody.push(Level::NobodyGuest);
        }
        options.push(nobody);
        let mut found = None;
        for customer in all.customers.candidates(payer) {
            let Likely { levels, .. } = all.customers.judge(payer, customer, weights);
            if Some(customer) == right {
                found = Some(options.len());
            }
            options.push(levels.to_vec());
        }
        let right = match (right, found) {
            (_, Some(found)) => found,
            (_, None) => 0,
        };
        cases.push(Case { options, right });
    }
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
    let decided = Decided::default();
    let maker = Maker { all: &all, weights, learning: true, decided: &decided };
    for p in 0..all.pays.len() {
        let own = settles(p);
        let left_for = |d: u32| left[d as usize] + own.get(&d).copied().unwrap_or(0);
        let there = |c: &Choice| c.uses.iter().all(|u| left_for(u.doc) >= u.amount);
        let is_right = |c: &Choice| c.uses.len() == own.len() && c.uses.iter().all(|u| own.contains_key(&u.doc));
        let made = maker.choices(p as u32);
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

/// Learns from other books how often links of each class are right when the messages give them some chance.
pub fn calibrate(lessons: &mut [Lesson], weights: &Weights) -> Weights {
    let mut weights = weights.without_calibration();
    let mut seen: BTreeMap<&'static str, Vec<(f64, bool)>> = BTreeMap::new();
    for lesson in lessons.iter_mut() {
        lesson.rows = crate::engine::rows::sorted(std::mem::take(&mut lesson.rows));
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
        weights.set_calibration(class, steps(links));
    }
    weights
}

/// Where the steps of a calibration begin, in what the messages say, and how many links one needs.
const STEPS: [f64; 17] = [0.0, 0.45, 0.55, 0.65, 0.75, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999, 0.999999];
const STEP_LINKS: f64 = 120.0;

/// Rising steps of (said, right), neighbours pooled where they are few or would fall.
fn steps(links: Vec<(f64, bool)>) -> Vec<(f64, f64)> {
    let mut sums = [(0.0, 0.0, 0.0); STEPS.len()];
    for (said, right) in links {
        let step = &mut sums[STEPS.partition_point(|from| *from <= said).saturating_sub(1)];
        *step = (step.0 + said, step.1 + f64::from(u8::from(right)), step.2 + 1.0);
    }
    let mut pools: Vec<(f64, f64, f64)> = Vec::new();
    for step in sums.into_iter().filter(|s| s.2 > 0.0) {
        pools.push(step);
        while let [.., a, b] = pools.as_slice()
            && (a.2 < STEP_LINKS || a.1 * b.2 >= b.1 * a.2)
        {
            let joined = (a.0 + b.0, a.1 + b.1, a.2 + b.2);
            pools.truncate(pools.len() - 2);
            pools.push(joined);
        }
    }
    if let [.., a, b] = pools.as_slice()
        && b.2 < STEP_LINKS
    {
        let joined = (a.0 + b.0, a.1 + b.1, a.2 + b.2);
        pools.truncate(pools.len() - 2);
        pools.push(joined);
    }
    let round = |x: f64, digits: f64| (x * digits).round() / digits;
    // Never surer than what was seen can bear.
    pools.into_iter().map(|(said, right, n)| (round(said / n, 1e7), round((right + 0.3) / (n + 0.6), 1e5))).collect()
}

/// Adam over all cases at once: few weights, little data, the same result every time.
fn fit(cases: &[Case], weights: &mut Weights) {
    let used: BTreeSet<Level> = cases.iter().flat_map(|c| c.options.iter().flatten().copied()).collect();
    let mut w: Vec<f64> = Level::ALL.iter().map(|l| if used.contains(l) { 0.0 } else { weights.of(*l) }).collect();
    let (mut mean, mut square) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    let mut chances: Vec<f64> = Vec::new();
    for round in 1..=ROUNDS {
        let mut slope = vec![0.0; w.len()];
        for case in cases {
            chances.clear();
            chances.extend(case.options.iter().map(|levels| levels.iter().map(|l| w[*l as usize]).sum::<f64>()));
            let top = chances.iter().copied().fold(f64::MIN, f64::max);
            let total: f64 = chances
                .iter_mut()
                .map(|s| {
                    *s = (*s - top).exp();
                    *s
                })
                .sum();
            for (at, levels) in case.options.iter().enumerate() {
                let miss = f64::from(u8::from(at == case.right)) - chances[at] / total;
                if miss != 0.0 {
                    levels.iter().for_each(|l| slope[*l as usize] += miss);
                }
            }
        }
        let step = STEP * (1.0 - round as f64 / (ROUNDS + 1) as f64);
        for l in &used {
            let at = *l as usize;
            let g = slope[at] - PULL * w[at];
            mean[at] = 0.9 * mean[at] + 0.1 * g;
            square[at] = 0.99 * square[at] + 0.01 * g * g;
            let (m, s) = (mean[at] / (1.0 - 0.9_f64.powi(round as i32)), square[at] / (1.0 - 0.99_f64.powi(round as i32)));
            w[at] += step * m / (s.sqrt() + 1e-9);
        }
    }
    for l in &used {
        weights.set(*l, w[*l as usize]);
    }
}
