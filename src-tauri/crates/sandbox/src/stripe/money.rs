//! The way of the money: charge, balance transaction with its fees, payout; refunds and disputes.

use super::Stripe;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::object;
use super::invoices::{integer, text};
use super::params::number_value;
use super::payments::check_smallest_step;
use super::store::Object;
use super::totals::rounded;
use chrono::{DateTime, Datelike, Weekday};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const DAY: i64 = 86_400;

/// What the service takes and how long it keeps: one account's terms.
#[derive(Clone, Debug)]
pub struct Terms {
    /// In per cent, by where the card is from.
    pub domestic: Decimal,
    pub european: Decimal,
    pub international: Decimal,
    /// Per charge, in the account's smallest unit.
    pub fixed: i64,
    /// In per cent, of what is converted.
    pub conversion: Decimal,
    pub dispute_fee: i64,
    /// Smallest units of the account's currency for one smallest unit of another.
    pub rates: BTreeMap<String, Decimal>,
    /// Currencies that are kept as they come.
    pub kept: Vec<String>,
    pub delay_days: i64,
    /// From an automatic payout to its arrival.
    pub arrival_days: i64,
    /// Whether what is available is paid out each working day.
    pub automatic_payouts: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CardFrom {
    #[default]
    Home,
    Europe,
    Elsewhere,
}

#[derive(Clone, Debug, Default)]
pub struct NewCharge {
    pub amount: i64,
    pub currency: String,
    pub customer: Option<String>,
    pub payment_intent: Option<String>,
    pub description: Option<String>,
    pub card_from: CardFrom,
    pub last4: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// Kind, amount, description of each fee; the account's terms when none are given.
    pub fees: Option<Vec<(String, i64, String)>>,
    /// Authorised only: nothing is on the balance until it is captured.
    pub held: bool,
}

/// A row of the balance, before it has an id.
#[derive(Clone, Debug, Default)]
pub struct NewRow {
    pub amount: i64,
    pub currency: String,
    /// Kind, amount, description.
    pub fees: Vec<(String, i64, String)>,
    pub kind: &'static str,
    pub category: &'static str,
    pub source: Option<String>,
    pub description: Option<String>,
    pub exchange_rate: Option<Decimal>,
    pub available_on: i64,
}

impl NewRow {
    /// A row of a kind, available at once.
    pub fn of(kind: &'static str, category: &'static str, available_on: i64) -> Self {
        Self { kind, category, available_on, ..Self::default() }
    }
}

impl Stripe {
    /// Pays an open invoice by card, wholly or in part.
    pub fn pay_invoice(&mut self, now: i64, id: &str, amount: i64, mut by: NewCharge, cause: &Cause) -> Result<String> {
        let invoice = self.in_status(id, &["open", "uncollectible"], "paid")?;
        let remaining = integer(&invoice, "amount_remaining");
        let payment = self.store.with("invoice_payment", "invoice", id).find(|payment| text(payment, "status") == "open").cloned();
        let payment = payment.ok_or_else(ApiError::internal)?;
        let intent = payment.get("payment").and_then(|payment| payment.get("payment_intent")?.as_str()).unwrap_or_default().to_owned();
        by.amount = amount;
        by.currency = text(&invoice, "currency");
        by.customer = Some(text(&invoice, "customer"));
        by.payment_intent = Some(intent.clone());
        by.description = Some(format!("Payment for Invoice {}", text(&invoice, "number")));
        by.name = invoice.get("customer_name").and_then(Value::as_str).map(str::to_owned);
        by.email = invoice.get("customer_email").and_then(Value::as_str).map(str::to_owned);
        let charge = self.charge(now, by, cause);
        self.store.update("invoice_payment", &text(&payment, "id"), |payment| {
            payment.insert("status".into(), "paid".into());
            payment.insert("amount_paid".into(), amount.into());
            payment.insert("status_transitions".into(), json!({ "canceled_at": null, "paid_at": now }));
        });
        self.store.update("payment_intent", &intent, |intent| {
            intent.insert("amount".into(), amount.into());
        });
        self.emit(now, "invoice_payment.paid", "invoice_payment", &text(&payment, "id"), None, cause);
        self.record_payment(now, id, amount, false, cause);
        if amount < remaining {
            self.ask_for_payment(now, id);
        }
        Ok(charge)
    }

    /// Marks what remains, or a part of it, as paid outside Stripe: no money moves here.
    pub fn pay_out_of_band(&mut self, now: i64, id: &str, part: Option<i64>, cause: &Cause) -> Result<()> {
        let invoice = self.in_status(id, &["open", "uncollectible"], "paid")?;
        if part.is_none() {
            self.cancel_payments(now, id);
        }
        self.record_payment(now, id, part.unwrap_or(integer(&invoice, "amount_remaining")), true, cause);
        Ok(())
    }

    /// The last charge that paid an invoice, with its amount.
    pub fn charge_of(&self, invoice: &str) -> Option<(String, i64)> {
        let paid = self.store.with("invoice_payment", "invoice", invoice).filter(|payment| text(payment, "status") == "paid").last()?;
        let intent = paid.get("payment")?.get("payment_intent")?.as_str()?;
        let charge = self.store.with("charge", "payment_intent", intent).last()?;
        Some((text(charge, "id"), integer(charge, "amount")))
    }

    pub fn dispute_of(&self, charge: &str) -> Option<String> {
        self.store.with("dispute", "charge", charge).last().map(|dispute| text(dispute, "id"))
    }

    /// An amount of an invoice, such as `amount_remaining`; 0 when there is no such invoice.
    pub fn invoice_amount(&self, id: &str, name: &str) -> i64 {
        self.store.get("invoice", id).map_or(0, |invoice| integer(invoice, name))
    }

    /// The payment intent, and the row that ties it to the invoice, for what remains.
    pub(super) fn ask_for_payment(&mut self, now: i64, id: &str) {
        let Some(invoice) = self.store.get("invoice", id) else { return };
        let (amount, currency, customer) = (integer(invoice, "amount_remaining"), text(invoice, "currency"), text(invoice, "customer"));
        let first = self.store.with("invoice_payment", "invoice", id).next().is_none();
        let intent = self.payment_intent(now, amount, &currency, Some(&customer));
        let payment = json!({
            "invoice": id, "amount_requested": amount, "amount_paid": null, "currency": currency, "is_default": first, "status": "open",
            "payment": { "type": "payment_intent", "payment_intent": intent }, "status_transitions": { "canceled_at": null, "paid_at": null },
        });
        self.create(now, "invoice_payment", object(payment));
    }

    pub fn payment_intent(&mut self, now: i64, amount: i64, currency: &str, customer: Option<&str>) -> String {
        let id = self.id("pi_");
        let secret = format!("{id}_secret_{}", self.ids.token(25));
        let intent = json!({
            "id": id, "amount": amount, "currency": currency, "customer": customer, "status": "requires_payment_method", "client_secret": secret,
            "capture_method": "automatic", "confirmation_method": "automatic", "payment_method_types": ["card"], "metadata": {},
        });
        self.create(now, "payment_intent", object(intent))
    }

    pub(super) fn cancel_payments(&mut self, now: i64, invoice: &str) {
        let open = self.store.with("invoice_payment", "invoice", invoice).filter(|payment| text(payment, "status") == "open");
        let open: Vec<Object> = open.cloned().collect();
        for payment in open {
            self.store.update("invoice_payment", &text(&payment, "id"), |payment| {
                payment.insert("status".into(), "canceled".into());
                payment.insert("status_transitions".into(), json!({ "canceled_at": now, "paid_at": null }));
            });
            let intent = payment.get("payment").and_then(|payment| payment.get("payment_intent")?.as_str()).unwrap_or_default();
            self.store.update("payment_intent", intent, |intent| {
                intent.insert("status".into(), "canceled".into());
                intent.insert("canceled_at".into(), now.into());
                intent.insert("cancellation_reason".into(), "void_invoice".into());
            });
        }
    }

    /// The balance transaction of a charge, with the fees for what was taken of it.
    pub(super) fn charge_row(&mut self, now: i64, charge: &str, new: &NewCharge, taken: i64) -> String {
        let (settled, currency, rate) = self.settle(new.amount, &new.currency);
        let (fee_base, ..) = self.settle(taken, &new.currency);
        let percent = match new.card_from {
            CardFrom::Home => self.terms.domestic,
            CardFrom::Europe => self.terms.european,
            CardFrom::Elsewhere => self.terms.international,
        };
        let fixed = if currency == self.account.currency { self.terms.fixed } else { self.foreign(self.terms.fixed, &currency) };
        let part = |percent: Decimal| rounded(Decimal::from(fee_base) * percent / Decimal::ONE_HUNDRED);
        let mut fees = vec![stripe_fee(part(percent) + fixed, "Stripe processing fees")];
        if rate.is_some() {
            fees.push(stripe_fee(part(self.terms.conversion), "Currency conversion fee"));
        }
        let row = NewRow {
            amount: settled,
            currency,
            fees: new.fees.clone().unwrap_or(fees),
            source: Some(charge.to_owned()),
            description: new.description.clone(),
            exchange_rate: rate,
            ..NewRow::of("charge", "charge", available(now, self.terms.delay_days))
        };
        self.balance_row(now, row)
    }

    /// A successful card charge, its balance transaction and its fees.
    pub fn charge(&mut self, now: i64, new: NewCharge, cause: &Cause) -> String {
        let id = self.id("ch_");
        let row = if new.held { None } else { Some(self.charge_row(now, &id, &new, new.amount)) };
        let country = match new.card_from {
            CardFrom::Home => self.account.country.as_str(),
            CardFrom::Europe => "DE",
            CardFrom::Elsewhere => "US",
        };
        let method = format!("pm_{}", self.ids.token(24));
        let address = new.customer.as_deref().and_then(|id| self.store.get("customer", id)).and_then(|customer| customer.get("address")).cloned();
        let charge = json!({
            "id": id, "amount": new.amount, "amount_captured": if new.held { 0 } else { new.amount }, "currency": new.currency,
            "customer": new.customer, "captured": !new.held, "payment_intent": new.payment_intent, "balance_transaction": row, "description": new.description, "paid": true, "status": "succeeded",
            "billing_details": { "address": address, "email": new.email, "name": new.name, "phone": null, "tax_id": null }, "metadata": {},
            "outcome": { "advice_code": null, "network_advice_code": null, "network_decline_code": null, "network_status": "approved_by_network",
                "reason": null, "risk_level": "normal", "risk_score": 12, "seller_message": "Payment complete.", "type": "authorized" },
            "payment_method": method,
            "payment_method_details": { "type": "card", "card": { "brand": "visa", "country": country, "exp_month": 8, "exp_year": 2029,
                "funding": "credit", "last4": if new.last4.is_empty() { "4242" } else { new.last4.as_str() }, "network": "visa",
                "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" } } },
        });
        self.create(now, "charge", object(charge));
        if let Some(intent) = &new.payment_intent {
            self.store.update("payment_intent", intent, |intent| {
                intent.insert("latest_charge".into(), id.as_str().into());
                intent.insert("payment_method".into(), method.into());
                let (status, amount) = if new.held { ("requires_capture", "amount_capturable") } else { ("succeeded", "amount_received") };
                intent.insert("status".into(), status.into());
                intent.insert(amount.into(), new.amount.into());
            });
            let event = if new.held { "payment_intent.amount_capturable_updated" } else { "payment_intent.succeeded" };
            self.emit(now, event, "payment_intent", intent, None, cause);
        }
        self.emit(now, "charge.succeeded", "charge", &id, None, cause);
        id
    }

    /// Gives money back, at the rate of the day; fees stay.
    pub fn refund(&mut self, now: i64, charge: &str, amount: i64, reason: Option<&str>, cause: &Cause) -> Result<String> {
        let stored = self.stored("charge", charge, "charge")?;
        if stored.get("captured") == Some(&Value::Bool(false)) || text(&stored, "status") == "failed" {
            return Err(ApiError::state("charge_not_refundable", format!("Charge {charge} has not been captured.")));
        }
        let disputed = self.store.with("dispute", "charge", charge).any(|dispute| text(dispute, "status") != "won");
        if disputed {
            return Err(ApiError::state("charge_disputed", format!("Charge {charge} has been charged back; cannot issue a refund.")));
        }
        let left = integer(&stored, "amount") - integer(&stored, "amount_refunded");
        if left == 0 {
            return Err(ApiError::state("charge_already_refunded", format!("Charge {charge} has already been refunded.")));
        }
        if amount > left || amount <= 0 {
            let message = format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
            return Err(ApiError { executed: true, ..ApiError::invalid(None, message, Some("amount")) });
        }
        check_smallest_step(amount, &text(&stored, "currency"))?;
        let id = self.id("re_");
        let (settled, currency, rate) = self.settle(amount, &text(&stored, "currency"));
        let description = Some(format!("REFUND FOR CHARGE ({})", text(&stored, "description")));
        let row =
            NewRow { amount: -settled, currency, source: Some(id.clone()), description, exchange_rate: rate, ..NewRow::of("refund", "refund", now) };
        let txn = self.balance_row(now, row);
        let refund = json!({
            "id": id, "amount": amount, "currency": text(&stored, "currency"), "charge": charge, "payment_intent": stored.get("payment_intent"),
            "customer": stored.get("customer"), "balance_transaction": txn, "reason": reason, "status": "succeeded", "metadata": {},
            "destination_details": { "type": "card", "card": { "reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund" } },
        });
        self.create(now, "refund", object(refund));
        self.store.update("charge", charge, |charge| {
            let refunded = integer(charge, "amount_refunded") + amount;
            charge.insert("amount_refunded".into(), refunded.into());
            charge.insert("refunded".into(), (refunded == integer(charge, "amount")).into());
        });
        self.emit(now, "refund.created", "refund", &id, None, cause);
        self.emit(now, "charge.refunded", "charge", charge, Some(&stored), cause);
        Ok(id)
    }

    /// A cardholder disputes a charge: the amount and the fee leave the balance.
    pub fn dispute(&mut self, now: i64, charge: &str, reason: &str) -> Result<String> {
        let stored = self.stored("charge", charge, "charge")?;
        let id = self.id("du_");
        let amount = integer(&stored, "amount");
        let (settled, currency, rate) = self.settle(amount, &text(&stored, "currency"));
        let fees = vec![stripe_fee(self.terms.dispute_fee, "Dispute fee")];
        let description = Some(format!("Chargeback withdrawal for {charge}"));
        let row = NewRow {
            amount: -settled,
            currency,
            fees,
            source: Some(id.clone()),
            description,
            exchange_rate: rate,
            ..NewRow::of("adjustment", "dispute", now)
        };
        let txn = self.balance_row(now, row);
        let dispute = json!({
            "id": id, "amount": amount, "currency": text(&stored, "currency"), "charge": charge, "payment_intent": stored.get("payment_intent"),
            "reason": reason, "status": "needs_response", "is_charge_refundable": false, "metadata": {}, "enhanced_eligibility_types": [],
            "balance_transactions": [self.store.get("balance_transaction", &txn).map(|row| Value::Object(self.dress(now, "balance_transaction", row)))],
            "evidence": {}, "evidence_details": { "due_by": now + 9 * DAY, "enhanced_eligibility": {}, "has_evidence": false, "past_due": false, "submission_count": 0, "submission_method": "manual" },
            "payment_method_details": { "type": "card", "card": { "brand": "visa", "case_type": "chargeback", "network": "visa", "network_reason_code": "10.4" } },
        });
        self.create(now, "dispute", object(dispute));
        self.store.update("charge", charge, |charge| _ = charge.insert("disputed".into(), true.into()));
        let cause = Cause::default();
        self.emit(now, "charge.dispute.created", "dispute", &id, None, &cause);
        self.emit(now, "charge.dispute.funds_withdrawn", "dispute", &id, None, &cause);
        Ok(id)
    }

    /// Closes a dispute; when it is won, amount and fee come back.
    pub fn close_dispute(&mut self, now: i64, id: &str, won: bool) -> Result<()> {
        let stored = self.stored("dispute", id, "dispute")?;
        if won {
            let withdrawn = stored.get("balance_transactions").and_then(|rows| rows.get(0)).and_then(Value::as_object).cloned().unwrap_or_default();
            let currency = text(&withdrawn, "currency");
            let fees = vec![stripe_fee(-integer(&withdrawn, "fee"), "Dispute fee refund")];
            let description = Some(format!("Chargeback reversal for {}", text(&stored, "charge")));
            let row = NewRow {
                amount: -integer(&withdrawn, "amount"),
                currency,
                fees,
                source: Some(id.to_owned()),
                description,
                ..NewRow::of("adjustment", "dispute_reversal", available(now, self.terms.delay_days))
            };
            let txn = self.balance_row(now, row);
            let shown = self.store.get("balance_transaction", &txn).map(|row| Value::Object(self.dress(now, "balance_transaction", row)));
            self.store.update("dispute", id, |dispute| {
                if let Some(rows) = dispute.get_mut("balance_transactions").and_then(Value::as_array_mut) {
                    rows.extend(shown);
                }
            });
        }
        self.store.update("dispute", id, |dispute| _ = dispute.insert("status".into(), if won { "won" } else { "lost" }.into()));
        if won {
            self.emit(now, "charge.dispute.funds_reinstated", "dispute", id, None, &Cause::default());
        }
        self.emit(now, "charge.dispute.closed", "dispute", id, Some(&stored), &Cause::default());
        Ok(())
    }

    /// A fee that belongs to no charge, such as for Billing.
    pub fn account_fee(&mut self, now: i64, amount: i64, description: &str) -> String {
        let currency = self.account.currency.clone();
        let row = NewRow { amount: -amount, currency, description: Some(description.to_owned()), ..NewRow::of("stripe_fee", "fee", now) };
        self.balance_row(now, row)
    }

    /// A row of the balance that waits for a payout.
    pub fn balance_row(&mut self, now: i64, row: NewRow) -> String {
        let (currency, available_on) = (row.currency.clone(), row.available_on);
        let net = row.amount - row.fees.iter().map(|(_, amount, _)| amount).sum::<i64>();
        let id = self.balance_row_outside(now, row);
        self.agenda.wait_for_payout(now, &currency, available_on, &id, net);
        id
    }

    pub(super) fn balance_row_outside(&mut self, now: i64, row: NewRow) -> String {
        let fee: i64 = row.fees.iter().map(|(_, amount, _)| amount).sum();
        self.agenda.count(&row.currency, row.available_on, row.amount - fee);
        let details = row.fees.iter().map(|(kind, amount, description)| {
            json!({ "type": kind, "amount": amount, "currency": row.currency, "description": description, "application": null })
        });
        let fields = json!({
            "amount": row.amount, "fee": fee, "net": row.amount - fee, "currency": row.currency, "type": row.kind, "reporting_category": row.category,
            "source": row.source, "description": row.description, "available_on": row.available_on,
            "exchange_rate": row.exchange_rate.map(number_value), "fee_details": details.collect::<Vec<_>>(), "balance_type": "payments",
        });
        self.create(now, "balance_transaction", object(fields))
    }

    /// What an amount becomes on the balance, in which currency, at which rate.
    pub(super) fn settle(&self, amount: i64, currency: &str) -> (i64, String, Option<Decimal>) {
        let kept = currency == self.account.currency || self.terms.kept.iter().any(|kept| kept == currency);
        match self.terms.rates.get(currency).filter(|_| !kept) {
            Some(rate) => (rounded(Decimal::from(amount) * rate), self.account.currency.clone(), Some(*rate)),
            None => (amount, currency.to_owned(), None),
        }
    }

    /// An amount of the account's currency in another one.
    fn foreign(&self, amount: i64, currency: &str) -> i64 {
        let rate = self.terms.rates.get(currency).copied().filter(|rate| !rate.is_zero());
        rate.map_or(amount, |rate| rounded(Decimal::from(amount) / rate))
    }
}

fn stripe_fee(amount: i64, description: &str) -> (String, i64, String) {
    ("stripe_fee".into(), amount, description.into())
}

pub(super) fn weekend(at: i64) -> bool {
    DateTime::from_timestamp(at, 0).is_some_and(|at| matches!(at.weekday(), Weekday::Sat | Weekday::Sun))
}

/// Midnight UTC, so many days later, moved behind the weekend.
pub(super) fn available(now: i64, days: i64) -> i64 {
    let mut at = now - now.rem_euclid(DAY) + days * DAY;
    while weekend(at) {
        at += DAY;
    }
    at
}
