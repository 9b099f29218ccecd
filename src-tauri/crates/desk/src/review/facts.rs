//! Evidence in the page's terms: the chips of a row and the lines of its explanation.

use std::collections::BTreeMap;

use matching::{Detail, Fact, Kind, Link, Verdict as Found, What as Compared};
use money::Money;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::commands::{Amount, Chip, FactLine, Part, RowKind, Sentence, Verdict, What, Word};
use crate::row::{Right, Row};

/// Numbers of documents that fit beside each other.
const NUMBERS: usize = 4;

/// Reference, amount, party, date, currency: always these five, in this order.
pub fn chips(link: &Link) -> Vec<Chip> {
    link.evidence.iter().map(|fact| Chip { what: what(fact), verdict: verdict(fact), word: word(link, fact) }).collect()
}

/// The five facts with what each side says.
pub fn lines(row: &Row, link: &Link, right: &Right) -> Vec<FactLine> {
    let left = &row.left;
    link.evidence
        .iter()
        .map(|fact| {
            let (ours, theirs) = match fact.what {
                Compared::Reference if row.pays.is_empty() => {
                    (vec![label(name(row.kind)), Part::Code { text: left.number.clone() }], reference_right(right))
                }
                Compared::Reference => (written(row), numbers(row)),
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
            FactLine { what: what(fact), verdict: verdict(fact), word: word(link, fact), left: ours, right: theirs }
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
    if let Detail::Difference { amount } = fact.detail {
        let less = amount.negated().ok().filter(|_| amount.is_negative());
        code = if less.is_some() { "differenceLess" } else { "differenceMore" }.to_owned();
        params.insert("amount".to_owned(), less.unwrap_or(amount).to_string());
    }
    if let Detail::Converted { off_permille, .. } = fact.detail {
        code = match off_permille {
            0 => "convertedEven".to_owned(),
            1.. => "convertedMore".to_owned(),
            _ => "convertedLess".to_owned(),
        };
        params.insert("percent".to_owned(), Decimal::new(off_permille.abs(), 1).to_string());
    }
    Sentence { code, params }
}

/// The difference that a contradicting or near amount or date shows: of money what came less what is open, of papers the
/// ledger's less Stripe's. Days are counted from the ledger's date on.
fn word(link: &Link, fact: &Fact) -> Word {
    let money = matches!(link.kind, Kind::Charge | Kind::Refund);
    let difference = |amount: Option<Money>| amount.map_or(Word::Other {}, |amount| Word::Difference { amount: amount.into() });
    match (&fact.detail, fact.verdict) {
        (Detail::NotCompared, _) if money && fact.what == Compared::Amount => Word::NoRate {},
        (Detail::ByRate { .. }, _) => Word::Rate {},
        (Detail::Difference { amount }, _) => difference(if money { Some(*amount) } else { amount.negated().ok() }),
        (Detail::OtherAmount { left, right }, _) => difference(if money { left.minus(*right) } else { right.minus(*left) }.ok()),
        (Detail::DaysLater { days } | Detail::AsUsual { days }, _) => Word::Days { days: i32::try_from(*days).unwrap_or(i32::MAX) },
        (Detail::DaysEarlier { days }, _) => Word::Days { days: -i32::try_from(*days).unwrap_or(i32::MAX) },
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

/// What the payer wrote; the payment's own id where that is nothing.
fn written(row: &Row) -> Vec<Part> {
    match row.left.text.trim() {
        "" => vec![label(name(row.kind)), Part::Code { text: row.left.number.clone() }],
        text => vec![label("payers_text"), Part::Text { text: text.to_owned(), differs: false }],
    }
}

/// The numbers of what money pays.
fn numbers(row: &Row) -> Vec<Part> {
    let shown: Vec<&str> = row.pays.iter().take(NUMBERS).map(|paid| paid.right.number.as_str()).collect();
    let more = (row.pays.len() > NUMBERS).then(|| label("and_more"));
    [label("document_number"), Part::Code { text: shown.join(", ") }].into_iter().chain(more).collect()
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
