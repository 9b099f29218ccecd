//! One request as it arrived, and one answer that is not a refusal.

use super::fault::Fault;
use super::value::Document;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::Value;

pub struct Call {
    pub method: Method,
    /// Without escapes of percent; those of keys stay.
    pub segments: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Where the request reached us.
    pub base: String,
    pub path: String,
    pub now: DateTime<Utc>,
}

impl Call {
    pub fn new(now: DateTime<Utc>, base: String, request: &Request<Bytes>) -> Self {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let path = request.uri().path().to_owned();
        let pairs = request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pair = |(name, value): (&str, &str)| (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")));
        Self {
            method: if *request.method() == Method::HEAD { Method::GET } else { request.method().clone() },
            segments: path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect(),
            query: pairs.map(|text| pair(text.split_once('=').unwrap_or((text, "")))).collect(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            base,
            path,
            now,
        }
    }

    pub fn names(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// A query option; their names are read in any case.
    pub fn option(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
    }

    pub fn reads(&self) -> bool {
        self.method == Method::GET
    }

    pub fn day(&self) -> chrono::NaiveDate {
        self.now.with_timezone(&chrono_tz::Europe::Copenhagen).date_naive()
    }

    pub fn json(&self) -> Result<Value, Fault> {
        if !self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json")) {
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "", "Unsupported media type.").hint("Send Content-Type: application/json."));
        }
        serde_json::from_slice(&self.body).map_err(|_| Fault::bad("E00002", "Invalid json in request body."))
    }

    pub fn object(&self) -> Result<Document, Fault> {
        match self.json()? {
            Value::Object(object) => Ok(object),
            _ => Err(Fault::bad("E00002", "Expected Object in request body.")),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub kind: &'static str,
    pub body: Bytes,
    pub location: Option<String>,
}

impl Reply {
    pub fn json(status: StatusCode, value: &Value) -> Self {
        Self { status, kind: "application/json; charset=utf-8", body: Bytes::from(value.to_string()), location: None }
    }

    pub fn ok(value: impl Into<Value>) -> Self {
        Self::json(StatusCode::OK, &value.into())
    }

    pub fn created(value: impl Into<Value>, location: Option<String>) -> Self {
        Self { location, ..Self::json(StatusCode::CREATED, &value.into()) }
    }

    pub fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, kind: "", body: Bytes::new(), location: None }
    }

    pub fn bytes(kind: &'static str, body: Bytes) -> Self {
        Self { status: StatusCode::OK, kind, body, location: None }
    }

    pub fn response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        if !self.kind.is_empty() {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        }
        if let Some(location) = self.location.and_then(|location| HeaderValue::try_from(location).ok()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}
