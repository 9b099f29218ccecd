//! Signing in, and where its secrets stay. What the tokens are used for is not known here.
//!
//! ```text
//! Loopback::bind ─▶ Authorization::begin ─▶ browser ─▶ Loopback::wait ─▶ Redeemable::redeem ─▶ TokenKeeper
//!                                                                                               │
//! Secrets (the system's keychain, or this session's memory) ◀── refresh token, before its use ──┘
//! ```

mod device;
mod entra;
mod keeper;
mod keychain;
mod loopback;
mod memory;
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod native;
mod oauth;
mod pending;
mod platform;
mod refusal;
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;
mod secrets;
#[cfg(test)]
mod testing;

pub use device::DeviceCode;
pub use entra::{Account, Authorization, CodeFlow, Entra, Tokens};
pub use keeper::{KeeperError, TokenKeeper};
pub use keychain::{Keychain, KeychainError, Status};
pub use loopback::{Loopback, LoopbackError, SIGN_IN_WITHIN};
pub use memory::Session;
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub use native::SystemKeychain;
pub use pending::{Arrival, Pending, Redeemable};
pub use platform::{Connected, Platform, PlatformError};
pub use refusal::{Cause, SignInError};
#[cfg(all(unix, not(target_os = "macos")))]
pub use secret_service::SystemKeychain;
pub use secrets::Secrets;

/// Randomness for one sign-in: state and code verifier. A simulation brings its own.
pub type Random = [u8; 64];

/// From the system's own source.
pub fn system_random() -> Result<Random, NoRandomness> {
    let mut random = [0; 64];
    getrandom::fill(&mut random).map_err(|_| NoRandomness)?;
    Ok(random)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers; the sign-in was not begun")]
pub struct NoRandomness;
