//! What Stripe's API description says of operations and shapes: names, types and limits.
//!
//! The two files are derived by `facts/derive.py`, which names their source and notation.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The API version whose shapes the sandbox speaks.
pub const API_VERSION: &str = "2026-10-28.endive";

#[derive(Debug)]
pub enum Type {
    Text {
        max: Option<usize>,
    },
    Integer,
    Boolean,
    Number,
    /// A decimal number written as text.
    Decimal,
    OneOf(Vec<String>),
    Free,
    /// Named fields, and the scalar that may stand in their place.
    Object(Fields, Option<Box<Type>>),
    List(Box<Type>),
    Map(Box<Type>),
    /// An id that can turn into an object of one of these kinds.
    Expandable(Vec<String>),
    /// An object of that kind, in place.
    Inline(String),
}

#[derive(Debug)]
pub struct Field {
    pub required: bool,
    /// An empty text unsets it (requests), or it may be null (answers).
    pub empty: bool,
    pub of: Type,
}

pub type Fields = BTreeMap<String, Field>;

#[derive(Debug)]
pub struct Operation {
    pub method: String,
    /// Such as `/v1/invoices/{invoice}`.
    pub template: String,
    pub params: Fields,
}

/// The operation that a method and path name, and the values of the path's holes.
pub fn operation<'a>(method: &str, path: &'a str) -> Option<(&'static Operation, Vec<&'a str>)> {
    let parts: Vec<&str> = path.split('/').collect();
    let candidates = operations().get(&(method.to_owned(), parts.len()))?;
    // Fixed names come before holes: `/v1/invoices/search` is not an invoice.
    candidates.iter().find_map(|operation| Some((operation, fit(&operation.template, &parts)?)))
}

#[cfg(test)]
pub fn every_operation() -> impl Iterator<Item = &'static Operation> {
    operations().values().flatten()
}

pub fn shape(kind: &str) -> Option<&'static Fields> {
    static SHAPES: OnceLock<BTreeMap<String, Fields>> = OnceLock::new();
    SHAPES.get_or_init(|| read(include_str!("facts/shapes.json"))).get(kind)
}

fn fit<'a>(template: &str, parts: &[&'a str]) -> Option<Vec<&'a str>> {
    let mut holes = Vec::new();
    for (wanted, given) in template.split('/').zip(parts) {
        if wanted.starts_with('{') && !given.is_empty() {
            holes.push(*given);
        } else if wanted != *given {
            return None;
        }
    }
    Some(holes)
}

type ByLength = BTreeMap<(String, usize), Vec<Operation>>;

fn operations() -> &'static ByLength {
    static OPERATIONS: OnceLock<ByLength> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let mut all = ByLength::new();
        for (name, params) in read(include_str!("facts/operations.json")) {
            let (method, template) = name.split_once(' ').expect("derive.py writes `METHOD path`");
            let key = (method.to_owned(), template.split('/').count());
            all.entry(key).or_default().push(Operation { method: method.into(), template: template.into(), params });
        }
        for same in all.values_mut() {
            same.sort_by_key(|operation| (operation.template.matches('{').count(), operation.template.clone()));
        }
        all
    })
}

fn read(text: &str) -> BTreeMap<String, Fields> {
    let all: Map<String, Value> = serde_json::from_str(text).expect("derive.py writes JSON objects");
    all.into_iter().map(|(name, value)| (name, fields(&value))).collect()
}

fn fields(value: &Value) -> Fields {
    let entries = value.as_object().into_iter().flatten().filter(|(name, _)| name.as_str() != "#");
    entries
        .map(|(name, of)| {
            let bare = name.trim_end_matches(['!', '?']);
            let marks = &name[bare.len()..];
            (bare.to_owned(), Field { required: marks.contains('!'), empty: marks.contains('?'), of: type_of(of) })
        })
        .collect()
}

fn type_of(value: &Value) -> Type {
    if let Some(code) = value.as_str() {
        let (head, rest) = code.split_once(':').unwrap_or((code, ""));
        let names = || rest.split('|').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        return match head {
            "s" => Type::Text { max: rest.parse().ok() },
            "i" => Type::Integer,
            "b" => Type::Boolean,
            "n" => Type::Number,
            "d" => Type::Decimal,
            "e" => Type::OneOf(names()),
            "x" => Type::Expandable(names()),
            "r" => Type::Inline(rest.to_owned()),
            _ => Type::Free,
        };
    }
    if let Some(of) = value.get("[]") {
        return Type::List(Box::new(type_of(of)));
    }
    if let Some(of) = value.get("*") {
        return Type::Map(Box::new(type_of(of)));
    }
    Type::Object(fields(value), value.get("#").map(|scalar| Box::new(type_of(scalar))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_names_come_before_holes() {
        let found = |method, path| operation(method, path).map(|(operation, holes)| (operation.template.as_str(), holes));
        assert_eq!(found("GET", "/v1/invoices/search"), Some(("/v1/invoices/search", vec![])));
        assert_eq!(found("GET", "/v1/invoices/in_1"), Some(("/v1/invoices/{invoice}", vec!["in_1"])));
        assert_eq!(found("GET", "/v1/invoices/"), None);
        assert_eq!(found("PUT", "/v1/invoices"), None);
    }

    #[test]
    fn every_object_that_expands_has_a_shape() {
        for kind in ["invoice", "line_item", "charge", "customer", "event"] {
            assert!(shape(kind).is_some_and(|fields| fields.contains_key("object")), "{kind}");
        }
    }
}
