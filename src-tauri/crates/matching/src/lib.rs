//! Matching: which row of Stripe and which document of the ledger are the same money.
//!
//! A pure room: same input, same output; no clock, no I/O. Amounts are exact; only odds are floats.
//!
//! - [`Engine::new`] takes all rows of both sides, what this book has decided ([`Rules`]) and the odds ([`Weights`]).
//! - [`Engine::links`] are the matches it proposes, one [`Link`] per pair, each with five facts, a calibrated chance,
//!   the candidates that lost, and the versions of the rules and weights that made it. Equal candidates are a tie
//!   that is shown, never guessed.
//! - [`Engine::apply`] takes one change and returns the links that differ; afterwards the engine is what `new` would
//!   give on the changed rows.
//! - [`Engine::explain`] and [`Engine::candidates`] answer "why this one?" and "what else?".
//!
//! What is matched with what follows from the kind of the rows: Stripe invoices with the ledger's sales documents, one
//! to one; customers with customers, many of Stripe's to one of the ledger's; payments and refunds with documents, many
//! to many, each link with the amount it carries.

mod compare;
pub mod csv_match;
mod customers;
mod documents;
mod engine;
mod fact;
mod fold;
pub mod generate;
pub mod learn;
mod level;
mod link;
mod lookup;
mod pairing;
mod parties;
mod payments;
mod reading;
mod row;
mod rules;
mod weights;
mod who;
pub mod words;

pub use engine::{Change, Engine, Replay, Tally};
pub use fact::{Detail, Fact, Verdict, What};
pub use link::{Bucket, Explanation, Link, Method, Rival, Unlinked, Versions};
pub use row::{Kind, Pair, Party, Reference, Row, RowId, Side, Source};
pub use rules::{Learned, Lessons, Rates, Rules, Shift, Taught};
pub use weights::Weights;
