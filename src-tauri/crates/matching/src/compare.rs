//! The five comparisons of two rows. Each answers with one fact.

use chrono::NaiveDate;
use money::Money;

use crate::fact::{Detail, Fact, Verdict, What};
use crate::fold;
use crate::row::{Party, Row, Source};

/// Invoice and document carry the same date, or nearly: a posting date may follow a few days behind.
pub(crate) const NEAR_DAYS: u32 = 5;
/// Rounding of lines and VAT, in minor units.
pub(crate) const NEAR_MINOR: u64 = 5;
/// Folded names at least this alike are similar.
const SIMILAR: f64 = 0.8;

/// Does either row name the other? Stripe's metadata, our mark in the document, a number in words.
pub(crate) fn reference(left: &Row, right: &Row) -> Fact {
    let fact = |verdict, detail| Fact::new(What::Reference, verdict, detail);
    let same = |a: &str, b: &str| !a.is_empty() && fold::number(a) == fold::number(b);
    let of = |row: &Row, source| row.references.iter().filter(move |r| r.source == source).map(|r| r.value.clone()).collect::<Vec<_>>();
    let (own, named) = (of(left, Source::Number), of(left, Source::Metadata));
    let (number, marks) = (of(right, Source::Number), of(right, Source::Mark));

    if let Some(value) = named.iter().find(|v| number.iter().any(|n| same(n, v)) || right.id.as_str() == v.as_str()) {
        return fact(Verdict::Equal, Detail::InMetadata { value: value.clone() });
    }
    if let Some(value) = marks.iter().find(|m| own.iter().any(|o| same(o, m)) || left.id.as_str() == m.as_str()) {
        return fact(Verdict::Equal, Detail::OurMark { value: value.clone() });
    }
    if let Some(value) = named.first() {
        return fact(Verdict::Contradicts, Detail::NamesAnother { value: value.clone() });
    }
    let written = |row: &Row| {
        let mut words = fold::numbers(&row.text);
        words.extend(of(row, Source::Text).iter().map(|v| fold::number(v)));
        words
    };
    let found = |words: &[String], numbers: &[String]| numbers.iter().find(|n| words.contains(&fold::number(n))).cloned();
    if let Some(value) = found(&written(left), &number).or_else(|| found(&written(right), &own)) {
        return fact(Verdict::Equal, Detail::InText { value });
    }
    match marks.first() {
        Some(value) if !own.is_empty() => fact(Verdict::Contradicts, Detail::NamesAnother { value: value.clone() }),
        _ => fact(Verdict::Missing, Detail::NoReference),
    }
}

/// Totals of two documents for one sale: equal, or apart by rounding.
pub(crate) fn total(left: Money, right: Money) -> Fact {
    let fact = |verdict, detail| Fact::new(What::Amount, verdict, detail);
    if left.currency() != right.currency() {
        return fact(Verdict::Missing, Detail::NotCompared);
    }
    match left.minus(right) {
        Ok(difference) if difference.is_zero() => fact(Verdict::Equal, Detail::SameAmount),
        Ok(amount) if amount.minor().unsigned_abs() <= NEAR_MINOR => fact(Verdict::Near, Detail::Difference { amount }),
        _ => fact(Verdict::Contradicts, Detail::OtherAmount { left, right }),
    }
}

pub(crate) fn date(left: NaiveDate, right: NaiveDate) -> Fact {
    let fact = |verdict, detail| Fact::new(What::Date, verdict, detail);
    let apart = (left - right).num_days();
    let days = u32::try_from(apart.unsigned_abs()).unwrap_or(u32::MAX);
    let verdict = if days <= NEAR_DAYS { Verdict::Near } else { Verdict::Contradicts };
    match apart {
        0 => fact(Verdict::Equal, Detail::SameDay),
        1.. => fact(verdict, Detail::DaysLater { days }),
        _ => fact(verdict, Detail::DaysEarlier { days }),
    }
}

pub(crate) fn currency(left: Money, right: Money) -> Fact {
    if left.currency() == right.currency() {
        Fact::new(What::Currency, Verdict::Equal, Detail::SameCurrency { currency: left.currency() })
    } else {
        Fact::new(What::Currency, Verdict::Contradicts, Detail::OtherCurrency { left: left.currency(), right: right.currency() })
    }
}

/// Two customers, from the surest sign to the weakest.
pub(crate) fn party(left: &Party, right: &Party) -> Fact {
    let fact = |verdict, detail| Fact::new(What::Party, verdict, detail);
    let both = |a: &Option<String>, b: &Option<String>, fold: fn(&str) -> String| match (a, b) {
        (Some(a), Some(b)) => Some((fold(a), fold(b))).filter(|(a, b)| !a.is_empty() && !b.is_empty()),
        _ => None,
    };
    let vat = both(&left.vat, &right.vat, fold::vat);
    if let Some((l, r)) = &vat
        && l == r
    {
        return fact(Verdict::Equal, Detail::SameVatNumber { vat: l.clone() });
    }
    if let Some((l, r)) = both(&left.ean, &right.ean, fold::number)
        && l == r
    {
        return fact(Verdict::Equal, Detail::SameEan { ean: l });
    }
    if let Some((left, right)) = vat {
        return fact(Verdict::Contradicts, Detail::OtherVatNumber { left, right });
    }
    if let Some(found) = name(left, right) {
        return found;
    }
    if let Some((l, r)) = both(&left.phone, &right.phone, fold::phone)
        && l == r
    {
        return fact(Verdict::Near, Detail::SamePhone { phone: l });
    }
    if left.name.is_empty() || right.name.is_empty() {
        return fact(Verdict::Missing, Detail::NoName);
    }
    fact(Verdict::Contradicts, Detail::OtherName { left: left.name.clone(), right: right.name.clone() })
}

/// E-mail, name and postcode: the name as written is equal, each of the others alone is only near.
fn name(left: &Party, right: &Party) -> Option<Fact> {
    let fact = |verdict, detail| Some(Fact::new(What::Party, verdict, detail));
    let (l, r) = (fold::name(&left.name), fold::name(&right.name));
    let named = !l.is_empty() && l == r;
    let email = common_email(left, right);
    let postcode = match (&left.postcode, &right.postcode) {
        (Some(a), Some(b)) if !a.is_empty() && fold::number(a) == fold::number(b) => Some(a.clone()),
        _ => None,
    };
    match (named, email, postcode) {
        (_, Some(email), _) if named || !fold::shared_mailbox(&email) => fact(Verdict::Equal, Detail::SameEmail { email }),
        (true, _, _) if left.name == right.name => fact(Verdict::Equal, Detail::SameName { name: left.name.clone() }),
        (true, _, Some(postcode)) => fact(Verdict::Equal, Detail::NameAndPostcode { name: right.name.clone(), postcode }),
        (true, _, _) => fact(Verdict::Equal, Detail::NameWritten { left: left.name.clone(), right: right.name.clone() }),
        (false, Some(email), _) => fact(Verdict::Near, Detail::SameEmail { email }),
        _ if fold::likeness(&l, &r) >= SIMILAR => fact(Verdict::Near, Detail::SimilarName { left: left.name.clone(), right: right.name.clone() }),
        _ => common_domain(left, right).and_then(|domain| fact(Verdict::Near, Detail::SameDomain { domain })),
    }
}

pub(crate) fn common_email(left: &Party, right: &Party) -> Option<String> {
    let folded = |party: &Party| party.emails.iter().map(|e| e.trim().to_lowercase()).filter(|e| e.contains('@')).collect::<Vec<_>>();
    let right = folded(right);
    folded(left).into_iter().find(|e| right.contains(e))
}

fn common_domain(left: &Party, right: &Party) -> Option<String> {
    let domains =
        |party: &Party| party.emails.iter().filter_map(|e| fold::own_domain(&e.trim().to_lowercase()).map(str::to_owned)).collect::<Vec<_>>();
    let right = domains(right);
    domains(left).into_iter().find(|d| right.contains(d))
}
