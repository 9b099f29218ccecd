//! Stripe as this program uses it: a checked key, pages of typed rows with their raw
//! documents, and one kind of write (our own keys in an object's metadata).
//!
//! Every request names the API version it was written for, so an account's own default
//! never changes a shape under us.

mod accounting;
mod amounts;
mod changes;
mod client;
mod error;
mod key;
mod kind;
mod objects;
mod pages;
mod row;
#[cfg(test)]
mod testing;
mod write_back;

pub use accounting::{source_key, source_version};
pub use amounts::{AmountError, money};
pub use changes::{Change, Changes, Topic};
pub use client::{API_VERSION, PER_ENDPOINT_A_SECOND, ROWS_A_PAGE, Stripe, TEST_A_SECOND};
pub use error::StripeError;
pub use key::{Granted, KeyAccount, KeyCheck, Mode, Permission, What};
pub use kind::Kind;
pub use objects::*;
pub use pages::{Page, Walk};
pub use row::{Columns, Row, RowError};
pub use write_back::{DESTINATION, LEDGER_DOCUMENT, LEDGER_NUMBER, LEDGER_ORIGIN, MarkValue, Marked, OUR_KEYS, freeze_metadata};
