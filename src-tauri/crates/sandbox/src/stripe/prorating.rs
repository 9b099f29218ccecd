//! Subscriptions changed in the middle of a period: what is given back and asked for the rest of it; pauses.

use super::Stripe;
use super::customers::copy;
use super::editing::missing;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::{Call, Reply};
use super::invoices::{NewLine, integer, text};
use super::store::Object;
use super::subscriptions::{period_end, plan};
use super::totals::rounded;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// `docs: Prorations`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prorate {
    /// On the next invoice.
    Pending,
    /// On an invoice of its own.
    AtOnce,
    No,
}

impl Stripe {
    pub(super) fn update_subscription(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("subscription", id, "subscription")?;
        if text(&before, "status") == "canceled" {
            return Err(ApiError::state("resource_missing", "A canceled subscription can only update its cancellation details and metadata."));
        }
        let coupons = self.coupons(&call.params)?;
        let wanted: Vec<Object> =
            call.params.get("items").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).cloned().collect();
        self.change_items(call, id, &wanted)?;
        let mut changed = self.stored("subscription", id, "subscription")?;
        copy(&mut changed, call, &["cancel_at_period_end", "cancel_at", "description", "days_until_due", "pause_collection"]);
        call.merge_metadata(&mut changed)?;
        if call.text("trial_end") == Some("now") && text(&before, "status") == "trialing" {
            changed.insert("trial_end".into(), call.now.into());
        }
        self.replace(call, "customer.subscription.updated", "subscription", id, &before, changed);
        if call.params.contains_key("discounts") {
            self.discount_subscription(call.now, id, &coupons);
        }
        if call.text("trial_end") == Some("now") && text(&before, "status") == "trialing" {
            self.renew(call.now, id);
        }
        Ok(Reply::Object("subscription", id.to_owned()))
    }

    pub(super) fn create_subscription_item(&mut self, call: &Call) -> Result<Reply> {
        let id = call.text("subscription").ok_or_else(|| missing("subscription"))?.to_owned();
        if self.store.get("subscription", &id).is_none() {
            return Err(ApiError::no_such_value("subscription", &id, "subscription"));
        }
        let mut wanted = call.params.clone();
        wanted.remove("id");
        self.change_items(call, &id, &[wanted])?;
        let newest = self.store.with("subscription_item", "subscription", &id).last().map(|item| text(item, "id"));
        newest.map(|item| Reply::Object("subscription_item", item)).ok_or_else(ApiError::internal)
    }

    pub(super) fn update_subscription_item(&mut self, call: &Call, item: &str) -> Result<Reply> {
        let stored = self.stored("subscription_item", item, "item")?;
        let mut wanted = call.params.clone();
        wanted.insert("id".into(), item.into());
        self.change_items(call, &text(&stored, "subscription"), &[wanted])?;
        let mut changed = self.stored("subscription_item", item, "item")?;
        call.merge_metadata(&mut changed)?;
        self.store.update("subscription_item", item, |item| *item = changed);
        Ok(Reply::Object("subscription_item", item.to_owned()))
    }

    pub(super) fn delete_subscription_item(&mut self, call: &Call, item: &str) -> Result<Reply> {
        let stored = self.stored("subscription_item", item, "item")?;
        let gone = [("id".to_owned(), item.into()), ("deleted".to_owned(), true.into())].into_iter().collect();
        self.change_items(call, &text(&stored, "subscription"), &[gone])?;
        Ok(super::editing::deleted("subscription_item", item))
    }

    /// Stops the service itself: no renewals until it is resumed. `bill_for` decides about the time already paid.
    pub(super) fn pause_subscription(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("subscription", id, "subscription")?;
        self.must_be(&before, &["active", "trialing", "past_due"], "paused")?;
        let unused = call.params.get("bill_for").and_then(|of| of.pointer("/unused_time_from/type")?.as_str()).unwrap_or("none");
        if unused != "none" {
            self.give_back_rest(call.now, id);
            if call.text("invoicing_behavior") == Some("invoice") {
                self.bill_pending(call.now, id, &call.cause())?;
            }
        }
        self.store.update("subscription", id, |subscription| _ = subscription.insert("status".into(), "paused".into()));
        self.emit(call.now, "customer.subscription.paused", "subscription", id, Some(&before), &call.cause());
        Ok(Reply::Object("subscription", id.to_owned()))
    }

    /// By default a new period begins, and is billed.
    pub(super) fn resume_subscription(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("subscription", id, "subscription")?;
        self.must_be(&before, &["paused"], "resumed")?;
        let unchanged = call.params.get("billing_cycle_anchor").and_then(|anchor| anchor.get("type")?.as_str()) == Some("unchanged");
        self.store.update("subscription", id, |subscription| _ = subscription.insert("status".into(), "active".into()));
        let end = self.store.with("subscription_item", "subscription", id).map(|item| integer(item, "current_period_end")).max().unwrap_or_default();
        if unchanged && end > call.now {
            self.agenda.renewal(end, id);
        } else {
            self.renew(call.now, id);
        }
        self.emit(call.now, "customer.subscription.resumed", "subscription", id, Some(&before), &call.cause());
        Ok(Reply::Object("subscription", id.to_owned()))
    }

    /// All are of the flexible kind here already.
    pub(super) fn migrate_subscription(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("subscription", id, "subscription")?;
        let mut changed = before.clone();
        changed.insert("billing_mode".into(), json!({ "type": "flexible", "flexible": null, "updated_at": call.now }));
        self.replace(call, "customer.subscription.updated", "subscription", id, &before, changed);
        Ok(Reply::Object("subscription", id.to_owned()))
    }

    /// Changes, adds and removes items. Nothing is changed when any of it is refused.
    fn change_items(&mut self, call: &Call, id: &str, wanted: &[Object]) -> Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let subscription = self.stored("subscription", id, "subscription")?;
        let items: Vec<Object> = self.store.with("subscription_item", "subscription", id).cloned().collect();
        let changes = wanted.iter().map(|wanted| self.change(&items, wanted)).collect::<Result<Vec<Change>>>()?;
        let removed = changes.iter().filter(|change| change.after.is_none()).count();
        let added = changes.iter().filter(|change| change.before.is_none()).count();
        if items.len() + added == removed {
            return Err(ApiError::invalid(None, "A subscription must have at least one active item; cancel it instead.", Some("items")));
        }
        let prorate = match call.text("proration_behavior") {
            Some("none") => Prorate::No,
            Some("always_invoice") => Prorate::AtOnce,
            _ => Prorate::Pending,
        };
        let period = items.first().map_or((call.now, call.now), |item| (integer(item, "current_period_start"), integer(item, "current_period_end")));
        let at = call.integer("proration_date").unwrap_or(call.now).clamp(period.0, period.1);
        let mut lines = Vec::new();
        for change in &changes {
            let item = self.apply(call, id, change, period);
            if prorate != Prorate::No && text(&subscription, "status") != "trialing" {
                lines.extend(self.prorated(id, &item, change, period, at));
            }
        }
        for line in lines {
            self.leave_pending(call.now, &subscription, line, &call.cause());
        }
        if prorate == Prorate::AtOnce {
            self.bill_pending(call.now, id, &call.cause())?;
        }
        self.restart_if_longer(call, id, &changes, period)
    }

    fn change(&self, items: &[Object], wanted: &Object) -> Result<Change> {
        let before = match wanted.get("id").and_then(Value::as_str) {
            Some(id) => {
                let found = items.iter().find(|item| text(item, "id") == id);
                Some(found.cloned().ok_or_else(|| ApiError::no_such_value("subscription_item", id, "items[0][id]"))?)
            }
            None => None,
        };
        let price = match (&before, wanted.get("price")) {
            (Some(item), None) => item.get("price").and_then(Value::as_object).cloned().unwrap_or_default(),
            _ => self.recurring_price(wanted)?,
        };
        let quantity = wanted.get("quantity").and_then(Value::as_i64).or(before.as_ref().map(|item| integer(item, "quantity"))).unwrap_or(1);
        if !(0..=1_000_000).contains(&quantity) {
            return Err(ApiError::invalid(Some("parameter_invalid_integer"), "Invalid quantity.", Some("items[0][quantity]")));
        }
        let after = (wanted.get("deleted") != Some(&true.into())).then_some((price, quantity));
        Ok(Change { before, after, rates: wanted.get("tax_rates").cloned() })
    }

    /// The item as it is afterwards, or as it was when it is gone.
    fn apply(&mut self, call: &Call, subscription: &str, change: &Change, period: (i64, i64)) -> Object {
        let id = match (&change.before, &change.after) {
            (Some(item), None) => {
                self.store.remove("subscription_item", &text(item, "id"));
                return item.clone();
            }
            (Some(item), Some((price, quantity))) => {
                let id = text(item, "id");
                self.store.update("subscription_item", &id, |item| {
                    item.insert("price".into(), Value::Object(price.clone()));
                    item.insert("plan".into(), plan(price));
                    item.insert("quantity".into(), (*quantity).into());
                    if let Some(rates) = &change.rates {
                        item.insert("_tax_rates".into(), if rates.is_array() { rates.clone() } else { json!([]) });
                    }
                });
                id
            }
            (None, Some((price, quantity))) => self.add_item(call.now, subscription, price, *quantity, change.rates.clone(), period),
            (None, None) => return Object::new(),
        };
        self.store.get("subscription_item", &id).cloned().unwrap_or_default()
    }

    /// What was paid for the rest of the period goes back, what it costs now is asked for.
    fn prorated(&self, subscription: &str, item: &Object, change: &Change, (start, end): (i64, i64), at: i64) -> Vec<NewLine> {
        let part = |price: &Object, quantity: i64, sign: i64| -> Option<NewLine> {
            let line = self.item_line(subscription, item, price)?;
            let whole = line.unit_amount.checked_mul(Decimal::from(quantity))?;
            let left = whole.checked_mul(Decimal::from(end - at))?.checked_div(Decimal::from((end - start).max(1)))?;
            let said = if sign < 0 { "Unused time on" } else { "Remaining time on" };
            let description = format!("{said} {quantity} × {}", self.product_name(price));
            Some(NewLine { description, quantity, amount: Some(rounded(left) * sign), period: Some((at, end)), proration: true, ..line })
        };
        let before = change.before.as_ref().and_then(|item| Some((item.get("price")?.as_object()?, integer(item, "quantity"))));
        let after = change.after.as_ref().map(|(price, quantity)| (price, *quantity));
        if before.is_some() && before == after {
            return Vec::new();
        }
        let given = before.and_then(|(price, quantity)| part(price, quantity, -1));
        let asked = after.and_then(|(price, quantity)| part(price, quantity, 1));
        given.into_iter().chain(asked).collect()
    }

    /// Credits the rest of every item's period.
    pub(super) fn give_back_rest(&mut self, now: i64, id: &str) {
        let Some(subscription) = self.store.get("subscription", id).cloned() else { return };
        let items: Vec<Object> = self.store.with("subscription_item", "subscription", id).cloned().collect();
        for item in items {
            let period = (integer(&item, "current_period_start"), integer(&item, "current_period_end"));
            let change = Change { before: Some(item.clone()), after: None, rates: None };
            for line in self.prorated(id, &item, &change, period, now.clamp(period.0, period.1)) {
                self.leave_pending(now, &subscription, line, &Cause::default());
            }
        }
    }

    fn leave_pending(&mut self, now: i64, subscription: &Object, line: NewLine, cause: &Cause) {
        let mut item = self.item_fields(&line, &text(subscription, "currency"));
        for (name, value) in
            [("customer", json!(text(subscription, "customer"))), ("date", now.into()), ("metadata", json!({})), ("invoice", Value::Null)]
        {
            item.insert(name.into(), value);
        }
        let id = self.create(now, "invoiceitem", item);
        self.emit(now, "invoiceitem.created", "invoiceitem", &id, None, cause);
    }

    /// Items of a subscription that are on no invoice yet, oldest first.
    pub(super) fn pending(&self, subscription: &str) -> Vec<String> {
        let customer = self.store.get("subscription", subscription).map(|subscription| text(subscription, "customer")).unwrap_or_default();
        let items = self.store.with("invoiceitem", "customer", &customer).filter(|item| item.get("invoice").is_none_or(Value::is_null));
        let of = |item: &&Object| super::store::at(item, "parent.subscription_details.subscription").and_then(Value::as_str) == Some(subscription);
        items.filter(of).map(|item| text(item, "id")).collect()
    }

    pub(super) fn attach_pending(&mut self, invoice: &str, subscription: &str) {
        let pending = self.pending(subscription);
        for item in &pending {
            self.attach(invoice, item);
        }
        if !pending.is_empty() {
            self.recompute(invoice);
        }
    }

    /// An invoice of nothing but what is pending, finalized at once and paid when it is to be charged.
    pub(super) fn bill_pending(&mut self, now: i64, id: &str, cause: &Cause) -> Result<()> {
        if self.pending(id).is_empty() {
            return Ok(());
        }
        let invoice = self.bill_lines(now, id, "subscription_update", Vec::new());
        self.attach_pending(&invoice, id);
        self.settle_bill(now, &invoice, cause)
    }

    fn settle_bill(&mut self, now: i64, invoice: &str, cause: &Cause) -> Result<()> {
        self.finalize_invoice(now, invoice, cause)?;
        let remaining = self.invoice_amount(invoice, "amount_remaining");
        let charges = self.store.get("invoice", invoice).is_some_and(|invoice| text(invoice, "collection_method") == "charge_automatically");
        if charges && remaining > 0 {
            self.pay_by_card_on_file(now, invoice, remaining);
        }
        Ok(())
    }

    /// A price with another interval begins a new period, which is billed at once.
    fn restart_if_longer(&mut self, call: &Call, id: &str, changes: &[Change], period: (i64, i64)) -> Result<()> {
        let interval = |price: &Object| price.get("recurring").and_then(|recurring| recurring.get("interval")).cloned();
        let other = changes.iter().find_map(|change| {
            let before = change.before.as_ref()?.get("price")?.as_object()?;
            let (after, _) = change.after.as_ref()?;
            (interval(before) != interval(after)).then_some(after)
        });
        let Some(price) = other.filter(|_| period.1 > call.now) else { return Ok(()) };
        let end = period_end(call.now, price);
        let items: Vec<String> = self.store.with("subscription_item", "subscription", id).map(|item| text(item, "id")).collect();
        // The rest of the old period was asked for at the new price; the new period is asked for as a whole instead.
        for pending in self.pending(id) {
            let asks = self.store.get("invoiceitem", &pending).is_some_and(|item| integer(item, "amount") > 0);
            if asks {
                self.store.remove("invoiceitem", &pending);
            }
        }
        for item in items {
            self.store.update("subscription_item", &item, |item| {
                item.insert("current_period_start".into(), call.now.into());
                item.insert("current_period_end".into(), end.into());
            });
        }
        self.agenda.renewal(end, id);
        let lines = self.period_lines(id, None);
        let invoice = self.bill_lines(call.now, id, "subscription_update", lines);
        self.attach_pending(&invoice, id);
        self.settle_bill(call.now, &invoice, &call.cause())
    }

    fn must_be(&self, subscription: &Object, from: &[&str], doing: &str) -> Result<()> {
        let status = text(subscription, "status");
        if from.contains(&status.as_str()) {
            return Ok(());
        }
        Err(ApiError::state("status_transition_invalid", format!("This subscription is {status} and can't be {doing}.")))
    }
}

/// An item before, and its price and quantity afterwards.
struct Change {
    before: Option<Object>,
    after: Option<(Object, i64)>,
    rates: Option<Value>,
}
