//! Device code: for programs whose browser cannot call back.
//!
//! entra-docs, v2-oauth2-device-code.md; slow_down by RFC 8628.

use super::authorize::scopes;
use super::fault::Refusal;
use super::form::Form;
use super::provoked::{Asked, Place};
use super::{AppSetup, Entra, Grant, fault, json, page, provoked};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, Request, Response, StatusCode};

const LIFE: i64 = 900;
const INTERVAL: i64 = 5;

#[derive(Debug)]
pub struct Device {
    user_code: String,
    client_id: String,
    tenant: String,
    scopes: Vec<String>,
    expires: DateTime<Utc>,
    interval: i64,
    last_poll: Option<DateTime<Utc>>,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    None,
    Declined,
    Accepted(Grant),
}

impl Entra {
    pub(super) fn device_code(&mut self, now: DateTime<Utc>, tenant: &str, form: &Form) -> Result<Response<Bytes>, Refusal> {
        self.tenant(tenant)?;
        let client_id = form.get("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
        let app = self.app_for(client_id, tenant)?;
        if !app.public_client_flows {
            return Err(Refusal::aadsts(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."));
        }
        let scopes = scopes(form.get("scope"))?;
        let device_code = self.ids.token(120);
        let user_code = self.ids.token(9).to_uppercase();
        let device = Device {
            user_code: user_code.clone(),
            client_id: client_id.to_string(),
            tenant: tenant.to_string(),
            scopes,
            expires: now + TimeDelta::seconds(LIFE),
            interval: INTERVAL,
            last_poll: None,
            answer: Answer::None,
        };
        self.devices.insert(device_code.clone(), device);
        let uri = format!("{}/common/oauth2/deviceauth", self.here);
        let body = serde_json::json!({
            "user_code": user_code, "device_code": device_code, "verification_uri": uri, "expires_in": LIFE, "interval": INTERVAL,
            "message": format!("To sign in, use a web browser to open the page {uri} and enter the code {user_code} to authenticate."),
        });
        Ok(json(StatusCode::OK, body.to_string()))
    }

    /// The page where a person enters the code.
    pub(super) fn device_page(&mut self, now: DateTime<Utc>, request: &Request<Bytes>) -> Response<Bytes> {
        let query = Form::parse(request.uri().query().unwrap_or_default());
        let anybody = self.users.values().next().map(|user| user.user_name.clone()).unwrap_or_default();
        if request.method() == Method::GET {
            return page::device(query.get("user_code").unwrap_or_default(), &anybody, None);
        }
        let form = Form::read(request.body());
        let (code, user_name) = (form.get("user_code").unwrap_or_default().trim().to_uppercase(), form.get("username").unwrap_or_default());
        let again = |wrong: &str| page::device(&code, user_name, Some(wrong));
        let waiting = |device: &Device| device.user_code == code && now < device.expires && matches!(device.answer, Answer::None);
        let Some((key, client_id, tenant)) = self
            .devices
            .iter()
            .find(|(_, device)| waiting(device))
            .map(|(key, device)| (key.clone(), device.client_id.clone(), device.tenant.clone()))
        else {
            return again("That code didn't work. Check the code and try again.");
        };
        if form.get("action") != Some("accept") {
            self.answer_device(&key, Answer::Declined);
            return page::message("Declined", "You can close this window.");
        }
        let asked = provoked::asked(user_name);
        if let Some(Asked::Refusal(number)) =
            asked.filter(|asked| matches!(asked, Asked::Refusal(number) if provoked::place(*number) != Place::Token))
        {
            return again(&fault::of_user(number).description());
        }
        let named = if asked.is_some() { self.somebody(&tenant) } else { self.user_named(user_name) };
        let user =
            named.cloned().filter(|user| self.tenant(&tenant).ok().flatten().is_none_or(|tenant| tenant.id.eq_ignore_ascii_case(&user.tenant)));
        let Some(user) = user else { return again("AADSTS50034: The user account does not exist in this directory.") };
        if let Err(refusal) = self.consent(&user.tenant, &client_id, user.administrator, &user.id) {
            return again(&refusal.description());
        }
        let scopes = self.devices.get(&key).map(|device| device.scopes.clone()).unwrap_or_default();
        let grant = Grant {
            client_id,
            user: user.id,
            tenant: user.tenant,
            scopes,
            expires: now,
            revoked: false,
            fails: if let Some(Asked::Refusal(number)) = asked { Some(number) } else { None },
            fails_later: if let Some(Asked::Later(number)) = asked { Some(number) } else { None },
        };
        self.answer_device(&key, Answer::Accepted(grant));
        page::message("You're signed in", "Return to the program on your other device.")
    }

    fn answer_device(&mut self, key: &str, answer: Answer) {
        if let Some(device) = self.devices.get_mut(key) {
            device.answer = answer;
        }
    }

    /// One poll of the token endpoint.
    pub(super) fn poll_device(&mut self, now: DateTime<Utc>, app: &AppSetup, form: &Form) -> Result<Grant, Refusal> {
        let code = form.get("device_code").or(form.get("code")).ok_or_else(|| Refusal::missing("device_code"))?;
        let device = self.devices.get_mut(code).filter(|device| device.client_id.eq_ignore_ascii_case(&app.client_id));
        let device = device
            .ok_or_else(|| Refusal::aadsts(70018, "Invalid verification code. Device code is not recognized.").worded("bad_verification_code"))?;
        if now >= device.expires {
            return Err(Refusal::aadsts(70020, "The provided value for the input parameter 'device_code' has expired.").worded("expired_token"));
        }
        let hurried = device.last_poll.is_some_and(|last| now.signed_duration_since(last) < TimeDelta::seconds(device.interval));
        device.last_poll = Some(now);
        if hurried && matches!(device.answer, Answer::None) {
            device.interval += 5;
            return Err(Refusal::aadsts(70016, "The client polls too often. Wait five seconds longer between requests.").worded("slow_down"));
        }
        let grant = match &device.answer {
            Answer::None => return Err(Refusal::aadsts(70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")),
            Answer::Declined => {
                return Err(Refusal::aadsts(70017, "The end user has declined to authorize this app.").worded("authorization_declined"));
            }
            Answer::Accepted(grant) => grant.clone(),
        };
        grant.provoked()?;
        self.devices.remove(code);
        Ok(grant)
    }
}
