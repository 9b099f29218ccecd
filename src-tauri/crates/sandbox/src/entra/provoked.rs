//! Accounts whose sign-in ends with an AADSTS number, so that every refusal can be seen without setting anything up.
//!
//! On the sign-in page the user name says what happens; the domain does not matter:
//!
//! - `aadsts53003@x`: the sign-in ends with 53003, where the real service would say it: on the page, on the redirect
//!   back to the program, or when the program redeems the code (or polls with its device code);
//! - `later-aadsts50173@x`: signs in as the tenant's own user; the first refresh ends with 50173.
//!
//! | number | error | where |
//! |---|---|---|
//! | 50011, 50020, 50034, 50194, 700016, 90002 | | page |
//! | 650052, 65004, 70011, 90094 | `invalid_client`, `access_denied`, `invalid_scope`, `consent_required` | redirect |
//! | 65001 | `consent_required` on the redirect, `invalid_grant` at a refresh | redirect |
//! | 50076, 50078, 50079, 53003 | `interaction_required` on the redirect, `invalid_grant` at a refresh | redirect |
//! | 50173, 54005, 70008, 70043, 700082, 501481 | `invalid_grant` | code or refresh |
//! | 28002, 50196 | `invalid_scope`, `temporarily_unavailable` | code or refresh |
//! | 7000215, 7000218, 7000222, 700025 | `invalid_client` (HTTP 401) | code or refresh |
//!
//! Without such an account: an unknown client id gives 700016 and an unknown tenant 90002; another redirect address 50011;
//! *Cancel* 65004; a user name that nobody has 50034; a secret in the request of a public client 700025; the unattended
//! app with a wrong secret 7000215, without one 7000218, at `common` or `organizations` 50194; device code for an app that
//! does not allow public client flows 7000218; a code used twice 54005, after ten minutes 70008; a refresh token after
//! ninety days 700082. From outside: `POST /_sandbox/entra` with `{"refuse": 53003}` (`null` ends it),
//! `{"revoke_sessions": true}` (50173 at the next refresh) or `{"withdraw_consent": true}` (65001).

use super::fault::{self, Refusal};
use super::{Entra, Grant, UserSetup};
use serde::Deserialize;

/// Where a refusal arises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Page,
    Redirect,
    /// When the code is redeemed.
    Token,
}

/// What the user name on the page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Refusal(u32),
    Later(u32),
}

/// What the harness asks for from outside.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Sign-ins and refreshes of all users end with this number until it is taken back.
    Refuse(Option<u32>),
    RevokeSessions(bool),
    WithdrawConsent(bool),
}

/// The number in a user name.
pub fn asked(user_name: &str) -> Option<Asked> {
    let name = user_name.trim().split('@').next()?.to_ascii_lowercase();
    let number = |text: &str| text.strip_prefix("aadsts")?.parse().ok();
    match name.strip_prefix("later-") {
        Some(rest) => number(rest).map(Asked::Later),
        None => number(&name).map(Asked::Refusal),
    }
}

pub fn place(number: u32) -> Place {
    match number {
        50011 | 50020 | 50034 | 50194 | 700016 | 90002 => Place::Page,
        28002 | 50173 | 50196 | 54005 | 70008 | 70043 | 700082 | 501481 | 7000215 | 7000218 | 7000222 | 700025 => Place::Token,
        _ => Place::Redirect,
    }
}

/// The refusal on the redirect, where no grant is spoken of.
pub fn on_redirect(refusal: Refusal) -> Refusal {
    match (refusal.error, refusal.aadsts) {
        ("invalid_grant", 65001) => refusal.worded("consent_required"),
        ("invalid_grant", _) => refusal.worded("interaction_required"),
        _ => refusal,
    }
}

impl Entra {
    /// Who signs in where a user name only asks for a refusal.
    pub(super) fn somebody(&self, tenant: &str) -> Option<&UserSetup> {
        let known = self.tenant(tenant).ok().flatten();
        self.users.values().find(|user| known.is_none_or(|tenant| user.tenant.eq_ignore_ascii_case(&tenant.id)))
    }

    pub fn order(&mut self, order: &Order) {
        match order {
            Order::Refuse(number) => self.users.keys().cloned().collect::<Vec<_>>().iter().for_each(|user| self.refuse(user, *number)),
            Order::RevokeSessions(revoke) => self.refresh.values_mut().for_each(|grant| grant.revoked |= revoke),
            Order::WithdrawConsent(true) => self.consents.clear(),
            Order::WithdrawConsent(false) => {}
        }
    }
}

impl Grant {
    /// What the token endpoint says to it, if a user name asked for that.
    pub(super) fn provoked(&self) -> Result<(), Refusal> {
        self.fails.map_or(Ok(()), |number| Err(fault::of_user(number)))
    }
}
