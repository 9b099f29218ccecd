//! `/authorize`: the sign-in page and what it sends back.

use super::fault::{self, Refusal};
use super::form::{Form, encode};
use super::provoked::{Asked, Place};
use super::{Code, Entra, Grant, RESOURCE, page, provoked, redirect};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

impl Entra {
    pub(super) fn authorize(&mut self, now: DateTime<Utc>, tenant: &str, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let query = Form::parse(request.uri().query().unwrap_or_default());
        // Until the redirect address is known to be the app's own, refusals are pages.
        let redirect_uri = self.registered_redirect(tenant, &query).map_err(Refusal::page)?;
        let back = Back {
            uri: redirect_uri,
            state: query.get("state").map(str::to_string),
            mode: query.get("response_mode").unwrap_or("query").to_string(),
        };
        if let Err(refusal) = check(&query) {
            return Ok(back.refuse(&refusal));
        }
        if query.get("prompt") == Some("none") {
            return Ok(back.refuse(&Refusal::aadsts(50058, "A silent sign-in request was sent but no user is signed in.")));
        }
        if request.method() == Method::GET {
            return Ok(self.sign_in_page(tenant, &query, None));
        }
        let form = Form::read(request.body());
        if form.get("action") != Some("accept") {
            return Ok(back.refuse(&Refusal::aadsts(65004, "User declined to consent to access the app.")));
        }
        self.accept(now, tenant, &query, &form, &back)
    }

    fn registered_redirect(&self, tenant: &str, query: &Form) -> Result<String, Refusal> {
        self.tenant(tenant)?;
        let client_id = query.get("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
        let app = self.app_for(client_id, tenant)?;
        let wanted = query.get("redirect_uri").or(app.redirect_uris.first().map(String::as_str)).unwrap_or_default();
        if redirect::allowed(&app.redirect_uris, wanted) {
            return Ok(wanted.to_string());
        }
        let text = format!(
            "The redirect URI '{}' specified in the request does not match the redirect URIs configured for the application '{}'.",
            super::shortened(wanted),
            app.client_id
        );
        Err(Refusal::aadsts(50011, &text))
    }

    fn sign_in_page(&self, tenant: &str, query: &Form, wrong: Option<&str>) -> Response<Bytes> {
        let known = self.tenant(tenant).ok().flatten();
        let user_name = query.get("login_hint").or(self.somebody(tenant).map(|user| user.user_name.as_str())).unwrap_or_default();
        let app = query.get("client_id").and_then(|id| self.app(id, tenant).ok()).map_or("The program", |app| app.display_name.as_str());
        page::sign_in(app, known.map_or("your organization", |tenant| tenant.display_name.as_str()), user_name, wrong)
    }

    fn accept(&mut self, now: DateTime<Utc>, tenant: &str, query: &Form, form: &Form, back: &Back) -> Result<Response<Bytes>, Refusal> {
        let user_name = form.get("username").unwrap_or_default();
        let asked = provoked::asked(user_name);
        if let Some(Asked::Refusal(number)) = asked {
            let refusal = fault::of_user(number);
            match provoked::place(number) {
                Place::Page => return Err(refusal.page()),
                Place::Redirect => return Ok(back.refuse(&provoked::on_redirect(refusal))),
                Place::Token => {}
            }
        }
        let named = if asked.is_some() { self.somebody(tenant) } else { self.user_named(user_name) };
        let Some(user) = named.cloned() else {
            return Ok(self.sign_in_page(tenant, query, Some("AADSTS50034: The user account does not exist in this directory.")));
        };
        if self.tenant(tenant)?.is_some_and(|tenant| !tenant.id.eq_ignore_ascii_case(&user.tenant)) {
            let text = "AADSTS50020: The user account from another identity provider does not exist in this tenant.";
            return Ok(self.sign_in_page(tenant, query, Some(text)));
        }
        let client_id = query.get("client_id").unwrap_or_default();
        if let Err(refusal) = self.consent(&user.tenant, client_id, user.administrator, &user.id) {
            return Ok(back.refuse(&provoked::on_redirect(refusal)));
        }
        let grant = Grant {
            client_id: client_id.to_string(),
            user: user.id.clone(),
            tenant: user.tenant.clone(),
            scopes: query.get("scope").unwrap_or_default().split_whitespace().map(str::to_string).collect(),
            expires: now + CODE_LIFE,
            revoked: false,
            fails: if let Some(Asked::Refusal(number)) = asked { Some(number) } else { None },
            fails_later: if let Some(Asked::Later(number)) = asked { Some(number) } else { None },
        };
        let challenge = query.get("code_challenge").map(|challenge| (challenge.to_string(), query.get("code_challenge_method") == Some("S256")));
        let code = format!("1.{}", self.ids.token(86));
        let nonce = query.get("nonce").unwrap_or_default().to_string();
        self.codes.insert(code.clone(), Code { grant, redirect_uri: back.uri.clone(), challenge, nonce, used: false });
        let session = self.ids.guid();
        Ok(back.send(&[("code", code.as_str()), ("session_state", session.as_str())]))
    }

    /// Records consent, or says why there is none.
    pub(super) fn consent(&mut self, tenant: &str, client_id: &str, administrator: bool, user: &str) -> Result<(), Refusal> {
        if let Some(number) = self.refusals.get(&user.to_lowercase()) {
            return Err(fault::of_user(*number));
        }
        let subscribed = self.tenants.get(&tenant.to_lowercase()).is_some_and(|tenant| tenant.business_central);
        if !subscribed {
            return Err(Refusal::aadsts(650052, "The app needs access to a service that your organization has not subscribed to or enabled."));
        }
        let key = (tenant.to_lowercase(), client_id.to_lowercase());
        let needs_admin = self.app(client_id, tenant)?.needs_admin_consent;
        if needs_admin && !administrator && !self.consents.contains(&key) {
            return Err(Refusal::aadsts(90094, "An administrator of the organization must grant consent to this application."));
        }
        self.consents.insert(key);
        Ok(())
    }

    /// `/adminconsent`: consent for everybody in a tenant.
    pub(super) fn admin_consent(&mut self, tenant: &str, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let query = Form::parse(request.uri().query().unwrap_or_default());
        let client_id = query.get("client_id").ok_or_else(|| Refusal::missing("client_id").page())?;
        self.app_for(client_id, tenant).map_err(Refusal::page)?;
        if request.method() == Method::GET {
            return Ok(self.sign_in_page(tenant, &query, None));
        }
        let form = Form::read(request.body());
        let user = self.user_named(form.get("username").unwrap_or_default()).filter(|user| user.administrator).cloned();
        let Some(user) = user.filter(|_| form.get("action") == Some("accept")) else {
            return Ok(self.sign_in_page(tenant, &query, Some("AADSTS90094: Only an administrator can grant this.")));
        };
        self.consents.insert((user.tenant.to_lowercase(), client_id.to_lowercase()));
        let registered = self.app(client_id, tenant).map(|app| app.redirect_uris.clone()).unwrap_or_default();
        match query.get("redirect_uri").filter(|uri| redirect::allowed(&registered, uri)) {
            Some(uri) => Ok(to(&redirect::answered(
                uri,
                &encode(&[("admin_consent", "True"), ("tenant", user.tenant.as_str()), ("state", query.get("state").unwrap_or_default())]),
            ))),
            None => Ok(page::message("Consent granted", "Everybody in the organization can use the program now.")),
        }
    }
}

/// What can be wrong with a request whose redirect address is right.
fn check(query: &Form) -> Result<(), Refusal> {
    match query.get("response_type") {
        Some("code") => {}
        Some(_) => {
            return Err(Refusal::aadsts(70005, "The provided value for the input parameter 'response_type' is not valid. Expected value: code.")
                .worded("unsupported_response_type"));
        }
        None => return Err(Refusal::missing("response_type")),
    }
    scopes(query.get("scope"))?;
    match (query.get("code_challenge"), query.get("code_challenge_method")) {
        (Some(_), Some("S256" | "plain") | None) | (None, None) => Ok(()),
        (Some(_), Some(_)) => {
            Err(Refusal::aadsts(501491, "Invalid value for code_challenge_method. Expected 'S256' or 'plain'.").worded("invalid_request"))
        }
        (None, Some(_)) => Err(Refusal::missing("code_challenge")),
    }
}

/// Scopes must name Business Central, and nothing else beside the OpenID ones.
pub(super) fn scopes(scope: Option<&str>) -> Result<Vec<String>, Refusal> {
    const OPENID: &[&str] = &["openid", "profile", "email", "offline_access"];
    const PERMISSIONS: &[&str] = &["Financials.ReadWrite.All", "user_impersonation", ".default"];
    let scopes: Vec<String> = scope.ok_or_else(|| Refusal::missing("scope"))?.split_whitespace().map(str::to_string).collect();
    let resource = |scope: &str| scope.strip_prefix(RESOURCE).map(|rest| rest.trim_start_matches('/').to_string());
    for scope in scopes.iter().filter(|scope| !OPENID.contains(&scope.as_str())) {
        match resource(scope) {
            Some(permission) if PERMISSIONS.contains(&permission.as_str()) => {}
            _ if scope.starts_with("https://") && resource(scope).is_none() => {
                return Err(Refusal::aadsts(
                    28000,
                    "Provided value for the input parameter scope is not valid because it contains more than one resource, or one that is unknown here.",
                ));
            }
            _ => {
                let text = format!(
                    "The provided request must include a 'scope' input parameter. The provided value '{}' is not valid.",
                    super::shortened(scope)
                );
                return Err(Refusal::aadsts(70011, &text));
            }
        }
    }
    Ok(scopes)
}

/// The way back to the app.
struct Back {
    uri: String,
    state: Option<String>,
    mode: String,
}

impl Back {
    fn refuse(&self, refusal: &Refusal) -> Response<Bytes> {
        let description = refusal.description();
        self.send(&[("error", refusal.error), ("error_description", description.as_str())])
    }

    fn send(&self, fields: &[(&str, &str)]) -> Response<Bytes> {
        let mut fields = fields.to_vec();
        if let Some(state) = &self.state {
            fields.push(("state", state));
        }
        match self.mode.as_str() {
            "form_post" => page::form_post(&self.uri, &fields),
            "fragment" => to(&format!("{}#{}", self.uri, encode(&fields))),
            _ => to(&redirect::answered(&self.uri, &encode(&fields))),
        }
    }
}

fn to(location: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::FOUND;
    if let Ok(value) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
