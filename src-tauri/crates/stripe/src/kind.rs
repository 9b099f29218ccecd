//! The kinds of objects that are fetched.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Customer,
    Product,
    TaxRate,
    Coupon,
    Invoice,
    CreditNote,
    InvoicePayment,
    CheckoutSession,
    Charge,
    Refund,
    Dispute,
    Payout,
    BalanceTransaction,
}

impl Kind {
    /// In the order in which a fetch makes most sense: what others refer to comes first.
    pub const ALL: [Self; 13] = [
        Self::Customer,
        Self::Product,
        Self::TaxRate,
        Self::Coupon,
        Self::Invoice,
        Self::CreditNote,
        Self::InvoicePayment,
        Self::CheckoutSession,
        Self::Charge,
        Self::Refund,
        Self::Dispute,
        Self::Payout,
        Self::BalanceTransaction,
    ];

    /// Stripe's own word, as in the field `object`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Product => "product",
            Self::TaxRate => "tax_rate",
            Self::Coupon => "coupon",
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
            Self::InvoicePayment => "invoice_payment",
            Self::CheckoutSession => "checkout.session",
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Payout => "payout",
            Self::BalanceTransaction => "balance_transaction",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Of the list of all objects.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Customer => "/v1/customers",
            Self::Product => "/v1/products",
            Self::TaxRate => "/v1/tax_rates",
            Self::Coupon => "/v1/coupons",
            Self::Invoice => "/v1/invoices",
            Self::CreditNote => "/v1/credit_notes",
            Self::InvoicePayment => "/v1/invoice_payments",
            Self::CheckoutSession => "/v1/checkout/sessions",
            Self::Charge => "/v1/charges",
            Self::Refund => "/v1/refunds",
            Self::Dispute => "/v1/disputes",
            Self::Payout => "/v1/payouts",
            Self::BalanceTransaction => "/v1/balance_transactions",
        }
    }

    /// What is shown only on request and needed here.
    pub(crate) const fn expand(self) -> &'static [&'static str] {
        match self {
            Self::Customer => &["tax_ids"],
            Self::Invoice => &["discounts"],
            Self::CheckoutSession => &["line_items", "line_items.data.taxes"],
            _ => &[],
        }
    }

    /// A list inside the object of which only the first entries come along.
    pub(crate) const fn embedded_list(self) -> Option<&'static str> {
        match self {
            Self::Customer => Some("tax_ids"),
            Self::Invoice | Self::CreditNote => Some("lines"),
            Self::CheckoutSession => Some("line_items"),
            _ => None,
        }
    }
}
