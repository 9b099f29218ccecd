//! Charges made directly, held and captured, and the rarer steps of payment intents.

use super::Stripe;
use super::editing::missing;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::{Call, Reply, object};
use super::invoices::{integer, text};
use super::money::{CardFrom, NewCharge, NewRow};
use super::payments::{check_amount, declines};
use super::store::Object;
use serde_json::{Value, json};

impl Stripe {
    pub(super) fn create_charge(&mut self, call: &Call) -> Result<Reply> {
        let amount = call.integer("amount").ok_or_else(|| missing("amount"))?;
        let currency = call.text("currency").ok_or_else(|| missing("currency"))?.to_lowercase();
        check_amount(amount, &currency)?;
        let customer = call.text("customer").map(str::to_owned);
        if let Some(id) = customer.as_deref().filter(|id| self.store.get("customer", id).is_none()) {
            return Err(ApiError::no_such_value("customer", id, "customer"));
        }
        if customer.is_none() && call.text("source").is_none() {
            return Err(ApiError::invalid(Some("parameter_missing"), "Must provide source or customer.", None));
        }
        if let Some(reason) = call.text("source").and_then(declines) {
            let charge = self.failed_charge(call, amount, &currency, None, reason);
            return Err(ApiError::declined(reason, &charge, None));
        }
        let metadata = call.metadata()?;
        let new = NewCharge {
            amount,
            currency,
            customer,
            description: call.text("description").map(str::to_owned),
            held: call.params.get("capture") == Some(&false.into()),
            ..NewCharge::default()
        };
        let id = self.charge(call.now, new, &call.cause());
        self.store.update("charge", &id, |charge| _ = charge.insert("metadata".into(), metadata));
        Ok(Reply::Object("charge", id))
    }

    pub(super) fn capture_charge(&mut self, call: &Call, id: &str) -> Result<Reply> {
        self.capture(call.now, id, call.integer("amount"), &call.cause())?;
        Ok(Reply::Object("charge", id.to_owned()))
    }

    pub(super) fn capture_intent(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let intent = self.stored("payment_intent", id, "intent")?;
        self.intent_in(&intent, &["requires_capture"])?;
        self.capture(call.now, &text(&intent, "latest_charge"), call.integer("amount_to_capture"), &call.cause())?;
        Ok(Reply::Object("payment_intent", id.to_owned()))
    }

    /// Takes what is held, or a part of it. What is not taken goes back, on the balance as a reversal of its own.
    fn capture(&mut self, now: i64, id: &str, part: Option<i64>, cause: &Cause) -> Result<()> {
        let held = self.stored("charge", id, "charge")?;
        let amount = integer(&held, "amount");
        if held.get("captured") != Some(&Value::Bool(false)) {
            return Err(ApiError::state("charge_already_captured", format!("Charge {id} has already been captured.")));
        }
        let taken = part.unwrap_or(amount);
        if taken <= 0 || taken > amount {
            let message = format!("You cannot capture an amount greater than the {amount} that was authorized.");
            return Err(ApiError { executed: true, ..ApiError::invalid(Some("amount_too_large"), message, Some("amount")) });
        }
        let card_from = match held.get("payment_method_details").and_then(|details| details.pointer("/card/country")?.as_str()) {
            Some("DE") => CardFrom::Europe,
            Some("US") => CardFrom::Elsewhere,
            _ => CardFrom::Home,
        };
        let new = NewCharge { amount, currency: text(&held, "currency"), card_from, ..NewCharge::default() };
        let row = self.charge_row(now, id, &new, taken);
        self.store.update("charge", id, |charge| {
            charge.insert("captured".into(), true.into());
            charge.insert("amount_captured".into(), taken.into());
            charge.insert("balance_transaction".into(), row.into());
        });
        if taken < amount {
            self.reverse_rest(now, &held, amount - taken);
        }
        if let Some(intent) = held.get("payment_intent").and_then(Value::as_str) {
            self.store.update("payment_intent", intent, |intent| {
                for (name, value) in [("status", json!("succeeded")), ("amount_received", json!(taken)), ("amount_capturable", json!(0))] {
                    intent.insert(name.into(), value);
                }
            });
            self.emit(now, "payment_intent.succeeded", "payment_intent", intent, None, cause);
        }
        self.emit(now, "charge.captured", "charge", id, Some(&held), cause);
        Ok(())
    }

    /// `docs: Reporting categories`: a row of type refund whose category is partial_capture_reversal.
    fn reverse_rest(&mut self, now: i64, charge: &Object, rest: i64) {
        let id = self.id("re_");
        let (settled, currency, rate) = self.settle(rest, &text(charge, "currency"));
        let row = NewRow {
            amount: -settled,
            currency,
            source: Some(id.clone()),
            exchange_rate: rate,
            ..NewRow::of("refund", "partial_capture_reversal", now)
        };
        let row = self.balance_row(now, row);
        let refund = json!({
            "id": id, "amount": rest, "currency": text(charge, "currency"), "charge": text(charge, "id"), "payment_intent": charge.get("payment_intent"),
            "balance_transaction": row, "reason": null, "status": "succeeded", "metadata": {},
        });
        self.create(now, "refund", object(refund));
        self.store.update("charge", &text(charge, "id"), |charge| _ = charge.insert("amount_refunded".into(), rest.into()));
    }

    /// An authorisation that is given up. No money ever moved.
    pub(super) fn release_charge(&mut self, now: i64, id: &str, cause: &Cause) {
        let Some(before) = self.store.get("charge", id).cloned() else { return };
        self.store.update("charge", id, |charge| {
            charge.insert("amount_refunded".into(), integer(charge, "amount").into());
            charge.insert("refunded".into(), true.into());
        });
        self.emit(now, "charge.refunded", "charge", id, Some(&before), cause);
    }

    /// Amount, currency and customer change only before anything was paid.
    pub(super) fn update_intent(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("payment_intent", id, "intent")?;
        let mut changed = before.clone();
        super::customers::copy(&mut changed, call, &["description", "receipt_email", "customer", "payment_method"]);
        call.merge_metadata(&mut changed)?;
        let currency = call.text("currency").map_or_else(|| text(&before, "currency"), str::to_lowercase);
        if call.params.contains_key("amount") || call.params.contains_key("currency") {
            self.intent_in(&before, &["requires_payment_method", "requires_confirmation"])?;
            let amount = call.integer("amount").unwrap_or_else(|| integer(&before, "amount"));
            check_amount(amount, &currency)?;
            changed.insert("amount".into(), amount.into());
            changed.insert("currency".into(), currency.into());
        }
        if let Some(id) = call.text("customer").filter(|id| self.store.get("customer", id).is_none()) {
            return Err(ApiError::no_such_value("customer", id, "customer"));
        }
        self.replace(call, "payment_intent.updated", "payment_intent", id, &before, changed);
        Ok(Reply::Object("payment_intent", id.to_owned()))
    }

    pub(super) fn increment_authorization(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let intent = self.stored("payment_intent", id, "intent")?;
        self.intent_in(&intent, &["requires_capture"])?;
        let amount = call.integer("amount").ok_or_else(|| missing("amount"))?;
        if amount <= integer(&intent, "amount") {
            return Err(ApiError::invalid(None, "The amount must be greater than the currently authorized amount.", Some("amount")));
        }
        check_amount(amount, &text(&intent, "currency"))?;
        self.store.update("payment_intent", id, |intent| {
            intent.insert("amount".into(), amount.into());
            intent.insert("amount_capturable".into(), amount.into());
        });
        self.store.update("charge", &text(&intent, "latest_charge"), |charge| _ = charge.insert("amount".into(), amount.into()));
        self.emit(call.now, "payment_intent.amount_capturable_updated", "payment_intent", id, None, &call.cause());
        Ok(Reply::Object("payment_intent", id.to_owned()))
    }

    /// Only payments by bank transfer have a cash balance to draw on; here all are by card.
    pub(super) fn apply_customer_balance(&mut self, id: &str) -> Result<Reply> {
        self.stored("payment_intent", id, "intent")?;
        let message = "This PaymentIntent cannot be paid from a cash balance: customer_balance is not among its payment method types.";
        Err(ApiError::state("payment_intent_unexpected_state", message))
    }

    /// Only bank debits are verified by small deposits.
    pub(super) fn verify_microdeposits(&mut self, id: &str) -> Result<Reply> {
        let intent = self.stored("payment_intent", id, "intent")?;
        self.intent_in(&intent, &["requires_action"])?;
        Err(ApiError::state("payment_intent_unexpected_state", "This PaymentIntent does not wait for microdeposits."))
    }
}
