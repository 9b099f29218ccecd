//! A slow, obvious reference: every way in which payments may take documents, one by one. The engine is held against it
//! on books that are small enough.

use super::Payments;
use super::belief::{Asked, beliefs};
use super::choice::{Choice, Choices, Seen, Use, Uses};
use super::prepare::Prepared;
use crate::csv_match::{self, Input};
use crate::generate::{self, Dice, Profile};
use crate::rules::Rules;
use crate::weights::Weights;

/// More ways than this are not tried.
const WAYS: usize = 200_000;

/// What trying all ways comes to.
pub(crate) struct Exact {
    /// The best sum of odds over nothing, of choices that fit together.
    pub best: f64,
    /// The chance of each choice: the weight of the ways that have it, among all.
    pub chances: Vec<Vec<f64>>,
}

impl Exact {
    /// `open` by position of the document; `None` where there are too many ways.
    pub fn new(choices: &[Choices], open: &[i64]) -> Option<Self> {
        choices.iter().try_fold(1_usize, |ways, of| ways.checked_mul(of.some.len() + 1)).filter(|ways| *ways <= WAYS)?;
        let chances = choices.iter().map(|of| vec![0.0; of.some.len()]).collect();
        let mut exact = Self { best: f64::MIN, chances };
        let mut all = 0.0;
        exact.go(choices, &mut open.to_vec(), &mut Vec::new(), 0.0, &mut all);
        exact.chances.iter_mut().flatten().for_each(|chance| *chance /= all);
        Some(exact)
    }

    fn go(&mut self, choices: &[Choices], left: &mut Vec<i64>, taken: &mut Vec<Option<usize>>, sum: f64, all: &mut f64) {
        let Some(of) = choices.get(taken.len()) else {
            self.best = self.best.max(sum);
            *all += sum.exp();
            for (p, c) in taken.iter().enumerate().filter_map(|(p, c)| Some((p, (*c)?))) {
                self.chances[p][c] += sum.exp();
            }
            return;
        };
        taken.push(None);
        self.go(choices, left, taken, sum, all);
        taken.pop();
        for (c, choice) in of.some.iter().enumerate() {
            if choice.uses.iter().all(|u| left[u.doc as usize] >= u.amount) {
                choice.uses.iter().for_each(|u| left[u.doc as usize] -= u.amount);
                taken.push(Some(c));
                self.go(choices, left, taken, sum + choice.score - of.nothing_score, all);
                taken.pop();
                choice.uses.iter().for_each(|u| left[u.doc as usize] += u.amount);
            }
        }
    }
}

/// Payments and documents drawn at random: whole, in parts, and several at once.
pub(crate) fn drawn(dice: &mut Dice) -> (Vec<Choices>, Vec<i64>) {
    let open: Vec<i64> = (0..1 + dice.below(5)).map(|_| 100 * dice.between(1, 3)).collect();
    let choice = |dice: &mut Dice| {
        let first = dice.below(open.len() as u64) as usize;
        let second = dice.below(open.len() as u64) as usize;
        let whole = |doc: usize| Use { doc: doc as u32, amount: open[doc] };
        let uses = match dice.below(5) {
            0 if first != second => vec![whole(first.min(second)), whole(first.max(second))],
            1 => vec![Use { amount: open[first] / 2, ..whole(first) }],
            _ => vec![whole(first)],
        };
        Choice::new(Uses::of(uses), Seen::default(), dice.normal(1.0, 2.0))
    };
    let choices = (0..1 + dice.below(5)).map(|_| {
        let mut some: Vec<Choice> = (0..1 + dice.below(4)).map(|_| choice(dice)).collect();
        some.dedup_by(|a, b| a.uses == b.uses);
        Choices { some, nothing_score: dice.normal(0.0, 1.0), ..Choices::default() }
    });
    (choices.collect(), open)
}

#[test]
fn chances_are_nearly_those_of_all_ways() {
    let mut off = Vec::new();
    for seed in 0..400 {
        let (choices, open) = drawn(&mut Dice::new(seed));
        let docs: Vec<u32> = (0..open.len() as u32).collect();
        let asked: Vec<Asked> = choices.iter().map(|of| (of.some.as_slice(), of.nothing_score, of.yields)).collect();
        let found = beliefs(&asked, &docs, &open).chances;
        let exact = Exact::new(&choices, &open).expect("drawn small").chances;
        off.extend(found.iter().flatten().zip(exact.iter().flatten()).map(|(chance, exact)| (chance - exact).abs()));
    }
    off.sort_by(f64::total_cmp);
    let (mean, most) = (off.iter().sum::<f64>() / off.len() as f64, off[off.len() * 97 / 100]);
    assert!(mean < 0.02 && most < 0.15, "mean {mean}, 97 of 100 within {most}, of {}", off.len());
}

/// What is chosen may fall short of the best whole by so much of the sum of odds, in natural logarithms: it is chosen by
/// chances. Payments that are left to a person do not count.
const REGRET: f64 = 1.0;

#[test]
fn what_is_chosen_in_small_books_is_nearly_the_best_whole() {
    let (mut tried, mut best_found, mut worst) = (0, 0, 0.0_f64);
    for seed in 0..120 {
        let profile = Profile::ALL[seed as usize % 3];
        let (all, weights) = (prepared(profile, 24, seed), Weights::built_in());
        let payments = Payments::new(all, &weights);
        for mut group in payments.groups(0..payments.made.len() as u32, |of| &of.some) {
            // Nor those that get what others left of a document.
            let whole = |p: u32, c: &Choice| payments.made[p as usize].some.iter().any(|made| made.uses == c.uses);
            group.retain(|&p| payments.chosen[p as usize].as_ref().is_some_and(|chosen| whole(p, &chosen.choice)));
            let mut docs: Vec<u32> = group.iter().flat_map(|&p| &payments.made[p as usize].some).flat_map(|c| c.uses.iter().map(|u| u.doc)).collect();
            docs.sort_unstable();
            docs.dedup();
            let at = |doc: u32| docs.binary_search(&doc).expect("collected above") as u32;
            let choices: Vec<Choices> = group.iter().map(|&p| relative(&payments.made[p as usize], at)).collect();
            let open: Vec<i64> = docs.iter().map(|&d| payments.all.docs[d as usize].open).collect();
            let Some(exact) = Exact::new(&choices, &open) else { continue };
            let chosen = group.iter().filter_map(|&p| Some((p, payments.chosen[p as usize].as_ref()?)));
            let sum: f64 = chosen.map(|(p, c)| c.choice.score - payments.made[p as usize].nothing_score).sum();
            let regret = exact.best - sum;
            assert!((-1e-6..REGRET).contains(&regret), "seed {seed}: the best whole has {}, what was chosen {sum}", exact.best);
            (tried, best_found, worst) = (tried + 1, best_found + usize::from(regret < 1e-6), worst.max(regret));
        }
    }
    assert!(tried > 300 && best_found * 20 > tried * 19, "the best whole in {best_found} of {tried}, worst {worst}");
}

fn relative(choices: &Choices, at: impl Fn(u32) -> u32) -> Choices {
    let moved = |c: &Choice| Choice { uses: Uses::of(c.uses.iter().map(|u| Use { doc: at(u.doc), ..*u }).collect()), ..c.clone() };
    Choices { some: choices.some.iter().map(moved).collect(), nothing_score: choices.nothing_score, ..Choices::default() }
}

fn prepared(profile: Profile, invoices: usize, seed: u64) -> Prepared {
    let files = generate::book(profile, invoices, seed);
    let input = Input {
        payments: files.left.as_bytes(),
        invoices: files.right.as_bytes(),
        customers: Some(files.customers.as_bytes()),
        stripe_customers: Some(files.stripe_customers.as_bytes()),
        rates: Some(files.rates.as_bytes()),
    };
    let book = csv_match::read(input).expect("a generated book reads");
    Prepared::new(&book.rows, &Rules { rates: book.rates, ..Rules::default() }, &Weights::built_in())
}
