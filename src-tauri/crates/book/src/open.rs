//! The file itself: made, opened, brought up to date, copied, refused.

use std::{
    cell::RefCell,
    fmt,
    io::Read,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use ::drafts::Subject;
use chrono::{DateTime, NaiveDate, Utc};
use money::Currency;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Act, Book, BookError, Result, Who, column, trail};

/// Whose books these are: what a new book must know of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBook {
    /// Random; part of every mark, so that two books on one ledger never mistake each other's work.
    pub id: String,
    pub name: String,
    pub mode: Mode,
    /// `business-central`, `e-conomic`.
    pub ledger: String,
    /// Of the IANA list, such as `Europe/Copenhagen`.
    pub zone: String,
    /// The ledger's base currency.
    pub currency: Currency,
    /// Nothing dated before it is ever proposed.
    pub start_date: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookHead {
    pub id: String,
    pub name: String,
    pub mode: Mode,
    pub ledger: String,
    pub zone: String,
    pub currency: Currency,
    pub start_date: NaiveDate,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Demo,
    Test,
    Live,
}

#[derive(Clone, Debug)]
pub(crate) enum Place {
    File(PathBuf),
    /// Name of SQLite's `memdb`, shared by all connections of this process.
    Memory(String),
}

/// Every step of the schema's life, oldest first; `user_version` counts those taken.
const STEPS: &[&str] = &[include_str!("schema/0001.sql")];

/// In the header of the file: "this is a book" (`CSGN`).
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"CSGN");

/// How long one connection waits while another commits.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// More than this room has.
const STATEMENTS_KEPT: usize = 128;

impl Book {
    /// Makes a new file; an existing one is left as it is.
    pub fn create(path: &Path, new: &NewBook, now: DateTime<Utc>) -> Result<Self> {
        if path.exists() {
            return Err(BookError::Exists(path.to_owned()));
        }
        Self::make(Place::File(path.to_owned()), new, now)
    }

    /// A book in memory, for tests and simulation. [`Book::again`] opens it a second time.
    pub fn in_memory(new: &NewBook, now: DateTime<Utc>) -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("countersign-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Self::make(Place::Memory(name), new, now)
    }

    /// Opens a book of this or an older version; an older one is copied beside itself first.
    /// A newer, foreign or altered file is refused, unharmed.
    pub fn open(path: &Path, now: DateTime<Utc>) -> Result<Self> {
        Self::open_with(path, STEPS, now)
    }

    fn open_with(path: &Path, steps: &[&str], now: DateTime<Utc>) -> Result<Self> {
        if !path.is_file() {
            return Err(BookError::Missing(path.to_owned()));
        }
        let found = Header::of_file(path)?.check(path, steps)?;
        let place = Place::File(path.to_owned());
        let mut connection = place.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if found < steps.len() {
            copy_before(&connection, path, found)?;
            migrate(&mut connection, steps, now)?;
        }
        same_schema(&connection, path, steps)?;
        keep_a_log(&connection)?;
        Ok(Self { connection, held: None, mirror_moves: 0, verified: RefCell::default(), place })
    }

    /// Whose book lies there and its newest settings, without opening it: nothing is changed, not even the version.
    pub fn look_at(path: &Path) -> Result<(BookHead, Option<String>)> {
        if !path.is_file() {
            return Err(BookError::Missing(path.to_owned()));
        }
        Header::of_file(path)?.check(path, STEPS)?;
        let connection = only_read(path)?;
        let head = head_of(&connection)?;
        let settings = connection.query_row("SELECT json FROM settings ORDER BY version DESC LIMIT 1", [], |row| row.get(0)).optional()?;
        Ok((head, settings))
    }

    /// A second connection to the same book, such as one to read with.
    pub fn again(&self) -> Result<Self> {
        let connection = self.place.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        Ok(Self { connection, held: None, mirror_moves: 0, verified: RefCell::default(), place: self.place.clone() })
    }

    /// A whole, closed copy in one file. An existing file is left as it is.
    pub fn save_copy(&self, to: &Path) -> Result<()> {
        if to.exists() {
            return Err(BookError::Exists(to.to_owned()));
        }
        vacuum_into(&self.connection, to)?;
        Header::of_file(to)?.check(to, STEPS)?;
        let copy = only_read(to)?;
        same_schema(&copy, to, STEPS)?;
        whole(&copy)
    }

    /// Gives the book another name; the file keeps its own.
    pub fn rename(&mut self, name: &str, who: Option<&Who>, now: DateTime<Utc>) -> Result<()> {
        self.write(|tx| {
            tx.execute("UPDATE book SET name = ?1", [name])?;
            trail::append(tx, trail::New { who, ..trail::New::act(Act::Renamed) }.body(json!({ "name": name })), now)
        })?;
        Ok(())
    }

    pub fn head(&self) -> Result<BookHead> {
        head_of(&self.connection)
    }

    /// Where the file is; a book in memory has none.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Memory(_) => None,
        }
    }

    /// Reads every page: for the background, after an unclean end.
    pub fn check(&self) -> Result<()> {
        whole(&self.connection)
    }

    fn make(place: Place, new: &NewBook, now: DateTime<Utc>) -> Result<Self> {
        let mut connection = place.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        take_steps(&tx, STEPS, 0)?;
        tx.execute(
            "INSERT INTO book (one, id, name, mode, ledger, zone, currency, start_date, created_at, revision, trail_seq, trail_hash)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, 0, ?9)",
            params![
                new.id,
                new.name,
                new.mode.name(),
                new.ledger,
                new.zone,
                new.currency.code(),
                new.start_date.to_string(),
                column::stamp(now),
                trail::BEGINNING
            ],
        )?;
        let body = json!({ "name": new.name, "mode": new.mode.name(), "ledger": new.ledger, "zone": new.zone, "start_date": new.start_date });
        trail::append(&tx, trail::New::act(Act::Created).subject(&Subject(format!("book:{}", new.id))).body(body), now)?;
        tx.commit()?;
        keep_a_log(&connection)?;
        Ok(Self { connection, held: None, mirror_moves: 0, verified: RefCell::default(), place })
    }
}

fn head_of(connection: &Connection) -> Result<BookHead> {
    let mut query = connection.prepare("SELECT * FROM book")?;
    let head = query.query_and_then([], |row| {
        Ok(BookHead {
            id: row.get("id")?,
            name: row.get("name")?,
            mode: Mode::named(&row.get::<_, String>("mode")?)?,
            ledger: row.get("ledger")?,
            zone: row.get("zone")?,
            currency: Currency::parse(&row.get::<_, String>("currency")?).map_err(|_| BookError::damaged("its currency"))?,
            start_date: column::date(&row.get::<_, String>("start_date")?)?,
            created_at: column::instant_at(row, "created_at")?,
        })
    })?;
    head.into_iter().next().ok_or_else(|| BookError::damaged("it does not say whose it is"))?
}

/// Reads every page.
fn whole(connection: &Connection) -> Result<()> {
    let found: String = connection.query_one("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(BookError::damaged(found)) }
}

impl Place {
    fn connect(&self, flags: OpenFlags) -> Result<Connection> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = match self {
            // Never read as a URI: it begins with no `file:`.
            Self::File(path) => Connection::open_with_flags(std::path::absolute(path)?, flags)?,
            Self::Memory(name) => Connection::open_with_flags(format!("file:/{name}?vfs=memdb"), flags)?,
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // A commit has reached the disk when it returns: an intent must outlive the power.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(connection)
    }
}

/// Readers then never wait for the writer. (A book in memory stays as it is.)
fn keep_a_log(connection: &Connection) -> Result<()> {
    connection.query_one("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    Ok(())
}

/// What the file says it is.
struct Header {
    application_id: i32,
    version: u32,
}

impl Header {
    /// Read through SQLite, which changes nothing in the file.
    fn of_file(path: &Path) -> Result<Self> {
        let read = Self::of(&only_read(path)?);
        read.map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) if !begins_as_ours(path) => {
                BookError::NotABook(path.to_owned())
            }
            _ => error.into(),
        })
    }

    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            application_id: connection.query_one("PRAGMA application_id", [], |row| row.get(0))?,
            // A negative one was never ours.
            version: connection.query_one("PRAGMA user_version", [], |row| row.get::<_, i32>(0))?.try_into().unwrap_or(0),
        })
    }

    /// The steps it has taken, when this program may open it.
    fn check(&self, path: &Path, steps: &[&str]) -> Result<usize> {
        if self.application_id != APPLICATION_ID || self.version == 0 {
            return Err(BookError::NotABook(path.to_owned()));
        }
        let taken = usize::try_from(self.version).unwrap_or(usize::MAX);
        if taken > steps.len() {
            let known = u32::try_from(steps.len()).unwrap_or(u32::MAX);
            return Err(BookError::Newer { path: path.to_owned(), found: self.version, known });
        }
        Ok(taken)
    }
}

/// Whether the first bytes are a book's, whatever became of the rest (sqlite.org, "Database File Format").
fn begins_as_ours(path: &Path) -> bool {
    let mut head = [0; 72];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.starts_with(b"SQLite format 3\0") && head.ends_with(&APPLICATION_ID.to_be_bytes())
}

/// A connection that changes nothing in the file.
fn only_read(path: &Path) -> Result<Connection> {
    let absolute = std::path::absolute(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = match closed(&absolute) {
        Some(uri) => Connection::open_with_flags(uri, flags)?,
        None => Connection::open_with_flags(&absolute, flags)?,
    };
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// A file without a log beside it is whole in itself: read as unchanging, not even an empty log is
/// left beside it (sqlite.org, "Uniform Resource Identifiers": `immutable`).
fn closed(path: &Path) -> Option<String> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        return None;
    }
    let mut uri = String::from(if cfg!(windows) { "file:///" } else { "file:" });
    for byte in path.to_str()?.bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b':' | b'.' | b'-' | b'_' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    Some(uri + "?immutable=1")
}

/// All pending steps in one transaction, or none.
fn migrate(connection: &mut Connection, steps: &[&str], now: DateTime<Utc>) -> Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been quicker.
    let from = usize::try_from(Header::of(&tx)?.version).unwrap_or(usize::MAX);
    if from < steps.len() {
        take_steps(&tx, steps, from)?;
        trail::append(&tx, trail::New::act(Act::Migrated).body(json!({ "from": from, "to": steps.len() })), now)?;
    }
    tx.commit()?;
    Ok(())
}

fn take_steps(connection: &Connection, steps: &[&str], from: usize) -> Result<()> {
    for step in steps.iter().skip(from) {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "user_version", i64::try_from(steps.len()).unwrap_or(i64::MAX))?;
    Ok(())
}

/// `books.countersign` of version 1 is kept as `books.countersign.v1`.
fn copy_before(connection: &Connection, path: &Path, version: usize) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".v{version}"));
    let copy = PathBuf::from(name);
    if copy.exists() {
        // From an earlier try that was cut off, or already whole; both can be made again.
        std::fs::remove_file(&copy)?;
    }
    vacuum_into(connection, &copy)?;
    let kept = Connection::open_with_flags(&copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if usize::try_from(Header::of(&kept)?.version) != Ok(version) {
        return Err(BookError::damaged("its copy could not be opened"));
    }
    Ok(())
}

fn vacuum_into(connection: &Connection, to: &Path) -> Result<()> {
    let name = to.to_str().ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidFilename, "the path is not Unicode"))?;
    connection.execute("VACUUM INTO ?1", [name])?;
    Ok(())
}

/// The tables, indexes and triggers are exactly ours.
fn same_schema(connection: &Connection, path: &Path, steps: &[&str]) -> Result<()> {
    let fresh = Connection::open_in_memory()?;
    take_steps(&fresh, steps, 0)?;
    let (ours, theirs) = (schema(&fresh)?, schema(connection)?);
    let differs = ours.iter().find(|part| !theirs.contains(part)).or_else(|| theirs.iter().find(|part| !ours.contains(part)));
    match differs {
        None => Ok(()),
        Some((what, _)) => Err(BookError::Altered { path: path.to_owned(), what: what.clone() }),
    }
}

fn schema(connection: &Connection) -> Result<Vec<(String, Option<String>)>> {
    // sqlite_stat tables are SQLite's own notes.
    let sql = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1";
    let mut query = connection.prepare(sql)?;
    let parts = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(parts.collect::<rusqlite::Result<_>>()?)
}

impl Mode {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    fn named(name: &str) -> Result<Self> {
        [Self::Demo, Self::Test, Self::Live].into_iter().find(|mode| mode.name() == name).ok_or_else(|| BookError::damaged("its mode"))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
#[path = "tests/open.rs"]
mod tests;
