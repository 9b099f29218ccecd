//! A transport that answers by a script, and a clock that moves when somebody sleeps.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use remote::{BaseUrl, BoxFuture, Clock, Lost, Outside, Secret, Transport};
use serde_json::{Value, json};

use crate::Stripe;

type Step = Result<(u16, Value), Lost>;

pub(crate) struct Script {
    steps: Mutex<VecDeque<Step>>,
    sent: Mutex<Vec<Request<Bytes>>>,
    now: Mutex<DateTime<Utc>>,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        let now = DateTime::from_timestamp(1_790_000_000, 0).expect("a time");
        Arc::new(Self { steps: Mutex::new(steps.into_iter().collect()), sent: Mutex::default(), now: Mutex::new(now) })
    }

    pub(crate) fn stripe(self: &Arc<Self>) -> Stripe {
        let outside = Outside { transport: self.clone(), clock: self.clone(), seed: 1 };
        Stripe::new(outside, BaseUrl::parse("https://api.stripe.com").expect("a base"), &Secret::from("rk_test_planted")).expect("a key")
    }

    pub(crate) fn sent(&self) -> Vec<Request<Bytes>> {
        self.sent.lock().expect("no other holder").clone()
    }

    /// Paths with their queries, decoded for the eye.
    pub(crate) fn asked(&self) -> Vec<String> {
        let decoded = |request: &Request<Bytes>| {
            let path = request.uri().path_and_query().map(|path| path.as_str().to_owned()).unwrap_or_default();
            percent_encoding::percent_decode_str(&path).decode_utf8_lossy().into_owned()
        };
        self.sent().iter().map(decoded).collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, Lost>> {
        Box::pin(async move {
            self.sent.lock().expect("no other holder").push(request);
            let step = self.steps.lock().expect("no other holder").pop_front().expect("the script has one more answer");
            let response =
                |(status, body): (u16, Value)| Response::builder().status(status).header("request-id", "req_1").body(Bytes::from(body.to_string()));
            step.map(|answer| response(answer).expect("a response"))
        })
    }
}

impl Clock for Script {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().expect("no other holder")
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { *self.now.lock().expect("no other holder") += TimeDelta::from_std(time).expect("a short wait") })
    }
}

pub(crate) fn list(data: impl IntoIterator<Item = Value>, has_more: bool, url: &str) -> Value {
    json!({"object": "list", "url": url, "has_more": has_more, "data": data.into_iter().collect::<Vec<_>>()})
}

/// A small finalized invoice of 1,250.00 DKK.
pub(crate) fn invoice(id: &str) -> Value {
    let tax = json!({"amount": 25_000, "taxable_amount": 100_000, "tax_behavior": "exclusive", "taxability_reason": "standard_rated",
        "type": "tax_rate_details", "tax_rate_details": {"tax_rate": "txr_25"}});
    json!({
        "id": id, "object": "invoice", "number": "NK-0409", "status": "open", "livemode": false, "currency": "dkk",
        "created": 1_789_000_000, "effective_at": null, "due_date": null, "status_transitions": {"finalized_at": 1_789_000_100},
        "collection_method": "send_invoice", "billing_reason": "a_new_reason", "customer": "cus_1", "customer_name": "Ærø Is ApS",
        "customer_tax_ids": [{"type": "eu_vat", "value": "DK13585628"}], "customer_address": {"city": "Marstal", "country": "DK"},
        "subtotal": 100_000, "total": 125_000, "total_excluding_tax": 100_000, "total_taxes": [tax], "discounts": [],
        "amount_due": 125_000, "amount_paid": 0, "amount_remaining": 125_000,
        "lines": list([line("il_1", tax)], false, &format!("/v1/invoices/{id}/lines")), "metadata": {}, "hosted_invoice_url": "https://a.example"
    })
}

pub(crate) fn line(id: &str, tax: Value) -> Value {
    json!({
        "id": id, "object": "line_item", "amount": 100_000, "subtotal": 100_000, "currency": "dkk", "description": "Skål", "quantity": 4,
        "quantity_decimal": "4", "period": {"start": 1_789_000_000, "end": 1_789_000_000},
        "pricing": {"type": "price_details", "unit_amount_decimal": "25000", "price_details": {"price": "price_1", "product": "prod_1"}},
        "taxes": [tax], "discount_amounts": [], "parent": {"type": "invoice_item_details", "invoice_item_details": {"proration": false}}, "metadata": {}
    })
}
