//! Device code: for a computer whose browser cannot call back. A person opens a page
//! anywhere and types a code there.
//!
//! (docs: Microsoft identity platform and the OAuth 2.0 device authorization grant flow; RFC 8628)

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Request, Response, header};
use remote::{Clock, Endpoint, Lost, Secret, Transport, percent};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::{
    Entra, SignInError, Tokens,
    oauth::{Fault, Granted, TOKEN, tokens},
};

const CODE: Endpoint = Endpoint("/{tenant}/oauth2/v2.0/devicecode");
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// How much slower after `slow_down`, and the wait where none is named.
const FIVE_SECONDS: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_LIFE: u32 = 3_600;

/// What the person needs, and the right to ask whether they are done.
pub struct DeviceCode {
    /// To be typed on the page.
    pub user_code: String,
    pub page: String,
    pub expires_at: DateTime<Utc>,
    interval: Duration,
    code: Secret,
}

impl Entra {
    pub async fn device_code(&self, transport: &dyn Transport, clock: &dyn Clock) -> Result<DeviceCode, SignInError> {
        #[derive(Deserialize)]
        struct Begun {
            device_code: String,
            user_code: String,
            verification_uri: String,
            expires_in: u32,
            interval: Option<u32>,
        }
        let asked_at = clock.now();
        let form = [("client_id", self.client_id.as_str()), ("scope", &self.scopes.join(" "))];
        let answer = self.post(CODE, &form, transport).await?;
        if !answer.status().is_success() {
            return Err(refused(&answer));
        }
        let begun: Begun = serde_json::from_slice(answer.body()).map_err(|_| SignInError::Unreadable)?;
        Ok(DeviceCode {
            user_code: begun.user_code,
            page: begun.verification_uri,
            expires_at: asked_at + TimeDelta::seconds(i64::from(begun.expires_in.min(LONGEST_LIFE))),
            interval: begun.interval.map_or(FIVE_SECONDS, |seconds| Duration::from_secs(u64::from(seconds.max(1)))).min(LONGEST_WAIT),
            code: Secret::from(begun.device_code),
        })
    }

    /// Asks at the pace the service wants until the person is done, or the code ends.
    pub async fn device_tokens(&self, device: DeviceCode, transport: &dyn Transport, clock: &dyn Clock) -> Result<Tokens, SignInError> {
        let form = [("grant_type", GRANT), ("client_id", self.client_id.as_str()), ("device_code", device.code.expose_secret())];
        let mut interval = device.interval;
        loop {
            clock.sleep(interval).await;
            let asked_at = clock.now();
            if asked_at >= device.expires_at {
                return Err(SignInError::from_token_endpoint("expired_token", &[]));
            }
            match self.post(TOKEN, &form, transport).await {
                Ok(answer) if answer.status().is_success() => {
                    let granted: Granted = serde_json::from_slice(answer.body()).map_err(|_| SignInError::Unreadable)?;
                    return Ok(tokens(&granted, asked_at));
                }
                Ok(answer) => match fault(&answer).as_ref().map(|fault| fault.error.as_str()) {
                    Some("authorization_pending") => {}
                    Some("slow_down") => interval = (interval + FIVE_SECONDS).min(LONGEST_WAIT),
                    _ => return Err(refused(&answer)),
                },
                // A lost question changes nothing over there (RFC 8628 §3.5): slower, and again.
                Err(SignInError::Lost(_) | SignInError::Unavailable { .. }) => interval = (interval * 2).min(LONGEST_WAIT),
                Err(error) => return Err(error),
            }
        }
    }

    async fn post(&self, endpoint: Endpoint, form: &[(&str, &str)], transport: &dyn Transport) -> Result<Response<Bytes>, SignInError> {
        let path = endpoint.0.replace("{tenant}", &percent(&self.tenant).to_string());
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let mut request = Request::post(self.authority.with(&path).ok_or(SignInError::Settings)?)
            .body(Bytes::from(body.join("&")))
            .map_err(|_| SignInError::Lost(Lost::NotSent))?;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        request.extensions_mut().insert(endpoint);
        let answer = transport.send(request).await?;
        match answer.status().as_u16() {
            status @ (429 | 500..) => Err(SignInError::Unavailable { status }),
            _ => Ok(answer),
        }
    }
}

fn fault(answer: &Response<Bytes>) -> Option<Fault> {
    serde_json::from_slice(answer.body()).ok()
}

fn refused(answer: &Response<Bytes>) -> SignInError {
    fault(answer).map_or(SignInError::Unreadable, |fault| SignInError::from_token_endpoint(&fault.error, &fault.error_codes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Cause,
        testing::{ManualClock, Script, entra, granted},
    };

    const BEGUN: &str =
        r#"{"device_code":"dc","user_code":"ABC","verification_uri":"https://page.example","expires_in":900,"interval":5,"message":"m"}"#;

    fn error(word: &str) -> Result<(u16, String), Lost> {
        Ok((400, format!(r#"{{"error":"{word}","error_codes":[70016]}}"#)))
    }

    async fn run(answers: impl IntoIterator<Item = Result<(u16, String), Lost>>) -> (Result<Tokens, SignInError>, i64) {
        let script = Script::new(std::iter::once(Ok((200, BEGUN.to_owned()))).chain(answers));
        let clock = ManualClock::default();
        let device = entra().device_code(&*script, &clock).await.expect("begun");
        assert_eq!((device.user_code.as_str(), device.page.as_str()), ("ABC", "https://page.example"));
        let tokens = entra().device_tokens(device, &*script, &clock).await;
        (tokens, clock.now().timestamp())
    }

    #[tokio::test]
    async fn it_asks_at_the_pace_that_the_service_wants() {
        let answers = [error("authorization_pending"), error("slow_down"), Err(Lost::NoAnswer), Ok((200, granted("a1", Some("r1"))))];
        let (tokens, seconds) = run(answers).await;
        assert_eq!(tokens.expect("tokens").access.expose_secret(), "a1");
        assert_eq!(seconds, 5 + 5 + 10 + 20);
    }

    #[tokio::test]
    async fn it_ends_when_the_person_declines_or_the_code_does() {
        assert_eq!(run([error("authorization_declined")]).await.0.err(), Some(SignInError::Declined));
        let (ended, seconds) = run(std::iter::repeat_with(|| error("authorization_pending")).take(200)).await;
        assert!(matches!(ended.err(), Some(SignInError::Refused { cause: Cause::DeviceCodeEnded, .. })));
        assert_eq!(seconds, 900);
    }
}
