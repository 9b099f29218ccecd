//! Microsoft Entra ID, as far as signing in to Business Central needs it: authorization
//! code with PKCE, refresh, device code and client credentials.
//!
//! Facts: github.com/MicrosoftDocs/entra-docs, docs/identity-platform (v2-oauth2-*.md,
//! reply-url.md, access-tokens.md, refresh-tokens.md, reference-error-codes.md).
//! How each refusal is provoked: [`provoked`].

mod authorize;
mod device;
mod discovery;
mod fault;
mod form;
pub(crate) mod page;
pub mod provoked;
mod redirect;
mod token;

#[cfg(test)]
mod tests;

use crate::seed::Ids;
use crate::{Outgoing, Service};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use fault::Refusal;
use form::Form;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use std::collections::{BTreeMap, BTreeSet};

/// The resource that Business Central's tokens are for.
pub const RESOURCE: &str = "https://api.businesscentral.dynamics.com";

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub tenant: String,
    pub domain: String,
    /// Object id of the user; for app-only tokens the client id.
    pub subject: String,
    pub name: String,
    pub client_id: String,
    pub app_only: bool,
    /// Application roles in an app-only token. Without any, Business Central refuses it.
    pub roles: Vec<String>,
}

/// Why a bearer token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("the access token is unknown")]
    Unknown,
    #[error("the access token has expired")]
    Expired,
}

#[derive(Clone, Debug)]
pub struct TenantSetup {
    pub id: String,
    pub domain: String,
    pub display_name: String,
    /// Without it, consent ends with AADSTS650052.
    pub business_central: bool,
}

#[derive(Clone, Debug)]
pub struct UserSetup {
    /// Object id.
    pub id: String,
    pub tenant: String,
    pub user_name: String,
    pub display_name: String,
    /// May consent for the whole tenant.
    pub administrator: bool,
}

/// An app registration.
#[derive(Clone, Debug, Default)]
pub struct AppSetup {
    pub client_id: String,
    pub display_name: String,
    /// Only this tenant may use it; `None` is multitenant.
    pub only_tenant: Option<String>,
    /// `http://localhost` accepts every port.
    pub redirect_uris: Vec<String>,
    /// "Allow public client flows": device code needs it.
    pub public_client_flows: bool,
    /// Secrets with their expiry. An app without any is a public client.
    pub secrets: Vec<(String, DateTime<Utc>)>,
    /// The tenant's users cannot consent themselves.
    pub needs_admin_consent: bool,
    /// `API.ReadWrite.All` was granted to the application itself.
    pub application_permission: bool,
}

#[derive(Debug)]
pub struct Entra {
    base: String,
    /// Where the request in hand reached us: its own address when that is absolute, else the base.
    here: String,
    seed: u64,
    ids: Ids,
    tenants: BTreeMap<String, TenantSetup>,
    users: BTreeMap<String, UserSetup>,
    apps: BTreeMap<String, AppSetup>,
    /// (tenant, client) pairs that were consented to.
    consents: BTreeSet<(String, String)>,
    codes: BTreeMap<String, Code>,
    refresh: BTreeMap<String, Grant>,
    access: BTreeMap<String, Access>,
    devices: BTreeMap<String, device::Device>,
    /// What the next sign-ins of a user end with, set by the harness.
    refusals: BTreeMap<String, u32>,
}

/// An authorization code: ten minutes, once.
#[derive(Debug)]
struct Code {
    grant: Grant,
    redirect_uri: String,
    challenge: Option<(String, bool)>,
    nonce: String,
    used: bool,
}

/// What a person allowed an app to do, with the moment it ends.
#[derive(Clone, Debug)]
struct Grant {
    client_id: String,
    user: String,
    tenant: String,
    scopes: Vec<String>,
    expires: DateTime<Utc>,
    revoked: bool,
    /// The next use at the token endpoint ends with this AADSTS number.
    fails: Option<u32>,
    /// The use after that does.
    fails_later: Option<u32>,
}

#[derive(Debug)]
struct Access {
    caller: Caller,
    expires: DateTime<Utc>,
}

impl Entra {
    pub fn new(seed: u64) -> Self {
        Self {
            base: "http://localhost".into(),
            here: String::new(),
            seed,
            ids: Ids::new(seed, "entra"),
            tenants: BTreeMap::new(),
            users: BTreeMap::new(),
            apps: BTreeMap::new(),
            consents: BTreeSet::new(),
            codes: BTreeMap::new(),
            refresh: BTreeMap::new(),
            access: BTreeMap::new(),
            devices: BTreeMap::new(),
            refusals: BTreeMap::new(),
        }
    }

    pub fn set_base(&mut self, base: &str) {
        self.base = base.trim_end_matches('/').to_string();
    }

    pub fn add_tenant(&mut self, tenant: TenantSetup) {
        self.tenants.insert(tenant.id.to_lowercase(), tenant);
    }

    pub fn add_user(&mut self, user: UserSetup) {
        self.users.insert(user.id.to_lowercase(), user);
    }

    pub fn add_app(&mut self, app: AppSetup) {
        self.apps.insert(app.client_id.to_lowercase(), app);
    }

    /// Every token that was given out, for a test that looks for traces of them.
    pub fn tokens(&self) -> Vec<&str> {
        self.refresh.keys().chain(self.access.keys()).map(String::as_str).collect()
    }

    /// Ends every refresh token of a user, as a changed password does (AADSTS50173).
    pub fn revoke_sessions(&mut self, user: &str) {
        self.refresh.values_mut().filter(|grant| grant.user.eq_ignore_ascii_case(user)).for_each(|grant| grant.revoked = true);
    }

    /// Withdraws consent: the next refresh ends with AADSTS65001.
    pub fn withdraw_consent(&mut self, tenant: &str, client_id: &str) {
        self.consents.remove(&(tenant.to_lowercase(), client_id.to_lowercase()));
    }

    /// Makes a user's sign-ins and refreshes end with an AADSTS number: 50076, 53003, 70043, …
    pub fn refuse(&mut self, user: &str, aadsts: Option<u32>) {
        match aadsts {
            Some(number) => drop(self.refusals.insert(user.to_lowercase(), number)),
            None => drop(self.refusals.remove(&user.to_lowercase())),
        }
    }

    /// Who a bearer token speaks for at this instant.
    pub fn check(&self, now: DateTime<Utc>, bearer: &str) -> Result<Caller, TokenFault> {
        let access = self.access.get(bearer).ok_or(TokenFault::Unknown)?;
        if now < access.expires { Ok(access.caller.clone()) } else { Err(TokenFault::Expired) }
    }

    fn route(&mut self, now: DateTime<Utc>, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let path: Vec<&str> = request.uri().path().split('/').filter(|part| !part.is_empty()).collect();
        let get = request.method() == Method::GET;
        let post = request.method() == Method::POST;
        match path.as_slice() {
            ["common", "discovery", "instance"] if get => Ok(self.instance()),
            ["discovery", "v2.0", "keys"] | [_, "discovery", "v2.0", "keys"] if get => Ok(json(StatusCode::OK, "{\"keys\":[]}".into())),
            [tenant, "v2.0", ".well-known", "openid-configuration"] if get => self.configuration(tenant),
            [tenant, "oauth2", "v2.0", "authorize"] if get || post => self.authorize(now, tenant, request),
            [tenant, "adminconsent"] if get || post => self.admin_consent(tenant, request),
            [tenant, "oauth2", "v2.0", "token"] if post => self.token(now, tenant, request),
            [tenant, "oauth2", "v2.0", "devicecode"] if post => self.device_code(now, tenant, &Form::read(request.body())),
            ["common", "oauth2", "deviceauth"] if get || post => Ok(self.device_page(now, request)),
            _ => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }

    /// A tenant by id or domain. `None`: `common` or `organizations`.
    fn tenant(&self, name: &str) -> Result<Option<&TenantSetup>, Refusal> {
        if matches!(name, "common" | "organizations") {
            return Ok(None);
        }
        let found = self.tenants.values().find(|tenant| tenant.id.eq_ignore_ascii_case(name) || tenant.domain.eq_ignore_ascii_case(name));
        found.map(Some).ok_or_else(|| {
            Refusal::aadsts(90002, &format!("Tenant '{}' not found. Check to make sure you have the correct tenant ID.", shortened(name)))
        })
    }

    fn app(&self, client_id: &str, tenant: &str) -> Result<&AppSetup, Refusal> {
        let missing = || {
            Refusal::aadsts(
                700016,
                &format!("Application with identifier '{}' was not found in the directory '{}'.", shortened(client_id), shortened(tenant)),
            )
        };
        self.apps.get(&client_id.to_lowercase()).ok_or_else(missing)
    }

    /// Single-tenant apps are for their own tenant, and never for `common`.
    fn app_for(&self, client_id: &str, tenant: &str) -> Result<&AppSetup, Refusal> {
        let app = self.app(client_id, tenant)?;
        let Some(only) = &app.only_tenant else { return Ok(app) };
        match self.tenant(tenant)? {
            None => Err(Refusal::aadsts(
                50194,
                "Application is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps.",
            )),
            Some(tenant) if tenant.id.eq_ignore_ascii_case(only) => Ok(app),
            Some(tenant) => Err(Refusal::aadsts(
                700016,
                &format!("Application with identifier '{}' was not found in the directory '{}'.", app.client_id, tenant.display_name),
            )),
        }
    }

    fn user_named(&self, user_name: &str) -> Option<&UserSetup> {
        self.users.values().find(|user| user.user_name.eq_ignore_ascii_case(user_name.trim()))
    }
}

impl Service for Entra {
    fn handle(&mut self, now: DateTime<Utc>, request: Request<Bytes>) -> Response<Bytes> {
        self.here = reached_at(request.uri()).unwrap_or_else(|| self.base.clone());
        let mark = fault::Mark::new(self.seed, now, &request);
        let mut response = self.route(now, &request).unwrap_or_else(|refusal| refusal.response(&mark));
        response.headers_mut().insert(header::DATE, crate::business_central::date_header(now));
        response
    }

    /// Forgets what has expired long ago.
    fn advance(&mut self, to: DateTime<Utc>) -> Vec<Outgoing> {
        let old = |expires: DateTime<Utc>| to.signed_duration_since(expires) > TimeDelta::days(1);
        self.codes.retain(|_, code| !old(code.grant.expires));
        self.access.retain(|_, access| !old(access.expires));
        Vec::new()
    }
}

/// A refusal that nobody earned, in this service's words.
pub fn refusal(now: DateTime<Utc>, status: StatusCode) -> Response<Bytes> {
    let error = if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS { "temporarily_unavailable" } else { "invalid_request" };
    let mark = fault::Mark::new(0, now, &Request::new(Bytes::new()));
    let mut response = Refusal::aadsts(90033, "A transient error has occurred. Please try again.").worded(error).response(&mark);
    *response.status_mut() = status;
    response
}

/// Scheme and authority of an absolute address: how a host with TLS in front says where it was reached.
pub(crate) fn reached_at(uri: &Uri) -> Option<String> {
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

fn json(status: StatusCode, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    response
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
