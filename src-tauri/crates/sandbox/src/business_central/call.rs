//! One request and one answer, whether they came alone or as part of a batch.

use super::subscriptions::Handshake;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Response, StatusCode, header};

const JSON: &str = "application/json; odata.metadata=minimal; odata.streaming=true";

/// A request below the root of the API.
pub struct Call<'a> {
    pub method: &'a Method,
    /// Absolute address without its query.
    pub url: String,
    /// Absolute root of the API.
    pub root: String,
    pub body: &'a [u8],
    pub if_match: Option<String>,
    /// `Prefer: odata.maxpagesize=n`.
    pub max_page_size: Option<usize>,
    /// `Prefer: return-no-content`.
    pub no_content: bool,
    /// `Data-Access-Intent: ReadOnly`.
    pub read_only: bool,
    /// The `Company` header of batch parts.
    pub company: Option<String>,
    pub server_page_size: usize,
    pub allow_posting: bool,
}

impl<'a> Call<'a> {
    pub fn new(method: &'a Method, headers: &HeaderMap, body: &'a [u8]) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let prefer: Vec<String> = headers
            .get_all("prefer")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([',', ';']))
            .map(|part| part.trim().to_ascii_lowercase())
            .collect();
        let page = prefer.iter().find_map(|part| part.strip_prefix("odata.maxpagesize=").or_else(|| part.strip_prefix("maxpagesize=")));
        Self {
            method,
            url: String::new(),
            root: String::new(),
            body,
            if_match: text("if-match").map(str::to_string),
            max_page_size: page.and_then(|size| size.trim_matches('"').parse().ok()),
            no_content: prefer.iter().any(|part| matches!(part.as_str(), "return-no-content" | "return=minimal")),
            read_only: text("data-access-intent").is_some_and(|intent| intent.eq_ignore_ascii_case("readonly")),
            company: text("company").map(str::to_string),
            server_page_size: 0,
            allow_posting: false,
        }
    }

    pub fn writes(&self) -> bool {
        *self.method != Method::GET
    }
}

/// An answer that is not a fault.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub content_type: Option<&'static str>,
    pub body: Bytes,
    pub etag: Option<String>,
    pub location: Option<String>,
    /// Only after this is the answer true.
    pub handshake: Option<Handshake>,
}

impl Reply {
    pub fn json(status: StatusCode, body: String) -> Self {
        Self { status, content_type: Some(JSON), body: body.into(), etag: None, location: None, handshake: None }
    }

    pub fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, content_type: None, body: Bytes::new(), etag: None, location: None, handshake: None }
    }

    pub fn text(body: String) -> Self {
        Self { content_type: Some("text/plain"), ..Self::json(StatusCode::OK, body) }
    }

    pub fn bytes(content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, content_type: Some(content_type), body: body.into(), ..Self::empty() }
    }

    pub fn xml(status: StatusCode, body: String) -> Self {
        Self { content_type: Some("application/xml"), ..Self::json(status, body) }
    }

    pub fn tagged(mut self, etag: String) -> Self {
        self.etag = Some(etag);
        self
    }

    pub fn after(mut self, handshake: Handshake) -> Self {
        self.handshake = Some(handshake);
        self
    }

    pub fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    pub fn response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert("odata-version", header::HeaderValue::from_static("4.0"));
        if let Some(kind) = self.content_type {
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        }
        for (name, value) in [(header::ETAG, self.etag), (header::LOCATION, self.location)] {
            if let Some(value) = value.and_then(|value| header::HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        if let Some(handshake) = self.handshake {
            response.extensions_mut().insert(handshake);
        }
        response
    }
}

/// The service's own time, as the `Date` header has it.
pub fn date(now: DateTime<Utc>) -> header::HeaderValue {
    let text = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    header::HeaderValue::try_from(text).unwrap_or_else(|_| header::HeaderValue::from_static(""))
}
