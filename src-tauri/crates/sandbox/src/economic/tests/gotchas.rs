//! What integrators report most, as far as no other test has it by name.

use super::*;

/// CL, list of fixes for Shopify: letters in customer numbers; W-Academy: products without a number.
#[test]
fn customer_numbers_are_numeric_and_product_numbers_short_and_there() {
    let mut desk = Desk::new();
    for number in [json!("K-17"), json!(0), json!(1_000_000_000u64), json!(-1)] {
        let mut body = customer_body("x");
        body["customerNumber"] = number.clone();
        assert_eq!(desk.post("/customers", &body).status, 400, "{number}");
    }
    for number in ["", &"x".repeat(26)] {
        let product = json!({ "productNumber": number, "name": "x", "productGroup": { "productGroupNumber": 1 } });
        assert_eq!(desk.post("/products", &product).status, 400, "{number:?}");
    }
    let mut draft = draft_body(1, "1");
    draft["lines"][0]["product"]["productNumber"] = "".into();
    assert_eq!(desk.post("/invoices/drafts", &draft).status, 400, "an empty number names no product");
}

/// Shoporama, list of errors: what was deleted or never made breaks what names it.
#[test]
fn a_default_that_is_gone_breaks_the_next_draft() {
    let mut desk = Desk::new();
    desk.setup().delete_layout(19);
    let refused = desk.post("/invoices/drafts", &draft_body(1, "1"));
    assert!(refused.status == 400 && refused.text.contains("E06000"), "{}", refused.text);
    for (pointer, value) in [("/paymentTerms/paymentTermsNumber", 99), ("/recipient/vatZone/vatZoneNumber", 99), ("/customer/customerNumber", 99)] {
        let mut draft = draft_body(1, "1");
        draft["layout"]["layoutNumber"] = 21.into();
        *draft.pointer_mut(pointer).expect("the field") = value.into();
        assert_eq!(desk.post("/invoices/drafts", &draft).status, 400, "{pointer}");
    }
}

/// Rackbeat help: prices are net with two decimals, so a gross price can come back another one.
#[test]
fn gross_prices_drift_by_an_ore() {
    let mut desk = Desk::new();
    let draft = desk.post("/invoices/drafts", &draft_body(1, "79.98"));
    assert_eq!((draft.json["grossAmount"].to_string(), draft.json["vatAmount"].to_string()), ("99.98".into(), "20.00".into()), "99.97 cannot be had");
    let finer = desk.post("/invoices/drafts", &draft_body(1, "79.976"));
    assert!(finer.status == 400 && finer.text.contains("E04740"), "{}", finer.text);
}

/// github.com/dabster2000/intranetservices, on `access`: what a PUT leaves out is wiped.
#[test]
fn a_put_of_a_service_without_access_bars_the_customer() {
    let mut desk = Desk::new();
    let path = "/customersapi/v3.1.0/Customers/1";
    let mut row = desk.open_get(path).json;
    assert_eq!(row["access"], true);
    row.as_object_mut().expect("a row").remove("access");
    row.as_object_mut().expect("a row").remove("email");
    assert_eq!(desk.open(Method::PUT, path, &row).status, 204);
    let after = desk.get("/customers/1").json;
    assert_eq!((after["barred"].as_bool(), after["email"].is_null()), (Some(true), true));
}
