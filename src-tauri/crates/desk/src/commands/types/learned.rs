//! What a book has learned of the decisions of people.

use super::*;

wire! {
    struct LearnedThings {
        /// Of what is used; drafts and links name it.
        pub version: u32,
        /// Pairs about which people have said yes or no.
        pub decided: u32,
        pub rules: Vec<LearnedRule>,
        pub lessons: Vec<Lesson>,
    }
    /// "Payments from `payer` settle invoices of `customer`."
    struct LearnedRule {
        pub number: u32,
        pub payer: String,
        pub customer: String,
        /// Payments that people confirmed, and those that they declined.
        pub seen: u32,
        pub against: u32,
        pub first: Option<String>,
        pub last: Option<String>,
        /// Proposals that it makes now.
        pub links: u32,
        pub used: Used,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Used {
        On,
        Off,
        /// Learned since, and used only when a person says so.
        Offered,
    }
    /// How much more, or less, one kind of evidence is worth in this book than in others.
    struct Lesson {
        /// By its name in the weights, such as `document.amount.same`.
        pub evidence: String,
        pub decided: u32,
        pub confirmed: u32,
        /// How many were to be expected, with one decimal.
        pub expected: String,
        /// Added to the log-odds, signed, with three decimals.
        pub shift: String,
        pub used: Used,
    }
    /// What is to be on; everything else is off.
    struct Switches {
        pub rules: Vec<u32>,
        pub lessons: Vec<String>,
    }
    struct Replayed {
        /// Proposals that would differ, the newest first; the first few only.
        pub rows: Vec<ReplayedRow>,
        pub gained: u32,
        pub lost: u32,
        pub changed: u32,
        pub surer: u32,
        pub less_sure: u32,
        /// Of what people decided: how much matching gets right by itself, as it is and as it would be.
        pub before: Tally,
        pub after: Tally,
    }
    struct Tally {
        pub right: u32,
        pub wrong: u32,
    }
    struct ReplayedRow {
        pub what: ReplayedWhat,
        /// Of its row in Review; none for a customer.
        pub key: Option<String>,
        pub left: Cell,
        /// Numbers of the documents that it pays or is, as it is and as it would be; of customers their names.
        pub before: Vec<String>,
        pub after: Vec<String>,
        /// The rule that would make it.
        pub rule: Option<u32>,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum ReplayedWhat { Gained, Lost, Changed, Surer, LessSure }
}
