//! Why a row says what it says, in sentences by code, and what else it could have been.

use std::collections::BTreeMap;

use book::Book;
use ledgers::Ledger;
use matching::{Detail, Link, What as Compared};

use super::row::{Left, Right, Row};
use super::{document_kind, facts, find, row_of};
use crate::commands::*;
use crate::open::Open;
use crate::{Desk, papers};

/// Rivals and candidates that are shown.
const MOST: usize = 12;

impl Desk {
    pub async fn explain(&self, asked: RowKey) -> Result<Explanation, Problem> {
        let open = self.open()?;
        let book = open.book();
        let stored = find(&book, &asked.key)?;
        let row = row_of(&stored)?;
        let lines = match (&row.link, &row.right) {
            (Some(link), Some(right)) => facts::lines(link, row.kind, &row.left, right),
            _ => Vec::new(),
        };
        let rivals = row.link.as_ref().map(|link| rivals(&open, &book, link)).transpose()?.unwrap_or_default();
        let drafts = stored.drafts.iter().filter_map(|standing| papers::row(&book, standing).transpose()).collect::<Result<_, _>>()?;
        Ok(Explanation {
            key: asked.key,
            facts: lines,
            sentences: sentences(&row),
            rivals,
            differences: super::changed(&stored),
            track: None,
            drafts,
        })
    }

    pub async fn candidates(&self, asked: RowKey) -> Result<Candidates, Problem> {
        let open = self.open()?;
        let book = open.book();
        let row = row_of(&find(&book, &asked.key)?)?;
        let Some(link) = &row.link else {
            return Ok(Candidates { key: asked.key, left: row.left.cell(), text: String::new(), rows: Vec::new() });
        };
        let ids = std::iter::once((link.right.as_str(), true)).chain(link.rivals.iter().map(|rival| (rival.right.as_str(), rival.equal)));
        let found = ids.take(MOST).filter_map(|(id, equal)| Some((document(&open, &book, id).transpose()?, equal)));
        let mut found = found.map(|(right, equal)| Ok((right?, equal))).collect::<Result<Vec<_>, Problem>>()?;
        // What is paid or taken back leads nothing.
        found.sort_by_key(|(right, _)| right.closed);
        let mut rows: Vec<Candidate> = Vec::new();
        for (right, equal) in found {
            let candidate = candidate(&row.left, &right, equal, rows.first());
            rows.push(candidate);
        }
        Ok(Candidates { key: asked.key, left: row.left.cell(), text: String::new(), rows })
    }
}

fn candidate(left: &Left, right: &Right, equal: bool, leader: Option<&Candidate>) -> Candidate {
    let remains = right.open.minus(left.total).unwrap_or(right.open);
    let mut candidate = Candidate {
        id: right.id.clone(),
        number: right.number.clone(),
        date: right.date.to_string(),
        due: right.due.map(|due| due.to_string()),
        customer: right.name.clone(),
        open: right.open.into(),
        remains: remains.into(),
        why: sentence(if equal { "fits_equally" } else { "fits_less" }, []),
        chosen: false,
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

fn rivals(open: &Open, book: &Book, link: &Link) -> Result<Vec<Rival>, Problem> {
    let mut rivals = Vec::new();
    for rival in link.rivals.iter().take(MOST) {
        if let Some(right) = document(open, book, rival.right.as_str())? {
            let code = if rival.equal { "fits_equally" } else { "fits_less" };
            rivals.push(Rival { number: right.number.clone(), why: sentence(code, [("amount", right.total.to_string()), ("name", right.name)]) });
        }
    }
    Ok(rivals)
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
    found(row).into_iter().chain(row.remarks.iter().cloned()).collect()
}

fn found(row: &Row) -> Vec<Sentence> {
    let looked_at = ("count", row.looked_at.to_string());
    let (Some(link), Some(right)) = (&row.link, &row.right) else {
        return match &row.no_draft {
            Some(reason) => vec![Sentence { code: format!("no_draft_{}", reason.code), params: reason.params.clone() }],
            None => {
                let memo = row.left.total.is_negative();
                vec![sentence(if memo { "no_memo_in_the_ledger" } else { "not_in_the_ledger" }, [looked_at, ("number", row.left.number.clone())])]
            }
        };
    };
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

fn sentence<const N: usize>(code: &str, params: [(&str, String); N]) -> Sentence {
    Sentence { code: code.to_owned(), params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>() }
}
