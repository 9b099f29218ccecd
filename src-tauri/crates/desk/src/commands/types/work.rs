//! Long work: fetching and writing.

use super::*;

wire! {
    struct Progress {
        pub fetch: Option<FetchProgress>,
        pub write: Option<WriteProgress>,
        #[ts(type = "number")]
        pub revision: u64,
    }
    struct FetchProgress {
        pub running: bool,
        pub side: Side,
        /// `invoices`, `customers`, …: a code of what is being read.
        pub what: String,
        pub step: u32,
        pub steps: u32,
        pub pages: u32,
        pub rows: u32,
        pub requests: u32,
        pub problem: Option<Problem>,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Side { Stripe, Ledger }
    struct WriteProgress {
        pub running: bool,
        pub total: u32,
        pub confirmed: u32,
        pub waiting: u32,
        pub not_sent: u32,
        pub unknown: u32,
        pub refused: u32,
        /// Made, but the ledger came to other figures than were approved.
        pub otherwise: u32,
        pub problem: Option<Problem>,
    }
    struct Stop {
        pub what: LongWork,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum LongWork { Fetch, Write }
}
