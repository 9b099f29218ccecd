//! One test per behaviour, named by it, with the public source of it beside.
//!
//! SL: github.com/e-conomic/slate source/includes. POG-S and POG-O: specs/legacy and specs/openapi of
//! github.com/Pogoe/EConomic.NET, whose docs/*-verification.md tell what a live agreement did. CL: docs.cloudify.biz.

mod access;
mod booking;
mod documents;
mod facts;
mod golden_month;
mod gotchas;
mod journals;
mod malformed;
mod reading;
mod services;
mod shared;
mod world;
mod writing;

use super::setup::CustomerSetup;
use super::*;
use serde_json::json;

const AGREEMENT: u64 = 1_000_001;
const REST: &str = "http://restapi.test";
const OPEN: &str = "http://apis.test";

pub struct Answer {
    pub status: u16,
    pub json: Value,
    pub text: String,
    pub headers: http::HeaderMap,
}

impl Answer {
    fn code(&self) -> &str {
        self.json["errorCode"].as_str().unwrap_or_default()
    }

    /// The first problem at a place of the body.
    fn problem(&self, pointer: &str) -> &Value {
        self.json.pointer(&format!("/errors/{pointer}/errors/0")).unwrap_or(&Value::Null)
    }

    fn rows(&self) -> &[Value] {
        self.json["collection"].as_array().or_else(|| self.json["items"].as_array()).or_else(|| self.json.as_array()).map_or(&[], Vec::as_slice)
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A number as its text on the wire.
    fn number(&self, pointer: &str) -> String {
        self.json.pointer(pointer).map(ToString::to_string).unwrap_or_default()
    }
}

/// An agreement, an app that was added to it, and a clock that ticks with each request.
pub struct Desk {
    pub economic: Economic,
    pub now: DateTime<Utc>,
    pub app: AppTokens,
    pub grant: String,
}

impl Desk {
    fn new() -> Self {
        Self::with_role(Role::SuperUser)
    }

    fn with_role(role: Role) -> Self {
        let now: DateTime<Utc> = "2026-11-20T08:00:00Z".parse().expect("an instant");
        let mut economic = Economic::new(7);
        economic.set_bases(REST, OPEN);
        economic.add_agreement(AGREEMENT, "DKK");
        let mut setup = economic.setup(AGREEMENT, now).expect("the agreement");
        setup.company("Prøve ApS", "København", "12345678");
        setup.danish(day("2026-11-20"), day("2026-01-01"));
        for (number, name, currency, zone) in [(1, "Brødrene Tangkær ApS", "DKK", 1), (2, "Keramik GmbH", "EUR", 2), (3, "Ida Holm", "DKK", 1)] {
            setup.customer(CustomerSetup { number, name, currency, zone, terms: 2, group: 1, ..CustomerSetup::default() });
        }
        setup.product("KOP", "Kop", 1, dec("80"));
        setup.product("Å/B 1", "Krukke", 2, dec("12.50"));
        let app = economic.add_app("Prøveapp", role);
        let grant = economic.grant(AGREEMENT, &app).expect("a grant");
        Self { economic, now, app, grant }
    }

    fn setup(&mut self) -> Setup<'_> {
        self.economic.setup(AGREEMENT, self.now).expect("the agreement")
    }

    fn raw(&mut self, surface: Surface, method: Method, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.now += TimeDelta::milliseconds(100);
        let path: String = path.chars().map(|c| if c == ' ' { "%20".into() } else { c.to_string() }).collect();
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.economic.handle(surface, self.now, request.body(Bytes::copy_from_slice(body)).expect("a request"));
        let text = String::from_utf8_lossy(response.body()).into_owned();
        Answer {
            status: response.status().as_u16(),
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
            headers: response.headers().clone(),
        }
    }

    fn send(&mut self, surface: Surface, method: Method, path: &str, more: &[(&str, &str)], body: &[u8]) -> Answer {
        let (secret, grant) = (self.app.secret.clone(), self.grant.clone());
        let mut headers = vec![("X-AppSecretToken", secret.as_str()), ("X-AgreementGrantToken", grant.as_str())];
        if !body.is_empty() && !more.iter().any(|(name, _)| *name == "Content-Type") {
            headers.push(("Content-Type", "application/json"));
        }
        headers.extend_from_slice(more);
        self.raw(surface, method, path, &headers, body)
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send(Surface::Rest, Method::GET, path, &[], b"")
    }

    /// A collection with its query written as the plain text.
    fn list(&mut self, path: &str, query: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.get(&format!("{path}?{}", query.join("&")))
    }

    fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Surface::Rest, Method::POST, path, &[], body.to_string().as_bytes())
    }

    fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Surface::Rest, Method::PUT, path, &[], body.to_string().as_bytes())
    }

    fn delete(&mut self, path: &str) -> Answer {
        self.send(Surface::Rest, Method::DELETE, path, &[], b"")
    }

    fn open_get(&mut self, path: &str) -> Answer {
        self.send(Surface::Open, Method::GET, path, &[], b"")
    }

    fn open(&mut self, method: Method, path: &str, body: &Value) -> Answer {
        self.send(Surface::Open, method, path, &[], body.to_string().as_bytes())
    }

    /// A draft with one cup.
    fn draft(&mut self, customer: u64, price: &str) -> u64 {
        let answer = self.post("/invoices/drafts", &draft_body(customer, price));
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json["draftInvoiceNumber"].as_u64().expect("a number")
    }
}

fn draft_body(customer: u64, price: &str) -> Value {
    json!({
        "date": "2026-11-02", "currency": "DKK", "customer": { "customerNumber": customer }, "layout": { "layoutNumber": 19 },
        "paymentTerms": { "paymentTermsNumber": 2 }, "recipient": { "name": "Navn", "vatZone": { "vatZoneNumber": 1 } },
        "lines": [{ "product": { "productNumber": "KOP" }, "quantity": 1, "unitNetPrice": number(price), "description": "Kop" }],
    })
}

fn customer_body(name: &str) -> Value {
    json!({
        "name": name, "currency": "DKK", "customerGroup": { "customerGroupNumber": 1 }, "paymentTerms": { "paymentTermsNumber": 2 },
        "vatZone": { "vatZoneNumber": 1 },
    })
}

fn supplier_body() -> Value {
    json!({
        "name": "Lerværket", "currency": "DKK", "supplierGroup": { "supplierGroupNumber": 1 }, "paymentTerms": { "paymentTermsNumber": 2 },
        "vatZone": { "vatZoneNumber": 1 },
    })
}

fn number(text: &str) -> Value {
    text.parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
}

fn dec(text: &str) -> rust_decimal::Decimal {
    text.parse().expect("a decimal")
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a date")
}
