//! What changed on older objects, learnt from events: no list can be asked for "changed since".
//!
//! An event's own copy of the object is in whatever API version held when it was made, so
//! it is only a hint which object to read again. Events are kept for 30 days.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{Kind, Stripe, StripeError, Walk};

/// An object to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    pub id: String,
    pub at: DateTime<Utc>,
    /// Of the request that caused it; our own writes carry our own key.
    pub idempotency_key: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Changes {
    /// Newest first; the same object may come several times.
    pub changes: Vec<Change>,
    pub next: Option<Walk>,
}

/// One question may name twenty types (docs: List all events).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Documents,
    Money,
}

impl Topic {
    pub const ALL: [Self; 2] = [Self::Documents, Self::Money];

    const fn types(self) -> &'static [&'static str] {
        match self {
            Self::Documents => &[
                "invoice.updated",
                "invoice.finalized",
                "invoice.paid",
                "invoice.overpaid",
                "invoice.voided",
                "invoice.marked_uncollectible",
                "invoice.deleted",
                "credit_note.updated",
                "credit_note.voided",
                "customer.updated",
                "customer.deleted",
                "customer.tax_id.created",
                "customer.tax_id.updated",
                "customer.tax_id.deleted",
                "product.updated",
                "checkout.session.completed",
                "checkout.session.async_payment_succeeded",
            ],
            Self::Money => &[
                "invoice_payment.paid",
                "charge.captured",
                "charge.failed",
                "charge.refunded",
                "charge.succeeded",
                "charge.updated",
                "charge.dispute.closed",
                "charge.dispute.funds_reinstated",
                "charge.dispute.funds_withdrawn",
                "charge.dispute.updated",
                "refund.failed",
                "refund.updated",
                "payout.canceled",
                "payout.failed",
                "payout.paid",
                "payout.reconciliation_completed",
                "payout.updated",
            ],
        }
    }
}

impl Stripe {
    /// One page of what changed, newest first.
    pub async fn changes(&self, topic: Topic, walk: &Walk) -> Result<Changes, StripeError> {
        let types: Vec<(String, &str)> = topic.types().iter().enumerate().map(|(n, name)| (format!("types[{n}]"), *name)).collect();
        let (events, next) = self.list("/v1/events", walk, &types, &[]).await?;
        Ok(Changes { changes: events.iter().filter_map(change).collect(), next })
    }
}

/// `None` for an event about something that is not fetched.
fn change(event: &Value) -> Option<Change> {
    let object = event.get("data")?.get("object")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (kind, id) = match object.get("object")?.as_str()? {
        "tax_id" => (Kind::Customer, text(object.get("customer")?)?),
        name => (Kind::named(name)?, text(object.get("id")?)?),
    };
    let at = DateTime::from_timestamp(event.get("created")?.as_i64()?, 0)?;
    let idempotency_key = event.get("request").and_then(|request| request.get("idempotency_key")).and_then(text);
    Some(Change { kind, id, at, idempotency_key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, list};
    use serde_json::json;

    #[tokio::test]
    async fn an_event_names_the_object_to_read_again() {
        let event =
            |object: Value| json!({"id": "evt_1", "created": 7, "data": {"object": object}, "request": {"id": null, "idempotency_key": "ours"}});
        let events = [
            event(json!({"object": "invoice", "id": "in_1", "total": "in some old form"})),
            event(json!({"object": "tax_id", "id": "txi_1", "customer": "cus_1"})),
            event(json!({"object": "something_new", "id": "x_1"})),
        ];
        let script = Script::new([Ok((200, list(events, false, "")))]);
        let walk = Walk::between(None, DateTime::from_timestamp(9, 0).expect("a time"));
        let found = script.stripe().changes(Topic::Documents, &walk).await.expect("changes").changes;
        let named: Vec<(Kind, &str)> = found.iter().map(|change| (change.kind, change.id.as_str())).collect();
        assert_eq!(named, [(Kind::Invoice, "in_1"), (Kind::Customer, "cus_1")]);
        assert_eq!(found[0].idempotency_key.as_deref(), Some("ours"));
        assert!(Topic::ALL.iter().all(|topic| topic.types().len() <= 20));
        assert!(script.asked()[0].contains("types[0]=invoice.updated&types[1]="), "{:?}", script.asked());
    }
}
