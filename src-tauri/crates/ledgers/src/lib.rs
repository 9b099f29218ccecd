//! What a ledger is to this program: neutral documents, the trait that freezes them
//! into requests and reads what is there, and the clients of the real ledgers.
//!
//! ```text
//! Sale, Credit, Party  ──freeze──▶  Drafted { Frozen, Policy, Shown } | NoDraft
//! pages of the ledger  ──read────▶  LedgerRecord                        into the mirror
//! ```
//!
//! The documents never know where they were sold; a ledger never knows who asked.

pub mod business_central;

mod arithmetic;
mod document;
mod identify;
mod ledger;
mod no_draft;
mod shown;
mod vat;

pub use arithmetic::tax_within;
pub use document::{
    Credit, Customer, Dimension, Discount, Existing, Extras, LedgerDocument, NewItem, Party, Posting, Price, Receipt, Rounding, Sale, SaleLine,
    SaleRules, Target, Voucher, Zone,
};
pub use identify::{Candidate, Evidence, Identified, IdentifyBy, Register, cvr, ean, emails, folded_name, identify, is_shared_mailbox, vat_number};
pub use ledger::{
    Account, Blocked, Company, CompanyFacts, CurrencyFact, CurrencyRate, Cursor, DimensionFact, Environment, IdPage, Ledger, LedgerKind, LedgerPage,
    LedgerRecord, NoToken, PaymentTerms, Periods, ReadError, RecordKind, RecordLine, Reference, ReferenceSource, Standing, TaxCode, TokenSource,
};
pub use no_draft::{GuestZone, LockedBy, NoDraft, Unclear};
pub use shown::{Drafted, Figures, LineRole, Shown, ShownItem, ShownLine, ShownParty, ShownSale, ShownTax};
pub use vat::{Buyer, Home, LineTax, Reason, TaxRules, decide as decide_vat, in_eu};
