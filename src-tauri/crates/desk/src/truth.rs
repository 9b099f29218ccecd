//! What the demo company itself says exists, asked past everything that this program believes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use money::{Currency, Money};
use rust_decimal::Decimal;
use sandbox::company::{Document, Expect, Expected as Planned};
use sandbox::weather::{Fault, Port, Rule, Weather};
use sandbox::world::World;
use serde_json::Value;

use crate::commands::{Code, Problem};
use crate::demo::DemoServices;
use crate::{Desk, demo};

/// Expectation and finding, to be compared.
pub struct Truth {
    /// Documents that were to be made.
    pub expected: Vec<Expected>,
    /// Documents of the ledger that were not there when the company was founded.
    pub found: Vec<Found>,
    /// New customers that are double or were not needed, in words.
    pub wrong_customers: Vec<String>,
    /// Objects of Stripe whose mark names another document than the one that belongs to them, in words.
    pub wrong_marks: Vec<String>,
    /// Requests by endpoint, as the services counted them.
    pub requests: BTreeMap<String, u64>,
    /// Attempts to post anything; must be none.
    pub posting_attempts: u64,
}

pub struct Expected {
    /// In capitals, as the ledger keeps it.
    pub number: String,
    /// Negative for a credit memo.
    pub total: Money,
}

pub struct Found {
    /// What it carries as Stripe's number.
    pub number: String,
    /// Negative for a credit memo.
    pub total: Money,
    /// Stripe's object names this very document.
    pub marked: bool,
}

impl Desk {
    /// Of the open demo company.
    pub async fn truth(&self) -> Result<Truth, Problem> {
        let open = self.open()?;
        let (_, settings) = open.settings()?;
        let (Some(services), Some(company)) = (&open.demo, &settings.demo) else { return Err(Problem::new(Code::NoBook)) };
        let now = self.now();
        let before = demo::world(company, None).map_err(|error| failed(&error.to_string()))?;
        let planned = before.expected.clone();
        let founded = admin(before, now, "/_sandbox/state")?;
        let state = self.ask(services, "/_sandbox/state").await?;
        let requests = self.ask(services, "/_sandbox/requests").await?;
        Ok(Truth {
            expected: planned.iter().filter(|planned| planned.expect == Expect::Draft).map(expected).collect::<Result<_, _>>()?,
            found: found(&founded, &state)?,
            wrong_customers: customers(&founded, &state, &planned),
            wrong_marks: marks(&state, &planned),
            requests: serde_json::from_value(requests).unwrap_or_default(),
            posting_attempts: state["business_central"]["posting_attempts"].as_u64().unwrap_or(u64::MAX),
        })
    }

    async fn ask(&self, services: &DemoServices, path: &str) -> Result<Value, Problem> {
        self.admin(services, http::Method::GET, path, Bytes::new()).await
    }

    async fn admin(&self, services: &DemoServices, method: http::Method, path: &str, body: Bytes) -> Result<Value, Problem> {
        let request = http::Request::builder().method(method).uri(format!("{}{path}", services.admin));
        let request = request.header("x-sandbox-token", &services.credentials.token).header("content-type", "application/json");
        let request = request.body(body).map_err(|error| failed(&error.to_string()))?;
        let answer = self.around().outside().transport.send(request).await.map_err(|error| failed(&error.to_string()))?;
        serde_json::from_slice(answer.body()).map_err(|error| failed(&error.to_string()))
    }

    /// From now on every answer of the demo company's Stripe takes so much longer.
    pub async fn slow_down(&self, by: std::time::Duration) -> Result<(), Problem> {
        let open = self.open()?;
        let services = open.demo.as_ref().ok_or(Problem::new(Code::NoBook))?;
        let delay = Fault::Delay { millis: u64::try_from(by.as_millis()).unwrap_or(u64::MAX) };
        let rule = Rule { port: Port::Stripe, method: None, path: "/v1/*".into(), after: 0, times: None, fault: delay };
        let weather = serde_json::to_vec(&Weather::of(vec![rule])).map_err(|error| failed(&error.to_string()))?;
        self.admin(services, http::Method::POST, "/_sandbox/weather", weather.into()).await.map(drop)
    }

    /// Objects of Stripe in the mirror, by the endpoint that lists them.
    pub fn mirrored(&self) -> Result<BTreeMap<&'static str, u64>, Problem> {
        let open = self.open()?;
        let book = open.book();
        stripe::Kind::ALL.into_iter().map(|kind| Ok((kind.path(), book.size(book::Side::Stripe, kind.name())?))).collect()
    }
}

/// A world that nobody has touched, asked without a socket.
fn admin(mut world: World, now: DateTime<Utc>, path: &str) -> Result<Value, Problem> {
    let request = http::Request::builder().uri(path).header("x-sandbox-token", &world.credentials.token).body(Bytes::new());
    let answer = world.handle(Port::Admin, now, request.map_err(|error| failed(&error.to_string()))?);
    serde_json::from_slice(answer.body()).map_err(|error| failed(&error.to_string()))
}

fn expected(planned: &Planned) -> Result<Expected, Problem> {
    let currency = Currency::parse(&planned.currency).map_err(|error| failed(&error.to_string()))?;
    let total = stripe::money(planned.total, currency).map_err(|error| failed(&error.to_string()))?;
    let total = if planned.document == Document::CreditMemo { opposite(total)? } else { total };
    Ok(Expected { number: planned.number.clone().unwrap_or_default().to_uppercase(), total })
}

fn found(founded: &Value, state: &Value) -> Result<Vec<Found>, Problem> {
    let before: BTreeSet<_> = documents(founded).filter_map(id).collect();
    let marks: BTreeSet<_> = marked(state).map(|(_, document)| document).collect();
    let new = documents(state).filter(|document| id(document).is_some_and(|id| !before.contains(id)));
    let found = new.map(|document| {
        let currency = Currency::parse(document["currencyCode"].as_str().unwrap_or_default()).map_err(|error| failed(&error.to_string()))?;
        let total = document["totalAmountIncludingTax"].to_string();
        let total = Decimal::from_str_exact(&total).ok().and_then(|total| Money::exact(total, currency).ok());
        let total = total.ok_or_else(|| failed("a total of the ledger is no amount"))?;
        Ok(Found {
            number: document["externalDocumentNumber"].as_str().unwrap_or_default().to_uppercase(),
            total: if document["creditMemoDate"].is_string() { opposite(total)? } else { total },
            marked: id(document).is_some_and(|id| marks.contains(id)),
        })
    });
    found.collect()
}

/// One new customer for each Stripe customer that the ledger did not know, and no other.
fn customers(founded: &Value, state: &Value, planned: &[Planned]) -> Vec<String> {
    let unknown: BTreeSet<_> = planned
        .iter()
        .filter(|planned| planned.expect == Expect::Draft && planned.ledger_customer.is_none())
        .map(|planned| &planned.source)
        .collect();
    let invoices = list(&state["stripe"]["invoices"]).filter(|invoice| invoice["id"].as_str().is_some_and(|id| unknown.contains(&id.to_owned())));
    let needed: BTreeSet<_> = invoices.filter_map(|invoice| invoice["customer"].as_str()).collect();
    let names: BTreeMap<_, _> =
        list(&state["stripe"]["customers"]).filter_map(|customer| Some((customer["id"].as_str()?, customer["name"].as_str()?))).collect();
    let mut wanted: BTreeMap<&str, i64> = BTreeMap::new();
    for name in needed.iter().filter_map(|id| names.get(id)) {
        *wanted.entry(name).or_default() += 1;
    }
    let before: BTreeSet<_> = list(&founded["business_central"]["customers"]).filter_map(id).collect();
    for customer in list(&state["business_central"]["customers"]).filter(|customer| id(customer).is_some_and(|id| !before.contains(id))) {
        *wanted.entry(customer["displayName"].as_str().unwrap_or_default()).or_default() -= 1;
    }
    let wrong = wanted.into_iter().filter(|(_, left)| *left != 0);
    wrong
        .map(|(name, left)| if left > 0 { format!("customer {name} is missing") } else { format!("customer {name} exists {} times too many", -left) })
        .collect()
}

/// A mark on what the ledger had must name the document that belongs to it.
fn marks(state: &Value, planned: &[Planned]) -> Vec<String> {
    let known: BTreeMap<_, _> = planned
        .iter()
        .filter(|planned| planned.expect == Expect::Exists)
        .map(|planned| (planned.source.as_str(), planned.ledger_document.as_deref()))
        .collect();
    let wrong = marked(state).filter(|(source, document)| known.get(source).is_some_and(|known| *known != Some(*document)));
    wrong.map(|(source, document)| format!("{source} is marked with {document}, which is not its document")).collect()
}

/// Every object of Stripe's that names a document of the ledger, and which.
fn marked(state: &Value) -> impl Iterator<Item = (&str, &str)> {
    let kinds = ["invoices", "credit_notes", "refunds", "payment_intents"];
    let all = kinds.into_iter().flat_map(|kind| list(&state["stripe"][kind]));
    all.filter_map(|object| Some((object["id"].as_str()?, object["metadata"][stripe::LEDGER_DOCUMENT].as_str()?)))
}

fn documents(state: &Value) -> impl Iterator<Item = &Value> {
    ["sales_invoices", "sales_credit_memos"].into_iter().flat_map(|set| list(&state["business_central"][set]))
}

fn opposite(total: Money) -> Result<Money, Problem> {
    total.negated().map_err(|error| failed(&error.to_string()))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn id(value: &Value) -> Option<&str> {
    value["id"].as_str()
}

fn failed(cause: &str) -> Problem {
    Problem::new(Code::Internal).with("cause", cause)
}
