//! Who may fetch and write: one process at a time. A lock file beside the book says who
//! is alive (the system lets go of it when a process dies), a row in the book says who it is.

use std::{collections::BTreeSet, fs::File, path::Path, sync::Mutex};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::{Book, BookError, Result, column, open::Place};

/// A process, as it names itself to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub process: u32,
    /// When it started, as text for people.
    pub started: String,
    /// Random; tells two processes apart whose numbers are equal.
    pub nonce: String,
}

#[derive(Debug)]
pub(crate) struct Held {
    /// This very claim: the process and how many claims were taken before.
    mark: String,
    _lock: Lock,
}

#[derive(Debug)]
enum Lock {
    /// Unlocked by the system when it is closed.
    File {
        _file: File,
    },
    Memory(String),
}

impl Held {
    pub fn mark(&self) -> &str {
        &self.mark
    }
}

impl Book {
    /// Takes the claim, or says who has it. Kept until [`Book::release`] or until the book is
    /// dropped; taking it again while it is held changes nothing. Call [`Book::recover`] next.
    pub fn claim(&mut self, me: &Holder, now: DateTime<Utc>) -> Result<()> {
        if self.held.is_some() {
            return Ok(());
        }
        let Some(lock) = lock(&self.place)? else {
            return Err(BookError::Busy { by: holder(&self.connection)?.unwrap_or_else(unnamed) });
        };
        let mark = self.write(|tx| {
            tx.execute(
                "INSERT INTO claim (one, process, started, nonce, number, at) VALUES (1, ?1, ?2, ?3, 1, ?4)
                 ON CONFLICT (one) DO UPDATE SET process = ?1, started = ?2, nonce = ?3, number = number + 1, at = ?4",
                params![me.process, me.started, me.nonce, column::stamp(now)],
            )?;
            Ok(tx.query_one(&format!("SELECT {MARK} FROM claim"), [], |row| row.get(0))?)
        })?;
        self.held = Some(Held { mark, _lock: lock });
        Ok(())
    }

    /// Lets go of the claim, so that another process may fetch and write.
    pub fn release(&mut self) {
        self.held = None;
    }

    pub const fn holds_claim(&self) -> bool {
        self.held.is_some()
    }
}

const MARK: &str = "nonce || '/' || number";

/// Inside the transaction that relies on it.
pub(crate) fn check(tx: &Transaction<'_>, mark: &str) -> Result<()> {
    let standing: Option<String> = tx.prepare_cached(&format!("SELECT {MARK} FROM claim"))?.query_one([], |row| row.get(0)).optional()?;
    if standing.as_deref() == Some(mark) {
        return Ok(());
    }
    Err(holder(tx)?.map_or(BookError::NotClaimed, |by| BookError::Busy { by }))
}

fn holder(connection: &Connection) -> Result<Option<Holder>> {
    let read = connection.query_one("SELECT process, started, nonce FROM claim", [], |row| {
        Ok(Holder { process: row.get(0)?, started: row.get(1)?, nonce: row.get(2)? })
    });
    Ok(read.optional()?)
}

/// Locked, but not yet named: it is between the lock and the row.
fn unnamed() -> Holder {
    Holder { process: 0, started: "a moment ago".to_owned(), nonce: String::new() }
}

/// Books in memory have no file to lock; only this process can hold them.
static HELD_IN_MEMORY: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn lock(place: &Place) -> Result<Option<Lock>> {
    match place {
        Place::File(path) => lock_file(path),
        Place::Memory(name) => {
            let taken = held_in_memory().insert(name.clone());
            Ok(taken.then(|| Lock::Memory(name.clone())))
        }
    }
}

/// Beside the book and never the book itself: closing that by other means would drop SQLite's
/// own locks (sqlite.org, "How To Corrupt An SQLite Database File").
fn lock_file(path: &Path) -> Result<Option<Lock>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(name)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock::File { _file: file })),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Self::Memory(name) = self {
            held_in_memory().remove(name);
        }
    }
}

fn held_in_memory() -> std::sync::MutexGuard<'static, BTreeSet<String>> {
    HELD_IN_MEMORY.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
#[path = "tests/claim.rs"]
mod tests;
