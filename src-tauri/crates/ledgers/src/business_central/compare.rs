//! Whether a record is what was approved.

use std::collections::BTreeMap;

use drafts::{Changed, Draft, Filled, Results};
use money::Money;
use rust_decimal::Decimal;

use super::{CREDIT_MEMO, CUSTOMER, ITEM, SALES_INVOICE, fields::Fields, record::DIMENSIONS};
use crate::{Figures, Shown};

/// What later drafts may need of a record, and the totals by which `agrees` judges.
pub(super) fn results(record: &Fields) -> Results {
    let mut results = BTreeMap::new();
    for (name, property) in
        [("id", "id"), ("number", "number"), ("net", "totalAmountExcludingTax"), ("tax", "totalTaxAmount"), ("gross", "totalAmountIncludingTax")]
    {
        let value = record.canonical(property);
        if !value.is_empty() {
            results.insert(name.to_owned(), value);
        }
    }
    results
}

/// Whether the totals that the ledger computed are those the person approved.
/// `results` are those of `Outcome::Written` or of a `Seen`; a draft without totals agrees.
pub fn agrees(draft: &Draft, results: &Results) -> bool {
    match serde_json::from_str::<Shown>(&draft.shown) {
        Ok(shown) => shown.sale().is_none_or(|sale| totals(&sale.ledger, results).is_empty()),
        Err(_) => false,
    }
}

/// Where a record is not what the draft's request said, nor has the totals that were shown. The fields
/// are the API's names; those of the third line begin with `lines/3/`.
pub(super) fn differences(draft: &Draft, filled: &Filled, raw: &str) -> Vec<Changed> {
    let (Some(request), Some(record)) = (Fields::read(&filled.body), Fields::read(raw)) else {
        return vec![changed("content".to_owned(), Some("readable".to_owned()), None)];
    };
    let mut differences = content(&draft.kind.0, &request, &record);
    if let Ok(Some(figures)) = serde_json::from_str::<Shown>(&draft.shown).map(|shown| shown.sale().map(|sale| sale.ledger.clone())) {
        differences.extend(totals(&figures, &results(&record)));
    }
    differences
}

/// The same without the totals, which the request does not name.
pub(super) fn as_written(kind: &str, request: &Fields, record: &Fields) -> bool {
    content(kind, request, record).is_empty()
}

fn content(kind: &str, request: &Fields, record: &Fields) -> Vec<Changed> {
    match kind {
        SALES_INVOICE => document(request, record, "salesInvoiceLines"),
        CREDIT_MEMO => document(request, record, "salesCreditMemoLines"),
        CUSTOMER | ITEM => header(request, record, ""),
        _ => vec![changed("kind".to_owned(), Some(kind.to_owned()), None)],
    }
}

fn totals(figures: &Figures, results: &Results) -> Vec<Changed> {
    let net = figures.net.plus(figures.rounding).unwrap_or(figures.net);
    let wanted = [("net", net), ("tax", figures.tax), ("gross", figures.gross)];
    let other = |(name, amount): (&str, Money)| {
        let there = results.get(name);
        let same = there.and_then(|text| Decimal::from_str_exact(text).ok()) == Some(amount.decimal());
        (!same).then(|| changed(name.to_owned(), Some(amount.decimal().normalize().to_string()), there.cloned()))
    };
    wanted.into_iter().filter_map(other).collect()
}

/// Its lines may be joined by comments that the ledger adds by itself; nothing that counts may be
/// more, less or other.
fn document(request: &Fields, record: &Fields, lines: &str) -> Vec<Changed> {
    let mut differences = header(request, record, lines);
    differences.extend(dimensions(request, record, ""));
    let (asked, there) = (request.list(lines), ordered(record.list(lines)));
    let counting = |lines: &[Fields]| lines.iter().filter(|line| !is_comment(line)).cloned().collect::<Vec<_>>();
    let (asked_counting, there_counting) = (counting(&asked), counting(&there));
    for index in 0..asked_counting.len().max(there_counting.len()) {
        let number = index + 1;
        match (asked_counting.get(index), there_counting.get(index)) {
            (Some(asked), Some(there)) => {
                differences.extend(line(number, asked, there));
                differences.extend(dimensions(request, there, &format!("lines/{number}/")));
            }
            (asked, there) => differences.push(changed(format!("lines/{number}"), asked.map(words), there.map(words))),
        }
    }
    let comments = asked.iter().filter(|line| is_comment(line));
    let missing = comments.filter(|asked| !there.iter().any(|there| is_comment(there) && same(asked, there, "description")));
    differences.extend(missing.map(|comment| changed("comment".to_owned(), Some(words(comment)), None)));
    differences
}

fn header(request: &Fields, record: &Fields, lines: &str) -> Vec<Changed> {
    let names = request.names().filter(|name| *name != lines && *name != DIMENSIONS);
    names.filter(|name| !same(request, record, name)).map(|name| other(name.to_owned(), name, request, record)).collect()
}

/// The dimensions of the document, on itself and on each line, from which its postings get them. Others may stand
/// beside them; where they were not read, nothing is said.
fn dimensions(request: &Fields, there: &Fields, at: &str) -> Vec<Changed> {
    if !there.has(DIMENSIONS) {
        return Vec::new();
    }
    let found = there.list(DIMENSIONS);
    let worded = |fields: &Fields| format!("{} {}", fields.canonical("code"), fields.canonical("valueCode"));
    let other = |asked: Fields| {
        let own = found.iter().find(|one| same(&asked, one, "code"));
        let equal = own.is_some_and(|one| same(&asked, one, "valueCode"));
        (!equal).then(|| changed(format!("{at}dimension"), Some(worded(&asked)), own.map(worded)))
    };
    request.list(DIMENSIONS).into_iter().filter_map(other).collect()
}

/// Whether all that the request names can be compared with these bytes.
pub(super) fn is_whole(filled: &Filled, raw: &str) -> bool {
    let has = |json: &str| Fields::read(json).is_some_and(|fields| fields.has(DIMENSIONS));
    !has(&filled.body) || has(raw)
}

fn line(number: usize, asked: &Fields, there: &Fields) -> Vec<Changed> {
    // The tax code is written as one thing and read as another.
    let said = asked.names().filter(|name| *name != "taxCode" && !same(asked, there, name));
    let unasked = ["discountPercent", "invoiceDiscountAllocation"].into_iter();
    let unasked = unasked.filter(|name| !asked.has(name) && !there.decimal(name).unwrap_or_default().is_zero());
    said.chain(unasked).map(|name| other(format!("lines/{number}/{name}"), name, asked, there)).collect()
}

fn other(field: String, name: &str, asked: &Fields, there: &Fields) -> Changed {
    let said = |fields: &Fields| Some(fields.canonical(name)).filter(|text| !text.is_empty());
    changed(field, said(asked), said(there))
}

const fn changed(field: String, before: Option<String>, after: Option<String>) -> Changed {
    Changed { field, before, after }
}

/// A line in a few words.
fn words(line: &Fields) -> String {
    ["description", "quantity", "unitPrice"]
        .into_iter()
        .map(|name| line.canonical(name))
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

fn is_comment(line: &Fields) -> bool {
    line.member("lineType").is_none_or(|kind| kind == "Comment")
}

/// Codes come back upper-cased and trimmed; texts as they were.
fn same(asked: &Fields, there: &Fields, name: &str) -> bool {
    const CODES: [&str; 15] = [
        "baseUnitOfMeasureCode",
        "code",
        "country",
        "currencyCode",
        "customerNumber",
        "externalDocumentNumber",
        "generalProductPostingGroupCode",
        "gtin",
        "inventoryPostingGroupCode",
        "invoiceId",
        "lineObjectNumber",
        "number",
        "postalCode",
        "taxGroupCode",
        "valueCode",
    ];
    let (asked, there) = (asked.canonical(name), there.canonical(name));
    asked == there || CODES.contains(&name) && asked.to_uppercase() == there.to_uppercase()
}

fn ordered(mut lines: Vec<Fields>) -> Vec<Fields> {
    lines.sort_by_key(|line| line.decimal("sequence"));
    lines
}
