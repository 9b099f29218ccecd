//! What Stripe or the way to it can answer instead of what was asked.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use drafts::{LookFailed, Refusal};
use http::Response;
use remote::{NoAnswer, retry_after};
use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StripeError {
    #[error("Stripe could not be asked: {0}")]
    NoAnswer(#[from] NoAnswer),
    #[error("the key contains characters that no key has; paste it again")]
    NotAKey,
    #[error("Stripe does not accept the key any more or at all: {}", .0.message)]
    KeyRefused(Refusal),
    #[error("the key may not do this: {}", .0.message)]
    NotGranted(Refusal),
    #[error("Stripe has no such object: {}", .0.message)]
    NotFound(Refusal),
    #[error("Stripe asks to slow down; nothing was read")]
    Limited { retry_after: Option<Duration> },
    #[error("Stripe refused: {}", .0.message)]
    Refused(Refusal),
    #[error("Stripe cannot answer now (status {status}); try again later")]
    Unavailable { status: u16, request_id: Option<String> },
    #[error("Stripe's answer was not in the form that its documentation gives")]
    Unreadable { request_id: Option<String> },
}

impl StripeError {
    /// A code of the desk's list.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAnswer(NoAnswer::NotAllowed) => "not_allowed",
            Self::NoAnswer(NoAnswer::TooManyWaiting) | Self::Limited { .. } => "limited",
            Self::NoAnswer(NoAnswer::Lost(_)) => "offline",
            Self::NotAKey | Self::KeyRefused(_) => "key_refused",
            Self::NotGranted(_) => "not_granted",
            Self::NotFound(_) => "not_found",
            Self::Refused(_) => "refused",
            Self::Unavailable { .. } => "unavailable",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    pub(crate) fn into_look_failed(self) -> LookFailed {
        let wait = if let Self::Limited { retry_after } = &self { *retry_after } else { None };
        LookFailed { code: self.code().to_owned(), retry_after_seconds: wait.and_then(|wait| u32::try_from(wait.as_secs()).ok()) }
    }

    /// From an answer whose status is not 2xx.
    pub(crate) fn from_answer(answer: &Response<Bytes>, now: DateTime<Utc>) -> Self {
        let request_id = request_id(answer);
        match answer.status().as_u16() {
            401 => Self::KeyRefused(refusal(answer)),
            403 => Self::NotGranted(refusal(answer)),
            404 => Self::NotFound(refusal(answer)),
            429 => Self::Limited { retry_after: retry_after(answer.headers(), now) },
            status @ (409 | 424 | 500..) => Self::Unavailable { status, request_id },
            400..=499 => Self::Refused(refusal(answer)),
            _ => Self::Unreadable { request_id },
        }
    }
}

/// Stripe's own words; never interpreted.
pub(crate) fn refusal(answer: &Response<Bytes>) -> Refusal {
    let body: ErrorBody = serde_json::from_slice(answer.body()).unwrap_or_default();
    let ErrorFields { kind, code, message, .. } = body.error;
    Refusal {
        status: answer.status().as_u16(),
        code: code.or(kind).unwrap_or_else(|| "unknown".to_owned()),
        message: message.unwrap_or_else(|| "(no message)".to_owned()),
        reference: request_id(answer),
    }
}

/// Which parameter an error is about.
pub(crate) fn parameter(answer: &Response<Bytes>) -> Option<String> {
    serde_json::from_slice::<ErrorBody>(answer.body()).ok()?.error.param
}

pub(crate) fn request_id(answer: &Response<Bytes>) -> Option<String> {
    answer.headers().get("request-id")?.to_str().ok().map(str::to_owned)
}

#[derive(Default, Deserialize)]
struct ErrorBody {
    error: ErrorFields,
}

#[derive(Default, Deserialize)]
struct ErrorFields {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    message: Option<String>,
    param: Option<String>,
}
