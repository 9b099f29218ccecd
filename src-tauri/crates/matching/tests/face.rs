//! Stripe invoices against sales documents, through the public face alone.

use chrono::NaiveDate;
use countersign_matching::{
    Bucket, Change, Detail, Engine, Kind, Method, Pair, Party, Reference, Row, RowId, Rules, Side, Source, Verdict, Weights, What,
};
use money::{Currency, Money};

fn row(side: Side, kind: Kind, id: &str, minor: i64, day: u32, name: &str) -> Row {
    let currency = Currency::parse("DKK").expect("a known currency");
    let date = NaiveDate::from_ymd_opt(2026, 11, day).expect("a day in November");
    let mut row = Row::new(id, side, kind, Money::new(minor, currency), date);
    row.party = Party { name: name.into(), ..Party::default() };
    row
}

fn invoice(id: &str, minor: i64, day: u32, name: &str) -> Row {
    row(Side::Left, Kind::Invoice, id, minor, day, name)
}

fn document(id: &str, minor: i64, day: u32, name: &str) -> Row {
    row(Side::Right, Kind::Document, id, minor, day, name)
}

fn with(mut row: Row, source: Source, value: &str) -> Row {
    row.references.push(Reference::new(source, value));
    row
}

fn engine(rows: Vec<Row>) -> Engine {
    Engine::new(rows, Rules::default(), Weights::built_in())
}

#[test]
fn our_mark_with_equal_facts_is_exact() {
    let left = with(invoice("in_1", 125_000, 2, "Møller VVS ApS"), Source::Number, "A-0101");
    let right = with(with(document("d1", 125_000, 3, "Moeller VVS"), Source::Mark, "a-0101"), Source::Number, "1034");
    let engine = engine(vec![left, right, document("d2", 125_000, 2, "Møller VVS ApS")]);
    let [link] = engine.links() else { panic!("one link, not {:?}", engine.links()) };
    assert_eq!((link.right.as_str(), link.method, link.bucket()), ("d1", Method::Reference, Bucket::Exact));
    assert_eq!(link.evidence.clone().map(|f| f.what), [What::Reference, What::Amount, What::Party, What::Date, What::Currency]);
    assert_eq!(link.fact(What::Date).detail, Detail::DaysEarlier { days: 1 });
    assert!(link.chance > 0.99 && link.rivals.len() == 1);
}

#[test]
fn equal_candidates_are_a_tie_in_order_of_age() {
    let lefts = (1..=3).map(|i| invoice(&format!("in_{i}"), 9_900, 4 + i, "Holm"));
    let rights = (1..=3).map(|i| document(&format!("d{i}"), 9_900, 4, "Holm"));
    let mut rows: Vec<Row> = lefts.chain(rights).collect();
    for row in &mut rows {
        row.date = NaiveDate::from_ymd_opt(2026, 11, 4).expect("a day");
    }
    let engine = engine(rows);
    let found: Vec<_> = engine.links().iter().map(|l| (l.left.as_str(), l.right.as_str(), l.tie, l.rivals.len())).collect();
    assert_eq!(found, [("in_1", "d1", true, 2), ("in_2", "d2", true, 2), ("in_3", "d3", true, 2)]);
    assert!(engine.links().iter().all(|l| l.chance <= 1.0 / 3.0 && l.bucket() == Bucket::Choose && l.rivals.iter().all(|r| r.equal)));
}

#[test]
fn a_row_without_partner_says_how_far_it_was_looked() {
    let engine = engine(vec![invoice("in_1", 100, 2, "Nobody"), document("d1", 100, 2, "Somebody Else"), document("d2", 7_777, 2, "Third")]);
    assert!(engine.links().is_empty());
    let [none] = engine.unlinked() else { panic!("one row is unlinked") };
    assert_eq!((none.left.as_str(), none.looked_at, none.compared), ("in_1", 2, 1));
    let why = engine.explain(&RowId::from("in_1"), &RowId::from("d2")).expect("both are known");
    assert!(!why.linked && why.link.fact(What::Amount).verdict == Verdict::Contradicts);
}

#[test]
fn decisions_of_people_stand() {
    let rows = vec![invoice("in_1", 100, 2, "Holm"), document("d1", 100, 2, "Holm"), document("d2", 5_000, 20, "Other")];
    let mut engine = engine(rows.clone());
    assert_eq!(engine.links()[0].right.as_str(), "d1");
    assert!(engine.apply(Change::Decline(Pair::new("in_1", "d1"))).is_empty());
    assert!(engine.links().is_empty() && engine.candidates(&RowId::from("in_1")).is_empty());
    let changed = engine.apply(Change::Confirm(Pair::new("in_1", "d2")));
    assert_eq!(changed.iter().map(|l| (l.right.as_str(), l.method, l.chance)).collect::<Vec<_>>(), [("d2", Method::Confirmed, 1.0)]);
    let anew = Engine::new(rows, engine.rules().clone(), Weights::built_in());
    assert_eq!(anew.links(), engine.links());
}

#[test]
fn customers_are_equal_by_vat_number_and_only_near_by_name() {
    let customer = |side, id: &str, name: &str, vat: Option<&str>| {
        let mut row = row(side, Kind::Customer, id, 0, 1, name);
        row.party.vat = vat.map(str::to_owned);
        row.party.postcode = Some("2100".into());
        row
    };
    let engine = engine(vec![
        customer(Side::Left, "cus_1", "Berlin Logistik GmbH", Some("DK 10150817")),
        customer(Side::Left, "cus_2", "Søndergård ApS", None),
        customer(Side::Left, "cus_3", "Ganz Anders", None),
        customer(Side::Right, "c1", "Berlin Logistics", Some("10150817")),
        customer(Side::Right, "c2", "SOENDERGAARD", None),
    ]);
    let found: Vec<_> = engine.links().iter().map(|l| (l.left.as_str(), l.right.as_str(), l.exact())).collect();
    assert_eq!(found, [("cus_1", "c1", true), ("cus_2", "c2", false)]);
    assert_eq!(engine.unlinked().len(), 1);
}

#[test]
fn a_credit_finds_its_memo_whatever_its_sign_and_never_an_invoice() {
    let left = with(invoice("in_1", 125_000, 2, "Møller VVS"), Source::Number, "A-0111");
    let right = with(with(document("d1", 125_000, 3, "Møller VVS"), Source::Mark, "A-0111"), Source::Number, "1034");
    let mut note = with(row(Side::Left, Kind::Credit, "cn_1", 125_000, 5, "Møller VVS"), Source::Number, "CN-01");
    note.refund_of = Some("in_1".into());
    let memo = |id: &str, minor, day| row(Side::Right, Kind::Credit, id, minor, day, "Møller VVS");
    let of_invoice = with(memo("m1", -125_000, 6), Source::Text, "1034");
    let mut of_another = memo("m2", -125_000, 5);
    of_another.refund_of = Some("d9".into());
    let engine = engine(vec![left, right, note, document("d2", 125_000, 5, "Møller VVS"), of_invoice, of_another]);
    let found: Vec<_> = engine.links().iter().map(|l| (l.left.as_str(), l.right.as_str(), l.amount.minor(), l.bucket())).collect();
    assert_eq!(found, [("cn_1", "m1", -125_000, Bucket::Strong), ("in_1", "d1", 125_000, Bucket::Exact)]);
    let named = Detail::CreditOf { invoice: "in_1".into(), document: "1034".into() };
    assert_eq!(engine.links()[0].fact(What::Reference).detail, named);
}

#[test]
fn an_invoice_of_the_same_amount_is_no_credit() {
    let engine = engine(vec![row(Side::Left, Kind::Credit, "cn_1", 100, 2, "Holm"), document("d1", 100, 2, "Holm")]);
    assert!(engine.links().is_empty() && engine.explain(&RowId::from("cn_1"), &RowId::from("d1")).is_none());
}

#[test]
fn a_confirmed_pair_that_shares_nothing_stays_when_its_customer_changes() {
    let customer = |name: &str| {
        let mut row = row(Side::Right, Kind::Customer, "c1", 0, 1, name);
        row.party.id = Some("c1".into());
        row
    };
    let mut right = document("d1", 999, 20, "Holm");
    right.party.id = Some("c1".into());
    let mut engine = engine(vec![invoice("in_1", 100, 2, "Anders"), right, customer("Holm")]);
    engine.apply(Change::Confirm(Pair::new("in_1", "d1")));
    engine.apply(Change::Put(Box::new(customer("Holm & Co"))));
    let [link] = engine.links() else { panic!("one link, not {:?}", engine.links()) };
    assert_eq!((link.right.as_str(), link.method), ("d1", Method::Confirmed));
}
