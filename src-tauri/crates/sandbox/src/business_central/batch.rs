//! `$batch` in JSON: parts one after another, alone or as one transaction.
//!
//! docs: dev-itpro/webservices/use-odata-batch.md

use super::fault::Fault;
use super::guid::Guid;
use super::value::write_json_text;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use serde_json::Value as Json;
use std::fmt::Write;

/// One more part and the envelope fails.
const MOST_PARTS: usize = 100;

pub struct Part {
    pub id: Option<String>,
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub struct Envelope {
    pub parts: Vec<Part>,
    /// `Prefer: odata.continue-on-error`.
    pub all: bool,
    /// `Isolation: snapshot`: nothing stays when a part fails.
    pub snapshot: bool,
}

impl Envelope {
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Fault> {
        let invalid = || Fault::bad_request("Invalid Request Body");
        let json: Json = serde_json::from_slice(body).map_err(|_| invalid())?;
        let requests = json.get("requests").and_then(Json::as_array).ok_or_else(invalid)?;
        if requests.len() > MOST_PARTS {
            let text = format!(
                "The current batch message contains too many parts. A maximum number of '{MOST_PARTS}' query operations and change sets are allowed in a batch message."
            );
            return Err(Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "Unknown", text));
        }
        let parts = requests.iter().map(read_part).collect::<Option<Vec<_>>>().ok_or_else(invalid)?;
        let says = |name: &str, word: &str| {
            headers.get_all(name).iter().any(|value| value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains(word)))
        };
        let snapshot = says("isolation", "snapshot") || says("odata-isolation", "snapshot");
        Ok(Self { parts, all: says("prefer", "continue-on-error"), snapshot })
    }
}

fn read_part(json: &Json) -> Option<Part> {
    let method = json.get("method")?.as_str()?.to_uppercase().parse().ok()?;
    let url = json.get("url")?.as_str()?.to_string();
    let id = json.get("id").and_then(Json::as_str).map(str::to_string);
    let mut headers = HeaderMap::new();
    if let Some(Json::Object(members)) = json.get("headers") {
        for (name, value) in members {
            headers.insert(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value.as_str()?).ok()?);
        }
    }
    let body = match json.get("body") {
        None | Some(Json::Null) => Bytes::new(),
        Some(Json::String(text)) => Bytes::from(text.clone()),
        Some(body) => Bytes::from(body.to_string()),
    };
    Some(Part { id, method, url, headers, body })
}

/// One part's answer inside the envelope.
pub fn write_part(out: &mut String, id: Option<&str>, response: &Response<Bytes>) {
    out.push_str("{\"id\":");
    match id {
        Some(id) => write_json_text(out, id),
        None => out.push_str("null"),
    }
    let _ = write!(out, ",\"status\":{},\"headers\":{{", response.status().as_u16());
    for (at, (name, value)) in response.headers().iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_json_text(out, name.as_str());
        out.push(':');
        write_json_text(out, value.to_str().unwrap_or_default());
    }
    out.push('}');
    if !response.body().is_empty() {
        out.push_str(",\"body\":");
        match std::str::from_utf8(response.body()) {
            Ok(text) if text.starts_with('{') => out.push_str(text),
            Ok(text) => write_json_text(out, text),
            Err(_) => out.push_str("null"),
        }
    }
    out.push('}');
}

/// A correlation id for a part, apart from its neighbours'.
pub fn correlation(envelope: Guid, at: usize) -> Guid {
    Guid::derived(&[envelope.to_string().as_bytes(), &at.to_be_bytes()])
}
