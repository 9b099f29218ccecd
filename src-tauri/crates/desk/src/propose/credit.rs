//! What takes a sale back, as the credit memo that a ledger freezes. Its amounts are positive.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ledgers::{NoDraft, SaleLine, Target, Zone};
use money::Money;
use rust_decimal::Decimal;
use stripe::{CreditNote, CreditNoteLine, Invoice, Refund, TaxAmount, TaxBehavior};

use super::sale::{self, Content, Frame, Sold, lines};
use super::tax;

/// A credit note with its own lines and taxes, in the zones that its invoice had.
pub fn note(note: &CreditNote, of: &Invoice, frame: &Frame) -> Result<Content, NoDraft> {
    if note.lines.has_more {
        return Err(NoDraft::LinesIncomplete);
    }
    let number = number(note);
    let sold: Vec<_> = note.lines.data.iter().flat_map(|line| note_lines(line, of)).collect();
    Ok(Content {
        comments: vec![format!("Registered from Stripe credit note {number}, {}", note.id), format!("Credits invoice {}", named(of))],
        number,
        date: frame.date(note.dated()),
        due: None,
        country: tax::buyer(of).is.country,
        lines: lines(&sold, note.total, &tax::buyer(of), frame)?,
        gross: note.total,
        metadata: note.metadata.clone(),
    })
}

/// A credit note that Stripe voided after the ledger had posted its memo: all of it sold again, on the day of the voiding.
pub fn void_note(voided: &CreditNote, of: &Invoice, frame: &Frame) -> Result<Content, NoDraft> {
    let at = voided.voided_at.ok_or(NoDraft::NoteVoid)?;
    let all = note(voided, of, frame)?;
    Ok(Content {
        comments: vec![format!("Stripe voided credit note {}, {}", all.number, voided.id), format!("Of invoice {}", named(of))],
        number: format!("{}-VOID", all.number),
        date: frame.date(at),
        ..all
    })
}

/// An invoice that Stripe voided after the ledger had posted it: all of it, on the day of the voiding.
pub fn void(invoice: &Invoice, frame: &Frame) -> Result<Content, NoDraft> {
    let voided = invoice.status_transitions.voided_at.ok_or(NoDraft::Void)?;
    let all = sale::invoice(invoice, frame)?;
    Ok(Content {
        comments: vec![format!("Stripe voided invoice {}, {}", all.number, invoice.id)],
        number: void_number(invoice),
        date: frame.date(voided),
        due: None,
        ..all
    })
}

/// A refund of which no credit note tells. `of` is the document that it gives back, as it was sold; a part takes
/// of each rate its share.
pub fn refund(refund: &Refund, of: Content, frame: &Frame) -> Result<Content, NoDraft> {
    let amount = refund.amount;
    if amount.currency() != of.gross.currency() || of.gross.minus(amount)?.is_negative() {
        return Err(NoDraft::RefundTooLarge { refund: amount, sold: of.gross });
    }
    let whole = amount == of.gross;
    Ok(Content {
        comments: vec![
            format!("Registered from Stripe refund {}", refund.id),
            format!("Gives back {} of {}", if whole { "all".to_owned() } else { amount.to_string() }, of.number),
        ],
        number: refund.id.clone(),
        date: frame.date(refund.created),
        due: None,
        country: of.country.clone(),
        lines: if whole { of.lines } else { shares(amount, &of)? },
        gross: amount,
        metadata: of.metadata,
    })
}

/// How a document is called among people.
pub fn named(invoice: &Invoice) -> &str {
    invoice.number.as_deref().unwrap_or(&invoice.id)
}

pub fn number(note: &CreditNote) -> String {
    note.number.clone().unwrap_or_else(|| note.id.clone())
}

/// The number of the memo that takes a voided invoice back.
pub fn void_number(invoice: &Invoice) -> String {
    format!("{}-VOID", named(invoice))
}

/// A line of several rates that says what each of them is taken of is a line for each; else it stays one, which is refused.
fn note_lines<'a>(line: &'a CreditNoteLine, of: &'a Invoice) -> Vec<Sold<'a>> {
    let whole = note_line(line, of);
    parts(&whole).unwrap_or_else(|| vec![whole])
}

fn parts<'a>(line: &Sold<'a>) -> Option<Vec<Sold<'a>>> {
    let whole = line.subtotal.minus(line.discount.ok()?).ok()?;
    let part = |tax: &TaxAmount| {
        let base = tax.taxable_amount?;
        let amount = if tax.tax_behavior == TaxBehavior::Inclusive { base.plus(tax.amount).ok()? } else { base };
        Some(Sold { taxes: Cow::Owned(vec![tax.clone()]), product: line.product, ..Sold::plain(&line.description, amount) })
    };
    let parts = line.taxes.iter().map(part).collect::<Option<Vec<_>>>()?;
    let sum = Money::sum(whole.currency(), parts.iter().map(|part| part.subtotal)).ok()?;
    (parts.len() > 1 && sum == whole).then_some(parts)
}

fn note_line<'a>(line: &'a CreditNoteLine, of: &'a Invoice) -> Sold<'a> {
    let credited = line.invoice_line_item.as_deref().and_then(|id| of.lines.data.iter().find(|sold| sold.id == id));
    Sold {
        description: line.description.clone().unwrap_or_default(),
        quantity: line.quantity.map_or(Decimal::ONE, Decimal::from),
        unit_price: line.unit_price,
        subtotal: line.amount,
        discount: Money::sum(line.amount.currency(), line.discount_amounts.iter().map(|discount| discount.amount)),
        taxes: Cow::Borrowed(&line.taxes),
        product: credited.and_then(|sold| sold.product()),
    }
}

/// What tells one share from another.
type Kind<'a> = (Decimal, &'a Zone, &'a Target, Option<&'a str>);

/// A part of a document, shared over its rates and accounts by their gross; the largest remainders take what is left
/// over, and the tax is taken out of each share.
fn shares(amount: Money, of: &Content) -> Result<Vec<SaleLine>, NoDraft> {
    let mut kinds: BTreeMap<Kind, (Money, &SaleLine)> = BTreeMap::new();
    for line in &of.lines {
        let gross = line.net.plus(line.tax)?;
        let kind = kinds.entry((line.rate.normalize(), &line.zone, &line.target, line.tax_code.as_deref()));
        let (sum, _) = kind.or_insert((Money::zero(amount.currency()), line));
        *sum = sum.plus(gross)?;
    }
    kinds.retain(|_, (sum, _)| !sum.is_negative() && !sum.is_zero());
    let weights: Vec<i128> = kinds.values().map(|(sum, _)| i128::from(sum.minor())).collect();
    let parts = largest_remainder(i128::from(amount.minor()), &weights);
    let shared = kinds.into_values().zip(parts).filter(|(_, part)| *part != 0).map(|((_, like), part)| {
        let gross = Money::new(i64::try_from(part).map_err(|_| money::MoneyError::TooLarge)?, amount.currency());
        let (net, tax) = ledgers::tax_within(gross, like.rate)?;
        Ok(SaleLine {
            description: format!("Refund of a part of {}", of.number),
            quantity: Decimal::ONE,
            unit_price: None,
            discount: None,
            net,
            tax,
            ..like.clone()
        })
    });
    shared.collect()
}

/// `amount` in parts like `weights`, which are positive; the parts sum to it.
fn largest_remainder(amount: i128, weights: &[i128]) -> Vec<i128> {
    let sum: i128 = weights.iter().sum::<i128>().max(1);
    let mut parts: Vec<i128> = weights.iter().map(|weight| amount * weight / sum).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(weights.get(index).map_or(0, |weight| amount * weight % sum)));
    let left = usize::try_from(amount - parts.iter().sum::<i128>()).unwrap_or_default();
    for index in order.into_iter().take(left) {
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
        }
    }
    parts
}
