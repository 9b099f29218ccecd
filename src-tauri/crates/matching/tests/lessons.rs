//! What a book's decisions teach: shifts of the odds that one can read, switch off and replay.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use countersign_matching::generate::{self, Papers, Profile};
use countersign_matching::{Change, Engine, Kind, Lessons, Pair, Party, Reference, Row, RowId, Rules, Shift, Side, Source, Weights, words};
use money::{Currency, Money};

fn row(side: Side, kind: Kind, id: String, minor: i64, day: u32, name: &str) -> Row {
    let date = NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of March");
    let mut row = Row::new(id, side, kind, Money::new(minor, Currency::parse("DKK").expect("known")), date);
    row.party = Party { name: name.into(), ..Party::default() };
    row
}

/// Customers with two documents of one amount. Stripe's metadata names the first of them, and the second is right.
fn misled(count: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    for i in 0..count {
        let name = format!("Kunde {}", char::from(b'A' + i as u8).to_string().repeat(6));
        let mut left = row(Side::Left, Kind::Invoice, format!("in_{i}"), 10_000 + 77 * i64::from(i), 3, &name);
        left.references.push(Reference::new(Source::Metadata, (1000 + 2 * i).to_string()));
        rows.push(left);
        for d in [2 * i, 2 * i + 1] {
            let mut right = row(Side::Right, Kind::Document, format!("d{d}"), 10_000 + 77 * i64::from(i), 3, &name);
            right.references.push(Reference::new(Source::Number, (1000 + d).to_string()));
            rows.push(right);
        }
    }
    rows
}

/// A customer's invoice with the document that its metadata names, or with the other one.
fn pair(customer: u32, second: u32) -> Pair {
    Pair::new(format!("in_{customer}"), format!("d{}", 2 * customer + second))
}

fn chance(engine: &Engine, customer: u32, second: u32) -> f64 {
    let Pair { left, right } = pair(customer, second);
    engine.explain(&left, &right).map_or(0.0, |why| why.link.chance)
}

#[test]
fn decisions_shift_the_evidence_and_never_far() {
    const COUNT: u32 = 12;
    let mut engine = Engine::new(misled(COUNT), Rules::default(), Weights::built_in());
    assert_eq!(engine.lessons(|_| true).shifts, [], "nobody has decided");
    let before = chance(&engine, 11, 1);
    for i in 0..8 {
        engine.apply(Change::Decline(pair(i, 0)));
        engine.apply(Change::Confirm(pair(i, 1)));
        let lessons = engine.lessons(|_| true).shifts;
        assert!(lessons.iter().all(|shift| shift.decided >= 5), "a few decisions are no lesson: {lessons:?}");
    }
    let lessons = engine.lessons(|_| true);
    assert!(lessons.shifts.iter().all(|shift| !shift.evidence.ends_with(".missing")), "what is not there teaches nothing: {lessons:?}");
    let named = lessons.shifts.iter().find(|s| s.evidence == "document.metadata_names_it").expect("the numbers misled");
    assert!(named.confirmed == 0 && named.decided == 8 && named.expected > 1.0 && named.shift < 0.0, "{named:?}");
    let said = words::shift(named);
    assert!(said.starts_with("document.metadata_names_it: 0 of 8 were right, ") && said.contains("; -0."), "{said}");
    assert!(lessons.shifts.iter().all(|s| s.shift.abs() <= Shift::MOST), "{lessons:?}");

    let taught = Rules { lessons: lessons.clone(), version: 2, ..engine.rules().clone() };
    let replay = engine.replay(taught.clone());
    assert!(replay.after.right >= replay.before.right && replay.after.wrong <= replay.before.wrong, "{:?} {:?}", replay.before, replay.after);
    let other = Engine::new(misled(COUNT), taught.clone(), Weights::built_in());
    assert!(chance(&other, 11, 1) > before, "{} after {before}", chance(&other, 11, 1));
    assert!(other.links().iter().all(|l| l.versions.rules == 2));

    let off = Rules { lessons: Lessons { on: false, ..lessons }, ..taught };
    assert_eq!(Engine::new(misled(COUNT), Rules { version: 0, ..off }, Weights::built_in()).links(), engine.links());
}

#[test]
fn what_was_to_be_expected_teaches_nothing() {
    let mut engine = Engine::new(misled(0), Rules::default(), Weights::built_in());
    for i in 0..9 {
        let name = format!("Kunde {i}{i}{i}");
        let mut right = row(Side::Right, Kind::Document, format!("d{i}"), 50_000 + i, 3, &name);
        right.references.push(Reference::new(Source::Mark, format!("A-{i:04}")));
        let mut left = row(Side::Left, Kind::Invoice, format!("in_{i}"), 50_000 + i, 3, &name);
        left.references.push(Reference::new(Source::Number, format!("A-{i:04}")));
        engine.apply(Change::Put(Box::new(left)));
        engine.apply(Change::Put(Box::new(right)));
        engine.apply(Change::Confirm(Pair::new(format!("in_{i}"), format!("d{i}"))));
    }
    assert_eq!(engine.lessons(|_| true).shifts, []);
}

#[test]
fn a_shift_from_a_file_is_bounded_and_an_unknown_one_ignored() {
    let shift = |evidence: &str, shift| Shift { evidence: evidence.into(), decided: 1, confirmed: 0, expected: 1.0, shift };
    let rules = |shifts| Rules { lessons: Lessons { on: true, shifts }, ..Rules::default() };
    let chance_with = |by| chance(&Engine::new(misled(3), rules(vec![shift("document.amount.same", by)]), Weights::built_in()), 1, 1);
    assert_eq!(chance_with(1e9), chance_with(Shift::MOST));
    assert_eq!(chance_with(f64::NAN), chance_with(0.0));
    let unknown = Engine::new(misled(3), rules(vec![shift("no.such.evidence", 1.0)]), Weights::built_in());
    assert_eq!(unknown.links(), Engine::new(misled(3), Rules::default(), Weights::built_in()).links());
}

#[test]
fn a_declined_pair_never_comes_back() {
    let mut engine = Engine::new(misled(4), Rules::default(), Weights::built_in());
    let declined = pair(2, 0);
    engine.apply(Change::Decline(declined.clone()));
    let mut changed = engine.row(Side::Left, &declined.left).expect("is there").clone();
    changed.references = vec![Reference::new(Source::Metadata, "1004")];
    engine.apply(Change::Put(Box::new(changed)));
    assert!(engine.links().iter().all(|l| l.pair() != declined) && engine.candidates(&declined.left).iter().all(|l| l.pair() != declined));
    let why = engine.explain(&declined.left, &declined.right).expect("both are known");
    assert!(why.declined && !why.linked);
}

/// Links of papers that nobody decided about: how many are right, and how far their chances are from that, summed by tenths.
fn judged(engine: &Engine, truth: &BTreeMap<RowId, RowId>, decided: &BTreeSet<RowId>) -> (f64, f64) {
    let open = |left: &RowId| !decided.contains(left);
    let mut tenths = [(0.0, 0.0); 10];
    let (mut right, mut made) = (0.0, 0.0);
    for link in engine.links().iter().filter(|l| matches!(l.kind, Kind::Invoice | Kind::Credit) && open(&l.left)) {
        let hit = f64::from(u8::from(truth.get(&link.left) == Some(&link.right)));
        let tenth = &mut tenths[((link.chance * 10.0) as usize).min(9)];
        (tenth.0, tenth.1, right, made) = (tenth.0 + link.chance, tenth.1 + hit, right + hit, made + 1.0);
    }
    let wanted = truth.keys().filter(|left| open(left)).count() as f64;
    (2.0 * right / (made + wanted), tenths.iter().map(|(said, hit)| (said - hit).abs()).sum::<f64>() / made)
}

#[test]
fn an_ordinary_book_is_matched_no_worse_for_its_lessons() {
    for profile in Profile::ALL {
        let Papers { rows, documents, .. } = generate::papers(profile, 600, 71);
        let plain = Engine::new(rows.clone(), Rules::default(), Weights::built_in());
        // Each third of the proposed links is looked at, and answered by what is true.
        let mut rules = Rules::default();
        for link in plain.links().iter().filter(|l| matches!(l.kind, Kind::Invoice | Kind::Credit)).step_by(3) {
            let right = documents.get(&link.left) == Some(&link.right);
            if right { &mut rules.confirmed } else { &mut rules.declined }.insert(link.pair());
        }
        let decided: BTreeSet<RowId> = rules.confirmed.iter().chain(&rules.declined).map(|pair| pair.left.clone()).collect();
        let without = Engine::new(rows.clone(), rules.clone(), Weights::built_in());
        let with = Engine::new(rows, Rules { lessons: without.lessons(|_| true), ..rules }, Weights::built_in());
        let ((f1, off), (taught_f1, taught_off)) = (judged(&without, &documents, &decided), judged(&with, &documents, &decided));
        assert!(taught_f1 > f1 - 0.01, "{}: F1 {f1:.3}, with lessons {taught_f1:.3}", profile.name());
        assert!(taught_off < off + 0.03, "{}: calibration {off:.3}, with lessons {taught_off:.3}", profile.name());
    }
}
