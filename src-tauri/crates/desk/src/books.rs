//! Which book is open, whose name signs in it, and what frames the page.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use book::{Act, Book, BookHead as Head, Side};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use money::Currency;
use serde::{Deserialize, Serialize};

use crate::commands::*;
use crate::open::{Open, settings_of};
use crate::settings::{DemoCompany, Settings};
use crate::{Desk, connect, lock};

/// The person at this computer, kept beside the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub name: String,
    pub initials: String,
}

const ENDING: &str = "countersign";
const LONGEST_NAME: usize = 100;
const LONGEST_INITIALS: usize = 4;
/// Books that the first page lists.
const MOST_BOOKS: usize = 20;

impl Desk {
    pub async fn overview(&self, _: Nothing) -> Result<Overview, Problem> {
        let open = lock(&self.0.open).clone();
        let (revision, book) = match &open {
            Some(open) => {
                let revision = open.book().revision()?;
                (revision, Some(self.head(open)?))
            }
            None => (0, None),
        };
        let person = self.me().map(|me| Person { name: me.name, initials: me.initials });
        let books = if open.is_some() { Vec::new() } else { self.known_books() };
        Ok(Overview { revision, person, book, books, locale: self.around().locale(), version: env!("CARGO_PKG_VERSION").into() })
    }

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
        self.open_at(Path::new(&asked.path)).await?;
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
        let book = Book::open(path, self.now())?;
        let (_, settings) = settings_of(&book, path)?;
        let demo = match &settings.demo {
            Some(company) => {
                let services = self.around().demo(company, Some(path.with_extension("sandbox"))).await;
                Some(services.map_err(|error| Problem::new(Code::Internal).with("cause", error.to_string()))?)
            }
            None => None,
        };
        let secrets = signin::Secrets::over(self.around().keychain());
        let open = Arc::new(Open::new(book, path.to_owned(), secrets, demo)?);
        if let Some(me) = self.me() {
            self.introduce_to(&open, &me)?;
        }
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

    fn me(&self) -> Option<Me> {
        serde_json::from_slice(&std::fs::read(self.me_file()).ok()?).ok()
    }

    fn me_file(&self) -> PathBuf {
        self.around().folder().join("person.json")
    }

    fn known_books(&self) -> Vec<KnownBook> {
        let Ok(entries) = std::fs::read_dir(self.around().folder()) else { return Vec::new() };
        let mut found: Vec<_> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == ENDING)).collect();
        found.sort_by_key(|path| std::cmp::Reverse(path.metadata().and_then(|meta| meta.modified()).ok()));
        found.truncate(MOST_BOOKS);
        let heads = found.into_iter().filter_map(|path| Some((Book::open(&path, self.now()).ok()?.head().ok()?, path)));
        heads.map(|(head, path)| KnownBook { path: path.display().to_string(), name: head.name, mode: mode(head.mode) }).collect()
    }

    fn head(&self, open: &Open) -> Result<BookHead, Problem> {
        let (_, settings) = open.settings()?;
        let book = open.book();
        let head: Head = book.head()?;
        let counts = book.review_counts(None)?;
        let review: u64 = counts.iter().filter(|(bucket, _)| crate::review::is_open(**bucket)).map(|(_, count)| count).sum();
        let drafts = book.drafts_in(&crate::papers::SHOWN)?.iter().filter(|draft| draft.destination != stripe::DESTINATION).count();
        let unexplained = counts.get(&book::Bucket::Unexplained).copied().unwrap_or_default();
        let months = book.months()?;
        let months = months.iter().map(|month| Ok(Month { month: month.clone(), rows: count(book.review_counts(Some(month))?.values().sum()) }));
        let last_write = book.trail_window(None, None, LAST_ACTS)?.into_iter().find(|entry| entry.act == Act::Settled).map(|entry| stamp(entry.at));
        let known_name = settings.company().map(|company| company.name.clone());
        Ok(BookHead {
            id: head.id,
            name: known_name.clone().unwrap_or(head.name),
            mode: settings.mode(),
            ledger_name: connect::LEDGER_NAME.into(),
            company: known_name.clone(),
            stripe: Connection {
                state: if settings.stripe.is_some() { ConnectionState::Connected } else { ConnectionState::None },
                name: settings.stripe.as_ref().map(|side| side.name.clone()),
                fetched_at: book.fetched_at(Side::Stripe)?.map(stamp),
                problem: None,
            },
            ledger: Connection {
                state: match (settings.company(), open.signed_out.load(std::sync::atomic::Ordering::Relaxed)) {
                    (Some(_), true) => ConnectionState::SignInAgain,
                    (Some(_), false) => ConnectionState::Connected,
                    (None, _) => ConnectionState::None,
                },
                name: known_name,
                fetched_at: book.fetched_at(Side::Ledger)?.map(stamp),
                problem: None,
            },
            counts: Counts {
                review: count(review),
                drafts: count(drafts as u64),
                payouts: 0,
                unexplained: count(unexplained),
                billing: 0,
                customers: 0,
            },
            months: months.collect::<Result<_, Problem>>()?,
            hosts: open.bases().hosts(),
            last_write,
        })
    }
}

/// How far back the last write is looked for.
const LAST_ACTS: u32 = 50;

/// As the page takes it: RFC 3339, UTC.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A count as the page takes it.
pub fn count(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn mode(mode: book::Mode) -> Mode {
    match mode {
        book::Mode::Demo => Mode::Demo,
        book::Mode::Test => Mode::Test,
        book::Mode::Live => Mode::Live,
    }
}

fn not_written(error: &std::io::Error) -> Problem {
    Problem::new(Code::BookFile).with("cause", format!("{:?}", error.kind()))
}

/// A name that every file system takes.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || " -_".contains(c) { c } else { '_' }).collect::<String>().trim().to_owned()
}

/// Folders that are copied by other programs while the book is open damage it (sqlite.org, "How To Corrupt").
fn in_a_shared_folder(path: &Path) -> bool {
    const SYNCED: [&str; 6] = ["onedrive", "dropbox", "google drive", "googledrive", "icloud drive", "nextcloud"];
    let network = path.to_string_lossy().starts_with(r"\\");
    network || path.components().any(|part| SYNCED.iter().any(|name| part.as_os_str().to_string_lossy().to_lowercase().starts_with(name)))
}
