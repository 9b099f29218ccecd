//! Parts, sums, other currencies, and which of equal documents goes first.

mod books;

use books::{check, engine, lines};
use countersign_matching::{Change, Pair, words};

#[test]
fn what_adds_up_exactly_goes_before_what_is_nearly_right() {
    check(&[
        (
            "the two oldest, and one that is three øre more",
            "invoice 60123 100.01 DKK 05-02
             invoice 60124 200.03 DKK 05-03
             invoice 60125 300.07 DKK 05-04
             q paid 300.04 DKK 05-20",
            "q 60123 100.01 DKK
             q 60124 200.03 DKK",
        ),
        (
            "named, it is that one",
            "invoice 60123 100.01 DKK 05-02
             invoice 60124 200.03 DKK 05-03
             invoice 60125 300.07 DKK 05-04
             q paid 300.04 DKK 05-20 faktura 60125",
            "q 60125 300.04 DKK",
        ),
        (
            "of three that are named, the two that add up to it",
            "invoice 60123 100.01 DKK 05-02
             invoice 60124 200.03 DKK 05-03
             invoice 60125 300.07 DKK 05-04
             q paid 300.04 DKK 05-20 faktura 60123, 60124 og 60125",
            "q 60123 100.01 DKK
             q 60124 200.03 DKK",
        ),
        (
            "the same long after",
            "invoice 60123 100.01 DKK 05-02
             invoice 60124 200.03 DKK 05-03
             invoice 60125 300.07 DKK 05-04
             q paid 300.04 DKK 07-20 faktura 60123, 60124 og 60125",
            "q 60123 100.01 DKK
             q 60124 200.03 DKK",
        ),
        (
            "of three that are named, the one that is exact, whatever adds up to it",
            "invoice 60123 100.01 DKK 05-02
             invoice 60124 200.03 DKK 05-03
             invoice 60125 300.04 DKK 05-04
             q paid 300.04 DKK 05-20 faktura 60123, 60124 og 60125",
            "q 60125 300.04 DKK",
        ),
        (
            "many pairs do not hide three that add up",
            "invoice 1001 50.00 DKK 05-01
             invoice 1002 30.00 DKK 05-02
             invoice 1003 20.00 DKK 05-03
             q paid 100.00 DKK 05-20",
            "q 1001 50.00 DKK
             q 1002 30.00 DKK
             q 1003 20.00 DKK",
        ),
    ]);
}

#[test]
fn all_that_is_named_may_be_a_little_off() {
    let book = |paid: &str| {
        format!(
            "invoice 60123 1200.45 DKK 05-02\ninvoice 60124 2300.00 DKK 05-03\ninvoice 60125 1474.55 DKK 05-04\nq paid {paid} DKK 05-12 faktura 60123, 60124, 60125"
        )
    };
    for (paid, newest, said) in [
        ("4975.00", "1474.55", "together are 4975.00 DKK"),
        ("4974.95", "1474.50", "the amount is 0.05 DKK less"),
        ("4974.00", "1473.55", "the amount is 1.00 DKK less"),
        ("4850.63", "1350.18", "the amount is 124.37 DKK less"),
        ("4975.50", "1474.55", "0.50 DKK more than is open"),
        ("5050.00", "1474.55", "75.00 DKK more than is open"),
    ] {
        let engine = engine(&lines(&book(paid)));
        let wanted = ["q 60123 1200.45 DKK".to_owned(), "q 60124 2300.00 DKK".to_owned(), format!("q 60125 {newest} DKK")];
        assert_eq!(books::matched(&engine), wanted, "{paid}");
        let told = words::explain(&engine, &"q".into()).expect("it is known");
        assert!(told.contains(said), "{paid}: {told}");
    }
    check(&[(
        "one of them is as little as what is missing",
        "invoice 60123 1000.00 DKK 05-02
             invoice 60124 20.00 DKK 05-03
             q paid 1000.50 DKK 05-12 faktura 60123 og 60124",
        "q 60123 1000.00 DKK",
    )]);
}

#[test]
fn what_is_confirmed_of_a_sum_that_is_a_little_short_stays_as_proposed() {
    let mut engine = engine(&lines("invoice 60129 1000.00 DKK 05-02\ninvoice 60124 500.00 DKK 05-03\nq paid 1470.00 DKK 05-12 faktura 60129 60124"));
    let proposed = ["q 60124 470.00 DKK", "q 60129 1000.00 DKK"];
    assert_eq!(books::matched(&engine), proposed);
    for document in ["60124", "60129"] {
        engine.apply(Change::Confirm(Pair::new("q", document)));
    }
    assert_eq!(books::matched(&engine), proposed);
}

#[test]
fn the_last_instalment_carries_the_rounding() {
    let months: Vec<String> = (1..=11).map(|n| format!("q{n:02} paid 833.33 DKK {n:02}-05")).collect();
    let book: Vec<&str> =
        ["invoice 60123 10000.00 DKK 01-02"].into_iter().chain(months.iter().map(String::as_str)).chain(["q12 paid 833.37 DKK 12-05"]).collect();
    let mut wanted: Vec<String> = (1..=11).map(|n| format!("q{n:02} 60123 833.33 DKK")).collect();
    wanted.push("q12 60123 833.37 DKK".into());
    assert_eq!(books::matched(&engine(&book)), wanted);
    // Alone it is no part that anybody agrees on.
    assert_eq!(books::matched(&engine(&[book[0], book[12]])), ["q12 nothing"]);
}

#[test]
fn of_what_is_named_a_declined_one_is_in_no_sum() {
    let book = "invoice 60123 100.01 DKK 05-02
        invoice 60124 200.03 DKK 05-03
        invoice 60125 300.07 DKK 05-04
        q paid 300.04 DKK 05-20 faktura 60123, 60124 og 60125";
    let mut engine = engine(&lines(book));
    engine.apply(Change::Decline(Pair::new("q", "60123")));
    assert_eq!(books::matched(&engine), ["q 60125 300.04 DKK"]);
}

#[test]
fn the_whole_balance_is_found_however_many_make_it() {
    for count in [2, 4, 5, 6, 8, 12, 40] {
        let invoice = |n: usize| format!("invoice {} {}.{:02} DKK {:02}-{:02}", 60_123 + n, 111 + 17 * n, 3 * n % 100, 1 + n / 5, 1 + n % 5);
        let total: usize = (0..count).map(|n| (111 + 17 * n) * 100 + 3 * n % 100).sum();
        let book: Vec<String> = (0..count).map(invoice).chain([format!("q paid {}.{:02} DKK 11-05", total / 100, total % 100)]).collect();
        let engine = engine(&book.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(engine.links().iter().filter(|l| l.left.as_str() == "q").count(), count, "{}", books::matched(&engine).join("; "));
    }
}

#[test]
fn what_was_not_searched_is_said() {
    let invoice = |n: usize| format!("invoice {} {}.00 DKK 05-{:02}", 60_000 + n, 1_000 + n * n, 1 + n);
    let book: Vec<String> = (0..28).map(invoice).chain(["q paid 2000.13 DKK 06-05".into()]).collect();
    let engine = engine(&book.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(engine.unlinked()[0].not_searched, 10, "of 28 that may be in a sum 18 are tried");
}

#[test]
fn of_equal_ones_the_oldest_goes_first() {
    let twelve: Vec<String> = (0..12).map(|n| format!("invoice {} 50.00 DKK 05-01", 100_000 + n)).collect();
    for (payments, wanted) in
        [("q paid 50.00 DKK 05-05", vec!["q 100000 50.00 DKK"]), ("q paid 100.00 DKK 05-05", vec!["q 100000 50.00 DKK", "q 100001 50.00 DKK"])]
    {
        let book: Vec<&str> = twelve.iter().map(String::as_str).chain([payments]).collect();
        assert_eq!(books::matched(&engine(&book)), wanted);
    }
    check(&[(
        "payments of one day: as they came, whatever their ids",
        "invoice 60123 50.00 DKK 05-01
         invoice 60124 50.00 DKK 05-01
         invoice 60125 50.00 DKK 05-01
         b paid 50.00 DKK 05-05T09:00:01 kontor
         c paid 50.00 DKK 05-05T09:00:02 lager
         a paid 50.00 DKK 05-05T09:00:03 butik",
        "a 60125 50.00 DKK
         b 60123 50.00 DKK
         c 60124 50.00 DKK",
    )]);
}

#[test]
fn parts_never_make_more_than_the_whole_and_what_is_over_is_left() {
    check(&[
        (
            "three of two fifths each: the last has half of it over",
            "invoice 60123 1000.00 DKK 05-02
             q1 paid 400.00 DKK 05-12 faktura 60123
             q2 paid 400.00 DKK 05-13 faktura 60123
             q3 paid 400.00 DKK 05-14 faktura 60123",
            "q1 60123 400.00 DKK
             q2 60123 400.00 DKK
             q3 60123 200.00 DKK",
        ),
        (
            "by date, however unlike their dates are: the last has half of it over",
            "invoice 60123 1000.00 DKK 05-02
             q1 paid 400.00 DKK 05-05 faktura 60123
             q2 paid 400.00 DKK 06-20 faktura 60123
             q3 paid 400.00 DKK 07-03 faktura 60123",
            "q1 60123 400.00 DKK
             q2 60123 400.00 DKK
             q3 60123 200.00 DKK",
        ),
        (
            "a second payment of all of it has nothing to settle",
            "invoice 60123 1000.00 DKK 05-02
             q1 paid 999.00 DKK 05-12 faktura 60123
             q2 paid 999.00 DKK 05-13 faktura 60123",
            "q1 60123 999.00 DKK
             q2 nothing",
        ),
    ]);
    let book = "invoice 60123 1000.00 DKK 05-02
        q1 paid 400.00 DKK 05-12 faktura 60123
        q2 paid 400.00 DKK 05-13 faktura 60123
        q3 paid 400.00 DKK 05-14 faktura 60123";
    let told = words::explain(&engine(&lines(book)), &"q3".into()).expect("it is known");
    assert!(told.contains("settles 200.00 DKK of 60123") && told.contains("200.00 DKK more than is open"), "{told}");
}

#[test]
fn chances_of_one_document_are_shared() {
    let book = "invoice 60123 1000.00 DKK 05-02
        q1 paid 1000.00 DKK 05-12
        q2 paid 1000.00 DKK 05-21";
    let engine = engine(&lines(book));
    let told = |id: &str| words::explain(&engine, &id.into()).expect("it is known");
    let said = |text: &str| text.split("chance ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<f64>().ok()).unwrap_or_default();
    let (first, second) = (told("q1"), told("q2"));
    assert!(second.contains("Not 60123") && said(&first) + said(&second) <= 100.01, "{first}\n{second}");
    for link in engine.links() {
        let all = link.chance + link.rivals.iter().map(|r| r.chance).sum::<f64>();
        assert!(all <= 1.0 + 1e-9, "{} of {}: {all}", link.left, link.right);
    }
}

#[test]
fn other_currencies_are_matched_by_their_rates() {
    check(&[
        (
            "two that are named",
            "invoice 60123 1000.00 DKK 05-02
             invoice 60124 500.00 DKK 05-03
             q paid 201.07 EUR 05-12 faktura 60123 og 60124",
            "q 60123 1000.00 DKK
             q 60124 500.00 DKK",
        ),
        (
            "without a rate the number tells",
            "invoice 60123 1000.00 DKK 05-02
             q paid 150.00 USD 05-12 faktura 60123",
            "q 60123 1000.00 DKK",
        ),
        (
            "without a rate and a number nothing tells",
            "invoice 60123 1000.00 DKK 05-02
             q paid 150.00 USD 05-12",
            "q nothing",
        ),
    ]);
    let book = "invoice 60123 1000.00 DKK 05-02
        q paid 150.00 USD 05-12 faktura 60123";
    let told = words::explain(&engine(&lines(book)), &"q".into()).expect("it is known");
    assert!(told.contains("Not known: no rate is known at which to compare the amounts."), "{told}");
}

#[test]
fn what_a_person_confirms_takes_no_more_than_the_payment_is_worth() {
    let confirmed = |paid: &str| {
        let mut engine = engine(&["invoice 60123 1000.00 DKK 05-02", "invoice 60124 500.00 DKK 05-03", paid]);
        for document in ["60123", "60124"] {
            engine.apply(Change::Confirm(Pair::new("q", document)));
        }
        books::matched(&engine)
    };
    // At 7.46, and within what a bank takes of it.
    assert_eq!(confirmed("q paid 200.00 EUR 05-12"), ["q 60123 1000.00 DKK", "q 60124 500.00 DKK"]);
    assert_eq!(confirmed("q paid 160.00 EUR 05-12"), ["q 60123 1000.00 DKK", "q 60124 193.60 DKK"]);
    assert_eq!(confirmed("q paid 50.00 EUR 05-12"), ["q 60123 373.00 DKK"]);
    // Nobody knows what dollars were worth.
    assert_eq!(confirmed("q paid 160.00 USD 05-12"), ["q 60123 1000.00 DKK", "q 60124 500.00 DKK"]);
}
