use super::*;
use crate::world::{Args, World};
use chrono::NaiveDate;

fn world() -> World {
    World::new(Args::demo(NaiveDate::from_ymd_opt(2026, 11, 19).unwrap()))
}

fn now() -> DateTime<Utc> {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

/// A Stripe alone, without limits, with the demo's objects.
fn stripe() -> (Stripe, String) {
    let world = world();
    let mut stripe = world.stripe;
    stripe.rate_limits = false;
    (stripe, world.credentials.stripe_key)
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
    "balance_transactions", "charges", "coupons", "credit_notes", "customers", "disputes", "events", "invoice_payments", "invoiceitems",
    "invoices", "payment_intents", "payouts", "prices", "products", "refunds", "subscriptions", "tax_rates",
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
}
