//! What a row of Review is about: one thing of Stripe's that makes a document of the ledger, or takes one back.

use drafts::Subject;
use ledgers::RecordKind;
use stripe::{Charge, CheckoutSession, CreditNote, Customer, Invoice, Marked, Refund};

use crate::commands::RowKind;
use crate::mirror::Known;

#[derive(Clone, Copy)]
pub enum Paper<'a> {
    Invoice(&'a Known<Invoice>),
    /// The end of an invoice that the ledger has: an event of its own, with a date of its own.
    Void(&'a Known<Invoice>),
    CreditNote(&'a Known<CreditNote>),
    /// The end of a credit note that the ledger has: the sale stands again.
    VoidNote(&'a Known<CreditNote>),
    /// Money given back, of which no credit note tells.
    Refund(&'a Known<Refund>),
    /// Money that no invoice asked for: a sale of its own, or the payment of what the ledger has.
    Payment(Payment<'a>),
}

/// Money that came in, the checkout that it came through, and who Stripe says paid.
#[derive(Clone, Copy)]
pub struct Payment<'a> {
    pub charge: &'a Known<Charge>,
    pub session: Option<&'a Known<CheckoutSession>>,
    pub customer: Option<&'a Known<Customer>>,
}

impl<'a> Payment<'a> {
    /// The key of the sale: the PaymentIntent, or a charge that was made without one.
    pub fn id(&self) -> &'a str {
        self.charge.is.payment_intent.as_ref().map_or(&self.charge.is.id, stripe::Ref::id)
    }

    /// Whether it names its payer or what was sold. What names neither is no sale until somebody knows what it is.
    pub fn is_sale(&self) -> bool {
        let charge = &self.charge.is;
        let billing = charge.billing_details.as_ref();
        let told = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
        charge.customer.is_some()
            || self.session.is_some()
            || told(billing.and_then(|billing| billing.name.as_ref()))
            || told(billing.and_then(|billing| billing.email.as_ref()))
            || told(charge.receipt_email.as_ref())
    }
}

impl<'a> Paper<'a> {
    /// The row's key, such as `credit_note:cn_…`.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Void(_) | Self::VoidNote(_) => Subject(self.row()),
            _ => Subject(format!("{}:{}", self.word(), self.row())),
        }
    }

    /// Its id among the rows that are matched.
    pub fn row(&self) -> String {
        match self {
            Self::Invoice(known) => known.is.id.clone(),
            Self::Void(known) => format!("{VOID}:{}", known.is.id),
            Self::VoidNote(known) => format!("{VOID}:{}", known.is.id),
            Self::CreditNote(known) => known.is.id.clone(),
            Self::Refund(known) => known.is.id.clone(),
            Self::Payment(payment) => payment.id().to_owned(),
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Invoice(_) => "invoice",
            Self::Void(_) | Self::VoidNote(_) => VOID,
            Self::CreditNote(_) => "credit_note",
            Self::Refund(_) => "refund",
            Self::Payment(_) => "payment",
        }
    }

    pub fn kind(&self) -> RowKind {
        match self {
            Self::Invoice(_) => RowKind::Invoice,
            Self::Void(_) | Self::VoidNote(_) => RowKind::Void,
            Self::CreditNote(_) => RowKind::CreditNote,
            Self::Refund(_) => RowKind::Refund,
            Self::Payment(payment) if payment.session.is_some() => RowKind::Checkout,
            Self::Payment(_) => RowKind::Payment,
        }
    }

    /// The document that it is, or becomes.
    pub fn document(&self) -> RecordKind {
        match self {
            Self::Invoice(known) if known.is.total.is_negative() => RecordKind::CreditMemo,
            Self::Invoice(_) | Self::Payment(_) | Self::VoidNote(_) => RecordKind::SalesInvoice,
            Self::Void(_) | Self::CreditNote(_) | Self::Refund(_) => RecordKind::CreditMemo,
        }
    }

    /// Stripe's customer who buys, empty for a guest; none where the paper that it takes back says it.
    pub fn customer(&self) -> Option<&'a str> {
        match self {
            Self::Invoice(known) | Self::Void(known) => Some(known.is.customer.as_ref().map_or("", stripe::Ref::id)),
            Self::Payment(payment) => Some(payment.customer.map_or("", |customer| &customer.is.id)),
            Self::CreditNote(_) | Self::VoidNote(_) | Self::Refund(_) => None,
        }
    }

    /// The object that learns which document it is. What is voided keeps naming the one that it was.
    pub fn marked(&self) -> Option<(Marked, &'a str)> {
        match self {
            Self::Invoice(known) => Some((Marked::Invoice, &known.is.id)),
            Self::Void(_) | Self::VoidNote(_) => None,
            Self::CreditNote(known) => Some((Marked::CreditNote, &known.is.id)),
            Self::Refund(known) => Some((Marked::Refund, &known.is.id)),
            Self::Payment(payment) if payment.charge.is.payment_intent.is_none() => Some((Marked::Charge, payment.id())),
            Self::Payment(payment) => Some((Marked::PaymentIntent, payment.id())),
        }
    }
}

const VOID: &str = "void";

/// The id among the matched rows that a row's key names.
pub fn row_of(key: &str) -> &str {
    match key.split_once(':') {
        Some((VOID, _)) | None => key,
        Some((_, id)) => id,
    }
}

/// The id under which the money of a payment is matched, beside the sale that it may be.
pub fn money_of(payment: &str) -> String {
    format!("{MONEY}:{payment}")
}

/// The same of a row's key, if it is a payment's.
pub fn money_of_key(key: &str) -> Option<String> {
    key.strip_prefix("payment:").map(money_of)
}

const MONEY: &str = "money";
