//! Webhook endpoints, and the signed requests that their events become.

use super::Stripe;
use super::error::{ApiError, Result};
use super::execute::{Call, Reply, object};
use super::invoices::text;
use super::lists::names;
use crate::Outgoing;
use crate::weather::Port;
use bytes::Bytes;
use chrono::DateTime;
use http::Request;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const MAX_ENDPOINTS: usize = 16;
/// SHA-256 works on blocks of so many bytes.
const BLOCK: usize = 64;

impl Stripe {
    /// The secret is shown once, in this answer.
    pub(super) fn create_endpoint(&mut self, call: &Call) -> Result<Reply> {
        if self.store.all("webhook_endpoint").count() >= MAX_ENDPOINTS {
            return Err(ApiError::invalid(None, format!("You have reached the maximum of {MAX_ENDPOINTS} test webhook endpoints."), None));
        }
        let url = call.text("url").unwrap_or_default();
        if !(url.starts_with("http://") || url.starts_with("https://")) {
            return Err(ApiError::invalid(Some("url_invalid"), "Invalid URL: An explicit scheme (such as https) must be provided.", Some("url")));
        }
        let secret = format!("whsec_{}", self.ids.token(32));
        let endpoint = json!({
            "url": url, "enabled_events": call.params.get("enabled_events"), "api_version": call.params.get("api_version"), "status": "enabled",
            "description": call.params.get("description"), "metadata": call.metadata()?, "_secret": secret,
        });
        let id = self.create(call.now, "webhook_endpoint", object(endpoint));
        let mut shown = self.show(call.now, "webhook_endpoint", &id).ok_or_else(ApiError::internal)?;
        shown.insert("secret".into(), secret.into());
        Ok(Reply::Plain(Value::Object(shown)))
    }

    pub(super) fn update_endpoint(&mut self, call: &Call, id: &str) -> Result<Reply> {
        self.stored("webhook_endpoint", id, "webhook_endpoint")?;
        let disabled = call.params.get("disabled").and_then(Value::as_bool);
        self.store.update("webhook_endpoint", id, |endpoint| {
            super::customers::copy(endpoint, call, &["url", "enabled_events", "description"]);
            if let Some(disabled) = disabled {
                endpoint.insert("status".into(), if disabled { "disabled" } else { "enabled" }.into());
            }
        });
        Ok(Reply::Object("webhook_endpoint", id.to_owned()))
    }

    pub(super) fn delete_endpoint(&mut self, id: &str) -> Result<Reply> {
        self.stored("webhook_endpoint", id, "webhook_endpoint")?;
        self.store.remove("webhook_endpoint", id);
        Ok(super::editing::deleted("webhook_endpoint", id))
    }

    /// Puts an event on its way to every endpoint that wants its type.
    pub(super) fn send_event(&mut self, now: i64, id: &str) {
        let Some(event) = self.show(now, "event", id) else { return };
        let wanted = |endpoint: &&super::Object| {
            let types = endpoint.get("enabled_events").and_then(Value::as_array);
            text(endpoint, "status") == "enabled"
                && types.into_iter().flatten().filter_map(Value::as_str).any(|wanted| names(&text(&event, "type"), wanted))
        };
        let targets: Vec<(String, String)> =
            self.store.all("webhook_endpoint").filter(wanted).map(|endpoint| (text(endpoint, "url"), text(endpoint, "_secret"))).collect();
        if targets.is_empty() {
            return;
        }
        self.store.update("event", id, |event| _ = event.insert("pending_webhooks".into(), targets.len().into()));
        let body = Value::Object(event).to_string();
        for (url, secret) in targets {
            let signature = format!("t={now},v1={}", sign(&secret, now, &body));
            let request = Request::post(url).header("content-type", "application/json; charset=utf-8").header("stripe-signature", signature);
            if let (Ok(request), Some(due)) = (request.body(Bytes::from(body.clone())), DateTime::from_timestamp(now, 0)) {
                self.outgoing.push(Outgoing { sender: Port::Stripe, due, request });
            }
        }
    }
}

/// HMAC-SHA256 over `<time>.<body>`, in hexadecimal. `stripe/stripe-python`, `_webhook.py`.
pub fn sign(secret: &str, time: i64, body: &str) -> String {
    hmac(secret.as_bytes(), format!("{time}.{body}").as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 2104.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0u8; BLOCK];
    let short: Vec<u8> = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.iter_mut().zip(short).for_each(|(to, from)| *to = from);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5C)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        let hex: String = hmac(b"Jefe", b"what do ya want for nothing?").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let long: String =
            hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(long, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
