//! The errors of the rooms as the closed list of the desk. Decided on their kinds, never on their words.

use book::BookError;
use drafts::LookFailed;
use ledgers::{NoToken, ReadError};
use signin::{Cause, KeychainError, LoopbackError, SignInError};

use crate::commands::{Code, Problem};

impl From<BookError> for Problem {
    fn from(error: BookError) -> Self {
        let path = |code, path: &std::path::Path| Self::new(code).with("path", path.display().to_string());
        match &error {
            BookError::Missing(at) => path(Code::BookMissing, at),
            BookError::NotABook(at) | BookError::Exists(at) => path(Code::BookForeign, at),
            BookError::Newer { path: at, .. } => path(Code::BookNewer, at),
            BookError::Altered { path: at, .. } => path(Code::BookDamaged, at),
            BookError::Damaged(_) => Self::new(Code::BookDamaged).with("path", ""),
            BookError::Busy { by } => Self::new(Code::BookBusy).with("by", format!("process {}, since {}", by.process, by.started)),
            BookError::Locked => Self::new(Code::BookBusy).with("by", "another process"),
            BookError::DiskFull => Self::new(Code::BookFile).with("cause", "disk full"),
            BookError::File(cause) => Self::new(Code::BookFile).with("cause", format!("{:?}", cause.kind())),
            BookError::UnknownPerson(_) => Self::new(Code::NoPerson),
            BookError::UnknownDraft(_) => Self::new(Code::NoSuchRow),
            BookError::Illegal { draft, from, .. } => Self::new(Code::NotSignable).with("what", draft.0.clone()).with("why", from.name()),
            _ => Self::new(Code::Internal).with("cause", error.to_string()),
        }
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
    fn from(error: SignInError) -> Self {
        let number = |aadsts: Option<u32>| aadsts.map_or_else(|| "none".to_owned(), |number| number.to_string());
        match error {
            SignInError::Declined => Self::new(Code::SigninDenied),
            SignInError::SignInAgain { aadsts } => Self::new(Code::SigninAgain).with("side", "Business Central").with("aadsts", number(aadsts)),
            SignInError::Refused { cause, aadsts, error } => {
                let code = match cause {
                    Cause::ConsentMissing | Cause::AdminConsentNeeded => Code::SigninConsent,
                    Cause::ConsentDeclined => Code::SigninDenied,
                    Cause::NoSubscription => Code::SigninNoLedger,
                    Cause::WrongAccount => Code::SigninAccount,
                    Cause::RedirectNotRegistered
                    | Cause::ClientUnknown
                    | Cause::TenantUnknown
                    | Cause::SingleTenant
                    | Cause::PublicClientNotAllowed => Code::SigninSetup,
                    _ => Code::SigninFailed,
                };
                Self::new(code).with("aadsts", number(aadsts)).with("error", error).with("value", cause.to_string())
            }
            SignInError::Unavailable { status } => Self::new(Code::Unavailable).with("side", "Microsoft").with("status", status.to_string()),
            SignInError::Unreadable => Self::new(Code::AnswerUnreadable).with("side", "Microsoft").with("status", "200"),
            SignInError::Lost(_) => Self::new(Code::Offline).with("side", "Microsoft"),
            SignInError::Settings => Self::new(Code::SigninSetup).with("aadsts", "none").with("value", "tenant, client id"),
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
        let side = |code| Self::new(code).with("side", "Business Central");
        match error {
            ReadError::NoToken(NoToken::SignInAgain) | ReadError::SignedOut => side(Code::SigninAgain).with("aadsts", "none"),
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

impl From<LookFailed> for Problem {
    fn from(failed: LookFailed) -> Self {
        let code = match failed.code.as_str() {
            "offline" => Code::Offline,
            "signed_out" => Code::SigninAgain,
            "limited" => Code::Limited,
            "keychain" => Code::KeychainLocked,
            "refused" => Code::RemoteRefused,
            _ => Code::NoAnswer,
        };
        let retry_after_ms = failed.retry_after_seconds.map(|seconds| u64::from(seconds) * 1_000);
        Self { retry_after_ms, ..Self::new(code).with("side", "The other side").with("words", failed.code).with("aadsts", "none") }
    }
}
