//! Authorization code with PKCE at Microsoft Entra ID.
//!
//! (docs: Microsoft identity platform and OAuth 2.0 authorization code flow)

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, Scope, TokenUrl,
};
use remote::{BaseUrl, Clock, Secret, Transport, percent};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::{
    Pending, Random, Redeemable, SignInError,
    oauth::{Fault, Granted, OAuth, Wire, failed, tokens},
};

/// The application as it is registered, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entra {
    /// `https://login.microsoftonline.com`, or the sandbox's.
    pub authority: BaseUrl,
    /// A tenant's id or domain, or `organizations`.
    pub tenant: String,
    pub client_id: String,
    pub scopes: Vec<String>,
}

/// What a sign-in gave. Shows nothing of itself.
pub struct Tokens {
    pub access: Secret,
    pub refresh: Option<Secret>,
    pub asked_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub account: Option<Account>,
}

/// Who signed in, for the screen. Read from the id token, which came straight from the
/// token endpoint and decides nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub name: Option<String>,
    pub username: Option<String>,
    pub tenant: Option<String>,
}

/// The start of one sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Authorization;

/// What the code of a sign-in is redeemed with.
pub struct CodeFlow {
    entra: Entra,
    redirect: RedirectUrl,
    verifier: PkceCodeVerifier,
}

impl Authorization {
    /// The address for the browser, and what is needed to recognise its answer. The
    /// listener must be up at `redirect_port` already.
    pub fn begin(entra: &Entra, redirect_port: u16, random: &Random) -> Result<(String, Pending<CodeFlow>), SignInError> {
        let (state, verifier) = random.split_at(32);
        let (state, verifier) = (URL_SAFE_NO_PAD.encode(state), PkceCodeVerifier::new(URL_SAFE_NO_PAD.encode(verifier)));
        // The port is ignored when the registered `http://localhost` is compared, the path is not.
        let redirect = RedirectUrl::new(format!("http://localhost:{redirect_port}")).map_err(|_| SignInError::Settings)?;
        let client = entra.client()?;
        let (url, _) = client
            .authorize_url(|| CsrfToken::new(state.clone()))
            .add_scopes(entra.scopes.iter().cloned().map(Scope::new))
            .add_extra_param("response_mode", "query")
            .add_extra_param("prompt", "select_account")
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .set_redirect_uri(std::borrow::Cow::Borrowed(&redirect))
            .url();
        let back = redirect.as_str().to_owned();
        let flow = CodeFlow { entra: entra.clone(), redirect, verifier };
        Ok((url.into(), Pending::new(back, Secret::from(state), flow)))
    }
}

impl Entra {
    /// Where an administrator can consent for the whole tenant.
    pub fn admin_consent_url(&self) -> String {
        format!("{}/{}/adminconsent?client_id={}", self.authority, percent(&self.tenant), percent(&self.client_id))
    }

    /// A new access token, and the refresh token that takes the old one's place.
    pub async fn refresh(&self, refresh: &Secret, transport: &dyn Transport, clock: &dyn Clock) -> Result<Tokens, SignInError> {
        let asked_at = clock.now();
        let refresh = RefreshToken::new(refresh.expose_secret().to_owned());
        let client = self.client()?;
        let request = client.exchange_refresh_token(&refresh).add_scopes(self.scopes.iter().cloned().map(Scope::new));
        let granted = request.request_async(&Wire(transport)).await.map_err(failed)?;
        Ok(tokens(&granted, asked_at))
    }

    /// For a program that runs without a person: the application's own secret, in a tenant
    /// that is named. There is no refresh token; the secret is asked with again.
    pub async fn client_credentials(&self, secret: &Secret, transport: &dyn Transport, clock: &dyn Clock) -> Result<Tokens, SignInError> {
        let asked_at = clock.now();
        let client = self.client()?.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())).set_auth_type(AuthType::RequestBody);
        let request = client.exchange_client_credentials().add_scopes(self.scopes.iter().cloned().map(Scope::new));
        let granted = request.request_async(&Wire(transport)).await.map_err(failed)?;
        Ok(tokens(&granted, asked_at))
    }

    fn client(&self) -> Result<EntraClient, SignInError> {
        let endpoint = |name: &str| format!("{}/{}/oauth2/v2.0/{name}", self.authority, percent(&self.tenant));
        let authorize = AuthUrl::new(endpoint("authorize")).map_err(|_| SignInError::Settings)?;
        let token = TokenUrl::new(endpoint("token")).map_err(|_| SignInError::Settings)?;
        Ok(OAuth::new(ClientId::new(self.client_id.clone())).set_auth_uri(authorize).set_token_uri(token))
    }
}

type EntraClient = oauth2::Client<
    Fault,
    Granted,
    oauth2::basic::BasicTokenIntrospectionResponse,
    oauth2::StandardRevocableToken,
    oauth2::basic::BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl Redeemable<CodeFlow> {
    /// Never to be repeated: a code works once.
    pub async fn redeem(self, transport: &dyn Transport, clock: &dyn Clock) -> Result<Tokens, SignInError> {
        let (asked_at, CodeFlow { entra, redirect, verifier }) = (clock.now(), self.flow);
        let client = entra.client()?;
        let request = client
            .exchange_code(AuthorizationCode::new(self.code.expose_secret().to_owned()))
            .set_pkce_verifier(verifier)
            .set_redirect_uri(std::borrow::Cow::Owned(redirect))
            .add_extra_param("scope", entra.scopes.join(" "));
        let granted = request.request_async(&Wire(transport)).await.map_err(failed)?;
        Ok(tokens(&granted, asked_at))
    }
}

/// The claims of an id token, unverified: they are shown and nothing else.
pub(crate) fn account_in(id_token: &str) -> Option<Account> {
    #[derive(Deserialize)]
    struct Claims {
        name: Option<String>,
        preferred_username: Option<String>,
        tid: Option<String>,
    }
    let claims = URL_SAFE_NO_PAD.decode(id_token.split('.').nth(1)?).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Some(Account { name: claims.name, username: claims.preferred_username, tenant: claims.tid })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Arrival, Cause,
        testing::{Script, StandingClock, entra, granted},
    };

    fn begun() -> (String, Pending<CodeFlow>) {
        let random: Random = std::array::from_fn(|n| u8::try_from(n).unwrap_or(0));
        Authorization::begin(&entra(), 40_001, &random).expect("begun")
    }

    fn state_of(url: &str) -> String {
        url.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state").to_owned()
    }

    #[test]
    fn the_browser_gets_all_that_the_flow_needs_and_no_secret() {
        let (url, _) = begun();
        for part in [
            "http://127.0.0.1:9/organizations/oauth2/v2.0/authorize?",
            "response_type=code",
            "client_id=client-1",
            "response_mode=query",
            "code_challenge_method=S256",
            "redirect_uri=http%3A%2F%2Flocalhost%3A40001",
            "scope=resource%2FUse+offline_access",
        ] {
            assert!(url.contains(part), "{part} in {url}");
        }
        let verifier: Vec<u8> = (32..64).collect();
        assert!(!url.contains(&URL_SAFE_NO_PAD.encode(verifier)), "the verifier stays here");
    }

    #[test]
    fn exactly_one_answer_with_the_right_state_is_accepted() {
        let (url, mut pending) = begun();
        let state = state_of(&url);
        for strange in [
            "/favicon.ico".to_owned(),
            "/".to_owned(),
            "/?code=c&state=wrong".to_owned(),
            "/?code=c".to_owned(),
            format!("/other?code=c&state={state}"),
            format!("/?code=c&state={state}&state={state}"),
            format!("/?code=c&code=d&state={state}"),
            format!("/?error=access_denied&state={state}x"),
        ] {
            assert!(matches!(pending.arrive(&strange), Arrival::NotOurs), "{strange}");
        }
        assert!(matches!(pending.arrive(&format!("/?code=c&state={state}")), Arrival::Code(_)));
        assert!(matches!(pending.arrive(&format!("/?code=c&state={state}")), Arrival::NotOurs), "a second time");

        let (url, mut pending) = begun();
        let refusal = format!("http://localhost:40001/?error=access_denied&error_description=AADSTS65004&state={}", state_of(&url));
        assert!(matches!(pending.arrive(&refusal), Arrival::Refused(SignInError::Refused { cause: Cause::ConsentDeclined, .. })));
    }

    #[tokio::test]
    async fn the_code_is_redeemed_with_its_verifier_and_without_a_secret() {
        let (url, mut pending) = begun();
        let Arrival::Code(redeemable) = pending.arrive(&format!("/?code=the-code&state={}", state_of(&url))) else { panic!("a code") };
        let script = Script::new([Ok((200, granted("access-1", Some("refresh-1"))))]);
        let tokens = redeemable.redeem(&*script, &StandingClock).await.expect("tokens");
        assert_eq!(tokens.access.expose_secret(), "access-1");
        assert_eq!(tokens.refresh.as_ref().map(|token| token.expose_secret()), Some("refresh-1"));
        assert_eq!((tokens.expires_at - tokens.asked_at).num_seconds(), 3_599);
        assert_eq!(tokens.account.and_then(|account| account.username).as_deref(), Some("anna@example.dk"));
        let [body] = script.bodies().try_into().expect("one request");
        for part in ["grant_type=authorization_code", "code=the-code", "code_verifier=", "client_id=client-1", "redirect_uri=http%3A%2F%2Flocalhost"]
        {
            assert!(body.contains(part), "{part} in {body}");
        }
        assert!(!body.contains("client_secret"));
    }

    #[tokio::test]
    async fn every_failure_of_the_token_endpoint_has_its_kind() {
        for (answer, expected) in [
            (
                Ok((400, r#"{"error":"invalid_grant","error_codes":[700082],"error_description":"AADSTS50011: not read"}"#.to_owned())),
                SignInError::SignInAgain { aadsts: Some(700082) },
            ),
            (Ok((503, "<html>".to_owned())), SignInError::Unavailable { status: 503 }),
            (Ok((429, String::new())), SignInError::Unavailable { status: 429 }),
            (Ok((400, "<html>".to_owned())), SignInError::Unreadable),
            (Ok((200, "{}".to_owned())), SignInError::Unreadable),
            (Err(remote::Lost::NoAnswer), SignInError::Lost(remote::Lost::NoAnswer)),
        ] {
            let script = Script::new([answer]);
            let refreshed = entra().refresh(&Secret::from("r"), &*script, &StandingClock).await;
            assert_eq!(refreshed.err(), Some(expected));
        }
    }
}
