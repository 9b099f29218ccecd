//! All services of one run, their common clock, the weather in front, and the journal behind.

use crate::business_central::{BusinessCentral, Handshake};
use crate::company;
use crate::economic::{Economic, Surface};
use crate::entra::Entra;
use crate::journal::{Entry, Journal, JournalError};
use crate::stripe::{BreaksInside, RunsFor, Stripe};
use crate::traffic::Traffic;
use crate::weather::{Fate, Fault, Port, Refusal, Weather, disordered};
use crate::{Outgoing, Service, Takes, admin, refusals};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// More endpoints than there are; paths that nobody knows must not fill the memory.
const MAX_ENDPOINTS: usize = 2_000;

/// What a demo company is made from. The same values give the same world, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args {
    pub seed: u64,
    pub company: String,
    pub months: u32,
    pub invoices: u32,
    /// The last day of the company's history, which ends with the whole of it: give yesterday, not today.
    pub until: NaiveDate,
}

impl Args {
    /// Three months of a small company.
    pub fn demo(until: NaiveDate) -> Self {
        Self { seed: 1, company: "Nordlys Keramik ApS".into(), months: 3, invoices: 120, until }
    }
}

/// Where each service is reached, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bases {
    pub stripe: String,
    pub entra: String,
    pub business_central: String,
    pub admin: String,
    pub economic_rest: String,
    pub economic_open: String,
}

impl Bases {
    /// Names for a run without sockets.
    pub fn unconnected() -> Self {
        let base = |name: &str| format!("http://{name}.sandbox.localhost");
        Self {
            stripe: base("stripe"),
            entra: base("entra"),
            business_central: base("businesscentral"),
            admin: base("admin"),
            economic_rest: base("restapi.economic"),
            economic_open: base("apis.economic"),
        }
    }
}

/// What somebody needs to sign in to the demo company.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// A restricted test key with every permission.
    pub stripe_key: String,
    /// The same without Disputes.
    pub stripe_key_without_disputes: String,
    /// A Connect platform: its secret key and its client id.
    pub platform_key: String,
    pub connect_client_id: String,
    pub tenant: String,
    pub client_id: String,
    /// An app that signs in as itself, with its secret.
    pub service_client_id: String,
    pub service_client_secret: String,
    pub user: String,
    pub environment: String,
    pub company: String,
    /// Of an app with the role SuperUser, and its grant to the demo company's e-conomic agreement.
    pub economic_secret: String,
    pub economic_public: String,
    pub economic_grant: String,
    /// For `/_sandbox/`, in the header `x-sandbox-token`.
    pub token: String,
}

/// What the weather made of one request.
#[derive(Debug)]
pub struct Met {
    pub delay: Duration,
    pub fate: Fate,
}

pub struct World {
    pub stripe: Stripe,
    pub entra: Entra,
    pub business_central: BusinessCentral,
    pub economic: Economic,
    pub weather: Weather,
    pub credentials: Credentials,
    pub expected: Vec<company::Expected>,
    /// The number of Business Central's customer for sales without a name.
    pub generic_customer: &'static str,
    /// How far the world's clock is from the caller's.
    pub offset: TimeDelta,
    /// Requests by port and endpoint.
    pub requests: BTreeMap<String, u64>,
    /// What the services would send by themselves.
    pub outgoing: Vec<Outgoing>,
    pub traffic: Traffic,
    pub(crate) journal: Option<Journal>,
}

impl World {
    pub fn new(args: Args) -> Self {
        company::build(&args)
    }

    /// A world whose writes are kept in a file, and played again when it is opened again.
    pub fn with_journal(args: Args, path: &Path) -> Result<Self, JournalError> {
        let (journal, entries) = Journal::open(path, &args)?;
        let mut world = Self::new(args);
        let limited = std::mem::replace(&mut world.stripe.rate_limits, false);
        for (n, entry) in entries.iter().enumerate() {
            let mut request = entry.request().ok_or(JournalError::Line(n + 2))?;
            if entry.breaks_inside {
                request.extensions_mut().insert(BreaksInside);
            }
            world.handle(entry.port, entry.now, request);
        }
        world.stripe.rate_limits = limited;
        world.requests.clear();
        world.journal = Some(journal);
        Ok(world)
    }

    /// Tells the services where they are reached, for the links in their answers.
    pub fn set_bases(&mut self, bases: &Bases) {
        self.stripe.set_base(&bases.stripe);
        self.entra.set_base(&bases.entra);
        self.business_central.set_base(&bases.business_central);
        self.economic.set_bases(&bases.economic_rest, &bases.economic_open);
    }

    /// Answers one request through the weather. `now` is the caller's clock.
    pub fn meet(&mut self, port: Port, now: DateTime<Utc>, mut request: Request<Bytes>) -> Met {
        let strike = self.weather.strike(port, &request);
        let slowed = strike.delay + strike.fault.as_ref().map_or(Duration::ZERO, Fault::delay);
        request.extensions_mut().insert(Takes(TimeDelta::from_std(slowed).unwrap_or(TimeDelta::MAX)));
        let target = request.uri().to_string();
        let mut fate = match strike.fault.as_ref().filter(|fault| **fault == Fault::Stale).and_then(|_| self.weather.kept(port, &target)) {
            Some(stale) => Fate::Answer(stale),
            None => self.struck(port, now, request, strike.fault),
        };
        let mut taken = Duration::ZERO;
        if let Fate::Answer(response) | Fate::Cut { response, .. } | Fate::CutHead { response, .. } = &mut fate {
            // A service that makes its callers wait for each other knows better how long this one takes.
            taken = response.extensions_mut().remove::<Takes>().and_then(|takes| takes.0.to_std().ok()).unwrap_or_default();
            if strike.kept {
                self.weather.keep(port, &target, response);
            }
        }
        Met { delay: slowed.max(taken), fate }
    }

    /// What becomes of a request that a fault strikes.
    fn struck(&mut self, port: Port, now: DateTime<Utc>, mut request: Request<Bytes>, fault: Option<Fault>) -> Fate {
        match fault {
            None | Some(Fault::Delay { .. } | Fault::Stale) => Fate::Answer(self.handle(port, now, request)),
            Some(Fault::LoseBefore | Fault::TimeOutBefore { .. }) => Fate::LostBefore,
            Some(Fault::LoseAfter | Fault::TimeOutAfter { .. }) => {
                self.handle(port, now, request);
                Fate::LostAfter
            }
            Some(Fault::LoseWhileRunning { seconds }) => {
                request.extensions_mut().insert(RunsFor(seconds));
                self.handle(port, now, request);
                Fate::LostAfter
            }
            Some(Fault::Cut { at }) => Fate::Cut { response: self.handle(port, now, request), at },
            Some(Fault::CutHead { at }) => Fate::CutHead { response: self.handle(port, now, request), at },
            Some(Fault::Reply(reply)) => Fate::Answer(reply.response()),
            Some(Fault::ReplyAfter(reply)) => {
                self.handle(port, now, request);
                Fate::Answer(reply.response())
            }
            Some(Fault::Refuse(refusal)) => {
                if refusal.after_work {
                    self.handle(port, now, request);
                }
                Fate::Answer(refusals::refusal(port, self.now(now), &refusal))
            }
            Some(Fault::BreakInside) if matches!(port, Port::Stripe | Port::EconomicRest | Port::EconomicOpen) => {
                request.extensions_mut().insert(BreaksInside);
                Fate::Answer(self.handle(port, now, request))
            }
            Some(Fault::BreakInside) => Fate::Answer(refusals::refusal(port, self.now(now), &Refusal::of(500))),
            Some(Fault::Meanwhile { method, target, body }) => {
                self.somebody_else(port, now, &method, &target, body);
                Fate::Answer(self.handle(port, now, request))
            }
            Some(Fault::Disorder) => Fate::Answer(disordered(self.handle(port, now, request))),
            Some(Fault::ContentType(kind)) => {
                let mut response = self.handle(port, now, request);
                if let Ok(kind) = HeaderValue::try_from(kind) {
                    response.headers_mut().insert(header::CONTENT_TYPE, kind);
                }
                Fate::Answer(response)
            }
            Some(Fault::Skew { seconds }) => {
                let by = TimeDelta::try_seconds(seconds).unwrap_or_default();
                Fate::Answer(self.handle(port, now.checked_add_signed(by).unwrap_or(now), request))
            }
        }
    }

    /// Answers one request in good weather, and keeps it if it may have changed something.
    pub fn handle(&mut self, port: Port, now: DateTime<Utc>, request: Request<Bytes>) -> Response<Bytes> {
        let broken = request.extensions().get::<BreaksInside>().is_some();
        let entry = self.journal.as_ref().and_then(|_| Entry::of(now, port, &request, broken));
        let exchange = self.traffic.begin(now, port, &request);
        let response = self.answer(port, now, request);
        if let Some(exchange) = exchange {
            self.traffic.end(exchange, response.status());
        }
        if let (Some(entry), Some(journal)) = (entry, &mut self.journal)
            && Entry::matters(response.status())
            && let Err(error) = journal.append(&entry)
        {
            // What cannot be kept is still answered; the next start will say what is missing.
            eprintln!("sandbox: {error}");
        }
        response
    }

    fn answer(&mut self, port: Port, now: DateTime<Utc>, mut request: Request<Bytes>) -> Response<Bytes> {
        let now = self.now(now);
        self.advance_world(now);
        if port != Port::Admin {
            let endpoint = admin::endpoint(port, &request);
            let known = self.requests.contains_key(&endpoint) || self.requests.len() < MAX_ENDPOINTS;
            *self.requests.entry(if known { endpoint } else { "(other)".to_owned() }).or_default() += 1;
        }
        match port {
            Port::Stripe => self.stripe.handle(now, request),
            Port::Admin => admin::handle(self, now, &request),
            Port::Entra => self.entra.handle(now, request),
            Port::EconomicRest => self.economic.handle(Surface::Rest, now, request),
            Port::EconomicOpen => self.economic.handle(Surface::Open, now, request),
            Port::BusinessCentral => {
                // Without a caller Business Central answers its own 401.
                if let Some(Ok(caller)) = bearer(&request).map(|token| self.entra.check(now, token)) {
                    request.extensions_mut().insert(caller);
                }
                self.business_central.handle(now, request)
            }
        }
    }

    /// What became of something that a service sent by itself: the status of the answer, if one came.
    pub fn delivered(&mut self, now: DateTime<Utc>, outgoing: &Outgoing, status: Option<StatusCode>) {
        if outgoing.sender == Port::BusinessCentral {
            let now = self.now(now);
            self.business_central.delivered(now, &outgoing.request, status);
        }
    }

    /// What a listener said to a handshake; gives the refusal that stands for the answer, if it said the wrong thing.
    pub fn shaken(&mut self, handshake: &Handshake, answer: Option<(StatusCode, &[u8])>) -> Option<Response<Bytes>> {
        self.business_central.shaken(handshake, answer)
    }

    /// Lets the world's time pass up to the caller's `to`.
    pub fn advance(&mut self, to: DateTime<Utc>) {
        let to = self.now(to);
        self.advance_world(to);
    }

    /// The world's own time at an instant of the caller's clock.
    pub fn now(&self, caller: DateTime<Utc>) -> DateTime<Utc> {
        caller.checked_add_signed(self.offset).unwrap_or(caller)
    }

    /// A request by somebody with every right. What it says is of no interest here.
    fn somebody_else(&mut self, port: Port, now: DateTime<Utc>, method: &str, target: &str, body: String) {
        let request = Request::builder().method(method).header(header::CONTENT_TYPE, "application/json");
        let request = match port {
            Port::BusinessCentral => {
                let Some(company) = self.ledger_company(now) else { return };
                request.uri(format!("{}({company})/{target}", self.companies())).extension(company::observer(&self.credentials))
            }
            Port::EconomicRest | Port::EconomicOpen => {
                let keys = &self.credentials;
                request.uri(target).header("x-appsecrettoken", &keys.economic_secret).header("x-agreementgranttoken", &keys.economic_grant)
            }
            Port::Stripe => request.uri(target).header(header::AUTHORIZATION, format!("Bearer {}", self.credentials.platform_key)),
            Port::Entra | Port::Admin => return,
        };
        if let Ok(mut request) = request.body(Bytes::from(body)) {
            if port == Port::Stripe {
                request.headers_mut().remove(header::CONTENT_TYPE);
            }
            self.handle(port, now, request);
        }
    }

    /// Reads the ledger as somebody who may see all of it, and leaves no trace: no tag moves, nothing is counted.
    /// `path` is below a company, such as `salesInvoices?$filter=…`.
    pub fn look_into_ledger(&mut self, now: DateTime<Utc>, path: &str) -> serde_json::Value {
        let Some(id) = self.ledger_company(now) else { return serde_json::Value::Null };
        let target = format!("{}({id})/{path}", self.companies());
        self.read_ledger(now, &target)
    }

    /// The id of the demo company in Business Central.
    pub fn ledger_company(&mut self, now: DateTime<Utc>) -> Option<String> {
        let companies = self.read_ledger(now, &self.companies());
        let own = companies["value"].as_array()?.iter().find(|company| company["displayName"] == self.credentials.company.as_str())?;
        own["id"].as_str().map(str::to_owned)
    }

    fn companies(&self) -> String {
        format!("/v2.0/{}/{}/api/v2.0/companies", self.credentials.tenant, self.credentials.environment)
    }

    fn read_ledger(&mut self, now: DateTime<Utc>, target: &str) -> serde_json::Value {
        let caller = company::observer(&self.credentials);
        let Ok(mut request) = Request::builder().uri(target).body(Bytes::new()) else { return serde_json::Value::Null };
        request.extensions_mut().insert(caller);
        let moves = std::mem::replace(&mut self.business_central.quirks.reads_move_draft_tags, false);
        let response = self.business_central.handle(now, request);
        self.business_central.quirks.reads_move_draft_tags = moves;
        serde_json::from_slice(response.body()).unwrap_or_default()
    }

    pub(crate) fn advance_world(&mut self, to: DateTime<Utc>) {
        let mut sent = self.stripe.advance(to);
        sent.extend(self.entra.advance(to));
        sent.extend(self.business_central.advance(to));
        sent.extend(self.economic.advance(to));
        if self.weather.disorder_sent {
            sent.extend(sent.first().cloned());
            sent.reverse();
        }
        self.outgoing.extend(sent);
    }
}

fn bearer(request: &Request<Bytes>) -> Option<&str> {
    let header = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests;
