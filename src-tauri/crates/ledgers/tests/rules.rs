//! Who a party is in the ledger, and what a line's VAT is: the rules as tables.

use std::collections::{BTreeMap, BTreeSet};

use countersign_ledgers::*;
use proptest::prelude::*;
use rust_decimal::Decimal;

#[test]
fn numbers_are_checked_by_their_digits() {
    for (text, expected) in [
        ("13585628", Some("13585628")),
        ("DK 13 58 56 28", Some("13585628")),
        ("dk-13585628", Some("13585628")),
        ("13585629", None),
        ("1358562", None),
        ("135856281", None),
        ("00000000", None),
        ("1358562x", None),
        ("", None),
    ] {
        assert_eq!(cvr(text).as_deref(), expected, "{text}");
    }
    for (text, expected) in
        [("5790000123469", Some("5790000123469")), ("5790000123460", None), ("579 0000 123 469", Some("5790000123469")), ("", None)]
    {
        assert_eq!(ean(text).as_deref(), expected, "{text}");
    }
    for (text, country, expected) in [
        ("DE 999 410 776", "", Some("DE999410776")),
        ("999410776", "de", Some("DE999410776")),
        ("13585628", "DK", Some("DK13585628")),
        ("DK13585628", "DE", Some("DK13585628")),
        ("DK12345678", "DK", None),
        ("EL123456789", "GR", Some("EL123456789")),
        ("ATU12345678", "AT", Some("ATU12345678")),
        ("NL123456789B01", "", Some("NL123456789B01")),
        ("12345678", "", None),
        ("DE", "DE", None),
        ("none", "", None),
    ] {
        assert_eq!(vat_number(text, country).as_deref(), expected, "{text} {country}");
    }
}

#[test]
fn names_and_mailboxes_are_compared_as_people_would() {
    for (a, b) in [
        ("Möbelhaus Oberried GmbH", "MOEBELHAUS OBERRIED"),
        ("Café Sankelmark GmbH & Co. KG", "Cafe Sankelmark"),
        ("Ærø Sejlmageri v/ K. Holm", "Aeroe Sejlmageri v. K Holm"),
        ("Tangkær A/S", "Tangkaer ApS"),
    ] {
        assert_eq!(folded_name(a), folded_name(b), "{a} / {b}");
    }
    assert_ne!(folded_name("Havnens Bageri"), folded_name("Havnens Bar"));
    assert_eq!(folded_name("AS"), "as", "a name that is only a form stays");
    let set = |addresses: &[&str]| addresses.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(emails("Bo@x.example; eva@X.example, nonsense"), set(&["bo@x.example", "eva@x.example"]));
    assert!(is_shared_mailbox("Faktura+2026@x.example") && !is_shared_mailbox("faktura.hansen@x.example"));
}

fn candidate(id: &str, change: impl Fn(&mut Party)) -> Candidate {
    let mut party = Party { name: format!("Somebody {id}"), country: "DK".into(), postcode: "5970".into(), ..Party::default() };
    change(&mut party);
    Candidate { id: id.into(), number: format!("C{id}"), party, blocked: Blocked::No }
}

#[test]
fn a_customer_is_found_only_on_evidence_that_suffices() {
    let sought = Party {
        name: "Tangkær ApS".into(),
        country: "DK".into(),
        postcode: "5970".into(),
        vat_number: "13585628".into(),
        emails: vec!["bo@tangkaer.example".into()],
        ..Party::default()
    };
    let named = |party: &mut Party| party.name = "Tangkaer A/S".into();
    let vat = |party: &mut Party| party.vat_number = "DK13585628".into();
    let other_vat = |party: &mut Party| party.vat_number = "DE999410776".into();
    let mail = |party: &mut Party| party.emails = vec!["info@x.example; BO@tangkaer.example".into()];
    let shown = |party: &Party, candidates: &[Candidate]| match identify(party, candidates) {
        Identified::One { id, evidence } => format!("one {id} {evidence:?}"),
        Identified::Unclear(found) => format!("unclear {}", found.keys().cloned().collect::<Vec<_>>().join(" ")),
        Identified::Nobody => "nobody".into(),
    };
    for (what, candidates, expected) in [
        ("nobody alike", vec![candidate("1", |_| {})], "nobody"),
        ("the VAT number", vec![candidate("1", vat), candidate("2", |_| {})], "one 1 {VatNumber}"),
        ("the VAT number twice", vec![candidate("1", vat), candidate("2", vat)], "unclear 1 2"),
        ("the VAT number beats the name", vec![candidate("1", vat), candidate("2", named)], "one 1 {VatNumber}"),
        ("the mail address alone", vec![candidate("1", mail)], "unclear 1"),
        ("name and postcode alone", vec![candidate("1", named)], "unclear 1"),
        ("the same name elsewhere", vec![candidate("1", |party| (party.name, party.postcode) = ("Tangkær IVS".into(), "8000".into()))], "unclear 1"),
        (
            "mail address, name and postcode",
            vec![candidate("1", |party| (named(party), mail(party)).0), candidate("2", mail)],
            "one 1 {Email, NameAndPostcode, Name}",
        ),
        ("all that of another business", vec![candidate("1", |party| (named(party), mail(party), other_vat(party)).0)], "nobody"),
    ] {
        assert_eq!(shown(&sought, &candidates), expected, "{what}");
    }
    let elsewhere = candidate("1", |party| (party.name, party.postcode) = ("Tangkær".into(), "8000".into()));
    let person = Party { person: true, vat_number: String::new(), ..sought.clone() };
    assert_eq!(shown(&person, &[elsewhere]), "nobody", "two people may have one name");
    let numbered = Party { ledger_number: "c1".into(), ..sought.clone() };
    assert_eq!(shown(&numbered, &[candidate("1", |_| {})]), "one 1 {LedgerNumber}");
    assert_eq!(shown(&numbered, &[candidate("1", other_vat)]), "unclear 1", "the number says yes, the VAT number no");
    let public = Party { ean: "5790000123469".into(), vat_number: String::new(), ..sought.clone() };
    assert_eq!(shown(&public, &[candidate("1", |party| party.ean = "579-0000123469".into())]), "one 1 {Ean}");
    let shared = Party { emails: vec!["info@x.example".into()], name: String::new(), vat_number: String::new(), ..sought };
    assert_eq!(shown(&shared, &[candidate("1", mail)]), "nobody", "a shared mailbox is no identity");
}

/// `country [vat numbers] [exempt|reverse]`
fn buyer(text: &str) -> Buyer {
    let mut words = text.split_whitespace();
    let country = words.next().filter(|word| *word != "-").unwrap_or_default().to_owned();
    let mut buyer = Buyer { country, ..Buyer::default() };
    for word in words {
        match word {
            "exempt" => buyer.exempt = true,
            "reverse" => buyer.reverse = true,
            number => buyer.vat_numbers.push(number.to_owned()),
        }
    }
    buyer
}

fn tax(rate: u32, country: &str, reason: Reason) -> LineTax {
    LineTax { rate: Decimal::from(rate), country: country.into(), is_vat: true, reason }
}

fn rules() -> TaxRules {
    let rates = |all: &[u32]| all.iter().map(|rate| Decimal::from(*rate)).collect();
    TaxRules {
        untaxed_at_home: None,
        rates: BTreeMap::from([("DK".into(), rates(&[25])), ("DE".into(), rates(&[19, 7]))]),
        decided: BTreeMap::from([(Unclear::ZeroRated, Zone::Exempt)]),
    }
}

#[test]
fn the_first_check_that_applies_decides() {
    use Reason::*;
    let not_vat = LineTax { is_vat: false, ..tax(8, "US", Rated) };
    for (what, taxes, buyer_text, expected) in [
        ("two rates", vec![tax(25, "DK", Rated), tax(5, "DK", Rated)], "DK", "two_rates"),
        ("sales tax", vec![not_vat], "US", "not_vat"),
        ("no tax at home", vec![], "DK", "tax_unsaid"),
        ("no tax, outside the EU", vec![], "NO", "export"),
        ("no tax, on the Faroe Islands", vec![], "FO", "export"),
        ("no tax, elsewhere in the EU", vec![], "DE", "nothing_said"),
        ("no tax, nobody knows where", vec![], "-", "nothing_said"),
        ("no tax, exempt customer", vec![], "DK exempt", "customer_exempt"),
        ("no tax, reverse customer", vec![], "DE DE999410776 reverse", "reverse charge"),
        ("reverse charge", vec![tax(0, "DE", ReverseCharge)], "DE DE999410776", "reverse charge"),
        ("reverse charge, number of another state", vec![tax(0, "DE", ReverseCharge)], "DE AT12345678", "reverse charge"),
        ("reverse charge at home", vec![tax(0, "DK", ReverseCharge)], "DK DK13585628", "reverse_charge_country"),
        ("reverse charge without number", vec![tax(0, "DE", ReverseCharge)], "DE", "reverse_charge_number"),
        ("reverse charge with our own state's number", vec![tax(0, "DE", ReverseCharge)], "DE DK13585628", "reverse_charge_number"),
        ("reverse charge with a British number", vec![tax(0, "DE", ReverseCharge)], "DE GB123456789", "reverse_charge_number"),
        ("reverse charge that is taxed", vec![tax(19, "DE", ReverseCharge)], "DE DE999410776", "reverse_charge_taxed"),
        ("reverse charge to Britain", vec![tax(0, "GB", ReverseCharge)], "GB GB123456789", "reverse_charge_country"),
        ("a service to Northern Ireland", vec![tax(0, "GB", ReverseCharge)], "GB XI123456789", "northern_ireland"),
        ("at home", vec![tax(25, "DK", Rated)], "DK", "domestic 25"),
        ("at home, sold abroad", vec![tax(25, "DK", Rated)], "SE", "domestic 25"),
        ("a rate the ledger has not", vec![tax(12, "DK", Rated)], "DK", "rate_unknown"),
        ("one-stop shop", vec![tax(19, "DE", Rated)], "DE", "oss DE 19"),
        ("one-stop shop, no zone", vec![tax(20, "AT", Rated)], "AT", "no_oss_zone"),
        ("one-stop shop, no rate", vec![tax(16, "DE", Rated)], "DE", "rate_unknown"),
        ("taxed outside the EU", vec![tax(20, "GB", Rated)], "GB", "foreign_tax"),
        ("zero outside the EU", vec![tax(0, "CH", NotCollecting)], "CH", "export"),
        ("exempt product", vec![tax(0, "DK", ProductExempt)], "DK", "exempt"),
        ("exempt customer", vec![tax(0, "DK", CustomerExempt)], "DK", "customer_exempt"),
        ("not collecting", vec![tax(0, "SE", NotCollecting)], "SE", "not_collecting"),
        ("zero rated, decided before", vec![tax(0, "DK", ZeroRated)], "DK", "exempt"),
        ("zero at home", vec![tax(0, "DK", Other)], "DK", "domestic_at_zero"),
        ("zero to an EU consumer", vec![tax(0, "SE", Other)], "SE", "eu_consumer_at_zero"),
    ] {
        assert_eq!(shown(&taxes, &buyer(buyer_text), "DK", &rules()), expected, "{what}");
    }
    let contains = TaxRules { untaxed_at_home: Some(Decimal::from(25)), ..rules() };
    let charges_none = TaxRules { untaxed_at_home: Some(Decimal::ZERO), ..rules() };
    assert_eq!(shown(&[], &buyer("DK"), "DK", &contains), "domestic 25");
    assert_eq!(shown(&[], &buyer("DK"), "DK", &charges_none), "none");
    // A book at home outside the EU: every foreign buyer is export.
    assert_eq!(shown(&[tax(0, "DE", ReverseCharge)], &buyer("DE DE999410776"), "NO", &rules()), "export");
    assert_eq!(shown(&[], &buyer("DK"), "NO", &rules()), "export");
}

fn shown(taxes: &[LineTax], buyer: &Buyer, home: &str, rules: &TaxRules) -> String {
    match decide_vat(1, taxes, false, buyer, &Home { country: home.into() }, rules) {
        Ok((Zone::Domestic, rate)) => format!("domestic {rate}"),
        Ok((Zone::EuReverseCharge { .. }, _)) => "reverse charge".into(),
        Ok((Zone::Oss { country }, rate)) => format!("oss {country} {rate}"),
        Ok((Zone::Export { .. }, _)) => "export".into(),
        Ok((Zone::Exempt, _)) => "exempt".into(),
        Ok((Zone::None, _)) => "none".into(),
        Err(NoDraft::PersonDecides { unclear, .. }) => text(&unclear),
        Err(no) => serde_json::to_value(no).expect("serialises")["why"].as_str().unwrap_or_default().to_owned(),
    }
}

fn text(unclear: &Unclear) -> String {
    serde_json::to_value(unclear).expect("serialises").as_str().unwrap_or_default().to_owned()
}

proptest! {
    #[test]
    fn any_text_can_be_compared(a in "\\PC{0,30}", b in "\\PC{0,30}") {
        let party = |name: &str, rest: &str| Party {
            name: name.into(), vat_number: rest.into(), ean: rest.into(), country: rest.into(), emails: vec![rest.into()], postcode: rest.into(), ..Party::default()
        };
        identify(&party(&a, &b), &[candidate("1", |_| {}), Candidate { id: "2".into(), number: b.clone(), party: party(&b, &a), blocked: Blocked::No }]);
    }
}
