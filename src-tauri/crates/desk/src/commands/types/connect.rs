//! Connecting Stripe and a ledger.

use super::*;

wire! {
    struct StripeKey {
        pub key: String,
        /// Keep it only until the program ends, when the keychain cannot be reached.
        pub session_only: bool,
    }
    struct StripeCheck {
        pub account: Option<StripeAccount>,
        pub mode: Mode,
        /// First and last characters only: `rk_live_…4q7T`.
        pub hint: String,
        pub permissions: Vec<Permission>,
        pub keychain: Keychain,
        pub checked_at: String,
    }
    struct StripeAccount {
        pub name: String,
        pub country: String,
        pub currency: String,
    }
    struct Permission {
        pub what: Resource,
        pub granted: Granted,
        pub needed: Granted,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq, PartialOrd, Ord)]
    enum Resource { Account, Balance, Charges, Invoices, CreditNotes, Customers, Payouts, Refunds, Disputes, Products, Subscriptions, Events, CheckoutSessions }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Granted { No, Read, ReadWrite }
    struct Keychain {
        /// Such as `GNOME Keyring`.
        pub name: String,
        pub state: KeychainState,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum KeychainState { Unlocked, Locked, Missing, Unavailable, SessionOnly }
    struct BeginSignin {
        /// Empty: the address of any organisation.
        pub tenant: String,
        /// Empty: the one the program is built with.
        pub client_id: String,
    }
    /// How a sign-in to the ledger is renewed.
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq, Default)]
    enum LedgerWay {
        #[default]
        Browser,
        Device,
        Application,
    }
    /// An application that signs in as itself.
    struct ApplicationSecret {
        pub tenant: String,
        pub client_id: String,
        pub secret: String,
    }
    /// A Connect platform of the person's own.
    struct BeginPlatform {
        pub client_id: String,
        /// Its secret key.
        pub key: String,
        /// As it is registered there; empty: this computer's usual one.
        pub redirect: String,
        pub session_only: bool,
    }
    /// The address at which the browser ended, when it cannot come back by itself.
    struct HandAnswer {
        pub address: String,
    }
    struct SigninStatus {
        pub state: SigninState,
        /// What may be opened by hand when no browser comes up.
        pub url: Option<String>,
        /// To be typed on a page, anywhere.
        pub device: Option<DeviceCode>,
        /// The browser ends at a page elsewhere, whose address is to be handed over.
        pub hand: bool,
        pub environments: Vec<Environment>,
        /// Neither the program nor the book knows a client id: the person has to name one.
        pub client_needed: bool,
        pub problem: Option<Problem>,
    }
    struct DeviceCode {
        pub code: String,
        pub page: String,
        pub expires_at: String,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum SigninState { None, Waiting, SignedIn, Failed }
    struct Environment {
        pub name: String,
        pub production: bool,
        pub country: String,
    }
    struct EnvironmentName {
        pub environment: String,
    }
    struct Companies {
        pub companies: Vec<Company>,
    }
    struct Company {
        pub id: String,
        pub name: String,
    }
    struct ChooseCompany {
        pub environment: String,
        pub company: String,
    }
}
