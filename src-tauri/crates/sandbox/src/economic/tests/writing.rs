//! What bodies may say, and how refusals name the place.

use super::*;

/// SL "Customers"; docs/legacy-api-verification.md.
#[test]
fn a_customer_is_made_with_201_the_whole_entity_and_a_location() {
    let mut desk = Desk::new();
    let made = desk.post("/customers", &customer_body("Ny kunde"));
    assert_eq!((made.status, &made.json["customerNumber"], made.header("location")), (201, &json!(4), format!("{REST}/customers/4").as_str()));
    assert_eq!((&made.json["name"], &made.json["balance"], &made.json["barred"]), (&json!("Ny kunde"), &number("0.00"), &json!(false)));
    assert_eq!(made.json["customerGroup"]["self"], format!("{REST}/customer-groups/1"));
    assert_eq!(made.json["invoices"]["drafts"], format!("{REST}/customers/4/invoices/drafts"));
    assert!(made.json["lastUpdated"].as_str().is_some_and(|at| at.len() == 20 && at.ends_with('Z')), "a timestamp, though schemas say date");
}

/// docs/legacy-api-verification.md: numbers are the server's or the caller's, and are used again.
#[test]
fn customer_numbers_are_given_or_chosen_and_used_again() {
    let mut desk = Desk::new();
    let mut chosen = customer_body("Valgt");
    chosen["customerNumber"] = json!(999_999_999);
    assert_eq!(desk.post("/customers", &chosen).status, 201);
    let twice = desk.post("/customers", &chosen);
    assert_eq!((twice.status, &twice.problem("customerNumber")["errorCode"]), (400, &json!("E06010")));
    for bad in [json!(0), json!(1_000_000_000u64), json!("K-1")] {
        chosen["customerNumber"] = bad;
        assert_eq!(desk.post("/customers", &chosen).status, 400);
    }
    assert_eq!(desk.delete("/customers/2").status, 204);
    assert_eq!(desk.post("/customers", &customer_body("Genbrug")).json["customerNumber"], 2);
}

/// docs/legacy-api-verification.md: PUT creates what is not there.
#[test]
fn put_to_an_unused_customer_number_creates_it() {
    let mut desk = Desk::new();
    assert_eq!(desk.put("/customers/500", &customer_body("Oprettet")).status, 201);
    assert_eq!(desk.put("/customers/500", &customer_body("Rettet")).status, 200);
    assert_eq!(desk.get("/customers/500").json["name"], "Rettet");
    assert_eq!(desk.put("/units/77", &json!({ "name": "kg" })).status, 404);
}

/// EasyMe help; nothing stops a second customer with the same e-mail.
#[test]
fn equal_customers_can_be_made_twice() {
    let mut desk = Desk::new();
    let mut body = customer_body("Ida Holm");
    body["email"] = "ida@example.dk".into();
    body["corporateIdentificationNumber"] = "12345678".into();
    let numbers = [desk.post("/customers", &body).json["customerNumber"].clone(), desk.post("/customers", &body).json["customerNumber"].clone()];
    assert_eq!(numbers, [json!(4), json!(5)]);
}

/// docs/legacy-api-verification.md: a true replace.
#[test]
fn put_clears_what_it_does_not_say() {
    let mut desk = Desk::new();
    let mut body = customer_body("Ida Holm");
    for (name, value) in [("email", json!("ida@example.dk")), ("city", json!("Vejle")), ("barred", json!(true))] {
        body[name] = value;
    }
    assert_eq!(desk.put("/customers/3", &body).json["barred"], true);
    let replaced = desk.put("/customers/3", &customer_body("Ida Holm"));
    assert_eq!((replaced.status, replaced.json.get("email"), replaced.json.get("city"), &replaced.json["barred"]), (200, None, None, &json!(false)));
}

/// POG-S: changed by PATCH only.
#[test]
fn electronic_invoicing_is_switched_by_patch_only() {
    let mut desk = Desk::new();
    let mut body = customer_body("Ida Holm");
    body["eInvoicingDisabledByDefault"] = json!(true);
    assert_eq!(desk.put("/customers/3", &body).json["eInvoicingDisabledByDefault"], false);
    let patched = desk.send(Surface::Rest, Method::PATCH, "/customers/3", &[], b"{\"eInvoicingDisabledByDefault\":true,\"name\":\"x\"}");
    assert_eq!((patched.status, &patched.json["eInvoicingDisabledByDefault"], &patched.json["name"]), (200, &json!(true), &json!("Ida Holm")));
    assert_eq!(desk.put("/customers/3", &customer_body("Ida Holm")).json["eInvoicingDisabledByDefault"], true);
}

/// docs/legacy-api-verification.md.
#[test]
fn read_only_and_unknown_properties_are_ignored() {
    let mut desk = Desk::new();
    let mut body = customer_body("Ny");
    for (name, value) in [("balance", json!(999.99)), ("nonsense", json!({ "a": null })), ("self", json!("x")), ("paymentTermId", json!(1))] {
        body[name] = value;
    }
    let made = desk.post("/customers", &body);
    assert_eq!((made.status, made.number("/balance"), made.json.get("nonsense")), (201, "0.00".into(), None));
    assert_eq!(made.json["paymentTerms"]["paymentTermsNumber"], 2);
}

/// docs/legacy-api-verification.md: nulls, zeros, types, lengths.
#[test]
fn schema_violations_are_told_at_their_place() {
    let mut desk = Desk::new();
    for (name, value, message) in [
        ("address", Value::Null, "Expected String but got Null."),
        ("customerNumber", json!(0), "Integer 0 is less than minimum value of 1."),
        ("name", json!(5), "Expected String but got Integer."),
        ("barred", json!("yes"), "Expected Boolean but got String."),
        ("customerNumber", json!(1.5), "Expected Integer but got Number."),
        ("vatZone", json!(1), "Expected Object but got Integer."),
        ("vatNumber", json!("123456789012345678901"), "String of length 21 exceeds maximum length of 20."),
        ("name", json!("x".repeat(256)), "String of length 256 exceeds maximum length of 255."),
        ("name", json!(""), "String '' is less than minimum length of 1."),
    ] {
        let mut body = customer_body("Ny");
        body[name] = value;
        let answer = desk.post("/customers", &body);
        assert_eq!((answer.status, answer.code()), (400, "E04300"), "{name}");
        assert_eq!(answer.problem(name)["errorMessage"], message, "{}", answer.text);
    }
    assert_eq!(desk.post("/customers", &json!([])).status, 400);
}

/// SL "Error handling": the tree mirrors the request; recorded bodies put the items of a list below `items`.
#[test]
fn errors_mirror_the_body_with_the_index_of_each_line() {
    let mut desk = Desk::new();
    let mut body = draft_body(987, "10");
    body["lines"] = json!([{ "description": "tekst" }, { "product": { "productNumber": "NIX" }, "quantity": 1 }]);
    let answer = desk.post("/invoices/drafts", &body);
    assert_eq!(
        (answer.status, answer.json["errorCount"].as_u64(), answer.json["message"].as_str()),
        (400, Some(2), Some("Validation failed. 2 errors found."))
    );
    let customer = answer.problem("customer");
    assert_eq!((&customer["errorCode"], &customer["inputValue"], &customer["propertyName"]), (&json!("E06000"), &json!(987), &json!("customer")));
    let line = &answer.json["errors"]["lines"]["items"][0];
    assert_eq!((&line["arrayIndex"], &line["product"]["errors"][0]["errorCode"]), (&json!(1), &json!("E06000")));
    desk.economic.rules.documented_errors = true;
    let published = desk.post("/invoices/drafts", &body);
    assert_eq!(published.json["errors"]["lines"][0]["arrayIndex"], 1);
    assert_eq!(published.json["errors"]["customer"]["errors"][0]["value"], 987);
}

/// Types and limits first, then what is missing, then references.
#[test]
fn validation_comes_in_three_passes() {
    let mut desk = Desk::new();
    let all = json!({ "name": 5, "customerGroup": { "customerGroupNumber": 99 } });
    let first = desk.post("/customers", &all);
    assert_eq!(first.json["errors"].as_object().map(|errors| errors.keys().cloned().collect::<Vec<_>>()), Some(vec!["name".into()]));
    let second = desk.post("/customers", &json!({ "name": "Ny", "customerGroup": { "customerGroupNumber": 99 } }));
    assert_eq!((&second.problem("currency")["errorCode"], second.json["errors"].get("customerGroup")), (&json!("E04042"), None));
    let mut third = customer_body("Ny");
    third["customerGroup"] = json!({ "customerGroupNumber": 99 });
    assert_eq!(desk.post("/customers", &third).problem("customerGroup")["errorCode"], "E06000");
}

/// SL: a reference names its number or its link; without either E04500. The host of the link does not matter.
#[test]
fn a_reference_is_a_number_or_a_link() {
    let mut desk = Desk::new();
    let mut body = customer_body("Ny");
    body["vatZone"] = json!({ "self": "https://restapi.e-conomic.com/vat-zones/2" });
    let made = desk.post("/customers", &body);
    assert_eq!((made.status, &made.json["vatZone"]["vatZoneNumber"]), (201, &json!(2)));
    body["vatZone"] = json!({});
    assert_eq!(desk.post("/customers", &body).problem("vatZone")["errorCode"], "E04500");
    body["vatZone"] = json!({ "vatZoneNumber": 1 });
    body["paymentTerms"] = json!({ "paymentTermsNumber": 4711 });
    assert_eq!(desk.post("/customers", &body).problem("paymentTerms")["errorCode"], "E07080", "as recorded of payment terms");
    body["paymentTerms"] = json!({ "paymentTermsNumber": 2 });
    body["currency"] = "ZUL".into();
    assert_eq!(desk.post("/customers", &body).problem("currency")["errorCode"], "E06000");
}

/// SL "Status codes": 415; bad JSON.
#[test]
fn a_body_is_json_and_says_so() {
    let mut desk = Desk::new();
    let body = customer_body("Ny").to_string();
    assert_eq!(desk.send(Surface::Rest, Method::POST, "/customers", &[("Content-Type", "text/plain")], body.as_bytes()).status, 415);
    let broken = desk.send(Surface::Rest, Method::POST, "/customers", &[], b"{\"name\":");
    assert_eq!((broken.status, broken.json["message"].as_str()), (400, Some("Invalid json in request body.")));
}

/// docs/legacy-api-verification.md: products are keyed by the caller's text.
#[test]
fn products_are_named_by_the_caller() {
    let mut desk = Desk::new();
    let body = json!({ "productNumber": "ZZ-TEST-1", "name": "Krus", "productGroup": { "productGroupNumber": 1 }, "salesPrice": 12.5 });
    let made = desk.post("/products", &body);
    assert_eq!((made.status, &made.json["productNumber"]), (201, &json!("ZZ-TEST-1")));
    assert_eq!(desk.post("/products", &body).problem("productNumber")["errorCode"], "E06010");
    for (name, bad) in [("productNumber", json!(1)), ("productNumber", json!("x".repeat(26))), ("salesPrice", json!(1.255))] {
        let mut body = body.clone();
        body["productNumber"] = "ANDEN".into();
        body[name] = bad;
        assert_eq!(desk.post("/products", &body).status, 400, "{name}");
    }
    let mut decimals = body.clone();
    decimals["productNumber"] = "ANDEN".into();
    decimals["salesPrice"] = number("1.255");
    assert_eq!(desk.post("/products", &decimals).problem("salesPrice")["errorCode"], "E04740");
    assert_eq!(desk.delete("/products/ZZ-TEST-1").status, 204);
}

/// docs/legacy-api-verification.md: what a document names cannot be deleted.
#[test]
fn what_is_in_use_cannot_be_deleted() {
    let mut desk = Desk::new();
    let draft = desk.draft(1, "100");
    assert_eq!(desk.delete("/customers/1").status, 400);
    assert_eq!(desk.delete("/products/KOP").status, 400);
    assert_eq!(desk.delete(&format!("/invoices/drafts/{draft}")).status, 200);
    assert_eq!(desk.delete("/customers/1").status, 204);
    assert_eq!(desk.delete("/products/KOP").status, 204);
}

/// POG-S: contacts are numbered by the service below their customer, and go with it.
#[test]
fn contacts_belong_to_their_customer() {
    let mut desk = Desk::new();
    let made = desk.post("/customers/3/contacts", &json!({ "name": "Bo", "email": "bo@example.dk", "emailNotifications": ["invoices"] }));
    assert_eq!(
        (made.status, &made.json["customerContactNumber"], made.header("location")),
        (201, &json!(1), format!("{REST}/customers/3/contacts/1").as_str()),
        "{}",
        made.text
    );
    assert_eq!(desk.put("/customers/3/contacts/1", &json!({ "name": "Bo Bo" })).json.get("email"), None);
    assert_eq!((desk.get("/customers/3/contacts").rows().len(), desk.get("/customers/1/contacts").rows().len()), (1, 0));
    assert_eq!(desk.post("/customers/3/contacts", &json!({})).problem("name")["errorCode"], "E04042");
    assert_eq!(desk.delete("/customers/3").status, 204);
    assert_eq!(desk.post("/customers", &customer_body("Genbrug")).json["customerNumber"], 3);
    assert!(desk.get("/customers/3/contacts").rows().is_empty());
}

/// SL "Products": the sales price is in the base currency, others stand beside.
#[test]
fn products_have_a_price_in_each_currency() {
    let mut desk = Desk::new();
    let path = "/products/KOP/pricing/currency-specific-sales-prices";
    let price = json!({ "currency": { "code": "EUR" }, "price": number("10.50") });
    let made = desk.post(path, &price);
    assert_eq!((made.status, made.number("/price"), &made.json["product"]["productNumber"]), (201, "10.50".into(), &json!("KOP")), "{}", made.text);
    assert_eq!((desk.post(path, &price).status, desk.get(&format!("{path}/EUR")).status, desk.get(&format!("{path}/USD")).status), (400, 200, 404));
    assert_eq!(desk.post(path, &json!({ "currency": { "code": "ZUL" }, "price": 1 })).problem("currency")["errorCode"], "E06000");
    assert_eq!(desk.post(path, &json!({ "price": 1 })).problem("currency")["errorCode"], "E04042");
    assert_eq!(desk.delete(&format!("{path}/EUR")).status, 204);
}

/// docs/legacy-api-verification.md: E06151, case-strict enums, a type that must be there.
#[test]
fn payment_terms_keep_their_type_and_days() {
    let mut desk = Desk::new();
    let made = desk.post("/payment-terms", &json!({ "name": "Netto 45", "paymentTermsType": "net", "daysOfCredit": 45 }));
    let path = format!("/payment-terms/{}", made.json["paymentTermsNumber"]);
    assert_eq!(made.status, 201);
    assert_eq!(desk.put(&path, &json!({ "name": "Netto 45 dage", "paymentTermsType": "net", "daysOfCredit": 45 })).status, 200);
    for changed in [
        json!({ "name": "x", "paymentTermsType": "net", "daysOfCredit": 30 }),
        json!({ "name": "x", "paymentTermsType": "dueDate", "daysOfCredit": 45 }),
    ] {
        assert!(desk.put(&path, &changed).text.contains("E06151"));
    }
    assert_eq!(desk.post("/payment-terms", &json!({ "name": "x", "paymentTermsType": "Net", "daysOfCredit": 1 })).status, 400);
    assert_eq!(desk.post("/payment-terms", &json!({ "name": "x", "daysOfCredit": 1 })).problem("paymentTermsType")["errorCode"], "E04042");
}

/// docs/legacy-api-verification.md: the group's number is the caller's, its account takes entries.
#[test]
fn customer_groups_need_a_number_and_an_account_that_takes_entries() {
    let mut desk = Desk::new();
    assert_eq!(desk.post("/customer-groups", &json!({ "name": "Nye", "account": { "accountNumber": 5600 } })).status, 400);
    assert_eq!(desk.post("/customer-groups", &json!({ "customerGroupNumber": 9, "name": "Nye", "account": { "accountNumber": 1000 } })).status, 400);
    assert_eq!(desk.post("/customer-groups", &json!({ "customerGroupNumber": 9, "name": "Nye", "account": { "accountNumber": 5600 } })).status, 201);
}

/// SL "Customers", templates: a body that a draft takes as it is.
#[test]
fn a_customers_template_is_a_draft_that_is_taken() {
    let mut desk = Desk::new();
    desk.put("/customers/1", &{
        let mut body = customer_body("Brødrene Tangkær ApS");
        body["layout"] = json!({ "layoutNumber": 19 });
        body
    });
    let mut template = desk.get("/customers/1/templates/invoice").json;
    let line = desk.get("/customers/1/templates/invoiceline/KOP").json;
    assert_eq!((&template["paymentTerms"]["paymentTermsNumber"], &line["unitNetPrice"]), (&json!(2), &number("80.00")));
    template["lines"] = json!([line]);
    let made = desk.post("/invoices/drafts", &template);
    assert_eq!((made.status, made.number("/grossAmount")), (201, "100.00".into()), "{}", made.text);
}
