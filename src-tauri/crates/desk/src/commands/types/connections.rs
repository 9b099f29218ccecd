//! How both connections stand.

use super::*;

wire! {
    struct Connections {
        pub stripe: Option<StripeHealth>,
        pub ledger: Option<LedgerHealth>,
        pub keychain: Keychain,
        /// Another book on this computer with the same company and another Stripe account.
        pub shared_with: Option<String>,
    }
    struct StripeHealth {
        pub state: ConnectionState,
        pub name: String,
        /// `acct_…`, when the key may say it.
        pub account: Option<String>,
        pub mode: Mode,
        pub hint: String,
        /// Client id of the person's own platform, when it is reached through one.
        pub platform: Option<String>,
        pub since: Option<String>,
        pub answered_at: Option<String>,
        /// As last checked since the program started.
        pub permissions: Vec<Permission>,
        pub key_kept: bool,
    }
    struct LedgerHealth {
        pub state: ConnectionState,
        pub company: Option<String>,
        pub environment: Option<String>,
        pub sandbox: bool,
        pub tenant: String,
        pub client_id: String,
        pub user: Option<String>,
        pub way: LedgerWay,
        pub since: Option<String>,
        pub answered_at: Option<String>,
        pub token_kept: bool,
    }
    struct OfSide {
        pub side: Side,
    }
    struct Disconnect {
        pub side: Side,
        /// Forget the secrets here even when the other side cannot be told.
        pub anyway: bool,
    }
}
