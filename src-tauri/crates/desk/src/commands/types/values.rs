//! What every room uses.

use super::*;

wire! {
    struct Nothing {}

    /// `{"amount":"1250.00","currency":"DKK"}`, with exactly the currency's decimals.
    struct Amount {
        pub amount: String,
        pub currency: String,
    }
}
