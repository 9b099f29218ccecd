//! Drafts: totals, due dates, replacing, wiping, orders and quotes.

use super::*;

fn with_lines(lines: Value) -> Value {
    let mut body = draft_body(1, "1");
    body["lines"] = lines;
    body
}

fn line(quantity: &str, price: &str) -> Value {
    json!({ "product": { "productNumber": "KOP" }, "quantity": number(quantity), "unitNetPrice": number(price), "description": "Kop" })
}

/// docs/legacy-api-verification.md: 2 × 100 at 25 % is net 200, gross 250; nobody said so.
#[test]
fn the_service_prices_the_draft() {
    let mut desk = Desk::new();
    let made = desk.post("/invoices/drafts", &with_lines(json!([line("2", "100")])));
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(
        (made.number("/netAmount"), made.number("/vatAmount"), made.number("/grossAmount")),
        ("200.00".into(), "50.00".into(), "250.00".into())
    );
    assert_eq!((made.number("/lines/0/totalNetAmount"), made.number("/exchangeRate")), ("200.00".into(), "100".into()));
    assert_eq!((&made.json["lines"][0]["lineNumber"], made.header("location")), (&json!(1), format!("{REST}/invoices/drafts/1").as_str()));
    assert_eq!(made.json["templates"]["bookingInstructions"], format!("{REST}/invoices/drafts/1/templates/booking-instructions"));
    assert_eq!(made.json["soap"]["currentInvoiceHandle"]["id"], 1);
    let listed = desk.get("/invoices/drafts");
    assert!(listed.rows()[0].get("lines").is_none(), "items of a list carry no lines");
    let replaced = desk.put("/invoices/drafts/1", &with_lines(json!([line("3", "100")])));
    assert_eq!((replaced.status, replaced.number("/netAmount")), (200, "300.00".into()), "a PUT replaces the lines too");
    let mut marked = with_lines(json!([line("3", "100")]));
    marked["references"] = json!({ "other": "in_1" });
    assert_eq!(desk.put("/invoices/drafts/1", &marked).json["references"]["other"], "in_1");
    marked.as_object_mut().expect("an object").retain(|name, _| !matches!(name.as_str(), "references" | "lines"));
    let wiped = desk.put("/invoices/drafts/1", &marked);
    assert_eq!((wiped.number("/netAmount"), wiped.json.get("references")), ("0.00".into(), None), "and wipes what it does not say");
}

/// Recorded answers show VAT with four decimals on lines: summed, then rounded half away.
#[test]
fn vat_is_summed_over_lines_before_it_is_rounded() {
    let mut desk = Desk::new();
    let thirds = desk.post("/invoices/drafts", &with_lines(json!([line("1", "33.33"), line("1", "33.33"), line("1", "33.33")])));
    assert_eq!((thirds.number("/netAmount"), thirds.number("/vatAmount")), ("99.99".into(), "25.00".into()));
    let half = desk.post("/invoices/drafts", &with_lines(json!([line("1", "79.98")])));
    assert_eq!((half.number("/vatAmount"), half.number("/grossAmount")), ("20.00".into(), "99.98".into()), "19.995 goes up");
    let credit = desk.post("/invoices/drafts", &with_lines(json!([line("-1", "79.98")])));
    assert_eq!((credit.number("/vatAmount"), credit.number("/grossAmount")), ("-20.00".into(), "-99.98".into()), "and away from zero");
    let mut discounted = line("3", "9.99");
    discounted["discountPercentage"] = number("12.5");
    assert_eq!(desk.post("/invoices/drafts", &with_lines(json!([discounted]))).number("/netAmount"), "26.22");
}

/// POG-S structure: the account of the product's group in the recipient's zone decides; a rate cannot be sent.
#[test]
fn vat_follows_zone_and_product_group_in_silence() {
    let mut desk = Desk::new();
    for (zone, product, vat) in [(1, "KOP", "25.00"), (2, "KOP", "0.00"), (3, "KOP", "0.00"), (4, "KOP", "0.00"), (1, "Å/B 1", "0.00")] {
        let mut body = draft_body(1, "100");
        body["recipient"]["vatZone"]["vatZoneNumber"] = json!(zone);
        body["lines"][0]["product"]["productNumber"] = product.into();
        body["lines"][0]["vatRate"] = json!(25);
        assert_eq!(desk.post("/invoices/drafts", &body).number("/vatAmount"), vat, "{zone} {product}");
    }
    desk.setup().vat_zone(5, "OSS");
    let mut body = draft_body(1, "100");
    body["recipient"]["vatZone"]["vatZoneNumber"] = json!(5);
    assert_eq!(desk.post("/invoices/drafts", &body).status, 400, "a zone that the group does not sell to");
}

/// SL: `exchangeRate` is the price of 100 units, that of the day when it is left out.
#[test]
fn amounts_have_twins_in_the_base_currency() {
    let mut desk = Desk::new();
    let mut body = draft_body(2, "100");
    body["currency"] = "EUR".into();
    let of_day = desk.post("/invoices/drafts", &body);
    assert_eq!(
        (of_day.number("/exchangeRate"), of_day.number("/grossAmount"), of_day.number("/grossAmountInBaseCurrency")),
        ("746".into(), "125.00".into(), "932.50".into())
    );
    body["exchangeRate"] = number("745.123456");
    body["lines"][0]["unitNetPrice"] = number("0.37");
    let sent = desk.post("/invoices/drafts", &body);
    // 0.37 and 0.09 are 2.76 and 0.67, their sum is 3.43.
    assert_eq!(
        (sent.number("/netAmountInBaseCurrency"), sent.number("/grossAmountInBaseCurrency"), sent.number("/roundingAmount")),
        ("2.76".into(), "3.43".into(), "0.00".into())
    );
    body["exchangeRate"] = number("745.1234567");
    assert_eq!(desk.post("/invoices/drafts", &body).problem("exchangeRate")["errorCode"], "E04740");
}

/// docs/legacy-api-verification.md: derived and ignored, but for terms of type `dueDate`.
#[test]
fn the_due_date_is_the_terms_business() {
    let mut desk = Desk::new();
    for (terms, due) in [(1, "2026-11-10"), (2, "2026-11-16"), (3, "2026-12-20"), (5, "2026-12-02")] {
        let mut body = draft_body(1, "1");
        body["paymentTerms"]["paymentTermsNumber"] = json!(terms);
        body["dueDate"] = "0001-01-01".into();
        assert_eq!(desk.post("/invoices/drafts", &body).json["dueDate"], due, "{terms}");
    }
    let mut body = draft_body(1, "1");
    body["paymentTerms"]["paymentTermsNumber"] = json!(6);
    assert_eq!(desk.post("/invoices/drafts", &body).problem("dueDate")["errorCode"], "E04042");
    body["dueDate"] = "2026-11-01".into();
    assert_eq!(desk.post("/invoices/drafts", &body).problem("dueDate")["errorCode"], "E04760");
    body["dueDate"] = "2026-12-24".into();
    assert_eq!(desk.post("/invoices/drafts", &body).json["dueDate"], "2026-12-24");
    body["paymentTerms"]["paymentTermsType"] = "net".into();
    assert_eq!(desk.post("/invoices/drafts", &body).problem("paymentTermsType")["errorCode"], "E07180");
}

/// SL: E04730, E04740; docs/legacy-api-verification.md: lines without a product have no price.
#[test]
fn lines_have_their_own_rules() {
    let mut desk = Desk::new();
    let mut check = |bad: Value, place: &str, code: &str| {
        let answer = desk.post("/invoices/drafts", &with_lines(json!([bad])));
        assert_eq!(
            (answer.status, &answer.json["errors"]["lines"]["items"][0][place]["errors"][0]["errorCode"]),
            (400, &json!(code)),
            "{}",
            answer.text
        );
    };
    check(json!({ "product": { "productNumber": "KOP" }, "unitNetPrice": 1 }), "quantity", "E04730");
    check(json!({ "product": { "productNumber": "KOP" }, "quantity": 1, "unitNetPrice": number("1.005") }), "unitNetPrice", "E04740");
    check(json!({ "quantity": 1 }), "quantity", "E04042");
    check(json!({ "lineNumber": 0 }), "lineNumber", "E04300");
    check(json!({ "sortKey": 0 }), "sortKey", "E04300");
    check(json!({ "description": "x".repeat(2_501) }), "description", "E04300");
    let text = desk.post("/invoices/drafts", &with_lines(json!([line("1", "10"), { "description": "Stripe in_1" }])));
    assert_eq!((text.status, text.number("/netAmount")), (201, "10.00".into()));
}

/// POG-S: date, currency, customer, layout, payment terms, recipient.
#[test]
fn a_draft_needs_six_things() {
    let mut desk = Desk::new();
    for name in ["date", "currency", "customer", "layout", "paymentTerms", "recipient"] {
        let mut body = draft_body(1, "1");
        body.as_object_mut().expect("an object").remove(name);
        assert_eq!(desk.post("/invoices/drafts", &body).problem(name)["errorCode"], "E04042", "{name}");
    }
    for date in ["2026-11-2", "2026-11-02T00:00:00Z", "02-11-2026", "2026-02-30"] {
        let mut body = draft_body(1, "1");
        body["date"] = date.into();
        assert_eq!(desk.post("/invoices/drafts", &body).problem("date")["errorCode"], "E04300", "{date}");
    }
    desk.setup().delete_layout(19);
    assert_eq!(desk.post("/invoices/drafts", &draft_body(1, "1")).problem("layout")["errorCode"], "E06000", "a layout that was deleted");
}

/// docs/legacy-api-verification.md: the bulk wipe; the answer of one deletion is 200 with a message.
#[test]
fn delete_on_the_bare_collection_wipes_every_draft() {
    let mut desk = Desk::new();
    let first = desk.draft(1, "1");
    desk.draft(1, "2");
    desk.draft(3, "3");
    let one = desk.delete(&format!("/invoices/drafts/{first}"));
    assert_eq!((one.status, &one.json["deletedCount"], &one.json["deletedItems"][0]["draftInvoiceNumber"]), (200, &json!(1), &json!(first)));
    let again = desk.delete(&format!("/invoices/drafts/{first}"));
    assert_eq!((again.status, again.code()), (404, "E06000"));
    let spared = desk.delete("/invoices/drafts?filter=customer.customerNumber$eq:999");
    assert_eq!(spared.json["deletedCount"], 0, "SL: it honours a filter");
    desk.economic.rules.filter_deletions = false;
    let all = desk.delete("/invoices/drafts?filter=customer.customerNumber$eq:999");
    assert_eq!((all.status, &all.json["deletedCount"]), (200, &json!(2)));
    assert_eq!(desk.get("/invoices/drafts").json["pagination"]["results"], 0);
}

/// POG-S: `POST /invoices/drafts/{n}/lines`.
#[test]
fn lines_are_appended_to_a_draft() {
    let mut desk = Desk::new();
    let draft = desk.draft(1, "100");
    let more = desk.post(&format!("/invoices/drafts/{draft}/lines"), &json!({ "lines": [line("1", "60")] }));
    assert_eq!((more.status, more.number("/netAmount")), (201, "160.00".into()), "{}", more.text);
    assert_eq!(more.json["lines"].as_array().map(Vec::len), Some(2));
}

/// The best place for another system's id: filterable and printed.
#[test]
fn a_reference_is_found_again() {
    let mut desk = Desk::new();
    let mut body = draft_body(1, "1");
    body["references"] = json!({ "other": "in_1ABC" });
    desk.post("/invoices/drafts", &body);
    desk.draft(1, "2");
    let found = desk.list("/invoices/drafts", &[("filter", "references.other$eq:in_1ABC")]);
    assert_eq!(found.rows().len(), 1);
    let by_handle = desk.list("/invoices/drafts", &[("filter", "soap.currentInvoiceHandle.id$eq:2")]);
    assert_eq!(by_handle.rows()[0]["draftInvoiceNumber"], 2);
}

/// SL "Orders": sent by the full document, and back; upgraded to a draft invoice, which archives the order.
#[test]
fn an_order_is_sent_upgraded_and_archived() {
    let mut desk = Desk::new();
    let order = desk.post("/orders/drafts", &draft_body(1, "100"));
    assert_eq!((order.status, &order.json["orderNumber"], order.number("/grossAmount")), (201, &json!(1), "125.00".into()), "{}", order.text);
    let full = desk.get("/orders/drafts/1").json;
    assert_eq!(desk.post("/orders/sent", &full).status, 201);
    assert_eq!((desk.get("/orders/drafts/1").status, desk.get("/orders/sent/1").status, desk.put("/orders/sent/1", &full).status), (404, 200, 405));
    assert_eq!(desk.post("/orders/drafts", &full).status, 201, "and back again");
    assert_eq!(desk.post("/orders/sent", &full).status, 201);
    let instructions = desk.get("/orders/sent/1/templates/upgrade-instructions/draftInvoice");
    assert_eq!(instructions.status, 200);
    let invoice = desk.post("/invoices/drafts", &instructions.json);
    assert_eq!((invoice.status, invoice.number("/grossAmount")), (201, "125.00".into()), "{}", invoice.text);
    assert_eq!((desk.get("/orders/sent/1").status, desk.get("/orders/archived/1").status), (404, 200));
    assert_eq!(desk.post("/orders/drafts", &draft_body(1, "1")).json["orderNumber"], 2);
    assert_eq!(desk.delete("/orders/drafts/2").status, 204);
}

/// docs/legacy-api-verification.md: quotes behave as orders do.
#[test]
fn quotes_are_drafts_with_a_number_of_their_own() {
    let mut desk = Desk::new();
    let quote = desk.post("/quotes/drafts", &draft_body(1, "100"));
    assert_eq!((quote.status, &quote.json["quoteNumber"]), (201, &json!(1)), "{}", quote.text);
    assert_eq!(desk.put("/quotes/drafts/1", &draft_body(1, "50")).number("/netAmount"), "50.00");
    assert_eq!(desk.delete("/quotes/drafts/1").status, 204);
}

/// SL "Attachments": multipart only.
#[test]
fn a_pdf_is_attached_to_a_draft() {
    let mut desk = Desk::new();
    let draft = desk.draft(1, "1");
    let path = format!("/invoices/drafts/{draft}/attachment/file");
    let form =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4 x\r\n--b--\r\n";
    let kind = [("Content-Type", "multipart/form-data; boundary=b")];
    assert_eq!(desk.send(Surface::Rest, Method::POST, &path, &[], b"{}").status, 415);
    assert_eq!(desk.send(Surface::Rest, Method::POST, &path, &kind, form.as_bytes()).status, 201);
    assert_eq!(desk.get(&path).text, "%PDF-1.4 x");
    assert_eq!(desk.delete(&path).status, 204);
    assert_eq!(desk.get(&path).status, 404);
}
