//! Small books, written as a bookkeeper would, and what the engine makes of them.
//!
//! ```text
//! invoice 60123 1000.00 DKK 05-02            an open invoice; "of NAME" if another customer owes it
//! q paid 1000.00 DKK 05-12 faktura 60123     a payment, and its text
//! r back 250.00 DKK 05-15 of q               a refund
//! ```
//!
//! Days are of 2025, with a time where it matters. One customer owes and pays all that says nothing else. What is wanted:
//! `q 60123 1000.00 DKK` for a link, `q nothing` for a row without one.

use chrono::{NaiveDate, NaiveDateTime};
use countersign_matching::{Engine, Kind, Party, Rate, Reference, Row, Rules, Side, Source, Weights};
use money::{Currency, Money};
use rust_decimal::Decimal;

pub const CUSTOMER: &str = "Vinhuset Bacchus ApS";

/// What comes of each book, held against what is wanted of it.
pub fn check(cases: &[(&str, &str, &str)]) {
    let differ: Vec<String> = cases.iter().filter_map(|(name, book, wanted)| differs(name, &lines(book), &lines(wanted))).collect();
    assert!(differ.is_empty(), "\n{}", differ.join("\n"));
}

fn differs(name: &str, book: &[&str], wanted: &[&str]) -> Option<String> {
    let found = matched(&engine(book));
    (found != wanted).then(|| format!("{name}\n  wanted {}\n  found  {}", wanted.join("; "), found.join("; ")))
}

pub fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// Links and what has none, of money only, in order of the ids.
pub fn matched(engine: &Engine) -> Vec<String> {
    let links = engine.links().iter().filter(|l| matches!(l.kind, Kind::Charge | Kind::Refund));
    let nothing = engine.unlinked().iter().filter(|u| u.kind != Kind::Customer).map(|u| format!("{} nothing", u.left));
    let mut all: Vec<String> = links.map(|l| format!("{} {} {}", l.left, l.right, l.amount)).chain(nothing).collect();
    all.sort();
    all
}

pub fn engine(book: &[&str]) -> Engine {
    let mut rules = Rules::default();
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day");
    for (currency, units) in [("EUR", "1"), ("DKK", "7.46"), ("SEK", "11.30")] {
        rules.rates.set(currency_of(currency), first, Rate { units: units.parse().expect("a rate"), worth: Decimal::ONE });
    }
    let mut rows: Vec<Row> = book.iter().map(|line| row(line)).collect();
    let customer = |side, id: &str| {
        let mut row = Row::new(id, side, Kind::Customer, Money::zero(currency_of("DKK")), first);
        row.party = Party { id: Some(id.into()), name: CUSTOMER.into(), vat: Some("DK99887766".into()), ..Party::default() };
        row
    };
    rows.extend([customer(Side::Left, "cus_1"), customer(Side::Right, "c1")]);
    Engine::new(rows, rules, Weights::built_in())
}

fn row(line: &str) -> Row {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [first, second, third, fourth, fifth, rest @ ..] = &words[..] else { panic!("too short: {line}") };
    let money = |amount: &str, currency: &str| Money::parse(amount, currency_of(currency)).expect("an amount");
    if *first == "invoice" {
        let mut row = Row::new(*second, Side::Right, Kind::Document, money(third, fourth), day(fifth).0);
        row.references = vec![Reference::new(Source::Number, *second)];
        row.party.name = if let ["of", name @ ..] = rest { name.join(" ") } else { CUSTOMER.into() };
        row.party.id = Some(if rest.is_empty() { "c1".into() } else { row.party.name.as_str().into() });
        return row;
    }
    let (date, created) = day(fifth);
    let paid = money(third, fourth);
    let (kind, amount) = if *second == "back" { (Kind::Refund, paid.negated().expect("fits")) } else { (Kind::Charge, paid) };
    let mut row = Row::new(*first, Side::Left, kind, amount, date);
    row.created = created;
    match rest {
        ["of", charge] => row.refund_of = Some((*charge).into()),
        text => row.text = text.join(" "),
    }
    row.party = Party { id: Some("cus_1".into()), name: CUSTOMER.into(), ..Party::default() };
    row
}

fn currency_of(code: &str) -> Currency {
    Currency::parse(code).expect("a currency")
}

fn day(text: &str) -> (NaiveDate, i64) {
    let text = if text.contains('T') { format!("2025-{text}") } else { format!("2025-{text}T10:00:00") };
    let at: NaiveDateTime = text.parse().expect("a day");
    (at.date(), at.and_utc().timestamp())
}
