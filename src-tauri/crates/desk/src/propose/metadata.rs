//! The two keys that Stripe's object gets: which document of the ledger it is.

use drafts::{DraftId, Frozen, Policy, WriteKind};
use serde::{Deserialize, Serialize};
use stripe::{MarkValue, Marked};

/// A write with all that a draft needs beside its sources.
pub struct Written {
    pub kind: WriteKind,
    pub frozen: Frozen,
    pub policy: Policy,
    pub shown: String,
}

/// What the keys will say.
pub enum Values {
    Known {
        document: String,
        number: String,
    },
    /// Born when that draft is written.
    Of(DraftId),
}

/// The write as a person reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownKeys {
    /// The id of Stripe's object. Under this name since the first books.
    #[serde(rename = "invoice")]
    pub object: String,
    pub number: String,
    pub keys: Vec<ShownKey>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownKey {
    pub key: String,
    /// None: born when the document is written.
    pub value: Option<String>,
}

/// `number`: the object's own, as people know it. `with_number`: the ledger's number too, beside the document's id,
/// which is what it is found again by.
pub fn drafted((on, id): (Marked, &str), number: &str, values: Values, with_number: bool) -> Written {
    let (document, ledger_number) = match values {
        Values::Known { document, number } => (MarkValue::Known(document), MarkValue::Known(number)),
        Values::Of(draft) => (born(&draft, "id"), born(&draft, "number")),
    };
    let ledger_number = with_number.then_some((stripe::LEDGER_NUMBER, ledger_number));
    let keys: Vec<_> = [(stripe::LEDGER_DOCUMENT, document)].into_iter().chain(ledger_number).collect();
    let shown = ShownKeys {
        object: id.to_owned(),
        number: number.to_owned(),
        keys: keys.iter().map(|(key, value)| ShownKey { key: (*key).to_owned(), value: known(value) }).collect(),
    };
    let (frozen, policy) = stripe::freeze_metadata(on, id, &keys);
    Written { kind: WriteKind(on.write_kind().to_owned()), frozen, policy, shown: serde_json::to_string(&shown).unwrap_or_default() }
}

fn born(from: &DraftId, field: &str) -> MarkValue {
    MarkValue::Born { from: from.clone(), field: field.to_owned() }
}

fn known(value: &MarkValue) -> Option<String> {
    match value {
        MarkValue::Known(value) => Some(value.clone()),
        MarkValue::Born { .. } => None,
    }
}
