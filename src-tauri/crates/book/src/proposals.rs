//! What is proposed, run after run: the same write has the same id, and only what changed moves.

use std::collections::BTreeSet;

use ::drafts::{Difference, Draft, DraftId, State, Subject};
use chrono::{DateTime, Utc};
use money::Money;
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    Act, Book, Result, ReviewRow, StoredDraft, approvals, column, review,
    shelf::{self, legal},
    trail,
};

/// A draft, and what it adds to the sum of the basket: the gross of a sales document, nothing for a
/// customer or a mark. Not part of what is approved; the document shown says it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub draft: Draft,
    pub amount: Option<Money>,
}

impl From<Draft> for Proposal {
    fn from(draft: Draft) -> Self {
        Self { draft, amount: None }
    }
}

/// What a run came to, in drafts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposed {
    pub new: usize,
    /// Open ones whose content changed.
    pub renewed: usize,
    /// Approvals that died, each with its difference.
    pub stale: Vec<DraftId>,
    pub same: usize,
    /// On their way, written, refused or declined: left alone.
    pub left: usize,
}

/// States that a later run may take away.
const WITHDRAWABLE: [State; 3] = [State::Proposed, State::Countersigned, State::Stale];

impl Book {
    /// One run at one stroke: these rows with these drafts, and no others. Subjects that are not among `of` are left alone;
    /// without it the run is over the whole book.
    pub fn repropose(&mut self, of: Option<&BTreeSet<Subject>>, rows: &[ReviewRow], proposals: &[Proposal], now: DateTime<Utc>) -> Result<Proposed> {
        self.write_claimed(|tx, _| {
            review::put_all(tx, rows, of.map_or_else(|| review::keys(tx), |of| Ok(of.clone()))?)?;
            let mut run = Run { tx, now, done: Proposed::default(), touched: BTreeSet::new() };
            proposals.iter().try_for_each(|proposal| run.propose(proposal))?;
            let done = run.finish()?;
            let wanted: BTreeSet<&DraftId> = proposals.iter().map(|proposal| &proposal.draft.id).collect();
            for id in shelf::ids_in(tx, &WITHDRAWABLE, of)?.iter().filter(|id| !wanted.contains(id)) {
                withdraw(tx, &shelf::require(tx, id)?, now)?;
            }
            Ok(done)
        })
    }

    pub fn propose<P: Into<Proposal>>(&mut self, proposals: impl IntoIterator<Item = P>, now: DateTime<Utc>) -> Result<Proposed> {
        self.write_claimed(|tx, _| {
            let mut run = Run { tx, now, done: Proposed::default(), touched: BTreeSet::new() };
            for proposal in proposals {
                run.propose(&proposal.into())?;
            }
            run.finish()
        })
    }

    /// These are no longer proposed: an open one is taken away, an approved one goes stale.
    /// Others are left alone.
    pub fn withdraw(&mut self, ids: &[DraftId], now: DateTime<Utc>) -> Result<()> {
        self.write_claimed(|tx, _| ids.iter().try_for_each(|id| withdraw(tx, &shelf::require(tx, id)?, now)))
    }
}

struct Run<'a> {
    tx: &'a Connection,
    now: DateTime<Utc>,
    done: Proposed,
    touched: BTreeSet<Subject>,
}

impl Run<'_> {
    fn propose(&mut self, new: &Proposal) -> Result<()> {
        if self.stands(new)? {
            self.done.same += 1;
            return Ok(());
        }
        let Some(old) = shelf::find(self.tx, &new.draft.id)? else { return self.insert(new) };
        let same = old.standing.fingerprint == new.draft.fingerprint();
        match old.standing.state {
            State::Proposed if same => self.keep(&old, new),
            State::Proposed => self.renew(&old, new),
            State::Stale if same && old.standing.current => self.keep(&old, new),
            State::Stale => self.renew_stale(&old, new),
            State::Countersigned if same => {
                self.done.same += 1;
                Ok(())
            }
            State::Countersigned => self.go_stale(&old, new),
            _ => {
                self.done.left += 1;
                Ok(())
            }
        }
    }

    /// Whether it is open and to the letter what is proposed: so most are, run after run.
    fn stands(&self, new: &Proposal) -> Result<bool> {
        let (amount, currency, exponent) = column::columns(new.amount);
        let sql = "SELECT 1 FROM drafts WHERE id = ?1 AND state IN ('proposed', 'countersigned') AND current = 1
                   AND content = ?2 AND amount IS ?3 AND currency IS ?4 AND exponent IS ?5";
        let mut found = self.tx.prepare_cached(sql)?;
        Ok(found.exists(params![new.draft.id.0, column::json(&new.draft)?, amount, currency, exponent])?)
    }

    fn insert(&mut self, new: &Proposal) -> Result<()> {
        let draft = &new.draft;
        // What a person declined is not offered again under another draft.
        let state = if review::is_declined(self.tx, &draft.subject.0)? { State::Declined } else { State::Proposed };
        let (amount, currency, exponent) = column::columns(new.amount);
        let sql = "INSERT INTO drafts (id, subject, kind, destination, step, state, content, fingerprint, current,
                                       amount, currency, exponent, proposed_at, changed_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?10, ?11, ?12, ?12)";
        self.tx.prepare_cached(sql)?.execute(params![
            draft.id.0,
            draft.subject.0,
            draft.kind.0,
            draft.frozen.destination,
            draft.step,
            state.name(),
            column::json(draft)?,
            draft.fingerprint().0,
            amount,
            currency,
            exponent,
            column::stamp(self.now)
        ])?;
        self.touched.insert(draft.subject.clone());
        self.done.new += 1;
        Ok(())
    }

    /// The request is the same; what it was made by may be newer.
    fn keep(&mut self, old: &StoredDraft, new: &Proposal) -> Result<()> {
        if old.draft != new.draft || old.standing.amount != new.amount || !old.standing.current {
            self.replace(new)?;
        }
        self.done.same += 1;
        Ok(())
    }

    fn renew(&mut self, old: &StoredDraft, new: &Proposal) -> Result<()> {
        shelf::keep_past(self.tx, old, self.now)?;
        self.replace(new)?;
        self.done.renewed += 1;
        Ok(())
    }

    /// Stays stale, with what differs from what was approved, until a person has seen it;
    /// unless it is again what was approved: then there is nothing to see, and it is open.
    fn renew_stale(&mut self, old: &StoredDraft, new: &Proposal) -> Result<()> {
        shelf::keep_past(self.tx, old, self.now)?;
        self.replace(new)?;
        let approved = shelf::last_approved(self.tx, &new.draft.id)?;
        let approved = approved.as_ref().unwrap_or(&old.draft);
        if approved.fingerprint() == new.draft.fingerprint() {
            shelf::move_to(self.tx, &old.standing, legal(&old.standing, State::renew)?, self.now)?;
            self.explain(&new.draft.id, None)?;
        } else {
            self.explain(&new.draft.id, Some(&Difference::between(approved, &new.draft)))?;
        }
        self.done.renewed += 1;
        Ok(())
    }

    fn go_stale(&mut self, old: &StoredDraft, new: &Proposal) -> Result<()> {
        let difference = Difference::between(&old.draft, &new.draft);
        approvals::go_stale(self.tx, old, &difference, self.now)?;
        self.replace(new)?;
        self.done.stale.push(new.draft.id.clone());
        Ok(())
    }

    fn replace(&mut self, new: &Proposal) -> Result<()> {
        let draft = &new.draft;
        let (amount, currency, exponent) = column::columns(new.amount);
        let sql = "UPDATE drafts SET subject = ?2, kind = ?3, destination = ?4, step = ?5, content = ?6, fingerprint = ?7, current = 1,
                          amount = ?8, currency = ?9, exponent = ?10 WHERE id = ?1";
        self.tx.prepare_cached(sql)?.execute(params![
            draft.id.0,
            draft.subject.0,
            draft.kind.0,
            draft.frozen.destination,
            draft.step,
            column::json(draft)?,
            draft.fingerprint().0,
            amount,
            currency,
            exponent
        ])?;
        self.touched.insert(draft.subject.clone());
        Ok(())
    }

    fn explain(&self, id: &DraftId, difference: Option<&Difference>) -> Result<()> {
        let text = difference.map(column::json).transpose()?;
        self.tx.prepare_cached("UPDATE drafts SET difference = ?2 WHERE id = ?1")?.execute(params![id.0, text])?;
        Ok(())
    }

    fn finish(self) -> Result<Proposed> {
        for subject in &self.touched {
            review::follow(self.tx, subject)?;
        }
        let done = self.done;
        if done.new + done.renewed + done.stale.len() > 0 {
            let body = json!({ "new": done.new, "renewed": done.renewed, "stale": done.stale.len(), "same": done.same, "left": done.left });
            trail::append(self.tx, trail::New::act(Act::Proposed).body(body), self.now)?;
        }
        Ok(done)
    }
}

fn withdraw(tx: &Connection, old: &StoredDraft, now: DateTime<Utc>) -> Result<()> {
    let standing = &old.standing;
    match standing.state {
        State::Proposed => {
            shelf::keep_past(tx, old, now)?;
            // Refused once and open again: its attempts stay, and so must it.
            let sql = "DELETE FROM drafts WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM attempts WHERE draft = ?1)";
            if tx.prepare_cached(sql)?.execute([&standing.id.0])? == 0 {
                tx.prepare_cached("UPDATE drafts SET current = 0 WHERE id = ?1")?.execute([&standing.id.0])?;
            }
            review::follow(tx, &standing.subject)?;
            let new = trail::New::act(Act::Withdrawn).subject(&standing.subject).draft(&standing.id);
            trail::append(tx, new.body(json!({ "fingerprint": standing.fingerprint })), now)
        }
        State::Countersigned => {
            let difference = shelf::one_field(&old.draft, "proposed", Some("yes".to_owned()), None);
            approvals::go_stale(tx, old, &difference, now)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "tests/proposals.rs"]
mod tests;
