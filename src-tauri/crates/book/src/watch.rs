//! Life after writing: posted, altered or deleted by a person over there, found by watching.

use ::drafts::{Changed, Draft, DraftId, Filled, State, WriteKind};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Act, Book, BookError, Result, Standing, StoredDraft, Who, approvals, column,
    outbox::{Past, about, fill_written, step},
    people, shelf, trail,
};

/// What the other side shows now of a written draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    pub is: Observed,
    pub posted: bool,
    /// Its number now: posting gives it another.
    pub number: Option<String>,
    /// Where it is not what was approved, and what stands there.
    pub fields: Vec<Changed>,
    /// A person took it as it is.
    #[serde(default)]
    pub accepted: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// Still a draft over there, as it was approved.
    #[default]
    Written,
    Posted,
    /// With other content than was approved; posted or not.
    Altered,
    /// Gone, and nowhere posted.
    Deleted,
}

/// A written draft, and the very request that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub draft: Draft,
    pub standing: Standing,
    pub filled: Filled,
}

impl Book {
    /// All writes of these kinds that stand on the other side by our hand, as far as we know.
    pub fn watched(&self, kinds: &[WriteKind]) -> Result<Vec<Watched>> {
        self.read(|tx| {
            let standing = shelf::in_states(tx, &STANDS)?.into_iter().filter(|standing| kinds.contains(&standing.kind));
            standing.filter_map(|standing| watched(tx, &standing.id).transpose()).collect()
        })
    }

    /// One draft, if it stands there.
    pub fn watch(&self, id: &DraftId) -> Result<Option<Watched>> {
        self.read(|tx| Ok(watched(tx, id)?.filter(|found| STANDS.contains(&found.standing.state))))
    }

    /// Seeing the same again changes nothing.
    pub fn observe(&mut self, id: &DraftId, seen: &Observation, now: DateTime<Utc>) -> Result<State> {
        self.write_claimed(|tx, _| {
            let stored = shelf::require(tx, id)?;
            let accepted = stored.standing.observed().is_some_and(|before| before.still_holds_for(seen));
            let seen = &Observation { accepted, ..seen.clone() };
            let (state, way) = seen.means();
            let note = column::json(seen)?;
            let same_state = stored.standing.state == state;
            let first_look = same_state && state == State::Written && stored.standing.note.is_none();
            if first_look || same_state && stored.standing.note.as_deref() == Some(note.as_str()) {
                return Ok(state);
            }
            if !same_state {
                step(tx, &stored, way, now)?;
            }
            if !same_state && state == State::Altered {
                approvals::release(tx, id, now)?;
            }
            tx.prepare_cached("UPDATE drafts SET note = ?1 WHERE id = ?2")?.execute(params![note, id.0])?;
            trail::append(tx, about(Act::Observed, &stored).body(json!({ "state": state, "seen": seen })), now)?;
            Ok(state)
        })
    }

    /// A person takes what stands there for right: it is altered no more, until it changes again.
    pub fn accept(&mut self, id: &DraftId, reason: &str, who: &Who, now: DateTime<Utc>) -> Result<State> {
        self.write_claimed(|tx, _| {
            people::check(tx, who)?;
            let stored = shelf::require(tx, id)?;
            let from = stored.standing.state;
            let seen = stored.standing.observed().filter(|_| from == State::Altered);
            let seen = Observation { accepted: true, ..seen.ok_or(BookError::Illegal { draft: id.clone(), from, to: State::Written })? };
            let (state, way) = seen.means();
            step(tx, &stored, way, now)?;
            tx.prepare_cached("UPDATE drafts SET note = ?1 WHERE id = ?2")?.execute(params![column::json(&seen)?, id.0])?;
            let body = json!({ "reason": reason, "state": state, "seen": seen });
            trail::append(tx, trail::New { who: Some(who), ..about(Act::Accepted, &stored) }.body(body), now)?;
            Ok(state)
        })
    }
}

const STANDS: [State; 3] = [State::Written, State::Posted, State::Altered];

/// None: a draft that it came from is gone, so that nobody can say what it was.
fn watched(tx: &Connection, id: &DraftId) -> Result<Option<Watched>> {
    let StoredDraft { draft, standing } = shelf::require(tx, id)?;
    let sent = Past::of(tx, id, standing.changed_at)?.last().map(|attempt| attempt.filled);
    // Found there before anything was sent: then its holes say what it is.
    let filled = sent.map_or_else(|| fill_written(tx, &draft), |sent| Ok(Some(sent)))?;
    Ok(filled.map(|filled| Watched { draft, standing, filled }))
}

impl Standing {
    /// What was last seen of it over there, if anything but the draft as it was approved.
    pub fn observed(&self) -> Option<Observation> {
        self.note.as_deref().and_then(|note| serde_json::from_str(note).ok())
    }
}

type Way = fn(State) -> std::result::Result<State, ::drafts::Illegal>;

impl Observation {
    /// Whether what was accepted then is what stands there now, posted since or not.
    fn still_holds_for(&self, now: &Self) -> bool {
        self.accepted && now.is == Observed::Altered && now.fields == self.fields
    }

    fn means(&self) -> (State, Way) {
        match self.is {
            Observed::Altered if self.accepted && self.posted => (State::Posted, State::posted),
            Observed::Altered if self.accepted => (State::Written, State::restored),
            Observed::Written => (State::Written, State::restored),
            Observed::Posted => (State::Posted, State::posted),
            Observed::Altered => (State::Altered, State::altered),
            Observed::Deleted => (State::Deleted, State::deleted),
        }
    }
}
