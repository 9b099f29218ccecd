//! What a payment may settle, as data.

use std::collections::HashMap;
use std::ops::Deref;

use super::options::CONFIRMED;
use crate::level::Level;
use crate::weights::Weights;

/// One way to use a payment: the documents it settles, with what each gets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub uses: Uses,
    pub levels: Seen,
    pub score: f64,
    /// Among its rivals, as the messages have it; set when they are known.
    pub believed: f64,
    /// The same before it is known how late customers pay, and which sums compete.
    pub first: f32,
    /// A sum that was sought, among what the others leave: such stand behind those that were found.
    pub sought: bool,
    /// Days from the posting date to the payment, or to the first of the parts; of a sum nothing.
    pub lag: i16,
    /// What its date told before it was known how late the customer usually pays.
    pub unknown: Option<Level>,
}

impl Choice {
    pub fn new(uses: Uses, levels: Seen, score: f64) -> Self {
        Self { uses, levels, score, believed: 0.0, first: 0.0, sought: false, lag: 0, unknown: None }
    }

    /// Does its date tell how late the customer pays?
    pub fn dated(&self) -> bool {
        self.unknown.is_some() || self.levels.iter().any(|level| level.is_of_series())
    }

    /// Does the amount fit so well that no sum may fit better? One that is nearly right does if its number is named.
    pub fn fits(&self) -> bool {
        let other = self.levels.contains(&Level::Different) || self.levels.contains(&Level::PartOdd);
        !other && (!self.is_near() || self.named())
    }

    /// A little less or more is paid than is open.
    pub fn is_near(&self) -> bool {
        use Level::{OverPercent, OverRound, UnderCents, UnderPercent, UnderRound};
        [UnderCents, UnderRound, UnderPercent, OverRound, OverPercent].iter().any(|level| self.levels.contains(level))
    }

    /// The payment names its document, or all of several.
    pub fn named(&self) -> bool {
        [Level::MetaNames, Level::TextNames, Level::OrderEqual, Level::SumNamed].iter().any(|level| self.levels.contains(level))
    }

    /// A person confirmed it.
    pub fn confirmed(&self) -> bool {
        self.score >= CONFIRMED
    }

    /// It is known now how late the customer usually pays.
    pub fn know(&mut self, usual: Level, weights: &Weights) {
        if !self.confirmed()
            && let Some(plain) = self.levels.replace(Level::is_of_series, usual)
        {
            self.unknown = Some(plain);
            self.score += weights.of(usual) - weights.of(plain);
        }
    }

    /// As it was before that.
    pub fn forget(&mut self, weights: &Weights) {
        if let Some(before) = self.unknown.take() {
            self.levels.replace(Level::is_of_habit, before);
            self.score = self.levels.iter().map(|level| weights.of(*level)).sum();
        }
    }
}

/// A part of a document's open amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub doc: u32,
    pub amount: i64,
}

/// The uses of one choice: nearly always one, which then costs no memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Uses {
    One([Use; 1]),
    Many(Box<[Use]>),
}

impl Uses {
    pub fn of(many: Vec<Use>) -> Self {
        if let [one] = many[..] { Self::One([one]) } else { Self::Many(many.into()) }
    }
}

impl Deref for Uses {
    type Target = [Use];

    fn deref(&self) -> &[Use] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

/// The levels of evidence of one choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    count: u8,
    levels: [Level; 15],
}

impl Default for Seen {
    fn default() -> Self {
        Self { count: 0, levels: [Level::Nothing; 15] }
    }
}

impl Seen {
    /// Puts another level in the place of the first that is `wanted`; gives that.
    pub fn replace(&mut self, wanted: fn(Level) -> bool, other: Level) -> Option<Level> {
        let slot = self.levels[..usize::from(self.count)].iter_mut().find(|level| wanted(**level))?;
        Some(std::mem::replace(slot, other))
    }

    pub fn push(&mut self, level: Level) {
        // More are not made: what is left out weighs nothing.
        if let Some(slot) = self.levels.get_mut(usize::from(self.count)) {
            *slot = level;
            self.count += 1;
        }
    }
}

impl Extend<Level> for Seen {
    fn extend<T: IntoIterator<Item = Level>>(&mut self, levels: T) {
        levels.into_iter().for_each(|level| self.push(level));
    }
}

impl FromIterator<Level> for Seen {
    fn from_iter<T: IntoIterator<Item = Level>>(levels: T) -> Self {
        let mut seen = Self::default();
        seen.extend(levels);
        seen
    }
}

impl Deref for Seen {
    type Target = [Level];

    fn deref(&self) -> &[Level] {
        &self.levels[..usize::from(self.count)]
    }
}

/// All that one payment may settle, and the odds that it is nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices {
    pub some: Vec<Choice>,
    pub nothing: Seen,
    pub nothing_score: f64,
    /// All of it was given back: it takes only what those that stayed leave.
    pub yields: bool,
    /// Documents that were compared, and that a bound kept from it.
    pub compared: u32,
    pub not_searched: u32,
    /// Nobody is known and too many documents have its amount: they are not searched either.
    pub common: bool,
    /// Customers whose documents were looked at: a change there concerns this payment.
    pub considered: Box<[u32]>,
    /// Customers for whose documents this payment competes.
    pub touched: Box<[u32]>,
}

impl Choices {
    /// Those that were found without a look at what others leave.
    pub fn found(&self) -> &[Choice] {
        let sought = self.some.iter().rev().take_while(|c| c.sought).count();
        &self.some[..self.some.len() - sought]
    }

    /// The documents in them, each once.
    pub fn docs(&self) -> Vec<u32> {
        let mut docs: Vec<u32> = docs_of(&self.some).collect();
        docs.sort_unstable();
        docs.dedup();
        docs
    }

    /// The same to choose among, whatever is believed of it.
    pub fn is_like(&self, other: &Self) -> bool {
        // `other` was just made; what is usual was not told to it.
        let dated = |c: &Choice| c.levels.iter().map(|l| if l.is_of_habit() { c.unknown.unwrap_or(*l) } else { *l }).collect::<Seen>();
        let same = |a: &Choice, b: &Choice| a.uses == b.uses && dated(a) == b.levels && a.lag == b.lag && a.confirmed() == b.confirmed();
        let (found, others) = (self.found(), other.found());
        self.nothing_score == other.nothing_score
            && self.touched == other.touched
            && found.len() == others.len()
            && found.iter().zip(others).all(|(a, b)| same(a, b))
    }
}

/// The documents of choices, as they come.
pub(crate) fn docs_of(choices: &[Choice]) -> impl Iterator<Item = u32> + Clone + '_ {
    choices.iter().flat_map(|c| c.uses.iter().map(|u| u.doc))
}

/// What people decided, by payment: the documents it settles, and those it does not.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    pub yes: HashMap<u32, Vec<u32>>,
    pub no: HashMap<u32, Vec<u32>>,
}

impl Decided {
    pub fn set(&mut self, pay: u32, yes: Vec<u32>, no: Vec<u32>) {
        self.forget(pay);
        for (of, docs) in [(&mut self.yes, yes), (&mut self.no, no)] {
            if !docs.is_empty() {
                of.insert(pay, docs);
            }
        }
    }

    pub fn forget(&mut self, pay: u32) {
        self.yes.remove(&pay);
        self.no.remove(&pay);
    }
}
