//! Bodies written once, in a fixed order, with exact numbers and holes.
//!
//! A frozen body is never parsed and written again: what a person approved is these bytes.

use rust_decimal::Decimal;

use crate::{Escape, Piece, Template};

/// A JSON value that keeps the order of its fields and writes decimals exactly.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Text(String),
    Number(Decimal),
    Bool(bool),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
    /// A string whose value is born later: index into `Frozen::holes`.
    Hole(usize),
}

impl Json {
    pub fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    pub fn object<const N: usize>(fields: [(&str, Json); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The bytes, compact.
    pub fn template(&self) -> Template {
        let mut pieces = Pieces::default();
        self.write(&mut pieces);
        pieces.finish()
    }

    fn write(&self, out: &mut Pieces) {
        match self {
            Self::Text(text) => out.text(&quoted(text)),
            Self::Number(number) => out.text(&number.normalize().to_string()),
            Self::Bool(value) => out.text(if *value { "true" } else { "false" }),
            Self::List(items) => out.list('[', ']', items, |out, item| item.write(out)),
            Self::Object(fields) => out.list('{', '}', fields, |out, (name, value)| {
                out.text(&quoted(name));
                out.text(":");
                value.write(out);
            }),
            Self::Hole(hole) => {
                out.text("\"");
                out.hole(*hole, Escape::JsonString);
                out.text("\"");
            }
        }
    }
}

/// A form (`application/x-www-form-urlencoded`), in the order given.
#[derive(Clone, Debug, Default)]
pub struct Form(Pieces);

impl Form {
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.0.text(&escaped(value, Escape::Form));
        self
    }

    pub fn hole(mut self, name: &str, hole: usize) -> Self {
        self.name(name);
        self.0.hole(hole, Escape::Form);
        self
    }

    pub fn template(self) -> Template {
        self.0.finish()
    }

    fn name(&mut self, name: &str) {
        if !self.0.is_empty() {
            self.0.text("&");
        }
        self.0.text(&escaped(name, Escape::Form));
        self.0.text("=");
    }
}

/// The value as it may stand there, so that it can never change the request around it.
pub(crate) fn escaped(value: &str, escape: Escape) -> String {
    match escape {
        Escape::JsonString => {
            let quoted = quoted(value);
            quoted[1..quoted.len() - 1].to_owned()
        }
        Escape::Form | Escape::PathSegment => value.bytes().map(percent).collect(),
    }
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[derive(Clone, Debug, Default)]
struct Pieces {
    done: Vec<Piece>,
    text: String,
}

impl Pieces {
    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.text.is_empty()
    }

    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn hole(&mut self, hole: usize, escape: Escape) {
        self.flush();
        self.done.push(Piece::Hole { hole, escape });
    }

    fn list<T>(&mut self, open: char, close: char, items: &[T], each: impl Fn(&mut Self, &T)) {
        self.text.push(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            each(self, item);
        }
        self.text.push(close);
    }

    fn finish(mut self) -> Template {
        self.flush();
        Template(self.done)
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }
}
