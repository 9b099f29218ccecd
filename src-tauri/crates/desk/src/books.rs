//! Which book is open, and whose name signs in it.

mod known;
mod place;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use book::Book;
use chrono::{Datelike, NaiveDate};
use money::Currency;
use serde::{Deserialize, Serialize};

use crate::commands::*;
use crate::open::Open;
use crate::problems::at;
use crate::settings::{self, DemoCompany, Settings};
use crate::{Desk, lock, problems};

pub use known::known_settings;
pub use place::ENDING;
use place::{absolute, in_a_shared_folder};

/// The person at this computer, kept beside the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub name: String,
    pub initials: String,
}

const LONGEST_NAME: usize = 100;
const LONGEST_INITIALS: usize = 4;

impl Desk {
    pub async fn introduce(&self, who: Introduce) -> Result<Overview, Problem> {
        let me = Me { name: who.name.trim().to_owned(), initials: who.initials.trim().to_uppercase() };
        let initials = me.initials.chars().count();
        if me.name.is_empty() || me.name.chars().count() > LONGEST_NAME || !(1..=LONGEST_INITIALS).contains(&initials) {
            return Err(Problem::new(Code::BadName));
        }
        let text = serde_json::to_vec_pretty(&me).map_err(|_| Problem::new(Code::Internal))?;
        let folder = self.around().folder();
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(self.me_file(), text)).map_err(|error| not_written(&error))?;
        if let Ok(open) = self.open() {
            self.introduce_to(&open, &me)?;
        }
        self.overview(Nothing {}).await
    }

    pub async fn open_demo(&self, _: Nothing) -> Result<Overview, Problem> {
        let path = self.around().folder().join(format!("Demo company.{ENDING}"));
        if !path.exists() {
            // Yesterday: of today, some is still to come.
            let until = self.now().date_naive().pred_opt().ok_or(Problem::new(Code::Internal))?;
            self.create_demo(&path, DemoCompany { seed: 1, until, months: 3, invoices: 120 })?;
        }
        self.open_at(&path).await?;
        self.overview(Nothing {}).await
    }

    pub async fn new_book(&self, new: NewBook) -> Result<Overview, Problem> {
        let name = new.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Problem::new(Code::BadName));
        }
        let start = NaiveDate::from_ymd_opt(self.now().year(), 1, 1).ok_or(Problem::new(Code::Internal))?;
        let path = self.around().folder().join(format!("{}.{ENDING}", file_name(&name)));
        self.create(&path, &name, book::Mode::Live, &Settings::new(start, chrono_tz::Europe::Copenhagen))?;
        self.open_at(&path).await?;
        self.overview(Nothing {}).await
    }

    pub async fn open_book(&self, asked: OpenBook) -> Result<Overview, Problem> {
        self.open_at(&absolute(&asked.path, &self.around().folder())).await?;
        self.overview(Nothing {}).await
    }

    pub async fn books(&self, _: Nothing) -> Result<Books, Problem> {
        let open = lock(&self.0.open).clone();
        let copy = open.as_ref().zip(self.name_of_copy()).map(|(open, name)| open.path.with_file_name(name).display().to_string());
        let folder = self.around().folder().display().to_string();
        Ok(Books { folder, books: self.known_books(open.as_deref().map(|open| open.path.as_path())), copy })
    }

    pub async fn rename_book(&self, asked: RenameBook) -> Result<Overview, Problem> {
        let open = self.open()?;
        let name = asked.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Problem::new(Code::BadName));
        }
        let who = lock(&open.who).clone();
        open.book().rename(name, who.as_ref(), self.now())?;
        self.overview(Nothing {}).await
    }

    pub async fn save_copy(&self, asked: SaveCopy) -> Result<SavedCopy, Problem> {
        let open = self.open()?;
        let to = absolute(&asked.path, &self.around().folder());
        open.book().save_copy(&to).map_err(|error| not_copied(error.into()))?;
        if let Err(problem) = self.mark_as_copy(&to) {
            // One that does not say what it is would be a second writer to the same ledger.
            let _ = std::fs::remove_file(&to);
            return Err(not_copied(problem));
        }
        Ok(SavedCopy { path: to.display().to_string() })
    }

    fn mark_as_copy(&self, path: &Path) -> Result<(), Problem> {
        let mut copy = Book::open(path, self.now())?;
        let (_, settings) = settings::of(&copy, path)?;
        let settings = Settings { copied_at: Some(self.now()), ..settings };
        let json = serde_json::to_string(&settings).map_err(|_| Problem::new(Code::Internal))?;
        copy.save_settings(&json, None, self.now())?;
        Ok(())
    }

    /// A person says that the book it was copied from is not used any more.
    pub async fn go_on_with_copy(&self, _: Nothing) -> Result<Overview, Problem> {
        let open = self.open()?;
        open.who()?;
        self.change(&open, "copy", |settings| settings.copied_at = None)?;
        self.overview(Nothing {}).await
    }

    pub async fn close_book(&self, _: Nothing) -> Result<Overview, Problem> {
        let open = lock(&self.0.open).take();
        if let Some(open) = open {
            open.stop_fetch.store(true, std::sync::atomic::Ordering::Relaxed);
            open.stop_write.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        self.overview(Nothing {}).await
    }

    /// Makes the book of a demo company, of any size.
    pub fn create_demo(&self, path: &Path, company: DemoCompany) -> Result<(), Problem> {
        let months = chrono::Months::new(company.months);
        let start = company.until.checked_sub_months(months).and_then(|day| day.with_day(1)).ok_or(Problem::new(Code::Internal))?;
        let settings = Settings { demo: Some(company), ..Settings::new(start, chrono_tz::Europe::Copenhagen) };
        self.create(path, "Demo company", book::Mode::Demo, &settings)
    }

    /// Opens a book and all that belongs to it; the one open before is closed.
    pub async fn open_at(&self, path: &Path) -> Result<(), Problem> {
        if in_a_shared_folder(path) {
            return Err(Problem::new(Code::BookPlace).with("path", path.display().to_string()));
        }
        let book = Book::open(path, self.now()).map_err(|error| at(path, error))?;
        let (_, settings) = settings::of(&book, path)?;
        let demo = match &settings.demo {
            Some(company) => {
                let services = self.around().demo(company, Some(path.with_extension("sandbox"))).await;
                Some(services.map_err(|error| Problem::new(Code::Internal).with("cause", error.to_string()))?)
            }
            None => None,
        };
        let bases = demo.as_ref().map_or_else(|| self.around().bases(), |demo| demo.bases.clone());
        let open = Arc::new(Open::new(book, path.to_owned(), signin::Secrets::over(self.around().keychain()), demo, bases)?);
        // A person who chose so before is not asked again in this run of the program.
        if self.0.session.get(&open.secret("stripe")).await?.is_some() {
            *lock(&open.secrets) = self.0.session.clone();
        }
        if let Some(me) = self.me() {
            self.introduce_to(&open, &me)?;
        }
        self.remember(path);
        *lock(&self.0.open) = Some(open.clone());
        if open.demo.is_some() {
            self.connect_demo(&open).await?;
        }
        match self.build_clients(&open).await {
            // A keychain that is closed just now does not keep anybody from reading the book.
            Err(problem) if matches!(problem.code, Code::KeychainLocked | Code::KeychainMissing | Code::KeychainUnavailable) => Ok(()),
            other => other,
        }
    }

    fn create(&self, path: &Path, name: &str, mode: book::Mode, settings: &Settings) -> Result<(), Problem> {
        if in_a_shared_folder(path) {
            return Err(Problem::new(Code::BookPlace).with("path", path.display().to_string()));
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| not_written(&error))?;
        }
        let now = self.now();
        let id = self.around().random().iter().take(10).map(|byte| format!("{byte:02x}")).collect();
        let new = book::NewBook {
            id,
            name: name.to_owned(),
            mode,
            ledger: "business-central".into(),
            zone: settings.zone.name().into(),
            currency: Currency::parse("DKK").map_err(|_| Problem::new(Code::Internal))?,
            start_date: settings.start,
        };
        let mut book = Book::create(path, &new, now)?;
        let json = serde_json::to_string(settings).map_err(|_| Problem::new(Code::Internal))?;
        book.save_settings(&json, None, now)?;
        Ok(())
    }

    fn introduce_to(&self, open: &Open, me: &Me) -> Result<(), Problem> {
        let machine = self.around().machine();
        let person = open.book().introduce(&me.name, &me.initials, &machine, self.now())?;
        *lock(&open.who) = Some(book::Who { person: person.id, machine });
        Ok(())
    }

    pub(crate) fn me(&self) -> Option<Me> {
        serde_json::from_slice(&std::fs::read(self.me_file()).ok()?).ok()
    }

    fn me_file(&self) -> PathBuf {
        self.around().folder().join("person.json")
    }
}

fn not_copied(problem: Problem) -> Problem {
    let cause = || problem.params.get("cause").cloned().unwrap_or_else(|| problem.code.words().to_owned());
    if problem.code == Code::BookExists { problem } else { Problem::new(Code::CopyNotSaved).with("cause", cause()) }
}

fn not_written(error: &std::io::Error) -> Problem {
    Problem::new(Code::BookFile).with("cause", problems::cause(error.kind()))
}

/// A name that every file system takes.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || " -_".contains(c) { c } else { '_' }).collect::<String>().trim().to_owned()
}
