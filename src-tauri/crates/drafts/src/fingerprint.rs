//! What exactly a person approved, as one hash.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Draft, Piece, Template};

/// SHA-256 over a version tag and every part of the draft that can be seen or sent,
/// each with its length before it. Over bytes, never over re-serialised JSON.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub String);

/// Raise it when anything below changes: old approvals then die instead of meaning something new.
const FORMAT: &str = "countersign-fingerprint/1";

impl Fingerprint {
    pub fn of(draft: &Draft) -> Self {
        let mut parts = Parts::new(FORMAT);
        let frozen = &draft.frozen;
        for text in [&draft.kind.0, &frozen.destination, &frozen.method] {
            parts.add(text);
        }
        parts.template(&frozen.path);
        parts.count(frozen.headers.len());
        for (name, value) in &frozen.headers {
            parts.add(name);
            parts.add(value);
        }
        parts.template(&frozen.body);
        parts.count(frozen.holes.len());
        for hole in &frozen.holes {
            parts.add(&hole.from.0);
            parts.add(&hole.field);
        }
        parts.count(draft.sources.len());
        for source in &draft.sources {
            parts.add(&source.key);
            parts.add(&source.version);
        }
        parts.add(&draft.shown);
        Self(parts.finish())
    }

    /// `9f3c 41ab 77d0`, for the eye.
    pub fn short(&self) -> String {
        let start: Vec<char> = self.0.chars().take(12).collect();
        start.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The version of a source: a hash of its declared accounting fields, in the order given.
/// `format` names the declaration, such as `stripe-invoice/1`.
pub fn content_version<'a>(format: &str, fields: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut parts = Parts::new(format);
    for (name, value) in fields {
        parts.add(name);
        parts.add(&value);
    }
    parts.finish()
}

struct Parts(Sha256);

impl Parts {
    fn new(tag: &str) -> Self {
        let mut parts = Self(Sha256::new());
        parts.add(tag);
        parts
    }

    fn add(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.0.update((count as u64).to_be_bytes());
    }

    fn template(&mut self, template: &Template) {
        self.count(template.0.len());
        for piece in &template.0 {
            match piece {
                Piece::Text(text) => {
                    self.0.update([0]);
                    self.add(text);
                }
                Piece::Hole { hole, escape } => {
                    self.0.update([1]);
                    self.count(*hole);
                    self.0.update([*escape as u8]);
                }
            }
        }
    }

    fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
