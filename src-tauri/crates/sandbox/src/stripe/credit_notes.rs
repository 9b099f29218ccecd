//! Credit notes: what an invoice loses after it was finalized.

use super::Stripe;
use super::editing::missing;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::object;
use super::invoices::{integer, text};
use super::params::Params;
use super::store::Object;
use super::totals::{self, shared};
use rust_decimal::Decimal;
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

/// What is credited.
#[derive(Clone, Debug)]
pub enum Credited {
    /// So much, tax included, shared over the invoice in proportion.
    Amount(i64),
    /// These lines, as the parameters name them.
    Lines(Vec<Params>),
}

/// The lines of a note, their sum without tax, and its taxes.
struct Drawn {
    lines: Vec<Value>,
    excluding: i64,
    taxes: Vec<Value>,
}

impl Stripe {
    /// Credits `amount` (tax included) of an invoice, shared over its lines in proportion.
    pub fn credit_note(&mut self, now: i64, invoice_id: &str, amount: i64, reason: Option<&str>, back: GivenBack, cause: &Cause) -> Result<String> {
        self.credit(now, invoice_id, &Credited::Amount(amount), reason, back, cause)
    }

    pub(super) fn credit(
        &mut self,
        now: i64,
        invoice_id: &str,
        what: &Credited,
        reason: Option<&str>,
        back: GivenBack,
        cause: &Cause,
    ) -> Result<String> {
        let note = self.drawn_note(now, invoice_id, what, reason, &back)?;
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

    /// What a note comes to, tax included.
    pub(super) fn credited_amount(&self, invoice: &Object, what: &Credited) -> Result<i64> {
        match what {
            Credited::Amount(amount) => Ok(*amount),
            Credited::Lines(lines) => {
                let drawn = self.named_lines(invoice, lines)?;
                Ok(drawn.excluding + drawn.taxes.iter().filter_map(|tax| tax["amount"].as_i64()).sum::<i64>())
            }
        }
    }

    /// The note itself, before anything is kept.
    pub(super) fn drawn_note(&mut self, now: i64, invoice_id: &str, what: &Credited, reason: Option<&str>, back: &GivenBack) -> Result<Object> {
        let invoice = self.in_status(invoice_id, &["open", "paid", "uncollectible"], "credited")?;
        let total = integer(&invoice, "total");
        let amount = self.credited_amount(&invoice, what)?;
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
        let mut drawn = match what {
            Credited::Amount(amount) => shared_out(&invoice, *amount, total),
            Credited::Lines(lines) => self.named_lines(&invoice, lines)?,
        };
        for line in &mut drawn.lines {
            line["id"] = self.id("cnli_").into();
        }
        let Drawn { lines, excluding, taxes } = drawn;
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

    fn named_lines(&self, invoice: &Object, wanted: &[Params]) -> Result<Drawn> {
        let exempt = invoice.get("customer_tax_exempt").and_then(Value::as_str).unwrap_or("none");
        let mut drawn = Drawn { lines: Vec::new(), excluding: 0, taxes: Vec::new() };
        for wanted in wanted {
            let sold = match wanted.get("invoice_line_item").and_then(Value::as_str) {
                Some(id) => {
                    let lines = invoice.get("_lines").and_then(Value::as_array);
                    let found = lines.into_iter().flatten().find(|line| line["id"] == id).and_then(Value::as_object);
                    Some(found.ok_or_else(|| ApiError::no_such_value("line_item", id, "lines[0][invoice_line_item]"))?)
                }
                None if text(wanted, "type") == "invoice_line_item" => return Err(missing("lines[0][invoice_line_item]")),
                None => None,
            };
            let line = CreditedLine::of(wanted, sold)?;
            let (taxes, inside) = totals::credited(&self.store, &line.rates, line.amount, exempt);
            drawn.excluding += line.amount - inside;
            taxes.iter().for_each(|tax| add_tax(&mut drawn.taxes, tax));
            drawn.lines.push(line.shown(text(wanted, "type"), taxes));
        }
        Ok(drawn)
    }
}

struct CreditedLine {
    amount: i64,
    quantity: i64,
    unit: Decimal,
    rates: Vec<String>,
    description: String,
    of: Option<String>,
}

impl CreditedLine {
    /// A part of what was sold, or something of its own.
    fn of(wanted: &Params, sold: Option<&Object>) -> Result<Self> {
        let decimal = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned).parse::<Decimal>().ok();
        let given = ["unit_amount_decimal", "unit_amount"].iter().find_map(|name| decimal(wanted.get(*name)?));
        let price = sold.and_then(|sold| decimal(sold.get("pricing")?.get("unit_amount_decimal")?));
        let quantity = wanted.get("quantity").and_then(Value::as_i64).unwrap_or(1).clamp(1, 1_000_000_000);
        let stated = wanted.get("amount").and_then(Value::as_i64);
        let unit = given.or(stated.map(Decimal::from)).or(price).ok_or_else(|| missing("lines[0][unit_amount]"))?;
        let amount = stated.unwrap_or_else(|| totals::rounded(unit.checked_mul(Decimal::from(quantity)).unwrap_or_default()));
        let own = wanted.get("tax_rates").and_then(Value::as_array);
        let rates = own.or(sold.and_then(|sold| sold.get("_tax_rates")?.as_array())).into_iter().flatten();
        let said = wanted.get("description").or(sold.and_then(|sold| sold.get("description"))).and_then(Value::as_str);
        Ok(Self {
            amount,
            quantity,
            unit,
            rates: rates.filter_map(Value::as_str).map(str::to_owned).collect(),
            description: said.unwrap_or_default().to_owned(),
            of: sold.map(|sold| text(sold, "id")),
        })
    }

    fn shown(&self, kind: String, taxes: Vec<Value>) -> Value {
        let mut line = json!({
            "object": "credit_note_line_item", "amount": self.amount, "description": self.description, "discount_amount": 0, "quantity": self.quantity,
            "unit_amount": self.amount / self.quantity, "unit_amount_decimal": self.unit.normalize().to_string(), "type": kind, "tax_rates": [],
            "taxes": taxes, "metadata": {},
        });
        if let Some(sold) = &self.of {
            line["invoice_line_item"] = sold.as_str().into();
        }
        line
    }
}

/// Sums taxes by their rate.
fn add_tax(all: &mut Vec<Value>, tax: &Value) {
    match all.iter_mut().find(|known| known["tax_rate_details"] == tax["tax_rate_details"]) {
        Some(known) => {
            for name in ["amount", "taxable_amount"] {
                known[name] = (known[name].as_i64().unwrap_or_default() + tax[name].as_i64().unwrap_or_default()).into();
            }
        }
        None => all.push(tax.clone()),
    }
}

/// One line for an amount of the whole invoice, its taxes in proportion.
fn shared_out(invoice: &Object, amount: i64, total: i64) -> Drawn {
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
        "object": "credit_note_line_item", "amount": excluding, "description": format!("Credit for {}", text(invoice, "number")),
        "discount_amount": 0, "quantity": 1, "unit_amount": excluding, "unit_amount_decimal": excluding.to_string(), "type": "custom_line_item",
        "tax_rates": [], "taxes": credited, "metadata": {},
    });
    Drawn { lines: vec![line], excluding, taxes: credited }
}
