//! Stripe's invoices and checkouts as the neutral sales that a ledger freezes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use ledgers::{CompanyFacts, Customer, Discount, NoDraft, Price, Sale, SaleLine, Target, Zone};
use money::Money;
use rust_decimal::Decimal;
use stripe::{Invoice, InvoiceLine, Metadata, SessionItem, TaxAmount, TaxBehavior, TaxabilityReason};

use super::paper::Payment;
use super::party;
use super::stock::Stock;
use super::tax::{self, Buyer, Taxes};
use crate::settings::{Sales, Settings};

/// What of the book decides how a paper becomes a document.
pub struct Frame<'a> {
    pub settings: &'a Settings,
    pub sales: &'a Sales,
    pub facts: &'a CompanyFacts,
    pub taxes: Taxes<'a>,
    pub stock: Stock<'a>,
}

impl Frame<'_> {
    pub fn date(&self, instant: DateTime<Utc>) -> NaiveDate {
        local_date(instant, self.settings.zone)
    }
}

/// A document but for its customer.
#[derive(Clone)]
pub struct Content {
    pub number: String,
    pub date: NaiveDate,
    pub due: Option<NaiveDate>,
    /// Where the buyer is, as the paper has it; empty for unknown.
    pub country: String,
    pub lines: Vec<SaleLine>,
    pub comments: Vec<String>,
    pub gross: Money,
    /// Of Stripe's object; the settings say which of its keys the document carries.
    pub metadata: Metadata,
}

impl Content {
    pub fn made_out_to(self, customer: Customer, frame: &Frame) -> Result<Sale, NoDraft> {
        let locks = &frame.settings.locks;
        let posting_date = locks.posting_date(self.date, frame.facts)?;
        let (extras, carried) = frame.settings.carries.of(&self.metadata);
        let comments = self.comments.into_iter().chain(carried).chain(locks.moved(self.date, posting_date));
        Ok(Sale {
            comments: comments.collect(),
            lines: self.lines.into_iter().map(|line| numbered(line, &self.number, frame)).collect(),
            number: self.number,
            customer,
            currency: self.gross.currency(),
            document_date: self.date,
            posting_date,
            due_date: self.due,
            gross: self.gross,
            extras,
        })
    }
}

/// With Stripe's number before the text, where the book wants it.
fn numbered(line: SaleLine, number: &str, frame: &Frame) -> SaleLine {
    if !frame.settings.carries.number_in_lines {
        return line;
    }
    SaleLine { description: format!("{number} {}", line.description), ..line }
}

/// The most lines that one document takes (Business Central documents and Stripe invoices alike hold 250).
const MOST_LINES: usize = 250;

/// The whole invoice, or why none of it.
pub fn invoice(invoice: &Invoice, frame: &Frame) -> Result<Content, NoDraft> {
    let issued = invoice.dated().ok_or(NoDraft::NotFinalized)?;
    let number = invoice.number.clone().ok_or(NoDraft::NotFinalized)?;
    if invoice.lines.has_more {
        return Err(NoDraft::LinesIncomplete);
    }
    let sold: Vec<_> = invoice.lines.data.iter().map(|line| invoice_line(line, frame.settings.zone)).chain(shipping(invoice)?).collect();
    Ok(Content {
        comments: vec![format!("Registered from Stripe invoice {number}, {}", invoice.id)],
        number,
        date: frame.date(issued),
        due: invoice.due_date.map(|due| frame.date(due)),
        country: tax::buyer(invoice).is.country,
        lines: lines(&sold, invoice.total, &tax::buyer(invoice), frame)?,
        gross: invoice.total,
        metadata: invoice.metadata.clone(),
    })
}

/// What was sold through a checkout or by a bare payment.
pub fn payment(payment: &Payment, frame: &Frame) -> Result<Content, NoDraft> {
    let charge = &payment.charge.is;
    let items = payment.session.and_then(|session| session.is.line_items.as_ref());
    if items.is_some_and(|items| items.has_more) {
        return Err(NoDraft::LinesIncomplete);
    }
    let sold: Vec<_> = match items.filter(|items| !items.data.is_empty()) {
        Some(items) => items.data.iter().map(session_item).collect(),
        None => vec![Sold::plain(charge.description.as_deref().unwrap_or("Sale without an invoice"), charge.amount_captured)],
    };
    let gross = charge.amount_captured;
    Ok(Content {
        number: payment.id().to_owned(),
        date: frame.date(charge.created),
        due: None,
        country: party::payer(payment).country,
        lines: lines(&sold, gross, &tax::guest(payment, &frame.taxes.home), frame)?,
        comments: vec![format!("Registered from Stripe payment {}", payment.id())],
        gross,
        metadata: payment.session.map_or(&charge.metadata, |session| &session.is.metadata).clone(),
    })
}

/// The calendar date of an instant in the book's zone: 23:30 UTC may be tomorrow.
pub fn local_date(instant: DateTime<Utc>, zone: Tz) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// A line of any of Stripe's papers.
pub struct Sold<'a> {
    pub description: String,
    /// Negative for what gives back.
    pub quantity: Decimal,
    /// The price of one in whole units, where there is a single one.
    pub unit_price: Option<Decimal>,
    /// Before discounts and exclusive tax.
    pub subtotal: Money,
    pub discount: Result<Money, money::MoneyError>,
    pub taxes: Cow<'a, [TaxAmount]>,
    pub product: Option<&'a str>,
}

impl<'a> Sold<'a> {
    /// One piece at the whole amount, of which nothing else is known.
    pub fn plain(description: &str, subtotal: Money) -> Self {
        Self {
            description: description.to_owned(),
            quantity: Decimal::ONE,
            unit_price: Some(subtotal.decimal()),
            subtotal,
            discount: Ok(Money::zero(subtotal.currency())),
            taxes: Cow::Borrowed(&[]),
            product: None,
        }
    }
}

fn invoice_line(line: &InvoiceLine, zone: Tz) -> Sold<'_> {
    let subtotal = line.subtotal.unwrap_or(line.amount);
    // Billing credits lower what is sold before tax, as discounts do, which stand among them once more.
    let credits = line.pretax_credit_amounts.iter().filter(|less| less.discount.is_none());
    let quantity = line.exact_quantity().unwrap_or(Decimal::ONE).abs();
    Sold {
        description: described(line, zone),
        quantity: if subtotal.is_negative() { -quantity } else { quantity },
        unit_price: line.pricing.as_ref().and_then(|pricing| pricing.unit_price),
        subtotal,
        discount: Money::sum(line.currency, line.discount_amounts.iter().chain(credits).map(|less| less.amount)),
        taxes: Cow::Borrowed(&line.taxes),
        product: line.product(),
    }
}

/// With the period of service, where the line is for more than a day.
fn described(line: &InvoiceLine, zone: Tz) -> String {
    let text = line.description.clone().unwrap_or_default();
    let Some(period) = line.period.as_ref().filter(|period| period.end - period.start > TimeDelta::days(1)) else { return text };
    // The end is the first instant that is no longer served.
    let (first, last) = (local_date(period.start, zone), local_date(period.end - TimeDelta::seconds(1), zone));
    format!("{text}, {first} – {last}")
}

fn session_item(item: &SessionItem) -> Sold<'_> {
    Sold {
        description: item.description.clone().unwrap_or_default(),
        quantity: Decimal::from(item.quantity.unwrap_or(1)),
        unit_price: item.unit_price,
        subtotal: item.subtotal,
        discount: Ok(item.discount.unwrap_or(Money::zero(item.subtotal.currency()))),
        taxes: Cow::Borrowed(&item.taxes),
        product: item.product.as_deref(),
    }
}

/// Shipping stands beside the lines.
fn shipping(invoice: &Invoice) -> Result<Option<Sold<'static>>, NoDraft> {
    let Some(cost) = invoice.shipping_cost.as_ref().filter(|cost| !cost.amount_total.is_zero()) else { return Ok(None) };
    let net = cost.amount_total.minus(cost.amount_tax)?;
    // Whether it was inside the price or beside it, what is sold here is the net.
    let tax = shipping_tax(invoice, net)?.map(|tax| tax.clone().on(net, cost.amount_tax));
    if tax.is_none() && !cost.amount_tax.is_zero() {
        return Err(NoDraft::ShippingTax { tax: cost.amount_tax });
    }
    Ok(Some(Sold { taxes: Cow::Owned(tax.into_iter().collect()), ..Sold::plain("Shipping", net) }))
}

/// The invoice does not say which tax its shipping carries; it is the one that all lines together leave this much of the
/// taxed amount to. `None` where that is not one tax for sure.
fn shipping_tax(invoice: &Invoice, net: Money) -> Result<Option<&TaxAmount>, NoDraft> {
    let of_lines = || invoice.lines.data.iter().flat_map(|line| &line.taxes);
    let kinds: BTreeSet<_> = invoice.total_taxes.iter().map(kind).collect();
    let mut left = Vec::new();
    for found in kinds {
        let taxed = |taxes: &mut dyn Iterator<Item = &TaxAmount>| {
            Money::sum(invoice.currency, taxes.filter(|tax| kind(tax) == found).map(|tax| tax.taxable_amount.unwrap_or(tax.amount)))
        };
        let beyond = taxed(&mut invoice.total_taxes.iter())?.minus(taxed(&mut of_lines())?)?;
        left.extend(invoice.total_taxes.iter().find(|tax| kind(tax) == found).filter(|_| beyond == net));
    }
    Ok(if let [tax] = left.as_slice() { Some(*tax) } else { None })
}

fn kind(tax: &TaxAmount) -> (Option<&str>, Option<&TaxabilityReason>, &str) {
    (tax.tax_rate(), tax.taxability_reason.as_ref(), tax.tax_behavior.word())
}

/// Whether a line's `subtotal` has its inclusive tax inside is not documented; only one reading adds up to the total.
#[derive(Clone, Copy)]
enum Reading {
    TaxInside,
    TaxOutside,
}

/// All lines in the ledger's terms; they sum to the total, or there are none.
pub fn lines(sold: &[Sold], gross: Money, buyer: &Buyer, frame: &Frame) -> Result<Vec<SaleLine>, NoDraft> {
    if sold.len() > MOST_LINES {
        return Err(NoDraft::TooManyLines { lines: sold.len(), most: MOST_LINES });
    }
    let amounts = |reading| {
        let lines = sold.iter().map(|line| amounts(line, reading)).collect::<Result<Vec<_>, _>>()?;
        let sums = lines.iter().map(|amounts| amounts.net.plus(amounts.tax)).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, NoDraft>((Money::sum(gross.currency(), sums)?, lines))
    };
    let (mut sum, mut found) = amounts(Reading::TaxInside)?;
    if sum != gross {
        (sum, found) = amounts(Reading::TaxOutside)?;
    }
    if sum != gross {
        return Err(NoDraft::SumDiffers { lines: sum, total: gross });
    }
    let numbered = sold.iter().zip(found).enumerate();
    let priced = numbered.map(|(index, (line, amounts))| {
        let (zone, rate) = frame.taxes.decide(&line.taxes, line.product, index + 1, buyer)?;
        let account = frame.sales.account(&zone).ok_or(NoDraft::NoAccountWithoutVat { line: index + 1 })?;
        let target = frame.stock.target(line.product, index + 1, account)?;
        Ok(sale_line(line, amounts.with_tax_inside(line, rate)?, (zone, rate), target, account.tax_code.clone()))
    });
    priced.collect()
}

struct Amounts {
    net: Money,
    tax: Money,
    discount: Money,
    includes_tax: bool,
}

impl Amounts {
    /// A line that Stripe took no tax of, in a book whose prices contain it: the tax is taken out.
    fn with_tax_inside(self, line: &Sold, rate: Decimal) -> Result<Self, NoDraft> {
        if !line.taxes.is_empty() || rate.is_zero() {
            return Ok(self);
        }
        let (net, tax) = ledgers::tax_within(self.net, rate)?;
        Ok(Self { net, tax, includes_tax: true, ..self })
    }
}

fn amounts(line: &Sold, reading: Reading) -> Result<Amounts, NoDraft> {
    let includes_tax = line.taxes.iter().any(|tax| tax.tax_behavior == TaxBehavior::Inclusive);
    let tax = Money::sum(line.subtotal.currency(), line.taxes.iter().map(|tax| tax.amount))?;
    let discount = line.discount?;
    let after_discount = line.subtotal.minus(discount)?;
    let net = match (reading, includes_tax) {
        (Reading::TaxInside, true) => after_discount.minus(tax)?,
        _ => after_discount,
    };
    Ok(Amounts { net, tax, discount, includes_tax })
}

fn sale_line(line: &Sold, amounts: Amounts, (zone, rate): (Zone, Decimal), target: Target, tax_code: Option<String>) -> SaleLine {
    SaleLine {
        target,
        description: line.description.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price.map(|amount| Price { amount: amount.abs(), includes_tax: amounts.includes_tax }),
        discount: if amounts.discount.is_zero() { None } else { Some(Discount::Amount(amounts.discount)) },
        net: amounts.net,
        tax: amounts.tax,
        rate,
        zone,
        tax_code,
    }
}
