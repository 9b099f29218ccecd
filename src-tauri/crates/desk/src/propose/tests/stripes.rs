//! Stripe's objects in the words of a bookkeeper: one line of text, and the JSON that Stripe would answer.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

/// `name=value` pairs after the fixed words.
pub type Options<'a> = BTreeMap<&'a str, String>;

/// `Rådgivning | 2 × 100.00 | −10.00 | 25 %`
#[derive(Clone)]
pub struct Line {
    text: String,
    quantity: Decimal,
    price: Decimal,
    discount: Decimal,
    /// Of a credit grant.
    credit: Decimal,
    taxes: Vec<Tax>,
    period: Option<(NaiveDate, NaiveDate)>,
    /// Stripe names no price of one.
    tiers: bool,
    product: Option<String>,
}

/// `25 %`, `25 % inside`, `19 % DE`, `0 % reverse_charge`, `8 % sales_tax`, `25 % = 24.99`, `25 % on 60.00`
#[derive(Clone)]
struct Tax {
    rate: Decimal,
    inside: bool,
    country: String,
    kind: String,
    reason: Option<String>,
    stated: Option<Decimal>,
    /// A part of the line only.
    base: Option<Decimal>,
}

impl Line {
    pub fn parse(line: &str) -> Self {
        let mut parts = line.split('|').map(str::trim);
        let (text, sold) = (parts.next().expect("a description"), parts.next().expect("a quantity and a price"));
        let (quantity, price) = sold.split_once('×').expect("quantity × price");
        let mut parsed = Self {
            text: text.replace("␠", " "),
            quantity: dec(quantity),
            price: dec(price),
            discount: Decimal::ZERO,
            credit: Decimal::ZERO,
            taxes: Vec::new(),
            period: None,
            tiers: false,
            product: None,
        };
        for part in parts {
            if let Some(discount) = part.strip_prefix('−').filter(|rest| !rest.contains('%')) {
                parsed.discount = dec(discount);
            } else if let Some((from, to)) = part.split_once("..") {
                parsed.period = Some((from.parse().expect("a date"), to.parse().expect("a date")));
            } else if let Some(product) = part.strip_prefix("product ") {
                parsed.product = Some(product.to_owned());
            } else if let Some(credit) = part.strip_prefix("credit ") {
                parsed.credit = dec(credit);
            } else if part == "tiers" {
                parsed.tiers = true;
            } else if part != "no tax" {
                parsed.taxes = part.split(" and ").map(Tax::parse).collect();
            }
        }
        parsed
    }

    fn subtotal(&self) -> Decimal {
        self.quantity * self.price
    }

    fn base(&self) -> Decimal {
        self.subtotal() - self.discount - self.credit
    }

    /// Rounded by the line.
    fn tax(&self, tax: &Tax, decimals: u32) -> Decimal {
        let part = if tax.inside { tax.rate / (Decimal::ONE_HUNDRED + tax.rate) } else { tax.rate / Decimal::ONE_HUNDRED };
        let base = tax.base.unwrap_or(self.base());
        tax.stated.unwrap_or((base * part).round_dp_with_strategy(decimals, rust_decimal::RoundingStrategy::MidpointAwayFromZero))
    }

    fn on_top(&self, decimals: u32) -> Decimal {
        self.taxes.iter().filter(|tax| !tax.inside).map(|tax| self.tax(tax, decimals)).sum()
    }

    fn taxes(&self, code: &str) -> Vec<Value> {
        let shown = |tax: &Tax| {
            let amount = self.tax(tax, decimals(code));
            let base = tax.base.unwrap_or(if tax.inside { self.base() - amount } else { self.base() });
            json!({
                "amount": minor(amount, code), "taxable_amount": minor(base, code), "tax_behavior": if tax.inside { "inclusive" } else { "exclusive" },
                "taxability_reason": tax.reason, "type": "tax_rate_details", "tax_rate_details": { "tax_rate": tax.id() },
            })
        };
        self.taxes.iter().map(shown).collect()
    }

    /// Discounts stand among them once more.
    fn credits(&self, code: &str) -> Vec<Value> {
        let one = json!({ "amount": minor(self.credit, code), "credit_balance_transaction": "cbtxn_1", "type": "credit_balance_transaction" });
        let credit = if self.credit.is_zero() { None } else { Some(one) };
        self.discounts(code).into_iter().chain(credit).collect()
    }

    fn discounts(&self, code: &str) -> Vec<Value> {
        let one = json!({ "amount": minor(self.discount, code), "discount": "di_1" });
        if self.discount.is_zero() { Vec::new() } else { vec![one] }
    }
}

impl Tax {
    fn parse(text: &str) -> Self {
        let (text, base) = text.split_once(" on ").map_or((text, None), |(text, base)| (text, Some(dec(base))));
        let (text, stated) = text.split_once('=').map_or((text, None), |(text, stated)| (text, Some(dec(stated))));
        let mut words = text.split_whitespace();
        let rate = dec(words.next().expect("a rate"));
        let mut tax = Self { rate, inside: false, country: "DK".to_owned(), kind: "vat".to_owned(), reason: None, stated, base };
        for word in words.filter(|word| *word != "%") {
            match word {
                "inside" => tax.inside = true,
                "sales_tax" => tax.kind = word.to_owned(),
                country if country.len() == 2 => tax.country = country.to_owned(),
                reason => tax.reason = Some(reason.to_owned()),
            }
        }
        tax
    }

    fn id(&self) -> String {
        format!("txr_{}_{}_{}_{}", self.rate, self.inside, self.country, self.kind)
    }
}

/// The tax rates that the lines refer to.
pub fn tax_rates(lines: &[Line]) -> Vec<Value> {
    let all = lines.iter().flat_map(|line| &line.taxes);
    all.map(|tax| {
        json!({ "id": tax.id(), "percentage": exact(tax.rate), "inclusive": tax.inside, "country": tax.country, "tax_type": tax.kind, "created": 1 })
    })
    .collect()
}

/// Who buys, as Stripe's customer and as the snapshot on an invoice.
pub struct Buyer {
    pub id: String,
    pub name: String,
    pub country: String,
    pub vat: String,
    pub currency: String,
    pub exempt: String,
}

impl Buyer {
    pub fn customer(&self) -> Value {
        let ids: Vec<_> = self.tax_ids();
        json!({
            "id": self.id, "name": self.name, "email": self.email(), "tax_exempt": self.exempt, "metadata": {}, "created": 1, "preferred_locales": [],
            "address": { "postal_code": "1000", "city": "By", "country": self.country }, "tax_ids": { "data": ids, "has_more": false },
        })
    }

    fn tax_ids(&self) -> Vec<Value> {
        if self.vat.is_empty() { Vec::new() } else { vec![json!({ "type": "eu_vat", "value": self.vat })] }
    }

    fn email(&self) -> String {
        format!("{}@kunder.example", self.id.trim_start_matches("cus_").to_lowercase())
    }
}

pub fn invoice(number: &str, at: DateTime<Utc>, buyer: &Buyer, lines: &[Line], options: &Options) -> Value {
    let code = option(options, "currency").unwrap_or(&buyer.currency).to_lowercase();
    let total: Decimal = lines.iter().map(|line| line.base() + line.on_top(decimals(&code))).sum();
    let total = option(options, "total").map_or(total, dec);
    let status = option(options, "status").unwrap_or("open");
    let mut taxes: Vec<_> = lines.iter().flat_map(|line| line.taxes(&code)).collect();
    let shipping = option(options, "shipping").map(dec).unwrap_or_default();
    let shipping_tax = option(options, "shipping_tax").map(|rate| Tax::parse(&format!("{rate} on {shipping}")));
    let shipping_taxed = shipping_tax.as_ref().map(|tax| shipping * tax.rate / Decimal::ONE_HUNDRED).unwrap_or_default();
    taxes.extend(shipping_tax.filter(|_| !options.contains_key("shipping_untold")).map(|tax| {
        json!({
            "amount": minor(shipping_taxed, &code), "taxable_amount": minor(shipping, &code), "tax_behavior": "exclusive", "taxability_reason": null,
            "type": "tax_rate_details", "tax_rate_details": { "tax_rate": tax.id() },
        })
    }));
    let mut invoice = json!({
        "id": format!("in_{number}"), "object": "invoice", "number": number, "status": status, "livemode": true, "currency": code,
        "created": at.timestamp() - 3_600, "effective_at": null, "due_date": null,
        "status_transitions": { "finalized_at": at.timestamp(), "voided_at": instant(options, "voided") },
        "collection_method": option(options, "collection").unwrap_or("charge_automatically"), "billing_reason": "manual", "customer": buyer.id, "customer_name": buyer.name,
        "customer_email": buyer.email(), "customer_address": { "postal_code": "1000", "city": "By", "country": buyer.country },
        "customer_tax_exempt": buyer.exempt, "customer_tax_ids": buyer.tax_ids(), "subtotal": minor(total, &code), "total": minor(total, &code),
        "total_taxes": taxes, "discounts": [], "amount_due": minor(total, &code), "amount_paid": 0, "amount_remaining": minor(total, &code),
        "lines": { "data": lines.iter().enumerate().map(|(n, line)| invoice_line(n, line, &code)).collect::<Vec<_>>(), "has_more": options.contains_key("more") },
        "metadata": {},
    });
    for (name, value) in [("effective", "effective_at"), ("due", "due_date")] {
        if let Some(at) = instant(options, name) {
            invoice[value] = at.into();
        }
    }
    for (key, value) in option(options, "meta").into_iter().flat_map(|meta| meta.split(',')).filter_map(|pair| pair.split_once(':')) {
        invoice["metadata"][key] = value.into();
    }
    if !shipping.is_zero() {
        let (net, tax) = (minor(shipping, &code), minor(shipping_taxed, &code));
        invoice["shipping_cost"] = json!({ "amount_subtotal": net, "amount_tax": tax, "amount_total": net + tax });
    }
    if let Some(due) = option(options, "amount_due") {
        invoice["amount_due"] = minor(dec(due), &code).into();
    }
    if options.contains_key("test") {
        invoice["livemode"] = false.into();
    }
    if options.contains_key("no_customer_name") {
        invoice["customer_name"] = Value::Null;
    }
    invoice
}

fn invoice_line(n: usize, line: &Line, code: &str) -> Value {
    let price = (!line.tiers).then(|| smallest(line.price, code).normalize().to_string());
    let (from, to) = line.period.map_or((1, 1), |(from, to)| (midnight(from), midnight(to)));
    json!({
        "id": format!("il_{}", n + 1), "object": "line_item", "amount": minor(line.subtotal(), code), "subtotal": minor(line.subtotal(), code), "currency": code,
        "description": line.text, "quantity": line.quantity.trunc().to_i64(), "quantity_decimal": line.quantity.abs().normalize().to_string(),
        "period": { "start": from, "end": to }, "taxes": line.taxes(code), "discount_amounts": line.discounts(code), "metadata": {},
        "pretax_credit_amounts": line.credits(code), "pricing": { "unit_amount_decimal": price, "price_details": { "price": "price_1", "product": line.product.as_deref().unwrap_or("prod_1") } },
    })
}

/// `before`: lowers the open invoice; `after`: gives back what was paid.
pub fn credit_note(number: &str, at: DateTime<Utc>, invoice: &str, when: &str, code: &str, lines: &[Line], options: &Options) -> Value {
    let total: Decimal = lines.iter().map(|line| line.base() + line.on_top(decimals(code))).sum();
    let total = minor(total, code);
    let before = match when {
        "before" => total,
        "after" => 0,
        _ => total / 2,
    };
    let refunds: Vec<_> = option(options, "refund").map(|refund| json!({ "amount_refunded": total, "refund": refund })).into_iter().collect();
    let line = |(n, line): (usize, &Line)| {
        json!({
            "id": format!("cnli_{n}"), "amount": minor(line.subtotal(), code), "description": line.text, "quantity": line.quantity.to_i64(),
            "unit_amount_decimal": smallest(line.price, code).normalize().to_string(), "taxes": line.taxes(code), "discount_amounts": line.discounts(code),
            "invoice_line_item": "il_1",
        })
    };
    json!({
        "id": format!("cn_{number}"), "object": "credit_note", "number": number, "status": option(options, "status").unwrap_or("issued"), "livemode": true,
        "type": match when { "before" => "pre_payment", "after" => "post_payment", _ => "mixed" }, "currency": code, "created": at.timestamp(),
        "effective_at": at.timestamp(), "invoice": format!("in_{invoice}"), "customer": "cus_C1", "subtotal": total, "total": total,
        "total_taxes": [], "voided_at": instant(options, "voided"), "pre_payment_amount": before, "post_payment_amount": total - before, "refunds": refunds, "metadata": {},
        "lines": { "data": lines.iter().enumerate().map(line).collect::<Vec<_>>(), "has_more": false },
    })
}

/// A charge and the payment that it belongs to.
pub fn charge(payment: &str, at: DateTime<Utc>, amount: Decimal, code: &str, options: &Options) -> Value {
    let amount = minor(amount, code);
    json!({
        "id": format!("ch_{payment}"), "object": "charge", "currency": code, "amount": amount, "amount_captured": amount, "amount_refunded": 0,
        "status": option(options, "status").unwrap_or("succeeded"), "captured": !options.contains_key("uncaptured"), "livemode": true, "created": at.timestamp(),
        "payment_intent": payment, "customer": option(options, "customer"), "description": option(options, "text"), "metadata": {},
        "billing_details": { "name": option(options, "name"), "email": null, "phone": null, "address": { "country": option(options, "country") } },
    })
}

pub fn session(payment: &str, at: DateTime<Utc>, code: &str, lines: &[Line], options: &Options) -> Value {
    let item = |(n, line): (usize, &Line)| {
        let taxes: Vec<_> = line
            .taxes
            .iter()
            .map(|tax| {
                let rate = json!({ "id": tax.id(), "percentage": exact(tax.rate), "inclusive": tax.inside, "country": tax.country, "tax_type": tax.kind, "created": 1 });
                json!({ "amount": minor(line.tax(tax, decimals(code)), code), "rate": rate, "taxability_reason": tax.reason, "taxable_amount": 0 })
            })
            .collect();
        let total = line.base() + line.on_top(decimals(code));
        json!({
            "id": format!("li_{n}"), "object": "item", "currency": code, "description": line.text, "quantity": line.quantity.to_i64(),
            "amount_subtotal": minor(line.subtotal(), code), "amount_discount": minor(line.discount, code), "amount_total": minor(total, code),
            "price": { "unit_amount_decimal": smallest(line.price, code).normalize().to_string(), "product": "prod_1" }, "taxes": taxes,
        })
    };
    let total: Decimal = lines.iter().map(|line| line.base() + line.on_top(decimals(code))).sum();
    json!({
        "id": format!("cs_{payment}"), "object": "checkout.session", "created": at.timestamp(), "currency": code, "status": "complete", "payment_status": "paid",
        "amount_total": minor(total, code), "customer": null, "payment_intent": payment, "invoice": option(options, "invoice").map(|number| format!("in_{number}")),
        "customer_details": { "name": option(options, "name"), "email": "guest@post.example", "address": { "country": option(options, "country") }, "tax_ids": [] },
        "line_items": { "data": lines.iter().enumerate().map(item).collect::<Vec<_>>(), "has_more": false }, "metadata": {},
    })
}

pub fn refund(id: &str, at: DateTime<Utc>, payment: &str, amount: Decimal, code: &str, options: &Options) -> Value {
    json!({
        "id": id, "object": "refund", "currency": code, "amount": minor(amount, code), "status": option(options, "status").unwrap_or("succeeded"),
        "created": at.timestamp(), "charge": format!("ch_{payment}"), "payment_intent": payment, "metadata": {},
    })
}

pub fn invoice_payment(invoice: &str, payment: &str, code: &str) -> Value {
    json!({
        "id": format!("inpay_{invoice}_{payment}"), "currency": code, "amount_requested": 0, "amount_paid": 0, "status": "paid", "created": 1,
        "invoice": format!("in_{invoice}"), "payment": { "type": "payment_intent", "payment_intent": payment },
    })
}

pub fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(&text.trim().replace('−', "-")).unwrap_or_else(|_| panic!("a number: {text}"))
}

/// Noon in Copenhagen, or the given time in UTC (`2026-11-30T23:30`).
pub fn at(text: &str) -> DateTime<Utc> {
    let text = if text.contains('T') { format!("{text}:00Z") } else { format!("{text}T11:00:00Z") };
    text.parse().unwrap_or_else(|_| panic!("a time: {text}"))
}

fn instant(options: &Options, name: &str) -> Option<i64> {
    option(options, name).map(|text| at(text).timestamp())
}

fn midnight(day: NaiveDate) -> i64 {
    day.and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp() - 3_600
}

pub fn option<'a>(options: &'a Options, name: &str) -> Option<&'a str> {
    options.get(name).map(String::as_str)
}

/// In Stripe's smallest unit.
fn minor(amount: Decimal, code: &str) -> i64 {
    smallest(amount, code).to_i64().expect("a whole number of smallest units")
}

/// A number of JSON from its own text.
fn exact(number: Decimal) -> Value {
    serde_json::from_str(&number.to_string()).expect("a number")
}

fn smallest(amount: Decimal, code: &str) -> Decimal {
    amount * Decimal::from(10_i64.pow(decimals(code)))
}

/// (docs: Supported currencies)
fn decimals(code: &str) -> u32 {
    match code.to_lowercase().as_str() {
        "jpy" => 0,
        "kwd" => 3,
        _ => 2,
    }
}
