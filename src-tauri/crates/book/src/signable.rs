//! What one signature covers, found without reading what the drafts say.

use ::drafts::{DraftId, Fingerprint, Hole, Subject};
use rusqlite::{Connection, OptionalExtension};

use crate::{Book, Result, column};

impl Book {
    /// The open drafts of a row and what they wait for that has no row of its own, signed before or not yet, in
    /// the order of writing. Another row is signed by itself. Nothing when no draft of the row itself is open.
    pub fn signable(&self, subject: &Subject) -> Result<Vec<(DraftId, Fingerprint)>> {
        self.read(|tx| {
            let own = own(tx, subject)?;
            let mut all = Vec::new();
            for from in own.iter().flat_map(|(_, _, waits)| waits) {
                if let Some(fingerprint) = needed(tx, subject, from)?.filter(|_| all.iter().all(|(known, _)| known != from)) {
                    all.push((from.clone(), fingerprint));
                }
            }
            all.extend(own.into_iter().map(|(id, fingerprint, _)| (id, fingerprint)));
            Ok(all)
        })
    }

    /// All signed drafts with the drafts that each waits for.
    pub fn signed(&self) -> Result<Vec<(DraftId, Subject, Vec<DraftId>)>> {
        let sql = "SELECT id, subject, json_extract(content, '$.frozen.holes') FROM drafts WHERE state = 'countersigned'";
        let mut query = self.connection.prepare_cached(sql)?;
        query.query_and_then([], |row| Ok((DraftId(row.get(0)?), Subject(row.get(1)?), waits(&row.get::<_, String>(2)?)?)))?.collect()
    }
}

fn own(connection: &Connection, subject: &Subject) -> Result<Vec<(DraftId, Fingerprint, Vec<DraftId>)>> {
    let sql = "SELECT id, fingerprint, json_extract(content, '$.frozen.holes') FROM drafts
               WHERE subject = ?1 AND current = 1 AND state IN ('proposed', 'stale') ORDER BY step, id";
    let mut query = connection.prepare_cached(sql)?;
    query.query_and_then([&subject.0], |row| Ok((DraftId(row.get(0)?), Fingerprint(row.get(1)?), waits(&row.get::<_, String>(2)?)?)))?.collect()
}

/// A draft of no row, if a signature here covers it too.
fn needed(connection: &Connection, subject: &Subject, id: &DraftId) -> Result<Option<Fingerprint>> {
    let sql = "SELECT fingerprint FROM drafts WHERE id = ?1 AND subject <> ?2 AND NOT EXISTS (SELECT 1 FROM review WHERE key = subject)
               AND (state = 'countersigned' OR current = 1 AND state IN ('proposed', 'stale'))";
    Ok(connection.prepare_cached(sql)?.query_one([&id.0, &subject.0], |row| row.get(0)).optional()?.map(Fingerprint))
}

fn waits(holes: &str) -> Result<Vec<DraftId>> {
    Ok(column::from_json::<Vec<Hole>>(holes)?.into_iter().map(|hole| hole.from).collect())
}
