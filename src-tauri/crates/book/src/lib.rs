//! The file: one Stripe account paired with one ledger company, its mirror, drafts,
//! approvals, outbox and trail, in one SQLite database. The only room with SQL.
//!
//! A [`Book`] is synchronous and owns one connection. Every act is one transaction that
//! holds all of it or nothing, its entry in the trail included. Time and randomness come
//! in as values, so a run can be played again.
//!
//! ```text
//! Book::create / open ─▶ claim ─▶ put_page …            fetch       (needs the claim)
//!                                 repropose               propose     (needs the claim)
//!                                 countersign, undo       a person    (anybody who has it open)
//!                                 prepare ─▶ begin ─▶ settle        write (needs the claim)
//!                                 unknowns ─▶ resolve     after a lost reply
//! ```
//!
//! What must hold whatever happens: for one approval there is never more than one live
//! [`Permit`](drafts::Permit); a permit that dies with its process is read as *unknown*
//! by the next holder of the claim; what was sent is stored before its first byte leaves.

mod approvals;
mod basket;
mod claim;
mod column;
mod cursors;
mod decisions;
mod error;
#[cfg(test)]
#[path = "tests/fixture.rs"]
mod fixture;
mod mirror;
mod open;
mod outbox;
mod people;
mod proposals;
mod review;
mod settings;
mod shelf;
mod signable;
mod trail;
mod unknowns;
mod watch;
mod window;

use std::cell::RefCell;

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use approvals::{Countersigned, Undone};
pub use basket::{Basket, Group};
pub use claim::Holder;
pub use cursors::Cursor;
pub use decisions::{Pair, Verdict};
pub use error::{BookError, Result};
pub use mirror::{MirrorStamp, Past, Put, Record, Side, Stored};
pub use open::{BookHead, Mode, NewBook};
pub use outbox::{Begun, Prepared, Ready};
pub use people::{Person, Who};
pub use proposals::{Proposal, Proposed};
pub use review::{Bucket, Class, ReviewRow};
pub use settings::Settings;
pub use shelf::{DraftAt, DraftList, Signature, Standing, StoredDraft};
pub use trail::{About, Act, Entry, Verified};
pub use unknowns::{Answered, Judgement, Unknown};
pub use watch::{Observation, Observed, Watched};
pub use window::{Anchor, At, MOST_ROWS, Query, Window, WindowRow};

/// An open book.
#[derive(Debug)]
pub struct Book {
    // Closed before the claim is let go: fields drop in this order.
    connection: Connection,
    held: Option<claim::Held>,
    mirror_moves: u64,
    verified: RefCell<Option<trail::VerifiedTo>>,
    place: open::Place,
}

impl Book {
    /// Moves with every change that a window could show, also by another process.
    pub fn revision(&self) -> Result<u64> {
        revision(&self.connection)
    }

    /// Moves when anybody else has committed something (sqlite.org, "PRAGMA data_version").
    fn written_by_others(&self) -> Result<i64> {
        Ok(self.connection.prepare_cached("PRAGMA data_version")?.query_one([], |row| row.get(0))?)
    }

    /// One transaction: all of `act`, or nothing.
    fn write<T>(&mut self, act: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = tx.total_changes();
        let done = act(&tx)?;
        if tx.total_changes() != before {
            tx.execute("UPDATE book SET revision = revision + 1", [])?;
        }
        tx.commit()?;
        Ok(done)
    }

    /// The same, for what only the holder of the claim may do; `act` is told the mark of this very claim.
    fn write_claimed<T>(&mut self, act: impl FnOnce(&Transaction<'_>, &str) -> Result<T>) -> Result<T> {
        let mark = self.held.as_ref().ok_or(BookError::NotClaimed)?.mark().to_owned();
        self.write(|tx| {
            claim::check(tx, &mark)?;
            act(tx, &mark)
        })
    }

    /// Several reads that see the same moment.
    fn read<T>(&self, look: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let tx = self.connection.unchecked_transaction()?;
        let seen = look(&tx)?;
        tx.commit()?;
        Ok(seen)
    }
}

fn revision(connection: &Connection) -> Result<u64> {
    column::count(connection.query_one("SELECT revision FROM book", [], |row| row.get(0))?)
}

#[cfg(test)]
#[path = "tests/machine.rs"]
mod machine;
