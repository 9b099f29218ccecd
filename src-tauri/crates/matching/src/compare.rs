//! The five comparisons of two rows. Each answers with one fact.

use chrono::NaiveDate;
use money::Money;

use crate::fact::{Detail, Fact, Verdict, What};
use crate::row::{Party, Reference, Row, Source};
use crate::{fold, parties};

/// Invoice and document carry the same date, or nearly: a posting date may follow a few days behind.
pub(crate) const NEAR_DAYS: u32 = 5;
/// Rounding of lines and VAT, in minor units.
pub(crate) const NEAR_MINOR: u64 = 5;
/// Folded names at least this alike are similar.
const SIMILAR: f64 = 0.8;

/// A paper as it is compared: the numbers on it folded once, for all that it is compared with.
pub(crate) struct Paper<'a> {
    pub row: &'a Row,
    pub party: Known<'a>,
    numbers: Vec<Number<'a>>,
    /// The numbers in its words.
    pub written: Vec<String>,
}

struct Number<'a> {
    source: Source,
    value: &'a str,
    folded: String,
}

impl<'a> Paper<'a> {
    pub fn new(row: &'a Row, party: &'a Party) -> Self {
        let (texts, named): (Vec<_>, Vec<_>) = row.references.iter().take(fold::NUMBERS).partition(|r| r.source == Source::Text);
        let mut written = fold::numbers(&row.text);
        written.extend(texts.iter().map(|r| fold::number(&r.value)));
        let number = |r: &&'a Reference| Number { source: r.source, value: &r.value, folded: fold::number(&r.value) };
        Self { row, party: Known::new(party), numbers: named.iter().map(number).collect(), written }
    }

    fn of(&self, source: Source) -> impl Iterator<Item = &Number<'a>> {
        self.numbers.iter().filter(move |number| number.source == source)
    }

    /// Is this one of its own numbers, or its id?
    fn is_called(&self, other: &Number) -> bool {
        self.of(Source::Number).any(|own| !own.value.is_empty() && own.folded == other.folded) || self.row.id.as_str() == other.value
    }

    fn own_number_in(&self, words: &[String]) -> Option<&Number<'a>> {
        self.of(Source::Number).find(|own| words.contains(&own.folded))
    }
}

/// Does either row name the other? Stripe's metadata, our mark in the document, a number in words.
pub(crate) fn reference(left: &Paper, right: &Paper) -> Fact {
    let fact = |verdict, detail| Fact::new(What::Reference, verdict, detail);
    let value = |number: &Number| number.value.to_owned();
    if let Some(named) = left.of(Source::Metadata).find(|named| right.is_called(named)) {
        return fact(Verdict::Equal, Detail::InMetadata { value: value(named) });
    }
    if let Some(mark) = right.of(Source::Mark).find(|mark| left.is_called(mark)) {
        return fact(Verdict::Equal, Detail::OurMark { value: value(mark) });
    }
    if let Some(named) = left.of(Source::Metadata).next() {
        return fact(Verdict::Contradicts, Detail::NamesAnother { value: value(named) });
    }
    if let Some(number) = right.own_number_in(&left.written).or_else(|| left.own_number_in(&right.written)) {
        return fact(Verdict::Equal, Detail::InText { value: value(number) });
    }
    match right.of(Source::Mark).next() {
        Some(mark) if left.of(Source::Number).next().is_some() => fact(Verdict::Contradicts, Detail::NamesAnother { value: value(mark) }),
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

/// A party as it is compared in words: its name, numbers and addresses folded once.
pub(crate) struct Known<'a> {
    party: &'a Party,
    pub name: String,
    pairs: Vec<(char, char)>,
    vat: Option<fold::Vat>,
    ean: Option<String>,
    phone: Option<fold::Phone>,
    postcode: Option<String>,
    mails: Vec<String>,
    /// Those of its addresses that are its own.
    domains: Vec<String>,
}

impl<'a> Known<'a> {
    pub fn new(party: &'a Party) -> Self {
        let name = fold::said(&party.name).map(fold::name).unwrap_or_default();
        let mails: Vec<String> = party.emails.iter().filter_map(|e| fold::address(e)).collect();
        Self {
            party,
            pairs: fold::pairs(&name),
            name,
            vat: party.vat.as_deref().and_then(fold::Vat::new),
            ean: party.ean.as_deref().and_then(fold::ean),
            phone: party.phone.as_deref().and_then(fold::Phone::new),
            postcode: party.postcode.as_deref().and_then(fold::said).map(fold::number),
            domains: mails.iter().filter_map(|e| fold::own_domain(e)).map(str::to_owned).collect(),
            mails,
        }
    }
}

/// Two customers, from the surest sign to the weakest.
pub(crate) fn party(left: &Known, right: &Known) -> Fact {
    let fact = |verdict, detail| Fact::new(What::Party, verdict, detail);
    let (l, r) = (left.party, right.party);
    let written = |field: &Option<String>| field.clone().unwrap_or_default();
    let same_vat = left.vat.as_ref().zip(right.vat.as_ref()).map(|(left, right)| left.is(right));
    if same_vat == Some(true) {
        return fact(Verdict::Equal, Detail::SameVatNumber { vat: written(&r.vat) });
    }
    if left.ean.is_some() && left.ean == right.ean {
        return fact(Verdict::Equal, Detail::SameEan { ean: written(&r.ean) });
    }
    if same_vat == Some(false) {
        return fact(Verdict::Contradicts, Detail::OtherVatNumber { left: written(&l.vat), right: written(&r.vat) });
    }
    if let Some(found) = name(left, right) {
        return found;
    }
    if left.phone.as_ref().zip(right.phone.as_ref()).is_some_and(|(left, right)| left.is(right)) {
        return fact(Verdict::Near, Detail::SamePhone { phone: written(&r.phone) });
    }
    if left.name.is_empty() || right.name.is_empty() {
        return fact(Verdict::Missing, Detail::NoName);
    }
    fact(Verdict::Contradicts, Detail::OtherName { left: l.name.clone(), right: r.name.clone() })
}

/// E-mail, name and postcode: the name as written is equal, each of the others alone is only near.
fn name(left: &Known, right: &Known) -> Option<Fact> {
    let fact = |verdict, detail| Some(Fact::new(What::Party, verdict, detail));
    let named = !left.name.is_empty() && left.name == right.name;
    let common = |of_left: &[String], of_right: &[String]| of_left.iter().find(|one| of_right.contains(one)).cloned();
    let email = common(&left.mails, &right.mails);
    let postcode = left.party.postcode.as_ref().filter(|_| left.postcode.is_some() && left.postcode == right.postcode).cloned();
    let (l, r) = (left.party, right.party);
    match (named, email, postcode) {
        (_, Some(email), _) if named || !fold::shared_mailbox(&email) => fact(Verdict::Equal, Detail::SameEmail { email }),
        (true, _, _) if l.name == r.name => fact(Verdict::Equal, Detail::SameName { name: l.name.clone() }),
        (true, _, Some(postcode)) => fact(Verdict::Equal, Detail::NameAndPostcode { name: r.name.clone(), postcode }),
        (true, _, _) => fact(Verdict::Equal, Detail::NameWritten { left: l.name.clone(), right: r.name.clone() }),
        (false, Some(email), _) => fact(Verdict::Near, Detail::SameEmail { email }),
        _ if fold::likeness(&left.pairs, &right.pairs) >= SIMILAR && !parties::have_words_apart(&left.name, &right.name) => {
            fact(Verdict::Near, Detail::SimilarName { left: l.name.clone(), right: r.name.clone() })
        }
        _ => common(&left.domains, &right.domains).and_then(|domain| fact(Verdict::Near, Detail::SameDomain { domain })),
    }
}
