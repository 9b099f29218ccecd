//! The ledger as a client sees it, over requests alone.

mod golden_month;
mod gotchas;
mod malformed;
mod outside;
mod posting;
mod reading;
mod replay;
mod sheets;
mod writing;

use super::setup::*;
use super::{BusinessCentral, CompanySetup, PermissionSet, Series};
use crate::Service;
use crate::entra::Caller;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use http::{Method, Request};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const USER: &str = "22222222-2222-4222-8222-222222222222";

pub struct Answer {
    pub handshake: Option<super::Handshake>,
    pub takes: TimeDelta,
    pub status: u16,
    pub json: Json,
    pub text: String,
}

impl Answer {
    fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    fn message(&self) -> &str {
        self.json["error"]["message"].as_str().unwrap_or_default()
    }

    fn rows(&self) -> &[Json] {
        self.json["value"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn etag(&self) -> String {
        self.json["@odata.etag"].as_str().unwrap_or_default().to_string()
    }

    fn text(&self, name: &str) -> String {
        self.json[name].as_str().unwrap_or_default().to_string()
    }

    /// An amount as its text on the wire.
    fn amount(&self, name: &str) -> String {
        self.json[name].to_string()
    }
}

/// A company, somebody signed in to it, and a clock that ticks with each request.
pub struct Desk {
    pub bc: BusinessCentral,
    pub company: String,
    pub now: DateTime<Utc>,
    pub caller: Caller,
}

impl Desk {
    fn new() -> Self {
        let now = "2026-11-20T08:00:00Z".parse().expect("an instant");
        let mut bc = BusinessCentral::new(7);
        bc.set_base("http://ledger.test");
        bc.add_environment(TENANT, "Production", "DK", true);
        bc.add_user(TENANT, USER, PermissionSet::all());
        let card = CompanySetup {
            id: None,
            name: "PRØVE".into(),
            display_name: "Prøve ApS".into(),
            currency: "DKK".into(),
            decimals: 2,
            time_zone: chrono_tz::Europe::Copenhagen,
        };
        let company = bc.add_company("Production", card, now);
        fill(&mut bc.setup(&company, now).expect("the company"));
        let caller = Caller {
            tenant: TENANT.into(),
            domain: "proeve.example".into(),
            subject: USER.into(),
            name: "Bo".into(),
            client_id: "app".into(),
            app_only: false,
            roles: Vec::new(),
        };
        Self { bc, company, now, caller }
    }

    fn root() -> String {
        format!("/v2.0/{TENANT}/Production/api/v2.0")
    }

    fn path(&self, below: &str) -> String {
        format!("{}/companies({})/{below}", Self::root(), self.company)
    }

    pub fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.now += TimeDelta::milliseconds(100);
        let uri: String = path.chars().map(|c| if c == ' ' { "%20".to_string() } else { c.to_string() }).collect();
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Bytes::copy_from_slice(body)).expect("a request");
        request.extensions_mut().insert(self.caller.clone());
        let mut response = self.bc.handle(self.now, request);
        let (handshake, takes) =
            (response.extensions_mut().remove(), response.extensions().get::<crate::Takes>().map_or_else(TimeDelta::zero, |takes| takes.0));
        let text = String::from_utf8_lossy(response.body()).into_owned();
        Answer { handshake, takes, status: response.status().as_u16(), json: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    pub fn get(&mut self, below: &str) -> Answer {
        self.send(Method::GET, &self.path(below), &[], b"")
    }

    pub fn get_page(&mut self, url: &str, size: usize) -> Answer {
        let path = url.strip_prefix("http://ledger.test").unwrap_or(url).to_string();
        self.send(Method::GET, &path, &[("Prefer", &format!("odata.maxpagesize={size}"))], b"")
    }

    pub fn post(&mut self, below: &str, body: Json) -> Answer {
        self.send(Method::POST, &self.path(below), &[], body.to_string().as_bytes())
    }

    pub fn patch(&mut self, below: &str, etag: &str, body: Json) -> Answer {
        self.send(Method::PATCH, &self.path(below), &[("If-Match", etag)], body.to_string().as_bytes())
    }

    pub fn setup(&mut self) -> Setup<'_> {
        self.bc.setup(&self.company, self.now).expect("the company")
    }

    /// The id of the row that a filter finds.
    pub fn id(&mut self, set: &str, filter: &str) -> String {
        let answer = self.get(&format!("{set}?$filter={filter}"));
        answer.rows().first().and_then(|row| row["id"].as_str()).unwrap_or_default().to_string()
    }

    /// A draft with one line on the sales account.
    pub fn draft(&mut self, customer: &str, reference: &str, price: Json) -> Answer {
        let account = self.id("accounts", "number eq '1010'");
        let body = json!({
            "customerNumber": customer, "externalDocumentNumber": reference, "invoiceDate": "2026-11-02", "postingDate": "2026-11-02",
            "salesInvoiceLines": [{ "lineType": "Account", "accountId": account, "description": "Kopper", "quantity": 1, "unitPrice": price }],
        });
        self.post("salesInvoices", body)
    }
}

pub fn dec(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn fill(setup: &mut Setup<'_>) {
    setup.company_information(CompanyInformation { display_name: "Prøve ApS".into(), country: "DK".into(), ..Default::default() });
    setup.general_ledger(Some(day("2026-01-01")), None);
    for (code, decimals, relational) in [("EUR", 2, "746"), ("JPY", 0, "4.5"), ("KWD", 3, "2200")] {
        setup.currency(CurrencySetup { code: code.into(), display_name: code.into(), symbol: code.into(), decimals });
        setup.exchange_rate(code, day("2026-01-01"), dec("100"), dec(relational));
    }
    setup.payment_terms("14D", "14 dage", "14D");
    for (number, name, category) in
        [("5600", "Debitorer", "Assets"), ("5700", "Stripe", "Assets"), ("5800", "Bank", "Assets"), ("6901", "Salgsmoms", "Liabilities")]
    {
        setup.account(AccountSetup {
            number: number.into(),
            display_name: name.into(),
            category: category.into(),
            direct_posting: number != "5600",
            ..Default::default()
        });
    }
    for (number, name, vat) in [
        ("1010", "Salg", "VARE"),
        ("1090", "Øredifferencer", "INGEN"),
        ("3990", "Gebyr", "YDELSE"),
        ("9100", "Kursgevinst", "INGEN"),
        ("9200", "Kurstab", "INGEN"),
    ] {
        setup.account(AccountSetup {
            number: number.into(),
            display_name: name.into(),
            category: "Income".into(),
            direct_posting: true,
            general_posting_type: if number == "3990" { "Purchase".into() } else { String::new() },
            general_product_group: "SALG".into(),
            vat_business_group: if number == "3990" { "EU".into() } else { String::new() },
            vat_product_group: vat.into(),
            ..Default::default()
        });
    }
    setup.account(AccountSetup { number: "6902".into(), display_name: "Købsmoms".into(), direct_posting: true, ..Default::default() });
    setup.account(AccountSetup { number: "6903".into(), display_name: "Moms af ydelser".into(), direct_posting: true, ..Default::default() });
    for (business, product, identifier, rate, reverse) in [
        ("INDL", "VARE", "MOMS25", "25", false),
        ("INDL", "INGEN", "MOMS0", "0", false),
        ("EU", "VARE", "EU-OMV", "25", true),
        ("EU", "YDELSE", "EU-YD", "25", true),
        ("EU", "INGEN", "EU0", "0", false),
    ] {
        setup.vat(VatPosting {
            business_group: business.into(),
            product_group: product.into(),
            identifier: identifier.into(),
            rate: dec(rate),
            reverse_charge: reverse,
            sales_account: "6901".into(),
            purchase_account: "6902".into(),
            reverse_account: "6903".into(),
        });
    }
    for group in ["VARE", "INGEN", "YDELSE"] {
        setup.tax_group(group, group);
    }
    for business in ["INDL", "EU"] {
        setup.general_posting(GeneralPosting {
            business_group: business.into(),
            product_group: "SALG".into(),
            sales_account: "1010".into(),
            credit_memo_account: String::new(),
        });
    }
    setup.customer_posting_group("DEB", "5600");
    setup.exchange_difference_accounts("9100", "9200");
    setup.unit_of_measure("STK", "Stykke", "EA");
    setup.item(ItemSetup {
        number: "KOP".into(),
        display_name: "Kop".into(),
        unit_price: dec("80"),
        unit_of_measure: "STK".into(),
        general_product_group: "SALG".into(),
        vat_product_group: "VARE".into(),
        ..Default::default()
    });
    setup.number_series(Series::Customer, NumberSeries { last_used: "C00000".into(), manual_allowed: true });
    setup.dimension("AFD", "Afdeling", &[("KBH", "København"), ("AAR", "Aarhus")]);
    customers(setup);
}

fn customers(setup: &mut Setup<'_>) {
    let groups = |business: &str| {
        Some(CustomerGroups { general_business_group: business.into(), vat_business_group: business.into(), customer_posting_group: "DEB".into() })
    };
    for (number, name, currency, business, includes) in [
        ("C1", "Brødrene Tangkær Møbelsnedkeri ApS", "", "INDL", false),
        ("C2", "Keramik GmbH", "EUR", "EU", false),
        ("C3", "Ida Holm", "", "INDL", true),
        ("C4", "Nihon KK", "JPY", "EU", false),
        ("C5", "Kuwait Trading", "KWD", "INDL", false),
    ] {
        setup.customer(CustomerSetup {
            number: number.into(),
            display_name: name.into(),
            currency: currency.into(),
            payment_terms: "14D".into(),
            prices_include_tax: includes,
            groups: groups(business),
            ..Default::default()
        });
    }
    setup.customer(CustomerSetup {
        number: "C8".into(),
        display_name: "Spærret A/S".into(),
        blocked: "All".into(),
        groups: groups("INDL"),
        ..Default::default()
    });
    setup.customer(CustomerSetup { number: "C9".into(), display_name: "Uden grupper".into(), ..Default::default() });
}
