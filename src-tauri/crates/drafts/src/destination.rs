//! What a service must be able to do so that drafts can be written to it exactly once.

use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::{Draft, Filled, Permit, Results, Seen, Source};

pub type Future<'a, T> = Pin<Box<dyn std::future::Future<Output = T> + Send + 'a>>;

/// Implemented by the client of each service. One contract suite holds all of them.
pub trait Destination: Send + Sync {
    /// Reads the sources again and returns their versions now; a source that is gone has none.
    fn refresh<'a>(&'a self, sources: &'a [Source]) -> Future<'a, Result<Vec<Fresh>, LookFailed>>;

    /// Looks for the draft's own mark in every place it can be, unposted and posted.
    fn look<'a>(&'a self, draft: &'a Draft, filled: &'a Filled) -> Future<'a, Look>;

    /// Both, where the answer to one question can do for both.
    fn refresh_and_look<'a>(&'a self, sources: &'a [Source], draft: &'a Draft, filled: &'a Filled) -> Future<'a, Result<Asked, LookFailed>> {
        Box::pin(async move { Ok(Asked { fresh: self.refresh(sources).await?, seen: self.look(draft, filled).await? }) })
    }

    /// Sends the permitted request once. Never repeats it.
    fn send<'a>(&'a self, permit: &'a Permit) -> Future<'a, Outcome>;
}

/// What both questions gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub fresh: Vec<Fresh>,
    pub seen: Vec<Seen>,
}

pub type Look = Result<Vec<Seen>, LookFailed>;

/// A source as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    pub key: String,
    pub version: Option<String>,
}

/// The question could not be answered; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: the other side could not be asked")]
pub struct LookFailed {
    /// A code of the desk's closed list (`offline`, `signed_out`, `limited`, `refused`, …).
    pub code: String,
    pub retry_after_seconds: Option<u32>,
}

/// What one sending came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Written(Answer),
    /// The other side answered and made nothing.
    Refused(Refusal),
    /// It certainly never left: the approval still stands.
    NotSent {
        code: String,
    },
    /// It may have arrived. Ask before anything else happens.
    Unknown {
        code: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub results: Results,
    /// Whether the answer shows what was approved; the read-back decides.
    pub same_content: bool,
}

/// The other side's own words, shown as they are and never interpreted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
    /// Stripe's request id, Business Central's correlation id.
    pub reference: Option<String>,
}
