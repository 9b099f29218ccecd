//! Stripe: by a pasted key, or through a Connect platform of the person's own.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use remote::{BaseUrl, Outside, Secret};
use secrecy::ExposeSecret;
use signin::{KeychainError, Platform, Status};
use stripe::{Kind, Stripe, What as Asked};
use tokio::sync::oneshot;

use super::under_way::Signin;
use super::{hint, keychain};
use crate::bases::Bases;
use crate::commands::*;
use crate::open::Open;
use crate::settings::{Settings, StripeSide};
use crate::surroundings::{Listener, Place};
use crate::{Desk, lock};

const LONGEST_KEY: usize = 255;
/// Where the answer arrives when the platform has no redirect address of its own.
const USUAL_REDIRECT: &str = "http://localhost:41890/stripe";

impl Desk {
    pub async fn connect_stripe(&self, asked: StripeKey) -> Result<StripeCheck, Problem> {
        let open = self.open()?;
        // The demo company's key is known here; nobody has it to paste.
        let of_demo = open.demo.as_ref().filter(|_| asked.key.is_empty()).map(|demo| Secret::from(demo.credentials.stripe_key.clone()));
        let key = of_demo.map_or_else(|| usable_key(&asked.key), Ok)?;
        self.around().redactor().plant(&key);
        let client = stripe_client(self.outside(), &open.bases, key.clone(), None)?;
        self.admit_account(&open, client, key, None, asked.session_only).await
    }

    pub async fn check_stripe(&self, _: Nothing) -> Result<StripeCheck, Problem> {
        let open = self.open()?;
        let check = open.stripe()?.check_key().await.map_err(Problem::from).inspect_err(|problem| open.heed(problem))?;
        open.key_refused.store(false, Ordering::Relaxed);
        let (_, settings) = open.settings()?;
        self.checked(&open, &settings, &check.permissions).await
    }

    /// (docs: Using OAuth with Standard accounts)
    pub async fn begin_platform(&self, asked: BeginPlatform) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        let (client_id, redirect) = (asked.client_id.trim().to_owned(), Redirect::read(&asked.redirect)?);
        let key = usable_key(&asked.key)?;
        if !is_client_id(&client_id) || !key.expose_secret().starts_with("sk_") {
            return Err(Problem::new(Code::NotAPlatform));
        }
        self.around().redactor().plant(&key);
        // Asked before a page is opened: its code is worth nothing when the key cannot be kept.
        if !asked.session_only {
            ready(&open).await?;
        }
        let authority = BaseUrl::parse(&open.bases.connect).map_err(|_| Problem::new(Code::Internal))?;
        let platform = Platform { authority, client_id: client_id.clone(), key: key.clone(), redirect: redirect.address };
        let (url, mut pending) = platform.begin(&self.around().random());
        let (listener, hand) = match redirect.port {
            // The listener is up before a page may be opened.
            Some(port) => (self.around().listen(port).await?, None),
            None => {
                let (hand, answer) = oneshot::channel();
                (Listener::Handed { port: 0, answer }, Some(hand))
            }
        };
        let (desk, own) = (self.clone(), open.clone());
        let work = async move {
            let outside = desk.outside();
            let code = listener.wait(&mut pending, outside.clock.as_ref()).await?;
            let connected = code.redeem(outside.transport.as_ref()).await?;
            let client = stripe_client(outside, &own.bases, key.clone(), Some(&connected.account))?;
            desk.admit_account(&own, client, key, Some((client_id, connected.account)), asked.session_only).await?;
            Ok(Vec::new())
        };
        self.follow(&open, Signin { url: Some(url.clone()), hand, ..Signin::default() }, work);
        // Without a browser the address is shown, to be opened by hand.
        let _ = self.around().open_signin(&url, if open.demo.is_some() { Place::Popup } else { Place::Browser });
        self.signin_status(Nothing {}).await
    }

    /// The demo company's key, checked and kept like any other.
    pub(crate) async fn connect_demo(&self, open: &Arc<Open>) -> Result<(), Problem> {
        let Some(demo) = &open.demo else { return Ok(()) };
        let status = open.secrets().status().await;
        if !matches!(status, Status::Unlocked { .. }) {
            // Worth nothing outside this computer, so it needs no keychain to be tried.
            *lock(&open.secrets) = self.0.session.clone();
        }
        let key = demo.credentials.stripe_key.clone();
        let (_, settings) = open.settings()?;
        let kept = open.secrets().get(&open.secret("stripe")).await?;
        let disconnected = settings.stripe.as_ref().is_some_and(|side| side.disconnected);
        if !disconnected && (settings.stripe.is_none() || kept.is_none_or(|kept| kept.expose_secret() != key)) {
            self.connect_stripe(StripeKey { key, session_only: false }).await?;
        }
        Ok(())
    }

    /// Checks whose key it is and what it may do, and only then keeps it.
    async fn admit_account(
        &self,
        open: &Arc<Open>,
        client: Stripe,
        key: Secret,
        platform: Option<(String, String)>,
        session_only: bool,
    ) -> Result<StripeCheck, Problem> {
        let check = client.check_key().await?;
        let (_, settings) = open.settings()?;
        let mode = if check.mode == stripe::Mode::Live { Mode::Live } else { Mode::Test };
        let account = check.account.as_ref();
        let (platform, connected) = platform.unzip();
        let id = account.map(|account| account.id.clone()).or(connected);
        let found = StripeSide {
            name: account.and_then(|account| account.name.clone()).unwrap_or_else(|| "Stripe".into()),
            country: account.and_then(|account| account.country.clone()).unwrap_or_default(),
            currency: account.and_then(|account| account.default_currency.clone()).unwrap_or_default().to_uppercase(),
            account: id,
            mode,
            hint: hint(&key),
            platform,
            since: Some(self.now()),
            disconnected: false,
        };
        self.same_account(open, &settings, &client, &found).await?;
        self.may_pair(open, &settings.demo, Some(&found), settings.ledger.as_ref())?;
        if session_only && open.secrets().lasting() {
            *lock(&open.secrets) = self.0.session.clone();
        }
        open.secrets().put(&open.secret("stripe"), &key).await?;
        let settings = self.change(open, "stripe", |settings| settings.stripe = Some(found))?;
        *lock(&open.stripe) = Some(Arc::new(client));
        open.key_refused.store(false, Ordering::Relaxed);
        self.checked(open, &settings, &check.permissions).await
    }

    async fn checked(&self, open: &Open, settings: &Settings, permissions: &[stripe::Permission]) -> Result<StripeCheck, Problem> {
        let side = settings.stripe.as_ref().ok_or(Problem::new(Code::NotConnected).with("side", "Stripe"))?;
        let account =
            side.account.as_ref().map(|_| StripeAccount { name: side.name.clone(), country: side.country.clone(), currency: side.currency.clone() });
        let permissions = resources(permissions);
        lock(&open.permissions).clone_from(&permissions);
        Ok(StripeCheck {
            account,
            mode: settings.mode(),
            hint: side.hint.clone(),
            permissions,
            keychain: keychain(&open.secrets()).await,
            checked_at: stamp(self.now()),
        })
    }
}

/// Whether secrets of the book can be kept.
async fn ready(open: &Open) -> Result<(), KeychainError> {
    match open.secrets().status().await {
        Status::Unlocked { .. } => Ok(()),
        Status::Locked => Err(KeychainError::Locked),
        Status::Missing => Err(KeychainError::Missing),
        Status::Unreachable => Err(KeychainError::Unreachable),
    }
}

/// A client for the key's own account, or for one that is connected to its platform.
pub fn stripe_client(outside: Outside, bases: &Bases, key: Secret, account: Option<&str>) -> Result<Stripe, Problem> {
    let base = BaseUrl::parse(&bases.stripe).map_err(|_| Problem::new(Code::Internal))?;
    let client = Stripe::new(outside, base, &key)?;
    match account {
        Some(account) => client.on_behalf_of(account).map_err(Problem::from),
        None => Ok(client),
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

fn is_client_id(text: &str) -> bool {
    text.len() <= LONGEST_KEY && text.strip_prefix("ca_").is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Where Stripe sends the browser: to a port of this computer, or to a page of the platform's own.
struct Redirect {
    address: String,
    /// None: the page is elsewhere, and its address is handed over by the person (live mode takes `https` only).
    port: Option<u16>,
}

impl Redirect {
    fn read(text: &str) -> Result<Self, Problem> {
        let text = Some(text.trim()).filter(|text| !text.is_empty()).unwrap_or(USUAL_REDIRECT);
        let bad = || Problem::new(Code::BadRedirect);
        let uri: http::Uri = text.parse().map_err(|_| bad())?;
        let port = match (uri.scheme_str(), uri.host(), uri.port_u16()) {
            (Some("http"), Some("localhost"), Some(port)) if port > 0 => Some(port),
            (Some("https"), Some(_), _) => None,
            _ => return Err(bad()),
        };
        if uri.query().is_some() || text.contains('#') {
            return Err(bad());
        }
        Ok(Self { address: text.to_owned(), port })
    }
}

/// The permissions as people set them in Stripe: one line each, granted when all of its parts are.
fn resources(permissions: &[stripe::Permission]) -> Vec<Permission> {
    const LINES: [(Resource, Granted); 12] = [
        (Resource::Balance, Granted::Read),
        (Resource::Charges, Granted::ReadWrite),
        (Resource::CheckoutSessions, Granted::Read),
        (Resource::Invoices, Granted::ReadWrite),
        (Resource::CreditNotes, Granted::ReadWrite),
        (Resource::Customers, Granted::Read),
        (Resource::Payouts, Granted::Read),
        (Resource::Refunds, Granted::ReadWrite),
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
            Kind::CheckoutSession => Resource::CheckoutSessions,
            Kind::Charge => Resource::Charges,
            Kind::Refund => Resource::Refunds,
            Kind::Dispute => Resource::Disputes,
            Kind::Payout => Resource::Payouts,
            Kind::BalanceTransaction => Resource::Balance,
        },
    }
}
