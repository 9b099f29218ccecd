//! Refunds, credit notes and disputes, asked for over the API.

use super::Stripe;
use super::credit_notes::GivenBack;
use super::editing::missing;
use super::error::{ApiError, Result};
use super::execute::{Call, Reply};
use super::invoices::{integer, text};
use serde_json::Value;

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
        let invoice_id = call.text("invoice").ok_or_else(|| missing("invoice"))?;
        let invoice = self.store.get("invoice", invoice_id).ok_or_else(|| ApiError::no_such_value("invoice", invoice_id, "invoice"))?;
        let total = integer(invoice, "total");
        let amount = call.integer("amount").unwrap_or(total);
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
        if let Some(amount) = call.integer("refund_amount").filter(|amount| *amount > 0 && *amount <= after_payment) {
            let (charge, _) = self
                .charge_of(invoice_id)
                .ok_or_else(|| ApiError::state("charge_invalid_parameter", "This invoice has no charge that could be refunded."))?;
            let refund = self.refund(call.now, &charge, amount, Some("requested_by_customer"), &call.cause())?;
            back.refunds.push((refund, amount));
        }
        let id = self.credit_note(call.now, invoice_id, amount, call.text("reason"), back, &call.cause())?;
        let (metadata, memo) = (call.metadata()?, call.params.get("memo").cloned().unwrap_or_default());
        self.store.update("credit_note", &id, |note| {
            note.insert("metadata".into(), metadata);
            note.insert("memo".into(), memo);
        });
        Ok(Reply::Object("credit_note", id))
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
}
