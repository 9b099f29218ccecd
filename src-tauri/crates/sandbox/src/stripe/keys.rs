//! API keys: their mode, their kind, and what a restricted one may do.

use super::error::{ApiError, Result};
use super::resources::Permission;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Read,
    /// Includes reading.
    Write,
}

#[derive(Clone, Debug)]
pub enum Grants {
    /// A secret key may do everything.
    All,
    /// A restricted key may do what is listed.
    Only(BTreeMap<Permission, Access>),
}

#[derive(Clone)]
pub struct ApiKey {
    pub secret: String,
    pub grants: Grants,
    pub expired: bool,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("secret", &"…").field("grants", &self.grants).field("expired", &self.expired).finish()
    }
}

impl ApiKey {
    pub fn secret(secret: impl Into<String>) -> Self {
        Self { secret: secret.into(), grants: Grants::All, expired: false }
    }

    /// A restricted key with everything but the named permissions.
    pub fn restricted_without(secret: impl Into<String>, missing: &[Permission]) -> Self {
        let given = Permission::ALL.into_iter().filter(|permission| !missing.contains(permission));
        Self { secret: secret.into(), grants: Grants::Only(given.map(|permission| (permission, Access::Write)).collect()), expired: false }
    }

    pub fn livemode(&self) -> bool {
        self.secret.contains("_live_")
    }

    /// 403 with the name of what is missing, as Stripe words it.
    pub fn need(&self, permission: Permission, access: Access, account: &str) -> Result<()> {
        let given = match &self.grants {
            Grants::All => return Ok(()),
            Grants::Only(table) => table.get(&permission),
        };
        if given.is_some_and(|given| *given >= access) {
            return Ok(());
        }
        let wanted = format!("rak_{}_{}", permission.name(), if access == Access::Write { "write" } else { "read" });
        Err(ApiError::forbidden(format!(
            "The provided key '{}' does not have the required permissions for this endpoint on account '{account}'. \
             Having the '{wanted}' permission would allow this request to continue.",
            masked(&self.secret)
        )))
    }
}

/// The key that a request was made with.
pub fn authenticate<'k>(headers: &HeaderMap, keys: &'k [ApiKey]) -> Result<&'k ApiKey> {
    let missing = || {
        ApiError::unauthorized(
            None,
            "You did not provide an API key. You need to provide your API key in the Authorization header, \
             using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        )
    };
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(missing)?;
    let (scheme, rest) = header.split_once(' ').ok_or_else(missing)?;
    let given = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => rest.trim().to_owned(),
        "basic" => basic_user(rest.trim()).ok_or_else(missing)?,
        _ => return Err(missing()),
    };
    if given.is_empty() {
        return Err(missing());
    }
    if given.starts_with("pk_") {
        let message = "This API call cannot be made with a publishable API key. Please use a secret API key.";
        return Err(ApiError::unauthorized(Some("secret_key_required"), message));
    }
    let key = keys.iter().find(|key| key.secret == given);
    let key = key.ok_or_else(|| ApiError::unauthorized(None, format!("Invalid API Key provided: {}", masked(&given))))?;
    if key.expired {
        return Err(ApiError::unauthorized(Some("api_key_expired"), format!("Expired API Key provided: {}", masked(&given))));
    }
    Ok(key)
}

fn basic_user(encoded: &str) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    Some(decoded.split_once(':').map_or(decoded.as_str(), |(user, _)| user).to_owned())
}

/// Kind and mode, stars, and the last four characters.
fn masked(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    let (head, tail) = (characters.len().min(8), characters.len().saturating_sub(4).max(8));
    let start: String = characters.iter().take(head).collect();
    let end: String = characters.iter().skip(tail).collect();
    format!("{start}{}{end}", "*".repeat(tail.saturating_sub(head).min(20)))
}
