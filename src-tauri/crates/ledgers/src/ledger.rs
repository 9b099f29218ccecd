//! What every ledger can do: freeze neutral documents, show what it has, and be a
//! destination of approved writes.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use drafts::{Changed, Destination, Draft, Filled, Future, LookFailed, Refusal};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Candidate, Credit, Drafted, Existing, NewItem, NoDraft, Party, Rounding, Sale, SaleRules, Target};

/// One company of one ledger.
pub trait Ledger: Destination {
    fn kind(&self) -> LedgerKind;

    /// The request that makes the sale a draft invoice, or why there is none. Pure.
    fn freeze_sale(&self, sale: &Sale, rules: &SaleRules) -> Result<Drafted, NoDraft>;

    /// The request that makes the credit a draft credit memo, or why there is none. Pure.
    fn freeze_credit(&self, credit: &Credit, rules: &SaleRules) -> Result<Drafted, NoDraft>;

    /// The request that makes the party a customer, or why there is none. Pure.
    /// `base` is the company's own currency.
    fn freeze_party(&self, party: &Party, base: Currency) -> Result<Drafted, NoDraft>;

    /// The request that makes the item, in all but its name and numbers like another one, or why there is none. Pure.
    fn freeze_item(&self, item: &NewItem, like: &LedgerRecord) -> Result<Drafted, NoDraft>;

    /// A record from its own bytes, as the mirror keeps them. Pure; `None` when it is not one.
    fn read(&self, kind: RecordKind, raw: &str) -> Option<LedgerRecord>;

    /// Where a record's bytes are not what was approved, in the ledger's own names: before what was
    /// approved, after what stands there. Pure.
    fn differences(&self, draft: &Draft, filled: &Filled, raw: &str) -> Vec<Changed>;

    /// The next page of one kind. `None` begins a whole walk; the cursor of a finished
    /// walk begins one over what changed since; one in the middle goes on there.
    fn page<'a>(&'a self, kind: RecordKind, cursor: Option<&'a Cursor>) -> Future<'a, Result<LedgerPage, ReadError>>;

    /// All ids of one kind that exist now, page by page: what the mirror has beside them is gone.
    fn ids<'a>(&'a self, kind: RecordKind, cursor: Option<&'a Cursor>) -> Future<'a, Result<IdPage, ReadError>>;

    /// One record as it is now, past every replica; `None` when it is gone.
    fn record<'a>(&'a self, kind: RecordKind, id: &'a str) -> Future<'a, Result<Option<LedgerRecord>, ReadError>>;

    /// Whether a record's bytes show all that the request named; else [`Ledger::made`] does. Pure.
    fn is_whole(&self, filled: &Filled, raw: &str) -> bool;

    /// What the request made, as it is now, past every replica, with all that the request named; `None` when it is gone.
    fn made<'a>(&'a self, filled: &'a Filled, id: &'a str) -> Future<'a, Result<Option<LedgerRecord>, ReadError>>;

    /// How far a document has come since it was written.
    fn standing<'a>(&'a self, kind: RecordKind, id: &'a str) -> Future<'a, Result<Standing, ReadError>>;

    /// On which days documents may be posted, as it is now.
    fn periods(&self) -> Future<'_, Result<Periods, ReadError>>;

    /// What of the company decides how documents are drafted.
    fn facts(&self) -> Future<'_, Result<CompanyFacts, ReadError>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerKind {
    BusinessCentral,
}

/// The kinds that are mirrored; `name` is the mirror's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    SalesInvoice,
    CreditMemo,
    Customer,
    Item,
    Account,
    LedgerEntry,
}

impl RecordKind {
    pub const ALL: [Self; 6] = [Self::SalesInvoice, Self::CreditMemo, Self::Customer, Self::Item, Self::Account, Self::LedgerEntry];

    pub const fn name(self) -> &'static str {
        match self {
            Self::SalesInvoice => "sales_invoice",
            Self::CreditMemo => "credit_memo",
            Self::Customer => "customer",
            Self::Item => "item",
            Self::Account => "account",
            Self::LedgerEntry => "ledger_entry",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Where a walk stands. Stored with the page it came with; opaque to everybody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub String);

#[derive(Clone, Debug, PartialEq)]
pub struct LedgerPage {
    pub records: Vec<LedgerRecord>,
    /// To be stored in one act with the records.
    pub cursor: Cursor,
    /// Whether the walk goes on with `cursor`; else it begins the next walk.
    pub more: bool,
    /// Rows of the whole walk, where the ledger says so.
    pub total: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdPage {
    pub ids: Vec<String>,
    pub cursor: Cursor,
    pub more: bool,
}

/// One record of the ledger, ready for the mirror.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRecord {
    pub kind: RecordKind,
    pub id: String,
    pub number: Option<String>,
    /// The very bytes of the answer.
    pub raw: String,
    pub etag: Option<String>,
    /// Of the accounting fields alone; an ETag may move by reading.
    pub version: String,
    pub date: Option<NaiveDate>,
    pub due: Option<NaiveDate>,
    /// With tax.
    pub amount: Option<Money>,
    pub open: Option<Money>,
    /// Of a customer itself; of a document, what it says of its customer.
    pub party: Option<Party>,
    /// The id of a document's customer.
    pub party_id: Option<String>,
    /// The id of the invoice that a credit memo lowers.
    pub applies_to: Option<String>,
    pub status: Option<String>,
    /// Whether it is booked. `None`: the record alone does not tell.
    pub posted: Option<bool>,
    /// Taken back by the ledger itself, or what takes another back.
    pub canceled: bool,
    pub references: Vec<Reference>,
    /// Words of the lines.
    pub text: String,
    /// Of a document; what it says of its customer's habit.
    pub prices_include_tax: Option<bool>,
    /// Of a document: what the ledger computed.
    pub lines: Vec<RecordLine>,
    /// Of a customer or an item: the VAT posting group, whose pair decides the rate of a line. The pairs themselves
    /// are not shown.
    pub vat_group: Option<String>,
    pub blocked: Blocked,
    pub modified_at: Option<DateTime<Utc>>,
}

/// A line of a document that sells something.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordLine {
    pub target: Target,
    /// In per cent, as the ledger computed it.
    pub rate: Decimal,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub source: ReferenceSource,
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceSource {
    /// The field for the other side's number.
    Mark,
    /// The document's own number.
    Number,
    /// The number of the order or invoice it belongs to.
    Text,
    /// The trade number of an item.
    Gtin,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocked {
    #[default]
    No,
    Shipments,
    Invoices,
    All,
}

/// Where a document stands. Released is not posted: it can still be changed or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Draft,
    InReview,
    Released,
    Posted,
    Paid,
    Canceled,
    Corrective,
    Gone,
}

impl Standing {
    pub const fn is_posted(self) -> bool {
        matches!(self, Self::Posted | Self::Paid | Self::Canceled | Self::Corrective)
    }
}

/// A place that companies live in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    pub name: String,
    pub production: bool,
    pub country: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    pub id: String,
    pub name: String,
}

/// Missing parts mean the user may not read them, or that nothing is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Periods {
    pub posting_from: Option<NaiveDate>,
    pub posting_to: Option<NaiveDate>,
    /// The last day of the closed accounting periods.
    pub closed_until: Option<NaiveDate>,
}

/// What a book must know of its company. Missing parts mean the user may not read them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyFacts {
    pub name: String,
    pub base: Currency,
    /// ISO 3166, two letters.
    pub country: String,
    pub vat_number: String,
    pub posting_from: Option<NaiveDate>,
    pub posting_to: Option<NaiveDate>,
    /// The last day of the closed accounting periods.
    pub closed_until: Option<NaiveDate>,
    pub accounts: Vec<Account>,
    pub tax_codes: Vec<TaxCode>,
    pub currencies: Vec<CurrencyFact>,
    pub payment_terms: Vec<PaymentTerms>,
    #[serde(default)]
    pub dimensions: Vec<DimensionFact>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: String,
    pub number: String,
    pub name: String,
    /// Income, expense, … in the ledger's words.
    pub category: String,
    /// Lines may name it: it is no heading or sum, not blocked, and takes direct posting.
    pub usable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxCode {
    pub code: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyFact {
    pub currency: Currency,
    /// The first day there is a rate for.
    pub rates_from: Option<NaiveDate>,
    /// The newest of those against the company's currency, oldest first.
    #[serde(default)]
    pub rates: Vec<CurrencyRate>,
}

/// From that day on, `units` of a currency are worth so much of the company's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyRate {
    pub from: NaiveDate,
    pub units: Decimal,
    pub worth: Decimal,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimensionFact {
    pub code: String,
    pub name: String,
    /// Codes.
    pub values: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentTerms {
    pub id: String,
    pub code: String,
    pub name: String,
}

impl LedgerRecord {
    /// A customer that no ledger has: for a rehearsal.
    pub fn invented(number: &str, party: Party) -> Self {
        Self {
            kind: RecordKind::Customer,
            id: number.to_owned(),
            number: Some(number.to_owned()),
            raw: String::new(),
            etag: None,
            version: "invented".to_owned(),
            date: None,
            due: None,
            amount: None,
            open: None,
            party: Some(party),
            party_id: None,
            applies_to: None,
            status: None,
            posted: None,
            canceled: false,
            references: Vec::new(),
            text: String::new(),
            prices_include_tax: None,
            lines: Vec::new(),
            vat_group: None,
            blocked: Blocked::No,
            modified_at: None,
        }
    }

    /// A customer as a document names it; `None` for anything else. `prices_include_tax`
    /// is what its last document said.
    pub fn customer(&self, prices_include_tax: bool) -> Option<Existing> {
        let party = self.party.clone().filter(|_| self.kind == RecordKind::Customer)?;
        let number = self.number.clone()?;
        Some(Existing { id: self.id.clone(), number, currency: party.currency, party, prices_include_tax, blocked: self.blocked })
    }

    /// The trade number of an item.
    pub fn gtin(&self) -> Option<&str> {
        self.references.iter().find(|reference| reference.source == ReferenceSource::Gtin).map(|reference| reference.value.as_str())
    }

    /// A customer to be compared with; `None` for anything else.
    pub fn candidate(&self) -> Option<Candidate> {
        let Existing { id, number, party, blocked, .. } = self.customer(false)?;
        Some(Candidate { id, number, party, blocked })
    }
}

impl CompanyFacts {
    /// The same company with its periods as they are now.
    #[must_use]
    pub fn with_periods(self, periods: Periods) -> Self {
        let Periods { posting_from, posting_to, closed_until } = periods;
        Self { posting_from, posting_to, closed_until, ..self }
    }

    pub fn sale_rules(&self, rounding: Rounding) -> SaleRules {
        let currencies = self.currencies.iter().map(|fact| (fact.currency, fact.rates_from)).collect();
        SaleRules { rounding, base: self.base, currencies }
    }
}

/// Gives a valid access token, refreshed where needed.
pub trait TokenSource: Send + Sync {
    fn token(&self) -> Future<'_, Result<remote::Secret, NoToken>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    #[error("the sign-in is over; sign in again")]
    SignInAgain,
    #[error("the sign-in page could not be reached; nothing was sent")]
    Unreachable,
    #[error("the keychain did not give the sign-in; unlock it and try again")]
    Keychain,
}

/// Why a question to the ledger has no answer. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    NoToken(#[from] NoToken),
    #[error("the ledger could not be reached")]
    Offline,
    #[error("the ledger asks to wait")]
    Limited { retry_after: Option<Duration> },
    #[error("the ledger no longer accepts the sign-in; sign in again")]
    SignedOut,
    #[error("the ledger refused the question ({}, {})", .0.status, .0.code)]
    Refused(Refusal),
    #[error("the ledger has no such thing")]
    NotFound,
    #[error("the ledger's answer has not the shape it should have: {what}")]
    Unreadable { what: &'static str },
    #[error("the place to go on from is not one of this ledger; begin the walk again")]
    BadCursor,
    #[error("the question is not one of those this program may ask")]
    NotAllowed,
}

impl ReadError {
    /// A code of the desk's closed list.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoToken(NoToken::Keychain) => "keychain",
            Self::NoToken(NoToken::SignInAgain) | Self::SignedOut => "signed_out",
            Self::NoToken(NoToken::Unreachable) | Self::Offline => "offline",
            Self::Limited { .. } => "limited",
            Self::Refused(_) | Self::NotFound => "refused",
            Self::Unreadable { .. } | Self::BadCursor | Self::NotAllowed => "unreadable",
        }
    }
}

impl From<ReadError> for LookFailed {
    fn from(error: ReadError) -> Self {
        let retry_after_seconds = match &error {
            ReadError::Limited { retry_after } => retry_after.and_then(|wait| u32::try_from(wait.as_secs()).ok()),
            _ => None,
        };
        Self { code: error.code().to_owned(), retry_after_seconds }
    }
}
