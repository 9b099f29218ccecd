//! Why a row says what it says, in sentences by code, and what else it could have been.

use std::collections::{BTreeMap, BTreeSet};

use book::{Book, Verdict as Word};
use drafts::Subject;
use ledgers::{Ledger, RecordKind};
use matching::{Detail, Fact, Link, Verdict as Found, What as Compared};
use money::Money;

use super::facts::clause;
use super::{document_kind, facts};
use crate::commands::*;
use crate::open::Open;
use crate::row::{Conversion, Other, Paid, RateOf, Right, Row, find};
use crate::search::folded;
use crate::{Desk, papers};

/// Candidates that are shown.
const MOST: usize = 12;
/// Of a search among all that is open.
const MOST_FOUND: usize = 60;
/// Documents read from the book at a time.
const PAGE: u32 = 500;

impl Desk {
    pub async fn explain(&self, asked: RowKey) -> Result<Explanation, Problem> {
        let open = self.open()?;
        let book = open.book();
        let stored = find(&book, &asked.key)?;
        let row = Row::read(&stored.row)?;
        let linked = row.link.as_ref().zip(row.right.as_ref());
        let speaks = |wanted: &[Found]| linked.map(|(link, _)| clauses(link, wanted)).unwrap_or_default();
        let drafts = stored.drafts.iter().filter_map(|standing| papers::row(&book, standing).transpose()).collect::<Result<_, _>>()?;
        Ok(Explanation {
            key: asked.key,
            facts: linked.map(|(link, right)| facts::lines(&row, link, right)).unwrap_or_default(),
            sentences: sentences(&row),
            speaks_for: speaks(&[Found::Equal, Found::Near]),
            speaks_against: speaks(&[Found::Contradicts]),
            odds: linked.map(|(link, _)| odds(&row, link)),
            rivals: row.others.iter().map(|other| rival(other, row.link.as_ref())).collect(),
            differences: super::changed(&stored),
            drafts,
            declined: declined(&open, &book, &stored.row.key)?,
        })
    }

    pub async fn candidates(&self, asked: CandidatesOf) -> Result<Candidates, Problem> {
        let open = self.open()?;
        let book = open.book();
        let row = Row::read(&find(&book, &asked.key)?.row)?;
        let several = crate::propose::money_of_key(&asked.key).is_some();
        let mut found: Vec<(Right, Sentence)> = match (&asked.search, several) {
            (Some(search), true) => {
                search_open(&open, &book, &folded(search))?.into_iter().map(|right| (right, sentence("open_there", []))).collect()
            }
            _ => likely(&open, &book, &row)?,
        };
        // What is paid or taken back leads nothing.
        found.sort_by_key(|(right, _)| right.closed);
        let paid: BTreeMap<&str, &Paid> = row.pays.iter().map(|paid| (paid.right.id.as_str(), paid)).collect();
        let mut rows: Vec<Candidate> = Vec::new();
        for (right, why) in found {
            let candidate = candidate(&row, &right, why, paid.get(right.id.as_str()).copied(), rows.first());
            rows.push(candidate);
        }
        Ok(Candidates { key: asked.key, left: row.left.cell(), text: row.left.text, several, rows })
    }
}

/// Documents that people said a row is not, or does not pay.
fn declined(open: &Open, book: &Book, subject: &Subject) -> Result<Vec<DeclinedPair>, Problem> {
    let said = super::said_of(book, subject, Word::Declined)?;
    let people = book.people()?;
    let mut declined = Vec::new();
    for pair in said {
        if let Some(right) = super::document_of(&pair.ledger).map(|id| document(open, book, id)).transpose()?.flatten() {
            let who = people.iter().find(|person| person.id == pair.who.person).map_or(pair.who.person.clone(), |person| person.name.clone());
            declined.push(DeclinedPair { document: right.id, number: right.number, name: right.name, said: SaidBy { who, at: stamp(pair.at) } });
        }
    }
    Ok(declined)
}

/// What is proposed, and what it could have been as well.
fn likely(open: &Open, book: &Book, row: &Row) -> Result<Vec<(Right, Sentence)>, Problem> {
    let fits = |equal| sentence(if equal { "fits_equally" } else { "fits_less" }, []);
    let tie = row.link.as_ref().is_some_and(|link| link.tie);
    let leads = || sentence(if tie { "fits_equally" } else { "is_proposed" }, []);
    let mut found: Vec<(Right, Sentence)> = row.documents().map(|right| (right.clone(), leads())).collect();
    let mut seen: BTreeSet<String> = found.iter().map(|(right, _)| right.id.clone()).collect();
    for rival in row.link.iter().flat_map(|link| &link.rivals) {
        if seen.insert(rival.right.as_str().to_owned())
            && let Some(right) = document(open, book, rival.right.as_str())?
        {
            found.push((right, fits(rival.equal)));
        }
    }
    if tie {
        // Nothing tells them apart: oldest first, as people settle them.
        found.sort_by(|(a, fits), (b, less)| (fits.code != "fits_equally", a.date, &a.number).cmp(&(less.code != "fits_equally", b.date, &b.number)));
    }
    let lost = row.others.iter().filter(|other| seen.insert(other.right.id.clone()));
    found.extend(lost.map(|other| (other.right.clone(), other.taken_by.as_deref().map_or_else(|| fits(false), taken))));
    found.truncate(MOST);
    Ok(found)
}

/// Invoices of the ledger with something open and all of these words.
fn search_open(open: &Open, book: &Book, words: &str) -> Result<Vec<Right>, Problem> {
    let ledger = open.reader()?;
    let kind = RecordKind::SalesInvoice;
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = book.all(book::Side::Ledger, kind.name(), after.as_deref(), PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.record.id.clone());
        for stored in &page {
            let record = std::str::from_utf8(&stored.record.raw).ok().and_then(|raw| ledger.read(kind, raw));
            let Some(right) = record.and_then(|record| Right::of(&record, None)) else { continue };
            let text = folded(&format!("{} {} {} {}", right.number, right.name, right.open.decimal(), right.total.decimal()));
            if !right.closed && !right.open.is_zero() && words.split_whitespace().all(|word| text.contains(word)) {
                found.push(right);
            }
        }
    }
    found.sort_by(|a, b| (b.date, &b.number).cmp(&(a.date, &a.number)));
    found.truncate(MOST_FOUND);
    Ok(found)
}

fn candidate(row: &Row, right: &Right, why: Sentence, paid: Option<&Paid>, leader: Option<&Candidate>) -> Candidate {
    let left = &row.left;
    let remains = match paid {
        Some(paid) => paid.remains(),
        None => right.open.minus(left.total).unwrap_or(right.open),
    };
    let mut candidate = Candidate {
        id: right.id.clone(),
        number: right.number.clone(),
        date: right.date.to_string(),
        due: right.due.map(|due| due.to_string()),
        customer: right.name.clone(),
        open: right.open.into(),
        remains: remains.into(),
        why,
        // Where nothing tells candidates apart, nothing is chosen before a person does.
        chosen: paid.is_some() && !row.link.as_ref().is_some_and(|link| link.tie),
        closed: right.closed,
        differs: Vec::new(),
    };
    if let Some(leader) = leader {
        let fields = [
            ("date", leader.date != candidate.date),
            ("due", leader.due != candidate.due),
            ("customer", leader.customer != candidate.customer),
            ("open", leader.open != candidate.open),
        ];
        candidate.differs = fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect();
    }
    candidate
}

/// Why a candidate is not the one: what is worse about it than about what is proposed, and who has it.
fn rival(other: &Other, best: Option<&Link>) -> Rival {
    let worse = |fact: &&Fact| match best {
        Some(best) => fact.verdict > best.fact(fact.what).verdict,
        None => fact.verdict >= Found::Missing && fact.detail != Detail::NotCompared,
    };
    let taken = other.taken_by.iter().map(|by| taken(by));
    let mut why: Vec<Sentence> = other.link.evidence.iter().filter(worse).map(clause).chain(taken).collect();
    let equal = best.is_some_and(|best| best.rivals.iter().any(|rival| rival.equal && rival.right == other.link.right));
    if why.is_empty() {
        why.push(sentence(if equal { "no_fact_differs" } else { "less_likely" }, []));
    }
    Rival {
        number: other.right.number.clone(),
        name: other.right.name.clone(),
        amount: if other.right.open.is_zero() { other.right.total } else { other.right.open }.into(),
        permille: other.link.permille(),
        equal,
        why,
    }
}

fn taken(by: &str) -> Sentence {
    sentence("taken_by", [("number", by.to_owned())])
}

fn clauses(link: &Link, wanted: &[Found]) -> Vec<Sentence> {
    link.evidence.iter().filter(|fact| wanted.contains(&fact.verdict) && fact.detail != Detail::NotCompared).map(clause).collect()
}

/// A sum is as sure as the least sure of its parts.
fn odds(row: &Row, link: &Link) -> Odds {
    let least = row.pays.iter().map(|paid| paid.link.permille()).fold(link.permille(), u32::min);
    Odds { permille: least, rules: link.versions.rules, weights: link.versions.weights }
}

/// A document of the ledger out of the mirror.
fn document(open: &Open, book: &Book, id: &str) -> Result<Option<Right>, Problem> {
    let kind = document_kind(book, id)?;
    let Some(stored) = book.get(book::Side::Ledger, kind.name(), id)? else { return Ok(None) };
    let ledger = open.reader()?;
    let record = std::str::from_utf8(&stored.record.raw).ok().and_then(|raw| ledger.read(kind, raw));
    Ok(record.and_then(|record| Right::of(&record, None)))
}

/// In plain words: what was found and what is odd about it, two at most; then what the paper itself says.
fn sentences(row: &Row) -> Vec<Sentence> {
    let unseen = (!row.unseen.is_empty()).then(|| sentence("vat_unseen", [("on", row.unseen.join(", "))]));
    found(row).into_iter().chain(row.remarks.iter().cloned()).chain(unseen).collect()
}

fn found(row: &Row) -> Vec<Sentence> {
    let looked_at = ("count", row.looked_at.to_string());
    let (Some(link), Some(right)) = (&row.link, &row.right) else {
        let first = match &row.no_draft {
            Some(reason) => Sentence { code: format!("no_draft_{}", reason.code), params: reason.params.clone() },
            None if row.left.total.is_negative() => sentence("no_memo_in_the_ledger", [looked_at, ("number", row.left.number.clone())]),
            None => sentence("not_in_the_ledger", [looked_at, ("number", row.left.number.clone())]),
        };
        return std::iter::once(first).chain(searched(row)).collect();
    };
    if !row.pays.is_empty() {
        return paid(row, link, right);
    }
    if link.tie {
        return vec![sentence("tie", [("choices", row.equals.to_string()), ("number", right.number.clone())])];
    }
    let first = match &link.fact(Compared::Reference).detail {
        Detail::OurMark { .. } | Detail::InMetadata { .. } => sentence("carries_the_number", [("number", right.number.clone()), looked_at]),
        Detail::InText { .. } => sentence("number_in_text", [("number", right.number.clone()), looked_at]),
        _ => sentence("only_one_that_fits", [("number", right.number.clone()), looked_at]),
    };
    let second = match (&link.fact(Compared::Amount).detail, &link.fact(Compared::Party).detail) {
        (Detail::OtherAmount { left, right }, _) => Some(sentence("other_amount", [("left", left.to_string()), ("right", right.to_string())])),
        (_, Detail::SameVatNumber { .. }) if row.left.name != right.name => Some(sentence("other_name_same_vat", [])),
        (_, Detail::NameWritten { .. } | Detail::SimilarName { .. }) => Some(sentence("name_written_differently", [])),
        (_, Detail::OtherName { .. } | Detail::OtherVatNumber { .. }) => Some(sentence("other_party", [])),
        _ => None,
    };
    std::iter::once(first).chain(second).collect()
}

/// Where nothing was found: what was searched, and what a bound kept from being tried.
fn searched(row: &Row) -> Option<Sentence> {
    // What takes back something known is not looked for.
    let known = row.left.total.is_negative() && row.no_draft.is_some();
    let searched = row.searched.filter(|_| row.class != Class::Settled && !known)?;
    let (count, compared, more) = (row.looked_at.to_string(), searched.compared.to_string(), searched.not_searched.to_string());
    Some(match searched {
        crate::row::Searched { not_searched: 1.., .. } => sentence("searched_not_all", [("count", count), ("compared", compared), ("more", more)]),
        crate::row::Searched { compared: 0, .. } => sentence("searched_nothing_shared", [("count", count)]),
        _ => sentence("searched", [("count", count), ("compared", compared)]),
    })
}

/// What money pays, in one sentence, and what is odd about it in another.
fn paid(row: &Row, link: &Link, right: &Right) -> Vec<Sentence> {
    let amount = ("amount", link.amount.to_string());
    let numbers = row.pays.iter().map(|paid| paid.right.number.as_str()).collect::<Vec<_>>().join(", ");
    let unrated = row.left.total.currency() != right.open.currency() && row.conversion.is_none();
    let first = match (row.pays.len(), link.tie) {
        (1, false) if unrated => {
            let of = ("of", row.left.total.to_string());
            sentence("pays_at_no_rate", [of, ("open", right.open.to_string()), ("number", right.number.clone())])
        }
        (1, true) => sentence("pays_tie", [("choices", row.equals.to_string()), ("number", right.number.clone())]),
        (1, false) => sentence("pays_one", [amount, ("number", right.number.clone())]),
        (count, _) => sentence("pays_several", [("numbers", numbers), ("many", count.to_string())]),
    };
    let rest = match row.pays.as_slice() {
        [one] => stays_open(one),
        _ => None,
    };
    let over = [(row.over, "pays_over"), (row.over_given_back, "over_given_back")];
    let over = over.into_iter().filter_map(|(amount, code)| Some(sentence(code, [("amount", amount?.to_string())])));
    let rate = row.conversion.as_ref().map(|conversion| converted(conversion, row.left.total, right.open));
    let settled = row.settled.map(|settled| sentence("settled_as", [("amount", settled.to_string())]));
    let other = match &link.fact(Compared::Party).detail {
        Detail::PaysFor { payer, rule } => {
            Some(sentence("pays_for", [("payer", payer.clone()), ("name", right.name.clone()), ("rule", rule.to_string())]))
        }
        Detail::OtherName { .. } => Some(sentence("somebody_else_pays", [("payer", row.left.name.clone()), ("name", right.name.clone())])),
        _ => None,
    };
    let chosen = row.chosen_on.map(|on| sentence("chosen_on", [("on", on.to_string())]));
    let kept = if chosen.is_some() { "match_is_kept" } else { "keeps_the_match" };
    std::iter::once(first).chain(rate).chain(settled).chain(rest).chain(over).chain(other).chain(chosen).chain([sentence(kept, [])]).collect()
}

/// What stays open of the one document that money pays, with all other money that pays it.
fn stays_open(paid: &Paid) -> Option<Sentence> {
    let (number, rest) = (("number", paid.right.number.clone()), ("rest", paid.remains().to_string()));
    match (paid.given_back, paid.others, paid.remains().is_zero()) {
        (Some(amount), ..) => Some(sentence("pays_and_went_back", [number, rest, ("amount", amount.to_string())])),
        (None, 0, true) => None,
        (None, 0, false) => Some(sentence("pays_part", [number, rest])),
        (None, others, true) => Some(sentence("pays_last", [number, ("count", others.to_string())])),
        (None, others, false) => Some(sentence("pays_instalment", [number, rest, ("count", others.to_string())])),
    }
}

/// What the foreign one of two amounts is at the rate, and the other.
fn converted(made: &Conversion, came: Money, owed: Money) -> Sentence {
    let code = match (made.of == came, made.by) {
        (true, RateOf::Ledger) => "came_at_the_ledgers_rate",
        (true, RateOf::Stripe) => "came_at_stripes_rate",
        (false, RateOf::Ledger) => "owed_at_the_ledgers_rate",
        (false, RateOf::Stripe) => "owed_at_stripes_rate",
    };
    let other = if made.of == came { owed } else { came };
    let amounts = [("of", made.of), ("is", made.is), ("other", other)].map(|(name, amount)| (name, amount.to_string()));
    let [of, is, other] = amounts;
    sentence(code, [of, is, other, ("rate", made.at.to_string()), ("from", made.from.to_string())])
}

fn sentence<const N: usize>(code: &str, params: [(&str, String); N]) -> Sentence {
    Sentence { code: code.to_owned(), params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>() }
}
