//! The Business Central client against scripted answers: what it sends, what it makes of what comes back.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use countersign_ledgers::business_central::{BusinessCentral, Directory, Place, SALES_INVOICE, agrees, source_key};
use countersign_ledgers::*;
use drafts::{Destination, Draft, DraftId, Filled, Future, MadeBy, Outcome, Permit, Source, Subject};
use http::{Request, Response};
use money::{Currency, Money};
use percent_encoding::percent_decode_str;
use remote::{BoxFuture, Clock, Lost, Outside, Transport};
use rust_decimal::Decimal;

const COMPANY: &str = "7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d";
const ID: &str = "aaaaaaaa-0000-0000-0000-000000000001";
const BASE: &str = "https://api.example.com/v2.0/nordlys.example/Production/api/v2.0";

type Scripted = Result<(u16, String), Lost>;

/// Answers in order, and keeps what was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Scripted>>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

impl Transport for Script {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, Lost>> {
        self.asked.lock().expect("asked").push(request);
        let answer = self.answers.lock().expect("answers").pop_front().unwrap_or_else(|| panic!("asked more than scripted"));
        Box::pin(async move {
            let (status, body) = answer?;
            let response = Response::builder().status(status).header("date", "Fri, 20 Nov 2026 07:00:00 GMT");
            Ok(response.body(Bytes::from(body)).expect("an answer"))
        })
    }
}

/// Time that passes only by sleeping.
#[derive(Default)]
struct Asleep(Mutex<chrono::TimeDelta>);

impl Clock for Asleep {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + *self.0.lock().expect("time")
    }

    fn sleep(&self, time: std::time::Duration) -> BoxFuture<'_, ()> {
        *self.0.lock().expect("time") += chrono::TimeDelta::from_std(time).expect("a short time");
        Box::pin(async {})
    }
}

struct Token(Result<&'static str, NoToken>);

impl TokenSource for Token {
    fn token(&self) -> Future<'_, Result<remote::Secret, NoToken>> {
        Box::pin(async { self.0.map(remote::Secret::from) })
    }
}

struct Bench {
    script: Arc<Script>,
    ledger: BusinessCentral,
}

impl Bench {
    fn new(answers: impl IntoIterator<Item = Scripted>) -> Self {
        Self::signed(Token(Ok("planted-token")), answers)
    }

    fn signed(token: Token, answers: impl IntoIterator<Item = Scripted>) -> Self {
        let script = Arc::new(Script { answers: Mutex::new(answers.into_iter().collect()), ..Script::default() });
        let place = Place {
            root: "https://api.example.com/".into(),
            tenant: "nordlys.example".into(),
            environment: "Production".into(),
            company: COMPANY.into(),
        };
        let outside = Outside { transport: script.clone(), clock: Arc::new(Asleep::default()), seed: 1 };
        Self { ledger: BusinessCentral::new(outside, &place, Arc::new(token)).expect("a place"), script }
    }

    /// Method and decoded path with query, below the company where it is.
    fn asked(&self) -> Vec<String> {
        let shown = |request: &Request<Bytes>| {
            let uri = percent_decode_str(&request.uri().to_string()).decode_utf8_lossy().into_owned();
            let company = format!("{BASE}/companies({COMPANY})/");
            format!("{} {}", request.method(), uri.replace(&company, "").replace(BASE, ""))
        };
        self.script.asked.lock().expect("asked").iter().map(shown).collect()
    }

    fn header(&self, request: usize, name: &str) -> Option<String> {
        let asked = self.script.asked.lock().expect("asked");
        asked.get(request)?.headers().get(name).map(|value| value.to_str().expect("text").to_owned())
    }
}

fn ok(body: impl Into<String>) -> Scripted {
    Ok((200, body.into()))
}

fn list(rows: &[String]) -> Scripted {
    ok(format!(r#"{{"value":[{}]}}"#, rows.join(",")))
}

fn fault(status: u16, code: &str) -> Scripted {
    Ok((status, format!(r#"{{"error":{{"code":"{code}","message":"Words.  CorrelationId:  abc."}}}}"#)))
}

/// An invoice as the service shows it, with `changes` replaced in its text.
fn invoice(changes: &[(&str, &str)]) -> String {
    let mut text = format!(
        r#"{{"@odata.etag":"W/\"x\"","id":"{ID}","number":"S-INV1001","externalDocumentNumber":"NK-0409","invoiceDate":"2026-11-06",
        "postingDate":"2026-11-06","dueDate":"2026-11-20","customerId":"11111111-0000-0000-0000-000000000000","customerNumber":"10318","customerName":"Möbelhaus",
        "currencyCode":"DKK","pricesIncludeTax":false,"remainingAmount":124.98,"totalAmountExcludingTax":99.98,"totalTaxAmount":25.00,
        "totalAmountIncludingTax":124.98,"status":"Draft","lastModifiedDateTime":"2026-11-20T06:00:00.123Z","customerPurchaseOrderReference":"","email":"A@x.example; b@x.example",
        "salesInvoiceLines":[
        {{"sequence":10000,"lineType":"Item","lineObjectNumber":"1000","description":"Vase","quantity":3,"unitPrice":33.33,"discountPercent":0,"invoiceDiscountAllocation":0,"taxCode":"MOMS25"}},
        {{"sequence":20000,"lineType":"Account","lineObjectNumber":"9150","description":"Rounding","quantity":-1.0,"unitPrice":0.0100,"discountPercent":0}},
        {{"sequence":30000,"lineType":"Comment","description":"Registered from Stripe invoice NK-0409"}}]}}"#
    );
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

/// Three at 33.33, with the tax rounded by line: one øre of rounding.
fn draft(ledger: &BusinessCentral) -> (Draft, Filled) {
    let dkk = Currency::parse("DKK").expect("kroner");
    let day = |text: &str| text.parse().expect("a date");
    let sold = SaleLine {
        target: Target::Item("1000".into()),
        description: "Vase".into(),
        quantity: Decimal::from(3),
        unit_price: Some(Price { amount: Decimal::new(3333, 2), includes_tax: false }),
        discount: None,
        net: Money::new(9999, dkk),
        tax: Money::new(2499, dkk),
        rate: Decimal::from(25),
        zone: Zone::Domestic,
        tax_code: Some("VARE25".into()),
    };
    let customer = Existing {
        id: "11111111-0000-0000-0000-000000000000".into(),
        number: "10318".into(),
        party: Party::default(),
        currency: None,
        prices_include_tax: false,
        blocked: Blocked::No,
    };
    let sale = Sale {
        number: "nk-0409".into(),
        customer: Customer::Existing(customer),
        currency: dkk,
        document_date: day("2026-11-06"),
        posting_date: day("2026-11-06"),
        due_date: Some(day("2026-11-20")),
        lines: vec![sold],
        comments: vec!["Registered from Stripe invoice NK-0409".into()],
        gross: Money::new(12498, dkk),
        extras: Extras::default(),
    };
    let rules = SaleRules { rounding: Rounding { account: "9150".into(), tax_code: None }, base: dkk, currencies: Default::default() };
    let drafted = ledger.freeze_sale(&sale, &rules).expect("a draft");
    wrap(drafted)
}

fn wrap(drafted: Drafted) -> (Draft, Filled) {
    let filled = drafted.frozen.fill(&Default::default()).expect("no holes");
    let draft = Draft {
        id: DraftId("draft".into()),
        subject: Subject("invoice:1".into()),
        kind: drafted.kind,
        step: 1,
        frozen: drafted.frozen,
        policy: drafted.policy,
        sources: Vec::new(),
        made_by: MadeBy { settings: 1, rules: 1, weights: 1, zones: String::new() },
        shown: serde_json::to_string(&drafted.shown).expect("serialises"),
    };
    (draft, filled)
}

fn permit(filled: Filled) -> Permit {
    #[allow(clippy::disallowed_methods, reason = "a test stands in for the book")]
    Permit::mint(DraftId("draft".into()), 1, "key".into(), filled)
}

#[tokio::test]
async fn a_write_is_sent_once_signed_and_read_back() {
    let bench = Bench::new([Ok((201, invoice(&[]))), ok(invoice(&[("\"status\":\"Draft\"", "\"status\":\"Draft\",\"new\":1")]))]);
    let (draft, filled) = draft(&bench.ledger);
    assert_eq!(draft.kind.0, SALES_INVOICE);
    let Outcome::Written(answer) = bench.ledger.send(&permit(filled.clone())).await else { panic!("written") };
    assert!(answer.same_content && agrees(&draft, &answer.results));
    assert_eq!((answer.results["id"].as_str(), answer.results["number"].as_str(), answer.results["gross"].as_str()), (ID, "S-INV1001", "124.98"));
    assert_eq!(bench.asked(), ["POST salesInvoices".to_owned(), format!("GET salesInvoices({ID})?$expand=salesInvoiceLines")]);
    assert_eq!(bench.script.asked.lock().expect("asked")[0].body(), &filled.body, "the very bytes that were approved");
    for request in [0, 1] {
        assert_eq!(bench.header(request, "authorization").as_deref(), Some("Bearer planted-token"));
        assert_eq!(bench.header(request, "accept-language").as_deref(), Some("en-US"));
        assert_eq!(bench.header(request, "data-access-intent"), None, "a replica may not have it yet");
    }
    assert_eq!(bench.header(0, "content-type").as_deref(), Some("application/json"));
    assert!(!format!("{:?}", bench.script.asked).contains("planted-token"));
}

#[tokio::test]
async fn every_answer_to_a_write_means_one_thing() {
    let read_back_lost = [Err(Lost::NoAnswer), Err(Lost::NoAnswer), Err(Lost::NoAnswer), Err(Lost::NoAnswer)];
    for (what, answers, expected) in [
        ("never left", vec![Err(Lost::NotSent)], "not_sent offline"),
        ("no answer", vec![Err(Lost::NoAnswer)], "unknown no_answer"),
        ("half an answer", vec![Err(Lost::HalfAnswer { status: 201 })], "unknown no_answer"),
        ("the token is refused", vec![fault(401, "Authentication_InvalidCredentials")], "not_sent signed_out"),
        ("limited", vec![fault(429, "Application_TooManyRequests")], "not_sent limited"),
        ("a business rule", vec![fault(400, "Application_DialogException")], "refused 400 Application_DialogException abc"),
        ("no permission", vec![fault(403, "Internal_ServerError")], "refused 403 Internal_ServerError abc"),
        ("changed meanwhile", vec![fault(409, "Request_EntityChanged")], "refused 409 Request_EntityChanged abc"),
        ("ran too long", vec![fault(408, "Unknown")], "unknown no_answer"),
        ("a fault", vec![fault(500, "Internal_ServerError")], "unknown no_answer"),
        ("an update", vec![fault(503, "Internal_TenantUnavailable")], "unknown no_answer"),
        ("the gateway", vec![Ok((504, "<html>".into()))], "unknown no_answer"),
        ("elsewhere", vec![Ok((302, String::new()))], "unknown no_answer"),
        ("created, unreadable", vec![Ok((201, "{".into()))], "unknown read_back"),
        ("created, not read back", [Ok((201, invoice(&[])))].into_iter().chain(read_back_lost).collect(), "unknown read_back"),
        ("created, then gone", vec![Ok((201, invoice(&[]))), fault(404, "Internal_RecordNotFound")], "unknown read_back"),
        ("created otherwise", vec![Ok((201, invoice(&[]))), ok(invoice(&[("33.33", "33.34")]))], "written otherwise"),
        ("created", vec![Ok((201, invoice(&[]))), ok(invoice(&[]))], "written the same"),
    ] {
        let bench = Bench::new(answers);
        let (_, filled) = draft(&bench.ledger);
        let outcome = match bench.ledger.send(&permit(filled)).await {
            Outcome::Written(answer) => format!("written {}", if answer.same_content { "the same" } else { "otherwise" }),
            Outcome::Refused(refusal) => format!("refused {} {} {}", refusal.status, refusal.code, refusal.reference.unwrap_or_default()),
            Outcome::NotSent { code } => format!("not_sent {code}"),
            Outcome::Unknown { code } => format!("unknown {code}"),
        };
        assert_eq!(outcome, expected, "{what}");
        assert_eq!(bench.asked().iter().filter(|asked| asked.starts_with("POST")).count(), 1, "{what}: a write is never repeated");
        assert!(bench.script.answers.lock().expect("answers").is_empty(), "{what}: all was asked that was scripted");
    }
}

#[tokio::test]
async fn nothing_leaves_without_a_sign_in_or_for_another_company() {
    for (no_token, code) in [(NoToken::SignInAgain, "signed_out"), (NoToken::Unreachable, "offline"), (NoToken::Keychain, "keychain")] {
        let bench = Bench::signed(Token(Err(no_token)), []);
        let (draft, filled) = draft(&bench.ledger);
        assert_eq!(bench.ledger.send(&permit(filled.clone())).await, Outcome::NotSent { code: code.into() });
        assert_eq!(bench.ledger.look(&draft, &filled).await.expect_err("not asked").code, code);
        assert!(bench.asked().is_empty());
    }
    let bench = Bench::new([]);
    let (_, filled) = draft(&bench.ledger);
    for path in ["/companies(00000000-0000-0000-0000-000000000000)/salesInvoices", "/companies({c})/salesInvoices({c})/Microsoft.NAV.post", "/$batch"]
    {
        let path = path.replace("{c}", COMPANY);
        assert!(matches!(bench.ledger.send(&permit(Filled { path, ..filled.clone() })).await, Outcome::NotSent { .. }));
    }
    assert!(bench.asked().is_empty());
}

#[tokio::test]
async fn looking_finds_the_mark_wherever_it_is() {
    let entry = r#"{"id":"e","documentNumber":"PS-1","documentType":"Invoice"}"#.to_owned();
    let payment = r#"{"id":"e","documentNumber":"PS-1","documentType":"Payment"}"#.to_owned();
    let status = |status: &str| ("\"status\":\"Draft\"", format!("\"status\":\"{status}\""));
    let open = || invoice(&[(status("Open").0, &status("Open").1)]);
    for (what, invoices, memos, entries, expected) in [
        ("nothing", vec![], vec![], vec![], ""),
        ("the draft", vec![invoice(&[])], vec![], vec![], "same"),
        ("in review", vec![invoice(&[(status("").0, &status("In_x0020_Review").1)])], vec![], vec![], "same"),
        ("released, not posted", vec![open()], vec![], vec![list(&[])], "same"),
        ("released; its number is some payment's", vec![open()], vec![], vec![list(std::slice::from_ref(&payment))], "same"),
        ("posted", vec![open()], vec![], vec![list(&[payment.clone(), entry.clone()])], "same posted"),
        ("paid", vec![invoice(&[(status("").0, &status("Paid").1)])], vec![], vec![], "same posted"),
        ("another total", vec![invoice(&[("\"totalTaxAmount\":25.00", "\"totalTaxAmount\":24.00")])], vec![], vec![], "other"),
        ("another customer", vec![invoice(&[("\"10318\"", "\"10319\"")])], vec![], vec![], "other"),
        ("another date", vec![invoice(&[("\"postingDate\":\"2026-11-06\"", "\"postingDate\":\"2026-12-01\"")])], vec![], vec![], "other"),
        (
            "a line more",
            vec![invoice(&[("{\"sequence\":30000,\"lineType\":\"Comment\"", "{\"sequence\":30000,\"lineType\":\"Item\"")])],
            vec![],
            vec![],
            "other",
        ),
        ("a discount", vec![invoice(&[("\"discountPercent\":0,\"inv", "\"discountPercent\":5,\"inv")])], vec![], vec![], "other"),
        ("other words", vec![invoice(&[("\"Vase\"", "\"Vase, blue\"")])], vec![], vec![], "other"),
        ("our comment gone", vec![invoice(&[("Registered from", "Taken from")])], vec![], vec![], "other"),
        (
            "comments of their own",
            vec![invoice(&[("[\n", "[{\"sequence\":5,\"lineType\":\"Comment\",\"description\":\"Thank you\"},\n")])],
            vec![],
            vec![],
            "same",
        ),
        ("twice", vec![invoice(&[]), invoice(&[])], vec![], vec![], "same, same"),
        ("a credit memo of the number", vec![], vec![invoice(&[])], vec![], "other"),
    ] {
        let answers = [list(&invoices), list(&memos)];
        // The entries are asked for as soon as an open invoice is seen, before the memos.
        let [first, second] = answers;
        let bench = Bench::new([first].into_iter().chain(entries).chain([second]));
        let (draft, filled) = draft(&bench.ledger);
        let seen = bench.ledger.look(&draft, &filled).await.expect(what);
        let words = |seen: &drafts::Seen| format!("{}{}", if seen.same_content { "same" } else { "other" }, if seen.posted { " posted" } else { "" });
        assert_eq!(seen.iter().map(words).collect::<Vec<_>>().join(", "), expected, "{what}");
        assert_eq!(bench.asked()[0], "GET salesInvoices?$filter=externalDocumentNumber eq 'NK-0409'&$top=50&$expand=salesInvoiceLines", "{what}");
        assert!((0..bench.asked().len()).all(|request| bench.header(request, "data-access-intent").is_none()), "{what}: a replica may lag");
    }
}

#[tokio::test]
async fn a_customer_is_recognised_by_all_that_was_sent() {
    let bench = Bench::new([list(&[
        r#"{"id":"1","number":"C1","type":"Company","displayName":"O'Brien & Søn","country":"DK","email":""}"#.into(),
        r#"{"id":"2","number":"C2","type":"Company","displayName":"O'Brien & Søn","country":"SE"}"#.into(),
    ])]);
    let party = Party { name: "O'Brien & Søn".into(), country: "dk".into(), ..Party::default() };
    let (draft, filled) = wrap(bench.ledger.freeze_party(&party, Currency::parse("DKK").expect("kroner")).expect("a customer"));
    let seen = bench.ledger.look(&draft, &filled).await.expect("an answer");
    assert_eq!(seen.iter().map(|seen| (seen.id.as_str(), seen.same_content)).collect::<Vec<_>>(), [("1", true), ("2", false)]);
    assert_eq!(bench.asked(), ["GET customers?$filter=displayName eq 'O''Brien & Søn'&$top=50"]);
}

#[tokio::test]
async fn a_walk_goes_on_where_it_stopped_and_later_reads_only_changes() {
    let page = |ids: &[&str], next: Option<&str>| {
        let rows: Vec<String> = ids.iter().map(|id| invoice(&[(ID, id)])).collect();
        let next = next.map(|next| format!(r#","@odata.nextLink":"{BASE}/companies({COMPANY})/salesInvoices?{next}""#)).unwrap_or_default();
        ok(format!(r#"{{"@odata.count":3,"value":[{}]{next}}}"#, rows.join(",")))
    };
    let bench = Bench::new([page(&["1", "2"], Some("aid=FIN&$skiptoken=2")), page(&["3"], None), page(&["2"], None), page(&["1"], None)]);
    let first = bench.ledger.page(RecordKind::SalesInvoice, None).await.expect("a page");
    assert_eq!((first.records.len(), first.more, first.total), (2, true, Some(3)));
    let stored = Cursor(first.cursor.0.clone());
    let second = bench.ledger.page(RecordKind::SalesInvoice, Some(&stored)).await.expect("a page");
    assert!(!second.more);
    let changed = bench.ledger.page(RecordKind::SalesInvoice, Some(&second.cursor)).await.expect("a page");
    assert!(changed.more, "open invoices are still to be read");
    let open = bench.ledger.page(RecordKind::SalesInvoice, Some(&changed.cursor)).await.expect("a page");
    assert!(!open.more);
    assert_eq!(
        bench.asked(),
        [
            "GET salesInvoices?$expand=salesInvoiceLines&$count=true",
            "GET salesInvoices?aid=FIN&$skiptoken=2",
            // The first page said it was seven o'clock.
            "GET salesInvoices?$filter=lastModifiedDateTime ge 2026-11-20T06:45:00.000Z&$expand=salesInvoiceLines&$count=true",
            "GET salesInvoices?$filter=status eq 'Open'&$expand=salesInvoiceLines&$count=true",
        ]
    );
    for request in 0..4 {
        assert_eq!(bench.header(request, "data-access-intent").as_deref(), Some("ReadOnly"));
        assert_eq!(bench.header(request, "prefer").as_deref(), Some("odata.maxpagesize=200"));
    }
    let record = &first.records[0];
    assert_eq!(record.number.as_deref(), Some("S-INV1001"));
    assert_eq!(record.open.map(Money::minor), Some(12498));
    assert_eq!(record.references.iter().map(|reference| reference.value.as_str()).collect::<Vec<_>>(), ["NK-0409", "S-INV1001"]);
    assert_eq!(record.party.as_ref().map(|party| party.emails.join(" ")), Some("a@x.example b@x.example".into()));
    assert!(record.text.ends_with("Registered from Stripe invoice NK-0409") && record.raw.contains("25.00"), "the very text is kept");

    for wrong in ["", "{}", &second.cursor.0.replace("sales_invoice", "customer")] {
        assert_eq!(bench.ledger.page(RecordKind::SalesInvoice, Some(&Cursor(wrong.to_owned()))).await, Err(ReadError::BadCursor));
    }
}

#[tokio::test]
async fn a_next_page_may_not_lead_elsewhere_or_nowhere() {
    let next = |link: &str| ok(format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#));
    let within = format!("{BASE}/companies({COMPANY})/customers?$skiptoken=1");
    for link in ["https://evil.example/x", "http://api.example.com/x", &within.replace("Production", "Sandbox"), "x"] {
        let bench = Bench::new([next(link)]);
        assert!(matches!(bench.ledger.page(RecordKind::Customer, None).await, Err(ReadError::Unreadable { .. })), "{link}");
    }
    // The link is followed as it is, but only to what may be asked; a page that leads to itself ends the walk.
    let action = within.replace("customers", "Microsoft.NAV.post");
    for (link, expected) in [(&action, ReadError::NotAllowed), (&within, ReadError::Unreadable { what: "a next page that is the same page" })] {
        let bench = Bench::new([next(link), next(link)]);
        let first = bench.ledger.page(RecordKind::Customer, None).await.expect("a page");
        assert_eq!(bench.ledger.page(RecordKind::Customer, Some(&first.cursor)).await, Err(expected));
    }
}

#[tokio::test]
async fn reads_are_repeated_within_bounds_and_their_failures_told_apart() {
    let four = |answer: fn() -> Scripted| std::iter::repeat_with(answer).take(4).collect::<Vec<_>>();
    for (what, answers, expected) in [
        ("busy, then there", vec![fault(429, "x"), fault(503, "x"), list(&[])], None),
        ("lost, then there", vec![Err(Lost::NoAnswer), list(&[])], None),
        ("busy all the time", four(|| fault(429, "x")), Some("limited")),
        ("away all the time", four(|| Err(Lost::NotSent)), Some("offline")),
        ("signed out", vec![fault(401, "x")], Some("signed_out")),
        ("refused", vec![fault(400, "Application_DialogException")], Some("refused")),
        ("no such company", vec![fault(404, "Internal_CompanyNotFound")], Some("refused")),
        ("no JSON", vec![ok("<html>")], Some("unreadable")),
        ("no list", vec![ok("{}")], Some("unreadable")),
        ("no record", vec![ok(r#"{"value":[{"number":"1"}]}"#)], Some("unreadable")),
        ("no object", vec![ok(r#"{"value":[7]}"#)], Some("unreadable")),
    ] {
        let bench = Bench::new(answers);
        let result = bench.ledger.page(RecordKind::Customer, None).await;
        assert_eq!(result.err().map(|error| error.code()), expected, "{what}");
        assert!(bench.script.answers.lock().expect("answers").is_empty(), "{what}");
    }
}

#[tokio::test]
async fn versions_ignore_etags_and_contact_details_and_nothing_that_counts() {
    let version = async |text: String| {
        let bench = Bench::new([ok(text)]);
        let key = source_key(RecordKind::SalesInvoice, ID);
        let sources = [Source { key: key.clone(), version: String::new() }];
        let fresh = bench.ledger.refresh(&sources).await.expect("an answer");
        assert_eq!(fresh[0].key, key);
        fresh[0].version.clone()
    };
    let before = version(invoice(&[])).await;
    assert!(before.is_some());
    for (what, from, to, same) in [
        ("the tag", "W/\\\"x\\\"", "W/\\\"y\\\"", true),
        ("another way to write a number", "124.98", "124.980", true),
        ("the mail address", "A@x", "C@x", true),
        ("the stamp", "06:00:00", "06:30:00", true),
        ("a total", "99.98", "99.97", false),
        ("being paid", "\"Draft\"", "\"Paid\"", true),
        ("a part payment", "\"remainingAmount\":124.98", "\"remainingAmount\":24.98", true),
        ("being taken back", "\"Draft\"", "\"Canceled\"", false),
        ("the number it is posted under", "S-INV1001", "PS-INV2001", false),
        ("a price of a line", "33.33", "33.34", false),
        ("the words of a line", "Vase", "Vases", false),
    ] {
        assert_eq!(version(invoice(&[(from, to)])).await == before, same, "{what}");
    }
    let bench = Bench::new([fault(404, "Internal_RecordNotFound")]);
    let sources = [Source { key: source_key(RecordKind::Customer, ID), version: String::new() }];
    assert_eq!(bench.ledger.refresh(&sources).await.expect("an answer")[0].version, None, "what is gone has no version");
}

#[tokio::test]
async fn a_company_is_found_and_its_facts_are_read() {
    let script = Arc::new(Script::default());
    script.answers.lock().expect("answers").extend([
        ok(r#"{"value":[{"aadTenantId":"t","type":"Production","name":"Production","countryCode":"DK"},{"type":"Sandbox","name":"Test"},{"type":"x"}]}"#),
        ok(format!(r#"{{"value":[{{"id":"{COMPANY}","name":"CRONUS","displayName":""}}]}}"#)),
    ]);
    let outside = Outside { transport: script.clone(), clock: Arc::new(Asleep::default()), seed: 1 };
    let directory = Directory::new(outside, "https://api.example.com", Arc::new(Token(Ok("t")))).expect("a root");
    let names = |all: Vec<Environment>| all.into_iter().map(|one| (one.name, one.production)).collect::<Vec<_>>();
    assert_eq!(directory.environments().await.map(names), Ok(vec![("Production".into(), true), ("Test".into(), false)]));
    assert_eq!(directory.companies("nordlys.example", "Production").await, Ok(vec![Company { id: COMPANY.into(), name: "CRONUS".into() }]));
    let urls: Vec<String> = script.asked.lock().expect("asked").iter().map(|request| request.uri().to_string()).collect();
    assert_eq!(urls, ["https://api.example.com/environments/v1.2".to_owned(), format!("{BASE}/companies")]);

    let rows = |rows: &[&str]| list(&rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>());
    let bench = Bench::new([
        rows(&[r#"{"displayName":"Nordlys Keramik ApS","country":"DK","currencyCode":"DKK","taxRegistrationNumber":"13585628"}"#]),
        rows(&[r#"{"allowPostingFrom":"2026-01-01","allowPostingTo":"0001-01-01"}"#]),
        rows(&[
            r#"{"startingDate":"2025-01-01","closed":true}"#,
            r#"{"startingDate":"2026-01-01","closed":false}"#,
            r#"{"startingDate":"2026-02-01","closed":false}"#,
        ]),
        rows(&[
            r#"{"id":"a","number":"1050","displayName":"Fragt","category":"Income","accountType":"Posting","directPosting":true,"blocked":false}"#,
            r#"{"id":"b","number":"1000","displayName":"Omsætning","category":"_x0020_","accountType":"Begin_x002D_Total","directPosting":true}"#,
        ]),
        rows(&[r#"{"code":"VARE25","displayName":"Goods","taxType":"VAT"}"#]),
        rows(&[r#"{"code":"EUR"}"#, r#"{"code":"XXZ"}"#, r#"{"code":"GBP"}"#]),
        rows(&[
            r#"{"currencyCode":"EUR","startingDate":"2026-03-01","exchangeRateAmount":100,"relationalExchangeRateAmount":746.05}"#,
            r#"{"currencyCode":"EUR","startingDate":"2026-01-01","exchangeRateAmount":100,"relationalExchangeRateAmount":745.9,"relationalCurrencyCode":""}"#,
            r#"{"currencyCode":"EUR","startingDate":"2026-02-01","exchangeRateAmount":100,"relationalExchangeRateAmount":0}"#,
            r#"{"currencyCode":"GBP","startingDate":"2026-02-01","exchangeRateAmount":100,"relationalExchangeRateAmount":117,"relationalCurrencyCode":"EUR"}"#,
        ]),
        // Payment terms, dimensions and their values.
        fault(403, "Internal_ServerError"),
        fault(403, "Internal_ServerError"),
        fault(403, "Internal_ServerError"),
    ]);
    let facts = bench.ledger.facts().await.expect("facts");
    assert_eq!((facts.base.code(), facts.closed_until, facts.posting_to), ("DKK", "2025-12-31".parse().ok(), None));
    assert_eq!(facts.accounts.iter().map(|account| (account.number.as_str(), account.usable)).collect::<Vec<_>>(), [("1050", true), ("1000", false)]);
    let rates: Vec<_> = facts.currencies.iter().map(|fact| (fact.currency.code().to_owned(), fact.rates_from.map(|day| day.to_string()))).collect();
    assert_eq!(rates, [("EUR".to_owned(), Some("2026-01-01".to_owned())), ("GBP".to_owned(), Some("2026-02-01".to_owned()))]);
    let euro: Vec<_> = facts.currencies[0].rates.iter().map(|rate| format!("{}: {} = {}", rate.from, rate.units, rate.worth)).collect();
    assert_eq!(euro, ["2026-01-01: 100 = 745.9", "2026-03-01: 100 = 746.05"]);
    assert!(facts.currencies[1].rates.is_empty(), "a rate against another currency than the company's is none of ours");
    assert!(facts.payment_terms.is_empty() && facts.dimensions.is_empty(), "what may not be read is missing, not an error");
}
