//! Why nothing is drafted. A document is drafted whole or not at all, and never in silence.

use std::fmt;

use chrono::NaiveDate;
use money::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Closed list; `line` counts from 1. The values let the page say it in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum NoDraft {
    // The document
    #[error("the invoice is not finalized; nothing is drafted before it is")]
    NotFinalized,
    #[error("the invoice was made in test mode and the ledger is a live one")]
    TestAgainstLive,
    #[error("the invoice is dated {date}, before the book starts on {start}")]
    BeforeStart { date: NaiveDate, start: NaiveDate },
    #[error("the invoice was voided before anything was drafted of it")]
    Void,
    #[error("the total is zero: there is nothing to book")]
    NothingOwed,
    #[error("the total {total} is negative: it belongs on a credit memo")]
    Negative { total: Money },
    #[error("the invoice came from the ledger; it is not drafted back into it")]
    FromLedger,
    #[error("not all lines of the invoice were fetched; fetch again")]
    LinesIncomplete,
    #[error("the invoice has {lines} lines, more than the {most} of one document")]
    TooManyLines { lines: usize, most: usize },
    #[error("the lines sum to {lines}, the total says {total}")]
    SumDiffers { lines: Money, total: Money },
    #[error("the shipping carries {tax} of tax, and the invoice does not tell at which rate; book it by hand")]
    ShippingTax { tax: Money },
    #[error("the invoice has no number, by which the draft could be found again")]
    NoNumber,
    #[error("the number {number} is longer than the {most} characters the ledger keeps")]
    NumberTooLong { number: String, most: usize },
    #[error("the buyer's reference {reference} is longer than the {most} characters the ledger keeps")]
    ReferenceTooLong { reference: String, most: usize },
    #[error("the ledger has {document} under the number {number} already, with {ledger} instead of {sold}")]
    OtherAmounts { number: String, document: String, ledger: Money, sold: Money },
    #[error("an amount of the invoice cannot be held: {reason}")]
    Amount { reason: String },
    #[error("dated {date} in a period that is locked until {until}; reopen it there, or let it be posted on the first open day")]
    PeriodLocked { date: NaiveDate, until: NaiveDate, by: LockedBy },
    #[error("the ledger takes postings until {until} only, and this would be posted on {date}; extend the period there")]
    PeriodNotOpen { date: NaiveDate, until: NaiveDate },
    #[error("the book drafts what is sent to be paid; this invoice is charged automatically and never sent")]
    NotSent,
    #[error("the book drafts an invoice when it is paid, and this one is not")]
    NotPaid,
    // What takes a sale back
    #[error("invoice {invoice} is the ledger's {document}, which is not posted yet; post it, and this comes by itself")]
    WaitsForPosting { invoice: String, document: String },
    #[error("the ledger does not have invoice {invoice} yet; settle its row first")]
    InvoiceFirst { invoice: String },
    #[error("its invoice was not fetched: it is older than what this book reads; book it by hand")]
    InvoiceNotFetched,
    #[error("the credit note was voided")]
    NoteVoid,
    #[error("credit note {note} was voided in Stripe; delete the ledger's draft {document}")]
    NoteVoidDrafted { note: String, document: String },
    #[error("credit note {note} was voided in Stripe, and the ledger has canceled its memo too")]
    NoteVoidCanceled { note: String },
    #[error("the refund has not gone through yet; it is proposed when it has")]
    RefundPending,
    #[error("the refund failed or was canceled: the money stayed")]
    RefundFailed,
    #[error("the payment that it gives back was not fetched, or was no sale; book it by hand")]
    RefundOfUnknown,
    #[error("it gives back a payment of several invoices, and does not say of which; make a credit note in Stripe")]
    RefundOfSeveral,
    #[error("the money that it gives back pays the ledger's {document}; what that means for it is the bookkeeper's to say")]
    RefundOfReceipt { document: String },
    #[error("the ledger's {document} has this amount, and {by} pays it already: the customer may have paid twice")]
    PaidTwice { document: String, by: String },
    #[error("the ledger's {document} has this amount, and {by} pays it; what was paid twice was given back")]
    PaidTwiceGivenBack { document: String, by: String },
    #[error("it gives back what was paid twice for the ledger's {document}")]
    RefundOfTwice { document: String },
    #[error("the payment names neither its payer nor what was sold; it is no sale until somebody knows what it is")]
    UnknownMoney,
    #[error("it gives back {refund}, more than the {sold} that was sold")]
    RefundTooLarge { refund: Money, sold: Money },
    #[error("invoice {invoice} was voided in Stripe; delete the ledger's draft {document}")]
    VoidDrafted { invoice: String, document: String },
    #[error("invoice {invoice} was voided in Stripe, and the ledger has canceled it too")]
    VoidCanceled { invoice: String },
    #[error("the ledger has {document} under the number {number} already; choose it, or say why it is another")]
    NumberTaken { number: String, document: String },
    // The ledger
    #[error("{currency} is not a currency of the ledger; add it there first")]
    UnknownCurrency { currency: Currency },
    #[error("the ledger has no rate for {currency} on {date}; add one there first")]
    NoRate { currency: Currency, date: NaiveDate },
    #[error("customer {number} is blocked in the ledger")]
    CustomerBlocked { number: String },
    #[error("customer {number} has no VAT zone in the ledger")]
    CustomerWithoutZone { number: String },
    #[error("the terms {terms} settle an invoice at once, so the payment would be booked twice")]
    SettlesItself { terms: String },
    #[error("the customer has no name, and the ledger needs one")]
    NoName,
    #[error("the customer may be one of several in the ledger; choose one first")]
    CustomerUnclear { candidates: Vec<String> },
    #[error("nobody in the ledger is this buyer; say who it is, or let a new customer be made")]
    CustomerUnknown,
    #[error("the ledger would give a new customer in {country} the VAT of customers at home; make the customer there, then fetch")]
    NewCustomerAbroad { country: String },
    #[error("no customer of the ledger is chosen for guests who pay in {currency} ({zone})")]
    NoGenericCustomer { currency: Currency, zone: GuestZone },
    #[error("a sale without VAT to another EU country needs a customer of its own; nothing is booked on guests")]
    GuestReverseCharge,
    #[error("the lines are sold in several VAT zones, for which there is no one customer for guests")]
    GuestSeveralZones,
    #[error("nobody has said yet that no payment method of the ledger settles invoices by itself; say it once in the settings")]
    TermsUnsaid,
    #[error("line {line} is to become item {item}, which the ledger does not have or has blocked")]
    ItemMissing { line: usize, item: String },
    #[error("line {line} sells {name}, which could be item {items} of the ledger; link the product with the right one in the settings")]
    ItemUnclear { line: usize, name: String, items: String },
    #[error("{item}, which new items are made like, is not an item of the ledger or is blocked; choose another in the settings")]
    NoItemToCopy { item: String },
    #[error("the item that was made for {name} was deleted in the ledger; let it be made again, or link the product with another one")]
    ItemDeleted { name: String },
    #[error("the customer {name} that was made for this buyer was deleted in the ledger; let it be made again, or say who it is")]
    CustomerDeleted { name: String },
    #[error("line {line} sells a product that has neither item nor account in the ledger")]
    NoTarget { line: usize },
    // VAT
    #[error("line {line} carries two rates")]
    TwoRates { line: usize },
    #[error("line {line} carries a tax that is not VAT")]
    NotVat { line: usize },
    #[error("line {line} states tax {stated}; {rate} % of its net would be {computed}")]
    TaxDiffers { line: usize, rate: Decimal, stated: Money, computed: Money },
    #[error("line {line} carries no tax and no reason; say once whether prices contain VAT")]
    TaxUnsaid { line: usize },
    #[error("line {line} is sold under reverse charge, but the buyer is in no other EU country")]
    ReverseChargeCountry { line: usize, country: String },
    #[error("line {line} is sold under reverse charge without a VAT number of another EU country on the invoice")]
    ReverseChargeNumber { line: usize },
    #[error("line {line} is sold under reverse charge and carries {rate} % tax")]
    ReverseChargeTaxed { line: usize, rate: Decimal },
    #[error("line {line} is a service under reverse charge to Northern Ireland; only goods are")]
    NorthernIreland { line: usize },
    #[error("line {line} has the rate {rate} %, which the ledger does not have for {country}")]
    RateUnknown { line: usize, rate: Decimal, country: String },
    #[error("line {line} is sold to {country} under the one-stop shop, and the ledger has no zone for it")]
    NoOssZone { line: usize, country: String },
    #[error(
        "line {line} is sold with {rate} % VAT, and the ledger computed {computed} % on {on} for such a customer ({document}); choose another \
         account or VAT code in the settings"
    )]
    ComputedOtherwise { line: usize, rate: Decimal, computed: Decimal, on: String, customer: String, document: String },
    #[error(
        "the invoice was made out to {sold}, and customer {customer} of the ledger is in {country}: its VAT would be another; link the right one"
    )]
    CustomerElsewhere { sold: String, customer: String, country: String },
    #[error("line {line} is sold without VAT, and no account is chosen for that; choose one in the settings")]
    NoAccountWithoutVat { line: usize },
    #[error("line {line} needs a person to say what its VAT is")]
    PersonDecides {
        line: usize,
        unclear: Unclear,
        /// Whether the buyer could account for the VAT: the invoice carries a VAT number of another EU country.
        reverse_charge: bool,
    },
    #[error("the ledger would compute {ledger} where {sold} was sold; the difference is more than the {limit} that rounding explains")]
    RoundingTooLarge { sold: Money, ledger: Money, limit: Money },
}

/// What a person must decide about a line's VAT; remembered for customer and product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unclear {
    CustomerExempt,
    NotCollecting,
    ZeroRated,
    EuConsumerAtZero,
    DomesticAtZero,
    /// Taxed, but in no country that the rules of the book know.
    ForeignTax,
    /// No tax, no reason, and the buyer is abroad or nowhere.
    NothingSaid,
}

/// Which of the locks is the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockedBy {
    Ledger,
    VatReported,
    Own,
    YearEnd,
}

/// Where a guest is sold to, as far as the ledger's customer decides the VAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestZone {
    Home,
    /// Consumers of other EU countries, with VAT.
    Oss,
    /// Outside the EU.
    Export,
}

impl GuestZone {
    pub const ALL: [Self; 3] = [Self::Home, Self::Oss, Self::Export];
}

impl fmt::Display for GuestZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Home => "at home",
            Self::Oss => "one-stop shop",
            Self::Export => "outside the EU",
        })
    }
}

impl From<MoneyError> for NoDraft {
    fn from(error: MoneyError) -> Self {
        Self::Amount { reason: error.to_string() }
    }
}
