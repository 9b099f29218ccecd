//! Refusals with their AADSTS numbers.
//!
//! Numbers and meanings: entra-docs, docs/identity-platform/reference-error-codes.md.

use super::{json, page};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response, StatusCode};
use sha2::{Digest, Sha256};

/// Why a request was refused, and how the refusal reaches the client.
#[derive(Debug)]
pub struct Refusal {
    /// OAuth's word: `invalid_grant`, `invalid_client`, …
    pub error: &'static str,
    pub aadsts: u32,
    pub text: String,
    /// As a page for a person instead of JSON for a program.
    pub as_page: bool,
}

/// The ids that a refusal carries, derived from the request so that reads draw nothing.
pub struct Mark {
    trace: String,
    correlation: String,
    at: DateTime<Utc>,
}

impl Mark {
    pub fn new(seed: u64, now: DateTime<Utc>, request: &Request<Bytes>) -> Self {
        let id = |salt: &str| {
            let mut hash = Sha256::new();
            hash.update(seed.to_be_bytes());
            hash.update(salt);
            hash.update(now.timestamp_micros().to_be_bytes());
            hash.update(request.uri().to_string());
            hash.update(request.body());
            let hex: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_string();
            [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
        };
        Self { trace: id("trace"), correlation: id("correlation"), at: now }
    }
}

impl Refusal {
    /// A refusal with the OAuth word that belongs to its number.
    pub fn aadsts(number: u32, text: &str) -> Self {
        Self { error: word(number), aadsts: number, text: text.to_string(), as_page: false }
    }

    pub fn missing(parameter: &str) -> Self {
        Self::aadsts(900144, &format!("The request body must contain the following parameter: '{parameter}'."))
    }

    pub fn worded(mut self, error: &'static str) -> Self {
        self.error = error;
        self
    }

    pub fn page(mut self) -> Self {
        self.as_page = true;
        self
    }

    /// Text for the redirect, where no ids are carried.
    pub fn description(&self) -> String {
        format!("AADSTS{}: {}", self.aadsts, self.text)
    }

    pub fn response(&self, mark: &Mark) -> Response<Bytes> {
        if self.as_page {
            return page::refusal(self);
        }
        let at = mark.at.format("%Y-%m-%d %H:%M:%SZ").to_string();
        let body = serde_json::json!({
            "error": self.error,
            "error_description": format!("{}\r\nTrace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {at}", self.description(), mark.trace, mark.correlation),
            "error_codes": [self.aadsts],
            "timestamp": at,
            "trace_id": mark.trace,
            "correlation_id": mark.correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.aadsts),
        });
        json(status(self.error), body.to_string())
    }
}

fn status(error: &str) -> StatusCode {
    match error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn word(number: u32) -> &'static str {
    match number {
        50011 | 900144 | 90014 | 28000 | 50194 => "invalid_request",
        700016 => "unauthorized_client",
        70001 => "unauthorized_client",
        90002 => "invalid_tenant",
        70011 | 28002 | 1002012 => "invalid_scope",
        70003 => "unsupported_grant_type",
        7000215 | 7000218 | 7000222 | 700025 | 650052 => "invalid_client",
        65004 => "access_denied",
        90094 => "consent_required",
        70016 => "authorization_pending",
        50058 => "login_required",
        50196 => "temporarily_unavailable",
        _ => "invalid_grant",
    }
}

/// The refusal that a number stands for, when it was asked for and not found out.
pub fn of_user(number: u32) -> Refusal {
    let text = match number {
        28002 => "Provided value for the input parameter scope is not valid when requesting an access token.",
        50011 => "The redirect URI specified in the request does not match the redirect URIs configured for the application.",
        50020 => "The user account from another identity provider does not exist in this tenant.",
        50034 => "The user account does not exist in this directory.",
        50076 => "Due to a configuration change made by your administrator, or because you moved, you must use multi-factor authentication.",
        50078 => "Presented multi-factor authentication has expired due to policies configured by your administrator.",
        50079 => "Due to a configuration change made by your administrator, you must enroll in multi-factor authentication.",
        50173 => "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        50194 => "Application is not configured as a multi-tenant application.",
        50196 => "The server terminated an operation because it encountered a client request loop.",
        53003 => "Access has been blocked by Conditional Access policies.",
        54005 => "OAuth2 Authorization code was already redeemed.",
        65001 => "The user or administrator has not consented to use the application.",
        65004 => "User declined to consent to access the app.",
        70008 => "The provided authorization code or refresh token has expired due to inactivity.",
        70011 => "The provided value for the input parameter 'scope' is not valid.",
        70043 => "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.",
        90002 => "The tenant was not found.",
        90094 => "An administrator of the organization must grant consent to this application.",
        501481 => "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        650052 => "The app needs access to a service that your organization has not subscribed to or enabled.",
        700016 => "The application was not found in the directory.",
        700025 => "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        700082 => "The refresh token has expired due to inactivity.",
        7000215 => "Invalid client secret provided.",
        7000218 => "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        7000222 => "The provided client secret keys are expired.",
        _ => "The sign-in was refused.",
    };
    Refusal::aadsts(number, text)
}
