//! What a place for secrets must be able to do.

/// One store of small named values. Its calls may block and may take long.
pub trait Keychain: Send + Sync {
    /// Whether values can be kept right now. Asks nobody for a password.
    fn status(&self) -> Status;

    /// Lets the system ask the person to unlock it.
    fn unlock(&self) -> Result<(), KeychainError>;

    /// `None` only when the store can be read and holds no such entry.
    fn get(&self, entry: &str) -> Result<Option<Vec<u8>>, KeychainError>;

    fn set(&self, entry: &str, value: &[u8]) -> Result<(), KeychainError>;

    /// An entry that is not there counts as deleted.
    fn delete(&self, entry: &str) -> Result<(), KeychainError>;

    /// Whether a call may block its thread; memory does not.
    fn blocks(&self) -> bool {
        true
    }
}

/// The state of the keychain, for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Usable; with the name that the system gives it.
    Unlocked {
        name: String,
    },
    Locked,
    /// The service runs but holds no keychain that could take a value.
    Missing,
    /// There is no service that answers.
    Unreachable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    #[error("the keychain is locked; nothing was kept or read: unlock it and try again")]
    Locked,
    #[error("the system has no keychain yet; nothing was kept or read: create one and try again")]
    Missing,
    #[error("the keychain does not answer; nothing was kept or read")]
    Unreachable,
    #[error("the keychain did not answer in time")]
    TimedOut,
    #[error("the secret is longer than a keychain can keep")]
    TooLong,
    #[error("the kept secret is damaged: connect again")]
    Damaged,
}

impl Status {
    /// What a call would come to in this state.
    pub fn usable(&self) -> Result<(), KeychainError> {
        match self {
            Self::Unlocked { .. } => Ok(()),
            Self::Locked => Err(KeychainError::Locked),
            Self::Missing => Err(KeychainError::Missing),
            Self::Unreachable => Err(KeychainError::Unreachable),
        }
    }
}

/// Under this name all our entries lie in the system's keychain.
pub(crate) const SERVICE: &str = "Countersign";
/// Written and read back to know that the keychain really keeps what it takes.
pub(crate) const SENTINEL: &str = "sentinel";
pub(crate) const SENTINEL_VALUE: &[u8] = b"countersign";

/// Whether a value written can be read again.
pub(crate) fn keeps_values(keychain: &dyn Keychain) -> Result<(), KeychainError> {
    if keychain.get(SENTINEL)?.as_deref() == Some(SENTINEL_VALUE) {
        return Ok(());
    }
    keychain.set(SENTINEL, SENTINEL_VALUE)?;
    match keychain.get(SENTINEL)?.as_deref() {
        Some(SENTINEL_VALUE) => Ok(()),
        _ => Err(KeychainError::Unreachable),
    }
}

pub(crate) fn status_of(name: String, kept: Result<(), KeychainError>) -> Status {
    match kept {
        Ok(()) => Status::Unlocked { name },
        Err(KeychainError::Locked) => Status::Locked,
        Err(KeychainError::Missing) => Status::Missing,
        Err(_) => Status::Unreachable,
    }
}

/// What keyring's errors mean here; their text may hold values and goes nowhere.
pub(crate) fn from_keyring(error: &keyring::Error) -> KeychainError {
    match error {
        keyring::Error::NoStorageAccess(_) => KeychainError::Locked,
        keyring::Error::TooLong(..) => KeychainError::TooLong,
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) | keyring::Error::BadStoreFormat(_) | keyring::Error::Ambiguous(_) => {
            KeychainError::Damaged
        }
        _ => KeychainError::Unreachable,
    }
}
