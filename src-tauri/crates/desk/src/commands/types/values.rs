//! What every room uses.

use chrono::{DateTime, SecondsFormat, Utc};
use money::Money;

use super::*;

wire! {
    struct Nothing {}

    /// `{"amount":"1250.00","currency":"DKK"}`, with exactly the currency's decimals.
    struct Amount {
        pub amount: String,
        pub currency: String,
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal().to_string(), currency: money.currency().code().to_owned() }
    }
}

/// RFC 3339, UTC, to the second.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Above what crosses, its highest.
pub(crate) fn count(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
