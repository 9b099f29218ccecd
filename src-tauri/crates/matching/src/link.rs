//! What comes out: links with their evidence, and the rows that found none.

use money::Money;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Verdict, What};
use crate::row::{Kind, Pair, RowId};

/// A proposed match of one left and one right row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Link {
    pub left: RowId,
    pub right: RowId,
    /// The kind of the left row.
    pub kind: Kind,
    /// What the link carries, in the right row's currency; negative for a refund, zero between customers.
    pub amount: Money,
    /// The chance that it is right, rivals counted: of the links that say 0.9, nine in ten are.
    pub chance: f64,
    pub method: Method,
    /// Reference, Amount, Party, Date, Currency: one fact each, in this order.
    pub evidence: Box<[Fact; 5]>,
    /// The candidates that lost, best first; the best few only.
    pub rivals: Vec<Rival>,
    /// Nobody could tell this candidate from another: `right` is only the one that a bookkeeper would take, the oldest.
    pub tie: bool,
    pub versions: Versions,
}

impl Link {
    pub fn pair(&self) -> Pair {
        Pair { left: self.left.clone(), right: self.right.clone() }
    }

    pub fn fact(&self, what: What) -> &Fact {
        &self.evidence[what as usize]
    }

    /// The chance in thousandths, for the eye.
    pub fn permille(&self) -> u32 {
        (self.chance.clamp(0.0, 1.0) * 1000.0).round() as u32
    }

    /// Reference, amount, currency and party equal, the date equal or near, and no tie. Between customers: the party equal
    /// or the ledger's number in metadata, and neither contradicted.
    pub fn exact(&self) -> bool {
        let is = |what, verdicts: &[Verdict]| verdicts.contains(&self.fact(what).verdict);
        let equal = |what| is(what, &[Verdict::Equal]);
        if self.tie {
            return false;
        }
        if self.kind == Kind::Customer {
            let contradicted = [What::Reference, What::Party].iter().any(|w| is(*w, &[Verdict::Contradicts]));
            return (equal(What::Party) || equal(What::Reference)) && !contradicted;
        }
        equal(What::Reference)
            && equal(What::Amount)
            && equal(What::Currency)
            && equal(What::Party)
            && is(What::Date, &[Verdict::Equal, Verdict::Near])
    }

    /// Where Review shows it.
    pub fn bucket(&self) -> Bucket {
        if self.exact() {
            Bucket::Exact
        } else if self.tie || self.chance < Bucket::STRONG {
            Bucket::Choose
        } else {
            Bucket::Strong
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Bucket {
    Exact,
    Strong,
    Choose,
}

impl Bucket {
    /// The least chance of a strong link.
    pub const STRONG: f64 = 0.9;
}

/// How a pair was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Method {
    /// A person confirmed it.
    Confirmed,
    Reference,
    AmountAndParty,
    Amount,
    Party,
    SumOf {
        count: u32,
    },
    RefundOfCharge,
    Learned {
        rule: u32,
    },
}

/// A candidate that lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rival {
    pub right: RowId,
    pub chance: f64,
    /// No fact tells it from the winner.
    pub equal: bool,
}

/// A left row that no link explains, and how far was looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unlinked {
    pub left: RowId,
    pub kind: Kind,
    /// How many right rows of the fitting kind there are.
    pub looked_at: usize,
    /// How many of them shared a number, an amount or a party with it and were compared.
    pub compared: usize,
    /// Candidates, or sums of them, that a bound kept from being tried: at least so many.
    pub not_searched: usize,
}

/// Which rules and weights made a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Versions {
    pub rules: u32,
    pub weights: u32,
}

/// Why a pair is, or is not, a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The pair, judged as if it were proposed; `chance` is the one it has among its rivals.
    pub link: Link,
    /// It is one of [`crate::Engine::links`].
    pub linked: bool,
    /// A person declined it; it is never proposed.
    pub declined: bool,
    /// What each fact adds to the odds, in natural logarithms, in the order of the evidence.
    pub odds: [f64; 5],
    /// How many right rows the left one was compared with.
    pub compared: usize,
    /// The other left rows that want the same right row, best first; the best few only.
    pub wanted_by: Vec<RowId>,
}
