//! The behaviours that trip clients up most, one test each, with the public source it is known from.

use super::*;

/// MicrosoftDocs/dynamics365smb-devitpro-pb#813 and #2287, microsoft/AL#1740
#[test]
fn patch_without_if_match_is_refused_with_a_text_about_tokens() {
    let mut desk = Desk::new();
    let id = desk.id("customers", "number eq 'C1'");
    let path = desk.path(&format!("customers({id})"));
    let answer = desk.send(Method::PATCH, &path, &[], br#"{"city":"Ribe"}"#);
    assert_eq!((answer.status, answer.code()), (400, "BadRequest_InvalidToken"));
    assert_eq!(desk.patch(&format!("customers({id})"), "*", json!({ "city": "Ribe" })).status, 200, "a star overwrites blindly");
}

/// dev-itpro/webservices/dynamics-error-codes.md
#[test]
fn a_stale_tag_is_409_and_not_412() {
    let mut desk = Desk::new();
    let id = desk.id("customers", "number eq 'C1'");
    let old = desk.get(&format!("customers({id})")).etag();
    assert_eq!(desk.patch(&format!("customers({id})"), &old, json!({ "city": "Ribe" })).status, 200);
    let answer = desk.patch(&format!("customers({id})"), &old, json!({ "city": "Esbjerg" }));
    assert_eq!((answer.status, answer.code()), (409, "Request_EntityChanged"));
    assert_eq!(desk.patch(&format!("customers({id})"), "\"x\"", json!({})).code(), "BadRequest_InvalidToken");
}

/// BCApps, GenJnlCheckLine.Codeunit.al; the sample of dynamics_customerPayment_create.md is positive
#[test]
fn receipts_are_negative_and_a_positive_one_fails_only_at_posting() {
    let mut desk = Desk::new();
    let batch = desk.setup().journal_batch(JournalBatch {
        code: "STRIPE".into(),
        cash_receipts: true,
        balancing_account: "5700".into(),
        ..Default::default()
    });
    let payment = json!({ "customerNumber": "C1", "postingDate": "2026-11-03", "documentNumber": "CS-1", "amount": 100 });
    assert_eq!(desk.post(&format!("customerPaymentJournals({batch})/customerPayments"), payment).status, 201);
    let refused = desk.setup().post_journal(&batch).expect_err("a positive payment");
    assert_eq!(refused.code, "Application_FieldValidationException");
    assert!(refused.message.contains("must be negative"));
}

/// BCApps, SalesInvoiceAggregator.Codeunit.al
#[test]
fn open_can_mean_released_but_unposted() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "A-1", json!(100));
    let id = draft.text("id");
    desk.setup().release_invoice(&id).expect("released");
    let row = desk.get(&format!("salesInvoices({id})"));
    assert_eq!(row.text("status"), "Open");
    let number = row.text("number");
    assert!(desk.get(&format!("generalLedgerEntries?$filter=documentNumber eq '{number}'")).rows().is_empty(), "nothing was posted");
    let line = desk.post(&format!("salesInvoices({id})/salesInvoiceLines"), json!({ "description": "more" }));
    assert_eq!(line.code(), "Application_FieldValidationException", "a released draft takes no lines");
}

/// BCApps, APIV2SalesInvoiceLines.Page.al
#[test]
fn flat_line_collections_fail_and_nested_ones_work() {
    let mut desk = Desk::new();
    let id = desk.draft("C1", "A-1", json!(100)).text("id");
    let flat = desk.get("salesInvoiceLines");
    assert_eq!((flat.status, flat.code()), (400, "Application_DialogException"));
    for set in ["salesOrderLines", "salesCreditMemoLines", "customerPayments", "journalLines", "dimensionSetLines", "contactsInformation"] {
        assert_eq!(desk.get(set).code(), "Application_DialogException", "{set}");
    }
    assert_eq!(desk.get(&format!("salesInvoices({id})/salesInvoiceLines")).rows().len(), 1);
    assert_eq!(desk.get(&format!("salesInvoiceLines?$filter=documentId eq {id}")).rows().len(), 1);
}

/// BCApps, APIV2Customers.Page.al and GraphMgtGeneralTools
#[test]
fn a_customer_made_without_a_template_cannot_be_invoiced() {
    let mut desk = Desk::new();
    let made = desk.post("customers", json!({ "displayName": "Ny kunde" }));
    assert_eq!(made.status, 201, "the customer itself is fine");
    let answer = desk.draft(&made.text("number"), "A-1", json!(1));
    assert_eq!((answer.status, answer.code()), (400, "Application_FieldValidationException"));
    let groups = CustomerGroups { general_business_group: "INDL".into(), vat_business_group: "INDL".into(), customer_posting_group: "DEB".into() };
    desk.setup().customer_template(Some(groups));
    let made = desk.post("customers", json!({ "displayName": "Ny kunde" }));
    assert_eq!(desk.draft(&made.text("number"), "A-1", json!(1)).status, 201);
}

/// dev-itpro/webservices/use-odata-batch.md
#[test]
fn a_batch_stops_at_the_first_failure_unless_told_to_go_on() {
    let mut desk = Desk::new();
    let part = |id: &str, body: Json| json!({ "id": id, "method": "POST", "url": format!("companies({{c}})/customers"), "headers": { "Content-Type": "application/json" }, "body": body });
    let envelope = json!({ "requests": [part("1", json!({ "displayName": "A" })), part("2", json!({})), part("3", json!({ "displayName": "B" }))] })
        .to_string()
        .replace("{c}", &desk.company);
    let path = format!("{}/$batch", Desk::root());
    let stopped = desk.send(Method::POST, &path, &[], envelope.as_bytes());
    assert_eq!(stopped.status, 200);
    let statuses = |answer: &Answer| {
        answer.json["responses"]
            .as_array()
            .map(|parts| parts.iter().map(|part| part["status"].as_u64().unwrap_or(0)).collect::<Vec<_>>())
            .unwrap_or_default()
    };
    assert_eq!(statuses(&stopped), [201, 400]);
    let all = desk.send(Method::POST, &path, &[("Prefer", "odata.continue-on-error")], envelope.as_bytes());
    assert_eq!(statuses(&all), [201, 400, 201]);
}

/// MemberJunction/Integrations, notes on its Business Central connector
#[test]
fn a_snapshot_batch_that_fails_still_reports_201_for_what_no_longer_exists() {
    let mut desk = Desk::new();
    let before = desk.get("customers/$count").text;
    let company = desk.company.clone();
    let url = format!("companies({company})/customers");
    let envelope = json!({ "requests": [
        { "id": "a", "method": "POST", "url": url, "body": { "displayName": "Spøgelse" } },
        { "id": "b", "method": "POST", "url": url, "body": { "displayName": "" } },
        { "id": "c", "method": "POST", "url": url, "body": { "displayName": "Aldrig" } },
    ] });
    let answer = desk.send(Method::POST, &format!("{}/$batch", Desk::root()), &[("Isolation", "snapshot")], envelope.to_string().as_bytes());
    let parts = answer.json["responses"].as_array().cloned().unwrap_or_default();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0]["status"], 201);
    let ghost = parts[0]["body"]["id"].as_str().unwrap_or_default().to_string();
    assert_eq!(desk.get(&format!("customers({ghost})")).code(), "Internal_RecordNotFound");
    assert_eq!(desk.get("customers/$count").text, before);
}

/// dev-itpro/administration/operational-limits-online.md
#[test]
fn a_batch_of_more_than_a_hundred_parts_fails_as_a_whole_with_500() {
    let mut desk = Desk::new();
    let part = json!({ "id": "x", "method": "GET", "url": "companies" });
    let of = |n: usize| json!({ "requests": vec![part.clone(); n] }).to_string();
    let path = format!("{}/$batch", Desk::root());
    let answer = desk.send(Method::POST, &path, &[], of(101).as_bytes());
    assert_eq!((answer.status, answer.code()), (500, "Unknown"));
    assert_eq!(desk.send(Method::POST, &path, &[], of(100).as_bytes()).status, 200);
}

/// microsoft/ALAppExtensions#23028, dynamics365smb-devitpro-pb#2837
#[test]
fn sequence_in_a_deep_insert_breaks_it_and_nothing_stays() {
    let mut desk = Desk::new();
    let body = json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "description": "a", "sequence": 10000 }] });
    assert_eq!(desk.post("salesInvoices", body).code(), "Application_DialogException");
    assert!(desk.get("salesInvoices").rows().is_empty());
    let id = desk.draft("C1", "A-1", json!(1)).text("id");
    let same = desk.post(&format!("salesInvoices({id})/salesInvoiceLines"), json!({ "description": "b", "sequence": 10000 }));
    assert_eq!(same.code(), "Internal_EntityWithSameKeyExists");
}

/// MemberJunction/Integrations, notes on its Business Central connector
#[test]
fn a_line_number_used_twice_is_a_duplicate_key() {
    let mut desk = Desk::new();
    let batch = desk.setup().journal_batch(JournalBatch {
        code: "STRIPE".into(),
        cash_receipts: true,
        balancing_account: "5700".into(),
        ..Default::default()
    });
    let path = format!("customerPaymentJournals({batch})/customerPayments");
    let line = json!({ "customerNumber": "C1", "amount": -1, "lineNumber": 10000, "documentNumber": "CS-1" });
    assert_eq!(desk.post(&path, line.clone()).status, 201);
    assert_eq!(desk.post(&path, line).code(), "Internal_EntityWithSameKeyExists");
}

/// dev-itpro/webservices/odata-known-limitations.md
#[test]
fn filters_that_the_service_does_not_understand() {
    let mut desk = Desk::new();
    for (filter, code) in [
        ("number in ('C1','C2')", "BadRequest_MethodNotImplemented"),
        ("number eq 'C1' or displayName eq 'x'", "BadRequest_MethodNotImplemented"),
        ("contains(tolower(displayName),'a')", "BadRequest_MethodNotImplemented"),
        ("not (number eq 'C1')", "BadRequest_MethodNotImplemented"),
        ("nosuch eq 'C1'", "BadRequest"),
        ("creditLimit eq 'x'", "BadRequest"),
        ("blocked eq 'Never'", "Unknown"),
    ] {
        assert_eq!(desk.get(&format!("customers?$filter={filter}")).code(), code, "{filter}");
    }
    let all = desk.get("customers").rows().len();
    assert_eq!(desk.get("customers?$filter=defaultDimensions/any(d:d/dimensionCode eq 'X')").rows().len(), all, "a lambda is ignored without a word");
    assert_eq!(desk.get("customers?$schemaversion=2.1&$filter=number in ('C1','C2')").rows().len(), 2);
}

/// BCApps, GraphMgtGeneralTools; amp-labs/connectors, recorded responses
#[test]
fn the_local_currency_is_blank_inside() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "A-1", json!(100));
    assert_eq!(draft.text("currencyCode"), "DKK");
    assert_eq!(draft.text("currencyId"), "00000000-0000-0000-0000-000000000000");
    assert!(desk.get("salesInvoices?$filter=currencyCode eq 'DKK'").rows().is_empty(), "a page variable cannot be filtered");
    assert_eq!(desk.draft("C2", "A-2", json!(100)).text("currencyCode"), "EUR");
    let back = desk.post("salesInvoices", json!({ "customerNumber": "C2", "currencyCode": "DKK" }));
    assert_eq!(back.text("currencyId"), "00000000-0000-0000-0000-000000000000");
}

/// MemberJunction/Integrations, notes on its Business Central connector
#[test]
fn casing_of_an_action_does_not_protect_and_each_attempt_is_counted() {
    let mut desk = Desk::new();
    let id = desk.draft("C1", "A-1", json!(100)).text("id");
    for name in ["Microsoft.NAV.post", "Microsoft.NAV.POST", "microsoft.nav.Post", "Microsoft.NAV%2Epost"] {
        assert_eq!(desk.post(&format!("salesInvoices({id})/{name}"), json!({})).status, 403, "{name}");
    }
    let envelope = json!({ "requests": [{ "id": "1", "method": "POST", "url": format!("companies({})/salesInvoices({id})/Microsoft.NAV.post", desk.company) }] });
    desk.send(Method::POST, &format!("{}/$batch", Desk::root()), &[], envelope.to_string().as_bytes());
    assert_eq!(desk.bc.posting_attempts, 5);
    assert_eq!(desk.get(&format!("salesInvoices({id})")).text("status"), "Draft");
    desk.bc.allow_posting = true;
    assert_eq!(desk.post(&format!("salesInvoices({id})/Microsoft.NAV.Post"), json!({})).status, 204);
    assert_eq!(desk.get(&format!("salesInvoices({id})")).text("status"), "Open");
}

/// the AL type Code
#[test]
fn code_fields_come_back_in_upper_case() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "in_1AbcDef ", json!(100));
    assert_eq!(draft.text("externalDocumentNumber"), "IN_1ABCDEF");
    assert_eq!(desk.get("salesInvoices?$filter=externalDocumentNumber eq 'in_1abcdef'").rows().len(), 1);
    let id = draft.text("id");
    let changed = desk.patch(&format!("salesInvoices({id})"), "*", json!({ "customerPurchaseOrderReference": "in_1AbcDef" }));
    assert_eq!(changed.text("customerPurchaseOrderReference"), "in_1AbcDef", "a text keeps its case");
}

/// BCApps, APIV2SalesInvoices.Page.al, OnAfterGetRecord
#[test]
fn reading_a_draft_can_move_its_tag() {
    let mut desk = Desk::new();
    let id = desk.draft("C1", "A-1", json!(100)).text("id");
    let path = format!("salesInvoices({id})");
    let first = desk.get(&path).etag();
    let second = desk.get(&path).etag();
    assert_ne!(first, second);
    assert_eq!(desk.patch(&path, &first, json!({ "email": "a@b.dk" })).code(), "Request_EntityChanged");
    assert_eq!(desk.patch(&path, &second, json!({ "email": "a@b.dk" })).status, 200);
}

/// BCApps, APIV2SalesInvoices.Page.al, SetPermissionFilters
#[test]
fn missing_rights_empty_a_list_in_silence_and_refuse_a_write() {
    let mut desk = Desk::new();
    desk.draft("C1", "A-1", json!(100));
    desk.bc.add_user(TENANT, USER, vec![PermissionSet::D365Basic]);
    let list = desk.get("salesInvoices");
    assert_eq!((list.status, list.rows().len()), (200, 0));
    assert_eq!(desk.get("salesOrders").code(), "Application_DialogException", "orders refuse aloud");
    let refused = desk.post("salesInvoices", json!({ "customerNumber": "C1" }));
    assert_eq!((refused.status, refused.code()), (403, "Internal_ServerError"));
}

/// microsoft/nav-docker#570, dynamics365smb-devitpro-pb#3172
#[test]
fn nobody_without_a_licence_gets_in() {
    let mut desk = Desk::new();
    desk.caller.subject = "33333333-3333-4333-8333-333333333333".into();
    assert_eq!(desk.get("customers").code(), "Authentication_InvalidCredentials");
}

/// amp-labs/connectors, err-missing-environment.xml
#[test]
fn a_wrong_environment_is_answered_in_xml() {
    let mut desk = Desk::new();
    let answer = desk.send(Method::GET, &format!("/v2.0/{TENANT}/Nowhere/api/v2.0/companies"), &[], b"");
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("<m:code>NoEnvironment</m:code>"));
}

/// microsoft/AL#4631
#[test]
fn a_set_without_its_company_is_not_found() {
    let mut desk = Desk::new();
    let answer = desk.send(Method::GET, &format!("{}/customers", Desk::root()), &[], b"");
    assert_eq!((answer.status, answer.code()), (404, "Internal_CompanyNotFound"));
    let path = format!("{}/customers?company={}", Desk::root(), desk.company);
    assert_eq!(desk.send(Method::GET, &path, &[], b"").status, 200);
}

/// dev-itpro/api-reference/v2.0/dynamics-current-limits.md
#[test]
fn six_thousand_requests_in_five_minutes_and_not_one_more() {
    let mut desk = Desk::new();
    desk.bc.set_limits(super::super::Limits { requests: 10, ..Default::default() });
    let statuses: Vec<u16> = (0..11).map(|_| desk.get("currencies").status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10);
    let last = desk.get("currencies");
    assert_eq!((last.status, last.code()), (429, "Application_TooManyRequests"));
    desk.now += TimeDelta::minutes(5);
    assert_eq!(desk.get("currencies").status, 200);
}

/// dev-itpro/administration/operational-limits-online.md
#[test]
fn five_requests_run_at_once_ninety_five_wait_and_the_next_is_refused() {
    let mut desk = Desk::new();
    let service_time = TimeDelta::seconds(30);
    desk.bc.set_limits(super::super::Limits { service_time, ..Default::default() });
    let at = desk.now;
    let answers: Vec<Answer> = (0..101)
        .map(|_| {
            desk.now = at;
            desk.get("currencies")
        })
        .collect();
    let takes: Vec<i64> = answers[..10].iter().map(|answer| answer.takes.num_seconds()).collect();
    assert_eq!(takes, [30, 30, 30, 30, 30, 60, 60, 60, 60, 60], "the sixth waits for the first");
    assert!(answers[..80].iter().all(|answer| answer.status == 200));
    assert_eq!(answers[85].status, 503, "it waited more than eight minutes");
    assert_eq!((answers[100].status, answers[100].code()), (429, "Application_TooManyRequests"));
    assert!(answers[100].message().starts_with("Too many requests reached. Actual (101). Maximum (100)."));
}

/// dev-itpro/webservices/dynamics-error-codes.md
#[test]
fn in_the_update_window_everybody_is_told_to_come_back() {
    let mut desk = Desk::new();
    desk.bc.unavailable = true;
    let answer = desk.get("customers");
    assert_eq!((answer.status, answer.code()), (503, "Internal_TenantUnavailable"));
}

/// microsoft/BCApps#2184
#[test]
fn a_customer_with_recurring_lines_would_ask_the_user_something() {
    let mut desk = Desk::new();
    desk.setup().recurring_sales_lines("C1");
    assert_eq!(desk.draft("C1", "A-1", json!(1)).code(), "Application_CallbackNotAllowed");
}

/// MemberJunction/Integrations, notes on its Business Central connector
#[test]
fn after_an_upgrade_a_set_can_ask_for_its_data_upgrade() {
    let mut desk = Desk::new();
    desk.bc.data_upgrade_pending.insert("salesInvoices".into());
    let answer = desk.get("salesInvoices");
    assert_eq!((answer.status, answer.code()), (400, "Application_DialogException"));
    assert!(answer.message().starts_with("You must run the data upgrade"));
    assert_eq!(desk.get("customers").status, 200);
}

/// microsoft/ALAppExtensions#22944 and #23591
#[test]
fn standard_pages_lack_fields_and_custom_routes_are_not_there() {
    let mut desk = Desk::new();
    let batch = desk.setup().journal_batch(JournalBatch {
        code: "STRIPE".into(),
        cash_receipts: true,
        balancing_account: "5700".into(),
        ..Default::default()
    });
    let payment = json!({ "customerNumber": "C1", "amount": -1, "dueDate": "2026-12-01" });
    assert_eq!(desk.post(&format!("customerPaymentJournals({batch})/customerPayments"), payment).code(), "BadRequest");
    assert_eq!(desk.post("customers", json!({ "displayName": "x", "customerPostingGroup": "DEB" })).code(), "BadRequest");
    let custom = format!("/v2.0/{TENANT}/Production/api/partner/group/v1.0/companies");
    assert_eq!(desk.send(Method::GET, &custom, &[], b"").code(), "BadRequest_NotFound");
}

/// public clients; the documents say otherwise
#[test]
fn statuses_seen_in_the_field_can_take_the_place_of_the_documented_ones() {
    let mut desk = Desk::new();
    desk.bc.quirks.seen_statuses = true;
    let duplicate = desk.post("customers", json!({ "displayName": "x", "number": "C1" }));
    assert_eq!((duplicate.status, duplicate.code()), (409, "Internal_EntityWithSameKeyExists"), "not every 409 is staleness");
    let refused = desk.get("customers?$filter=number in ('C1')");
    assert_eq!((refused.status, refused.code()), (400, "BadRequest_MethodNotImplemented"));
}
