//! The one kind of write: our own keys in an invoice's metadata, so that both sides name each other.

use std::collections::BTreeMap;

use bytes::Bytes;
use drafts::{
    Answer, Destination, Draft, DraftId, Filled, Form, Fresh, Frozen, Future, Hole, KeyLife, Look, LookFailed, Mark, Outcome, Permit, Policy,
    Results, Seen, Source, Template, Undo,
};
use http::{HeaderName, HeaderValue, Response};
use percent_encoding::percent_decode_str;
use remote::{Lost, NoAnswer, percent};

use crate::{Kind, Metadata, Object, Row, Stripe, accounting::source_of, error::refusal, source_version};

/// As the frozen request names it.
pub const DESTINATION: &str = "stripe";
pub const WRITE_KIND: &str = "stripe/invoice-metadata";
/// Id of the ledger's document.
pub const LEDGER_DOCUMENT: &str = "countersign_ledger_document";
/// Its number, as people know it.
pub const LEDGER_NUMBER: &str = "countersign_ledger_number";
/// All our keys begin like this.
pub const OUR_KEYS: &str = "countersign_";

/// (docs: Idempotent requests: keys are kept at least 24 hours)
const KEY_LIFE_SECONDS: u32 = 24 * 60 * 60;
/// A GET sees a write at once; some seconds are left for a request that is still on its way.
const SETTLING_SECONDS: u32 = 10;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// (docs: Metadata)
const LONGEST_VALUE: usize = 500;

/// The value of one of our keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkValue {
    Known(String),
    /// Given by another draft when it is written.
    Born {
        from: DraftId,
        field: String,
    },
}

pub(crate) fn is_ours(key: &str) -> bool {
    key.starts_with(OUR_KEYS)
}

/// The request that puts `keys` on the invoice, in the order given.
pub fn freeze_metadata(invoice: &str, keys: &[(&str, MarkValue)]) -> (Frozen, Policy) {
    let mut holes = Vec::new();
    let form = keys.iter().fold(Form::default(), |form, (key, value)| {
        let name = format!("metadata[{key}]");
        match value {
            MarkValue::Known(value) => form.field(&name, &value.chars().take(LONGEST_VALUE).collect::<String>()),
            MarkValue::Born { from, field } => {
                holes.push(Hole { from: from.clone(), field: field.clone() });
                form.hole(&name, holes.len() - 1)
            }
        }
    });
    let frozen = Frozen {
        destination: DESTINATION.to_owned(),
        method: "POST".to_owned(),
        path: Template::text(format!("/v1/invoices/{}", percent(invoice))),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: form.template(),
        holes,
    };
    let policy = Policy {
        mark: Mark::SameTwice,
        key: Some(KeyLife { header: "Idempotency-Key".to_owned(), seconds: KEY_LIFE_SECONDS }),
        settling_seconds: SETTLING_SECONDS,
        undo: Undo::ClearTheKeys,
    };
    (frozen, policy)
}

impl Destination for Stripe {
    fn refresh<'a>(&'a self, sources: &'a [Source]) -> Future<'a, Result<Vec<Fresh>, LookFailed>> {
        Box::pin(async move {
            let mut fresh = Vec::new();
            for source in sources {
                // Sources of the other side are the other client's to ask.
                let Some((kind, id)) = source_of(&source.key) else { continue };
                let row = self.get(kind, id).await.map_err(|error| error.into_look_failed())?;
                let version = row.and_then(|row| row.object.ok()).as_ref().and_then(source_version);
                fresh.push(Fresh { key: source.key.clone(), version });
            }
            Ok(fresh)
        })
    }

    fn look<'a>(&'a self, _draft: &'a Draft, filled: &'a Filled) -> Future<'a, Look> {
        Box::pin(async move {
            let Some((id, wanted)) = target(filled) else {
                return Err(LookFailed { code: "not_allowed".to_owned(), retry_after_seconds: None });
            };
            let row = self.get(Kind::Invoice, &id).await.map_err(|error| error.into_look_failed())?;
            let Some(metadata) = row.and_then(metadata) else { return Ok(Vec::new()) };
            Ok(vec![Seen { results: results(&id), id, same_content: holds(&metadata, &wanted), posted: false }])
        })
    }

    fn send<'a>(&'a self, permit: &'a Permit) -> Future<'a, Outcome> {
        Box::pin(async move {
            let Some((id, wanted)) = target(permit.request()) else { return not_sent("not_allowed") };
            let Ok(key) = HeaderValue::from_str(permit.key()) else { return not_sent("not_allowed") };
            let mut sign = self.headers.clone();
            sign.insert(IDEMPOTENCY_KEY, key);
            match self.door.write(permit, sign).await {
                Ok(answer) => outcome(&answer, &id, &wanted),
                Err(NoAnswer::NotAllowed) => not_sent("not_allowed"),
                Err(NoAnswer::TooManyWaiting) => not_sent("limited"),
                Err(NoAnswer::Lost(Lost::NotSent)) => not_sent("offline"),
                Err(NoAnswer::Lost(Lost::NoAnswer | Lost::HalfAnswer { .. })) => unknown("no_answer"),
            }
        })
    }
}

/// What an answer to the write means (docs: Idempotent requests; Advanced error handling).
fn outcome(answer: &Response<Bytes>, id: &str, wanted: &Metadata) -> Outcome {
    match answer.status().as_u16() {
        200..=299 => {
            let row = serde_json::from_slice(answer.body()).ok().and_then(|document| Row::read(Kind::Invoice, document));
            match row.and_then(metadata) {
                Some(metadata) => Outcome::Written(Answer { results: results(id), same_content: holds(&metadata, wanted) }),
                // It says that it was done, but not what: reading it back decides.
                None => unknown("unreadable"),
            }
        }
        // Both fire before anything is executed, and the key stays fresh: the approval still stands.
        401 => not_sent("signed_out"),
        429 => not_sent("limited"),
        400 | 402..=404 => Outcome::Refused(refusal(answer)),
        409 => unknown("in_progress"),
        _ => unknown("unavailable"),
    }
}

fn not_sent(code: &str) -> Outcome {
    Outcome::NotSent { code: code.to_owned() }
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown { code: code.to_owned() }
}

/// The invoice and the keys that a request of ours is about; `None` for any other request,
/// so that nothing but our own keys can ever be written.
fn target(request: &Filled) -> Option<(String, Metadata)> {
    let id = request.path.strip_prefix("/v1/invoices/")?;
    let ours = request.method == "POST" && request.destination == DESTINATION;
    let mut wanted = BTreeMap::new();
    for pair in request.body.split('&') {
        let (name, value) = pair.split_once('=')?;
        let key = decoded(name)?.strip_prefix("metadata[")?.strip_suffix(']').filter(|key| is_ours(key))?.to_owned();
        wanted.insert(key, decoded(value)?);
    }
    (ours && !id.contains(['/', '?'])).then_some((decoded(id)?, wanted))
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// An empty value clears its key.
fn holds(metadata: &Metadata, wanted: &Metadata) -> bool {
    wanted.iter().all(|(key, value)| metadata.get(key).map_or("", String::as_str) == value)
}

fn metadata(row: Row) -> Option<Metadata> {
    match row.object {
        Ok(Object::Invoice(invoice)) => Some(invoice.metadata),
        _ => None,
    }
}

fn results(id: &str) -> Results {
    BTreeMap::from([("id".to_owned(), id.to_owned())])
}
