//! Countersigned drafts on their way out, at most one write for one approval.
//!
//! ```text
//! prepare(id) ─▶ look over there ─▶ begin(id, fresh, seen) ─▶ send once ─▶ settle(permit, outcome)
//! ```
//! `begin` stores the intent, its exact bytes and its key before the permit exists. A permit that is
//! lost leaves the draft `sending`; the next holder of the claim reads that as unknown.

use std::collections::{BTreeMap, BTreeSet};

use ::drafts::{Decision, Difference, Draft, DraftId, FillError, Filled, Fresh, Outcome, Permit, Results, Seen, State, Subject, decide};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};
use serde_json::json;

use crate::{
    Act, Book, BookError, Result, Standing, StoredDraft, approvals, column,
    shelf::{self, legal},
    trail,
};

/// What our keys begin with, before the draft's id and a count.
const KEY: &str = "countersign-";

/// What must be known before looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    Ready(Box<Ready>),
    /// Until these are written.
    Waiting(Vec<DraftId>),
    /// It is no longer waiting to be sent.
    Taken(State),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    pub draft: Draft,
    pub filled: Filled,
}

/// What came of wanting to send.
#[derive(Debug)]
pub enum Begun {
    /// The intent is stored: send exactly this, once.
    Permit(Permit),
    /// It is there already, as approved; nothing is to be sent.
    Ours(Seen),
    /// What it was based on changed, or something else carries its mark (the field `already_there`):
    /// the approval is gone.
    Stale(Difference),
    Waiting(Vec<DraftId>),
    Taken(State),
    /// An earlier sending may still become visible: look again then.
    Later {
        seconds: u32,
    },
}

impl Book {
    /// What waits to be sent, row by row in the order of their approval, each after what it waits for.
    pub fn outbox(&self) -> Result<Vec<Standing>> {
        Ok(self.outbox_groups()?.into_iter().flatten().collect())
    }

    /// The same, in groups that wait for nothing of each other: they may be sent side by side.
    pub fn outbox_groups(&self) -> Result<Vec<Vec<Standing>>> {
        self.read(|tx| {
            let mut waiting = shelf::in_states(tx, &[State::Countersigned])?;
            waiting.sort_by_key(|standing| (standing.signed.as_ref().map(|signed| signed.at), standing.subject.clone(), standing.step));
            let mut needs = BTreeMap::new();
            for standing in &waiting {
                let draft = shelf::require(tx, &standing.id)?.draft;
                needs.insert(standing.id.clone(), draft.frozen.waits_for().cloned().collect::<Vec<_>>());
            }
            Ok(grouped(in_order(waiting, &needs), &needs))
        })
    }

    /// The request with its holes filled, to look with.
    pub fn prepare(&self, id: &DraftId) -> Result<Prepared> {
        self.read(|tx| {
            let stored = shelf::require(tx, id)?;
            if stored.standing.state != State::Countersigned {
                return Ok(Prepared::Taken(stored.standing.state));
            }
            Ok(match fill(tx, &stored.draft)? {
                Filling::Ready(filled) => Prepared::Ready(Box::new(Ready { draft: stored.draft, filled })),
                Filling::Waiting(on) => Prepared::Waiting(on),
            })
        })
    }

    /// `fresh`: the versions of its sources as read just now; `seen`: what looking for it found.
    pub fn begin(&mut self, id: &DraftId, fresh: &[Fresh], seen: &[Seen], now: DateTime<Utc>) -> Result<Begun> {
        self.write_claimed(|tx, claim| {
            let stored = shelf::require(tx, id)?;
            if stored.standing.state != State::Countersigned {
                return Ok(Begun::Taken(stored.standing.state));
            }
            let filled = match fill(tx, &stored.draft)? {
                Filling::Ready(filled) => filled,
                Filling::Waiting(on) => return Ok(Begun::Waiting(on)),
            };
            let past = Past::of(tx, id, now)?;
            match decide(&stored.draft.policy, &past.noted, seen, past.since_sent) {
                Decision::Ours(ours) => found(tx, &stored, ours, now),
                Decision::Differs(other) => stale(tx, &stored, occupied(&stored.draft, &[other]), now),
                Decision::Several(others) => stale(tx, &stored, occupied(&stored.draft, &others), now),
                Decision::Wait { seconds } => Ok(Begun::Later { seconds }),
                Decision::Send => match Difference::since(&stored.draft, fresh)? {
                    Some(difference) => stale(tx, &stored, difference, now),
                    None => intend(tx, &stored, filled, &past, seen, claim, now),
                },
            }
        })
    }

    /// Consumes the permit: this attempt is over, whatever came of it.
    pub fn settle(&mut self, permit: Permit, outcome: &Outcome, now: DateTime<Utc>) -> Result<State> {
        self.write_claimed(|tx, _| {
            let stored = shelf::require(tx, permit.draft())?;
            let under_way = close_attempt(tx, permit.draft(), permit.attempt(), outcome, now)?;
            if !under_way || stored.standing.state != State::Sending {
                return Err(BookError::NotUnderWay { draft: permit.draft().clone(), attempt: permit.attempt() });
            }
            let to = match outcome {
                Outcome::Written(answer) => written(tx, &stored, &answer.results, answer.same_content, false, now)?,
                Outcome::Refused(refusal) => {
                    let sql = "UPDATE drafts SET refusal = ?1 WHERE id = ?2";
                    tx.prepare_cached(sql)?.execute(params![column::json(refusal)?, stored.standing.id.0])?;
                    let to = step(tx, &stored, State::refused, now)?;
                    approvals::release(tx, &stored.standing.id, now)?;
                    to
                }
                Outcome::NotSent { .. } => step(tx, &stored, State::back_to_outbox, now)?,
                Outcome::Unknown { .. } => step(tx, &stored, State::unknown, now)?,
            };
            let body = json!({ "attempt": permit.attempt(), "outcome": outcome, "state": to });
            trail::append(tx, about(Act::Settled, &stored).body(body), now)?;
            Ok(to)
        })
    }

    /// Whether a request of ours went out under this key.
    pub fn sent_under(&self, key: &str) -> Result<bool> {
        let Some((draft, _)) = key.strip_prefix(KEY).and_then(|rest| rest.rsplit_once('-')) else { return Ok(false) };
        let sql = "SELECT count(*) FROM attempts WHERE draft = ?1 AND key = ?2";
        Ok(self.connection.prepare_cached(sql)?.query_one([draft, key], |row| row.get::<_, i64>(0))? > 0)
    }

    /// What a written draft gave; empty before that.
    pub fn results(&self, id: &DraftId) -> Result<Results> {
        Ok(shelf::require(&self.connection, id)?.standing.results)
    }
}

/// Drafts of one row belong together, and so do those that wait for one another.
fn grouped(ordered: Vec<Standing>, needs: &BTreeMap<DraftId, Vec<DraftId>>) -> Vec<Vec<Standing>> {
    let place: BTreeMap<&DraftId, usize> = ordered.iter().enumerate().map(|(at, standing)| (&standing.id, at)).collect();
    let mut first_of_row: BTreeMap<&Subject, usize> = BTreeMap::new();
    // Each points to an earlier one of its group, or to itself.
    let mut earlier: Vec<usize> = (0..ordered.len()).collect();
    for (at, standing) in ordered.iter().enumerate() {
        let row = *first_of_row.entry(&standing.subject).or_insert(at);
        let needed = needs.get(&standing.id).into_iter().flatten().filter_map(|id| place.get(id).copied());
        for other in needed.chain([row]) {
            let (a, b) = (root(&earlier, at), root(&earlier, other));
            earlier[a.max(b)] = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<Standing>> = BTreeMap::new();
    for (at, standing) in ordered.iter().enumerate() {
        groups.entry(root(&earlier, at)).or_default().push(standing.clone());
    }
    groups.into_values().collect()
}

fn root(earlier: &[usize], mut at: usize) -> usize {
    while let Some(next) = earlier.get(at).copied().filter(|next| *next != at) {
        at = next;
    }
    at
}

/// What others wait for comes just before them.
fn in_order(waiting: Vec<Standing>, needs: &BTreeMap<DraftId, Vec<DraftId>>) -> Vec<Standing> {
    let order: Vec<DraftId> = waiting.iter().map(|standing| standing.id.clone()).collect();
    let mut left: BTreeMap<DraftId, Standing> = waiting.into_iter().map(|standing| (standing.id.clone(), standing)).collect();
    let mut out = Vec::with_capacity(order.len());
    let mut entered = BTreeSet::new();
    for id in &order {
        take(id, needs, &mut left, &mut entered, &mut out);
    }
    out
}

fn take(
    id: &DraftId,
    needs: &BTreeMap<DraftId, Vec<DraftId>>,
    left: &mut BTreeMap<DraftId, Standing>,
    entered: &mut BTreeSet<DraftId>,
    out: &mut Vec<Standing>,
) {
    // A ring of drafts can never be filled; it is listed in any order.
    if !entered.insert(id.clone()) {
        return;
    }
    for on in needs.get(id).into_iter().flatten() {
        take(on, needs, left, entered, out);
    }
    out.extend(left.remove(id));
}

enum Filling {
    Ready(Filled),
    Waiting(Vec<DraftId>),
}

/// Fills the holes from what written drafts gave, and from nowhere else.
fn fill(connection: &Connection, draft: &Draft) -> Result<Filling> {
    let mut results = BTreeMap::new();
    let mut waiting = BTreeSet::new();
    for id in draft.frozen.waits_for() {
        match shelf::find(connection, id)? {
            Some(on) if matches!(on.standing.state, State::Written | State::Posted | State::Altered) => {
                results.insert(id.clone(), on.standing.results);
            }
            _ => {
                waiting.insert(id.clone());
            }
        }
    }
    if !waiting.is_empty() {
        return Ok(Filling::Waiting(waiting.into_iter().collect()));
    }
    match draft.frozen.fill(&results) {
        Ok(filled) => Ok(Filling::Ready(filled)),
        // Written, and it did not give what is needed: waiting would never end.
        Err(FillError::Waiting(hole) | FillError::Unfit(hole)) => Err(BookError::Unfit { draft: draft.id.clone(), hole }),
        Err(FillError::NoSuchHole(_)) => Err(BookError::damaged("a draft names a hole that it does not have")),
    }
}

/// The same for what is written already; `None` when a draft it came from is gone.
pub(crate) fn fill_written(connection: &Connection, draft: &Draft) -> Result<Option<Filled>> {
    Ok(match fill(connection, draft)? {
        Filling::Ready(filled) => Some(filled),
        Filling::Waiting(_) => None,
    })
}

/// Stores the intent and mints the permit: the one place where one is made.
fn intend(tx: &Connection, stored: &StoredDraft, filled: Filled, past: &Past, seen: &[Seen], claim: &str, now: DateTime<Utc>) -> Result<Begun> {
    let standing = &stored.standing;
    let (text, attempt) = (column::json(&filled)?, past.attempts + 1);
    let hash = trail::sha256(&text);
    let key = past.key(&stored.draft, &hash, now);
    // The ids that stood there before anything of ours was ever sent stay the ones noted.
    let noted: Vec<&str> = match past.since_sent {
        None => seen.iter().map(|seen| seen.id.as_str()).collect(),
        Some(_) => past.noted.iter().map(String::as_str).collect(),
    };
    let sql = "INSERT INTO attempts (draft, attempt, fingerprint, filled, filled_hash, key, key_generation, key_since, noted, claim, begun_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    tx.prepare_cached(sql)?.execute(params![
        standing.id.0,
        attempt,
        standing.fingerprint.0,
        text,
        hash,
        key.text,
        key.generation,
        column::stamp(key.since),
        column::json(&noted)?,
        claim,
        column::stamp(now)
    ])?;
    step(tx, stored, State::begin, now)?;
    let body = json!({ "attempt": attempt, "approved": standing.fingerprint, "sent_sha256": hash, "key": key.text });
    trail::append(tx, about(Act::Begun, stored).body(body), now)?;
    #[expect(clippy::disallowed_methods, reason = "the intent is stored in this transaction")]
    let permit = Permit::mint(standing.id.clone(), attempt, key.text, filled);
    Ok(Begun::Permit(permit))
}

/// It was there before anything was sent: nothing is, and the draft is written all the same.
fn found(tx: &Connection, stored: &StoredDraft, ours: Seen, now: DateTime<Utc>) -> Result<Begun> {
    let mut sending = stored.clone();
    sending.standing.state = step(tx, stored, State::begin, now)?;
    let to = written(tx, &sending, &ours.results, ours.same_content, ours.posted, now)?;
    trail::append(tx, about(Act::Found, stored).body(json!({ "seen": ours, "state": to })), now)?;
    Ok(Begun::Ours(ours))
}

fn stale(tx: &Connection, stored: &StoredDraft, difference: Difference, now: DateTime<Utc>) -> Result<Begun> {
    approvals::go_stale(tx, stored, &difference, now)?;
    Ok(Begun::Stale(difference))
}

/// Something that is not what was approved stands where it should go.
fn occupied(draft: &Draft, by: &[Seen]) -> Difference {
    let ids: Vec<&str> = by.iter().map(|seen| seen.id.as_str()).collect();
    shelf::one_field(draft, "already_there", None, Some(ids.join(", ")))
}

/// Stores what was made; `sending` and `unknown` come here. Answers the last state it went through.
pub(crate) fn written(
    tx: &Connection,
    stored: &StoredDraft,
    results: &Results,
    same_content: bool,
    posted: bool,
    now: DateTime<Utc>,
) -> Result<State> {
    let sql = "UPDATE drafts SET results = ?1, note = NULL WHERE id = ?2";
    tx.prepare_cached(sql)?.execute(params![column::json(results)?, stored.standing.id.0])?;
    let mut now_written = stored.clone();
    now_written.standing.state = step(tx, stored, State::written, now)?;
    match (same_content, posted) {
        (false, _) => step(tx, &now_written, State::altered, now),
        (true, true) => step(tx, &now_written, State::posted, now),
        (true, false) => Ok(now_written.standing.state),
    }
}

pub(crate) fn step(
    tx: &Connection,
    stored: &StoredDraft,
    way: fn(State) -> std::result::Result<State, ::drafts::Illegal>,
    now: DateTime<Utc>,
) -> Result<State> {
    let to = legal(&stored.standing, way)?;
    shelf::move_to(tx, &stored.standing, to, now)?;
    Ok(to)
}

/// Whether the attempt was still open.
pub(crate) fn close_attempt(tx: &Connection, draft: &DraftId, attempt: u32, outcome: &Outcome, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE attempts SET outcome = ?1, settled_at = ?2 WHERE draft = ?3 AND attempt = ?4 AND settled_at IS NULL";
    Ok(tx.prepare_cached(sql)?.execute(params![column::json(outcome)?, column::stamp(now), draft.0, attempt])? == 1)
}

pub(crate) fn about<'a>(act: Act, stored: &'a StoredDraft) -> trail::New<'a> {
    trail::New::act(act).subject(&stored.standing.subject).draft(&stored.standing.id)
}

/// All that was ever tried for one draft.
pub(crate) struct Past {
    pub attempts: u32,
    /// Seconds since the last attempt that may have arrived; `None` when none may have.
    pub since_sent: Option<i64>,
    pub noted: Vec<String>,
    last: Option<Attempt>,
}

pub(crate) struct Attempt {
    pub number: u32,
    pub filled: Filled,
    hash: String,
    key: Key,
    noted: Vec<String>,
    pub claim: String,
    begun_at: DateTime<Utc>,
    outcome: Option<Outcome>,
    settled_at: Option<DateTime<Utc>>,
}

#[derive(Clone)]
struct Key {
    text: String,
    generation: u32,
    since: DateTime<Utc>,
}

impl Past {
    pub fn of(connection: &Connection, id: &DraftId, now: DateTime<Utc>) -> Result<Self> {
        let attempts = attempts(connection, id)?;
        let arrived: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.may_have_arrived()).collect();
        let since_sent = arrived.last().map(|attempt| (now - attempt.settled_at.unwrap_or(attempt.begun_at)).num_seconds());
        let noted = arrived.last().map(|attempt| attempt.noted.clone()).unwrap_or_default();
        let number = attempts.last().map_or(0, |attempt| attempt.number);
        Ok(Self { attempts: number, since_sent, noted, last: attempts.into_iter().next_back() })
    }

    /// The same key for the same bytes while the other side still knows it; a new one after a refusal,
    /// which the other side would only repeat, and after the key's life, when only looking can tell.
    fn key(&self, draft: &Draft, hash: &str, now: DateTime<Utc>) -> Key {
        let life = draft.policy.key.as_ref().map(|key| i64::from(key.seconds));
        let generation = match &self.last {
            None => 0,
            Some(last) => {
                let refused = matches!(last.outcome, Some(Outcome::Refused(_)));
                let alive = life.is_none_or(|life| (now - last.key.since).num_seconds() < life);
                if !refused && alive && last.hash == hash {
                    return last.key.clone();
                }
                last.key.generation + 1
            }
        };
        Key { text: format!("{KEY}{}-{generation}", draft.id), generation, since: now }
    }

    pub fn last(self) -> Option<Attempt> {
        self.last
    }
}

impl Attempt {
    /// Not when the other side said that it made nothing, nor when it never left.
    const fn may_have_arrived(&self) -> bool {
        !matches!(self.outcome, Some(Outcome::Refused(_) | Outcome::NotSent { .. }))
    }
}

/// Oldest first.
fn attempts(connection: &Connection, id: &DraftId) -> Result<Vec<Attempt>> {
    let mut query = connection.prepare_cached("SELECT * FROM attempts WHERE draft = ?1 ORDER BY attempt")?;
    query.query_and_then([&id.0], read)?.collect()
}

fn read(row: &Row<'_>) -> Result<Attempt> {
    Ok(Attempt {
        number: row.get("attempt")?,
        filled: column::from_json(&row.get::<_, String>("filled")?)?,
        hash: row.get("filled_hash")?,
        key: Key { text: row.get("key")?, generation: row.get("key_generation")?, since: column::instant_at(row, "key_since")? },
        noted: column::from_json(&row.get::<_, String>("noted")?)?,
        claim: row.get("claim")?,
        begun_at: column::instant_at(row, "begun_at")?,
        outcome: column::json_at(row, "outcome")?,
        settled_at: column::maybe_instant(row, "settled_at")?,
    })
}

#[cfg(test)]
#[path = "tests/outbox.rs"]
mod tests;
