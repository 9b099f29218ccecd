//! The open book with all that belongs to it while it is open.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use book::{Book, Who};
use chrono::{DateTime, Utc};
use ledgers::business_central::{BusinessCentral, Place};
use ledgers::{NoToken, TokenSource};
use remote::{BaseUrl, Secret};
use signin::{Entra, KeeperError, Secrets, SignInError, TokenKeeper};
use stripe::Stripe;

use crate::commands::{Code, FetchProgress, Problem, WriteProgress};
use crate::demo::DemoServices;
use crate::settings::Settings;
use crate::{Desk, connect, lock};

pub struct Open {
    pub id: String,
    pub path: PathBuf,
    book: Mutex<Book>,
    pub secrets: Mutex<Secrets>,
    pub demo: Option<DemoServices>,
    pub who: Mutex<Option<Who>>,
    pub stripe: Mutex<Option<Arc<Stripe>>>,
    pub keeper: Mutex<Option<Arc<TokenKeeper>>>,
    pub ledger: Mutex<Option<Arc<BusinessCentral>>>,
    pub signin: Mutex<connect::Signin>,
    pub fetch: Mutex<Option<FetchProgress>>,
    pub write: Mutex<Option<WriteProgress>>,
    pub stop_fetch: AtomicBool,
    pub stop_write: AtomicBool,
    /// The ledger wants a person to sign in again.
    pub signed_out: AtomicBool,
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
    pub fn new(book: Book, path: PathBuf, secrets: Secrets, demo: Option<DemoServices>) -> Result<Self, Problem> {
        Ok(Self {
            id: book.head()?.id,
            path,
            book: Mutex::new(book),
            secrets: Mutex::new(secrets),
            demo,
            who: Mutex::default(),
            stripe: Mutex::default(),
            keeper: Mutex::default(),
            ledger: Mutex::default(),
            signin: Mutex::default(),
            fetch: Mutex::default(),
            write: Mutex::default(),
            stop_fetch: AtomicBool::new(false),
            stop_write: AtomicBool::new(false),
            signed_out: AtomicBool::new(false),
            claims: Mutex::new(0),
        })
    }

    /// The book, for one short act; never held over an await.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }

    pub fn settings(&self) -> Result<(u32, Settings), Problem> {
        settings_of(&self.book(), &self.path)
    }

    pub fn who(&self) -> Result<Who, Problem> {
        lock(&self.who).clone().ok_or(Problem::new(Code::NoPerson))
    }

    pub fn stripe(&self) -> Result<Arc<Stripe>, Problem> {
        lock(&self.stripe).clone().ok_or(Problem::new(Code::NotConnected).with("side", "Stripe"))
    }

    pub fn ledger(&self) -> Result<Arc<BusinessCentral>, Problem> {
        lock(&self.ledger).clone().ok_or(Problem::new(Code::NotConnected).with("side", "Business Central"))
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

    pub fn bases(&self) -> Bases {
        self.demo.as_ref().map_or_else(Bases::real, |demo| demo.bases.clone())
    }
}

/// Where the services are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bases {
    pub stripe: String,
    pub signin: String,
    pub business_central: String,
}

impl Bases {
    fn real() -> Self {
        Self {
            stripe: "https://api.stripe.com".into(),
            signin: "https://login.microsoftonline.com".into(),
            business_central: "https://api.businesscentral.dynamics.com".into(),
        }
    }

    /// For "what leaves this computer": hosts, without scheme.
    pub fn hosts(&self) -> Vec<String> {
        let host = |base: &String| base.split("://").nth(1).unwrap_or(base).to_owned();
        [&self.stripe, &self.signin, &self.business_central].into_iter().map(host).collect()
    }
}

impl Desk {
    /// Takes the claim on the book, waiting for another process as long as is bearable; `waiting` is told
    /// who has it. What a dead holder left under way is unknown from then on.
    pub(crate) async fn claim(&self, open: &Arc<Open>, mut waiting: impl FnMut(&Problem)) -> Result<Claimed, Problem> {
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

    /// Builds the clients that the settings and the keychain allow.
    pub(crate) async fn build_clients(&self, open: &Open) -> Result<(), Problem> {
        let (_, settings) = open.settings()?;
        let (outside, bases, secrets) = (self.around().outside(), open.bases(), open.secrets());
        if settings.stripe.is_some() {
            let key = secrets.get(&open.secret("stripe")).await?;
            key.iter().for_each(|key| self.around().redactor().plant(key));
            *lock(&open.stripe) = key.map(|key| connect::stripe_client(outside.clone(), &bases, key)).transpose()?.map(Arc::new);
        }
        let Some(side) = &settings.ledger else { return Ok(()) };
        let authority = BaseUrl::parse(&bases.signin).map_err(|_| Problem::new(Code::Internal))?;
        let entra = Entra { authority, tenant: side.tenant.clone(), client_id: side.client_id.clone(), scopes: connect::scopes() };
        let lock_file = open.path.with_extension("signin.lock");
        let keeper = TokenKeeper::new(entra, outside.clone(), secrets, open.secret("ledger"), Some(lock_file));
        let keeper = Arc::new(keeper.with_redactor(self.around().redactor()));
        *lock(&open.keeper) = Some(keeper.clone());
        if let (Some(environment), Some(company)) = (&side.environment, &side.company) {
            let place =
                Place { root: bases.business_central, tenant: side.tenant.clone(), environment: environment.clone(), company: company.id.clone() };
            let client = BusinessCentral::new(outside, &place, Arc::new(Tokens(keeper))).map_err(|_| Problem::new(Code::Internal))?;
            *lock(&open.ledger) = Some(Arc::new(client));
        }
        Ok(())
    }
}

/// The sign-in as the ledger's client sees it.
pub struct Tokens(pub Arc<TokenKeeper>);

impl TokenSource for Tokens {
    fn token(&self) -> drafts::Future<'_, Result<Secret, NoToken>> {
        Box::pin(async {
            self.0.access().await.map_err(|error| match error {
                KeeperError::Keychain(_) => NoToken::Keychain,
                KeeperError::SignIn(SignInError::Lost(_) | SignInError::Unavailable { .. } | SignInError::Unreadable) => NoToken::Unreachable,
                _ => NoToken::SignInAgain,
            })
        })
    }
}

/// The newest settings of a book, with their version.
pub fn settings_of(book: &Book, path: &Path) -> Result<(u32, Settings), Problem> {
    let damaged = || Problem::new(Code::BookDamaged).with("path", path.display().to_string());
    let stored = book.settings()?.ok_or_else(damaged)?;
    let settings = serde_json::from_str(&stored.json).map_err(|_| damaged())?;
    Ok((stored.version, settings))
}

/// Whether somebody asked to stop; asking clears it.
pub fn stop_asked(flag: &AtomicBool) -> bool {
    flag.swap(false, Ordering::Relaxed)
}
