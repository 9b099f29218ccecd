//! Invented invoices in Stripe's own shapes, so that they take the very way that real ones take.

use chrono::NaiveTime;
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::idea::{Idea, Line, Tax, Unmade};
use crate::settings::{CarriedKey, CarriedTo, DraftWhen, Settings};

pub fn invoice(id: &str, number: usize, idea: &Idea, settings: &Settings) -> Result<Value, Unmade> {
    let minor = |amount: Decimal| minor(amount, idea.currency);
    let total = total(idea)?;
    let paid = if settings.draft_when == DraftWhen::Paid { total } else { Decimal::ZERO };
    let lines = idea.lines.iter().enumerate().map(|(n, line)| invoice_line(id, n, line, idea)).collect::<Result<Vec<_>, _>>()?;
    let is_reverse = idea.lines.iter().filter_map(|line| line.tax.as_ref()).any(|tax| tax.reason == "reverse_charge");
    Ok(json!({
        "id": id, "number": format!("SAMPLE-{number}"), "livemode": true, "currency": code(idea), "created": at(idea),
        "status": if paid.is_zero() { "open" } else { "paid" },
        "collection_method": "send_invoice",
        "status_transitions": { "finalized_at": at(idea) },
        "customer": customer_id(id), "customer_name": name(id), "customer_address": address(idea),
        "customer_tax_ids": idea.vat.map(|vat| json!([{ "type": "eu_vat", "value": vat }])),
        "customer_tax_exempt": if is_reverse { "reverse" } else { "none" },
        "subtotal": minor(idea.lines.iter().map(|line| line.price).sum())?, "total": minor(total)?,
        "amount_due": minor(total)?, "amount_paid": minor(paid)?, "amount_remaining": minor(total - paid)?,
        "metadata": metadata(settings), "lines": { "has_more": false, "data": lines },
    }))
}

fn invoice_line(id: &str, n: usize, line: &Line, idea: &Idea) -> Result<Value, Unmade> {
    let minor = |amount: Decimal| minor(amount, idea.currency);
    let taxes = match &line.tax {
        None => json!([]),
        Some(tax) => json!([{
            "amount": minor(amount_of(tax, line, idea)?)?, "tax_behavior": if tax.inclusive { "inclusive" } else { "exclusive" },
            "taxability_reason": tax.reason, "tax_rate_details": is_rated(tax).then(|| json!({ "tax_rate": rate_id(id, n) })),
        }]),
    };
    let discounts = if line.discount.is_zero() { json!([]) } else { json!([{ "amount": minor(line.discount)?, "discount": "sample" }]) };
    Ok(json!({
        "id": format!("{id}_line_{n}"), "description": line.text, "currency": code(idea),
        "amount": minor(line.price)?, "subtotal": minor(line.price)?, "quantity": 1,
        "taxes": taxes, "discount_amounts": discounts, "metadata": {},
    }))
}

/// What a guest paid at a checkout; its payment is named as the sample.
pub fn session(id: &str, idea: &Idea, settings: &Settings) -> Result<Value, Unmade> {
    let minor = |amount: Decimal| minor(amount, idea.currency);
    let item = |(n, line): (usize, &Line)| -> Result<Value, Unmade> {
        let taxes = line.tax.as_ref().map(|tax| {
            let amount = minor(amount_of(tax, line, idea)?)?;
            Ok::<_, Unmade>(json!({ "amount": amount, "rate": tax_rate(id, n, tax, idea), "taxability_reason": tax.reason }))
        });
        Ok(json!({
            "id": format!("{id}_item_{n}"), "description": line.text, "currency": code(idea), "quantity": 1,
            "amount_subtotal": minor(line.price)?, "amount_discount": minor(line.discount)?, "amount_total": minor(gross(line, idea)?)?,
            "taxes": taxes.transpose()?.into_iter().collect::<Vec<_>>(),
        }))
    };
    let items = idea.lines.iter().enumerate().map(item).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({
        "id": format!("{id}_session"), "created": at(idea), "currency": code(idea), "status": "complete", "payment_status": "paid",
        "amount_total": minor(total(idea)?)?, "payment_intent": id, "customer_details": { "name": name(id), "address": address(idea) },
        "line_items": { "has_more": false, "data": items }, "metadata": metadata(settings),
    }))
}

pub fn charge(id: &str, idea: &Idea) -> Result<Value, Unmade> {
    let amount = minor(total(idea)?, idea.currency)?;
    Ok(json!({
        "id": format!("{id}_charge"), "currency": code(idea), "amount": amount, "amount_captured": amount, "amount_refunded": 0,
        "status": "succeeded", "captured": true, "livemode": true, "created": at(idea), "payment_intent": id, "metadata": {},
        "billing_details": { "name": name(id), "email": null, "phone": null, "address": address(idea) },
    }))
}

pub fn customer(id: &str, idea: &Idea) -> Value {
    json!({ "id": customer_id(id), "name": name(id), "email": Value::Null, "address": address(idea), "metadata": {} })
}

pub fn customer_id(id: &str) -> String {
    format!("{id}_customer")
}

pub fn name(id: &str) -> String {
    format!("Rehearsal {id}")
}

/// The rates that the lines refer to.
pub fn tax_rates(id: &str, idea: &Idea) -> Vec<Value> {
    let rated = idea.lines.iter().enumerate().filter_map(|(n, line)| Some((n, line.tax.as_ref().filter(|tax| is_rated(tax))?)));
    rated.map(|(n, tax)| tax_rate(id, n, tax, idea)).collect()
}

fn tax_rate(id: &str, n: usize, tax: &Tax, idea: &Idea) -> Value {
    json!({
        "id": rate_id(id, n), "percentage": number_of(tax.rate), "country": idea.country, "tax_type": "vat", "inclusive": tax.inclusive, "created": 0,
    })
}

fn rate_id(id: &str, n: usize) -> String {
    format!("{id}_rate_{n}")
}

/// What is taxed at nothing names no rate.
fn is_rated(tax: &Tax) -> bool {
    !tax.rate.is_zero()
}

fn address(idea: &Idea) -> Value {
    json!({ "country": idea.country, "city": "Rehearsal", "postal_code": "0000", "line1": "1 Rehearsal Street" })
}

fn metadata(settings: &Settings) -> Map<String, Value> {
    settings.carries.keys.iter().map(|carried| (carried.key.clone(), sample_value(carried))).collect()
}

/// What a buyer could have written there; a dimension keeps the value that the book gives it.
fn sample_value(carried: &CarriedKey) -> Value {
    match &carried.to {
        CarriedTo::YourReference => "4711".into(),
        CarriedTo::Comment => "autumn".into(),
        CarriedTo::Dimension(_) => "".into(),
    }
}

fn code(idea: &Idea) -> String {
    idea.currency.code().to_lowercase()
}

/// Noon, the same day everywhere that keeps books.
fn at(idea: &Idea) -> i64 {
    idea.date.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default()).and_utc().timestamp()
}

fn amount_of(tax: &Tax, line: &Line, idea: &Idea) -> Result<Decimal, Unmade> {
    let (base, rate) = (line.price - line.discount, tax.rate / Decimal::ONE_HUNDRED);
    let exact = if tax.inclusive { base - base / (Decimal::ONE + rate) } else { base * rate };
    Ok(Money::rounded(exact, idea.currency)?.decimal())
}

/// With the tax that comes on top.
fn gross(line: &Line, idea: &Idea) -> Result<Decimal, Unmade> {
    let on_top = line.tax.as_ref().filter(|tax| !tax.inclusive).map(|tax| amount_of(tax, line, idea)).transpose()?;
    Ok(line.price - line.discount + on_top.unwrap_or_default())
}

fn total(idea: &Idea) -> Result<Decimal, Unmade> {
    idea.lines.iter().map(|line| gross(line, idea)).sum()
}

/// A decimal as a number of JSON, from its own text.
fn number_of(decimal: Decimal) -> Value {
    serde_json::from_str(&decimal.to_string()).unwrap_or(Value::Null)
}

/// In Stripe's units, some of which are not the currency's own.
fn minor(amount: Decimal, currency: Currency) -> Result<i64, Unmade> {
    let hundred = stripe::money(100, currency)?.decimal();
    let minor = Money::rounded(amount, currency)?.decimal() * Decimal::ONE_HUNDRED / hundred;
    i64::try_from(minor.trunc()).map_err(|_| Unmade)
}
