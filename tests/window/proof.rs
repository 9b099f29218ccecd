//! What the demo company holds afterwards, against what was signed: exactly that, once, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A row that was signed: Stripe's number, and whether the ledger's document was to be made.
pub struct Signed {
    pub number: String,
    pub new: bool,
}

/// `before` and `after` are the states of the demo company; `expected` is what its maker knows.
pub fn exactly_what_was_signed(before: &Value, after: &Value, expected: &Value, signed: &[Signed]) {
    let expected: BTreeMap<String, &Value> = list(expected).map(|one| (capitals(&one["number"]), one)).collect();
    let made = made(before, after);
    let wanted: BTreeSet<String> = signed.iter().filter(|row| row.new).map(|row| row.number.to_uppercase()).collect();
    assert_eq!(made.keys().cloned().collect::<BTreeSet<_>>(), wanted, "the documents that were made");
    for (number, document) in &made {
        let truth = expected[number];
        assert_eq!(truth["expect"], "draft", "{number} should not have been drafted: {}", truth["reason"]);
        assert_eq!(document["status"], "Draft", "{number}");
        assert_eq!(plain(&document["totalAmountIncludingTax"].to_string()), in_units(truth), "{number}: total");
    }
    let documents: BTreeMap<&str, &str> = made.iter().map(|(number, document)| (number.as_str(), text(&document["id"]))).collect();
    the_metadata(before, after, &expected, &documents, signed);
    assert_eq!(after["business_central"]["posting_attempts"], 0, "nothing is ever posted");
    customers(before, after, &expected, &made);
}

/// Invoices and credit memos that were not there before, by the number of Stripe that they carry, in the ledger's capitals.
fn made<'a>(before: &Value, after: &'a Value) -> BTreeMap<String, &'a Value> {
    let new = |set: &str| {
        let known = by(&before["business_central"][set], "id");
        list(&after["business_central"][set]).filter(|document| !known.contains_key(text(&document["id"]))).collect::<Vec<_>>()
    };
    let new: Vec<_> = ["sales_invoices", "sales_credit_memos"].into_iter().flat_map(new).collect();
    let made: BTreeMap<_, _> = new.iter().map(|document| (capitals(&document["externalDocumentNumber"]), *document)).collect();
    assert_eq!(made.len(), new.len(), "a document was made twice");
    made
}

/// What was signed names its document; all else is as it was.
fn the_metadata(before: &Value, after: &Value, expected: &BTreeMap<String, &Value>, made: &BTreeMap<&str, &str>, signed: &[Signed]) {
    let signed: BTreeSet<String> = signed.iter().map(|row| row.number.to_uppercase()).collect();
    for kind in ["invoices", "credit_notes", "refunds", "payment_intents"] {
        let before = by(&before["stripe"][kind], "id");
        for object in list(&after["stripe"][kind]) {
            let number = if object["number"].is_string() { capitals(&object["number"]) } else { capitals(&object["id"]) };
            let was = &before[text(&object["id"])]["metadata"];
            if !signed.contains(&number) {
                assert_eq!(&object["metadata"], was, "{number} was not signed");
                continue;
            }
            let document = made.get(number.as_str()).copied().unwrap_or_else(|| text(&expected[&number]["ledger_document"]));
            let named = object["metadata"].as_object().is_some_and(|all| all.values().any(|value| value == document));
            assert!(named, "{number} does not name {document}: {}", object["metadata"]);
        }
    }
}

/// Only customers that the ledger did not have were made, each once.
fn customers(before: &Value, after: &Value, expected: &BTreeMap<String, &Value>, made: &BTreeMap<String, &Value>) {
    let before = by(&before["business_central"]["customers"], "id");
    let new: BTreeSet<&str> = list(&after["business_central"]["customers"]).map(|customer| text(&customer["number"])).collect();
    let new: BTreeSet<&str> = new.into_iter().filter(|number| !before.values().any(|known| known["number"] == **number)).collect();
    let needed: BTreeSet<&str> = made
        .iter()
        .filter(|(number, _)| expected[*number]["ledger_customer"].is_null())
        .map(|(_, document)| text(&document["customerNumber"]))
        .collect();
    assert_eq!(new, needed, "the customers that were made");
    for (number, document) in made {
        let known = &expected[number]["ledger_customer"];
        assert!(known.is_null() || known == &document["customerNumber"], "{number} has the wrong customer");
    }
}

/// Smallest units as the ledger writes an amount, without zeros at the end.
fn in_units(truth: &Value) -> String {
    let units = truth["total"].as_i64().expect("a total");
    let currency = text(&truth["currency"]);
    if currency.eq_ignore_ascii_case("jpy") { units.to_string() } else { plain(&format!("{}.{:02}", units / 100, units % 100)) }
}

fn plain(amount: &str) -> String {
    if amount.contains('.') { amount.trim_end_matches('0').trim_end_matches('.').to_owned() } else { amount.to_owned() }
}

fn by<'a>(values: &'a Value, name: &str) -> BTreeMap<&'a str, &'a Value> {
    list(values).filter_map(|value| Some((value[name].as_str()?, value))).collect()
}

fn list(values: &Value) -> impl Iterator<Item = &Value> {
    values.as_array().expect("a list").iter()
}

/// As the ledger writes a number of Stripe.
fn capitals(value: &Value) -> String {
    text(value).to_uppercase()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
