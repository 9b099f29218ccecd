use super::*;
use crate::weather::Port;
use bytes::Bytes;
use chrono::NaiveDate;
use http::Request;
use serde_json::Value;
use std::collections::BTreeSet;

fn args() -> Args {
    Args::demo(NaiveDate::from_ymd_opt(2026, 11, 19).unwrap())
}

#[test]
fn the_demo_has_every_case_it_is_there_to_show() {
    let world = build(&args());
    let invoices: Vec<&Expected> = world.expected.iter().filter(|one| one.kind == Kind::Invoice).collect();
    let count = |expect: Expect| invoices.iter().filter(|one| one.expect == expect).count();
    assert_eq!(invoices.len(), 120);
    assert_eq!(count(Expect::Tie), 2);
    assert!((58..=80).contains(&count(Expect::Exists)), "{}", count(Expect::Exists));
    assert!((30..=50).contains(&count(Expect::Draft)), "{}", count(Expect::Draft));
    assert!(world.expected.iter().any(|one| one.expect == Expect::Draft && one.ledger_customer.is_none()));
    for currency in ["dkk", "eur", "jpy", "gbp", "usd"] {
        assert!(world.expected.iter().any(|one| one.expect == Expect::Draft && one.currency == currency), "{currency}");
    }
}

/// Each case of each kind, with the document and the reason that belong to it, at every size.
#[test]
fn the_smallest_demo_tells_every_tale() {
    let all = Args { seed: 3, months: 1, invoices: 20, ..args() };
    for args in [all, args()] {
        let told: BTreeSet<(Kind, Expect, &str)> = build(&args).expected.iter().map(|one| (one.kind, one.expect, one.reason)).collect();
        for case in [
            (Kind::Invoice, Expect::Draft, "not in the ledger"),
            (Kind::Invoice, Expect::Draft, "negative total"),
            (Kind::Invoice, Expect::None, "reverse charge without a VAT number"),
            (Kind::Invoice, Expect::None, "no tax on it, and no rule of the book for that"),
            (Kind::Invoice, Expect::Exists, "external document number"),
            (Kind::CreditNote, Expect::Draft, "not in the ledger"),
            (Kind::CreditNote, Expect::Draft, "applied to the invoice"),
            (Kind::CreditNote, Expect::Waits, "the ledger's invoice is not posted yet"),
            (Kind::CreditNote, Expect::Exists, "external document number"),
            (Kind::Refund, Expect::Draft, "given back without a credit note"),
            (Kind::Refund, Expect::None, "its credit note is the document"),
            (Kind::Refund, Expect::None, "no money went back"),
            (Kind::Payment, Expect::Draft, "a checkout without an invoice"),
            (Kind::Payment, Expect::None, "its invoice is the sale"),
            (Kind::Payment, Expect::None, "neither payer nor sale is known"),
        ] {
            assert!(told.contains(&case), "{case:?} of {told:#?}");
        }
    }
}

#[test]
fn every_kind_of_invoice_is_in_the_smallest_demo() {
    let world = build(&Args { months: 1, invoices: 20, ..args() });
    let drafted: BTreeSet<&str> = world.expected.iter().filter(|one| one.expect == Expect::Draft).map(|one| one.source.as_str()).collect();
    let invoices: Vec<&crate::stripe::Object> =
        world.stripe.store.all("invoice").filter(|invoice| drafted.contains(invoice["id"].as_str().unwrap())).collect();
    let lines = |invoice: &crate::stripe::Object| invoice["_lines"].as_array().unwrap().clone();
    let one_where = |what: &str, holds: &dyn Fn(&crate::stripe::Object) -> bool| assert!(invoices.iter().any(|one| holds(one)), "{what}");
    let has_name = |script: std::ops::RangeInclusive<char>| {
        move |one: &crate::stripe::Object| one["customer_name"].as_str().unwrap().chars().any(|c| script.contains(&c))
    };
    one_where("prorations", &|one| one["total"].as_i64() > Some(0) && lines(one).iter().any(|line| line["amount"].as_i64() < Some(0)));
    one_where("tax inside", &|one| one["total_taxes"][0]["tax_behavior"] == "inclusive");
    one_where("reverse charge", &|one| one["total_taxes"][0]["taxability_reason"] == "reverse_charge");
    one_where("export in dollars", &|one| one["currency"] == "usd" && one["total_taxes"][0]["taxability_reason"] == "zero_rated");
    one_where("yen", &|one| one["currency"] == "jpy");
    one_where("uncollectible", &|one| one["status"] == "uncollectible");
    one_where("more lines than are shown with it", &|one| lines(one).len() > 25);
    one_where("a very long name", &|one| one["customer_name"].as_str().unwrap().chars().count() > 100);
    one_where("Greek letters", &has_name('Α'..='ω'));
    one_where("Japanese letters", &has_name('一'..='龯'));
    one_where("a deleted customer", &|one| world.stripe.store.get("customer", one["customer"].as_str().unwrap()).is_none());
    let sessions: Vec<_> = world.stripe.store.all("checkout.session").collect();
    let through =
        |invoice: bool, currency: &str| sessions.iter().filter(|one| one.contains_key("invoice") == invoice && one["currency"] == currency).count();
    assert_eq!((through(true, "dkk"), through(false, "dkk"), through(false, "eur")), (1, 1, 1));
    let rosenhaven = world.stripe.store.all("customer").filter(|one| one["name"].as_str().unwrap().starts_with("Café Rosenhaven"));
    assert_eq!(rosenhaven.count(), 2, "one buyer under two customers");
}

#[test]
fn what_is_booked_has_stripes_total_to_the_cent() {
    let mut world = build(&args());
    let now = "2026-11-20T09:00:00Z".parse().unwrap();
    let documents = world.look_into_ledger(now, "salesInvoices");
    let total =
        |document: &Value| (document["id"].as_str().unwrap().to_owned(), document["totalAmountIncludingTax"].to_string().parse::<Decimal>().unwrap());
    let totals: BTreeMap<String, Decimal> = documents["value"].as_array().unwrap().iter().map(total).collect();
    assert!(documents["value"].as_array().unwrap().iter().all(|document| document["status"] == "Open"));
    for one in world.expected.iter().filter(|one| one.expect == Expect::Exists && one.kind == Kind::Invoice) {
        let digits = if one.currency == "jpy" { 0 } else { 2 };
        assert_eq!(totals[one.ledger_document.as_ref().unwrap()], Decimal::new(one.total, digits), "{one:?}");
    }
}

#[test]
fn nothing_in_the_ledger_tells_the_twins_apart() {
    let mut world = build(&args());
    let now = "2026-11-20T09:00:00Z".parse().unwrap();
    let twins: Vec<_> = world.expected.iter().filter(|one| one.expect == Expect::Tie).cloned().collect();
    let filter = format!("salesInvoices?$filter=customerNumber eq '{}' and externalDocumentNumber eq ''", twins[0].ledger_customer.as_ref().unwrap())
        .replace(' ', "%20");
    let documents = world.look_into_ledger(now, &filter);
    let total = Decimal::new(twins[0].total, 2);
    let of_total =
        documents["value"].as_array().unwrap().iter().filter(|one| one["totalAmountIncludingTax"].to_string().parse::<Decimal>().unwrap() == total);
    let shown: Vec<String> = of_total.map(|one| format!("{} {}", one["invoiceDate"], one["dueDate"])).collect();
    assert_eq!(shown.len(), 2);
    assert_eq!(shown[0], shown[1]);
    let dates: BTreeSet<i64> = twins.iter().map(|one| world.stripe.invoice_amount(&one.source, "effective_at") / 86_400).collect();
    assert_eq!(dates.len(), 1);
}

#[test]
fn the_demos_money_went_every_way_that_its_story_tells() {
    let stripe = build(&args()).stripe;
    let some = |kind: &str, name: &str, value: &str| stripe.store.all(kind).any(|object| object.get(name).and_then(Value::as_str) == Some(value));
    for status in ["draft", "open", "paid", "void"] {
        assert!(some("invoice", "status", status), "{status}");
    }
    for (kind, name, value) in [
        ("credit_note", "type", "pre_payment"),
        ("credit_note", "type", "post_payment"),
        ("dispute", "status", "won"),
        ("dispute", "status", "lost"),
        ("balance_transaction", "type", "stripe_fee"),
        ("balance_transaction", "reporting_category", "dispute_reversal"),
    ] {
        assert!(some(kind, name, value), "{kind} {name} {value}");
    }
    let amount = |object: &crate::stripe::Object, name: &str| object.get(name).and_then(Value::as_i64).unwrap_or_default();
    let invoices = || stripe.store.all("invoice");
    assert!(invoices().any(|invoice| amount(invoice, "amount_paid") > 0 && amount(invoice, "amount_remaining") > 0), "paid in part");
    assert!(invoices().any(|invoice| amount(invoice, "_paid_off_stripe") > 0), "paid outside Stripe");
    assert!(stripe.store.all("charge").any(|charge| charge["customer"].is_null()), "a guest");
    assert!(stripe.store.all("charge").any(|charge| charge.get("refunded") == Some(&true.into())), "refunded in full");
    assert!(stripe.store.all("charge").any(|charge| amount(charge, "amount_refunded") > 0 && charge["refunded"] == false), "refunded in part");
}

#[test]
fn the_same_arguments_give_the_same_truth() {
    assert_eq!(build(&args()).expected, build(&args()).expected);
    assert_ne!(build(&args()).expected, build(&Args { seed: 2, ..args() }).expected);
}

#[test]
fn other_seeds_and_sizes_tell_a_whole_story_too() {
    for (seed, months, invoices) in [(2, 1, 20), (3, 3, 60), (4, 12, 400)] {
        let world = build(&Args { seed, months, invoices, ..args() });
        let made = world.expected.iter().filter(|one| one.kind == Kind::Invoice).count();
        assert_eq!(made, (invoices as usize).max(44));
        assert!(world.expected.iter().any(|one| one.expect == Expect::Draft));
    }
}

#[test]
fn the_unattended_app_signs_in_as_itself_and_reads_the_ledger() {
    let mut world = build(&args());
    let now = "2026-11-20T09:00:00Z".parse().unwrap();
    let keys = world.credentials.clone();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=https://api.businesscentral.dynamics.com/.default",
        keys.service_client_id, keys.service_client_secret
    );
    let asked = Request::post(format!("/{}/oauth2/v2.0/token", keys.tenant)).body(Bytes::from(form)).unwrap();
    let token: Value = serde_json::from_slice(world.handle(Port::Entra, now, asked).body()).unwrap();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let companies = Request::get(format!("/v2.0/{}/{}/api/v2.0/companies", keys.tenant, keys.environment)).header("authorization", bearer);
    assert_eq!(world.handle(Port::BusinessCentral, now, companies.body(Bytes::new()).unwrap()).status(), 200);
}
