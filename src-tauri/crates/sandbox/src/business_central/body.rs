//! Request bodies: JSON checked against an entity, with nested children.

use super::facts::{Entity, Navigation, facts};
use super::fault::Fault;
use super::guid::Guid;
use super::value::{Kind, Value, blank_date};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Deepest nesting of children that is read.
const DEEPEST: usize = 4;

#[derive(Debug, Default)]
pub struct Body {
    values: BTreeMap<&'static str, Value>,
    pub children: Vec<(&'static Navigation, Vec<Body>)>,
}

impl Body {
    pub fn read(entity: &'static Entity, bytes: &[u8]) -> Result<Self, Fault> {
        let json: Json = serde_json::from_slice(bytes).map_err(|_| Fault::bad_request("Invalid Request Body"))?;
        Self::from_json(entity, &json, 0)
    }

    pub fn from_json(entity: &'static Entity, json: &Json, depth: usize) -> Result<Self, Fault> {
        let Json::Object(members) = json else { return Err(Fault::bad_request("Invalid Request Body")) };
        if depth > DEEPEST {
            return Err(Fault::bad_request("The request body is nested too deeply."));
        }
        let mut body = Self::default();
        for (name, json) in members {
            if name.contains("@odata.") || name.starts_with("odata.") {
                continue;
            }
            if let Some(navigation) = entity.navigation(name) {
                body.children.push((navigation, Self::read_children(navigation, json, depth)?));
                continue;
            }
            let unknown = || {
                let text = format!(
                    "The property '{name}' does not exist on type 'Microsoft.NAV.{}'. Make sure to only use property names that are defined by the type.",
                    entity.name
                );
                Fault::bad_request(text.chars().take(300).collect::<String>())
            };
            let property = entity.property(name).ok_or_else(unknown)?;
            if property.read_only || property.kind == Kind::Stream {
                return Err(Fault::read_only(property.name));
            }
            body.values.insert(property.name, property.kind.read(property.name, json)?);
        }
        Ok(body)
    }

    fn read_children(navigation: &'static Navigation, json: &Json, depth: usize) -> Result<Vec<Self>, Fault> {
        let target = facts().entity(navigation.set).ok_or_else(|| Fault::bad_request("Invalid Request Body"))?;
        match json {
            Json::Array(items) if navigation.many => items.iter().map(|item| Self::from_json(target, item, depth + 1)).collect(),
            object @ Json::Object(_) if !navigation.many => Ok(vec![Self::from_json(target, object, depth + 1)?]),
            _ => Err(Fault::bad_request(format!("The value of '{}' does not fit its navigation property.", navigation.name))),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.values.insert(name, value.into());
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A text that is neither missing nor blank.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|text| !text.is_empty())
    }

    pub fn guid(&self, name: &str) -> Option<Guid> {
        match self.values.get(name) {
            Some(Value::Guid(guid)) => Some(*guid),
            _ => None,
        }
    }

    /// An id that is neither missing nor blank.
    pub fn id(&self, name: &str) -> Option<Guid> {
        self.guid(name).filter(|guid| !guid.is_blank())
    }

    pub fn number(&self, name: &str) -> Option<Decimal> {
        match self.values.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A date that is neither missing nor blank.
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        match self.values.get(name) {
            Some(Value::Date(date)) if *date != blank_date() => Some(*date),
            _ => None,
        }
    }

    pub fn whole(&self, name: &str) -> Option<i64> {
        match self.values.get(name) {
            Some(Value::Whole(whole)) => Some(*whole),
            _ => None,
        }
    }

    /// Every value that was sent.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.values.iter().map(|(name, value)| (*name, value))
    }
}
