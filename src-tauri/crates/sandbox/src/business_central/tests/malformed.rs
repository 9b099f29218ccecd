//! Nothing that arrives makes the service fall over.

use super::*;
use proptest::prelude::*;

fn any_path() -> impl Strategy<Value = String> {
    let set = prop_oneof![
        Just("customers"),
        Just("salesInvoices"),
        Just("salesInvoiceLines"),
        Just("journals"),
        Just("items"),
        Just("companies"),
        Just("pdfDocument"),
        Just("dimensionSetLines")
    ];
    let key = prop_oneof![Just(String::new()), Just("(5de545bc-0000-4000-8000-000000000000)".to_string()), "\\([ -~]{0,12}\\)"];
    let tail =
        prop_oneof![Just(String::new()), Just("/$count".to_string()), Just("/customer".into()), Just("/Microsoft.NAV.post".into()), "/[!-~]{0,12}"];
    (set, key, tail).prop_map(|(set, key, tail)| format!("{set}{key}{tail}"))
}

fn any_query() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("number".to_string()),
        Just("displayName".into()),
        Just("lastModifiedDateTime".into()),
        Just("eq".into()),
        Just("and".into()),
        Just("or".into()),
        Just("(".into()),
        Just(")".into()),
        Just("'x'".into()),
        Just("contains".into()),
        Just(",".into()),
        Just("null".into()),
        Just("2026-01-01T00:00:00Z".into()),
        Just("salesInvoiceLines/any".into()),
        Just("substring".into()),
        Just("1e99".into()),
        "[ -~]{0,8}",
    ];
    let option = prop_oneof![
        Just("$filter"),
        Just("$select"),
        Just("$expand"),
        Just("$orderby"),
        Just("$top"),
        Just("$skip"),
        Just("$skiptoken"),
        Just("$count")
    ];
    prop::collection::vec((option, prop::collection::vec(word, 0..8)), 0..3)
        .prop_map(|options| options.into_iter().map(|(name, words)| format!("{name}={}", words.join(" "))).collect::<Vec<_>>().join("&"))
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "[0-9]{1,40}\\.[0-9]{1,40}".prop_map(|text| text.parse::<serde_json::Number>().map_or(Json::Null, Json::Number)),
        "\\PC{0,12}".prop_map(Json::from),
        Just(json!("C1")),
        Just(json!("2026-11-02")),
        Just(json!("Account")),
        Just(json!("00000000-0000-0000-0000-000000000000")),
    ];
    let name = prop_oneof![
        Just("customerNumber"),
        Just("displayName"),
        Just("number"),
        Just("invoiceDate"),
        Just("salesInvoiceLines"),
        Just("quantity"),
        Just("unitPrice"),
        Just("discountAmount"),
        Just("discountPercent"),
        Just("lineType"),
        Just("lineObjectNumber"),
        Just("accountId"),
        Just("currencyCode"),
        Just("code"),
        Just("sequence"),
        Just("nosuch"),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_string(), value))
                .collect::<serde_json::Map<_, _>>()
                .into())
        ]
    })
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%24", "$")
        .replace("%3D", "=")
        .replace("%26", "&")
        .replace("%2F", "/")
        .replace("%28", "(")
        .replace("%29", ")")
}

thread_local! {
    static DESK: std::cell::RefCell<Desk> = std::cell::RefCell::new(Desk::new());
}

/// Every answer is the service's own: a success, or its error body.
fn answered(method: Method, below: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<(), TestCaseError> {
    DESK.with_borrow_mut(|desk| {
        desk.now += TimeDelta::seconds(1);
        let path = desk.path(below);
        let answer = desk.send(method, &path, headers, body);
        prop_assert!(answer.status < 300 || !answer.code().is_empty(), "{} {}", answer.status, answer.text);
        prop_assert!(answer.status != 500, "{}", answer.text);
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_address_is_answered(path in any_path(), query in any_query()) {
        answered(Method::GET, &format!("{}?{}", encoded(&path), encoded(&query)), &[], b"")?;
    }

    #[test]
    fn any_filter_is_answered(filter in "\\PC{0,40}") {
        answered(Method::GET, &format!("customers?$filter={}", percent_encoding::utf8_percent_encode(&filter, percent_encoding::NON_ALPHANUMERIC)), &[], b"")?;
    }

    #[test]
    fn any_document_is_answered(body in any_json(), set in prop_oneof![Just("salesInvoices"), Just("customers"), Just("items"), Just("journals"), Just("paymentTerms")]) {
        answered(Method::POST, set, &[], body.to_string().as_bytes())?;
    }

    #[test]
    fn any_lines_are_answered(lines in prop::collection::vec(any_json(), 0..3)) {
        answered(Method::POST, "salesInvoices", &[], json!({ "customerNumber": "C1", "salesInvoiceLines": lines }).to_string().as_bytes())?;
    }

    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..60), tag in "[ -~]{0,20}") {
        answered(Method::POST, "customers", &[], &body)?;
        answered(Method::PATCH, "customers(5de545bc-0000-4000-8000-000000000000)", &[("If-Match", &tag)], &body)?;
    }

    #[test]
    fn any_batch_is_answered(body in any_json(), requests in prop::collection::vec(any_json(), 0..3)) {
        for body in [body, json!({ "requests": requests })] {
            DESK.with_borrow_mut(|desk| {
                let answer = desk.send(Method::POST, &format!("{}/$batch", Desk::root()), &[], body.to_string().as_bytes());
                prop_assert!(answer.status == 200 || !answer.code().is_empty(), "{}", answer.text);
                Ok(())
            })?;
        }
    }
}
