//! Booking, what it posts, and what it refuses.

use super::*;
use crate::economic::setup::TermsSetup;

fn allowed() -> Desk {
    let mut desk = Desk::new();
    desk.economic.rules.allow_posting = true;
    desk
}

impl Desk {
    fn book(&mut self, draft: u64) -> Answer {
        self.post("/invoices/booked", &json!({ "draftInvoice": { "draftInvoiceNumber": draft } }))
    }

    fn balance_of(&mut self, account: u64) -> String {
        self.get(&format!("/accounts/{account}")).number("/balance")
    }
}

/// The sandbox's own switch: the product must never book.
#[test]
fn booking_over_http_is_refused_and_counted_unless_the_harness_lets_it() {
    let mut desk = Desk::new();
    let draft = desk.draft(1, "100");
    assert_eq!(desk.book(draft).status, 403);
    assert_eq!(desk.put("/invoices/booked/5", &json!({})).status, 403);
    for path in ["/journalsapi/v15.0.0/journals/1/book", "/bookedEntriesapi/v4.0.0/booked-entries/match"] {
        assert_eq!(desk.open(Method::POST, path, &json!({})).status, 403);
    }
    assert_eq!(desk.economic.posting_attempts, 4);
    assert_eq!(desk.get("/invoices/drafts").rows().len(), 1);
}

/// docs/legacy-api-verification.md: the booked invoice has the next number, the draft is gone.
#[test]
fn booking_makes_the_invoice_and_its_entries() {
    let mut desk = allowed();
    let draft = desk.draft(1, "1000");
    let booked = desk.book(draft);
    assert_eq!(
        (booked.status, &booked.json["bookedInvoiceNumber"], booked.number("/remainder")),
        (201, &json!(1), "1250.00".into()),
        "{}",
        booked.text
    );
    assert_eq!((booked.number("/lines/0/vatRate"), booked.number("/lines/0/vatAmount")), ("25.0000".into(), "250.0000".into()));
    assert_eq!(desk.get(&format!("/invoices/drafts/{draft}")).status, 404);
    assert_eq!([5600, 1010, 6902].map(|account| desk.balance_of(account)), ["1250.00", "-1000.00", "-250.00"]);
    assert_eq!(desk.get("/customers/1").number("/balance"), "1250.00");
    let entries = desk.get("/accounting-years/2026/entries");
    let debt = &entries.rows()[0];
    assert_eq!(
        (&debt["entryType"], &debt["invoiceNumber"], &debt["bookedInvoice"]["bookedInvoiceNumber"]),
        (&json!("customerInvoice"), &json!("1"), &json!(1))
    );
    assert_eq!(entries.rows()[1]["vatAccount"]["vatCode"], "U25");
    assert_eq!(desk.list("/accounting-years/2026/entries", &[("filter", "invoiceNumber$eq:1")]).status, 400);
    assert_eq!(desk.list("/accounting-years/2026/entries", &[("filter", "remainder$gt:0$and:entryType$eq:customerInvoice")]).rows().len(), 1);
    assert_eq!(desk.get("/accounting-years/2026/periods/11/entries").rows().len(), 3);
    assert_eq!(desk.get("/accounts/1010/accounting-years/2026/periods/11/entries").rows().len(), 1);
}

/// SL: no delete, no edit; the customer and the product stay.
#[test]
fn a_booked_invoice_stays_for_ever() {
    let mut desk = allowed();
    let draft = desk.draft(1, "10");
    desk.book(draft);
    assert_eq!([desk.delete("/invoices/booked/1").status, desk.delete("/customers/1").status, desk.delete("/products/KOP").status], [405, 400, 400]);
}

/// SL, POG-S: `bookWithNumber`, `PUT /invoices/booked/{k}`; `sendBy` is case-sensitive.
#[test]
fn a_number_can_be_chosen_once() {
    let mut desk = allowed();
    let drafts = [1, 2, 3, 4].map(|n| desk.draft(1, &n.to_string()));
    let chosen = desk.post("/invoices/booked", &json!({ "draftInvoice": { "draftInvoiceNumber": drafts[0] }, "bookWithNumber": 7 }));
    assert_eq!(chosen.json["bookedInvoiceNumber"], 7);
    let taken = desk.post("/invoices/booked", &json!({ "draftInvoice": { "draftInvoiceNumber": drafts[1] }, "bookWithNumber": 7 }));
    assert_eq!(taken.problem("bookWithNumber")["errorCode"], "E06010");
    let put = desk.put("/invoices/booked/9", &json!({ "draftInvoice": { "draftInvoiceNumber": drafts[1] } }));
    assert_eq!((put.status, &put.json["bookedInvoiceNumber"]), (201, &json!(9)));
    assert_eq!(desk.book(drafts[2]).json["bookedInvoiceNumber"], 10);
    for (by, status) in [("email", 400), ("NONE", 400), ("Email", 201)] {
        let sent = desk.post("/invoices/booked", &json!({ "draftInvoice": { "draftInvoiceNumber": drafts[3] }, "sendBy": by }));
        assert_eq!(sent.status, status, "{by}");
    }
    assert_eq!(desk.book(999).problem("draftInvoice")["errorCode"], "E06000");
}

/// github.com/dabster2000/intranetservices AccountingPeriodPreflight.java; the draft remains.
#[test]
fn a_barred_period_refuses_and_only_the_services_show_it() {
    let mut desk = allowed();
    let draft = desk.draft(1, "100");
    desk.setup().bar_period(day("2026-11-02"), true);
    let refused = desk.book(draft);
    assert!(refused.status == 400 && refused.text.contains("E04870"));
    assert_eq!(desk.get(&format!("/invoices/drafts/{draft}")).status, 200);
    assert_eq!(desk.get("/accounting-years/2026/periods/11").json["closed"], false, "the REST API knows nothing of it");
    assert!(desk.get("/accounting-years/2026/periods/11").json.get("barred").is_none());
    let periods = desk.list_open("/accountingyearsapi/v2.0.1/accountingYears/periods/paged", "year$eq:2026");
    assert_eq!(
        periods.rows().iter().filter(|period| period["isBarred"] == true).map(|period| &period["periodNumber"]).collect::<Vec<_>>(),
        [&json!(11)]
    );
    desk.setup().bar_period(day("2026-11-02"), false);
    assert_eq!(desk.book(draft).status, 201);
    let mut closed = draft_body(1, "1");
    for date in ["2025-06-01", "2031-01-01"] {
        closed["date"] = date.into();
        let draft = desk.post("/invoices/drafts", &closed).json["draftInvoiceNumber"].as_u64().unwrap_or(0);
        assert!(desk.book(draft).text.contains("E04870"), "{date}");
    }
}

impl Desk {
    fn list_open(&mut self, path: &str, filter: &str) -> Answer {
        self.open_get(&format!("{path}?filter={filter}"))
    }
}

/// SL: barred products and customers; POG-O: lines without products.
#[test]
fn what_is_barred_or_has_no_product_cannot_be_booked() {
    let mut desk = allowed();
    let (barred_product, barred_customer) = (desk.draft(1, "1"), desk.draft(3, "1"));
    desk.setup().bar_product("KOP");
    assert_eq!(desk.book(barred_product).status, 400);
    let refused = desk.post("/invoices/drafts", &draft_body(1, "1"));
    assert_eq!(refused.json["errors"]["lines"]["items"][0]["product"]["errors"][0]["errorCode"], "E06600", "as recorded");
    desk.setup().product("KOP", "Kop", 1, dec("80"));
    desk.setup().bar_customer(3);
    assert_eq!(desk.book(barred_customer).status, 400);
    let mut text = draft_body(1, "1");
    text["lines"] = json!([{ "description": "kun tekst" }]);
    let draft = desk.post("/invoices/drafts", &text).json["draftInvoiceNumber"].as_u64().unwrap_or(0);
    assert_eq!(desk.book(draft).status, 400);
    assert_eq!(desk.book(barred_product).status, 201);
}

/// SL: paid is a remainder of zero; `not-due` includes what falls due today.
#[test]
fn lists_follow_what_is_owed() {
    let mut desk = allowed();
    for date in ["2026-11-02", "2026-11-06", "2026-11-19"] {
        let mut body = draft_body(1, "100");
        body["date"] = date.into();
        let draft = desk.post("/invoices/drafts", &body).json["draftInvoiceNumber"].as_u64().unwrap_or(0);
        desk.book(draft);
    }
    let numbers = |answer: Answer| answer.rows().iter().map(|row| row["bookedInvoiceNumber"].as_u64().unwrap_or(0)).collect::<Vec<_>>();
    // Due on the 16th and 20th of November and on the 3rd of December; today is the 20th.
    assert_eq!(numbers(desk.get("/invoices/overdue")), [1]);
    assert_eq!(numbers(desk.get("/invoices/not-due")), [2, 3]);
    assert_eq!(numbers(desk.get("/invoices/unpaid")), [1, 2, 3]);
    assert_eq!(numbers(desk.get("/invoices/paid")), [0u64; 0]);
    assert!(desk.get("/invoices/booked").rows()[0].get("lines").is_none());
}

/// SL: a credit note is a draft with a negative quantity.
#[test]
fn a_credit_note_is_negative_throughout() {
    let mut desk = allowed();
    let mut body = draft_body(1, "100");
    body["lines"][0]["quantity"] = json!(-1);
    let draft = desk.post("/invoices/drafts", &body).json["draftInvoiceNumber"].as_u64().unwrap_or(0);
    let booked = desk.book(draft);
    assert_eq!((booked.number("/grossAmount"), booked.number("/remainder")), ("-125.00".into(), "-125.00".into()));
    assert_eq!([5600, 1010, 6902].map(|account| desk.balance_of(account)), ["-125.00", "100.00", "25.00"]);
}

/// POG-S paymentTerms: contra accounts; booking then posts the payment too.
#[test]
fn terms_with_contra_accounts_settle_by_themselves() {
    let mut desk = allowed();
    let mut setup = desk.setup();
    setup.terms(TermsSetup { number: 10, name: "Kontant", kind: "paidInCash", remainder_account: Some(5820), ..TermsSetup::default() });
    setup.terms(TermsSetup { number: 11, name: "Kort", kind: "creditcard", card_company: Some(3), ..TermsSetup::default() });
    setup.terms(TermsSetup { number: 12, name: "Forud", kind: "prepaid", prepaid_account: Some(5710), ..TermsSetup::default() });
    for (at, terms) in [10, 11, 12].into_iter().enumerate() {
        let mut body = draft_body(1, "100");
        body["paymentTerms"]["paymentTermsNumber"] = json!(terms);
        let draft = desk.post("/invoices/drafts", &body).json["draftInvoiceNumber"].as_u64().unwrap_or(0);
        let booked = desk.book(draft);
        assert_eq!((booked.status, booked.number("/remainder")), (201, "0.00".into()), "{}", booked.text);
        assert_eq!(desk.get("/invoices/paid").rows().len(), at + 1);
    }
    assert_eq!([5820, 5710].map(|account| desk.balance_of(account)), ["125.00", "125.00"]);
    assert_eq!(
        (desk.get("/customers/1").number("/balance"), desk.get("/customers/3").number("/balance")),
        ("0.00".into(), "125.00".into()),
        "the card company owes it"
    );
}

/// github.com/dabster2000/intranetservices: 406 for `application/pdf`, 404 while it is rendered.
#[test]
fn a_pdf_comes_late_and_for_any_type_only() {
    let mut desk = allowed();
    let draft = desk.draft(1, "1");
    desk.book(draft);
    assert_eq!(desk.get("/invoices/booked/1/pdf").status, 404);
    desk.now += desk.economic.rules.pdf_delay;
    let read = |desk: &mut Desk, accept: &str| desk.send(Surface::Rest, Method::GET, "/invoices/booked/1/pdf", &[("Accept", accept)], b"");
    assert_eq!(read(&mut desk, "application/pdf").status, 406);
    let pdf = read(&mut desk, "*/*");
    assert!(pdf.status == 200 && pdf.text.starts_with("%PDF-") && pdf.header("content-type") == "application/pdf");
}

/// A blind second booking after the hour books another invoice: dabster2000/intranetservices, 2026-08-07.
#[test]
fn the_draft_is_gone_so_a_second_booking_finds_nothing() {
    let mut desk = allowed();
    let draft = desk.draft(1, "1");
    assert_eq!((desk.book(draft).status, desk.book(draft).status), (201, 400));
}
