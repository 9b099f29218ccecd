//! `/_sandbox/`: the world seen and moved from outside, by whoever has the process's token.

use crate::economic::Surface;
use crate::stripe;
use crate::weather::{Port, Weather};
use crate::world::World;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

const TOKEN: &str = "x-sandbox-token";

/// Moves the clock by seconds, or to an instant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    #[serde(default)]
    move_by_seconds: Option<i64>,
    #[serde(default)]
    to: Option<DateTime<Utc>>,
}

pub fn handle(world: &mut World, now: DateTime<Utc>, request: &Request<Bytes>) -> Response<Bytes> {
    let token = request.headers().get(TOKEN).and_then(|value| value.to_str().ok());
    if token != Some(world.credentials.token.as_str()) {
        return reply(StatusCode::UNAUTHORIZED, &json!({ "error": format!("send the process's token in the header {TOKEN}") }));
    }
    let result = match (request.method(), request.uri().path()) {
        (&Method::GET, "/_sandbox/state") => Ok(state(world, now)),
        (&Method::GET, "/_sandbox/requests") => Ok(json!(world.requests)),
        (&Method::GET, "/_sandbox/expected") => serde_json::to_value(&world.expected).map_err(|error| error.to_string()),
        (&Method::GET, "/_sandbox/tokens") => Ok(json!(world.entra.tokens())),
        (&Method::GET, "/_sandbox/weather") => serde_json::to_value(&world.weather).map_err(|error| error.to_string()),
        (&Method::GET, "/_sandbox/traffic") => Ok(world.traffic.exchanges().map(|exchange| json!(exchange)).collect()),
        (&Method::POST, "/_sandbox/traffic") => record(world, request.body()),
        (&Method::POST, "/_sandbox/clock") => clock(world, now, request.body()),
        (&Method::POST, "/_sandbox/entra") => entra(world, request.body()),
        (&Method::POST, "/_sandbox/business_central") => business_central(world, now, request.body()),
        (&Method::POST, "/_sandbox/economic") => economic(world, now, request.body()),
        (&Method::POST, "/_sandbox/weather") => weather(world, request.body()),
        _ => return reply(StatusCode::NOT_FOUND, &json!({ "error": "there is nothing here" })),
    };
    match result {
        Ok(value) => reply(StatusCode::OK, &value),
        Err(error) => reply(StatusCode::BAD_REQUEST, &json!({ "error": error })),
    }
}

/// The name under which a request is counted: method and path with its ids left out.
pub fn endpoint(port: Port, request: &Request<Bytes>) -> String {
    let (method, path) = (request.method().as_str(), request.uri().path());
    match port {
        Port::Stripe => format!("stripe {method} {}", stripe::template(method, path).unwrap_or("(unknown)")),
        Port::Entra => format!("entra {method} {}", path.split('/').skip(2).collect::<Vec<_>>().join("/")),
        Port::BusinessCentral => format!("business_central {method} {}", without_ids(path)),
        Port::Admin => format!("admin {method} {path}"),
        Port::EconomicRest => format!("economic_rest {method} {}", without_numbers(path)),
        Port::EconomicOpen => format!("economic_open {method} {}", without_numbers(path)),
    }
}

/// e-conomic's keys are segments with digits in them; its services have a version there.
fn without_numbers(path: &str) -> String {
    let shown = |part: &str| {
        if part.contains(|c: char| c.is_ascii_digit()) && !part.starts_with('v') { "{}".into() } else { part.chars().take(60).collect::<String>() }
    };
    path.split('/').take(12).map(shown).collect::<Vec<_>>().join("/")
}

/// Business Central writes keys in brackets.
fn without_ids(path: &str) -> String {
    let behind = path.split_once("/api/v2.0").map_or(path, |(_, rest)| rest);
    let mut shown = String::new();
    let mut inside = false;
    for character in behind.chars().take(200) {
        match character {
            '(' => inside = true,
            ')' if inside => {
                inside = false;
                shown.push_str("()");
            }
            _ if inside => {}
            character => shown.push(character),
        }
    }
    shown
}

fn state(world: &mut World, now: DateTime<Utc>) -> Value {
    let mut ledger = |path: &str| world.look_into_ledger(now, path)["value"].take();
    let invoices = ledger("salesInvoices?$expand=salesInvoiceLines");
    let memos = ledger("salesCreditMemos?$expand=salesCreditMemoLines");
    let customers = ledger("customers");
    let mut economic = |path: &str| world.economic.look(Surface::Rest, now, path)["collection"].take();
    let drafts = economic("/invoices/drafts?pagesize=1000");
    let buyers = economic("/customers?pagesize=1000");
    json!({
        "now": now,
        "stripe": world.stripe.state(now.timestamp()),
        "business_central": {
            "counts": world.business_central.counts(),
            "posting_attempts": world.business_central.posting_attempts,
            "sales_invoices": invoices,
            "sales_credit_memos": memos,
            "customers": customers,
            "generic_customer": world.generic_customer,
        },
        "economic": { "counts": world.economic.counts(), "posting_attempts": world.economic.posting_attempts, "draft_invoices": drafts, "customers": buyers },
    })
}

fn clock(world: &mut World, now: DateTime<Utc>, body: &Bytes) -> Result<Value, String> {
    let clock: Clock = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let by = match (clock.move_by_seconds, clock.to) {
        (Some(seconds), None) => TimeDelta::try_seconds(seconds).ok_or("that is too far")?,
        (None, Some(to)) => to - now,
        _ => return Err("give either move_by_seconds or to".into()),
    };
    let moved = now.checked_add_signed(by).filter(|moved| (now - TimeDelta::days(3_660)..now + TimeDelta::days(3_660)).contains(moved));
    let moved = moved.ok_or("the clock moves by up to ten years")?;
    world.offset = world.offset.checked_add(&by).ok_or("that is too far")?;
    world.advance_world(moved);
    Ok(json!({ "now": moved }))
}

/// `{"on": true}` begins to record, `{"on": false}` stops.
fn record(world: &mut World, body: &Bytes) -> Result<Value, String> {
    #[derive(Deserialize)]
    struct Switch {
        on: bool,
    }
    world.traffic.on = serde_json::from_slice::<Switch>(body).map_err(|error| error.to_string())?.on;
    Ok(json!({ "on": world.traffic.on }))
}

fn economic(world: &mut World, now: DateTime<Utc>, body: &Bytes) -> Result<Value, String> {
    let order = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    world.economic.order(now, order)
}

fn entra(world: &mut World, body: &Bytes) -> Result<Value, String> {
    let order = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    world.entra.order(&order);
    Ok(json!({}))
}

fn business_central(world: &mut World, now: DateTime<Utc>, body: &Bytes) -> Result<Value, String> {
    let order = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let company = world.ledger_company(now).ok_or("there is no company")?;
    world.business_central.order(now, &company, order)
}

fn weather(world: &mut World, body: &Bytes) -> Result<Value, String> {
    world.weather = serde_json::from_slice::<Weather>(body).map_err(|error| error.to_string())?;
    Ok(json!({ "rules": world.weather.rules.len() }))
}

fn reply(status: StatusCode, value: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
