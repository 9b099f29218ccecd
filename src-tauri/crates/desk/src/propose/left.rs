//! What a row shows of Stripe's paper, whatever the ledger has of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use drafts::Subject;
use ledgers::NoDraft;
use money::Money;
use stripe::{CreditNote, Invoice, InvoiceStatus, Refund, RefundStatus};

use super::paper::{Paper, Payment, money_of};
use super::sale::Frame;
use super::tax;
use super::trade::{Origin, Trade};
use super::{credit, party};
use crate::commands::Sentence;
use crate::row::Left;

/// `None` for an invoice that is no document yet. What takes a sale back is negative.
pub fn left(paper: &Paper, trade: &Trade, frame: &Frame) -> Option<Left> {
    match paper {
        Paper::Invoice(known) => invoice(paper, &known.is, known.is.dated()?, Some, frame),
        Paper::Void(known) => invoice(paper, &known.is, known.is.status_transitions.voided_at?, |amount| amount.negated().ok(), frame),
        Paper::CreditNote(known) => note(paper, &known.is, (known.is.dated(), Money::negated), trade, frame),
        Paper::VoidNote(known) => note(paper, &known.is, (known.is.voided_at?, Ok), trade, frame),
        Paper::Refund(known) => refund(paper, &known.is, trade, frame),
        Paper::Payment(payment) => Some(Left {
            id: paper.row(),
            number: number(paper),
            of: None,
            date: frame.date(payment.charge.is.created),
            name: payer(payment),
            vat: Some(party::payer(payment).vat_number).filter(|number| !number.is_empty()),
            total: payment.charge.is.amount_captured,
            tax: None,
            text: payment.charge.is.description.clone().unwrap_or_default(),
        }),
    }
}

/// What people call it by; its id, where it has no number.
pub fn number(paper: &Paper) -> String {
    match paper {
        Paper::Invoice(known) | Paper::Void(known) => credit::named(&known.is).to_owned(),
        Paper::CreditNote(known) | Paper::VoidNote(known) => known.is.number.clone().unwrap_or_else(|| known.is.id.clone()),
        Paper::Refund(known) => known.is.id.clone(),
        Paper::Payment(payment) => payment.id().to_owned(),
    }
}

/// The row of Review of each of Stripe's papers, and of the money among them, and what people call it: by the ids under
/// which they are matched.
pub fn called(trade: &Trade) -> BTreeMap<String, (Subject, String)> {
    let named = trade.papers().into_iter().flat_map(|paper| {
        let called = (paper.subject(), number(&paper));
        let money = matches!(paper, Paper::Payment(_)).then(|| (money_of(&paper.row()), called.clone()));
        std::iter::once((paper.row(), called)).chain(money)
    });
    named.collect()
}

/// What of these a person should know where there is no draft: what one would look like does not matter then.
pub fn remarks_without_draft(paper: &Paper, reason: &NoDraft, remarks: Vec<Sentence>) -> Vec<Sentence> {
    match (reason, paper) {
        (NoDraft::PaidTwice { .. }, Paper::Payment(payment)) if payment.charge.is.amount_refunded.minor() > 0 => {
            vec![said("given_back", [("amount", payment.charge.is.amount_refunded.to_string())])]
        }
        (NoDraft::PaidTwice { .. } | NoDraft::PaidTwiceGivenBack { .. }, _) | (_, Paper::Refund(_)) => Vec::new(),
        _ => remarks,
    }
}

/// What a person should know of the paper beside its draft.
pub fn remarks(paper: &Paper, trade: &Trade) -> Vec<Sentence> {
    let number = match paper {
        Paper::Invoice(known) => tax::number_of_another_state(&known.is),
        _ => None,
    };
    let flagged = number.map(|(number, country)| said("number_of_another_state", [("number", number), ("country", country)]));
    flagged.into_iter().chain(own_remarks(paper, trade)).collect()
}

fn own_remarks(paper: &Paper, trade: &Trade) -> Vec<Sentence> {
    match paper {
        Paper::Invoice(known) if known.is.status == Some(InvoiceStatus::Uncollectible) => vec![said("uncollectible", [])],
        Paper::Invoice(known) if known.is.total.is_negative() => vec![said("negative_invoice", [])],
        Paper::Void(known) => vec![said("voided", [("number", credit::named(&known.is).to_owned())])],
        Paper::VoidNote(known) => vec![said("note_voided", [("number", credit::number(&known.is))])],
        Paper::CreditNote(known) => {
            let invoice = trade.invoice(known.is.invoice.id());
            invoice.map(|invoice| said("credits_invoice", [("number", credit::named(&invoice.is).to_owned())])).into_iter().collect()
        }
        Paper::Refund(known) if matches!(known.is.status, None | Some(RefundStatus::Succeeded)) => {
            let of = given_back(&known.is, trade);
            of.map(|number| said("refund_without_note", [("number", number)])).into_iter().collect()
        }
        Paper::Payment(payment) if payment.is_sale() && payment.session.is_none_or(|session| session.is.line_items.is_none()) => {
            vec![said("one_line", [])]
        }
        _ => Vec::new(),
    }
}

fn said<const N: usize>(code: &str, params: [(&str, String); N]) -> Sentence {
    Sentence { code: code.to_owned(), params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
}

fn invoice(paper: &Paper, invoice: &Invoice, at: DateTime<Utc>, sign: impl Fn(Money) -> Option<Money>, frame: &Frame) -> Option<Left> {
    let tax = Money::sum(invoice.currency, invoice.total_taxes.iter().map(|tax| tax.amount)).ok();
    Some(Left {
        id: paper.row(),
        number: number(paper),
        of: None,
        date: frame.date(at),
        name: name(invoice),
        vat: vat(invoice),
        total: sign(invoice.total)?,
        tax: tax.and_then(sign),
        text: String::new(),
    })
}

type Signed = fn(Money) -> Result<Money, money::MoneyError>;

fn note(paper: &Paper, note: &CreditNote, (at, sign): (DateTime<Utc>, Signed), trade: &Trade, frame: &Frame) -> Option<Left> {
    let of = trade.invoice(note.invoice.id()).map(|known| &known.is);
    let tax = Money::sum(note.currency, note.total_taxes.iter().map(|tax| tax.amount)).and_then(sign);
    Some(Left {
        id: paper.row(),
        number: number(paper),
        of: of.and_then(|invoice| invoice.number.clone()),
        date: frame.date(at),
        name: of.map(name).unwrap_or_default(),
        vat: of.and_then(vat),
        total: sign(note.total).ok()?,
        tax: tax.ok(),
        text: String::new(),
    })
}

fn refund(paper: &Paper, refund: &Refund, trade: &Trade, frame: &Frame) -> Option<Left> {
    let of = given_back(refund, trade);
    let (name, vat) = match trade.origin(refund) {
        Origin::Invoice(known) => (name(&known.is), vat(&known.is)),
        Origin::Sale(payment) => (payer(&payment), None),
        Origin::Several | Origin::Unknown => (String::new(), None),
    };
    Some(Left {
        id: paper.row(),
        number: number(paper),
        of,
        date: frame.date(refund.created),
        name,
        vat,
        total: refund.amount.negated().ok()?,
        tax: None,
        text: String::new(),
    })
}

/// The number of what a refund gives back.
fn given_back(refund: &Refund, trade: &Trade) -> Option<String> {
    match trade.origin(refund) {
        Origin::Invoice(known) => Some(credit::named(&known.is).to_owned()),
        Origin::Sale(payment) => Some(payment.id().to_owned()),
        Origin::Several | Origin::Unknown => None,
    }
}

fn name(invoice: &Invoice) -> String {
    invoice.customer_name.clone().or_else(|| invoice.customer_email.clone()).unwrap_or_default()
}

fn vat(invoice: &Invoice) -> Option<String> {
    party::vat_number(invoice.customer_tax_ids.iter()).map(str::to_owned)
}

fn payer(payment: &Payment) -> String {
    let payer = party::payer(payment);
    if payer.name.is_empty() { payer.emails.into_iter().next().unwrap_or_default() } else { payer.name }
}
