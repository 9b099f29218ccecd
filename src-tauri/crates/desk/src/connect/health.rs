//! How both connections stand, and how one is ended.

use std::sync::atomic::Ordering;

use book::Act;
use ledgers::Ledger;
use remote::BaseUrl;
use serde_json::json;
use signin::{Platform, PlatformError};

use super::keychain;
use super::ledger::keeper;
use crate::commands::*;
use crate::open::Open;
use crate::problems::LEDGER_NAME;
use crate::settings::{LedgerSide, StripeSide};
use crate::{Desk, lock};

impl Desk {
    pub async fn connections(&self, _: Nothing) -> Result<Connections, Problem> {
        let open = self.open()?;
        let (_, settings) = open.settings()?;
        let secrets = open.secrets();
        let kept = async |what: &str| secrets.get(&open.secret(what)).await.is_ok_and(|kept| kept.is_some());
        let (key_kept, token_kept) = (kept("stripe").await, kept("ledger").await);
        let answered = |base: &str| base.split("://").nth(1).and_then(|host| self.traffic_log().answered(host));
        Ok(Connections {
            stripe: settings.stripe.as_ref().map(|side| StripeHealth {
                state: stripe_state(&open, side),
                name: side.name.clone(),
                account: side.account.clone(),
                mode: settings.mode(),
                hint: side.hint.clone(),
                platform: side.platform.clone(),
                since: side.since.map(stamp),
                answered_at: answered(&open.bases.stripe).map(stamp),
                permissions: lock(&open.permissions).clone(),
                key_kept,
            }),
            ledger: settings.ledger.as_ref().map(|side| LedgerHealth {
                state: ledger_state(&open, side),
                company: side.company.as_ref().map(|company| company.name.clone()),
                environment: side.environment.clone(),
                sandbox: side.sandbox,
                tenant: side.tenant.clone(),
                client_id: side.client_id.clone(),
                user: side.user.clone(),
                way: side.way,
                since: side.since.map(stamp),
                answered_at: answered(&open.bases.business_central).map(stamp),
                token_kept,
            }),
            keychain: keychain(&secrets).await,
            shared_with: self.shared_with(&open, &settings),
        })
    }

    pub async fn check_connection(&self, asked: OfSide) -> Result<Connections, Problem> {
        let open = self.open()?;
        match asked.side {
            Side::Stripe => drop(self.check_stripe(Nothing {}).await?),
            Side::Ledger => {
                let asked = open.ledger()?.facts().await.map_err(Problem::from).inspect_err(|problem| open.heed(problem));
                asked?;
                open.signed_out.store(false, Ordering::Relaxed);
            }
        }
        self.connections(Nothing {}).await
    }

    pub async fn unlock_keychain(&self, _: Nothing) -> Result<Connections, Problem> {
        let open = self.open()?;
        open.secrets().unlock().await?;
        self.build_clients(&open).await?;
        self.connections(Nothing {}).await
    }

    pub async fn disconnect(&self, asked: Disconnect) -> Result<Connections, Problem> {
        let open = self.open()?;
        let running = lock(&open.fetch).as_ref().is_some_and(|fetch| fetch.running) || lock(&open.write).as_ref().is_some_and(|write| write.running);
        if running {
            return Err(Problem::new(Code::AlreadyRunning));
        }
        let (_, settings) = open.settings()?;
        match asked.side {
            Side::Stripe => {
                let side = settings.stripe.as_ref().ok_or(Problem::new(Code::NotConnected).with("side", "Stripe"))?;
                if !asked.anyway {
                    self.deauthorize(&open, side).await?;
                }
                open.secrets().forget(&open.secret("stripe")).await?;
                *lock(&open.stripe) = None;
                lock(&open.permissions).clear();
            }
            Side::Ledger => {
                match keeper(&open) {
                    Ok(keeper) => keeper.forget().await?,
                    Err(_) => open.secrets().forget(&open.secret("ledger")).await?,
                }
                (*lock(&open.keeper), *lock(&open.ledger)) = (None, None);
            }
        }
        self.change(&open, "disconnect", |settings| match asked.side {
            Side::Stripe => settings.stripe.iter_mut().for_each(|side| side.disconnected = true),
            Side::Ledger => settings.ledger.iter_mut().for_each(|side| side.disconnected = true),
        })?;
        let (who, now) = (lock(&open.who).clone(), self.now());
        open.book().note(Act::Disconnected, who.as_ref(), None, json!({ "side": asked.side }), now)?;
        self.connections(Nothing {}).await
    }

    /// A connection to a platform is ended at Stripe's side too; a pasted key can only be deleted there.
    async fn deauthorize(&self, open: &Open, side: &StripeSide) -> Result<(), Problem> {
        let (Some(client_id), Some(account)) = (&side.platform, &side.account) else { return Ok(()) };
        let Some(key) = open.secrets().get(&open.secret("stripe")).await? else { return Ok(()) };
        let authority = BaseUrl::parse(&open.bases.connect).map_err(|_| Problem::new(Code::Internal))?;
        let platform = Platform { authority, client_id: client_id.clone(), key, redirect: String::new() };
        match platform.deauthorize(account, self.outside().transport.as_ref()).await {
            // It is not connected any more, which is what is wanted.
            Ok(()) | Err(PlatformError::NotThePlatform) => Ok(()),
            Err(_) => Err(Problem::new(Code::NotDeauthorized)),
        }
    }
}

pub fn stripe_state(open: &Open, side: &StripeSide) -> ConnectionState {
    match () {
        () if side.disconnected => ConnectionState::Disconnected,
        () if open.key_refused.load(Ordering::Relaxed) || lock(&open.stripe).is_none() => ConnectionState::SignInAgain,
        () => ConnectionState::Connected,
    }
}

pub fn ledger_state(open: &Open, side: &LedgerSide) -> ConnectionState {
    match () {
        () if side.company.is_none() => ConnectionState::None,
        () if side.disconnected => ConnectionState::Disconnected,
        () if open.signed_out.load(Ordering::Relaxed) => ConnectionState::SignInAgain,
        () => ConnectionState::Connected,
    }
}

impl Open {
    /// What a failed request says about the connection itself.
    pub fn heed(&self, problem: &Problem) {
        let of_ledger = problem.params.get("side").is_none_or(|side| side == LEDGER_NAME);
        match problem.code {
            Code::KeyRejected | Code::KeyExpired => self.key_refused.store(true, Ordering::Relaxed),
            Code::SigninAgain | Code::SecretExpired | Code::SecretWrong if of_ledger => self.signed_out.store(true, Ordering::Relaxed),
            _ => {}
        }
    }
}
