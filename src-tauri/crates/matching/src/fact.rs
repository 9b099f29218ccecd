//! Evidence: one named fact for or against a pair. The page words them; here are only kinds and values.

use chrono::NaiveDate;
use money::{Currency, Money};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fact {
    pub what: What,
    pub verdict: Verdict,
    pub detail: Detail,
}

/// The five things that are compared; every link has one fact for each, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    Reference,
    Amount,
    Party,
    Date,
    Currency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    Equal,
    Near,
    /// One side does not say.
    Missing,
    Contradicts,
}

/// What was seen, with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Detail {
    /// This kind of row has no such thing (a customer has no amount).
    NotCompared,

    // Reference
    /// Stripe's metadata names the document.
    InMetadata {
        value: String,
    },
    /// The document carries Stripe's number in its field for foreign numbers.
    OurMark {
        value: String,
    },
    /// The number stands in free text.
    InText {
        value: String,
    },
    /// Almost the number: a digit wrong, missing or swapped.
    Misspelt {
        written: String,
        number: String,
    },
    /// A number is named, and it is another document's, or nobody's.
    NamesAnother {
        value: String,
    },
    /// The words name the plan or the goods of the document.
    SamePlan {
        text: String,
    },
    NoReference,
    /// A refund goes where its charge went.
    RefundOf {
        charge: String,
    },
    /// Both credit one sale: Stripe's invoice is linked with this document.
    CreditOf {
        invoice: String,
        document: String,
    },
    /// The customer number stands in metadata.
    CustomerNumber {
        value: String,
    },

    // Amount
    SameAmount,
    /// Left minus right, small enough for a near fact.
    Difference {
        amount: Money,
    },
    /// The left amount is more than what is open: the rest stays over.
    Over {
        amount: Money,
    },
    /// The left amount pays a part; this stays open.
    PartOf {
        remaining: Money,
    },
    /// Several documents whose open amounts add up to the payment, or several payments that add up to the document.
    SumOf {
        count: u32,
        total: Money,
    },
    /// The open amount at that day's rate, and how far the paid amount is from it, in thousandths.
    Converted {
        expected: Money,
        off_permille: i64,
    },
    OtherAmount {
        left: Money,
        right: Money,
    },

    // Party
    /// The two customers were linked before.
    LinkedBefore,
    SameVatNumber {
        vat: String,
    },
    SameEan {
        ean: String,
    },
    SameEmail {
        email: String,
    },
    /// One letter apart.
    SimilarEmail {
        left: String,
        right: String,
    },
    SameName {
        name: String,
    },
    /// The same name after folding languages, order and company forms.
    NameWritten {
        left: String,
        right: String,
    },
    SimilarName {
        left: String,
        right: String,
    },
    NameAndPostcode {
        name: String,
        postcode: String,
    },
    /// Only the domain of the address, or a shared mail box.
    SameDomain {
        domain: String,
    },
    SamePhone {
        phone: String,
    },
    /// Its payments name invoices of this customer, or have their rare amounts.
    PaysInvoices {
        customer: String,
    },
    /// The payment's words name the customer.
    NamedInText {
        customer: String,
    },
    /// A learned rule says that this payer pays for that customer.
    PaysFor {
        payer: String,
        rule: u32,
    },
    OtherVatNumber {
        left: String,
        right: String,
    },
    OtherName {
        left: String,
        right: String,
    },
    NoName,

    // Date
    SameDay,
    DaysLater {
        days: u32,
    },
    DaysEarlier {
        days: u32,
    },
    /// So many days later, and about as late as this customer always pays what it subscribes to.
    AsUsual {
        days: u32,
    },
    /// The payment names a month (its first day): the document's, or another.
    MonthNamed {
        month: NaiveDate,
    },

    // Currency
    SameCurrency {
        currency: Currency,
    },
    OtherCurrency {
        left: Currency,
        right: Currency,
    },
    /// The amounts agree at the day's rate.
    ByRate {
        left: Currency,
        right: Currency,
    },
}

impl Fact {
    pub fn new(what: What, verdict: Verdict, detail: Detail) -> Self {
        Self { what, verdict, detail }
    }
}
