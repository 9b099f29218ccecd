//! Who pays? Small books as a bookkeeper has them: what is open, who pays, and what may be said of it.
//!
//! Beside what each case says, a dozen other customers have paid their invoices: a book is never empty.

use chrono::NaiveDate;
use countersign_matching::{Detail, Engine, Kind, Link, Method, Party, Reference, Row, Rules, Side, Source, Verdict, Weights, What};
use money::{Currency, Money};

fn dkk(minor: i64) -> Money {
    Money::new(minor, Currency::parse("DKK").expect("a known currency"))
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, month, day).expect("a day of 2025")
}

/// Somebody, by "field: value" separated by semicolons; the first is the name.
fn party(text: &str) -> Party {
    let mut party = Party::default();
    for (at, said) in text.split(';').map(str::trim).enumerate() {
        let Some((field, value)) = said.split_once(": ").filter(|_| at > 0) else {
            party.name = said.into();
            continue;
        };
        let value = Some(value.to_owned());
        match field {
            "mail" => party.emails.extend(value),
            "vat" => party.vat = value,
            "phone" => party.phone = value,
            "country" => party.country = value,
            "zip" => party.postcode = value,
            other => panic!("no field is called {other}"),
        }
    }
    party
}

fn customer(side: Side, id: &str, text: &str) -> Row {
    let mut row = Row::new(id, side, Kind::Customer, dkk(0), day(1, 1));
    row.party = Party { id: Some(id.into()), ..party(text) };
    row
}

fn invoice(number: &str, customer: &str, minor: i64, on: NaiveDate) -> Row {
    let mut row = Row::new(number, Side::Right, Kind::Document, dkk(minor), on);
    row.due = on.checked_add_days(chrono::Days::new(14));
    row.party.id = Some(customer.into());
    row.references.push(Reference::new(Source::Number, number));
    row
}

/// A guest pays.
fn paid(id: &str, by: &str, minor: i64, on: NaiveDate, text: &str) -> Row {
    let mut row = Row::new(id, Side::Left, Kind::Charge, dkk(minor), on);
    row.payer = Some(Box::new(party(by)));
    row.text = text.into();
    row
}

/// The others of the book, who owe nothing any more.
fn others() -> Vec<Row> {
    const NAMES: [&str; 12] = [
        "Nordhavn Byg ApS",
        "Skovly Planteskole",
        "Karl Friis",
        "Bageriet Solsikken I/S",
        "Havnens Auto A/S",
        "Lindholm Tryk",
        "Birthe Kruse",
        "Vestkystens El ApS",
        "Torvets Blomster",
        "Ravn Rådgivning",
        "Enghave Cykler",
        "Stenbro Murer",
    ];
    let of = |(k, name): (usize, &&str)| {
        let (id, mail) = (format!("other{k}"), format!("kontakt@firma{k}.dk"));
        let (number, minor) = (format!("{}", 50_100 + k), 70_000 + 3_713 * k as i64);
        let text = format!("{name}; mail: {mail}; vat: DK{}; zip: {}; country: DK", 30_000_000 + k * 137, 4_000 + k);
        let mut charge = paid(&format!("past{k}"), &text, minor, day(4, 12), &format!("Faktura {number}"));
        charge.party.id = Some(format!("cus{k}").as_str().into());
        vec![
            customer(Side::Right, &id, &text),
            customer(Side::Left, &format!("cus{k}"), &format!("{name}; mail: {mail}; country: DK")),
            invoice(&number, &id, minor, day(4, 2)),
            charge,
        ]
    };
    NAMES.iter().enumerate().flat_map(of).collect()
}

fn engine(rows: Vec<Row>) -> Engine {
    Engine::new(others().into_iter().chain(rows).collect(), Rules::default(), Weights::built_in())
}

/// The chance that the payment `q` settles each document, as its candidates have it; 0 where it is none.
fn chance(engine: &Engine, document: &str) -> f64 {
    let linked = engine.links().iter().find(|l| l.left.as_str() == "q" && l.right.as_str() == document);
    linked.map_or(0.0, |l| l.chance)
}

fn link_of<'a>(engine: &'a Engine, left: &str) -> Option<&'a Link> {
    engine.links().iter().find(|l| l.left.as_str() == left)
}

/// Klint Optik owes 1.250, and somebody pays 1.250.
fn klint_and(payer: &str, text: &str) -> Engine {
    engine(vec![
        customer(Side::Right, "klint", "Klint Optik ApS; mail: faktura@klintoptik.dk; vat: DK11223344; phone: +45 86124577; country: DK; zip: 8000"),
        invoice("60100", "klint", 125_000, day(5, 1)),
        paid("q", payer, 125_000, day(5, 12), text),
    ])
}

#[test]
fn an_equal_amount_alone_is_a_candidate_and_no_more() {
    // Whoever pays, from the customer itself to a known other one: the chance never rises on the way.
    let falling = [
        "Klint Optik ApS; mail: faktura@klintoptik.dk; country: DK",
        "Klint Optik ApS; country: DK",
        "Klint Optikk; country: DK",
        "Klint Service; country: DK",
        "Sofia Lopez; country: DK",
        "Sofia Lopez; country: ES; zip: 28013; mail: sofia.lopez@correo.example",
    ];
    let chances: Vec<f64> = falling.iter().map(|payer| chance(&klint_and(payer, ""), "60100")).collect();
    assert!(chances.windows(2).all(|two| two[0] >= two[1]), "{chances:?} for {falling:?}");
    assert!(chances[0] > 0.99, "the customer itself: {chances:?}");
    assert!(chances[3..].iter().all(|chance| *chance < 0.97), "strangers: {chances:?}");
    let another = klint_and("Nordhavn Byg ApS; mail: kontakt@firma0.dk; zip: 4000; country: DK", "");
    assert!(chance(&another, "60100") < 0.5, "another customer by name, mail and postcode: {}", chance(&another, "60100"));
}

#[test]
fn a_number_that_is_named_makes_a_stranger_likely_and_its_other_name_stays_against_it() {
    let engine = klint_and("Sofia Lopez; country: ES", "Faktura 60100");
    let link = link_of(&engine, "q").expect("the number is named");
    assert!(link.chance > 0.9, "{}", link.chance);
    let party = link.fact(What::Party);
    assert_eq!(party.verdict, Verdict::Contradicts, "one payment has no others that settle invoices: {:?}", party.detail);
}

#[test]
fn a_name_half_alike_is_no_worse_than_a_stranger() {
    for (payer, named) in [
        ("Holm Tømrer", "Holm Transport"),
        ("Tømrermester Ole Olsen ApS", "Ole Olsen"),
        ("Novo", "Novo Nordisk A/S"),
        ("Kommune Aarhus", "Aarhus Kommune, Teknik og Miljø"),
        ("Svensk Bygg AB", "Svensk Bygg Aktiebolag"),
        ("Žižkov s.r.o.", "Zizkov"),
    ] {
        let engine = engine(vec![
            customer(Side::Right, "klint", "Klint Optik"),
            customer(Side::Right, "alike", named),
            invoice("60100", "klint", 125_000, day(5, 1)),
            invoice("60123", "alike", 125_000, day(5, 2)),
            paid("q", payer, 125_000, day(5, 12), ""),
        ]);
        assert_eq!(chance(&engine, "60100"), 0.0, "{payer} pays for Klint Optik, not for {named}");
    }
}

#[test]
fn a_better_sign_never_lowers_the_chance() {
    let ledger = "Østergaard Maskiner A/S; mail: bogholderi@ostergaardmaskiner.dk; vat: DK11223344; phone: +45 86124577; country: DK; zip: 8000";
    let customer_chance = |payer: &str| {
        let engine = engine(vec![customer(Side::Right, "ost", ledger), customer(Side::Left, "cus", payer)]);
        let found = engine.candidates(&"cus".into()).into_iter().find(|l| l.right.as_str() == "ost");
        found.map_or(0.0, |l| l.chance)
    };
    for falling in [
        &[
            "Østergaard Maskiner A/S; mail: bogholderi@ostergaardmaskiner.dk",
            "Østergaard Maskiner A/S; mail: bogholder@ostergaardmaskiner.dk",
            "Østergaard Maskiner A/S; mail: per@ostergaardmaskiner.dk",
            "Østergaard Maskiner A/S; mail: ostergaardmaskiner@gmail.com",
            "Østergaard Maskiner A/S",
            "Østergaard Maskiner A/S; mail: per.hansen22@gmail.com",
        ][..],
        &[
            "Østergaard Maskiner A/S; vat: DK11223344",
            "Østergaard Maskiner A/S; mail: bogholderi@ostergaardmaskiner.dk",
            "Østergaard Maskiner A/S; phone: 86124577",
            "Østergaard Maskiner A/S; mail: per@ostergaardmaskiner.dk",
            "Østergaard Maskiner A/S",
        ],
        &["Østergaard Maskiner A/S", "Ostergaard Maskiner", "Ostergaard Maskinr", "Østergaard Service", "OM Service"],
        &["Østergaard Maskiner A/S; vat: 11223344", "Østergaard Maskiner A/S; vat: N/A", "Østergaard Maskiner A/S; vat: DK99999998"],
        &["Østergaard Maskiner A/S; country: DK", "Østergaard Maskiner A/S", "Østergaard Maskiner A/S; country: SE"],
        &["Østergaard Maskiner A/S; zip: 8000", "Østergaard Maskiner A/S", "Østergaard Maskiner A/S; zip: 9000"],
    ] {
        let chances: Vec<f64> = falling.iter().map(|payer| customer_chance(payer)).collect();
        assert!(chances.windows(2).all(|two| two[0] >= two[1] - 1e-9), "{chances:?} for {falling:?}");
    }
}

#[test]
fn what_many_share_and_what_fills_a_field_identifies_nobody() {
    let linked = |payer: &str, ledger: &str| {
        let engine = engine(vec![customer(Side::Right, "x", ledger), customer(Side::Left, "cus", payer)]);
        link_of(&engine, "cus").is_some()
    };
    for (payer, ledger) in [
        ("Mette Lund; mail: mette.lund@yahoo.co.uk", "Anders Bro; mail: anders@yahoo.co.uk"),
        ("Mette Lund; mail: mette.lund@stofanet.dk", "Anders Bro; mail: anders@stofanet.dk"),
        ("Ingen Bekendt; phone: 0", "Vinhuset Bacchus; phone: 0"),
        ("Ingen Bekendt; phone: 11111111", "Vinhuset Bacchus; phone: 11111111"),
        ("Ingen Bekendt; phone: +49 86124577", "Vinhuset Bacchus; phone: +45 86124577"),
        ("Ingen Bekendt; vat: N/A", "Vinhuset Bacchus; vat: N/A"),
        ("Ingen Bekendt; vat: 0", "Vinhuset Bacchus; vat: 0"),
        ("Ingen Bekendt; mail: N/A", "Vinhuset Bacchus; mail: N/A"),
        ("-", "-"),
    ] {
        assert!(!linked(payer, ledger), "{payer} is taken for {ledger}");
    }
    for (payer, ledger) in [
        ("Vinhuset Bacchus; phone: 86 12 45 77", "Vinhuset Bacchus; phone: +45 86124577"),
        ("Vinhuset; vat: SE556677889901", "Vinhuset Bacchus AB; vat: 556677-8899"),
        ("Vinhuset; vat: NO 923 609 016 MVA", "Vinhuset Bacchus AS; vat: 923609016"),
    ] {
        assert!(linked(payer, ledger), "{payer} is not found as {ledger}");
    }
}

#[test]
fn a_domain_of_unrelated_customers_is_a_providers() {
    let at = |id: &str, name: &str, mail: &str| customer(Side::Right, id, &format!("{name}; mail: {mail}"));
    let two = vec![at("a", "Anders Bro", "anders@byensnet.dk"), at("b", "Vinhuset Bacchus", "vin@byensnet.dk")];
    let payer = customer(Side::Left, "cus", "Mette Lund; mail: mette@byensnet.dk");
    let chances = |rows: Vec<Row>| -> f64 { engine(rows).candidates(&"cus".into()).iter().map(|l| l.chance).sum() };
    let few = chances(two.iter().cloned().chain([payer.clone()]).collect());
    let many = two.into_iter().chain([at("c", "Rørkompagniet", "post@byensnet.dk"), payer]).collect();
    let many = chances(many);
    assert!(many < few && many < 0.2, "{many} at a domain of three unrelated customers, {few} at one of two");
}

#[test]
fn what_nothing_tells_apart_shares_the_chance() {
    // The same sum is open at two customers of one name; the same invoice at two, three, four strangers.
    let twins = |id: &str, vat: &str, first: &str| {
        let (one, two) = (format!("{first}1"), format!("{first}2"));
        [
            customer(Side::Right, id, &format!("Hansen Byg ApS; vat: {vat}")),
            invoice(&one, id, 100_000, day(5, 2)),
            invoice(&two, id, 50_000, day(5, 3)),
        ]
    };
    let sums = twins("x1", "DK11223344", "6012").into_iter().chain(twins("x2", "DK55667788", "6014"));
    let sums = engine(sums.chain([paid("q", "Hansen Byg ApS", 150_000, day(5, 8), "")]).collect());
    let link = link_of(&sums, "q").expect("a sum is proposed");
    assert!(link.chance <= 0.5 && link.tie, "a sum of one twin: {}, tie {}", link.chance, link.tie);
    for count in 2..=4_usize {
        let names = ["Østergaard Maskiner", "Klint Optik", "Vinhuset Bacchus", "Gulvmanden"];
        let rows = names.iter().take(count).enumerate().flat_map(|(k, name)| {
            let id = format!("x{k}");
            [customer(Side::Right, &id, name), invoice(&format!("{}", 60_123 + 37 * k), &id, 125_000, day(5, 2))]
        });
        let engine = engine(rows.chain([paid("q", "J. Hansen", 125_000, day(5, 12), "")]).collect());
        let chances = engine.candidates(&"q".into()).iter().map(|l| l.chance).fold(0.0, f64::max);
        assert!(chances <= 1.0 / count as f64, "{chances} for one of {count} equal invoices");
    }
}

#[test]
fn vat_numbers_that_differ_are_said_and_weigh() {
    let with = |vat: &str| {
        engine(vec![
            customer(Side::Right, "x", "Hansen Byg ApS; vat: DK11223344"),
            customer(Side::Left, "cus", &format!("Hansen Byg ApS{vat}")),
            invoice("60123", "x", 125_000, day(5, 2)),
            {
                let mut row = paid("q", "Hansen Byg ApS", 125_000, day(5, 12), "");
                row.party.id = Some("cus".into());
                row
            },
        ])
    };
    let (silent, other) = (with(""), with("; vat: DK33557799"));
    assert!(chance(&other, "60123") < chance(&silent, "60123"), "{} against {}", chance(&other, "60123"), chance(&silent, "60123"));
    if let Some(link) = link_of(&other, "q") {
        let party = link.fact(What::Party);
        assert_eq!(party.verdict, Verdict::Contradicts);
        assert!(matches!(party.detail, Detail::OtherVatNumber { .. }), "{:?}", party.detail);
        assert_ne!(link.method, Method::AmountAndParty);
    }
}

#[test]
fn a_contradiction_is_never_told_as_its_opposite() {
    let engine = engine(vec![
        customer(Side::Right, "ost", "Østergaard Maskiner A/S; mail: post@ostergaard.dk"),
        invoice("60123", "ost", 125_000, day(5, 2)),
        paid("q", "J. Hansen; mail: post@ostergaardmaskiner.dk", 125_000, day(5, 12), ""),
    ]);
    for link in engine.candidates(&"q".into()) {
        let party = link.fact(What::Party);
        let other = matches!(party.detail, Detail::OtherName { .. } | Detail::OtherVatNumber { .. });
        assert!(!other || (party.verdict == Verdict::Contradicts && link.method != Method::AmountAndParty), "{link:?}");
    }
}

#[test]
fn another_number_in_the_address_is_another_mail_box() {
    let linked = |mail: &str| {
        let engine = engine(vec![
            customer(Side::Right, "ida", "Ida Klint; mail: ida.klint@gmail.com; country: DK"),
            customer(Side::Left, "cus_ida", &format!("Ida Klint; mail: {mail}; country: DK")),
        ]);
        link_of(&engine, "cus_ida").map_or(0.0, |link| link.chance)
    };
    let [same, misspelt, numbered, elsewhere] =
        ["ida.klint@gmail.com", "ida.klimt@gmail.com", "ida.klint53@gmail.com", "ida.klint53@web.de"].map(linked);
    assert!(same >= misspelt && misspelt > 0.99 && numbered < 0.95, "{same} {misspelt} {numbered}");
    assert!((numbered - elsewhere).abs() < 1e-9, "{numbered} {elsewhere}");
}

#[test]
fn who_is_nearly_called_alike_is_somebody_else() {
    for (owes, pays) in [
        ("Dorte Pedersen; mail: dortepedersen@gmail.com; country: DK", "Dorte Andersen; mail: dorteandersen@gmail.com; country: DK"),
        ("Gitte Rasmussen; country: DK", "Ole Rasmussen; country: DK"),
        ("Per Hansen; country: DK", "Peter Hansen; country: DK"),
        ("Ejerforeningen Algade 14; country: DK", "Ejerforeningen Algade 12; country: DK"),
        ("Tandlægerne Torvet; country: DK", "Lægerne Torvet; country: DK"),
        ("Jan H; mail: jan.h@outlook.com; country: DK", "Jan K; mail: jan.k@outlook.com; country: DK"),
    ] {
        let book = |payer: &str| {
            engine(vec![
                customer(Side::Right, "c1", owes),
                invoice("60100", "c1", 125_000, day(5, 1)),
                customer(Side::Left, "cus_q", payer),
                of_customer(paid("q", payer, 125_000, day(5, 12), ""), "cus_q"),
            ])
        };
        let (other, same) = (book(pays), book(owes));
        assert!(link_of(&other, "cus_q").is_none_or(|link| link.chance < 0.9), "{pays} is {owes}: {:?}", link_of(&other, "cus_q"));
        assert!(chance(&other, "60100") < 0.97 && chance(&same, "60100") > 0.98, "{pays}: {}, {}", chance(&other, "60100"), chance(&same, "60100"));
    }
}

/// The payment is of a customer of Stripe.
fn of_customer(mut payment: Row, id: &str) -> Row {
    payment.party.id = Some(id.into());
    payment
}

#[test]
fn a_number_alone_is_that_of_something_else() {
    let stranger = "Ida Toft; mail: ida.toft@web.de; country: DK";
    for (minor, text) in [(31_900, "60100"), (31_900, "#60100"), (31_900, "Ref 60100"), (9_900, "Nr. 60100 tak"), (225_000, "60100")] {
        let engine = engine(vec![
            customer(Side::Right, "klint", "Klint Optik ApS; mail: faktura@klintoptik.dk; country: DK"),
            invoice("60100", "klint", 125_000, day(5, 1)),
            paid("q", stranger, minor, day(5, 12), text),
        ]);
        assert!(chance(&engine, "60100") < 0.9, "{minor} for “{text}”: {}", chance(&engine, "60100"));
    }
    assert!(chance(&klint_and(stranger, "Faktura 60100"), "60100") > 0.99, "with the amount it is that invoice");
}

#[test]
fn one_number_does_not_make_somebody_another() {
    let party = |house: u32| format!("Ejerforeningen Vejlegade {house}; mail: bestyrelse@vejlegade{house}.dk; country: DK; zip: 7100");
    for (minor, text) in [(99_000, "ref 7015"), (125_000, "Faktura 7015")] {
        let engine = engine(vec![
            customer(Side::Right, "v15", &party(15)),
            customer(Side::Right, "v55", &party(55)),
            customer(Side::Left, "cus_q", &party(15)),
            invoice("7015", "v55", 125_000, day(5, 1)),
            invoice("7014", "v55", 375_000, day(5, 2)),
            invoice("7018", "v15", 375_000, day(5, 3)),
            of_customer(paid("p", &party(15), minor, day(5, 10), text), "cus_q"),
            of_customer(paid("q", &party(15), 375_000, day(5, 12), ""), "cus_q"),
        ]);
        assert_eq!(link_of(&engine, "cus_q").map(|link| link.right.as_str()), Some("v15"), "{text}");
        assert!(chance(&engine, "7018") > 0.9, "{text}: {}", chance(&engine, "7018"));
    }
}
