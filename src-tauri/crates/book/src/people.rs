//! The named people of the book. A person is never deleted: signatures point to them.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Act, Book, BookError, Result, column, trail};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    pub name: String,
    /// What a signed row shows.
    pub initials: String,
    /// Where they introduced themselves.
    pub machine: String,
    pub introduced_at: DateTime<Utc>,
}

/// Who acts, and on which machine (with the system's user, such as `mette@laptop`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Id of a person of the book.
    pub person: String,
    pub machine: String,
}

impl Book {
    pub fn people(&self) -> Result<Vec<Person>> {
        let mut query = self.connection.prepare_cached("SELECT * FROM people ORDER BY introduced_at, id")?;
        query.query_and_then([], read)?.collect()
    }

    /// The same name, initials and machine are the same person.
    pub fn introduce(&mut self, name: &str, initials: &str, machine: &str, now: DateTime<Utc>) -> Result<Person> {
        self.write(|tx| {
            let known = "SELECT * FROM people WHERE name = ?1 AND initials = ?2 AND machine = ?3";
            let known = tx.prepare_cached(known)?.query_and_then([name, initials, machine], read)?.next();
            if let Some(person) = known {
                return person;
            }
            let before: u32 = tx.query_one("SELECT count(*) FROM people", [], |row| row.get(0))?;
            let person = Person {
                id: format!("person-{}", before + 1),
                name: name.to_owned(),
                initials: initials.to_owned(),
                machine: machine.to_owned(),
                introduced_at: now,
            };
            tx.execute(
                "INSERT INTO people (id, name, initials, machine, introduced_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![person.id, name, initials, machine, column::stamp(now)],
            )?;
            let who = Who { person: person.id.clone(), machine: machine.to_owned() };
            trail::append(tx, trail::New::by(Act::Introduced, &who).body(json!({ "name": name, "initials": initials })), now)?;
            Ok(person)
        })
    }
}

/// Nobody signs who has not been introduced.
pub(crate) fn check(connection: &Connection, who: &Who) -> Result<()> {
    let known: Option<i64> =
        connection.prepare_cached("SELECT 1 FROM people WHERE id = ?1")?.query_one([&who.person], |row| row.get(0)).optional()?;
    known.map(|_| ()).ok_or_else(|| BookError::UnknownPerson(who.person.clone()))
}

fn read(row: &Row<'_>) -> Result<Person> {
    Ok(Person {
        id: row.get("id")?,
        name: row.get("name")?,
        initials: row.get("initials")?,
        machine: row.get("machine")?,
        introduced_at: column::instant_at(row, "introduced_at")?,
    })
}
