//! Drafts: what a POST makes, what a PATCH may change, what is refused.

use super::*;

#[test]
fn a_deep_insert_makes_a_whole_draft_in_one_transaction() {
    let mut desk = Desk::new();
    let account = desk.id("accounts", "number eq '1010'");
    let item = desk.id("items", "number eq 'KOP'");
    let draft = desk.post(
        "salesInvoices",
        json!({
            "customerNumber": "C1", "externalDocumentNumber": "NK-0001", "invoiceDate": "2026-11-02", "postingDate": "2026-11-02",
            "salesInvoiceLines": [
                { "lineType": "Item", "itemId": item, "quantity": 3 },
                { "lineType": "Account", "accountId": account, "description": "Fragt", "quantity": 1, "unitPrice": 50, "discountPercent": 10 },
                { "description": "Tak for handlen" },
            ],
        }),
    );
    assert_eq!(draft.status, 201, "{}", draft.text);
    assert_eq!((draft.text("status"), draft.text("number"), draft.text("dueDate")), ("Draft".into(), "1001".into(), "2026-11-16".into()));
    assert_eq!(
        (draft.amount("totalAmountExcludingTax"), draft.amount("totalTaxAmount"), draft.amount("totalAmountIncludingTax")),
        ("285".into(), "71.25".into(), "356.25".into())
    );
    assert!(draft.json["salesInvoiceLines"].is_null(), "the answer carries the header only");
    let id = draft.text("id");
    let lines = desk.get(&format!("salesInvoices({id})/salesInvoiceLines"));
    let sequences: Vec<_> = lines.rows().iter().map(|row| row["sequence"].as_i64().unwrap_or(0)).collect();
    assert_eq!(sequences, [10_000, 20_000, 30_000]);
    assert_eq!((&lines.rows()[0]["unitPrice"].to_string(), lines.rows()[0]["description"].as_str()), (&"80".to_string(), Some("Kop")));
    assert_eq!(lines.rows()[2]["lineType"], "Comment");

    let wrong = desk.post("salesInvoices", json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "description": "ok" }, { "lineType": "Account", "accountId": "5de545bc-0000-4000-8000-000000000000" }] }));
    assert_eq!(wrong.code(), "Application_DialogException");
    assert_eq!(desk.get("salesInvoices/$count").text, "1", "nothing of the failed one stays");
}

#[test]
fn writing_a_tax_code_sets_the_product_group_and_reading_gives_the_identifier() {
    let mut desk = Desk::new();
    let account = desk.id("accounts", "number eq '1010'");
    let id = desk
        .post(
            "salesInvoices",
            json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "accountId": account, "quantity": 1, "unitPrice": 10, "taxCode": "INGEN" }] }),
        )
        .text("id");
    let line = desk.get(&format!("salesInvoices({id})/salesInvoiceLines")).rows()[0].clone();
    assert_eq!((line["taxCode"].as_str(), line["taxPercent"].to_string().as_str()), (Some("MOMS0"), "0"));
    let copied = desk.patch(&format!("salesInvoiceLines({})", line["id"].as_str().unwrap_or_default()), "*", json!({ "taxCode": "MOMS0" }));
    assert_eq!(copied.code(), "Internal_InvalidTableRelation", "a code that was read cannot be written back");
}

#[test]
fn three_lines_of_33_33_carry_25_00_and_a_rounding_line_makes_99_97() {
    let mut desk = Desk::new();
    let sale = desk.id("accounts", "number eq '1010'");
    let round = desk.id("accounts", "number eq '1090'");
    let line = json!({ "accountId": sale, "quantity": 1, "unitPrice": json!(33.33) });
    let three = desk.post("salesInvoices", json!({ "customerNumber": "C1", "salesInvoiceLines": [line, line, line] }));
    assert_eq!((three.amount("totalTaxAmount"), three.amount("totalAmountIncludingTax")), ("25".into(), "124.99".into()));
    let rounded = desk.post(
        "salesInvoices",
        json!({ "customerNumber": "C1", "salesInvoiceLines": [
        { "accountId": sale, "quantity": 1, "unitPrice": 79.98 }, { "accountId": round, "quantity": 1, "unitPrice": -0.01 } ] }),
    );
    assert_eq!((rounded.amount("totalTaxAmount"), rounded.amount("totalAmountIncludingTax")), ("20".into(), "99.97".into()));
    let gross = desk.draft("C3", "A-9", json!(99.97));
    assert!(gross.json["pricesIncludeTax"].as_bool().unwrap_or(false));
    assert_eq!((gross.amount("totalTaxAmount"), gross.amount("totalAmountIncludingTax")), ("19.99".into(), "99.97".into()));
}

#[test]
fn amounts_have_the_decimals_of_their_currency_and_prices_up_to_five() {
    let mut desk = Desk::new();
    let yen = desk.draft("C4", "A-1", json!(1000.5));
    assert_eq!((yen.text("currencyCode"), yen.amount("totalAmountIncludingTax")), ("JPY".into(), "1001".into()));
    let dinar = desk.draft("C5", "A-2", json!(1.23456));
    assert_eq!((dinar.amount("totalAmountExcludingTax"), dinar.amount("totalTaxAmount")), ("1.235".into(), "0.309".into()));
    let euro = desk.draft("C2", "A-3", json!(400));
    assert_eq!((euro.amount("totalTaxAmount"), euro.amount("totalAmountIncludingTax")), ("0".into(), "400".into()), "reverse charge carries no VAT");
}

#[test]
fn an_invoice_discount_is_spread_over_the_lines() {
    let mut desk = Desk::new();
    let account = desk.id("accounts", "number eq '1010'");
    let line = |price: i64| json!({ "accountId": account, "quantity": 1, "unitPrice": price });
    let draft =
        desk.post("salesInvoices", json!({ "customerNumber": "C1", "discountAmount": 10, "salesInvoiceLines": [line(100), line(50), line(50)] }));
    assert_eq!((draft.amount("totalAmountExcludingTax"), draft.amount("totalTaxAmount")), ("190".into(), "47.5".into()));
    let id = draft.text("id");
    let lines = desk.get(&format!("salesInvoices({id})/salesInvoiceLines"));
    let shares: Vec<String> = lines.rows().iter().map(|row| row["invoiceDiscountAllocation"].to_string()).collect();
    assert_eq!(shares, ["5", "2.5", "2.5"]);
    assert_eq!(lines.rows()[0]["amountExcludingTax"].to_string(), "100");
    assert_eq!(lines.rows()[0]["netAmount"].to_string(), "95");
}

#[test]
fn a_line_moves_the_tag_of_its_header() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "A-1", json!(100));
    let (id, tag) = (draft.text("id"), draft.etag());
    assert_eq!(desk.post(&format!("salesInvoices({id})/salesInvoiceLines"), json!({ "description": "Mere" })).status, 201);
    assert_eq!(desk.patch(&format!("salesInvoices({id})"), &tag, json!({ "dueDate": "2026-12-01" })).code(), "Request_EntityChanged");
}

#[test]
fn what_a_draft_refuses() {
    let mut desk = Desk::new();
    let account = desk.id("accounts", "number eq '1010'");
    let closed = desk.id("accounts", "number eq '5600'");
    let item = desk.id("items", "number eq 'KOP'");
    let cases = [
        (json!({}), "Application_DialogException"),
        (json!({ "customerNumber": "NIX" }), "Application_DialogException"),
        (json!({ "customerNumber": "C8" }), "Application_DialogException"),
        (json!({ "customerNumber": "C9" }), "Application_FieldValidationException"),
        (json!({ "customerNumber": "C1", "number": "X1" }), "BadRequest_InvalidOperation"),
        (json!({ "customerNumber": "C1", "color": "red" }), "BadRequest"),
        (json!({ "customerNumber": "C1", "invoiceDate": "02-11-2026" }), "BadRequest"),
        (json!({ "customerNumber": "C1", "discountAmount": "10" }), "BadRequest"),
        (json!({ "customerNumber": "C1", "externalDocumentNumber": "X".repeat(36) }), "Application_StringExceededLength"),
        (json!({ "customerNumber": "C1", "currencyCode": "SEK" }), "Application_DialogException"),
        (json!({ "customerNumber": "C2", "postingDate": "2025-12-31" }), "Internal_RecordNotFound"),
        (json!({ "customerNumber": "C1", "promisedPayDate": "2026-12-01" }), "Application_DialogException"),
        (json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "itemId": item, "accountId": account }] }), "Application_DialogException"),
        (json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "accountId": closed }] }), "Application_FieldValidationException"),
        (
            json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "accountId": account, "unitOfMeasureCode": "STK" }] }),
            "Application_DialogException",
        ),
        (
            json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "accountId": account, "quantity": 1, "unitPrice": 1, "discountPercent": 101 }] }),
            "Application_DialogException",
        ),
        (json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "lineType": "Gift" }] }), "Unknown"),
        (json!({ "customerNumber": "C2", "salesInvoiceLines": [{ "accountId": account, "taxCode": "NIX" }] }), "Internal_InvalidTableRelation"),
    ];
    for (body, code) in cases {
        let answer = desk.post("salesInvoices", body.clone());
        assert_eq!(answer.code(), code, "{body}: {}", answer.text);
    }
    assert_eq!(desk.get("salesInvoices/$count").text, "0");
}

#[test]
fn customers_are_named_numbered_and_unique() {
    let mut desk = Desk::new();
    assert_eq!(desk.post("customers", json!({})).message().split("  ").next(), Some("A \"displayName\" must be provided."));
    let first = desk.post(
        "customers",
        json!({ "displayName": "Åse Bæk", "email": "aase@example.dk", "taxRegistrationNumber": "DK12345678", "currencyCode": "EUR" }),
    );
    assert_eq!((first.text("number"), first.text("currencyCode"), first.text("displayName")), ("C00001".into(), "EUR".into(), "Åse Bæk".into()));
    assert_eq!(desk.post("customers", json!({ "displayName": "x", "number": "c00001" })).code(), "Internal_EntityWithSameKeyExists");
    desk.setup().number_series(Series::Customer, NumberSeries { last_used: "C00001".into(), manual_allowed: false });
    assert_eq!(desk.post("customers", json!({ "displayName": "x", "number": "Z1" })).code(), "Application_DialogException");
    assert_eq!(desk.post("customers", json!({ "displayName": "y".repeat(101) })).code(), "Application_StringExceededLength");
    assert_eq!(desk.post("customers", json!({ "displayName": "z", "balanceDue": 1 })).code(), "BadRequest_InvalidOperation");
}

#[test]
fn return_no_content_answers_nothing_but_the_place() {
    let mut desk = Desk::new();
    let path = desk.path("customers");
    let answer = desk.send(Method::POST, &path, &[("Prefer", "return-no-content")], br#"{"displayName":"A"}"#);
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    let path = desk.path("customers?$select=number");
    let small = desk.send(Method::POST, &path, &[], br#"{"displayName":"B"}"#);
    assert!(small.json["number"].is_string() && small.json["displayName"].is_null(), "$select shrinks the answer of a POST");
}

#[test]
fn a_draft_can_be_deleted_and_its_number_does_not_come_back() {
    let mut desk = Desk::new();
    let first = desk.draft("C1", "A-1", json!(1));
    let path = desk.path(&format!("salesInvoices({})", first.text("id")));
    assert_eq!(desk.send(Method::DELETE, &path, &[], b"").status, 204);
    assert_eq!(desk.get("salesInvoices/$count").text, "0");
    assert_ne!(desk.draft("C1", "A-1", json!(1)).text("number"), first.text("number"));
}

#[test]
fn dimensions_and_attachments_hang_on_a_draft() {
    let mut desk = Desk::new();
    let id = desk.draft("C1", "A-1", json!(1)).text("id");
    let path = format!("salesInvoices({id})/dimensionSetLines");
    assert_eq!(desk.post(&path, json!({ "code": "AFD", "valueCode": "KBH" })).text("valueDisplayName"), "København");
    assert_eq!(desk.post(&path, json!({ "code": "AFD", "valueCode": "AAR" })).code(), "Application_DialogException");
    assert_eq!(desk.get(&path).rows().len(), 1);
    let file = desk.post("attachments", json!({ "parentId": id, "parentType": "Sales_x0020_Invoice", "fileName": "faktura.pdf" }));
    assert_eq!(file.status, 201, "{}", file.text);
    let content = desk.path(&format!("attachments({})/attachmentContent", file.text("id")));
    assert_eq!(desk.send(Method::PATCH, &content, &[("If-Match", &file.etag())], b"%PDF-").status, 204);
    assert_eq!(desk.send(Method::GET, &content, &[], b"").text, "%PDF-");
    assert!(desk.get(&format!("salesInvoices({id})/pdfDocument/pdfDocumentContent")).text.starts_with("%PDF-1.4"));
}

#[test]
fn a_print_is_reached_by_the_link_that_the_service_gives() {
    let mut desk = Desk::new();
    let id = desk.draft("C1", "A-1", json!(1)).text("id");
    let link =
        desk.get(&format!("salesInvoices({id})/pdfDocument")).json["pdfDocumentContent@odata.mediaReadLink"].as_str().unwrap_or_default().to_string();
    let path = link.strip_prefix("http://ledger.test").unwrap_or_default().to_string();
    assert!(desk.send(Method::GET, &path, &[], b"").text.starts_with("%PDF-1.4"));
    let memo = desk.post("salesCreditMemos", json!({ "customerNumber": "C1" })).text("id");
    assert_eq!(
        desk.get(&format!("salesCreditMemos({memo})/pdfDocument/pdfDocumentContent")).code(),
        "Application_DialogException",
        "a draft credit memo has none"
    );
}

#[test]
fn a_new_document_takes_the_default_dimensions_of_its_customer() {
    let mut desk = Desk::new();
    let customer = desk.id("customers", "number eq 'C1'");
    let dimension = desk.id("dimensions", "code eq 'AFD'");
    let value = desk.id("dimensionValues", "code eq 'AAR'");
    let made = desk.post(&format!("customers({customer})/defaultDimensions"), json!({ "dimensionId": dimension, "dimensionValueId": value }));
    assert_eq!(made.status, 201, "{}", made.text);
    let id = desk.draft("C1", "A-1", json!(1)).text("id");
    let lines = desk.get(&format!("salesInvoices({id})/dimensionSetLines"));
    assert_eq!(lines.rows()[0]["valueCode"], "AAR");
    let again = desk.post(&format!("salesInvoices({id})/dimensionSetLines"), json!({ "code": "AFD", "valueCode": "KBH" }));
    assert_eq!(again.code(), "Application_DialogException", "it is there already");
    let line = desk.path(&format!("salesInvoices({id})/dimensionSetLines({dimension})"));
    assert_eq!(desk.send(Method::PATCH, &line, &[("If-Match", "*")], br#"{"valueCode":"KBH"}"#).text("valueCode"), "KBH");
}

#[test]
fn tax_numbers_have_the_formats_of_their_country() {
    let mut desk = Desk::new();
    desk.setup().tax_number_format("DK", "########");
    desk.setup().tax_number_format("DK", "DK########");
    let of = |number: &str| json!({ "displayName": "x", "country": "DK", "taxRegistrationNumber": number });
    assert_eq!(desk.post("customers", of("DK12345678")).status, 201);
    assert_eq!(desk.post("customers", of("DK1234")).code(), "Application_DialogException");
    assert_eq!(desk.post("customers", json!({ "displayName": "x", "country": "SE", "taxRegistrationNumber": "anything" })).status, 201);
}

#[test]
fn a_stamp_read_from_the_wire_finds_nothing_newer_than_itself() {
    let mut desk = Desk::new();
    desk.now += TimeDelta::nanoseconds(123_456_789);
    let stamp = desk.draft("C1", "A-1", json!(1)).text("lastModifiedDateTime");
    assert!(desk.get(&format!("salesInvoices?$filter=lastModifiedDateTime gt {stamp}")).rows().is_empty());
    assert_eq!(desk.get(&format!("salesInvoices?$filter=lastModifiedDateTime ge {stamp}")).rows().len(), 1);
}

#[test]
fn a_draft_in_review_says_so() {
    let mut desk = Desk::new();
    let id = desk.draft("C1", "A-1", json!(1)).text("id");
    desk.setup().request_approval(&id).expect("asked");
    assert_eq!(desk.get("salesInvoices?$filter=status eq 'In_x0020_Review'").rows().len(), 1);
}

#[test]
fn journals_show_the_general_template_unless_another_is_asked_for() {
    let mut desk = Desk::new();
    desk.setup().journal_batch(JournalBatch { code: "INDBET".into(), cash_receipts: true, ..Default::default() });
    assert_eq!(desk.post("journals", json!({ "code": "kladde", "displayName": "Kladde" })).text("code"), "KLADDE");
    assert_eq!(desk.get("journals").rows().len(), 1);
    assert_eq!(desk.get("journals?$filter=templateDisplayName eq 'CASHRCPT'").rows()[0]["code"], "INDBET");
    assert_eq!(desk.get("customerPaymentJournals").rows()[0]["code"], "INDBET");
    assert_eq!(desk.post("customerPaymentJournals", json!({ "displayName": "uden kode" })).code(), "BadRequest_RequiredParamNotProvided");
}
