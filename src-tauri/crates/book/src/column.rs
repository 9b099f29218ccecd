//! How values stand in columns: instants, dates, money, JSON.

use ::drafts::{Draft, State};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use money::{Currency, Money};
use rusqlite::Row;
use serde::{Serialize, de::DeserializeOwned};

use crate::{BookError, Result};

/// Text of one width, so that it sorts as time does.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

pub fn instant(text: &str) -> Result<DateTime<Utc>> {
    let read = DateTime::parse_from_rfc3339(text).map_err(|_| BookError::damaged("an instant"))?;
    Ok(read.with_timezone(&Utc))
}

pub fn instant_at(row: &Row<'_>, name: &str) -> Result<DateTime<Utc>> {
    instant(&row.get::<_, String>(name)?)
}

pub fn maybe_instant(row: &Row<'_>, name: &str) -> Result<Option<DateTime<Utc>>> {
    row.get::<_, Option<String>>(name)?.map(|text| instant(&text)).transpose()
}

pub fn date(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|_| BookError::damaged("a date"))
}

pub fn count(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| BookError::damaged("a count"))
}

/// The columns `amount`, `currency`, `exponent`.
pub type MoneyColumns = (Option<i64>, Option<String>, Option<u32>);

pub fn columns(money: Option<Money>) -> MoneyColumns {
    match money {
        None => (None, None, None),
        Some(money) => (Some(money.minor()), Some(money.currency().code().to_owned()), Some(money.currency().exponent())),
    }
}

/// The amount in column `name`, in the row's currency.
pub fn money(row: &Row<'_>, name: &str) -> Result<Option<Money>> {
    let Some(minor) = row.get::<_, Option<i64>>(name)? else { return Ok(None) };
    let (code, exponent): (Option<String>, Option<u32>) = (row.get("currency")?, row.get("exponent")?);
    let currency = code.and_then(|code| Currency::parse(&code).ok()).ok_or_else(|| BookError::damaged("a currency"))?;
    if exponent != Some(currency.exponent()) {
        return Err(BookError::damaged("the decimals of an amount"));
    }
    Ok(Some(Money::new(minor, currency)))
}

pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| BookError::damaged("a value that cannot be written as JSON"))
}

pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| BookError::damaged("a stored document"))
}

pub fn json_at<T: DeserializeOwned>(row: &Row<'_>, name: &str) -> Result<Option<T>> {
    row.get::<_, Option<String>>(name)?.map(|text| from_json(&text)).transpose()
}

pub fn draft_at(row: &Row<'_>, name: &str) -> Result<Draft> {
    from_json(&row.get::<_, String>(name)?)
}

pub fn state_at(row: &Row<'_>, name: &str) -> Result<State> {
    State::named(&row.get::<_, String>(name)?).ok_or_else(|| BookError::damaged("a state"))
}
