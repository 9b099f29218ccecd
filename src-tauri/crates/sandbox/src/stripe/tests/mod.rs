//! The service against its own rules, on the demo company.

mod behaviours;
mod changes;
mod life;
mod operations;

use super::*;
use crate::world::{Args, World};
use chrono::NaiveDate;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use std::sync::OnceLock;

fn world() -> World {
    World::new(Args::demo(NaiveDate::from_ymd_opt(2026, 11, 19).unwrap()))
}

fn now() -> DateTime<Utc> {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

/// A Stripe alone, without limits, with the demo's objects.
fn stripe() -> (Stripe, String) {
    static DEMO: OnceLock<(Stripe, String)> = OnceLock::new();
    let demo = DEMO.get_or_init(|| {
        let world = world();
        (Stripe { rate_limits: false, ..world.stripe }, world.credentials.stripe_key)
    });
    demo.clone()
}

fn send(stripe: &mut Stripe, key: &str, method: &str, target: &str, body: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::builder().method(method).uri(target).header("authorization", format!("Bearer {key}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = stripe.handle(now(), request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap());
    let value = serde_json::from_slice(response.body()).unwrap();
    (response.status(), response.headers().clone(), value)
}

fn get(stripe: &mut Stripe, key: &str, target: &str) -> Value {
    let (status, _, value) = send(stripe, key, "GET", target, "", &[]);
    assert_eq!(status, StatusCode::OK, "{target}: {value}");
    value
}

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

const LISTS: [&str; 17] = [
    "balance_transactions",
    "charges",
    "coupons",
    "credit_notes",
    "customers",
    "disputes",
    "events",
    "invoice_payments",
    "invoiceitems",
    "invoices",
    "payment_intents",
    "payouts",
    "prices",
    "products",
    "refunds",
    "subscriptions",
    "tax_rates",
];

#[test]
fn every_answer_has_the_declared_shape() {
    let (mut stripe, key) = stripe();
    for list in LISTS {
        let page = get(&mut stripe, &key, &format!("/v1/{list}?limit=100"));
        for object in page["data"].as_array().unwrap() {
            let kind = object["object"].as_str().unwrap();
            assert_eq!(departures(kind, object), Vec::<String>::new(), "{object}");
            let id = object["id"].as_str().unwrap();
            assert_eq!(&get(&mut stripe, &key, &format!("/v1/{list}/{id}")), object);
        }
    }
    for (kind, path) in [("account", "/v1/account"), ("balance", "/v1/balance")] {
        assert_eq!(departures(kind, &get(&mut stripe, &key, path)), Vec::<String>::new());
    }
}

#[test]
fn expanded_answers_keep_their_shape() {
    let (mut stripe, key) = stripe();
    for target in [
        "/v1/invoices?limit=100&expand[]=data.customer.tax_ids&expand[]=data.discounts.source.coupon&expand[]=data.payments.data.payment.payment_intent.latest_charge&expand[]=data.lines.data.pricing.price_details.price",
        "/v1/balance_transactions?limit=100&expand[]=data.source",
        "/v1/charges?limit=100&expand[]=data.balance_transaction&expand[]=data.refunds",
        "/v1/credit_notes?expand[]=data.invoice&expand[]=data.refunds.refund",
    ] {
        for object in get(&mut stripe, &key, target)["data"].as_array().unwrap() {
            assert_eq!(departures(object["object"].as_str().unwrap(), object), Vec::<String>::new());
        }
    }
    let deep = get(&mut stripe, &key, "/v1/invoices?status=paid&limit=1&expand[]=data.payments.data.payment.payment_intent.latest_charge");
    let charge = &deep["data"][0]["payments"]["data"][0]["payment"]["payment_intent"]["latest_charge"];
    assert_eq!(charge["object"], "charge");
    let rows = get(&mut stripe, &key, "/v1/balance_transactions?limit=100&expand[]=data.source");
    assert!(rows["data"].as_array().unwrap().iter().all(|row| row["source"].is_object() || row["type"] == "stripe_fee"));
}

#[test]
fn walking_forwards_and_backwards_gives_the_same_set() {
    let (mut stripe, key) = stripe();
    for list in ["invoices", "balance_transactions", "customers", "events", "charges"] {
        let everything: Vec<String> = {
            let mut all = Vec::new();
            let mut target = format!("/v1/{list}?limit=100");
            loop {
                let page = get(&mut stripe, &key, &target);
                all.extend(ids(&page));
                if page["has_more"] == false {
                    break all;
                }
                target = format!("/v1/{list}?limit=100&starting_after={}", all.last().unwrap());
            }
        };
        for limit in [1usize, 7, 100] {
            let mut forwards: Vec<String> = Vec::new();
            loop {
                let after = forwards.last().map(|id| format!("&starting_after={id}")).unwrap_or_default();
                let page = get(&mut stripe, &key, &format!("/v1/{list}?limit={limit}{after}"));
                forwards.extend(ids(&page));
                assert_eq!(page["has_more"] == true, forwards.len() < everything.len());
                if page["has_more"] == false {
                    break;
                }
            }
            assert_eq!(forwards, everything, "{list} by {limit}");
            let mut backwards = vec![everything.last().unwrap().clone()];
            loop {
                let page = get(&mut stripe, &key, &format!("/v1/{list}?limit={limit}&ending_before={}", backwards[0]));
                backwards.splice(0..0, ids(&page));
                if page["has_more"] == false {
                    break;
                }
            }
            assert_eq!(backwards, everything, "{list} back by {limit}");
        }
    }
}

#[test]
fn created_ranges_and_filters_take_what_they_say() {
    let (mut stripe, key) = stripe();
    let all = get(&mut stripe, &key, "/v1/invoices?limit=100");
    let newest = all["data"][0]["created"].as_i64().unwrap();
    let middle = all["data"][50]["created"].as_i64().unwrap();
    let count = |stripe: &mut Stripe, query: String| ids(&get(stripe, &key, &format!("/v1/invoices?limit=100&{query}"))).len();
    assert_eq!(count(&mut stripe, format!("created[gt]={newest}")), 0);
    assert_eq!(count(&mut stripe, format!("created[gte]={middle}")), 51);
    assert_eq!(count(&mut stripe, format!("created[gt]={middle}")), 50);
    assert_eq!(count(&mut stripe, format!("created[gte]={middle}&created[lt]={newest}")), 50);
    assert_eq!(count(&mut stripe, format!("created={middle}")), 1);
    let drafts = get(&mut stripe, &key, "/v1/invoices?status=draft");
    assert!(drafts["data"].as_array().unwrap().iter().all(|invoice| invoice["status"] == "draft" && invoice["number"].is_null()));
    assert!(!ids(&drafts).is_empty());
    for target in
        ["/v1/invoices?limit=0", "/v1/invoices?limit=101", "/v1/invoices?starting_after=in_x", "/v1/invoices?starting_after=a&ending_before=b"]
    {
        assert_eq!(send(&mut stripe, &key, "GET", target, "", &[]).0, StatusCode::BAD_REQUEST, "{target}");
    }
}

#[test]
fn keys_versions_and_urls_are_checked_in_this_order() {
    let (mut stripe, key) = stripe();
    let mut status = |key: &str, target: &str, headers: &[(&str, &str)]| {
        let (status, headers, body) = send(&mut stripe, key, "GET", target, "", headers);
        assert!(headers.contains_key("request-id"));
        (status.as_u16(), body["error"]["code"].as_str().map(str::to_owned))
    };
    assert_eq!(status("rk_test_wrong", "/v1/nothing", &[]), (401, None));
    assert_eq!(status("pk_test_x", "/v1/account", &[]), (401, Some("secret_key_required".into())));
    assert_eq!(status(&key, "/v1/nothing", &[]), (404, None));
    assert_eq!(status(&key, "/v1/invoices/in_x", &[]), (404, Some("resource_missing".into())));
    assert_eq!(status(&key, "/v1/account", &[("stripe-version", "2031-01-01.zeta")]).0, 400);
    assert_eq!(status(&key, "/v1/account", &[("stripe-version", API_VERSION)]).0, 200);
    stripe.keys[0].expired = true;
    assert_eq!(send(&mut stripe, &key, "GET", "/v1/account", "", &[]).2["error"]["code"], "api_key_expired");
}

#[test]
fn basic_authentication_takes_the_key_as_user() {
    let (mut stripe, key) = stripe();
    use base64::Engine as _;
    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{key}:")));
    let request = Request::builder().uri("/v1/account").header("authorization", basic).body(Bytes::new()).unwrap();
    assert_eq!(stripe.handle(now(), request).status(), StatusCode::OK);
}

#[test]
fn a_restricted_key_sees_what_it_was_given() {
    let world = world();
    let (mut stripe, key) = (world.stripe, world.credentials.stripe_key_without_disputes);
    let (status, _, body) = send(&mut stripe, &key, "GET", "/v1/disputes", "", &[]);
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body["error"]["message"].as_str().unwrap().contains("'rak_dispute_read'"));
    assert!(!body.to_string().contains(&key));
    get(&mut stripe, &key, "/v1/invoices");
    stripe.keys.push(ApiKey {
        secret: "rk_test_reader".into(),
        grants: Grants::Only([(Permission::Invoices, Access::Read)].into_iter().collect()),
        expired: false,
    });
    let id = ids(&get(&mut stripe, &key, "/v1/invoices"))[0].clone();
    let refused =
        |stripe: &mut Stripe, method: &str, target: &str| send(stripe, "rk_test_reader", method, target, "", &[]).0 == StatusCode::FORBIDDEN;
    assert!(!refused(&mut stripe, "GET", &format!("/v1/invoices/{id}")));
    assert!(refused(&mut stripe, "POST", &format!("/v1/invoices/{id}")));
    // What is expanded needs its own permission.
    assert!(refused(&mut stripe, "GET", &format!("/v1/invoices/{id}?expand[]=customer")));
}

#[test]
fn metadata_is_merged_and_announced() {
    let (mut stripe, key) = stripe();
    let id = ids(&get(&mut stripe, &key, "/v1/invoices?status=paid&limit=1"))[0].clone();
    let target = format!("/v1/invoices/{id}");
    let (_, _, one) = send(&mut stripe, &key, "POST", &target, "metadata[doc]=S-1&metadata[note]=x", &[]);
    assert_eq!(one["metadata"]["doc"], "S-1");
    let (_, headers, two) = send(&mut stripe, &key, "POST", &target, "metadata[note]=&metadata[more]=y", &[("idempotency-key", "k-meta")]);
    assert_eq!((&two["metadata"]["doc"], two["metadata"].get("note"), &two["metadata"]["more"]), (&json!("S-1"), None, &json!("y")));
    let event = get(&mut stripe, &key, "/v1/events?type=invoice.updated&limit=1")["data"][0].clone();
    assert_eq!(event["data"]["object"]["id"], id.as_str());
    assert_eq!(event["data"]["previous_attributes"]["metadata"], json!({ "note": "x", "more": null }));
    assert_eq!(event["request"]["idempotency_key"], "k-meta");
    assert_eq!(event["request"]["id"], headers["request-id"].to_str().unwrap());
    assert_eq!(event["api_version"], "2024-06-20");
    // The same metadata again changes nothing, and nothing is announced.
    send(&mut stripe, &key, "POST", &target, "metadata[more]=y", &[]);
    assert_eq!(get(&mut stripe, &key, "/v1/events?type=invoice.updated&limit=1")["data"][0]["id"], event["id"]);
    // Amounts and texts of a finalized invoice are frozen.
    let (status, _, refused) = send(&mut stripe, &key, "POST", &target, "description=new", &[]);
    assert_eq!((status, refused["error"]["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invoice_not_editable")));
}

#[test]
fn the_same_key_gives_the_same_answer_for_a_day() {
    let (mut stripe, key) = stripe();
    let mut post = |at: &str, idempotency: &str, body: &str, broken: bool| {
        let mut request = Request::builder().method("POST").uri("/v1/customers").header("authorization", format!("Bearer {key}"));
        request = request.header("idempotency-key", idempotency);
        let mut request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        if broken {
            request.extensions_mut().insert(BreaksInside);
        }
        let response = stripe.handle(at.parse().unwrap(), request);
        let value: Value = serde_json::from_slice(response.body()).unwrap();
        (response.status().as_u16(), response.headers().contains_key("idempotent-replayed"), value)
    };
    let first = post("2026-11-20T09:00:00Z", "k1", "name=A", false);
    let again = post("2026-11-21T08:59:59Z", "k1", "name=A", false);
    assert_eq!((again.0, again.1, &again.2), (200, true, &first.2));
    let other = post("2026-11-20T09:00:01Z", "k1", "name=B", false);
    assert_eq!((other.0, other.2["error"]["type"].as_str()), (400, Some("idempotency_error")));
    let later = post("2026-11-21T09:00:00Z", "k1", "name=A", false);
    assert_eq!((later.0, later.1), (200, false));
    assert_ne!(later.2["id"], first.2["id"]);
    // A refusal before execution is not kept; a failure inside is.
    assert_eq!(post("2026-11-21T09:00:00Z", "k2", "nonsense=1", false).0, 400);
    assert_eq!(post("2026-11-21T09:00:00Z", "k2", "name=C", false).0, 200);
    assert_eq!(post("2026-11-21T09:00:00Z", "k3", "name=D", true).0, 500);
    let kept = post("2026-11-21T09:00:01Z", "k3", "name=D", false);
    assert_eq!((kept.0, kept.1), (500, true));
}

#[test]
fn more_than_25_requests_a_second_are_refused() {
    let world = world();
    let (mut stripe, key) = (world.stripe, world.credentials.stripe_key);
    let statuses: Vec<u16> = (0..30).map(|_| send(&mut stripe, &key, "GET", "/v1/account", "", &[]).0.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 25);
    let (status, headers, _) = send(&mut stripe, &key, "GET", "/v1/account", "", &[]);
    assert_eq!((status.as_u16(), headers["stripe-rate-limited-reason"].to_str().unwrap()), (429, "endpoint-rate"));
    let (_, headers, _) = send(&mut stripe, &key, "GET", "/v1/balance", "", &[]);
    assert_eq!(headers["stripe-rate-limited-reason"], "global-rate");
}

#[test]
fn expansion_is_refused_where_nothing_expands() {
    let (mut stripe, key) = stripe();
    for target in [
        "/v1/invoices?expand[]=customer",
        "/v1/invoices?expand[]=data.total",
        "/v1/invoices?expand[]=data.nothing",
        "/v1/invoices?expand[]=data.customer.tax_ids.data.customer.tax_ids.data.customer",
    ] {
        let (status, _, body) = send(&mut stripe, &key, "GET", target, "", &[]);
        assert_eq!(status, StatusCode::BAD_REQUEST, "{target}: {body}");
    }
    let hidden = get(&mut stripe, &key, "/v1/invoices?limit=1");
    assert!(hidden["data"][0].get("payments").is_none());
}

#[test]
fn the_money_adds_up() {
    let (stripe, _) = stripe();
    let number = |object: &Object, name: &str| object.get(name).and_then(Value::as_i64).unwrap_or_default();
    let mut by_payout: BTreeMap<&str, i64> = BTreeMap::new();
    for row in stripe.store.all("balance_transaction") {
        let fees: i64 = row["fee_details"].as_array().unwrap().iter().map(|fee| fee["amount"].as_i64().unwrap()).sum();
        assert_eq!(number(row, "fee"), fees);
        assert_eq!(number(row, "net"), number(row, "amount") - fees);
        if let Some(payout) = row.get("_payout").and_then(Value::as_str) {
            *by_payout.entry(payout).or_default() += number(row, "net");
        }
    }
    assert_eq!(by_payout.len(), stripe.store.all("payout").count());
    // With the payout's own negative row, each comes to nothing.
    assert!(by_payout.values().all(|sum| *sum == 0));
    for charge in stripe.store.all("charge") {
        if charge["status"] == "failed" {
            assert!(!charge.contains_key("balance_transaction"), "nothing comes of what the bank refused");
            continue;
        }
        let row = stripe.store.get("balance_transaction", charge["balance_transaction"].as_str().unwrap()).unwrap();
        let expected = match row.get("exchange_rate").filter(|rate| !rate.is_null()) {
            None => number(charge, "amount"),
            Some(rate) => {
                totals::rounded(rust_decimal::Decimal::from(number(charge, "amount")) * rate.to_string().parse::<rust_decimal::Decimal>().unwrap())
            }
        };
        assert_eq!(number(row, "amount"), expected);
        let refunds = stripe.store.with("refund", "charge", charge["id"].as_str().unwrap()).filter(|refund| refund["status"] != "failed");
        let refunded: i64 = refunds.map(|refund| number(refund, "amount")).sum();
        assert_eq!(number(charge, "amount_refunded"), refunded);
    }
    for invoice in stripe.store.all("invoice") {
        let lines = invoice["_lines"].as_array().unwrap();
        let amounts: i64 = lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
        let sum = |list: &str| lines.iter().flat_map(|line| line[list].as_array().unwrap()).map(|part| part["amount"].as_i64().unwrap()).sum::<i64>();
        let exclusive: i64 = lines
            .iter()
            .flat_map(|line| line["taxes"].as_array().unwrap())
            .filter(|tax| tax["tax_behavior"] == "exclusive")
            .map(|tax| tax["amount"].as_i64().unwrap())
            .sum();
        assert_eq!(number(invoice, "total"), amounts - sum("discount_amounts") + exclusive);
        assert_eq!(number(invoice, "total") - number(invoice, "total_excluding_tax"), sum("taxes"));
    }
}

#[test]
fn the_balance_is_the_sum_of_its_rows() {
    let (mut stripe, key) = stripe();
    let balance = get(&mut stripe, &key, "/v1/balance");
    let rows = || stripe.store.all("balance_transaction").filter(|row| row["currency"] == "dkk");
    let net = |available: bool| -> i64 {
        let due = |row: &&Object| (row["available_on"].as_i64().unwrap() <= now().timestamp()) == available;
        rows().filter(due).map(|row| row["net"].as_i64().unwrap()).sum()
    };
    assert_eq!((balance["available"][0]["amount"].as_i64(), balance["pending"][0]["amount"].as_i64()), (Some(net(true)), Some(net(false))));
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let shown = || {
        let World { mut stripe, credentials, .. } = world();
        let key = credentials.stripe_key;
        stripe.rate_limits = false;
        LISTS.map(|list| send(&mut stripe, &key, "GET", &format!("/v1/{list}?limit=100"), "", &[]).2.to_string())
    };
    assert_eq!(shown(), shown());
}

mod malformed {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn no_request_breaks_the_service(
            method in prop::sample::select(vec!["GET", "POST", "DELETE", "PUT", "PATCH"]),
            path in prop_oneof!["/v1/[a-z_]{1,12}(/[a-z0-9_%]{0,8}){0,3}", Just("/v1/invoices".to_owned()), Just("/v1/customers".to_owned()), Just("/v1/charges/search".to_owned())],
            query in "[a-z\\[\\]=&%0-9._+-]{0,60}",
            body in prop::collection::vec(any::<u8>(), 0..80),
            content in prop::sample::select(vec!["application/x-www-form-urlencoded", "application/json", "multipart/form-data"]),
        ) {
            let key = "rk_test_x";
            let mut stripe = small();
            stripe.keys = vec![ApiKey::secret(key)];
            let Ok(request) = Request::builder().method(method).uri(format!("{path}?{query}"))
                .header("authorization", format!("Bearer {key}")).header("content-type", content).body(Bytes::from(body)) else { return Ok(()) };
            let response = stripe.handle(now(), request);
            let value: Value = serde_json::from_slice(response.body()).unwrap();
            prop_assert!(response.status() == StatusCode::OK || value["error"]["message"].is_string());
        }
    }

    /// One customer, nothing else.
    fn small() -> Stripe {
        static SMALL: OnceLock<Stripe> = OnceLock::new();
        let made = SMALL.get_or_init(|| {
            let full = stripe().0;
            let mut stripe = Stripe::new(1, full.account, full.terms);
            stripe.add_customer(0, Object::new());
            stripe
        });
        made.clone()
    }
}
