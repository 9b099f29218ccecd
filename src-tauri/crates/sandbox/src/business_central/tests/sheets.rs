//! Documents, lines, cards and journals: what the sources say of each, in their order.

use super::*;

impl Desk {
    fn delete(&mut self, below: &str) -> Answer {
        let path = self.path(below);
        self.send(Method::DELETE, &path, &[], b"")
    }

    /// A cash receipt batch that is balanced by the Stripe account.
    fn receipts(&mut self) -> String {
        let batch = JournalBatch { code: "STRIPE".into(), cash_receipts: true, balancing_account: "5700".into(), ..Default::default() };
        self.setup().journal_batch(batch)
    }

    fn posted(&mut self, customer: &str, reference: &str, price: Json) -> (String, String) {
        let id = self.draft(customer, reference, price).text("id");
        let number = self.setup().post_invoice(&id).expect("posted").number;
        (id, number)
    }

    fn lines(&mut self, invoice: &str) -> Vec<Json> {
        self.get(&format!("salesInvoices({invoice})/salesInvoiceLines")).rows().to_vec()
    }
}

/// BCApps, APIV2SalesInvoices.Page.al: either names the customer, both must agree.
#[test]
fn a_customer_is_named_by_id_or_number_and_both_must_agree() {
    let mut desk = Desk::new();
    let id = desk.id("customers", "number eq 'C1'");
    assert_eq!(desk.post("salesInvoices", json!({ "customerId": id })).text("customerNumber"), "C1");
    assert_eq!(desk.post("salesInvoices", json!({ "customerId": id, "customerNumber": "C1" })).status, 201);
    assert_eq!(desk.post("salesInvoices", json!({ "customerId": id, "customerNumber": "C2" })).status, 400);
    let neither = desk.post("salesInvoices", json!({ "invoiceDate": "2026-11-02" }));
    assert!(neither.message().starts_with("A \"customerNumber\" or a \"customerId\" must be provided."), "{}", neither.text);
}

/// BCApps, SalesHeader.Table.al and APIV2SalesInvoices, SetDates
#[test]
fn a_draft_takes_what_its_customer_says_and_the_day_of_work() {
    let mut desk = Desk::new();
    let customer = desk.id("customers", "number eq 'C2'");
    let card = json!({ "addressLine1": "Ofenweg 1", "city": "Bremen", "country": "DE", "postalCode": "28195", "email": "ap@keramik.example" });
    assert_eq!(desk.patch(&format!("customers({customer})"), "*", card).status, 200);
    let draft = desk.post("salesInvoices", json!({ "customerNumber": "C2" }));
    assert_eq!(
        (draft.text("billToAddressLine1"), draft.text("sellToCity"), draft.text("currencyCode")),
        ("Ofenweg 1".into(), "Bremen".into(), "EUR".into())
    );
    assert_eq!(
        (draft.text("invoiceDate"), draft.text("postingDate"), draft.text("dueDate")),
        ("2026-11-20".into(), "2026-11-20".into(), "2026-12-04".into())
    );
    let said = desk
        .post("salesInvoices", json!({ "customerNumber": "C2", "dueDate": "2026-11-30", "postingDate": "2026-11-05", "invoiceDate": "2026-11-02" }));
    assert_eq!((said.text("dueDate"), said.text("postingDate")), ("2026-11-30".into(), "2026-11-05".into()));
}

/// BCApps test APIV2SalesInvoicesE2E, TestModifyInvoiceNumberForDraftInvoice; entity pages
#[test]
fn what_a_document_does_not_let_anybody_write() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "A-1", json!(100)).text("id");
    let path = format!("salesInvoices({draft})");
    for (body, code) in [
        (json!({ "number": "X-1" }), "BadRequest_InvalidOperation"),
        (json!({ "pricesIncludeTax": true }), "BadRequest_InvalidOperation"),
        (json!({ "status": "Open" }), "BadRequest_InvalidOperation"),
        (json!({ "totalAmountIncludingTax": 1 }), "BadRequest_InvalidOperation"),
        (json!({ "promisedPayDate": "2026-12-01" }), "Application_DialogException"),
        (json!({ "posted": true }), "BadRequest"),
        (json!({ "salesInvoiceLines": [] }), "BadRequest"),
        (json!({ "customerPurchaseOrderReference": "x".repeat(36) }), "Application_StringExceededLength"),
    ] {
        assert_eq!(desk.patch(&path, "*", body.clone()).code(), code, "{body}");
    }
    let order = desk.post("salesOrders", json!({ "customerNumber": "C1", "pricesIncludeTax": true }));
    assert_eq!((order.status, order.json["pricesIncludeTax"].as_bool()), (201, Some(true)), "an order may say it");
    assert!(order.json["dueDate"].is_null(), "and has no due date");
    assert_eq!(desk.post("salesOrders", json!({ "customerNumber": "C1", "number": "X" })).code(), "BadRequest_InvalidOperation");
}

/// BCApps, SalesInvoiceAggregator, ChangeOnlyContainsWhitelistedFields
#[test]
fn a_posted_invoice_keeps_its_lines_and_lets_few_fields_change() {
    let mut desk = Desk::new();
    let (id, _) = desk.posted("C1", "A-1", json!(100));
    let line = desk.lines(&id)[0]["id"].as_str().unwrap_or_default().to_string();
    assert!(desk.patch(&format!("salesInvoiceLines({line})"), "*", json!({ "description": "andet" })).status >= 400);
    assert!(desk.post(&format!("salesInvoices({id})/salesInvoiceLines"), json!({ "description": "mere" })).status >= 400);
    assert!(desk.delete(&format!("salesInvoiceLines({line})")).status >= 400);
    assert_eq!(desk.lines(&id).len(), 1);
    assert_eq!(desk.patch(&format!("salesInvoices({id})"), "*", json!({ "promisedPayDate": "2026-12-01" })).status, 200);
}

/// BCApps, SalesPost.Codeunit.al
#[test]
fn posting_carries_the_ids_of_the_lines_along() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "A-1", json!(100)).text("id");
    let before = desk.lines(&draft)[0]["id"].clone();
    desk.setup().post_invoice(&draft).expect("posted");
    assert_eq!(desk.lines(&draft)[0]["id"], before);
}

/// BCApps, APIV2SalesInvoices: bound actions answer 204 without a body; a corrective memo is a draft, and refused when partly paid.
#[test]
fn actions_post_cancel_and_correct() {
    let mut desk = Desk::new();
    desk.bc.allow_posting = true;
    let act = |desk: &mut Desk, id: &str, name: &str| desk.post(&format!("salesInvoices({id})/Microsoft.NAV.{name}"), json!({})).status;
    let first = desk.draft("C1", "A-1", json!(100)).text("id");
    assert_eq!(act(&mut desk, &first, "postAndSend"), 204);
    assert_eq!(act(&mut desk, &first, "send"), 204);
    assert_eq!(act(&mut desk, &first, "makeCorrectiveCreditMemo"), 204);
    let memos = desk.get("salesCreditMemos");
    assert_eq!((memos.rows().len(), memos.rows()[0]["status"].as_str()), (1, Some("Draft")));
    assert_eq!(act(&mut desk, &first, "cancel"), 204);
    assert_eq!(desk.get(&format!("salesInvoices({first})")).text("status"), "Canceled");
    assert_eq!(act(&mut desk, &first, "nonsense"), 404);
    let (second, number) = desk.posted("C1", "A-2", json!(100));
    let part = Receipt {
        customer: "C1".into(),
        amount: dec("25"),
        applies_to: number,
        document_number: "B1".into(),
        description: String::new(),
        posting_date: day("2026-11-05"),
        account: "5700".into(),
    };
    desk.setup().receipt(part).expect("a part");
    assert_eq!(act(&mut desk, &second, "makeCorrectiveCreditMemo"), 400);
    let get = desk.path(&format!("salesInvoices({second})/Microsoft.NAV.post"));
    assert_eq!(desk.send(Method::GET, &get, &[], b"").status, 405);
}

/// BCApps, Permissions/d365*.permissionset.al: EDIT without POST keeps drafts drafts.
#[test]
fn a_user_without_the_posting_sets_cannot_post_at_all() {
    let mut desk = Desk::new();
    desk.bc.allow_posting = true;
    desk.bc.add_user(TENANT, USER, PermissionSet::drafts_only());
    let id = desk.draft("C1", "A-1", json!(100)).text("id");
    assert_eq!(desk.post(&format!("salesInvoices({id})/Microsoft.NAV.post"), json!({})).status, 403);
    let batch = desk.receipts();
    assert_eq!(desk.post(&format!("journals({batch})/Microsoft.NAV.post"), json!({})).status, 403);
    assert_eq!(desk.get(&format!("salesInvoices({id})")).text("status"), "Draft");
}

/// BCApps, SalesHeader, SendToPosting; GetRemainingAmount
#[test]
fn a_line_without_quantity_is_not_posted_and_a_draft_remains_in_full() {
    let mut desk = Desk::new();
    let account = desk.id("accounts", "number eq '1010'");
    let draft = desk
        .post("salesInvoices", json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "accountId": account, "unitPrice": 10, "quantity": 0 }] }));
    assert!(desk.setup().post_invoice(&draft.text("id")).is_err());
    assert_eq!(desk.get(&format!("salesInvoices({})", draft.text("id"))).text("status"), "Draft");
    assert_eq!(desk.draft("C1", "A-2", json!(100)).amount("remainingAmount"), "125");
}

/// BCApps test APIV2SalesInvLinesE2E: more lines leave the amount of the discount.
#[test]
fn a_header_discount_stays_when_lines_are_added() {
    let mut desk = Desk::new();
    let account = desk.id("accounts", "number eq '1010'");
    let line = json!({ "accountId": account, "quantity": 1, "unitPrice": 100 });
    let id = desk.post("salesInvoices", json!({ "customerNumber": "C1", "discountAmount": 10, "salesInvoiceLines": [line] })).text("id");
    assert_eq!(desk.post(&format!("salesInvoices({id})/salesInvoiceLines"), line).status, 201);
    let header = desk.get(&format!("salesInvoices({id})"));
    assert_eq!((header.amount("discountAmount"), header.amount("totalAmountExcludingTax")), ("10".into(), "190".into()));
}

/// BCApps, APIV2SalesInvoiceLines.Page.al
#[test]
fn a_line_is_what_its_object_makes_it() {
    let mut desk = Desk::new();
    let (account, item) = (desk.id("accounts", "number eq '1010'"), desk.id("items", "number eq 'KOP'"));
    let id = desk.post("salesInvoices", json!({ "customerNumber": "C1", "salesInvoiceLines": [{ "itemId": item, "quantity": 2 }] })).text("id");
    let line = desk.lines(&id)[0].clone();
    assert_eq!((line["lineType"].as_str(), line["description"].as_str(), line["unitPrice"].to_string().as_str()), (Some("Item"), Some("Kop"), "80"));
    assert_eq!((line["unitOfMeasureCode"].as_str(), line["lineObjectNumber"].as_str()), (Some("STK"), Some("KOP")));
    let path = format!("salesInvoiceLines({})", line["id"].as_str().unwrap_or_default());
    let switched = desk.patch(&path, "*", json!({ "accountId": account }));
    assert_eq!((switched.text("lineType"), switched.text("itemId")), ("Account".into(), "00000000-0000-0000-0000-000000000000".into()));
    let blanked = desk.patch(&path, "*", json!({ "lineType": "Comment" }));
    assert_eq!((blanked.text("accountId"), blanked.text("lineObjectNumber")), ("00000000-0000-0000-0000-000000000000".into(), String::new()));
    for body in [json!({ "lineObjectNumber": "1010" }), json!({ "sequence": 5 }), json!({ "documentId": account })] {
        assert!(desk.patch(&path, "*", body.clone()).status >= 400, "{body}");
    }
    let by_number =
        desk.post(&format!("salesInvoices({id})/salesInvoiceLines"), json!({ "lineType": "Account", "lineObjectNumber": "1010", "quantity": 1 }));
    assert_eq!(by_number.text("accountId"), account);
}

/// BCApps, SalesInvoiceLineAggregate.Table.al, UpdateLineDiscounts
#[test]
fn the_two_discounts_of_a_line_are_one() {
    let mut desk = Desk::new();
    let account = desk.id("accounts", "number eq '1010'");
    let line = |field: &str, value: i64| json!({ "accountId": account, "quantity": 2, "unitPrice": 100, field: value });
    for (field, value) in [("discountPercent", 10), ("discountAmount", 20)] {
        let id = desk.post("salesInvoices", json!({ "customerNumber": "C1", "salesInvoiceLines": [line(field, value)] })).text("id");
        let told = desk.lines(&id)[0].clone();
        assert_eq!(
            (told["discountPercent"].to_string(), told["discountAmount"].to_string(), told["amountExcludingTax"].to_string()),
            ("10".into(), "20".into(), "180".into()),
            "{field}"
        );
    }
    assert!(desk.post("salesInvoices", json!({ "customerNumber": "C1", "salesInvoiceLines": [line("discountAmount", -1)] })).status >= 400);
}

/// BCApps, Customer.Table.al: a new number goes everywhere; a contact is made beside the customer.
#[test]
fn a_customer_renamed_is_renamed_everywhere() {
    let mut desk = Desk::new();
    let contacts = desk.get("contacts").rows().len();
    let made = desk.post("customers", json!({ "displayName": "Ny kunde", "type": "Company" }));
    assert_eq!(desk.get("contacts").rows().len(), contacts + 1);
    let draft = desk.draft("C1", "A-1", json!(1)).text("id");
    let id = desk.id("customers", "number eq 'C1'");
    assert_eq!(desk.patch(&format!("customers({id})"), "*", json!({ "number": "K-1" })).text("number"), "K-1");
    assert_eq!(desk.get(&format!("salesInvoices({draft})")).text("customerNumber"), "K-1");
    assert_eq!(desk.patch(&format!("customers({})", made.text("id")), "*", json!({ "number": "K-1" })).code(), "Internal_EntityWithSameKeyExists");
}

/// BCApps, APIV2CustFinancialDetails and APIV2AgedAR
#[test]
fn what_a_customer_owes_is_told_in_two_currencies_and_four_buckets() {
    let mut desk = Desk::new();
    desk.posted("C2", "A-1", json!(100));
    let id = desk.id("customers", "number eq 'C2'");
    assert_eq!(desk.get(&format!("customers({id})/customerFinancialDetail")).amount("balance"), "746");
    assert_eq!(desk.get(&format!("customers({id})/agedAccountsReceivable")).amount("balanceDue"), "746");
    desk.now += TimeDelta::days(40);
    assert_eq!(desk.get(&format!("customers({id})")).amount("balanceDue"), "100", "in the customer's own currency, once it is due");
}

/// BCApps, APIV2PaymentTerms: the formulas of the program
#[test]
fn due_dates_follow_the_formulas_of_the_terms() {
    let mut desk = Desk::new();
    for (code, formula, due) in
        [("N30", "30D", "2026-12-02"), ("LM14", "CM+14D", "2026-12-14"), ("1M", "1M", "2026-12-02"), ("0D", "0D", "2026-11-02")]
    {
        desk.setup().payment_terms(code, code, formula);
        let terms = desk.id("paymentTerms", &format!("code eq '{code}'"));
        let draft = desk.post("salesInvoices", json!({ "customerNumber": "C1", "invoiceDate": "2026-11-02", "paymentTermsId": terms }));
        assert_eq!(draft.text("dueDate"), due, "{formula}");
    }
}

/// entity pages: read-only sets; there is no customer ledger in the API
#[test]
fn some_sets_are_only_read_and_some_are_not_there() {
    let mut desk = Desk::new();
    for set in ["generalLedgerEntries", "accounts", "currencyExchangeRates", "dimensions", "dimensionValues"] {
        assert_eq!(desk.get(set).status, 200, "{set}");
        assert_eq!(
            (desk.post(set, json!({})).status, desk.post(set, json!({})).code().to_string()),
            (405, "BadRequest_MethodNotAllowed".into()),
            "{set}"
        );
    }
    for set in ["customerLedgerEntries", "Cust_LedgerEntries", "payments"] {
        assert_eq!(desk.get(set).code(), "BadRequest_ResourceNotFound", "{set}");
    }
    desk.posted("C1", "A-1", json!(100));
    let entry = desk.get("generalLedgerEntries").rows()[0].clone();
    assert!(["customerNumber", "externalDocumentNumber", "currencyCode"].iter().all(|name| entry[*name].is_null()));
}

/// BCApps, APIV2Items: stock is no field that one writes
#[test]
fn an_item_takes_no_stock_and_its_unit_by_code_or_id() {
    let mut desk = Desk::new();
    assert!(desk.post("items", json!({ "displayName": "Krukke", "inventory": 5 })).status >= 400);
    let unit = desk.id("unitsOfMeasure", "code eq 'STK'");
    let by_id = desk.post("items", json!({ "number": "KRU", "displayName": "Krukke", "baseUnitOfMeasureId": unit }));
    assert_eq!((by_id.status, by_id.text("baseUnitOfMeasureCode")), (201, "STK".into()), "{}", by_id.text);
    assert_eq!(desk.post("items", json!({ "number": "KRU", "displayName": "x" })).code(), "Internal_EntityWithSameKeyExists");
    assert_eq!(desk.post("items", json!({ "displayName": "x", "baseUnitOfMeasureCode": "NIX" })).status, 400);
}

/// BCApps, APIV2CustomerPayments and GenJournalLine.Table.al, SetUpNewLine
#[test]
fn a_payment_takes_what_is_left_out_from_the_line_before() {
    let mut desk = Desk::new();
    let batch = desk.receipts();
    let path = format!("customerPaymentJournals({batch})/customerPayments");
    let first = desk.post(&path, json!({ "customerNumber": "C1", "amount": -1, "documentNumber": "CS-1", "postingDate": "2026-11-03" }));
    let second = desk.post(&path, json!({ "customerNumber": "C1", "amount": -2 }));
    assert_eq!(second.text("postingDate"), "2026-11-03", "{}", second.text);
    assert!(["CS-1", "CS-2"].contains(&second.text("documentNumber").as_str()), "{}", second.text);
    assert_eq!((first.json["lineNumber"].as_i64(), second.json["lineNumber"].as_i64()), (Some(10_000), Some(20_000)));
    for body in [
        json!({ "customerNumber": "C1", "amount": -1, "currencyCode": "EUR" }),
        json!({ "customerNumber": "C1", "amount": -1, "balancingAccountNumber": "5800" }),
    ] {
        assert_eq!(desk.post(&path, body.clone()).code(), "BadRequest", "{body}");
    }
    let renamed = desk.patch(&format!("{path}({})", second.text("id")), "*", json!({ "lineNumber": 15_000 }));
    assert_eq!((renamed.status, renamed.json["lineNumber"].as_i64()), (200, Some(15_000)), "{}", renamed.text);
    assert_eq!(
        desk.patch(&format!("{path}({})", second.text("id")), "*", json!({ "lineNumber": 10_000 })).code(),
        "Internal_EntityWithSameKeyExists"
    );
}

/// BCApps, APIV2Journals, OnFindRecord: any batch is found by its id, and posted.
#[test]
fn a_payment_journal_has_no_action_but_the_journal_of_the_same_id_has() {
    let mut desk = Desk::new();
    desk.bc.allow_posting = true;
    let batch = desk.receipts();
    let (id, number) = desk.posted("C1", "A-1", json!(100));
    let path = format!("customerPaymentJournals({batch})/customerPayments");
    let payment = json!({ "customerNumber": "C1", "amount": -125, "documentNumber": "CS-1", "postingDate": "2026-11-03", "appliesToInvoiceNumber": number,
        "description": "txn_1", "externalDocumentNumber": "EXT" });
    assert_eq!(desk.post(&path, payment).status, 201);
    assert_eq!(desk.post(&format!("customerPaymentJournals({batch})/Microsoft.NAV.post"), json!({})).status, 404);
    assert_eq!(desk.get(&format!("salesInvoices({id})")).text("status"), "Open");
    assert_eq!(desk.post(&format!("journals({batch})/Microsoft.NAV.post"), json!({})).status, 204);
    assert_eq!(desk.get(&format!("salesInvoices({id})")).text("status"), "Paid");
    let entries = desk.get("generalLedgerEntries?$filter=documentNumber eq 'CS-1'");
    assert!(entries.rows().iter().any(|row| row["description"] == "txn_1"), "the description survives");
    assert!(desk.get(&path).rows().is_empty());
}

/// BCApps, APIV2JournalLines and SetJournalLineValues
#[test]
fn journal_lines_debit_what_is_positive_and_want_both_balance_fields() {
    let mut desk = Desk::new();
    let batch = desk.setup().journal_batch(JournalBatch { code: "GEBYR".into(), balancing_account: "5700".into(), ..Default::default() });
    let path = format!("journals({batch})/journalLines");
    let line = json!({ "accountType": "Customer", "accountNumber": "C1", "documentNumber": "R-1", "postingDate": "2026-11-03", "amount": 90,
        "balanceAccountType": "G_x002F_L_x0020_Account", "balancingAccountNumber": "5700" });
    let made = desk.post(&path, line);
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!((made.text("accountType"), made.text("accountNumber")), ("Customer".into(), "C1".into()));
    desk.setup().post_journal(&batch).expect("posted");
    let entries = desk.get("generalLedgerEntries?$filter=documentNumber eq 'R-1'");
    let of = |account: &str| entries.rows().iter().find(|row| row["accountNumber"] == account).cloned().unwrap_or_default();
    assert_eq!((of("5600")["debitAmount"].to_string(), of("5700")["creditAmount"].to_string()), ("90".into(), "90".into()));
    assert!(desk.post(&path, json!({ "accountType": "G/L Account", "amount": 1 })).status >= 400, "the plain caption is no wire name");
}

/// dev-itpro/webservices/dynamics-error-codes.md; devenv-connect-apps-tips.md
#[test]
fn refusals_have_the_code_of_their_cause() {
    let mut desk = Desk::new();
    let path = desk.path("customers");
    let write = desk.send(Method::POST, &path, &[("Data-Access-Intent", "ReadOnly")], br#"{"displayName":"x"}"#);
    assert_eq!((write.status, write.code()), (400, "BadRequest"));
    assert_eq!(desk.send(Method::GET, &path, &[("Data-Access-Intent", "ReadOnly")], b"").status, 200);
    assert_eq!(desk.send(Method::POST, &path, &[], b"{nonsense").code(), "BadRequest");
    assert_eq!(desk.post("salesInvoices", json!({ "customerId": "not-a-guid" })).status, 400);
    desk.caller.app_only = true;
    assert_eq!(
        (desk.get("customers").status, desk.get("customers").code().to_string()),
        (401, "Authentication_InvalidCredentials".into()),
        "no roles in the token"
    );
    desk.caller.roles = vec!["API.ReadWrite.All".into()];
    assert_eq!(desk.get("customers").status, 200);
}

/// BCApps, APIV2SalesCreditMemos: what it applies to, and its own statuses
#[test]
fn a_credit_memo_names_its_invoice_by_id_or_number() {
    let mut desk = Desk::new();
    let (id, number) = desk.posted("C1", "A-1", json!(100));
    let account = desk.id("accounts", "number eq '1010'");
    let line = json!({ "accountId": account, "quantity": 1, "unitPrice": 40 });
    let memo = desk.post("salesCreditMemos", json!({ "customerNumber": "C1", "invoiceNumber": number, "salesCreditMemoLines": [line] }));
    assert_eq!((memo.text("invoiceId"), memo.text("status")), (id, "Draft".into()), "{}", memo.text);
    let free = desk.post("salesCreditMemos", json!({ "customerNumber": "C1", "salesCreditMemoLines": [line] })).text("id");
    desk.setup().post_credit_memo(&free).expect("posted");
    assert_eq!(desk.get(&format!("salesCreditMemos({free})")).text("status"), "Open");
}
