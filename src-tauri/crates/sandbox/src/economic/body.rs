//! What a body may say: types and limits first, then what must be there. References are for those who know the agreement.
//!
//! Read-only and unknown properties are ignored, an explicit null and a zero where numbers start at one are not,
//! enums are case-strict: docs/legacy-api-verification.md of github.com/Pogoe/EConomic.NET.

use super::facts::{Kind, Property, Shape, Write};
use super::fault::{Fault, Problem};
use super::keys;
use super::value::{Document, date, decimal, number};
use serde_json::Value;

/// Reports of one body end here.
const MOST_PROBLEMS: usize = 50;
/// Objects that take no more than this beside their key are references.
const REFERENCE_SIZE: usize = 4;

/// What the body says, in the words of the shape: only what is known and writable, references by their key.
pub fn take(shape: &Shape, write: Write, body: &Document) -> Result<Document, Fault> {
    let mut reading = Reading { shape, write, problems: Vec::new(), missing: Vec::new() };
    let taken = reading.object("", "", body);
    for problems in [reading.problems, reading.missing] {
        if !problems.is_empty() {
            return Err(Fault::validation(problems));
        }
    }
    Ok(taken)
}

struct Reading<'s> {
    shape: &'s Shape,
    write: Write,
    problems: Vec<Problem>,
    missing: Vec<Problem>,
}

impl Reading<'_> {
    /// `holder` is the path in the shape (`lines[]`), `place` the one in the body (`lines[3]`).
    fn object(&mut self, holder: &str, place: &str, given: &Document) -> Document {
        let mut taken = Document::new();
        let shape = self.shape;
        for property in shape.inside(holder) {
            let place = if place.is_empty() { property.name.to_owned() } else { format!("{place}.{}", property.name) };
            match given.get(property.name) {
                Some(value) if property.takes(self.write) => {
                    if let Some(value) = self.value(property, &place, value) {
                        taken.insert(property.name.to_owned(), value);
                    }
                }
                None if property.requires(self.write) => self.missing(&place),
                _ => {}
            }
        }
        taken
    }

    fn value(&mut self, property: &Property, place: &str, value: &Value) -> Option<Value> {
        match (property.kind, value) {
            (_, Value::Null) => return self.wrong(place, format!("Expected {} but got Null.", named(property.kind))),
            (Kind::Text, Value::String(text)) => self.text(property, place, text)?,
            (Kind::Date, Value::String(text)) if date(text).is_some_and(|day| day.to_string() == *text) => {}
            (Kind::Instant, Value::String(text)) if date(text).is_some() => {}
            (Kind::Date | Kind::Instant, Value::String(text)) => return self.wrong(place, format!("String '{text}' is not a date.")),
            (Kind::Integer, Value::Number(_)) => {
                self.number(property, place, value)?;
                return decimal(value).map(|exact| number(exact.trunc().normalize()));
            }
            (Kind::Number, Value::Number(_)) => self.number(property, place, value)?,
            (Kind::Flag, Value::Bool(_)) => {}
            (Kind::Object, Value::Object(inner)) => return self.inner(property, place, inner),
            (Kind::List, Value::Array(items)) => return self.list(property, place, items),
            (kind, other) => return self.wrong(place, format!("Expected {} but got {}.", named(kind), shown(other))),
        }
        Some(value.clone())
    }

    fn text(&mut self, property: &Property, place: &str, text: &str) -> Option<()> {
        if !property.values.is_empty() && !property.values.contains(&text) {
            return self.wrong(place, format!("Value \"{text}\" is not one of: {}.", property.values.join(", ")));
        }
        let length = text.chars().count();
        match property.length {
            Some((least, _)) if length < least => self.wrong(place, format!("String '{text}' is less than minimum length of {least}.")),
            Some((_, most)) if length > most => self.wrong(place, format!("String of length {length} exceeds maximum length of {most}.")),
            _ => Some(()),
        }
    }

    fn number(&mut self, property: &Property, place: &str, value: &Value) -> Option<()> {
        let Some(exact) = decimal(value) else { return self.wrong(place, format!("Number {value} is out of range.")) };
        if property.kind == Kind::Integer && !exact.is_integer() {
            return self.wrong(place, "Expected Integer but got Number.".into());
        }
        let name = named(property.kind);
        if let Some(least) = property.least.filter(|least| exact < *least) {
            return self.wrong(place, format!("{name} {value} is less than minimum value of {least}."));
        }
        if let Some(most) = property.most.filter(|most| exact > *most) {
            return self.wrong(place, format!("{name} {value} exceeds maximum value of {most}."));
        }
        if let Some(decimals) = property.decimals.filter(|decimals| exact.normalize().scale() > *decimals) {
            let problem = Problem::new(place, "E04740", format!("'{}' can have at most {decimals} decimals.", property.name)).of(value.clone());
            self.note(problem);
            return None;
        }
        Some(())
    }

    /// A reference may name its key or only its address.
    fn inner(&mut self, property: &Property, place: &str, inner: &Document) -> Option<Value> {
        let mut inner = inner.clone();
        let shape = self.shape;
        if let Some(key) = shape.inside(property.path).find(|inside| keys::is_key(inside.name)) {
            if !inner.contains_key(key.name)
                && let Some(found) = inner.get("self").and_then(Value::as_str).and_then(|link| keys::of_link(link, key.kind))
            {
                inner.insert(key.name.to_owned(), found);
            }
            let taken = || shape.inside(property.path).filter(|inside| inside.takes(self.write)).count();
            if !inner.contains_key(key.name) && key.takes(self.write) && taken() <= REFERENCE_SIZE {
                self.note(Problem::new(place, "E04500", format!("A reference to {} needs its number or its self link.", property.name)));
                return None;
            }
        }
        Some(Value::Object(self.object(property.path, place, &inner)))
    }

    fn list(&mut self, property: &Property, place: &str, items: &[Value]) -> Option<Value> {
        let holder = format!("{}[]", property.path);
        if self.shape.inside(&holder).next().is_none() {
            return Some(items.to_vec().into());
        }
        let taken = items.iter().enumerate().filter_map(|(at, item)| {
            let place = format!("{place}[{at}]");
            match item {
                Value::Object(item) => Some(Value::Object(self.object(&holder, &place, item))),
                other => self.wrong(&place, format!("Expected Object but got {}.", shown(other))),
            }
        });
        Some(Value::Array(taken.collect()))
    }

    fn wrong<T>(&mut self, place: &str, message: String) -> Option<T> {
        self.note(Problem::new(place, "E04300", message));
        None
    }

    fn note(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn missing(&mut self, place: &str) {
        if self.missing.len() < MOST_PROBLEMS {
            self.missing.push(Problem::missing(place));
        }
    }
}

fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Date | Kind::Instant => "String",
        Kind::Integer => "Integer",
        Kind::Number => "Number",
        Kind::Flag => "Boolean",
        Kind::Object => "Object",
        Kind::List => "Array",
    }
}

fn shown(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "Integer",
        Value::Number(_) => "Number",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}
