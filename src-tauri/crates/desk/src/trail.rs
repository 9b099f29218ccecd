//! What was done, by whom and when, and whether anybody touched the record of it.

use book::{Book, Verified};

use crate::commands::*;
use crate::{Desk, books};

const MOST_ROWS: u32 = 200;

impl Desk {
    pub async fn trail(&self, asked: TrailWindow) -> Result<Trail, Problem> {
        let open = self.open()?;
        let book = open.book();
        let entries = book.trail_window(asked.before.map(u64::from), None, asked.limit.min(MOST_ROWS))?;
        let (count, head, unbroken) = verified(&book)?;
        let people = book.people()?;
        let name =
            |who: &book::Who| people.iter().find(|person| person.id == who.person).map_or_else(|| who.person.clone(), |person| person.name.clone());
        let rows = entries.iter().map(|entry| TrailRow {
            sequence: books::count(entry.seq),
            at: books::stamp(entry.at),
            who: entry.who.as_ref().map(name).unwrap_or_default(),
            act: serde_json::to_value(entry.act).ok().and_then(|act| act.as_str().map(str::to_owned)).unwrap_or_default(),
            about: entry.subject.as_ref().map_or_else(String::new, |subject| subject.0.clone()),
        });
        Ok(Trail { entries: count, head, unbroken, rows: rows.collect() })
    }
}

fn verified(book: &Book) -> Result<(u32, String, bool), Problem> {
    Ok(match book.verify_trail()? {
        Verified::Whole { entries, head } => (books::count(entries), head, true),
        Verified::Broken { at } => (books::count(at), String::new(), false),
    })
}
