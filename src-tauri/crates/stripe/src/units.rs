//! Stripe's minor units (docs: Supported currencies). They follow ISO 4217 but for a few.

use money::{Currency, Money};

/// An amount whose currency or unit cannot be read safely; the row is shown, never guessed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableAmount {
    #[error("the currency {0} is not known here")]
    Currency(String),
    #[error("{minor} is no whole amount of {currency}")]
    Fraction { minor: i64, currency: Currency },
}

/// From Stripe's integer.
pub fn money(minor: i64, currency: &str) -> Result<Money, UnreadableAmount> {
    let currency = Currency::parse(currency).map_err(|_| UnreadableAmount::Currency(currency.to_owned()))?;
    match factor(currency) {
        Factor::Iso => Ok(Money::new(minor, currency)),
        Factor::Hundredths if minor % 100 == 0 => Ok(Money::new(minor / 100, currency)),
        Factor::Whole => minor.checked_mul(100).map(|minor| Money::new(minor, currency)).ok_or(UnreadableAmount::Fraction { minor, currency }),
        Factor::Hundredths => Err(UnreadableAmount::Fraction { minor, currency }),
    }
}

/// Decimal places of Stripe's integer: 2 for DKK, 0 for JPY, 3 for KWD, but 2 for ISK and 0 for MGA.
pub fn decimals(currency: Currency) -> u32 {
    match factor(currency) {
        Factor::Iso => currency.exponent(),
        Factor::Hundredths => 2,
        Factor::Whole => 0,
    }
}

enum Factor {
    Iso,
    /// ISO has no decimals, Stripe counts hundredths.
    Hundredths,
    /// ISO has two decimals, Stripe counts whole units.
    Whole,
}

fn factor(currency: Currency) -> Factor {
    match currency.code() {
        "ISK" | "UGX" => Factor::Hundredths,
        "MGA" => Factor::Whole,
        _ => Factor::Iso,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_units_are_read_by_stripes_own_rules() {
        for (minor, code, shown) in [
            (125_000, "dkk", "1250.00 DKK"),
            (148_000, "jpy", "148000 JPY"),
            (1_230, "kwd", "1.230 KWD"),
            (50_000, "isk", "500 ISK"),
            (500, "mga", "500.00 MGA"),
        ] {
            assert_eq!(money(minor, code).expect(code).to_string(), shown);
        }
        assert!(matches!(money(50_050, "isk"), Err(UnreadableAmount::Fraction { .. })), "a hundredth of a króna does not exist");
        assert!(matches!(money(1, "xyz"), Err(UnreadableAmount::Currency(_))));
    }
}
