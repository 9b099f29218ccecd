//! Events: what changed, in the account's own old API version, listed for 30 days.

use super::Stripe;
use super::store::Object;
use serde_json::{Map, Value, json};

/// The account's default version. Payloads keep that shape whatever a request asks for.
pub const EVENT_VERSION: &str = "2024-06-20";

/// Who caused a change: shown in the event's `request`.
#[derive(Clone, Debug, Default)]
pub struct Cause {
    pub request: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Stripe {
    /// Records that an object changed. `before` is what it was, for `*.updated`.
    pub fn emit(&mut self, now: i64, event: &str, kind: &str, id: &str, before: Option<&Object>, cause: &Cause) {
        if now < self.events_from {
            return;
        }
        let Some(after) = self.show(now, kind, id) else { return };
        let mut data = json!({ "object": old_shape(kind, after.clone()) });
        if let Some(before) = before {
            data["previous_attributes"] = Value::Object(differences(&super::shapes::complete(kind, before), &after));
        }
        let event = json!({
            "type": event, "api_version": EVENT_VERSION, "data": data, "livemode": false, "pending_webhooks": 0,
            "request": { "id": cause.request, "idempotency_key": cause.idempotency_key },
        });
        if let Value::Object(fields) = event {
            let id = self.create(now, "event", fields);
            self.send_event(now, &id);
        }
    }
}

/// The former values of what changed; of metadata only the keys that changed, null for new ones.
fn differences(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let mut found = Map::new();
    for (name, now) in after.iter().filter(|(name, _)| name.as_str() != "lines") {
        let was = before.get(name).unwrap_or(&Value::Null);
        match (was, now) {
            _ if was == now => {}
            (Value::Object(was), Value::Object(now)) if name == "metadata" => {
                let keys = was.keys().chain(now.keys()).filter(|key| was.get(*key) != now.get(*key));
                let changed: Map<String, Value> = keys.map(|key| (key.clone(), was.get(key).cloned().unwrap_or(Value::Null))).collect();
                found.insert(name.clone(), Value::Object(changed));
            }
            _ => _ = found.insert(name.clone(), was.clone()),
        }
    }
    found
}

/// Puts fields back where they were before the `basil` line moved them.
fn old_shape(kind: &str, mut shown: Map<String, Value>) -> Map<String, Value> {
    if kind == "invoice" {
        let paid = shown.get("status").and_then(Value::as_str) == Some("paid");
        let tax: i64 = shown.get("total_taxes").and_then(Value::as_array).into_iter().flatten().filter_map(|tax| tax.get("amount")?.as_i64()).sum();
        let subscription = shown.get("parent").and_then(|parent| parent.pointer("/subscription_details/subscription")).cloned();
        for (name, value) in [
            ("paid", paid.into()),
            ("paid_out_of_band", false.into()),
            ("tax", tax.into()),
            ("charge", Value::Null),
            ("payment_intent", Value::Null),
            ("subscription", subscription.unwrap_or_default()),
        ] {
            shown.insert(name.into(), value);
        }
        for name in ["parent", "total_taxes", "total_pretax_credit_amounts", "amount_overpaid"] {
            shown.remove(name);
        }
    }
    shown
}
