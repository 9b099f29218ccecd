//! Pages, filters and sorts, with the corners that are broken.

use super::*;

fn numbers(answer: &Answer) -> Vec<u64> {
    answer.rows().iter().filter_map(|row| row["customerNumber"].as_u64()).collect()
}

/// Twenty-five customers more, 101 and up.
fn many() -> Desk {
    let mut desk = Desk::new();
    let mut setup = desk.setup();
    for number in 101..=125 {
        let name = format!("Kunde {number}");
        setup.customer(CustomerSetup { number, name: &name, currency: "DKK", zone: 1, terms: 2, group: 1, ..CustomerSetup::default() });
    }
    desk
}

fn filtered(desk: &mut Desk, filter: &str) -> Vec<u64> {
    let answer = desk.list("/customers", &[("filter", filter), ("pagesize", "1000")]);
    assert_eq!(answer.status, 200, "{filter}: {}", answer.text);
    numbers(&answer)
}

/// SL "Pagination"; docs/legacy-api-verification.md; fixtures of github.com/traels-it/economic-rest.
#[test]
fn pages_have_twenty_rows_and_links_with_the_callers_query() {
    let mut desk = many();
    let first = desk.get("/customers");
    assert_eq!(first.rows().len(), 20);
    let page = &first.json["pagination"];
    assert_eq!(
        (&page["skipPages"], &page["pageSize"], &page["maxPageSizeAllowed"], &page["results"]),
        (&json!(0), &json!(20), &json!(1000), &json!(28))
    );
    assert_eq!(page["firstPage"], format!("{REST}/customers?skippages=0&pagesize=20"));
    assert_eq!(page["nextPage"], format!("{REST}/customers?skippages=1&pagesize=20"));
    assert_eq!(page["lastPage"], page["nextPage"]);
    assert!(page.get("previousPage").is_none());
    let last = desk.get("/customers?skippages=1&pageSize=20");
    assert_eq!(last.rows().len(), 8);
    assert!(last.json["pagination"].get("nextPage").is_none() && last.json["pagination"]["previousPage"].is_string());
    let filtered = desk.list("/customers", &[("filter", "name$like:kunde"), ("pagesize", "5")]);
    assert!(filtered.json["pagination"]["nextPage"].as_str().is_some_and(|link| link.ends_with("&pagesize=5&filter=name%24like%3akunde")));
    let counts = (&filtered.json["pagination"]["results"], &filtered.json["pagination"]["resultsWithoutFilter"]);
    assert_eq!(counts, (&json!(25), &json!(28)));
    let followed = desk.get(filtered.json["pagination"]["nextPage"].as_str().unwrap_or_default().strip_prefix(REST).unwrap_or_default());
    assert_eq!(numbers(&followed), [106, 107, 108, 109, 110]);
}

/// docs/legacy-api-verification.md: E04810; past the end is no error.
#[test]
fn a_page_size_is_from_1_to_1000_and_past_the_end_there_is_nothing() {
    let mut desk = many();
    for size in ["0", "1001", "-1", "x"] {
        let answer = desk.list("/customers", &[("pagesize", size)]);
        assert_eq!((answer.status, answer.code()), (400, "E04810"), "{size}");
    }
    assert_eq!(desk.get("/customers?pagesize=1000").rows().len(), 28);
    let past = desk.get("/customers?skippages=99");
    assert_eq!((past.status, past.rows().len(), &past.json["pagination"]["results"]), (200, 0, &json!(28)));
}

/// Fixtures of github.com/traels-it/economic-rest.
#[test]
fn without_results_the_links_are_suppressed() {
    let mut desk = Desk::new();
    let answer = desk.list("/customers", &[("filter", "name$eq:ingen")]);
    let page = &answer.json["pagination"];
    assert_eq!(page["developerHint"], "Pagination links are suppressed when there are no results.");
    assert!(page.get("firstPage").is_none() && page.get("lastPage").is_none());
}

/// SL "Filtering".
#[test]
fn filters_compare_join_and_nest() {
    let mut desk = many();
    assert_eq!(filtered(&mut desk, "name$eq:keramik gmbh"), [2], "texts compare without case");
    assert_eq!(filtered(&mut desk, "customerNumber$gt:123$and:customerNumber$lte:125"), [124, 125]);
    assert_eq!(filtered(&mut desk, "customerNumber$eq:1$or:customerNumber$eq:2$and:currency$eq:DKK"), [1]);
    assert_eq!(filtered(&mut desk, "(customerNumber$eq:1$or:customerNumber$eq:2)$and:currency$eq:EUR"), [2]);
    assert_eq!(filtered(&mut desk, "customerNumber$in:[1,3,999]"), [1, 3]);
    assert_eq!(filtered(&mut desk, "customerNumber$nin:[1,3]$and:customerNumber$lt:100"), [2]);
    assert_eq!(filtered(&mut desk, "currency$ne:DKK"), [2]);
    assert_eq!(filtered(&mut desk, "customerGroup.customerGroupNumber$eq:2"), [0u64; 0]);
    assert_eq!(filtered(&mut desk, "lastUpdated$gte:2026-11-20T00:00:00Z$and:customerNumber$lt:3"), [1, 2]);
}

/// docs/legacy-api-verification.md: `$null:` is a value, an absent flag is false.
#[test]
fn null_is_a_value() {
    let mut desk = Desk::new();
    desk.put("/customers/3", &{
        let mut body = customer_body("Ida Holm");
        body["ean"] = "5790000000001".into();
        body
    });
    assert_eq!(filtered(&mut desk, "ean$eq:$null:"), [1, 2]);
    assert_eq!(filtered(&mut desk, "ean$ne:$null:"), [3]);
    assert_eq!(filtered(&mut desk, "barred$eq:false"), [1, 2, 3]);
    assert_eq!(desk.list("/customers", &[("filter", "ean$gt:$null:")]).status, 400);
}

/// docs/legacy-api-verification.md: without a `*` it means contains; brackets are a class; a literal one is `[[]`.
#[test]
fn like_is_contains_wildcard_or_class() {
    let mut desk = Desk::new();
    desk.setup().customer(CustomerSetup { number: 9, name: "A[1] 100% *", currency: "DKK", zone: 1, terms: 2, group: 1, ..CustomerSetup::default() });
    assert_eq!(filtered(&mut desk, "name$like:ERAM"), [2]);
    assert_eq!(filtered(&mut desk, "name$like:b*aps"), [1]);
    assert_eq!(filtered(&mut desk, "name$like:*gmbh"), [2]);
    assert_eq!(filtered(&mut desk, "name$like:ker"), [2]);
    assert_eq!(filtered(&mut desk, "name$like:ker*x"), [0u64; 0]);
    assert_eq!(filtered(&mut desk, "name$like:[bk]r*"), [1]);
    assert_eq!(filtered(&mut desk, "name$like:a[[]1"), [9]);
    assert_eq!(filtered(&mut desk, "name$like:% $*"), [9]);
}

/// docs/legacy-api-verification.md: `$$` and `$)` are compulsory, `$(`, `$*` and `$,` optional, `$[` and `$]` match nothing.
#[test]
fn escapes_work_but_for_brackets() {
    let mut desk = Desk::new();
    for (number, name) in [(11, "Pris $5"), (12, "Hus (gult)"), (13, "Rum [2]"), (14, "a,b")] {
        desk.setup().customer(CustomerSetup { number, name, currency: "DKK", zone: 1, terms: 2, group: 1, ..CustomerSetup::default() });
    }
    assert_eq!(filtered(&mut desk, "name$eq:Pris $$5"), [11]);
    assert_eq!(desk.list("/customers", &[("filter", "name$eq:Pris $5")]).status, 400);
    assert_eq!(filtered(&mut desk, "name$eq:Hus (gult$)"), [12]);
    assert_eq!(filtered(&mut desk, "name$eq:Hus $(gult$)"), [12]);
    assert_eq!(desk.list("/customers", &[("filter", "name$eq:Hus (gult)")]).status, 400);
    assert_eq!(filtered(&mut desk, "name$eq:Rum [2]"), [13]);
    assert_eq!(filtered(&mut desk, "name$eq:Rum $[2$]"), [0u64; 0]);
    assert_eq!(filtered(&mut desk, "name$eq:a,b"), [14]);
}

/// EConomic.NET tests/EconomicLegacyErrorTests.cs: captured on 2026-08-12.
#[test]
fn a_refused_filter_names_what_is_allowed() {
    let mut desk = Desk::new();
    let answer = desk.list("/customers", &[("filter", "bogusProp$eq:1")]);
    assert_eq!((answer.status, &answer.json["message"]), (400, &json!("Could not parse query string filter.")));
    assert_eq!(answer.json["errors"], json!(["Filtering is not allowed on property 'bogusProp'."]));
    let allowed = answer.json["allowedFilteringFields"].as_array().cloned().unwrap_or_default();
    assert!(allowed.contains(&json!("pNumber")) && allowed.contains(&json!("customerGroup.customerGroupNumber")) && allowed.len() == 21);
    for filter in ["name", "name$xx:1", "balance$gt:x", "customerNumber$in:1,2", "(name$eq:a", "name$eq:a$and:", "balance$like:1"] {
        assert_eq!(desk.list("/customers", &[("filter", filter)]).status, 400, "{filter}");
    }
    let at_most = |count: usize| format!("customerNumber$in:[{}]", vec!["1"; count].join(","));
    assert_eq!(desk.list("/customers", &[("filter", &at_most(200))]).status, 200);
    assert_eq!(desk.list("/customers", &[("filter", &at_most(201))]).status, 400);
    assert_eq!(desk.list("/currencies", &[("filter", "code$eq:DKK")]).json["allowedFilteringFields"], json!([]));
}

/// docs/legacy-api-verification.md, "over-report".
#[test]
fn booked_invoices_cannot_be_asked_by_due_date_or_amount() {
    let mut desk = Desk::new();
    for filter in ["dueDate$gt:2026-01-01", "netAmount$gt:1", "grossAmount$gt:1", "remainder$gt:0"] {
        assert_eq!(desk.list("/invoices/booked", &[("filter", filter)]).status, 400, "{filter}");
    }
    for filter in ["date$gte:2026-01-01", "references.other$eq:A-1", "customer.customerNumber$eq:1", "currency$eq:DKK"] {
        assert_eq!(desk.list("/invoices/booked", &[("filter", filter)]).status, 200, "{filter}");
    }
}

/// docs/legacy-api-verification.md: failures of the service itself.
#[test]
fn some_filters_crash_the_service() {
    let mut desk = Desk::new();
    for (path, filter, status) in [
        ("/orders/drafts", "paymentTerms.paymentTermsNumber$eq:1", 500),
        ("/quotes/drafts", "paymentTerms.paymentTermsNumber$eq:1", 500),
        ("/invoices/drafts", "paymentTerms.paymentTermsNumber$eq:1", 200),
        ("/products", "barred$ne:true", 500),
        ("/products", "barred$eq:$null:", 500),
        ("/products", "barred$eq:false", 200),
    ] {
        assert_eq!(desk.list(path, &[("filter", filter)]).status, status, "{path} {filter}");
    }
}

/// SL "Sorting"; unsortable: docs/legacy-api-verification.md.
#[test]
fn sorts_go_up_down_and_by_text() {
    let mut desk = many();
    assert_eq!(numbers(&desk.list("/customers", &[("sort", "-customerNumber"), ("pagesize", "2")])), [125, 124]);
    assert_eq!(numbers(&desk.list("/customers", &[("sort", "~customerNumber"), ("pagesize", "3")])), [1, 101, 102]);
    assert_eq!(numbers(&desk.list("/customers", &[("sort", "-currency,name"), ("pagesize", "2")])), [2, 1]);
    for sort in ["barred", "bogus", ""] {
        let answer = desk.list("/customers", &[("sort", sort)]);
        assert_eq!(answer.status, if sort.is_empty() { 200 } else { 400 }, "{sort}");
    }
    let refused = desk.list("/products", &[("sort", "barred")]);
    assert_eq!(
        (&refused.json["message"], refused.json.get("allowedFilteringFields")),
        (&json!("Could not parse query string sort parameter."), None)
    );
}

/// Clients send `$` and `:` both raw and encoded.
#[test]
fn the_query_is_read_as_a_form() {
    let mut desk = Desk::new();
    for query in ["filter=name$eq:Ida+Holm", "filter=name%24eq%3AIda%20Holm", "FILTER=name%24eq:Ida%20Holm"] {
        assert_eq!(numbers(&desk.get(&format!("/customers?{query}"))), [3], "{query}");
    }
}

/// SL "URL escaping"; the year as seen by github.com/dabster2000/intranetservices.
#[test]
fn keys_of_text_are_escaped_in_paths() {
    let mut desk = Desk::new();
    let product = desk.get("/products/%C3%85_6_B_9_1");
    assert_eq!((product.status, &product.json["productNumber"]), (200, &json!("Å/B 1")));
    assert_eq!(product.json["self"], format!("{REST}/products/%C3%85_6_B_9_1"));
    let missing = desk.get("/products/NIX");
    assert_eq!((missing.status, missing.json["message"].as_str()), (404, Some("Product \"NIX\" not found.")));
    desk.setup().year(day("2028-07-01"), day("2029-06-30"));
    let year = desk.get("/accounting-years/2028_6_2029");
    assert_eq!(
        (year.status, &year.json["year"], &year.json["self"]),
        (200, &json!("2028/2029"), &json!(format!("{REST}/accounting-years/2028_6_2029")))
    );
    assert_eq!(desk.get("/accounting-years/2028_6_2029/periods").rows().len(), 12);
}

/// SL: 404, 405; a HEAD has no body.
#[test]
fn wrong_paths_and_verbs_are_told_apart() {
    let mut desk = Desk::new();
    for (method, path, status) in [
        (Method::GET, "/nothing", 404),
        (Method::GET, "/customers/999", 404),
        (Method::GET, "/customers/x", 404),
        (Method::PATCH, "/products/KOP", 405),
        (Method::POST, "/accounts", 405),
        (Method::DELETE, "/customers", 405),
        (Method::PUT, "/invoices/drafts", 405),
        (Method::DELETE, "/invoices/booked/1", 405),
        (Method::POST, "/self", 405),
    ] {
        assert_eq!(desk.send(Surface::Rest, method.clone(), path, &[], b"").status, status, "{method} {path}");
    }
    let missing = desk.get("/customers/999");
    assert_eq!((missing.json["message"].as_str(), missing.json["httpStatusCode"].as_u64()), (Some("Resource not found."), Some(404)));
    assert_eq!(desk.send(Surface::Rest, Method::HEAD, "/customers", &[], b"").text, "");
}
