//! What a run over both sides must come to, source by source.

use super::books::{GENERIC_CUSTOMER, Kept};
use super::cast::{Buyer, Member};
use super::history::Played;
use super::story::{Booked, Form, Plan};
use crate::stripe::{Object, Store};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What must come of one object of Stripe's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// Its id.
    pub source: String,
    pub kind: Kind,
    /// The ledger's document for it, whether it is there already or is to be made.
    pub document: Document,
    /// What the document's external number is: Stripe's number, else the id. `None` when Stripe has given no number yet.
    pub number: Option<String>,
    pub expect: Expect,
    pub reason: &'static str,
    /// In the smallest unit of the currency; of a document what it comes to, never below zero.
    pub total: i64,
    pub currency: String,
    /// `None`: the ledger has no such customer; it must be made first.
    pub ledger_customer: Option<String>,
    pub ledger_document: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Invoice,
    CreditNote,
    Refund,
    Payment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    Invoice,
    CreditMemo,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// The ledger does not have it: a draft is proposed.
    Draft,
    /// The ledger has it already.
    Exists,
    /// Several documents fit equally; a person must choose.
    Tie,
    /// A draft is proposed once the invoice's document is posted.
    Waits,
    /// Nothing is to be written.
    None,
}

/// Invoices in the order of their numbers, then the rest by kind and id.
pub fn all(store: &mut Store, cast: &[Member], plans: &[Plan], played: &Played, kept: &Kept) -> Vec<Expected> {
    let plans = plans.iter().zip(&played.invoices).enumerate();
    let mut found: Vec<Expected> = plans
        .filter_map(|(n, (plan, id))| {
            store.tidy();
            let mut expected = invoice(store.get("invoice", id)?, plan, cast.get(plan.member)?, kept.invoices.get(n)?.as_ref());
            expected.ledger_customer = kept.customers.get(plan.member).cloned().flatten();
            Some(expected)
        })
        .collect();
    let invoices: BTreeMap<String, Expected> = found.iter().map(|one| (one.source.clone(), one.clone())).collect();
    for kind in ["credit_note", "refund", "payment_intent"] {
        for id in store.older_than(kind, i64::MAX) {
            store.tidy();
            let after = After { store, invoices: &invoices, memos: &kept.memos };
            found.extend(store.get(kind, &id).and_then(|object| match kind {
                "credit_note" => Some(after.credit_note(object)),
                "refund" => Some(after.refund(object)),
                _ => after.payment(object),
            }));
        }
    }
    found.sort_by(|a, b| (a.kind, &a.number, &a.source).cmp(&(b.kind, &b.number, &b.source)));
    found
}

fn invoice(invoice: &Object, plan: &Plan, member: &Member, booked: Option<&crate::business_central::setup::Document>) -> Expected {
    let total = integer(invoice, "total");
    let (expect, reason) = match (text(invoice, "status").as_str(), plan.booked, booked) {
        ("draft", _, _) => (Expect::None, "not finalized"),
        (_, Booked::Twin, Some(_)) => (Expect::Tie, "two documents fit equally"),
        (_, Booked::Differs, Some(_)) => (Expect::None, "the ledger has this number with another amount"),
        (_, Booked::ByNumber | Booked::WithItsCredit, Some(_)) => (Expect::Exists, "external document number"),
        (_, Booked::InText, Some(_)) => (Expect::Exists, "number in the text"),
        (_, Booked::InMetadata, Some(_)) => (Expect::Exists, "ledger number in Stripe's metadata"),
        (_, Booked::Bare, Some(_)) => (Expect::Exists, "customer, amount and date"),
        ("void", _, _) => (Expect::None, "void"),
        _ if total == 0 => (Expect::None, "total is zero"),
        _ if member.buyer == Buyer::Unnumbered => (Expect::None, "reverse charge without a VAT number"),
        _ if plan.form == Form::Untaxed => (Expect::None, "no tax on it, and no rule of the book for that"),
        _ if total < 0 => (Expect::Draft, "negative total"),
        _ => (Expect::Draft, "not in the ledger"),
    };
    let document = match expect {
        Expect::None => Document::None,
        _ if total < 0 => Document::CreditMemo,
        _ => Document::Invoice,
    };
    Expected {
        source: text(invoice, "id"),
        kind: Kind::Invoice,
        document,
        number: invoice.get("number").and_then(Value::as_str).map(str::to_owned),
        expect,
        reason,
        total: total.abs(),
        currency: text(invoice, "currency"),
        ledger_customer: None,
        ledger_document: booked.filter(|_| expect == Expect::Exists || expect == Expect::None).map(|document| document.id.clone()),
    }
}

/// What comes after invoices, judged by what became of them.
struct After<'a> {
    store: &'a Store,
    invoices: &'a BTreeMap<String, Expected>,
    memos: &'a BTreeMap<String, crate::business_central::setup::Document>,
}

impl After<'_> {
    fn credit_note(&self, note: &Object) -> Expected {
        let of = self.invoices.get(&text(note, "invoice"));
        let memo = self.memos.get(&text(note, "id"));
        let before_payment = text(note, "type") == "pre_payment";
        let (expect, reason) = match of.map(|of| of.expect) {
            _ if text(note, "status") == "void" => (Expect::None, "void"),
            _ if memo.is_some() => (Expect::Exists, "external document number"),
            None | Some(Expect::None) => (Expect::None, "its invoice has no document"),
            Some(Expect::Exists) if before_payment => (Expect::Draft, "applied to the invoice"),
            Some(_) if before_payment => (Expect::Waits, "the ledger's invoice is not posted yet"),
            Some(_) => (Expect::Draft, "not in the ledger"),
        };
        Expected {
            number: note.get("number").and_then(Value::as_str).map(str::to_owned),
            ledger_document: memo.map(|memo| memo.id.clone()),
            ..self.credit(Kind::CreditNote, note, integer(note, "total"), expect, reason, of)
        }
    }

    /// Money given back; without a credit note it asks for a credit memo of its own.
    fn refund(&self, refund: &Object) -> Expected {
        let id = text(refund, "id");
        let intent = text(refund, "payment_intent");
        let of = self.invoice_of(&intent);
        let noted = of.is_some_and(|of| self.store.with("credit_note", "invoice", &of.source).any(|note| gives_back(note, &id)));
        let (expect, reason) = match of.map(|of| of.expect) {
            _ if matches!(text(refund, "status").as_str(), "failed" | "canceled") => (Expect::None, "no money went back"),
            _ if noted => (Expect::None, "its credit note is the document"),
            None | Some(Expect::None) => (Expect::None, "what it gives back has no document"),
            Some(_) => (Expect::Draft, "given back without a credit note"),
        };
        self.credit(Kind::Refund, refund, integer(refund, "amount"), expect, reason, of)
    }

    /// Payments through a checkout, and those that nothing explains; `None` for what invoices asked for.
    fn payment(&self, intent: &Object) -> Option<Expected> {
        let id = text(intent, "id");
        let session = self.store.with("checkout.session", "payment_intent", &id).next();
        let invoice = self.invoice_of(&id);
        if session.is_none() && invoice.is_some() {
            return None;
        }
        let charge = self.store.with("charge", "payment_intent", &id).next()?;
        let named = ["customer", "email", "name"].iter().any(|name| {
            let billed = charge.get("billing_details").and_then(|details| details.get(name));
            charge.get(*name).or(billed).is_some_and(|value| !value.is_null())
        });
        let (expect, reason) = match (session, invoice) {
            (_, Some(_)) => (Expect::None, "its invoice is the sale"),
            (Some(_), None) => (Expect::Draft, "a checkout without an invoice"),
            (None, None) if named => (Expect::None, "nothing says what was sold: a person is asked"),
            (None, None) => (Expect::None, "neither payer nor sale is known"),
        };
        let drafted = expect == Expect::Draft;
        Some(Expected {
            number: Some(id.clone()),
            source: id,
            kind: Kind::Payment,
            document: if drafted { Document::Invoice } else { Document::None },
            expect,
            reason,
            total: integer(intent, "amount"),
            currency: text(intent, "currency"),
            ledger_customer: drafted.then(|| GENERIC_CUSTOMER.to_owned()),
            ledger_document: None,
        })
    }

    fn credit(&self, kind: Kind, source: &Object, total: i64, expect: Expect, reason: &'static str, of: Option<&Expected>) -> Expected {
        let id = text(source, "id");
        Expected {
            number: Some(id.clone()),
            source: id,
            kind,
            document: if expect == Expect::None { Document::None } else { Document::CreditMemo },
            expect,
            reason,
            total,
            currency: text(source, "currency"),
            ledger_customer: of.and_then(|of| of.ledger_customer.clone()),
            ledger_document: None,
        }
    }

    fn invoice_of(&self, intent: &str) -> Option<&Expected> {
        let payment = self.store.with("invoice_payment", "payment.payment_intent", intent).next()?;
        self.invoices.get(payment.get("invoice")?.as_str()?)
    }
}

fn gives_back(note: &Object, refund: &str) -> bool {
    note.get("refunds").and_then(Value::as_array).into_iter().flatten().any(|part| part["refund"] == refund)
}

fn text(object: &Object, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn integer(object: &Object, name: &str) -> i64 {
    object.get(name).and_then(Value::as_i64).unwrap_or_default()
}
