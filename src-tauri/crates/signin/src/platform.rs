//! OAuth of Stripe Connect, for those who bring a platform of their own: its client id, its
//! secret key, and a redirect address that is registered for it.
//!
//! (docs: Using OAuth with Standard accounts; stripe/stripe-python, `stripe/_oauth.py`)

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use remote::{BaseUrl, Endpoint, Lost, Secret, Transport, bearer, percent};
use serde::Deserialize;

use crate::{Pending, Random, Redeemable};
use secrecy::ExposeSecret;

const TOKEN: Endpoint = Endpoint("/oauth/token");
const DEAUTHORIZE: Endpoint = Endpoint("/oauth/deauthorize");

/// The platform as it is registered at Stripe.
#[derive(Clone, Debug)]
pub struct Platform {
    /// `https://connect.stripe.com`, or the sandbox's.
    pub authority: BaseUrl,
    /// `ca_…`
    pub client_id: String,
    /// The platform's own secret key; every call but the page wants it.
    pub key: Secret,
    /// Exactly as it is registered.
    pub redirect: String,
}

/// The account that was connected. It is acted for with the platform's key and the header
/// `Stripe-Account`; the tokens of the answer are deprecated and not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    pub account: String,
    pub live: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// A code that is redeemed twice ends the connection, so it is never sent again.
    #[error("no answer came when the code was redeemed; it is not sent twice: begin again")]
    AnswerLost,
    #[error("Stripe could not be reached; nothing was sent")]
    NotSent,
    #[error("the code was used, has expired, or belongs to the other mode: begin again")]
    CodeRefused,
    #[error("the client id and the secret key do not belong together, or the account is not connected")]
    NotThePlatform,
    #[error("Stripe refused the connection ({error})")]
    Refused { error: String },
    #[error("Stripe cannot answer now (status {status}): begin again later")]
    Unavailable { status: u16 },
    #[error("the answer of Stripe could not be understood")]
    Unreadable,
}

impl Platform {
    /// The address for the browser, and what is needed to recognise its answer.
    pub fn begin(self, random: &Random) -> (String, Pending<Self>) {
        let state = URL_SAFE_NO_PAD.encode(&random[..32]);
        // Two keys are written on the invoice, so reading alone would not do.
        let url = format!(
            "{}/oauth/authorize?response_type=code&scope=read_write&client_id={}&redirect_uri={}&state={state}",
            self.authority,
            percent(&self.client_id),
            percent(&self.redirect)
        );
        (url, Pending::new(self.redirect.clone(), Secret::from(state), self))
    }

    /// Ends the connection at Stripe's side.
    pub async fn deauthorize(&self, account: &str, transport: &dyn Transport) -> Result<(), PlatformError> {
        let answer = self.post(DEAUTHORIZE, &[("client_id", &self.client_id), ("stripe_user_id", account)], transport).await?;
        if answer.status().is_success() { Ok(()) } else { Err(refused(&answer)) }
    }

    /// Sent once, whatever becomes of it.
    async fn post(&self, endpoint: Endpoint, form: &[(&str, &str)], transport: &dyn Transport) -> Result<Response<Bytes>, PlatformError> {
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let address = self.authority.with(endpoint.0).ok_or(PlatformError::NotSent)?;
        let mut request = Request::post(address).body(Bytes::from(body.join("&"))).map_err(|_| PlatformError::NotSent)?;
        let mut authorization = bearer(&self.key).ok_or(PlatformError::NotThePlatform)?;
        authorization.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.extensions_mut().insert(endpoint);
        let answer = transport.send(request).await.map_err(|lost| match lost {
            Lost::NotSent => PlatformError::NotSent,
            _ => PlatformError::AnswerLost,
        })?;
        match answer.status().as_u16() {
            status @ (429 | 500..) => Err(PlatformError::Unavailable { status }),
            _ => Ok(answer),
        }
    }
}

impl Redeemable<Platform> {
    /// Never to be repeated, not even when no answer came.
    pub async fn redeem(self, transport: &dyn Transport) -> Result<Connected, PlatformError> {
        #[derive(Deserialize)]
        struct Granted {
            stripe_user_id: String,
            livemode: bool,
        }
        let form = [("grant_type", "authorization_code"), ("code", self.code.expose_secret())];
        let answer = self.flow.post(TOKEN, &form, transport).await?;
        if !answer.status().is_success() {
            return Err(refused(&answer));
        }
        let granted: Granted = serde_json::from_slice(answer.body()).map_err(|_| PlatformError::Unreadable)?;
        Ok(Connected { account: granted.stripe_user_id, live: granted.livemode })
    }

    pub fn platform(&self) -> &Platform {
        &self.flow
    }
}

/// OAuth's own body; its description is for people and is not read (stripe-python, `oauth_error.py`).
fn refused(answer: &Response<Bytes>) -> PlatformError {
    #[derive(Deserialize)]
    struct Fault {
        error: String,
    }
    match serde_json::from_slice::<Fault>(answer.body()).map(|fault| fault.error) {
        Ok(error) if error == "invalid_grant" => PlatformError::CodeRefused,
        Ok(error) if error == "invalid_client" => PlatformError::NotThePlatform,
        Ok(error) => PlatformError::Refused { error: crate::refusal::short(&error) },
        Err(_) if answer.status() == 401 => PlatformError::NotThePlatform,
        Err(_) => PlatformError::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Arrival, SignInError, testing::Script};

    fn begun() -> (String, Pending<Platform>) {
        let platform = Platform {
            authority: BaseUrl::parse("http://127.0.0.1:9").expect("a base"),
            client_id: "ca_1".into(),
            key: Secret::from("sk_test_planted"),
            redirect: "http://localhost:41890/stripe".into(),
        };
        platform.begin(&[5; 64])
    }

    fn code() -> Box<Redeemable<Platform>> {
        let (url, mut pending) = begun();
        let state = url.split("state=").nth(1).expect("a state").to_owned();
        assert!(matches!(pending.arrive(&format!("/?code=ac_1&state={state}")), Arrival::NotOurs), "another path");
        assert!(matches!(pending.arrive("/stripe?code=ac_1&state=other"), Arrival::NotOurs));
        match pending.arrive(&format!("/stripe?scope=read_write&code=ac_1&state={state}")) {
            Arrival::Code(code) => code,
            _ => panic!("a code"),
        }
    }

    #[test]
    fn the_page_is_asked_for_without_the_key_and_may_say_no() {
        let (url, mut pending) = begun();
        assert!(url.starts_with("http://127.0.0.1:9/oauth/authorize?response_type=code&scope=read_write&client_id=ca_1&redirect_uri=http%3A%2F%2F"));
        assert!(!url.contains("planted"));
        let state = url.split("state=").nth(1).expect("a state");
        let no = pending.arrive(&format!("http://localhost:41890/stripe?error=access_denied&error_description=x&state={state}"));
        assert!(matches!(no, Arrival::Refused(SignInError::Declined)));
    }

    #[tokio::test]
    async fn a_code_is_sent_once_and_every_answer_has_its_kind() {
        let fault = |status, error: &str| Ok((status, format!(r#"{{"error":"{error}","error_description":"words"}}"#)));
        for (answer, expected) in [
            (
                Ok((200, r#"{"stripe_user_id":"acct_1","livemode":false,"scope":"read_write","access_token":"x"}"#.to_owned())),
                Ok(Connected { account: "acct_1".into(), live: false }),
            ),
            (fault(400, "invalid_grant"), Err(PlatformError::CodeRefused)),
            (fault(401, "invalid_client"), Err(PlatformError::NotThePlatform)),
            (Ok((401, "<html>".to_owned())), Err(PlatformError::NotThePlatform)),
            (fault(400, "invalid_scope"), Err(PlatformError::Refused { error: "invalid_scope".into() })),
            (Ok((500, String::new())), Err(PlatformError::Unavailable { status: 500 })),
            (Ok((200, "{}".to_owned())), Err(PlatformError::Unreadable)),
            (Err(Lost::NoAnswer), Err(PlatformError::AnswerLost)),
            (Err(Lost::NotSent), Err(PlatformError::NotSent)),
        ] {
            // A script with one answer: a second sending would find none and fail.
            let script = Script::new([answer]);
            assert_eq!(code().redeem(&*script).await, expected);
            assert_eq!(script.bodies(), ["grant_type=authorization_code&code=ac_1"]);
        }
    }
}
