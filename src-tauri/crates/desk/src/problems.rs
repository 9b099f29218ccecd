//! The errors of the rooms as the closed list of the desk. Decided on their kinds, never on their words.

use book::BookError;
use drafts::LookFailed;
use ledgers::{NoToken, ReadError};
use signin::{Cause, KeeperError, KeychainError, LoopbackError, PlatformError, SignInError};
use stripe::StripeError;

use crate::commands::{Code, Problem};

/// As problems name the side.
pub const LEDGER_NAME: &str = "Business Central";

pub fn not_connected() -> Problem {
    Problem::new(Code::NotConnected).with("side", LEDGER_NAME)
}

impl From<BookError> for Problem {
    fn from(error: BookError) -> Self {
        let path = |code, path: &std::path::Path| Self::new(code).with("path", path.display().to_string());
        match &error {
            BookError::Missing(at) => path(Code::BookMissing, at),
            BookError::NotABook(at) => path(Code::BookForeign, at),
            BookError::Exists(at) => path(Code::BookExists, at),
            BookError::Newer { path: at, .. } => path(Code::BookNewer, at),
            BookError::Altered { path: at, .. } => path(Code::BookDamaged, at),
            BookError::Damaged(_) => Self::new(Code::BookDamaged).with("path", ""),
            BookError::Busy { by } => Self::new(Code::BookBusy).with("by", format!("process {}, since {}", by.process, by.started)),
            BookError::Locked => Self::new(Code::BookBusy).with("by", "another process"),
            BookError::DiskFull => Self::new(Code::BookFile).with("cause", cause(std::io::ErrorKind::StorageFull)),
            BookError::File(error) => Self::new(Code::BookFile).with("cause", cause(error.kind())),
            BookError::UnknownPerson(_) => Self::new(Code::NoPerson),
            BookError::UnknownDraft(_) => Self::new(Code::NoSuchRow),
            BookError::Illegal { draft, from, .. } => Self::new(Code::NotSignable).with("what", draft.0.clone()).with("why", from.name()),
            _ => Self::new(Code::Internal).with("cause", error.to_string()),
        }
    }
}

/// An error of a file that does not say itself which one.
pub fn at(path: &std::path::Path, error: BookError) -> Problem {
    let problem = Problem::from(error);
    let named = problem.params.get("path").is_some_and(|path| !path.is_empty());
    if named { problem } else { problem.with("path", path.display().to_string()) }
}

/// Why a file could not be written, as far as a person can do something about it.
pub fn cause(kind: std::io::ErrorKind) -> &'static str {
    use std::io::ErrorKind as Kind;
    match kind {
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => "disk full",
        Kind::PermissionDenied => "not allowed",
        Kind::ReadOnlyFilesystem => "read only",
        Kind::NotFound | Kind::NotADirectory => "no such folder",
        Kind::InvalidFilename | Kind::InvalidInput => "bad name",
        _ => "disk error",
    }
}

impl From<KeychainError> for Problem {
    fn from(error: KeychainError) -> Self {
        Self::new(match error {
            KeychainError::Locked => Code::KeychainLocked,
            KeychainError::Missing | KeychainError::Unreachable => Code::KeychainMissing,
            KeychainError::TimedOut | KeychainError::TooLong | KeychainError::Damaged => Code::KeychainUnavailable,
        })
    }
}

impl From<SignInError> for Problem {
    /// Microsoft's number stands beside the words, as a reference of theirs.
    fn from(error: SignInError) -> Self {
        let incident = error.aadsts().map(|number| format!("AADSTS{number}"));
        let problem = match error {
            SignInError::Declined => Self::new(Code::SigninDenied),
            // Of a kept sign-in all of these are mended by signing in again; of a new one they are not
            // (docs: Microsoft Entra authentication and authorization error codes).
            SignInError::SignInAgain { aadsts: Some(53003) } => Self::new(Code::SigninBlocked),
            SignInError::SignInAgain { aadsts: Some(50076 | 50078 | 50079) } => Self::new(Code::SigninSecondFactor),
            SignInError::SignInAgain { .. } => Self::new(Code::SigninAgain).with("side", LEDGER_NAME),
            SignInError::Refused { cause, error, .. } => Self::new(refused(cause)).with("error", error),
            SignInError::Unavailable { status } => Self::new(Code::Unavailable).with("side", "Microsoft").with("status", status.to_string()),
            SignInError::Unreadable => Self::new(Code::AnswerUnreadable).with("side", "Microsoft").with("status", "200"),
            SignInError::Lost(_) => Self::new(Code::Offline).with("side", "Microsoft"),
            SignInError::Settings => Self::new(Code::SigninSetup),
        };
        Self { incident, ..problem }
    }
}

/// Who can mend what stands in the way, and so what to say.
fn refused(cause: Cause) -> Code {
    match cause {
        Cause::RedirectNotRegistered => Code::SigninRedirect,
        Cause::ClientUnknown => Code::SigninClient,
        Cause::TenantUnknown => Code::SigninTenant,
        Cause::SingleTenant => Code::SigninOneTenant,
        Cause::ConsentMissing | Cause::AdminConsentNeeded => Code::SigninConsent,
        Cause::ConsentDeclined => Code::SigninDenied,
        Cause::NoSubscription => Code::SigninNoLedger,
        Cause::WrongAccount => Code::SigninAccount,
        Cause::SecretWrong => Code::SecretWrong,
        Cause::SecretExpired => Code::SecretExpired,
        Cause::PublicClientNotAllowed => Code::SigninPublic,
        Cause::SecretNotWanted => Code::SigninNotSecret,
        Cause::LoopDetected => Code::SigninLoop,
        Cause::DeviceCodeEnded => Code::DeviceEnded,
        Cause::VerifierWrong | Cause::ScopeWrong => Code::SigninMistaken,
        // A code that was used already, and numbers that this program has never heard of.
        Cause::CodeUsed | Cause::Other => Code::SigninFailed,
    }
}

impl From<KeeperError> for Problem {
    fn from(error: KeeperError) -> Self {
        match error {
            KeeperError::SignIn(error) => error.into(),
            KeeperError::Keychain(error) => error.into(),
            KeeperError::NotSignedIn => Self::new(Code::SigninAgain).with("side", LEDGER_NAME),
            KeeperError::Busy => Self::new(Code::BookBusy).with("by", "another window"),
            KeeperError::NoLock => Self::new(Code::BookFile).with("cause", "no lock"),
        }
    }
}

impl From<PlatformError> for Problem {
    fn from(error: PlatformError) -> Self {
        match error {
            PlatformError::AnswerLost | PlatformError::CodeRefused => Self::new(Code::PlatformBeginAgain),
            PlatformError::NotSent => Self::new(Code::Offline).with("side", "Stripe"),
            PlatformError::NotThePlatform => Self::new(Code::PlatformRefused),
            PlatformError::Refused { error } => Self::new(Code::SigninFailed).with("error", error),
            PlatformError::Unavailable { status } => Self::new(Code::Unavailable).with("side", "Stripe").with("status", status.to_string()),
            PlatformError::Unreadable => Self::new(Code::AnswerUnreadable).with("side", "Stripe").with("status", "200"),
        }
    }
}

impl From<LoopbackError> for Problem {
    fn from(error: LoopbackError) -> Self {
        match error {
            LoopbackError::NoPort => Self::new(Code::NoListener),
            LoopbackError::TimedOut => Self::new(Code::SigninTimeout),
            LoopbackError::TooManyStrangers => Self::new(Code::SigninState),
            LoopbackError::SignIn(error) => error.into(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let side = |code| Self::new(code).with("side", LEDGER_NAME);
        match error {
            ReadError::NoToken(NoToken::SignInAgain) | ReadError::SignedOut => side(Code::SigninAgain),
            ReadError::NoToken(NoToken::Keychain) => Self::new(Code::KeychainLocked),
            ReadError::NoToken(NoToken::Unreachable) | ReadError::Offline => side(Code::Offline),
            ReadError::Limited { retry_after } => {
                let retry_after_ms = retry_after.and_then(|wait| u64::try_from(wait.as_millis()).ok());
                Self { retry_after_ms, ..side(Code::Limited) }
            }
            ReadError::Refused(refusal) if refusal.status == 403 => Self { incident: refusal.reference, ..side(Code::NoPermission) },
            ReadError::Refused(refusal) => Self { incident: refusal.reference, ..side(Code::RemoteRefused).with("words", refusal.message) },
            ReadError::NotFound => side(Code::GoneRemotely).with("what", "it"),
            ReadError::Unreadable { what } => side(Code::AnswerUnreadable).with("status", what),
            ReadError::BadCursor | ReadError::NotAllowed => Self::new(Code::Internal).with("cause", error.to_string()),
        }
    }
}

impl From<StripeError> for Problem {
    fn from(error: StripeError) -> Self {
        let side = |code| Self::new(code).with("side", "Stripe");
        match error {
            StripeError::NotAKey => Self::new(Code::KeyMalformed),
            StripeError::KeyRefused(refusal) if refusal.code == "api_key_expired" => {
                Self { incident: refusal.reference, ..Self::new(Code::KeyExpired) }
            }
            StripeError::KeyRefused(refusal) => Self { incident: refusal.reference, ..Self::new(Code::KeyRejected) },
            StripeError::NotGranted(refusal) => {
                Self { incident: refusal.reference, ..Self::new(Code::PermissionMissing).with("what", refusal.message) }
            }
            StripeError::NotFound(refusal) => Self { incident: refusal.reference, ..side(Code::GoneRemotely).with("what", "it") },
            StripeError::Limited { retry_after } => {
                Self { retry_after_ms: retry_after.and_then(|wait| u64::try_from(wait.as_millis()).ok()), ..side(Code::Limited) }
            }
            StripeError::Refused(refusal) => Self { incident: refusal.reference, ..side(Code::RemoteRefused).with("words", refusal.message) },
            StripeError::Unavailable { status, request_id } => {
                Self { incident: request_id, ..side(Code::Unavailable).with("status", status.to_string()) }
            }
            StripeError::Unreadable { request_id } => Self { incident: request_id, ..side(Code::AnswerUnreadable).with("status", "200") },
            StripeError::NoAnswer(_) => side(Code::Offline),
        }
    }
}

impl From<LookFailed> for Problem {
    fn from(failed: LookFailed) -> Self {
        let code = match failed.code.as_str() {
            "offline" => Code::Offline,
            "signed_out" => return Self::new(Code::SigninAgain).with("side", LEDGER_NAME),
            "key_refused" => Code::KeyRejected,
            "limited" => Code::Limited,
            "keychain" => Code::KeychainLocked,
            "refused" => Code::RemoteRefused,
            _ => Code::NoAnswer,
        };
        let retry_after_ms = failed.retry_after_seconds.map(|seconds| u64::from(seconds) * 1_000);
        Self { retry_after_ms, ..Self::new(code).with("side", "The other side").with("words", failed.code) }
    }
}
