//! The life of an invoice: draft, open, paid, void, uncollectible.

use super::Stripe;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::object;
use super::store::Object;
use super::totals;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// `docs: Invoice items`: a bound of the service.
pub const MAX_LINES: usize = 250;

/// A line before anything is computed. Money is in the smallest unit of the invoice's currency.
#[derive(Clone, Debug, Default)]
pub struct NewLine {
    pub description: String,
    pub quantity: i64,
    pub unit_amount: Decimal,
    /// Where it is not the quantity at the unit amount: prorations show the whole price and ask for a part.
    pub amount: Option<i64>,
    /// Price and product.
    pub price: Option<(String, String)>,
    pub tax_rates: Vec<String>,
    pub coupons: Vec<String>,
    /// First and last instant of the service; the draft's own instant when none.
    pub period: Option<(i64, i64)>,
    /// Subscription and its item.
    pub subscription: Option<(String, String)>,
    pub proration: bool,
}

#[derive(Clone, Debug, Default)]
pub struct NewInvoice {
    pub customer: String,
    pub currency: String,
    /// None: charged automatically.
    pub days_until_due: Option<i64>,
    pub coupons: Vec<String>,
    pub lines: Vec<NewLine>,
    pub description: Option<String>,
    pub metadata: Object,
    pub auto_advance: bool,
    /// None: made by hand.
    pub reason: Option<&'static str>,
    pub subscription: Option<String>,
}

impl Stripe {
    /// A draft with its lines, totals computed.
    pub fn draft_invoice(&mut self, now: i64, new: NewInvoice, cause: &Cause) -> String {
        let id = self.id("in_");
        let discounts: Vec<String> = new.coupons.iter().map(|coupon| self.discount(now, coupon, &new.customer, Some(&id))).collect();
        let lines: Vec<Value> = new.lines.into_iter().map(|line| self.line(now, &id, &new.currency, &new.customer, line)).collect();
        let method = if new.days_until_due.is_some() { "send_invoice" } else { "charge_automatically" };
        let mut fields = object(json!({
            "id": id, "customer": new.customer, "currency": new.currency, "collection_method": method, "status": "draft",
            "billing_reason": new.reason.unwrap_or("manual"), "account_country": self.account.country, "account_name": self.account.name,
            "auto_advance": new.auto_advance, "discounts": discounts, "metadata": new.metadata, "description": new.description,
            "issuer": { "type": "self" }, "period_start": now, "period_end": now, "default_tax_rates": [], "_lines": lines,
            "due_date": new.days_until_due.map(|days| now + days * 86_400), "automatic_tax": { "enabled": false },
        }));
        if let Some(subscription) = &new.subscription {
            let parent = json!({ "type": "subscription_details", "quote_details": null, "subscription_details": { "metadata": {}, "subscription": subscription } });
            fields.insert("parent".into(), parent);
        }
        self.copy_customer(&mut fields, &new.customer);
        totals::compute(&self.store, &mut fields);
        self.create(now, "invoice", fields);
        self.emit(now, "invoice.created", "invoice", &id, None, cause);
        if new.auto_advance {
            self.agenda.finalize_later(now, &id);
        }
        id
    }

    /// Gives the number and the dates, freezes the customer's data, and asks for the money.
    pub fn finalize_invoice(&mut self, now: i64, id: &str, cause: &Cause) -> Result<()> {
        let mut invoice = self.in_status(id, &["draft"], "finalized")?;
        if invoice.get("_lines").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            return Err(ApiError::state("invoice_no_customer_line_items", "You cannot finalize an invoice without any line items."));
        }
        let before = invoice.clone();
        let customer = text(&invoice, "customer");
        self.copy_customer(&mut invoice, &customer);
        totals::compute(&self.store, &mut invoice);
        if invoice.get("number").is_none_or(Value::is_null) {
            let number = format!("{}-{:04}", self.account.invoice_prefix, self.account.next_invoice);
            self.account.next_invoice += 1;
            invoice.insert("number".into(), number.into());
        }
        let path = format!("https://invoice.stripe.com/i/{}/test_{id}", self.account.id);
        for (name, value) in [
            ("status", "open".into()),
            ("hosted_invoice_url", path.clone().into()),
            ("invoice_pdf", format!("{path}/pdf").into()),
            ("period_end", now.into()),
        ] {
            invoice.insert(name.into(), value);
        }
        invoice.entry("effective_at").or_insert(now.into());
        set_transition(&mut invoice, "finalized_at", now);
        let used = self.use_customer_balance(now, id, &customer, &mut invoice);
        if let Some(due) = invoice.get("due_date").and_then(Value::as_i64) {
            self.agenda.overdue(due, id);
        }
        self.supersede(now, &invoice, cause);
        let due = integer(&invoice, "amount_due");
        self.store.update("invoice", id, |stored| *stored = invoice);
        if due > 0 {
            self.ask_for_payment(now, id);
        }
        self.emit(now, "invoice.finalized", "invoice", id, Some(&before), cause);
        if due == 0 || used {
            self.settle_if_covered(now, id, cause);
        }
        Ok(())
    }

    /// A finalized revision voids what it revises.
    fn supersede(&mut self, now: i64, revision: &Object, cause: &Cause) {
        let Some(original) = revision.get("from_invoice").and_then(|from| from.get("invoice")?.as_str()) else { return };
        // What was paid meanwhile stays as it is.
        if self.void_invoice(now, original, cause).is_ok() {
            let revision = text(revision, "id");
            self.store.update("invoice", original, |invoice| _ = invoice.insert("latest_revision".into(), revision.into()));
        }
    }

    /// Takes the number out of use. Only what is open can be voided.
    pub fn void_invoice(&mut self, now: i64, id: &str, cause: &Cause) -> Result<()> {
        let before = self.in_status(id, &["open", "uncollectible"], "voided")?;
        self.close(now, id, "void", "voided_at");
        self.cancel_payments(now, id);
        self.emit(now, "invoice.voided", "invoice", id, Some(&before), cause);
        Ok(())
    }

    pub fn mark_uncollectible(&mut self, now: i64, id: &str, cause: &Cause) -> Result<()> {
        let before = self.in_status(id, &["open"], "marked uncollectible")?;
        self.close(now, id, "uncollectible", "marked_uncollectible_at");
        self.emit(now, "invoice.marked_uncollectible", "invoice", id, Some(&before), cause);
        Ok(())
    }

    fn close(&mut self, now: i64, id: &str, status: &str, at: &str) {
        self.store.update("invoice", id, |invoice| {
            invoice.insert("status".into(), status.into());
            set_transition(invoice, at, now);
        });
    }

    /// Records money on an invoice; it is paid once nothing remains.
    pub(super) fn record_payment(&mut self, now: i64, id: &str, amount: i64, off_stripe: bool, cause: &Cause) {
        let Some(before) = self.store.get("invoice", id).cloned() else { return };
        self.store.update("invoice", id, |invoice| {
            let paid = integer(invoice, "amount_paid") + amount;
            let due = integer(invoice, "amount_due");
            invoice.insert("amount_paid".into(), paid.into());
            invoice.insert("amount_remaining".into(), (due - paid).max(0).into());
            invoice.insert("amount_overpaid".into(), (paid - due).max(0).into());
            invoice.insert("attempted".into(), true.into());
            if off_stripe {
                let before = invoice.get("_paid_off_stripe").and_then(Value::as_i64).unwrap_or_default();
                invoice.insert("_paid_off_stripe".into(), (before + amount).into());
            }
        });
        self.settle_if_covered(now, id, cause);
        if integer(&before, "amount_paid") + amount > integer(&before, "amount_due") {
            self.emit(now, "invoice.overpaid", "invoice", id, Some(&before), cause);
        }
        if self.store.get("invoice", id).map(|invoice| text(invoice, "status")) != Some("paid".into()) {
            self.emit(now, "invoice.updated", "invoice", id, Some(&before), cause);
        }
    }

    fn settle_if_covered(&mut self, now: i64, id: &str, cause: &Cause) {
        let Some(invoice) = self.store.get("invoice", id) else { return };
        let covered = integer(invoice, "amount_remaining") == 0 && matches!(text(invoice, "status").as_str(), "open" | "uncollectible");
        if !covered {
            return;
        }
        let before = invoice.clone();
        self.store.update("invoice", id, |invoice| {
            invoice.insert("status".into(), "paid".into());
            set_transition(invoice, "paid_at", now);
        });
        self.emit(now, "invoice.paid", "invoice", id, Some(&before), cause);
        self.emit(now, "invoice.payment_succeeded", "invoice", id, Some(&before), cause);
    }

    /// The stored invoice if it is in one of these states.
    pub(super) fn in_status(&self, id: &str, from: &[&str], doing: &str) -> Result<Object> {
        let invoice = self.stored("invoice", id, "invoice")?;
        let status = text(&invoice, "status");
        if from.contains(&status.as_str()) {
            return Ok(invoice);
        }
        let code = if doing == "finalized" || doing == "edited" { "invoice_not_editable" } else { "status_transition_invalid" };
        Err(ApiError::state(code, format!("This invoice is {status} and can't be {doing}.")))
    }

    /// Computes a draft again after its lines or discounts changed.
    pub(super) fn recompute(&mut self, id: &str) {
        if let Some(mut invoice) = self.store.get("invoice", id).cloned() {
            totals::compute(&self.store, &mut invoice);
            self.store.update("invoice", id, |stored| *stored = invoice);
        }
    }

    /// A discount made from a coupon.
    pub fn discount(&mut self, now: i64, coupon: &str, customer: &str, invoice: Option<&str>) -> String {
        self.store.update("coupon", coupon, |coupon| {
            let redeemed = integer(coupon, "times_redeemed") + 1;
            coupon.insert("times_redeemed".into(), redeemed.into());
        });
        let fields = json!({ "source": { "coupon": coupon, "type": "coupon" }, "customer": customer, "invoice": invoice, "start": now, "end": null });
        self.create(now, "discount", object(fields))
    }

    pub(super) fn line(&mut self, now: i64, invoice: &str, currency: &str, customer: &str, new: NewLine) -> Value {
        let discounts: Vec<String> = new.coupons.iter().map(|coupon| self.discount(now, coupon, customer, Some(invoice))).collect();
        let amount = new.amount.unwrap_or_else(|| totals::rounded(new.unit_amount * Decimal::from(new.quantity)));
        let (start, end) = new.period.unwrap_or((now, now));
        let unit = new.unit_amount.normalize().to_string();
        let pricing = match &new.price {
            Some((price, product)) => {
                json!({ "type": "price_details", "price_details": { "price": price, "product": product }, "unit_amount_decimal": unit })
            }
            None => json!({ "type": "price_details", "unit_amount_decimal": unit }),
        };
        let parent = match &new.subscription {
            Some((subscription, item)) => json!({ "type": "subscription_item_details", "invoice_item_details": null, "subscription_item_details": {
                "invoice_item": null, "proration": new.proration, "proration_details": null, "subscription": subscription, "subscription_item": item } }),
            None => json!({ "type": "invoice_item_details", "subscription_item_details": null, "invoice_item_details": {
                "invoice_item": self.id("ii_"), "proration": new.proration, "proration_details": null, "subscription": null } }),
        };
        json!({
            "id": self.id("il_"), "object": "line_item", "invoice": invoice, "currency": currency, "description": new.description,
            "quantity": new.quantity, "quantity_decimal": new.quantity.to_string(), "amount": amount, "subtotal": amount,
            "discountable": true, "discounts": discounts, "metadata": {}, "period": { "start": start, "end": end }, "pricing": pricing, "parent": parent,
            "subscription": new.subscription.as_ref().map(|(subscription, _)| subscription),
            "_tax_rates": new.tax_rates,
        })
    }

    /// The customer's data on a document, as they are at this instant.
    fn copy_customer(&self, invoice: &mut Object, customer: &str) {
        let Some(stored) = self.store.get("customer", customer) else { return };
        for (name, from) in [
            ("customer_name", "name"),
            ("customer_email", "email"),
            ("customer_address", "address"),
            ("customer_phone", "phone"),
            ("customer_shipping", "shipping"),
            ("customer_tax_exempt", "tax_exempt"),
        ] {
            invoice.insert(name.into(), stored.get(from).cloned().unwrap_or_default());
        }
        let ids = self.store.with("tax_id", "customer", customer);
        let ids: Vec<Value> = ids.map(|id| json!({ "type": id.get("type"), "value": id.get("value") })).collect();
        invoice.insert("customer_tax_ids".into(), ids.into());
    }

    /// A customer's credit pays first; a negative total becomes credit. Says whether any was used.
    fn use_customer_balance(&mut self, now: i64, id: &str, customer: &str, invoice: &mut Object) -> bool {
        let total = integer(invoice, "total");
        let balance = self.store.get("customer", customer).map_or(0, |customer| integer(customer, "balance"));
        let change = if total < 0 { total } else { total.min(-balance) };
        let change = if total >= 0 && balance >= 0 { -balance.min(0) } else { change };
        invoice.insert("starting_balance".into(), balance.into());
        let due = (total - change.max(0)).max(0);
        let (due, moved) = whole_units(due, &text(invoice, "currency"));
        let change = change + moved;
        invoice.insert("ending_balance".into(), (balance + change).into());
        invoice.insert("amount_due".into(), due.into());
        invoice.insert("amount_remaining".into(), due.into());
        if change == 0 {
            return false;
        }
        self.store.update("customer", customer, |customer| _ = customer.insert("balance".into(), (balance + change).into()));
        let row = json!({
            "customer": customer, "invoice": id, "amount": change, "currency": invoice.get("currency"), "ending_balance": balance + change,
            "type": "applied_to_invoice", "metadata": {}, "description": null, "credit_note": null,
        });
        self.create(now, "customer_balance_transaction", object(row));
        true
    }
}

/// `docs: Supported currencies`: amounts due in these two are whole although two decimals are shown; the rest goes to
/// the customer's balance. Gives the amount due, and what the balance changes by.
fn whole_units(due: i64, currency: &str) -> (i64, i64) {
    if !matches!(currency, "isk" | "ugx") {
        return (due, 0);
    }
    let whole = (due + 50).div_euclid(100) * 100;
    (whole, due - whole)
}

pub(super) fn set_transition(invoice: &mut Object, name: &str, at: i64) {
    let transitions = invoice.entry("status_transitions").or_insert_with(|| json!({}));
    transitions[name] = at.into();
}

pub(super) fn text(object: &Object, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn integer(object: &Object, name: &str) -> i64 {
    object.get(name).and_then(Value::as_i64).unwrap_or_default()
}
