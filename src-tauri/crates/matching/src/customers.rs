//! Customers of Stripe and of the ledger: many of Stripe's may be one of the ledger's, never the other way.

use std::collections::BTreeMap;

use crate::compare;
use crate::fact::{Detail, Fact, Verdict, What};
use crate::fold;
use crate::link::Method;
use crate::row::{Party, Row};

/// Customers looked at under one sign.
const MOST: usize = 50;

pub(crate) struct Index<'a>(BTreeMap<String, Vec<&'a Row>>);

impl<'a> Index<'a> {
    pub fn new(rights: impl Iterator<Item = &'a Row>) -> Self {
        let mut index: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        for row in rights {
            for key in keys(&row.party) {
                index.entry(key).or_default().push(row);
            }
        }
        Self(index)
    }

    pub fn candidates(&self, left: &Row) -> (Vec<&'a Row>, usize) {
        let mut found: BTreeMap<&str, &Row> = BTreeMap::new();
        let mut skipped = 0;
        for key in keys(&left.party) {
            let rows = self.0.get(&key).map_or(&[][..], Vec::as_slice);
            skipped += rows.len().saturating_sub(MOST);
            found.extend(rows.iter().take(MOST).map(|r| (r.id.as_str(), *r)));
        }
        (found.into_values().collect(), skipped)
    }
}

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
    let mut fact = compare::party(left, right);
    let named = !left.name.is_empty() && fold::name(&left.name) == fold::name(&right.name);
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

fn keys(party: &Party) -> Vec<String> {
    let mut keys = Vec::new();
    let mut add = |sign: char, value: String| {
        if !value.is_empty() {
            keys.push(format!("{sign}{value}"));
        }
    };
    add('n', fold::name(&party.name));
    add('#', party.number.as_deref().map(fold::number).unwrap_or_default());
    add('v', party.vat.as_deref().map(fold::vat).unwrap_or_default());
    add('g', party.ean.as_deref().map(fold::number).unwrap_or_default());
    add('p', party.phone.as_deref().map(fold::phone).unwrap_or_default());
    for email in &party.emails {
        let email = email.trim().to_lowercase();
        add('d', fold::own_domain(&email).unwrap_or_default().to_owned());
        add('@', email);
    }
    keys
}
