//! Whole lives, driven over the API.

use super::*;

pub(super) struct Client {
    pub(super) stripe: Stripe,
    pub(super) key: String,
}

impl Client {
    pub(super) fn new() -> Self {
        let (stripe, key) = stripe();
        Self { stripe, key }
    }

    pub(super) fn post(&mut self, path: &str, body: &str) -> Value {
        let (status, _, value) = send(&mut self.stripe, &self.key, "POST", path, body, &[]);
        assert_eq!(status, StatusCode::OK, "{path}: {value}");
        if let Some(kind) = value["object"].as_str().filter(|_| value["deleted"].is_null()) {
            assert_eq!(departures(kind, &value), Vec::<String>::new(), "{path}");
        }
        value
    }

    pub(super) fn refused(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        let (status, _, value) = send(&mut self.stripe, &self.key, method, path, body, &[]);
        (status.as_u16(), value["error"]["code"].as_str().unwrap_or_default().to_owned())
    }

    pub(super) fn get(&mut self, path: &str) -> Value {
        get(&mut self.stripe, &self.key, path)
    }
}

pub(super) fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_invoice_is_drafted_filled_finalized_and_paid() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=Prøve&tax_id_data[0][type]=eu_vat&tax_id_data[0][value]=DK12345674"));
    let rate = id(&client.post("/v1/tax_rates", "display_name=Moms&percentage=25&inclusive=false"));
    let product = id(&client.post("/v1/products", "name=Krus"));
    let price = id(&client.post("/v1/prices", &format!("product={product}&currency=dkk&unit_amount=10000")));
    let coupon = id(&client.post("/v1/coupons", "percent_off=10&duration=once"));
    let invoice = id(&client.post("/v1/invoices", &format!("customer={customer}&currency=dkk&collection_method=send_invoice&days_until_due=14&discounts[0][coupon]={coupon}&default_tax_rates[0]={rate}")));
    assert_eq!(client.refused("POST", &format!("/v1/invoices/{invoice}/finalize"), ""), (400, "invoice_no_customer_line_items".into()));
    client.post("/v1/invoiceitems", &format!("customer={customer}&invoice={invoice}&pricing[price]={price}&quantity=3"));
    let extra = client.post(&format!("/v1/invoices/{invoice}/add_lines"), "lines[0][description]=Fragt&lines[0][amount]=5000");
    let line = extra["lines"]["data"][1]["id"].as_str().unwrap().to_owned();
    assert_eq!((extra["subtotal"].as_i64(), extra["total"].as_i64()), (Some(35_000), Some(39_375)));
    let less = client.post(&format!("/v1/invoices/{invoice}/remove_lines"), &format!("lines[0][id]={line}&lines[0][behavior]=delete"));
    assert_eq!(less["total"], 33_750);
    let open = client.post(&format!("/v1/invoices/{invoice}/send"), "");
    assert_eq!((open["status"].as_str(), open["customer_tax_ids"][0]["value"].as_str()), (Some("open"), Some("DK12345674")));
    assert!(open["number"].as_str().unwrap().starts_with("NK-"));
    for step in ["finalize", "add_lines"] {
        let body = if step == "finalize" { "" } else { "lines[0][amount]=1" };
        assert_eq!(client.refused("POST", &format!("/v1/invoices/{invoice}/{step}"), body), (400, "invoice_not_editable".into()));
    }
    assert_eq!(client.refused("DELETE", &format!("/v1/invoices/{invoice}"), "").0, 400);
    let paid = client.post(&format!("/v1/invoices/{invoice}/pay"), "");
    assert_eq!((paid["status"].as_str(), paid["amount_remaining"].as_i64()), (Some("paid"), Some(0)));
    assert_eq!(client.refused("POST", &format!("/v1/invoices/{invoice}/void"), ""), (400, "status_transition_invalid".into()));
    let payment = client.get(&format!("/v1/invoice_payments?invoice={invoice}"));
    let intent = payment["data"][0]["payment"]["payment_intent"].as_str().unwrap().to_owned();
    assert_eq!(ids(&client.get(&format!("/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]={intent}"))).len(), 1);
    let types: Vec<String> = client.get("/v1/events?type=invoice.*&limit=4")["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types, ["invoice.payment_succeeded", "invoice.paid", "invoice.sent", "invoice.finalized"]);
}

#[test]
fn money_goes_back_with_and_without_a_credit_note() {
    let mut client = Client::new();
    let paid = client.get("/v1/invoices?status=paid&limit=1")["data"][0].clone();
    let (invoice, total) = (id(&paid), paid["total"].as_i64().unwrap());
    let (charge, _) = client.stripe.charge_of(&invoice).unwrap();
    let refund = client.post("/v1/refunds", &format!("charge={charge}&amount=500&metadata[a]=b"));
    assert_eq!((refund["amount"].as_i64(), refund["metadata"]["a"].as_str()), (Some(500), Some("b")));
    assert_eq!(client.refused("POST", "/v1/refunds", &format!("charge={charge}&amount={total}")).0, 400);
    let note = client.post("/v1/credit_notes", &format!("invoice={invoice}&amount=500&refunds[0][refund]={}", id(&refund)));
    assert_eq!((note["type"].as_str(), note["post_payment_amount"].as_i64()), (Some("post_payment"), Some(500)));
    assert_eq!(client.refused("POST", "/v1/credit_notes", &format!("invoice={invoice}&amount=700")).0, 400);
    let rest = client.post("/v1/refunds", &format!("charge={charge}"));
    assert_eq!(rest["amount"], total - 500);
    assert_eq!(client.refused("POST", "/v1/refunds", &format!("charge={charge}")), (400, "charge_already_refunded".into()));
    client.stripe.fail_refund(now().timestamp(), &id(&rest));
    assert_eq!(client.get(&format!("/v1/charges/{charge}"))["amount_refunded"], 500);
    assert_eq!(departures("refund", &client.get(&format!("/v1/refunds/{}", id(&rest)))), Vec::<String>::new());
}

#[test]
fn a_credit_note_before_payment_lowers_what_remains_and_can_be_voided() {
    let mut client = Client::new();
    let open = client.get("/v1/invoices?status=open&limit=1")["data"][0].clone();
    let (invoice, remaining) = (id(&open), open["amount_remaining"].as_i64().unwrap());
    let preview = client.get(&format!("/v1/credit_notes/preview?invoice={invoice}&amount=1000"));
    assert_eq!(departures("credit_note", &preview), Vec::<String>::new());
    assert_eq!(client.get(&format!("/v1/credit_notes/preview/lines?invoice={invoice}&amount=1000"))["data"], preview["lines"]["data"]);
    let note = client.post("/v1/credit_notes", &format!("invoice={invoice}&amount=1000"));
    assert_eq!((&note["id"], &note["total_taxes"]), (&preview["id"], &preview["total_taxes"]), "a reading uses up no ids");
    assert_eq!(client.get(&format!("/v1/invoices/{invoice}"))["amount_remaining"], remaining - 1000);
    client.post(&format!("/v1/credit_notes/{}/void", id(&note)), "");
    assert_eq!(client.get(&format!("/v1/invoices/{invoice}"))["amount_remaining"], remaining);
    let void = client.post(&format!("/v1/invoices/{invoice}/void"), "");
    assert_eq!(void["status"], "void");
    assert_eq!(client.refused("POST", "/v1/credit_notes", &format!("invoice={invoice}&amount=1")), (400, "status_transition_invalid".into()));
}

#[test]
fn payouts_are_asked_for_cancelled_failed_and_itemised() {
    let mut client = Client::new();
    client.stripe.top_up(now().timestamp() - 60, 100_000);
    assert_eq!(departures("topup", &client.get("/v1/topups")["data"][0]), Vec::<String>::new());
    let available = |client: &mut Client| client.get("/v1/balance")["available"][0]["amount"].as_i64().unwrap();
    let before = available(&mut client);
    assert_eq!(client.refused("POST", "/v1/payouts", &format!("amount={}&currency=dkk", before + 1)), (400, "balance_insufficient".into()));
    let payout = id(&client.post("/v1/payouts", "amount=50000&currency=dkk"));
    assert_eq!(available(&mut client), before - 50_000);
    assert_eq!(client.refused("GET", &format!("/v1/balance_transactions?payout={payout}"), "").0, 400);
    client.post(&format!("/v1/payouts/{payout}/cancel"), "");
    assert_eq!(available(&mut client), before);
    let automatic = client.get("/v1/payouts?status=paid&limit=1")["data"][0].clone();
    let rows = client.get(&format!("/v1/balance_transactions?limit=100&payout={}", id(&automatic)));
    let sum: i64 = rows["data"].as_array().unwrap().iter().map(|row| row["net"].as_i64().unwrap()).sum();
    assert_eq!((sum, rows["has_more"] == true), (0, false));
    client.stripe.fail_payout(now().timestamp(), &id(&automatic));
    assert_eq!(available(&mut client), before + automatic["amount"].as_i64().unwrap());
    assert_eq!(departures("payout", &client.get(&format!("/v1/payouts/{}", id(&automatic)))), Vec::<String>::new());
}

#[test]
fn a_tax_id_comes_and_goes_and_both_are_announced() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=Prøve"));
    let path = format!("/v1/customers/{customer}/tax_ids");
    let number = id(&client.post(&path, "type=eu_vat&value=DK13585628"));
    let other = id(&client.post("/v1/customers", ""));
    assert_eq!(client.refused("DELETE", &format!("/v1/customers/{other}/tax_ids/{number}"), "").0, 404);
    let (status, _, gone) = send(&mut client.stripe, &client.key, "DELETE", &format!("{path}/{number}"), "", &[]);
    assert_eq!((status, departures("deleted_tax_id", &gone)), (StatusCode::OK, Vec::new()));
    assert_eq!(client.get(&path)["data"], json!([]));
    let told = client.get("/v1/events?type=customer.tax_id.*&limit=2");
    let types: Vec<&str> = told["data"].as_array().unwrap().iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(types, ["customer.tax_id.deleted", "customer.tax_id.created"]);
}

#[test]
fn a_payment_is_confirmed_declined_or_cancelled() {
    let mut client = Client::new();
    let paid = client.post("/v1/payment_intents", "amount=2500&currency=dkk&payment_method=pm_card_visa&confirm=true");
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(client.refused("POST", "/v1/payment_intents", "amount=249&currency=dkk"), (400, "amount_too_small".into()));
    assert_eq!(client.refused("POST", "/v1/payment_intents", "amount=1001&currency=isk"), (400, "invalid_charge_amount".into()));
    let waiting = id(&client.post("/v1/payment_intents", "amount=2500&currency=dkk"));
    let declined = client.refused("POST", &format!("/v1/payment_intents/{waiting}/confirm"), "payment_method=pm_card_chargeDeclined");
    assert_eq!(declined, (402, "card_declined".into()));
    let (_, _, poor) = send(
        &mut client.stripe,
        &client.key,
        "POST",
        "/v1/payment_intents",
        "amount=2500&currency=dkk&confirm=true&payment_method=pm_card_chargeDeclinedInsufficientFunds",
        &[],
    );
    assert_eq!((poor["error"]["decline_code"].as_str(), poor["error"]["type"].as_str()), (Some("insufficient_funds"), Some("card_error")));
    assert_eq!(departures("payment_intent", &poor["error"]["payment_intent"]), Vec::<String>::new());
    client.post(&format!("/v1/payment_intents/{waiting}/cancel"), "");
    assert_eq!(client.refused("POST", &format!("/v1/payment_intents/{waiting}/confirm"), "payment_method=pm_card_visa").0, 400);
}

#[test]
fn search_finds_by_number_metadata_and_amount_but_not_at_once() {
    let mut client = Client::new();
    let found = client.get("/v1/invoices/search?query=number:%27NK-1005%27&expand[]=total_count");
    assert_eq!((ids(&found).len(), found["total_count"].as_i64(), found["object"].as_str()), (1, Some(1), Some("search_result")));
    client.post(&format!("/v1/invoices/{}", ids(&found)[0]), "metadata[bilag nr]=77");
    assert_eq!(ids(&client.get("/v1/invoices/search?query=metadata%5B%27bilag+nr%27%5D:%2777%27")).len(), 1);
    let (mut all, mut page) = (Vec::new(), String::new());
    loop {
        let list = client.get(&format!("/v1/invoices/search?query=status:%27paid%27+AND+total%3E0&limit=20{page}"));
        all.extend(ids(&list));
        match list["next_page"].as_str() {
            Some(next) => page = format!("&page={next}"),
            None => break,
        }
    }
    assert_eq!(all.len(), client.stripe.store.with("invoice", "status", "paid").filter(|invoice| invoice["total"].as_i64() > Some(0)).count());
    let fresh = id(&client.post("/v1/customers", "email=ny@kunde.example"));
    assert!(ids(&client.get("/v1/customers/search?query=email:%27ny@kunde.example%27")).is_empty());
    assert_eq!(ids(&client.get("/v1/customers?email=ny@kunde.example")), [fresh]);
    assert_eq!(client.refused("GET", "/v1/customers/search?query=shoe:1", "").0, 400);
}

#[test]
fn deleted_customers_leave_a_stub() {
    let mut client = Client::new();
    let invoice = client.get("/v1/invoices?status=paid&limit=1")["data"][0].clone();
    let customer = invoice["customer"].as_str().unwrap().to_owned();
    let (status, _, deleted) = send(&mut client.stripe, &client.key.clone(), "DELETE", &format!("/v1/customers/{customer}"), "", &[]);
    assert_eq!((status, deleted["deleted"].as_bool()), (StatusCode::OK, Some(true)));
    let shown = client.get(&format!("/v1/invoices/{}?expand[]=customer", id(&invoice)));
    assert_eq!(shown["customer"]["deleted"], true);
    assert_eq!(departures("invoice", &shown), Vec::<String>::new());
    assert_eq!(client.get(&format!("/v1/customers/{customer}"))["deleted"], true);
}

#[test]
fn a_subscription_bills_each_month_and_ends_when_told() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=Abonnent"));
    let product = id(&client.post("/v1/products", "name=Leje"));
    let price = id(&client.post("/v1/prices", &format!("product={product}&currency=dkk&unit_amount=60000&recurring[interval]=month")));
    let subscription = client.post("/v1/subscriptions", &format!("customer={customer}&items[0][price]={price}&items[0][quantity]=2"));
    let subscription_id = id(&subscription);
    assert_eq!(subscription["status"], "active");
    let invoices = |client: &mut Client| client.get(&format!("/v1/invoices?subscription={subscription_id}"))["data"].as_array().unwrap().clone();
    let first = invoices(&mut client);
    assert_eq!(
        (first.len(), first[0]["billing_reason"].as_str(), first[0]["status"].as_str(), first[0]["total"].as_i64()),
        (1, Some("subscription_create"), Some("paid"), Some(120_000))
    );
    let later = |days: i64| now() + chrono::TimeDelta::days(days);
    // The renewal is a draft for an hour.
    client.stripe.advance(later(30) + chrono::TimeDelta::minutes(30));
    let second = invoices(&mut client);
    assert_eq!((second.len(), second[0]["billing_reason"].as_str(), second[0]["status"].as_str()), (2, Some("subscription_cycle"), Some("draft")));
    client.stripe.advance(later(31));
    assert_eq!(invoices(&mut client)[0]["status"], "paid");
    client.post(&format!("/v1/subscriptions/{subscription_id}"), "cancel_at_period_end=true");
    client.stripe.advance(later(100));
    assert_eq!(invoices(&mut client).len(), 2);
    assert_eq!(client.get(&format!("/v1/subscriptions/{subscription_id}"))["status"], "canceled");
    for invoice in invoices(&mut client) {
        assert_eq!(departures("invoice", &invoice), Vec::<String>::new());
    }
}

#[test]
fn a_checkout_is_paid_on_its_page_with_or_without_an_invoice() {
    let mut client = Client::new();
    let line = "line_items[0][price_data][currency]=dkk&line_items[0][price_data][product_data][name]=Krus&line_items[0][price_data][unit_amount]=18500&line_items[0][quantity]=2";
    for (extra, with_invoice) in [("", false), ("&invoice_creation[enabled]=true&customer_email=a@b.example", true)] {
        let session = client.post("/v1/checkout/sessions", &format!("mode=payment&success_url=https://x.example&{line}{extra}"));
        assert_eq!((session["amount_total"].as_i64(), session["status"].as_str()), (Some(37_000), Some("open")));
        let page = format!("/c/{}", id(&session));
        let mut open = |method: &str| client.stripe.handle(now(), Request::builder().method(method).uri(&page).body(Bytes::new()).unwrap());
        assert!(String::from_utf8_lossy(open("GET").body()).contains("370.00 DKK"));
        assert_eq!(open("POST").status(), StatusCode::OK);
        let done = client.get(&format!("/v1/checkout/sessions/{}?expand[]=line_items", id(&session)));
        assert_eq!(departures("checkout.session", &done), Vec::<String>::new());
        assert_eq!(
            (done["payment_status"].as_str(), done["invoice"].is_string(), done["payment_intent"].is_string()),
            (Some("paid"), with_invoice, true)
        );
        assert_eq!(done["line_items"]["data"][0]["amount_total"], 37_000);
    }
    let link = client.post("/v1/payment_links", line);
    let page = link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    client.stripe.handle(now(), Request::post(format!("/b/{page}")).body(Bytes::new()).unwrap());
    assert_eq!(ids(&client.get(&format!("/v1/checkout/sessions?payment_link={}&status=complete", id(&link)))).len(), 1);
    client.post(&format!("/v1/payment_links/{}", id(&link)), "active=false");
}

#[test]
fn webhooks_go_to_who_asked_and_are_signed() {
    let mut client = Client::new();
    let endpoint = client.post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/hook&enabled_events[0]=customer.created");
    let secret = endpoint["secret"].as_str().unwrap().to_owned();
    assert!(client.get(&format!("/v1/webhook_endpoints/{}", id(&endpoint))).get("secret").is_none());
    client.post("/v1/customers", "name=A");
    client.post("/v1/products", "name=B");
    let sent = client.stripe.advance(now());
    assert_eq!(sent.len(), 1);
    let body = String::from_utf8_lossy(sent[0].request.body()).into_owned();
    let expected = format!("t={},v1={}", now().timestamp(), webhooks::sign(&secret, now().timestamp(), &body));
    assert_eq!(sent[0].request.headers()["stripe-signature"].to_str().unwrap(), expected);
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["type"], "customer.created");
}

#[test]
fn lines_change_payments_attach_and_previews_leave_nothing() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=Prøve"));
    let before = client.stripe.store.counts();
    let preview = client.post(
        "/v1/invoices/create_preview",
        &format!("customer={customer}&invoice_items[0][amount]=5000&invoice_items[0][currency]=dkk&invoice_items[0][quantity]=1"),
    );
    assert!(preview["id"].as_str().unwrap().starts_with("upcoming_in_") && preview["total"] == 5_000);
    assert_eq!(client.stripe.store.counts(), before);
    let invoice = id(&client.post("/v1/invoices", &format!("customer={customer}&currency=dkk")));
    let filled = client.post(&format!("/v1/invoices/{invoice}/add_lines"), "lines[0][description]=A&lines[0][amount]=1000");
    let line = filled["lines"]["data"][0]["id"].as_str().unwrap().to_owned();
    let changed =
        client.post(&format!("/v1/invoices/{invoice}/update_lines"), &format!("lines[0][id]={line}&lines[0][amount]=2500&lines[0][quantity]=2"));
    assert_eq!((changed["total"].as_i64(), changed["lines"]["data"][0]["quantity"].as_i64()), (Some(5_000), Some(2)));
    client.post(&format!("/v1/invoices/{invoice}/finalize"), "");
    assert_eq!(client.refused("POST", &format!("/v1/invoices/{invoice}/lines/{line}"), "amount=1"), (400, "invoice_not_editable".into()));
    assert_eq!(client.post(&format!("/v1/invoices/{invoice}/lines/{line}"), "metadata[a]=b")["metadata"]["a"], "b");
    let intent = id(&client.post("/v1/payment_intents", "amount=5000&currency=dkk&payment_method=pm_card_visa&confirm=true"));
    assert_eq!(client.post(&format!("/v1/invoices/{invoice}/attach_payment"), &format!("payment_intent={intent}"))["status"], "paid");
}

#[test]
fn a_customers_credit_pays_the_next_invoice() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=Prøve"));
    client.post(&format!("/v1/customers/{customer}/balance_transactions"), "amount=-3000&currency=dkk");
    let invoice = id(&client.post("/v1/invoices", &format!("customer={customer}&currency=dkk")));
    client.post("/v1/invoiceitems", &format!("customer={customer}&invoice={invoice}&amount=5000&currency=dkk"));
    let open = client.post(&format!("/v1/invoices/{invoice}/finalize"), "");
    assert_eq!(
        (open["total"].as_i64(), open["amount_due"].as_i64(), open["starting_balance"].as_i64(), open["ending_balance"].as_i64()),
        (Some(5_000), Some(2_000), Some(-3_000), Some(0))
    );
    assert_eq!(client.get(&format!("/v1/customers/{customer}"))["balance"], 0);
    assert_eq!(client.get(&format!("/v1/customers/{customer}/balance_transactions"))["data"].as_array().unwrap().len(), 2);
}

#[test]
fn another_account_is_out_of_reach() {
    let mut client = Client::new();
    let (status, _, body) = send(&mut client.stripe, &client.key.clone(), "GET", "/v1/balance", "", &[("stripe-account", "acct_other")]);
    assert_eq!((status, body["error"]["code"].as_str()), (StatusCode::FORBIDDEN, Some("account_invalid")));
}

#[test]
fn a_draft_takes_discounts_rates_and_dates_when_it_is_updated() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=Prøve"));
    let coupon = id(&client.post("/v1/coupons", "amount_off=1000&currency=dkk&duration=once"));
    let invoice = client.post("/v1/invoices", &format!("customer={customer}&currency=dkk&collection_method=send_invoice&days_until_due=7"));
    let path = format!("/v1/invoices/{}", id(&invoice));
    client.post(&format!("{path}/add_lines"), "lines[0][amount]=5000");
    let changed = client.post(&path, &format!("discounts[0][coupon]={coupon}&days_until_due=30&description=X"));
    assert_eq!((changed["total"].as_i64(), changed["description"].as_str()), (Some(4_000), Some("X")));
    assert_eq!(changed["due_date"].as_i64().unwrap() - changed["created"].as_i64().unwrap(), 30 * 86_400);
    assert_eq!(client.post(&path, "discounts=")["total"], 5_000);
}
