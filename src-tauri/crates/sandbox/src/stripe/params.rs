//! Parameters checked against the facts of their operation and turned into typed values.

use super::error::{ApiError, Result};
use super::facts::{Fields, Type};
use super::form::{Form, Key};
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// Largest metadata, from `docs: Metadata`.
const METADATA_PAIRS: usize = 50;
const METADATA_KEY: usize = 40;
const METADATA_VALUE: usize = 500;

pub type Params = Map<String, Value>;

/// Checks names, types, limits and presence. An empty text that unsets its field becomes null.
pub fn check(given: &BTreeMap<Key, Form>, known: &Fields) -> Result<Params> {
    object(given, known, "")
}

fn object(given: &BTreeMap<Key, Form>, known: &Fields, at: &str) -> Result<Params> {
    let mut checked = Params::new();
    for (key, form) in given {
        let name = key.name();
        let full = join(at, &name);
        let Some(field) = known.get(&name) else {
            let message = format!("Received unknown parameter: {full}");
            return Err(ApiError::invalid(Some("parameter_unknown"), message, Some(&full)));
        };
        let value = match form {
            Form::Text(text) if text.is_empty() && field.empty => Value::Null,
            form if name == "metadata" => metadata(form, &full)?,
            form => value(form, &field.of, &full)?,
        };
        checked.insert(name, value);
    }
    for (name, field) in known {
        if field.required && !checked.contains_key(name) {
            let full = join(at, name);
            return Err(ApiError::invalid(Some("parameter_missing"), format!("Missing required param: {full}."), Some(&full)));
        }
    }
    Ok(checked)
}

fn value(form: &Form, of: &Type, at: &str) -> Result<Value> {
    match (form, of) {
        (Form::Tree(given), Type::Object(known, _)) => object(given, known, at).map(Value::Object),
        (Form::Tree(given), Type::Map(inner)) => {
            let entries = given.iter().map(|(key, form)| {
                let name = key.name();
                let checked = value(form, inner, &join(at, &name))?;
                Ok((name, checked))
            });
            entries.collect::<Result<Params>>().map(Value::Object)
        }
        (Form::Tree(given), Type::List(inner)) => {
            let entries = given.iter().map(|(key, form)| match key {
                Key::Index(n) => value(form, inner, &join(at, &n.to_string())),
                Key::Name(_) => Err(ApiError::invalid(None, format!("Invalid array: {at}"), Some(at))),
            });
            entries.collect::<Result<Vec<Value>>>().map(Value::Array)
        }
        (Form::Text(text), Type::Object(_, Some(scalar))) => scalar_value(text, scalar, at),
        (Form::Text(text), Type::Object(..) | Type::Map(_)) if text.is_empty() => Ok(Value::Object(Params::new())),
        (Form::Text(_), Type::Object(..) | Type::Map(_)) => Err(ApiError::invalid(None, "Invalid object", Some(at))),
        (Form::Text(_), Type::List(_)) => Err(ApiError::invalid(None, "Invalid array", Some(at))),
        (Form::Text(text), scalar) => scalar_value(text, scalar, at),
        (Form::Tree(_), _) => Err(ApiError::invalid(None, format!("Invalid string: {at} is not an object."), Some(at))),
    }
}

fn scalar_value(text: &str, of: &Type, at: &str) -> Result<Value> {
    let shown: String = text.chars().take(100).collect();
    if text.is_empty() {
        let message = format!(
            "You passed an empty string for '{at}'. We assume empty values are an attempt to unset a parameter; however '{at}' cannot be unset."
        );
        return Err(ApiError::invalid(Some("parameter_invalid_empty"), message, Some(at)));
    }
    match of {
        Type::Integer => match text.parse::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => Err(ApiError::invalid(Some("parameter_invalid_integer"), format!("Invalid integer: {shown}"), Some(at))),
        },
        Type::Boolean => match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(ApiError::invalid(None, format!("Invalid boolean: {shown}"), Some(at))),
        },
        Type::Number => match text.parse::<Decimal>() {
            Ok(number) => Ok(number_value(number)),
            Err(_) => Err(ApiError::invalid(None, format!("Invalid decimal: {shown}"), Some(at))),
        },
        Type::Decimal if text.parse::<Decimal>().is_err() => Err(ApiError::invalid(None, format!("Invalid decimal: {shown}"), Some(at))),
        Type::OneOf(allowed) if !allowed.iter().any(|one| one == text) => {
            let message = format!("Invalid {at}: must be one of {}", allowed.join(", "));
            Err(ApiError::invalid(None, message, Some(at)))
        }
        Type::Text { max: Some(max) } if text.chars().count() > *max => {
            let message = format!("Invalid string: {shown}; must be at most {max} characters");
            Err(ApiError::invalid(None, message, Some(at)))
        }
        _ => Ok(text.into()),
    }
}

/// Metadata keeps its empty values: on an update they delete their key.
fn metadata(form: &Form, at: &str) -> Result<Value> {
    let Form::Tree(given) = form else {
        return Err(ApiError::invalid(None, "Invalid object", Some(at)));
    };
    let mut checked = Params::new();
    for (key, form) in given {
        let name = key.name();
        let full = join(at, &name);
        let Form::Text(text) = form else {
            return Err(ApiError::invalid(None, "Metadata values must be strings.", Some(&full)));
        };
        if name.is_empty() || name.chars().count() > METADATA_KEY {
            return Err(ApiError::invalid(None, format!("Metadata keys may have up to {METADATA_KEY} characters."), Some(&full)));
        }
        if text.chars().count() > METADATA_VALUE {
            return Err(ApiError::invalid(None, format!("Metadata values may have up to {METADATA_VALUE} characters."), Some(&full)));
        }
        checked.insert(name, text.as_str().into());
    }
    Ok(Value::Object(checked))
}

/// Merges a metadata parameter into what an object has: empty values delete, null clears all.
pub fn merge_metadata(into: &mut Map<String, Value>, change: &Value) -> Result<()> {
    let Some(change) = change.as_object() else {
        into.clear();
        return Ok(());
    };
    for (key, value) in change {
        match value.as_str() {
            Some("") => _ = into.remove(key),
            _ => _ = into.insert(key.clone(), value.clone()),
        }
    }
    if into.len() > METADATA_PAIRS {
        let message = format!("Metadata may have up to {METADATA_PAIRS} keys.");
        return Err(ApiError::invalid(None, message, Some("metadata")));
    }
    Ok(())
}

/// A JSON number with exactly these digits.
pub fn number_value(number: Decimal) -> Value {
    number.normalize().to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}[{name}]") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::{facts, form};

    fn checked(path: &str, text: &str) -> Result<Value> {
        let method = if path.ends_with("/search") { "GET" } else { "POST" };
        let (operation, _) = facts::operation(method, path).expect("a known operation");
        let mut tree = BTreeMap::new();
        form::read(text, &mut tree)?;
        check(&tree, &operation.params).map(Value::Object)
    }

    #[test]
    fn unknown_missing_and_wrong_parameters_are_told_apart() {
        let code = |path, text| checked(path, text).map_err(|error| (error.code, error.param)).unwrap_err();
        assert_eq!(code("/v1/invoices/in_1", "foo[bar]=1"), (Some("parameter_unknown"), Some("foo".into())));
        assert_eq!(code("/v1/invoiceitems", "period[x]=1"), (Some("parameter_unknown"), Some("period[x]".into())));
        assert_eq!(code("/v1/tax_rates", "percentage=25"), (Some("parameter_missing"), Some("display_name".into())));
        assert_eq!(code("/v1/invoices", "days_until_due=ten"), (Some("parameter_invalid_integer"), Some("days_until_due".into())));
        assert_eq!(code("/v1/invoices", "customer="), (Some("parameter_invalid_empty"), Some("customer".into())));
    }

    #[test]
    fn values_come_out_typed() {
        let value = checked("/v1/invoices", "customer=cus_1&auto_advance=false&days_until_due=14&metadata[a]=1&expand[]=customer").unwrap();
        let expected =
            serde_json::json!({ "customer": "cus_1", "auto_advance": false, "days_until_due": 14, "metadata": { "a": "1" }, "expand": ["customer"] });
        assert_eq!(value, expected);
    }

    #[test]
    fn metadata_merges_key_by_key() {
        let mut have = serde_json::json!({ "a": "1", "b": "2" }).as_object().cloned().unwrap_or_default();
        merge_metadata(&mut have, &serde_json::json!({ "b": "", "c": "3" })).unwrap();
        assert_eq!(Value::Object(have.clone()), serde_json::json!({ "a": "1", "c": "3" }));
        merge_metadata(&mut have, &Value::Null).unwrap();
        assert!(have.is_empty());
        let many: Params = (0..51).map(|n| (n.to_string(), "x".into())).collect();
        assert!(merge_metadata(&mut have, &Value::Object(many)).is_err());
    }
}
