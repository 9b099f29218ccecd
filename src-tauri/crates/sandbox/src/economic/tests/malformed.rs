//! Nothing that arrives makes the service fall over.

use super::*;
use proptest::prelude::*;

fn any_path() -> impl Strategy<Value = String> {
    let start = prop_oneof![
        Just("/customers"),
        Just("/products"),
        Just("/invoices"),
        Just("/invoices/drafts"),
        Just("/invoices/booked"),
        Just("/orders"),
        Just("/orders/sent"),
        Just("/quotes/drafts"),
        Just("/journals/1/vouchers"),
        Just("/journals/1/entries"),
        Just("/accounting-years"),
        Just("/accounting-years/2026/periods"),
        Just("/accounts/1010/accounting-years/2026"),
        Just("/product-groups/1"),
        Just("/payment-terms"),
        Just("/customers/1/contacts"),
        Just("/products/KOP/pricing/currency-specific-sales-prices"),
        Just("/secure/api1/requestaccess.aspx"),
        Just("/customersapi/v1/Customers"),
        Just("/q2capi/v1/invoices/drafts"),
        Just("/q2capi/v1/invoices/drafts/1/lines"),
        Just("/journalsapi/v1/draft-entries"),
        Just("/journalsapi/v1/journals/1"),
        Just("/bookedEntriesapi/v1/booked-entries"),
        Just("/webhooksapi/v1/webhooks"),
        Just("/accountingyearsapi/v1/accountingYears"),
    ];
    let part = prop_oneof![
        Just("1".to_string()),
        Just("99999999999999999999".into()),
        Just("lines".into()),
        Just("bulk".into()),
        Just("paged".into()),
        Just("count".into()),
        Just("pdf".into()),
        Just("templates".into()),
        Just("attachment/file".into()),
        Just("book".into()),
        Just("2026-1".into()),
        Just("%2F%ff".into()),
        Just("_8_".into()),
        "[!-.0-~&&[^%#?]]{0,8}",
    ];
    (start, prop::collection::vec(part, 0..3)).prop_map(|(start, parts)| format!("{start}/{}", parts.join("/")))
}

fn any_query() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("name".to_string()),
        Just("customerNumber".into()),
        Just("references.other".into()),
        Just("$eq:".into()),
        Just("$like:".into()),
        Just("$in:[".into()),
        Just("]".into()),
        Just("$and:".into()),
        Just("$or:".into()),
        Just("(".into()),
        Just(")".into()),
        Just("$null:".into()),
        Just("$".into()),
        Just("[".into()),
        Just("*".into()),
        Just("1e99".into()),
        Just("%".into()),
        "[a-zA-Z0-9æøå,;:!-]{0,6}",
    ];
    let option = prop_oneof![
        Just("filter"),
        Just("sort"),
        Just("pagesize"),
        Just("skippages"),
        Just("cursor"),
        Just("pageSize"),
        Just("skipPages"),
        Just("demo")
    ];
    prop::collection::vec((option, prop::collection::vec(word, 0..8)), 0..4).prop_map(|options| {
        let encode = |text: String| percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
        options.into_iter().map(|(name, words)| format!("{name}={}", encode(words.concat()))).collect::<Vec<_>>().join("&")
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(number("1e400")),
        Just(number("-99999999999.99")),
        Just(number("0.0000000000000000000000000000001")),
        Just(json!("2026-11-02")),
        Just(json!("9999-12-31")),
        Just(json!("DKK")),
        Just(json!("KOP")),
        Just(json!(1)),
        Just(json!(2)),
        "[ -~æøå]{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("customer".to_string()),
        Just("customerNumber".into()),
        Just("recipient".into()),
        Just("vatZone".into()),
        Just("vatZoneNumber".into()),
        Just("lines".into()),
        Just("product".into()),
        Just("productNumber".into()),
        Just("quantity".into()),
        Just("unitNetPrice".into()),
        Just("entries".into()),
        Just("financeVouchers".into()),
        Just("self".into()),
        Just("amount".into()),
        "[a-z_.]{0,6}",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect()))
        ]
    })
}

/// A draft with one thing changed at random.
fn nearly_a_draft() -> impl Strategy<Value = Value> {
    let field = prop_oneof![
        Just("/date"),
        Just("/currency"),
        Just("/exchangeRate"),
        Just("/dueDate"),
        Just("/paymentTerms/paymentTermsNumber"),
        Just("/recipient/vatZone"),
        Just("/lines"),
        Just("/lines/0/quantity"),
        Just("/lines/0/unitNetPrice"),
        Just("/lines/0/discountPercentage"),
        Just("/lines/0/product"),
    ];
    (field, any_json()).prop_map(|(field, value)| {
        let mut body = draft_body(1, "99999999999.99");
        for (name, start) in [("exchangeRate", json!(100)), ("dueDate", json!("2026-12-01"))] {
            body[name] = start;
        }
        body["lines"][0]["discountPercentage"] = json!(0);
        if let Some(place) = body.pointer_mut(field) {
            *place = value;
        }
        body
    })
}

fn ours(answer: &Answer, surface: Surface) -> bool {
    let body = answer.status < 400 || answer.json.is_object() || answer.header("content-type").starts_with("text/html") || answer.status == 404;
    (200..300).contains(&answer.status)
        || answer.status == 302
        || body && (surface == Surface::Rest || answer.json.get("errorCode").is_some() || answer.json.get("title").is_some())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_request_is_answered(path in any_path(), query in any_query(), method in 0..5usize, body in any_json(), open in any::<bool>()) {
        let mut desk = Desk::new();
        desk.economic.rules.allow_posting = true;
        desk.draft(1, "1");
        let method = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE][method].clone();
        let surface = if open { Surface::Open } else { Surface::Rest };
        let target = format!("{path}?{query}");
        prop_assume!(target.parse::<http::Uri>().is_ok());
        let answer = desk.send(surface, method, &target, &[], body.to_string().as_bytes());
        prop_assert!(ours(&answer, surface), "{} {}", answer.status, answer.text);
    }

    #[test]
    fn any_draft_is_taken_or_refused_and_books_balance(body in nearly_a_draft()) {
        let mut desk = Desk::new();
        let answer = desk.post("/invoices/drafts", &body);
        prop_assert!(matches!(answer.status, 201 | 400), "{}", answer.text);
        if let Some(draft) = answer.json["draftInvoiceNumber"].as_u64() {
            // Only what the posting rules refuse stays a draft.
            let booked = desk.setup().book_invoice(draft);
            let entries = desk.get("/accounting-years/2026/entries?pagesize=1000");
            let sum: rust_decimal::Decimal = entries.rows().iter().map(|row| dec(&row["amountInBaseCurrency"].to_string())).sum();
            prop_assert_eq!(sum, rust_decimal::Decimal::ZERO, "{:?}", booked);
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in "[ -~]{0,40}", at in 0..4usize) {
        let mut desk = Desk::new();
        let draft = desk.draft(1, "1");
        let attachment = format!("/invoices/drafts/{draft}/attachment/file");
        let path = ["/customers", "/journals/1/vouchers", "/secure/api1/requestaccess.aspx", attachment.as_str()][at];
        let kinds = [kind.as_str(), "application/json", "multipart/form-data; boundary=b"];
        for kind in kinds {
            let answer = desk.send(Surface::Rest, Method::POST, path, &[("Content-Type", kind)], &bytes);
            prop_assert!((200..500).contains(&answer.status));
        }
    }

    #[test]
    fn keys_survive_their_escapes(key in "\\PC{0,20}") {
        prop_assert_eq!(crate::economic::keys::unescape(&crate::economic::keys::escape(&key)), key);
    }
}

/// An entry with one thing changed at random.
fn nearly_an_entry() -> impl Strategy<Value = (&'static str, Value)> {
    let field = prop_oneof![
        Just("account"),
        Just("contraAccount"),
        Just("customer"),
        Just("amount"),
        Just("date"),
        Just("currency"),
        Just("exchangeRate"),
        Just("vatAccount"),
        Just("contraVatAccount"),
        Just("customerInvoice"),
    ];
    let value = prop_oneof![
        any_json(),
        (-9_999_999i64..9_999_999).prop_map(|cents| number(&format!("{}.{:02}", cents / 100, cents.abs() % 100))),
        Just(json!({ "vatCode": "RC25" })),
        Just(json!({ "vatCode": "I25" })),
        Just(json!({ "code": "EUR" })),
        Just(json!({ "accountNumber": 5820 })),
    ];
    let kind = prop_oneof![Just("financeVouchers"), Just("customerPayments"), Just("manualCustomerInvoices")];
    (kind, prop::collection::vec((field, value), 1..3)).prop_map(|(kind, changes)| {
        let mut entry = json!({ "contraAccount": { "accountNumber": 5710 }, "amount": number("-33.33"), "date": "2026-11-03" });
        let own = if kind == "financeVouchers" { "account" } else { "customer" };
        entry[own] = if kind == "financeVouchers" { json!({ "accountNumber": 3660 }) } else { json!({ "customerNumber": 2 }) };
        changes.into_iter().for_each(|(field, value)| entry[field] = value);
        (kind, entry)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_voucher_is_taken_or_refused_and_books_balance((kind, entry) in nearly_an_entry()) {
        let mut desk = Desk::new();
        let made = desk.post("/journals/1/vouchers", &json!({ "accountingYear": { "year": "2026" }, "entries": { kind: [entry] } }));
        prop_assert!(matches!(made.status, 201 | 400), "{}", made.text);
        let booked = desk.setup().book_journal(1);
        let entries = desk.get("/accounting-years/2026/entries?pagesize=1000");
        let sum: rust_decimal::Decimal = entries.rows().iter().map(|row| dec(&row["amountInBaseCurrency"].to_string())).sum();
        prop_assert_eq!(sum, rust_decimal::Decimal::ZERO, "{:?}", booked);
    }
}
