//! The arithmetic of learning: weights under which the right choices are likeliest, and how often what is said is so.

use std::collections::BTreeSet;

use super::order;
use crate::level::Level;
use crate::weights::Weights;

/// One decision: the levels of each possibility, and which was right.
pub(super) struct Case {
    pub options: Vec<Vec<Level>>,
    pub right: usize,
}

/// Rounds of learning, the size of the first step, and the pull towards zero.
const ROUNDS: usize = 400;
const STEP: f64 = 0.15;
const PULL: f64 = 0.3;

/// Where the steps of a calibration begin, in what the messages say, and how many links one needs.
const STEPS: [f64; 17] = [0.0, 0.45, 0.55, 0.65, 0.75, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999, 0.999999];
const STEP_LINKS: f64 = 200.0;

/// Rising steps of (said, right), neighbours pooled where they are few or would fall.
pub(super) fn steps(links: Vec<(f64, bool)>) -> Vec<(f64, f64)> {
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

/// Adam over all cases at once, kept in order after each round: few weights, little data, the same result every time.
pub(super) fn fit(cases: &[Case], weights: &mut Weights) {
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
        // In the measure of the steps: pooled weights then move as one.
        order::keep(&mut w, &square.iter().map(|s| s.sqrt()).collect::<Vec<f64>>());
    }
    for l in &used {
        weights.set(*l, w[*l as usize]);
    }
}
