//! The clients of both sides, as the settings and the keychain allow.

use std::sync::Arc;

use ledgers::business_central::{BusinessCentral, Place};
use ledgers::{NoToken, TokenSource};
use remote::Secret;
use signin::{KeeperError, SignInError, TokenKeeper};

use super::{keeper_of, stripe_client};
use crate::commands::{Code, Problem};
use crate::open::Open;
use crate::settings::LedgerSide;
use crate::{Desk, lock};

impl Desk {
    /// Builds the clients that the settings and the keychain allow.
    pub(crate) async fn build_clients(&self, open: &Open) -> Result<(), Problem> {
        let (_, settings) = open.settings()?;
        let secrets = open.secrets();
        // The ledger's comes first: it asks the keychain only when a token is wanted, and a locked one hides no book.
        if let Some(side) = &settings.ledger {
            let keeper = keeper_of(open, side, self.outside(), secrets.clone())?.with_redactor(self.around().redactor());
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
            let client = key.map(|key| stripe_client(self.outside(), &open.bases, key, account)).transpose()?;
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
