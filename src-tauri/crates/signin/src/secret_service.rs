//! The keychain of Linux desktops: whatever answers as the Secret Service on the session bus.
//!
//! A missing bus, a missing collection and a locked one all look like "no entry" to a plain
//! read, so each call first asks the service itself, which never opens a password window.

use keyring::Entry;
use keyring_core::api::CredentialStoreApi;
use secret_service::{EncryptionType, Error, blocking::SecretService};
use zbus_secret_service_keyring_store::Store;

use crate::{
    Keychain, KeychainError, Status,
    keychain::{SERVICE, from_keyring, keeps_values, status_of},
};

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemKeychain;

impl Keychain for SystemKeychain {
    fn status(&self) -> Status {
        match unlocked_name() {
            Ok(name) => status_of(name, keeps_values(self)),
            Err(error) => status_of(String::new(), Err(error)),
        }
    }

    fn unlock(&self) -> Result<(), KeychainError> {
        let service = connect()?;
        let collection = service.get_default_collection().map_err(from_service)?;
        collection.unlock().map_err(from_service)
    }

    fn get(&self, entry: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        match open(entry)?.get_secret() {
            Ok(value) => Ok(Some(value)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(from_keyring(&error)),
        }
    }

    fn set(&self, entry: &str, value: &[u8]) -> Result<(), KeychainError> {
        open(entry)?.set_secret(value).map_err(|error| from_keyring(&error))
    }

    fn delete(&self, entry: &str) -> Result<(), KeychainError> {
        match open(entry)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(from_keyring(&error)),
        }
    }
}

fn open(entry: &str) -> Result<Entry, KeychainError> {
    unlocked_name()?;
    let store = Store::new().map_err(|error| from_keyring(&error))?;
    let inner = store.build(SERVICE, entry, None).map_err(|error| from_keyring(&error))?;
    Ok(Entry { inner })
}

/// The label of the default collection, if it is there and open.
fn unlocked_name() -> Result<String, KeychainError> {
    let service = connect()?;
    let collection = service.get_default_collection().map_err(|error| match error {
        Error::NoResult => KeychainError::Missing,
        other => from_service(other),
    })?;
    if collection.is_locked().map_err(from_service)? {
        return Err(KeychainError::Locked);
    }
    collection.get_label().map_err(from_service)
}

fn connect() -> Result<SecretService<'static>, KeychainError> {
    SecretService::connect(EncryptionType::Dh).map_err(|_| KeychainError::Unreachable)
}

fn from_service(error: Error) -> KeychainError {
    match error {
        Error::Locked | Error::Prompt => KeychainError::Locked,
        Error::NoResult => KeychainError::Missing,
        _ => KeychainError::Unreachable,
    }
}
