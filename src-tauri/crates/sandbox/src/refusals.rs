//! Refusals that nobody earned, each in the words of the service that the weather strikes.

use crate::business_central;
use crate::economic::{self, Surface};
use crate::entra;
use crate::weather::{Port, Refusal};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

pub fn refusal(port: Port, now: DateTime<Utc>, refusal: &Refusal) -> Response<Bytes> {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = match port {
        Port::BusinessCentral => business_central::refusal(status),
        Port::Entra => entra::refusal(now, status),
        Port::EconomicRest => economic::refusal(Surface::Rest, now, status),
        Port::EconomicOpen => economic::refusal(Surface::Open, now, status),
        Port::Stripe | Port::Admin => stripe(status, refusal.reason.as_deref()),
    };
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// docs.stripe.com/error-low-level, docs.stripe.com/rate-limits: a lock that was waited for is a 429 too.
fn stripe(status: StatusCode, reason: Option<&str>) -> Response<Bytes> {
    let (kind, code, message) = match (status.as_u16(), reason) {
        (401, _) => ("invalid_request_error", None, "Invalid API Key provided."),
        (403, _) => ("invalid_request_error", None, "The provided key does not have the required permissions for this endpoint."),
        (409, _) => ("idempotency_error", Some("idempotency_key_in_use"), "There is another in-progress request using this Idempotent Key."),
        (429, Some("lock_timeout")) => ("invalid_request_error", Some("lock_timeout"), "This object cannot be accessed right now."),
        (429, _) => ("invalid_request_error", Some("rate_limit"), "Request rate limit exceeded."),
        (500.., _) => ("api_error", None, "An unknown error occurred."),
        _ => ("invalid_request_error", None, "The request was refused."),
    };
    let mut error = json!({ "type": kind, "message": message });
    if let Some(code) = code {
        error["code"] = code.into();
    }
    let mut response = Response::new(Bytes::from(json!({ "error": error }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let limited = reason.filter(|reason| status == StatusCode::TOO_MANY_REQUESTS && *reason != "lock_timeout");
    if let Some(reason) = limited.and_then(|reason| HeaderValue::try_from(reason).ok()) {
        response.headers_mut().insert("stripe-rate-limited-reason", reason);
    }
    response
}
