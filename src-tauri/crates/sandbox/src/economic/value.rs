//! JSON documents by path, with exact numbers.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Number, Value};

pub type Document = Map<String, Value>;

/// No amount or price on the wire is larger; sums and products of those fit a decimal.
const LARGEST: i64 = 100_000_000_000;

pub fn at<'v>(document: &'v Document, path: &str) -> Option<&'v Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let value = document.get(first)?;
    match rest {
        None => Some(value),
        Some(rest) => at(value.as_object()?, rest),
    }
}

/// Sets a value, with the objects on the way to it.
pub fn put(document: &mut Document, path: &str, value: impl Into<Value>) {
    match path.split_once('.') {
        None => _ = document.insert(path.to_owned(), value.into()),
        Some((first, rest)) => {
            let inner = document.entry(first).or_insert_with(|| Value::Object(Document::new()));
            if !inner.is_object() {
                *inner = Value::Object(Document::new());
            }
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

pub fn text<'v>(document: &'v Document, path: &str) -> Option<&'v str> {
    at(document, path)?.as_str()
}

pub fn integer(document: &Document, path: &str) -> Option<u64> {
    at(document, path)?.as_u64()
}

pub fn flag(document: &Document, path: &str) -> bool {
    at(document, path).and_then(Value::as_bool).unwrap_or(false)
}

pub fn decimal_at(document: &Document, path: &str) -> Option<Decimal> {
    decimal(at(document, path)?)
}

pub fn date_at(document: &Document, path: &str) -> Option<NaiveDate> {
    date(text(document, path)?)
}

/// A date, or the date of a date and time.
pub fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}

/// The exact value of a JSON number, if it is one that books can hold.
pub fn decimal(value: &Value) -> Option<Decimal> {
    let Value::Number(number) = value else { return None };
    parse(&number.to_string())
}

pub fn parse(text: &str) -> Option<Decimal> {
    let value = text.parse().or_else(|_| Decimal::from_scientific(text)).ok()?;
    (-Decimal::from(LARGEST)..=Decimal::from(LARGEST)).contains(&value).then_some(value)
}

/// A JSON number with the digits that the decimal has.
pub fn number(value: Decimal) -> Value {
    value.to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}

/// An amount with two decimals.
pub fn amount(value: Decimal) -> Value {
    scaled(value, 2)
}

pub fn scaled(value: Decimal, scale: u32) -> Value {
    let mut value = round(value, scale);
    value.rescale(scale);
    number(value)
}

/// Half away from zero.
pub fn round(value: Decimal, scale: u32) -> Decimal {
    value.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero)
}

pub fn cents(value: Decimal) -> Decimal {
    round(value, 2)
}

/// An amount at a rate, which is the price of 100.
pub fn at_rate(value: Decimal, rate: Decimal) -> Decimal {
    cents(value * rate / Decimal::ONE_HUNDRED)
}
