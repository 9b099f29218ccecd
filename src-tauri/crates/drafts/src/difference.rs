//! What changed between what a person approved and what is true now, field by field.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Draft, Fingerprint, Fresh, Template};

/// Why an approval died, or what differs from what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub before: Fingerprint,
    /// `None`: there is no new content (yet): a source moved, or nothing is proposed any more.
    pub after: Option<Fingerprint>,
    pub fields: Vec<Changed>,
}

/// One field that differs. `document/lines/0/amount` is a place in what was shown,
/// `source/stripe:invoice:in_1` a version it was based on; `request/…` a part of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// A source was not asked again, so nothing may be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} was not read again, so nothing was sent")]
pub struct NotRefreshed {
    pub key: String,
}

/// More than this no person reads; the rest of a long difference is left out.
pub const MOST_FIELDS: usize = 200;

impl Difference {
    pub fn between(old: &Draft, new: &Draft) -> Self {
        let mut fields = Vec::new();
        document(&old.shown, &new.shown, &mut fields);
        request(old, new, &mut fields);
        sources(old, new, &mut fields);
        fields.truncate(MOST_FIELDS);
        Self { before: old.fingerprint(), after: Some(new.fingerprint()), fields }
    }

    /// Compares the sources as they are now with those the draft was made from.
    /// `None`: nothing changed, the approval stands.
    pub fn since(draft: &Draft, fresh: &[Fresh]) -> Result<Option<Self>, NotRefreshed> {
        let mut fields = Vec::new();
        for source in &draft.sources {
            let now = fresh.iter().find(|fresh| fresh.key == source.key).ok_or_else(|| NotRefreshed { key: source.key.clone() })?;
            push(&mut fields, &format!("source/{}", source.key), Some(&source.version), now.version.as_deref());
        }
        fields.truncate(MOST_FIELDS);
        Ok((!fields.is_empty()).then(|| Self { before: draft.fingerprint(), after: None, fields }))
    }
}

fn request(old: &Draft, new: &Draft, fields: &mut Vec<Changed>) {
    let (before, after) = (&old.frozen, &new.frozen);
    push(fields, "request/kind", Some(&old.kind.0), Some(&new.kind.0));
    push(fields, "request/destination", Some(&before.destination), Some(&after.destination));
    push(fields, "request/method", Some(&before.method), Some(&after.method));
    push(fields, "request/path", Some(&text(old, &before.path)), Some(&text(new, &after.path)));
    push(fields, "request/headers", Some(&headers(old)), Some(&headers(new)));
    push(fields, "request/body", Some(&text(old, &before.body)), Some(&text(new, &after.body)));
}

fn text(draft: &Draft, template: &Template) -> String {
    template.shown(|hole| match draft.frozen.holes.get(hole) {
        Some(hole) => format!("{{{} of {}}}", hole.field, hole.from),
        None => "{?}".to_owned(),
    })
}

fn headers(draft: &Draft) -> String {
    draft.frozen.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

fn sources(old: &Draft, new: &Draft, fields: &mut Vec<Changed>) {
    let version = |draft: &Draft, key: &str| draft.sources.iter().find(|source| source.key == key).map(|source| source.version.clone());
    for source in &old.sources {
        push(fields, &format!("source/{}", source.key), Some(&source.version), version(new, &source.key).as_deref());
    }
    for source in &new.sources {
        if version(old, &source.key).is_none() {
            push(fields, &format!("source/{}", source.key), None, Some(&source.version));
        }
    }
}

/// Compares two shown documents leaf by leaf; what is no JSON is compared whole.
fn document(before: &str, after: &str, fields: &mut Vec<Changed>) {
    match (serde_json::from_str(before), serde_json::from_str(after)) {
        (Ok(before), Ok(after)) => leaves("document", Some(&before), Some(&after), fields),
        _ => push(fields, "document", Some(before), Some(after)),
    }
}

fn leaves(at: &str, before: Option<&Value>, after: Option<&Value>, fields: &mut Vec<Changed>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                leaves(&format!("{at}/{name}"), old.get(name), new.get(name), fields);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().max(new.len()) {
                leaves(&format!("{at}/{index}"), old.get(index), new.get(index), fields);
            }
        }
        _ => push(fields, at, before.map(leaf).as_deref(), after.map(leaf).as_deref()),
    }
}

fn leaf(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn push(fields: &mut Vec<Changed>, field: &str, before: Option<&str>, after: Option<&str>) {
    if before != after {
        fields.push(Changed { field: field.to_owned(), before: before.map(str::to_owned), after: after.map(str::to_owned) });
    }
}
