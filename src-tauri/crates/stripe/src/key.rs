//! Whether a key works, for which account, and what it may read.

use futures::future::join_all;
use remote::GetRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Account, Kind, Stripe, StripeError};

/// What was found out about a key by asking, and nothing but asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCheck {
    /// `None` when the key may not read its own account.
    pub account: Option<KeyAccount>,
    pub mode: Mode,
    pub permissions: Vec<Permission>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAccount {
    pub id: String,
    pub name: Option<String>,
    pub country: Option<String>,
    pub default_currency: Option<String>,
    pub time_zone: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Live,
    Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    pub what: What,
    pub granted: Granted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Account,
    Balance,
    Events,
    Objects(Kind),
}

/// Write access of a restricted key cannot be tested without writing: such a key shows
/// `Read`, and a missing write permission shows at the first write, which then makes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    NotGranted,
    Read,
    ReadWrite,
}

impl Stripe {
    /// Checks the key there and then, by one harmless question for each permission.
    pub async fn check_key(&self) -> Result<KeyCheck, StripeError> {
        // The first question alone: a wrong key is told after one request, not after fifteen.
        let account = granted(self.read(GetRequest::new("/v1/account")).await)?;
        let balance = granted(self.read(GetRequest::new("/v1/balance")).await)?;
        let mode = match balance.as_ref().and_then(|balance| balance.get("livemode")).and_then(Value::as_bool) {
            Some(true) => Mode::Live,
            Some(false) => Mode::Test,
            None => self.mode_of_key,
        };
        let mut permissions = vec![self.permission(What::Account, account.is_some()), self.permission(What::Balance, balance.is_some())];
        let probes = std::iter::once((What::Events, "/v1/events")).chain(Kind::ALL.into_iter().map(|kind| (What::Objects(kind), kind.path())));
        let answers = join_all(probes.map(|(what, path)| async move { (what, self.read(GetRequest::new(path).query("limit", "1")).await) })).await;
        for (what, answer) in answers {
            permissions.push(self.permission(what, granted(answer)?.is_some()));
        }
        Ok(KeyCheck { account: account.map(key_account).transpose()?, mode, permissions })
    }

    fn permission(&self, what: What, may_read: bool) -> Permission {
        let granted = match (may_read, self.full_key) {
            (false, _) => Granted::NotGranted,
            (true, false) => Granted::Read,
            (true, true) => Granted::ReadWrite,
        };
        Permission { what, granted }
    }
}

/// `None` when the key may not read this.
fn granted(answer: Result<Value, StripeError>) -> Result<Option<Value>, StripeError> {
    match answer {
        Ok(document) => Ok(Some(document)),
        Err(StripeError::NotGranted(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn key_account(document: Value) -> Result<KeyAccount, StripeError> {
    let account: Account = serde_json::from_value(document).map_err(|_| StripeError::Unreadable { request_id: None })?;
    let dashboard = account.settings.and_then(|settings| settings.dashboard).unwrap_or_default();
    let business = account.business_profile.and_then(|profile| profile.name);
    Ok(KeyAccount {
        id: account.id,
        name: business.or(dashboard.display_name).or(account.email).filter(|name| !name.is_empty()),
        country: account.country,
        default_currency: account.default_currency,
        time_zone: dashboard.timezone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, list};
    use serde_json::json;

    fn refused(status: u16) -> (u16, Value) {
        (status, json!({"error": {"type": "invalid_request_error", "message": "planted words"}}))
    }

    #[tokio::test]
    async fn each_missing_permission_is_a_line_of_its_own() {
        let answers = [refused(403), (200, json!({"object": "balance", "livemode": false})), (200, list([], false, ""))];
        let kinds = Kind::ALL.iter().map(|kind| if *kind == Kind::Dispute { refused(403) } else { (200, list([], false, "")) });
        let script = Script::new(answers.into_iter().chain(kinds).map(Ok));
        let check = script.stripe().check_key().await.expect("checked");
        assert_eq!((check.account, check.mode), (None, Mode::Test));
        let missing: Vec<What> = check.permissions.iter().filter(|one| one.granted == Granted::NotGranted).map(|one| one.what).collect();
        assert_eq!(missing, [What::Account, What::Objects(Kind::Dispute)]);
        assert_eq!(check.permissions.len(), 3 + Kind::ALL.len());
    }

    #[tokio::test]
    async fn a_wrong_key_is_told_after_one_request() {
        let script = Script::new([Ok(refused(401))]);
        let error = script.stripe().check_key().await.err();
        assert!(matches!(&error, Some(StripeError::KeyRefused(refusal)) if refusal.reference.as_deref() == Some("req_1")), "{error:?}");
        assert!(!format!("{error:?}").contains("rk_test"));
    }

    #[tokio::test]
    async fn the_account_is_shown_by_its_best_name() {
        let account = json!({"id": "acct_1", "country": "DK", "default_currency": "dkk", "email": "a@b.dk", "business_profile": {"name": null},
            "settings": {"dashboard": {"display_name": "Nordlys", "timezone": "Europe/Copenhagen"}}});
        let read = key_account(account).expect("an account");
        assert_eq!((read.name.as_deref(), read.time_zone.as_deref()), (Some("Nordlys"), Some("Europe/Copenhagen")));
    }
}
