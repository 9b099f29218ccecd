//! Why a sign-in did not come about: a closed list, decided on codes and never on text.

use remote::Lost;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    #[error("the sign-in was declined or the window closed; nothing was connected")]
    Declined,
    /// The kept sign-in has ended: password changed, second factor due, too long unused.
    #[error("the sign-in has ended: sign in again")]
    SignInAgain { aadsts: Option<u32> },
    #[error("the sign-in was refused ({error}): {cause}")]
    Refused {
        cause: Cause,
        /// Microsoft's number (`AADSTS…`), to be shown.
        aadsts: Option<u32>,
        /// The `error` of OAuth, to be shown.
        error: String,
    },
    /// Too many requests, or the service is down: later.
    #[error("the sign-in service cannot answer now (status {status}): try again later")]
    Unavailable { status: u16 },
    #[error("the answer of the sign-in service could not be understood")]
    Unreadable,
    #[error("the sign-in service could not be reached: {0}")]
    Lost(#[from] Lost),
    #[error("the settings of the sign-in do not make an address: check tenant and client id")]
    Settings,
}

/// What stands in the way, and so who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    #[error("the redirect address is not registered for the application")]
    RedirectNotRegistered,
    #[error("the client id is not known in this tenant")]
    ClientUnknown,
    #[error("the tenant is not known")]
    TenantUnknown,
    #[error("the application belongs to one tenant: name that tenant in the settings")]
    SingleTenant,
    #[error("nobody has consented to what the application asks for")]
    ConsentMissing,
    #[error("the consent was declined")]
    ConsentDeclined,
    #[error("an administrator has to consent")]
    AdminConsentNeeded,
    #[error("the tenant has no Business Central subscription")]
    NoSubscription,
    #[error("the account does not belong to this tenant: choose another account")]
    WrongAccount,
    #[error("this program sent a wrong code verifier")]
    VerifierWrong,
    #[error("the code was used already: sign in again")]
    CodeUsed,
    #[error("this program asked for a wrong scope")]
    ScopeWrong,
    #[error("the client secret is wrong")]
    SecretWrong,
    #[error("the client secret has expired")]
    SecretExpired,
    #[error("public client flows are not allowed for the application")]
    PublicClientNotAllowed,
    #[error("a public client must not send a secret")]
    SecretNotWanted,
    #[error("the service saw this program ask in a loop: wait before signing in again")]
    LoopDetected,
    #[error("the code was not typed in time: begin again")]
    DeviceCodeEnded,
    #[error("the reason is not one that this program knows")]
    Other,
}

impl SignInError {
    /// Whether a person has to go through the browser again (and trying alone cannot help).
    pub fn needs_a_person(&self) -> bool {
        !matches!(self, Self::Unavailable { .. } | Self::Unreadable | Self::Lost(_))
    }

    /// From the `error` and `error_codes` of a token answer.
    pub(crate) fn from_token_endpoint(error: &str, codes: &[u32]) -> Self {
        let known = codes.iter().find_map(|code| meaning(*code).map(|meaning| (*code, meaning)));
        let aadsts = known.map(|(code, _)| code).or(codes.first().copied());
        match (known, error) {
            (Some((_, Meaning::Refused(cause))), _) => Self::Refused { cause, aadsts, error: short(error) },
            (Some((_, Meaning::SignInAgain)), _) => Self::SignInAgain { aadsts },
            (None, "invalid_grant" | "interaction_required" | "login_required") => Self::SignInAgain { aadsts },
            (None, "access_denied" | "authorization_declined") => Self::Declined,
            (None, "temporarily_unavailable" | "server_error") => Self::Unavailable { status: 503 },
            (None, _) => Self::Refused { cause: cause_of(error), aadsts, error: short(error) },
        }
    }

    /// From the `error` that came back on the redirect. There the number stands only at the
    /// head of the description (`AADSTS65004: …`); the words behind it are not read.
    pub(crate) fn from_redirect(error: &str, description: Option<&str>) -> Self {
        let number = description.and_then(|text| text.strip_prefix("AADSTS")?.split(':').next()?.parse().ok());
        Self::from_token_endpoint(error, number.as_slice())
    }

    /// Microsoft's number, to be shown.
    pub fn aadsts(&self) -> Option<u32> {
        match self {
            Self::SignInAgain { aadsts } | Self::Refused { aadsts, .. } => *aadsts,
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
enum Meaning {
    SignInAgain,
    Refused(Cause),
}

/// Microsoft's codes (docs: Microsoft Entra authentication and authorization error codes).
fn meaning(code: u32) -> Option<Meaning> {
    let cause = match code {
        // Expired by inactivity or age, revoked, second factor, conditional access, sign-in frequency.
        70008 | 700082 | 50173 | 50076 | 50078 | 50079 | 53003 | 70043 => return Some(Meaning::SignInAgain),
        50011 | 500112 => Cause::RedirectNotRegistered,
        700016 => Cause::ClientUnknown,
        90002 => Cause::TenantUnknown,
        50194 => Cause::SingleTenant,
        65001 => Cause::ConsentMissing,
        65004 => Cause::ConsentDeclined,
        90094 => Cause::AdminConsentNeeded,
        650052 => Cause::NoSubscription,
        50020 | 50034 => Cause::WrongAccount,
        501481 => Cause::VerifierWrong,
        54005 => Cause::CodeUsed,
        70011 | 28002 => Cause::ScopeWrong,
        7000215 => Cause::SecretWrong,
        7000222 => Cause::SecretExpired,
        7000218 => Cause::PublicClientNotAllowed,
        700025 => Cause::SecretNotWanted,
        50196 => Cause::LoopDetected,
        70017 => Cause::ConsentDeclined,
        70018..=70020 => Cause::DeviceCodeEnded,
        _ => return None,
    };
    Some(Meaning::Refused(cause))
}

fn cause_of(error: &str) -> Cause {
    match error {
        "consent_required" => Cause::ConsentMissing,
        "unauthorized_client" => Cause::ClientUnknown,
        "invalid_scope" => Cause::ScopeWrong,
        "expired_token" | "bad_verification_code" => Cause::DeviceCodeEnded,
        _ => Cause::Other,
    }
}

/// The code of OAuth as it may be shown: its own alphabet only, bounded.
pub(crate) fn short(error: &str) -> String {
    error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_decide() {
        let refused = |cause, aadsts, error: &str| SignInError::Refused { cause, aadsts, error: error.to_owned() };
        for (error, codes, expected) in [
            ("invalid_grant", vec![700082], SignInError::SignInAgain { aadsts: Some(700082) }),
            ("invalid_grant", vec![], SignInError::SignInAgain { aadsts: None }),
            ("invalid_grant", vec![1, 50076], SignInError::SignInAgain { aadsts: Some(50076) }),
            ("interaction_required", vec![99999], SignInError::SignInAgain { aadsts: Some(99999) }),
            ("invalid_grant", vec![65001], refused(Cause::ConsentMissing, Some(65001), "invalid_grant")),
            ("invalid_client", vec![7000218], refused(Cause::PublicClientNotAllowed, Some(7000218), "invalid_client")),
            ("unauthorized_client", vec![700016], refused(Cause::ClientUnknown, Some(700016), "unauthorized_client")),
            ("new_error<script>", vec![], refused(Cause::Other, None, "new_errorscript")),
            ("temporarily_unavailable", vec![], SignInError::Unavailable { status: 503 }),
        ] {
            assert_eq!(SignInError::from_token_endpoint(error, &codes), expected);
        }
        for (error, description, expected) in [
            ("access_denied", None, SignInError::Declined),
            ("access_denied", Some("AADSTS65004: declined"), refused(Cause::ConsentDeclined, Some(65004), "access_denied")),
            ("invalid_client", Some("AADSTS650052: words"), refused(Cause::NoSubscription, Some(650052), "invalid_client")),
            ("invalid_scope", Some("words of AADSTS50011: elsewhere"), refused(Cause::ScopeWrong, None, "invalid_scope")),
            ("interaction_required", Some("AADSTS99999: new"), SignInError::SignInAgain { aadsts: Some(99999) }),
        ] {
            assert_eq!(SignInError::from_redirect(error, description), expected);
        }
    }
}
