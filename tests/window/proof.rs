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
    let expected = by(expected, "number");
    let made = made(before, after);
    let wanted: BTreeSet<&str> = signed.iter().filter(|row| row.new).map(|row| row.number.as_str()).collect();
    assert_eq!(made.keys().copied().collect::<BTreeSet<_>>(), wanted, "the documents that were made");
    for (number, document) in &made {
        let truth = expected[number];
        assert_eq!(truth["expect"], "draft", "{number} should not have been drafted: {}", truth["reason"]);
        assert_eq!(document["status"], "Draft", "{number}");
        assert_eq!(plain(&document["totalAmountIncludingTax"].to_string()), in_units(truth), "{number}: total");
    }
    let documents: BTreeMap<&str, &str> = made.iter().map(|(number, document)| (*number, text(&document["id"]))).collect();
    the_metadata(before, after, &expected, &documents, signed);
    assert_eq!(after["business_central"]["posting_attempts"], 0, "nothing is ever posted");
    customers(before, after, &expected, &made);
}

/// Documents that were not there before, by the number of Stripe that they carry.
fn made<'a>(before: &Value, after: &'a Value) -> BTreeMap<&'a str, &'a Value> {
    let known = by(&before["business_central"]["sales_invoices"], "id");
    let new: Vec<_> = list(&after["business_central"]["sales_invoices"]).filter(|document| !known.contains_key(text(&document["id"]))).collect();
    let made: BTreeMap<_, _> = new.iter().map(|document| (text(&document["externalDocumentNumber"]), *document)).collect();
    assert_eq!(made.len(), new.len(), "a document was made twice");
    made
}

/// The invoices that were signed name their document; all others are as they were.
fn the_metadata(before: &Value, after: &Value, expected: &BTreeMap<&str, &Value>, made: &BTreeMap<&str, &str>, signed: &[Signed]) {
    let signed: BTreeSet<&str> = signed.iter().map(|row| row.number.as_str()).collect();
    let before = by(&before["stripe"]["invoices"], "id");
    for invoice in list(&after["stripe"]["invoices"]) {
        let number = text(&invoice["number"]);
        let was = &before[text(&invoice["id"])]["metadata"];
        if !signed.contains(number) {
            assert_eq!(&invoice["metadata"], was, "{number} was not signed");
            continue;
        }
        let document = made.get(number).copied().unwrap_or_else(|| text(&expected[number]["ledger_document"]));
        let named = invoice["metadata"].as_object().is_some_and(|all| all.values().any(|value| value == document));
        assert!(named, "{number} does not name {document}: {}", invoice["metadata"]);
    }
}

/// Only customers that the ledger did not have were made, each once.
fn customers(before: &Value, after: &Value, expected: &BTreeMap<&str, &Value>, made: &BTreeMap<&str, &Value>) {
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

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
