//! From what is stored to what is shown: every declared field present, hidden ones left out.
//!
//! Objects are stored sparsely, with only the fields that say something. Names that begin with `_`
//! are the sandbox's own and never shown.

use super::facts::{self, Field, Fields, Type};
use serde_json::{Map, Value};

/// Completes an object of a kind: what must be there and is not becomes null, zero, false or empty.
pub fn complete(kind: &str, stored: &Map<String, Value>) -> Map<String, Value> {
    match facts::shape(kind) {
        Some(fields) => object(fields, stored),
        None => stored.clone(),
    }
}

fn object(fields: &Fields, given: &Map<String, Value>) -> Map<String, Value> {
    let mut shown = Map::new();
    for (name, field) in fields {
        match given.get(name) {
            Some(value) => _ = shown.insert(name.clone(), completed(&field.of, value)),
            None if field.required => _ = shown.insert(name.clone(), absent(field)),
            None => {}
        }
    }
    for (name, value) in given {
        if !name.starts_with('_') && !fields.contains_key(name) {
            shown.insert(name.clone(), value.clone());
        }
    }
    shown
}

fn completed(of: &Type, value: &Value) -> Value {
    match (of, value) {
        (Type::Object(fields, _), Value::Object(given)) => Value::Object(object(fields, given)),
        (Type::Inline(kind), Value::Object(given)) => Value::Object(complete(kind, given)),
        (Type::List(inner), Value::Array(entries)) => entries.iter().map(|entry| completed(inner, entry)).collect(),
        _ => value.clone(),
    }
}

fn absent(field: &Field) -> Value {
    match &field.of {
        _ if field.empty => Value::Null,
        Type::Boolean => false.into(),
        Type::Integer | Type::Number => 0.into(),
        Type::List(_) => Value::Array(Vec::new()),
        Type::Map(_) => Value::Object(Map::new()),
        Type::Object(fields, _) => Value::Object(object(fields, &Map::new())),
        Type::OneOf(one) if one.len() == 1 => one.first().map_or(Value::Null, |only| only.as_str().into()),
        _ => Value::Null,
    }
}

/// Where a shown object departs from the facts of its kind; empty when it does not.
pub fn departures(kind: &str, shown: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match facts::shape(kind) {
        Some(fields) => compare_object(fields, shown, kind, &mut found),
        None => found.push(format!("{kind} has no facts")),
    }
    found
}

/// The same for a whole answer: an object that names its kind, the stub of a deleted one, or a page of them.
pub fn answer_departures(answer: &Value) -> Vec<String> {
    match answer["object"].as_str() {
        Some("list" | "search_result") => answer["data"].as_array().into_iter().flatten().flat_map(answer_departures).collect(),
        Some(kind) if answer["deleted"] == true => departures(&format!("deleted_{kind}"), answer),
        Some(kind) => departures(kind, answer),
        None => vec!["the answer does not name its kind".into()],
    }
}

fn compare_object(fields: &Fields, shown: &Value, at: &str, found: &mut Vec<String>) {
    let Some(map) = shown.as_object() else {
        return found.push(format!("{at} is not an object"));
    };
    for (name, field) in fields {
        match map.get(name) {
            None if field.required => found.push(format!("{at}.{name} is missing")),
            Some(Value::Null) if !field.empty => found.push(format!("{at}.{name} is null")),
            Some(Value::Null) | None => {}
            Some(value) => compare(&field.of, value, &format!("{at}.{name}"), found),
        }
    }
    found.extend(map.keys().filter(|name| !fields.contains_key(*name)).map(|name| format!("{at}.{name} is unknown")));
}

fn compare(of: &Type, value: &Value, at: &str, found: &mut Vec<String>) {
    let fits = match of {
        Type::Object(fields, _) => return compare_object(fields, value, at, found),
        Type::Inline(kind) if facts::shape(kind).is_some() => return found.extend(departures(kind, value)),
        Type::Expandable(kinds) => match value.get("object").and_then(Value::as_str) {
            Some(kind) if kinds.iter().any(|one| one.trim_start_matches("deleted_") == kind) => {
                let deleted = value.get("deleted") == Some(&Value::Bool(true));
                let kind = if deleted { format!("deleted_{kind}") } else { kind.to_owned() };
                return found.extend(departures(&kind, value));
            }
            _ => value.is_string(),
        },
        Type::List(inner) => match value.as_array() {
            Some(entries) => return entries.iter().for_each(|entry| compare(inner, entry, at, found)),
            None => false,
        },
        Type::Map(_) => value.is_object(),
        Type::Text { max } => value.as_str().is_some_and(|text| max.is_none_or(|max| text.chars().count() <= max)),
        Type::Decimal => value.as_str().is_some_and(|text| text.parse::<rust_decimal::Decimal>().is_ok()),
        Type::Integer => value.as_i64().is_some(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::OneOf(allowed) => value.as_str().is_some_and(|text| allowed.iter().any(|one| one == text)),
        Type::Inline(_) | Type::Free => true,
    };
    if !fits {
        found.push(format!("{at} is {value}"));
    }
}
