//! The keychain of Windows (Credential Manager) and of macOS (Keychain Services).

use keyring::Entry;

use crate::{
    Keychain, KeychainError, Status,
    keychain::{SERVICE, from_keyring, keeps_values, status_of},
};

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemKeychain;

const NAME: &str = if cfg!(windows) { "Windows Credential Manager" } else { "Keychain" };

impl Keychain for SystemKeychain {
    fn status(&self) -> Status {
        status_of(NAME.to_owned(), keeps_values(self))
    }

    /// These systems ask the person by themselves when a value is touched.
    fn unlock(&self) -> Result<(), KeychainError> {
        keeps_values(self)
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
    Entry::new(SERVICE, entry).map_err(|error| from_keyring(&error))
}
