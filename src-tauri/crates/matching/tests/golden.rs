//! Cases that a bookkeeper would put on the table, with what the engine says of them.

use chrono::NaiveDate;
use countersign_matching::{
    Change, Detail, Engine, Kind, Learned, Link, Method, Pair, Party, Rate, Rates, Reference, Row, RowId, Rules, Side, Source, Tally, Taught,
    Verdict, Weights, What, words,
};
use money::{Currency, Money};
use rust_decimal::Decimal;

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::parse(code).expect("a known currency"))
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day of 2026")
}

fn customer(id: &str, name: &str, email: &str) -> Row {
    let mut row = Row::new(id, Side::Right, Kind::Customer, money(0, "DKK"), day(1, 1));
    row.party = Party { id: Some(id.into()), name: name.into(), emails: vec![email.into()], ..Party::default() };
    row
}

fn invoice(number: &str, customer: &str, amount: Money, date: NaiveDate) -> Row {
    let mut row = Row::new(format!("doc-{number}"), Side::Right, Kind::Document, amount, date);
    row.due = date.checked_add_days(chrono::Days::new(14));
    row.party.id = Some(customer.into());
    row.references.push(Reference::new(Source::Number, number));
    row
}

fn payment(id: &str, name: &str, email: &str, amount: Money, date: NaiveDate, text: &str) -> Row {
    let mut row = Row::new(id, Side::Left, Kind::Charge, amount, date);
    row.payer = Some(Box::new(Party { name: name.into(), emails: vec![email.into()], ..Party::default() }));
    row.text = text.into();
    row
}

fn refund(id: &str, of: &str, minor: i64, date: NaiveDate) -> Row {
    let mut row = Row::new(id, Side::Left, Kind::Refund, money(minor, "DKK"), date);
    row.refund_of = Some(of.into());
    row
}

fn moeller() -> Vec<Row> {
    vec![customer("c1", "Møller VVS ApS", "faktura@moellervvs.dk"), customer("c2", "Holm Transport P/S", "info@holmtransport.dk")]
}

fn a_euro_is_746() -> Rates {
    let mut rates = Rates::default();
    rates.set_base(money(0, "DKK").currency());
    rates.set(money(0, "EUR").currency(), day(3, 1), Rate { units: Decimal::ONE_HUNDRED, worth: Decimal::from(746) });
    rates
}

fn engine(rows: Vec<Row>) -> Engine {
    Engine::new(rows, Rules::default(), Weights::built_in())
}

fn links(engine: &Engine) -> Vec<&Link> {
    engine.links().iter().filter(|l| l.kind != Kind::Customer).collect()
}

fn carried(engine: &Engine) -> Vec<(String, String, i64)> {
    links(engine).iter().map(|l| (l.left.to_string(), l.right.to_string(), l.amount.minor())).collect()
}

fn is(left: &str, right: &str, minor: i64) -> (String, String, i64) {
    (left.into(), right.into(), minor)
}

#[test]
fn one_payment_for_two_invoices_of_the_same_customer() {
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(125_000, "DKK"), day(3, 1)));
    rows.push(invoice("1041", "c1", money(48_750, "DKK"), day(3, 9)));
    rows.push(invoice("1042", "c2", money(48_750, "DKK"), day(3, 9)));
    rows.push(payment("ch1", "Moeller VVS", "faktura@moellervvs.dk", money(173_750, "DKK"), day(3, 15), "Betaling"));
    let engine = engine(rows);
    assert_eq!(carried(&engine), [is("ch1", "doc-1034", 125_000), is("ch1", "doc-1041", 48_750)]);
    let link = links(&engine)[0];
    assert_eq!(link.method, Method::SumOf { count: 2 });
    assert_eq!(link.fact(What::Amount).detail, Detail::SumOf { count: 2, total: money(173_750, "DKK") });
}

#[test]
fn a_sum_is_found_though_one_of_its_numbers_is_misspelt() {
    let mut rows = moeller();
    for (number, on) in [("102900", day(3, 23)), ("103102", day(4, 23)), ("103318", day(5, 23))] {
        let mut row = invoice(number, "c1", money(49_875, "DKK"), on);
        row.text = "Plus plan".into();
        rows.push(row);
    }
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(99_750, "DKK"), day(5, 26), "10290 + 103318"));
    assert_eq!(carried(&engine(rows)), [is("ch1", "doc-102900", 49_875), is("ch1", "doc-103318", 49_875)]);
}

#[test]
fn a_misspelt_number_with_the_right_amount_is_near_not_equal() {
    let mut rows = moeller();
    rows.push(invoice("103468", "c1", money(81_300, "DKK"), day(3, 1)));
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(81_300, "DKK"), day(3, 20), "Inv.no.153468"));
    let engine = engine(rows);
    let [link] = links(&engine)[..] else { panic!("one link") };
    assert_eq!(link.fact(What::Reference).verdict, Verdict::Near);
    assert!(matches!(&link.fact(What::Reference).detail, Detail::Misspelt { written, .. } if written == "153468"));
    assert!(!link.exact() && link.chance > 0.9);
}

#[test]
fn a_number_that_names_one_of_two_equal_invoices_is_no_slip_of_the_others() {
    let mut rows = moeller();
    rows.push(invoice("4001", "c1", money(9_900, "DKK"), day(1, 3)));
    rows.push(invoice("4002", "c1", money(9_900, "DKK"), day(2, 3)));
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(9_900, "DKK"), day(2, 8), "Faktura 4001"));
    let engine = engine(rows);
    assert_eq!(carried(&engine), [is("ch1", "doc-4001", 9_900)]);
    let other = engine.explain(&RowId::from("ch1"), &RowId::from("doc-4002")).expect("both are known");
    assert_eq!(other.link.fact(What::Reference).verdict, Verdict::Contradicts);
}

#[test]
fn a_refund_takes_back_its_share_and_never_more() {
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(100_000, "DKK"), day(3, 1)));
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(100_000, "DKK"), day(3, 2), "Faktura 1034"));
    rows.push(refund("re1", "ch1", -40_000, day(3, 5)));
    rows.push(refund("re2", "ch1", -60_000, day(3, 6)));
    rows.push(refund("re3", "ch1", -10_000, day(3, 7)));
    let engine = engine(rows);
    assert_eq!(carried(&engine), [is("ch1", "doc-1034", 100_000), is("re1", "doc-1034", -40_000), is("re2", "doc-1034", -60_000)]);
    assert_eq!(engine.unlinked().iter().filter(|u| u.kind == Kind::Refund).map(|u| u.left.as_str()).collect::<Vec<_>>(), ["re3"]);
}

#[test]
fn another_currency_is_settled_at_the_days_rate_and_says_so() {
    let rates = a_euro_is_746();
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(746_000, "DKK"), day(3, 1)));
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(100_400, "EUR"), day(3, 12), "1034"));
    let engine = Engine::new(rows, Rules { rates, ..Rules::default() }, Weights::built_in());
    let [link] = links(&engine)[..] else { panic!("one link") };
    assert_eq!(link.amount, money(746_000, "DKK"));
    assert_eq!(link.fact(What::Amount).detail, Detail::Converted { expected: money(100_000, "EUR"), off_permille: 4 });
    assert_eq!(link.fact(What::Currency).verdict, Verdict::Near, "the rate explains it");
}

#[test]
fn twelve_equal_invoices_are_twelve_rivals() {
    let mut rows = moeller();
    let same = day(3, 1);
    rows.extend((0..12).map(|i| invoice(&format!("{}", 2000 + i), "c1", money(9_900, "DKK"), same)));
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(9_900, "DKK"), same, ""));
    let engine = engine(rows);
    let [link] = links(&engine)[..] else { panic!("one link") };
    assert!(link.tie && link.right.as_str() == "doc-2000", "the oldest, and a tie: {link:?}");
    assert!(link.rivals.len() == 8 && link.rivals.iter().all(|r| r.equal));
    assert!(link.chance < 0.5, "nobody could know: {}", link.chance);
}

#[test]
fn a_failed_payment_settles_nothing_and_an_over_payment_stays_over() {
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(100_000, "DKK"), day(3, 1)));
    let mut failed = payment("ch0", "Møller VVS", "faktura@moellervvs.dk", money(100_000, "DKK"), day(3, 2), "1034");
    failed.failed = true;
    rows.push(failed);
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(101_500, "DKK"), day(3, 3), "1034"));
    let engine = engine(rows);
    assert_eq!(carried(&engine), [is("ch1", "doc-1034", 100_000)]);
    assert_eq!(links(&engine)[0].fact(What::Amount).detail, Detail::Over { amount: money(1_500, "DKK") });
}

#[test]
fn who_pays_for_whom_is_learned_read_replayed_and_switched_off() {
    let mut rows = moeller();
    for (i, month) in [(1, 1), (2, 2), (3, 3)] {
        rows.push(invoice(&format!("110{i}"), "c1", money(50_000 + i, "DKK"), day(month, 3)));
        rows.push(payment(&format!("ch{i}"), "Zetanova Invest", "office@zetanova.example", money(50_000 + i, "DKK"), day(month, 20), ""));
        // Others have these amounts too: without a rule nobody can know.
        rows.extend((0..12).map(|n| invoice(&format!("{}", 2200 + 20 * i + n), "c2", money(50_000 + i, "DKK"), day(month, 3))));
    }
    let mut engine = engine(rows);
    assert!(!carried(&engine).contains(&is("ch3", "doc-1103", 50_003)));
    engine.apply(Change::Confirm(Pair::new("ch1", "doc-1101")));
    engine.apply(Change::Confirm(Pair::new("ch2", "doc-1102")));
    let lessons = engine.new_rules();
    let [rule] = &lessons[..] else { panic!("one rule, not {lessons:?}") };
    assert_eq!((&rule.payer, rule.pays_for.as_str(), rule.seen), (&Taught::Name { name: "Zetanova Invest".into() }, "c1", 2));
    assert_eq!(words::rule(&engine, rule), "Payments from Zetanova Invest settle invoices of Møller VVS ApS (2 confirmed)");
    let rules = Rules { learned: lessons.clone(), version: 2, ..engine.rules().clone() };
    let replay = engine.replay(rules.clone());
    let gained: Vec<_> = replay.gained.iter().map(|l| (l.left.as_str(), l.right.as_str(), l.method)).collect();
    assert_eq!(gained, [("ch3", "doc-1103", Method::Learned { rule: 1 })]);
    assert_eq!(replay.by_rule.get(&1), Some(&Tally { made: 3, right: 2, wrong: 0 }));
    let mut off = rules;
    off.learned[0].on = false;
    assert_eq!(engine.replay(off).gained, []);
}

#[test]
fn ten_thousand_equal_amounts_of_one_customer_end_and_say_what_was_not_searched() {
    let mut rows = moeller();
    rows.extend((0..10_000).map(|i| invoice(&format!("{}", 100_000 + i), "c1", money(9_900, "DKK"), day(3, 1))));
    rows.extend((0..10_000).map(|i| payment(&format!("ch{i:05}"), "Møller VVS", "faktura@moellervvs.dk", money(9_900, "DKK"), day(3, 2), "")));
    let engine = engine(rows);
    let not_searched = engine.unlinked().iter().map(|u| u.not_searched).max().unwrap_or_default();
    assert!(not_searched > 9_000, "{not_searched}");
    assert!(engine.links().iter().filter(|l| l.kind == Kind::Charge).all(|l| l.tie));
    assert!(engine.explain(&RowId::from("ch00000"), &RowId::from("doc-100000")).is_some());
}

/// What the command line says of a payment; how sure it is is left out, since that moves with the weights.
fn told(engine: &Engine, left: &str) -> String {
    unsure(&words::explain(engine, &RowId::from(left)).expect("it is known"))
}

fn unsure(text: &str) -> String {
    let text = text.replace("as good as certain", "…").replace("hardly possible", "…");
    let mut pieces = text.split("chance ");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |out, piece| out + "…" + piece.split_once(" %").map_or(piece, |(_, rest)| rest))
}

#[test]
fn read_aloud_why_this_one_and_why_not_the_other() {
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(125_000, "DKK"), day(3, 1)));
    rows.push(invoice("1041", "c1", money(48_750, "DKK"), day(3, 9)));
    rows.push(payment("ch1", "Moeller VVS", "faktura@moellervvs.dk", money(125_000, "DKK"), day(3, 12), "Faktura 1034, tak"));
    let engine = engine(rows);
    let why_not = words::pair(&engine, &RowId::from("ch1"), &RowId::from("doc-1041")).expect("both are known");
    insta::assert_snapshot!(format!("{}\n{}", told(&engine, "ch1"), unsure(&why_not)), @r"
    ch1 settles 1250.00 DKK of 1034, by its number; ….
      For it: the text names 1034; the amount is equal; same e-mail faktura@moellervvs.dk; 11 days after its date; both in DKK.
    Not 1041 (…): 1034 is named instead; 1250.00 DKK against 487.50 DKK.
    ");
}

#[test]
fn read_aloud_a_tie_is_said_to_be_one() {
    let mut rows = moeller();
    rows.extend((0..3).map(|i| invoice(&format!("{}", 2000 + i), "c1", money(9_900, "DKK"), day(3, 1))));
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(9_900, "DKK"), day(3, 1), ""));
    insta::assert_snapshot!(told(&engine(rows), "ch1"), @r"
    ch1 settles 99.00 DKK of 2000, by amount and party; ….
      For it: the amount is equal; same e-mail faktura@moellervvs.dk; the same day; both in DKK.
      Nothing tells it from 2001, 2002: the oldest is proposed, and a person must choose.
    ");
}

#[test]
fn read_aloud_the_other_one_is_another_payments() {
    let mut rows = moeller();
    rows.push(invoice("3001", "c1", money(50_000, "DKK"), day(3, 1)));
    rows.push(invoice("3002", "c1", money(50_000, "DKK"), day(3, 8)));
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(50_000, "DKK"), day(3, 10), "Faktura 3002"));
    rows.push(payment("ch2", "Møller VVS", "faktura@moellervvs.dk", money(50_000, "DKK"), day(3, 11), "Betaling"));
    insta::assert_snapshot!(told(&engine(rows), "ch2"), @r"
    ch2 settles 500.00 DKK of 3001, by amount and party; ….
      For it: the amount is equal; same e-mail faktura@moellervvs.dk; 10 days after its date; both in DKK.
      Not 3002 (…): ch1 settles it (…).
    ");
}

#[test]
fn read_aloud_a_sum_of_two() {
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(125_000, "DKK"), day(3, 1)));
    rows.push(invoice("1041", "c1", money(48_750, "DKK"), day(3, 9)));
    rows.push(payment("ch1", "Moeller VVS", "faktura@moellervvs.dk", money(173_750, "DKK"), day(3, 15), "Betaling"));
    insta::assert_snapshot!(told(&engine(rows), "ch1"), @r"
    ch1 settles 1250.00 DKK of 1034, as one of 2 that add up; ….
      For it: one of 2 that together are 1737.50 DKK; same e-mail faktura@moellervvs.dk; 14 days after its date; both in DKK.
    ch1 settles 487.50 DKK of 1041, as one of 2 that add up; ….
      For it: one of 2 that together are 1737.50 DKK; same e-mail faktura@moellervvs.dk; 6 days after its date; both in DKK.
    ");
}

#[test]
fn read_aloud_another_currency() {
    let rates = a_euro_is_746();
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(746_000, "DKK"), day(3, 1)));
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(100_400, "EUR"), day(3, 12), "1034"));
    insta::assert_snapshot!(told(&Engine::new(rows, Rules { rates, ..Rules::default() }, Weights::built_in()), "ch1"), @r"
    ch1 settles 7460.00 DKK of 1034, by its number; ….
      For it: the text names 1034; 0.4 % more than 1000.00 EUR, which it is at that day's rate; same e-mail faktura@moellervvs.dk; 11 days after its date; EUR for DKK, by that day's rate.
    ");
}

#[test]
fn read_aloud_a_payment_made_twice() {
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(125_000, "DKK"), day(3, 1)));
    for (id, on) in [("ch1", day(3, 12)), ("ch2", day(3, 13))] {
        rows.push(payment(id, "Møller VVS", "faktura@moellervvs.dk", money(125_000, "DKK"), on, "Faktura 1034"));
    }
    insta::assert_snapshot!(told(&engine(rows), "ch2"), @r"
    ch2 matches nothing: 1 of the 1 that are open were compared, and none is likely.
      Not 1034 (…): ch1 settles it (…).
    ");
}

#[test]
fn read_aloud_somebody_else_pays_and_the_rule_that_says_so() {
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(125_000, "DKK"), day(3, 1)));
    rows.push(invoice("1041", "c1", money(48_750, "DKK"), day(3, 9)));
    rows.push(payment("ch1", "Zetanova Invest", "office@zetanova.example", money(125_000, "DKK"), day(3, 12), "Faktura 1034 Møller"));
    rows.push(payment("ch2", "Zetanova Invest", "office@zetanova.example", money(48_750, "DKK"), day(3, 20), ""));
    let before = told(&engine(rows.clone()), "ch1");
    let payer = Taught::Name { name: "Zetanova Invest".into() };
    let learned = vec![Learned { id: 1, on: true, payer, pays_for: RowId::from("c1"), seen: 2 }];
    let after = told(&Engine::new(rows, Rules { learned, ..Rules::default() }, Weights::built_in()), "ch2");
    insta::assert_snapshot!(format!("{before}\n{after}"), @r"
    ch1 settles 1250.00 DKK of 1034, by its number; ….
      For it: the text names 1034; the amount is equal; 11 days after its date; both in DKK.
      Against it: “Zetanova Invest” against “Møller VVS ApS”.
    ch2 settles 487.50 DKK of 1041, by rule 1, which was learned from this book; ….
      For it: the amount is equal; Zetanova Invest pays for it (rule 1); 11 days after its date; both in DKK.
    ");
}

#[test]
fn read_aloud_a_part_an_over_payment_and_a_refund() {
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(100_000, "DKK"), day(3, 1)));
    rows.push(invoice("1035", "c2", money(80_000, "DKK"), day(3, 1)));
    rows.push(payment("ch1", "Møller VVS", "faktura@moellervvs.dk", money(101_500, "DKK"), day(3, 3), "1034"));
    rows.push(payment("ch2", "Holm Transport", "info@holmtransport.dk", money(40_000, "DKK"), day(3, 3), "acconto 1035"));
    rows.push(refund("re1", "ch2", -40_000, day(3, 9)));
    let engine = engine(rows);
    insta::assert_snapshot!(["ch1", "ch2", "re1"].map(|left| told(&engine, left)).join("\n"), @r"
    ch1 settles 1000.00 DKK of 1034, by its number; ….
      For it: the text names 1034; 15.00 DKK more than is open; same e-mail faktura@moellervvs.dk; 2 days after its date; both in DKK.
    ch2 settles 400.00 DKK of 1035, by its number; ….
      For it: the text names 1035; a part of it, by itself 400.00 DKK stays open; same e-mail info@holmtransport.dk; 2 days after its date; both in DKK.
    re1 takes 400.00 DKK back from 1035, which its charge settled; ….
      For it: it gives back ch2.
    ");
}

#[test]
fn read_aloud_a_stranger_and_a_failed_try() {
    let mut rows = moeller();
    rows.push(invoice("1034", "c1", money(100_000, "DKK"), day(3, 1)));
    rows.push(payment("ch1", "Ganz Anders", "x@example.com", money(31_000, "DKK"), day(3, 3), "tak for kaffe"));
    let mut failed = payment("ch2", "Møller VVS", "faktura@moellervvs.dk", money(100_000, "DKK"), day(3, 2), "1034");
    failed.failed = true;
    rows.push(failed);
    let engine = engine(rows);
    insta::assert_snapshot!(["ch1", "ch2"].map(|left| told(&engine, left)).join("\n"), @r"
    ch1 matches nothing: nothing that is open shares a number, an amount or a party with it (1 looked at).
    ch2 matches nothing: the payment failed.
    ");
}

#[test]
fn read_aloud_an_invoice_that_its_document_bears_and_one_of_its_credits() {
    let paper = |side, kind, id: &str, minor, on, number: &str| {
        let mut row = Row::new(id, side, kind, money(minor, "DKK"), on);
        row.party.name = "Møller VVS ApS".into();
        row.references.push(Reference::new(Source::Number, number));
        row
    };
    let mut document = paper(Side::Right, Kind::Document, "doc-1034", 125_000, day(3, 1), "1034");
    document.references.push(Reference::new(Source::Mark, "A-0101"));
    let other = paper(Side::Right, Kind::Document, "doc-1035", 125_000, day(3, 25), "1035");
    let mut note = paper(Side::Left, Kind::Credit, "cn_1", 25_000, day(3, 20), "CN-01");
    note.refund_of = Some("in_1".into());
    let mut memo = paper(Side::Right, Kind::Credit, "memo-1", -25_000, day(3, 21), "9001");
    memo.references.push(Reference::new(Source::Text, "1034"));
    let engine = engine(vec![paper(Side::Left, Kind::Invoice, "in_1", 125_000, day(3, 1), "A-0101"), document, other, note, memo]);
    insta::assert_snapshot!(["in_1", "cn_1"].map(|left| told(&engine, left)).join("\n"), @r"
    in_1 is 1034, by its number; ….
      For it: it bears Stripe's number A-0101; the amount is equal; same name Møller VVS ApS; the same day; both in DKK.
      Not 1035 (…): no number is named; 24 days before its date.
    cn_1 is 9001, by its number; ….
      For it: both credit 1034, the document of in_1; the amount is equal; same name Møller VVS ApS; a day before its date; both in DKK.
    ");
}

#[test]
fn read_aloud_who_always_pays_five_weeks_late_does_so_again() {
    let mut rows = moeller();
    for month in 1..=7 {
        let mut row = invoice(&format!("400{month}"), "c1", money(9_900, "DKK"), day(month, 3));
        row.text = "Pro plan".into();
        rows.push(row);
    }
    // Two name their invoice. The others would else be for the next one, five days after its date.
    for (id, on, text) in [("ch1", (2, 8), "Faktura 4001"), ("ch2", (3, 10), ""), ("ch3", (4, 8), "4003"), ("ch4", (5, 8), ""), ("ch5", (6, 7), "")] {
        rows.push(payment(id, "Møller VVS", "faktura@moellervvs.dk", money(9_900, "DKK"), day(on.0, on.1), text));
    }
    let engine = engine(rows);
    let settled: Vec<_> = links(&engine).iter().map(|l| l.right.to_string()).collect();
    assert_eq!(settled, ["doc-4001", "doc-4002", "doc-4003", "doc-4004", "doc-4005"]);
    insta::assert_snapshot!(told(&engine, "ch4"), @r"
    ch4 settles 99.00 DKK of 4004, by amount and party; ….
      For it: the amount is equal; same e-mail faktura@moellervvs.dk; 35 days after its date, as usual for this customer; both in DKK.
      Not 4006 (…): 26 days before its date.
      Not 4005 (…): ch5 settles it (…).
      Not 4007 (…): 56 days before its date.
      Not 4003 (…): 66 days after its date; ch3 settles it (…).
    ");
}
