//! Papers one to one: who gets whom, who ties, and the chance among rivals. Knows positions and scores, not rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use money::Money;

use crate::assignment::best_whole;
use crate::documents::Key;
use crate::fact::{Verdict, What};
use crate::link::{Link, Versions};
use crate::lookup::Lookup;
use crate::payments::belief::{Asked, beliefs};
use crate::payments::choice::{Choice, Seen, Use, Uses};
use crate::row::{Kind, Row};

/// Rivals that a link shows; more are only counted in its chance.
pub(crate) const SHOWN: usize = 8;
/// Scores this close are equal.
pub(crate) const EQUAL: f64 = 1e-9;
/// And of chances this close none is likelier than another.
pub(crate) const SAME: f64 = 1e-3;
/// Chances are put in order by steps of this size: below it they differ by the order of arithmetic alone.
const STEP: f64 = 1e-4;
/// A left paper of which it is less likely than this that it has a partner at all gets none; nor does it get one that is
/// less likely than that. Equal ones count together.
const PARTNERED: f64 = 0.7;
const LEAST: f64 = 0.15;

/// All left papers of one kind with the right ones that they were compared with.
#[derive(Debug, Default)]
pub(crate) struct Pairing {
    /// Both sides by the keys of [`crate::documents`].
    pub rights: Lookup,
    pub lefts: Lookup,
    pub looked_at: usize,
    pub wants: BTreeMap<u32, Wants>,
    /// By right row: those that want it, and whether in earnest.
    wanted: HashMap<u32, BTreeMap<u32, bool>>,
    /// By right row that some want in earnest: the chance that they leave it.
    free: HashMap<u32, f64>,
    pub chosen: BTreeMap<u32, Chosen>,
    /// Left papers of groups that are too large for the best whole, with the pairs that were not tried together.
    untried: BTreeMap<u32, usize>,
}

/// What one left paper was compared with, in order of the right ids.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    pub pairs: Vec<Scored>,
    pub not_searched: usize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Scored {
    pub right: u32,
    /// Its odds over there being no partner; below all if a person declined it.
    pub score: f64,
    /// Among all that compete with it; see [`Pairing::chance`].
    chance: f64,
    /// Neither row is closed.
    pub open: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen {
    pub right: u32,
    pub tie: bool,
}

impl Scored {
    pub fn new(right: u32, score: f64, open: bool) -> Self {
        Self { right, score, chance: 0.0, open }
    }

    pub fn is_declined(&self) -> bool {
        self.score == f64::NEG_INFINITY
    }

    fn step(&self) -> i64 {
        (self.chance / STEP).round() as i64
    }

    fn is_eligible(&self) -> bool {
        self.score > 0.0 && self.open
    }
}

impl Wants {
    /// Is a right paper among those that a link of this one may name as rivals?
    fn shows(&self, right: u32) -> bool {
        let pair = self.pairs.iter().find(|pair| pair.right == right);
        pair.is_some_and(|pair| self.pairs.iter().filter(|other| other.score > pair.score).count() <= SHOWN)
    }
}

impl Pairing {
    pub fn new(rights: Lookup, lefts: Lookup, looked_at: usize) -> Self {
        Self { rights, lefts, looked_at, ..Self::default() }
    }

    /// The right papers that share a key, and how many a bound kept from it.
    pub fn candidates(&self, keys: &[Key]) -> (Vec<u32>, usize) {
        let (mut found, mut skipped) = (Vec::new(), 0);
        for key in keys {
            match self.rights.count(key.hash) {
                few if few <= key.most => found.extend(self.rights.all(key.hash)),
                many => skipped += many,
            }
        }
        (found, skipped)
    }

    /// Puts what a left paper wants in the place of what it wanted; gives all rights that it wants in earnest, or did.
    pub fn put(&mut self, left: u32, wants: Option<Wants>) -> Vec<u32> {
        self.untried.remove(&left);
        let old = match wants {
            Some(new) => self.wants.insert(left, new),
            None => self.wants.remove(&left),
        };
        let pairs = |wants: Option<&Wants>| wants.map(|w| w.pairs.clone()).unwrap_or_default();
        let (old, new) = (pairs(old.as_ref()), pairs(self.wants.get(&left)));
        for pair in &old {
            if let Some(lefts) = self.wanted.get_mut(&pair.right) {
                lefts.remove(&left);
            }
        }
        for pair in &new {
            self.wanted.entry(pair.right).or_default().insert(left, pair.is_eligible());
        }
        old.iter().chain(&new).filter(|pair| pair.is_eligible()).map(|pair| pair.right).collect()
    }

    /// Puts one pair in the place of what there was of it; tells whether that may show in what the left paper gets.
    pub fn put_pair(&mut self, left: u32, right: u32, pair: Option<Scored>, rows: &[Row]) -> bool {
        let Some(wants) = self.wants.get_mut(&left) else { return false };
        let id = |right: u32| &rows[right as usize].id;
        let known = wants.pairs.iter().position(|p| p.right == right);
        let at = known.ok_or_else(|| wants.pairs.partition_point(|p| id(p.right) < id(right)));
        let counted = at.is_ok() != pair.is_some() && !self.chosen.contains_key(&left);
        let old = at.ok().map(|at| wants.pairs[at]);
        let weighs = old.iter().chain(&pair).any(|pair| pair.score > 0.0) || wants.shows(right);
        match (at, pair) {
            (Ok(at), Some(pair)) => wants.pairs[at] = pair,
            (Err(at), Some(pair)) => wants.pairs.insert(at, pair),
            (Ok(at), None) => drop(wants.pairs.remove(at)),
            (Err(_), None) => {}
        }
        let wanting = self.wanted.entry(right).or_default();
        match pair {
            Some(pair) => wanting.insert(left, pair.is_eligible()),
            None => wanting.remove(&left),
        };
        counted || weighs || wants.shows(right)
    }

    /// What a bound kept a left paper from: candidates, or trying them together with those of the others.
    pub fn not_searched(&self, left: u32) -> usize {
        let unread = self.wants.get(&left).map_or(0, |wants| wants.not_searched);
        unread.saturating_add(self.untried.get(&left).copied().unwrap_or_default())
    }

    pub fn wanting(&self, right: u32) -> impl Iterator<Item = u32> + '_ {
        self.wanted.get(&right).into_iter().flatten().map(|(left, _)| *left)
    }

    fn in_earnest(&self, right: u32) -> impl Iterator<Item = u32> + '_ {
        self.wanted.get(&right).into_iter().flatten().filter(|(_, eligible)| **eligible).map(|(left, _)| *left)
    }

    /// The chance of a pair. One that does not compete is held against the likely ones of its left paper, and against what
    /// those that do compete leave of the right one.
    pub fn chance(&self, wants: &Wants, pair: &Scored) -> f64 {
        if pair.is_eligible() {
            return pair.chance;
        }
        let own = pair.score.exp();
        let likely = wants.pairs.iter().filter(|other| other.score > 0.0 && other.right != pair.right);
        let others: f64 = likely.map(|other| other.score.exp()).sum();
        own / (1.0 + own + others) * self.free.get(&pair.right).copied().unwrap_or(1.0)
    }

    /// Sets chances and picks links anew after `touched` changed, and after others want `rights` in earnest than before.
    /// Gives the left papers whose links may differ. Sums run in order of ids, ties go in order of dates: the same result
    /// however it came about.
    pub fn settle(&mut self, mut touched: BTreeSet<u32>, rights: &BTreeSet<u32>, rows: &[Row]) -> BTreeSet<u32> {
        touched.extend(rights.iter().flat_map(|right| self.in_earnest(*right)));
        for left in &touched {
            self.chosen.remove(left);
        }
        let (mut seen, mut freed) = (BTreeSet::new(), Vec::new());
        for left in touched.clone() {
            let mut group = self.group(left, &mut seen);
            touched.extend(&group);
            for left in &group {
                self.chosen.remove(left);
            }
            freed.extend(self.choose(&mut group, rows));
        }
        let unwanted = rights.iter().filter(|right| self.in_earnest(**right).next().is_none());
        freed.extend(unwanted.copied().collect::<Vec<u32>>().into_iter().filter(|right| self.free.remove(right).is_some()));
        for right in freed {
            touched.extend(self.wanting(right).filter(|left| self.wants.get(left).is_some_and(|wants| wants.shows(right))));
        }
        touched
    }

    /// The left papers that compete, directly or by way of others, with one that is not yet seen.
    fn group(&self, left: u32, seen: &mut BTreeSet<u32>) -> Vec<u32> {
        let (mut group, mut todo, mut rights) = (Vec::new(), vec![left], BTreeSet::new());
        while let Some(left) = todo.pop() {
            let Some(wants) = self.wants.get(&left).filter(|_| seen.insert(left)) else { continue };
            group.push(left);
            for pair in wants.pairs.iter().filter(|pair| pair.is_eligible() && rights.insert(pair.right)) {
                todo.extend(self.in_earnest(pair.right).filter(|left| !seen.contains(left)));
            }
        }
        group
    }

    /// Sets the chances of those that compete in a group, and picks its links. Gives the rights that are otherwise free than
    /// before.
    fn choose(&mut self, group: &mut [u32], rows: &[Row]) -> Vec<u32> {
        group.sort_by(|a, b| rows[*a as usize].id.cmp(&rows[*b as usize].id));
        let freed = self.believe(group, rows);
        let own = group.iter().filter_map(|left| Some((*left, self.wants.get(left)?)));
        let field = Field::new(own.flat_map(|(left, wants)| likely(&wants.pairs).map(move |pair| (left, *pair))), rows);
        let whole = field.best_whole();
        for left in group.iter() {
            self.untried.remove(left);
        }
        if whole.is_none() {
            field.pairs.iter().for_each(|(left, _)| *self.untried.entry(*left).or_default() += 1);
        }
        let taken = whole.unwrap_or_else(|| field.likeliest_first());
        let takers: HashMap<u32, u32> = taken.iter().map(|(left, right)| (*right, *left)).collect();
        for (&left, &right) in &taken {
            self.chosen.insert(left, Chosen { right, tie: field.is_tie(left, right, &taken, &takers) });
        }
        freed
    }

    /// The chance of each pair when all of a group compete: each left paper takes one right one or none, and none is taken
    /// twice.
    fn believe(&mut self, group: &[u32], rows: &[Row]) -> Vec<u32> {
        let eligible = |left: &u32| self.wants.get(left).into_iter().flat_map(|w| &w.pairs).filter(|p| p.is_eligible());
        let mut rights: Vec<u32> = group.iter().flat_map(eligible).map(|pair| pair.right).collect();
        let id = |right: u32| &rows[right as usize].id;
        rights.sort_by(|a, b| id(*a).cmp(id(*b)));
        rights.dedup();
        let option = |pair: &Scored| {
            let doc = rights.binary_search_by(|right| id(*right).cmp(id(pair.right))).unwrap_or_default() as u32;
            Choice::new(Uses::One([Use { doc, amount: 1 }]), Seen::default(), pair.score)
        };
        let options: Vec<Vec<Choice>> = group.iter().map(|left| eligible(left).map(option).collect()).collect();
        let docs: Vec<u32> = (0..rights.len() as u32).collect();
        let asked: Vec<Asked> = options.iter().map(|some| (some.as_slice(), 0.0, false)).collect();
        let beliefs = beliefs(&asked, &docs, &vec![1; docs.len()]);
        for (left, chances) in group.iter().zip(beliefs.chances) {
            let wants = self.wants.get_mut(left).into_iter().flat_map(|w| &mut w.pairs);
            wants.filter(|pair| pair.is_eligible()).zip(chances).for_each(|(pair, chance)| pair.chance = chance);
        }
        let changed = rights.into_iter().zip(beliefs.free).filter(|(right, free)| self.free.insert(*right, *free) != Some(*free));
        changed.map(|(right, _)| right).collect()
    }
}

/// The pairs of one group that may become links.
struct Field {
    pairs: Vec<(u32, Scored)>,
    /// By left and right paper.
    scores: BTreeMap<(u32, u32), f64>,
    /// By right paper.
    wanting: HashMap<u32, Vec<u32>>,
    /// Oldest first.
    lefts: Vec<u32>,
    rights: Vec<u32>,
}

impl Field {
    fn new(pairs: impl Iterator<Item = (u32, Scored)>, rows: &[Row]) -> Self {
        let pairs: Vec<(u32, Scored)> = pairs.collect();
        let oldest_first = |mut papers: Vec<u32>| {
            let age = |at: u32| (rows[at as usize].date, &rows[at as usize].id);
            papers.sort_by(|a, b| age(*a).cmp(&age(*b)));
            papers.dedup();
            papers
        };
        let lefts = oldest_first(pairs.iter().map(|(left, _)| *left).collect());
        let rights = oldest_first(pairs.iter().map(|(_, pair)| pair.right).collect());
        let mut wanting: HashMap<u32, Vec<u32>> = HashMap::new();
        pairs.iter().for_each(|(left, pair)| wanting.entry(pair.right).or_default().push(*left));
        Self { scores: pairs.iter().map(|(left, pair)| ((*left, pair.right), pair.score)).collect(), wanting, pairs, lefts, rights }
    }

    /// By left paper the right one that it gets: the whole of which most is to be expected to be right, and of equal ones that
    /// in which the older get the older. `None` where they are too many for that.
    fn best_whole(&self) -> Option<BTreeMap<u32, u32>> {
        if let [(left, pair)] = self.pairs[..] {
            return Some(BTreeMap::from([(left, pair.right)]));
        }
        let (lefts, rights) = (places(&self.lefts), places(&self.rights));
        let mut worths = vec![Vec::new(); self.lefts.len()];
        for (left, pair) in &self.pairs {
            let (l, r) = (lefts[left], rights[&pair.right]);
            // Below the chance the sum of products, which is the most when both sides are in one order.
            let together = (self.lefts.len() - l) as i128 * (self.rights.len() - r) as i128;
            worths[l].push((r, (i128::from(pair.step()) << 64) + together));
        }
        let whole = best_whole(&worths, self.rights.len())?;
        Some(self.lefts.iter().zip(whole).filter_map(|(left, right)| Some((*left, self.rights[right?]))).collect())
    }

    fn likeliest_first(&self) -> BTreeMap<u32, u32> {
        let (lefts, rights) = (places(&self.lefts), places(&self.rights));
        let mut pairs: Vec<&(u32, Scored)> = self.pairs.iter().collect();
        pairs.sort_by(|(l, a), (m, b)| {
            let sure = b.step().cmp(&a.step()).then(b.score.total_cmp(&a.score));
            sure.then_with(|| (rights[&a.right], lefts[l]).cmp(&(rights[&b.right], lefts[m])))
        });
        let (mut taken, mut gone) = (BTreeMap::new(), BTreeSet::new());
        for (left, pair) in pairs {
            if !taken.contains_key(left) && gone.insert(pair.right) {
                taken.insert(*left, pair.right);
            }
        }
        taken
    }

    /// Would it be as good if the left paper took another right one, in exchange if that is taken, or another left one took
    /// its?
    fn is_tie(&self, left: u32, right: u32, taken: &BTreeMap<u32, u32>, takers: &HashMap<u32, u32>) -> bool {
        let score = |left: u32, right: u32| self.scores.get(&(left, right)).copied();
        let Some(own) = score(left, right) else { return false };
        let others = self.scores.range((left, 0)..=(left, u32::MAX)).filter(|((_, other), _)| *other != right);
        let exchanged = others.into_iter().any(|((_, other), instead)| match takers.get(other) {
            None => (instead - own).abs() < EQUAL,
            Some(&taker) => match (score(taker, *other), score(taker, right)) {
                (Some(theirs), Some(back)) => (instead + back - own - theirs).abs() < EQUAL,
                _ => false,
            },
        });
        let free = |other: &&u32| **other != left && !taken.contains_key(other);
        let as_much = |other: &u32| score(*other, right).is_some_and(|theirs| (theirs - own).abs() < EQUAL);
        exchanged || self.wanting.get(&right).into_iter().flatten().filter(free).any(as_much)
    }
}

fn places(papers: &[u32]) -> HashMap<u32, usize> {
    papers.iter().enumerate().map(|(place, at)| (*at, place)).collect()
}

/// Those of a left paper's pairs that may become its link: none if it more likely has no partner.
fn likely(pairs: &[Scored]) -> impl Iterator<Item = &Scored> {
    let eligible = || pairs.iter().filter(|pair| pair.is_eligible());
    let partnered = eligible().map(|pair| pair.chance).sum::<f64>() >= PARTNERED;
    let together = move |one: &Scored| eligible().filter(|other| (one.score - other.score).abs() < EQUAL).map(|other| other.chance).sum::<f64>();
    eligible().filter(move |pair| partnered && together(pair) >= LEAST)
}

/// Links of one class are right as often as those of it were in the books that the weights were learned from.
pub(crate) fn class(link: &Link) -> &'static str {
    match (link.tie || link.rivals.iter().any(|r| r.equal), link.fact(What::Reference).verdict, link.fact(What::Amount).verdict) {
        (true, ..) => "document_one_of_equals",
        (_, Verdict::Equal, Verdict::Equal) => "document_named_and_fits",
        (_, Verdict::Equal, _) => "document_named",
        (_, _, Verdict::Equal) => "document_of_the_amount",
        _ => "document_otherwise",
    }
}

/// A link before its rivals are known.
pub(crate) fn alone(left: &Row, right: &Row, evidence: [crate::Fact; 5], method: crate::Method, versions: Versions) -> Link {
    let of = match (left.amount.currency() == right.amount.currency(), left.amount.minor() < right.amount.minor()) {
        (true, true) => left.amount,
        _ => right.amount,
    };
    // A credit takes back, whatever sign its side gives it.
    let amount = match left.kind {
        Kind::Credit => Money::new(of.minor().saturating_abs().saturating_neg(), of.currency()),
        _ => of,
    };
    Link {
        left: left.id.clone(),
        right: right.id.clone(),
        kind: left.kind,
        amount,
        chance: 0.0,
        method,
        evidence: Box::new(evidence),
        rivals: Vec::new(),
        tie: false,
        versions,
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use money::Currency;

    use super::*;
    use crate::generate::Dice;
    use crate::payments::choice::Choices;
    use crate::payments::reference::Exact;
    use crate::row::Side;

    #[test]
    fn links_of_few_papers_are_the_best_whole_and_their_chances_nearly_exact() {
        let (mut off, mut count) = (0.0, 0);
        for seed in 0..300 {
            let mut dice = Dice::new(seed);
            let (lefts, rights) = (1 + dice.below(4) as u32, 1 + dice.below(4) as u32);
            let mut pairing = Pairing::default();
            for left in 0..lefts {
                let pairs = (lefts..lefts + rights).map(|right| Scored::new(right, dice.normal(0.5, 2.5), true)).collect();
                pairing.put(left, Some(Wants { pairs, not_searched: 0 }));
            }
            pairing.settle((0..lefts).collect(), &(lefts..lefts + rights).collect(), &rows(lefts, rights));
            let all_ways = |of: &dyn Fn(u32) -> Vec<(u32, f64)>| {
                let choice = |(right, score)| Choice::new(Uses::One([Use { doc: right - lefts, amount: 1 }]), Seen::default(), score);
                let choices = |left: u32| Choices { some: of(left).into_iter().map(choice).collect(), ..Choices::default() };
                Exact::new(&(0..lefts).map(choices).collect::<Vec<_>>(), &vec![1; rights as usize]).expect("few")
            };
            let eligible = |left: u32| pairing.wants[&left].pairs.iter().filter(|p| p.is_eligible());
            let all = all_ways(&|left| eligible(left).map(|p| (p.right, p.score)).collect());
            for (pair, exact) in (0..lefts).flat_map(eligible).zip(all.chances.iter().flatten()) {
                (off, count) = (off + (pair.chance - exact).abs(), count + 1);
            }
            // As many right links as there can be expected.
            let whole = all_ways(&|left| likely(&pairing.wants[&left].pairs).map(|p| (p.right, p.step() as f64)).collect());
            let taken = pairing.chosen.iter().filter_map(|(left, chosen)| eligible(*left).find(|p| p.right == chosen.right));
            let sum: i64 = taken.map(Scored::step).sum();
            assert_eq!(sum as f64, whole.best, "seed {seed}: {:?}", pairing.chosen);
        }
        assert!(off / f64::from(count) < 0.01, "mean {}", off / f64::from(count));
    }

    fn rows(lefts: u32, rights: u32) -> Vec<Row> {
        let one = Money::new(1, Currency::parse("DKK").expect("known"));
        let side = |at| if at < lefts { Side::Left } else { Side::Right };
        (0..lefts + rights).map(|at| Row::new(format!("{at}"), side(at), Kind::Invoice, one, NaiveDate::MIN)).collect()
    }
}
