//! The way of a request: who asks, may they, was it asked before; then it is executed.

use super::error::{ApiError, Result};
use super::execute::{self, Call, Reply};
use super::expand;
use super::facts::{self, API_VERSION, Operation};
use super::form::{self, Form};
use super::idempotency;
use super::keys::{self, Access, ApiKey};
use super::params::{self, Params};
use super::resources::Permission;
use super::{BreaksInside, RunsFor, Stripe};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;

/// Headers of the answer, by what was learnt on the way.
pub type About = Vec<(&'static str, String)>;

/// A request that may be executed.
struct Admitted {
    key: ApiKey,
    operation: &'static Operation,
    /// The values in the path.
    holes: Vec<String>,
}

impl Stripe {
    pub(super) fn answer(&mut self, now: DateTime<Utc>, request: &Request<Bytes>, about: &mut About) -> Result<(StatusCode, Bytes)> {
        let admitted = self.admit(now, request, about)?;
        let name = text(request.headers(), "idempotency-key").filter(|_| request.method() == Method::POST).map(str::to_owned);
        let Some(name) = name else { return self.run(now, request, admitted, about, None) };
        about.push(("idempotency-key", name.clone()));
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let digest = idempotency::digest(request.method().as_str(), target, request.body());
        // Keys are each account's and mode's own.
        let scope = format!("{}/{}", self.account.id, admitted.key.livemode());
        if let Some(reply) = self.kept.entry(scope.clone()).or_default().look(now.timestamp(), &name, &digest)? {
            about.push(("idempotent-replayed", "true".into()));
            return Ok(reply);
        }
        let reply = self.run(now, request, admitted, about, Some(name.clone()))?;
        let runs_for = request.extensions().get::<RunsFor>().map_or(0, |RunsFor(seconds)| *seconds);
        self.kept.entry(scope).or_default().keep(now.timestamp(), &name, digest, reply.clone(), runs_for);
        Ok(reply)
    }

    /// Everything that is refused before anybody looks at an idempotency key.
    fn admit(&mut self, now: DateTime<Utc>, request: &Request<Bytes>, about: &mut About) -> Result<Admitted> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        let key = keys::authenticate(request.headers(), &self.keys)?.clone();
        let version = text(request.headers(), "stripe-version").unwrap_or(API_VERSION);
        check_version(version)?;
        about.push(("stripe-version", version.to_owned()));
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
        let access = if request.method() == Method::GET { Access::Read } else { Access::Write };
        let permission = Permission::of_path(path.split('/').nth(2).unwrap_or_default());
        let permission = permission.ok_or_else(|| ApiError::unknown_url(method, path))?;
        key.need(permission, access, &self.account.id)?;
        Ok(Admitted { key, operation, holes: holes.into_iter().map(str::to_owned).collect() })
    }

    /// An answer that is to be kept under a key, or a refusal that is not.
    fn run(
        &mut self,
        now: DateTime<Utc>,
        request: &Request<Bytes>,
        admitted: Admitted,
        about: &About,
        idempotency: Option<String>,
    ) -> Result<(StatusCode, Bytes)> {
        let Admitted { key, operation, holes } = admitted;
        let params = params::check(&decoded(request)?, &operation.params)?;
        let request_id = about.first().map(|(_, id)| id.clone()).unwrap_or_default();
        let call = Call { now: now.timestamp(), operation, holes, params, key, request_id, idempotency };
        let result = match request.extensions().get::<BreaksInside>() {
            Some(_) => Err(ApiError::internal()),
            None => self.perform(&call),
        };
        match result {
            Ok(shown) => Ok((StatusCode::OK, bytes_of(&shown))),
            Err(error) if error.executed => Ok((error.status, bytes_of(&error.body()))),
            Err(error) => Err(error),
        }
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
}

pub fn bytes_of(value: &Value) -> Bytes {
    // A `Value` always serialises: its keys are texts and its numbers were parsed.
    Bytes::from(serde_json::to_vec(value).unwrap_or_default())
}

pub fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
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

pub fn strings(params: &Params, name: &str) -> Vec<String> {
    let entries = params.get(name).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(Value::as_str).map(str::to_owned).collect()
}
