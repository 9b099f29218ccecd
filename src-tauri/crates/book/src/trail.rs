//! Who saw, approved and wrote what: append-only, each entry holding the hash of the one before.
//!
//! Entries are written in the transaction of the act they tell. Bodies come from requests and
//! answers, which carry no secrets.

use std::fmt::Write as _;

use ::drafts::{DraftId, Subject};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Book, BookError, Result, Who, column, people};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Created,
    Migrated,
    Introduced,
    SettingsSaved,
    RulesUsed,
    Connected,
    Disconnected,
    Fetched,
    PairDecided,
    Proposed,
    Withdrawn,
    Seen,
    Countersigned,
    Undone,
    WentStale,
    /// A signature was taken back, since what its draft waits for was refused or has changed.
    Released,
    Declined,
    Reopened,
    Replayed,
    Begun,
    Found,
    Settled,
    Recovered,
    Resolved,
    Judged,
    Observed,
    Accepted,
    Exported,
    Renamed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without gaps.
    pub seq: u64,
    pub at: DateTime<Utc>,
    /// `None`: the program by itself.
    pub who: Option<Who>,
    pub act: Act,
    pub subject: Option<Subject>,
    pub draft: Option<DraftId>,
    /// JSON text.
    pub body: String,
    pub previous: String,
    pub hash: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    Whole {
        entries: u64,
        /// Hash of the last entry; write it down elsewhere to be sure of everything before it.
        head: String,
    },
    /// The first entry that does not follow from the one before it.
    Broken { at: u64 },
}

/// How far a connection has verified the trail.
#[derive(Debug)]
pub(crate) struct VerifiedTo {
    entries: u64,
    head: String,
    /// What others had committed then.
    others: i64,
}

/// An entry to be.
pub(crate) struct New<'a> {
    pub act: Act,
    pub who: Option<&'a Who>,
    pub subject: Option<&'a Subject>,
    pub draft: Option<&'a DraftId>,
    pub body: Value,
}

/// Which entries are meant; those of everything when nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub subject: Option<Subject>,
    pub draft: Option<DraftId>,
    pub act: Option<Act>,
}

const ABOUT: &str = "(?1 IS NULL OR subject = ?1) AND (?2 IS NULL OR draft = ?2) AND (?3 IS NULL OR act = ?3)";

impl About {
    fn params(&self) -> Result<(Option<&str>, Option<&str>, Option<String>)> {
        Ok((self.subject.as_ref().map(|s| s.0.as_str()), self.draft.as_ref().map(|d| d.0.as_str()), self.act.map(Act::name).transpose()?))
    }
}

/// What the first entry follows.
pub(crate) const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Raise it when the hashed form of an entry changes.
const FORMAT: &str = "countersign-trail/1";

/// A screen of the trail asks for no more.
const MOST_ENTRIES: u32 = 500;

impl Book {
    /// Notes an act that changes nothing in the book: connected, fetched, seen, exported.
    pub fn note(&mut self, act: Act, who: Option<&Who>, subject: Option<&Subject>, body: Value, now: DateTime<Utc>) -> Result<()> {
        self.write(|tx| {
            who.map(|who| people::check(tx, who)).transpose()?;
            append(tx, New { who, subject, ..New::act(act) }.body(body), now)
        })
    }

    /// Newest first: entries before `before` (or the newest), of one subject or of all.
    pub fn trail_window(&self, before: Option<u64>, subject: Option<&Subject>, limit: u32) -> Result<Vec<Entry>> {
        self.trail_about(&About { subject: subject.cloned(), ..About::default() }, before, limit)
    }

    /// Newest first: entries before `before` (or the newest) that are about all of this.
    pub fn trail_about(&self, about: &About, before: Option<u64>, limit: u32) -> Result<Vec<Entry>> {
        let sql = format!("SELECT * FROM trail WHERE seq < ?4 AND {ABOUT} ORDER BY seq DESC LIMIT ?5");
        let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
        let mut query = self.connection.prepare_cached(&sql)?;
        let (subject, draft, act) = about.params()?;
        query.query_and_then(params![subject, draft, act, before, limit.min(MOST_ENTRIES)], read)?.collect()
    }

    /// How many entries are about all of this.
    pub fn trail_count(&self, about: &About) -> Result<u64> {
        let (subject, draft, act) = about.params()?;
        let sql = format!("SELECT count(*) FROM trail WHERE {ABOUT}");
        column::count(self.connection.prepare_cached(&sql)?.query_one(params![subject, draft, act], |row| row.get(0))?)
    }

    /// Every entry, oldest first, without holding them all.
    pub fn each_entry(&self, mut take: impl FnMut(Entry) -> std::io::Result<()>) -> Result<()> {
        self.read(|tx| {
            let mut query = tx.prepare("SELECT * FROM trail ORDER BY seq")?;
            for entry in query.query_and_then([], read)? {
                take(entry?)?;
            }
            Ok(())
        })
    }

    /// Computes every hash again.
    pub fn verify_trail(&self) -> Result<Verified> {
        self.verify_from(None)
    }

    /// The same, but what this connection has verified before is only gone on from: it can but append
    /// itself, and whatever else wrote to the file makes it begin anew.
    pub fn verify_on(&self) -> Result<Verified> {
        let others = self.written_by_others()?;
        let known = self.verified.take().filter(|known| known.others == others);
        let verified = self.verify_from(known.map(|known| (known.entries, known.head)))?;
        if let Verified::Whole { entries, head } = &verified {
            self.verified.replace(Some(VerifiedTo { entries: *entries, head: head.clone(), others }));
        }
        Ok(verified)
    }

    fn verify_from(&self, from: Option<(u64, String)>) -> Result<Verified> {
        self.read(|tx| {
            let (mut entries, mut head) = from.unwrap_or((0, BEGINNING.to_owned()));
            let mut query = tx.prepare("SELECT * FROM trail WHERE seq > ?1 ORDER BY seq")?;
            let mut rows = query.query([i64::try_from(entries).unwrap_or(i64::MAX)])?;
            while let Some(row) = rows.next()? {
                let at = entries + 1;
                // An entry that cannot even be read was not written by us.
                let Ok(entry) = read(row) else { return Ok(Verified::Broken { at }) };
                if entry.seq != at || entry.previous != head || entry.hash != hash(&entry)? {
                    return Ok(Verified::Broken { at });
                }
                (entries, head) = (at, entry.hash);
            }
            let (known, last): (i64, String) = tx.query_one("SELECT trail_seq, trail_hash FROM book", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if column::count(known)? != entries || last != head {
                return Ok(Verified::Broken { at: entries + 1 });
            }
            Ok(Verified::Whole { entries, head })
        })
    }
}

impl<'a> New<'a> {
    pub fn act(act: Act) -> Self {
        Self { act, who: None, subject: None, draft: None, body: Value::Object(serde_json::Map::new()) }
    }

    pub fn by(act: Act, who: &'a Who) -> Self {
        Self { who: Some(who), ..Self::act(act) }
    }

    pub fn subject(self, subject: &'a Subject) -> Self {
        Self { subject: Some(subject), ..self }
    }

    pub fn draft(self, draft: &'a DraftId) -> Self {
        Self { draft: Some(draft), ..self }
    }

    pub fn body(self, body: Value) -> Self {
        Self { body, ..self }
    }
}

pub(crate) fn append(connection: &Connection, new: New<'_>, now: DateTime<Utc>) -> Result<()> {
    let (seq, previous): (i64, String) =
        connection.prepare_cached("SELECT trail_seq + 1, trail_hash FROM book")?.query_one([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut entry = Entry {
        seq: column::count(seq)?,
        // As it will be read back.
        at: column::instant(&column::stamp(now))?,
        who: new.who.cloned(),
        act: new.act,
        subject: new.subject.cloned(),
        draft: new.draft.cloned(),
        body: new.body.to_string(),
        previous,
        hash: String::new(),
    };
    entry.hash = hash(&entry)?;
    let (person, machine) = (new.who.map(|who| &who.person), new.who.map(|who| &who.machine));
    let sql =
        "INSERT INTO trail (seq, at, person, machine, act, subject, draft, body, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let (subject, draft) = (new.subject.map(|s| &s.0), new.draft.map(|d| &d.0));
    connection.prepare_cached(sql)?.execute(params![
        seq,
        column::stamp(now),
        person,
        machine,
        new.act.name()?,
        subject,
        draft,
        entry.body,
        entry.previous,
        entry.hash
    ])?;
    connection.prepare_cached("UPDATE book SET trail_seq = ?1, trail_hash = ?2")?.execute(params![seq, entry.hash])?;
    Ok(())
}

pub(crate) fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Over every part with its length before it; an absent part is told from an empty one.
fn hash(entry: &Entry) -> Result<String> {
    let mut hash = Sha256::new();
    let mut part = |text: Option<&str>| {
        hash.update([u8::from(text.is_some())]);
        let text = text.unwrap_or_default();
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    part(Some(FORMAT));
    part(Some(&entry.previous));
    part(Some(&entry.seq.to_string()));
    part(Some(&column::stamp(entry.at)));
    part(entry.who.as_ref().map(|who| who.person.as_str()));
    part(entry.who.as_ref().map(|who| who.machine.as_str()));
    part(Some(&entry.act.name()?));
    part(entry.subject.as_ref().map(|subject| subject.0.as_str()));
    part(entry.draft.as_ref().map(|draft| draft.0.as_str()));
    part(Some(&entry.body));
    Ok(hex(&hash.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Act {
    /// The word in the file: what serde calls it.
    fn name(self) -> Result<String> {
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => Ok(name),
            _ => Err(BookError::damaged("an act without a name")),
        }
    }
}

fn read(row: &Row<'_>) -> Result<Entry> {
    let (person, machine): (Option<String>, Option<String>) = (row.get("person")?, row.get("machine")?);
    Ok(Entry {
        seq: column::count(row.get("seq")?)?,
        at: column::instant_at(row, "at")?,
        who: person.zip(machine).map(|(person, machine)| Who { person, machine }),
        act: serde_json::from_value(Value::String(row.get("act")?)).map_err(|_| BookError::damaged("an act of the trail"))?,
        subject: row.get::<_, Option<String>>("subject")?.map(Subject),
        draft: row.get::<_, Option<String>>("draft")?.map(DraftId),
        body: row.get("body")?,
        previous: row.get("previous")?,
        hash: row.get("hash")?,
    })
}

#[cfg(test)]
#[path = "tests/trail.rs"]
mod tests;
