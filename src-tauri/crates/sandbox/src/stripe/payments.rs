//! Payment intents and payouts over the API, and what only a bank can cause.

use super::Stripe;
use super::editing::missing;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::{Call, Reply, object};
use super::invoices::{integer, text};
use super::money::{CardFrom, DAY, NewCharge, NewRow, available};
use serde_json::{Value, json};

/// Test payment methods that decline, as the real test mode has them, each with its reason.
const DECLINING: [(&str, &str); 5] = [
    ("tok_chargeDeclined", "generic_decline"),
    ("tok_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ("pm_card_chargeDeclined", "generic_decline"),
    ("pm_card_visa_chargeDeclined", "generic_decline"),
    ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
];
/// `docs: Supported currencies`: smallest charges by settlement currency; here the common ones.
const SMALLEST: [(&str, i64); 7] = [("dkk", 250), ("eur", 50), ("usd", 50), ("gbp", 30), ("sek", 300), ("nok", 300), ("jpy", 50)];

impl Stripe {
    pub(super) fn create_payment_intent(&mut self, call: &Call) -> Result<Reply> {
        let amount = call.integer("amount").ok_or_else(|| missing("amount"))?;
        let currency = call.text("currency").unwrap_or_default().to_lowercase();
        check_amount(amount, &currency)?;
        let customer = call.text("customer").map(str::to_owned);
        if let Some(id) = customer.as_deref().filter(|id| self.store.get("customer", id).is_none()) {
            return Err(ApiError::no_such_value("customer", id, "customer"));
        }
        let id = self.payment_intent(call.now, amount, &currency, customer.as_deref());
        let metadata = call.metadata()?;
        self.store.update("payment_intent", &id, |intent| {
            intent.insert("metadata".into(), metadata);
            for name in ["description", "receipt_email", "payment_method", "capture_method"] {
                if let Some(value) = call.params.get(name) {
                    intent.insert(name.into(), value.clone());
                }
            }
        });
        self.emit(call.now, "payment_intent.created", "payment_intent", &id, None, &call.cause());
        if call.params.get("confirm") == Some(&true.into()) {
            self.confirm(call, &id)?;
        }
        Ok(Reply::Object("payment_intent", id))
    }

    pub(super) fn confirm_payment_intent(&mut self, call: &Call, id: &str) -> Result<Reply> {
        self.stored("payment_intent", id, "intent")?;
        self.confirm(call, id)?;
        Ok(Reply::Object("payment_intent", id.to_owned()))
    }

    fn confirm(&mut self, call: &Call, id: &str) -> Result<()> {
        let intent = self.stored("payment_intent", id, "intent")?;
        self.intent_in(&intent, &["requires_payment_method", "requires_confirmation"])?;
        let method = call.text("payment_method").map(str::to_owned).unwrap_or_else(|| text(&intent, "payment_method"));
        if method.is_empty() {
            let message = "You cannot confirm this PaymentIntent because it's missing a payment method.";
            return Err(ApiError::state("payment_intent_unexpected_state", message));
        }
        if let Some(reason) = declines(&method) {
            return Err(self.decline(call, &intent, reason));
        }
        let customer = intent.get("customer").and_then(Value::as_str).map(str::to_owned);
        let charge = NewCharge {
            amount: integer(&intent, "amount"),
            currency: text(&intent, "currency"),
            customer,
            payment_intent: Some(id.to_owned()),
            description: intent.get("description").and_then(Value::as_str).map(str::to_owned),
            card_from: CardFrom::Home,
            held: text(&intent, "capture_method") == "manual",
            ..NewCharge::default()
        };
        self.charge(call.now, charge, &call.cause());
        Ok(())
    }

    /// The failed charge that a refusing bank leaves behind, and the error that tells of it.
    fn decline(&mut self, call: &Call, intent: &super::Object, reason: &str) -> ApiError {
        let id = text(intent, "id");
        let charge = self.failed_charge(call, integer(intent, "amount"), &text(intent, "currency"), Some(intent), reason);
        let error =
            json!({ "type": "card_error", "code": "card_declined", "decline_code": reason, "charge": charge, "message": "Your card was declined." });
        self.store.update("payment_intent", &id, |intent| {
            intent.insert("status".into(), "requires_payment_method".into());
            intent.insert("latest_charge".into(), charge.as_str().into());
            intent.insert("last_payment_error".into(), error);
        });
        self.emit(call.now, "payment_intent.payment_failed", "payment_intent", &id, None, &call.cause());
        let shown = self.show(call.now, "payment_intent", &id).unwrap_or_default();
        ApiError::declined(reason, &charge, Some(Value::Object(shown)))
    }

    pub(super) fn failed_charge(&mut self, call: &Call, amount: i64, currency: &str, intent: Option<&super::Object>, reason: &str) -> String {
        let of = |name: &str| intent.and_then(|intent| intent.get(name)).or(call.params.get(name)).and_then(Value::as_str).map(str::to_owned);
        let new = NewCharge {
            amount,
            currency: currency.to_owned(),
            customer: of("customer"),
            payment_intent: intent.map(|intent| text(intent, "id")),
            description: of("description"),
            ..NewCharge::default()
        };
        self.fail_charge(call.now, new, reason, &call.cause())
    }

    /// A charge that the card's bank refuses: nothing comes of it.
    pub fn fail_charge(&mut self, now: i64, new: NewCharge, reason: &str, cause: &Cause) -> String {
        let charge = json!({
            "amount": new.amount, "currency": new.currency, "customer": new.customer, "payment_intent": new.payment_intent,
            "description": new.description, "status": "failed", "metadata": {},
            "failure_code": "card_declined", "failure_message": "Your card was declined.",
            "billing_details": { "address": null, "email": new.email, "name": new.name, "phone": null, "tax_id": null },
            "outcome": { "advice_code": null, "network_advice_code": null, "network_decline_code": null, "network_status": "declined_by_network",
                "reason": reason, "risk_level": "normal", "risk_score": 12, "seller_message": "The bank declined.", "type": "issuer_declined" },
        });
        let id = self.create(now, "charge", object(charge));
        self.emit(now, "charge.failed", "charge", &id, None, cause);
        id
    }

    pub(super) fn cancel_payment_intent(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let intent = self.stored("payment_intent", id, "intent")?;
        self.intent_in(&intent, &["requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"])?;
        if let Some(held) = intent.get("latest_charge").and_then(Value::as_str).filter(|_| text(&intent, "status") == "requires_capture") {
            self.release_charge(call.now, held, &call.cause());
        }
        self.store.update("payment_intent", id, |intent| {
            intent.insert("status".into(), "canceled".into());
            intent.insert("amount_capturable".into(), 0.into());
            intent.insert("canceled_at".into(), call.now.into());
            intent.insert("cancellation_reason".into(), call.params.get("cancellation_reason").cloned().unwrap_or_default());
        });
        self.emit(call.now, "payment_intent.canceled", "payment_intent", id, Some(&intent), &call.cause());
        Ok(Reply::Object("payment_intent", id.to_owned()))
    }

    pub(super) fn intent_in(&self, intent: &super::Object, from: &[&str]) -> Result<()> {
        let status = text(intent, "status");
        if from.contains(&status.as_str()) {
            return Ok(());
        }
        let message = format!("This PaymentIntent's status is {status}; this action is not possible then.");
        Err(ApiError::state("payment_intent_unexpected_state", message))
    }

    /// A payout that somebody asks for: not itemised.
    pub(super) fn create_payout(&mut self, call: &Call) -> Result<Reply> {
        let amount = call.integer("amount").ok_or_else(|| missing("amount"))?;
        let currency = call.text("currency").unwrap_or_default().to_lowercase();
        let method = call.text("method").unwrap_or("standard").to_owned();
        let balance = self.show_balance(call.now);
        let entries = balance.get("available").and_then(Value::as_array).into_iter().flatten();
        let available = entries.filter(|entry| entry["currency"] == currency.as_str()).filter_map(|entry| entry["amount"].as_i64()).sum::<i64>();
        // Forints and Taiwan dollars are paid out whole. `docs: Supported currencies`.
        if matches!(currency.as_str(), "huf" | "twd") && amount % 100 != 0 {
            return Err(ApiError::invalid(None, format!("Payouts in {currency} must be multiples of 100."), Some("amount")));
        }
        if amount <= 0 || amount > available {
            return Err(ApiError::state("balance_insufficient", "You have insufficient funds in your Stripe account for this transfer."));
        }
        let id = self.manual_payout(call.now, amount, &currency, &method);
        let metadata = call.metadata()?;
        self.store.update("payout", &id, |payout| _ = payout.insert("metadata".into(), metadata));
        Ok(Reply::Object("payout", id))
    }

    pub fn manual_payout(&mut self, now: i64, amount: i64, currency: &str, method: &str) -> String {
        let id = self.id("po_");
        let instant = method == "instant";
        let fee = if instant { amount / 100 } else { 0 };
        let fees = if instant { vec![("stripe_fee".to_owned(), fee, "Instant payout fee".to_owned())] } else { vec![] };
        let row = NewRow {
            amount: -amount,
            currency: currency.into(),
            fees,
            source: Some(id.clone()),
            description: Some("STRIPE PAYOUT".into()),
            ..NewRow::of("payout", "payout", now)
        };
        let own = self.balance_row(now, row);
        let arrives = if instant { now + 1_800 } else { available(now, 1) };
        let payout = json!({
            "id": id, "amount": amount, "currency": currency, "arrival_date": arrives, "automatic": false, "balance_transaction": own,
            "description": "STRIPE PAYOUT", "destination": format!("ba_{}", self.account.id.trim_start_matches("acct_")), "method": method,
            "reconciliation_status": "not_applicable", "source_type": "card", "status": "pending", "type": "bank_account", "metadata": {},
        });
        self.create(now, "payout", object(payout));
        self.agenda.arrival(arrives, &id);
        self.emit(now, "payout.created", "payout", &id, None, &Cause::default());
        id
    }

    pub(super) fn cancel_payout(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let payout = self.stored("payout", id, "payout")?;
        if text(&payout, "status") != "pending" {
            return Err(ApiError::state("status_transition_invalid", "Payouts can only be canceled while they are pending."));
        }
        self.return_payout(call.now, id, "canceled", "payout_cancel");
        Ok(Reply::Object("payout", id.to_owned()))
    }

    /// The bank sends a payout back, days after it may have shown as paid.
    pub fn fail_payout(&mut self, now: i64, id: &str) {
        self.return_payout(now, id, "failed", "payout_failure");
    }

    fn return_payout(&mut self, now: i64, id: &str, status: &str, kind: &'static str) {
        let Some(before) = self.store.get("payout", id).cloned() else { return };
        let (amount, currency) = (integer(&before, "amount"), text(&before, "currency"));
        let row = NewRow {
            amount,
            currency,
            source: Some(id.to_owned()),
            description: Some("STRIPE PAYOUT RETURNED".into()),
            ..NewRow::of(kind, "payout_reversal", now)
        };
        let own = self.balance_row(now, row);
        self.store.update("payout", id, |payout| {
            payout.insert("status".into(), status.into());
            payout.insert("failure_balance_transaction".into(), own.into());
            if status == "failed" {
                payout.insert("failure_code".into(), "account_closed".into());
                payout.insert("failure_message".into(), "The bank account has been closed.".into());
            }
        });
        self.emit(now, &format!("payout.{status}"), "payout", id, Some(&before), &Cause::default());
    }

    /// A refund that the card's bank could not book: the money comes back.
    pub fn fail_refund(&mut self, now: i64, id: &str) {
        let Some(before) = self.store.get("refund", id).cloned() else { return };
        let row = self.store.get("balance_transaction", &text(&before, "balance_transaction")).cloned().unwrap_or_default();
        let new = NewRow {
            amount: -integer(&row, "amount"),
            currency: text(&row, "currency"),
            source: Some(id.to_owned()),
            description: Some("REFUND FAILURE".into()),
            ..NewRow::of("refund_failure", "refund_failure", now)
        };
        let back = self.balance_row(now, new);
        self.store.update("refund", id, |refund| {
            refund.insert("status".into(), "failed".into());
            refund.insert("failure_balance_transaction".into(), back.into());
            refund.insert("failure_reason".into(), "expired_or_canceled_card".into());
        });
        let charge = text(&before, "charge");
        self.store.update("charge", &charge, |charge| {
            let refunded = integer(charge, "amount_refunded") - integer(&before, "amount");
            charge.insert("amount_refunded".into(), refunded.into());
            charge.insert("refunded".into(), false.into());
        });
        self.emit(now, "refund.failed", "refund", id, Some(&before), &Cause::default());
    }

    /// Money sent in from the bank.
    pub fn top_up(&mut self, now: i64, amount: i64) -> String {
        let (id, currency) = (self.id("tu_"), self.account.currency.clone());
        let row = NewRow {
            amount,
            currency: currency.clone(),
            source: Some(id.clone()),
            description: Some("Top-up".into()),
            ..NewRow::of("topup", "topup", now)
        };
        let own = self.balance_row(now, row);
        let top_up = json!({
            "id": id, "amount": amount, "currency": currency, "balance_transaction": own, "status": "succeeded", "metadata": {},
            "expected_availability_date": now + DAY, "source": null,
        });
        self.create(now, "topup", object(top_up))
    }
}

pub(super) fn check_amount(amount: i64, currency: &str) -> Result<()> {
    let smallest = SMALLEST.iter().find(|(code, _)| *code == currency).map_or(1, |(_, smallest)| *smallest);
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(ApiError::invalid(None, format!("Invalid currency: {}", currency.chars().take(10).collect::<String>()), Some("currency")));
    }
    if amount < smallest {
        let message = format!("Amount must be at least {smallest} {currency} in the smallest unit.");
        return Err(ApiError::invalid(Some("amount_too_small"), message, Some("amount")));
    }
    if amount > 99_999_999_999 {
        return Err(ApiError::invalid(Some("amount_too_large"), "The amount is too large.", Some("amount")));
    }
    check_smallest_step(amount, currency)
}

/// `docs: Supported currencies`: some are represented with decimals that they do not have.
pub(super) fn check_smallest_step(amount: i64, currency: &str) -> Result<()> {
    let whole = matches!(currency, "isk" | "ugx") && amount % 100 != 0;
    let tens = matches!(currency, "bhd" | "jod" | "kwd" | "omr" | "tnd") && amount % 10 != 0;
    if whole || tens {
        return Err(ApiError::invalid(Some("invalid_charge_amount"), format!("This amount cannot be charged in {currency}."), Some("amount")));
    }
    Ok(())
}

/// Why a bank would refuse this test payment method or token.
pub(super) fn declines(method: &str) -> Option<&'static str> {
    DECLINING.iter().find(|(declining, _)| *declining == method).map(|(_, reason)| *reason)
}
