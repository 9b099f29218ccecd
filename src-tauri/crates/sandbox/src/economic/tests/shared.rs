//! What the REST API and the services share, and what only one of them writes.

use super::*;

const CUSTOMERS: &str = "/customersapi/v3.1.0";
const PRODUCTS: &str = "/productsapi/v2.0.0";
const JOURNALS: &str = "/journalsapi/v15.0.0";
const ACCOUNTS: &str = "/accountsapi/v7.0.0/Accounts";
const DOCUMENTS: &str = "/documentsapi/v4.0.1/AttachedDocuments";

impl Desk {
    /// Posts to a service; the status, the error's word and the whole answer.
    fn told(&mut self, method: Method, path: &str, body: Value) -> (u16, String, Value) {
        let answer = self.open(method, path, &body);
        (answer.status, answer.json["errorCode"].as_str().unwrap_or_default().to_owned(), answer.json)
    }
}

/// POG-S suppliers: numbered by the service, whole on PUT; POG-S journalVouchers: their entries stand on the group's account.
#[test]
fn suppliers_are_cards_and_their_invoices_entries() {
    let mut desk = Desk::new();
    let made = desk.post("/suppliers", &supplier_body());
    assert_eq!((made.status, made.json["supplierNumber"].as_u64(), made.json["barred"].as_bool()), (201, Some(1), Some(false)), "{}", made.text);
    let bare = desk.post("/suppliers", &json!({ "name": "x", "currency": "DKK" }));
    assert_eq!(bare.status, 400);
    let invoice = json!({ "supplier": { "supplierNumber": 1 }, "amount": -250, "date": "2026-11-03", "supplierInvoiceNumber": "L-7",
        "contraAccount": { "accountNumber": 4330 } });
    let voucher = desk.post("/journals/1/vouchers", &json!({ "accountingYear": { "year": "2026" }, "entries": { "supplierInvoices": [invoice] } }));
    assert_eq!(voucher.status, 201, "{}", voucher.text);
    let unknown = json!({ "supplier": { "supplierNumber": 9 }, "amount": -1, "date": "2026-11-03" });
    let refused = desk.post("/journals/1/vouchers", &json!({ "accountingYear": { "year": "2026" }, "entries": { "supplierInvoices": [unknown] } }));
    assert!(refused.status == 400 && refused.text.contains("E06000"), "{}", refused.text);
    let rows = desk.open_get(&format!("{JOURNALS}/draft-entries"));
    assert_eq!((rows.rows()[0]["entryTypeNumber"].as_u64(), rows.rows()[0]["supplierNumber"].as_u64()), (Some(3), Some(1)));
    assert_eq!(desk.delete("/suppliers/1").status, 400, "an entry speaks of it");
    desk.setup().book_journal(1).expect("booked");
    let posted = desk.open_get("/bookedEntriesapi/v4.0.0/booked-entries");
    let of = |account: u64| posted.rows().iter().find(|row| row["accountNumber"] == account).cloned().unwrap_or_default();
    assert_eq!(
        (of(6800)["amount"].to_string(), of(6800)["type"].as_u64(), of(4330)["amount"].to_string()),
        ("-250.00".into(), Some(3), "250.00".into())
    );
}

/// POG-S and POG-O: one contact and one delivery location, seen from both sides.
#[test]
fn contacts_and_delivery_locations_are_the_same_on_both_hosts() {
    let mut desk = Desk::new();
    for (name, path, body, word) in [
        ("Contacts", "contacts", json!({ "customerNumber": 1, "name": "Ida" }), "CustomerDoesNotExist"),
        ("DeliveryLocations", "delivery-locations", json!({ "customerNumber": 1, "address": "Lager 1", "postalCode": "8000" }), "CustomerNotFound"),
    ] {
        let service = format!("{CUSTOMERS}/{name}");
        assert_eq!(desk.told(Method::POST, &service, body.clone()).2["number"], 1, "{name}");
        let other = desk.post(&format!("/customers/2/{path}"), &json!({ "name": "Bo", "address": "Lager 2" }));
        assert_eq!(other.status, 201, "{}", other.text);
        assert_eq!(desk.get(&format!("/customers/1/{path}")).rows().len(), 1);
        assert_eq!(desk.open_get(&format!("{service}/count")).text, "2");
        let mut stranger = body.clone();
        stranger["customerNumber"] = 99.into();
        assert_eq!(desk.told(Method::POST, &service, stranger).1, word);
        let mut row = desk.open_get(&format!("{service}/1")).json;
        assert_eq!(desk.told(Method::PUT, &service, row.clone()).0, 204, "{name}");
        assert_eq!(desk.told(Method::PUT, &service, row.clone()).1, "UpdateConflict");
        row["objectVersion"] = Value::Null;
        assert_eq!(desk.told(Method::PUT, &service, row).0, 409, "a missing version is stale");
        assert_eq!(desk.send(Surface::Open, Method::DELETE, &format!("{service}/1"), &[], b"").status, 204);
        assert!(desk.get(&format!("/customers/1/{path}")).rows().is_empty());
    }
}

/// POG-O productsapi: price groups are numbered by the caller, prices by their currency.
#[test]
fn price_groups_and_prices_in_currencies() {
    let mut desk = Desk::new();
    let groups = format!("{PRODUCTS}/pricegroups");
    let group = json!({ "number": 7, "name": "Forhandlere" });
    assert_eq!(desk.told(Method::POST, &groups, group.clone()).0, 201);
    assert_eq!(desk.told(Method::POST, &groups, group).1, "PriceGroupIdExists");
    assert_eq!(desk.told(Method::POST, &groups, json!({ "number": 8 })).0, 400, "it needs a name");
    assert_eq!(desk.open_get(&format!("{groups}/7")).json["name"], "Forhandlere");
    let prices = format!("{PRODUCTS}/products/KOP/salespriceincurrencies");
    let price = json!({ "currency": "EUR", "salesPrice": number("11.25") });
    assert_eq!(desk.told(Method::POST, &prices, price.clone()).0, 201);
    assert_eq!(desk.told(Method::POST, &prices, price.clone()).1, "ProductPriceInCurrencyAlreadyExists");
    assert_eq!(desk.told(Method::POST, &prices, json!({ "currency": "XXX", "salesPrice": 1 })).1, "InvalidCurrency");
    assert_eq!(desk.told(Method::POST, &prices.replace("KOP", "NIX"), price).1, "ProductDoesNotExist");
    assert_eq!(desk.get("/products/KOP/pricing/currency-specific-sales-prices").rows()[0]["price"].to_string(), "11.25");
    assert_eq!(desk.open_get(&format!("{PRODUCTS}/salespriceincurrencies")).rows()[0]["productNumber"], "KOP");
    assert_eq!(desk.send(Surface::Open, Method::DELETE, &format!("{prices}/EUR"), &[], b"").status, 204);
    assert_eq!(desk.open_get(&format!("{prices}/EUR")).status, 404);
}

/// POG-O accountsapi: integers for enums, and what was posted on stays.
#[test]
fn accounts_are_written_by_a_service_only() {
    let mut desk = Desk::new();
    let of = |number: u64, kind: u64| {
        json!({ "number": number, "name": "Renter", "type": kind, "isBarred": false, "isBlockedForDirectEntries": false, "isDepartmentMandatory": false,
            "isUnitMandatory": false, "isCredit": true, "note": "af gebyrer" })
    };
    assert_eq!(desk.post("/accounts", &json!({ "accountNumber": 4400 })).status, 405);
    assert_eq!(desk.told(Method::POST, ACCOUNTS, of(4400, 1)).0, 201);
    assert_eq!(desk.told(Method::POST, ACCOUNTS, of(4400, 1)).1, "AccountIdAlreadyInUse");
    assert_eq!(desk.told(Method::POST, ACCOUNTS, of(4401, 9)).1, "InvalidAccountType");
    let mut contra = of(4402, 1);
    contra["contraAccountNumber"] = 99_999.into();
    assert_eq!(desk.told(Method::POST, ACCOUNTS, contra).1, "ContraAccountDoesNotExist");
    let rest = desk.get("/accounts/4400").json;
    assert_eq!(
        (rest["accountType"].as_str(), rest["debitCredit"].as_str(), rest["balance"].to_string()),
        (Some("profitAndLoss"), Some("credit"), "0".into())
    );
    let row = desk.open_get(&format!("{ACCOUNTS}/4400")).json;
    assert_eq!((row["type"].as_u64(), row["note"].as_str()), (Some(1), Some("af gebyrer")));
    assert_eq!(desk.told(Method::PUT, ACCOUNTS, row.clone()).0, 204);
    assert_eq!(desk.told(Method::PUT, ACCOUNTS, row).1, "UpdateConflict");
    let draft = desk.draft(1, "100");
    desk.setup().book_invoice(draft).expect("booked");
    let delete = |desk: &mut Desk, number: u64| desk.send(Surface::Open, Method::DELETE, &format!("{ACCOUNTS}/{number}"), &[], b"");
    assert_eq!((delete(&mut desk, 1010).json["errorCode"].as_str(), delete(&mut desk, 4400).status), (Some("AccountInUse"), 204));
}

/// POG-O journalsapi: a journal that a service made takes vouchers on both hosts.
#[test]
fn journals_are_written_by_a_service_only() {
    let mut desk = Desk::new();
    let mut row = json!({ "name": "Stripe", "minimumVoucherNumber": 70_001, "customerContraAccount": 5710, "allowedEntryType": 2 });
    for flag in [
        "balancingBehavior",
        "autoApprove",
        "isStandingJournal",
        "requireAdminApproval",
        "lockVatCodes",
        "allowPartialBooking",
        "requireBalancePerVoucherId",
        "repeatText",
    ] {
        row[flag] = false.into();
    }
    assert_eq!(desk.post("/journals", &row).status, 405);
    let made = desk.told(Method::POST, &format!("{JOURNALS}/journals"), row.clone());
    assert_eq!((made.0, made.2["number"].as_u64()), (201, Some(4)));
    let rest = desk.get("/journals/4").json;
    assert_eq!((rest["name"].as_str(), rest["settings"]["entryTypeRestrictedTo"].as_str()), (Some("Stripe"), Some("customerPayment")));
    let payment = json!({ "customer": { "customerNumber": 1 }, "contraAccount": { "accountNumber": 5710 }, "amount": -10, "date": "2026-11-03" });
    let voucher = desk.post("/journals/4/vouchers", &json!({ "accountingYear": { "year": "2026" }, "entries": { "customerPayments": [payment] } }));
    assert_eq!(voucher.json[0]["voucherNumber"], 70_001, "{}", voucher.text);
    let delete = |desk: &mut Desk| desk.send(Surface::Open, Method::DELETE, &format!("{JOURNALS}/journals/4"), &[], b"").status;
    assert_eq!(delete(&mut desk), 400, "it holds a draft");
    desk.send(Surface::Open, Method::DELETE, &format!("{JOURNALS}/draft-entries/delete/4"), &[], b"");
    assert_eq!(delete(&mut desk), 204);
    row["name"] = Value::Null;
    assert_eq!(desk.told(Method::POST, &format!("{JOURNALS}/journals"), row).0, 400);
}

/// POG-O journalsapi /accruals: months are counted by the service.
#[test]
fn a_draft_entry_is_spread_over_months() {
    let mut desk = Desk::new();
    let path = format!("{JOURNALS}/accruals");
    let accrual =
        |entry: u64| json!({ "entryNumber": entry, "journalNumber": 1, "accountNumber": 1010, "startDate": "2026-11-01", "endDate": "2027-01-31" });
    assert_eq!(desk.told(Method::POST, &path, accrual(1)).1, "JournalEntryDoesNotExist");
    let entry = json!({ "account": { "accountNumber": 4330 }, "contraAccount": { "accountNumber": 5710 }, "amount": 10, "date": "2026-11-03" });
    desk.post("/journals/1/vouchers", &json!({ "accountingYear": { "year": "2026" }, "entries": { "financeVouchers": [entry] } }));
    assert_eq!(desk.told(Method::POST, &path, accrual(1)).0, 201);
    assert_eq!(desk.open_get(&format!("{path}/1/1")).json["months"], 3);
    let mut backwards = accrual(1);
    backwards["endDate"] = "2026-10-01".into();
    assert_eq!(desk.told(Method::PUT, &path, backwards).0, 400);
    assert_eq!(desk.told(Method::DELETE, &path, json!({ "entryNumber": 1, "journalNumber": 1 })).0, 204);
    assert_eq!(desk.open_get(&format!("{path}/count")).text, "0");
}

/// POG-O journalsapi: entries are replaced in bulk too, all or none.
#[test]
fn draft_entries_are_replaced_in_bulk() {
    let mut desk = Desk::new();
    let entry = json!({ "account": { "accountNumber": 4330 }, "contraAccount": { "accountNumber": 5710 }, "amount": 10, "date": "2026-11-03" });
    for _ in 0..2 {
        desk.post("/journals/1/vouchers", &json!({ "accountingYear": { "year": "2026" }, "entries": { "financeVouchers": [entry] } }));
    }
    let path = format!("{JOURNALS}/draft-entries");
    let mut rows = desk.open_get(&path).rows().to_vec();
    rows.iter_mut().for_each(|row| row["text"] = "rettet".into());
    let mut stale = rows.clone();
    stale[1]["objectVersion"] = "0".into();
    assert_eq!(desk.told(Method::PUT, &format!("{path}/bulk"), stale.into()).1, "UpdateConflict");
    assert!(desk.open_get(&path).rows().iter().all(|row| row["text"].is_null()), "none of them was changed");
    assert_eq!(desk.told(Method::PUT, &format!("{path}/bulk"), rows.into()).0, 204);
    let texts: Vec<Value> = desk.open_get(&path).rows().iter().map(|row| row["text"].clone()).collect();
    assert_eq!(texts, ["rettet", "rettet"]);
}

/// docs/openapi-verification.md: what needs a module that was not bought is 403 with a word of its own.
#[test]
fn a_service_of_a_missing_module_says_so() {
    let mut desk = Desk::new();
    for path in ["/dimensionsapi/v5.3.1/dimensions", "/projectsapi/v1.1.0/projects", "/subscriptionsapi/v6.0.3/subscriptions"] {
        let answer = desk.open_get(path);
        assert_eq!((answer.status, answer.json["errorCode"].as_str()), (403, Some("AccessDeniedAgreementMissingModules")), "{path}");
    }
}

/// POG-O documentsapi: one document of each voucher, to which pages are added when that is asked for.
#[test]
fn documents_are_attached_to_vouchers() {
    let mut desk = Desk::new();
    let entry = json!({ "account": { "accountNumber": 4330 }, "contraAccount": { "accountNumber": 5710 }, "amount": 10, "date": "2026-11-03" });
    desk.post("/journals/1/vouchers", &json!({ "accountingYear": { "year": "2026" }, "entries": { "financeVouchers": [entry] } }));
    let document = |year: &str, voucher: u64, file: &str| json!({ "accountingYear": year, "voucherNumber": voucher, "file": file, "note": "bilag" });
    let pdf = "JVBERi0xLjQ=";
    for (body, word) in [
        (document("2026", 1, "****"), "InvalidFileData"),
        (document("2026", 1, "aGVq"), "InvalidFileData"),
        (document("1999", 1, pdf), "AccountingYearNotFound"),
        (document("2026", 99, pdf), "InvalidVoucherNumber"),
    ] {
        assert_eq!(desk.told(Method::POST, DOCUMENTS, body).1, word);
    }
    assert_eq!(desk.told(Method::POST, DOCUMENTS, document("2026", 1, pdf)).2["number"], 1);
    let mut again = document("2026", 1, pdf);
    assert_eq!(desk.told(Method::POST, DOCUMENTS, again.clone()).1, "DocumentAlreadyAttachedToVoucher");
    again["onConflict"] = 1.into();
    assert_eq!(desk.told(Method::POST, DOCUMENTS, again).0, 201);
    let row = desk.open_get(&format!("{DOCUMENTS}/1")).json;
    assert_eq!((row["pageCount"].as_u64(), row["note"].as_str(), row["file"].as_str()), (Some(2), Some("bilag"), None));
    assert_eq!(desk.open_get(&format!("{DOCUMENTS}/1/pdf")).text, "%PDF-1.4");
    assert_eq!(desk.told(Method::DELETE, &format!("{DOCUMENTS}/deletebulk"), json!({ "documentNumbers": [1, 2] })).0, 404, "all or none");
    assert_eq!(desk.told(Method::DELETE, &format!("{DOCUMENTS}/deletebulk"), json!({ "documentNumbers": [1] })).0, 204);
}

/// SL, POG-S: e-invoices only.
#[test]
fn sent_invoices_are_those_that_were_sent_while_booking() {
    let mut desk = Desk::new();
    desk.economic.rules.allow_posting = true;
    for by in ["none", "Email", "EAN"] {
        let draft = desk.draft(1, "100");
        assert_eq!(desk.post("/invoices/booked", &json!({ "draftInvoice": { "draftInvoiceNumber": draft }, "sendBy": by })).status, 201);
    }
    let sent = desk.get("/invoices/sent");
    assert_eq!(sent.rows().len(), 1);
    assert_eq!((sent.rows()[0]["sendBy"].as_str(), sent.rows()[0]["invoice"]["bookedInvoiceNumber"].as_u64()), (Some("ean"), Some(3)));
    assert_eq!(desk.get("/invoices/sent/1").json["status"], "sent");
}

/// POG-S accounting-years totals: what was posted, by account.
#[test]
fn totals_of_a_year_and_of_a_month_are_what_was_posted() {
    let mut desk = Desk::new();
    let draft = desk.draft(1, "100");
    desk.setup().book_invoice(draft).expect("booked");
    for path in ["/accounting-years/2026/totals", "/accounting-years/2026/periods/11/totals"] {
        let totals = desk.get(path);
        let sums: Vec<(u64, String)> =
            totals.rows().iter().map(|row| (row["account"]["accountNumber"].as_u64().unwrap_or(0), row["totalInBaseCurrency"].to_string())).collect();
        assert_eq!(sums, [(1010, "-100.00".into()), (5600, "125.00".into()), (6902, "-25.00".into())], "{path}");
    }
    assert!(desk.get("/accounting-years/2026/periods/10/totals").rows().is_empty());
}
