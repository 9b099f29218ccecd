//! A person signs, takes a signature back, or says no. What is signed is exactly what was seen.

use std::collections::{BTreeMap, BTreeSet};

use book::{Book, Countersigned, Verdict};
use drafts::{DraftId, Fingerprint, State, Subject};
use sha2::{Digest, Sha256};

use crate::commands::{self, *};
use crate::open::Open;
use crate::review::{self, find, ledger_key, row_of};
use crate::{Desk, books, propose};

/// Rows that one signature may cover.
const MOST_ROWS: u32 = 500;

impl Desk {
    pub async fn signable(&self, asked: ReviewQuery) -> Result<Signable, Problem> {
        let open = self.open()?;
        let book = open.book();
        let wanted = match asked.bucket {
            Bucket::New | Bucket::Strong => asked.bucket,
            _ => Bucket::Exact,
        };
        let query = review::query(&ReviewQuery { bucket: wanted, ..asked });
        let window = book.review_window(&query, &book::Anchor { at: book::At::Start, before: 0, after: MOST_ROWS })?;
        let (mut rows, mut sums) = (Vec::new(), std::collections::BTreeMap::new());
        for row in &window.rows {
            let drafts = signable_drafts(&book, &row.row.key)?;
            // What something contradicts, or a person must want first, is looked at one by one.
            let shown = row_of(row)?;
            if drafts.is_empty() || shown.is_contradicted() || shown.only_proposed {
                continue;
            }
            let amount = row.row.amount;
            let sum = sums.entry(amount.currency()).or_insert(money::Money::zero(amount.currency()));
            *sum = sum.plus(amount).unwrap_or(*sum);
            rows.push(SignedRow { key: row.row.key.0.clone(), fingerprint: row_fingerprint(&drafts) });
        }
        Ok(Signable { rows, sums: sums.into_values().map(Amount::from).collect() })
    }

    pub async fn countersign(&self, asked: Countersign) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        // One instant for all that is signed in one act: so it is taken back.
        let now = self.now();
        let mut book = open.book();
        let (mut done, mut not_done) = (0, Vec::new());
        for row in asked.rows {
            let drafts = signable_drafts(&book, &Subject(row.key.clone()))?;
            let changed = || Problem::new(Code::Changed).with("what", row.key.clone());
            let problem = if drafts.is_empty() {
                Some(Problem::new(Code::NotSignable).with("what", row.key.clone()).with("why", "nothing_to_sign"))
            } else if row_fingerprint(&drafts) != row.fingerprint {
                Some(changed())
            } else {
                match book.countersign_all(&drafts, &who, now)? {
                    Countersigned::Done(_) => None,
                    Countersigned::Changed(_) => Some(changed()),
                }
            };
            match problem {
                None => done += 1,
                Some(problem) => not_done.push(NotDone { key: row.key, problem }),
            }
        }
        Ok(Changed { revision: book.revision()?, done, not_done })
    }

    pub async fn undo(&self, asked: RowKeys) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let mut book = open.book();
        let (mut done, mut not_done) = (0, Vec::new());
        for key in asked.keys {
            let ids = signed_drafts(&book, &Subject(key.clone()))?;
            let undone = book.undo(&ids, &who, self.now())?;
            if undone.undone.is_empty() {
                let why = undone.too_late.first().map_or("not_signed", |(_, state)| state.name());
                not_done.push(NotDone { problem: Problem::new(Code::NotSignable).with("what", key.clone()).with("why", why), key });
            } else {
                done += 1;
            }
        }
        Ok(Changed { revision: book.revision()?, done, not_done })
    }

    pub async fn undo_log(&self, _: Nothing) -> Result<UndoLog, Problem> {
        let open = self.open()?;
        let book = open.book();
        let mut acts: BTreeMap<_, (book::Signature, BTreeSet<Subject>)> = BTreeMap::new();
        for draft in book.drafts_in(&[State::Countersigned])? {
            if let Some(signed) = draft.signed.filter(|_| propose::is_row(&draft.subject)) {
                let act = acts.entry((signed.at, signed.who.person.clone())).or_insert_with(|| (signed, BTreeSet::new()));
                act.1.insert(draft.subject);
            }
        }
        let signings = acts.into_values().rev().map(|(signed, subjects)| {
            let rows = subjects.into_iter().filter_map(|subject| book.review_row(&subject).transpose());
            let named = rows.map(|row| row.map(|row| SignedName { key: row.row.key.0, number: row.row.number, name: row.row.name }));
            let rows = named.collect::<book::Result<_>>()?;
            Ok(Signing { name: signed.name, initials: signed.initials, at: books::stamp(signed.at), rows })
        });
        Ok(UndoLog { signings: signings.collect::<book::Result<_>>()? })
    }

    /// A declined pair never comes back; a row without a pair is declined itself.
    pub async fn decline(&self, asked: Decline) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let subject = Subject(asked.key.clone());
        let row = row_of(&find(&open.book(), &asked.key)?)?;
        // Money that pays several documents is declined for all of them.
        let pairs: BTreeSet<String> = row.documents().map(|right| ledger_key(right.kind, &right.id)).collect();
        match asked.reason {
            commands::DeclineReason::NotOurs {} if !pairs.is_empty() => {
                let _claimed = self.claim(&open, |_| ()).await?;
                for pair in pairs {
                    open.book().decide_pair(&subject, &pair, Some(Verdict::Declined), &who, self.now())?;
                }
                self.repropose(&open).await?;
            }
            _ => drop(open.book().decline(&subject, &reason(asked.reason), &who, self.now())?),
        }
        changed(&open, 1)
    }

    pub async fn reopen(&self, asked: RowKeys) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let now = self.now();
        for key in &asked.keys {
            let subject = Subject(key.clone());
            let mut book = open.book();
            let again = book.drafts_of(&subject)?.into_iter().map(|stored| stored.standing);
            let again = again.filter(|draft| matches!(draft.state, State::Refused | State::Deleted) && draft.declined.is_none());
            let again: Vec<_> = again.filter(|draft| draft.state == State::Refused || draft.current).map(|draft| draft.id).collect();
            if again.is_empty() {
                book.reopen(&subject, &who, now)?;
            } else {
                book.replay(&again, &who, now)?;
            }
        }
        let _claimed = self.claim(&open, |_| ()).await?;
        self.repropose(&open).await?;
        changed(&open, books::count(asked.keys.len() as u64))
    }
}

/// The open drafts of a row and what they wait for that has no row of its own, signed there or not yet, in the
/// order of writing. Another row is signed by itself. Nothing when no draft of the row itself is open.
pub fn signable_drafts(book: &Book, subject: &Subject) -> Result<Vec<(DraftId, Fingerprint)>, Problem> {
    let (mut needed, mut own) = (Vec::new(), Vec::new());
    for stored in book.drafts_of(subject)?.into_iter().filter(|stored| can_be_signed(&stored.standing)) {
        for id in stored.draft.frozen.waits_for() {
            let Some(other) = book.draft(id)?.map(|other| other.standing) else { continue };
            let open = can_be_signed(&other) || other.state == State::Countersigned;
            let known = needed.iter().any(|(known, _)| known == id);
            if other.subject != *subject && !propose::is_row(&other.subject) && open && !known {
                needed.push((id.clone(), other.fingerprint));
            }
        }
        own.push((stored.standing.id, stored.standing.fingerprint));
    }
    Ok(if own.is_empty() { own } else { needed.into_iter().chain(own).collect() })
}

/// What a signature under a row binds to: all of its open drafts.
pub fn row_fingerprint(drafts: &[(DraftId, Fingerprint)]) -> String {
    let mut hash = Sha256::new();
    for (id, fingerprint) in drafts {
        for part in [&id.0, &fingerprint.0] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn can_be_signed(standing: &book::Standing) -> bool {
    standing.current && matches!(standing.state, State::Proposed | State::Stale)
}

/// The signed drafts of a row, and a new customer's that no other signed draft waits for.
fn signed_drafts(book: &Book, subject: &Subject) -> Result<Vec<DraftId>, Problem> {
    let signed = book.drafts_in(&[State::Countersigned])?;
    let own: BTreeSet<_> = signed.iter().filter(|standing| standing.subject == *subject).map(|standing| standing.id.clone()).collect();
    let (mut needed, mut others) = (BTreeSet::new(), BTreeSet::new());
    for standing in &signed {
        let Some(stored) = book.draft(&standing.id)? else { continue };
        let waits = stored.draft.frozen.waits_for().cloned();
        if own.contains(&standing.id) { needed.extend(waits) } else { others.extend(waits) }
    }
    let without_row = |id: &DraftId| signed.iter().any(|standing| standing.id == *id && !propose::is_row(&standing.subject));
    let shared = needed.into_iter().filter(|id| !others.contains(id) && without_row(id));
    Ok(own.iter().cloned().chain(shared.filter(|id| !own.contains(id))).collect())
}

fn changed(open: &Open, done: u32) -> Result<Changed, Problem> {
    Ok(Changed { revision: open.book().revision()?, done, not_done: Vec::new() })
}

fn reason(reason: commands::DeclineReason) -> drafts::DeclineReason {
    match reason {
        commands::DeclineReason::BookedElsewhere { entry } => drafts::DeclineReason::BookedElsewhere { entry },
        commands::DeclineReason::NotOurs {} => drafts::DeclineReason::NotOurs,
        commands::DeclineReason::Later {} => drafts::DeclineReason::Later,
    }
}
