//! The open book with all that belongs to it while it is open.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use book::{Book, Who};
use chrono::{DateTime, Utc};
use ledgers::business_central::{BusinessCentral, Place};
use ledgers::{NoToken, TokenSource};
use remote::Secret;
use serde::Deserialize;
use signin::{KeeperError, Secrets, SignInError, TokenKeeper};
use stripe::Stripe;

use crate::commands::{Code, FetchProgress, HostRole, Permission, Problem, WriteProgress};
use crate::demo::DemoServices;
use crate::settings::{LedgerSide, Settings};
use crate::{Desk, connect, lock};

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
    pub signin: Mutex<connect::Signin>,
    pub fetch: Mutex<Option<FetchProgress>>,
    pub write: Mutex<Option<WriteProgress>>,
    pub stop_fetch: AtomicBool,
    pub stop_write: AtomicBool,
    /// What both sides said, as long as it stands.
    pub both: Mutex<Option<crate::basis::Kept>>,
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
        settings_of(&self.book(), &self.path)
    }

    pub fn who(&self) -> Result<Who, Problem> {
        lock(&self.who).clone().ok_or(Problem::new(Code::NoPerson))
    }

    pub fn stripe(&self) -> Result<Arc<Stripe>, Problem> {
        lock(&self.stripe).clone().ok_or(Problem::new(Code::NotConnected).with("side", "Stripe"))
    }

    /// To ask and to write.
    pub fn ledger(&self) -> Result<Arc<BusinessCentral>, Problem> {
        lock(&self.ledger).clone().ok_or_else(connect::not_connected)
    }

    /// For what needs no connection: a book can be read without a sign-in.
    pub fn reader(&self) -> Result<Arc<BusinessCentral>, Problem> {
        lock(&self.reader).clone().ok_or_else(connect::not_connected)
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

/// Where the services are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Bases {
    pub stripe: String,
    /// Where accounts are connected to a platform.
    pub connect: String,
    pub signin: String,
    pub business_central: String,
}

impl Bases {
    pub fn real() -> Self {
        Self {
            stripe: "https://api.stripe.com".into(),
            connect: "https://connect.stripe.com".into(),
            signin: "https://login.microsoftonline.com".into(),
            business_central: "https://api.businesscentral.dynamics.com".into(),
        }
    }

    /// Each with what it is for; where one host plays several parts, the first.
    pub fn roles(&self) -> Vec<(String, HostRole)> {
        let parts = [
            (&self.stripe, HostRole::Stripe),
            (&self.business_central, HostRole::Ledger),
            (&self.signin, HostRole::LedgerSignIn),
            (&self.connect, HostRole::StripeSignIn),
        ];
        let mut roles: Vec<(String, HostRole)> = Vec::new();
        for (base, role) in parts {
            let host = base.split("://").nth(1).unwrap_or(base).to_owned();
            if !roles.iter().any(|(known, _)| *known == host) {
                roles.push((host, role));
            }
        }
        roles
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

    /// Builds the clients that the settings and the keychain allow.
    pub(crate) async fn build_clients(&self, open: &Open) -> Result<(), Problem> {
        let (_, settings) = open.settings()?;
        let secrets = open.secrets();
        // The ledger's comes first: it asks the keychain only when a token is wanted, and a locked one hides no book.
        if let Some(side) = &settings.ledger {
            let keeper = connect::keeper_of(open, side, self.outside(), secrets.clone())?.with_redactor(self.around().redactor());
            let keeper = Arc::new(keeper);
            let client = self.ledger_client(open, side, keeper.clone())?.map(Arc::new);
            *lock(&open.reader) = client.clone();
            if !side.disconnected {
                (*lock(&open.keeper), *lock(&open.ledger)) = (Some(keeper), client);
            }
        }
        // A client that is there keeps its count of what it sent: a new one would begin Stripe's second anew.
        let missing = lock(&open.stripe).is_none();
        if let Some(side) = settings.stripe.as_ref().filter(|side| missing && !side.disconnected) {
            let key = secrets.get(&open.secret("stripe")).await?;
            key.iter().for_each(|key| self.around().redactor().plant(key));
            let account = side.platform.as_ref().and(side.account.as_deref());
            let client = key.map(|key| connect::stripe_client(self.outside(), &open.bases, key, account)).transpose()?;
            *lock(&open.stripe) = client.map(Arc::new);
        }
        Ok(())
    }

    /// The client of the chosen company; none as long as none is chosen.
    pub(crate) fn ledger_client(&self, open: &Open, side: &LedgerSide, keeper: Arc<TokenKeeper>) -> Result<Option<BusinessCentral>, Problem> {
        let (Some(environment), Some(company)) = (&side.environment, &side.company) else { return Ok(None) };
        let root = open.bases.business_central.clone();
        let place = Place { root, tenant: side.tenant.clone(), environment: environment.clone(), company: company.id.clone() };
        BusinessCentral::new(self.outside(), &place, Arc::new(Tokens(keeper))).map(Some).map_err(|_| Problem::new(Code::Internal))
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
