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
use crate::{Desk, connect, lock, problems, requests};

/// The person at this computer, kept beside the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub name: String,
    pub initials: String,
}

pub(crate) const ENDING: &str = "countersign";
const LONGEST_NAME: usize = 100;
const LONGEST_INITIALS: usize = 4;
/// Books that the first page lists.
const MOST_BOOKS: usize = 50;
/// Beside the books: where others lie.
const ELSEWHERE: &str = "books.json";

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
        let books = if open.is_some() { Vec::new() } else { self.known_books(None) };
        Ok(Overview {
            revision,
            person,
            book,
            books,
            dialogs: self.around().has_dialogs(),
            locale: self.around().locale(),
            version: env!("CARGO_PKG_VERSION").into(),
        })
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
        let (_, settings) = settings_of(&copy, path)?;
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
        let (_, settings) = settings_of(&book, path)?;
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

    fn me(&self) -> Option<Me> {
        serde_json::from_slice(&std::fs::read(self.me_file()).ok()?).ok()
    }

    fn me_file(&self) -> PathBuf {
        self.around().folder().join("person.json")
    }

    fn known_books(&self, open: Option<&Path>) -> Vec<KnownBook> {
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
    fn remember(&self, path: &Path) {
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

    fn head(&self, open: &Open) -> Result<BookHead, Problem> {
        let (_, settings) = open.settings()?;
        let book = open.book();
        let head: Head = book.head()?;
        let counts = book.review_counts(None)?;
        let review: u64 = counts.iter().filter(|(bucket, _)| crate::review::is_open(**bucket)).map(|(_, count)| count).sum();
        let drafts = book.draft_count(&crate::papers::SHOWN, stripe::DESTINATION)?;
        let unexplained = counts.get(&book::Bucket::Unexplained).copied().unwrap_or_default();
        let months = book.months()?;
        let months = months.iter().map(|month| Ok(Month { month: month.clone(), rows: count(book.review_counts(Some(month))?.values().sum()) }));
        let last_write = book.trail_window(None, None, LAST_ACTS)?.into_iter().find(|entry| entry.act == Act::Settled).map(|entry| stamp(entry.at));
        let known_name = settings.company().map(|company| company.name.clone());
        Ok(BookHead {
            id: head.id,
            // The demo company is known by its own name, another book by what a person called it.
            name: known_name.clone().filter(|_| open.demo.is_some()).unwrap_or(head.name),
            copied_at: settings.copied_at.map(stamp),
            mode: settings.mode(),
            ledger_name: connect::LEDGER_NAME.into(),
            company: known_name.clone(),
            stripe: Connection {
                state: settings.stripe.as_ref().map_or(ConnectionState::None, |side| connect::stripe_state(open, side)),
                name: settings.stripe.as_ref().map(|side| side.name.clone()),
                fetched_at: book.fetched_at(Side::Stripe)?.map(stamp),
                problem: None,
            },
            ledger: Connection {
                state: settings.ledger.as_ref().map_or(ConnectionState::None, |side| connect::ledger_state(open, side)),
                name: known_name,
                fetched_at: book.fetched_at(Side::Ledger)?.map(stamp),
                problem: None,
            },
            counts: Counts {
                review: count(review),
                drafts: count(drafts),
                payouts: 0,
                unexplained: count(unexplained),
                billing: 0,
                customers: crate::customers::unclear(&book)?,
            },
            months: months.collect::<Result<_, Problem>>()?,
            hosts: open.bases.roles().into_iter().map(|(host, _)| host).collect(),
            last_write,
            stripe_reads: requests::reads(&book, self.now())?,
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

/// An error of a file that does not say itself which one.
fn at(path: &Path, error: book::BookError) -> Problem {
    let problem = Problem::from(error);
    let named = problem.params.get("path").is_some_and(|path| !path.is_empty());
    if named { problem } else { problem.with("path", path.display().to_string()) }
}

/// One file under whatever name it was opened by, written as a person would.
fn real(path: &Path) -> PathBuf {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    // Windows marks what it resolved; a share's mark is part of its name.
    let plain = real.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|text| !text.starts_with("UNC")).map(PathBuf::from);
    plain.unwrap_or(real)
}

fn changed_at(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

/// A typed path: quotes of a file manager left out, `~` the home, a bare name in the folder of the books.
fn absolute(typed: &str, folder: &Path) -> PathBuf {
    let typed = typed.trim().trim_matches('"');
    let path = match typed.strip_prefix("~/").zip(dirs::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => folder.join(typed),
    };
    if path.extension().is_none() { path.with_extension(ENDING) } else { path }
}

/// Folders that are copied by other programs while the book is open damage it, and locks do not hold
/// over a network (sqlite.org, "How To Corrupt An SQLite Database File"). Where it really lies counts.
fn in_a_shared_folder(path: &Path) -> bool {
    const SYNCED: [&str; 7] = ["onedrive", "dropbox", "google drive", "googledrive", "icloud drive", "com~apple~clouddocs", "nextcloud"];
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let real = path.canonicalize().ok().or(folder);
    let synced =
        |path: &Path| path.components().any(|part| SYNCED.iter().any(|name| part.as_os_str().to_string_lossy().to_lowercase().starts_with(name)));
    let network = |path: &Path| path.to_string_lossy().starts_with(r"\\") && !path.to_string_lossy().starts_with(r"\\?\");
    [Some(path), real.as_deref()].into_iter().flatten().any(|path| synced(path) || network(path) || on_a_network(path))
}

/// What the system has mounted there (proc(5), `/proc/self/mountinfo`); other systems have no such list.
fn on_a_network(path: &Path) -> bool {
    const KINDS: [&str; 8] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.rclone", "9p"];
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    kind_of_mount(&mounts, path).is_some_and(|kind| KINDS.contains(&kind))
}

/// The kind of the deepest mount that holds the path.
fn kind_of_mount<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let held = mounts.lines().filter_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let place = place.split(' ').nth(4)?.replace("\\040", " ");
        path.starts_with(&place).then_some((place.len(), kind.split(' ').next()?))
    });
    held.max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_on_a_network_is_known_by_the_deepest_mount() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:40 / /mnt/office\\040files rw,relatime shared:1 - cifs //server/x rw\n31 30 8:2 / /mnt/office\\040files/local rw - xfs /dev/sdb rw\n";
        for (path, kind) in
            [("/srv/a.countersign", "ext4"), ("/mnt/office files/a.countersign", "cifs"), ("/mnt/office files/local/a.countersign", "xfs")]
        {
            assert_eq!(kind_of_mount(mounts, Path::new(path)), Some(kind), "{path}");
        }
    }

    #[test]
    fn typed_paths_lead_where_a_person_means() {
        let folder = Path::new("/books");
        for (typed, meant) in [(" North ", "/books/North.countersign"), ("/x/a.countersign", "/x/a.countersign"), ("\"/x y/a.bak\"", "/x y/a.bak")] {
            assert_eq!(absolute(typed, folder), Path::new(meant), "{typed}");
        }
    }
}
