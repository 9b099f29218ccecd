//! What must hold for every book: nothing is spent twice, order does not matter, a changed engine is a new engine.

use std::collections::BTreeMap;

use countersign_matching::csv_match::{self, Input};
use countersign_matching::generate::{self, Profile};
use countersign_matching::{Change, Engine, Kind, Link, Method, Pair, Party, Reference, Row, RowId, Rules, Side, Source, Weights};
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

fn check_conservation(engine: &Engine, rows: &[Row]) -> Result<(), TestCaseError> {
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
    let confirmed = |pay: &RowId| charges.iter().filter(|l| &l.left == pay).all(|l| l.method == Method::Confirmed);
    for (pay, amounts) in spent {
        // Only people give one payment to documents of several currencies.
        if amounts.iter().any(|a| a.currency() != amounts[0].currency()) {
            prop_assert!(confirmed(pay), "payment {} has documents of several currencies", pay);
            continue;
        }
        let row = engine.row(Side::Left, pay).expect("a link names a row");
        prop_assert!(amounts.iter().all(|a| a.minor() > 0));
        let sum = Money::sum(amounts[0].currency(), amounts).expect("of one currency, and adds up");
        match engine.rules().rates.convert(row.amount, sum.currency(), row.date) {
            _ if sum.currency() == row.amount.currency() => {
                prop_assert!(sum.minor() <= row.amount.minor(), "payment {} of {} spent {}", pay, row.amount, sum);
            }
            // A bank's rate is a little off.
            Some(worth) => prop_assert!(sum.minor() * 979 <= worth.minor() * 1000, "payment {} of {} spent {}", pay, worth, sum),
            None => {}
        }
    }
    check_refunds(engine, rows)?;
    for link in engine.links() {
        prop_assert!(link.chance.is_finite() && (0.0..=1.0).contains(&link.chance));
    }
    Ok(())
}

/// What refunds take back of what their charges settled: nothing of what was over, all once all is given back.
fn check_refunds(engine: &Engine, rows: &[Row]) -> Result<(), TestCaseError> {
    let mut refunds: BTreeMap<&RowId, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|r| r.kind == Kind::Refund && !r.failed) {
        refunds.entry(row.refund_of.as_ref().expect("a refund is of a charge")).or_default().push(row);
    }
    for (charge, refunds) in refunds {
        let Some(paid) = engine.row(Side::Left, charge).map(|row| row.amount) else { continue };
        let of = |id: &RowId| engine.links().iter().filter(|l| &l.left == id).map(|l| l.amount).collect::<Vec<Money>>();
        let (same, others): (Vec<&Row>, Vec<&Row>) = refunds.into_iter().partition(|r| r.amount.currency() == paid.currency());
        prop_assert!(others.iter().all(|refund| of(&refund.id).is_empty()), "{} is given back in another currency", charge);
        let links = of(charge);
        let settled: i64 = links.iter().map(|amount| amount.minor()).sum();
        let taken: i64 = same.iter().flat_map(|refund| of(&refund.id)).map(|amount| -amount.minor()).sum();
        let given = same.iter().map(|refund| -refund.amount.minor()).sum::<i64>().min(paid.minor());
        let whole = given == paid.minor();
        prop_assert!(
            (0..=settled).contains(&taken) && (!whole || taken == settled),
            "{} of {} given back, {} of {} taken",
            given,
            paid,
            taken,
            settled
        );
        if links.iter().all(|amount| amount.currency() == paid.currency()) {
            let over = paid.minor() - settled;
            prop_assert!(
                taken <= given && (given > over || taken == 0) && (over > 0 || taken == given),
                "{}: {} over, {} taken",
                charge,
                over,
                taken
            );
        }
    }
    Ok(())
}

/// The book with papers beside: invoices and credits of Stripe made of some of the documents, and credit memos.
fn with_papers(mut rows: Vec<Row>) -> Vec<Row> {
    let documents: Vec<Row> = rows.iter().filter(|r| r.kind == Kind::Document).step_by(3).cloned().collect();
    let customers: Vec<RowId> = rows.iter().filter(|r| r.side == Side::Left && r.kind == Kind::Customer).map(|r| r.id.clone()).collect();
    for (n, document) in documents.iter().enumerate() {
        let number = document.references[0].value.clone();
        let mut invoice = Row::new(format!("in_{n}"), Side::Left, Kind::Invoice, document.amount, document.date);
        invoice.party.id = customers.get(n % (customers.len() + 1)).cloned();
        invoice.party.name.clone_from(&document.party.name);
        if n % 2 == 0 {
            invoice.references.push(Reference::new(Source::Metadata, number.clone()));
        }
        if n % 5 == 0 {
            let mut note = Row::new(format!("cn_{n}"), Side::Left, Kind::Credit, document.amount, document.date);
            note.refund_of = Some(invoice.id.clone());
            let mut memo = Row::new(format!("memo_{n}"), Side::Right, Kind::Credit, document.amount, document.date);
            memo.party.clone_from(&document.party);
            memo.refund_of = Some(document.id.clone());
            rows.extend([note, memo]);
        }
        rows.push(invoice);
    }
    rows
}

/// The book in a firm that begins anew with each year: numbers of one year are those of another, in texts as well.
fn with_years(mut rows: Vec<Row>) -> Vec<Row> {
    let digits = |number: &str| number.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
    let documents = rows.iter().filter(|r| r.kind == Kind::Document).map(|r| digits(&r.references[0].value));
    let of_a_year = |(at, number): (usize, String)| (number, format!("{}-{:04}", 2024 + at % 3, 100 + at / 3));
    let years: BTreeMap<String, String> = documents.enumerate().map(of_a_year).collect();
    for row in &mut rows {
        let number = row.references.first().and_then(|number| years.get(&digits(&number.value)));
        if let Some(number) = number {
            row.references[0].value.clone_from(number);
        }
        let words: Vec<&str> = row.text.split(' ').collect();
        row.text = words.iter().map(|word| years.get(&digits(word)).map_or(*word, String::as_str)).collect::<Vec<_>>().join(" ");
    }
    rows
}

const CHANGES: u8 = 14;

/// One change of a row of any kind, or of what was decided, drawn by two numbers.
fn change(rows: &[Row], spare: &mut Vec<Row>, what: u8, which: usize) -> Option<Change> {
    let row = rows.get(which % rows.len().max(1))?;
    let pair = || {
        let right = match row.kind {
            Kind::Customer => Kind::Customer,
            Kind::Credit => Kind::Credit,
            _ => Kind::Document,
        };
        let of = |side: Side, kind: Kind| rows.iter().filter(move |r| r.side == side && r.kind == kind).collect::<Vec<_>>();
        let (lefts, rights) = (of(Side::Left, if row.side == Side::Left { row.kind } else { Kind::Charge }), of(Side::Right, right));
        Some(Pair::new(lefts.get(which % lefts.len().max(1))?.id.clone(), rights.get(which / 7 % rights.len().max(1))?.id.clone()))
    };
    let other = |alter: fn(&mut Row, &Row)| {
        let mut row = row.clone();
        alter(&mut row, rows.get(which / 11 % rows.len())?);
        Some(Change::Put(Box::new(row)))
    };
    match what {
        0 | 1 => Some(Change::Put(Box::new(spare.pop()?))),
        2 => Some(Change::Remove(row.side, row.id.clone())),
        3 => other(|row, _| {
            row.amount = Money::new(row.amount.minor() / 2 * 2 + 2, row.amount.currency());
            row.open = row.amount;
        }),
        4 => other(|row, _| (row.failed, row.closed) = (!row.failed, !row.closed)),
        5 => other(|row, other| row.party.name.clone_from(&other.party.name)),
        6 => other(|row, other| row.party = Party { id: row.party.id.clone(), ..other.party.clone() }),
        7 => other(|row, other| row.party.id.clone_from(&other.party.id)),
        8 => other(|row, other| (row.references, row.text) = (other.references.clone(), other.text.clone())),
        // All, or a part, of a payment is given back; perhaps in another currency.
        12 | 13 => {
            let charges: Vec<&Row> = rows.iter().filter(|r| r.kind == Kind::Charge).collect();
            let charge = charges.get(which % charges.len().max(1))?;
            let minor = charge.amount.minor() / [1, 1, 3][which / 7 % 3];
            let currency = if which.is_multiple_of(11) { row.amount.currency() } else { charge.amount.currency() };
            let mut refund = Row::new(format!("re_{which}"), Side::Left, Kind::Refund, Money::new(-minor, currency), charge.date);
            refund.refund_of = Some(charge.id.clone());
            Some(Change::Put(Box::new(refund)))
        }
        9 => Some(Change::Decline(pair()?)),
        10 => Some(Change::Confirm(pair()?)),
        _ => Some(Change::Forget(pair()?)),
    }
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
        check_conservation(&Engine::new(rows.clone(), rules, Weights::built_in()), &rows)?;
    }

    #[test]
    fn the_order_of_rows_does_not_matter(profile in profile(), seed in any::<u64>(), turn in 1..1000_usize) {
        let (rows, rules) = book(profile, 80, seed);
        let mut rows = with_papers(rows);
        // Some documents and payments are of customers that were not given, and differ in what they say of them.
        rows.iter_mut().filter(|row| row.kind == Kind::Document).step_by(3).for_each(|row| row.party.name.push_str(" Nord"));
        let mut at = 0;
        rows.retain(|row| { at += 1; row.kind != Kind::Customer || at % 4 > 0 });
        let one = Engine::new(rows.clone(), rules.clone(), Weights::built_in());
        let middle = turn % rows.len();
        rows.rotate_left(middle);
        rows[..middle].reverse();
        // Of two rows with one side and id the later one counts.
        let mut stale: Vec<Row> = rows.iter().step_by(7).cloned().collect();
        stale.iter_mut().for_each(|row| (row.text, row.failed, row.closed) = ("stale".into(), true, true));
        let other = Engine::new(stale.into_iter().chain(rows).collect(), rules, Weights::built_in());
        prop_assert_eq!(one.links(), other.links());
        prop_assert_eq!(one.unlinked(), other.unlinked());
    }

    #[test]
    fn a_changed_engine_is_a_new_one(profile in profile(), seed in any::<u64>(), changes in prop::collection::vec((0..CHANGES, any::<usize>()), 1..16)) {
        let (rows, rules) = book(profile, 60, seed);
        let mut rows = with_papers(if seed % 2 == 0 { rows } else { with_years(rows) });
        let mut spare: Vec<Row> = rows.iter().step_by(9).cloned().collect();
        rows.retain(|r| !spare.iter().any(|s| (s.side, &s.id) == (r.side, &r.id)));
        spare.rotate_left((seed % 7) as usize);
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
            check_conservation(&engine, &rows)?;
            let declined = &engine.rules().declined;
            prop_assert!(!engine.links().iter().any(|l| declined.contains(&l.pair())), "a declined pair came back after {:?}", &change);
            let offered = declined.iter().flat_map(|pair| engine.candidates(&pair.left)).find(|l| declined.contains(&l.pair()));
            prop_assert_eq!(offered, None, "after {:?}", &change);
        }
    }

    #[test]
    fn what_a_change_does_not_touch_is_as_before(profile in profile(), seed in any::<u64>(), changes in prop::collection::vec((0..CHANGES, any::<usize>()), 1..12)) {
        let (rows, rules) = book(profile, 60, seed);
        let mut rows = with_papers(if seed % 2 == 0 { rows } else { with_years(rows) });
        let mut spare: Vec<Row> = rows.iter().step_by(9).cloned().collect();
        rows.retain(|r| !spare.iter().any(|s| (s.side, &s.id) == (r.side, &r.id)));
        let mut engine = Engine::new(rows.clone(), rules, Weights::built_in());
        for (what, which) in changes {
            let Some(change) = change(&rows, &mut spare, what, which) else { continue };
            keep(&mut rows, &change);
            let before = told(&engine, &rows);
            let touched = engine.apply_all([change.clone()]);
            for (left, said) in told(&engine, &rows).into_iter().filter(|(left, _)| !touched.contains(left)) {
                prop_assert_eq!(before.get(&left), Some(&said), "{} after {:?}", left, &change);
            }
        }
    }
}

/// What Review tells of each left row: its links, the best candidates, what was not searched.
fn told(engine: &Engine, rows: &[Row]) -> BTreeMap<RowId, String> {
    let lefts = rows.iter().filter(|row| row.side == Side::Left).map(|row| &row.id);
    let tell = |left: &RowId| {
        let links: Vec<&Link> = engine.links().iter().filter(|link| &link.left == left).collect();
        let none = engine.unlinked().iter().find(|none| &none.left == left).map(|none| (none.compared, none.not_searched));
        let candidates = engine.candidates(left);
        format!("{links:?} {none:?} {:?}", candidates.iter().take(6).collect::<Vec<_>>())
    };
    lefts.map(|left| (left.clone(), tell(left))).collect()
}
