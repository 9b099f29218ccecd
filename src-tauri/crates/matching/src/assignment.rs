//! The best whole: each left one takes one right one or none, no right one is taken twice, and the taken pairs are worth
//! the most together. Knows positions and worths, nothing else.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Pairs that are looked at in search of one whole, at most: beyond, it is not known.
const STEPS: usize = 1_000_000;

/// What each left one takes. `pairs` are, for each, the right ones that it may take and what they are worth to it; below
/// nothing none is taken. `None` if the search has too many steps.
pub(crate) fn best_whole(pairs: &[Vec<(usize, i128)>], rights: usize) -> Option<Vec<Option<usize>>> {
    let places = rights + pairs.len();
    let mut search = Search {
        pairs,
        rights,
        gain: pairs.iter().map(|own| own.iter().map(|(_, worth)| *worth).fold(0, i128::max)).collect(),
        price: vec![0; places],
        taker: vec![None; places],
        taken: vec![None; pairs.len()],
        steps: 0,
    };
    (0..pairs.len()).try_for_each(|left| search.place(left))?;
    Some(search.taken.into_iter().map(|place| place.filter(|place| *place < rights)).collect())
}

/// Shortest augmenting paths (the Hungarian method). Each left one also has a place of its own, worth nothing, behind the
/// right ones: it takes that rather than none. What a place is worth to one is never more than its gain and the price of
/// the place together, and just that if it takes it.
struct Search<'a> {
    pairs: &'a [Vec<(usize, i128)>],
    rights: usize,
    gain: Vec<i128>,
    price: Vec<i128>,
    taker: Vec<Option<usize>>,
    taken: Vec<Option<usize>>,
    steps: usize,
}

/// How little it costs to free a place, and who would then take it.
#[derive(Clone, Copy)]
struct Way {
    cost: i128,
    by: usize,
    done: bool,
}

impl Search<'_> {
    /// Finds a place for one more, others making room where that costs least.
    fn place(&mut self, first: usize) -> Option<()> {
        let mut ways: Vec<Option<Way>> = vec![None; self.taker.len()];
        self.steps += self.taker.len();
        let (mut next, mut order) = (BinaryHeap::new(), Vec::new());
        let (mut left, mut spent) = (first, 0);
        let end = loop {
            self.steps += self.pairs[left].len() + 1;
            if self.steps > STEPS {
                return None;
            }
            for &(place, worth) in self.pairs[left].iter().chain([&(self.rights + left, 0)]) {
                let cost = spent + self.gain[left] + self.price[place] - worth;
                if ways[place].is_none_or(|way| !way.done && cost < way.cost) {
                    ways[place] = Some(Way { cost, by: left, done: false });
                    next.push(Reverse((cost, place)));
                }
            }
            let place = loop {
                let Reverse((_, place)) = next.pop()?;
                if let Some(way) = ways[place].as_mut().filter(|way| !way.done) {
                    way.done = true;
                    spent = way.cost;
                    break place;
                }
            };
            match self.taker[place] {
                Some(taker) => left = taker,
                None => break place,
            }
            order.push((place, left, spent));
        };
        self.gain[first] -= spent;
        for (place, taker, cost) in order {
            self.gain[taker] -= spent - cost;
            self.price[place] += spent - cost;
        }
        // Each along the way moves on to the place that it would take.
        let mut place = Some(end);
        while let Some(to) = place {
            let by = ways[to]?.by;
            place = self.taken[by].replace(to);
            self.taker[to] = Some(by);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Dice;

    /// All ways, one by one.
    fn best(pairs: &[Vec<(usize, i128)>], taken: &mut Vec<usize>) -> i128 {
        let Some((own, others)) = pairs.split_first() else { return 0 };
        let mut most = best(others, taken);
        for (right, worth) in own {
            if !taken.contains(right) {
                taken.push(*right);
                most = most.max(worth + best(others, taken));
                taken.pop();
            }
        }
        most
    }

    #[test]
    fn nothing_is_worth_more_than_the_best_whole() {
        for seed in 0..2_000 {
            let mut dice = Dice::new(seed);
            let (lefts, rights) = (1 + dice.below(6) as usize, 1 + dice.below(6) as usize);
            let mut worth = || Some(i128::from(dice.between(-3, 12))).filter(|_| dice.chance(0.7));
            let pairs: Vec<Vec<(usize, i128)>> = (0..lefts).map(|_| (0..rights).filter_map(|right| Some((right, worth()?))).collect()).collect();
            let whole = best_whole(&pairs, rights).expect("few");
            let worth =
                |(own, right): (&Vec<(usize, i128)>, &Option<usize>)| right.map_or(0, |r| own.iter().find(|(o, _)| *o == r).expect("its own").1);
            let sum: i128 = pairs.iter().zip(&whole).map(worth).sum();
            assert_eq!(sum, best(&pairs, &mut Vec::new()), "seed {seed}: {pairs:?}, {whole:?}");
            let mut taken: Vec<usize> = whole.into_iter().flatten().collect();
            taken.sort_unstable();
            assert!(taken.windows(2).all(|w| w[0] != w[1]), "seed {seed}: taken twice");
        }
    }

    #[test]
    fn too_much_is_not_searched() {
        let all: Vec<(usize, i128)> = (0..2_000).map(|right| (right, 1)).collect();
        assert_eq!(best_whole(&vec![all; 2_000], 2_000), None);
    }
}
