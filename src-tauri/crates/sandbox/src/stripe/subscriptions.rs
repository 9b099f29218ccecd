//! Subscriptions: their first invoice, a renewal at the end of each period, and how they end.

use super::Stripe;
use super::editing::missing;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::{Call, Reply, object};
use super::invoices::{NewInvoice, NewLine, integer, text};
use super::money::DAY;
use super::store::Object;
use chrono::{DateTime, Months};
use rust_decimal::Decimal;
use serde_json::{Value, json};

const MAX_ITEMS: usize = 20;

impl Stripe {
    pub(super) fn create_subscription(&mut self, call: &Call) -> Result<Reply> {
        let customer = call.text("customer").ok_or_else(|| missing("customer"))?.to_owned();
        if self.store.get("customer", &customer).is_none() {
            return Err(ApiError::no_such_value("customer", &customer, "customer"));
        }
        let wanted: Vec<Object> =
            call.params.get("items").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).cloned().collect();
        if wanted.is_empty() || wanted.len() > MAX_ITEMS {
            return Err(missing("items"));
        }
        let coupons = self.coupons(&call.params)?;
        let prices = wanted.iter().map(|item| self.recurring_price(item)).collect::<Result<Vec<Object>>>()?;
        let first = prices.first().cloned().unwrap_or_default();
        let days = call.integer("days_until_due");
        let by_invoice = call.text("collection_method") == Some("send_invoice");
        if by_invoice && days.is_none() {
            return Err(missing("days_until_due"));
        }
        let trial = call.integer("trial_period_days").filter(|days| (1..=730).contains(days)).map(|days| call.now + days * DAY);
        let end = trial.unwrap_or_else(|| period_end(call.now, &first));
        let subscription = json!({
            "customer": customer, "currency": text(&first, "currency"), "status": if trial.is_some() { "trialing" } else { "active" },
            "billing_cycle_anchor": trial.unwrap_or(call.now), "start_date": call.now, "metadata": call.metadata()?, "days_until_due": days,
            "collection_method": if by_invoice { "send_invoice" } else { "charge_automatically" }, "billing_mode": { "type": "flexible", "flexible": null },
            "invoice_settings": { "issuer": { "type": "self" } }, "trial_start": trial.map(|_| call.now), "trial_end": trial, "_price": text(&first, "id"),
            "cancel_at_period_end": call.params.get("cancel_at_period_end") == Some(&true.into()), "description": call.params.get("description"),
            "cancel_at": call.params.get("cancel_at").filter(|at| at.is_i64()), "_coupons": coupons,
        });
        let id = self.create(call.now, "subscription", object(subscription));
        self.discount_subscription(call.now, &id, &coupons);
        for (item, price) in wanted.iter().zip(&prices) {
            let rates = item.get("tax_rates").or(call.params.get("default_tax_rates")).cloned();
            self.add_item(call.now, &id, price, item.get("quantity").and_then(Value::as_i64).unwrap_or(1), rates, (call.now, end));
        }
        self.emit(call.now, "customer.subscription.created", "subscription", &id, None, &call.cause());
        if trial.is_none() {
            let invoice = self.bill(call.now, &id, "subscription_create");
            self.finalize_invoice(call.now, &invoice, &call.cause())?;
            let remaining = self.invoice_amount(&invoice, "amount_remaining");
            if !by_invoice && remaining > 0 {
                self.pay_by_card_on_file(call.now, &invoice, remaining);
            }
        }
        self.agenda.renewal(end, &id);
        Ok(Reply::Object("subscription", id))
    }

    pub(super) fn cancel_subscription(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let stored = self.stored("subscription", id, "subscription")?;
        if text(&stored, "status") == "canceled" {
            return Err(ApiError::no_such("subscription", id, "subscription"));
        }
        if call.params.get("prorate") == Some(&true.into()) {
            self.give_back_rest(call.now, id);
        }
        if call.params.get("invoice_now") == Some(&true.into()) {
            self.bill_pending(call.now, id, &call.cause())?;
        }
        self.end_subscription(call.now, id, &call.cause());
        Ok(Reply::Object("subscription", id.to_owned()))
    }

    /// A price on a subscription.
    pub(super) fn add_item(
        &mut self,
        now: i64,
        subscription: &str,
        price: &Object,
        quantity: i64,
        rates: Option<Value>,
        period: (i64, i64),
    ) -> String {
        let rates = rates.filter(Value::is_array).unwrap_or_else(|| json!([]));
        let item = json!({
            "subscription": subscription, "price": price, "plan": plan(price), "quantity": quantity, "metadata": {}, "discounts": [],
            "current_period_start": period.0, "current_period_end": period.1, "_tax_rates": rates,
        });
        self.create(now, "subscription_item", object(item))
    }

    pub(super) fn discount_subscription(&mut self, now: i64, id: &str, coupons: &[String]) {
        let customer = self.store.get("subscription", id).map(|subscription| text(subscription, "customer")).unwrap_or_default();
        let discounts: Vec<String> = coupons.iter().map(|coupon| self.discount(now, coupon, &customer, None)).collect();
        self.store.update("subscription", id, |subscription| {
            subscription.insert("discounts".into(), discounts.into());
            subscription.insert("_coupons".into(), coupons.into());
        });
    }

    /// The end of a period: the next one begins with a draft, or the subscription ends.
    pub(super) fn renew(&mut self, at: i64, id: &str) {
        let Some(stored) = self.store.get("subscription", id).cloned() else { return };
        match text(&stored, "status").as_str() {
            "active" | "trialing" | "past_due" if ends(&stored, at) => self.end_subscription(at, id, &Cause::default()),
            "active" | "trialing" | "past_due" => {
                let items: Vec<Object> = self.store.with("subscription_item", "subscription", id).cloned().collect();
                let end = items.first().and_then(|item| item.get("price")?.as_object()).map_or(at + 30 * DAY, |price| period_end(at, price));
                for item in &items {
                    self.store.update("subscription_item", &text(item, "id"), |item| {
                        item.insert("current_period_start".into(), at.into());
                        item.insert("current_period_end".into(), end.into());
                    });
                }
                self.store.update("subscription", id, |subscription| _ = subscription.insert("status".into(), "active".into()));
                let invoice = self.bill(at, id, "subscription_cycle");
                self.hold_back(at, &stored, &invoice);
                self.emit(at, "customer.subscription.updated", "subscription", id, Some(&stored), &Cause::default());
                self.agenda.renewal(end, id);
            }
            _ => {}
        }
    }

    /// While collection is paused, what is billed is not asked for. `docs: Pause payment collection`.
    fn hold_back(&mut self, at: i64, subscription: &Object, invoice: &str) {
        let Some(pause) = subscription.get("pause_collection").and_then(Value::as_object) else { return };
        self.store.update("invoice", invoice, |invoice| _ = invoice.insert("auto_advance".into(), false.into()));
        let cause = Cause::default();
        let behavior = text(pause, "behavior");
        if behavior != "keep_as_draft" && self.finalize_invoice(at, invoice, &cause).is_ok() {
            // It was finalized just now: both are possible.
            let _ = if behavior == "void" { self.void_invoice(at, invoice, &cause) } else { self.mark_uncollectible(at, invoice, &cause) };
        }
    }

    /// What the items of a subscription come to, for a period or the current one.
    pub(super) fn period_lines(&self, id: &str, period: Option<(i64, i64)>) -> Vec<NewLine> {
        let lines = self.store.with("subscription_item", "subscription", id).filter_map(|item| {
            let price = item.get("price")?.as_object()?;
            Some(NewLine {
                description: format!("{} × {}", integer(item, "quantity"), self.product_name(price)),
                quantity: integer(item, "quantity"),
                period: Some(period.unwrap_or((integer(item, "current_period_start"), integer(item, "current_period_end")))),
                ..self.item_line(id, item, price)?
            })
        });
        lines.collect()
    }

    pub(super) fn product_name(&self, price: &Object) -> String {
        self.store.get("product", &text(price, "product")).map(|product| text(product, "name")).unwrap_or_default()
    }

    /// Price, rates and origin of an item's lines.
    pub(super) fn item_line(&self, subscription: &str, item: &Object, price: &Object) -> Option<NewLine> {
        let rates = item.get("_tax_rates").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        Some(NewLine {
            unit_amount: text(price, "unit_amount_decimal").parse::<Decimal>().ok()?,
            price: Some((text(price, "id"), text(price, "product"))),
            tax_rates: rates.collect(),
            subscription: Some((subscription.to_owned(), text(item, "id"))),
            ..NewLine::default()
        })
    }

    /// The draft of the current period, with what was left pending. It finalizes itself an hour later.
    fn bill(&mut self, at: i64, id: &str, reason: &'static str) -> String {
        let lines = self.period_lines(id, None);
        let invoice = self.bill_lines(at, id, reason, lines);
        self.attach_pending(&invoice, id);
        invoice
    }

    pub(super) fn bill_lines(&mut self, at: i64, id: &str, reason: &'static str, lines: Vec<NewLine>) -> String {
        let subscription = self.store.get("subscription", id).cloned().unwrap_or_default();
        let coupons = subscription.get("_coupons").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let new = NewInvoice {
            customer: text(&subscription, "customer"),
            currency: text(&subscription, "currency"),
            days_until_due: subscription.get("days_until_due").and_then(Value::as_i64),
            coupons: coupons.collect(),
            lines,
            auto_advance: true,
            reason: Some(reason),
            subscription: Some(id.to_owned()),
            ..NewInvoice::default()
        };
        let invoice = self.draft_invoice(at, new, &Cause::default());
        self.store.update("subscription", id, |subscription| _ = subscription.insert("latest_invoice".into(), invoice.as_str().into()));
        invoice
    }

    pub(super) fn end_subscription(&mut self, at: i64, id: &str, cause: &Cause) {
        let before = self.store.get("subscription", id).cloned();
        self.store.update("subscription", id, |subscription| {
            subscription.insert("status".into(), "canceled".into());
            subscription.insert("canceled_at".into(), at.into());
            subscription.insert("ended_at".into(), at.into());
        });
        self.emit(at, "customer.subscription.deleted", "subscription", id, before.as_ref(), cause);
    }

    pub(super) fn recurring_price(&self, item: &Object) -> Result<Object> {
        let id = item.get("price").and_then(Value::as_str).ok_or_else(|| missing("items[0][price]"))?;
        let price = self.store.get("price", id).ok_or_else(|| ApiError::no_such_value("price", id, "items[0][price]"))?;
        if text(price, "type") != "recurring" {
            let message = "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.";
            return Err(ApiError::invalid(None, message, Some("items[0][price]")));
        }
        Ok(price.clone())
    }
}

fn ends(subscription: &Object, at: i64) -> bool {
    let until = subscription.get("cancel_at").and_then(Value::as_i64);
    subscription.get("cancel_at_period_end") == Some(&true.into()) || until.is_some_and(|until| until <= at)
}

pub(super) fn period_end(from: i64, price: &Object) -> i64 {
    let recurring = price.get("recurring").and_then(Value::as_object).cloned().unwrap_or_default();
    let count = integer(&recurring, "interval_count").clamp(1, 36);
    let months = |months: i64| {
        let start = DateTime::from_timestamp(from, 0).unwrap_or_default();
        let months = Months::new(u32::try_from(months).unwrap_or(1));
        start.checked_add_months(months).map_or(from + 30 * DAY, |end| end.timestamp())
    };
    match text(&recurring, "interval").as_str() {
        "day" => from + count * DAY,
        "week" => from + count * 7 * DAY,
        "year" => months(12 * count),
        _ => months(count),
    }
}

/// The older form of a price, which items still carry.
pub(super) fn plan(price: &Object) -> Value {
    let part = |name: &str| price.get("recurring").and_then(|recurring| recurring.get(name)).cloned().unwrap_or_default();
    json!({
        "id": price.get("id"), "object": "plan", "active": true, "amount": price.get("unit_amount"), "amount_decimal": price.get("unit_amount_decimal"),
        "billing_scheme": "per_unit", "created": price.get("created"), "currency": price.get("currency"), "interval": part("interval"),
        "interval_count": part("interval_count"), "product": price.get("product"), "usage_type": "licensed", "metadata": {},
    })
}
