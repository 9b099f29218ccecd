//! Reads, built so that no value can change the request around it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;

use crate::Secret;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// OData's own parameter names begin with a dollar, which is legal in a query.
const NAME: &AsciiSet = &UNRESERVED.remove(b'$');

/// A value made safe for one segment of a path or one value of a query.
pub fn percent(value: &str) -> String {
    utf8_percent_encode(value, UNRESERVED).to_string()
}

/// A question. It has no body and no method but GET.
#[derive(Clone, Debug)]
pub struct GetRequest {
    path_and_query: String,
    pub(crate) headers: HeaderMap,
}

impl GetRequest {
    /// `path` relative to the base, beginning with a slash, percent-encoded; it may carry a query.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path_and_query: path.into(), headers: HeaderMap::new() }
    }

    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.path_and_query.push(if self.path_and_query.contains('?') { '&' } else { '?' });
        self.path_and_query.push_str(&utf8_percent_encode(name, NAME).to_string());
        self.path_and_query.push('=');
        self.path_and_query.push_str(&percent(value));
        self
    }

    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    #[must_use]
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    pub fn path_and_query(&self) -> &str {
        &self.path_and_query
    }
}

/// `Authorization: Bearer …`, marked so that no `Debug` shows it.
/// `None` when the secret holds characters that no header can carry.
pub fn bearer(secret: &Secret) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", secret.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// How long `Retry-After` asks to wait: seconds, or a date (RFC 9110 §10.2.3).
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(u64::from(seconds)));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn values_cannot_change_the_request_around_them() {
        let request = GetRequest::new("/v1/invoices").query("created[gte]", "1&limit=9").query("$filter", "number eq 'Å/1'");
        assert_eq!(request.path_and_query(), "/v1/invoices?created%5Bgte%5D=1%26limit%3D9&$filter=number%20eq%20%27%C3%85%2F1%27");
    }

    #[test]
    fn a_token_never_shows_in_debug() {
        let value = bearer(&Secret::from("planted-token")).expect("a header");
        let request = GetRequest::new("/").header(header::AUTHORIZATION, value);
        assert!(!format!("{request:?}").contains("planted"));
        assert!(bearer(&Secret::from("line\nbreak")).is_none());
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let now = Utc.with_ymd_and_hms(2026, 11, 20, 7, 0, 0).single().expect("a time");
        for (text, seconds) in
            [("7", Some(7)), ("Fri, 20 Nov 2026 07:00:30 GMT", Some(30)), ("Fri, 20 Nov 2026 06:00:00 GMT", Some(0)), ("soon", None), ("-1", None)]
        {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static(text))]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
