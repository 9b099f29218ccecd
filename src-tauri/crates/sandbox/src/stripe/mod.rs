//! Stripe, as far as its clients can tell: a state machine over objects, keys and kept answers.
//!
//! Facts of the API (names, types, limits) come from its OpenAPI description, see `facts`.
//! What an object is made of is stored sparsely and completed when shown.

mod account;
mod adjusting;
mod agenda;
mod catalog;
mod checkout;
mod connect;
mod credit_notes;
mod customers;
mod editing;
mod error;
mod events;
mod execute;
mod expand;
mod facts;
mod form;
mod giving_back;
mod idempotency;
mod invoices;
mod keys;
mod limits;
mod lists;
mod money;
mod params;
mod payments;
mod resources;
mod search;
mod shapes;
mod store;
mod subscriptions;
mod totals;
mod webhooks;

pub use account::Account;
pub use connect::Connect;
pub use credit_notes::GivenBack;
pub use error::ApiError;
pub use events::Cause;
pub use facts::API_VERSION;
pub use invoices::{NewInvoice, NewLine};
pub use keys::{Access, ApiKey, Grants};
pub use money::{CardFrom, NewCharge, NewRow, Terms};
pub use resources::Permission;
pub use shapes::departures;
pub use store::{Object, Store};

use crate::seed::Ids;
use crate::{Outgoing, Service};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use error::Result;
use execute::{Call, Reply};
use form::Form;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use params::Params;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A request extension: the service breaks inside and answers 500, and keeps that under the idempotency key.
#[derive(Clone, Copy, Debug)]
pub struct BreaksInside;

/// A request extension: the request runs for so many seconds, in which its key is in use.
#[derive(Clone, Copy, Debug)]
pub struct RunsFor(pub i64);

#[derive(Clone, Debug)]
pub struct Stripe {
    pub account: Account,
    pub keys: Vec<ApiKey>,
    pub terms: Terms,
    pub connect: Connect,
    pub store: Store,
    /// Off for load tests only.
    pub rate_limits: bool,
    /// Objects created or changed before this instant leave no event behind: nobody could list it any more.
    pub events_from: i64,
    ids: Ids,
    /// A stream of their own, so that reads do not shift the ids of what is made.
    request_ids: Ids,
    kept: BTreeMap<String, idempotency::Kept>,
    limits: limits::Limits,
    agenda: agenda::Agenda,
    outgoing: Vec<Outgoing>,
    /// Where this service is reached, for the links to its pages.
    base: String,
}

impl Stripe {
    pub fn new(seed: u64, account: Account, terms: Terms) -> Self {
        Self {
            account,
            keys: Vec::new(),
            terms,
            connect: Connect::default(),
            store: Store::default(),
            rate_limits: true,
            events_from: i64::MIN,
            ids: Ids::new(seed, "stripe"),
            request_ids: Ids::new(seed, "stripe/requests"),
            kept: BTreeMap::new(),
            limits: limits::Limits::default(),
            agenda: agenda::Agenda::default(),
            outgoing: Vec::new(),
            base: "https://checkout.stripe.com".into(),
        }
    }

    pub fn set_base(&mut self, base: &str) {
        self.base = base.to_owned();
    }

    /// A new id of the usual form: prefix, then characters that say nothing.
    pub fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.ids.token(24))
    }

    /// Stores an object of a kind under a new id, and announces it.
    pub fn create(&mut self, now: i64, kind: &'static str, mut fields: Object) -> String {
        let prefix = resources::of(kind).map_or("", |resource| resource.prefix);
        let id = match fields.get("id").and_then(Value::as_str) {
            Some(id) => id.to_owned(),
            None => self.id(prefix),
        };
        fields.insert("id".into(), id.as_str().into());
        fields.insert("object".into(), kind.into());
        if facts::shape(kind).is_some_and(|shape| shape.contains_key("created")) {
            fields.entry("created").or_insert_with(|| now.into());
        }
        self.store.insert(kind, now, fields);
        id
    }

    fn answer(&mut self, now: DateTime<Utc>, request: &Request<Bytes>, about: &mut Vec<(&'static str, String)>) -> Result<(StatusCode, Bytes)> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        let key = keys::authenticate(request.headers(), &self.keys)?.clone();
        if let Some(version) = text(request.headers(), "stripe-version") {
            check_version(version)?;
            about.push(("stripe-version", version.to_owned()));
        } else {
            about.push(("stripe-version", API_VERSION.to_owned()));
        }
        let (operation, holes) = facts::operation(method, path).ok_or_else(|| ApiError::unknown_url(method, path))?;
        if self.rate_limits
            && let Err(reason) = self.limits.take(now, &format!("{method} {}", operation.template))
        {
            about.push(("stripe-rate-limited-reason", reason.to_owned()));
            return Err(ApiError::rate_limited());
        }
        if let Some(other) = text(request.headers(), "stripe-account").filter(|account| *account != self.account.id) {
            return Err(ApiError::foreign_account(other));
        }
        let writes = request.method() != Method::GET;
        let access = if writes { Access::Write } else { Access::Read };
        let permission = Permission::of_path(path.split('/').nth(2).unwrap_or_default());
        let permission = permission.ok_or_else(|| ApiError::unknown_url(method, path))?;
        key.need(permission, access, &self.account.id)?;

        let idempotency = text(request.headers(), "idempotency-key").filter(|_| request.method() == Method::POST).map(str::to_owned);
        let kept = format!("{}/{}", self.account.id, key.livemode());
        let digest = idempotency::digest(method, path, request.body());
        if let Some(name) = &idempotency {
            about.push(("idempotency-key", name.clone()));
            if let Some(reply) = self.kept.entry(kept.clone()).or_default().look(now.timestamp(), name, &digest)? {
                about.push(("idempotent-replayed", "true".into()));
                return Ok(reply);
            }
        }

        let params = params::check(&decoded(request)?, &operation.params)?;
        let holes: Vec<String> = holes.into_iter().map(str::to_owned).collect();
        let request_id = about.first().map(|(_, id)| id.clone()).unwrap_or_default();
        let call = Call { now: now.timestamp(), operation, holes, params, key, request_id, idempotency: idempotency.clone() };
        let result = match request.extensions().get::<BreaksInside>() {
            Some(_) => Err(ApiError::internal()),
            None => self.perform(&call),
        };
        let reply = match result {
            Ok(shown) => (StatusCode::OK, bytes_of(&shown)),
            Err(error) if error.executed => (error.status, bytes_of(&error.body())),
            Err(error) => return Err(error),
        };
        if let Some(name) = &idempotency {
            let runs_for = request.extensions().get::<RunsFor>().map_or(0, |RunsFor(seconds)| *seconds);
            self.kept.entry(kept).or_default().keep(now.timestamp(), name, digest, reply.clone(), runs_for);
        }
        Ok(reply)
    }

    fn perform(&mut self, call: &Call) -> Result<Value> {
        let mut expand: Vec<String> = strings(&call.params, "expand");
        if call.operation.template.ends_with("/search") {
            // Of the result itself, not of its objects.
            expand.retain(|path| path != "total_count");
        }
        if let Some((kind, list)) = execute::answers_with(call.operation) {
            expand::verify(&call.key, &self.account.id, kind, &expand, list)?;
        }
        let reply = self.execute(call)?;
        let expander = expand::Expander { stripe: self, now: call.now, key: &call.key };
        match reply {
            Reply::Object(kind, id) => {
                let mut shown = self.show(call.now, kind, &id).ok_or_else(ApiError::internal)?;
                expander.object(kind, &mut shown, &expand)?;
                Ok(Value::Object(shown))
            }
            Reply::Page { kind, mut data, mut list } => {
                expander.list(kind, &mut data, &expand)?;
                list["data"] = Value::Array(data);
                Ok(list)
            }
            Reply::Plain(value) => Ok(value),
        }
    }

    /// What exists, for whoever checks a run from outside.
    pub fn state(&self, now: i64) -> Value {
        let shown = |kind: &'static str, names: &[&str]| -> Vec<Value> {
            let pick = |stored: &Object| -> Value {
                let shown = self.dress(now, kind, stored);
                names.iter().map(|name| ((*name).to_owned(), shown.get(*name).cloned().unwrap_or_default())).collect::<Map<_, _>>().into()
            };
            self.store.all(kind).map(pick).collect()
        };
        json!({
            "account": self.account.id,
            "counts": self.store.counts(),
            "invoices": shown("invoice", &["id", "number", "status", "customer", "currency", "total", "amount_remaining", "metadata"]),
            "customers": shown("customer", &["id", "name", "email", "metadata"]),
        })
    }

    /// An object as it is shown at an instant, nothing expanded.
    pub fn show(&self, now: i64, kind: &str, id: &str) -> Option<Map<String, Value>> {
        self.store.get(kind, id).map(|stored| self.dress(now, kind, stored))
    }

    /// Adds what is not stored with the object itself, and completes it.
    fn dress(&self, now: i64, kind: &str, stored: &Object) -> Map<String, Value> {
        let mut shown = shapes::complete(kind, stored);
        match kind {
            "invoice" | "credit_note" => {
                let path = if kind == "invoice" { "/v1/invoices" } else { "/v1/credit_notes" };
                let lines = lists::embedded_lines(stored, path);
                shown.insert("lines".into(), lines);
            }
            "subscription" => {
                let id = stored.get("id").and_then(Value::as_str).unwrap_or_default();
                let items: Vec<Value> = self
                    .store
                    .with("subscription_item", "subscription", id)
                    .map(|item| Value::Object(shapes::complete("subscription_item", item)))
                    .collect();
                let url = format!("/v1/subscription_items?subscription={id}");
                shown.insert("items".into(), json!({ "object": "list", "data": items, "has_more": false, "url": url }));
            }
            "balance_transaction" => {
                let available = stored.get("available_on").and_then(Value::as_i64).is_some_and(|at| at <= now);
                shown.insert("status".into(), if available { "available" } else { "pending" }.into());
            }
            _ => {}
        }
        shown
    }

    /// The value of a field that is shown only on request.
    fn included(&self, now: i64, kind: &str, id: &str, name: &str) -> Option<Value> {
        let list = |of: &'static str, filter: &'static str, url: String| {
            let query = store::Query { equal: vec![(filter, vec![id.to_owned()])], limit: lists::DEFAULT_LIMIT, ..Default::default() };
            let (found, more) = self.store.page(of, &query);
            let data: Vec<Value> = found.into_iter().map(|stored| Value::Object(self.dress(now, of, stored))).collect();
            json!({ "object": "list", "data": data, "has_more": more, "url": url })
        };
        let stored = self.store.get(kind, id)?;
        Some(match (kind, name) {
            ("checkout.session", "line_items") => lists::embedded_lines(stored, "/v1/checkout/sessions"),
            ("payment_link", "line_items") => lists::embedded_lines(stored, "/v1/payment_links"),
            ("invoice", "payments") => list("invoice_payment", "invoice", format!("/v1/invoice_payments?invoice={id}")),
            ("invoice", "amount_paid_off_stripe") => stored.get("_paid_off_stripe").cloned().unwrap_or_else(|| 0.into()),
            ("charge", "refunds") => list("refund", "charge", format!("/v1/charges/{id}/refunds")),
            ("customer", "tax_ids") => list("tax_id", "customer", format!("/v1/customers/{id}/tax_ids")),
            ("customer", "subscriptions") => list("subscription", "customer", format!("/v1/customers/{id}/subscriptions")),
            ("customer", "sources") => json!({ "object": "list", "data": [], "has_more": false, "url": format!("/v1/customers/{id}/sources") }),
            _ => return None,
        })
    }
}

impl Service for Stripe {
    fn handle(&mut self, now: DateTime<Utc>, request: Request<Bytes>) -> Response<Bytes> {
        if let Some(answer) = self.oauth(now.timestamp(), &request) {
            return answer;
        }
        let pays = request.method() == Method::POST;
        if let Some(page) = self.hosted_page(now.timestamp(), request.uri().path(), pays) {
            return page;
        }
        let mut about = vec![("request-id", format!("req_{}", self.request_ids.token(14)))];
        if let Some(account) = text(request.headers(), "stripe-account") {
            about.push(("stripe-account", account.to_owned()));
        }
        let (status, body) = match self.answer(now, &request, &mut about) {
            Ok(reply) => reply,
            Err(error) => (error.status, bytes_of(&error.body())),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in about {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    fn advance(&mut self, to: DateTime<Utc>) -> Vec<Outgoing> {
        self.pass_time(to.timestamp());
        std::mem::take(&mut self.outgoing)
    }
}

/// The template of an operation, such as `/v1/invoices/{invoice}`.
pub fn template(method: &str, path: &str) -> Option<&'static str> {
    facts::operation(method, path).map(|(operation, _)| operation.template.as_str())
}

fn bytes_of(value: &Value) -> Bytes {
    // A `Value` always serialises: its keys are texts and its numbers were parsed.
    Bytes::from(serde_json::to_vec(value).unwrap_or_default())
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Query and body together, as the form they are.
fn decoded(request: &Request<Bytes>) -> Result<BTreeMap<form::Key, Form>> {
    let mut given = BTreeMap::new();
    form::read(request.uri().query().unwrap_or_default(), &mut given)?;
    let body = request.body();
    if body.is_empty() {
        return Ok(given);
    }
    let kind = text(request.headers(), "content-type").unwrap_or("application/x-www-form-urlencoded");
    if !kind.starts_with("application/x-www-form-urlencoded") {
        let message = "Invalid request (check that your POST content type is application/x-www-form-urlencoded).";
        return Err(ApiError::invalid(None, message, None));
    }
    let body = std::str::from_utf8(body).map_err(|_| ApiError::invalid(None, "Invalid UTF-8 in the body.", None))?;
    form::read(body, &mut given)?;
    Ok(given)
}

/// Versions look like `2026-10-28.endive`, or are bare dates before 2024-09-30. All are shown in the newest shape.
fn check_version(version: &str) -> Result<()> {
    const LINES: [(&str, &str); 5] =
        [("acacia", "2024-09-30"), ("basil", "2025-03-31"), ("clover", "2025-09-30"), ("dahlia", "2026-03-25"), ("endive", "2026-09-30")];
    let (date, name) = version.split_once('.').map_or((version, None), |(date, name)| (date, Some(name)));
    let dated = chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok() && date.len() == 10;
    let newest = API_VERSION.split('.').next().unwrap_or_default();
    let known = match name {
        None => date < "2024-09-30",
        Some(name) => LINES.iter().enumerate().any(|(n, (line, first))| {
            let next = LINES.get(n + 1).map(|(_, first)| *first);
            *line == name && date >= *first && next.is_none_or(|next| date < next) && date <= newest
        }),
    };
    if dated && known { Ok(()) } else { Err(ApiError::invalid(None, format!("Invalid Stripe API version: {version}"), None)) }
}

fn strings(params: &Params, name: &str) -> Vec<String> {
    let entries = params.get(name).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
