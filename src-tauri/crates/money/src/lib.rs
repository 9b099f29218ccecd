//! Exact amounts. An amount is an integer count of its currency's smallest unit
//! (ISO 4217 exponent: DKK 2, JPY 0, KWD 3) and never exists without its currency.
//!
//! Stripe's own minor units (ISK and UGX in hundredths) are converted at the edge
//! of the `stripe` room, the ledgers' rounding lives in `ledgers`; here is only
//! arithmetic that cannot be wrong by a cent.

mod currency;

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

pub use currency::{Currency, UnknownCurrency};

/// An amount in one currency. Serialises as `{"amount":"1250.00","currency":"DKK"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why an amount could not be made. Nothing is ever rounded or clipped in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("{0} and {1} cannot be added: they are different currencies")]
    Mixed(Currency, Currency),
    #[error("{0} {1} has more decimals than the currency")]
    TooFine(Decimal, Currency),
    #[error("the amount is larger than this program can hold")]
    TooLarge,
    #[error("the text is not an amount")]
    NotANumber,
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
}

impl Money {
    /// `minor` counts the currency's smallest unit: `Money::new(125_000, DKK)` is 1,250.00 DKK.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Exact, or refused: 0.005 DKK is not an amount.
    pub fn exact(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let scaled = scale(amount, currency)?;
        if scaled.fract() != Decimal::ZERO {
            return Err(MoneyError::TooFine(amount.normalize(), currency));
        }
        to_minor(scaled, currency)
    }

    /// Rounded to the smallest unit, half away from zero, as invoices are.
    pub fn rounded(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let scaled = scale(amount, currency)?;
        to_minor(scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero), currency)
    }

    /// From text such as `-1250.00`; a point, no grouping. Exact, or refused.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let amount = Decimal::from_str_exact(text).map_err(|_| MoneyError::NotANumber)?;
        Self::exact(amount, currency)
    }

    pub const fn minor(self) -> i64 {
        self.minor
    }

    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as a decimal number with exactly the currency's decimals.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    pub fn negated(self) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_neg().ok_or(MoneyError::TooLarge)?;
        Ok(Self::new(minor, self.currency))
    }

    /// Σ of amounts of one currency; the sum of nothing is zero.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    fn combine(self, other: Self, with: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        let minor = with(self.minor, other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self::new(minor, self.currency))
    }
}

/// `1250.00 DKK`: for logs and the command line; the page formats by locale.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    amount: String,
    currency: Currency,
}

impl From<Money> for Wire {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal().to_string(), currency: money.currency }
    }
}

impl TryFrom<Wire> for Money {
    type Error = MoneyError;

    fn try_from(wire: Wire) -> Result<Self, MoneyError> {
        Self::parse(&wire.amount, wire.currency)
    }
}

fn scale(amount: Decimal, currency: Currency) -> Result<Decimal, MoneyError> {
    amount.checked_mul(Decimal::from(10_i64.pow(currency.exponent()))).ok_or(MoneyError::TooLarge)
}

fn to_minor(scaled: Decimal, currency: Currency) -> Result<Money, MoneyError> {
    use rust_decimal::prelude::ToPrimitive;
    let minor = scaled.to_i64().ok_or(MoneyError::TooLarge)?;
    Ok(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).expect("a known currency")
    }

    #[test]
    fn each_currency_keeps_its_own_decimals() {
        for (text, code, minor) in
            [("1250.00", "DKK", 125_000), ("-0.01", "EUR", -1), ("148000", "JPY", 148_000), ("1.234", "KWD", 1_234), ("500", "ISK", 500)]
        {
            let money = Money::parse(text, currency(code)).expect(text);
            assert_eq!(money.minor(), minor, "{text} {code}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_not_rounded() {
        assert!(matches!(Money::parse("1.5", currency("JPY")), Err(MoneyError::TooFine(..))));
        assert!(matches!(Money::parse("99999999999999999999", currency("DKK")), Err(MoneyError::TooLarge)));
        assert_eq!(Money::parse("12,50", currency("DKK")), Err(MoneyError::NotANumber));
        assert!(matches!(Money::new(1, currency("DKK")).plus(Money::new(1, currency("EUR"))), Err(MoneyError::Mixed(..))));
        assert_eq!(Money::new(i64::MAX, currency("DKK")).plus(Money::new(1, currency("DKK"))), Err(MoneyError::TooLarge));
    }

    #[test]
    fn halves_round_away_from_zero() {
        let dkk = currency("DKK");
        for (text, minor) in [("0.005", 1), ("-0.005", -1), ("0.0049", 0), ("24.9975", 2500)] {
            let amount = Decimal::from_str_exact(text).expect(text);
            assert_eq!(Money::rounded(amount, dkk).map(Money::minor), Ok(minor), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back_changes_nothing(minor in any::<i64>(), code in prop::sample::select(vec!["DKK", "JPY", "KWD", "EUR", "ISK"])) {
            let money = Money::new(minor, currency(code));
            let text = serde_json::to_string(&money).expect("serialises");
            prop_assert_eq!(serde_json::from_str::<Money>(&text).expect("reads back"), money);
        }
    }
}
