//! Smaller operations on invoices and customers: lines changed, payments attached, previews, balances.

use super::Stripe;
use super::editing::missing;
use super::error::{ApiError, Result};
use super::execute::{Call, Reply, object};
use super::invoices::{NewInvoice, integer, text};
use super::params::{Params, merge_metadata};
use super::totals::rounded;
use rust_decimal::Decimal;
use serde_json::{Value, json};

impl Stripe {
    /// Changes the named lines of a draft.
    pub(super) fn update_lines(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let draft = self.in_status(id, &["draft"], "edited")?;
        for change in call.params.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
            self.change_line(id, &text(change, "id"), change)?;
        }
        self.edited(call, id, &draft)
    }

    /// One line; of a finalized invoice only its metadata.
    pub(super) fn update_line(&mut self, call: &Call, id: &str, line: &str) -> Result<Reply> {
        let before = self.stored("invoice", id, "invoice")?;
        let only_metadata = call.params.keys().all(|name| matches!(name.as_str(), "metadata" | "expand"));
        if !only_metadata {
            self.in_status(id, &["draft"], "edited")?;
        }
        self.change_line(id, line, &call.params)?;
        if !only_metadata {
            self.edited(call, id, &before)?;
        }
        let lines = self.store.get("invoice", id).and_then(|invoice| invoice.get("_lines")?.as_array());
        let shown = lines.into_iter().flatten().find(|shown| shown["id"] == line).ok_or_else(ApiError::internal)?;
        Ok(Reply::Plain(super::lists::completed_line("line_item", shown)))
    }

    fn change_line(&mut self, invoice: &str, line: &str, change: &Params) -> Result<()> {
        let lines = self.store.get("invoice", invoice).and_then(|invoice| invoice.get("_lines")?.as_array()).cloned().unwrap_or_default();
        let found = lines.iter().position(|known| known["id"] == line).ok_or_else(|| ApiError::no_such_value("line_item", line, "lines[0][id]"))?;
        let mut changed = lines.get(found).and_then(Value::as_object).cloned().unwrap_or_default();
        if let Some(description) = change.get("description") {
            changed.insert("description".into(), description.clone());
        }
        if let Some(period) = change.get("period") {
            changed.insert("period".into(), period.clone());
        }
        if let Some(rates) = change.get("tax_rates") {
            changed.insert("_tax_rates".into(), if rates.is_null() { json!([]) } else { rates.clone() });
        }
        if let Some(metadata) = change.get("metadata") {
            let mut kept = changed.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
            merge_metadata(&mut kept, metadata)?;
            changed.insert("metadata".into(), Value::Object(kept));
        }
        let quantity = change.get("quantity").and_then(Value::as_i64).unwrap_or_else(|| integer(&changed, "quantity").max(1)).clamp(1, 1_000_000_000);
        let given = change.get("price_data").and_then(|data| data.get("unit_amount_decimal").or(data.get("unit_amount")));
        let unit = match (change.get("amount").and_then(Value::as_i64), given) {
            (Some(amount), _) => Decimal::from(amount),
            (None, Some(unit)) => unit.as_str().map_or_else(|| unit.to_string(), str::to_owned).parse().unwrap_or_default(),
            (None, None) => changed.get("pricing").and_then(|pricing| pricing.get("unit_amount_decimal")?.as_str()?.parse().ok()).unwrap_or_default(),
        };
        let amount = rounded(unit.checked_mul(Decimal::from(quantity)).unwrap_or_default());
        for (name, value) in
            [("quantity", quantity.into()), ("quantity_decimal", json!(quantity.to_string())), ("amount", amount.into()), ("subtotal", amount.into())]
        {
            changed.insert(name.into(), value);
        }
        if let Some(pricing) = changed.get_mut("pricing").and_then(Value::as_object_mut) {
            pricing.insert("unit_amount_decimal".into(), unit.normalize().to_string().into());
        }
        self.store.update("invoice", invoice, |invoice| {
            if let Some(slot) = invoice.get_mut("_lines").and_then(|lines| lines.get_mut(found)) {
                *slot = Value::Object(changed);
            }
        });
        Ok(())
    }

    /// Ties a payment that already succeeded to an invoice.
    pub(super) fn attach_payment(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let invoice = self.in_status(id, &["open", "uncollectible"], "paid")?;
        let intent_id = call.text("payment_intent").ok_or_else(|| missing("payment_intent"))?;
        let intent =
            self.store.get("payment_intent", intent_id).ok_or_else(|| ApiError::no_such_value("payment_intent", intent_id, "payment_intent"))?;
        if text(intent, "status") != "succeeded" || text(intent, "currency") != text(&invoice, "currency") {
            let message = "The PaymentIntent must have succeeded, in the currency of the invoice.";
            return Err(ApiError::state("payment_intent_unexpected_state", message));
        }
        let amount = integer(intent, "amount_received");
        let payment = json!({
            "invoice": id, "amount_requested": amount, "amount_paid": amount, "currency": text(&invoice, "currency"), "is_default": false, "status": "paid",
            "payment": { "type": "payment_intent", "payment_intent": intent_id }, "status_transitions": { "canceled_at": null, "paid_at": call.now },
        });
        let payment = self.create(call.now, "invoice_payment", object(payment));
        self.emit(call.now, "invoice_payment.paid", "invoice_payment", &payment, None, &call.cause());
        self.record_payment(call.now, id, amount, false, &call.cause());
        Ok(Reply::Object("invoice", id.to_owned()))
    }

    /// What an invoice would come to; nothing is kept and nothing announced.
    pub(super) fn preview_invoice(&mut self, call: &Call) -> Result<Reply> {
        let subscription = match call.text("subscription") {
            Some(id) => Some(self.store.get("subscription", id).cloned().ok_or_else(|| ApiError::no_such_value("subscription", id, "subscription"))?),
            None => None,
        };
        let of = subscription.as_ref().map(|subscription| text(subscription, "customer"));
        let customer = call.text("customer").map(str::to_owned).or(of).unwrap_or_default();
        if !customer.is_empty() && self.store.get("customer", &customer).is_none() {
            return Err(ApiError::no_such_value("customer", &customer, "customer"));
        }
        let asked = call.text("currency").map(str::to_lowercase);
        let items = call.params.get("invoice_items").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        let mut lines = items.map(|item| self.new_line(item, asked.as_deref())).collect::<Result<Vec<_>>>()?;
        if let Some(subscription) = &subscription {
            let (id, currency) = (text(subscription, "id"), text(subscription, "currency"));
            let end = self.store.with("subscription_item", "subscription", &id).map(|item| integer(item, "current_period_end")).max();
            let next = end.map(|end| (end, super::subscriptions::period_end(end, &self.first_price(&id))));
            lines.extend(self.period_lines(&id, next).into_iter().map(|line| (line, currency.clone())));
        }
        let pending = subscription.as_ref().map(|subscription| self.pending(&text(subscription, "id"))).unwrap_or_default();
        let currency = lines.first().map(|(_, currency)| currency.clone()).or(asked).unwrap_or_else(|| self.account.currency.clone());
        let new = NewInvoice {
            customer,
            currency,
            coupons: self.coupons(&call.params)?,
            lines: lines.into_iter().map(|(line, _)| line).collect(),
            ..NewInvoice::default()
        };
        let announced = std::mem::replace(&mut self.events_from, i64::MAX);
        let id = self.draft_invoice(call.now, new, &call.cause());
        for item in &pending {
            self.attach(&id, item);
            // It stays pending: nothing was billed.
            self.store.update("invoiceitem", item, |item| _ = item.insert("invoice".into(), Value::Null));
        }
        self.recompute(&id);
        self.events_from = announced;
        let shown = self.show(call.now, "invoice", &id);
        self.store.remove("invoice", &id);
        let mut shown = shown.ok_or_else(ApiError::internal)?;
        shown.insert("id".into(), id.replace("in_", "upcoming_in_").into());
        Ok(Reply::Plain(Value::Object(shown)))
    }

    fn first_price(&self, subscription: &str) -> super::store::Object {
        let item = self.store.with("subscription_item", "subscription", subscription).next();
        item.and_then(|item| item.get("price")?.as_object()).cloned().unwrap_or_default()
    }

    pub(super) fn update_balance_row(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let mut changed = self.stored("customer_balance_transaction", id, "transaction")?;
        super::customers::copy(&mut changed, call, &["description"]);
        call.merge_metadata(&mut changed)?;
        self.store.update("customer_balance_transaction", id, |row| *row = changed);
        Ok(Reply::Object("customer_balance_transaction", id.to_owned()))
    }

    /// A change of a customer's balance by hand: negative is credit.
    pub(super) fn adjust_balance(&mut self, call: &Call, customer: &str) -> Result<Reply> {
        let stored = self.stored("customer", customer, "customer")?;
        let amount = call.integer("amount").ok_or_else(|| missing("amount"))?;
        let balance = integer(&stored, "balance").checked_add(amount).filter(|balance| balance.abs() < 1_000_000_000_000);
        let balance = balance.ok_or_else(|| ApiError::invalid(None, "The amount is too large.", Some("amount")))?;
        self.store.update("customer", customer, |customer| _ = customer.insert("balance".into(), balance.into()));
        let row = json!({
            "customer": customer, "amount": amount, "currency": call.text("currency").unwrap_or_default().to_lowercase(), "ending_balance": balance,
            "type": "adjustment", "metadata": call.metadata()?, "description": call.params.get("description"),
        });
        let id = self.create(call.now, "customer_balance_transaction", object(row));
        self.emit(call.now, "customer.updated", "customer", customer, Some(&stored), &call.cause());
        Ok(Reply::Object("customer_balance_transaction", id))
    }
}
