//! `webhooksapi`: one webhook of each type and agreement, seen by its app only; and what is sent.
//!
//! docs: techtalk.e-conomic.com/webhooks-api-is-now-available-in-openapi, www.e-conomic.com/developer/working-with-web-hooks.
//! No signature of what is sent is documented.

use super::Visit;
use super::columns::same_version;
use crate::Outgoing;
use crate::economic::agreement::Event;
use crate::economic::body::take;
use crate::economic::call::Reply;
use crate::economic::facts::{Write, shape};
use crate::economic::fault::{Fault, Problem};
use crate::economic::value::{Document, flag, put, text};
use crate::weather::Port;
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TYPES: [(&str, &[&str]); 3] = [
    ("INVOICE_BOOKED", &["INVOICENO"]),
    ("CUSTOMER_UPDATED", &["NEWNUMBER", "OLDNUMBER"]),
    ("JOURNAL_BOOKED", &["DAYBOOKNO", "FROMSERIALNO", "TOSERIALNO"]),
];
const MOST_HEADERS: usize = 5;

/// Webhooks of one agreement by their type.
#[derive(Debug, Default)]
pub struct Hooks(BTreeMap<String, Document>);

impl Hooks {
    /// As somebody sets it up in the program itself.
    pub fn add_by_hand(&mut self, kind: &str, url: &str, body: &str) {
        let mut hook = Document::new();
        for (name, value) in [("eventType", kind), ("name", kind), ("url", url), ("contentType", "application/json"), ("postData", body)] {
            put(&mut hook, name, value);
        }
        self.0.insert(kind.to_owned(), hook);
    }

    pub fn outgoing(&self, event: &Event) -> Option<Outgoing> {
        let hook = self.0.get(event.kind).filter(|hook| !flag(hook, "isDisabled"))?;
        let merged = |template: &str| event.fields.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("[{name}]"), value));
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(merged(text(hook, "url")?))
            .header("content-type", text(hook, "contentType").unwrap_or("application/json"));
        for header in hook.get("customHeaders").and_then(Value::as_array).into_iter().flatten() {
            request = request.header(header["key"].as_str().unwrap_or_default(), header["value"].as_str().unwrap_or_default());
        }
        let body = Bytes::from(merged(text(hook, "postData").unwrap_or_default()));
        request.body(body).ok().map(|request| Outgoing { sender: Port::EconomicOpen, due: event.at, request })
    }
}

impl Visit<'_> {
    pub fn webhooks(&mut self, rest: &[&str]) -> Result<Reply, Fault> {
        let own = |hook: &&Document| text(hook, "_app") == Some(self.caller.app.public.as_str());
        match (self.call.method.clone(), rest) {
            (Method::GET, ["eventtypes"]) => Ok(Reply::ok(event_types())),
            (Method::GET, ["webhooks", rest @ ..]) => {
                let rows = self.hooks.0.values().filter(own).map(shown).collect();
                let upper: Vec<String> =
                    rest.iter().map(|part| if matches!(*part, "paged" | "count") { (*part).to_owned() } else { part.to_uppercase() }).collect();
                let rest: Vec<&str> = upper.iter().map(String::as_str).collect();
                self.made(shape("webhooksapi/Webhook"), rows, &rest, "eventType")
            }
            (Method::POST, ["webhooks"]) => self.create_webhook(),
            (Method::PUT, ["webhooks"]) => self.replace_webhook(),
            (Method::DELETE, ["webhooks", kind]) => {
                let kind = kind.to_uppercase();
                self.hooks.0.get(&kind).filter(own).ok_or_else(Fault::not_found)?;
                self.hooks.0.remove(&kind);
                Ok(Reply::empty())
            }
            (_, ["webhooks"] | ["eventtypes"]) => Err(Fault::method()),
            _ => Err(Fault::not_found()),
        }
    }

    fn create_webhook(&mut self) -> Result<Reply, Fault> {
        let hook = self.checked_webhook(Write::Create)?;
        let kind = text(&hook, "eventType").unwrap_or_default().to_owned();
        if self.hooks.0.contains_key(&kind) {
            return Err(Fault::bad("WebhookAlreadyExistsForEventType", "There is a webhook for this type of event already."));
        }
        self.keep_webhook(kind.clone(), hook);
        Ok(Reply::json(StatusCode::CREATED, &json!({ "eventType": kind })))
    }

    fn replace_webhook(&mut self) -> Result<Reply, Fault> {
        let hook = self.checked_webhook(Write::Update)?;
        let kind = text(&hook, "eventType").unwrap_or_default().to_owned();
        let known =
            self.hooks.0.get(&kind).filter(|known| text(known, "_app") == Some(self.caller.app.public.as_str())).ok_or_else(Fault::not_found)?;
        if !same_version(known, &hook) {
            return Err(Fault::conflict());
        }
        self.keep_webhook(kind, hook);
        Ok(Reply::empty())
    }

    fn keep_webhook(&mut self, kind: String, mut hook: Document) {
        let now = self.call.now;
        hook.remove("objectVersion");
        put(&mut hook, "_app", self.caller.app.public.clone());
        self.agreement.touch(&mut hook, now);
        self.hooks.0.insert(kind, hook);
    }

    fn checked_webhook(&self, write: Write) -> Result<Document, Fault> {
        let body: Document = self.call.object()?.into_iter().filter(|(_, value)| !value.is_null()).collect();
        let headers = body.get("customHeaders").cloned();
        let mut hook = take(shape("webhooksapi/Webhook"), write, &body)?;
        for name in ["eventType", "url"] {
            if !hook.contains_key(name) {
                return Err(Fault::one(Problem::missing(name)));
            }
        }
        if !TYPES.iter().any(|(kind, _)| text(&hook, "eventType") == Some(kind)) {
            return Err(Fault::bad("WebhookInvalidType", "There is no such type of event."));
        }
        check_url(text(&hook, "url").unwrap_or_default())?;
        if let Some(headers) = headers {
            let list = headers.as_array().filter(|list| list.iter().all(|header| header["key"].is_string() && header["value"].is_string()));
            let list = list.ok_or_else(|| Fault::bad("WebhookCustomHeaderInvalid", "Headers are pairs of key and value."))?;
            if list.len() > MOST_HEADERS {
                return Err(Fault::bad("WebhookCustomHeadersTooMany", "At most five headers can be sent along."));
            }
            hook.insert("customHeaders".into(), headers);
        }
        Ok(hook)
    }
}

/// https, or http on this computer, where the sandbox is.
fn check_url(url: &str) -> Result<(), Fault> {
    let plain = url.replace(['[', ']'], "");
    let uri: Uri = plain.parse().map_err(|_| Fault::bad("WebhookInvalidUrl", "The url is not one."))?;
    let local = matches!(uri.host(), Some("localhost" | "127.0.0.1"));
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if local => Ok(()),
        _ => Err(Fault::bad("WebhookInvalidUrlScheme", "The url must be https.")),
    }
}

fn event_types() -> Value {
    let field = |name: &&str| json!({ "fieldName": format!("[{name}]"), "description": name });
    TYPES
        .iter()
        .map(|(kind, fields)| json!({ "name": kind, "description": kind, "mergeFields": fields.iter().map(field).collect::<Value>() }))
        .collect()
}

fn shown(hook: &Document) -> Document {
    let mut shown: Document = hook.iter().filter(|(name, _)| !name.starts_with('_')).map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(version) = hook.get("_version") {
        put(&mut shown, "objectVersion", version.to_string());
    }
    shown
}
