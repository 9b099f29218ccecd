//! Business Central API v2.0, played from its published behaviour.
//!
//! Routes: `/environments/v1.2` and `/v2.0/{tenant}/{environment}/api/v2.0/…`.
//! Facts: `entities.facts`; behaviour: learn.microsoft.com/dynamics365/business-central/dev-itpro
//! and the source of the API pages, github.com/microsoft/BCApps.

mod address;
mod amounts;
mod batch;
mod body;
mod call;
mod cards;
mod company;
mod copies;
mod dates;
mod dimensions;
mod directory;
mod facts;
mod fault;
mod files;
mod filter;
mod guid;
mod journal_posting;
mod journals;
mod ledger;
mod limits;
mod lines;
mod metadata;
mod multipart;
mod orders;
mod permissions;
mod posting;
mod query;
mod record;
mod resource;
mod rules;
mod sales;
pub mod setup;
mod store;
mod subscriptions;
mod value;
mod views;
mod work;

#[cfg(test)]
mod tests;

pub(crate) use call::date as date_header;
pub use company::Series;
pub use fault::Fault;
pub use limits::{End, Limits};
pub use orders::Order;
pub use permissions::PermissionSet;
pub use setup::{CompanySetup, Setup};
pub use subscriptions::Handshake;

use crate::entra::Caller;
use crate::seed::Ids;
use crate::{Outgoing, Service, Takes};
use address::Segment;
use bytes::Bytes;
use call::{Call, Reply};
use chrono::{DateTime, SubsecRound, Utc};
use company::Company;
use guid::Guid;
use http::{Method, Request, Response, StatusCode, header};
use permissions::Rights;
use std::collections::{BTreeMap, BTreeSet};
use store::Store;
use work::Work;

/// Parents of companies per environment, by tenant and lower-case name.
type EnvironmentKey = (String, String);

/// Stamps are kept to the millisecond, so that a stamp read from the wire finds its own row.
const STAMP_DIGITS: u16 = 3;

/// Behaviour that the sources leave open; each can be set by the harness.
#[derive(Clone, Copy, Debug)]
pub struct Quirks {
    /// Reading a draft moves its tag.
    pub reads_move_draft_tags: bool,
    /// `sequence` inside a deep insert is refused, as since version 22.
    pub refuse_nested_sequence: bool,
    /// Statuses that were seen in the field where the documents say others.
    pub seen_statuses: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self { reads_move_draft_tags: true, refuse_nested_sequence: true, seen_statuses: false }
    }
}

#[derive(Debug)]
struct Environment {
    tenant: String,
    name: String,
    country: String,
    production: bool,
    companies: Vec<Company>,
    /// Holds what belongs to no company.
    platform: Company,
}

#[derive(Debug)]
pub struct BusinessCentral {
    base: String,
    /// Where the request in hand reached us: its own address when that is absolute, else the base.
    here: String,
    seed: u64,
    ids: Ids,
    environments: BTreeMap<EnvironmentKey, Environment>,
    /// Who wants to hear of changes, and what they have not heard yet.
    webhooks: subscriptions::Webhooks,
    /// Rights of users and applications, by tenant and object id.
    users: BTreeMap<(String, String), Rights>,
    limits: limits::Traffic,
    pub quirks: Quirks,
    /// Rows per page that the server never exceeds (20,000 online).
    pub server_page_size: usize,
    /// Whether bound actions work over HTTP. The product must never call them.
    pub allow_posting: bool,
    /// Sets that an upgrade left unreadable until its data upgrade has run.
    pub data_upgrade_pending: BTreeSet<String>,
    /// The update window: everybody is told to come back.
    pub unavailable: bool,
    /// How often a bound action was named over HTTP.
    pub posting_attempts: u64,
}

impl BusinessCentral {
    pub fn new(seed: u64) -> Self {
        Self {
            base: "http://localhost".into(),
            here: String::new(),
            seed,
            ids: Ids::new(seed, "business_central"),
            environments: BTreeMap::new(),
            webhooks: subscriptions::Webhooks::default(),
            users: BTreeMap::new(),
            limits: limits::Traffic::default(),
            quirks: Quirks::default(),
            server_page_size: 20_000,
            allow_posting: false,
            data_upgrade_pending: BTreeSet::new(),
            unavailable: false,
            posting_attempts: 0,
        }
    }

    /// Where this service is reached, for absolute links.
    pub fn set_base(&mut self, base: &str) {
        self.base = base.trim_end_matches('/').to_string();
    }

    pub fn set_limits(&mut self, limits: Limits) {
        self.limits.limits = limits;
    }

    pub fn add_environment(&mut self, tenant: &str, name: &str, country: &str, production: bool) {
        let platform = new_company(Guid::default(), &platform_setup(), DateTime::UNIX_EPOCH);
        let environment = Environment {
            tenant: tenant.to_string(),
            name: name.to_string(),
            country: country.to_string(),
            production,
            companies: Vec::new(),
            platform,
        };
        self.environments.insert((tenant.to_lowercase(), name.to_lowercase()), environment);
    }

    /// Adds a company to every tenant's environment of that name; gives its id.
    pub fn add_company(&mut self, environment: &str, of: CompanySetup, now: DateTime<Utc>) -> String {
        let drawn = self.ids.guid();
        let id = of.id.as_deref().and_then(Guid::parse).or_else(|| Guid::parse(&drawn)).unwrap_or_default();
        for ((_, name), environment_of) in &mut self.environments {
            if *name == environment.to_lowercase() {
                environment_of.companies.push(new_company(id, &of, now));
            }
        }
        id.to_string()
    }

    /// Gives a user (or an application) of a tenant a licence and rights. Nobody else gets in.
    pub fn add_user(&mut self, tenant: &str, object_id: &str, sets: Vec<PermissionSet>) {
        self.users.insert((tenant.to_lowercase(), object_id.to_lowercase()), Rights::new(sets));
    }

    /// Fills a company; what it writes is stamped with `now`.
    pub fn setup(&mut self, company: &str, now: DateTime<Utc>) -> Option<Setup<'_>> {
        let id = Guid::parse(company)?;
        let now = now.trunc_subsecs(STAMP_DIGITS);
        self.commit(now);
        let company = self.environments.values_mut().flat_map(|environment| &mut environment.companies).find(|company| company.id == id)?;
        Some(Setup { work: Work { company, ids: &mut self.ids, now, quirks: self.quirks, rights: Rights::all() } })
    }

    /// Rows per set and company, for whoever looks at the state from outside.
    pub fn counts(&self) -> BTreeMap<String, BTreeMap<String, usize>> {
        let companies = self.environments.values().flat_map(|environment| &environment.companies);
        let counts =
            |company: &Company| facts::facts().entities.iter().map(|entity| (entity.set.to_string(), company.store.count(entity.table))).collect();
        companies.map(|company| (company.name.clone(), counts(company))).collect()
    }

    fn answer(&mut self, now: DateTime<Utc>, request: &Request<Bytes>, correlation: Guid) -> Result<Response<Bytes>, Fault> {
        let caller = request.extensions().get::<Caller>().ok_or_else(Fault::credentials)?;
        let segments = address::segments(request.uri().path()).ok_or_else(Fault::no_route)?;
        let names: Vec<&str> = segments.iter().map(|segment| segment.name.as_str()).collect();
        if self.unavailable {
            return Err(Fault::unavailable());
        }
        if names == ["environments", "v1.2"] {
            return if request.method() == Method::GET { Ok(self.environments_of(caller).response()) } else { Err(Fault::method()) };
        }
        let (tenant, environment, rest) = route(&segments, &names, caller).ok_or_else(Fault::no_route)?;
        if !tenant.eq_ignore_ascii_case(&caller.tenant) && !tenant.eq_ignore_ascii_case(&caller.domain) {
            return Err(Fault::credentials());
        }
        if caller.app_only && caller.roles.is_empty() {
            return Err(Fault::credentials());
        }
        let rights = self.users.get(&(caller.tenant.to_lowercase(), caller.subject.to_lowercase())).cloned().ok_or_else(Fault::credentials)?;
        let key = (caller.tenant.to_lowercase(), environment.to_lowercase());
        if !self.environments.contains_key(&key) {
            return Ok(directory::no_environment());
        }
        let root_path = format!("/v2.0/{tenant}/{environment}/api/v2.0");
        let visit = Visit { key, root: format!("{}{root_path}", self.here), rights, user: caller.subject.clone(), now };
        let response = match rest.first() {
            Some(segment) if segment.name == "$batch" => self.batch(&visit, request, correlation)?,
            _ => {
                let mut call = Call::new(request.method(), request.headers(), request.body());
                call.url = format!("{}{}", self.here, request.uri().path());
                self.one(&visit, call, rest, request.uri().query())?.response()
            }
        };
        self.commit(now);
        Ok(response)
    }

    /// One request below the root of an environment's API.
    fn one(&mut self, visit: &Visit, mut call: Call<'_>, rest: &[Segment], query: Option<&str>) -> Result<Reply, Fault> {
        call.root = visit.root.clone();
        call.server_page_size = self.server_page_size.max(1);
        call.allow_posting = self.allow_posting;
        if resource::names_action(rest) {
            self.posting_attempts += 1;
        }
        if call.writes() && call.read_only {
            return Err(Fault::bad_request("The Data-Access-Intent ReadOnly is not valid for this request."));
        }
        if rest.iter().any(|segment| self.data_upgrade_pending.contains(&segment.name)) {
            return Err(Fault::dialog("You must run the data upgrade for this API page: the records must be set up first."));
        }
        let options = address::options(query.unwrap_or_default())?;
        let reading = *call.method == Method::GET;
        match rest {
            [] if reading => Ok(Reply::json(StatusCode::OK, metadata::service_document(&visit.root))),
            [only] if only.name == "$metadata" && reading => Ok(Reply::xml(StatusCode::OK, metadata::csdl())),
            [only] if only.name == "entityDefinitions" && reading => Ok(Reply::json(StatusCode::OK, metadata::definitions(&visit.root))),
            [only] if only.name == "subscriptions" => self.subscriptions(visit, &call, only.key.as_deref(), &options),
            [companies] if companies.name == "companies" => self.companies(visit, &call, companies.key.as_deref(), &options),
            [companies, inner @ ..] if companies.name == "companies" => {
                let key = companies.key.as_deref().ok_or_else(Fault::no_route)?;
                resource::answer(&mut self.work(visit, key)?, &call, inner, &options)
            }
            [] => Err(Fault::method()),
            inner => {
                let key = options.company.clone().or_else(|| call.company.clone()).ok_or_else(Fault::company)?;
                resource::answer(&mut self.work(visit, &key)?, &call, inner, &options)
            }
        }
    }

    /// The company that a key, a query option or a header names, by id or by name.
    fn work(&mut self, visit: &Visit, company: &str) -> Result<Work<'_>, Fault> {
        let environment = self.environments.get_mut(&visit.key).ok_or_else(Fault::no_route)?;
        let id = Guid::parse(&company.to_lowercase());
        let found = environment.companies.iter_mut().find(|known| Some(known.id) == id || known.name == company);
        let company = found.ok_or_else(Fault::company)?;
        Ok(Work { company, ids: &mut self.ids, now: visit.now, quirks: self.quirks, rights: visit.rights.clone() })
    }

    /// Keeps what the requests so far changed, and notes it for those who listen.
    fn commit(&mut self, now: DateTime<Utc>) {
        for (key, environment) in &mut self.environments {
            for company in &mut environment.companies {
                self.webhooks.note(key, company, now);
                company.store.commit();
            }
        }
    }

    /// Whether a user's limits let a request in, and how long it will take.
    fn let_in(&mut self, now: DateTime<Utc>, request: &Request<Bytes>) -> Result<limits::Stay, Fault> {
        let caller = request.extensions().get::<Caller>().ok_or_else(Fault::credentials)?;
        let slowed = request.extensions().get::<Takes>().map_or_else(chrono::TimeDelta::zero, |takes| takes.0);
        self.limits.enter(&caller.subject, now, slowed)
    }

    fn refused(&self, fault: &Fault, correlation: Guid) -> Response<Bytes> {
        if self.quirks.seen_statuses { fault.as_seen().response(correlation) } else { fault.response(correlation) }
    }
}

impl Service for BusinessCentral {
    fn handle(&mut self, now: DateTime<Utc>, request: Request<Bytes>) -> Response<Bytes> {
        let now = now.trunc_subsecs(STAMP_DIGITS);
        let moment = now.timestamp_nanos_opt().unwrap_or_default().to_be_bytes();
        let correlation =
            Guid::derived(&[&self.seed.to_be_bytes(), &moment, request.method().as_str().as_bytes(), request.uri().to_string().as_bytes()]);
        self.here = crate::entra::reached_at(request.uri()).unwrap_or_else(|| self.base.clone());
        // What the harness did since is nobody's news.
        self.commit(now);
        let stay = match self.let_in(now, &request) {
            Ok(stay) => stay,
            Err(fault) => return dated(self.refused(&fault, correlation), now),
        };
        let mut response = match stay.end.fault() {
            Some(fault) if stay.end != End::Unheard => self.refused(&fault, correlation),
            fault => {
                let answer = self.answer(now, &request, correlation);
                fault.map_or(answer, Err).unwrap_or_else(|fault| self.refused(&fault, correlation))
            }
        };
        response.extensions_mut().insert(Takes(stay.after));
        dated(response, now)
    }

    fn advance(&mut self, to: DateTime<Utc>) -> Vec<Outgoing> {
        let outgoing = self.webhooks.due(to);
        for ended in self.webhooks.ended(to) {
            self.unsubscribe(&ended);
        }
        outgoing
    }
}

/// What stays the same over the parts of one request.
struct Visit {
    key: EnvironmentKey,
    root: String,
    rights: Rights,
    user: String,
    now: DateTime<Utc>,
}

/// Tenant, environment and the segments below `api/v2.0`. Without a tenant the token's is used.
fn route<'s>(segments: &'s [Segment], names: &[&'s str], caller: &Caller) -> Option<(String, String, &'s [Segment])> {
    match names {
        ["v2.0", environment, "api", "v2.0", ..] => Some((caller.tenant.clone(), environment.to_string(), segments.get(4..)?)),
        ["v2.0", tenant, environment, "api", "v2.0", ..] => Some((tenant.to_string(), environment.to_string(), segments.get(5..)?)),
        _ => None,
    }
}

/// A refusal that nobody earned, in this service's words.
pub fn refusal(status: StatusCode) -> Response<Bytes> {
    let fault = match status.as_u16() {
        401 => Fault::credentials(),
        403 => Fault::permission("36 Sales Header", "Insert"),
        409 => Fault::new(status, "Request_EntityChanged", "Another user has already changed the record."),
        429 => Fault::new(status, "Application_TooManyRequests", "Too many requests reached. Actual (101). Maximum (100)."),
        500 => Fault::new(status, "Internal_ServerError", "An internal error has occurred."),
        503 => Fault::unavailable(),
        _ => Fault::new(status, "Unknown", "The request was refused."),
    };
    fault.response(Guid::derived(&[b"refusal"]))
}

fn dated(mut response: Response<Bytes>, now: DateTime<Utc>) -> Response<Bytes> {
    response.headers_mut().insert(header::DATE, call::date(now));
    response
}

fn new_company(id: Guid, of: &CompanySetup, now: DateTime<Utc>) -> Company {
    Company {
        id,
        name: of.name.clone(),
        display_name: of.display_name.clone(),
        currency: of.currency.clone(),
        decimals: of.decimals,
        time_zone: of.time_zone,
        created: now,
        store: Store::default(),
        posting: company::PostingSetup::default(),
    }
}

fn platform_setup() -> CompanySetup {
    CompanySetup { id: None, name: String::new(), display_name: String::new(), currency: String::new(), decimals: 2, time_zone: chrono_tz::UTC }
}
