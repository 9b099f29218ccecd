//! Refunds, credit notes and disputes, asked for over the API.

use super::Stripe;
use super::credit_notes::{Credited, GivenBack};
use super::editing::missing;
use super::error::{ApiError, Result};
use super::execute::{Call, Reply, object};
use super::invoices::{integer, text};
use super::money::{NewRow, available};
use super::params::Params;
use super::store::Object;
use serde_json::{Value, json};

impl Stripe {
    pub(super) fn create_refund(&mut self, call: &Call) -> Result<Reply> {
        let charge = match (call.text("charge"), call.text("payment_intent")) {
            (Some(charge), _) => charge.to_owned(),
            (None, Some(intent)) => {
                let found =
                    self.store.get("payment_intent", intent).ok_or_else(|| ApiError::no_such_value("payment_intent", intent, "payment_intent"))?;
                text(found, "latest_charge")
            }
            (None, None) => return Err(missing("charge")),
        };
        let stored = self.store.get("charge", &charge).ok_or_else(|| ApiError::no_such_value("charge", &charge, "charge"))?;
        let left = integer(stored, "amount") - integer(stored, "amount_refunded");
        let amount = call.integer("amount").unwrap_or(left);
        let id = self.refund(call.now, &charge, amount, call.text("reason"), &call.cause())?;
        let metadata = call.metadata()?;
        self.store.update("refund", &id, |refund| _ = refund.insert("metadata".into(), metadata));
        Ok(Reply::Object("refund", id))
    }

    pub(super) fn create_credit_note(&mut self, call: &Call) -> Result<Reply> {
        let (invoice_id, what, mut back, refunded) = self.asked_back(call)?;
        if refunded > 0 {
            let (charge, _) = self
                .charge_of(invoice_id)
                .ok_or_else(|| ApiError::state("charge_invalid_parameter", "This invoice has no charge that could be refunded."))?;
            let refund = self.refund(call.now, &charge, refunded, Some("requested_by_customer"), &call.cause())?;
            back.refunds.push((refund, refunded));
        }
        let id = self.credit(call.now, invoice_id, &what, call.text("reason"), back, &call.cause())?;
        let (metadata, memo) = (call.metadata()?, call.params.get("memo").cloned().unwrap_or_default());
        self.store.update("credit_note", &id, |note| {
            note.insert("metadata".into(), metadata);
            note.insert("memo".into(), memo);
        });
        Ok(Reply::Object("credit_note", id))
    }

    /// The note that these parameters would make. A reading: it must not even use up ids.
    pub(super) fn previewed_credit_note(&mut self, call: &Call) -> Result<super::Object> {
        let (invoice_id, what, mut back, refunded) = self.asked_back(call)?;
        back.out_of_band += refunded;
        let ids = self.ids.clone();
        let note = self.drawn_note(call.now, invoice_id, &what, call.text("reason"), &back);
        self.ids = ids;
        let mut note = note?;
        note.insert("object".into(), "credit_note".into());
        note.insert("created".into(), call.now.into());
        note.insert("out_of_band_amount".into(), call.params.get("out_of_band_amount").cloned().unwrap_or_default());
        Ok(note)
    }

    /// Invoice, what of it, what is given back by other means than a new refund, and the new refund.
    fn asked_back<'c>(&self, call: &'c Call) -> Result<(&'c str, Credited, GivenBack, i64)> {
        let invoice_id = call.text("invoice").ok_or_else(|| missing("invoice"))?;
        let invoice = self.store.get("invoice", invoice_id).ok_or_else(|| ApiError::no_such_value("invoice", invoice_id, "invoice"))?;
        let total = integer(invoice, "total");
        let lines = call.params.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).cloned();
        let lines: Vec<Params> = lines.collect();
        if !lines.is_empty() && call.params.contains_key("amount") {
            let message = "You may only specify one of these parameters: amount, lines.";
            return Err(ApiError::invalid(Some("parameters_exclusive"), message, Some("lines")));
        }
        let what = if lines.is_empty() { Credited::Amount(call.integer("amount").unwrap_or(total)) } else { Credited::Lines(lines) };
        let amount = self.credited_amount(invoice, &what)?;
        let after_payment = (amount - integer(invoice, "amount_remaining")).max(0);
        let mut back = GivenBack {
            refunds: Vec::new(),
            credit: call.integer("credit_amount").unwrap_or_default(),
            out_of_band: call.integer("out_of_band_amount").unwrap_or_default(),
        };
        for refund in call.params.get("refunds").and_then(Value::as_array).into_iter().flatten() {
            let id = refund.get("refund").and_then(Value::as_str).unwrap_or_default();
            let stored = self.store.get("refund", id).ok_or_else(|| ApiError::no_such_value("refund", id, "refunds[0][refund]"))?;
            let amount = refund.get("amount_refunded").and_then(Value::as_i64).unwrap_or_else(|| integer(stored, "amount"));
            back.refunds.push((id.to_owned(), amount));
        }
        let refunded = call.integer("refund_amount").filter(|amount| (1..=after_payment).contains(amount)).unwrap_or_default();
        Ok((invoice_id, what, back, refunded))
    }

    /// Only a note before payment, on an invoice that is still open, can be voided.
    pub(super) fn void_credit_note(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let note = self.stored("credit_note", id, "credit_note")?;
        let invoice_id = text(&note, "invoice");
        let open = self.store.get("invoice", &invoice_id).map(|invoice| text(invoice, "status")) == Some("open".into());
        if text(&note, "type") != "pre_payment" || text(&note, "status") != "issued" || !open {
            return Err(ApiError::state("status_transition_invalid", "You can only void a pre-payment credit note on an open invoice."));
        }
        let amount = integer(&note, "pre_payment_amount");
        self.store.update("credit_note", id, |note| {
            note.insert("status".into(), "void".into());
            note.insert("voided_at".into(), call.now.into());
        });
        self.store.update("invoice", &invoice_id, |invoice| {
            invoice.insert("pre_payment_credit_notes_amount".into(), (integer(invoice, "pre_payment_credit_notes_amount") - amount).into());
            for name in ["amount_due", "amount_remaining"] {
                invoice.insert(name.into(), (integer(invoice, name) + amount).into());
            }
        });
        self.emit(call.now, "credit_note.voided", "credit_note", id, Some(&note), &call.cause());
        Ok(Reply::Object("credit_note", id.to_owned()))
    }

    /// Accepting a dispute loses it.
    pub(super) fn accept_dispute(&mut self, call: &Call, id: &str) -> Result<Reply> {
        self.close_dispute(call.now, id, false)?;
        Ok(Reply::Object("dispute", id.to_owned()))
    }

    /// Only a refund that still waits for the customer can be called back.
    pub(super) fn cancel_refund(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("refund", id, "refund")?;
        if text(&before, "status") != "requires_action" {
            return Err(ApiError::state(
                "status_transition_invalid",
                format!("Refund {id} cannot be canceled because it is {}.", text(&before, "status")),
            ));
        }
        self.store.update("refund", id, |refund| _ = refund.insert("status".into(), "canceled".into()));
        self.emit(call.now, "refund.updated", "refund", id, Some(&before), &call.cause());
        Ok(Reply::Object("refund", id.to_owned()))
    }

    /// Evidence is kept until it is submitted; then the bank decides.
    pub(super) fn update_dispute(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("dispute", id, "dispute")?;
        let open = matches!(text(&before, "status").as_str(), "needs_response" | "warning_needs_response");
        let given = call.params.get("evidence").and_then(Value::as_object);
        if given.is_some() && !open {
            return Err(ApiError::state("status_transition_invalid", "This dispute no longer takes evidence."));
        }
        let mut changed = before.clone();
        call.merge_metadata(&mut changed)?;
        let details = changed.get("evidence_details").cloned().unwrap_or_default();
        if let (Some(given), Some(evidence)) = (given, changed.entry("evidence").or_insert_with(|| Value::Object(Object::new())).as_object_mut()) {
            evidence.extend(given.clone());
            // Submitted at once unless the caller says that more is to come.
            let submitted = call.params.get("submit") != Some(&false.into());
            let mut details = details;
            details["has_evidence"] = true.into();
            if submitted {
                details["submission_count"] = 1.into();
                changed.insert("status".into(), "under_review".into());
            }
            changed.insert("evidence_details".into(), details);
        }
        self.replace(call, "charge.dispute.updated", "dispute", id, &before, changed);
        Ok(Reply::Object("dispute", id.to_owned()))
    }

    /// Pulls a payout back from the bank: a payout of its own, the other way.
    pub(super) fn reverse_payout(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let original = self.stored("payout", id, "payout")?;
        let reversed = original.get("reversed_by").is_some_and(|by| !by.is_null());
        if text(&original, "status") != "paid" || reversed || original.get("original_payout").is_some_and(|of| !of.is_null()) {
            return Err(ApiError::state("status_transition_invalid", "Only a paid payout can be reversed, and only once."));
        }
        let (amount, currency, reversal) = (integer(&original, "amount"), text(&original, "currency"), self.id("po_"));
        let row = NewRow {
            amount,
            currency,
            source: Some(reversal.clone()),
            description: Some("STRIPE PAYOUT REVERSAL".into()),
            ..NewRow::of("payout", "payout_reversal", call.now)
        };
        let row = self.balance_row(call.now, row);
        let mut fields = original.clone();
        let new = json!({
            "id": reversal, "amount": -amount, "automatic": false, "balance_transaction": row, "original_payout": id, "status": "pending",
            "reconciliation_status": "not_applicable", "description": "STRIPE PAYOUT REVERSAL", "metadata": call.metadata()?,
            "arrival_date": available(call.now, 1), "created": call.now,
        });
        fields.extend(object(new));
        self.create(call.now, "payout", fields);
        self.agenda.arrival(available(call.now, 1), &reversal);
        self.store.update("payout", id, |payout| _ = payout.insert("reversed_by".into(), reversal.as_str().into()));
        self.emit(call.now, "payout.created", "payout", &reversal, None, &call.cause());
        self.emit(call.now, "payout.updated", "payout", id, Some(&original), &call.cause());
        Ok(Reply::Object("payout", reversal))
    }
}
