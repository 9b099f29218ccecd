//! The states of a draft and the only ways between them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Proposed,
    Countersigned,
    Sending,
    Written,
    Refused,
    Unknown,
    Stale,
    Declined,
    Posted,
    Altered,
    Deleted,
}

/// Why a person said no. Declined money stays in the proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "class")]
pub enum DeclineReason {
    BookedElsewhere { entry: String },
    NotOurs,
    Later,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a draft that is {from:?} cannot become {to:?}")]
pub struct Illegal {
    pub from: State,
    pub to: State,
}

impl State {
    pub const ALL: [Self; 11] = [
        Self::Proposed,
        Self::Countersigned,
        Self::Sending,
        Self::Written,
        Self::Refused,
        Self::Unknown,
        Self::Stale,
        Self::Declined,
        Self::Posted,
        Self::Altered,
        Self::Deleted,
    ];

    /// A person approved exactly this.
    pub fn countersign(self) -> Result<Self, Illegal> {
        self.step(Self::Countersigned, &[Self::Proposed])
    }

    /// The approval is taken back before anything was sent.
    pub fn undo(self) -> Result<Self, Illegal> {
        self.step(Self::Proposed, &[Self::Countersigned])
    }

    pub fn decline(self) -> Result<Self, Illegal> {
        self.step(Self::Declined, &[Self::Proposed, Self::Stale, Self::Refused])
    }

    /// The reason was "later", or a person changed their mind.
    pub fn reopen(self) -> Result<Self, Illegal> {
        self.step(Self::Proposed, &[Self::Declined])
    }

    /// A source changed: the approval dies, the difference is shown.
    pub fn go_stale(self) -> Result<Self, Illegal> {
        self.step(Self::Stale, &[Self::Proposed, Self::Countersigned])
    }

    /// The new content took the old one's place.
    pub fn renew(self) -> Result<Self, Illegal> {
        self.step(Self::Proposed, &[Self::Stale, Self::Proposed])
    }

    /// Intent stored, about to be sent.
    pub fn begin(self) -> Result<Self, Illegal> {
        self.step(Self::Sending, &[Self::Countersigned])
    }

    pub fn written(self) -> Result<Self, Illegal> {
        self.step(Self::Written, &[Self::Sending, Self::Unknown])
    }

    pub fn refused(self) -> Result<Self, Illegal> {
        self.step(Self::Refused, &[Self::Sending])
    }

    pub fn unknown(self) -> Result<Self, Illegal> {
        self.step(Self::Unknown, &[Self::Sending])
    }

    /// It certainly never left, or the other side says that nothing is there: the approval still stands.
    pub fn back_to_outbox(self) -> Result<Self, Illegal> {
        self.step(Self::Countersigned, &[Self::Sending, Self::Unknown])
    }

    /// After the cause was shown and mended.
    pub fn replay(self) -> Result<Self, Illegal> {
        self.step(Self::Proposed, &[Self::Refused])
    }

    /// What had been altered over there is again what was approved.
    pub fn restored(self) -> Result<Self, Illegal> {
        self.step(Self::Written, &[Self::Altered])
    }

    pub fn posted(self) -> Result<Self, Illegal> {
        self.step(Self::Posted, &[Self::Written, Self::Altered])
    }

    pub fn altered(self) -> Result<Self, Illegal> {
        self.step(Self::Altered, &[Self::Written, Self::Posted])
    }

    pub fn deleted(self) -> Result<Self, Illegal> {
        self.step(Self::Deleted, &[Self::Written, Self::Altered, Self::Posted])
    }

    /// Text as the file stores it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Countersigned => "countersigned",
            Self::Sending => "sending",
            Self::Written => "written",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
            Self::Declined => "declined",
            Self::Posted => "posted",
            Self::Altered => "altered",
            Self::Deleted => "deleted",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    fn step(self, to: Self, from: &[Self]) -> Result<Self, Illegal> {
        if from.contains(&self) { Ok(to) } else { Err(Illegal { from: self, to }) }
    }
}
