//! What a draft is.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Fingerprint, Frozen, Policy};

/// One proposed write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub id: DraftId,
    /// The row of Review it belongs to; the drafts of one row are signed together.
    pub subject: Subject,
    pub kind: WriteKind,
    /// Place in the order of its row: a customer before its invoice before the mark in Stripe.
    pub step: u8,
    pub frozen: Frozen,
    pub policy: Policy,
    /// All that the proposal was based on, as it was then.
    pub sources: Vec<Source>,
    pub made_by: MadeBy,
    /// The document as a person reads it (JSON text). Part of the fingerprint: what was shown is what was approved.
    pub shown: String,
}

impl Draft {
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self)
    }
}

/// Stable over re-proposing: the same write of the same row has the same id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DraftId(pub String);

impl DraftId {
    /// `generation` counts the replays after a refusal or a deletion, from 0.
    pub fn derive(book: &str, subject: &Subject, kind: &WriteKind, generation: u32) -> Self {
        let mut hash = Sha256::new();
        for part in ["countersign-draft-id/1", book, &subject.0, &kind.0, &generation.to_string()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(base32(&hash.finalize()[..10]))
    }
}

impl fmt::Display for DraftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the draft is about, such as `invoice:in_1Q…` or `customer:cus_…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject(pub String);

/// Such as `business-central/sales-invoice` or `stripe/invoice-metadata`; the destination's word, opaque here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WriteKind(pub String);

/// One thing the proposal was based on, and its version: a hash of the declared
/// accounting fields, without ETags and without our own marks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// `stripe:invoice:in_…`, `ledger:customer:<id>`.
    pub key: String,
    pub version: String,
}

/// Versions of all that decided the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBy {
    pub settings: u32,
    pub rules: u32,
    pub weights: u32,
    /// Version of the time-zone tables that gave the local dates.
    pub zones: String,
}

/// Lower-case base 32 (RFC 4648 letters, no padding).
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut out = String::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(LETTERS[(held >> bits & 31) as usize]));
        }
    }
    out
}
