//! Drafts as they stand in the book, and the one place that moves them from state to state.

use std::collections::BTreeSet;

use ::drafts::{Changed, DeclineReason, Difference, Draft, DraftId, Fingerprint, Illegal, Refusal, Results, State, Subject, WriteKind};
use chrono::{DateTime, Utc};
use money::Money;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{Book, BookError, Result, Who, column, review};

/// A draft in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub id: DraftId,
    pub subject: Subject,
    pub kind: WriteKind,
    pub destination: String,
    pub step: u8,
    pub state: State,
    pub fingerprint: Fingerprint,
    /// Whether its content is what was last proposed. A source has moved when not: it cannot be approved.
    /// Of a deleted one: whether nobody has asked for another in its place.
    pub current: bool,
    /// What it adds to the sum of the basket.
    pub amount: Option<Money>,
    pub signed: Option<Signature>,
    pub proposed_at: DateTime<Utc>,
    /// When its state last moved.
    pub changed_at: DateTime<Utc>,
    /// Why the approval died: fields of [`Difference`], or `proposed` when it no longer is.
    pub difference: Option<Difference>,
    /// Why a person said no to its subject.
    pub declined: Option<DeclineReason>,
    pub refusal: Option<Refusal>,
    /// What it made on the other side.
    pub results: Results,
    /// What the other side said last, as JSON text: for a person to decide on.
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub who: Who,
    pub name: String,
    pub initials: String,
    pub at: DateTime<Utc>,
}

/// A draft with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDraft {
    pub standing: Standing,
    pub draft: Draft,
}

/// A part of a list of drafts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftList {
    /// Of the whole list.
    pub total: u64,
    pub signed: u64,
    /// Index of the first row here.
    pub first: u64,
    pub rows: Vec<StoredDraft>,
}

/// A place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftAt {
    Start,
    /// This one, or the start when it is not in the list.
    Draft(DraftId),
    Index(u64),
}

/// The list of [`Book::draft_list`] with the place of each.
const LISTED: &str = "WITH listed AS (
    SELECT drafts.id, row_number() OVER (ORDER BY
        CASE state WHEN 'unknown' THEN 0 WHEN 'refused' THEN 1 WHEN 'altered' THEN 2 WHEN 'deleted' THEN 2 WHEN 'stale' THEN 3 ELSE 4 END,
        review.date DESC, review.number DESC, drafts.subject, step, drafts.id) - 1 AS place
    FROM drafts LEFT JOIN review ON review.key = drafts.subject
    WHERE state IN (SELECT value FROM json_each(?1)) AND destination <> ?2 AND NOT (state = 'deleted' AND current = 0))";

const COUNTED: &str = "SELECT count(*) FROM drafts
    WHERE state IN (SELECT value FROM json_each(?1)) AND destination <> ?2 AND NOT (state = 'deleted' AND current = 0)";

impl Book {
    pub fn draft(&self, id: &DraftId) -> Result<Option<StoredDraft>> {
        find(&self.connection, id)
    }

    /// The drafts of one row, in the order they are written.
    pub fn drafts_of(&self, subject: &Subject) -> Result<Vec<StoredDraft>> {
        of_subject(&self.connection, subject)
    }

    /// All drafts in these states, in the order they were proposed.
    pub fn drafts_in(&self, states: &[State]) -> Result<Vec<Standing>> {
        in_states(&self.connection, states)
    }

    /// Some of the drafts in these states that do not go to `except`: what needs a person first, then as Review
    /// lists their rows, each row's in the order they are written; customers come after all documents.
    pub fn draft_list(&self, states: &[State], except: &str, at: &DraftAt, before: u32, after: u32) -> Result<DraftList> {
        self.read(|tx| {
            let names = column::json(&states.iter().map(|state| state.name()).collect::<Vec<_>>())?;
            let count = |sql: &str| -> Result<u64> { column::count(tx.prepare_cached(sql)?.query_one([&names, except], |row| row.get(0))?) };
            let place = match at {
                DraftAt::Start => 0,
                DraftAt::Index(index) => i64::try_from(*index).unwrap_or(i64::MAX),
                DraftAt::Draft(id) => {
                    let sql = format!("{LISTED} SELECT place FROM listed WHERE id = ?3");
                    tx.prepare_cached(&sql)?.query_one([&names, except, &id.0], |row| row.get(0)).optional()?.unwrap_or(0)
                }
            };
            let (first, end) = (place.saturating_sub(i64::from(before)).max(0), place.saturating_add(i64::from(after)));
            let sql = format!("{LISTED} SELECT id FROM listed WHERE place >= ?3 AND place < ?4 ORDER BY place");
            let mut ids = tx.prepare_cached(&sql)?;
            let ids = ids.query_map(params![names, except, first, end], |row| row.get(0).map(DraftId))?.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(DraftList {
                total: count(COUNTED)?,
                signed: count(&format!("{COUNTED} AND state = 'countersigned'"))?,
                first: column::count(first)?,
                rows: ids.iter().map(|id| require(tx, id)).collect::<Result<_>>()?,
            })
        })
    }

    /// How long that list is.
    pub fn draft_count(&self, states: &[State], except: &str) -> Result<u64> {
        let names = column::json(&states.iter().map(|state| state.name()).collect::<Vec<_>>())?;
        column::count(self.connection.prepare_cached(COUNTED)?.query_one([&names, except], |row| row.get(0))?)
    }

    /// What the draft said earlier, newest first.
    pub fn draft_past(&self, id: &DraftId) -> Result<Vec<(Draft, DateTime<Utc>)>> {
        let sql = "SELECT content, until_at FROM draft_history WHERE draft = ?1 ORDER BY rowid DESC";
        let mut query = self.connection.prepare_cached(sql)?;
        let past = query.query_and_then([&id.0], |row| Ok((column::draft_at(row, "content")?, column::instant_at(row, "until_at")?)))?;
        past.collect()
    }
}

pub(crate) const SELECT: &str = "SELECT drafts.*, people.name AS signer_name, people.initials AS signer_initials, declined.reason AS declined_reason
     FROM drafts LEFT JOIN people ON people.id = drafts.signed_by LEFT JOIN declined ON declined.subject = drafts.subject";

pub(crate) fn find(connection: &Connection, id: &DraftId) -> Result<Option<StoredDraft>> {
    let mut query = connection.prepare_cached(&format!("{SELECT} WHERE drafts.id = ?1"))?;
    query.query_and_then([&id.0], stored)?.next().transpose()
}

pub(crate) fn require(connection: &Connection, id: &DraftId) -> Result<StoredDraft> {
    find(connection, id)?.ok_or_else(|| BookError::UnknownDraft(id.clone()))
}

/// Without its content.
pub(crate) fn require_standing(connection: &Connection, id: &DraftId) -> Result<Standing> {
    let mut query = connection.prepare_cached(&format!("{SELECT} WHERE drafts.id = ?1"))?;
    query.query_and_then([&id.0], standing)?.next().transpose()?.ok_or_else(|| BookError::UnknownDraft(id.clone()))
}

pub(crate) fn of_subject(connection: &Connection, subject: &Subject) -> Result<Vec<StoredDraft>> {
    let mut query = connection.prepare_cached(&format!("{SELECT} WHERE drafts.subject = ?1 ORDER BY step, drafts.id"))?;
    query.query_and_then([&subject.0], stored)?.collect()
}

/// Those that count for the row: not what was deleted over there and drafted anew.
pub(crate) fn standings_of(connection: &Connection, subject: &str) -> Result<Vec<Standing>> {
    let sql = format!("{SELECT} WHERE drafts.subject = ?1 AND NOT (state = 'deleted' AND current = 0) ORDER BY step, drafts.id");
    connection.prepare_cached(&sql)?.query_and_then([subject], standing)?.collect()
}

pub(crate) fn in_states(connection: &Connection, states: &[State]) -> Result<Vec<Standing>> {
    let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
    let sql = format!("{SELECT} WHERE state IN (SELECT value FROM json_each(?1)) ORDER BY proposed_at, drafts.subject, step, drafts.id");
    connection.prepare_cached(&sql)?.query_and_then([column::json(&names)?], standing)?.collect()
}

/// Signed drafts with a hole that this one is to fill.
pub(crate) fn signed_after(connection: &Connection, id: &DraftId) -> Result<Vec<StoredDraft>> {
    // The text is looked through first: few of many drafts name the id, and only those are read whole.
    let sql = format!("{SELECT} WHERE state = 'countersigned' AND instr(content, ?1) > 0 AND drafts.id <> ?1 ORDER BY drafts.id");
    let found: Vec<StoredDraft> = connection.prepare_cached(&sql)?.query_and_then([&id.0], stored)?.collect::<Result<_>>()?;
    Ok(found.into_iter().filter(|found| found.draft.frozen.waits_for().any(|on| on == id)).collect())
}

/// Of these subjects, or of all.
pub(crate) fn ids_in(connection: &Connection, states: &[State], of: Option<&BTreeSet<Subject>>) -> Result<Vec<DraftId>> {
    let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
    // The plus keeps the way through the subjects: few of many drafts are theirs.
    let among = if of.is_some() { "subject IN (SELECT value FROM json_each(?2)) AND +state" } else { "?2 IS NULL AND state" };
    let sql = format!("SELECT id FROM drafts WHERE {among} IN (SELECT value FROM json_each(?1)) ORDER BY proposed_at, subject, step, id");
    let mut found = connection.prepare_cached(&sql)?;
    let of = of.map(column::json).transpose()?;
    Ok(found.query_map(params![column::json(&names)?, of], |row| Ok(DraftId(row.get(0)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// A legal move, refused otherwise: `step` is one of the ways of [`State`].
pub(crate) fn legal(standing: &Standing, step: fn(State) -> std::result::Result<State, Illegal>) -> Result<State> {
    step(standing.state).map_err(|Illegal { from, to }| BookError::Illegal { draft: standing.id.clone(), from, to })
}

/// Stores a move that was found legal, and keeps the row of Review in step.
pub(crate) fn move_to(connection: &Connection, standing: &Standing, to: State, now: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE drafts SET state = ?1, changed_at = ?2 WHERE id = ?3 AND state = ?4";
    let moved = connection.prepare_cached(sql)?.execute(params![to.name(), column::stamp(now), standing.id.0, standing.state.name()])?;
    if moved != 1 {
        return Err(BookError::Illegal { draft: standing.id.clone(), from: standing.state, to });
    }
    review::follow(connection, &standing.subject)
}

/// Keeps what was approved, and takes the approval away.
pub(crate) fn go_stale(connection: &Connection, stored: &StoredDraft, difference: &Difference, now: DateTime<Utc>) -> Result<()> {
    let to = legal(&stored.standing, State::go_stale)?;
    keep_past(connection, stored, now)?;
    move_to(connection, &stored.standing, to, now)?;
    let sql = "UPDATE drafts SET signed_by = NULL, signed_machine = NULL, signed_at = NULL, current = 0, difference = ?1 WHERE id = ?2";
    connection.prepare_cached(sql)?.execute(params![column::json(difference)?, stored.standing.id.0])?;
    Ok(())
}

pub(crate) fn keep_past(connection: &Connection, stored: &StoredDraft, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO draft_history (draft, fingerprint, content, state, until_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    let standing = &stored.standing;
    connection.prepare_cached(sql)?.execute(params![
        standing.id.0,
        standing.fingerprint.0,
        column::json(&stored.draft)?,
        standing.state.name(),
        column::stamp(now)
    ])?;
    Ok(())
}

/// The content that had this fingerprint.
pub(crate) fn past_with(connection: &Connection, id: &DraftId, fingerprint: &Fingerprint) -> Result<Option<Draft>> {
    let sql = "SELECT content FROM draft_history WHERE draft = ?1 AND fingerprint = ?2 ORDER BY rowid DESC LIMIT 1";
    past(connection, sql, [&id.0, &fingerprint.0])
}

/// The content that a person last approved, and that died.
pub(crate) fn last_approved(connection: &Connection, id: &DraftId) -> Result<Option<Draft>> {
    let sql = "SELECT content FROM draft_history WHERE draft = ?1 AND state = 'countersigned' ORDER BY rowid DESC LIMIT 1";
    past(connection, sql, [&id.0])
}

fn past(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Option<Draft>> {
    let found: Option<String> = connection.prepare_cached(sql)?.query_one(params, |row| row.get(0)).optional()?;
    found.map(|text| column::from_json(&text)).transpose()
}

/// A difference of one fact.
pub(crate) fn one_field(draft: &Draft, field: &str, before: Option<String>, after: Option<String>) -> Difference {
    Difference { before: draft.fingerprint(), after: None, fields: vec![Changed { field: field.to_owned(), before, after }] }
}

pub(crate) fn stored(row: &Row<'_>) -> Result<StoredDraft> {
    Ok(StoredDraft { standing: standing(row)?, draft: column::draft_at(row, "content")? })
}

pub(crate) fn standing(row: &Row<'_>) -> Result<Standing> {
    Ok(Standing {
        id: DraftId(row.get("id")?),
        subject: Subject(row.get("subject")?),
        kind: WriteKind(row.get("kind")?),
        destination: row.get("destination")?,
        step: row.get("step")?,
        state: column::state_at(row, "state")?,
        fingerprint: Fingerprint(row.get("fingerprint")?),
        current: row.get("current")?,
        amount: column::money(row, "amount")?,
        signed: signature(row)?,
        proposed_at: column::instant_at(row, "proposed_at")?,
        changed_at: column::instant_at(row, "changed_at")?,
        difference: column::json_at(row, "difference")?,
        declined: column::json_at(row, "declined_reason")?,
        refusal: column::json_at(row, "refusal")?,
        results: column::json_at(row, "results")?.unwrap_or_default(),
        note: row.get("note")?,
    })
}

fn signature(row: &Row<'_>) -> Result<Option<Signature>> {
    let Some(person) = row.get::<_, Option<String>>("signed_by")? else { return Ok(None) };
    Ok(Some(Signature {
        who: Who { person, machine: row.get("signed_machine")? },
        name: row.get("signer_name")?,
        initials: row.get("signer_initials")?,
        at: column::instant_at(row, "signed_at")?,
    }))
}
