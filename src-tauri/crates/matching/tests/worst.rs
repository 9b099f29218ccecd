//! The worst that a book can hold: each payment is held against few documents, and what was not searched is said.

use chrono::NaiveDate;
use countersign_matching::{Change, Engine, Kind, Reference, Row, Rules, Side, Source, Unlinked, Weights};
use money::{Currency, Money};

/// More than any bound of the search.
const MANY: usize = 600;
/// No payment is held against more documents, whatever is in the book.
const MOST: usize = 700;

fn money(minor: i64) -> Money {
    Money::new(minor, Currency::parse("DKK").expect("a currency of ISO 4217"))
}

fn row(id: String, side: Side, kind: Kind, minor: i64) -> Row {
    Row::new(id, side, kind, money(minor), NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day of March"))
}

fn invoice(n: usize, customer: &str, minor: i64) -> Row {
    let mut row = row(format!("doc-{n}"), Side::Right, Kind::Document, minor);
    row.party.name = customer.to_owned();
    row.references = vec![Reference::new(Source::Number, (100_000 + n).to_string())];
    row
}

fn payment(n: usize, customer: &str, minor: i64) -> Row {
    let mut row = row(format!("ch_{n}"), Side::Left, Kind::Charge, minor);
    row.party.name = customer.to_owned();
    row
}

/// A full run, and that a row taken out and put back changes nothing.
fn engine(rows: Vec<Row>) -> Engine {
    let mut engine = Engine::new(rows.clone(), Rules::default(), Weights::built_in());
    let (links, unlinked) = (engine.links().to_vec(), engine.unlinked().to_vec());
    for row in [rows.first(), rows.last()].into_iter().flatten() {
        engine.apply(Change::Remove(row.side, row.id.clone()));
        engine.apply(Change::Put(Box::new(row.clone())));
    }
    assert!(engine.links() == links && engine.unlinked() == unlinked, "what was taken out and put back is otherwise");
    engine
}

fn none<'a>(engine: &'a Engine, left: &str) -> &'a Unlinked {
    engine.unlinked().iter().find(|u| u.left.as_str() == left).expect("it has no link")
}

#[test]
fn equal_amounts_of_one_customer() {
    // One more payment than invoices: one of them finds none.
    let rows = (0..MANY).map(|n| invoice(n, "Holm VVS", 50_000)).chain((0..=MANY).map(|n| payment(n, "Holm VVS", 50_000)));
    let engine = engine(rows.collect());
    assert!(!engine.unlinked().is_empty());
    for none in engine.unlinked() {
        assert!(none.compared <= MOST && none.not_searched > 0 && none.compared + none.not_searched >= MANY, "{none:?}");
    }
}

#[test]
fn one_amount_of_many_customers() {
    let invoices = (0..MANY).map(|n| invoice(n, &format!("Kunde{n} Handel{n}"), 50_000));
    let engine = engine(invoices.chain((0..MANY).map(|n| payment(n, &format!("Ukendt{n}x Ingen{n}y"), 50_000))).collect());
    assert_eq!(engine.links(), []);
    assert!(engine.unlinked().iter().all(|none| none.compared == 0 && none.not_searched == MANY));
}

#[test]
fn one_customer_with_many_invoices() {
    let invoices = (0..MANY).map(|n| invoice(n, "Holm VVS", 10_000 + 7 * n as i64));
    let engine = engine(invoices.chain([payment(0, "Holm VVS", 3)]).collect());
    let none = none(&engine, "ch_0");
    assert!(none.compared < MANY / 2 && none.compared + none.not_searched == MANY, "{none:?}");
}

#[test]
fn texts_that_name_every_number() {
    let all: String = (0..MANY).map(|n| format!(" {}", 100_000 + n)).collect();
    let payments = (0..20).map(|n| {
        let mut row = payment(n, "Ukendt", 3);
        row.text.clone_from(&all);
        row
    });
    let mut paper = row("in_0".into(), Side::Left, Kind::Invoice, 3);
    paper.text.clone_from(&all);
    let engine = engine((0..MANY).map(|n| invoice(n, "Holm VVS", 50_000)).chain(payments).chain([paper]).collect());
    for none in engine.unlinked() {
        assert!(none.compared <= 200 && none.not_searched >= MANY - 200, "{none:?}");
    }
    assert!(engine.links().iter().all(|link| link.rivals.len() <= 8));
}

#[test]
fn a_note_of_a_megabyte() {
    let mut note = "Tak for sidst og på gensyn ".repeat(40_000);
    note.push_str("faktura 100007");
    let mut long = payment(0, "Holm VVS", 3);
    long.text = note.clone();
    long.party.name = note;
    let engine = engine((0..20).map(|n| invoice(n, "Holm VVS", 50_000)).chain([long]).collect());
    assert_eq!(none(&engine, "ch_0").not_searched, 1, "the number at its end");
}

#[test]
fn payments_of_sums_without_end() {
    // Every payment is a sum of any three of its customer's invoices.
    let invoices = (0..MANY).map(|n| invoice(n, "Holm VVS", 10_000));
    let engine = engine(invoices.chain((0..MANY / 2).map(|n| payment(n, "Holm VVS", 30_000))).collect());
    for none in engine.unlinked() {
        assert!(none.compared <= MOST && none.not_searched > 0, "{none:?}");
    }
    assert!(engine.links().len() <= MANY);
}

#[test]
fn equal_papers_of_one_customer() {
    // More of Stripe's than the ledger has, each as good as any other: too many to try all of them together.
    let papers = (0..260).map(|n| {
        let mut row = row(format!("in_{n}"), Side::Left, Kind::Invoice, 50_000);
        row.party.name = "Holm VVS".to_owned();
        row
    });
    let engine = engine((0..200).map(|n| invoice(n, "Holm VVS", 50_000)).chain(papers).collect());
    assert_eq!((engine.links().len(), engine.unlinked().len()), (200, 60));
    assert!(engine.links().iter().all(|link| link.tie));
    // All are beyond what is looked at under an amount alone; under the name they were found, and not tried together.
    assert!(engine.unlinked().iter().all(|none| none.not_searched == 200 + 200), "{:?}", engine.unlinked().first());
}
