//! What a sale becomes in Business Central's form: amounts, rounding, refusals, bytes.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use countersign_ledgers::business_central::{BusinessCentral, Place};
use countersign_ledgers::*;
use drafts::{DraftId, Filled, Future, Results};
use money::{Currency, Money};
use remote::{BoxFuture, Clock, Lost, Outside, Transport};
use rust_decimal::Decimal;

struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, _: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, Lost>> {
        Box::pin(async { Err(Lost::NotSent) })
    }
}

impl Clock for Nowhere {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn sleep(&self, _: std::time::Duration) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

impl TokenSource for Nowhere {
    fn token(&self) -> Future<'_, Result<remote::Secret, NoToken>> {
        Box::pin(async { Err(NoToken::SignInAgain) })
    }
}

fn ledger() -> BusinessCentral {
    let place = Place {
        root: "https://api.example.com".into(),
        tenant: "nordlys.example".into(),
        environment: "Production".into(),
        company: "7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d".into(),
    };
    let outside = Outside { transport: Arc::new(Nowhere), clock: Arc::new(Nowhere), seed: 1 };
    BusinessCentral::new(outside, &place, Arc::new(Nowhere)).expect("a place")
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("a currency")
}

fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a number")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn rules() -> SaleRules {
    let known = ["EUR", "USD", "JPY", "KWD", "ISK"].map(|code| (currency(code), Some(day("2026-01-01"))));
    let currencies = known.into_iter().chain([(currency("GBP"), None)]).collect();
    SaleRules { rounding: Rounding { account: "9150".into(), tax_code: None }, base: currency("DKK"), currencies }
}

/// `quantity × price [less discount] = net + tax @ rate`; a price ending in `i` includes tax.
fn line(code: &str, figures: &str) -> SaleLine {
    let words: Vec<&str> = figures.split_whitespace().collect();
    let [quantity, price, discount, net, tax, rate] = words.as_slice() else { panic!("six figures: {figures}") };
    let money = |text: &str| Money::parse(text, currency(code)).expect("an amount");
    let unit_price = (*price != "-").then(|| Price { amount: dec(price.trim_end_matches('i')), includes_tax: price.ends_with('i') });
    let discount = match discount.strip_suffix('%') {
        Some(percent) => Some(Discount::Percent(dec(percent))),
        None => (*discount != "-").then(|| Discount::Amount(money(discount))),
    };
    let rate = dec(rate);
    let zone = if rate.is_zero() { Zone::Export { goods: true } } else { Zone::Domestic };
    SaleLine {
        target: Target::Item("1000".into()),
        description: "Vase".into(),
        quantity: dec(quantity),
        unit_price,
        discount,
        net: money(net),
        tax: money(tax),
        rate,
        zone,
        tax_code: None,
    }
}

fn existing() -> Existing {
    Existing {
        id: "11111111-2222-3333-4444-555555555555".into(),
        number: "10318".into(),
        party: Party { name: "Möbelhaus Oberried GmbH".into(), ..Party::default() },
        currency: None,
        prices_include_tax: false,
        blocked: Blocked::No,
    }
}

fn sale(code: &str, lines: &[&str]) -> Sale {
    let lines: Vec<SaleLine> = lines.iter().map(|figures| line(code, figures)).collect();
    let amounts = lines.iter().flat_map(|line| [line.net, line.tax]);
    Sale {
        number: "A-0101".into(),
        customer: Customer::Existing(existing()),
        currency: currency(code),
        document_date: day("2026-11-06"),
        posting_date: day("2026-11-06"),
        due_date: Some(day("2026-11-20")),
        gross: Money::sum(currency(code), amounts).expect("a sum"),
        extras: Extras::default(),
        lines,
        comments: vec!["Registered from Stripe invoice A-0101, in_1QwZt8LkNordKq".into()],
    }
}

fn gross_priced(mut sale: Sale) -> Sale {
    sale.customer = Customer::Existing(Existing { prices_include_tax: true, ..existing() });
    sale
}

fn figures(drafted: &Drafted) -> String {
    let shown = drafted.shown.sale().expect("a document");
    let Figures { net, tax, rounding, gross } = &shown.ledger;
    let round = if rounding.is_zero() { String::new() } else { format!(" + ROUND {}", rounding.decimal()) };
    format!("{} + VAT {}{round} = {}", net.decimal(), tax.decimal(), gross.decimal())
}

/// The lines as they are sent, `quantity × price [-percent%]`.
fn form(drafted: &Drafted) -> String {
    let shown = drafted.shown.sale().expect("a document");
    let line = |line: &ShownLine| {
        let percent = line.discount_percent.map(|percent| format!(" -{percent}%")).unwrap_or_default();
        let words = if line.description == "Vase" || line.role == LineRole::Rounding { String::new() } else { format!(" '{}'", line.description) };
        format!("{} × {}{percent}{words}", line.quantity, line.unit_price)
    };
    shown.lines.iter().map(line).collect::<Vec<_>>().join(" | ")
}

/// The invoices of a month with every common kind of line.
#[test]
fn a_month_of_invoices_comes_out_to_the_smallest_unit() {
    for (what, code, lines, expected) in [
        ("paid at once", "DKK", &["1 1000 - 1000.00 250.00 25"][..], "1000.00 + VAT 250.00 = 1250.00"),
        ("reverse charge in EUR", "EUR", &["4 100 - 400.00 0.00 0"], "400.00 + VAT 0.00 = 400.00"),
        ("ten per cent off", "DKK", &["1 800 10% 720.00 180.00 25"], "720.00 + VAT 180.00 = 900.00"),
        ("on account", "DKK", &["1 2000 - 2000.00 500.00 25"], "2000.00 + VAT 500.00 = 2500.00"),
        ("consumer price with tax", "DKK", &["1 99.97i - 79.98 19.99 25"], "79.98 + VAT 20.00 + ROUND -0.01 = 99.97"),
        ("one-time checkout", "DKK", &["1 250i - 200.00 50.00 25"], "200.00 + VAT 50.00 = 250.00"),
        ("one-stop shop", "EUR", &["1 100 - 100.00 19.00 19"], "100.00 + VAT 19.00 = 119.00"),
        (
            "renewal with prorations",
            "DKK",
            &["1 600 - 600.00 150.00 25", "1 - - -150.00 -37.50 25", "1 - - 300.00 75.00 25"],
            "750.00 + VAT 187.50 = 937.50",
        ),
        ("customer balance used", "DKK", &["1 800 - 800.00 200.00 25"], "800.00 + VAT 200.00 = 1000.00"),
        ("a Dane billed in EUR", "EUR", &["1 125i - 100.00 25.00 25"], "100.00 + VAT 25.00 = 125.00"),
        ("export in USD", "USD", &["1 200 - 200.00 0.00 0"], "200.00 + VAT 0.00 = 200.00"),
        ("tax rounded by line", "DKK", &["1 33.33 - 33.33 8.33 25"; 3], "99.99 + VAT 25.00 + ROUND -0.01 = 124.98"),
        ("tax rounded by total", "DKK", &["3 33.33 - 99.99 25.00 25"], "99.99 + VAT 25.00 = 124.99"),
        ("no decimals", "JPY", &["3 32166.67 - 96500 9650 10"], "96500 + VAT 9650 = 106150"),
        ("no decimals, rounded up", "JPY", &["1 105 - 105 10 10", "1 105 - 105 10 10"], "210 + VAT 21 + ROUND -1 = 230"),
        ("three decimals", "KWD", &["7 1.2345 - 8.642 0.432 5"], "8.642 + VAT 0.432 = 9.074"),
        ("two rates on one invoice", "DKK", &["1 100 - 100.00 25.00 25", "1 50 - 50.00 0.00 0"], "150.00 + VAT 25.00 = 175.00"),
    ] {
        let drafted = ledger().freeze_sale(&sale(code, lines), &rules()).expect(what);
        assert_eq!(figures(&drafted), expected, "{what}");
        assert!(drafted.shown.sale().is_some_and(|shown| shown.sold.gross == shown.ledger.gross), "{what}: the receivable must close");
    }
}

#[test]
fn prices_with_tax_take_the_vat_out_of_the_sum() {
    for (what, code, lines, expected, expected_form) in [
        ("one consumer price", "DKK", &["1 99.97i - 79.98 19.99 25"][..], "79.98 + VAT 19.99 = 99.97", "1 × 99.97"),
        ("net price, quantity that divides", "DKK", &["2 100 - 200.00 50.00 25"], "200.00 + VAT 50.00 = 250.00", "2 × 125"),
        ("ten per cent off", "DKK", &["1 1000i 10% 720.00 180.00 25"], "720.00 + VAT 180.00 = 900.00", "1 × 1000 -10%"),
        ("sums before rounding", "DKK", &["1 99.97i - 79.98 19.99 25"; 3], "239.93 + VAT 59.98 = 299.91", "1 × 99.97 | 1 × 99.97 | 1 × 99.97"),
        ("yen", "JPY", &["1 108i - 98 10 10"], "98 + VAT 10 = 108", "1 × 108"),
    ] {
        let drafted = ledger().freeze_sale(&gross_priced(sale(code, lines)), &rules()).expect(what);
        assert_eq!((figures(&drafted).as_str(), form(&drafted).as_str()), (expected, expected_form), "{what}");
    }
}

#[test]
fn each_line_takes_the_plainest_form_that_reproduces_it() {
    for (what, code, figures, expected) in [
        ("as stated", "DKK", "3 33.33 - 99.99 25.00 25", "3 × 33.33"),
        ("part of a piece", "DKK", "2.5 120.5 - 301.25 75.31 25", "2.5 × 120.5"),
        ("a percentage that reproduces the net", "DKK", "1 33.33 15% 28.33 7.08 25", "1 × 33.33 -15%"),
        ("an amount that is a percentage", "DKK", "1 800 80.00 720.00 180.00 25", "1 × 800 -10%"),
        ("an amount that is none: in the price", "DKK", "1 70 20.00 50.00 12.50 25", "1 × 50 'Vase (−20.00)'"),
        ("a percentage that does not: in the price", "DKK", "2 50 10% 89.98 22.50 25", "2 × 44.99 'Vase (−10 %)'"),
        ("everything off", "DKK", "1 100 100% 0.00 0.00 25", "1 × 100 -100%"),
        ("gives back", "DKK", "1 - - -150.00 -37.50 25", "-1 × 150"),
        ("gives back three", "DKK", "3 50 - -150.00 -37.50 25", "-3 × 50"),
        ("a price of five decimals", "DKK", "1000 0.01234 - 12.34 3.09 25", "1000 × 0.01234"),
        ("a price of eight decimals: one, with the count", "DKK", "1000 0.01234567 - 12.35 3.09 25", "1000 × 0.01235"),
        ("a price without an end", "DKK", "3 - - 100.00 25.00 25", "1 × 100 '3 × Vase'"),
        ("a quantity of seven decimals", "DKK", "1.2345678 10 - 12.35 3.09 25", "1 × 12.35 '1.2345678 × Vase'"),
        ("tax inside the stated price", "DKK", "2 125i - 200.00 50.00 25", "2 × 100"),
        ("tax and discount inside", "DKK", "1 125i 10% 90.00 22.50 25", "1 × 100 -10%"),
        ("tax and an amount off inside", "DKK", "1 125i 12.50 90.00 22.50 25", "1 × 100 -10%"),
        ("yen", "JPY", "3 32166.67 - 96500 9650 10", "3 × 32166.67"),
    ] {
        let mut sale = sale(code, &[figures]);
        if sale.gross.is_zero() || sale.gross.is_negative() {
            sale.lines.push(line(code, "1 1000 - 1000.00 250.00 25"));
            sale.gross = Money::sum(sale.currency, sale.lines.iter().flat_map(|line| [line.net, line.tax])).expect("a sum");
        }
        let drafted = ledger().freeze_sale(&sale, &rules()).expect(what);
        let form = form(&drafted);
        assert_eq!(form.strip_suffix(" | 1 × 1000").unwrap_or(&form), expected, "{what}");
    }
}

type Case<'a> = (&'a dyn Fn(&mut Sale), Option<&'a str>);

#[test]
fn nothing_is_drafted_that_would_come_out_otherwise() {
    let ok = || sale("DKK", &["1 1000 - 1000.00 250.00 25"]);
    let why = |change: &dyn Fn(&mut Sale)| {
        let mut sale = ok();
        change(&mut sale);
        ledger()
            .freeze_sale(&sale, &rules())
            .map(|_| ())
            .map_err(|no| serde_json::to_value(no).expect("serialises")["why"].as_str().map(str::to_owned))
    };
    let many = |lines: usize| {
        move |sale: &mut Sale| {
            sale.lines = vec![line("DKK", "1 1 - 1.00 0.25 25"); lines];
            sale.gross = Money::new(125 * i64::try_from(lines).expect("few"), sale.currency);
        }
    };
    let one = |figures: &'static str| move |changed: &mut Sale| *changed = sale("DKK", &[figures]);
    let foreign = |code: &'static str| move |changed: &mut Sale| *changed = sale(code, &["1 1000 - 1000.00 250.00 25"]);
    let cases: [Case; 17] = [
        (&|_| {}, None),
        (&many(250), None),
        (&many(251), Some("too_many_lines")),
        (&|sale| sale.number = "x".repeat(36), Some("number_too_long")),
        (&|sale| sale.number = " ".into(), Some("no_number")),
        (&|sale| sale.number = format!("  {}  ", "å".repeat(35)), None),
        (&|sale| sale.gross = Money::new(125_001, sale.currency), Some("sum_differs")),
        (&|sale| sale.customer = Customer::Existing(Existing { blocked: Blocked::All, ..existing() }), Some("customer_blocked")),
        (&foreign("EUR"), None),
        (&foreign("SEK"), Some("unknown_currency")),
        (&foreign("GBP"), Some("no_rate")),
        (&|sale: &mut Sale| sale.posting_date = day("2025-12-31"), None),
        (&one("1 0 - 0.00 0.00 25"), Some("nothing_owed")),
        (&one("1 - - -10.00 -2.50 25"), Some("negative")),
        // Half a unit on each side of what rounding explains (1.25 øre at 25 %).
        (&one("1 100 - 100.00 25.01 25"), None),
        (&one("1 100 - 100.00 25.02 25"), Some("tax_differs")),
        (&|sale: &mut Sale| sale.due_date = None, None),
    ];
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        assert_eq!(why(change), expected.map_or(Ok(()), |code| Err(Some(code.to_owned()))), "case {index}");
    }
    let early = Sale { posting_date: day("2025-12-31"), ..sale("EUR", &["1 1 - 1.00 0.25 25"]) };
    assert_eq!(ledger().freeze_sale(&early, &rules()), Err(NoDraft::NoRate { currency: currency("EUR"), date: day("2025-12-31") }));
}

#[test]
fn credit_notes_are_positive_memos() {
    for (what, code, line, expected) in [
        ("before payment", "DKK", "1 200 - 200.00 50.00 25", "200.00 + VAT 50.00 = 250.00"),
        ("after payment", "DKK", "1 1000 - 1000.00 250.00 25", "1000.00 + VAT 250.00 = 1250.00"),
        ("of a refund without a note", "DKK", "1 90i - 72.00 18.00 25", "72.00 + VAT 18.00 = 90.00"),
        ("one-stop shop", "EUR", "1 119i - 100.00 19.00 19", "100.00 + VAT 19.00 = 119.00"),
        ("with its rounding", "DKK", "1 99.97i - 79.98 19.99 25", "79.98 + VAT 20.00 + ROUND -0.01 = 99.97"),
    ] {
        let credit = Credit { document: sale(code, &[line]), applies_to: None };
        let drafted = ledger().freeze_credit(&credit, &rules()).expect(what);
        assert_eq!(figures(&drafted), expected, "{what}");
        assert!(matches!(drafted.shown, Shown::CreditMemo(_)));
    }
}

#[test]
fn a_negative_invoice_is_a_credit_memo() {
    let negative = sale("DKK", &["1 200 - -200.00 -50.00 25"]);
    assert!(matches!(ledger().freeze_sale(&negative, &rules()), Err(NoDraft::Negative { .. })));
    let applies_to = Some(LedgerDocument { id: "99999999-0000-0000-0000-000000000001".into(), number: "103021".into() });
    let credit = Credit { document: negative.reversed().expect("reversed"), applies_to };
    let drafted = ledger().freeze_credit(&credit, &rules()).expect("a credit memo");
    assert_eq!(figures(&drafted), "200.00 + VAT 50.00 = 250.00");
    insta::assert_snapshot!(body(&drafted), @r###"
    ledger: POST /companies(7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d)/salesCreditMemos
    [("content-type", "application/json")]
    {"customerNumber":"10318","currencyCode":"DKK","creditMemoDate":"2026-11-06","postingDate":"2026-11-06","dueDate":"2026-11-20","externalDocumentNumber":"A-0101","invoiceId":"99999999-0000-0000-0000-000000000001","salesCreditMemoLines":[{"lineType":"Item","lineObjectNumber":"1000","description":"Vase","quantity":1,"unitPrice":200},
    {"lineType":"Comment","description":"Registered from Stripe invoice A-0101, in_1QwZt8LkNordKq"}]}
    "###);
}

fn body(drafted: &Drafted) -> String {
    let results = BTreeMap::from([(DraftId("cust".into()), Results::from([("number".into(), "C-\"1\"".into())]))]);
    let Filled { method, path, headers, body, destination } = drafted.frozen.fill(&results).expect("filled");
    format!("{destination}: {method} {path}\n{headers:?}\n{}", body.replace("},{", "},\n{"))
}

#[test]
fn the_frozen_request_is_exactly_this() {
    let mut sale = sale("EUR", &["2 1498.5 - 2997.00 0.00 0", "14 108 15% 1285.20 0.00 0", "1 34 - 34.00 0.00 0"]);
    sale.number = "NK-0409".into();
    sale.lines[0].description = "Tafelservice „Nordlicht“,\n blau".into();
    sale.lines[1].tax_code = Some("EU-VARE".into());
    sale.lines[2].target = Target::Account("1050".into());
    sale.lines[2].description = format!("Versand {}", "sehr langer Text ".repeat(8));
    let drafted = ledger().freeze_sale(&sale, &rules()).expect("a draft");
    insta::assert_snapshot!(body(&drafted), @r###"
    ledger: POST /companies(7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d)/salesInvoices
    [("content-type", "application/json")]
    {"customerNumber":"10318","currencyCode":"EUR","invoiceDate":"2026-11-06","postingDate":"2026-11-06","dueDate":"2026-11-20","externalDocumentNumber":"NK-0409","salesInvoiceLines":[{"lineType":"Item","lineObjectNumber":"1000","description":"Tafelservice „Nordlicht“, blau","quantity":2,"unitPrice":1498.5},
    {"lineType":"Item","lineObjectNumber":"1000","description":"Vase","quantity":14,"unitPrice":108,"discountPercent":15,"taxCode":"EU-VARE"},
    {"lineType":"Account","lineObjectNumber":"1050","description":"Versand sehr langer Text sehr langer Text sehr langer Text sehr langer Text sehr langer Text sehr","quantity":1,"unitPrice":34},
    {"lineType":"Comment","description":"langer Text sehr langer Text sehr langer Text"},
    {"lineType":"Comment","description":"Registered from Stripe invoice A-0101, in_1QwZt8LkNordKq"}]}
    "###);
    assert_eq!(drafted.policy.mark, drafts::Mark::Carried { value: "NK-0409".into() });
}

#[test]
fn a_new_customer_is_a_hole_and_rounding_a_line_of_its_own() {
    let mut sale = sale("DKK", &["1 99.97i - 79.98 19.99 25", "0 - - 0.00 0.00 0"]);
    sale.number = "nk-0410 ".into();
    sale.lines[1].description = "Free of charge".into();
    sale.due_date = None;
    sale.customer = Customer::New { draft: DraftId("cust".into()), party: Party { name: "Ærø".into(), ..Party::default() } };
    let drafted = ledger().freeze_sale(&sale, &rules()).expect("a draft");
    insta::assert_snapshot!(body(&drafted), @r###"
    ledger: POST /companies(7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d)/salesInvoices
    [("content-type", "application/json")]
    {"customerNumber":"C-\"1\"","currencyCode":"DKK","invoiceDate":"2026-11-06","postingDate":"2026-11-06","externalDocumentNumber":"nk-0410","salesInvoiceLines":[{"lineType":"Item","lineObjectNumber":"1000","description":"Vase","quantity":1,"unitPrice":79.98},
    {"lineType":"Comment","description":"Free of charge"},
    {"lineType":"Account","lineObjectNumber":"9150","description":"Rounding","quantity":-1,"unitPrice":0.01},
    {"lineType":"Comment","description":"Registered from Stripe invoice A-0101, in_1QwZt8LkNordKq"}]}
    "###);
    assert_eq!(drafted.policy.mark, drafts::Mark::Carried { value: "NK-0410".into() });
    insta::assert_snapshot!(serde_json::to_string_pretty(&drafted.shown).expect("serialises"), @r###"
    {
      "document": "sales_invoice",
      "party": {
        "name": "Ærø",
        "person": false,
        "street": "",
        "street2": "",
        "postcode": "",
        "city": "",
        "state": "",
        "country": "",
        "emails": [],
        "phone": "",
        "website": "",
        "vat_number": "",
        "ean": "",
        "ledger_number": "",
        "currency": null
      },
      "customer_number": null,
      "customer_draft": "cust",
      "number": "nk-0410",
      "document_date": "2026-11-06",
      "posting_date": "2026-11-06",
      "due_date": null,
      "applies_to": null,
      "prices_include_tax": false,
      "lines": [
        {
          "role": "sold",
          "target": {
            "item": "1000"
          },
          "description": "Vase",
          "quantity": "1",
          "unit_price": "79.98",
          "discount_percent": null,
          "amount": {
            "amount": "79.98",
            "currency": "DKK"
          },
          "rate": "25",
          "zone": "domestic",
          "tax_code": null
        },
        {
          "role": "rounding",
          "target": {
            "account": "9150"
          },
          "description": "Rounding",
          "quantity": "-1",
          "unit_price": "0.01",
          "discount_percent": null,
          "amount": {
            "amount": "-0.01",
            "currency": "DKK"
          },
          "rate": "0",
          "zone": "none",
          "tax_code": null
        }
      ],
      "notes": [
        "Free of charge",
        "Registered from Stripe invoice A-0101, in_1QwZt8LkNordKq"
      ],
      "taxes": [
        {
          "rate": "25",
          "zone": "domestic",
          "base": {
            "amount": "79.98",
            "currency": "DKK"
          },
          "tax": {
            "amount": "20.00",
            "currency": "DKK"
          }
        }
      ],
      "sold": {
        "net": {
          "amount": "79.98",
          "currency": "DKK"
        },
        "tax": {
          "amount": "19.99",
          "currency": "DKK"
        },
        "rounding": {
          "amount": "0.00",
          "currency": "DKK"
        },
        "gross": {
          "amount": "99.97",
          "currency": "DKK"
        }
      },
      "ledger": {
        "net": {
          "amount": "79.98",
          "currency": "DKK"
        },
        "tax": {
          "amount": "20.00",
          "currency": "DKK"
        },
        "rounding": {
          "amount": "-0.01",
          "currency": "DKK"
        },
        "gross": {
          "amount": "99.97",
          "currency": "DKK"
        }
      }
    }
    "###);
}

#[test]
fn a_customer_is_what_the_card_can_hold() {
    let party = Party {
        name: format!("{} ApS", "Brødrene Tangkær Møbelsnedkeri og Polstreri ".repeat(3)),
        street: "Havnegade 1".into(),
        postcode: "5970".into(),
        city: "Ærøskøbing".into(),
        country: "DK".into(),
        emails: vec!["bo@tangkaer.example".into(), format!("{}@tangkaer.example", "x".repeat(60)), "eva@tangkaer.example".into(), "no mail".into()],
        phone: "+45 62 52 00 00 lok. 4".into(),
        vat_number: "DK13585628".into(),
        currency: Some(currency("EUR")),
        ..Party::default()
    };
    let drafted = ledger().freeze_party(&party, currency("DKK")).expect("a customer");
    insta::assert_snapshot!(body(&drafted), @r###"
    ledger: POST /companies(7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d)/customers
    [("content-type", "application/json")]
    {"type":"Company","displayName":"Brødrene Tangkær Møbelsnedkeri og Polstreri Brødrene Tangkær Møbelsnedkeri og Polstreri Brødrene","addressLine1":"Havnegade 1","postalCode":"5970","city":"Ærøskøbing","country":"DK","email":"bo@tangkaer.example;eva@tangkaer.example","taxRegistrationNumber":"DK13585628","currencyCode":"EUR"}
    "###);
    let Shown::Customer(shown) = &drafted.shown else { panic!("a customer") };
    assert_eq!(shown.shortened, ["email", "displayName", "phoneNumber"]);
    assert_eq!(drafted.policy.mark, drafts::Mark::EqualContent);
    assert_eq!(ledger().freeze_party(&Party::default(), currency("DKK")), Err(NoDraft::NoName));
}
