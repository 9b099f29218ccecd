//! The right to send one approved request once.

use crate::{DraftId, Filled};

/// Given by the book for one attempt, after the intent was stored. Neither `Clone`
/// nor serialisable; consumed when the attempt is settled. Without it nothing is sent.
#[derive(Debug)]
pub struct Permit {
    draft: DraftId,
    attempt: u32,
    key: String,
    request: Filled,
}

impl Permit {
    /// Only the book may mint one, inside the transaction that stores the intent
    /// (this constructor is on the linter's list of disallowed methods).
    pub fn mint(draft: DraftId, attempt: u32, key: String, request: Filled) -> Self {
        Self { draft, attempt, key, request }
    }

    pub fn draft(&self) -> &DraftId {
        &self.draft
    }

    /// From 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The idempotency key, stored with the intent.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn request(&self) -> &Filled {
        &self.request
    }
}
