//! Stripe invoices and the ledger's sales documents, credit notes and credit memos: two papers for one sale, one to one.

use chrono::Datelike;
use money::Money;

use crate::compare::{self, NEAR_DAYS, Paper};
use crate::fact::{Detail, Fact, Verdict, What};
use crate::fold;
use crate::level::Level;
use crate::link::Method;
use crate::lookup::{hash, join};
use crate::payments::prepare::amount_key;
use crate::row::{Kind, Party, Row, Source};

/// A key under which papers are found, and how many may share it: with more it tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub hash: u64,
    pub most: usize,
}

/// How many rows are looked at under a number, a party, or two facts together; and under an amount alone.
const MOST: usize = 200;
const MOST_BY_AMOUNT: usize = 20;

/// The keys under which a paper is found: its numbers, its party, its amount, and this together with party or day.
pub(crate) fn keys(row: &Row, party: &Party) -> Vec<Key> {
    keys_within(row, party, 0, 0)
}

/// The keys of what may be its partner: amounts may differ by rounding, days by a few.
pub(crate) fn partner_keys(row: &Row, party: &Party) -> Vec<Key> {
    keys_within(row, party, compare::NEAR_MINOR as i64, compare::NEAR_DAYS as i32)
}

fn keys_within(row: &Row, party: &Party, near: i64, days: i32) -> Vec<Key> {
    let amount = size(row);
    let (whole, day) = (amount_key(amount.currency(), amount.minor()), row.date.num_days_from_ce());
    let parties: Vec<u64> = party_keys(party).iter().map(|key| join(hash(key), 2)).collect();
    let both = parties.iter().map(|party| join(*party, whole));
    let numbers = number_keys(row).into_iter().map(|key| join(hash(&key), 1));
    let on_day = (-days..=days).map(|off| join(whole, (day + off) as u64));
    let wide = numbers.chain(parties.iter().copied()).chain(both).chain(on_day).map(|hash| Key { hash, most: MOST });
    let amounts = (-near..=near).map(|off| join(amount_key(amount.currency(), amount.minor().saturating_add(off)), 3));
    let mut keys: Vec<Key> = wide.chain(amounts.map(|hash| Key { hash, most: MOST_BY_AMOUNT })).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The five facts of a pair. `linked` says that their customers were linked before. `credited` is the document of the
/// invoice that `left` takes back.
pub(crate) fn evidence(left: &Paper, right: &Paper, linked: bool, credited: Option<&Row>) -> [Fact; 5] {
    let reference = match compare::reference(left, right) {
        named if named.verdict == Verdict::Missing => credited.and_then(|document| credits(left.row, right, document)).unwrap_or(named),
        named => named,
    };
    let party = match compare::party(&left.party, &right.party) {
        fact if linked && fact.verdict != Verdict::Equal => Fact::new(What::Party, Verdict::Equal, Detail::LinkedBefore),
        fact => fact,
    };
    let (left, right) = (left.row, right.row);
    [reference, compare::total(size(left), size(right)), party, compare::date(left.date, right.date), compare::currency(left.amount, right.amount)]
}

/// What a row is about, without the sign that credits have on some sides.
fn size(row: &Row) -> Money {
    match row.kind {
        Kind::Credit => Money::new(row.amount.minor().saturating_abs(), row.amount.currency()),
        _ => row.amount,
    }
}

/// Does the memo credit the document that Stripe's invoice is linked with? That alone is not proof: one invoice may be
/// credited several times.
fn credits(left: &Row, right: &Paper, document: &Row) -> Option<Fact> {
    let fact = |verdict, detail| Some(Fact::new(What::Reference, verdict, detail));
    let number = document.references.iter().find(|r| r.source == Source::Number).map_or(document.id.as_str(), |r| r.value.as_str());
    if right.row.refund_of.as_ref() == Some(&document.id) || right.written.contains(&fold::number(number)) {
        let invoice = left.refund_of.as_ref().map(ToString::to_string).unwrap_or_default();
        return fact(Verdict::Near, Detail::CreditOf { invoice, document: number.to_owned() });
    }
    let other = right.row.refund_of.as_ref()?;
    fact(Verdict::Contradicts, Detail::NamesAnother { value: other.to_string() })
}

/// What each fact weighs, in the order of the evidence.
pub(crate) fn levels(evidence: &[Fact; 5]) -> [Level; 5] {
    evidence.each_ref().map(|fact| match (&fact.detail, fact.verdict) {
        (Detail::InMetadata { .. }, _) => Level::PaperMeta,
        (Detail::OurMark { .. }, _) => Level::PaperMark,
        (Detail::InText { .. }, _) => Level::PaperText,
        (Detail::CreditOf { .. }, _) => Level::PaperCredit,
        (Detail::NamesAnother { .. }, _) => Level::PaperOther,
        (Detail::NotCompared, _) => Level::TotalUnknown,
        (Detail::LinkedBefore, _) => Level::PartyLinked,
        (Detail::SameVatNumber { .. } | Detail::SameEan { .. }, _) => Level::PartyVat,
        (Detail::SameEmail { .. }, Verdict::Equal) => Level::PartyMail,
        (Detail::SameName { .. } | Detail::NameAndPostcode { .. }, _) => Level::PartyName,
        (Detail::NameWritten { .. }, _) => Level::PartyWritten,
        (Detail::SameDay, _) => Level::PaperSameDay,
        (Detail::DaysEarlier { days: ..=NEAR_DAYS }, _) => Level::PaperDaysAfter,
        (Detail::DaysLater { days: ..=NEAR_DAYS }, _) => Level::PaperDaysBefore,
        (Detail::DaysEarlier { days: ..=MONTH }, _) => Level::PaperMonthAfter,
        (Detail::DaysLater { days: ..=MONTH }, _) => Level::PaperMonthBefore,
        (_, verdict) => match (fact.what, verdict) {
            (What::Reference, _) => Level::PaperNone,
            (What::Amount, Verdict::Equal) => Level::TotalSame,
            (What::Amount, Verdict::Near) => Level::TotalNear,
            (What::Amount, _) => Level::TotalOther,
            (What::Party, Verdict::Missing) => Level::PartyMissing,
            (What::Party, Verdict::Contradicts) => Level::PartyOther,
            (What::Party, _) => Level::PartyAlike,
            (What::Date, _) => Level::PaperFar,
            (What::Currency, Verdict::Equal) => Level::PaperCurrency,
            (What::Currency, _) => Level::PaperOtherCurrency,
        },
    })
}

/// A document this many days from its invoice may have been left for the end of the month.
const MONTH: u32 = 35;

pub(crate) fn method(evidence: &[Fact; 5]) -> Method {
    let found = |what: What| matches!(evidence[what as usize].verdict, Verdict::Equal | Verdict::Near);
    match (found(What::Reference), found(What::Amount), found(What::Party)) {
        (true, ..) => Method::Reference,
        (_, true, true) => Method::AmountAndParty,
        (_, true, false) => Method::Amount,
        _ => Method::Party,
    }
}

fn number_keys(row: &Row) -> Vec<String> {
    let referred = row.references.iter().filter(|r| r.source != Source::Text).map(|r| fold::number(&r.value));
    let written = row.references.iter().filter(|r| r.source == Source::Text).flat_map(|r| fold::numbers(&r.value));
    let mut keys: Vec<String> = referred.chain(written).chain(fold::numbers(&row.text)).filter(|n| !n.is_empty()).take(fold::NUMBERS).collect();
    keys.push(fold::number(row.id.as_str()));
    keys
}

fn party_keys(party: &Party) -> Vec<String> {
    let mut keys = Vec::new();
    let name = fold::said(&party.name).map(fold::name).unwrap_or_default();
    if !name.is_empty() {
        keys.push(format!("n{name}"));
    }
    keys.extend(party.vat.as_deref().and_then(fold::Vat::new).map(|vat| format!("v{}", vat.number)));
    keys.extend(party.emails.iter().filter_map(|e| fold::address(e)).map(|e| format!("@{e}")));
    keys
}
