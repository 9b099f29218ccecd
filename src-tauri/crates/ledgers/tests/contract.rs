//! The client against a Business Central that is played from its published behaviour and
//! shares no code with it: what was computed beforehand must be what comes out.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use countersign_ledgers::business_central::{BusinessCentral, Place, agrees};
use countersign_ledgers::*;
use drafts::{Decision, Destination, Draft, DraftId, Filled, Future, MadeBy, Outcome, Permit, Results, Subject, decide};
use http::{Request, Response};
use money::{Currency, Money};
use proptest::prelude::*;
use remote::{BoxFuture, Clock, Lost, Outside, Transport};
use rust_decimal::Decimal;
use sandbox::Service;
use sandbox::business_central::setup::{
    AccountSetup, CompanyInformation, CustomerGroups, CustomerSetup, GeneralPosting, ItemSetup, NumberSeries, SalesDocument, VatPosting,
};
use sandbox::business_central::{BusinessCentral as Played, CompanySetup, PermissionSet, Series, Setup, setup::CurrencySetup};
use sandbox::entra::Caller;

const TENANT: &str = "11111111-aaaa-4aaa-8aaa-111111111111";
const ROOT: &str = "http://localhost";

/// The service and the time it is there, reached without a socket.
struct Served {
    played: Mutex<Played>,
    now: Mutex<DateTime<Utc>>,
    /// Answers that get lost on the way back.
    losses: Mutex<u32>,
}

impl Transport for Served {
    fn send(&self, mut request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, Lost>> {
        Box::pin(async move {
            let text = |text: &str| text.to_owned();
            let caller = Caller {
                tenant: text(TENANT),
                domain: text("nordlys.example"),
                subject: text("user"),
                name: text("Mette"),
                client_id: text("client"),
                app_only: false,
                roles: Vec::new(),
            };
            request.extensions_mut().insert(caller);
            let write = request.method() != http::Method::GET;
            let answer = self.played.lock().expect("played").handle(self.now(), request);
            let mut losses = self.losses.lock().expect("losses");
            if write && *losses > 0 {
                *losses -= 1;
                return Err(Lost::NoAnswer);
            }
            Ok(answer)
        })
    }
}

impl Clock for Served {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().expect("now")
    }

    fn sleep(&self, time: std::time::Duration) -> BoxFuture<'_, ()> {
        *self.now.lock().expect("now") += TimeDelta::from_std(time).expect("a short time");
        Box::pin(async {})
    }
}

impl TokenSource for Served {
    fn token(&self) -> Future<'_, Result<remote::Secret, NoToken>> {
        Box::pin(async { Ok(remote::Secret::from("token")) })
    }
}

struct Bench {
    served: Arc<Served>,
    ledger: BusinessCentral,
    company: String,
}

fn start() -> DateTime<Utc> {
    "2026-11-20T07:00:00Z".parse().expect("a time")
}

impl Bench {
    fn new() -> Self {
        let mut played = Played::new(7);
        played.set_base(ROOT);
        played.add_environment(TENANT, "Production", "DK", true);
        let of = CompanySetup {
            id: None,
            name: "Nordlys".into(),
            display_name: "Nordlys Keramik ApS".into(),
            currency: "DKK".into(),
            decimals: 2,
            time_zone: "Europe/Copenhagen".parse().expect("a zone"),
        };
        let company = played.add_company("Production", of, start());
        played.add_user(TENANT, "user", PermissionSet::drafts_only());
        furnish(&mut played.setup(&company, start()).expect("the company"));
        let served = Arc::new(Served { played: Mutex::new(played), now: Mutex::new(start()), losses: Mutex::default() });
        let place = Place { root: ROOT.into(), tenant: TENANT.into(), environment: "Production".into(), company: company.clone() };
        let outside = Outside { transport: served.clone(), clock: served.clone(), seed: 1 };
        let ledger = BusinessCentral::new(outside, &place, served.clone()).expect("a place");
        Self { served, ledger, company }
    }

    fn in_the_ledger<T>(&self, act: impl FnOnce(&mut Setup<'_>) -> T) -> T {
        let mut played = self.served.played.lock().expect("played");
        act(&mut played.setup(&self.company, self.served.now()).expect("the company"))
    }

    fn later(&self, minutes: i64) {
        *self.served.now.lock().expect("now") += TimeDelta::minutes(minutes);
    }

    async fn customer(&self, number: &str, prices_include_tax: bool) -> Customer {
        let page = self.ledger.page(RecordKind::Customer, None).await.expect("customers");
        let record = page.records.iter().find(|record| record.number.as_deref() == Some(number)).expect("the customer");
        Customer::Existing(record.customer(prices_include_tax).expect("a customer"))
    }

    async fn rules(&self) -> SaleRules {
        let facts = self.ledger.facts().await.expect("facts");
        facts.sale_rules(Rounding { account: "9150".into(), tax_code: None })
    }

    async fn write(&self, drafted: Drafted, results: &Results) -> (Draft, Filled, Outcome) {
        let (draft, filled) = wrap(drafted, results);
        let outcome = self.ledger.send(&permit(&filled)).await;
        (draft, filled, outcome)
    }
}

/// A small Danish company: VAT 25 %, reverse charge in the EU, export, and one-stop shop for Germany.
fn furnish(setup: &mut Setup<'_>) {
    let text = |text: &str| text.to_owned();
    setup.company_information(CompanyInformation {
        display_name: text("Nordlys Keramik ApS"),
        country: text("DK"),
        tax_registration_number: text("13585628"),
        ..CompanyInformation::default()
    });
    setup.general_ledger(None, None);
    for (code, decimals) in [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3)] {
        setup.currency(CurrencySetup { code: text(code), display_name: text(code), symbol: String::new(), decimals });
        setup.exchange_rate(code, day("2026-01-01"), Decimal::ONE_HUNDRED, Decimal::from(700));
    }
    for (number, name, group) in [
        ("1000", "Omsætning", "VARE25"),
        ("1050", "Fragt", "VARE25"),
        ("9150", "Ører", "UDEN"),
        ("5600", "Debitorer", "UDEN"),
        ("6900", "Salgsmoms", "UDEN"),
    ] {
        setup.account(AccountSetup {
            number: text(number),
            display_name: text(name),
            category: text("Income"),
            direct_posting: true,
            general_product_group: text("VARE"),
            vat_product_group: text(group),
            ..AccountSetup::default()
        });
    }
    for group in ["VARE25", "UDEN", "OSS7"] {
        setup.tax_group(group, group);
    }
    for (business, product, rate, reverse) in [
        ("INDENLANDS", "VARE25", 25, false),
        ("INDENLANDS", "OSS7", 7, false),
        ("INDENLANDS", "UDEN", 0, false),
        ("EU", "VARE25", 25, true),
        ("EU", "UDEN", 0, false),
    ] {
        setup.vat(VatPosting {
            business_group: text(business),
            product_group: text(product),
            identifier: format!("{product}-{rate}"),
            rate: Decimal::from(rate),
            reverse_charge: reverse,
            sales_account: text("6900"),
            purchase_account: text("6900"),
            reverse_account: text("6900"),
        });
        setup.general_posting(GeneralPosting {
            business_group: text(business),
            product_group: text("VARE"),
            sales_account: text("1000"),
            credit_memo_account: text("1000"),
        });
    }
    setup.customer_posting_group("DEBITOR", "5600");
    for (series, last) in [(Series::Customer, "C0000"), (Series::Invoice, "S-INV1000"), (Series::PostedInvoice, "PS-INV2000")] {
        setup.number_series(series, NumberSeries { last_used: text(last), manual_allowed: false });
    }
    setup.unit_of_measure("STK", "Stykker", "EA");
    setup.item(ItemSetup {
        number: text("V1"),
        display_name: text("Vase"),
        kind: text("Service"),
        unit_price: Decimal::from(99),
        unit_of_measure: text("STK"),
        general_product_group: text("VARE"),
        vat_product_group: text("VARE25"),
    });
    let groups = |business: &str| CustomerGroups {
        general_business_group: business.to_owned(),
        vat_business_group: business.to_owned(),
        customer_posting_group: "DEBITOR".to_owned(),
    };
    setup.customer_template(Some(groups("INDENLANDS")));
    for (number, business, prices_include_tax) in [("10001", "INDENLANDS", false), ("10002", "INDENLANDS", true), ("10003", "EU", false)] {
        setup.customer(CustomerSetup {
            number: text(number),
            display_name: format!("Kunde {number} & Søn's"),
            country: text("DK"),
            email: text("bo@kunde.example"),
            prices_include_tax,
            groups: Some(groups(business)),
            ..CustomerSetup::default()
        });
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("a currency")
}

fn line(net: Money, tax: Money, rate: u32) -> SaleLine {
    SaleLine {
        target: Target::Item("V1".into()),
        description: "Vase „Nordlicht“, blå".into(),
        quantity: Decimal::ONE,
        unit_price: None,
        discount: None,
        net,
        tax,
        rate: Decimal::from(rate),
        zone: Zone::Domestic,
        tax_code: (rate == 7).then(|| "OSS7".into()),
    }
}

fn sale(number: &str, customer: Customer, lines: Vec<SaleLine>) -> Sale {
    let currency = lines.first().map_or_else(|| currency("DKK"), |line| line.net.currency());
    Sale {
        number: number.into(),
        customer,
        currency,
        document_date: day("2026-11-06"),
        posting_date: day("2026-11-06"),
        due_date: Some(day("2026-11-20")),
        gross: Money::sum(currency, lines.iter().flat_map(|line| [line.net, line.tax])).expect("a sum"),
        extras: Extras::default(),
        lines,
        comments: vec![format!("Registered from Stripe invoice {number}, in_1QwZt8LkNordKq")],
    }
}

fn wrap(drafted: Drafted, results: &Results) -> (Draft, Filled) {
    let filled = drafted.frozen.fill(&[(DraftId("customer".into()), results.clone())].into()).expect("filled");
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

fn permit(filled: &Filled) -> Permit {
    #[allow(clippy::disallowed_methods, reason = "a test stands in for the book")]
    Permit::mint(DraftId("draft".into()), 1, "key".into(), filled.clone())
}

fn small(code: &'static str) -> impl Strategy<Value = SaleLine> {
    let discount = prop_oneof![
        3 => Just(None),
        1 => (1i64..10_000).prop_map(|bp| Some(Discount::Percent(Decimal::new(bp, 2)))),
        1 => (1i64..5_000).prop_map(move |minor| Some(Discount::Amount(Money::new(minor, currency(code))))),
    ];
    let price = prop::option::of((0i64..10_000_000, 0u32..7, any::<bool>()));
    (-30_000i64..300_000, prop::sample::select(vec![0u32, 7, 25]), (0i64..100_000, 0u32..6), price, discount, -1i64..=1).prop_map(
        move |(net, rate, quantity, price, discount, off)| {
            let net = Money::new(net, currency(code));
            let exact = net.decimal() * Decimal::from(rate) / Decimal::ONE_HUNDRED;
            // A seller may have rounded the tax of a line either way.
            let tax = Money::rounded(exact, net.currency())
                .expect("small")
                .minus(Money::new(if rate == 0 { 0 } else { off }, net.currency()))
                .expect("small");
            SaleLine {
                quantity: Decimal::new(quantity.0, quantity.1),
                unit_price: price.map(|(amount, scale, includes_tax)| Price { amount: Decimal::new(amount, scale), includes_tax }),
                discount,
                target: if rate == 0 { Target::Account("9150".into()) } else { Target::Item("V1".into()) },
                ..line(net, tax, rate)
            }
        },
    )
}

fn invoices() -> impl Strategy<Value = (bool, Vec<SaleLine>)> {
    let lines = prop::sample::select(vec!["DKK", "EUR", "JPY", "KWD"]).prop_flat_map(|code| prop::collection::vec(small(code), 1..6));
    (any::<bool>(), lines)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever is sold: the ledger computes what was shown, to the smallest unit.
    #[test]
    fn the_ledger_computes_what_was_foretold((gross_prices, lines) in invoices()) {
        block_on(async move {
            let bench = Bench::new();
            let customer = bench.customer(if gross_prices { "10002" } else { "10001" }, gross_prices).await;
            let sale = sale("NK-0409", customer, lines);
            match bench.ledger.freeze_sale(&sale, &bench.rules().await) {
                Ok(drafted) => {
                    let (draft, filled, outcome) = bench.write(drafted, &Results::new()).await;
                    let Outcome::Written(answer) = outcome else { panic!("{outcome:?}\n{}", filled.body) };
                    assert!(answer.same_content, "{}", filled.body);
                    assert!(agrees(&draft, &answer.results), "{:?}\n{}\n{}", answer.results, draft.shown, filled.body);
                    assert_eq!(answer.results["gross"], sale.gross.decimal().normalize().to_string());
                }
                Err(no) => assert!(matches!(
                    no,
                    NoDraft::TaxDiffers { .. } | NoDraft::Negative { .. } | NoDraft::NothingOwed | NoDraft::RoundingTooLarge { .. }
                ), "{no:?}"),
            }
        });
    }
}

fn block_on<T>(work: impl std::future::Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

fn vase() -> Vec<SaleLine> {
    let dkk = currency("DKK");
    vec![line(Money::new(7_998, dkk), Money::new(1_999, dkk), 25)]
}

#[tokio::test]
async fn a_lost_answer_is_found_again_and_nothing_is_written_twice() {
    let bench = Bench::new();
    let customer = bench.customer("10001", false).await;
    let drafted = bench.ledger.freeze_sale(&sale("nk-0410", customer, vase()), &bench.rules().await).expect("a draft");
    let (draft, filled) = wrap(drafted, &Results::new());
    let seen = bench.ledger.look(&draft, &filled).await.expect("an answer");
    assert_eq!(decide(&draft.policy, &[], &seen, None), Decision::Send);

    *bench.served.losses.lock().expect("losses") = 1;
    assert!(matches!(bench.ledger.send(&permit(&filled)).await, Outcome::Unknown { .. }));
    let seen = bench.ledger.look(&draft, &filled).await.expect("an answer");
    let Decision::Ours(ours) = decide(&draft.policy, &[], &seen, Some(1)) else { panic!("{seen:?}") };
    assert!(!ours.posted);

    // A person releases it, then posts it: still ours, under its new number.
    let id = ours.id.clone();
    bench.in_the_ledger(|setup| setup.release_invoice(&id)).expect("released");
    assert_eq!(bench.ledger.standing(RecordKind::SalesInvoice, &id).await, Ok(Standing::Released));
    bench.in_the_ledger(|setup| setup.post_invoice(&id)).expect("posted");
    assert_eq!(bench.ledger.standing(RecordKind::SalesInvoice, &id).await, Ok(Standing::Posted));
    let seen = bench.ledger.look(&draft, &filled).await.expect("an answer");
    let Decision::Ours(posted) = decide(&draft.policy, &[], &seen, Some(100_000)) else { panic!("{seen:?}") };
    assert!(posted.posted && posted.id == id && posted.results["number"] != ours.results["number"]);
    assert_eq!(bench.ledger.standing(RecordKind::SalesInvoice, "aaaaaaaa-0000-4000-8000-000000000001").await, Ok(Standing::Gone));
}

#[tokio::test]
async fn a_new_customer_comes_first_and_is_told_from_its_namesakes() {
    let bench = Bench::new();
    let dkk = currency("DKK");
    let party = Party {
        name: "Kunde 10001 & Søn's".into(),
        country: "dk".into(),
        city: "Ærøskøbing".into(),
        postcode: "5970".into(),
        emails: vec!["eva@kunde.example".into()],
        ..Party::default()
    };
    let (draft, filled) = wrap(bench.ledger.freeze_party(&party, dkk).expect("a customer"), &Results::new());
    let noted: Vec<String> = bench.ledger.look(&draft, &filled).await.expect("an answer").into_iter().map(|seen| seen.id).collect();
    assert_eq!(noted.len(), 1, "the namesake");
    *bench.served.losses.lock().expect("losses") = 1;
    assert!(matches!(bench.ledger.send(&permit(&filled)).await, Outcome::Unknown { .. }));
    let seen = bench.ledger.look(&draft, &filled).await.expect("an answer");
    let Decision::Ours(made) = decide(&draft.policy, &noted, &seen, Some(1)) else { panic!("{seen:?}") };

    let customer = Customer::New { draft: DraftId("customer".into()), party };
    let drafted = bench.ledger.freeze_sale(&sale("NK-0411", customer, vase()), &bench.rules().await).expect("a draft");
    assert!(drafted.frozen.fill(&Default::default()).is_err(), "it waits for its customer");
    let (draft, _, outcome) = bench.write(drafted, &made.results).await;
    let Outcome::Written(answer) = outcome else { panic!("{outcome:?}") };
    assert!(answer.same_content && agrees(&draft, &answer.results));
}

#[tokio::test]
async fn what_the_ledger_would_not_do_is_refused_by_it_in_words() {
    let bench = Bench::new();
    let customer = bench.customer("10001", false).await;
    let mut sale = sale("NK-0412", customer, vase());
    sale.lines[0].target = Target::Item("V2".into());
    let drafted = bench.ledger.freeze_sale(&sale, &bench.rules().await).expect("a draft");
    let (draft, filled, outcome) = bench.write(drafted, &Results::new()).await;
    let Outcome::Refused(refusal) = outcome else { panic!("{outcome:?}") };
    assert!(refusal.status == 400 && !refusal.message.is_empty() && refusal.reference.is_some(), "{refusal:?}");
    assert_eq!(bench.ledger.look(&draft, &filled).await, Ok(Vec::new()), "a refused write leaves nothing behind");

    // The customer's prices include tax after all: found out by reading back, not by luck.
    let Customer::Existing(known) = bench.customer("10002", true).await else { panic!("an existing one") };
    let mistaken = Customer::Existing(Existing { prices_include_tax: false, ..known });
    let drafted = bench.ledger.freeze_sale(&self::sale("NK-0413", mistaken, vase()), &bench.rules().await).expect("a draft");
    let (draft, filled, outcome) = bench.write(drafted, &Results::new()).await;
    let Outcome::Written(answer) = outcome else { panic!("{outcome:?}") };
    assert!(!agrees(&draft, &answer.results));
    let seen = bench.ledger.look(&draft, &filled).await.expect("an answer");
    assert!(matches!(decide(&draft.policy, &[], &seen, Some(1)), Decision::Differs(_)));
}

#[tokio::test]
async fn a_walk_sees_everything_once_and_then_only_what_changed() {
    let bench = Bench::new();
    bench.served.played.lock().expect("played").server_page_size = 3;
    let document = |number: usize| SalesDocument {
        customer: "10001".into(),
        external_document_number: format!("NK-{number}"),
        invoice_date: Some(day("2026-11-06")),
        lines: vec![sandbox::business_central::setup::SalesLine {
            sold: sandbox::business_central::setup::Sold::Item("V1".into()),
            description: "Vase".into(),
            quantity: Decimal::ONE,
            unit_price: Some(Decimal::from(100)),
            discount_percent: Decimal::ZERO,
            vat_product_group: None,
        }],
        ..SalesDocument::default()
    };
    let ids: Vec<String> = bench.in_the_ledger(|setup| (0..10).map(|n| setup.draft_invoice(document(n)).expect("a draft").id).collect());
    let walk = async |mut cursor: Option<Cursor>| {
        let mut numbers = Vec::new();
        loop {
            let page = bench.ledger.page(RecordKind::SalesInvoice, cursor.as_ref()).await.expect("a page");
            assert!(page.records.iter().all(|record| bench.ledger.read(record.kind, &record.raw).as_ref() == Some(record)));
            numbers.extend(page.records.iter().map(|record| record.references[0].value.clone()));
            cursor = Some(page.cursor);
            if !page.more {
                numbers.sort();
                return (numbers, cursor);
            }
        }
    };
    bench.later(60);
    let (all, cursor) = walk(None).await;
    assert_eq!(all, (0..10).map(|n| format!("NK-{n}")).collect::<Vec<_>>());
    bench.later(60);
    let (changed, cursor) = walk(cursor).await;
    assert!(changed.is_empty(), "{changed:?}");
    bench.later(60);
    bench.in_the_ledger(|setup| setup.post_invoice(&ids[4])).expect("posted");
    bench.later(60);
    let (changed, cursor) = walk(cursor).await;
    assert!(changed.iter().all(|number| number == "NK-4") && !changed.is_empty(), "once as changed, once as open");
    let (open, _) = walk(cursor).await;
    assert_eq!(open, ["NK-4"], "an open invoice is read every time");

    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = bench.ledger.ids(RecordKind::SalesInvoice, cursor.as_ref()).await.expect("ids");
        seen.extend(page.ids);
        cursor = Some(page.cursor);
        if !page.more {
            break;
        }
    }
    seen.sort();
    let mut expected = ids;
    expected.sort();
    assert_eq!(seen, expected);
    assert_eq!(bench.served.played.lock().expect("played").posting_attempts, 0);
}
