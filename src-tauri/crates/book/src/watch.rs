//! Life after writing: posted, altered or deleted by a person over there, found by watching.

use ::drafts::{DraftId, State};
use chrono::{DateTime, Utc};
use rusqlite::params;
use serde_json::{Value, json};

use crate::{
    Act, Book, Result,
    outbox::{about, step},
    shelf,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    Posted,
    /// With other content than was approved; posted or not.
    Altered,
    Deleted,
}

impl Book {
    /// What the last fetch showed of a written draft. Seeing the same again changes nothing.
    pub fn observe(&mut self, id: &DraftId, observed: Observed, details: &Value, now: DateTime<Utc>) -> Result<State> {
        self.write_claimed(|tx, _| {
            let stored = shelf::require(tx, id)?;
            let (seen, way) = observed.means();
            let note = details.to_string();
            if stored.standing.state == seen && stored.standing.note.as_deref() == Some(note.as_str()) {
                return Ok(seen);
            }
            if stored.standing.state != seen {
                step(tx, &stored, way, now)?;
            }
            tx.prepare_cached("UPDATE drafts SET note = ?1 WHERE id = ?2")?.execute(params![note, id.0])?;
            crate::trail::append(tx, about(Act::Observed, &stored).body(json!({ "state": seen, "details": details })), now)?;
            Ok(seen)
        })
    }
}

type Way = fn(State) -> std::result::Result<State, ::drafts::Illegal>;

impl Observed {
    const fn means(self) -> (State, Way) {
        match self {
            Self::Posted => (State::Posted, State::posted),
            Self::Altered => (State::Altered, State::altered),
            Self::Deleted => (State::Deleted, State::deleted),
        }
    }
}
