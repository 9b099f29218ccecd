//! Secrets that are kept only until the program ends.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use secrecy::{ExposeSecret, SecretSlice};

use crate::{Keychain, KeychainError, Status};

/// Memory only: for a person whose keychain cannot be reached and who chose to go on
/// without it, and for simulations.
#[derive(Default)]
pub struct Session(Mutex<BTreeMap<String, SecretSlice<u8>>>);

impl Session {
    fn entries(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, SecretSlice<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keychain for Session {
    fn status(&self) -> Status {
        Status::Unlocked { name: "this session".to_owned() }
    }

    fn unlock(&self) -> Result<(), KeychainError> {
        Ok(())
    }

    fn get(&self, entry: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        Ok(self.entries().get(entry).map(|value| value.expose_secret().to_vec()))
    }

    fn set(&self, entry: &str, value: &[u8]) -> Result<(), KeychainError> {
        self.entries().insert(entry.to_owned(), SecretSlice::from(value.to_vec()));
        Ok(())
    }

    fn delete(&self, entry: &str) -> Result<(), KeychainError> {
        self.entries().remove(entry);
        Ok(())
    }

    fn blocks(&self) -> bool {
        false
    }
}
