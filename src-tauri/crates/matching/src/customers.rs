//! The facts of two customers, one of Stripe and one of the ledger. ([`crate::parties`] finds them and weighs them.)

use crate::compare::{self, Known};
use crate::fact::{Detail, Fact, Verdict, What};
use crate::fold;
use crate::link::Method;
use crate::row::{Party, Row};

/// The facts of two customers. Neither an address of mail nor a name alone makes them equal.
pub(crate) fn evidence(left: &Row, right: &Row) -> [Fact; 5] {
    let none = |what| Fact::new(what, Verdict::Missing, Detail::NotCompared);
    [reference(&left.party, &right.party), none(What::Amount), party(&left.party, &right.party), none(What::Date), none(What::Currency)]
}

pub(crate) fn method(evidence: &[Fact; 5]) -> Method {
    if evidence[0].verdict == Verdict::Equal { Method::Reference } else { Method::Party }
}

fn reference(left: &Party, right: &Party) -> Fact {
    let fact = |verdict, detail| Fact::new(What::Reference, verdict, detail);
    match (&left.number, &right.number) {
        (Some(l), Some(r)) if fold::number(l) == fold::number(r) => fact(Verdict::Equal, Detail::CustomerNumber { value: r.clone() }),
        (Some(l), Some(_)) => fact(Verdict::Contradicts, Detail::NamesAnother { value: l.clone() }),
        _ => fact(Verdict::Missing, Detail::NoReference),
    }
}

fn party(left: &Party, right: &Party) -> Fact {
    let (left, right) = (Known::new(left), Known::new(right));
    let mut fact = compare::party(&left, &right);
    let named = !left.name.is_empty() && left.name == right.name;
    let sure = match &fact.detail {
        Detail::SameVatNumber { .. } | Detail::SameEan { .. } => true,
        Detail::SameEmail { .. } => named,
        _ => false,
    };
    if fact.verdict == Verdict::Equal && !sure {
        fact.verdict = Verdict::Near;
    }
    fact
}
