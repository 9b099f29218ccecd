//! The OpenAPI services.

use super::*;

const CUSTOMERS: &str = "/customersapi/v3.1.0/Customers";
const DRAFTS: &str = "/q2capi/v5.3.0/invoices/drafts";
const ENTRIES: &str = "/journalsapi/v15.0.0/draft-entries";

fn customer_row(number: u64) -> Value {
    json!({ "customerNumber": number, "name": "Ny", "customerGroupNumber": 1, "zone": 1, "paymentTermId": 2, "currency": "DKK", "access": true })
}

fn draft_row() -> Value {
    json!({ "customerNumber": 1, "customerName": "Navn", "date": "2026-11-02T00:00:00Z", "currencyCode": "DKK", "layoutNumber": 19, "termOfPaymentNumber": 2,
        "vatZoneNumber": 1, "externalId": "in_1" })
}

fn entry_row(amount: &str) -> Value {
    json!({ "entryTypeNumber": 5, "journalNumber": 1, "date": "2026-11-03", "amount": number(amount), "currency": "DKK", "accountNumber": 3660, "contraAccountNumber": 5710, "text": "txn" })
}

/// docs/openapi-verification.md: cursor pages, bare arrays, bare counts; any version is answered.
#[test]
fn lists_come_by_cursor_by_page_and_as_a_count() {
    let mut desk = Desk::new();
    for number in 1_000..2_050 {
        desk.setup().customer(CustomerSetup { number, name: "K", currency: "DKK", zone: 1, terms: 2, group: 1, ..CustomerSetup::default() });
    }
    let first = desk.open_get(&format!("{CUSTOMERS}?sort=-customerNumber"));
    assert_eq!((first.rows().len(), &first.rows()[0]["customerNumber"]), (1_000, &json!(1)), "a sort is ignored in silence");
    let next = desk.open_get(&format!("{CUSTOMERS}?cursor={}", first.json["cursor"].as_str().unwrap_or_default()));
    assert_eq!((next.rows().len(), next.json.get("cursor")), (53, None));
    let page = desk.open_get(&format!("{CUSTOMERS}/paged?pageSize=100&skipPages=1&sort=-customerNumber"));
    assert_eq!((page.json.is_array(), page.rows().len(), &page.rows()[0]["customerNumber"]), (true, 100, &json!(1_949)));
    assert_eq!(desk.open_get("/customersapi/v9.9.9/customers/count").text, "1053");
    assert_eq!(desk.open_get(&format!("{CUSTOMERS}/paged?pageSize=101")).status, 400);
    assert_eq!(desk.open_get(&format!("{CUSTOMERS}/paged?pageSize=100&skipPages=100")).status, 400, "ten thousand rows in all");
    assert_eq!(desk.open_get("/productsapi/v2.0.0/products/count").status, 404, "products have none");
    assert_eq!(desk.open_get("/productsapi/v2.0.0/productspaged/paged").rows().len(), 2);
}

/// docs/openapi-verification.md: few fields, no list of alternatives, problem+json.
#[test]
fn a_refused_filter_names_no_alternatives() {
    let mut desk = Desk::new();
    assert_eq!(desk.open_get(&format!("{CUSTOMERS}/count?filter=customerNumber$in:[1,2]")).text, "2");
    let refused = desk.open_get(&format!("{CUSTOMERS}?filter=name$eq:x"));
    assert_eq!(
        (refused.status, refused.code(), refused.header("content-type")),
        (400, "BadFilterRequest", "application/problem+json; charset=utf-8")
    );
    assert!(refused.json.get("allowedFilteringFields").is_none() && refused.json["traceId"].is_string());
    let missing = desk.open_get(&format!("{CUSTOMERS}/999"));
    assert_eq!((missing.status, missing.code(), &missing.json["title"]), (404, "ResourceNotFound", &json!("Resource not found.")));
    for path in ["/journalsapi/v15.0.0/journals", "/journalsapi/v15.0.0/journals/count", "/journalsapi/v15.0.0/journals/paged?filter=number$eq:1"] {
        assert_eq!(desk.open_get(path).status, 500, "{path}");
    }
    assert_eq!(desk.open_get("/journalsapi/v15.0.0/journals/paged").rows().len(), 3);
}

/// docs/openapi-verification.md: the number comes from the caller; `access` is false unless it is said.
#[test]
fn a_customer_made_by_a_service_is_barred_unless_access_is_said() {
    let mut desk = Desk::new();
    let made = desk.open(Method::POST, CUSTOMERS, &customer_row(50));
    assert_eq!((made.status, made.json.clone()), (201, json!({ "customerNumber": 50 })), "only the number comes back");
    let mut silent = customer_row(51);
    silent.as_object_mut().expect("an object").remove("access");
    desk.open(Method::POST, CUSTOMERS, &silent);
    assert_eq!((desk.get("/customers/50").json["barred"].clone(), desk.get("/customers/51").json["barred"].clone()), (json!(false), json!(true)));
    for (name, value, code) in [
        ("customerNumber", json!(50), "CustomerAlreadyExists"),
        ("paymentTermId", json!(99), "CustomerInvalidPaymentTerm"),
        ("zone", json!(99), "CustomerInvalidVatZone"),
        ("customerGroupNumber", json!(99), "CustomerInvalidGroupId"),
        ("name", Value::Null, "CustomerMissingName"),
    ] {
        let mut bad = customer_row(60);
        bad[name] = value;
        assert_eq!(desk.open(Method::POST, CUSTOMERS, &bad).code(), code);
    }
    let mut lost = customer_row(60);
    lost["paymentTermsNumber"] = lost["paymentTermId"].take();
    assert_eq!(
        desk.open(Method::POST, CUSTOMERS, &lost).code(),
        "CustomerInvalidPaymentTerm",
        "the other API's name is dropped, and fails as something else"
    );
}

/// POG-O: PUT needs the version that stands.
#[test]
fn a_stale_or_missing_version_is_a_conflict() {
    let mut desk = Desk::new();
    desk.open(Method::POST, CUSTOMERS, &customer_row(50));
    let path = format!("{CUSTOMERS}/50");
    let mut row = desk.open_get(&path).json;
    row["name"] = "Rettet".into();
    assert_eq!(desk.open(Method::PUT, &path, &customer_row(50)).code(), "UpdateConflict");
    assert_eq!(desk.open(Method::PUT, &path, &row).status, 204);
    let stale = desk.open(Method::PUT, &path, &row);
    assert_eq!((stale.status, stale.code()), (409, "UpdateConflict"));
    assert_eq!(desk.get("/customers/50").json["name"], "Rettet");
    assert_eq!(desk.send(Surface::Open, Method::DELETE, &path, &[], b"").status, 204);
}

/// github.com/dabster2000/intranetservices EconomicsDraftInvoiceApiClient.java: two numbers; lines in a wrapper.
#[test]
fn a_service_draft_has_a_number_that_booking_does_not_want() {
    let mut desk = Desk::new();
    let other = desk.draft(3, "1");
    desk.delete(&format!("/invoices/drafts/{other}"));
    desk.setup().next_draft_number(500);
    let made = desk.open(Method::POST, DRAFTS, &draft_row());
    assert_eq!(made.status, 201, "{}", made.text);
    let number_of = made.json["number"].as_u64().unwrap_or(0);
    let path = format!("{DRAFTS}/{number_of}");
    let row = desk.open_get(&path);
    assert_eq!(
        (&row.json["draftInvoiceNumber"], &row.json["externalId"], &row.json["date"]),
        (&json!(500), &json!("in_1"), &json!("2026-11-02T00:00:00Z"))
    );
    assert_ne!(number_of, 500);
    let line = json!({ "productNumber": "KOP", "quantity": 1, "unitNetPrice": 80, "description": "Kop" });
    assert_eq!(desk.open(Method::POST, &format!("{path}/lines/bulk"), &json!([line])).status, 400, "a bare array");
    let added = desk.open(Method::POST, &format!("{path}/lines/bulk"), &json!({ "lines": [line] }));
    assert_eq!((added.status, added.json), (201, json!({ "numbers": [1] })));
    let rest = desk.get("/invoices/drafts/500");
    assert_eq!((rest.number("/grossAmount"), rest.json.get("externalId")), ("100.00".into(), None), "it stands on both sides");
    assert_eq!(desk.open_get(&format!("{path}/lines")).rows()[0]["totalNetAmount"].to_string(), "80.00");
    assert_eq!(desk.open_get(&format!("{DRAFTS}?filter=externalId$eq:in_1")).code(), "BadFilterRequest");
    assert_eq!(desk.send(Surface::Open, Method::DELETE, &path, &[], b"").status, 204);
    assert_eq!(desk.get("/invoices/drafts/500").status, 404);
}

/// POG-O journalsapi: rows, texts for invoice numbers, bulk all or none, the words for what is wrong.
#[test]
fn draft_entries_are_rows_of_the_same_journal() {
    let mut desk = Desk::new();
    let made = desk.open(Method::POST, ENTRIES, &entry_row("10"));
    assert_eq!((made.status, made.json.clone()), (201, json!({ "entryNumber": 1 })), "{}", made.text);
    let row = desk.open_get(&format!("{ENTRIES}/1"));
    assert_eq!((&row.json["entryTypeNumber"], &row.json["date"], &row.json["voucherNumber"]), (&json!(5), &json!("2026-11-03T00:00:00Z"), &json!(1)));
    assert_eq!(desk.get("/journals/1/entries").rows().len(), 1);
    let mut paid = entry_row("-10");
    for (name, value) in
        [("entryTypeNumber", json!(2)), ("customerNumber", json!(1)), ("customerInvoiceNumber", json!("7")), ("accountNumber", Value::Null)]
    {
        paid[name] = value;
    }
    assert_eq!(desk.open(Method::POST, ENTRIES, &paid).status, 201);
    assert_eq!(desk.get("/journals/1/entries/2").json["customerInvoice"], 7);
    paid["customerInvoiceNumber"] = json!("A-7");
    assert_eq!(desk.open(Method::POST, ENTRIES, &paid).code(), "Customer_Invoice_Is_Not_Numeric");
    for (name, value, code) in [
        ("accountNumber", json!(9_999), "JournalEntryAccountNotFound"),
        ("accountNumber", json!(5_600), "JournalEntryAccountIsBlockedForDirectEntries"),
        ("contraAccountNumber", json!(9_999), "JournalEntryContraAccountNotFound"),
        ("currency", json!("XYZ"), "JournalEntryCurrencyNotFound"),
        ("entryTypeNumber", json!(6), "JournalEntryTypeNotCorrect"),
        ("journalNumber", json!(9), "JournalDoesNotExist"),
        ("date", json!("2031-01-01"), "JournalEntryDateAccountingYearDoesNotExist"),
        ("date", json!("2025-01-01"), "JournalEntryDateAccountingYearClosed"),
    ] {
        let mut bad = entry_row("1");
        bad[name] = value;
        let refused = desk.open(Method::POST, ENTRIES, &bad);
        assert_eq!((refused.status, refused.code()), (400, code), "{name}: {}", refused.text);
        let bulk = desk.open(Method::POST, &format!("{ENTRIES}/bulk"), &json!([entry_row("1"), bad]));
        assert_eq!((bulk.status, bulk.code()), (400, code));
    }
    assert_eq!(desk.open_get(&format!("{ENTRIES}/count")).text, "2", "all or none");
    assert_eq!(desk.open(Method::POST, &format!("{ENTRIES}/bulk"), &json!([])).code(), "OneAPIEntriesListCannotBeEmpty");
    assert_eq!(desk.open(Method::POST, &format!("{ENTRIES}/bulk"), &json!([entry_row("1"), entry_row("2")])).json, json!({ "entryNumbers": [3, 4] }));
    assert_eq!(desk.send(Surface::Open, Method::DELETE, &format!("{ENTRIES}/3"), &[], b"").status, 204);
}

/// POG-O: a journal, an interval of days, or chosen entries.
#[test]
fn a_journal_is_booked_by_a_service_only() {
    let mut desk = Desk::new();
    desk.economic.rules.allow_posting = true;
    for amount in ["1", "2", "4", "8"] {
        desk.open(Method::POST, ENTRIES, &entry_row(amount));
    }
    let mut later = entry_row("16");
    later["date"] = "2026-12-01".into();
    desk.open(Method::POST, ENTRIES, &later);
    let book =
        |desk: &mut Desk, action: &str, body: Value| desk.open(Method::POST, &format!("/journalsapi/v15.0.0/journals/1/{action}"), &body).status;
    let balance = |desk: &mut Desk| desk.get("/accounts/3660").number("/balance");
    assert_eq!((book(&mut desk, "bookdraftentries", json!({ "entryNumbers": [1, 3] })), balance(&mut desk)), (204, "5.00".into()));
    assert_eq!(
        (book(&mut desk, "bookWithDateInterval", json!({ "fromDate": "2026-11-01", "toDate": "2026-11-30" })), balance(&mut desk)),
        (204, "15.00".into())
    );
    assert_eq!((book(&mut desk, "book", json!({})), balance(&mut desk)), (204, "31.00".into()));
    assert_eq!(book(&mut desk, "book", json!({})), 400, "nothing left");
    let posted = desk.open_get("/bookedEntriesapi/v4.0.0/booked-entries?filter=accountNumber$eq:3660");
    assert_eq!((posted.rows().len(), &posted.rows()[0]["type"]), (5, &json!(5)));
}

/// POG-O bookedEntriesapi since 3.3.0: open items by their remainder.
#[test]
fn open_items_are_found_by_their_remainder() {
    let mut desk = Desk::new();
    let draft = desk.draft(1, "100");
    desk.setup().book_invoice(draft).expect("booked");
    let open = desk.open_get("/bookedEntriesapi/v4.0.0/booked-entries/paged?filter=remainder$ne:0$and:customerNumber$eq:1");
    let debts: Vec<&Value> = open.rows().iter().filter(|row| row.get("customerNumber").is_some()).collect();
    assert_eq!((debts.len(), debts[0]["remainder"].to_string(), &debts[0]["customerInvoiceNumber"]), (1, "125.00".into(), &json!(1)));
    let lines = desk.open_get("/q2capi/v5.3.0/invoices/booked/1/lines");
    assert_eq!((lines.rows()[0]["vatRate"].to_string(), &lines.rows()[0]["documentId"]), ("25.0000".into(), &json!(1)));
}

/// POG-O accountsapi: integers for enums.
#[test]
fn enums_are_integers_here() {
    let mut desk = Desk::new();
    for (account, kind, blocked) in [(1000, 4, false), (1010, 1, false), (5600, 2, true)] {
        let row = desk.open_get(&format!("/accountsapi/v7.0.0/Accounts/{account}"));
        assert_eq!((&row.json["type"], &row.json["isBlockedForDirectEntries"]), (&json!(kind), &json!(blocked)));
    }
    assert_eq!(desk.get("/accounts/1010").json["accountType"], "profitAndLoss");
}

fn hook(kind: &str) -> Value {
    json!({ "eventType": kind, "name": "n", "url": "https://listener.example/x?invoice=[INVOICENO]", "contentType": "application/json",
        "postData": "{\"no\":\"[INVOICENO]\",\"new\":\"[NEWNUMBER]\",\"old\":\"[OLDNUMBER]\"}", "customHeaders": [{ "key": "X-Own", "value": "1" }] })
}

/// techtalk.e-conomic.com/webhooks-api-is-now-available-in-openapi.
#[test]
fn webhooks_are_one_of_each_type_and_seen_by_their_app_only() {
    let mut desk = Desk::new();
    const HOOKS: &str = "/webhooksapi/v1.0.0/webhooks";
    assert_eq!(desk.open_get("/webhooksapi/v1.0.0/EventTypes").rows().len(), 3);
    let made = desk.open(Method::POST, HOOKS, &hook("INVOICE_BOOKED"));
    assert_eq!((made.status, made.json), (201, json!({ "eventType": "INVOICE_BOOKED" })));
    assert_eq!(desk.open(Method::POST, HOOKS, &hook("INVOICE_BOOKED")).code(), "WebhookAlreadyExistsForEventType");
    assert_eq!(desk.open(Method::POST, HOOKS, &hook("NOTHING")).code(), "WebhookInvalidType");
    for (name, value, code) in [
        ("url", json!("http://listener.example/"), "WebhookInvalidUrlScheme"),
        ("customHeaders", json!(vec![json!({ "key": "a", "value": "b" }); 6]), "WebhookCustomHeadersTooMany"),
    ] {
        let mut bad = hook("CUSTOMER_UPDATED");
        bad[name] = value;
        assert_eq!(desk.open(Method::POST, HOOKS, &bad).code(), code);
    }
    let other = desk.economic.add_app("Anden", Role::SuperUser);
    let (grant, own) = (desk.economic.grant(AGREEMENT, &other).expect("a grant"), (desk.app.clone(), desk.grant.clone()));
    (desk.app, desk.grant) = (other, grant);
    assert!(desk.open_get(HOOKS).rows().is_empty());
    assert_eq!(desk.send(Surface::Open, Method::DELETE, &format!("{HOOKS}/INVOICE_BOOKED"), &[], b"").status, 404);
    (desk.app, desk.grant) = own;
    assert_eq!(desk.open_get(&format!("{HOOKS}/INVOICE_BOOKED")).json["name"], "n");
    assert_eq!(desk.send(Surface::Open, Method::DELETE, &format!("{HOOKS}/INVOICE_BOOKED"), &[], b"").status, 204);
}

/// www.e-conomic.com/developer/working-with-web-hooks: merge fields in the address and in the body.
#[test]
fn events_are_sent_with_their_fields_merged() {
    let mut desk = Desk::new();
    for kind in ["INVOICE_BOOKED", "CUSTOMER_UPDATED"] {
        desk.open(Method::POST, "/webhooksapi/v1.0.0/webhooks", &hook(kind));
    }
    desk.economic.add_webhook(AGREEMENT, "JOURNAL_BOOKED", "http://127.0.0.1:1/?d=[DAYBOOKNO]&f=[FROMSERIALNO]&t=[TOSERIALNO]", "");
    let draft = desk.draft(1, "1");
    desk.setup().book_invoice(draft).expect("booked");
    desk.put("/customers/3", &customer_body("Ida Holm"));
    desk.open(Method::POST, ENTRIES, &entry_row("1"));
    desk.setup().book_journal(1).expect("booked");
    let now = desk.now;
    let sent: Vec<_> = desk.economic.advance(now).into_iter().map(|outgoing| outgoing.request).collect();
    let texts: Vec<String> = sent.iter().map(|request| format!("{} {}", request.uri(), String::from_utf8_lossy(request.body()))).collect();
    assert_eq!(
        texts,
        [
            "https://listener.example/x?invoice=1 {\"no\":\"1\",\"new\":\"[NEWNUMBER]\",\"old\":\"[OLDNUMBER]\"}",
            "https://listener.example/x?invoice=[INVOICENO] {\"no\":\"[INVOICENO]\",\"new\":\"3\",\"old\":\"3\"}",
            "http://127.0.0.1:1/?d=1&f=1&t=1 ",
        ]
    );
    assert_eq!(sent[0].headers()["x-own"], "1");
    assert!(desk.economic.advance(now).is_empty(), "once");
}
