//! Matching: which row of Stripe and which document of the ledger are the same money.
//!
//! A pure room: same input, same output; no clock, no I/O. Amounts are exact; only odds are floats.
//!
//! - [`Engine::new`] takes all rows of both sides, what this book has decided ([`Rules`]) and the odds ([`Weights`]).
//! - [`Engine::links`] are the matches it proposes, one [`Link`] per pair, each with five facts, a calibrated chance,
//!   the candidates that lost, and the versions of the rules and weights that made it. Equal candidates are a tie
//!   that is shown, never guessed. [`Engine::unlinked`] are the rows without one, and how far was looked.
//! - [`Engine::apply`] takes one change and returns the links that differ; afterwards the engine is what `new` would
//!   give on the changed rows.
//! - [`Engine::explain`] and [`Engine::candidates`] answer "why this one?", "why not that one?" and "what else?";
//!   [`words`] says it in English.
//! - [`Engine::new_rules`] and [`Engine::lessons`] are what the decisions of the book teach, to be read, put into its
//!   [`Rules`] and switched off; [`Engine::replay`] tells what they would have done.
//!
//! What is matched with what follows from the kind of the rows: Stripe invoices with the ledger's sales documents and
//! credits with credits, one to one; customers with customers, many of Stripe's to one of the ledger's; payments and refunds
//! with documents, many to many, each link with the amount it carries, in the document's currency.
//!
//! # Payments, as a review shows them
//! One payment is one row; its links are all [`Engine::links`] of that left id, and what they do not carry of its amount is
//! over. [`Link::bucket`] says where it belongs, [`Link::tie`] that a person must choose, `rivals` among what.
//!
//! ```
//! use chrono::NaiveDate;
//! use countersign_matching::{Bucket, Change, Detail, Engine, Kind, Pair, Reference, Row, Rules, Side, Source, Weights, What};
//! use money::{Currency, Money};
//!
//! let dkk = |minor| Money::new(minor, Currency::parse("DKK").expect("a currency of ISO 4217"));
//! let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of March");
//! let invoice = |number: &str, minor, on| {
//!     let mut row = Row::new(format!("doc-{number}"), Side::Right, Kind::Document, dkk(minor), day(on));
//!     row.party.name = "Møller VVS ApS".into();
//!     row.references = vec![Reference::new(Source::Number, number)];
//!     row
//! };
//! let mut payment = Row::new("ch_1", Side::Left, Kind::Charge, dkk(175_000), day(12));
//! payment.party.name = "Moeller VVS".into();
//! payment.text = "Faktura 1034 og 1041".into();
//! let rows = vec![invoice("1034", 125_000, 1), invoice("1041", 50_000, 9), payment];
//!
//! let mut engine = Engine::new(rows, Rules::default(), Weights::built_in());
//! let settled: Vec<_> = engine.links().iter().map(|l| (l.left.as_str(), l.right.as_str(), l.amount)).collect();
//! assert_eq!(settled, [("ch_1", "doc-1034", dkk(125_000)), ("ch_1", "doc-1041", dkk(50_000))]);
//! let link = &engine.links()[0];
//! assert_eq!(link.fact(What::Amount).detail, Detail::SumOf { count: 2, total: dkk(175_000) });
//! assert!(link.chance > 0.9 && !link.tie && link.bucket() != Bucket::Choose);
//!
//! // A person says no: what was proposed comes again in no other form.
//! engine.apply(Change::Decline(Pair::new("ch_1", "doc-1041")));
//! assert!(engine.links().iter().all(|l| l.right.as_str() != "doc-1041"));
//! ```

mod assignment;
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
pub use rules::{Learned, Lessons, Rate, Rates, Rules, Shift, Taught};
pub use weights::Weights;
