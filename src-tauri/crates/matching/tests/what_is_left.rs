//! What a payment has over, what a document keeps open, and what a refund undoes: to the last minor unit, in any book.

use std::collections::BTreeSet;

use countersign_matching::csv_match::{self, Input};
use countersign_matching::generate::{self, Profile};
use countersign_matching::{Detail, Engine, Kind, Link, RowId, Rules, Side, Weights, What};
use money::Money;
use proptest::prelude::*;

fn engine(profile: Profile, seed: u64) -> Engine {
    let files = generate::book(profile, 120, seed);
    let input = Input {
        payments: files.left.as_bytes(),
        invoices: files.right.as_bytes(),
        customers: Some(files.customers.as_bytes()),
        stripe_customers: Some(files.stripe_customers.as_bytes()),
        rates: Some(files.rates.as_bytes()),
    };
    let book = csv_match::read(input).expect("a generated book reads");
    Engine::new(book.rows, Rules { rates: book.rates, ..Rules::default() }, Weights::built_in())
}

fn of(engine: &Engine, kind: Kind) -> impl Iterator<Item = &Link> {
    engine.links().iter().filter(move |l| l.kind == kind)
}

fn paid(engine: &Engine, left: &RowId) -> Money {
    engine.row(Side::Left, left).expect("a link names a row").amount
}

/// The evidence on the amount says what is over and what stays open.
fn is_said(engine: &Engine, link: &Link) -> bool {
    let (paid, open) = (paid(engine, &link.left), engine.row(Side::Right, &link.right).expect("a link names a row").open);
    if paid.currency() != open.currency() {
        return matches!(link.fact(What::Amount).detail, Detail::Converted { .. } | Detail::NotCompared);
    }
    let stays = |l: &Link| engine.row(Side::Right, &l.right).expect("a link names a row").open.minor() - l.amount.minor();
    let own = || of(engine, Kind::Charge).filter(|l| l.left == link.left);
    let (over, remains) = (paid.minor() - own().map(|l| l.amount.minor()).sum::<i64>(), stays(link));
    match &link.fact(What::Amount).detail {
        Detail::SameAmount => (over, remains) == (0, 0),
        Detail::Over { amount } => (over, remains) == (amount.minor(), 0),
        Detail::PartOf { remaining } => (over, remains) == (0, remaining.minor()),
        Detail::Difference { amount } => over - remains == amount.minor(),
        Detail::SumOf { total, .. } => over - own().map(stays).sum::<i64>() == paid.minor() - total.minor() && remains == 0,
        Detail::OtherAmount { left, right } => (*left, *right) == (paid, open),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_over_stays_visible(profile in prop::sample::select(Profile::ALL.to_vec()), seed in any::<u64>()) {
        let engine = engine(profile, seed);
        for link in of(&engine, Kind::Charge) {
            prop_assert!(is_said(&engine, link), "{} to {}: {:?}", link.left, link.right, link.fact(What::Amount));
        }
    }

    #[test]
    fn refunds_undo_what_they_undo(profile in prop::sample::select(Profile::ALL.to_vec()), seed in any::<u64>()) {
        let engine = engine(profile, seed);
        for charge in of(&engine, Kind::Charge) {
            let of_it = |left: &RowId| engine.row(Side::Left, left).is_some_and(|r| r.refund_of.as_ref() == Some(&charge.left));
            let refunds: Vec<&Link> = of(&engine, Kind::Refund).filter(|l| of_it(&l.left)).collect();
            let undone: i64 = refunds.iter().filter(|l| l.right == charge.right).map(|l| -l.amount.minor()).sum();
            prop_assert!(refunds.iter().all(|l| l.amount.minor() < 0) && undone <= charge.amount.minor(), "{undone} of {}", charge.amount);
            let rows: BTreeSet<&RowId> = refunds.iter().map(|l| &l.left).collect();
            let back: i64 = rows.into_iter().map(|left| -paid(&engine, left).minor()).sum();
            if back >= paid(&engine, &charge.left).minor() {
                prop_assert_eq!(undone, charge.amount.minor(), "all of {} went back", &charge.left);
            }
        }
    }
}
