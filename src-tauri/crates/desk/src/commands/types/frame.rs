//! The frame of the page: the person, the books, the open one.

use super::*;

wire! {
    struct Overview {
        #[ts(type = "number")]
        pub revision: u64,
        pub person: Option<Person>,
        pub book: Option<BookHead>,
        /// Books found in the data folder, newest first.
        pub books: Vec<KnownBook>,
        /// Whether files are chosen by the system's own dialog; else their paths are typed.
        pub dialogs: bool,
        /// BCP 47, from the system.
        pub locale: String,
        pub version: String,
    }
    struct Person {
        pub name: String,
        pub initials: String,
    }
    struct Introduce {
        pub name: String,
        pub initials: String,
    }
    struct KnownBook {
        pub path: String,
        pub name: String,
        pub mode: Mode,
        /// The Stripe account and the ledger's company, where they are known.
        pub account: Option<String>,
        pub company: Option<String>,
        pub changed_at: Option<String>,
        pub open: bool,
        /// Why it cannot be opened; then only its path is known.
        pub problem: Option<Problem>,
    }
    struct NewBook {
        pub name: String,
    }
    struct OpenBook {
        pub path: String,
    }
    struct Books {
        /// Where new ones are made.
        pub folder: String,
        pub books: Vec<KnownBook>,
        /// What a copy of the open book would be called.
        pub copy: Option<String>,
    }
    struct RenameBook {
        pub name: String,
    }
    struct ChooseFile {
        pub what: FileUse,
        /// Of the dialog, in the words of the page.
        pub title: String,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum FileUse { OpenBook, SaveCopy, SaveReport, SaveTrail }
    struct ChosenFile {
        pub path: Option<String>,
    }
    /// Where to; under its own name in the folder of the books when nothing is said.
    struct SaveTo {
        #[serde(default)]
        pub path: Option<String>,
    }
    struct SaveCopy {
        pub path: String,
    }
    struct SavedCopy {
        pub path: String,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Mode { Demo, Test, Live }
    struct BookHead {
        pub id: String,
        pub name: String,
        pub mode: Mode,
        /// When it was saved as a copy, while it is only looked at.
        pub copied_at: Option<String>,
        /// Such as `Business Central`: a name, not a sentence.
        pub ledger_name: String,
        pub company: Option<String>,
        pub stripe: Connection,
        pub ledger: Connection,
        pub counts: Counts,
        /// Newest first, `2026-11`.
        pub months: Vec<Month>,
        /// Hosts this book talks to, and nobody else.
        pub hosts: Vec<String>,
        /// The last write, if any.
        pub last_write: Option<String>,
        pub stripe_reads: Reads,
    }
    /// Questions to Stripe in thirty days: by this book, and what every account is allowed at least.
    struct Reads {
        pub used: u32,
        pub allowed: u32,
    }
    struct Connection {
        pub state: ConnectionState,
        /// Account or company and user, for the eye.
        pub name: Option<String>,
        pub fetched_at: Option<String>,
        pub problem: Option<String>,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum ConnectionState { None, Connected, SignInAgain, Disconnected }
    struct Counts {
        pub review: u32,
        pub drafts: u32,
        pub payouts: u32,
        pub unexplained: u32,
        pub billing: u32,
        pub customers: u32,
    }
    struct Month {
        pub month: String,
        pub rows: u32,
    }
}
