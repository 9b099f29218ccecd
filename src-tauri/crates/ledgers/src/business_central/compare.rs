//! Whether a record is what was approved.

use std::collections::BTreeMap;

use drafts::{Draft, Filled, Results};
use rust_decimal::Decimal;

use super::{CREDIT_MEMO, CUSTOMER, SALES_INVOICE, fields::Fields};
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
        Ok(shown) => shown.sale().is_none_or(|sale| same_totals(&sale.ledger, results)),
        Err(_) => false,
    }
}

fn same_totals(figures: &Figures, results: &Results) -> bool {
    let is = |name: &str, amount: Decimal| results.get(name).and_then(|text| Decimal::from_str_exact(text).ok()) == Some(amount);
    let net = figures.net.plus(figures.rounding);
    is("gross", figures.gross.decimal()) && is("tax", figures.tax.decimal()) && net.is_ok_and(|net| is("net", net.decimal()))
}

/// Whether a record is what the draft's request said, with the totals that were shown.
pub(super) fn as_approved(draft: &Draft, filled: &Filled, raw: &str) -> bool {
    let (Some(request), Some(record)) = (Fields::read(&filled.body), Fields::read(raw)) else { return false };
    as_written(&draft.kind.0, &request, &record) && agrees(draft, &results(&record))
}

/// The same without the totals, which the request does not name.
pub(super) fn as_written(kind: &str, request: &Fields, record: &Fields) -> bool {
    match kind {
        SALES_INVOICE => same_document(request, record, "salesInvoiceLines"),
        CREDIT_MEMO => same_document(request, record, "salesCreditMemoLines"),
        CUSTOMER => request.names().all(|name| same(request, record, name)),
        _ => false,
    }
}

/// Whether a document shows what the request said. Its lines may be joined by comments
/// that the ledger adds by itself; nothing that counts may be more, less or other.
fn same_document(request: &Fields, record: &Fields, lines: &str) -> bool {
    // Dimensions are lines of their own that are not read with the document.
    let header = request.names().filter(|name| *name != lines && *name != "dimensionSetLines").all(|name| same(request, record, name));
    let (asked, there) = (request.list(lines), ordered(record.list(lines)));
    let counting = |lines: &[Fields]| lines.iter().filter(|line| !is_comment(line)).cloned().collect::<Vec<_>>();
    let (asked_counting, there_counting) = (counting(&asked), counting(&there));
    header
        && asked_counting.len() == there_counting.len()
        && asked_counting.iter().zip(&there_counting).all(|(asked, there)| same_line(asked, there))
        && asked.iter().filter(|line| is_comment(line)).all(|asked| there.iter().any(|there| is_comment(there) && same(asked, there, "description")))
}

fn same_line(asked: &Fields, there: &Fields) -> bool {
    // The tax code is written as one thing and read as another.
    let said = asked.names().filter(|name| *name != "taxCode").all(|name| same(asked, there, name));
    let discount = asked.has("discountPercent") || there.decimal("discountPercent").unwrap_or_default().is_zero();
    said && discount && there.decimal("invoiceDiscountAllocation").unwrap_or_default().is_zero()
}

fn is_comment(line: &Fields) -> bool {
    line.member("lineType").is_none_or(|kind| kind == "Comment")
}

/// Codes come back upper-cased and trimmed; texts as they were.
fn same(asked: &Fields, there: &Fields, name: &str) -> bool {
    const CODES: [&str; 7] = ["country", "currencyCode", "customerNumber", "externalDocumentNumber", "invoiceId", "lineObjectNumber", "postalCode"];
    let (asked, there) = (asked.canonical(name), there.canonical(name));
    asked == there || CODES.contains(&name) && asked.to_uppercase() == there.to_uppercase()
}

fn ordered(mut lines: Vec<Fields>) -> Vec<Fields> {
    lines.sort_by_key(|line| line.decimal("sequence"));
    lines
}
