//! All services of one run, their common clock, the weather in front, and the journal behind.

use crate::business_central::BusinessCentral;
use crate::company;
use crate::economic::{Economic, Surface};
use crate::entra::Entra;
use crate::journal::{Entry, Journal, JournalError};
use crate::stripe::{BreaksInside, RunsFor, Stripe};
use crate::traffic::Traffic;
use crate::weather::{Fate, Fault, Port, Weather, disordered};
use crate::{Outgoing, Service, admin};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use http::{Request, Response};
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
        let (delay, fault) = self.weather.strike(port, &request);
        let fate = match fault {
            None => Fate::Answer(self.handle(port, now, request)),
            Some(Fault::LoseBefore) => Fate::LostBefore,
            Some(Fault::Reply(reply)) => Fate::Answer(reply.response()),
            Some(Fault::LoseAfter) => {
                self.handle(port, now, request);
                Fate::LostAfter
            }
            Some(Fault::LoseWhileRunning { seconds }) => {
                request.extensions_mut().insert(RunsFor(seconds));
                self.handle(port, now, request);
                Fate::LostAfter
            }
            Some(Fault::ReplyAfter(reply)) => {
                self.handle(port, now, request);
                Fate::Answer(reply.response())
            }
            Some(Fault::Meanwhile { method, target, body }) => {
                self.somebody_else(now, &method, &target, body);
                Fate::Answer(self.handle(port, now, request))
            }
            Some(Fault::Disorder) => Fate::Answer(disordered(self.handle(port, now, request))),
            Some(Fault::Cut { at }) => Fate::Cut { response: self.handle(port, now, request), at },
            Some(Fault::BreakInside) => {
                request.extensions_mut().insert(BreaksInside);
                Fate::Answer(self.handle(port, now, request))
            }
            Some(Fault::Delay { .. }) => Fate::Answer(self.handle(port, now, request)),
        };
        Met { delay, fate }
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

    /// Lets the world's time pass up to the caller's `to`.
    pub fn advance(&mut self, to: DateTime<Utc>) {
        let to = self.now(to);
        self.advance_world(to);
    }

    /// The world's own time at an instant of the caller's clock.
    pub fn now(&self, caller: DateTime<Utc>) -> DateTime<Utc> {
        caller.checked_add_signed(self.offset).unwrap_or(caller)
    }

    /// A request at Stripe by the platform's own key. What it says is of no interest here.
    fn somebody_else(&mut self, now: DateTime<Utc>, method: &str, target: &str, body: String) {
        let key = format!("Bearer {}", self.credentials.platform_key);
        if let Ok(request) = Request::builder().method(method).uri(target).header(http::header::AUTHORIZATION, key).body(Bytes::from(body)) {
            self.handle(Port::Stripe, now, request);
        }
    }

    /// Reads the ledger as somebody who may see all of it, and leaves no trace: no tag moves, nothing is counted.
    /// `path` is below a company, such as `salesInvoices?$filter=…`.
    pub fn look_into_ledger(&mut self, now: DateTime<Utc>, path: &str) -> serde_json::Value {
        let root = format!("/v2.0/{}/{}/api/v2.0/companies", self.credentials.tenant, self.credentials.environment);
        let companies = self.read_ledger(now, &root);
        let own = companies["value"].as_array().into_iter().flatten().find(|company| company["displayName"] == self.credentials.company.as_str());
        let Some(id) = own.and_then(|company| company["id"].as_str()) else { return serde_json::Value::Null };
        let target = format!("{root}({id})/{path}");
        self.read_ledger(now, &target)
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
        self.outgoing.extend(self.stripe.advance(to));
        self.outgoing.extend(self.entra.advance(to));
        self.outgoing.extend(self.business_central.advance(to));
        self.outgoing.extend(self.economic.advance(to));
    }
}

fn bearer(request: &Request<Bytes>) -> Option<&str> {
    let header = request.headers().get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests;
