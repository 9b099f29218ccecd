//! What is stored, as it is shown.

use super::Stripe;
use super::lists;
use super::shapes;
use super::store::{Object, Query};
use serde_json::{Map, Value, json};

impl Stripe {
    /// What exists, for whoever checks a run from outside.
    pub fn state(&self, now: i64) -> Value {
        let shown = |kind: &'static str, names: &[&str]| -> Vec<Value> {
            let pick = |stored: &Object| -> Value {
                let shown = self.dress(now, kind, stored);
                names.iter().map(|name| ((*name).to_owned(), shown.get(*name).cloned().unwrap_or_default())).collect::<Map<_, _>>().into()
            };
            self.store.glance(kind, pick).collect()
        };
        json!({
            "account": self.account.id,
            "counts": self.store.counts(),
            "invoices": shown("invoice", &["id", "number", "status", "customer", "currency", "total", "amount_remaining", "metadata"]),
            "credit_notes": shown("credit_note", &["id", "number", "status", "metadata"]),
            "refunds": shown("refund", &["id", "status", "metadata"]),
            "payment_intents": shown("payment_intent", &["id", "status", "metadata"]),
            "customers": shown("customer", &["id", "name", "email", "metadata"]),
        })
    }

    /// An object as it is shown at an instant, nothing expanded.
    pub fn show(&self, now: i64, kind: &str, id: &str) -> Option<Map<String, Value>> {
        self.store.get(kind, id).map(|stored| self.dress(now, kind, stored))
    }

    /// Adds what is not stored with the object itself, and completes it.
    pub(super) fn dress(&self, now: i64, kind: &str, stored: &Object) -> Map<String, Value> {
        let mut shown = shapes::complete(kind, stored);
        match kind {
            "invoice" | "credit_note" => {
                let path = if kind == "invoice" { "/v1/invoices" } else { "/v1/credit_notes" };
                let lines = lists::embedded_lines(stored, path);
                shown.insert("lines".into(), lines);
            }
            "subscription" => {
                let id = stored.get("id").and_then(Value::as_str).unwrap_or_default();
                let items: Vec<Value> = self
                    .store
                    .with("subscription_item", "subscription", id)
                    .map(|item| Value::Object(shapes::complete("subscription_item", item)))
                    .collect();
                let url = format!("/v1/subscription_items?subscription={id}");
                shown.insert("items".into(), json!({ "object": "list", "data": items, "has_more": false, "url": url }));
            }
            "balance_transaction" => {
                let available = stored.get("available_on").and_then(Value::as_i64).is_some_and(|at| at <= now);
                shown.insert("status".into(), if available { "available" } else { "pending" }.into());
            }
            _ => {}
        }
        shown
    }

    /// The value of a field that is shown only on request.
    pub(super) fn included(&self, now: i64, kind: &str, id: &str, name: &str) -> Option<Value> {
        let list = |of: &'static str, filter: &'static str, url: String| {
            let query = Query { equal: vec![(filter, vec![id.to_owned()])], limit: lists::DEFAULT_LIMIT, ..Query::default() };
            let (found, more) = self.store.page(of, &query);
            let data: Vec<Value> = found.into_iter().map(|stored| Value::Object(self.dress(now, of, stored))).collect();
            json!({ "object": "list", "data": data, "has_more": more, "url": url })
        };
        let stored = self.store.get(kind, id)?;
        Some(match (kind, name) {
            ("checkout.session", "line_items") => lists::embedded_lines(stored, "/v1/checkout/sessions"),
            ("payment_link", "line_items") => lists::embedded_lines(stored, "/v1/payment_links"),
            ("item", "taxes") => stored.get("_taxes").cloned().unwrap_or_else(|| json!([])),
            ("invoice", "payments") => list("invoice_payment", "invoice", format!("/v1/invoice_payments?invoice={id}")),
            ("invoice", "amount_paid_off_stripe") => stored.get("_paid_off_stripe").cloned().unwrap_or_else(|| 0.into()),
            ("charge", "refunds") => list("refund", "charge", format!("/v1/charges/{id}/refunds")),
            ("customer", "tax_ids") => list("tax_id", "customer", format!("/v1/customers/{id}/tax_ids")),
            ("customer", "subscriptions") => list("subscription", "customer", format!("/v1/customers/{id}/subscriptions")),
            ("customer", "sources") => json!({ "object": "list", "data": [], "has_more": false, "url": format!("/v1/customers/{id}/sources") }),
            _ => return None,
        })
    }
}
