//! Stripe's API as we use it: its objects, its units, the client that reads them, and the one
//! kind of write there is so far, two metadata keys on an invoice.

mod objects;
mod units;

pub use objects::*;
pub use units::{UnreadableAmount, decimals, money};
