//! The open book with all that belongs to it while it is open.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use book::{Book, Who};
use chrono::{DateTime, Utc};
use ledgers::business_central::BusinessCentral;
use signin::{Secrets, TokenKeeper};
use stripe::Stripe;

use crate::bases::Bases;
use crate::commands::{Changed, Code, FetchProgress, Permission, Problem, WriteProgress};
use crate::connect::under_way::Signin;
use crate::demo::DemoServices;
use crate::settings::{self, Settings};
use crate::{Desk, lock, problems};

pub struct Open {
    pub id: String,
    pub path: PathBuf,
    book: Mutex<Book>,
    pub secrets: Mutex<Secrets>,
    pub demo: Option<DemoServices>,
    /// Where the services of this book are.
    pub bases: Bases,
    pub who: Mutex<Option<Who>>,
    pub stripe: Mutex<Option<Arc<Stripe>>>,
    pub keeper: Mutex<Option<Arc<TokenKeeper>>>,
    pub ledger: Mutex<Option<Arc<BusinessCentral>>>,
    /// Of the chosen company, connected or not: it reads what the mirror keeps, and freezes requests.
    pub reader: Mutex<Option<Arc<BusinessCentral>>>,
    pub signin: Mutex<Signin>,
    pub fetch: Mutex<Option<FetchProgress>>,
    pub write: Mutex<Option<WriteProgress>>,
    pub stop_fetch: AtomicBool,
    pub stop_write: AtomicBool,
    /// What both sides said, as long as it stands.
    pub both: Mutex<Option<crate::basis::Kept>>,
    /// The last run over it.
    pub workings: Mutex<Option<crate::workings::Workings>>,
    /// The customers of both sides, as they were when last asked for.
    pub roll: Mutex<Option<Arc<crate::customers::Roll>>>,
    /// The ledger wants a person to sign in again.
    pub signed_out: AtomicBool,
    /// Stripe does not accept the kept key any more.
    pub key_refused: AtomicBool,
    /// Of the key, as last checked.
    pub permissions: Mutex<Vec<Permission>>,
    /// Reads of Stripe by this client that the book has noted.
    pub reads_noted: Mutex<u64>,
    /// How many acts of this process hold the claim.
    claims: Mutex<u32>,
}

/// The claim on the book, let go when the last holder in this process is done.
pub struct Claimed(Arc<Open>);

impl Drop for Claimed {
    fn drop(&mut self) {
        let mut claims = lock(&self.0.claims);
        *claims = claims.saturating_sub(1);
        if *claims == 0 {
            self.0.book().release();
        }
    }
}

/// How long one waits for another process that is using the book, and how often one looks.
const CLAIM_WITHIN: Duration = Duration::from_secs(30);
const CLAIM_EVERY: Duration = Duration::from_millis(250);

impl Open {
    pub fn new(book: Book, path: PathBuf, secrets: Secrets, demo: Option<DemoServices>, bases: Bases) -> Result<Self, Problem> {
        Ok(Self {
            id: book.head()?.id,
            path,
            book: Mutex::new(book),
            secrets: Mutex::new(secrets),
            demo,
            bases,
            who: Mutex::default(),
            stripe: Mutex::default(),
            keeper: Mutex::default(),
            ledger: Mutex::default(),
            reader: Mutex::default(),
            signin: Mutex::default(),
            fetch: Mutex::default(),
            write: Mutex::default(),
            stop_fetch: AtomicBool::new(false),
            stop_write: AtomicBool::new(false),
            both: Mutex::default(),
            workings: Mutex::default(),
            roll: Mutex::default(),
            signed_out: AtomicBool::new(false),
            key_refused: AtomicBool::new(false),
            permissions: Mutex::default(),
            reads_noted: Mutex::new(0),
            claims: Mutex::new(0),
        })
    }

    /// The book, for one short act; never held over an await.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }

    pub fn settings(&self) -> Result<(u32, Settings), Problem> {
        settings::of(&self.book(), &self.path)
    }

    pub fn who(&self) -> Result<Who, Problem> {
        lock(&self.who).clone().ok_or(Problem::new(Code::NoPerson))
    }

    pub fn stripe(&self) -> Result<Arc<Stripe>, Problem> {
        lock(&self.stripe).clone().ok_or(Problem::new(Code::NotConnected).with("side", "Stripe"))
    }

    /// To ask and to write.
    pub fn ledger(&self) -> Result<Arc<BusinessCentral>, Problem> {
        lock(&self.ledger).clone().ok_or_else(problems::not_connected)
    }

    /// For what needs no connection: a book can be read without a sign-in.
    pub fn reader(&self) -> Result<Arc<BusinessCentral>, Problem> {
        lock(&self.reader).clone().ok_or_else(problems::not_connected)
    }

    /// What a page is told of an act that changed so many rows.
    pub fn changed(&self, done: u32) -> Result<Changed, Problem> {
        Ok(Changed { revision: self.book().revision()?, done, not_done: Vec::new() })
    }

    pub fn secrets(&self) -> Secrets {
        lock(&self.secrets).clone()
    }

    /// Name of a secret of this book in the keychain.
    pub fn secret(&self, what: &str) -> String {
        format!("{}/{what}", self.id)
    }

    fn take_claim(self: &Arc<Self>, holder: &book::Holder, now: DateTime<Utc>) -> Result<Claimed, Problem> {
        let mut claims = lock(&self.claims);
        let mut book = self.book();
        book.claim(holder, now)?;
        if *claims == 0 {
            book.recover(now)?;
        }
        *claims += 1;
        Ok(Claimed(self.clone()))
    }
}

impl Desk {
    /// Takes the claim on the book, waiting for another process as long as is bearable; `waiting` is told
    /// who has it. What a dead holder left under way is unknown from then on.
    pub(crate) async fn claim(&self, open: &Arc<Open>, mut waiting: impl FnMut(&Problem)) -> Result<Claimed, Problem> {
        if open.settings()?.1.copied_at.is_some() {
            return Err(Problem::new(Code::OnlyACopy));
        }
        let clock = self.around().outside().clock;
        let until = clock.now() + CLAIM_WITHIN;
        loop {
            let now = clock.now();
            match open.take_claim(&self.0.holder, now) {
                Ok(claimed) => return Ok(claimed),
                Err(problem) if problem.code == Code::BookBusy && now < until => waiting(&problem),
                Err(problem) => return Err(problem),
            }
            clock.sleep(CLAIM_EVERY).await;
        }
    }
}

/// Whether somebody asked to stop; asking clears it.
pub fn stop_asked(flag: &AtomicBool) -> bool {
    flag.swap(false, Ordering::Relaxed)
}
