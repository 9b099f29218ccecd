//! Connecting: each side by its ways, checked there and then, and only for the account and
//! the company that the book belongs to.

mod clients;
mod health;
mod ledger;
mod same;
mod stripe_side;
pub mod under_way;

use std::future::Future;
use std::sync::Arc;

use book::{Act, Book};
use remote::Secret;
use rust_decimal::Decimal;
use secrecy::ExposeSecret;
use serde_json::json;
use signin::{Secrets, Status};

use ledgers::{GuestZone, Rounding, Target};

use crate::commands::*;
use crate::open::Open;
use crate::settings::{self, Generic, Sales, SalesAccount, Settings};
use crate::{Desk, lock};
use under_way::Signin;

pub use health::{ledger_state, stripe_state};
pub use ledger::keeper_of;
pub use stripe_side::stripe_client;

impl Desk {
    pub async fn signin_status(&self, _: Nothing) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        let client_needed = open.demo.is_none() && ledger::CLIENT_ID.is_none() && open.settings()?.1.ledger.is_none();
        let signin = lock(&open.signin);
        let (state, environments, problem) = match (&signin.result, &signin.waiting) {
            (Some(Ok(environments)), _) => (SigninState::SignedIn, environments.clone(), None),
            (Some(Err(problem)), _) => (SigninState::Failed, Vec::new(), Some(problem.clone())),
            (None, Some(_)) => (SigninState::Waiting, Vec::new(), None),
            (None, None) => (SigninState::None, Vec::new(), None),
        };
        let waits = state == SigninState::Waiting;
        Ok(SigninStatus {
            state,
            url: signin.url.clone().filter(|_| waits),
            device: signin.device.clone().filter(|_| waits),
            hand: waits && signin.hand.is_some(),
            environments,
            client_needed,
            problem,
        })
    }

    pub async fn cancel_signin(&self, _: Nothing) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        self.end_signin(&open);
        self.signin_status(Nothing {}).await
    }

    /// A person closed the sign-in page: nobody will come back from it.
    pub fn signin_closed(&self) {
        let Ok(open) = self.open() else { return };
        let mut signin = lock(&open.signin);
        if let Some(waiting) = signin.waiting.take() {
            waiting.abort();
            signin.result = Some(Err(Problem::new(Code::SigninDenied)));
        }
        drop(signin);
        self.around().changed();
    }

    pub async fn hand_answer(&self, asked: HandAnswer) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        if let Some(hand) = lock(&open.signin).hand.take() {
            // Nobody waits any more: the status says so.
            let _ = hand.send(asked.address.trim().to_owned());
        }
        self.signin_status(Nothing {}).await
    }

    /// Goes on with a sign-in by itself, in the place of one that may be under way; `signin_status` tells how far.
    fn follow(&self, open: &Arc<Open>, shown: Signin, work: impl Future<Output = Result<Vec<Environment>, Problem>> + Send + 'static) {
        self.end_signin(open);
        let mut signin = lock(&open.signin);
        let (desk, own, turn) = (self.clone(), open.clone(), signin.turn + 1);
        let waiting = tokio::spawn(async move {
            let result = work.await;
            let mut signin = lock(&own.signin);
            if signin.turn == turn {
                (signin.result, signin.waiting, signin.hand) = (Some(result), None, None);
                drop(signin);
                desk.around().close_signin();
                desk.around().changed();
            }
        });
        *signin = Signin { waiting: Some(waiting), turn, ..shown };
    }

    fn end_signin(&self, open: &Open) {
        let mut signin = lock(&open.signin);
        let turn = signin.turn + 1;
        let ended = std::mem::replace(&mut *signin, Signin { turn, ..Signin::default() });
        drop(signin);
        if let Some(waiting) = ended.waiting {
            waiting.abort();
        }
        self.around().close_signin();
    }

    /// Changes what is saved now, not what was read before some answer came.
    pub(crate) fn change(&self, open: &Open, what: &str, change: impl FnOnce(&mut Settings)) -> Result<Settings, Problem> {
        self.try_change(open, what, |_, settings| {
            change(settings);
            Ok(())
        })
    }

    /// The same for a change that may be refused; then nothing is saved.
    pub(crate) fn try_change(
        &self,
        open: &Open,
        what: &str,
        change: impl FnOnce(&Book, &mut Settings) -> Result<(), Problem>,
    ) -> Result<Settings, Problem> {
        let mut book = open.book();
        let (_, mut settings) = settings::of(&book, &open.path)?;
        change(&book, &mut settings)?;
        let json = serde_json::to_string(&settings).map_err(|_| Problem::new(Code::Internal))?;
        let (who, now) = (lock(&open.who).clone(), self.now());
        book.save_settings(&json, who.as_ref(), now)?;
        if matches!(what, "stripe" | "ledger") {
            book.note(Act::Connected, who.as_ref(), None, json!({ "side": what }), now)?;
        }
        Ok(settings)
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

/// Enough of a key to tell it from another, and no more.
fn hint(key: &Secret) -> String {
    let key = key.expose_secret();
    let (start, end) = (key.get(..8).unwrap_or_default(), key.len().checked_sub(4).and_then(|at| key.get(at..)).unwrap_or_default());
    format!("{start}…{end}")
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
        eu_services: None,
        export: account(&["eksport", "export"]),
        export_services: None,
        exempt: named(&["momsfri", "uden moms", "exempt", "without vat"])
            .map(|number| SalesAccount { target: Target::Account(number), tax_code: None }),
        rounding: Rounding { account: rounding, tax_code: None },
        home_rate,
        untaxed_at_home: None,
        goods: true,
        more_rates: Default::default(),
        oss: Default::default(),
        products: Default::default(),
    })
}

/// The demo company books every guest at home on one customer, whatever the currency.
fn for_guests(number: &str, facts: &ledgers::CompanyFacts) -> Vec<Generic> {
    let currencies = facts.currencies.iter().map(|fact| fact.currency).chain([facts.base]);
    currencies.map(|currency| Generic { currency, zone: GuestZone::Home, number: number.to_owned() }).collect()
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
