//! A Stripe invoice as the neutral sale that a ledger freezes.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use ledgers::{Customer, Discount, NoDraft, Party, Price, Sale, SaleLine, Target, Zone};
use money::Money;
use rust_decimal::Decimal;
use stripe::{Invoice, InvoiceLine, TaxBehavior};

use super::stock::Stock;
use super::tax::{self, Taxes};
use crate::settings::{Sales, Settings};

/// What the invoice needs from elsewhere to become a sale.
pub struct Frame<'a> {
    pub zone: Tz,
    pub sales: &'a Sales,
    pub taxes: &'a Taxes<'a>,
    pub customer: Customer,
    pub posting: &'a dyn Fn(NaiveDate) -> Result<NaiveDate, NoDraft>,
    pub settings: &'a Settings,
    pub stock: &'a Stock<'a>,
}

/// The most lines that one document takes (Business Central documents and Stripe invoices alike hold 250).
const MOST_LINES: usize = 250;

/// The whole invoice, or why none of it.
pub fn sale(invoice: &Invoice, frame: &Frame) -> Result<Sale, NoDraft> {
    let issued = invoice.dated().ok_or(NoDraft::NotFinalized)?;
    let number = invoice.number.clone().ok_or(NoDraft::NotFinalized)?;
    if invoice.lines.has_more {
        return Err(NoDraft::LinesIncomplete);
    }
    if invoice.lines.data.len() > MOST_LINES {
        return Err(NoDraft::TooManyLines { lines: invoice.lines.data.len(), most: MOST_LINES });
    }
    let gross = invoice.total;
    let document_date = local_date(issued, frame.zone);
    let posting_date = (frame.posting)(document_date)?;
    let (extras, carried) = frame.settings.carries.of(&invoice.metadata);
    let comments = [format!("Registered from Stripe invoice {number}, {}", invoice.id)].into_iter().chain(carried);
    Ok(Sale {
        comments: comments.chain(frame.settings.locks.moved(document_date, posting_date)).collect(),
        number,
        customer: frame.customer.clone(),
        currency: gross.currency(),
        document_date,
        posting_date,
        due_date: invoice.due_date.map(|due| local_date(due, frame.zone)),
        lines: lines(invoice, gross, frame)?,
        gross,
        extras,
    })
}

/// The calendar date of an instant in the book's zone: 23:30 UTC may be tomorrow.
pub fn local_date(instant: DateTime<Utc>, zone: Tz) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// Who the invoice was made out to, as it was then: the snapshot on it, not today's customer.
pub fn party(invoice: &Invoice) -> Party {
    let address = invoice.customer_address.clone().unwrap_or_default();
    let vat_number = vat_number(invoice.customer_tax_ids.iter()).unwrap_or_default().to_owned();
    Party {
        name: invoice.customer_name.clone().unwrap_or_default(),
        person: vat_number.is_empty(),
        street: address.line1.unwrap_or_default(),
        street2: address.line2.unwrap_or_default(),
        postcode: address.postal_code.unwrap_or_default(),
        city: address.city.unwrap_or_default(),
        state: address.state.unwrap_or_default(),
        country: address.country.unwrap_or_default(),
        emails: invoice.customer_email.iter().cloned().collect(),
        phone: invoice.customer_phone.clone().unwrap_or_default(),
        vat_number,
        currency: Some(invoice.currency),
        ..Party::default()
    }
}

/// The first value-added-tax number of a list.
pub fn vat_number<'a>(mut ids: impl Iterator<Item = &'a stripe::TaxId>) -> Option<&'a str> {
    ids.find(|id| id.kind.ends_with("_vat")).and_then(|id| id.value.as_deref())
}

/// Whether a line's `subtotal` has its inclusive tax inside is not documented; only one reading adds up to the total.
#[derive(Clone, Copy)]
enum Reading {
    TaxInside,
    TaxOutside,
}

fn lines(invoice: &Invoice, gross: Money, frame: &Frame) -> Result<Vec<SaleLine>, NoDraft> {
    let amounts = |reading| {
        let lines = invoice.lines.data.iter().map(|line| amounts(line, reading)).collect::<Result<Vec<_>, _>>()?;
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
    let buyer = tax::buyer(invoice);
    let numbered = invoice.lines.data.iter().zip(found).enumerate();
    let priced = numbered.map(|(index, (line, amounts))| {
        let vat = frame.taxes.decide(line, index + 1, &buyer)?;
        let target = frame.stock.target(line.product(), index + 1, frame.sales.account(&vat.0))?;
        Ok(sale_line(line, amounts, vat, target, frame, invoice.number.as_deref()))
    });
    priced.collect()
}

struct Amounts {
    net: Money,
    tax: Money,
    discount: Money,
    includes_tax: bool,
}

fn amounts(line: &InvoiceLine, reading: Reading) -> Result<Amounts, NoDraft> {
    let includes_tax = line.taxes.iter().any(|tax| tax.tax_behavior == TaxBehavior::Inclusive);
    let tax = Money::sum(line.currency, line.taxes.iter().map(|tax| tax.amount))?;
    let discount = Money::sum(line.currency, line.discount_amounts.iter().map(|discount| discount.amount))?;
    let after_discount = line.subtotal.unwrap_or(line.amount).minus(discount)?;
    let net = match (reading, includes_tax) {
        (Reading::TaxInside, true) => after_discount.minus(tax)?,
        _ => after_discount,
    };
    Ok(Amounts { net, tax, discount, includes_tax })
}

fn sale_line(line: &InvoiceLine, amounts: Amounts, (zone, rate): (Zone, Decimal), target: Target, frame: &Frame, number: Option<&str>) -> SaleLine {
    let tax_code = frame.sales.account(&zone).tax_code.clone();
    let description = line.description.clone().unwrap_or_default();
    let negative = line.subtotal.unwrap_or(line.amount).is_negative();
    let quantity = line.exact_quantity().unwrap_or(Decimal::ONE).abs();
    let unit_price = line.pricing.as_ref().and_then(|pricing| pricing.unit_price);
    SaleLine {
        target,
        description: match number.filter(|_| frame.settings.carries.number_in_lines) {
            Some(number) => format!("{number} {description}"),
            None => description,
        },
        quantity: if negative { -quantity } else { quantity },
        unit_price: unit_price.map(|amount| Price { amount: amount.abs(), includes_tax: amounts.includes_tax }),
        discount: if amounts.discount.is_zero() { None } else { Some(Discount::Amount(amounts.discount)) },
        net: amounts.net,
        tax: amounts.tax,
        rate,
        zone,
        tax_code,
    }
}
