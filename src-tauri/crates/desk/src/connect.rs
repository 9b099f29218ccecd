//! Connecting: Stripe by a pasted key, checked there and then; the ledger by its sign-in page.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use book::Act;
use ledgers::business_central::Directory;
use ledgers::{Ledger, Rounding, Target};
use remote::{BaseUrl, Outside, Secret};
use rust_decimal::Decimal;
use secrecy::ExposeSecret;
use serde_json::json;
use signin::{Authorization, Entra, Pending, Secrets, Status, TokenKeeper};
use stripe::{Kind, Stripe, StripeError, What as Asked};
use tokio::task::JoinHandle;

use crate::commands::*;
use crate::open::{Bases, Open, Tokens};
use crate::settings::{CompanyChoice, LedgerSide, Sales, SalesAccount, Settings, StripeSide};
use crate::surroundings::{Listener, Place};
use crate::{Desk, lock, review};

pub const LEDGER_NAME: &str = "Business Central";

/// The registration of this program at Microsoft, if it was built with one.
const CLIENT_ID: Option<&str> = option_env!("COUNTERSIGN_CLIENT_ID");
/// Work accounts of any organisation.
const ANY_TENANT: &str = "organizations";
const LONGEST_KEY: usize = 255;

/// One sign-in under way.
#[derive(Default)]
pub struct Signin {
    url: Option<String>,
    waiting: Option<JoinHandle<()>>,
    result: Option<Result<Vec<Environment>, Problem>>,
}

pub fn stripe_client(outside: Outside, bases: &Bases, key: Secret) -> Result<Stripe, Problem> {
    let base = BaseUrl::parse(&bases.stripe).map_err(|_| Problem::new(Code::Internal))?;
    Stripe::new(outside, base, &key).map_err(stripe_problem)
}

/// (docs: Microsoft identity platform, Business Central permissions)
pub fn scopes() -> Vec<String> {
    ["https://api.businesscentral.dynamics.com/Financials.ReadWrite.All", "offline_access", "openid", "profile"].map(str::to_owned).into()
}

impl Desk {
    pub async fn connect_stripe(&self, asked: StripeKey) -> Result<StripeCheck, Problem> {
        let open = self.open()?;
        let key = usable_key(&asked.key)?;
        if asked.session_only {
            *lock(&open.secrets) = Secrets::for_this_session();
        }
        self.around().redactor().plant(&key);
        let client = stripe_client(self.around().outside(), &open.bases(), key.clone())?;
        let check = client.check_key().await.map_err(stripe_problem)?;
        let (_, mut settings) = open.settings()?;
        if check.mode == stripe::Mode::Test && open.demo.is_none() && settings.company().is_some() {
            return Err(Problem::new(Code::TestAgainstLive));
        }
        open.secrets().put(&open.secret("stripe"), &key).await?;
        let account = check.account.as_ref();
        settings.stripe = Some(StripeSide {
            account: account.map(|account| account.id.clone()),
            name: account.and_then(|account| account.name.clone()).unwrap_or_else(|| "Stripe".into()),
            country: account.and_then(|account| account.country.clone()).unwrap_or_default(),
            currency: account.and_then(|account| account.default_currency.clone()).unwrap_or_default().to_uppercase(),
            mode: if check.mode == stripe::Mode::Live { Mode::Live } else { Mode::Test },
            hint: hint(&key),
        });
        self.save(&open, &settings, "stripe")?;
        *lock(&open.stripe) = Some(Arc::new(client));
        self.checked(&open, &settings, &check.permissions).await
    }

    pub async fn check_stripe(&self, _: Nothing) -> Result<StripeCheck, Problem> {
        let open = self.open()?;
        let check = open.stripe()?.check_key().await.map_err(stripe_problem)?;
        let (_, settings) = open.settings()?;
        self.checked(&open, &settings, &check.permissions).await
    }

    pub async fn begin_signin(&self, asked: BeginSignin) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        let side = side(&open, &asked)?;
        let listener = self.around().listen().await?;
        let bases = open.bases();
        let authority = BaseUrl::parse(&bases.signin).map_err(|_| Problem::new(Code::Internal))?;
        let entra = Entra { authority, tenant: side.tenant.clone(), client_id: side.client_id.clone(), scopes: scopes() };
        let (url, pending) = Authorization::begin(&entra, listener.port(), &self.around().random())?;
        let (_, mut settings) = open.settings()?;
        let kept = settings.ledger.take().filter(|kept| kept.tenant == side.tenant && kept.client_id == side.client_id);
        settings.ledger = Some(kept.unwrap_or(side));
        self.save(&open, &settings, "ledger")?;
        self.build_clients(&open).await?;
        // The listener is up: only now may a page be opened.
        let waiting = tokio::spawn(self.clone().await_signin(open.clone(), listener, pending));
        *lock(&open.signin) = Signin { url: Some(url.clone()), waiting: Some(waiting), result: None };
        let place = if open.demo.is_some() { Place::Popup } else { Place::Browser };
        // Without a browser the address is shown, to be opened by hand.
        let _ = self.around().open_signin(&url, place);
        self.signin_status(Nothing {}).await
    }

    pub async fn signin_status(&self, _: Nothing) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        let signin = lock(&open.signin);
        let (state, environments, problem) = match (&signin.result, &signin.waiting) {
            (Some(Ok(environments)), _) => (SigninState::SignedIn, environments.clone(), None),
            (Some(Err(problem)), _) => (SigninState::Failed, Vec::new(), Some(problem.clone())),
            (None, Some(_)) => (SigninState::Waiting, Vec::new(), None),
            (None, None) => (SigninState::None, Vec::new(), None),
        };
        Ok(SigninStatus { state, url: signin.url.clone().filter(|_| state == SigninState::Waiting), environments, problem })
    }

    pub async fn cancel_signin(&self, _: Nothing) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        let signin = std::mem::take(&mut *lock(&open.signin));
        if let Some(waiting) = signin.waiting {
            waiting.abort();
        }
        self.around().close_signin();
        self.signin_status(Nothing {}).await
    }

    pub async fn companies(&self, asked: EnvironmentName) -> Result<Companies, Problem> {
        let open = self.open()?;
        let (_, settings) = open.settings()?;
        let side = settings.ledger.ok_or(not_connected())?;
        let found = self.directory(&open)?.companies(&side.tenant, &asked.environment).await?;
        Ok(Companies { companies: found.into_iter().map(|company| Company { id: company.id, name: company.name }).collect() })
    }

    pub async fn choose_company(&self, asked: ChooseCompany) -> Result<Overview, Problem> {
        let open = self.open()?;
        let (_, mut settings) = open.settings()?;
        let mut side = settings.ledger.clone().ok_or(not_connected())?;
        if settings.stripe.as_ref().is_some_and(|stripe| stripe.mode == Mode::Test) && open.demo.is_none() {
            return Err(Problem::new(Code::TestAgainstLive));
        }
        let companies = self.directory(&open)?.companies(&side.tenant, &asked.environment).await?;
        let chosen = companies.into_iter().find(|company| company.id == asked.company);
        let chosen = chosen.ok_or(Problem::new(Code::GoneRemotely).with("side", LEDGER_NAME).with("what", "this company"))?;
        let base = money::Currency::parse("DKK").map_err(|_| Problem::new(Code::Internal))?;
        side.environment = Some(asked.environment);
        side.company = Some(CompanyChoice { id: chosen.id, name: chosen.name, base, country: String::new() });
        settings.ledger = Some(side);
        self.save(&open, &settings, "company")?;
        self.build_clients(&open).await?;
        let facts = open.ledger()?.facts().await?;
        if let Some(company) = settings.ledger.as_mut().and_then(|side| side.company.as_mut()) {
            (company.base, company.country) = (facts.base, facts.country.clone());
        }
        settings.sales = settings.sales.or_else(|| default_sales(&facts));
        self.save(&open, &settings, "company")?;
        let _claimed = self.claim(&open, |_| ()).await?;
        let (record, now) = (review::company_record(&facts)?, self.now());
        open.book().put(book::Side::Ledger, &[record], now)?;
        self.overview(Nothing {}).await
    }

    /// Whether a sign-in to the ledger is kept and a company chosen.
    pub async fn signed_in(&self) -> Result<bool, Problem> {
        let open = self.open()?;
        let (_, settings) = open.settings()?;
        if settings.company().is_none() {
            return Ok(false);
        }
        keeper(&open)?.signed_in().await.map_err(keeper_problem)
    }

    /// The demo company's key, checked and kept like any other.
    pub(crate) async fn connect_demo(&self, open: &Arc<Open>) -> Result<(), Problem> {
        let Some(demo) = &open.demo else { return Ok(()) };
        let status = open.secrets().status().await;
        if !matches!(status, Status::Unlocked { .. }) {
            // Worth nothing outside this computer, so it needs no keychain to be tried.
            *lock(&open.secrets) = Secrets::for_this_session();
        }
        let key = demo.credentials.stripe_key.clone();
        let (_, settings) = open.settings()?;
        let kept = open.secrets().get(&open.secret("stripe")).await?;
        if settings.stripe.is_none() || kept.is_none_or(|kept| kept.expose_secret() != key) {
            self.connect_stripe(StripeKey { key, session_only: false }).await?;
        }
        Ok(())
    }

    async fn await_signin(self, open: Arc<Open>, listener: Listener, mut pending: Pending) {
        let result = self.redeem(&open, listener, &mut pending).await;
        if result.is_ok() {
            open.signed_out.store(false, Ordering::Relaxed);
        }
        let mut signin = lock(&open.signin);
        signin.result = Some(result);
        signin.waiting = None;
        drop(signin);
        self.around().close_signin();
        self.around().changed();
    }

    async fn redeem(&self, open: &Open, listener: Listener, pending: &mut Pending) -> Result<Vec<Environment>, Problem> {
        let outside = self.around().outside();
        let code = listener.wait(pending, outside.clock.as_ref()).await?;
        let tokens = code.redeem(outside.transport.as_ref(), outside.clock.as_ref()).await?;
        let keeper = keeper(open)?;
        keeper.keep(tokens).await.map_err(keeper_problem)?;
        let found = self.directory(open)?.environments().await?;
        let now = self.now();
        let who = lock(&open.who).clone();
        open.book().note(Act::Connected, who.as_ref(), None, json!({ "side": "ledger", "environments": found.len() }), now)?;
        let environments = found.into_iter().map(|found| Environment { name: found.name, production: found.production, country: found.country });
        Ok(environments.collect())
    }

    fn directory(&self, open: &Open) -> Result<Directory, Problem> {
        let tokens = Arc::new(Tokens(keeper(open)?));
        Directory::new(self.around().outside(), &open.bases().business_central, tokens).map_err(|_| Problem::new(Code::Internal))
    }

    pub(crate) fn save(&self, open: &Open, settings: &Settings, what: &str) -> Result<(), Problem> {
        let json = serde_json::to_string(settings).map_err(|_| Problem::new(Code::Internal))?;
        let (who, now) = (lock(&open.who).clone(), self.now());
        let mut book = open.book();
        book.save_settings(&json, who.as_ref(), now)?;
        if what == "stripe" {
            book.note(Act::Connected, who.as_ref(), None, json!({ "side": what }), now)?;
        }
        Ok(())
    }

    async fn checked(&self, open: &Open, settings: &Settings, permissions: &[stripe::Permission]) -> Result<StripeCheck, Problem> {
        let side = settings.stripe.as_ref().ok_or(Problem::new(Code::NotConnected).with("side", "Stripe"))?;
        let account =
            side.account.as_ref().map(|_| StripeAccount { name: side.name.clone(), country: side.country.clone(), currency: side.currency.clone() });
        Ok(StripeCheck {
            account,
            mode: settings.mode(),
            hint: side.hint.clone(),
            permissions: resources(permissions),
            keychain: keychain(&open.secrets()).await,
            checked_at: crate::books::stamp(self.now()),
        })
    }
}

async fn keychain(secrets: &Secrets) -> Keychain {
    let (name, state) = match secrets.status().await {
        _ if !secrets.lasting() => (String::new(), KeychainState::SessionOnly),
        Status::Unlocked { name } => (name, KeychainState::Unlocked),
        Status::Locked => (String::new(), KeychainState::Locked),
        Status::Missing => (String::new(), KeychainState::Missing),
        Status::Unreachable => (String::new(), KeychainState::Unavailable),
    };
    Keychain { name, state }
}

fn keeper(open: &Open) -> Result<Arc<TokenKeeper>, Problem> {
    lock(&open.keeper).clone().ok_or(not_connected())
}

fn not_connected() -> Problem {
    Problem::new(Code::NotConnected).with("side", LEDGER_NAME)
}

fn keeper_problem(error: signin::KeeperError) -> Problem {
    match error {
        signin::KeeperError::SignIn(error) => error.into(),
        signin::KeeperError::Keychain(error) => error.into(),
        _ => not_connected(),
    }
}

pub fn stripe_problem(error: StripeError) -> Problem {
    let side = |code| Problem::new(code).with("side", "Stripe");
    match error {
        StripeError::NotAKey => Problem::new(Code::KeyMalformed),
        StripeError::KeyRefused(refusal) if refusal.code == "api_key_expired" => {
            Problem { incident: refusal.reference, ..Problem::new(Code::KeyExpired) }
        }
        StripeError::KeyRefused(refusal) => Problem { incident: refusal.reference, ..Problem::new(Code::KeyRejected) },
        StripeError::NotGranted(refusal) => {
            Problem { incident: refusal.reference, ..Problem::new(Code::PermissionMissing).with("what", refusal.message) }
        }
        StripeError::NotFound(refusal) => Problem { incident: refusal.reference, ..side(Code::GoneRemotely).with("what", "it") },
        StripeError::Limited { retry_after } => {
            Problem { retry_after_ms: retry_after.and_then(|wait| u64::try_from(wait.as_millis()).ok()), ..side(Code::Limited) }
        }
        StripeError::Refused(refusal) => Problem { incident: refusal.reference, ..side(Code::RemoteRefused).with("words", refusal.message) },
        StripeError::Unavailable { status, request_id } => {
            Problem { incident: request_id, ..side(Code::Unavailable).with("status", status.to_string()) }
        }
        StripeError::Unreadable { request_id } => Problem { incident: request_id, ..side(Code::AnswerUnreadable).with("status", "200") },
        StripeError::NoAnswer(_) => side(Code::Offline),
    }
}

/// What is wrong with a key that Stripe need not be asked about.
fn usable_key(text: &str) -> Result<Secret, Problem> {
    let text = text.trim();
    if text.starts_with("pk_") {
        return Err(Problem::new(Code::KeyPublishable));
    }
    let known = ["sk_live_", "sk_test_", "rk_live_", "rk_test_"].iter().any(|prefix| text.starts_with(prefix));
    if !known || text.len() > LONGEST_KEY || !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Problem::new(Code::KeyMalformed));
    }
    Ok(Secret::from(text.to_owned()))
}

/// Enough of a key to tell it from another, and no more.
fn hint(key: &Secret) -> String {
    let key = key.expose_secret();
    let (start, end) = (key.get(..8).unwrap_or_default(), key.len().checked_sub(4).and_then(|at| key.get(at..)).unwrap_or_default());
    format!("{start}…{end}")
}

fn side(open: &Open, asked: &BeginSignin) -> Result<LedgerSide, Problem> {
    if let Some(demo) = &open.demo {
        return Ok(LedgerSide {
            tenant: demo.credentials.tenant.clone(),
            client_id: demo.credentials.client_id.clone(),
            environment: None,
            company: None,
        });
    }
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let client_id = given(&asked.client_id).or_else(|| CLIENT_ID.map(str::to_owned));
    let client_id = client_id.ok_or(Problem::new(Code::SigninSetup).with("aadsts", "none").with("value", "client id"))?;
    Ok(LedgerSide { tenant: given(&asked.tenant).unwrap_or_else(|| ANY_TENANT.into()), client_id, environment: None, company: None })
}

/// The permissions as people set them in Stripe: one line each, granted when all of its parts are.
fn resources(permissions: &[stripe::Permission]) -> Vec<Permission> {
    const LINES: [(Resource, Granted); 11] = [
        (Resource::Balance, Granted::Read),
        (Resource::Charges, Granted::Read),
        (Resource::Invoices, Granted::ReadWrite),
        (Resource::CreditNotes, Granted::Read),
        (Resource::Customers, Granted::Read),
        (Resource::Payouts, Granted::Read),
        (Resource::Refunds, Granted::Read),
        (Resource::Disputes, Granted::Read),
        (Resource::Products, Granted::Read),
        (Resource::Events, Granted::Read),
        (Resource::Account, Granted::Read),
    ];
    let line = |(what, needed): (Resource, Granted)| {
        let granted = permissions.iter().filter(|permission| resource(permission.what) == what).map(|permission| match permission.granted {
            stripe::Granted::NotGranted => Granted::No,
            stripe::Granted::Read => Granted::Read,
            stripe::Granted::ReadWrite => Granted::ReadWrite,
        });
        Permission { what, granted: granted.min_by_key(|granted| *granted as u8).unwrap_or(Granted::No), needed }
    };
    LINES.into_iter().map(line).collect()
}

fn resource(what: Asked) -> Resource {
    match what {
        Asked::Account => Resource::Account,
        Asked::Balance => Resource::Balance,
        Asked::Events => Resource::Events,
        Asked::Objects(kind) => match kind {
            Kind::Customer => Resource::Customers,
            Kind::Product | Kind::TaxRate | Kind::Coupon => Resource::Products,
            Kind::Invoice | Kind::InvoicePayment => Resource::Invoices,
            Kind::CreditNote => Resource::CreditNotes,
            Kind::Charge => Resource::Charges,
            Kind::Refund => Resource::Refunds,
            Kind::Dispute => Resource::Disputes,
            Kind::Payout => Resource::Payouts,
            Kind::BalanceTransaction => Resource::Balance,
        },
    }
}

/// A start that a person sees and changes: the first usable income account for all sales, an account
/// that is named for differences for rounding, the standard rate of the company's country.
pub fn default_sales(facts: &ledgers::CompanyFacts) -> Option<Sales> {
    let mut usable = facts.accounts.iter().filter(|account| account.usable);
    let named = |words: &[&str]| {
        let found = facts.accounts.iter().filter(|account| account.usable).find(|account| {
            let name = account.name.to_lowercase();
            words.iter().any(|word| name.contains(word))
        });
        found.map(|account| account.number.clone())
    };
    let income = usable.find(|account| account.category.eq_ignore_ascii_case("income")).map(|account| account.number.clone())?;
    let account = |words: &[&str]| SalesAccount { target: Target::Account(named(words).unwrap_or_else(|| income.clone())), tax_code: None };
    let rounding = named(&["øre", "round", "afrund"]).unwrap_or_else(|| income.clone());
    let home_rate = standard_rate(&facts.country);
    Some(Sales {
        domestic: account(&["danmark", "indland", "domestic"]),
        eu: account(&[" eu", "eu "]),
        export: account(&["eksport", "export"]),
        exempt: account(&["momsfri", "exempt"]),
        rounding: Rounding { account: rounding, tax_code: None },
        home_rate,
        untaxed_at_home: None,
        goods: true,
        more_rates: Default::default(),
        oss: Default::default(),
        products: Default::default(),
    })
}

/// Standard rates of VAT, per cent (European Commission, "VAT rates applied in the Member States", 2026).
fn standard_rate(country: &str) -> Decimal {
    let per_cent = match country {
        "SE" | "DK" | "NO" => 25,
        "DE" => 19,
        "NL" => 21,
        "FR" | "GB" => 20,
        _ => 25,
    };
    Decimal::from(per_cent)
}
