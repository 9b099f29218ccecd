//! Vouchers, draft entries, booking a journal, and settling.

use super::*;

fn voucher(kind: &str, entry: &Value) -> Value {
    json!({ "accountingYear": { "year": "2026" }, "entries": { kind: [entry] } })
}

fn finance(account: u64, contra: u64, amount: &str) -> Value {
    json!({ "account": { "accountNumber": account }, "contraAccount": { "accountNumber": contra }, "amount": number(amount), "date": "2026-11-03", "text": "txn_1" })
}

fn payment(customer: u64, amount: &str, invoice: Option<u64>) -> Value {
    let mut entry = json!({ "customer": { "customerNumber": customer }, "contraAccount": { "accountNumber": 5710 }, "amount": number(amount), "date": "2026-11-03", "text": "txn_2" });
    if let Some(invoice) = invoice {
        entry["customerInvoice"] = json!(invoice);
    }
    entry
}

impl Desk {
    fn voucher(&mut self, kind: &str, entry: &Value) -> Answer {
        self.post("/journals/1/vouchers", &voucher(kind, entry))
    }

    fn balances(&mut self, accounts: &[u64]) -> Vec<String> {
        accounts.iter().map(|account| self.get(&format!("/accounts/{account}")).number("/balance")).collect()
    }

    fn booked(&mut self, customer: u64, currency: &str, price: &str) -> u64 {
        let mut body = draft_body(customer, price);
        body["currency"] = currency.into();
        body["recipient"]["vatZone"]["vatZoneNumber"] = json!(2);
        let draft = self.post("/invoices/drafts", &body).json["draftInvoiceNumber"].as_u64().unwrap_or(0);
        self.setup().book_invoice(draft).expect("booked")
    }

    fn remainder(&mut self, invoice: u64) -> String {
        self.get(&format!("/invoices/booked/{invoice}")).number("/remainder")
    }
}

/// docs/legacy-api-verification.md: every other create answers with one object.
#[test]
fn a_voucher_is_answered_with_an_array() {
    let mut desk = Desk::new();
    let made = desk.voucher("financeVouchers", &finance(3660, 5710, "20.55"));
    assert_eq!(made.status, 201, "{}", made.text);
    let first = &made.rows()[0];
    assert_eq!((&first["voucherNumber"], &first["accountingYear"]["year"]), (&json!(1), &json!("2026")));
    assert_eq!(first["self"], format!("{REST}/journals/1/vouchers/2026-1"));
    let entry = &first["entries"]["financeVouchers"][0];
    assert_eq!(
        (&entry["journalEntryNumber"], &entry["entryType"], entry["amount"].to_string()),
        (&json!(1), &json!("financeVoucher"), "20.55".into())
    );
    assert_eq!(entry["metaData"]["delete"]["href"], format!("{REST}/journals/1/entries/1"));
    assert_eq!(desk.get("/journals/1/vouchers/2026-1").json["voucherNumber"], 1);
    assert_eq!(desk.get("/journals-experimental/1/entries").rows().len(), 1, "the path it had until about 2020");
    assert_eq!(desk.balances(&[3660]), ["0.00"], "a draft moves no balance");
    assert_eq!((desk.delete("/journals/1/entries/1").status, desk.get("/journals/1/vouchers").rows().len()), (204, 0));
}

/// github.com/traels-it/economic-rest test/fixtures/json/journals_0.json.
#[test]
fn vouchers_are_numbered_from_the_journals_minimum() {
    let mut desk = Desk::new();
    for (journal, expected) in [(1, 1), (1, 2), (2, 50_001), (2, 50_002), (1, 3)] {
        let made = desk.post(&format!("/journals/{journal}/vouchers"), &voucher("customerPayments", &payment(1, "-10", None)));
        assert_eq!(made.json[0]["voucherNumber"], expected, "{}", made.text);
    }
    desk.setup().book_journal(1).expect("booked");
    assert_eq!(desk.voucher("customerPayments", &payment(1, "-10", None)).json[0]["voucherNumber"], 4, "booked numbers are not used again");
    let restricted = desk.post("/journals/2/vouchers", &voucher("financeVouchers", &finance(3660, 5710, "1")));
    assert_eq!(restricted.status, 400, "the second journal takes payments only");
}

/// docs/legacy-api-verification.md; the body: recorded by github.com/dabster2000/intranetservices, 2026-08-30.
#[test]
fn an_entry_in_a_barred_period_is_refused_in_danish() {
    let mut desk = Desk::new();
    desk.setup().bar_period(day("2026-11-03"), true);
    let refused = desk.voucher("financeVouchers", &finance(3660, 5710, "20.55"));
    let problem = &refused.json["errors"][0]["entries"]["financeVouchers"]["items"][0]["date"]["errors"][0];
    assert_eq!(
        (refused.status, &problem["errorCode"], &problem["errorMessage"]),
        (400, &json!("E04041"), &json!("Perioden er spærret.")),
        "{}",
        refused.text
    );
    assert_eq!(refused.json["errors"][0]["arrayIndex"], 0);
}

/// docs/legacy-api-verification.md: accounts must accept direct entries.
#[test]
fn entries_name_accounts_that_take_them() {
    let mut desk = Desk::new();
    desk.setup().bar_account(6903);
    for (account, contra) in [(5600, 5710), (1000, 5710), (6903, 5710), (9999, 5710), (3660, 9999)] {
        assert_eq!(desk.voucher("financeVouchers", &finance(account, contra, "1")).status, 400, "{account} {contra}");
    }
    let mut bare = payment(1, "-1", None);
    for name in ["customer", "contraAccount"] {
        bare.as_object_mut().expect("an object").remove(name);
    }
    assert_eq!(desk.voucher("customerPayments", &bare).status, 400, "customer or contra account");
    let mut base = finance(3660, 5710, "1");
    base["exchangeRate"] = json!(746);
    assert_eq!(desk.voucher("financeVouchers", &base).status, 400, "the base currency is at 100");
    base["date"] = "2027-01-01".into();
    base.as_object_mut().expect("an object").remove("exchangeRate");
    assert_eq!(desk.voucher("financeVouchers", &base).status, 400, "outside the voucher's year");
}

/// POG-S: positive debits. VAT is carved out of the amount; a code with a contra account adds it on both sides.
#[test]
fn booking_posts_both_sides_with_their_vat() {
    let mut desk = Desk::new();
    let mut plain = finance(3660, 5820, "125");
    plain["vatAccount"] = json!({ "vatCode": "I25" });
    desk.voucher("financeVouchers", &plain);
    desk.setup().book_journal(1).expect("booked");
    assert_eq!(desk.balances(&[3660, 6903, 5820]), ["100.00", "25.00", "-125.00"]);
    let mut reverse = finance(3660, 5710, "20.55");
    reverse["vatAccount"] = json!({ "vatCode": "RC25" });
    desk.voucher("financeVouchers", &reverse);
    desk.setup().book_journal(1).expect("booked");
    assert_eq!(desk.balances(&[3660, 6903, 6904, 5710]), ["120.55", "30.14", "-5.14", "-20.55"]);
    assert!(desk.get("/journals/1/entries").rows().is_empty());
}

/// The sign is a tested constant: a received payment is negative. apiforum.e-conomic.com/14720: booking matches by the number.
#[test]
fn a_payment_with_the_invoice_number_lowers_its_remainder_when_it_is_booked() {
    let mut desk = Desk::new();
    let invoice = desk.booked(1, "DKK", "1000");
    desk.voucher("customerPayments", &payment(1, "-400", Some(invoice)));
    assert_eq!(desk.remainder(invoice), "1000.00");
    desk.setup().book_journal(1).expect("booked");
    assert_eq!((desk.remainder(invoice), desk.balances(&[5710])), ("600.00".into(), vec!["400.00".into()]));
    desk.voucher("customerPayments", &payment(1, "-620", Some(invoice)));
    desk.setup().book_journal(1).expect("booked");
    assert_eq!(
        (desk.remainder(invoice), desk.get("/customers/1").number("/balance")),
        ("0.00".into(), "-20.00".into()),
        "the rest stays on the customer"
    );
    assert_eq!(desk.setup().open_entries(1).len(), 1);
}

/// The wrong name loses the link: every schema says `customerInvoice`, SL's example says otherwise; unknown names are dropped.
#[test]
fn a_payment_under_the_wrong_name_stays_open_until_it_is_matched() {
    let mut desk = Desk::new();
    desk.economic.rules.allow_posting = true;
    let invoice = desk.booked(1, "DKK", "100");
    let mut entry = payment(1, "-100", None);
    entry["customerInvoiceNumber"] = json!(invoice);
    desk.voucher("customerPayments", &entry);
    desk.setup().book_journal(1).expect("booked");
    assert_eq!(desk.remainder(invoice), "100.00");
    let entries: Vec<u64> = desk.setup().open_entries(1).into_iter().map(|(number, ..)| number).collect();
    let matched = desk.open(Method::POST, "/bookedEntriesapi/v4.0.0/booked-entries/match", &json!({ "entryIds": entries }));
    assert_eq!((matched.status, desk.remainder(invoice)), (204, "0.00".into()));
    let pairs = desk.open_get("/bookedEntriesapi/v4.0.0/booked-entries/matched-pairs");
    assert_eq!((pairs.rows().len(), pairs.rows()[0]["toEntryAmount"].to_string()), (1, "100.00".into()));
}

/// POG-O bookedEntriesapi: the match posts the difference; not into closed or barred periods.
#[test]
fn matching_posts_exchange_differences() {
    let mut desk = Desk::new();
    desk.economic.rules.allow_posting = true;
    let invoice = desk.booked(2, "EUR", "400");
    let mut entry = payment(2, "-400", Some(invoice));
    entry["currency"] = json!({ "code": "EUR" });
    entry["exchangeRate"] = json!(740);
    desk.voucher("customerPayments", &entry);
    desk.setup().book_journal(1).expect("booked");
    assert_eq!((desk.remainder(invoice), desk.balances(&[5600, 5710, 4320])), ("0.00".into(), vec!["0.00".into(), "2960.00".into(), "24.00".into()]));
    let second = desk.booked(2, "EUR", "100");
    let mut open = payment(2, "-100", None);
    open["currency"] = json!({ "code": "EUR" });
    open["exchangeRate"] = json!(750);
    desk.voucher("customerPayments", &open);
    desk.setup().book_journal(1).expect("booked");
    desk.setup().bar_period(day("2026-11-03"), true);
    let entries: Vec<u64> = desk.setup().open_entries(2).into_iter().map(|(number, ..)| number).collect();
    let refused = desk.open(Method::POST, "/bookedEntriesapi/v4.0.0/booked-entries/match", &json!({ "entryIds": entries }));
    assert_eq!((refused.status, refused.code()), (400, "ENTRYMATCHING_ERROR_BARREDPERIODS_CUSTOMERS"));
    desk.setup().bar_period(day("2026-11-03"), false);
    desk.setup().match_entries(&entries).expect("matched");
    assert_eq!((desk.remainder(second), desk.balances(&[4320])), ("0.00".into(), vec!["20.00".into()]));
}

/// POG-O: the words of the matching service.
#[test]
fn matching_refuses_with_its_own_words() {
    let mut desk = Desk::new();
    desk.economic.rules.allow_posting = true;
    desk.booked(1, "DKK", "100");
    desk.booked(3, "DKK", "100");
    let mut code =
        |ids: Value| desk.open(Method::POST, "/bookedEntriesapi/v4.0.0/booked-entries/match", &json!({ "entryIds": ids })).code().to_owned();
    assert_eq!(code(json!([])), "ENTRYMATCHING_ERROR_SELECTATLEASTONEENTRY");
    assert_eq!(code(json!([999])), "ENTRYMATCHING_ERROR_ENTRIESNOTFOUND");
    assert_eq!(code(json!([2])), "ENTRYMATCHING_ERROR_NO_CUSTOMER_OR_SUPPLIER_ENTRIES");
    assert_eq!(code(json!([1])), "ENTRYMATCHING_ERROR_NO_MATCHES");
    assert_eq!(code(json!([1, 3])), "ENTRYMATCHING_ERROR_SUPPLIER_CUSTOMER_MIXED");
}

/// POG-O: a voucher balances, or the whole journal stays.
#[test]
fn a_journal_is_booked_whole_or_not_at_all() {
    let mut desk = Desk::new();
    desk.voucher("financeVouchers", &finance(3660, 5710, "10"));
    let mut half = finance(3660, 5710, "5");
    half.as_object_mut().expect("an object").remove("contraAccount");
    desk.voucher("financeVouchers", &half);
    let refused = desk.setup().book_journal(1).expect_err("one side only");
    assert_eq!(refused.code, "JournalVoucherDataIntegrityError");
    assert_eq!((desk.balances(&[3660]), desk.get("/journals/1/entries").rows().len()), (vec!["0.00".into()], 2));
    desk.delete("/journals/1/entries/2");
    desk.setup().bar_period(day("2026-11-03"), true);
    assert_eq!(desk.setup().book_journal(1).expect_err("barred").code, "JournalEntryDateAccountingYearPeriodBarred");
    desk.setup().bar_period(day("2026-11-03"), false);
    desk.setup().book_journal(1).expect("booked");
}

/// SL "Accounting years": a new one follows, and has at most 18 months.
#[test]
fn years_follow_each_other() {
    let mut desk = Desk::new();
    assert_eq!(desk.post("/accounting-years", &json!({ "fromDate": "2029-01-01", "toDate": "2029-12-31" })).status, 400, "a gap");
    assert_eq!(desk.post("/accounting-years", &json!({ "fromDate": "2028-01-01", "toDate": "2029-12-31" })).status, 400, "too long");
    let made = desk.post("/accounting-years", &json!({ "fromDate": "2028-01-01", "toDate": "2029-06-30" }));
    assert_eq!((made.status, &made.json["year"]), (201, &json!("2028/2029")));
    assert_eq!(desk.get("/accounting-years").json["pagination"]["results"], 4);
}
