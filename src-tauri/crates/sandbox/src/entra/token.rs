//! `/token`: codes, refresh tokens, device codes and secrets against access tokens.

use super::authorize::scopes;
use super::fault::{self, Refusal};
use super::form::Form;
use super::{Access, AppSetup, Caller, Entra, Grant, json};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response, StatusCode, header};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

/// Access tokens live between these, at random; refresh tokens slide by 90 days.
const SHORTEST: i64 = 60 * 60;
const LONGEST: i64 = 90 * 60;
const REFRESH_LIFE: TimeDelta = TimeDelta::days(90);
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl Entra {
    pub(super) fn token(&mut self, now: DateTime<Utc>, tenant: &str, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let form = Form::read(request.body());
        self.tenant(tenant)?;
        let grant_type = form.get("grant_type").ok_or_else(|| Refusal::missing("grant_type"))?;
        let (client_id, secret) = client(request, &form)?;
        let app = self.app_for(&client_id, tenant)?.clone();
        match grant_type {
            "authorization_code" => {
                credentials(&app, secret.as_deref(), now)?;
                self.redeem_code(now, &app, &form)
            }
            "refresh_token" => {
                credentials(&app, secret.as_deref(), now)?;
                self.refresh(now, &app, &form)
            }
            "client_credentials" => self.client_credentials(now, tenant, &app, secret.as_deref(), &form),
            DEVICE_GRANT | "device_code" => {
                let grant = self.poll_device(now, &app, &form)?;
                Ok(self.issue(now, &grant, "", &form))
            }
            other => Err(Refusal::aadsts(70003, &format!("The app requested an unsupported grant type '{}'.", super::shortened(other)))),
        }
    }

    fn redeem_code(&mut self, now: DateTime<Utc>, app: &AppSetup, form: &Form) -> Result<Response<Bytes>, Refusal> {
        let code = form.get("code").ok_or_else(|| Refusal::missing("code"))?;
        let known = self.codes.get_mut(code).filter(|known| known.grant.client_id.eq_ignore_ascii_case(&app.client_id));
        let known = known.ok_or_else(|| Refusal::aadsts(70000, "The provided value for the 'code' parameter is not valid."))?;
        if known.used {
            return Err(Refusal::aadsts(
                54005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
            ));
        }
        if now >= known.grant.expires {
            return Err(Refusal::aadsts(70008, "The provided authorization code or refresh token has expired due to inactivity."));
        }
        if form.get("redirect_uri") != Some(known.redirect_uri.as_str()) {
            return Err(Refusal::aadsts(500112, "The reply address does not match the reply address provided when requesting Authorization code."));
        }
        if let Some((challenge, hashed)) = &known.challenge {
            let verifier = form.get("code_verifier").unwrap_or_default();
            let shown = if *hashed { URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) } else { verifier.to_string() };
            if shown != *challenge {
                return Err(Refusal::aadsts(501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request."));
            }
        }
        token_scopes(form)?;
        known.grant.provoked()?;
        known.used = true;
        let (grant, nonce) = (known.grant.clone(), known.nonce.clone());
        self.allowed(&grant)?;
        Ok(self.issue(now, &grant, &nonce, form))
    }

    fn refresh(&mut self, now: DateTime<Utc>, app: &AppSetup, form: &Form) -> Result<Response<Bytes>, Refusal> {
        let token = form.get("refresh_token").ok_or_else(|| Refusal::missing("refresh_token"))?;
        let known = self.refresh.get(token).filter(|grant| grant.client_id.eq_ignore_ascii_case(&app.client_id));
        let grant = known.cloned().ok_or_else(|| Refusal::aadsts(9002313, "Invalid request. Request is malformed or invalid."))?;
        if grant.revoked {
            return Err(fault::of_user(50173));
        }
        if now >= grant.expires {
            return Err(fault::of_user(700082));
        }
        token_scopes(form)?;
        grant.provoked()?;
        self.allowed(&grant)?;
        Ok(self.issue(now, &grant, "", form))
    }

    /// What can have changed since the person signed in.
    fn allowed(&self, grant: &Grant) -> Result<(), Refusal> {
        if let Some(number) = self.refusals.get(&grant.user.to_lowercase()) {
            return Err(fault::of_user(*number));
        }
        if self.consents.contains(&(grant.tenant.to_lowercase(), grant.client_id.to_lowercase())) {
            return Ok(());
        }
        Err(Refusal::aadsts(
            65001,
            "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
        ))
    }

    fn client_credentials(
        &mut self,
        now: DateTime<Utc>,
        tenant: &str,
        app: &AppSetup,
        secret: Option<&str>,
        form: &Form,
    ) -> Result<Response<Bytes>, Refusal> {
        let tenant = self.tenant(tenant)?.cloned().ok_or_else(|| {
            Refusal::aadsts(50059, "No tenant-identifying information found in either the request or implied by any provided credentials.")
                .worded("invalid_request")
        })?;
        if app.secrets.is_empty() {
            return Err(Refusal::aadsts(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."));
        }
        credentials(app, secret, now)?;
        let scope = form.get("scope").ok_or_else(|| Refusal::missing("scope"))?;
        if !scope.ends_with("/.default") {
            return Err(Refusal::aadsts(
                1002012,
                "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.",
            ));
        }
        scopes(Some(scope))?;
        let roles = if app.application_permission { vec!["API.ReadWrite.All".to_string()] } else { Vec::new() };
        let caller = Caller {
            tenant: tenant.id,
            domain: tenant.domain,
            subject: app.client_id.clone(),
            name: app.display_name.clone(),
            client_id: app.client_id.clone(),
            app_only: true,
            roles,
        };
        let (token, life) = self.access_token(now, caller);
        let body = json!({ "token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token });
        Ok(json(StatusCode::OK, body.to_string()))
    }

    /// New tokens for a grant. The old refresh token is not revoked at once.
    fn issue(&mut self, now: DateTime<Utc>, grant: &Grant, nonce: &str, form: &Form) -> Response<Bytes> {
        let user = self.users.get(&grant.user.to_lowercase()).cloned();
        let domain = self.tenants.get(&grant.tenant.to_lowercase()).map(|tenant| tenant.domain.clone()).unwrap_or_default();
        let name = user.as_ref().map(|user| user.display_name.clone()).unwrap_or_default();
        let caller = Caller {
            tenant: grant.tenant.clone(),
            domain,
            subject: grant.user.clone(),
            name: name.clone(),
            client_id: grant.client_id.clone(),
            app_only: false,
            roles: Vec::new(),
        };
        let (token, life) = self.access_token(now, caller);
        let mut body = Map::new();
        body.insert("token_type".into(), "Bearer".into());
        body.insert("scope".into(), granted(&grant.scopes).into());
        body.insert("expires_in".into(), life.into());
        body.insert("ext_expires_in".into(), life.into());
        body.insert("access_token".into(), token.into());
        let has = |scope: &str| grant.scopes.iter().any(|have| have == scope);
        if has("offline_access") {
            let refresh = format!("1.{}", self.ids.token(120));
            self.refresh.insert(refresh.clone(), Grant { expires: now + REFRESH_LIFE, revoked: false, fails: grant.fails_later, ..grant.clone() });
            body.insert("refresh_token".into(), refresh.into());
        }
        if has("openid") {
            let user_name = user.map(|user| user.user_name).unwrap_or_default();
            let mut claims = json!({
                "aud": grant.client_id, "iss": format!("{}/{}/v2.0", self.here, grant.tenant), "iat": now.timestamp(), "nbf": now.timestamp(),
                "exp": now.timestamp() + life, "name": name, "oid": grant.user, "preferred_username": user_name,
                "sub": grant.user, "tid": grant.tenant, "ver": "2.0",
            });
            // There is none in the token when the request named none.
            if !nonce.is_empty() {
                claims["nonce"] = nonce.into();
            }
            body.insert("id_token".into(), unsigned(&claims).into());
        }
        if form.get("client_info").is_some() {
            body.insert("client_info".into(), URL_SAFE_NO_PAD.encode(json!({ "uid": grant.user, "utid": grant.tenant }).to_string()).into());
        }
        json(StatusCode::OK, Json::Object(body).to_string())
    }

    fn access_token(&mut self, now: DateTime<Utc>, caller: Caller) -> (String, i64) {
        let spread = u64::try_from(LONGEST - SHORTEST).unwrap_or(0);
        let life = SHORTEST + i64::try_from(self.ids.below(spread + 1)).unwrap_or(0);
        let token = format!("eyJ0eXAiOiJKV1QifQ.{}.{}", self.ids.token(160), self.ids.token(43));
        self.access.insert(token.clone(), Access { caller, expires: now + TimeDelta::seconds(life) });
        (token, life)
    }
}

/// Scopes sent to the token endpoint must name the resource.
fn token_scopes(form: &Form) -> Result<(), Refusal> {
    let Some(scope) = form.get("scope") else { return Ok(()) };
    if scopes(Some(scope))?.iter().any(|scope| scope.starts_with(super::RESOURCE)) {
        return Ok(());
    }
    Err(Refusal::aadsts(
        28002,
        "Provided value for the input parameter scope is not valid when requesting an access token. Please specify a valid scope.",
    ))
}

/// Client id and secret, from the body or from Basic authorization.
fn client(request: &Request<Bytes>, form: &Form) -> Result<(String, Option<String>), Refusal> {
    let basic = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Basic "));
    if let Some((id, secret)) = basic.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| {
        let (id, secret) = text.split_once(':')?;
        let decode = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
        Some((decode(id), decode(secret)))
    }) {
        return Ok((id, Some(secret).filter(|secret| !secret.is_empty())));
    }
    let id = form.get("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
    Ok((id.to_string(), form.get("client_secret").map(str::to_string)))
}

/// A public client must not send a secret; a confidential one must send a good one.
fn credentials(app: &AppSetup, secret: Option<&str>, now: DateTime<Utc>) -> Result<(), Refusal> {
    match (app.secrets.is_empty(), secret) {
        (true, None) => Ok(()),
        (true, Some(_)) => Err(Refusal::aadsts(700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")),
        (false, None) => {
            Err(Refusal::aadsts(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."))
        }
        (false, Some(secret)) => match app.secrets.iter().find(|(known, _)| known == secret) {
            None => Err(Refusal::aadsts(
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
            )),
            Some((_, expires)) if now >= *expires => Err(Refusal::aadsts(7000222, "The provided client secret keys are expired.")),
            Some(_) => Ok(()),
        },
    }
}

/// The scopes of the answer: what the resource granted, without the OpenID ones.
fn granted(scopes: &[String]) -> String {
    let resource = scopes.iter().filter(|scope| scope.starts_with("https://"));
    let named =
        resource.map(|scope| if scope.ends_with("/.default") { format!("{}/Financials.ReadWrite.All", super::RESOURCE) } else { scope.clone() });
    let mut all: Vec<String> = named.collect();
    all.extend(scopes.iter().filter(|scope| matches!(scope.as_str(), "openid" | "profile" | "email")).cloned());
    all.join(" ")
}

/// A token in the form of a JWT; nobody here checks its signature.
fn unsigned(claims: &Json) -> String {
    let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"RS256","kid":"sandbox"}"#);
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode("sandbox"))
}
