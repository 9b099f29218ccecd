//! Why there is no draft, as Review shows it.

use std::collections::BTreeMap;

use ledgers::NoDraft;
use serde_json::Value;

use crate::commands;

/// Whether the reason leaves nobody anything to do.
pub fn nothing_to_do(reason: &NoDraft) -> bool {
    matches!(
        reason,
        NoDraft::NotFinalized
            | NoDraft::NotPaid
            | NoDraft::NotSent
            | NoDraft::BeforeStart { .. }
            | NoDraft::Void
            | NoDraft::VoidCanceled { .. }
            | NoDraft::NothingOwed
            | NoDraft::FromLedger
            | NoDraft::NoteVoid
            | NoDraft::NoteVoidCanceled { .. }
            | NoDraft::RefundPending
            | NoDraft::RefundFailed
            | NoDraft::RefundOfTwice { .. }
            | NoDraft::PaidTwiceGivenBack { .. }
    )
}

/// The reason as the page words it: its code, and its values as text.
pub fn worded(reason: &NoDraft) -> commands::NoDraft {
    let mut params = BTreeMap::new();
    let mut code = String::new();
    if let Ok(Value::Object(fields)) = serde_json::to_value(reason) {
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("why", Value::String(why)) => code = why,
                (_, Value::String(text)) => drop(params.insert(name, text)),
                (_, Value::Object(money)) => {
                    let text = ["amount", "currency"].iter().filter_map(|part| money.get(*part)?.as_str()).collect::<Vec<_>>().join(" ");
                    params.insert(name, text);
                }
                (_, other) => drop(params.insert(name, other.to_string())),
            }
        }
    }
    params.insert("words".into(), reason.to_string());
    commands::NoDraft { code, params }
}
