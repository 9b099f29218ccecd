//! Stripe, as far as its clients can tell: a state machine over objects, keys and kept answers.
//!
//! Facts of the API (names, types, limits) come from its OpenAPI description, see `facts`.
//! What an object is made of is stored sparsely and completed when shown.

mod account;
mod adjusting;
mod agenda;
mod capturing;
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
mod prorating;
mod request;
mod resources;
mod rows;
mod search;
mod shapes;
mod show;
mod store;
mod subscriptions;
mod totals;
mod webhooks;

pub use account::Account;
pub use checkout::{NewCheckout, Payer};
pub use connect::Connect;
pub use credit_notes::GivenBack;
pub use error::ApiError;
pub use events::Cause;
pub use facts::API_VERSION;
pub use invoices::{NewInvoice, NewLine};
pub use keys::{Access, ApiKey, Grants};
pub use money::{CardFrom, NewCharge, NewRow, Terms};
pub use resources::Permission;
pub use shapes::{answer_departures, departures};
pub use store::{Object, Store};

use crate::seed::Ids;
use crate::{Outgoing, Service};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Method, Request, Response, header};
use request::{bytes_of, text};
use serde_json::Value;
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

    /// Stores an object of a kind under a new id; nothing is announced.
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
}

impl Service for Stripe {
    fn handle(&mut self, now: DateTime<Utc>, request: Request<Bytes>) -> Response<Bytes> {
        self.store.tidy();
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

#[cfg(test)]
mod tests;
