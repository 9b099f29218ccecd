//! The odds: what each fact is worth. They live in one readable file, `weights.json`.

use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Verdict};
use crate::row::Kind;

/// A version of the odds; every link names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    version: u32,
    comment: String,
    prior: f64,
    customer_prior: f64,
    reference: Odds,
    amount: Odds,
    party: Odds,
    date: Odds,
    currency: Odds,
}

/// What the text of a weights file lacks.
#[derive(Debug, thiserror::Error)]
#[error("the weights were not read: {0}; nothing was matched with them")]
pub struct WeightsError(#[from] serde_json::Error);

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Odds {
    equal: f64,
    near: f64,
    missing: f64,
    contradicts: f64,
}

impl Weights {
    /// The weights that this program was built with.
    pub fn built_in() -> Self {
        Self::parse(include_str!("../weights.json")).expect("weights.json is part of this crate and read by its tests")
    }

    /// Reads a weights file.
    pub fn parse(json: &str) -> Result<Self, WeightsError> {
        Ok(serde_json::from_str(json)?)
    }

    pub fn version(&self) -> u32 {
        self.version
    }

    /// What each fact adds to the odds of its pair.
    pub(crate) fn odds(&self, evidence: &[Fact; 5]) -> [f64; 5] {
        let tables = [&self.reference, &self.amount, &self.party, &self.date, &self.currency];
        std::array::from_fn(|i| match evidence[i].verdict {
            Verdict::Equal => tables[i].equal,
            Verdict::Near => tables[i].near,
            Verdict::Missing => tables[i].missing,
            Verdict::Contradicts => tables[i].contradicts,
        })
    }

    /// Where a pair starts before its facts.
    pub(crate) fn prior(&self, kind: Kind) -> f64 {
        if kind == Kind::Customer { self.customer_prior } else { self.prior }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_file_reads() {
        assert!(Weights::built_in().version() > 0);
        assert!(Weights::parse("{}").is_err());
    }
}
