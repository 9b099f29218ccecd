//! Evidence in the page's terms: the chips of a row and the lines of its explanation.

use std::collections::BTreeMap;

use matching::{Detail, Fact, Link, Verdict as Found, What as Compared};
use money::Money;
use serde_json::Value;

use crate::commands::{Amount, Chip, FactLine, Part, RowKind, Sentence, Verdict, What, Word};
use crate::row::{Right, Row};

/// Reference, amount, party, date, currency: always these five, in this order.
pub fn chips(link: &Link) -> Vec<Chip> {
    link.evidence.iter().map(|fact| Chip { what: what(fact), verdict: verdict(fact), word: word(fact) }).collect()
}

/// The five facts with what each side says.
pub fn lines(row: &Row, link: &Link, right: &Right) -> Vec<FactLine> {
    let left = &row.left;
    link.evidence
        .iter()
        .map(|fact| {
            let (ours, theirs) = match fact.what {
                Compared::Reference => (vec![label(name(row.kind)), Part::Code { text: left.number.clone() }], reference_right(right)),
                Compared::Amount => (
                    [label("total"), money(left.total)]
                        .into_iter()
                        .chain(left.tax.into_iter().flat_map(|tax| [label("vat_of"), money(tax)]))
                        .chain(at_the_rate(row, left.total))
                        .collect(),
                    amount_right(row, right),
                ),
                Compared::Party => (party(&left.name, left.vat.as_deref(), fact), party(&right.name, right.vat.as_deref(), fact)),
                Compared::Date => (vec![label(dated(row.kind)), date(left.date)], dates_right(row, right)),
                Compared::Currency => {
                    (vec![Part::Code { text: left.total.currency().code().into() }], vec![Part::Code { text: right.total.currency().code().into() }])
                }
            };
            FactLine { what: what(fact), verdict: verdict(fact), word: word(fact), left: ours, right: theirs }
        })
        .collect()
}

/// One fact as a clause by its code, such as `inText` with `value`, for the page to word. Amounts are `1240.00 DKK`.
pub fn clause(fact: &Fact) -> Sentence {
    let mut params = BTreeMap::new();
    let mut code = String::new();
    if let Ok(Value::Object(fields)) = serde_json::to_value(&fact.detail) {
        for (name, value) in fields {
            let text = match value {
                Value::String(text) => text,
                Value::Object(money) => ["amount", "currency"].iter().filter_map(|part| money.get(*part)?.as_str()).collect::<Vec<_>>().join(" "),
                other => other.to_string(),
            };
            if name == "kind" {
                code = text;
            } else {
                params.insert(name, text);
            }
        }
    }
    if let Detail::Converted { off_permille: 0, .. } = fact.detail {
        code = "convertedEven".to_owned();
    }
    Sentence { code, params }
}

/// The difference that a contradicting or near amount or date shows: the ledger's less Stripe's.
fn word(fact: &Fact) -> Word {
    match (&fact.detail, fact.verdict) {
        (Detail::Difference { amount }, _) => amount.negated().map_or(Word::Near {}, |amount| Word::Difference { amount: Amount::from(amount) }),
        (Detail::OtherAmount { left, right }, _) => match right.minus(*left) {
            Ok(amount) => Word::Difference { amount: Amount::from(amount) },
            Err(_) => Word::Other {},
        },
        (Detail::DaysLater { days } | Detail::AsUsual { days }, _) => Word::Days { days: -i32::try_from(*days).unwrap_or(i32::MAX) },
        (Detail::DaysEarlier { days }, _) => Word::Days { days: i32::try_from(*days).unwrap_or(i32::MAX) },
        (Detail::Over { amount }, _) => Word::Over { amount: Amount::from(*amount) },
        (Detail::PartOf { .. }, _) => Word::Part {},
        (Detail::SumOf { count, .. }, _) => Word::Sum { count: *count },
        (Detail::Converted { .. }, _) => Word::Rate {},
        (Detail::PaysFor { rule, .. }, _) => Word::Rule { number: *rule },
        (Detail::NamesAnother { .. }, _) => Word::Other {},
        (Detail::InText { .. }, _) => Word::Text {},
        (Detail::SameVatNumber { .. }, Found::Near) => Word::SameVatNumber {},
        (Detail::SameEmail { .. }, Found::Near) => Word::SameEmail {},
        (_, Found::Missing) => Word::None {},
        (_, Found::Near) => Word::Near {},
        (_, Found::Contradicts) => Word::Other {},
        (_, Found::Equal) => Word::Nothing {},
    }
}

fn what(fact: &Fact) -> What {
    match fact.what {
        Compared::Reference => What::Reference,
        Compared::Amount => What::Amount,
        Compared::Party => What::Party,
        Compared::Date => What::Date,
        Compared::Currency => What::Currency,
    }
}

fn verdict(fact: &Fact) -> Verdict {
    match fact.verdict {
        Found::Equal => Verdict::Equal,
        Found::Near => Verdict::Near,
        Found::Missing => Verdict::Missing,
        Found::Contradicts => Verdict::Contradicts,
    }
}

fn name(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Invoice => "invoice",
        RowKind::Void => "void",
        RowKind::CreditNote => "credit_note",
        RowKind::Refund => "refund",
        RowKind::Checkout => "checkout",
        RowKind::Payment => "payment",
    }
}

/// What its date is.
fn dated(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Invoice | RowKind::CreditNote => "invoice_date",
        RowKind::Void => "void_date",
        RowKind::Refund => "refund_date",
        RowKind::Checkout | RowKind::Payment => "payment_date",
    }
}

fn reference_right(right: &Right) -> Vec<Part> {
    match &right.external {
        Some(number) => vec![label("external_number"), Part::Code { text: number.clone() }],
        None => vec![label("no_external_number")],
    }
}

/// Of several documents what they come to together.
fn amount_right(row: &Row, right: &Right) -> Vec<Part> {
    match row.open_together() {
        Some(together) if row.pays.len() > 1 => vec![label("open_together"), money(together)],
        _ => {
            let open = [label("open"), money(right.open)].into_iter().chain(at_the_rate(row, right.open));
            open.chain([label("total"), money(right.total)]).collect()
        }
    }
}

/// What an amount is in the other side's currency, beside the one that was converted.
fn at_the_rate(row: &Row, amount: Money) -> Vec<Part> {
    let made = row.conversion.as_ref().filter(|made| made.of == amount);
    made.map(|made| vec![label("at_the_rate"), money(made.is)]).unwrap_or_default()
}

fn dates_right(row: &Row, right: &Right) -> Vec<Part> {
    if let [_, .., last] = row.pays.as_slice() {
        return vec![label("document_date"), date(right.date), label("until"), date(last.right.date)];
    }
    let due = right.due.into_iter().flat_map(|due| [label("due"), date(due)]);
    [label("document_date"), date(right.date)].into_iter().chain(due).collect()
}

/// The name with the words that the other side lacks underlined, and the VAT number.
fn party(name: &str, vat: Option<&str>, fact: &Fact) -> Vec<Part> {
    let other = match &fact.detail {
        Detail::NameWritten { left, right } | Detail::SimilarName { left, right } | Detail::OtherName { left, right } => {
            Some(if name == left { right } else { left })
        }
        _ => None,
    };
    let words = name.split_inclusive(' ').map(|word| {
        let differs = other.is_some_and(|other| !other.split(' ').any(|theirs| theirs.eq_ignore_ascii_case(word.trim())));
        Part::Text { text: word.to_owned(), differs }
    });
    let number = vat.into_iter().flat_map(|vat| [label("vat_number"), Part::Code { text: vat.to_owned() }]);
    words.chain(number).collect()
}

fn label(code: &str) -> Part {
    Part::Label { code: code.to_owned() }
}

fn money(amount: Money) -> Part {
    Part::Money { amount: amount.into() }
}

fn date(date: chrono::NaiveDate) -> Part {
    Part::Date { date: date.to_string() }
}
