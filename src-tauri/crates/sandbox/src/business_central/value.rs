//! Property values: their wire form, their blanks, and what the service accepts.

use super::fault::Fault;
use super::guid::Guid;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::fmt::Write;

/// Largest amount that a field takes; far above any real one, and far below overflow.
const LARGEST: i64 = 1_000_000_000_000;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Text(String),
    Guid(Guid),
    Date(NaiveDate),
    Instant(DateTime<Utc>),
    Number(Decimal),
    Whole(i64),
    Flag(bool),
}

/// An `Edm` type with the limits that the AL field behind it sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Text(Option<usize>),
    /// AL `Code`: stored upper-cased and trimmed.
    Code(usize),
    Guid,
    Date,
    Instant,
    Decimal,
    Int32,
    Int64,
    Bool,
    Enum(&'static EnumType),
    Stream,
}

#[derive(Debug, PartialEq, Eq)]
pub struct EnumType {
    pub name: &'static str,
    /// Wire names, in the order of the AL enum.
    pub members: Vec<&'static str>,
}

impl Kind {
    /// Business Central answers blanks, hardly ever null.
    pub fn blank(&self) -> Value {
        match self {
            Self::Text(_) | Self::Code(_) | Self::Stream => Value::Text(String::new()),
            Self::Guid => Value::Guid(Guid::default()),
            Self::Date => Value::Date(blank_date()),
            Self::Instant => Value::Instant(blank_instant()),
            Self::Decimal => Value::Number(Decimal::ZERO),
            Self::Int32 | Self::Int64 => Value::Whole(0),
            Self::Bool => Value::Flag(false),
            Self::Enum(of) => Value::Text(of.members.first().copied().unwrap_or_default().into()),
        }
    }

    pub fn edm(&self) -> String {
        match self {
            Self::Text(_) | Self::Code(_) => "Edm.String".into(),
            Self::Guid => "Edm.Guid".into(),
            Self::Date => "Edm.Date".into(),
            Self::Instant => "Edm.DateTimeOffset".into(),
            Self::Decimal => "Edm.Decimal".into(),
            Self::Int32 => "Edm.Int32".into(),
            Self::Int64 => "Edm.Int64".into(),
            Self::Bool => "Edm.Boolean".into(),
            Self::Enum(of) => format!("Microsoft.NAV.{}", of.name),
            Self::Stream => "Edm.Stream".into(),
        }
    }

    /// Reads a JSON value for the property `name`.
    pub fn read(&self, name: &str, json: &Json) -> Result<Value, Fault> {
        match (self, json) {
            (_, Json::Null) => Ok(self.blank()),
            (Self::Text(limit), Json::String(text)) => bounded(name, text.clone(), *limit),
            (Self::Code(limit), Json::String(text)) => bounded(name, fold_code(text), Some(*limit)),
            (Self::Enum(of), Json::String(text)) => of.member(text),
            (Self::Guid, Json::String(text)) => Guid::parse(text).map(Value::Guid).ok_or_else(|| Fault::literal(text, self)),
            (Self::Date, Json::String(text)) => read_date(text).map(Value::Date).ok_or_else(|| Fault::literal(text, self)),
            (Self::Instant, Json::String(text)) => read_instant(text).map(Value::Instant).ok_or_else(|| Fault::literal(text, self)),
            (Self::Decimal, Json::Number(number)) => {
                read_decimal(&number.to_string()).map(Value::Number).ok_or_else(|| Fault::literal(&number.to_string(), self))
            }
            (Self::Int32, Json::Number(number)) => {
                number.as_i64().filter(|n| i32::try_from(*n).is_ok()).map(Value::Whole).ok_or_else(|| Fault::literal(&number.to_string(), self))
            }
            (Self::Int64, Json::Number(number)) => number.as_i64().map(Value::Whole).ok_or_else(|| Fault::literal(&number.to_string(), self)),
            (Self::Bool, Json::Bool(flag)) => Ok(Value::Flag(*flag)),
            (_, other) => Err(Fault::literal(&other.to_string(), self)),
        }
    }
}

impl EnumType {
    pub fn member(&self, text: &str) -> Result<Value, Fault> {
        match self.members.iter().find(|member| **member == text) {
            Some(member) => Ok(Value::Text((*member).into())),
            None => Err(Fault::unknown(format!("'{text}' is not an option. The existing options are: {}", self.members.join(",")))),
        }
    }
}

impl Value {
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty() || text == "_x0020_",
            Self::Guid(guid) => guid.is_blank(),
            Self::Date(date) => *date == blank_date(),
            Self::Instant(instant) => *instant == blank_instant(),
            Self::Number(number) => number.is_zero(),
            Self::Whole(whole) => *whole == 0,
            Self::Flag(flag) => !flag,
        }
    }

    pub fn write_json(&self, out: &mut String) {
        match self {
            Self::Text(text) => write_json_text(out, text),
            Self::Guid(guid) => {
                let _ = write!(out, "\"{guid}\"");
            }
            Self::Date(date) => {
                let _ = write!(out, "\"{}\"", date.format("%Y-%m-%d"));
            }
            Self::Instant(instant) => {
                let _ = write!(out, "\"{}\"", wire_instant(*instant));
            }
            Self::Number(number) => {
                let _ = write!(out, "{}", number.normalize());
            }
            Self::Whole(whole) => {
                let _ = write!(out, "{whole}");
            }
            Self::Flag(flag) => {
                let _ = write!(out, "{flag}");
            }
        }
    }

    /// Text whose order is the order of the values.
    pub fn write_sort_key(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Guid(guid) => {
                let _ = write!(out, "{guid}");
            }
            Self::Date(date) => {
                let _ = write!(out, "{}", date.format("%Y-%m-%d"));
            }
            Self::Instant(instant) => {
                let _ = write!(out, "{:020}", instant.timestamp_millis());
            }
            Self::Number(number) => {
                let _ = write!(out, "{number:030.5}");
            }
            Self::Whole(whole) => {
                let _ = write!(out, "{whole:020}");
            }
            Self::Flag(flag) => out.push(if *flag { '1' } else { '0' }),
        }
    }
}

pub fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

pub fn blank_date() -> NaiveDate {
    NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN)
}

pub fn blank_instant() -> DateTime<Utc> {
    blank_date().and_time(chrono::NaiveTime::MIN).and_utc()
}

/// Upper-cased and trimmed at the right; leading blanks go too, as AL does on assignment.
pub fn fold_code(text: &str) -> String {
    text.trim_matches(' ').to_uppercase()
}

/// The wire name of an enum member: characters outside `[A-Za-z0-9_]` as `_xHHHH_`, a blank caption as `_x0020_`.
pub fn escape_member(caption: &str) -> String {
    if caption.is_empty() {
        return "_x0020_".into();
    }
    let mut out = String::new();
    for c in caption.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            out.push(c);
        } else {
            let _ = write!(out, "_x{:04X}_", u32::from(c));
        }
    }
    out
}

/// The caption of a wire name.
pub fn plain(member: &str) -> String {
    let mut parts = member.split("_x");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let code = part.split_once('_').and_then(|(hex, rest)| Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, rest)));
        match code {
            Some((character, rest)) => {
                out.push(character);
                out.push_str(rest);
            }
            None => {
                out.push_str("_x");
                out.push_str(part);
            }
        }
    }
    out
}

pub fn read_date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

pub fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc))
}

/// Exact, never through a float; five decimals are kept, as AL stores them.
pub fn read_decimal(text: &str) -> Option<Decimal> {
    let number = text.parse::<Decimal>().ok().or_else(|| Decimal::from_scientific(text).ok())?;
    (number.abs() <= Decimal::from(LARGEST)).then(|| round(number, 5))
}

/// Half away from zero, as Business Central rounds.
pub fn round(number: Decimal, decimals: u32) -> Decimal {
    number.round_dp_with_strategy(decimals, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
}

pub fn wire_instant(at: DateTime<Utc>) -> String {
    let text = at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    let text = text.trim_end_matches('0').trim_end_matches('.');
    // Trimming zeros must not eat into whole seconds such as `10:20:00`.
    let whole = at.format("%Y-%m-%dT%H:%M:%S").to_string();
    format!("{}Z", if text.len() < whole.len() { whole.as_str() } else { text })
}

fn bounded(name: &str, text: String, limit: Option<usize>) -> Result<Value, Fault> {
    let length = text.chars().count();
    match limit {
        Some(limit) if length > limit => Err(Fault::too_long(name, length, limit, &text)),
        _ => Ok(Value::Text(text)),
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<Guid> for Value {
    fn from(guid: Guid) -> Self {
        Self::Guid(guid)
    }
}
impl From<NaiveDate> for Value {
    fn from(date: NaiveDate) -> Self {
        Self::Date(date)
    }
}
impl From<DateTime<Utc>> for Value {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Instant(at)
    }
}
impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}
impl From<i64> for Value {
    fn from(whole: i64) -> Self {
        Self::Whole(whole)
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}
