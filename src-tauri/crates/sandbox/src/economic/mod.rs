//! e-conomic, played from its published behaviour: the REST API on one host, the OpenAPI services on another, and the
//! page on which an app is added to an agreement.
//!
//! Facts: `facts/`; behaviour: docs/legacy-api-verification.md and docs/openapi-verification.md of
//! github.com/Pogoe/EConomic.NET, github.com/e-conomic/slate, and the clients that each file names.

mod access;
mod agreement;
mod body;
mod booking;
mod call;
mod danish;
mod facts;
mod fault;
mod filter;
mod grant;
mod idempotency;
mod journals;
mod keys;
mod ledger;
mod limits;
mod open;
mod orders;
mod page;
mod pricing;
mod rest;
pub mod setup;
mod value;

#[cfg(test)]
mod tests;

pub use access::Role;
pub use fault::Fault;
pub use ledger::NoMatch;
pub use limits::Limits;
pub use orders::Order;
pub use setup::Setup;

use crate::Outgoing;
use crate::seed::Ids;
use crate::stripe::BreaksInside;
use access::{Access, App, Caller};
use agreement::Agreement;
use bytes::Bytes;
use call::Call;
use chrono::{DateTime, TimeDelta, Utc};
use fault::Moment;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use idempotency::Answers;
use limits::Budget;
use open::Hooks;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The longest idempotency key that is taken.
const LONGEST_KEY: usize = 255;

/// Which host a request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// `restapi.e-conomic.com`, and `secure.e-conomic.com` for the grant.
    Rest,
    /// `apis.e-conomic.com`.
    Open,
}

/// Behaviour that the sources leave open, or that the harness switches; each can be set.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether anything can be booked or matched over HTTP. The product must never ask for it.
    pub allow_posting: bool,
    /// How long after booking there is no PDF.
    pub pdf_delay: TimeDelta,
    /// Errors in the published shape instead of the recorded one.
    pub documented_errors: bool,
    /// Whether refusals are remembered under an idempotency key too.
    pub replay_refusals: bool,
    /// Whether the deletion of all drafts spares those that a filter leaves out, as the documents say; nobody has tried it.
    pub filter_deletions: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { allow_posting: false, pdf_delay: TimeDelta::seconds(5), documented_errors: false, replay_refusals: true, filter_deletions: true }
    }
}

/// What an app needs to connect.
#[derive(Clone)]
pub struct AppTokens {
    pub secret: String,
    pub public: String,
}

/// What belongs to one agreement beside its books.
#[derive(Debug, Default)]
struct Traffic {
    budget: Budget,
    answers: Answers,
    hooks: Hooks,
}

pub struct Economic {
    rest_base: String,
    open_base: String,
    seed: u64,
    ids: Ids,
    access: Access,
    agreements: BTreeMap<u64, Agreement>,
    traffic: BTreeMap<u64, Traffic>,
    pub limits: Limits,
    pub rules: Rules,
    /// How often somebody asked over HTTP for something to be booked or matched.
    pub posting_attempts: u64,
}

impl Economic {
    pub fn new(seed: u64) -> Self {
        Self {
            rest_base: "http://localhost".into(),
            open_base: "http://localhost".into(),
            seed,
            ids: Ids::new(seed, "economic"),
            access: Access::default(),
            agreements: BTreeMap::new(),
            traffic: BTreeMap::new(),
            limits: Limits::default(),
            rules: Rules::default(),
            posting_attempts: 0,
        }
    }

    /// Where each host is reached, for absolute links.
    pub fn set_bases(&mut self, rest: &str, open: &str) {
        (self.rest_base, self.open_base) = (rest.trim_end_matches('/').to_owned(), open.trim_end_matches('/').to_owned());
    }

    pub fn add_agreement(&mut self, number: u64, currency: &str) {
        let agreement = Agreement {
            number,
            company: value::Document::new(),
            currency: currency.to_owned(),
            tables: BTreeMap::new(),
            sales_accounts: BTreeMap::new(),
            rates: BTreeMap::new(),
            years: Vec::new(),
            ledger: ledger::Ledger::default(),
            system: agreement::SystemAccounts::default(),
            counters: agreement::Counters::default(),
            booked_at: BTreeMap::new(),
            events: Vec::new(),
            read_only: false,
        };
        self.agreements.insert(number, agreement);
    }

    /// The agreement that the word `demo` reads.
    pub fn set_demo(&mut self, agreement: u64) {
        self.access.demo = Some(agreement);
    }

    /// Registers an app; its role cannot be changed later.
    pub fn add_app(&mut self, name: &str, role: Role) -> AppTokens {
        let tokens = AppTokens { secret: self.ids.token(43), public: self.ids.token(43) };
        let number = self.access.next_app();
        self.access.add_app(App { number, name: name.to_owned(), secret: tokens.secret.clone(), public: tokens.public.clone(), role });
        tokens
    }

    /// Adds an app to an agreement without the page; gives the grant token.
    pub fn grant(&mut self, agreement: u64, app: &AppTokens) -> Option<String> {
        let number = self.access.app_of_public(&app.public)?.number;
        let token = self.ids.token(43);
        self.access.grant(token.clone(), agreement, number);
        Some(token)
    }

    /// As the accounting user removes the app.
    pub fn revoke(&mut self, grant: &str) -> bool {
        self.access.revoke(grant)
    }

    /// Fills an agreement; what it writes is stamped with `now`.
    pub fn setup(&mut self, agreement: u64, now: DateTime<Utc>) -> Option<Setup<'_>> {
        self.agreements.get_mut(&agreement).map(|agreement| Setup { agreement, now })
    }

    /// A webhook set up in the program itself, with merge fields such as `[INVOICENO]`.
    pub fn add_webhook(&mut self, agreement: u64, event: &str, url: &str, body: &str) {
        self.traffic.entry(agreement).or_default().hooks.add_by_hand(event, url, body);
    }

    /// Rows per table and agreement, for whoever looks at the state from outside.
    pub fn counts(&self) -> BTreeMap<String, BTreeMap<String, usize>> {
        let of = |agreement: &Agreement| {
            let mut counts: BTreeMap<String, usize> = agreement.tables.iter().map(|(table, rows)| ((*table).to_owned(), rows.len())).collect();
            counts.insert("entries".into(), agreement.ledger.entries.len());
            counts
        };
        self.agreements.values().map(|agreement| (agreement.number.to_string(), of(agreement))).collect()
    }

    /// Answers one request that came to a host.
    pub fn handle(&mut self, surface: Surface, now: DateTime<Utc>, request: Request<Bytes>) -> Response<Bytes> {
        let mut response = self.routed(surface, now, &request);
        response.headers_mut().insert(header::DATE, crate::business_central::date_header(now));
        if request.method() == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        response
    }

    fn routed(&mut self, surface: Surface, now: DateTime<Utc>, request: &Request<Bytes>) -> Response<Bytes> {
        if surface == Surface::Rest && request.uri().path().eq_ignore_ascii_case(grant::PATH) {
            return self.grant_page(request);
        }
        let base = match surface {
            Surface::Rest => &self.rest_base,
            Surface::Open => &self.open_base,
        };
        let call = Call::new(now, reached_at(request).unwrap_or_else(|| base.clone()), request);
        let at = Moment {
            now,
            id: self.request_id(now, request),
            base: call.base.clone(),
            path: call.path.clone(),
            documented: self.rules.documented_errors,
        };
        let caller = self.access.caller(&call, surface);
        let agreement = caller.as_ref().ok().map(|caller| caller.agreement);
        let breaks = request.extensions().get::<BreaksInside>().is_some();
        let answered = caller.and_then(|caller| self.paid(surface, &call, &caller, breaks));
        let mut response = answered.unwrap_or_else(|fault| fault.response(surface, &at));
        if let Some(budget) = agreement.and_then(|agreement| self.traffic.get(&agreement)).map(|traffic| traffic.budget) {
            budget.tell(self.limits, response.headers_mut());
        } else {
            Budget::default().tell(self.limits, response.headers_mut());
        }
        if let Ok(id) = HeaderValue::try_from(&at.id) {
            response.headers_mut().insert("x-requestid", id);
        }
        response
    }

    /// Pays for the call, and answers it once per idempotency key.
    fn paid(&mut self, surface: Surface, call: &Call, caller: &Caller, breaks: bool) -> Result<Response<Bytes>, Fault> {
        let limits = self.limits;
        let traffic = self.traffic.entry(caller.agreement).or_default();
        traffic.budget.pay(limits, call.now)?;
        let key = call.header("idempotency-key").filter(|_| !call.reads()).map(str::to_owned);
        if let Some(key) = &key {
            if key.len() > LONGEST_KEY {
                return Err(Fault::bad("InvalidIdempotencyKey", "The idempotency key is too long."));
            }
            if let Some(response) = traffic.answers.recall(key, call)? {
                return Ok(response);
            }
        }
        let done = if breaks { Err(Fault::crashed()) } else { self.done(surface, call, caller) };
        let refused = done.is_err();
        let at = Moment {
            now: call.now,
            id: self.log_id(call),
            base: call.base.clone(),
            path: call.path.clone(),
            documented: self.rules.documented_errors,
        };
        let response = done.unwrap_or_else(|fault| fault.response(surface, &at));
        if let (Some(key), true) = (key, !refused || self.rules.replay_refusals) {
            self.traffic.entry(caller.agreement).or_default().answers.keep(&key, call, &response);
        }
        Ok(response)
    }

    fn done(&mut self, surface: Surface, call: &Call, caller: &Caller) -> Result<Response<Bytes>, Fault> {
        let names = call.names();
        access::allow(caller, surface, names.first().copied().unwrap_or_default())?;
        if asks_to_post(surface, call, &names) {
            self.posting_attempts += 1;
        }
        let Self { agreements, traffic, rules, .. } = self;
        let agreement = agreements.get_mut(&caller.agreement).ok_or_else(|| Fault::login(""))?;
        if agreement.read_only && !call.reads() {
            return Err(Fault::forbidden("AccessDeniedAgreementMissingModules", "The agreement's license is read-only."));
        }
        let reply = match surface {
            Surface::Rest => rest::Visit { call, caller, agreement, rules }.answer(),
            Surface::Open => {
                let lower: Vec<String> = call.segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
                let parts: Vec<&str> = lower.iter().map(String::as_str).collect();
                let [service, version, below @ ..] = parts.as_slice() else { return Err(Fault::not_found()) };
                if !version.starts_with('v') {
                    return Err(Fault::not_found());
                }
                let hooks = &mut traffic.entry(caller.agreement).or_default().hooks;
                open::Visit { call, caller, agreement, hooks, rules }.answer(service, below)
            }
        };
        reply.map(call::Reply::response)
    }

    /// Reads the demo's agreement as somebody who may see all of it; costs nothing and is not counted.
    /// `target` is a path with its query, such as `/invoices/drafts?pagesize=1000`.
    pub fn look(&mut self, surface: Surface, now: DateTime<Utc>, target: &str) -> Value {
        let Some(agreement) = self.access.demo else { return Value::Null };
        let Ok(request) = Request::get(target).body(Bytes::new()) else { return Value::Null };
        let base = if surface == Surface::Rest { self.rest_base.clone() } else { self.open_base.clone() };
        let caller =
            Caller { agreement, app: App { number: 0, name: String::new(), secret: String::new(), public: String::new(), role: Role::SuperUser } };
        let answer = self.done(surface, &Call::new(now, base, &request), &caller);
        answer.ok().and_then(|response| serde_json::from_slice(response.body()).ok()).unwrap_or_default()
    }

    /// What the agreements would send by themselves.
    pub fn advance(&mut self, to: DateTime<Utc>) -> Vec<Outgoing> {
        let Self { agreements, traffic, .. } = self;
        let mut outgoing = Vec::new();
        for agreement in agreements.values_mut() {
            let (due, later) = std::mem::take(&mut agreement.events).into_iter().partition(|event: &agreement::Event| event.at <= to);
            agreement.events = later;
            let hooks = &traffic.entry(agreement.number).or_default().hooks;
            let due: Vec<agreement::Event> = due;
            outgoing.extend(due.iter().filter_map(|event| hooks.outgoing(event)));
        }
        outgoing
    }

    fn request_id(&self, now: DateTime<Utc>, request: &Request<Bytes>) -> String {
        self.mark(&[&now.timestamp_micros().to_be_bytes(), request.method().as_str().as_bytes(), request.uri().to_string().as_bytes()])
    }

    fn log_id(&self, call: &Call) -> String {
        self.mark(&[&call.now.timestamp_micros().to_be_bytes(), call.method.as_str().as_bytes(), call.path.as_bytes()])
    }

    /// As the service writes them: sixteen hexadecimal digits and a place.
    fn mark(&self, parts: &[&[u8]]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        parts.iter().for_each(|part| hash.update(part));
        let digits: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{digits}-CPH")
    }
}

/// A refusal that nobody earned, in this service's words.
pub fn refusal(surface: Surface, now: DateTime<Utc>, status: StatusCode) -> Response<Bytes> {
    let fault = match status.as_u16() {
        401 => Fault::login(""),
        403 => Fault::forbidden("", "Access denied."),
        409 => Fault::conflict(),
        429 => Fault::new(status, "E00429", "Too many requests."),
        500 => Fault::crashed(),
        _ => Fault::new(status, "", status.canonical_reason().unwrap_or_default()),
    };
    fault.response(surface, &Moment { now, id: "0000000000000000-CPH".into(), base: String::new(), path: "/".into(), documented: false })
}

/// The host that the client named.
fn reached_at(request: &Request<Bytes>) -> Option<String> {
    crate::entra::reached_at(request.uri())
}

fn asks_to_post(surface: Surface, call: &Call, names: &[&str]) -> bool {
    match surface {
        Surface::Rest => matches!(names, ["invoices", "booked", ..]) && matches!(call.method, Method::POST | Method::PUT),
        Surface::Open => {
            let last = names.last().map(|last| last.to_ascii_lowercase()).unwrap_or_default();
            call.method == Method::POST && matches!(last.as_str(), "book" | "bookwithdateinterval" | "bookdraftentries" | "match")
        }
    }
}
