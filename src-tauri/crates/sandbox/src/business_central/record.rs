//! One row: its values by property name, its version and its stamp.

use super::guid::Guid;
use super::value::{Value, blank_date};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// A row. Values that no property shows (posting groups, what a draft became) live
/// beside the others under names of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub id: Guid,
    /// Moves with each write, over all rows of a company.
    pub version: u64,
    /// Reads that rewrote the row: they move its tag, not its stamp.
    pub reads: u32,
    pub created: DateTime<Utc>,
    pub modified: DateTime<Utc>,
    values: BTreeMap<&'static str, Value>,
}

impl Record {
    pub fn new(id: Guid, now: DateTime<Utc>) -> Self {
        Self { id, version: 0, reads: 0, created: now, modified: now, values: BTreeMap::new() }
    }

    /// The same values in a row of its own.
    pub fn copied_to(&self, id: Guid, now: DateTime<Utc>) -> Self {
        Self { values: self.values.clone(), ..Self::new(id, now) }
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Blanks are not kept: a value that is not there reads as the blank of its type.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        if value.is_blank() {
            self.values.remove(name);
        } else {
            self.values.insert(name, value);
        }
    }

    pub fn text(&self, name: &str) -> &str {
        match self.values.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub fn guid(&self, name: &str) -> Guid {
        match self.values.get(name) {
            Some(Value::Guid(guid)) => *guid,
            _ => Guid::default(),
        }
    }

    pub fn date(&self, name: &str) -> NaiveDate {
        match self.values.get(name) {
            Some(Value::Date(date)) => *date,
            _ => blank_date(),
        }
    }

    pub fn number(&self, name: &str) -> Decimal {
        match self.values.get(name) {
            Some(Value::Number(number)) => *number,
            _ => Decimal::ZERO,
        }
    }

    pub fn whole(&self, name: &str) -> i64 {
        match self.values.get(name) {
            Some(Value::Whole(whole)) => *whole,
            _ => 0,
        }
    }

    pub fn flag(&self, name: &str) -> bool {
        matches!(self.values.get(name), Some(Value::Flag(true)))
    }

    /// `W/"…"`: base64 of a length, the row version and a tail; opaque to clients.
    pub fn etag(&self) -> String {
        use base64::Engine;
        let inner = format!("'20;{:014}{:06};00;'", self.version, self.reads);
        format!("W/\"{}\"", base64::engine::general_purpose::STANDARD.encode(inner))
    }
}

/// What a tag says: row version and reads. `None`: it was never one of ours.
pub fn read_etag(tag: &str) -> Option<(u64, u32)> {
    use base64::Engine;
    let inner = tag.trim().strip_prefix("W/\"")?.strip_suffix('"')?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(inner).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let digits = text.strip_prefix("'20;")?.strip_suffix(";00;'")?;
    if digits.len() != 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((digits.get(..14)?.parse().ok()?, digits.get(14..)?.parse().ok()?))
}
