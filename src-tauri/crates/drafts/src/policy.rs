//! What each kind of write must say of itself before it may be drafted:
//! how its own work is recognised after a lost reply, and what can be undone.

use serde::{Deserialize, Serialize};

use crate::Results;

/// A required part of every draft: no policy, no draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub mark: Mark,
    /// An idempotency key that the other side honours, if it knows such a thing.
    pub key: Option<KeyLife>,
    /// How long a committed write may take to be seen by a read.
    pub settling_seconds: u32,
    pub undo: Undo,
}

/// How our own write is found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A value inside the document that reads and posting keep.
    Carried { value: String },
    /// No field can carry a mark: the ids of equal ones are noted before sending;
    /// afterwards, exactly our content among ids not noted is ours.
    EqualContent,
    /// Sending it twice leaves the same state; reading tells whether it stands.
    SameTwice,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLife {
    pub header: String,
    pub seconds: u32,
}

/// What a person can do about it after writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    DeleteTheDraft,
    DeleteTheCustomer,
    DeleteTheItem,
    ClearTheKeys,
}

/// One thing the other side shows when asked for a draft's mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its id on the other side.
    pub id: String,
    /// What later drafts may need of it (`id`, `number`).
    pub results: Results,
    /// Whether its content is what was approved.
    pub same_content: bool,
    /// Already booked over there.
    pub posted: bool,
}

/// What follows from looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing of ours is there: it may be sent.
    Send,
    /// It is there already, as approved: nothing is sent.
    Ours(Seen),
    /// Something carries our mark with other content: a person decides.
    Differs(Seen),
    /// More than one could be ours: a person decides.
    Several(Vec<Seen>),
    /// Too early to say: a write may still become visible.
    Wait { seconds: u32 },
}

/// `noted`: ids seen before the first sending (for `Mark::EqualContent`).
/// `since_sent`: seconds since the last attempt left, `None` when nothing was ever sent.
pub fn decide(policy: &Policy, noted: &[String], seen: &[Seen], since_sent: Option<i64>) -> Decision {
    let ours: Vec<&Seen> = match policy.mark {
        Mark::Carried { .. } => seen.iter().collect(),
        Mark::SameTwice => seen.iter().filter(|seen| seen.same_content).collect(),
        // Before the first sending, equal ones belong to somebody else.
        Mark::EqualContent if since_sent.is_none() => Vec::new(),
        Mark::EqualContent => seen.iter().filter(|seen| seen.same_content && !noted.contains(&seen.id)).collect(),
    };
    match ours.as_slice() {
        [] => match since_sent {
            Some(seconds) if seconds < i64::from(policy.settling_seconds) => {
                let rest = i64::from(policy.settling_seconds) - seconds.max(0);
                Decision::Wait { seconds: u32::try_from(rest).unwrap_or(policy.settling_seconds) }
            }
            _ => Decision::Send,
        },
        [one] if one.same_content => Decision::Ours((*one).clone()),
        [one] => Decision::Differs((*one).clone()),
        several => Decision::Several(several.iter().map(|seen| (*seen).clone()).collect()),
    }
}
