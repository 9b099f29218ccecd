//! What this book has decided: pairs that a person confirmed or declined.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::row::Pair;

/// Decisions of people. A confirmed pair always is a link, a declined one never comes back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    /// Named by every link it takes part in.
    pub version: u32,
    pub confirmed: BTreeSet<Pair>,
    pub declined: BTreeSet<Pair>,
}
