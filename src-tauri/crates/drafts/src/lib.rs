//! One proposed write: its frozen request, what it was made from, who may send it and when.
//!
//! Everything here is pure. It knows neither the file nor the network nor which
//! service a request goes to; those rooms bring their facts as values.
//!
//! ```text
//! propose ─▶ Draft { Frozen, Policy, sources }      what would be sent, byte for byte
//! person  ─▶ countersign(fingerprint seen)          binds the approval to exactly this
//! book    ─▶ Permit                                 one attempt, stored before it starts
//! outbox  ─▶ Outcome ─▶ State                       written, refused, or unknown: ask first
//! ```

mod body;
mod destination;
mod difference;
mod draft;
mod fingerprint;
mod frozen;
mod permit;
mod policy;
mod state;

pub use body::{Form, Json};
pub use destination::{Answer, Asked, Destination, Fresh, Future, Look, LookFailed, Outcome, Refusal};
pub use difference::{Changed, Difference, MOST_FIELDS, NotRefreshed};
pub use draft::{Draft, DraftId, MadeBy, Source, Subject, WriteKind};
pub use fingerprint::{Fingerprint, content_version};
pub use frozen::{Escape, FillError, Filled, Frozen, Hole, Piece, Results, Template};
pub use permit::Permit;
pub use policy::{Decision, KeyLife, Mark, Policy, Seen, Undo, decide};
pub use state::{DeclineReason, Illegal, State};
