//! The facts in English, for the command line and logs. The page has its own words.

use crate::engine::Engine;
use crate::fact::{Detail, Fact, Verdict};
use crate::link::{Link, Method};
use crate::row::RowId;

/// One fact as a short clause: "amount equal", "4 days later".
pub fn fact(fact: &Fact) -> String {
    match &fact.detail {
        Detail::NotCompared => "not compared".into(),
        Detail::InMetadata { value } => format!("metadata names {value}"),
        Detail::OurMark { value } => format!("carries our mark {value}"),
        Detail::InText { value } => format!("the text names {value}"),
        Detail::Misspelt { written, number } => format!("the text says {written}, nearly {number}"),
        Detail::NamesAnother { value } => format!("names {value} instead"),
        Detail::SamePlan { text } => format!("the text speaks of “{text}”"),
        Detail::NoReference => "no reference".into(),
        Detail::RefundOf { charge } => format!("gives back {charge}"),
        Detail::CreditOf { invoice, document } => format!("both credit {document}, which is {invoice}"),
        Detail::CustomerNumber { value } => format!("names customer {value}"),
        Detail::SameAmount => "amount equal".into(),
        Detail::Difference { amount } => format!("differs by {amount}"),
        Detail::Over { amount } => format!("{amount} over"),
        Detail::PartOf { remaining } => format!("a part; {remaining} stay open"),
        Detail::SumOf { count, total } => format!("one of {count} that add up to {total}"),
        Detail::Converted { expected, off_permille } => format!("{expected} at the month's rate, off by {off_permille} ‰"),
        Detail::OtherAmount { left, right } => format!("{left} against {right}"),
        Detail::LinkedBefore => "customers linked before".into(),
        Detail::SameVatNumber { vat } => format!("same VAT number {vat}"),
        Detail::SameEan { ean } => format!("same EAN {ean}"),
        Detail::SameEmail { email } => format!("same e-mail {email}"),
        Detail::SameName { name } => format!("same name {name}"),
        Detail::NameWritten { left, right } => format!("“{left}” is “{right}”"),
        Detail::SimilarName { left, right } => format!("“{left}” is like “{right}”"),
        Detail::NameAndPostcode { name, postcode } => format!("same name and postcode, {name}, {postcode}"),
        Detail::SameDomain { domain } => format!("same domain {domain}"),
        Detail::SamePhone { phone } => format!("same phone {phone}"),
        Detail::PaysInvoices { customer } => format!("its payments settle invoices of {customer}"),
        Detail::NamedInText { customer } => format!("the text names {customer}"),
        Detail::PaysFor { payer, rule } => format!("{payer} pays for it (rule {rule})"),
        Detail::OtherVatNumber { left, right } => format!("VAT number {left} against {right}"),
        Detail::OtherName { left, right } => format!("“{left}” against “{right}”"),
        Detail::NoName => "no name".into(),
        Detail::SameDay => "same day".into(),
        Detail::DaysLater { days } => format!("{days} days later"),
        Detail::DaysEarlier { days } => format!("{days} days earlier"),
        Detail::MonthNamed { month } => format!("names {}", month.format("%B %Y")),
        Detail::SameCurrency { currency } => format!("both {currency}"),
        Detail::OtherCurrency { left, right } => format!("{left} against {right}"),
    }
}

fn sign(verdict: Verdict) -> char {
    match verdict {
        Verdict::Equal => '=',
        Verdict::Near => '≈',
        Verdict::Missing => '·',
        Verdict::Contradicts => '✗',
    }
}

pub fn method(method: Method) -> String {
    match method {
        Method::Confirmed => "confirmed".into(),
        Method::Reference => "reference".into(),
        Method::AmountAndParty => "amount and party".into(),
        Method::Amount => "amount".into(),
        Method::Party => "party".into(),
        Method::SumOf { count } => format!("sum of {count}"),
        Method::RefundOfCharge => "refund of a charge".into(),
        Method::Learned { rule } => format!("learned: rule {rule}"),
    }
}

/// A link in one line.
pub fn link(link: &Link) -> String {
    let facts: Vec<String> = link.evidence.iter().map(|f| format!("{} {}", sign(f.verdict), fact(f))).collect();
    let tie = if link.tie { ", a tie" } else { "" };
    format!("{} {} ({}, chance {:.3}{tie}): {}", link.right, link.amount, method(link.method), link.chance, facts.join("; "))
}

/// All that is known of one left row: its links, what else it could have been, or how far was looked.
pub fn explain(engine: &Engine, left: &RowId) -> Option<String> {
    let mut lines = Vec::new();
    let links: Vec<&Link> = engine.links().iter().filter(|l| &l.left == left).collect();
    if let Some(none) = engine.unlinked().iter().find(|u| &u.left == left) {
        lines.push(format!("{left} has no link: {} looked at, {} compared, {} not searched.", none.looked_at, none.compared, none.not_searched));
    } else if links.is_empty() {
        return None;
    } else {
        lines.push(format!("{left} settles"));
        lines.extend(links.iter().map(|l| format!("  {}", link(l))));
    }
    let others: Vec<String> =
        engine.candidates(left).iter().filter(|c| !links.iter().any(|l| l.right == c.right)).map(|c| format!("  {}", link(c))).collect();
    if !others.is_empty() {
        lines.push("It could also have been".into());
        lines.extend(others);
    }
    Some(lines.join("\n"))
}
