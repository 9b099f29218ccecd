//! What leaves this computer, and to whom.

use super::*;

wire! {
    struct Traffic {
        pub hosts: Vec<HostTraffic>,
        /// The newest requests, newest first.
        pub last: Vec<TrafficLine>,
        pub since: String,
    }
    struct HostTraffic {
        pub host: String,
        pub role: HostRole,
        pub requests: u32,
        pub endpoints: Vec<EndpointTraffic>,
    }
    /// What a host is for.
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq, PartialOrd, Ord)]
    enum HostRole { Stripe, StripeSignIn, Ledger, LedgerSignIn, Demo, Unknown }
    struct EndpointTraffic {
        pub method: String,
        /// A template: ids and names left out.
        pub path: String,
        pub sent: u32,
        /// Answered with a refusal.
        pub failed: u32,
        /// Without an answer.
        pub lost: u32,
    }
    struct TrafficLine {
        pub at: String,
        pub host: String,
        pub method: String,
        pub path: String,
        /// None when no whole answer came.
        pub status: Option<u16>,
    }
}
