//! Stripe's minor units, turned into exact amounts at the edge of this room.
//!
//! (docs: Supported currencies, zero-decimal, three-decimal and special-case currencies)

use money::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};

/// Amounts in whole units, though ISO gives MGA decimals.
const ZERO_DECIMAL: [&str; 15] = ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
const THREE_DECIMAL: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the amount in {field} cannot be read: {reason}")]
pub struct AmountError {
    pub field: String,
    pub reason: MoneyError,
}

/// An amount as Stripe writes it: `money(125_000, DKK)` is 1,250.00, `money(150_000, ISK)` is 1,500.
pub fn money(stripe_minor: i64, currency: Currency) -> Result<Money, MoneyError> {
    Money::exact(Decimal::new(stripe_minor, decimals(currency)), currency)
}

/// Everything else is in hundredths, ISK and UGX too, which ISO gives no decimals.
fn decimals(currency: Currency) -> u32 {
    if ZERO_DECIMAL.contains(&currency.code()) {
        0
    } else if THREE_DECIMAL.contains(&currency.code()) {
        3
    } else {
        2
    }
}

/// Fields that hold an integer in the currency of the object around them.
const AMOUNTS: [&str; 32] = [
    "amount",
    "amount_captured",
    "amount_discount",
    "amount_due",
    "amount_off",
    "amount_overpaid",
    "amount_paid",
    "amount_paid_off_stripe",
    "amount_refunded",
    "amount_remaining",
    "amount_requested",
    "amount_shipping",
    "amount_subtotal",
    "amount_tax",
    "amount_total",
    "application_fee_amount",
    "discount_amount",
    "ending_balance",
    "fee",
    "net",
    "out_of_band_amount",
    "post_payment_amount",
    "post_payment_credit_notes_amount",
    "pre_payment_amount",
    "pre_payment_credit_notes_amount",
    "starting_balance",
    "subtotal",
    "subtotal_excluding_tax",
    "taxable_amount",
    "total",
    "total_excluding_tax",
    "unit_amount",
];
/// Decimal numbers that are no amounts.
const RATES: [&str; 4] = ["effective_percentage", "exchange_rate", "percent_off", "percentage"];
/// A price for one, in minor units with decimals of their own.
const UNIT_PRICE: &str = "unit_amount_decimal";
const DEEPEST: usize = 16;

/// Rewrites a document so that every amount carries its currency and every rate is exact
/// text. What cannot be read stays as it was; the first such failure is returned.
pub(crate) fn exact(document: &mut Value) -> Option<AmountError> {
    let mut failure = None;
    walk(document, None, DEEPEST, &mut failure);
    failure
}

fn walk(value: &mut Value, currency: Option<Result<Currency, MoneyError>>, depth: usize, failure: &mut Option<AmountError>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, currency, depth, failure)),
        Value::Object(fields) => {
            let own = fields.get("currency").and_then(Value::as_str).map(|code| Currency::parse(code).map_err(MoneyError::from));
            let currency = own.or(currency);
            for (name, field) in fields.iter_mut().filter(|(name, _)| *name != "metadata") {
                match rewritten(name, field, currency) {
                    Some(Ok(better)) => *field = better,
                    Some(Err(reason)) => *failure = failure.take().or(Some(AmountError { field: name.clone(), reason })),
                    None => walk(field, currency, depth, failure),
                }
            }
        }
        _ => {}
    }
}

/// `None` for a field that is neither an amount nor a rate.
fn rewritten(name: &str, field: &Value, currency: Option<Result<Currency, MoneyError>>) -> Option<Result<Value, MoneyError>> {
    match field {
        Value::Number(number) if AMOUNTS.contains(&name) => Some(currency?.and_then(|currency| amount(number, currency))),
        Value::Number(number) if RATES.contains(&name) => Some(decimal(&number.to_string()).map(text)),
        Value::String(price) if name == UNIT_PRICE => {
            let whole = |currency| decimal(price)?.checked_mul(Decimal::new(1, decimals(currency))).ok_or(MoneyError::TooLarge);
            Some(currency?.and_then(whole).map(text))
        }
        _ => None,
    }
}

fn amount(number: &Number, currency: Currency) -> Result<Value, MoneyError> {
    let money = money(number.as_i64().ok_or(MoneyError::NotANumber)?, currency)?;
    let fields = [("amount", text(money.decimal())), ("currency", Value::from(currency.code()))];
    Ok(Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()))
}

fn decimal(text: &str) -> Result<Decimal, MoneyError> {
    let number = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    number.map_err(|_| MoneyError::NotANumber)
}

fn text(number: Decimal) -> Value {
    Value::from(number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_currency_is_read_by_its_own_rule() {
        for (minor, code, expected) in [
            (125_000, "dkk", Some("1250.00 DKK")),
            (-1, "eur", Some("-0.01 EUR")),
            (148_000, "jpy", Some("148000 JPY")),
            (150_000, "isk", Some("1500 ISK")),
            (150_050, "isk", None),
            (700, "ugx", Some("7 UGX")),
            (12_340, "kwd", Some("12.340 KWD")),
            (5, "mga", Some("5.00 MGA")),
            (100, "huf", Some("1.00 HUF")),
            (i64::MAX, "mga", None),
        ] {
            let currency = Currency::parse(code).expect(code);
            assert_eq!(money(minor, currency).ok().map(|money| money.to_string()).as_deref(), expected, "{minor} {code}");
        }
    }

    #[test]
    fn amounts_take_the_currency_around_them_and_the_rest_stays() {
        let mut document = json!({
            "currency": "dkk", "total": 125_000, "fee": null, "quantity": 3, "metadata": {"total": 7},
            "lines": {"data": [{"amount": 1, "pricing": {"unit_amount_decimal": "33.333333333333"}, "percentage": 12.5}]},
            "balance_transaction": {"currency": "jpy", "net": 5},
        });
        assert_eq!(exact(&mut document), None);
        assert_eq!(
            document,
            json!({
                "currency": "dkk", "total": {"amount": "1250.00", "currency": "DKK"}, "fee": null, "quantity": 3, "metadata": {"total": 7},
                "lines": {"data": [{"amount": {"amount": "0.01", "currency": "DKK"}, "pricing": {"unit_amount_decimal": "0.33333333333333"}, "percentage": "12.5"}]},
                "balance_transaction": {"currency": "jpy", "net": {"amount": "5", "currency": "JPY"}},
            })
        );
    }

    #[test]
    fn an_amount_that_cannot_be_read_is_named() {
        for (document, field) in [
            (json!({"currency": "xyz", "total": 1}), "total"),
            (json!({"currency": "dkk", "net": 1.5}), "net"),
            (json!({"currency": "isk", "fee": 1}), "fee"),
        ] {
            assert_eq!(exact(&mut document.clone()).map(|error| error.field).as_deref(), Some(field));
        }
    }
}
