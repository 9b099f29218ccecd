//! The request as approved. Its bytes are final but for *holes*: values that the
//! other side will only give later, each naming the one draft it comes from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::DraftId;

/// One request, exactly as it will be sent once its holes are filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Which service it goes to, as the desk names it (`stripe`, `ledger`).
    pub destination: String,
    pub method: String,
    /// Relative to the destination's base, percent-encoded.
    pub path: Template,
    /// Only headers that carry meaning (content type, idempotency); never a secret.
    pub headers: Vec<(String, String)>,
    pub body: Template,
    pub holes: Vec<Hole>,
}

/// A value born later: `field` of what the draft `from` will have made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hole {
    pub from: DraftId,
    pub field: String,
}

/// Text with holes in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template(pub Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    Text(String),
    Hole {
        /// Index into `Frozen::holes`.
        hole: usize,
        escape: Escape,
    },
}

/// How a filled value is written where it stands, so that no value can change the request around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escape {
    /// Inside a JSON string; the quotes are in the text around it.
    JsonString,
    /// A value of a form.
    Form,
    /// One segment of a path.
    PathSegment,
}

/// What a written draft gave: `id`, `number`, and what else its destination names.
pub type Results = BTreeMap<String, String>;

/// A request with nothing left open: what the outbox sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    pub destination: String,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    #[error("the draft waits for {} of draft {}", .0.field, .0.from)]
    Waiting(Hole),
    /// The value cannot stand there without changing the request around it:
    /// nothing at all, or a path segment that means another place.
    #[error("{} of draft {} cannot stand in the request, so nothing was sent", .0.field, .0.from)]
    Unfit(Hole),
    #[error("the draft is damaged: it has no hole {0}")]
    NoSuchHole(usize),
}

impl Template {
    pub fn text(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// As a person reads it: holes shown by name.
    pub fn shown(&self, name: impl Fn(usize) -> String) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Hole { hole, .. } => name(*hole),
            })
            .collect()
    }
}

impl Frozen {
    /// Fills every hole from what its own draft gave, and from nowhere else.
    pub fn fill(&self, results: &BTreeMap<DraftId, Results>) -> Result<Filled, FillError> {
        let values = self
            .holes
            .iter()
            .map(|hole| {
                let value = results.get(&hole.from).and_then(|fields| fields.get(&hole.field));
                value.map(String::as_str).ok_or_else(|| FillError::Waiting(hole.clone()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Filled {
            destination: self.destination.clone(),
            method: self.method.clone(),
            path: self.write(&self.path, &values)?,
            headers: self.headers.clone(),
            body: self.write(&self.body, &values)?,
        })
    }

    fn write(&self, template: &Template, values: &[&str]) -> Result<String, FillError> {
        let mut out = String::new();
        for piece in &template.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Hole { hole, escape } => {
                    let (source, value) = self.holes.get(*hole).zip(values.get(*hole)).ok_or(FillError::NoSuchHole(*hole))?;
                    if !fits(value, *escape) {
                        return Err(FillError::Unfit(source.clone()));
                    }
                    out.push_str(&crate::body::escaped(value, *escape));
                }
            }
        }
        Ok(out)
    }

    /// The drafts that must be written before this one can be sent.
    pub fn waits_for(&self) -> impl Iterator<Item = &DraftId> {
        self.holes.iter().map(|hole| &hole.from)
    }
}

/// An empty segment would name the collection, dots another place (also when escaped:
/// URL Standard, "double-dot path segment").
fn fits(value: &str, escape: Escape) -> bool {
    match escape {
        Escape::PathSegment => !["", ".", ".."].contains(&value),
        Escape::JsonString | Escape::Form => !value.is_empty(),
    }
}
