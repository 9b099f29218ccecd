//! Credit notes: what an invoice loses after it was finalized.

use super::Stripe;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::object;
use super::invoices::{integer, text};
use super::totals::shared;
use serde_json::{Value, json};

/// What becomes of the part that was already paid.
#[derive(Clone, Debug, Default)]
pub struct GivenBack {
    /// Refunds made for it, with their amounts.
    pub refunds: Vec<(String, i64)>,
    /// Put on the customer's balance.
    pub credit: i64,
    pub out_of_band: i64,
}

impl Stripe {
    /// Credits `amount` (tax included) of an invoice, shared over its lines in proportion.
    pub fn credit_note(&mut self, now: i64, invoice_id: &str, amount: i64, reason: Option<&str>, back: GivenBack, cause: &Cause) -> Result<String> {
        let note = self.drawn_note(now, invoice_id, amount, reason, &back)?;
        let (before_payment, after_payment) = (integer(&note, "pre_payment_amount"), integer(&note, "post_payment_amount"));
        let customer = text(&note, "customer");
        let id = self.create(now, "credit_note", note);
        self.store.update("invoice", invoice_id, |invoice| {
            for (name, part) in [("pre_payment_credit_notes_amount", before_payment), ("post_payment_credit_notes_amount", after_payment)] {
                invoice.insert(name.into(), (integer(invoice, name) + part).into());
            }
            for name in ["amount_due", "amount_remaining"] {
                invoice.insert(name.into(), (integer(invoice, name) - before_payment).into());
            }
        });
        if back.credit > 0 {
            self.store.update("customer", &customer, |customer| {
                let balance = integer(customer, "balance") - back.credit;
                customer.insert("balance".into(), balance.into());
            });
        }
        self.emit(now, "credit_note.created", "credit_note", &id, None, cause);
        self.record_payment(now, invoice_id, 0, false, cause);
        Ok(id)
    }

    /// The note itself, before anything is kept.
    pub(super) fn drawn_note(&mut self, now: i64, invoice_id: &str, amount: i64, reason: Option<&str>, back: &GivenBack) -> Result<super::Object> {
        let invoice = self.in_status(invoice_id, &["open", "paid", "uncollectible"], "credited")?;
        let total = integer(&invoice, "total");
        let credited = integer(&invoice, "pre_payment_credit_notes_amount") + integer(&invoice, "post_payment_credit_notes_amount");
        if amount <= 0 || amount > total - credited {
            let message = format!("The credit note amount ({amount}) must be between 1 and what is left of the invoice ({}).", total - credited);
            return Err(ApiError { executed: true, ..ApiError::invalid(None, message, Some("amount")) });
        }
        let before_payment = amount.min(integer(&invoice, "amount_remaining"));
        let after_payment = amount - before_payment;
        let given: i64 = back.refunds.iter().map(|(_, amount)| amount).sum::<i64>() + back.credit + back.out_of_band;
        if given != after_payment {
            let message = format!(
                "The sum of credit amount, refund amount and out of band amount ({given}) must equal the post payment amount ({after_payment})."
            );
            return Err(ApiError { executed: true, ..ApiError::invalid(None, message, None) });
        }
        let id = self.id("cn_");
        let count = self.store.with("credit_note", "invoice", invoice_id).count() + 1;
        let (lines, excluding, taxes) = self.credited_lines(&invoice, amount, total);
        let kind = match (before_payment, after_payment) {
            (_, 0) => "pre_payment",
            (0, _) => "post_payment",
            _ => "mixed",
        };
        let refunds: Vec<Value> = back
            .refunds
            .iter()
            .map(|(refund, amount)| json!({ "refund": refund, "amount_refunded": amount, "type": "refund", "payment_record_refund": null }))
            .collect();
        let note = json!({
            "id": id, "invoice": invoice_id, "customer": text(&invoice, "customer"), "currency": text(&invoice, "currency"), "amount": amount,
            "total": amount, "subtotal": excluding, "subtotal_excluding_tax": excluding, "total_excluding_tax": excluding, "total_taxes": taxes,
            "number": format!("{}-CN-{count:02}", text(&invoice, "number")), "reason": reason, "status": "issued", "type": kind, "effective_at": now,
            "pre_payment_amount": before_payment, "post_payment_amount": after_payment, "refunds": refunds, "metadata": {}, "_lines": lines,
            "out_of_band_amount": back.out_of_band, "pdf": format!("https://pay.stripe.com/credit_notes/{}/test_{id}/pdf", self.account.id),
        });
        Ok(object(note))
    }

    /// The lines of a credit note, their sum without tax, and its taxes.
    fn credited_lines(&mut self, invoice: &super::Object, amount: i64, total: i64) -> (Vec<Value>, i64, Vec<Value>) {
        let taxes = invoice.get("total_taxes").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut parts: Vec<i64> = taxes.iter().map(|tax| tax.get("amount").and_then(Value::as_i64).unwrap_or_default()).collect();
        parts.push(total - parts.iter().sum::<i64>());
        let shares = shared(amount, &parts);
        let excluding = shares.last().copied().unwrap_or(amount);
        let credited: Vec<Value> = taxes
            .iter()
            .zip(&shares)
            .map(|(tax, share)| {
                let mut tax = tax.clone();
                tax["amount"] = (*share).into();
                tax["taxable_amount"] = excluding.into();
                tax
            })
            .collect();
        let line = json!({
            "id": self.id("cnli_"), "object": "credit_note_line_item", "amount": excluding, "description": format!("Credit for {}", text(invoice, "number")),
            "discount_amount": 0, "quantity": 1, "unit_amount": excluding, "unit_amount_decimal": excluding.to_string(), "type": "custom_line_item",
            "tax_rates": [], "taxes": credited, "metadata": {},
        });
        (vec![line], excluding, credited)
    }
}
