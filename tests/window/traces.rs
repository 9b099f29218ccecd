//! What a run leaves behind, searched for secrets in every form they can take.

use std::{
    fs,
    path::{Path, PathBuf},
};

use desk::Redactor;
use rusqlite::{Connection, OpenFlags, types::ValueRef};

/// The demo company's own memory: it plays the other side, which knows its own keys.
const OTHER_SIDE: &str = "sandbox";

/// Says where a secret stands in the files below a folder; the rows of a book are read one by
/// one, since their documents are compressed.
pub fn of_secrets(folder: &Path, secrets: &[String]) -> Vec<String> {
    let redactor = Redactor::new();
    for secret in secrets {
        redactor.plant(&secret.as_str().into());
    }
    let mut found = Vec::new();
    for path in files(folder) {
        // What vanished while the program ended was not left behind.
        let Ok(bytes) = fs::read(&path) else { continue };
        let is_book = bytes.starts_with(b"SQLite format 3\0");
        if holds(&redactor, &bytes) || (is_book && rows(&path).iter().any(|value| holds(&redactor, value))) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn holds(redactor: &Redactor, bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    redactor.clean(&text) != text
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder that the program left") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() && entry.path().extension().is_none_or(|ending| ending != OTHER_SIDE) {
            found.push(entry.path());
        }
    }
    found
}

/// Every text and every document of a book, unpacked.
fn rows(path: &Path) -> Vec<Vec<u8>> {
    let book = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a book");
    let tables: Vec<String> = book
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .and_then(|mut names| names.query_map([], |row| row.get(0))?.collect())
        .expect("the tables");
    let mut values = Vec::new();
    for table in tables {
        let mut all = book.prepare(&format!("SELECT * FROM \"{table}\"")).expect("a table");
        let columns = all.column_count();
        let mut rows = all.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                match row.get_ref(column).expect("a value") {
                    ValueRef::Text(text) => values.push(text.to_vec()),
                    ValueRef::Blob(blob) => values.push(zstd::decode_all(blob).unwrap_or_else(|_| blob.to_vec())),
                    _ => {}
                }
            }
        }
    }
    values
}
