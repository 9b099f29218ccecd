//! What people said about pairs. Links that matching finds again are not stored; only these words are.

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};
use serde_json::json;

use ::drafts::Subject;

use crate::{Act, Book, BookError, Result, Who, column, people, trail};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub subject: Subject,
    /// What of the ledger it is about, such as `sales_invoice:<id>`.
    pub ledger: String,
    pub verdict: Verdict,
    pub who: Who,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They belong together.
    Confirmed,
    /// Never offer this pair again.
    Declined,
}

impl Book {
    pub fn decisions(&self) -> Result<Vec<Pair>> {
        let mut query = self.connection.prepare_cached("SELECT * FROM decisions ORDER BY subject, ledger")?;
        query.query_and_then([], read)?.collect()
    }

    /// What was said of one row.
    pub fn decisions_of(&self, subject: &Subject) -> Result<Vec<Pair>> {
        let mut query = self.connection.prepare_cached("SELECT * FROM decisions WHERE subject = ?1 ORDER BY ledger")?;
        query.query_and_then([&subject.0], read)?.collect()
    }

    /// `None` takes an earlier word back.
    pub fn decide_pair(&mut self, subject: &Subject, ledger: &str, verdict: Option<Verdict>, who: &Who, now: DateTime<Utc>) -> Result<()> {
        self.write(|tx| {
            people::check(tx, who)?;
            match verdict {
                None => tx.execute("DELETE FROM decisions WHERE subject = ?1 AND ledger = ?2", [&subject.0, ledger])?,
                Some(verdict) => tx.execute(
                    "INSERT INTO decisions (subject, ledger, verdict, person, machine, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (subject, ledger) DO UPDATE SET verdict = ?3, person = ?4, machine = ?5, at = ?6",
                    params![subject.0, ledger, verdict.name(), who.person, who.machine, column::stamp(now)],
                )?,
            };
            let body = json!({ "ledger": ledger, "verdict": verdict.map(Verdict::name) });
            trail::append(tx, trail::New::by(Act::PairDecided, who).subject(subject).body(body), now)
        })
    }
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
        }
    }
}

fn read(row: &Row<'_>) -> Result<Pair> {
    let verdict: String = row.get("verdict")?;
    Ok(Pair {
        subject: Subject(row.get("subject")?),
        ledger: row.get("ledger")?,
        verdict: [Verdict::Confirmed, Verdict::Declined].into_iter().find(|v| v.name() == verdict).ok_or_else(|| BookError::damaged("a verdict"))?,
        who: Who { person: row.get("person")?, machine: row.get("machine")? },
        at: column::instant_at(row, "at")?,
    })
}

#[cfg(test)]
#[path = "tests/decisions.rs"]
mod tests;
