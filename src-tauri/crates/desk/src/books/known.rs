//! The books of this computer: those of the folder, and those opened elsewhere before.

use std::path::{Path, PathBuf};

use book::{Book, BookHead as Head};

use super::place::{ENDING, real};
use crate::Desk;
use crate::commands::*;
use crate::problems::at;
use crate::settings::Settings;

/// Books that the first page lists.
const MOST_BOOKS: usize = 50;
/// Beside the books: where others lie.
const ELSEWHERE: &str = "books.json";

impl Desk {
    pub(crate) fn known_books(&self, open: Option<&Path>) -> Vec<KnownBook> {
        let open = open.map(real);
        self.known_paths().into_iter().map(|path| self.known(&path, open.as_deref() == Some(&real(&path)))).collect()
    }

    /// Of the folder and those opened elsewhere before, the newest first.
    fn known_paths(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.around().folder()).into_iter().flatten().flatten().map(|entry| entry.path());
        let elsewhere = self.elsewhere().into_iter().filter(|path| path.exists());
        let books = entries.filter(|path| path.extension().is_some_and(|ending| ending == ENDING)).chain(elsewhere);
        let mut seen = std::collections::BTreeSet::new();
        let once = books.filter(|path| seen.insert(real(path)));
        let mut found: Vec<_> = once.map(|path| (std::cmp::Reverse(changed_at(&path)), path)).collect();
        found.sort();
        found.into_iter().map(|(_, path)| path).take(MOST_BOOKS).collect()
    }

    fn known(&self, path: &Path, open: bool) -> KnownBook {
        let looked = look_at(path);
        let (name, mode, settings, problem) = match looked {
            Ok((head, settings)) => (head.name, mode(head.mode), settings, None),
            Err(problem) => (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), Mode::Live, None, Some(problem)),
        };
        KnownBook {
            path: path.display().to_string(),
            name,
            mode: settings.as_ref().map_or(mode, Settings::mode),
            account: settings.as_ref().and_then(|settings| settings.stripe.as_ref()).map(|side| side.name.clone()),
            company: settings.as_ref().and_then(Settings::company).map(|company| company.name.clone()),
            changed_at: changed_at(path).map(|at| stamp(at.into())),
            open,
            problem,
        }
    }

    /// Paths of books outside of the folder that were opened here.
    fn elsewhere(&self) -> Vec<PathBuf> {
        let kept = std::fs::read(self.around().folder().join(ELSEWHERE)).unwrap_or_default();
        serde_json::from_slice(&kept).unwrap_or_default()
    }

    /// Only for the list of the first page, so a folder that cannot be written is no fault.
    pub(super) fn remember(&self, path: &Path) {
        let folder = self.around().folder();
        let mut known = self.elsewhere();
        let there = real(path);
        if there.parent() == Some(&real(&folder)) || known.iter().any(|known| real(known) == there) {
            return;
        }
        known.insert(0, there);
        known.truncate(MOST_BOOKS);
        if let Ok(text) = serde_json::to_vec_pretty(&known) {
            let _ = std::fs::write(folder.join(ELSEWHERE), text);
        }
    }
}

/// The settings of the other known books, as far as they can be read.
pub fn known_settings(desk: &Desk, but: &str) -> Vec<(KnownBook, Settings)> {
    let others = desk.known_paths().into_iter().filter_map(|path| {
        let (head, settings) = look_at(&path).ok()?;
        (head.id != but).then_some((desk.known(&path, false), settings?))
    });
    others.collect()
}

/// Head and settings of a book that is not to be opened: it is only read.
fn look_at(path: &Path) -> Result<(Head, Option<Settings>), Problem> {
    let (head, settings) = Book::look_at(path).map_err(|error| at(path, error))?;
    Ok((head, settings.and_then(|json| serde_json::from_str(&json).ok())))
}

fn changed_at(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

fn mode(mode: book::Mode) -> Mode {
    match mode {
        book::Mode::Demo => Mode::Demo,
        book::Mode::Test => Mode::Test,
        book::Mode::Live => Mode::Live,
    }
}
