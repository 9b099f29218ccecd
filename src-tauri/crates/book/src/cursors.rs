//! How far each walk over the other side has come: what makes a fetch incremental and resumable.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{Book, Result, Side, column};

/// A place in a walk, in the words of the client that walks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub json: String,
    pub at: DateTime<Utc>,
}

impl Book {
    pub fn cursor(&self, side: Side, kind: &str) -> Result<Option<Cursor>> {
        let found = self
            .connection
            .prepare_cached("SELECT json, at FROM cursors WHERE side = ?1 AND kind = ?2")?
            .query_one([side.name(), kind], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
            .optional()?;
        found.map(|(json, at)| Ok(Cursor { json, at: column::instant(&at)? })).transpose()
    }

    /// When anything of this side was last asked and answered.
    pub fn fetched_at(&self, side: Side) -> Result<Option<DateTime<Utc>>> {
        let at: Option<String> =
            self.connection.prepare_cached("SELECT max(at) FROM cursors WHERE side = ?1")?.query_one([side.name()], |row| row.get(0))?;
        at.map(|at| column::instant(&at)).transpose()
    }
}

/// In the transaction of the page that it follows.
pub(crate) fn set(connection: &Connection, side: Side, kind: &str, json: &str, at: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO cursors (side, kind, json, at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (side, kind) DO UPDATE SET json = ?3, at = ?4";
    connection.prepare_cached(sql)?.execute(params![side.name(), kind, json, column::stamp(at)])?;
    Ok(())
}
