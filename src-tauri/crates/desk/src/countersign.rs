//! A person signs, takes a signature back, or says no. What is signed is exactly what was seen.

use std::collections::{BTreeMap, BTreeSet};

use book::{Countersigned, Verdict, Who};
use chrono::{DateTime, Utc};
use drafts::{DraftId, State, Subject};
use money::{Currency, Money};

use crate::commands::{self, *};
use crate::open::Open;
use crate::review::{self, ledger_key};
use crate::row::{Row, find, fingerprint};
use crate::{Desk, propose};

/// Rows that one act may sign.
const MOST_ROWS: usize = 20_000;

impl Desk {
    pub async fn signable(&self, asked: ReviewQuery) -> Result<Signable, Problem> {
        let open = self.open()?;
        let book = open.book();
        let wanted = match asked.bucket {
            Bucket::New | Bucket::Strong => asked.bucket,
            _ => Bucket::Exact,
        };
        let query = review::query(&ReviewQuery { bucket: wanted, ..asked });
        let (mut rows, mut sums, mut yes, mut yes_sums) = (Vec::new(), Sums::default(), Vec::new(), Sums::default());
        for row in book.review_all(&query)? {
            // What something contradicts, is less than sure, or a person must want first is looked at one by one.
            let shown = Row::read(&row)?;
            if rows.len() + yes.len() >= MOST_ROWS || shown.is_contradicted() || shown.only_proposed || !shown.is_sure() {
                continue;
            }
            if !shown.pays.is_empty() {
                yes_sums.add(row.amount);
                yes.push(Choose { key: row.key.0, documents: shown.documents().map(|right| right.id.clone()).collect() });
                continue;
            }
            let drafts = book.signable(&row.key)?;
            if !drafts.is_empty() {
                sums.add(row.amount);
                rows.push(SignedRow { key: row.key.0, fingerprint: fingerprint(&drafts) });
            }
        }
        Ok(Signable { rows, sums: sums.amounts(), yes, yes_sums: yes_sums.amounts() })
    }

    pub async fn countersign(&self, asked: Countersign) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        if asked.rows.len() + asked.yes.len() > MOST_ROWS {
            return Err(Problem::new(Code::BadRequest));
        }
        // One instant for all that is done in one act: so it is taken back.
        let now = self.now();
        let mut done = sign(&open, asked.rows, &who, now)?;
        if !asked.yes.is_empty() {
            let _claimed = self.claim(&open, |_| ()).await?;
            for yes in &asked.yes {
                review::say_yes(&mut open.book(), yes, &who, now)?;
            }
            self.repropose(&open).await?;
            done.done += count(asked.yes.len() as u64);
        }
        Ok(Changed { revision: open.book().revision()?, ..done })
    }

    pub async fn undo(&self, asked: RowKeys) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let now = self.now();
        let keys: BTreeSet<_> = asked.keys.into_iter().map(Subject).collect();
        let matched: BTreeSet<_> =
            review::matched_money(&open.book())?.into_iter().map(|said| said.subject).filter(|key| keys.contains(key)).collect();
        let rows = unsign(&open, &keys, &who, now)?;
        if !matched.is_empty() {
            let _claimed = self.claim(&open, |_| ()).await?;
            for key in &matched {
                review::take_back(&mut open.book(), key, &who, now)?;
            }
            self.repropose(&open).await?;
        }
        let done: BTreeSet<_> = rows.union(&matched).collect();
        let not_done = keys.iter().filter(|key| !done.contains(key)).map(|key| not_signable(key.0.clone(), "not_signed")).collect();
        Ok(Changed { revision: open.book().revision()?, done: count(done.len() as u64), not_done })
    }

    pub async fn undo_log(&self, _: Nothing) -> Result<UndoLog, Problem> {
        let open = self.open()?;
        let book = open.book();
        let mut acts: BTreeMap<(DateTime<Utc>, String), BTreeSet<Subject>> = BTreeMap::new();
        for draft in book.drafts_in(&[State::Countersigned])? {
            if let Some(signed) = draft.signed.filter(|_| propose::is_row(&draft.subject)) {
                acts.entry((signed.at, signed.who.person)).or_default().insert(draft.subject);
            }
        }
        for said in review::matched_money(&book)? {
            acts.entry((said.at, said.who.person)).or_default().insert(said.subject);
        }
        let people: BTreeMap<_, _> = book.people()?.into_iter().map(|person| (person.id.clone(), person)).collect();
        let signings = acts.into_iter().rev().filter_map(|((at, person), subjects)| Some((at, people.get(&person)?, subjects)));
        let signings = signings.map(|(at, person, subjects)| {
            let named = book.review_names(&subjects)?.into_iter();
            let rows = named.map(|(key, (number, name))| SignedName { key: key.0, number, name }).collect();
            Ok(Signing { name: person.name.clone(), initials: person.initials.clone(), at: stamp(at), rows })
        });
        Ok(UndoLog { signings: signings.collect::<book::Result<_>>()? })
    }

    /// A declined pair never comes back, and the row stays open for another; any other reason sets the row itself aside.
    pub async fn decline(&self, asked: Decline) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let subject = Subject(asked.key.clone());
        let row = Row::read(&find(&open.book(), &asked.key)?.row)?;
        // Money that pays several documents is declined for all of them.
        let pairs: BTreeSet<String> = row.documents().map(|right| ledger_key(right.kind, &right.id)).collect();
        if let Some(reason) = of_row(asked.reason) {
            open.book().decline(&subject, &reason, &who, self.now())?;
        } else if pairs.is_empty() {
            return Err(Problem::new(Code::BadRequest));
        } else {
            let _claimed = self.claim(&open, |_| ()).await?;
            let now = self.now();
            for pair in pairs {
                open.book().decide_pair(&subject, &pair, Some(Verdict::Declined), &who, now)?;
            }
            self.repropose(&open).await?;
        }
        open.changed(1)
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
        open.changed(count(asked.keys.len() as u64))
    }
}

fn sign(open: &Open, rows: Vec<SignedRow>, who: &Who, now: DateTime<Utc>) -> Result<Changed, Problem> {
    let mut book = open.book();
    let changed = |key: String| NotDone { problem: Problem::new(Code::Changed).with("what", key.clone()), key };
    let (mut keys, mut seen, mut not_done) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let drafts = book.signable(&Subject(row.key.clone()))?;
        if drafts.is_empty() {
            not_done.push(not_signable(row.key, "nothing_to_sign"));
        } else if fingerprint(&drafts) != row.fingerprint {
            not_done.push(changed(row.key));
        } else {
            keys.push(row.key);
            seen.push(drafts);
        }
    }
    let signed = book.countersign_rows(&seen, who, now)?;
    let unlike = keys.into_iter().zip(signed).filter(|(_, signed)| matches!(signed, Countersigned::Changed(_)));
    let unlike: Vec<_> = unlike.map(|(key, _)| changed(key)).collect();
    let done = count((seen.len() - unlike.len()) as u64);
    not_done.extend(unlike);
    Ok(Changed { revision: book.revision()?, done, not_done })
}

/// Takes signatures back; the rows that had one.
fn unsign(open: &Open, keys: &BTreeSet<Subject>, who: &Who, now: DateTime<Utc>) -> Result<BTreeSet<Subject>, Problem> {
    let mut book = open.book();
    let signed = book.signed()?;
    let rows: BTreeSet<_> = signed.iter().map(|(_, subject, _)| subject).filter(|subject| keys.contains(subject)).cloned().collect();
    if !rows.is_empty() {
        book.undo(&with_their_own(&signed, &rows), who, now)?;
    }
    Ok(rows)
}

/// The signed drafts of these rows, and new customers' that no other signed draft waits for.
fn with_their_own(signed: &[(DraftId, Subject, Vec<DraftId>)], rows: &BTreeSet<Subject>) -> Vec<DraftId> {
    let (own, others): (Vec<_>, Vec<_>) = signed.iter().partition(|(_, subject, _)| rows.contains(subject));
    let waited = |all: &[&(DraftId, Subject, Vec<DraftId>)]| -> BTreeSet<DraftId> { all.iter().flat_map(|(_, _, waits)| waits).cloned().collect() };
    let (needed, kept) = (waited(&own), waited(&others));
    let without_row = others.iter().filter(|(_, subject, _)| !propose::is_row(subject)).map(|(id, _, _)| id);
    let shared = without_row.filter(|id| needed.contains(id) && !kept.contains(id));
    own.iter().map(|(id, _, _)| id).chain(shared).cloned().collect()
}

/// Sums by currency.
#[derive(Default)]
struct Sums(BTreeMap<Currency, Money>);

impl Sums {
    fn add(&mut self, amount: Money) {
        let sum = self.0.entry(amount.currency()).or_insert(Money::zero(amount.currency()));
        *sum = sum.plus(amount).unwrap_or(*sum);
    }

    fn amounts(self) -> Vec<Amount> {
        self.0.into_values().map(Amount::from).collect()
    }
}

fn not_signable(key: String, why: &str) -> NotDone {
    NotDone { problem: Problem::new(Code::NotSignable).with("what", key.clone()).with("why", why), key }
}

/// None: it is said of the pair alone.
fn of_row(reason: commands::DeclineReason) -> Option<drafts::DeclineReason> {
    match reason {
        commands::DeclineReason::NotThis {} => None,
        commands::DeclineReason::BookedElsewhere { entry } => Some(drafts::DeclineReason::BookedElsewhere { entry }),
        commands::DeclineReason::NotOurs {} => Some(drafts::DeclineReason::NotOurs),
        commands::DeclineReason::Later {} => Some(drafts::DeclineReason::Later),
    }
}
