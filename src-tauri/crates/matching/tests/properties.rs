//! What must hold for every book: nothing is spent twice, order does not matter, a changed engine is a new engine.

use std::collections::BTreeMap;

use countersign_matching::csv_match::{self, Input};
use countersign_matching::generate::{self, Profile};
use countersign_matching::{Change, Engine, Kind, Link, Pair, Row, RowId, Rules, Side, Weights};
use money::Money;
use proptest::prelude::*;

fn book(profile: Profile, invoices: usize, seed: u64) -> (Vec<Row>, Rules) {
    let files = generate::book(profile, invoices, seed);
    let input = Input {
        payments: files.left.as_bytes(),
        invoices: files.right.as_bytes(),
        customers: Some(files.customers.as_bytes()),
        stripe_customers: Some(files.stripe_customers.as_bytes()),
        rates: Some(files.rates.as_bytes()),
    };
    let book = csv_match::read(input).expect("a generated book reads");
    assert_eq!(book.bad, []);
    (book.rows, Rules { rates: book.rates, ..Rules::default() })
}

fn profile() -> impl Strategy<Value = Profile> {
    prop::sample::select(Profile::ALL.to_vec())
}

/// What each document got from charges, less what refunds took back.
fn carried(links: &[Link]) -> BTreeMap<&RowId, i64> {
    let mut sums = BTreeMap::new();
    for link in links.iter().filter(|l| matches!(l.kind, Kind::Charge | Kind::Refund)) {
        *sums.entry(&link.right).or_insert(0) += link.amount.minor();
    }
    sums
}

fn check_conservation(engine: &Engine) -> Result<(), TestCaseError> {
    let charges: Vec<Link> = engine.links().iter().filter(|l| l.kind == Kind::Charge).cloned().collect();
    for (doc, sum) in carried(&charges) {
        let open = engine.row(Side::Right, doc).expect("a link names a row").open.minor();
        prop_assert!(sum <= open, "document {} of {} got {}", doc, open, sum);
    }
    for (doc, sum) in carried(engine.links()) {
        prop_assert!(sum >= 0, "refunds took more from {} than it got: {}", doc, sum);
    }
    let mut spent: BTreeMap<&RowId, Vec<Money>> = BTreeMap::new();
    for link in &charges {
        spent.entry(&link.left).or_default().push(link.amount);
    }
    for (pay, amounts) in spent {
        let paid = engine.row(Side::Left, pay).expect("a link names a row").amount;
        prop_assert!(amounts.iter().all(|a| a.minor() > 0));
        if amounts.iter().all(|a| a.currency() == paid.currency()) {
            let sum = Money::sum(paid.currency(), amounts).expect("adds up");
            prop_assert!(sum.minor() <= paid.minor(), "payment {} of {} spent {}", pay, paid, sum);
        }
    }
    for link in engine.links() {
        prop_assert!(link.chance.is_finite() && (0.0..=1.0).contains(&link.chance));
    }
    Ok(())
}

/// One change, drawn by two numbers.
fn change(rows: &[Row], spare: &mut Vec<Row>, what: u8, which: usize) -> Option<Change> {
    let quick = |r: &&Row| matches!(r.kind, Kind::Charge | Kind::Refund | Kind::Document);
    let some: Vec<&Row> = rows.iter().filter(quick).collect();
    let row = *some.get(which % some.len().max(1))?;
    let pair = || {
        let charges: Vec<&Row> = rows.iter().filter(|r| r.kind == Kind::Charge).collect();
        let documents: Vec<&Row> = rows.iter().filter(|r| r.kind == Kind::Document).collect();
        Some(Pair::new(charges.get(which % charges.len().max(1))?.id.clone(), documents.get(which / 7 % documents.len().max(1))?.id.clone()))
    };
    Some(match what {
        0 | 1 => Change::Put(Box::new(spare.pop()?)),
        2 => Change::Remove(row.side, row.id.clone()),
        3 => {
            let mut row = row.clone();
            row.amount = Money::new(row.amount.minor() / 2 * 2 + 2, row.amount.currency());
            row.open = row.amount;
            Change::Put(Box::new(row))
        }
        4 => {
            let mut row = row.clone();
            (row.failed, row.closed) = (!row.failed, !row.closed);
            Change::Put(Box::new(row))
        }
        5 => Change::Decline(pair()?),
        6 => Change::Confirm(pair()?),
        _ => Change::Forget(pair()?),
    })
}

fn keep(rows: &mut Vec<Row>, change: &Change) {
    match change {
        Change::Put(row) => {
            rows.retain(|r| (r.side, &r.id) != (row.side, &row.id));
            rows.push((**row).clone());
        }
        Change::Remove(side, id) => rows.retain(|r| (r.side, &r.id) != (*side, id)),
        _ => {}
    }
}

fn first_difference<'a, T: PartialEq>(a: &'a [T], b: &'a [T]) -> Option<(Option<&'a T>, Option<&'a T>)> {
    (0..a.len().max(b.len())).map(|i| (a.get(i), b.get(i))).find(|(a, b)| a != b)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_spent_twice(profile in profile(), seed in any::<u64>()) {
        let (rows, rules) = book(profile, 120, seed);
        check_conservation(&Engine::new(rows, rules, Weights::built_in()))?;
    }

    #[test]
    fn the_order_of_rows_does_not_matter(profile in profile(), seed in any::<u64>(), turn in 1..1000_usize) {
        let (mut rows, rules) = book(profile, 80, seed);
        let one = Engine::new(rows.clone(), rules.clone(), Weights::built_in());
        let middle = turn % rows.len();
        rows.rotate_left(middle);
        rows[..middle].reverse();
        let other = Engine::new(rows, rules, Weights::built_in());
        prop_assert_eq!(one.links(), other.links());
        prop_assert_eq!(one.unlinked(), other.unlinked());
    }

    #[test]
    fn a_changed_engine_is_a_new_one(profile in profile(), seed in any::<u64>(), changes in prop::collection::vec((0..8_u8, any::<usize>()), 1..12)) {
        let (mut rows, rules) = book(profile, 60, seed);
        let quick = |r: &Row| matches!(r.kind, Kind::Charge | Kind::Document);
        let mut spare: Vec<Row> = rows.iter().filter(|r| quick(r)).step_by(9).cloned().collect();
        rows.retain(|r| !spare.iter().any(|s| s.id == r.id));
        let mut engine = Engine::new(rows.clone(), rules, Weights::built_in());
        for (what, which) in changes {
            let Some(change) = change(&rows, &mut spare, what, which) else { continue };
            keep(&mut rows, &change);
            let before = engine.links().to_vec();
            let changed = engine.apply(change.clone());
            let anew = Engine::new(rows.clone(), engine.rules().clone(), Weights::built_in());
            if let Some((old, new)) = first_difference(engine.links(), anew.links()) {
                prop_assert!(false, "after {:?}\nchanged: {:?}\nanew: {:?}", &change, old, new);
            }
            if let Some((old, new)) = first_difference(engine.unlinked(), anew.unlinked()) {
                prop_assert!(false, "after {:?}\nchanged: {:?}\nanew: {:?}", &change, old, new);
            }
            let differ: Vec<&Link> = engine.links().iter().filter(|l| !before.contains(l)).collect();
            prop_assert_eq!(changed.iter().collect::<Vec<_>>(), differ, "after {:?}", &change);
            check_conservation(&engine)?;
        }
    }
}
