//! What the harness does as a person would: posting, payments, application.

use super::*;

impl Desk {
    fn entries(&mut self, document: &str) -> Vec<(String, String)> {
        let answer = self.get(&format!("generalLedgerEntries?$filter=documentNumber eq '{document}'"));
        let signed = |row: &Json| format!("{}", dec(&row["debitAmount"].to_string()) - dec(&row["creditAmount"].to_string()));
        answer.rows().iter().map(|row| (row["accountNumber"].as_str().unwrap_or_default().to_string(), signed(row))).collect()
    }
}

#[test]
fn posting_keeps_the_id_and_changes_the_number() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "NK-1", json!(100));
    let posted = desk.setup().post_invoice(&draft.text("id")).expect("posted");
    assert_eq!(posted.id, draft.text("id"));
    assert_ne!(posted.number, draft.text("number"));
    let row = desk.get(&format!("salesInvoices({})", posted.id));
    assert_eq!((row.text("status"), row.text("number"), row.amount("remainingAmount")), ("Open".into(), posted.number.clone(), "125".into()));
    assert_eq!(desk.entries(&posted.number), [("5600".into(), "125".into()), ("6901".into(), "-25".into()), ("1010".into(), "-100".into())]);
    let path = format!("salesInvoices({})", posted.id);
    assert_eq!(desk.patch(&path, "*", json!({ "externalDocumentNumber": "X" })).code(), "Application_DialogException");
    assert_eq!(desk.patch(&path, "*", json!({ "dueDate": "2026-12-24" })).status, 200, "a few fields stay open");
    let full = desk.path(&path);
    assert_eq!(desk.send(Method::DELETE, &full, &[], b"").code(), "Application_DialogException");
}

#[test]
fn posting_refuses_what_is_not_ready_and_leaves_the_draft() {
    let mut desk = Desk::new();
    let empty = desk.post("salesInvoices", json!({ "customerNumber": "C1" })).text("id");
    assert!(desk.setup().post_invoice(&empty).is_err_and(|fault| fault.message.contains("at least one line")));
    let old = desk.post("salesInvoices", json!({ "customerNumber": "C1", "postingDate": "2025-06-01" })).text("id");
    let account = desk.id("accounts", "number eq '1010'");
    desk.post(&format!("salesInvoices({old})/salesInvoiceLines"), json!({ "accountId": account, "quantity": 1, "unitPrice": 1 }));
    assert!(desk.setup().post_invoice(&old).is_err_and(|fault| fault.message.contains("allowed posting dates")));
    assert_eq!(desk.get(&format!("salesInvoices({old})")).text("status"), "Draft");
}

#[test]
fn a_partial_payment_leaves_the_stamp_and_the_last_one_moves_it() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "NK-1", json!(100)).text("id");
    let posted = desk.setup().post_invoice(&draft).expect("posted");
    let stamp = desk.get(&format!("salesInvoices({draft})")).text("lastModifiedDateTime");
    let pay = |amount: &str, number: &str| Receipt {
        customer: "C1".into(),
        amount: dec(amount),
        applies_to: posted.number.clone(),
        document_number: number.into(),
        description: "Stripe".into(),
        posting_date: day("2026-11-05"),
        account: "5700".into(),
    };
    desk.setup().receipt(pay("25", "B1")).expect("a part");
    let row = desk.get(&format!("salesInvoices({draft})"));
    assert_eq!((row.text("status"), row.amount("remainingAmount"), row.text("lastModifiedDateTime")), ("Open".into(), "100".into(), stamp.clone()));
    desk.setup().receipt(pay("100", "B2")).expect("the rest");
    let row = desk.get(&format!("salesInvoices({draft})"));
    assert_eq!((row.text("status"), row.amount("remainingAmount")), ("Paid".into(), "0".into()));
    assert_ne!(row.text("lastModifiedDateTime"), stamp);
}

#[test]
fn a_foreign_receivable_at_another_rate_realises_its_difference() {
    let mut desk = Desk::new();
    let draft = desk.draft("C2", "NK-1", json!(400)).text("id");
    let posted = desk.setup().post_invoice(&draft).expect("posted");
    assert_eq!(desk.entries(&posted.number)[0], ("5600".into(), "2984".into()));
    desk.setup().exchange_rate("EUR", day("2026-11-10"), dec("100"), dec("740"));
    let receipt = Receipt {
        customer: "C2".into(),
        amount: dec("400"),
        applies_to: posted.number,
        document_number: "CS-1".into(),
        description: "Stripe".into(),
        posting_date: day("2026-11-11"),
        account: "5700".into(),
    };
    desk.setup().receipt(receipt).expect("posted");
    let mut entries = desk.entries("CS-1");
    entries.sort();
    let expected = [("5600", "-24"), ("5600", "-2960"), ("5700", "2960"), ("9200", "24")];
    assert_eq!(entries, expected.map(|(account, amount)| (account.to_string(), amount.to_string())));
}

#[test]
fn reverse_charge_on_a_fee_is_lost_when_the_line_names_its_account_by_id() {
    let mut desk = Desk::new();
    let batch = desk.setup().journal_batch(JournalBatch { code: "STRIPE".into(), balancing_account: "5700".into(), ..Default::default() });
    let account = desk.id("accounts", "number eq '3990'");
    let path = format!("journals({batch})/journalLines");
    let by_number = json!({ "accountType": "G_x002F_L_x0020_Account", "accountNumber": "3990", "documentNumber": "CS-1", "postingDate": "2026-11-03", "amount": 20.55 });
    let by_id = json!({ "accountType": "G_x002F_L_x0020_Account", "accountId": account, "documentNumber": "CS-2", "postingDate": "2026-11-03", "amount": 20.55 });
    assert_eq!(desk.post(&path, by_number).text("taxCode"), "YDELSE");
    assert_eq!(desk.post(&path, by_id).text("taxCode"), "");
    desk.setup().post_journal(&batch).expect("posted");
    assert_eq!(desk.entries("CS-1").len(), 4, "VAT on both sides");
    assert!(desk.entries("CS-1").contains(&("6902".into(), "5.14".into())));
    assert_eq!(desk.entries("CS-2"), [("3990".into(), "20.55".into()), ("5700".into(), "-20.55".into())]);
    assert!(desk.get(&path).rows().is_empty(), "posted lines are gone");
}

#[test]
fn a_payment_names_a_posted_invoice_or_none() {
    let mut desk = Desk::new();
    let batch = desk.setup().journal_batch(JournalBatch {
        code: "STRIPE".into(),
        cash_receipts: true,
        balancing_account: "5700".into(),
        ..Default::default()
    });
    let path = format!("customerPaymentJournals({batch})/customerPayments");
    let draft = desk.draft("C1", "NK-1", json!(100)).text("id");
    let of = |id: &str| json!({ "appliesToInvoiceId": id, "amount": -125, "documentNumber": "CS-1", "postingDate": "2026-11-05" });
    assert_eq!(desk.post(&path, of(&draft)).code(), "Application_DialogException");
    let posted = desk.setup().post_invoice(&draft).expect("posted");
    let line = desk.post(&path, of(&draft));
    assert_eq!((line.text("customerNumber"), line.text("appliesToInvoiceNumber")), ("C1".into(), posted.number));
    let unknown = desk.post(
        &path,
        json!({ "customerNumber": "C1", "appliesToInvoiceNumber": "NIX", "amount": -1, "documentNumber": "CS-9", "postingDate": "2026-11-05" }),
    );
    assert_eq!(unknown.text("appliesToInvoiceId"), "00000000-0000-0000-0000-000000000000");
    let gone = unknown.text("id");
    let full = desk.path(&format!("{path}({gone})"));
    assert_eq!(desk.send(Method::DELETE, &full, &[], b"").status, 204);
    desk.setup().post_journal(&batch).expect("posted");
    assert_eq!(desk.get(&format!("salesInvoices({draft})")).text("status"), "Paid");
    assert_eq!(desk.entries("CS-1"), [("5600".into(), "-125".into()), ("5700".into(), "125".into())]);
}

#[test]
fn a_payment_method_with_a_balancing_account_settles_by_itself() {
    let mut desk = Desk::new();
    desk.setup().payment_method("KONTANT", "Kontant", Some("5800"));
    let method = desk.id("paymentMethods", "code eq 'KONTANT'");
    let customer = desk.id("customers", "number eq 'C1'");
    assert_eq!(desk.patch(&format!("customers({customer})"), "*", json!({ "paymentMethodId": method })).status, 200);
    let draft = desk.draft("C1", "NK-1", json!(100)).text("id");
    desk.setup().post_invoice(&draft).expect("posted");
    assert_eq!(desk.get(&format!("salesInvoices({draft})")).text("status"), "Paid");
}

#[test]
fn a_credit_memo_that_names_its_invoice_reduces_it() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "NK-1", json!(100)).text("id");
    desk.setup().post_invoice(&draft).expect("posted");
    let account = desk.id("accounts", "number eq '1010'");
    let memo = desk.post(
        "salesCreditMemos",
        json!({ "customerNumber": "C1", "invoiceId": draft, "salesCreditMemoLines": [{ "accountId": account, "quantity": 1, "unitPrice": 40 }] }),
    );
    assert_eq!(memo.status, 201, "{}", memo.text);
    desk.setup().post_credit_memo(&memo.text("id")).expect("posted");
    assert_eq!(desk.get(&format!("salesInvoices({draft})")).amount("remainingAmount"), "75");
    assert_eq!(desk.get(&format!("salesCreditMemos({})", memo.text("id"))).text("status"), "Paid");
}

#[test]
fn a_canceled_invoice_and_its_corrective_memo() {
    let mut desk = Desk::new();
    let draft = desk.draft("C1", "NK-1", json!(100)).text("id");
    desk.setup().post_invoice(&draft).expect("posted");
    let memo = desk.setup().cancel_invoice(&draft).expect("canceled");
    let row = desk.get(&format!("salesInvoices({draft})"));
    assert_eq!((row.text("status"), row.amount("remainingAmount")), ("Canceled".into(), "0".into()));
    assert_eq!(desk.get(&format!("salesCreditMemos({})", memo.id)).text("status"), "Corrective");
    assert!(desk.setup().cancel_invoice(&draft).is_err_and(|fault| fault.message.contains("already been canceled")));
}

#[test]
fn an_order_becomes_an_invoice_with_a_fresh_id() {
    let mut desk = Desk::new();
    let item = desk.id("items", "number eq 'KOP'");
    let order = desk.post("salesOrders", json!({ "customerNumber": "C1", "salesOrderLines": [{ "itemId": item, "quantity": 2 }] }));
    assert_eq!((order.status, order.text("status")), (201, "Draft".into()));
    let invoice = desk.setup().post_order(&order.text("id")).expect("posted");
    assert_ne!(invoice.id, order.text("id"));
    assert_eq!(desk.get(&format!("salesInvoices({})", invoice.id)).text("orderNumber"), order.text("number"));
    assert!(desk.get("salesOrders").rows().is_empty());
}

#[test]
fn a_posting_number_series_replaces_our_document_number() {
    let mut desk = Desk::new();
    let batch = desk.setup().journal_batch(JournalBatch {
        code: "STRIPE".into(),
        cash_receipts: true,
        balancing_account: "5700".into(),
        posting_series: "BETAL000".into(),
        ..Default::default()
    });
    let payment =
        json!({ "customerNumber": "C1", "postingDate": "2026-11-03", "documentNumber": "CS-1", "amount": -100, "description": "CS-1 txn_1" });
    desk.post(&format!("customerPaymentJournals({batch})/customerPayments"), payment);
    desk.setup().post_journal(&batch).expect("posted");
    assert!(desk.entries("CS-1").is_empty());
    let entry = desk.get("generalLedgerEntries?$filter=documentNumber eq 'BETAL001'&$top=1");
    assert_eq!(entry.rows()[0]["description"], "CS-1 txn_1", "the description survives");
}

#[test]
fn lines_without_a_balancing_account_must_balance_each_other() {
    let mut desk = Desk::new();
    let batch = desk.setup().journal_batch(JournalBatch { code: "STRIPE".into(), ..Default::default() });
    let line = |account: &str, amount: i64| json!({ "accountType": "G_x002F_L_x0020_Account", "accountNumber": account, "documentNumber": "B-1", "postingDate": "2026-11-03", "amount": amount });
    let path = format!("journals({batch})/journalLines");
    desk.post(&path, line("5800", 100));
    assert!(desk.setup().post_journal(&batch).is_err_and(|fault| fault.message.contains("out of balance")));
    desk.post(&path, line("5700", -100));
    desk.setup().post_journal(&batch).expect("posted");
    assert_eq!(desk.entries("B-1").len(), 2);
}

#[test]
fn an_external_document_number_can_repeat_and_can_be_asked_for_at_posting() {
    let mut desk = Desk::new();
    assert_eq!(desk.draft("C1", "NK-1", json!(1)).status, 201);
    assert_eq!(desk.draft("C1", "NK-1", json!(1)).status, 201, "twice the same is allowed");
    desk.setup().external_document_number_mandatory(true);
    let bare = desk.draft("C1", "", json!(1)).text("id");
    assert!(desk.setup().post_invoice(&bare).is_err_and(|fault| fault.code == "Application_FieldValidationException"));
}
