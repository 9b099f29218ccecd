//! A person's word: yes to exactly this, not yet, no, again.

use ::drafts::{DeclineReason, Difference, DraftId, Fingerprint, MadeBy, State, Subject};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    Act, Book, Result, Standing, StoredDraft, Who, column, people, review,
    shelf::{self, legal},
    trail,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Countersigned {
    /// All of them, each bound to the fingerprint that was seen.
    Done(Vec<DraftId>),
    /// None of them: these are not what was seen.
    Changed(Vec<(DraftId, Difference)>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    pub undone: Vec<DraftId>,
    /// No longer waiting: what they are now.
    pub too_late: Vec<(DraftId, State)>,
}

impl Book {
    pub fn countersign(&mut self, id: &DraftId, seen: &Fingerprint, who: &Who, now: DateTime<Utc>) -> Result<Countersigned> {
        self.countersign_all(&[(id.clone(), seen.clone())], who, now)
    }

    /// All or none, since a person approved them together. One that already has this approval
    /// keeps it; a stale one may be approved as it is now.
    pub fn countersign_all(&mut self, seen: &[(DraftId, Fingerprint)], who: &Who, now: DateTime<Utc>) -> Result<Countersigned> {
        let mut done = self.countersign_rows(std::slice::from_ref(&seen), who, now)?;
        Ok(done.pop().unwrap_or(Countersigned::Done(Vec::new())))
    }

    /// The same for many rows in one transaction, each row all or none; answers in their order.
    pub fn countersign_rows(&mut self, rows: &[impl AsRef<[(DraftId, Fingerprint)]>], who: &Who, now: DateTime<Utc>) -> Result<Vec<Countersigned>> {
        self.write(|tx| {
            people::check(tx, who)?;
            rows.iter().map(|seen| sign_row(tx, seen.as_ref(), who, now)).collect()
        })
    }

    /// Takes approvals back before anything was sent.
    pub fn undo(&mut self, ids: &[DraftId], who: &Who, now: DateTime<Utc>) -> Result<Undone> {
        self.write(|tx| {
            people::check(tx, who)?;
            let mut done = Undone::default();
            for id in ids {
                let standing = shelf::require_standing(tx, id)?;
                match standing.state.undo() {
                    Err(_) => done.too_late.push((id.clone(), standing.state)),
                    Ok(to) => {
                        reopen_draft(tx, &standing, to, Act::Undone, who, now)?;
                        done.undone.push(id.clone());
                    }
                }
            }
            Ok(done)
        })
    }

    /// No to a subject and to all of its drafts that are open, stale or refused; also to one without
    /// drafts. Refused while one of them is approved or on its way: undo first.
    pub fn decline(&mut self, subject: &Subject, reason: &DeclineReason, who: &Who, now: DateTime<Utc>) -> Result<Vec<DraftId>> {
        self.write(|tx| {
            people::check(tx, who)?;
            let mut declined = Vec::new();
            for stored in shelf::of_subject(tx, subject)? {
                let standing = &stored.standing;
                if !matches!(standing.state, State::Declined | State::Written | State::Posted | State::Altered | State::Deleted) {
                    shelf::move_to(tx, standing, legal(standing, State::decline)?, now)?;
                    declined.push(standing.id.clone());
                }
            }
            let sql = "INSERT INTO declined (subject, reason, person, machine, at) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (subject) DO UPDATE SET reason = ?2, person = ?3, machine = ?4, at = ?5";
            tx.execute(sql, params![subject.0, column::json(reason)?, who.person, who.machine, column::stamp(now)])?;
            review::follow(tx, subject)?;
            let body = json!({ "reason": reason, "drafts": declined });
            trail::append(tx, trail::New::by(Act::Declined, who).subject(subject).body(body), now)?;
            Ok(declined)
        })
    }

    /// What people set aside for later is open again; with the next fetch, since later is then.
    pub fn reopen_later(&mut self, now: DateTime<Utc>) -> Result<Vec<Subject>> {
        self.write(|tx| {
            let later = column::json(&DeclineReason::Later)?;
            let mut found = tx.prepare_cached("SELECT subject FROM declined WHERE reason = ?1 ORDER BY subject")?;
            let subjects: Vec<Subject> = found.query_map([later], |row| row.get(0).map(Subject))?.collect::<rusqlite::Result<_>>()?;
            for subject in &subjects {
                let drafts = take_back_no(tx, subject, now)?;
                trail::append(tx, trail::New::act(Act::Reopened).subject(subject).body(json!({ "drafts": drafts, "later": true })), now)?;
            }
            Ok(subjects)
        })
    }

    /// Takes a no back.
    pub fn reopen(&mut self, subject: &Subject, who: &Who, now: DateTime<Utc>) -> Result<Vec<DraftId>> {
        self.write(|tx| {
            people::check(tx, who)?;
            let opened = take_back_no(tx, subject, now)?;
            let body = json!({ "drafts": opened });
            trail::append(tx, trail::New::by(Act::Reopened, who).subject(subject).body(body), now)?;
            Ok(opened)
        })
    }

    /// Refused ones are open again, after the cause was shown; each needs a new approval. One that was
    /// deleted over there stays deleted, and makes room for another draft of its row.
    pub fn replay(&mut self, ids: &[DraftId], who: &Who, now: DateTime<Utc>) -> Result<()> {
        self.write(|tx| {
            people::check(tx, who)?;
            for id in ids {
                let standing = shelf::require_standing(tx, id)?;
                if standing.state == State::Deleted {
                    retire(tx, &standing, who, now)?;
                } else {
                    let to = legal(&standing, State::replay)?;
                    reopen_draft(tx, &standing, to, Act::Replayed, who, now)?;
                }
            }
            Ok(())
        })
    }
}

fn take_back_no(tx: &Connection, subject: &Subject, now: DateTime<Utc>) -> Result<Vec<DraftId>> {
    tx.execute("DELETE FROM declined WHERE subject = ?1", [&subject.0])?;
    let mut opened = Vec::new();
    for stored in shelf::of_subject(tx, subject)? {
        if let Ok(to) = stored.standing.state.reopen() {
            open(tx, &stored.standing, to, now)?;
            opened.push(stored.standing.id);
        }
    }
    review::follow(tx, subject)?;
    Ok(opened)
}

/// The approval dies: a source changed, or it is no longer proposed. What waits for it is signed no more.
pub(crate) fn go_stale(tx: &Connection, stored: &StoredDraft, difference: &Difference, now: DateTime<Utc>) -> Result<()> {
    shelf::go_stale(tx, stored, difference, now)?;
    let standing = &stored.standing;
    let new = trail::New::act(Act::WentStale).subject(&standing.subject).draft(&standing.id);
    trail::append(tx, new.body(json!(difference)), now)?;
    release(tx, &standing.id, now)
}

/// Takes the approvals back that wait for this draft, on any way round: as they stand they could never be sent.
pub(crate) fn release(tx: &Connection, id: &DraftId, now: DateTime<Utc>) -> Result<()> {
    for stored in shelf::signed_after(tx, id)? {
        let standing = &stored.standing;
        open(tx, standing, legal(standing, State::undo)?, now)?;
        let body = json!({ "fingerprint": standing.fingerprint, "waits_for": id });
        trail::append(tx, trail::New::act(Act::Released).subject(&standing.subject).draft(&standing.id).body(body), now)?;
        release(tx, &standing.id, now)?;
    }
    Ok(())
}

fn sign_row(tx: &Connection, seen: &[(DraftId, Fingerprint)], who: &Who, now: DateTime<Utc>) -> Result<Countersigned> {
    let (mut changed, mut same) = (Vec::new(), Vec::new());
    for (id, fingerprint) in seen {
        let standing = shelf::require_standing(tx, id)?;
        match unlike(tx, &standing, fingerprint)? {
            Some(difference) => changed.push((id.clone(), difference)),
            None => same.push(standing),
        }
    }
    if !changed.is_empty() {
        return Ok(Countersigned::Changed(changed));
    }
    same.iter().try_for_each(|standing| sign(tx, standing, who, now))?;
    Ok(Countersigned::Done(same.into_iter().map(|standing| standing.id).collect()))
}

/// What differs between what was seen and what would be approved; `None` when it is the same.
fn unlike(tx: &Connection, standing: &Standing, seen: &Fingerprint) -> Result<Option<Difference>> {
    let open = matches!(standing.state, State::Proposed | State::Stale | State::Countersigned);
    if !open {
        // Says which state it is in.
        legal(standing, State::countersign)?;
    }
    if standing.fingerprint != *seen {
        let difference = match shelf::past_with(tx, &standing.id, seen)? {
            Some(old) => Difference::between(&old, &shelf::require(tx, &standing.id)?.draft),
            None => Difference { before: seen.clone(), after: Some(standing.fingerprint.clone()), fields: Vec::new() },
        };
        return Ok(Some(difference));
    }
    if standing.current {
        return Ok(None);
    }
    let withdrawn = || Ok(shelf::one_field(&shelf::require(tx, &standing.id)?.draft, "proposed", Some("yes".to_owned()), None));
    standing.difference.clone().map_or_else(withdrawn, Ok).map(Some)
}

fn sign(tx: &Connection, standing: &Standing, who: &Who, now: DateTime<Utc>) -> Result<()> {
    let mut standing = standing.clone();
    if standing.state == State::Countersigned {
        return Ok(());
    }
    if standing.state == State::Stale {
        let renewed = legal(&standing, State::renew)?;
        shelf::move_to(tx, &standing, renewed, now)?;
        standing.state = renewed;
    }
    let to = legal(&standing, State::countersign)?;
    let sql = "UPDATE drafts SET signed_by = ?1, signed_machine = ?2, signed_at = ?3, difference = NULL WHERE id = ?4";
    tx.prepare_cached(sql)?.execute(params![who.person, who.machine, column::stamp(now), standing.id.0])?;
    shelf::move_to(tx, &standing, to, now)?;
    let body =
        json!({ "kind": standing.kind, "fingerprint": standing.fingerprint, "amount": standing.amount, "made_by": made_by(tx, &standing.id)? });
    trail::append(tx, trail::New::by(Act::Countersigned, who).subject(&standing.subject).draft(&standing.id).body(body), now)
}

/// Read alone, without the request and the document around it.
fn made_by(tx: &Connection, id: &DraftId) -> Result<MadeBy> {
    let text: String =
        tx.prepare_cached("SELECT json_extract(content, '$.made_by') FROM drafts WHERE id = ?1")?.query_one([&id.0], |row| row.get(0))?;
    column::from_json(&text)
}

fn reopen_draft(tx: &Connection, standing: &Standing, to: State, act: Act, who: &Who, now: DateTime<Utc>) -> Result<()> {
    open(tx, standing, to, now)?;
    let body = json!({ "fingerprint": standing.fingerprint });
    trail::append(tx, trail::New::by(act, who).subject(&standing.subject).draft(&standing.id).body(body), now)
}

fn retire(tx: &Connection, standing: &Standing, who: &Who, now: DateTime<Utc>) -> Result<()> {
    tx.prepare_cached("UPDATE drafts SET current = 0 WHERE id = ?1")?.execute([&standing.id.0])?;
    review::follow(tx, &standing.subject)?;
    let body = json!({ "deleted": standing.results });
    trail::append(tx, trail::New::by(Act::Replayed, who).subject(&standing.subject).draft(&standing.id).body(body), now)
}

fn open(tx: &Connection, standing: &Standing, to: State, now: DateTime<Utc>) -> Result<()> {
    shelf::move_to(tx, standing, to, now)?;
    let sql = "UPDATE drafts SET signed_by = NULL, signed_machine = NULL, signed_at = NULL, difference = NULL, refusal = NULL WHERE id = ?1";
    tx.prepare_cached(sql)?.execute([&standing.id.0])?;
    Ok(())
}
