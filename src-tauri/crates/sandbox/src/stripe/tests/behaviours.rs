//! What the service does and refuses, one line each with its source: the documentation's page, or the client that
//! relies on it. `PY` and `JS` are Stripe's own clients, `SPEC` its API description.

use super::life::{Client, id};
use super::*;

/// What is asked, and the status and code that answer. `{customer}`, `{draft}` and their kin are objects of the demo.
#[rustfmt::skip]
const REFUSALS: &[(&str, &str, &str, u16, &str)] = &[
    // Encoding. docs: Errors; SPEC, error codes.
    ("POST", "/v1/customers", "shoe_size=42", 400, "parameter_unknown"),
    ("POST", "/v1/customers", "address[planet]=Mars", 400, "parameter_unknown"),
    ("POST", "/v1/payment_intents", "currency=dkk", 400, "parameter_missing"),
    ("POST", "/v1/payment_intents", "amount=&currency=dkk", 400, "parameter_invalid_empty"),
    ("POST", "/v1/payment_intents", "amount=12.5&currency=dkk", 400, "parameter_invalid_integer"),
    ("POST", "/v1/payment_intents", "amount=249&currency=dkk", 400, "amount_too_small"),
    ("POST", "/v1/payment_intents", "amount=999999999999&currency=dkk", 400, "amount_too_large"),
    ("POST", "/v1/coupons", "percent_off=5&amount_off=5&currency=dkk", 400, "parameters_exclusive"),
    ("GET", "/v1/invoices?starting_after={open}&ending_before={paid}", "", 400, "parameters_exclusive"),
    ("GET", "/v1/events?type=invoice.paid&types[]=invoice.voided", "", 400, "parameters_exclusive"),
    ("POST", "/v1/invoices", "customer={customer}&collection_method=send_invoice&days_until_due=3&due_date=1900000000", 400, "parameters_exclusive"),
    ("POST", "/v1/credit_notes", "invoice={open}&amount=1&lines[0][type]=custom_line_item&lines[0][unit_amount]=1", 400, "parameters_exclusive"),
    // What is missing: 404 in the path, 400 in a parameter. docs: Errors.
    ("GET", "/v1/invoices/in_none", "", 404, "resource_missing"),
    ("POST", "/v1/invoices", "customer=cus_none", 400, "resource_missing"),
    ("GET", "/v1/invoices?starting_after=in_none", "", 400, "resource_missing"),
    ("GET", "/v1/nothing", "", 404, ""),
    ("GET", "/v1/invoices/", "", 404, ""),
    // Lists. docs: Pagination; SPEC, parameters of each list.
    ("GET", "/v1/invoices?limit=0", "", 400, ""),
    ("GET", "/v1/invoices?limit=101", "", 400, ""),
    ("GET", "/v1/charges?status=succeeded", "", 400, "parameter_unknown"),
    ("GET", "/v1/payment_intents?status=succeeded", "", 400, "parameter_unknown"),
    ("GET", "/v1/invoices?updated[gte]=1", "", 400, "parameter_unknown"),
    ("GET", "/v1/invoices?total_count=true", "", 400, "parameter_unknown"),
    // docs: Search.
    ("GET", "/v1/invoices/search?query=status:'open' AND total>1 OR total<9", "", 400, ""),
    ("GET", "/v1/invoices/search", "", 400, "parameter_missing"),
    ("GET", "/v1/payouts/search", "", 404, "resource_missing"),
    // docs: Expanding responses.
    ("GET", "/v1/invoices/{open}?expand[]=total", "", 400, ""),
    ("GET", "/v1/invoices?expand[]=customer", "", 400, ""),
    // Invoices. docs: Status transitions and finalization.
    ("POST", "/v1/invoices/{draft}/finalize", "", 400, "invoice_no_customer_line_items"),
    ("POST", "/v1/invoices/{open}", "description=new", 400, "invoice_not_editable"),
    ("POST", "/v1/invoices/{open}/add_lines", "lines[0][amount]=1", 400, "invoice_not_editable"),
    ("DELETE", "/v1/invoices/{open}", "", 400, "invoice_not_editable"),
    ("POST", "/v1/invoices/{paid}/void", "", 400, "status_transition_invalid"),
    ("POST", "/v1/invoices/{paid}/mark_uncollectible", "", 400, "status_transition_invalid"),
    ("POST", "/v1/invoices/{draft}/void", "", 400, "status_transition_invalid"),
    ("POST", "/v1/credit_notes", "invoice={draft}&amount=1", 400, "status_transition_invalid"),
    ("POST", "/v1/invoices", "customer={customer}&collection_method=send_invoice", 400, "parameter_missing"),
    ("POST", "/v1/invoices", "customer={customer}&days_until_due=3", 400, ""),
    ("POST", "/v1/invoices", "customer={customer}&from_invoice[action]=revision&from_invoice[invoice]={paid}", 400, "status_transition_invalid"),
    // JS, Invoices.d.ts: replaced by create_preview.
    ("GET", "/v1/invoices/upcoming", "", 404, "resource_missing"),
    // Catalogue. SPEC, updates of tax rates, prices, coupons; JS, Products.d.ts.
    ("POST", "/v1/tax_rates/{rate}", "percentage=20", 400, "parameter_unknown"),
    ("POST", "/v1/tax_rates/{rate}", "inclusive=true", 400, "parameter_unknown"),
    ("DELETE", "/v1/tax_rates/{rate}", "", 404, ""),
    ("POST", "/v1/prices/{price}", "unit_amount=5", 400, "parameter_unknown"),
    ("POST", "/v1/prices/{price}", "currency=eur", 400, "parameter_unknown"),
    ("POST", "/v1/prices/{price}", "tax_behavior=unspecified", 400, ""),
    ("DELETE", "/v1/prices/{price}", "", 404, ""),
    ("DELETE", "/v1/products/{product}", "", 400, ""),
    ("POST", "/v1/coupons/{coupon}", "percent_off=50", 400, "parameter_unknown"),
    // Money. docs: Payout reconciliation; docs: Refunds.
    ("GET", "/v1/balance_transactions?payout={manual}", "", 400, ""),
    ("GET", "/v1/balance_transactions?payout={under_way}", "", 400, "payout_reconciliation_not_ready"),
    ("POST", "/v1/payouts", "amount=99999999999&currency=dkk", 400, "balance_insufficient"),
    ("POST", "/v1/payouts/{automatic}/cancel", "", 400, "status_transition_invalid"),
    ("POST", "/v1/refunds", "charge={refunded}", 400, "charge_already_refunded"),
    ("POST", "/v1/refunds", "charge={disputed}", 400, "charge_disputed"),
    ("POST", "/v1/refunds", "amount=5", 400, "parameter_missing"),
    ("POST", "/v1/invoices/{open}/pay", "payment_method=pm_card_chargeDeclined", 402, "card_declined"),
    // SPEC: a link is switched off, never deleted.
    ("DELETE", "/v1/payment_links/{link}", "", 404, ""),
];

/// The objects of the demo that the lines name.
fn cast(client: &mut Client) -> BTreeMap<&'static str, String> {
    let now = now().timestamp();
    let mut first = |path: &str| client.get(path)["data"][0]["id"].as_str().unwrap().to_owned();
    let mut named: BTreeMap<&'static str, String> = [
        ("customer", "/v1/customers?limit=1"),
        ("open", "/v1/invoices?status=open&limit=1"),
        ("paid", "/v1/invoices?status=paid&limit=1"),
        ("rate", "/v1/tax_rates?limit=1"),
        ("price", "/v1/prices?limit=1"),
        ("product", "/v1/products?limit=1"),
        ("coupon", "/v1/coupons?limit=1"),
        ("automatic", "/v1/payouts?status=paid&limit=1"),
        ("link", "/v1/payment_links?limit=1"),
    ]
    .map(|(name, path)| (name, first(path)))
    .into_iter()
    .collect();
    let of = |stripe: &Stripe, kind: &str, fits: &dyn Fn(&Object) -> bool| {
        stripe.store.all(kind).filter(|object| fits(object)).last().unwrap()["id"].as_str().unwrap().to_owned()
    };
    named.insert("draft", id(&client.post("/v1/invoices", &format!("customer={}&currency=dkk", named["customer"]))));
    named.insert("manual", client.stripe.manual_payout(now, 5_000, "dkk", "standard"));
    named.insert("refunded", of(&client.stripe, "charge", &|charge| charge.get("refunded") == Some(&true.into())));
    named.insert("disputed", of(&client.stripe, "dispute", &|dispute| dispute["status"] == "lost"));
    let disputed = client.get(&format!("/v1/disputes/{}", named["disputed"]))["charge"].as_str().unwrap().to_owned();
    named.insert("disputed", disputed);
    client.stripe.charge(now, NewCharge { amount: 50_000, currency: "dkk".into(), ..NewCharge::default() }, &Cause::default());
    let later = now + 9 * 86_400;
    named.insert("under_way", client.stripe.pay_out_available(later, "dkk").unwrap());
    named
}

#[test]
fn what_cannot_be_is_refused_with_its_code() {
    let mut client = Client::new();
    let cast = cast(&mut client);
    let filled = |text: &str| {
        cast.iter()
            .fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
            .replace(' ', "%20")
            .replace('>', "%3E")
            .replace('<', "%3C")
    };
    let mut wrong = Vec::new();
    for (method, path, body, status, code) in REFUSALS {
        let found = client.refused(method, &filled(path), &filled(body));
        if found != (*status, (*code).to_owned()) {
            wrong.push(format!("{method} {path} {body}: {found:?}, not {status} {code}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// docs: Metadata.
#[test]
fn metadata_has_its_limits_and_an_empty_text_clears_it() {
    let mut client = Client::new();
    let pairs = |n: usize| (0..n).map(|n| format!("metadata[k{n}]={n}")).collect::<Vec<_>>().join("&");
    let full = client.post("/v1/customers", &pairs(50));
    assert_eq!((full["metadata"].as_object().unwrap().len(), full["metadata"]["k7"].as_str()), (50, Some("7")));
    for (body, why) in [
        (pairs(51), "51 pairs"),
        (format!("metadata[{}]=x", "k".repeat(41)), "a key of 41"),
        (format!("metadata[k]={}", "v".repeat(501)), "a value of 501"),
        ("metadata[a[b]]=x".to_owned(), "brackets in a key"),
    ] {
        assert_eq!(client.refused("POST", "/v1/customers", &body).0, 400, "{why}");
    }
    let long = format!("metadata[{}]={}", "k".repeat(40), "v".repeat(500));
    client.post("/v1/customers", &long);
    assert_eq!(client.post(&format!("/v1/customers/{}", id(&full)), "metadata=")["metadata"], json!({}));
}

/// PY, `_encode.py`: indexes; `[]` works as well. Decimals travel as text: SPEC, `format: decimal`.
#[test]
fn arrays_come_with_indexes_or_without_and_decimals_keep_twelve_places() {
    let mut client = Client::new();
    let open = id(&client.get("/v1/invoices?status=open&limit=1")["data"][0]);
    for form in ["expand[0]=customer&expand[1]=payments", "expand[]=customer&expand[]=payments", "expand%5B1%5D=payments&expand%5B0%5D=customer"] {
        let shown = client.get(&format!("/v1/invoices/{open}?{form}"));
        assert!(shown["customer"].is_object() && shown["payments"]["data"].is_array(), "{form}");
    }
    let product = id(&client.post("/v1/products", "name=Strøm"));
    let price = client.post("/v1/prices", &format!("product={product}&currency=dkk&unit_amount_decimal=0.000000000001"));
    assert_eq!((price["unit_amount_decimal"].as_str(), price["unit_amount"].is_null()), (Some("0.000000000001"), true));
    let buyer = client.post("/v1/customers", "address[city]=Vejle&address[country]=DK");
    assert_eq!(buyer["address"]["city"], "Vejle");
    assert!(client.post(&format!("/v1/customers/{}", id(&buyer)), "address=")["address"].is_null(), "an empty text unsets");
}

/// docs: Pagination; docs: Expanding responses; SPEC, optional fields.
#[test]
fn lists_show_ten_and_hide_what_was_not_asked_for() {
    let mut client = Client::new();
    let page = client.get("/v1/invoices");
    assert_eq!((ids(&page).len(), page["url"].as_str(), page["has_more"].as_bool()), (10, Some("/v1/invoices"), Some(true)));
    assert!(page.get("total_count").is_none());
    let created: Vec<i64> = page["data"].as_array().unwrap().iter().map(|one| one["created"].as_i64().unwrap()).collect();
    assert!(created.is_sorted_by(|a, b| a >= b), "newest first");
    for (path, hidden) in [
        ("/v1/invoices?limit=1", &["payments", "amount_paid_off_stripe", "confirmation_secret"][..]),
        ("/v1/charges?limit=1", &["refunds"]),
        ("/v1/customers?limit=1", &["tax_ids", "sources", "subscriptions"]),
        ("/v1/checkout/sessions?limit=1", &["line_items"]),
        ("/v1/payment_links?limit=1", &["line_items"]),
    ] {
        let shown = client.get(path)["data"][0].clone();
        assert!(hidden.iter().all(|name| shown.get(*name).is_none()), "{path}");
    }
    let many = client.stripe.store.all("invoice").find(|invoice| invoice["_lines"].as_array().unwrap().len() > 25).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = client.get(&format!("/v1/invoices/{many}"));
    assert_eq!((ids(&shown["lines"]).len(), shown["lines"]["has_more"].as_bool()), (10, Some(true)));
    let rest = client.get(&format!("{}?limit=100&starting_after={}", shown["lines"]["url"].as_str().unwrap(), ids(&shown["lines"])[9]));
    assert_eq!((ids(&rest).len(), rest["has_more"].as_bool()), (20, Some(false)));
    let email = client.get("/v1/customers?limit=1")["data"][0]["email"].as_str().unwrap().to_owned();
    assert_eq!(ids(&client.get(&format!("/v1/customers?email={email}"))).len(), 1);
    assert_eq!(ids(&client.get(&format!("/v1/customers?email={}", email.to_uppercase()))).len(), 0, "exact, case and all");
    let sold = client.get("/v1/checkout/sessions?limit=1&expand[]=data.line_items.data.taxes");
    assert!(sold["data"][0]["line_items"]["data"][0]["taxes"][0]["rate"]["percentage"] == 25);
}

/// docs: Idempotent requests: a failure that was executed is kept, and a key is one request's for one path.
#[test]
fn a_declined_payment_is_declined_again_under_its_key() {
    let mut client = Client::new();
    let intent = id(&client.post("/v1/payment_intents", "amount=5000&currency=dkk"));
    let path = format!("/v1/payment_intents/{intent}/confirm");
    let key = client.key.clone();
    let mut send = |path: &str, body: &str, name: &str| {
        let (status, headers, body) = send(&mut client.stripe, &key, "POST", path, body, &[("idempotency-key", name)]);
        (status.as_u16(), headers.contains_key("idempotent-replayed"), body["error"]["type"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(send(&path, "payment_method=pm_card_chargeDeclined", "k"), (402, false, "card_error".into()));
    assert_eq!(send(&path, "payment_method=pm_card_chargeDeclined", "k"), (402, true, "card_error".into()));
    assert_eq!(send(&path, "payment_method=pm_card_visa", "k"), (400, false, "idempotency_error".into()));
    assert_eq!(send("/v1/customers", "payment_method=pm_card_chargeDeclined", "k").2, "idempotency_error");
    assert_eq!(send(&path, "payment_method=pm_card_visa", "another").0, 200);
    assert_eq!(send("/v1/customers", "", &"k".repeat(256)).2, "idempotency_error");
    assert_eq!(send("/v1/customers", "", &"k".repeat(255)).0, 200);
}

/// JS, `RequestSender.js` reads these; docs: API versioning.
#[test]
fn every_answer_names_its_request_and_repeats_what_was_sent() {
    let (mut stripe, key) = stripe();
    let own = stripe.account.id.clone();
    let sent = [("stripe-version", "2025-03-31.basil"), ("stripe-account", own.as_str()), ("idempotency-key", "k-1")];
    let (_, headers, _) = send(&mut stripe, &key, "POST", "/v1/customers", "name=A", &sent);
    for (name, value) in sent {
        assert_eq!(headers[name].to_str().unwrap(), value);
    }
    for (target, status) in [("/v1/account", 200), ("/v1/nothing", 404), ("/v1/charges?status=x", 400)] {
        let (found, headers, _) = send(&mut stripe, &key, "GET", target, "", &[]);
        assert_eq!((found.as_u16(), headers["request-id"].to_str().unwrap().starts_with("req_")), (status, true), "{target}");
    }
}

/// docs: List all events: payloads keep the account's own old version, for thirty days.
#[test]
fn events_tell_what_matters_in_their_own_version() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=A&email=a@kunde.example"));
    let invoice = id(&client.post("/v1/invoices", &format!("customer={customer}&currency=dkk&collection_method=send_invoice&days_until_due=1")));
    client.post("/v1/invoiceitems", &format!("customer={customer}&invoice={invoice}&amount=5000&currency=dkk"));
    client.post(&format!("/v1/invoices/{invoice}/send"), "");
    assert_eq!(client.refused("POST", &format!("/v1/invoices/{invoice}/pay"), "payment_method=pm_card_chargeDeclined").0, 402);
    client.stripe.advance(now() + chrono::TimeDelta::days(2));
    client.post(&format!("/v1/invoices/{invoice}/pay"), "");
    let charge = client.stripe.charge_of(&invoice).unwrap().0;
    let dispute = client.stripe.dispute(now().timestamp(), &charge, "fraudulent").unwrap();
    client.stripe.close_dispute(now().timestamp(), &dispute, true).unwrap();
    let seen: Vec<String> = client.stripe.store.all("event").map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    for wanted in [
        "customer.created",
        "invoice.created",
        "invoiceitem.created",
        "invoice.finalized",
        "invoice.sent",
        "invoice.payment_failed",
        "charge.failed",
        "invoice.overdue",
        "invoice_payment.paid",
        "invoice.paid",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ] {
        assert!(seen.iter().any(|kind| kind == wanted), "{wanted}");
    }
    let paid = client.get("/v1/events?type=invoice.paid&limit=1")["data"][0].clone();
    let old = &paid["data"]["object"];
    assert_eq!((paid["api_version"].as_str(), old["paid"].as_bool(), old.get("total_taxes")), (Some("2024-06-20"), Some(true), None));
    assert!(old.get("amount_paid_off_stripe").is_none());
    let mut listed = |filter: &str| ids(&client.get(&format!("/v1/events?{filter}&limit=100"))).len();
    assert_eq!(listed("types[0]=invoice.sent&types[1]=invoice.voided"), listed("type=invoice.sent") + listed("type=invoice.voided"));
    let many = (0..21).map(|n| format!("types[{n}]=invoice.paid")).collect::<Vec<_>>().join("&");
    assert_eq!(client.refused("GET", &format!("/v1/events?{many}"), "").0, 400, "up to twenty types");
}

/// docs: Automatic invoice advancement; docs: Status transitions and finalization.
#[test]
fn drafts_wait_an_hour_and_what_is_final_keeps_the_buyer_as_he_was() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=Før"));
    let mut draft = |more: &str| {
        let invoice = id(&client.post("/v1/invoices", &format!("customer={customer}&currency=dkk{more}")));
        client.post("/v1/invoiceitems", &format!("customer={customer}&invoice={invoice}&amount=5000&currency=dkk"));
        invoice
    };
    let (by_hand, by_itself) = (draft(""), draft("&auto_advance=true"));
    let fresh = client.get(&format!("/v1/invoices/{by_hand}"));
    assert_eq!((fresh["auto_advance"].as_bool(), fresh["number"].is_null(), fresh["hosted_invoice_url"].is_null()), (Some(false), true, true));
    client.stripe.advance(now() + chrono::TimeDelta::minutes(59));
    assert_eq!(client.get(&format!("/v1/invoices/{by_itself}"))["status"], "draft");
    client.stripe.advance(now() + chrono::TimeDelta::minutes(61));
    assert_eq!(client.get(&format!("/v1/invoices/{by_itself}"))["status"], "paid");
    assert_eq!(client.get(&format!("/v1/invoices/{by_hand}"))["status"], "draft");
    client.post(&format!("/v1/customers/{customer}"), "name=Efter");
    assert_eq!(client.get(&format!("/v1/invoices/{by_itself}"))["customer_name"], "Før");
    assert_eq!(client.post(&format!("/v1/invoices/{by_hand}/finalize"), "")["customer_name"], "Efter");
    // Pending items are not swept in unless that is asked for.
    client.post("/v1/invoiceitems", &format!("customer={customer}&amount=700&currency=dkk"));
    let alone = client.post("/v1/invoices", &format!("customer={customer}&currency=dkk"));
    let swept = client.post("/v1/invoices", &format!("customer={customer}&currency=dkk&pending_invoice_items_behavior=include"));
    assert_eq!((alone["total"].as_i64(), swept["total"].as_i64()), (Some(0), Some(700)));
}

/// docs: Invoice revisions: the finalized revision voids what it revises.
#[test]
fn a_revision_takes_the_lines_and_the_place_of_its_original() {
    let mut client = Client::new();
    let original = client.stripe.store.all("invoice").find(|invoice| invoice["status"] == "open" && !invoice.contains_key("amount_paid"));
    let original = original.unwrap()["id"].as_str().unwrap().to_owned();
    let total = client.get(&format!("/v1/invoices/{original}"))["total"].clone();
    let revision = client.post("/v1/invoices", &format!("from_invoice[action]=revision&from_invoice[invoice]={original}"));
    assert_eq!((revision["status"].as_str(), &revision["total"]), (Some("draft"), &total));
    client.post(&format!("/v1/invoices/{}/finalize", id(&revision)), "");
    let voided = client.get(&format!("/v1/invoices/{original}"));
    assert_eq!((voided["status"].as_str(), &voided["latest_revision"]), (Some("void"), &revision["id"]));
}

/// JS, CreditNotes.d.ts: notes by line, each with the taxes of what was sold.
#[test]
fn a_credit_note_names_lines_and_their_taxes() {
    let mut client = Client::new();
    let customer = id(&client.post("/v1/customers", "name=A"));
    let rate =
        |client: &mut Client, percentage: i64| id(&client.post("/v1/tax_rates", &format!("display_name=M&percentage={percentage}&inclusive=false")));
    let (full, none) = (rate(&mut client, 25), rate(&mut client, 0));
    let invoice = id(&client.post("/v1/invoices", &format!("customer={customer}&currency=dkk&collection_method=send_invoice&days_until_due=9")));
    let lines = format!(
        "lines[0][description]=Krus&lines[0][amount]=10000&lines[0][tax_rates][0]={full}&lines[1][description]=Bog&lines[1][amount]=4000&lines[1][tax_rates][0]={none}"
    );
    let drafted = client.post(&format!("/v1/invoices/{invoice}/add_lines"), &lines);
    client.post(&format!("/v1/invoices/{invoice}/finalize"), "");
    let (mug, book) = (id(&drafted["lines"]["data"][0]), id(&drafted["lines"]["data"][1]));
    let asked = format!(
        "invoice={invoice}&lines[0][type]=invoice_line_item&lines[0][invoice_line_item]={mug}&lines[0][amount]=2000&lines[1][type]=invoice_line_item&lines[1][invoice_line_item]={book}&lines[1][quantity]=1&lines[2][type]=custom_line_item&lines[2][unit_amount]=300&lines[2][quantity]=2&lines[2][description]=Ulejlighed"
    );
    let preview = client.get(&format!("/v1/credit_notes/preview?{asked}"));
    let note = client.post("/v1/credit_notes", &asked);
    assert_eq!((preview["total"].clone(), note["total"].as_i64(), note["total_excluding_tax"].as_i64()), (json!(7_100), Some(7_100), Some(6_600)));
    let shown: Vec<(i64, i64)> = note["lines"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["amount"].as_i64().unwrap(), line["taxes"].as_array().unwrap().iter().map(|tax| tax["amount"].as_i64().unwrap()).sum()))
        .collect();
    assert_eq!(shown, [(2_000, 500), (4_000, 0), (600, 0)]);
    assert_eq!(
        (note["type"].as_str(), client.get(&format!("/v1/invoices/{invoice}"))["amount_remaining"].as_i64()),
        (Some("pre_payment"), Some(9_400))
    );
}

/// docs: Webhooks: the secret is told once.
#[test]
fn a_webhooks_secret_is_told_once() {
    let mut client = Client::new();
    let made = client.post("/v1/webhook_endpoints", "url=https://x.example/hook&enabled_events[0]=*");
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    assert!(client.get(&format!("/v1/webhook_endpoints/{}", id(&made))).get("secret").is_none());
}
