//! Reading answers. Business Central writes blanks where others write null, and every
//! number is read from its own text.

use chrono::{DateTime, NaiveDate, Utc};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::text::unescape;

const NO_GUID: &str = "00000000-0000-0000-0000-000000000000";
const NO_DATE: &str = "0001-01-01";

/// One record's properties; unknown ones are ignored.
#[derive(Clone, Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub fn read(json: &str) -> Option<Self> {
        match serde_json::from_str(json) {
            Ok(Value::Object(map)) => Some(Self(map)),
            _ => None,
        }
    }

    /// `None` for blanks, empty GUIDs and anything that is no text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty() && *text != NO_GUID)
    }

    pub fn owned(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    /// A member of an enum, as people read it.
    pub fn member(&self, name: &str) -> Option<String> {
        self.text(name).map(unescape).filter(|member| !member.is_empty())
    }

    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        self.text(name).filter(|text| *text != NO_DATE)?.parse().ok()
    }

    pub fn instant(&self, name: &str) -> Option<DateTime<Utc>> {
        let text = self.text(name).filter(|text| !text.starts_with(NO_DATE))?;
        DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc))
    }

    pub fn decimal(&self, name: &str) -> Option<Decimal> {
        decimal(self.0.get(name)?)
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    pub fn currency(&self) -> Option<Currency> {
        Currency::parse(self.text("currencyCode")?).ok()
    }

    pub fn money(&self, name: &str, currency: Option<Currency>) -> Option<Money> {
        Money::exact(self.decimal(name)?, currency?).ok()
    }

    pub fn list(&self, name: &str) -> Vec<Self> {
        let items = self.0.get(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_object().cloned().map(Self)).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A property as one canonical text, for comparing and for versions.
    pub fn canonical(&self, name: &str) -> String {
        match self.0.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::Number(_)) => self.decimal(name).map(|number| number.normalize().to_string()).unwrap_or_default(),
            Some(Value::String(text)) if text == NO_GUID || text == NO_DATE => String::new(),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(other) => other.to_string(),
        }
    }
}

/// From the number's own text, never through a float.
fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_nothing_and_numbers_are_exact() {
        let fields = Fields::read(
            r#"{"a":"","b":"00000000-0000-0000-0000-000000000000","c":"0001-01-01","d":"0001-01-01T00:00:00Z","e":"_x0020_","f":null,
                "n":0.1000000000000000055,"m":4.2e1,"x":99.97,"currencyCode":"DKK","big":123456789012345678901234567890123}"#,
        )
        .expect("an object");
        for name in ["a", "b", "f", "nope", "n"] {
            assert_eq!(fields.text(name), None, "{name}");
        }
        assert_eq!((fields.date("c"), fields.instant("d"), fields.member("e")), (None, None, None));
        assert_eq!(fields.decimal("n").map(|n| n.to_string()).as_deref(), Some("0.1000000000000000055"));
        assert_eq!(fields.canonical("m"), "42");
        assert_eq!(fields.money("x", fields.currency()).map(Money::minor), Some(9_997));
        assert_eq!((fields.money("n", fields.currency()), fields.decimal("big")), (None, None), "what does not fit is unknown, not clipped");
    }
}
