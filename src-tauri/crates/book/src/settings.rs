//! The settings of the book: JSON text whose meaning belongs to the desk. Every version stays.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use crate::{Act, Book, BookError, Result, Who, column, people, trail};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// From 1.
    pub version: u32,
    pub json: String,
    pub at: DateTime<Utc>,
}

impl Book {
    /// The newest version; `None` before the first was saved.
    pub fn settings(&self) -> Result<Option<Settings>> {
        self.one("SELECT * FROM settings ORDER BY version DESC LIMIT 1", [])
    }

    pub fn settings_version(&self, version: u32) -> Result<Option<Settings>> {
        self.one("SELECT * FROM settings WHERE version = ?1", [version])
    }

    /// Answers the new version, or the standing one when nothing differs.
    /// `who` may be missing only while a book is being set up.
    pub fn save_settings(&mut self, json: &str, who: Option<&Who>, now: DateTime<Utc>) -> Result<u32> {
        if serde_json::from_str::<serde::de::IgnoredAny>(json).is_err() {
            return Err(BookError::NotJson);
        }
        let standing = self.settings()?;
        if let Some(standing) = standing.filter(|standing| standing.json == json) {
            return Ok(standing.version);
        }
        self.write(|tx| {
            who.map(|who| people::check(tx, who)).transpose()?;
            let version: u32 = tx.query_one("SELECT coalesce(max(version), 0) + 1 FROM settings", [], |row| row.get(0))?;
            let (person, machine) = (who.map(|who| &who.person), who.map(|who| &who.machine));
            tx.execute(
                "INSERT INTO settings (version, json, person, machine, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![version, json, person, machine, column::stamp(now)],
            )?;
            let body = json!({ "version": version, "sha256": trail::sha256(json) });
            trail::append(tx, trail::New { who, ..trail::New::act(Act::SettingsSaved) }.body(body), now)?;
            Ok(version)
        })
    }

    fn one(&self, sql: &str, params: impl rusqlite::Params) -> Result<Option<Settings>> {
        let found = self.connection.prepare_cached(sql)?.query_one(params, |row| Ok(read(row))).optional()?;
        found.transpose()
    }
}

fn read(row: &Row<'_>) -> Result<Settings> {
    Ok(Settings { version: row.get("version")?, json: row.get("json")?, at: column::instant_at(row, "at")? })
}

#[cfg(test)]
#[path = "tests/settings.rs"]
mod tests;
