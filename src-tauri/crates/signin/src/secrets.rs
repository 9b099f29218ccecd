//! Named secrets over a keychain whose entries are small.
//!
//! A secret is split over numbered parts, because Windows caps an entry at 2,560 bytes
//! (docs: `CRED_MAX_CREDENTIAL_BLOB_SIZE`). The parts are written first and the head last,
//! so that a change cut in the middle leaves the old secret whole.

use std::{sync::Arc, time::Duration};

use remote::Secret;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::{Keychain, KeychainError, Session, Status, SystemKeychain};

const PART: usize = 2_048;
const MOST_PARTS: usize = 16;
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// A person has to find and type a password.
const UNLOCK_WITHIN: Duration = Duration::from_secs(180);

/// Where all secrets of this program are, and nowhere else.
#[derive(Clone)]
pub struct Secrets(Arc<dyn Keychain>);

impl Secrets {
    /// In the system's own keychain.
    pub fn in_keychain() -> Self {
        Self::over(Arc::new(SystemKeychain))
    }

    /// In memory, kept only until the program ends.
    pub fn for_this_session() -> Self {
        Self::over(Arc::new(Session::default()))
    }

    pub fn over(keychain: Arc<dyn Keychain>) -> Self {
        Self(keychain)
    }

    /// Whether secrets survive the end of the program.
    pub fn lasting(&self) -> bool {
        self.0.blocks()
    }

    pub async fn status(&self) -> Status {
        self.call(ANSWER_WITHIN, |keychain| Ok(keychain.status())).await.unwrap_or(Status::Unreachable)
    }

    /// Lets the system ask the person to unlock the keychain.
    pub async fn unlock(&self) -> Result<(), KeychainError> {
        self.call(UNLOCK_WITHIN, |keychain| keychain.unlock()).await
    }

    /// `None` when the keychain can be read and holds no such secret.
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, KeychainError> {
        let name = name.to_owned();
        self.call(ANSWER_WITHIN, move |keychain| read(keychain, &name)).await
    }

    /// Returns when the keychain has kept it.
    pub async fn put(&self, name: &str, secret: &Secret) -> Result<(), KeychainError> {
        let (name, secret) = (name.to_owned(), secret.clone());
        self.call(ANSWER_WITHIN, move |keychain| write(keychain, &name, secret.expose_secret().as_bytes())).await
    }

    pub async fn forget(&self, name: &str) -> Result<(), KeychainError> {
        let name = name.to_owned();
        self.call(ANSWER_WITHIN, move |keychain| forget(keychain, &name)).await
    }

    /// Off the runtime's threads and within a time, unless the keychain is mere memory.
    async fn call<T: Send + 'static>(
        &self,
        within: Duration,
        act: impl FnOnce(&dyn Keychain) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, KeychainError> {
        if !self.0.blocks() {
            return act(self.0.as_ref());
        }
        let keychain = self.0.clone();
        let call = tokio::task::spawn_blocking(move || act(keychain.as_ref()));
        match tokio::time::timeout(within, call).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(KeychainError::Unreachable),
            Err(_) => Err(KeychainError::TimedOut),
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// The small entry that says which parts are the secret.
struct Head {
    generation: u64,
    parts: usize,
    /// Of the whole secret: parts of two generations never pass for one.
    check: String,
}

impl Head {
    fn of(generation: u64, secret: &[u8]) -> Self {
        let check = Sha256::digest(secret).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { generation, parts: secret.len().div_ceil(PART), check }
    }

    fn read(keychain: &dyn Keychain, name: &str) -> Result<Option<Self>, KeychainError> {
        let Some(bytes) = keychain.get(name)? else { return Ok(None) };
        Self::parse(&bytes).map(Some).ok_or(KeychainError::Damaged)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(bytes).ok()?.split(' ');
        let (Some("1"), Some(generation), Some(parts), Some(check), None) = (words.next(), words.next(), words.next(), words.next(), words.next())
        else {
            return None;
        };
        let parts = parts.parse().ok().filter(|parts| *parts <= MOST_PARTS)?;
        Some(Self { generation: generation.parse().ok()?, parts, check: check.to_owned() })
    }

    fn text(&self) -> String {
        format!("1 {} {} {}", self.generation, self.parts, self.check)
    }

    fn part(&self, name: &str, part: usize) -> String {
        format!("{name}/{}/{part}", self.generation)
    }
}

fn read(keychain: &dyn Keychain, name: &str) -> Result<Option<Secret>, KeychainError> {
    let Some(head) = Head::read(keychain, name)? else { return Ok(None) };
    let mut bytes = Vec::new();
    for part in 0..head.parts {
        bytes.extend(keychain.get(&head.part(name, part))?.ok_or(KeychainError::Damaged)?);
    }
    if Head::of(head.generation, &bytes).check != head.check {
        return Err(KeychainError::Damaged);
    }
    String::from_utf8(bytes).map(|text| Some(Secret::from(text))).map_err(|_| KeychainError::Damaged)
}

fn write(keychain: &dyn Keychain, name: &str, secret: &[u8]) -> Result<(), KeychainError> {
    // A damaged head is replaced like a missing one; its parts are lost anyway.
    let old = match Head::read(keychain, name) {
        Err(KeychainError::Damaged) => None,
        other => other?,
    };
    let new = Head::of(old.as_ref().map_or(1, |old| old.generation.wrapping_add(1)), secret);
    if new.parts > MOST_PARTS {
        return Err(KeychainError::TooLong);
    }
    for (part, bytes) in secret.chunks(PART).enumerate() {
        keychain.set(&new.part(name, part), bytes)?;
    }
    keychain.set(name, new.text().as_bytes())?;
    old.map_or(Ok(()), |old| delete_parts(keychain, name, &old))
}

fn forget(keychain: &dyn Keychain, name: &str) -> Result<(), KeychainError> {
    let old = Head::read(keychain, name);
    keychain.delete(name)?;
    match old {
        Ok(Some(old)) => delete_parts(keychain, name, &old),
        Ok(None) | Err(KeychainError::Damaged) => Ok(()),
        Err(error) => Err(error),
    }
}

fn delete_parts(keychain: &dyn Keychain, name: &str, head: &Head) -> Result<(), KeychainError> {
    (0..head.parts).try_for_each(|part| keychain.delete(&head.part(name, part)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A keychain that fails after so many writes.
    #[derive(Default)]
    struct Failing {
        kept: Session,
        writes_left: AtomicUsize,
    }

    impl Failing {
        fn write(&self) -> Result<(), KeychainError> {
            let taken = self.writes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            taken.map(drop).map_err(|_| KeychainError::Unreachable)
        }
    }

    impl Keychain for Failing {
        fn status(&self) -> Status {
            self.kept.status()
        }
        fn unlock(&self) -> Result<(), KeychainError> {
            Ok(())
        }
        fn get(&self, entry: &str) -> Result<Option<Vec<u8>>, KeychainError> {
            self.kept.get(entry)
        }
        fn set(&self, entry: &str, value: &[u8]) -> Result<(), KeychainError> {
            assert!(value.len() <= 2_560, "an entry that Windows takes");
            self.write()?;
            self.kept.set(entry, value)
        }
        fn delete(&self, entry: &str) -> Result<(), KeychainError> {
            self.write()?;
            self.kept.delete(entry)
        }
        fn blocks(&self) -> bool {
            false
        }
    }

    fn secret(letter: char, length: usize) -> Secret {
        Secret::from(letter.to_string().repeat(length))
    }

    #[tokio::test]
    async fn secrets_of_any_length_are_kept_changed_and_forgotten() {
        let keychain = Arc::new(Session::default());
        let secrets = Secrets::over(keychain.clone());
        assert!(secrets.get("a").await.expect("readable").is_none());
        for length in [1, PART, PART + 1, 9_000, 0, 40] {
            secrets.put("a", &secret('x', length)).await.expect("kept");
            let kept = secrets.get("a").await.expect("readable").expect("there");
            assert_eq!(kept.expose_secret().len(), length);
        }
        assert_eq!(secrets.put("a", &secret('x', PART * MOST_PARTS + 1)).await, Err(KeychainError::TooLong));
        secrets.forget("a").await.expect("forgotten");
        assert!(secrets.get("a").await.expect("readable").is_none());
        secrets.forget("a").await.expect("forgetting twice is no fault");
    }

    #[tokio::test]
    async fn a_change_cut_anywhere_leaves_the_old_or_the_new_secret_whole() {
        for writes in 0..12 {
            let keychain = Arc::new(Failing::default());
            let secrets = Secrets::over(keychain.clone());
            keychain.writes_left.store(100, Ordering::Relaxed);
            secrets.put("a", &secret('o', 5_000)).await.expect("kept");
            keychain.writes_left.store(writes, Ordering::Relaxed);
            let changed = secrets.put("a", &secret('n', 7_000)).await.is_ok();
            keychain.writes_left.store(100, Ordering::Relaxed);
            let kept = secrets.get("a").await.expect("readable").expect("there").expose_secret().to_owned();
            let new = kept == "n".repeat(7_000);
            assert!(new || kept == "o".repeat(5_000), "cut after {writes} writes");
            assert!(new || !changed);
            secrets.put("a", &secret('z', 3)).await.expect("kept after a cut");
        }
    }

    #[tokio::test]
    async fn a_missing_or_foreign_part_is_damage_and_not_a_secret() {
        let keychain = Arc::new(Session::default());
        let secrets = Secrets::over(keychain.clone());
        secrets.put("a", &secret('x', 5_000)).await.expect("kept");
        keychain.set("a/1/1", b"other").expect("set");
        assert_eq!(secrets.get("a").await.err(), Some(KeychainError::Damaged));
        keychain.delete("a/1/1").expect("deleted");
        assert_eq!(secrets.get("a").await.err(), Some(KeychainError::Damaged));
        keychain.set("a", b"1 1 99999 00").expect("set");
        assert_eq!(secrets.get("a").await.err(), Some(KeychainError::Damaged));
        secrets.put("a", &secret('y', 3)).await.expect("a damaged secret can be replaced");
    }
}
