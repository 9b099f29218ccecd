//! Documents: Stripe's objects in, the ledger's request or the reason out. In process, without a socket.

mod again;
mod golden;
mod rates;
mod stripes;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::Copenhagen;
use drafts::{DraftId, Future};
use ledgers::business_central::{BusinessCentral, CREDIT_MEMO, CUSTOMER, ITEM, Place, SALES_INVOICE};
use ledgers::{CompanyFacts, CurrencyFact, GuestZone, Ledger, LedgerRecord, NoToken, RecordKind, Rounding, Target, TokenSource};
use money::Currency;
use remote::{BoxFuture, Clock, Lost, Outside, Transport};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Decisions, Engines, Ground, Last, Proposed};
use crate::mirror::Mirror;
use crate::settings::{Confirmed, Generic, OssZone, Sales, SalesAccount, Settings};

/// A Danish shop on one ledger company, with what was fetched of both.
struct Shop {
    settings: Settings,
    sales: Sales,
    facts: CompanyFacts,
    mirror: Mirror,
    ledger: BusinessCentral,
    decisions: Decisions,
    standing: BTreeMap<DraftId, book::Standing>,
}

/// Customers of the ledger: number, name, country, VAT number, currency.
const CUSTOMERS: [(&str, &str, &str, &str, &str); 10] = [
    ("C1", "Anker Byg ApS", "DK", "DK90000011", "DKK"),
    ("C2", "Berg Handel GmbH", "DE", "DE900000022", "EUR"),
    ("C3", "Cykelsmeden I/S", "DK", "DK90000038", "DKK"),
    ("C4", "Dansk Lager A/S", "DK", "DK90000046", "DKK"),
    ("C5", "Elværket ApS", "DK", "DK90000054", "DKK"),
    ("C6", "Frida Sand", "DK", "", "DKK"),
    ("C7", "Greta Wolf", "DE", "", "EUR"),
    ("C8", "Havnens Export ApS", "DK", "DK90000089", "EUR"),
    ("C9", "Iron Works Inc.", "US", "", "USD"),
    ("CARD", "Card customers", "DK", "", "DKK"),
];

impl Shop {
    fn new() -> Self {
        let account = |number: &str| SalesAccount { target: Target::Account(number.to_owned()), tax_code: None };
        let sales = Sales {
            domestic: account("REV-25"),
            eu: account("REV-EU"),
            eu_services: None,
            export: account("REV-EXP"),
            export_services: None,
            exempt: Some(account("REV-0")),
            rounding: Rounding { account: "ROUND".to_owned(), tax_code: None },
            home_rate: Decimal::from(25),
            untaxed_at_home: None,
            goods: false,
            more_rates: Default::default(),
            oss: BTreeMap::from([("DE".to_owned(), OssZone { rates: [Decimal::from(19)].into(), account: account("REV-OSS") })]),
            products: Default::default(),
        };
        let mut settings = Settings::new(day("2026-11-01"), Copenhagen);
        settings.customers.terms_confirmed = Some(Confirmed { by: "Mette".to_owned(), at: DateTime::UNIX_EPOCH });
        let guests = |code: &str| Generic { currency: currency(code), zone: GuestZone::Home, number: "CARD".to_owned() };
        settings.customers.generic = vec![guests("DKK"), guests("EUR")];
        let mut shop = Self {
            settings,
            sales,
            facts: facts(),
            mirror: Mirror::default(),
            ledger: nowhere(),
            decisions: Decisions::default(),
            standing: BTreeMap::new(),
        };
        for (number, name, country, vat, code) in CUSTOMERS {
            shop.customer(number, name, country, vat, code);
        }
        shop
    }

    fn customer(&mut self, number: &str, name: &str, country: &str, vat: &str, code: &str) {
        let fields = json!({
            "id": format!("customer-{number}"), "number": number, "displayName": name, "type": if vat.is_empty() { "Person" } else { "Company" },
            "country": country, "taxRegistrationNumber": vat, "currencyCode": code, "blocked": "_x0020_", "postalCode": "1000", "city": "By",
            "email": format!("{}@kunder.example", number.to_lowercase()),
            "taxAreaId": if country == "DK" { "home" } else if ledgers::in_eu(country) { "eu" } else { "world" },
        });
        let record = self.record(RecordKind::Customer, &fields);
        self.mirror.parties.insert(record.id.clone(), record);
    }

    /// A sales invoice or credit memo of the ledger.
    fn document(&mut self, kind: RecordKind, fields: &Value) {
        let record = self.record(kind, fields);
        let place = if kind == RecordKind::CreditMemo { &mut self.mirror.memos } else { &mut self.mirror.documents };
        place.retain(|known| known.id != record.id);
        place.push(record);
    }

    fn record(&self, kind: RecordKind, fields: &Value) -> LedgerRecord {
        self.ledger.read(kind, &fields.to_string()).expect("a record")
    }

    fn propose(&self) -> Vec<Proposed> {
        let ground = self.ground();
        Last::all(&ground, Engines::new(&ground).whole()).1.rows
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            book: "book",
            settings: &self.settings,
            settings_version: 1,
            sales: &self.sales,
            facts: &self.facts,
            mirror: &self.mirror,
            ledger: &self.ledger,
            decisions: &self.decisions,
            standing: &self.standing,
        }
    }
}

/// What would be written for a row, line by line, and everything that its requests say.
fn written(proposed: &Proposed) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(reason) = &proposed.row.no_draft {
        let settled = if proposed.row.class == crate::commands::Class::Settled { ", nothing to do" } else { "" };
        lines.push(format!("none: {}{settled}", reason.params["words"]));
    }
    for proposal in &proposed.drafts {
        let draft = &proposal.draft;
        let path = draft.frozen.path.shown(|_| String::new());
        let body = draft.frozen.body.shown(|hole| {
            let hole = &draft.frozen.holes[hole];
            let from = proposed.drafts.iter().find(|other| other.draft.id == hole.from).expect("holes wait for drafts of the row");
            format!("<{} of {}>", hole.field, short(&from.draft.kind.0))
        });
        match draft.kind.0.as_str() {
            SALES_INVOICE | CREDIT_MEMO => lines.extend(document(&draft.kind.0, &body, &draft.shown)),
            CUSTOMER | ITEM => lines.push(format!("{} {}", short(&draft.kind.0), fields(&parsed(&body)))),
            _ => {
                let keys = body.replace("%5B", "[").replace("%5D", "]").replace("metadata[countersign_ledger_", "").replace("]=", "=");
                lines.push(format!("mark {} {}", path.trim_start_matches("/v1/"), keys.replace('&', " ")));
            }
        }
    }
    lines
}

/// `SI A-0101 C1 DKK 2026-11-02: 1000.00 + 250.00 = 1250.00`, then its lines.
fn document(kind: &str, body: &str, shown: &str) -> Vec<String> {
    let mut body = parsed(body);
    let fields_of = body.as_object_mut().expect("an object");
    let mut take = |name: &str| fields_of.remove(name).map(|value| text(&value)).unwrap_or_default();
    let (dated, own) = (take("invoiceDate") + &take("creditMemoDate"), take("externalDocumentNumber"));
    let (customer, code, posted) = (take("customerNumber"), take("currencyCode"), take("postingDate"));
    let (due, of) = (take("dueDate"), take("invoiceId"));
    let lines = ["salesInvoiceLines", "salesCreditMemoLines"].into_iter().find_map(|name| fields_of.remove(name)).expect("lines");
    let figures = match serde_json::from_str(shown).expect("a shown document") {
        ledgers::Shown::SalesInvoice(sale) | ledgers::Shown::CreditMemo(sale) => sale.ledger,
        ledgers::Shown::Customer(_) | ledgers::Shown::Item(_) => panic!("a document"),
    };
    let amount = |money: money::Money| money.decimal().to_string();
    let rounding = if figures.rounding.is_zero() { String::new() } else { format!(" + {}", amount(figures.rounding)) };
    let mut head = format!("{} {own} {customer} {code} {dated}", short(kind));
    for (word, value) in [("posted", if posted == dated { String::new() } else { posted }), ("due", due), ("applied to", of)] {
        if !value.is_empty() {
            head += &format!(" {word} {value}");
        }
    }
    let rest = fields(&body);
    head += if rest.is_empty() { "" } else { " " };
    head += &format!("{rest}: {} + {}{rounding} = {}", amount(figures.net), amount(figures.tax), amount(figures.gross));
    std::iter::once(head).chain(lines.as_array().expect("lines").iter().map(line)).collect()
}

fn line(line: &Value) -> String {
    let get = |name: &str| line.get(name).map(text).unwrap_or_default();
    if get("lineType") == "Comment" {
        return format!("  {}", get("description"));
    }
    let less = if line.get("discountPercent").is_some() { format!(" −{} %", get("discountPercent")) } else { String::new() };
    let code = if line.get("taxCode").is_some() { format!(" ({})", get("taxCode")) } else { String::new() };
    format!("  {} {}{code} | {} | {} × {}{less}", get("lineType"), get("lineObjectNumber"), get("description"), get("quantity"), get("unitPrice"))
}

/// What nobody asked for by name, so that nothing in a request stays unseen.
fn fields(value: &Value) -> String {
    // In order of name: whether a parsed object keeps its own order depends on what else is built.
    let all: BTreeMap<_, _> = value.as_object().expect("an object").iter().collect();
    all.into_iter().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join(" ")
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| panic!("JSON: {body}"))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn short(kind: &str) -> &'static str {
    match kind {
        SALES_INVOICE => "SI",
        CREDIT_MEMO => "CM",
        CUSTOMER => "customer",
        ITEM => "item",
        _ => "mark",
    }
}

fn facts() -> CompanyFacts {
    let rates = ["EUR", "USD", "JPY", "KWD", "ISK", "UGX"];
    let currencies = rates.map(|code| CurrencyFact { currency: currency(code), rates_from: Some(day("2026-01-01")), rates: Vec::new() });
    CompanyFacts {
        name: "Gylden ApS".to_owned(),
        base: currency("DKK"),
        country: "DK".to_owned(),
        vat_number: "DK99887764".to_owned(),
        posting_from: None,
        posting_to: None,
        closed_until: None,
        accounts: Vec::new(),
        tax_codes: Vec::new(),
        currencies: currencies.to_vec(),
        payment_terms: Vec::new(),
        dimensions: Vec::new(),
    }
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("a currency")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// A company that is only asked what it would be asked.
fn nowhere() -> BusinessCentral {
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
    let place = Place {
        root: "https://ledger.example".to_owned(),
        tenant: "gylden.example".to_owned(),
        environment: "Production".to_owned(),
        company: "7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d".to_owned(),
    };
    let outside = Outside { transport: Arc::new(Nowhere), clock: Arc::new(Nowhere), seed: 1 };
    BusinessCentral::new(outside, &place, Arc::new(Nowhere)).expect("a place")
}
