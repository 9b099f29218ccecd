//! One object of a page: the document as it came, and what was understood of it.

use chrono::{DateTime, Utc};
use drafts::content_version;
use money::Money;
use serde_json::Value;

use crate::{AmountError, Kind, Object, amounts::exact};

#[derive(Clone, Debug)]
pub struct Row {
    pub kind: Kind,
    pub id: String,
    /// The document, its embedded list complete, as JSON in the order of its keys.
    pub raw: String,
    /// Moves with any change of the document that is not mere decoration. Not the version
    /// of a draft's source, which is [`crate::source_version`].
    pub version: String,
    pub columns: Columns,
    /// An object that could not be understood keeps its raw document and is shown with the reason.
    pub object: Result<Object, RowError>,
}

/// What a mirror keeps beside the document. All of the currency of `amount`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    pub happened_at: Option<DateTime<Utc>>,
    pub amount: Option<Money>,
    pub fee: Option<Money>,
    pub net: Option<Money>,
    pub number: Option<String>,
    /// The customer's id.
    pub party: Option<String>,
    pub status: Option<String>,
    /// The invoice of a payment, the charge of a refund, the source of a balance transaction.
    pub parent: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    #[error(transparent)]
    Amount(#[from] AmountError),
    #[error("the object is not in the form that the documentation gives: {0}")]
    Shape(String),
}

/// Links that Stripe renews by itself, and counters of its own machinery.
const DECORATION: [&str; 6] = ["hosted_invoice_url", "invoice_pdf", "pdf", "receipt_url", "webhooks_delivered_at", "next_invoice_sequence"];

impl Row {
    /// `None` when it has not even an id.
    pub fn read(kind: Kind, mut document: Value) -> Option<Self> {
        let id = document.get("id")?.as_str()?.to_owned();
        let raw = document.to_string();
        if let Some(fields) = document.as_object_mut() {
            fields.retain(|name, _| !DECORATION.contains(&name.as_str()));
        }
        let version = content_version("stripe-document/1", [("document", document.to_string())]);
        let object = understood(kind, &mut document);
        let columns = object.as_ref().map_or_else(|_| Columns::default(), Object::columns);
        Some(Self { kind, id, raw, version, columns, object })
    }
}

impl Object {
    /// From a raw document that was kept.
    pub fn read(kind: Kind, raw: &[u8]) -> Result<Self, RowError> {
        let mut document = serde_json::from_slice(raw).map_err(|error| RowError::Shape(error.to_string()))?;
        understood(kind, &mut document)
    }
}

fn understood(kind: Kind, document: &mut Value) -> Result<Object, RowError> {
    let unread_amount = exact(document);
    let object = Object::typed(kind, std::mem::take(document));
    // An unread amount explains a shape that does not fit better than the shape does.
    object.map_err(|error| unread_amount.map_or_else(|| RowError::Shape(error.to_string()), RowError::Amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::invoice;
    use proptest::prelude::*;
    use serde_json::json;

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            "[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            Just(json!({"id": "x", "deleted": true})),
            Just(serde_json::from_str("123456789012345678901234567890.5e9").expect("a number")),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            let fields = prop::collection::btree_map(prop::sample::select(vec!["id", "amount", "currency", "data", "has_more"]), inner.clone(), 0..3);
            prop_oneof![
                prop::collection::vec(inner, 0..3).prop_map(Value::from),
                fields.prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            ]
        })
    }

    /// Every place of the sample.
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        let inside: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(n, item)| (n.to_string(), item)).collect(),
            _ => Vec::new(),
        };
        for (name, value) in inside {
            let place = format!("{at}/{name}");
            places(value, &place, found);
            found.push(place);
        }
    }

    fn kinds() -> impl Strategy<Value = Kind> {
        prop_oneof![3 => Just(Kind::Invoice), 1 => prop::sample::select(Kind::ALL.to_vec())]
    }

    proptest! {
        #[test]
        fn no_document_stops_the_reading(place in any::<prop::sample::Index>(), value in anything(), kind in kinds()) {
            let mut document = invoice("in_1");
            let mut found = Vec::new();
            places(&document, "", &mut found);
            *document.pointer_mut(place.get::<String>(&found)).expect("a place of the sample") = value;
            if let Some(row) = Row::read(kind, document) {
                prop_assert_eq!(Object::read(kind, row.raw.as_bytes()).is_ok(), row.object.is_ok());
                if let Ok(object) = &row.object {
                    crate::source_version(object);
                }
            }
        }
    }
}
