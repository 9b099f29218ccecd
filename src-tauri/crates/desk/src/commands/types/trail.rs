//! The trail and what is saved from it.

use super::*;

wire! {
    #[derive(Default)]
    struct TrailWindow {
        pub before: Option<u32>,
        pub limit: u32,
        /// A code of an act, a row of Review, a draft: only what is about it.
        #[serde(default)]
        pub act: Option<String>,
        #[serde(default)]
        pub row: Option<String>,
        #[serde(default)]
        pub draft: Option<String>,
    }
    struct Trail {
        pub entries: u32,
        pub head: String,
        pub unbroken: bool,
        /// The first entry that does not follow from the one before it.
        pub broken_at: Option<u32>,
        pub rows: Vec<TrailRow>,
        /// Entries that are meant, also earlier ones.
        pub found: u32,
    }
    struct TrailRow {
        pub sequence: u32,
        pub at: String,
        pub who: String,
        pub act: String,
        pub about: String,
        /// Of the row of Review, for the eye.
        pub number: Option<String>,
        pub draft: Option<String>,
        /// All that was written down of it, as JSON.
        pub body: String,
        pub hash: String,
    }
    struct SavedReport {
        pub path: String,
    }
}
