//! Keeps one sign-in alive: a valid access token whenever one is asked for.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use remote::{Outside, Redactor, Secret};
use tokio::sync::Mutex;

use crate::{Entra, KeychainError, Secrets, SignInError, Tokens};

/// A token is renewed this long before its end, or at half of a shorter life.
const BEFORE_ITS_END: TimeDelta = TimeDelta::minutes(5);
const LOCK_WITHIN: Duration = Duration::from_secs(30);
const LOCK_POLL: Duration = Duration::from_millis(200);

/// One sign-in. A new refresh token is kept before the access token that came with it is
/// used, and only one refresh runs at a time, in this process and over all processes.
pub struct TokenKeeper {
    entra: Entra,
    outside: Outside,
    secrets: Secrets,
    /// Name among the secrets of what renews it.
    entry: String,
    renewed_by: RenewedBy,
    /// Lies beside the book; `None` where no other process can be (a simulation).
    lock: Option<PathBuf>,
    redactor: Option<Arc<Redactor>>,
    current: Mutex<Option<Current>>,
}

#[derive(Clone, Copy)]
enum RenewedBy {
    RefreshToken,
    ClientSecret,
}

struct Current {
    access: Secret,
    renew_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeeperError {
    #[error("nobody has signed in yet")]
    NotSignedIn,
    #[error(transparent)]
    SignIn(#[from] SignInError),
    #[error(transparent)]
    Keychain(#[from] KeychainError),
    #[error("another copy of the program is renewing the sign-in and does not finish: try again")]
    Busy,
    #[error("the sign-in cannot be guarded against other copies of the program: the folder of the book cannot be written")]
    NoLock,
}

impl TokenKeeper {
    pub fn new(entra: Entra, outside: Outside, secrets: Secrets, entry: impl Into<String>, lock: Option<PathBuf>) -> Self {
        Self { entra, outside, secrets, entry: entry.into(), renewed_by: RenewedBy::RefreshToken, lock, redactor: None, current: Mutex::new(None) }
    }

    /// For an application that signs in with its own secret, kept as `entry`: nothing rotates.
    pub fn for_application(entra: Entra, outside: Outside, secrets: Secrets, entry: impl Into<String>) -> Self {
        Self { renewed_by: RenewedBy::ClientSecret, ..Self::new(entra, outside, secrets, entry, None) }
    }

    /// Every token that is met is taken out of logs and problem reports from then on.
    #[must_use]
    pub fn with_redactor(self, redactor: Arc<Redactor>) -> Self {
        Self { redactor: Some(redactor), ..self }
    }

    /// After a sign-in: keeps its refresh token, then uses its access token.
    pub async fn keep(&self, tokens: Tokens) -> Result<(), KeeperError> {
        let mut current = self.current.lock().await;
        let _only = self.only_process().await?;
        *current = Some(self.store(tokens).await?);
        Ok(())
    }

    /// A token that is valid now and for some minutes more.
    pub async fn access(&self) -> Result<Secret, KeeperError> {
        let mut current = self.current.lock().await;
        match &*current {
            Some(held) if self.outside.clock.now() < held.renew_at => Ok(held.access.clone()),
            _ => match (self.renew(&mut current).await, &*current) {
                // It cannot be renewed just now, and is still good for some minutes.
                (Err(KeeperError::SignIn(error)), Some(held)) if !error.needs_a_person() && self.outside.clock.now() < held.expires_at => {
                    Ok(held.access.clone())
                }
                (renewed, _) => renewed,
            },
        }
    }

    /// After the service refused `refused` before its end: another one, unless somebody renewed it meanwhile.
    pub async fn access_instead_of(&self, refused: &Secret) -> Result<Secret, KeeperError> {
        use secrecy::ExposeSecret;
        let mut current = self.current.lock().await;
        match &*current {
            Some(held) if held.access.expose_secret() != refused.expose_secret() => Ok(held.access.clone()),
            _ => self.renew(&mut current).await,
        }
    }

    /// Whether there is something kept to renew it with.
    pub async fn signed_in(&self) -> Result<bool, KeeperError> {
        Ok(self.secrets.get(&self.entry).await?.is_some())
    }

    pub async fn forget(&self) -> Result<(), KeeperError> {
        let mut current = self.current.lock().await;
        *current = None;
        Ok(self.secrets.forget(&self.entry).await?)
    }

    async fn renew(&self, current: &mut Option<Current>) -> Result<Secret, KeeperError> {
        let _only = self.only_process().await?;
        // Read under the lock: another process may have put a newer one there.
        let kept = self.secrets.get(&self.entry).await?.ok_or(KeeperError::NotSignedIn)?;
        self.plant(&kept);
        let (transport, clock) = (self.outside.transport.as_ref(), self.outside.clock.as_ref());
        let tokens = match self.renewed_by {
            RenewedBy::RefreshToken => self.entra.refresh(&kept, transport, clock).await?,
            RenewedBy::ClientSecret => self.entra.client_credentials(&kept, transport, clock).await?,
        };
        let held = self.store(tokens).await?;
        let access = held.access.clone();
        *current = Some(held);
        Ok(access)
    }

    /// The refresh token first: a crash after this line loses nothing.
    async fn store(&self, tokens: Tokens) -> Result<Current, KeeperError> {
        std::iter::once(&tokens.access).chain(&tokens.refresh).for_each(|token| self.plant(token));
        if let (RenewedBy::RefreshToken, Some(refresh)) = (self.renewed_by, &tokens.refresh) {
            self.secrets.put(&self.entry, refresh).await?;
        }
        let Tokens { access, asked_at, expires_at, .. } = tokens;
        Ok(Current { access, renew_at: expires_at - BEFORE_ITS_END.min((expires_at - asked_at) / 2), expires_at })
    }

    fn plant(&self, secret: &Secret) {
        if let Some(redactor) = &self.redactor {
            redactor.plant(secret);
        }
    }

    /// Held until dropped; the system lets go of it when a process dies.
    async fn only_process(&self) -> Result<Option<File>, KeeperError> {
        let Some(path) = &self.lock else { return Ok(None) };
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(|_| KeeperError::NoLock)?;
        let clock = self.outside.clock.as_ref();
        let until = clock.now() + TimeDelta::from_std(LOCK_WITHIN).unwrap_or_default();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::WouldBlock) if clock.now() < until => clock.sleep(LOCK_POLL).await,
                Err(TryLockError::WouldBlock) => return Err(KeeperError::Busy),
                Err(TryLockError::Error(_)) => return Err(KeeperError::NoLock),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use remote::{Clock, Lost};
    use secrecy::ExposeSecret;

    use super::*;
    use crate::testing::{ManualClock, Script, entra, granted};

    struct Scene {
        script: Arc<Script>,
        clock: Arc<ManualClock>,
        secrets: Secrets,
    }

    impl Scene {
        fn new(steps: impl IntoIterator<Item = Result<(u16, String), Lost>>) -> Self {
            Self { script: Script::new(steps), clock: Arc::default(), secrets: Secrets::for_this_session() }
        }

        fn outside(&self) -> Outside {
            Outside { transport: self.script.clone(), clock: self.clock.clone(), seed: 1 }
        }

        fn keeper(&self, lock: Option<PathBuf>) -> TokenKeeper {
            TokenKeeper::new(entra(), self.outside(), self.secrets.clone(), "entra", lock)
        }

        async fn sign_in(&self, refresh: &str) {
            self.secrets.put("entra", &Secret::from(refresh)).await.expect("kept");
        }

        async fn kept(&self) -> String {
            self.secrets.get("entra").await.expect("readable").expect("there").expose_secret().to_owned()
        }
    }

    #[tokio::test]
    async fn a_token_is_renewed_before_its_end_and_the_rotation_is_kept() {
        let scene = Scene::new([Ok((200, granted("a1", Some("r2")))), Ok((200, granted("a2", None)))]);
        let keeper = scene.keeper(None);
        assert_eq!(keeper.access().await.err(), Some(KeeperError::NotSignedIn));
        scene.sign_in("r1").await;
        assert_eq!(keeper.access().await.expect("a token").expose_secret(), "a1");
        assert_eq!(scene.kept().await, "r2");
        scene.clock.advance(TimeDelta::seconds(3_599 - 301));
        assert_eq!(keeper.access().await.expect("a token").expose_secret(), "a1", "still far from its end");
        scene.clock.advance(TimeDelta::seconds(2));
        assert_eq!(keeper.access().await.expect("a token").expose_secret(), "a2");
        assert_eq!(scene.kept().await, "r2", "no new one came, the old one stays");
        let bodies = scene.script.bodies();
        assert!(bodies[0].contains("refresh_token=r1") && bodies[1].contains("refresh_token=r2"), "{bodies:?}");
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once_for_all_who_held_it() {
        let scene = Scene::new([Ok((200, granted("a1", None))), Ok((200, granted("a2", None)))]);
        scene.sign_in("r1").await;
        let keeper = scene.keeper(None);
        let refused = keeper.access().await.expect("a token");
        let (one, two) = tokio::join!(keeper.access_instead_of(&refused), keeper.access_instead_of(&refused));
        assert_eq!((one.expect("a token").expose_secret(), two.expect("a token").expose_secret()), ("a2", "a2"));
    }

    #[tokio::test]
    async fn failures_keep_the_old_refresh_token() {
        let scene = Scene::new([Err(Lost::NoAnswer), Ok((400, r#"{"error":"invalid_grant","error_codes":[50173]}"#.to_owned()))]);
        scene.sign_in("r1").await;
        let keeper = scene.keeper(None);
        assert_eq!(keeper.access().await.err(), Some(SignInError::Lost(Lost::NoAnswer).into()));
        assert_eq!(keeper.access().await.err(), Some(SignInError::SignInAgain { aadsts: Some(50173) }.into()));
        assert_eq!(scene.kept().await, "r1");
    }

    #[tokio::test]
    async fn while_it_cannot_be_renewed_a_token_is_used_to_its_end() {
        let scene = Scene::new([Ok((200, granted("a-planted-token", None))), Err(Lost::NotSent), Err(Lost::NotSent)]);
        scene.sign_in("r1").await;
        let redactor = Arc::new(Redactor::new());
        let keeper = scene.keeper(None).with_redactor(redactor.clone());
        keeper.access().await.expect("a token");
        assert_eq!(redactor.clean("Bearer a-planted-token"), "Bearer [secret]");
        scene.clock.advance(TimeDelta::seconds(3_599 - 60));
        keeper.access().await.expect("the old token");
        scene.clock.advance(TimeDelta::seconds(60));
        assert_eq!(keeper.access().await.err(), Some(SignInError::Lost(Lost::NotSent).into()));
    }

    #[tokio::test]
    async fn an_application_asks_again_with_its_secret() {
        let scene = Scene::new([Ok((200, granted("a1", None))), Ok((401, r#"{"error":"invalid_client","error_codes":[7000222]}"#.to_owned()))]);
        scene.sign_in("client-secret").await;
        let keeper = TokenKeeper::for_application(entra(), scene.outside(), scene.secrets.clone(), "entra");
        assert_eq!(keeper.access().await.expect("a token").expose_secret(), "a1");
        scene.clock.advance(TimeDelta::hours(1));
        let expired = SignInError::Refused { cause: crate::Cause::SecretExpired, aadsts: Some(7000222), error: "invalid_client".to_owned() };
        assert_eq!(keeper.access().await.err(), Some(expired.into()));
        let bodies = scene.script.bodies();
        assert!(bodies[0].contains("grant_type=client_credentials") && bodies[0].contains("client_secret=client-secret"), "{bodies:?}");
    }

    #[tokio::test]
    async fn two_processes_do_not_renew_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("book.signin.lock");
        let scene = Scene::new([Ok((200, granted("a1", Some("r2"))))]);
        scene.sign_in("r1").await;
        let keeper = scene.keeper(Some(path.clone()));
        let other = File::create(&path).expect("a file");
        other.try_lock().expect("the other process has it");
        let began = scene.clock.now();
        assert_eq!(keeper.access().await.err(), Some(KeeperError::Busy));
        assert!(scene.clock.now() - began >= TimeDelta::from_std(LOCK_WITHIN).expect("short"));
        drop(other);
        assert_eq!(keeper.access().await.expect("a token").expose_secret(), "a1");
    }
}
