//! Sent, and no answer: the other side is asked before anything else happens.

use ::drafts::{Decision, Draft, DraftId, Filled, Outcome, Seen, State, decide};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    Act, Book, BookError, Result, StoredDraft, Who, column,
    outbox::{Past, about, close_attempt, step, written},
    people, shelf, trail,
};

/// One draft whose fate is not known, with all that is needed to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub draft: Draft,
    /// What was sent, byte for byte.
    pub filled: Filled,
    pub attempt: u32,
    /// Since when a write may be hidden.
    pub since_sent: i64,
    /// What the other side said last (JSON text), when a person must decide.
    pub note: Option<String>,
}

/// What asking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub state: State,
    pub decision: Decision,
}

/// A person's word on what is over there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// This one is ours.
    Ours(Seen),
    /// None of these is ours: it may be sent again.
    NotThere { not_ours: Vec<String> },
}

impl Book {
    /// Every draft that is unknown, oldest first.
    pub fn unknowns(&self, now: DateTime<Utc>) -> Result<Vec<Unknown>> {
        self.read(|tx| {
            let unknown = shelf::in_states(tx, &[State::Unknown])?;
            unknown.iter().map(|standing| describe(tx, &shelf::require(tx, &standing.id)?, now)).collect()
        })
    }

    /// `seen`: what looking found. Nothing there after the settling time: the approval still stands and it
    /// goes back to the outbox; ours: written; anything else stays unknown, for a person or a later look.
    pub fn resolve(&mut self, id: &DraftId, seen: &[Seen], now: DateTime<Utc>) -> Result<Answered> {
        self.write_claimed(|tx, _| {
            let stored = shelf::require(tx, id)?;
            let unknown = still(&stored)?;
            let past = Past::of(tx, id, now)?;
            let decision = decide(&stored.draft.policy, &past.noted, seen, past.since_sent);
            let state = match &decision {
                Decision::Send => step(tx, &stored, State::back_to_outbox, now)?,
                Decision::Ours(ours) => written(tx, &stored, &ours.results, ours.same_content, ours.posted, now)?,
                Decision::Differs(other) => note(tx, id, std::slice::from_ref(other)).map(|()| unknown)?,
                Decision::Several(others) => note(tx, id, others).map(|()| unknown)?,
                Decision::Wait { .. } => return Ok(Answered { state: unknown, decision }),
            };
            let body = json!({ "seen": seen, "state": state });
            trail::append(tx, about(Act::Resolved, &stored).body(body), now)?;
            Ok(Answered { state, decision })
        })
    }

    /// When only a person can say.
    pub fn judge(&mut self, id: &DraftId, judgement: &Judgement, who: &Who, now: DateTime<Utc>) -> Result<State> {
        self.write_claimed(|tx, _| {
            people::check(tx, who)?;
            let stored = shelf::require(tx, id)?;
            still(&stored)?;
            let (state, said) = match judgement {
                Judgement::Ours(seen) => (written(tx, &stored, &seen.results, seen.same_content, seen.posted, now)?, json!({ "ours": seen })),
                Judgement::NotThere { not_ours } => {
                    note_not_ours(tx, id, not_ours, now)?;
                    (step(tx, &stored, State::back_to_outbox, now)?, json!({ "not_ours": not_ours }))
                }
            };
            let body = json!({ "said": said, "state": state });
            trail::append(tx, trail::New { who: Some(who), ..about(Act::Judged, &stored) }.body(body), now)?;
            Ok(state)
        })
    }

    /// After taking the claim: what a dead holder left under way is unknown. Answers which.
    /// Attempts of this very claim are left alone: their permits may be alive.
    pub fn recover(&mut self, now: DateTime<Utc>) -> Result<Vec<DraftId>> {
        self.write_claimed(|tx, claim| {
            let mut lost = Vec::new();
            for standing in shelf::in_states(tx, &[State::Sending])? {
                let stored = shelf::require(tx, &standing.id)?;
                let Some(attempt) = Past::of(tx, &standing.id, now)?.last() else {
                    return Err(BookError::damaged("a draft is being sent without an attempt"));
                };
                if attempt.claim == claim {
                    continue;
                }
                let outcome = Outcome::Unknown { code: LOST.to_owned() };
                close_attempt(tx, &standing.id, attempt.number, &outcome, now)?;
                step(tx, &stored, State::unknown, now)?;
                trail::append(tx, about(Act::Recovered, &stored).body(json!({ "attempt": attempt.number })), now)?;
                lost.push(standing.id);
            }
            Ok(lost)
        })
    }
}

/// Code of the outcome that nobody lived to store.
const LOST: &str = "process_ended";

fn describe(tx: &Connection, stored: &StoredDraft, now: DateTime<Utc>) -> Result<Unknown> {
    let past = Past::of(tx, &stored.standing.id, now)?;
    let since_sent = past.since_sent.unwrap_or(0);
    let attempt = past.last().ok_or_else(|| BookError::damaged("a draft is unknown without an attempt"))?;
    let (draft, note) = (stored.draft.clone(), stored.standing.note.clone());
    Ok(Unknown { draft, filled: attempt.filled, attempt: attempt.number, since_sent, note })
}

fn still(stored: &StoredDraft) -> Result<State> {
    match stored.standing.state {
        State::Unknown => Ok(State::Unknown),
        from => Err(BookError::Illegal { draft: stored.standing.id.clone(), from, to: State::Unknown }),
    }
}

/// What was seen, kept for a person.
fn note(tx: &Connection, id: &DraftId, seen: &[Seen]) -> Result<()> {
    tx.prepare_cached("UPDATE drafts SET note = ?1 WHERE id = ?2")?.execute(params![column::json(seen)?, id.0])?;
    Ok(())
}

/// The next look leaves them out, as if they had stood there before.
fn note_not_ours(tx: &Connection, id: &DraftId, not_ours: &[String], now: DateTime<Utc>) -> Result<()> {
    let past = Past::of(tx, id, now)?;
    let noted: std::collections::BTreeSet<&String> = past.noted.iter().chain(not_ours).collect();
    let sql = "UPDATE attempts SET noted = ?1 WHERE draft = ?2";
    tx.prepare_cached(sql)?.execute(params![column::json(&noted)?, id.0])?;
    tx.prepare_cached("UPDATE drafts SET note = NULL WHERE id = ?1")?.execute([&id.0])?;
    Ok(())
}
