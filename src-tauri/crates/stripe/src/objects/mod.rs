//! Stripe's objects, as far as this program reads them. Unknown fields are ignored and
//! unknown words of an enumeration kept: new ones arrive without a new version.

mod account;
mod customer;
mod document;
mod invoice;
mod money_rows;
mod parts;
mod product;
mod session;

pub use account::Account;
pub use customer::{Customer, TaxExempt, TaxId};
pub use document::{CreditNote, CreditNoteLine, CreditNoteRefund, CreditNoteStatus, CreditNoteType};
pub use invoice::{
    BillingReason, CollectionMethod, Invoice, InvoiceLine, InvoiceParent, InvoiceStatus, LineParent, LinePeriod, PriceDetails, Pricing, ShippingCost,
    StatusTransitions,
};
pub use money_rows::{
    BalanceStatus, BalanceTransaction, BillingDetails, Charge, ChargeStatus, Dispute, FeeDetail, InvoicePayment, InvoicePaymentStatus, PaymentRef,
    Payout, PayoutStatus, ReconciliationStatus, Refund, RefundStatus,
};
pub use parts::{Address, Discount, DiscountAmount, List, Metadata, Ref, TaxAmount, TaxBehavior, TaxabilityReason};
pub use product::{Coupon, Product, TaxRate};
pub use session::{CheckoutSession, SessionCustomer, SessionItem, SessionPayment, SessionStatus};

use serde_json::Value;

use crate::{Columns, Kind};

/// One object of any kind that is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    Customer(Box<Customer>),
    Product(Box<Product>),
    TaxRate(Box<TaxRate>),
    Coupon(Box<Coupon>),
    Invoice(Box<Invoice>),
    CreditNote(Box<CreditNote>),
    InvoicePayment(Box<InvoicePayment>),
    CheckoutSession(Box<CheckoutSession>),
    Charge(Box<Charge>),
    Refund(Box<Refund>),
    Dispute(Box<Dispute>),
    Payout(Box<Payout>),
    BalanceTransaction(Box<BalanceTransaction>),
}

impl Object {
    pub(crate) fn typed(kind: Kind, document: Value) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            Kind::Customer => Self::Customer(serde_json::from_value(document)?),
            Kind::Product => Self::Product(serde_json::from_value(document)?),
            Kind::TaxRate => Self::TaxRate(serde_json::from_value(document)?),
            Kind::Coupon => Self::Coupon(serde_json::from_value(document)?),
            Kind::Invoice => Self::Invoice(serde_json::from_value(document)?),
            Kind::CreditNote => Self::CreditNote(serde_json::from_value(document)?),
            Kind::InvoicePayment => Self::InvoicePayment(serde_json::from_value(document)?),
            Kind::CheckoutSession => Self::CheckoutSession(serde_json::from_value(document)?),
            Kind::Charge => Self::Charge(serde_json::from_value(document)?),
            Kind::Refund => Self::Refund(serde_json::from_value(document)?),
            Kind::Dispute => Self::Dispute(serde_json::from_value(document)?),
            Kind::Payout => Self::Payout(serde_json::from_value(document)?),
            Kind::BalanceTransaction => Self::BalanceTransaction(serde_json::from_value(document)?),
        })
    }

    pub(crate) fn columns(&self) -> Columns {
        match self {
            Self::Customer(customer) => customer.columns(),
            Self::Product(product) => Columns { happened_at: Some(product.created), ..Columns::default() },
            Self::TaxRate(rate) => Columns { happened_at: Some(rate.created), ..Columns::default() },
            Self::Coupon(coupon) => Columns { happened_at: Some(coupon.created), ..Columns::default() },
            Self::Invoice(invoice) => invoice.columns(),
            Self::CreditNote(note) => note.columns(),
            Self::InvoicePayment(payment) => payment.columns(),
            Self::CheckoutSession(session) => session.columns(),
            Self::Charge(charge) => charge.columns(),
            Self::Refund(refund) => refund.columns(),
            Self::Dispute(dispute) => dispute.columns(),
            Self::Payout(payout) => payout.columns(),
            Self::BalanceTransaction(row) => row.columns(),
        }
    }
}
