//! What changes in the middle: captures, prorations, pauses, and money that turns round.

use super::life::{Client, id};
use super::*;

const DAY: i64 = 86_400;

/// A customer with a subscription of 600.00 a month, from 20 November to 20 December: thirty days. And another price.
fn subscriber(client: &mut Client) -> (Value, String) {
    let customer = id(&client.post("/v1/customers", "name=Abonnent"));
    let product = id(&client.post("/v1/products", "name=Værkstedsplads"));
    let mut price = |amount: i64, interval: &str| {
        id(&client.post("/v1/prices", &format!("product={product}&currency=dkk&unit_amount={amount}&recurring[interval]={interval}")))
    };
    let (half, full) = (price(60_000, "month"), price(120_000, "month"));
    (client.post("/v1/subscriptions", &format!("customer={customer}&items[0][price]={half}")), full)
}

fn invoices(client: &mut Client, subscription: &str) -> Vec<Value> {
    client.get(&format!("/v1/invoices?subscription={subscription}"))["data"].as_array().unwrap().clone()
}

fn amounts(invoice: &Value) -> Vec<i64> {
    invoice["lines"]["data"].as_array().unwrap().iter().map(|line| line["amount"].as_i64().unwrap()).collect()
}

/// `docs: Prorations`: unused time is credited and remaining time charged, by default on the next invoice.
#[test]
fn a_change_in_the_middle_of_a_period_is_prorated() {
    let mut client = Client::new();
    let (subscription, full) = subscriber(&mut client);
    let (sub, item) = (id(&subscription), id(&subscription["items"]["data"][0]));
    let middle = now().timestamp() + 15 * DAY;
    let change = |behavior: &str| format!("items[0][id]={item}&items[0][price]={full}&proration_date={middle}&proration_behavior={behavior}");

    let mut at_once = Client { stripe: client.stripe.clone(), key: client.key.clone() };
    at_once.post(&format!("/v1/subscriptions/{sub}"), &change("always_invoice"));
    let made = invoices(&mut at_once, &sub);
    assert_eq!((made.len(), made[0]["billing_reason"].as_str(), made[0]["status"].as_str()), (2, Some("subscription_update"), Some("paid")));
    assert_eq!((amounts(&made[0]), made[0]["total"].as_i64()), (vec![-30_000, 60_000], Some(30_000)));
    for line in made[0]["lines"]["data"].as_array().unwrap() {
        let details = &line["parent"]["subscription_item_details"];
        assert_eq!((details["proration"].as_bool(), details["subscription_item"].as_str()), (Some(true), Some(item.as_str())));
        assert!(details["invoice_item"].is_string() && line["period"]["start"] == middle);
    }
    // The line shows the whole price, and asks for a part of it.
    assert_eq!(made[0]["lines"]["data"][1]["pricing"]["unit_amount_decimal"], "120000");

    client.post(&format!("/v1/subscriptions/{sub}"), &change("create_prorations"));
    assert_eq!(invoices(&mut client, &sub).len(), 1);
    let preview = client.post("/v1/invoices/create_preview", &format!("subscription={sub}"));
    assert_eq!((amounts(&preview), preview["total"].as_i64()), (vec![120_000, -30_000, 60_000], Some(150_000)));
    client.stripe.advance(now() + chrono::TimeDelta::days(31));
    assert_eq!(amounts(&invoices(&mut client, &sub)[0]), [120_000, -30_000, 60_000]);
}

#[test]
fn a_downgrade_that_gives_back_more_than_it_asks_becomes_credit() {
    let mut client = Client::new();
    let (subscription, full) = subscriber(&mut client);
    let (sub, item) = (id(&subscription), id(&subscription["items"]["data"][0]));
    client.post(&format!("/v1/subscription_items/{item}"), &format!("price={full}&proration_behavior=none"));
    let half =
        id(&client.get(&format!("/v1/prices?product={}&limit=2", subscription["items"]["data"][0]["price"]["product"].as_str().unwrap()))["data"][1]);
    client.post(&format!("/v1/subscription_items/{item}"), &format!("price={half}&proration_behavior=always_invoice"));
    let newest = invoices(&mut client, &sub).remove(0);
    assert_eq!((newest["total"].as_i64(), newest["amount_due"].as_i64(), newest["status"].as_str()), (Some(-60_000), Some(0), Some("paid")));
    assert_eq!(client.get(&format!("/v1/customers/{}", newest["customer"].as_str().unwrap()))["balance"], -60_000);
    assert_eq!(client.refused("DELETE", &format!("/v1/subscription_items/{item}"), "").0, 400, "the last item stays");
    assert_eq!(client.refused("POST", "/v1/subscription_items", &format!("subscription={sub}&price=price_x")), (400, "resource_missing".into()));
    let extra = client.post("/v1/subscription_items", &format!("subscription={sub}&price={full}&quantity=2&proration_behavior=none"));
    assert_eq!(extra["quantity"], 2);
    let (status, _, gone) = send(&mut client.stripe, &client.key.clone(), "DELETE", &format!("/v1/subscription_items/{}", id(&extra)), "", &[]);
    assert_eq!((status, gone["deleted"].as_bool()), (StatusCode::OK, Some(true)));
}

#[test]
fn a_paused_subscription_bills_nothing_until_it_is_resumed() {
    let mut client = Client::new();
    let (subscription, _) = subscriber(&mut client);
    let sub = id(&subscription);
    assert_eq!(client.post(&format!("/v1/subscriptions/{sub}/pause"), "type=subscription")["status"], "paused");
    assert_eq!(client.refused("POST", &format!("/v1/subscriptions/{sub}/pause"), "").0, 400);
    client.stripe.advance(now() + chrono::TimeDelta::days(65));
    assert_eq!(invoices(&mut client, &sub).len(), 1);
    assert_eq!(client.post(&format!("/v1/subscriptions/{sub}/resume"), "")["status"], "active");
    assert_eq!(invoices(&mut client, &sub).len(), 2);
}

/// `docs: Pause payment collection`.
#[test]
fn while_collection_is_paused_invoices_are_kept_voided_or_given_up() {
    for (behavior, status) in [("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")] {
        let mut client = Client::new();
        let (subscription, _) = subscriber(&mut client);
        let sub = id(&subscription);
        client.post(&format!("/v1/subscriptions/{sub}"), &format!("pause_collection[behavior]={behavior}"));
        client.stripe.advance(now() + chrono::TimeDelta::days(32));
        assert_eq!(invoices(&mut client, &sub)[0]["status"], status, "{behavior}");
    }
}

#[test]
fn a_subscriptions_discount_is_on_each_invoice_until_it_is_deleted() {
    let mut client = Client::new();
    let coupon = id(&client.post("/v1/coupons", "percent_off=50&duration=forever"));
    let (subscription, _) = subscriber(&mut client);
    let sub = id(&subscription);
    client.post(&format!("/v1/subscriptions/{sub}"), &format!("discounts[0][coupon]={coupon}"));
    client.stripe.advance(now() + chrono::TimeDelta::days(31));
    assert_eq!(invoices(&mut client, &sub)[0]["total"], 30_000);
    let (status, _, gone) = send(&mut client.stripe, &client.key.clone(), "DELETE", &format!("/v1/subscriptions/{sub}/discount"), "", &[]);
    assert_eq!((status, departures("deleted_discount", &gone)), (StatusCode::OK, vec![]));
    client.stripe.advance(now() + chrono::TimeDelta::days(62));
    assert_eq!(invoices(&mut client, &sub)[0]["total"], 60_000);
    assert_eq!(client.refused("DELETE", &format!("/v1/subscriptions/{sub}/discount"), "").0, 404);
}

/// `docs: Place a hold on a payment method`; `docs: Reporting categories`.
#[test]
fn what_is_held_is_on_the_balance_only_when_it_is_captured() {
    let mut client = Client::new();
    let rows = |client: &Client| client.stripe.store.all("balance_transaction").count();
    let before = rows(&client);
    let held = client.post("/v1/payment_intents", "amount=10000&currency=dkk&capture_method=manual&confirm=true&payment_method=pm_card_visa");
    let charge = held["latest_charge"].as_str().unwrap().to_owned();
    assert_eq!((held["status"].as_str(), held["amount_capturable"].as_i64(), rows(&client)), (Some("requires_capture"), Some(10_000), before));
    assert_eq!(client.refused("POST", "/v1/refunds", &format!("charge={charge}")).0, 400, "nothing to give back");
    assert_eq!(client.post(&format!("/v1/payment_intents/{}/increment_authorization", id(&held)), "amount=12000")["amount"], 12_000);
    assert_eq!(client.refused("POST", &format!("/v1/charges/{charge}/capture"), "amount=12001"), (400, "amount_too_large".into()));
    let taken = client.post(&format!("/v1/payment_intents/{}/capture", id(&held)), "amount_to_capture=9000");
    assert_eq!((taken["status"].as_str(), taken["amount_received"].as_i64()), (Some("succeeded"), Some(9_000)));
    let shown = client.get(&format!("/v1/charges/{charge}?expand[]=balance_transaction"));
    assert_eq!(
        (shown["captured"].as_bool(), shown["amount_captured"].as_i64(), shown["amount_refunded"].as_i64()),
        (Some(true), Some(9_000), Some(3_000))
    );
    let newest = client.get("/v1/balance_transactions?limit=2");
    let categories: Vec<_> =
        newest["data"].as_array().unwrap().iter().map(|row| (row["reporting_category"].clone(), row["amount"].clone())).collect();
    assert_eq!(categories, [(json!("partial_capture_reversal"), json!(-3_000)), (json!("charge"), json!(12_000))]);
    assert_eq!(client.refused("POST", &format!("/v1/charges/{charge}/capture"), ""), (400, "charge_already_captured".into()));

    let released = client.post("/v1/payment_intents", "amount=10000&currency=dkk&capture_method=manual&confirm=true&payment_method=pm_card_visa");
    let count = rows(&client);
    assert_eq!(client.post(&format!("/v1/payment_intents/{}/cancel", id(&released)), "")["status"], "canceled");
    assert_eq!(rows(&client), count);
}

#[test]
fn a_charge_that_its_bank_refuses_stays_as_a_failed_one() {
    let mut client = Client::new();
    let count = client.stripe.store.all("balance_transaction").count();
    let (status, _, refused) =
        send(&mut client.stripe, &client.key.clone(), "POST", "/v1/charges", "amount=5000&currency=dkk&source=tok_chargeDeclined", &[]);
    assert_eq!((status, refused["error"]["type"].as_str()), (StatusCode::PAYMENT_REQUIRED, Some("card_error")));
    let failed = client.get(&format!("/v1/charges/{}", refused["error"]["charge"].as_str().unwrap()));
    assert_eq!((failed["status"].as_str(), failed["paid"].as_bool(), failed["balance_transaction"].is_null()), (Some("failed"), Some(false), true));
    let intent = id(&client.post("/v1/payment_intents", "amount=5000&currency=dkk"));
    assert_eq!(
        client.refused("POST", &format!("/v1/payment_intents/{intent}/confirm"), "payment_method=pm_card_chargeDeclined"),
        (402, "card_declined".into())
    );
    let shown = client.get(&format!("/v1/payment_intents/{intent}"));
    assert_eq!(
        (shown["status"].as_str(), shown["last_payment_error"]["decline_code"].as_str()),
        (Some("requires_payment_method"), Some("generic_decline"))
    );
    assert_eq!(client.stripe.store.all("balance_transaction").count(), count, "no money moved");
    let direct = client.post("/v1/charges", "amount=5000&currency=dkk&source=tok_visa&description=Kontant");
    assert_eq!((direct["status"].as_str(), direct["captured"].as_bool()), (Some("succeeded"), Some(true)));
}

#[test]
fn payouts_turn_round_refunds_stay_and_disputes_take_evidence() {
    let mut client = Client::new();
    let paid = client.get("/v1/payouts?status=paid&limit=1")["data"][0].clone();
    let reversal = client.post(&format!("/v1/payouts/{}/reverse", id(&paid)), "metadata[why]=test");
    assert_eq!((reversal["amount"].as_i64(), reversal["original_payout"].as_str()), (Some(-paid["amount"].as_i64().unwrap()), paid["id"].as_str()));
    assert_eq!(client.get(&format!("/v1/payouts/{}", id(&paid)))["reversed_by"], reversal["id"]);
    assert_eq!(client.refused("POST", &format!("/v1/payouts/{}/reverse", id(&paid)), "").0, 400);
    let row = client.get(&format!("/v1/balance_transactions/{}", reversal["balance_transaction"].as_str().unwrap()));
    assert_eq!((row["reporting_category"].as_str(), row["amount"].as_i64()), (Some("payout_reversal"), paid["amount"].as_i64()));

    let refund = id(&client.get("/v1/refunds?limit=1")["data"][0]);
    assert_eq!(client.refused("POST", &format!("/v1/refunds/{refund}/cancel"), ""), (400, "status_transition_invalid".into()));

    let charge = id(&client.post("/v1/charges", "amount=20000&currency=dkk&source=tok_visa"));
    let dispute = client.stripe.dispute(now().timestamp(), &charge, "fraudulent").unwrap();
    let kept = client.post(&format!("/v1/disputes/{dispute}"), "evidence[customer_name]=Ane&submit=false");
    assert_eq!((kept["status"].as_str(), kept["evidence"]["customer_name"].as_str()), (Some("needs_response"), Some("Ane")));
    assert_eq!(client.post(&format!("/v1/disputes/{dispute}"), "evidence[product_description]=Krus")["status"], "under_review");
    assert_eq!(client.refused("POST", &format!("/v1/disputes/{dispute}"), "evidence[customer_name]=Bo").0, 400);
}

#[test]
fn an_item_changes_with_its_line_until_the_invoice_is_finalized() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=Prøve"));
    let invoice = id(&client.post("/v1/invoices", &format!("customer={customer}&currency=dkk")));
    let item = id(&client.post("/v1/invoiceitems", &format!("customer={customer}&invoice={invoice}&amount=5000&currency=dkk&description=Fragt")));
    let changed = client.post(&format!("/v1/invoiceitems/{item}"), "quantity=3&metadata[a]=b");
    assert_eq!(
        (changed["amount"].as_i64(), changed["description"].as_str(), changed["invoice"].as_str()),
        (Some(15_000), Some("Fragt"), Some(invoice.as_str()))
    );
    client.post(&format!("/v1/invoiceitems/{item}"), "amount=7000&quantity=1&description=Fragt, hurtig");
    let shown = client.get(&format!("/v1/invoices/{invoice}"));
    assert_eq!((shown["total"].as_i64(), shown["lines"]["data"][0]["description"].as_str()), (Some(7_000), Some("Fragt, hurtig")));
    client.post(&format!("/v1/invoices/{invoice}/finalize"), "");
    assert_eq!(client.refused("POST", &format!("/v1/invoiceitems/{item}"), "quantity=2"), (400, "invoice_not_editable".into()));
}

/// `docs: Supported currencies`: the rest goes to the customer's balance.
#[test]
fn what_is_due_in_kronur_and_shillings_is_whole() {
    for (currency, amount, due, balance) in
        [("isk", 12_340, 12_300, 40), ("ugx", 12_360, 12_400, -40), ("isk", 12_300, 12_300, 0), ("kwd", 12_340, 12_340, 0)]
    {
        let mut client = Client::new();
        let customer = id(&client.post("/v1/customers", "name=Prøve"));
        let invoice =
            id(&client.post("/v1/invoices", &format!("customer={customer}&currency={currency}&collection_method=send_invoice&days_until_due=3")));
        client.post("/v1/invoiceitems", &format!("customer={customer}&invoice={invoice}&amount={amount}&currency={currency}"));
        let open = client.post(&format!("/v1/invoices/{invoice}/finalize"), "");
        let found = (open["total"].as_i64(), open["amount_due"].as_i64(), open["ending_balance"].as_i64());
        assert_eq!(found, (Some(amount), Some(due), Some(balance)), "{currency}");
        assert_eq!(client.get(&format!("/v1/customers/{customer}"))["balance"], balance);
        assert_eq!(client.post(&format!("/v1/invoices/{invoice}/pay"), "")["status"], "paid");
    }
    let mut client = Client::new();
    for (amount, currency) in [(12_340, "isk"), (12_345, "kwd"), (12_350, "ugx")] {
        let wrong = client.refused("POST", "/v1/charges", &format!("amount={amount}&currency={currency}&source=tok_visa"));
        assert_eq!(wrong, (400, "invalid_charge_amount".into()), "{currency}");
    }
}

#[test]
fn the_accounts_own_tax_ids_are_apart_from_its_customers() {
    let mut client = Client::new();
    let own = id(&client.post("/v1/tax_ids", "type=eu_vat&value=DK99887764"));
    assert_eq!(ids(&client.get("/v1/tax_ids")), std::slice::from_ref(&own));
    let customer = id(&client.post("/v1/customers", "name=Prøve"));
    let theirs = id(&client.post("/v1/tax_ids", &format!("type=eu_vat&value=DK12345674&owner[type]=customer&owner[customer]={customer}")));
    assert_eq!(ids(&client.get(&format!("/v1/customers/{customer}/tax_ids"))), [theirs]);
    assert_eq!(send(&mut client.stripe, &client.key.clone(), "DELETE", &format!("/v1/tax_ids/{own}"), "", &[]).0, StatusCode::OK);
    assert!(ids(&client.get("/v1/tax_ids")).is_empty());
}
