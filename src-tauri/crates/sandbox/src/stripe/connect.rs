//! Connect OAuth for Standard accounts: authorize page, token, deauthorize. `stripe/stripe-python`, `_oauth.py`.

use super::Stripe;
use super::error::Result;
use super::form::{self, Form, Key};
use super::keys::{Access, ApiKey, Grants};
use super::resources::Permission;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A code is good this long, once; redeeming it twice ends the connection.
const CODE_SECONDS: i64 = 300;

/// The platform's registration, and what was granted to it.
#[derive(Clone, Debug, Default)]
pub struct Connect {
    pub client_id: String,
    /// The first is used when a request names none.
    pub redirect_uris: Vec<String>,
    codes: BTreeMap<String, Code>,
    /// Access and refresh tokens with their scope, while connected.
    tokens: BTreeMap<String, (String, String)>,
}

#[derive(Clone, Debug)]
struct Code {
    scope: String,
    made: i64,
    used: bool,
}

impl Connect {
    pub fn new(client_id: &str, redirect_uris: Vec<String>) -> Self {
        Self { client_id: client_id.to_owned(), redirect_uris, ..Self::default() }
    }
}

struct Refused(StatusCode, &'static str, &'static str);

type Fields = BTreeMap<String, String>;

impl Stripe {
    /// Answers what lies below `/oauth/`; none for every other path.
    pub(super) fn oauth(&mut self, now: i64, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let path = request.uri().path().strip_prefix("/oauth/")?;
        let fields = match fields(request) {
            Ok(fields) => fields,
            Err(_) => return Some(refusal(&Refused(StatusCode::BAD_REQUEST, "invalid_request", "The request could not be read."))),
        };
        let answered = match (request.method(), path) {
            (&Method::GET, "authorize") => self.authorize_page(&fields),
            (&Method::POST, "authorize") => self.authorized(now, &fields),
            (&Method::POST, "token") => self.oauth_token(now, request, &fields),
            (&Method::POST, "deauthorize") => self.deauthorize(request, &fields),
            _ => Err(Refused(StatusCode::NOT_FOUND, "invalid_request", "There is nothing here.")),
        };
        Some(answered.unwrap_or_else(|refused| refusal(&refused)))
    }

    fn authorize_page(&self, fields: &Fields) -> std::result::Result<Response<Bytes>, Refused> {
        self.checked(fields)?;
        let hidden: String = ["client_id", "redirect_uri", "scope", "state", "response_type"]
            .iter()
            .filter_map(|name| fields.get(*name).map(|value| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))))
            .collect();
        let page = format!(
            "<!doctype html><title>Sandbox Connect</title><h1>Connect {}</h1><form method=\"post\">{hidden}<button name=\"action\" value=\"cancel\">Cancel</button> \
             <button name=\"action\" value=\"connect\">Connect my account</button></form>",
            escaped(&self.account.name)
        );
        let mut response = Response::new(Bytes::from(page));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        Ok(response)
    }

    fn authorized(&mut self, now: i64, fields: &Fields) -> std::result::Result<Response<Bytes>, Refused> {
        let (redirect, scope) = self.checked(fields)?;
        let state = fields.get("state").map(|state| format!("&state={}", encoded(state))).unwrap_or_default();
        let query = if fields.get("action").is_some_and(|action| action == "connect") {
            let code = format!("ac_{}", self.ids.token(32));
            self.connect.codes.insert(code.clone(), Code { scope: scope.clone(), made: now, used: false });
            format!("scope={scope}&code={code}{state}")
        } else {
            format!("error=access_denied&error_description={}{state}", encoded("The user denied your request"))
        };
        let mark = if redirect.contains('?') { '&' } else { '?' };
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::FOUND;
        let location = HeaderValue::from_str(&format!("{redirect}{mark}{query}"));
        let location = location.map_err(|_| Refused(StatusCode::BAD_REQUEST, "invalid_request", "Invalid redirect URI."))?;
        response.headers_mut().insert(header::LOCATION, location);
        Ok(response)
    }

    /// Redirect address and scope of a request that may be answered.
    fn checked(&self, fields: &Fields) -> std::result::Result<(String, String), Refused> {
        let bad = |code, why| Err(Refused(StatusCode::BAD_REQUEST, code, why));
        if fields.get("client_id") != Some(&self.connect.client_id) {
            return bad("invalid_client", "No application matches the supplied client identifier.");
        }
        if fields.get("response_type").is_none_or(|kind| kind != "code") {
            return bad("unsupported_response_type", "The only supported response type is code.");
        }
        let scope = fields.get("scope").map_or("read_only", String::as_str);
        if !matches!(scope, "read_only" | "read_write") {
            return bad("invalid_scope", "The scope must be read_only or read_write.");
        }
        let known = &self.connect.redirect_uris;
        match fields.get("redirect_uri").or(known.first()) {
            Some(uri) if known.contains(uri) => Ok((uri.clone(), scope.to_owned())),
            _ => bad("invalid_request", "Invalid redirect URI. Make sure that it is registered for the application."),
        }
    }

    fn oauth_token(&mut self, now: i64, request: &Request<Bytes>, fields: &Fields) -> std::result::Result<Response<Bytes>, Refused> {
        self.platform(request, fields)?;
        let bad = |code, why| Err(Refused(StatusCode::BAD_REQUEST, code, why));
        let scope = match fields.get("grant_type").map(String::as_str) {
            Some("authorization_code") => {
                let Some(code) = fields.get("code") else { return bad("invalid_request", "No authorization code was given.") };
                match self.connect.codes.get_mut(code) {
                    None => return bad("invalid_grant", "Authorization code does not exist."),
                    Some(code) if code.used => {
                        self.disconnect();
                        return bad("invalid_grant", "This authorization code has already been used. All tokens issued with it have been revoked.");
                    }
                    Some(code) if now - code.made > CODE_SECONDS => return bad("invalid_grant", "Authorization code expired."),
                    Some(code) => {
                        code.used = true;
                        code.scope.clone()
                    }
                }
            }
            Some("refresh_token") => match fields.get("refresh_token") {
                None => return bad("invalid_request", "No refresh token was given."),
                Some(token) => match self.connect.tokens.get(token) {
                    Some((_, scope)) => scope.clone(),
                    None => return bad("invalid_grant", "The refresh token does not exist."),
                },
            },
            None => return bad("invalid_request", "No grant type was given."),
            Some(_) => return bad("unsupported_grant_type", "The grant type must be authorization_code or refresh_token."),
        };
        let access = format!("sk_test_{}", self.ids.token(48));
        let refresh = format!("rt_{}", self.ids.token(48));
        let level = if scope == "read_write" { Access::Write } else { Access::Read };
        let table = Permission::ALL.into_iter().map(|permission| (permission, level)).collect();
        self.keys.push(ApiKey { secret: access.clone(), grants: Grants::Only(table), expired: false });
        self.connect.tokens.insert(refresh.clone(), (access.clone(), scope.clone()));
        Ok(answer(
            StatusCode::OK,
            &json!({
                "access_token": access, "refresh_token": refresh, "token_type": "bearer", "scope": scope, "livemode": false,
                "stripe_user_id": self.account.id, "stripe_publishable_key": format!("pk_test_{}", self.ids.token(24)),
            }),
        ))
    }

    fn deauthorize(&mut self, request: &Request<Bytes>, fields: &Fields) -> std::result::Result<Response<Bytes>, Refused> {
        self.platform(request, fields)?;
        let ours = fields.get("client_id") == Some(&self.connect.client_id) && fields.get("stripe_user_id") == Some(&self.account.id);
        if !ours || self.connect.tokens.is_empty() {
            return Err(Refused(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "This application is not connected to that account, or that account does not exist.",
            ));
        }
        self.disconnect();
        Ok(answer(StatusCode::OK, &json!({ "stripe_user_id": self.account.id })))
    }

    fn disconnect(&mut self) {
        let gone = std::mem::take(&mut self.connect.tokens);
        self.keys.retain(|key| !gone.values().any(|(access, _)| *access == key.secret));
    }

    /// The exchange wants the platform's own secret key, in the header or as `client_secret`.
    fn platform(&self, request: &Request<Bytes>, fields: &Fields) -> std::result::Result<(), Refused> {
        let by_header = super::keys::authenticate(request.headers(), &self.keys);
        let by_field = fields.get("client_secret").and_then(|secret| self.keys.iter().find(|key| key.secret == *secret));
        match by_header.ok().or(by_field) {
            Some(ApiKey { grants: Grants::All, .. }) => Ok(()),
            _ => Err(Refused(StatusCode::UNAUTHORIZED, "invalid_client", "No such API key, or it is not the platform's secret key.")),
        }
    }
}

fn fields(request: &Request<Bytes>) -> Result<Fields> {
    let mut tree = BTreeMap::new();
    form::read(request.uri().query().unwrap_or_default(), &mut tree)?;
    form::read(&String::from_utf8_lossy(request.body()), &mut tree)?;
    let texts = tree.into_iter().filter_map(|(key, value)| match (key, value) {
        (Key::Name(name), Form::Text(text)) => Some((name, text)),
        _ => None,
    });
    Ok(texts.collect())
}

fn refusal(Refused(status, code, why): &Refused) -> Response<Bytes> {
    answer(*status, &json!({ "error": code, "error_description": why }))
}

fn answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Service;
    use crate::world::{Args, World};
    use chrono::{DateTime, NaiveDate, Utc};

    fn platform() -> Stripe {
        let args = Args { months: 1, invoices: 20, ..Args::demo(NaiveDate::from_ymd_opt(2026, 11, 19).unwrap()) };
        let mut stripe = World::new(args).stripe;
        stripe.keys.push(ApiKey::secret("sk_test_platform"));
        stripe.connect = Connect::new("ca_1", vec!["http://localhost:9/back".into()]);
        stripe
    }

    fn post(stripe: &mut Stripe, second: i64, path: &str, body: &str) -> (u16, String, Value) {
        let now = "2026-11-20T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + chrono::TimeDelta::seconds(second);
        let request = Request::post(path).body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let response = stripe.handle(now, request);
        let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        (response.status().as_u16(), location, serde_json::from_slice(response.body()).unwrap_or_default())
    }

    const AUTHORIZE: &str = "client_id=ca_1&response_type=code&scope=read_write&redirect_uri=http://localhost:9/back&state=s%201";

    fn code(stripe: &mut Stripe) -> String {
        let (_, location, _) = post(stripe, 0, "/oauth/authorize", &format!("{AUTHORIZE}&action=connect"));
        location.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned()
    }

    #[test]
    fn consent_and_denial_come_back_with_the_state() {
        let mut stripe = platform();
        let (status, location, _) = post(&mut stripe, 0, "/oauth/authorize", &format!("{AUTHORIZE}&action=connect"));
        assert!(
            status == 302 && location.starts_with("http://localhost:9/back?scope=read_write&code=ac_") && location.ends_with("&state=s%201"),
            "{location}"
        );
        let (_, location, _) = post(&mut stripe, 0, "/oauth/authorize", &format!("{AUTHORIZE}&action=cancel"));
        assert!(location.contains("error=access_denied") && location.ends_with("&state=s%201"));
        let (status, _, body) = post(&mut stripe, 0, "/oauth/authorize", &AUTHORIZE.replace(":9", ":10"));
        assert_eq!((status, body["error"].as_str()), (400, Some("invalid_request")));
    }

    #[test]
    fn a_code_is_good_once_and_twice_ends_the_connection() {
        let mut stripe = platform();
        let code = code(&mut stripe);
        let body = format!("grant_type=authorization_code&code={code}&client_secret=sk_test_platform");
        assert_eq!(post(&mut stripe, 1, "/oauth/token", &body.replace("sk_test_platform", "x")).0, 401);
        let (status, _, token) = post(&mut stripe, 1, "/oauth/token", &body);
        assert_eq!(status, 200);
        let access = token["access_token"].as_str().unwrap().to_owned();
        assert!(stripe.keys.iter().any(|key| key.secret == access));
        let (status, _, refused) = post(&mut stripe, 2, "/oauth/token", &body);
        assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
        assert!(!stripe.keys.iter().any(|key| key.secret == access));
    }

    #[test]
    fn a_code_is_good_for_five_minutes() {
        let mut stripe = platform();
        let code = code(&mut stripe);
        let body = format!("grant_type=authorization_code&code={code}&client_secret=sk_test_platform");
        assert_eq!(post(&mut stripe, 301, "/oauth/token", &body).2["error"], "invalid_grant");
        assert_eq!(post(&mut stripe, 0, "/oauth/token", "grant_type=magic&client_secret=sk_test_platform").2["error"], "unsupported_grant_type");
        assert_eq!(post(&mut stripe, 0, "/oauth/deauthorize", "client_id=ca_1&stripe_user_id=acct_x&client_secret=sk_test_platform").0, 401);
    }
}
