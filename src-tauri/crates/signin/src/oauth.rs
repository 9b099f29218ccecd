//! The token endpoint over our transport, with the shapes that Microsoft Entra adds to OAuth.

use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use oauth2::{
    AsyncHttpClient, Client, ErrorResponse, ExtraTokenFields, HttpRequest, HttpResponse, RequestTokenError, StandardRevocableToken,
    StandardTokenResponse, TokenResponse,
    basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType},
};
use remote::{BoxFuture, Endpoint, Lost, Secret, Transport};
use serde::{Deserialize, Serialize};

use crate::{SignInError, Tokens};

pub(crate) type OAuth = Client<Fault, Granted, BasicTokenIntrospectionResponse, StandardRevocableToken, BasicRevocationErrorResponse>;

pub(crate) type Granted = StandardTokenResponse<Extra, BasicTokenType>;

/// What the token endpoint says besides OAuth's own fields.
#[derive(Deserialize, Serialize)]
pub(crate) struct Extra {
    id_token: Option<String>,
}

impl ExtraTokenFields for Extra {}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Extra")
    }
}

/// Its error body; the description is for people and is not even read.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Fault {
    pub(crate) error: String,
    #[serde(default)]
    pub(crate) error_codes: Vec<u32>,
}

impl ErrorResponse for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

/// The transport as the oauth2 crate wants it. A token request is sent once: a code works
/// only once, and a refresh is repeated by its caller after looking at what is kept.
pub(crate) struct Wire<'a>(pub(crate) &'a dyn Transport);

/// How a token request is counted; its address holds the tenant.
pub(crate) const TOKEN: Endpoint = Endpoint("/{tenant}/oauth2/v2.0/token");

#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    #[error(transparent)]
    Lost(#[from] Lost),
    /// Told apart by status, before anybody reads a body that may be no JSON.
    #[error("status {0}")]
    Unavailable(u16),
}

impl<'c> AsyncHttpClient<'c> for Wire<'_> {
    type Error = WireError;
    type Future = BoxFuture<'c, Result<HttpResponse, WireError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut request = request.map(Bytes::from);
            request.extensions_mut().insert(TOKEN);
            let response = self.0.send(request).await?;
            let status = response.status();
            if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
                return Err(WireError::Unavailable(status.as_u16()));
            }
            Ok(response.map(Vec::from))
        })
    }
}

pub(crate) fn failed(error: RequestTokenError<WireError, Fault>) -> SignInError {
    match error {
        RequestTokenError::ServerResponse(fault) => SignInError::from_token_endpoint(&fault.error, &fault.error_codes),
        RequestTokenError::Request(WireError::Lost(lost)) => SignInError::Lost(lost),
        RequestTokenError::Request(WireError::Unavailable(status)) => SignInError::Unavailable { status },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => SignInError::Unreadable,
    }
}

/// Without `expires_in` a token is taken to be at its end soon.
const SHORTEST_LIFE: TimeDelta = TimeDelta::minutes(5);
/// No token is trusted longer (docs: at most about 28 h with continuous access evaluation).
const LONGEST_LIFE: TimeDelta = TimeDelta::hours(28);

pub(crate) fn tokens(granted: &Granted, asked_at: DateTime<Utc>) -> Tokens {
    let life = granted.expires_in().and_then(|life| TimeDelta::from_std(life).ok()).unwrap_or(SHORTEST_LIFE).min(LONGEST_LIFE);
    Tokens {
        access: Secret::from(granted.access_token().secret().as_str()),
        refresh: granted.refresh_token().map(|token| Secret::from(token.secret().as_str())),
        asked_at,
        expires_at: asked_at + life,
        account: granted.extra_fields().id_token.as_deref().and_then(crate::entra::account_in),
    }
}
