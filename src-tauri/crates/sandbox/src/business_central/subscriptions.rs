//! Webhooks: subscriptions with their handshake, and notifications some time after a change.
//!
//! docs: dev-itpro/api-reference/v2.0/dynamics-subscriptions.md

use super::address::Options;
use super::body::Body;
use super::call::{Call, Reply};
use super::company::Company;
use super::facts::facts;
use super::fault::Fault;
use super::guid::Guid;
use super::query::{self, Page};
use super::record::{Record, read_etag};
use super::value::wire_instant;
use super::work::Work;
use super::{BusinessCentral, EnvironmentKey, Visit};
use crate::Outgoing;
use crate::weather::Port;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, Request, Response, StatusCode, header};
use std::collections::BTreeMap;

const LIFE: TimeDelta = TimeDelta::days(3);
const MOST: usize = 200;
/// Changes are told this long after the first of them.
const DELAY: TimeDelta = TimeDelta::seconds(30);
/// More changes than this in one go are told as one.
const COLLECTION: usize = 1_000;
/// Minutes before each further attempt.
const RETRIES: &[i64] = &[1, 1, 10, 100, 1_000];

/// What the listener has to answer before a subscription is made or renewed; among the extensions of that answer.
#[derive(Clone, Debug)]
pub struct Handshake {
    pub request: Request<()>,
    subscription: String,
    /// When it ended before it was renewed.
    before: Option<DateTime<Utc>>,
}

/// Which notification of which subscription a request carries.
#[derive(Clone, Debug)]
struct Notice {
    subscription: String,
    attempt: usize,
}

#[derive(Debug, Default)]
pub struct Webhooks {
    subscriptions: Vec<Subscription>,
    /// What is on its way out, in the order of its due times.
    queue: Vec<Delivery>,
}

#[derive(Clone, Debug)]
struct Subscription {
    id: String,
    environment: EnvironmentKey,
    company: Guid,
    set: &'static str,
    table: &'static str,
    url: String,
    client_state: String,
    expires: DateTime<Utc>,
    /// Changes not told yet, with the moment at which they are.
    changes: BTreeMap<Guid, (&'static str, DateTime<Utc>)>,
    due: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
struct Delivery {
    due: DateTime<Utc>,
    subscription: String,
    url: String,
    body: String,
    attempt: usize,
}

impl BusinessCentral {
    pub(super) fn subscriptions(&mut self, visit: &Visit, call: &Call<'_>, key: Option<&str>, options: &Options) -> Result<Reply, Fault> {
        let entity = facts().entity("subscriptions").ok_or_else(Fault::no_route)?;
        let rows: Vec<Record> = self
            .environments
            .get(&visit.key)
            .map(|environment| environment.platform.store.all("subscriptions").cloned().collect())
            .unwrap_or_default();
        match (call.method, key) {
            (&Method::GET, None) => {
                let page = Page { url: &call.url, root: &visit.root, preferred: call.max_page_size, server: call.server_page_size };
                let work = self.platform(visit)?;
                Ok(Reply::json(StatusCode::OK, query::list(&work, entity, &Vec::new(), options, &page, Some(rows))?))
            }
            (&Method::POST, None) => {
                let body = Body::read(entity, call.body)?;
                let (row, handshake) = self.subscribe(visit, &body)?;
                let json = query::entity(&self.platform(visit)?, entity, &row, options, &visit.root)?;
                Ok(Reply::json(StatusCode::CREATED, json).tagged(row.etag()).after(handshake))
            }
            (method, Some(key)) => {
                let key = key.trim_matches('\'');
                let row = rows.into_iter().find(|row| row.text("subscriptionId") == key).ok_or_else(|| Fault::no_record("subscriptions"))?;
                match *method {
                    Method::GET => {
                        Ok(Reply::json(StatusCode::OK, query::entity(&self.platform(visit)?, entity, &row, options, &visit.root)?).tagged(row.etag()))
                    }
                    Method::PATCH | Method::DELETE => {
                        let tag = call.if_match.as_deref().ok_or_else(|| {
                            Fault::new(
                                StatusCode::BAD_REQUEST,
                                "BadRequest_InvalidToken",
                                "Could not validate the client concurrency token required by the service.",
                            )
                        })?;
                        if tag != "*" && read_etag(tag).map(|(version, _)| version) != Some(row.version) {
                            return Err(Fault::new(StatusCode::CONFLICT, "Request_EntityChanged", "Another user has already changed the record."));
                        }
                        self.change_subscription(visit, row, *method == Method::DELETE)
                    }
                    _ => Err(Fault::method()),
                }
            }
            _ => Err(Fault::method()),
        }
    }

    /// What the listener said to a handshake. Without its token back nothing was subscribed or renewed: the refusal
    /// stands for the answer that carried the handshake.
    pub fn shaken(&mut self, handshake: &Handshake, answer: Option<(StatusCode, &[u8])>) -> Option<Response<Bytes>> {
        if answer.is_some_and(|(status, body)| status == StatusCode::OK && body == handshake.subscription.as_bytes()) {
            return None;
        }
        match handshake.before {
            None => self.unsubscribe(&handshake.subscription),
            Some(before) => self.expire(&handshake.subscription, before),
        }
        let fault = Fault::bad_request("The notification endpoint must answer with 200 OK and the validation token.");
        Some(self.refused(&fault, Guid::derived(&[handshake.subscription.as_bytes()])))
    }

    /// What became of a notification: its status, or nothing when no answer came. Some failures are tried again, the
    /// others end the subscription.
    pub fn delivered(&mut self, now: DateTime<Utc>, request: &Request<Bytes>, status: Option<StatusCode>) {
        let Some(Notice { subscription, attempt }) = request.extensions().get::<Notice>().cloned() else { return };
        match status {
            Some(status) if status.is_success() => {}
            Some(status) if !(matches!(status.as_u16(), 408 | 429) || status.is_server_error()) => self.unsubscribe(&subscription),
            _ => {
                let Some(wait) = RETRIES.get(attempt) else { return };
                let body = String::from_utf8_lossy(request.body()).into_owned();
                let delivery =
                    Delivery { due: now + TimeDelta::minutes(*wait), subscription, url: request.uri().to_string(), body, attempt: attempt + 1 };
                self.webhooks.queue.push(delivery);
            }
        }
    }

    fn subscribe(&mut self, visit: &Visit, body: &Body) -> Result<(Record, Handshake), Fault> {
        let missing =
            |name: &str| Fault::new(StatusCode::BAD_REQUEST, "BadRequest_RequiredParamNotProvided", format!("The \"{name}\" must be provided."));
        let url = body.filled("notificationUrl").ok_or_else(|| missing("notificationUrl"))?;
        let resource = body.filled("resource").ok_or_else(|| missing("resource"))?;
        let (company, set) = self.resource(visit, resource)?;
        if self.webhooks.subscriptions.len() >= MOST {
            return Err(Fault::dialog("The maximum number of subscriptions has been reached."));
        }
        url.parse::<http::Uri>().ok().filter(|uri| uri.host().is_some()).ok_or_else(|| Fault::dialog("The notificationUrl is not valid."))?;
        let mut work = self.platform(visit)?;
        let mut row = work.new_record();
        let id = row.id.to_string().replace('-', "");
        row.set("subscriptionId", id.as_str());
        row.set("notificationUrl", url);
        row.set("resource", resource);
        row.set("clientState", body.text("clientState").unwrap_or_default());
        row.set("expirationDateTime", visit.now + LIFE);
        work.put("subscriptions", row.clone());
        let row = work.get("subscriptions", row.id).cloned().unwrap_or(row);
        self.webhooks.subscriptions.push(Subscription {
            id,
            environment: visit.key.clone(),
            company,
            set,
            table: facts().entity(set).map_or(set, |entity| entity.table),
            url: url.to_string(),
            client_state: body.text("clientState").unwrap_or_default().to_string(),
            expires: visit.now + LIFE,
            changes: BTreeMap::new(),
            due: None,
        });
        let handshake = handshake(row.text("subscriptionId"), url, None)?;
        Ok((row, handshake))
    }

    /// The company and the set that a resource such as `companies({id})/customers` names.
    fn resource(&self, visit: &Visit, resource: &str) -> Result<(Guid, &'static str), Fault> {
        let wrong = || Fault::dialog("The resource is not valid or cannot be subscribed to.");
        let below = resource.rsplit_once("companies(").ok_or_else(wrong)?.1;
        let (company, rest) = below.split_once(")/").ok_or_else(wrong)?;
        let company = Guid::parse(company).ok_or_else(wrong)?;
        let known = self.environments.get(&visit.key).is_some_and(|environment| environment.companies.iter().any(|found| found.id == company));
        let set = rest.split(['(', '/', '?']).next().unwrap_or_default();
        let entity = facts()
            .entity(set)
            .filter(|entity| known && !entity.needs_parent && !matches!(entity.set, "companies" | "subscriptions"))
            .ok_or_else(wrong)?;
        Ok((company, entity.set))
    }

    /// Renewal by PATCH, with a new handshake; or the end.
    fn change_subscription(&mut self, visit: &Visit, mut row: Record, ends: bool) -> Result<Reply, Fault> {
        let id = row.text("subscriptionId").to_string();
        if ends {
            self.unsubscribe(&id);
            return Ok(Reply::empty());
        }
        row.set("expirationDateTime", visit.now + LIFE);
        let url = row.text("notificationUrl").to_string();
        let known = self.webhooks.subscriptions.iter_mut().find(|subscription| subscription.id == id);
        let before = known.map(|subscription| std::mem::replace(&mut subscription.expires, visit.now + LIFE));
        let handshake = handshake(&id, &url, before)?;
        let mut work = self.platform(visit)?;
        work.put("subscriptions", row.clone());
        let row = work.get("subscriptions", row.id).cloned().unwrap_or(row);
        let entity = facts().entity("subscriptions").ok_or_else(Fault::no_route)?;
        let json = query::entity(&work, entity, &row, &Options::default(), &visit.root)?;
        Ok(Reply::json(StatusCode::OK, json).tagged(row.etag()).after(handshake))
    }

    fn expire(&mut self, id: &str, at: DateTime<Utc>) {
        self.webhooks.subscriptions.iter_mut().filter(|subscription| subscription.id == id).for_each(|subscription| subscription.expires = at);
        for environment in self.environments.values_mut() {
            let store = &mut environment.platform.store;
            let row = store.all("subscriptions").find(|row| row.text("subscriptionId") == id).cloned();
            if let Some(mut row) = row {
                row.set("expirationDateTime", at);
                store.put("subscriptions", row);
            }
            store.commit();
        }
    }

    pub(super) fn unsubscribe(&mut self, id: &str) {
        self.webhooks.subscriptions.retain(|subscription| subscription.id != id);
        self.webhooks.queue.retain(|delivery| delivery.subscription != id);
        for environment in self.environments.values_mut() {
            let store = &mut environment.platform.store;
            let row = store.all("subscriptions").find(|row| row.text("subscriptionId") == id).map(|row| row.id);
            if let Some(row) = row {
                store.remove("subscriptions", row);
            }
            store.commit();
        }
    }

    fn platform(&mut self, visit: &Visit) -> Result<Work<'_>, Fault> {
        let environment = self.environments.get_mut(&visit.key).ok_or_else(Fault::no_route)?;
        Ok(Work { company: &mut environment.platform, ids: &mut self.ids, now: visit.now, quirks: self.quirks, rights: visit.rights.clone() })
    }
}

impl Webhooks {
    /// Notes what a company is about to commit, for those who subscribed to it.
    pub fn note(&mut self, environment: &EnvironmentKey, company: &Company, now: DateTime<Utc>) {
        let listening =
            self.subscriptions.iter_mut().filter(|subscription| subscription.environment == *environment && subscription.company == company.id);
        for subscription in listening.filter(|subscription| now < subscription.expires) {
            for (table, id, existed) in company.store.changes() {
                if table != subscription.table {
                    continue;
                }
                let exists = company.store.get(table, id).is_some();
                let kind = match (existed, exists) {
                    (false, true) => "created",
                    (true, true) => "updated",
                    (true, false) => "deleted",
                    (false, false) => continue,
                };
                let told = subscription.changes.entry(id).or_insert((kind, now));
                // A row that is new to the listener stays so until it is told.
                *told = (if told.0 == "created" && kind == "updated" { "created" } else { kind }, now);
                subscription.due.get_or_insert(now + DELAY);
            }
        }
    }

    /// What has to go out by now.
    pub fn due(&mut self, to: DateTime<Utc>) -> Vec<Outgoing> {
        for subscription in &mut self.subscriptions {
            if let Some(due) = subscription.due.filter(|due| *due <= to) {
                let body = subscription.notification();
                self.queue.push(Delivery { due, subscription: subscription.id.clone(), url: subscription.url.clone(), body, attempt: 0 });
            }
        }
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.queue).into_iter().partition(|delivery| delivery.due <= to);
        self.queue = later;
        now.into_iter().filter_map(Delivery::outgoing).collect()
    }

    pub fn ended(&self, to: DateTime<Utc>) -> Vec<String> {
        self.subscriptions.iter().filter(|subscription| to >= subscription.expires).map(|subscription| subscription.id.clone()).collect()
    }
}

/// The listener proves that it wants this by sending the token back.
fn handshake(id: &str, url: &str, before: Option<DateTime<Utc>>) -> Result<Handshake, Fault> {
    let separator = if url.contains('?') { '&' } else { '?' };
    let request = Request::builder().method(Method::POST).uri(format!("{url}{separator}validationToken={id}")).body(());
    let request = request.map_err(|_| Fault::dialog("The notificationUrl is not valid."))?;
    Ok(Handshake { request, subscription: id.to_string(), before })
}

impl Subscription {
    /// The body that tells all that changed, which is forgotten with it.
    fn notification(&mut self) -> String {
        self.due = None;
        let changes = std::mem::take(&mut self.changes);
        let root = format!("companies({})/{}", self.company, self.set);
        let entry = |resource: String, kind: &str, at: DateTime<Utc>| {
            serde_json::json!({
                "subscriptionId": self.id, "clientState": self.client_state, "expirationDateTime": wire_instant(self.expires),
                "resource": resource, "changeType": kind, "lastModifiedDateTime": wire_instant(at),
            })
        };
        let value: Vec<_> = match changes.values().map(|(_, at)| *at).min() {
            Some(first) if changes.len() > COLLECTION => {
                vec![entry(format!("{root}?$filter=lastModifiedDateTime%20ge%20{}", wire_instant(first)), "collection", first)]
            }
            _ => changes.iter().map(|(id, (kind, at))| entry(format!("{root}({id})"), kind, *at)).collect(),
        };
        serde_json::json!({ "value": value }).to_string()
    }
}

impl Delivery {
    fn outgoing(self) -> Option<Outgoing> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .extension(Notice { subscription: self.subscription, attempt: self.attempt })
            .body(Bytes::from(self.body));
        request.ok().map(|request| Outgoing { sender: Port::BusinessCentral, due: self.due, request })
    }
}
