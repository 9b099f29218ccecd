//! What was done, by whom and when, and whether anybody touched the record of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};

use book::{About, Act, Entry, Person, Verified};
use drafts::{DraftId, Subject};
use serde_json::json;

use crate::Desk;
use crate::commands::*;

const MOST_ROWS: u32 = 200;

impl Desk {
    pub async fn trail(&self, asked: TrailWindow) -> Result<Trail, Problem> {
        let open = self.open()?;
        let book = open.book();
        let act = asked.act.as_deref().map(|act| named(act).ok_or(Problem::new(Code::BadRequest))).transpose()?;
        let about = About { subject: asked.row.map(Subject), draft: asked.draft.map(DraftId), act };
        let entries = book.trail_about(&about, asked.before.map(u64::from), asked.limit.min(MOST_ROWS))?;
        let verified = book.verify_on()?;
        let people = book.people()?;
        let mut numbers: BTreeMap<Subject, Option<String>> = BTreeMap::new();
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let number = match &entry.subject {
                None => None,
                Some(subject) if numbers.contains_key(subject) => numbers.get(subject).cloned().flatten(),
                Some(subject) => {
                    let number = book.review_row(subject)?.map(|row| row.row.number);
                    numbers.insert(subject.clone(), number.clone());
                    number
                }
            };
            rows.push(row(entry, number, &people));
        }
        let (entries, head, broken_at) = match verified {
            Verified::Whole { entries, head } => (entries, head, None),
            Verified::Broken { at } => (book.trail_count(&About::default())?, String::new(), Some(count(at))),
        };
        let found = count(book.trail_count(&about)?);
        Ok(Trail { entries: count(entries), head, unbroken: broken_at.is_none(), broken_at, rows, found })
    }

    /// Each entry with its hash on a line of its own; the last line is the head, to be written down elsewhere.
    pub async fn export_trail(&self, asked: SaveTo) -> Result<SavedReport, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let at = self.now();
        let path = self.place_of_trail(asked);
        let not_saved = |error: std::io::Error| Problem::new(Code::ReportNotSaved).with("cause", crate::problems::cause(error.kind()));
        let mut book = open.book();
        book.note(Act::Exported, Some(&who), None, json!({ "what": "trail" }), at)?;
        let mut file = BufWriter::new(File::create(&path).map_err(not_saved)?);
        book.each_entry(|entry| writeln!(file, "{}", line(&entry)))?;
        let last = match book.verify_trail()? {
            Verified::Whole { entries, head } => json!({ "entries": entries, "head": head }),
            Verified::Broken { at } => json!({ "broken_at": at }),
        };
        writeln!(file, "{last}").and_then(|()| file.flush()).map_err(not_saved)?;
        Ok(SavedReport { path: path.display().to_string() })
    }
}

fn row(entry: Entry, number: Option<String>, people: &[Person]) -> TrailRow {
    let name = |person: &str| people.iter().find(|known| known.id == person).map_or_else(|| person.to_owned(), |known| known.name.clone());
    TrailRow {
        sequence: count(entry.seq),
        at: stamp(entry.at),
        who: entry.who.as_ref().map(|who| name(&who.person)).unwrap_or_default(),
        act: word(entry.act),
        about: entry.subject.map_or_else(String::new, |subject| subject.0),
        number,
        draft: entry.draft.map(|draft| draft.0),
        body: entry.body,
        hash: entry.hash,
    }
}

fn line(entry: &Entry) -> serde_json::Value {
    let body = serde_json::from_str(&entry.body).unwrap_or(serde_json::Value::Null);
    json!({
        "sequence": entry.seq,
        "at": entry.at,
        "person": entry.who.as_ref().map(|who| &who.person),
        "machine": entry.who.as_ref().map(|who| &who.machine),
        "act": word(entry.act),
        "row": entry.subject.as_ref().map(|subject| &subject.0),
        "draft": entry.draft.as_ref().map(|draft| &draft.0),
        "body": body,
        // The hash is over the very text.
        "body_text": entry.body,
        "previous": entry.previous,
        "hash": entry.hash,
    })
}

/// As the trail itself calls it.
fn word(act: Act) -> String {
    serde_json::to_value(act).ok().and_then(|act| act.as_str().map(str::to_owned)).unwrap_or_default()
}

fn named(act: &str) -> Option<Act> {
    serde_json::from_value(serde_json::Value::String(act.to_owned())).ok()
}
