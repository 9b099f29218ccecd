//! The one kind of write: our own keys in an object's metadata, so that both sides name each other.

use std::collections::BTreeMap;

use bytes::Bytes;
use drafts::{
    Answer, Asked, Destination, Draft, DraftId, Filled, Form, Fresh, Frozen, Future, Hole, KeyLife, Look, LookFailed, Mark, Outcome, Permit, Policy,
    Results, Seen, Source, Template, Undo,
};
use http::{HeaderName, HeaderValue, Response};
use percent_encoding::percent_decode_str;
use remote::{GetRequest, Lost, NoAnswer, percent};
use serde_json::Value;

use crate::{Metadata, Stripe, StripeError, accounting::source_of, error::refusal, source_version};

/// As the frozen request names it.
pub const DESTINATION: &str = "stripe";
/// Id of the ledger's document.
pub const LEDGER_DOCUMENT: &str = "countersign_ledger_document";
/// Its number, as people know it.
pub const LEDGER_NUMBER: &str = "countersign_ledger_number";
/// On an invoice that asks for the payment of a document of the ledger: that document's id. Such an invoice is no sale of its own.
pub const LEDGER_ORIGIN: &str = "countersign_ledger_origin";
/// All our keys begin like this.
pub const OUR_KEYS: &str = "countersign_";

/// (docs: Idempotent requests: keys are kept at least 24 hours)
const KEY_LIFE_SECONDS: u32 = 24 * 60 * 60;
/// A GET sees a write at once; some seconds are left for a request that is still on its way.
const SETTLING_SECONDS: u32 = 10;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// (docs: Metadata)
const LONGEST_VALUE: usize = 500;

/// What gets our keys: the object that a document of the ledger was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    Invoice,
    CreditNote,
    Refund,
    PaymentIntent,
    Charge,
}

impl Marked {
    const ALL: [Self; 5] = [Self::Invoice, Self::CreditNote, Self::Refund, Self::PaymentIntent, Self::Charge];

    pub const fn write_kind(self) -> &'static str {
        match self {
            Self::Invoice => "stripe/invoice-metadata",
            Self::CreditNote => "stripe/credit-note-metadata",
            Self::Refund => "stripe/refund-metadata",
            Self::PaymentIntent => "stripe/payment-intent-metadata",
            Self::Charge => "stripe/charge-metadata",
        }
    }

    /// Before the id.
    const fn path(self) -> &'static str {
        match self {
            Self::Invoice => "/v1/invoices/",
            Self::CreditNote => "/v1/credit_notes/",
            Self::Refund => "/v1/refunds/",
            Self::PaymentIntent => "/v1/payment_intents/",
            Self::Charge => "/v1/charges/",
        }
    }
}

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

/// The request that puts `keys` on the object, in the order given.
pub fn freeze_metadata(on: Marked, id: &str, keys: &[(&str, MarkValue)]) -> (Frozen, Policy) {
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
        path: Template::text(format!("{}{}", on.path(), percent(id))),
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
            let document = match self.read(GetRequest::new(&filled.path)).await {
                Err(StripeError::NotFound(_)) => return Ok(Vec::new()),
                other => other.map_err(|error| error.into_look_failed())?,
            };
            let Some(metadata) = metadata(&document) else { return Ok(Vec::new()) };
            Ok(vec![Seen { results: results(&id), id, same_content: holds(&metadata, &wanted), posted: false }])
        })
    }

    /// The object that gets the keys is most often the only source: it is asked for once.
    fn refresh_and_look<'a>(&'a self, sources: &'a [Source], draft: &'a Draft, filled: &'a Filled) -> Future<'a, Result<Asked, LookFailed>> {
        Box::pin(async move {
            let (own, others): (Vec<_>, Vec<_>) = sources.iter().cloned().partition(|source| is_at(source, &filled.path));
            let mut fresh = self.refresh(&others).await?;
            let (Some(own), Some((id, wanted))) = (own.into_iter().next(), target(filled)) else {
                return Ok(Asked { fresh, seen: self.look(draft, filled).await? });
            };
            let Some((kind, _)) = source_of(&own.key) else { return Ok(Asked { fresh, seen: self.look(draft, filled).await? }) };
            let row = self.get(kind, &id).await.map_err(|error| error.into_look_failed())?;
            let found = row.as_ref().and_then(|row| metadata(&serde_json::from_str(&row.raw).ok()?));
            let seen = found.map(|metadata| Seen { results: results(&id), id, same_content: holds(&metadata, &wanted), posted: false });
            let version = row.and_then(|row| row.object.ok()).as_ref().and_then(source_version);
            fresh.push(Fresh { key: own.key, version });
            Ok(Asked { fresh, seen: seen.into_iter().collect() })
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

/// Whether the source is the object at this path.
fn is_at(source: &Source, path: &str) -> bool {
    source_of(&source.key).is_some_and(|(kind, id)| path.strip_prefix(kind.path()).and_then(|rest| rest.strip_prefix('/')) == Some(&percent(id)))
}

/// What an answer to the write means (docs: Idempotent requests; Advanced error handling).
fn outcome(answer: &Response<Bytes>, id: &str, wanted: &Metadata) -> Outcome {
    match answer.status().as_u16() {
        200..=299 => {
            let document = serde_json::from_slice::<Value>(answer.body()).ok();
            match document.as_ref().and_then(metadata) {
                Some(metadata) => Outcome::Written(Answer { results: results(id), same_content: holds(&metadata, wanted) }),
                // It says that it was done, but not what: reading it back decides.
                None => unknown("unreadable"),
            }
        }
        // Both fire before anything is executed, and the key stays fresh: the approval still stands.
        401 => not_sent("key_refused"),
        429 => not_sent("limited"),
        400 | 402..=404 => Outcome::Refused(refusal(answer)),
        409 => unknown("in_progress"),
        // The failure of an earlier attempt, which is over; nothing of it was found, or this
        // would not have been sent. The key will answer the same for a day: a new draft has a new one.
        500.. if answer.headers().contains_key("idempotent-replayed") => Outcome::Refused(refusal(answer)),
        _ => unknown("unavailable"),
    }
}

fn not_sent(code: &str) -> Outcome {
    Outcome::NotSent { code: code.to_owned() }
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown { code: code.to_owned() }
}

/// The object and the keys that a request of ours is about; `None` for any other request,
/// so that nothing but our own keys can ever be written.
fn target(request: &Filled) -> Option<(String, Metadata)> {
    let id = Marked::ALL.iter().find_map(|on| request.path.strip_prefix(on.path()))?;
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

/// `None` for an answer that is no such object.
fn metadata(document: &Value) -> Option<Metadata> {
    serde_json::from_value(document.get("metadata")?.clone()).ok()
}

fn results(id: &str) -> Results {
    BTreeMap::from([("id".to_owned(), id.to_owned())])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use drafts::{Results, Subject, WriteKind};
    use serde_json::json;

    use super::*;
    use crate::{
        Kind,
        accounting::source_key,
        testing::{Script, invoice},
    };

    fn draft() -> Draft {
        let customer = DraftId("the-invoice".to_owned());
        let keys =
            [(LEDGER_DOCUMENT, MarkValue::Born { from: customer, field: "id".to_owned() }), (LEDGER_NUMBER, MarkValue::Known("S&Ø=1".to_owned()))];
        let (frozen, policy) = freeze_metadata(Marked::Invoice, "in_1", &keys);
        Draft {
            id: DraftId("mark".to_owned()),
            subject: Subject("invoice:in_1".to_owned()),
            kind: WriteKind(Marked::Invoice.write_kind().to_owned()),
            step: 2,
            frozen,
            policy,
            sources: Vec::new(),
            made_by: drafts::MadeBy { settings: 1, rules: 1, weights: 1, zones: String::new() },
            shown: String::new(),
        }
    }

    fn filled() -> Filled {
        let results = BTreeMap::from([(DraftId("the-invoice".to_owned()), Results::from([("id".to_owned(), "a b&metadata[x]=1".to_owned())]))]);
        draft().frozen.fill(&results).expect("filled")
    }

    fn permit(request: Filled) -> Permit {
        #[allow(clippy::disallowed_methods, reason = "a test stands in for the book")]
        Permit::mint(DraftId("mark".to_owned()), 1, "key-1".to_owned(), request)
    }

    fn marked(value: &str) -> Value {
        let mut document = invoice("in_1");
        document["metadata"] = json!({"order": "7", LEDGER_DOCUMENT: value, LEDGER_NUMBER: "S&Ø=1"});
        document
    }

    const APPROVED: &str = "a b&metadata[x]=1";

    #[test]
    fn the_request_is_what_was_approved_and_no_value_changes_it() {
        let shown = draft().frozen.body.shown(|hole| format!("<{hole}>"));
        assert_eq!(shown, "metadata%5Bcountersign_ledger_document%5D=<0>&metadata%5Bcountersign_ledger_number%5D=S%26%C3%98%3D1");
        let filled = filled();
        assert_eq!(filled.path, "/v1/invoices/in_1");
        let (id, wanted) = target(&filled).expect("ours");
        assert_eq!((id.as_str(), wanted[LEDGER_DOCUMENT].as_str(), wanted.len()), ("in_1", APPROVED, 2));
    }

    #[tokio::test]
    async fn it_is_sent_once_with_its_key() {
        let script = Script::new([Ok((200, marked(APPROVED)))]);
        let outcome = script.stripe().send(&permit(filled())).await;
        assert!(matches!(&outcome, Outcome::Written(answer) if answer.same_content && answer.results["id"] == "in_1"), "{outcome:?}");
        let request = &script.sent()[0];
        assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/v1/invoices/in_1"));
        assert_eq!(request.headers()["idempotency-key"], "key-1");
        assert_eq!(request.body().as_ref(), filled().body.as_bytes());
    }

    #[tokio::test]
    async fn each_kind_of_object_is_marked_at_its_own_place() {
        for (on, path) in [
            (Marked::Invoice, "/v1/invoices/x_1"),
            (Marked::CreditNote, "/v1/credit_notes/x_1"),
            (Marked::Refund, "/v1/refunds/x_1"),
            (Marked::PaymentIntent, "/v1/payment_intents/x_1"),
            (Marked::Charge, "/v1/charges/x_1"),
        ] {
            let (frozen, _) = freeze_metadata(on, "x_1", &[(LEDGER_NUMBER, MarkValue::Known("7".to_owned()))]);
            let filled = frozen.fill(&BTreeMap::new()).expect("nothing to fill");
            let object = json!({"id": "x_1", "metadata": {LEDGER_NUMBER: "7"}});
            let script = Script::new([Ok((200, object.clone())), Ok((200, object))]);
            let seen = script.stripe().look(&draft(), &filled).await.expect("an answer");
            assert!(seen[0].same_content, "{path}");
            assert!(matches!(script.stripe().send(&permit(filled)).await, Outcome::Written(answer) if answer.same_content), "{path}");
            assert_eq!(script.asked(), [path, path]);
        }
    }

    #[tokio::test]
    async fn nothing_but_our_own_keys_can_be_written() {
        let script = Script::new([]);
        for (path, body) in [
            ("/v1/invoices/in_1", "auto_advance=true"),
            ("/v1/invoices/in_1", "metadata%5Border%5D=1"),
            ("/v1/invoices/in_1", "metadata%5Bcountersign_a%5D=1&description=x"),
            ("/v1/invoices/in_1", ""),
            ("/v1/invoices/in_1/finalize", "metadata%5Bcountersign_a%5D=1"),
            ("/v1/invoices/in_1?expand[]=customer", "metadata%5Bcountersign_a%5D=1"),
            ("/v1/customers/cus_1", "metadata%5Bcountersign_a%5D=1"),
        ] {
            let request = Filled { path: path.to_owned(), body: body.to_owned(), ..filled() };
            assert_eq!(script.stripe().send(&permit(request)).await, not_sent("not_allowed"), "{path} {body}");
        }
        assert!(script.sent().is_empty());
    }

    #[tokio::test]
    async fn every_answer_has_its_meaning() {
        let error = || json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such invoice"}});
        let refused = |status| {
            Outcome::Refused(drafts::Refusal {
                status,
                code: "resource_missing".to_owned(),
                message: "No such invoice".to_owned(),
                reference: Some("req_1".to_owned()),
            })
        };
        for (answer, expected) in [
            (Ok((400, error())), refused(400)),
            (Ok((402, error())), refused(402)),
            (Ok((403, error())), refused(403)),
            (Ok((404, error())), refused(404)),
            (Ok((401, error())), not_sent("key_refused")),
            (Ok((429, error())), not_sent("limited")),
            (Ok((409, error())), unknown("in_progress")),
            (Ok((424, error())), unknown("unavailable")),
            (Ok((500, error())), unknown("unavailable")),
            (Ok((302, error())), unknown("unavailable")),
            (Ok((200, json!({"id": "in_1"}))), unknown("unreadable")),
            (Err(Lost::NotSent), not_sent("offline")),
            (Err(Lost::NoAnswer), unknown("no_answer")),
            (Err(Lost::HalfAnswer { status: 200 }), unknown("no_answer")),
        ] {
            let script = Script::new([answer]);
            assert_eq!(script.stripe().send(&permit(filled())).await, expected);
            assert_eq!(script.sent().len(), 1);
        }
    }

    #[test]
    fn a_failure_that_is_only_repeated_does_not_stay_unknown_for_ever() {
        let answer = |replayed: bool| {
            let answer = Response::builder().status(500);
            let answer = if replayed { answer.header("Idempotent-Replayed", "true") } else { answer };
            outcome(&answer.body(Bytes::from_static(b"{}")).expect("an answer"), "in_1", &Metadata::new())
        };
        assert_eq!(answer(false), unknown("unavailable"));
        assert!(matches!(answer(true), Outcome::Refused(_)));
    }

    #[tokio::test]
    async fn looking_reads_the_keys_back() {
        for (metadata, same) in [(marked(APPROVED), true), (marked("other"), false), (invoice("in_1"), false)] {
            let script = Script::new([Ok((200, metadata))]);
            let seen = script.stripe().look(&draft(), &filled()).await.expect("an answer");
            assert_eq!(seen.iter().map(|seen| seen.same_content).collect::<Vec<_>>(), [same]);
        }
        let script = Script::new([Ok((404, json!({})))]);
        assert_eq!(script.stripe().look(&draft(), &filled()).await, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn sources_are_read_again_and_a_gone_one_has_no_version() {
        let source = |key: String| Source { key, version: "then".to_owned() };
        let sources =
            [source(source_key(Kind::Invoice, "in_1")), source("ledger:customer:1".to_owned()), source(source_key(Kind::Customer, "cus_1"))];
        let script = Script::new([Ok((200, invoice("in_1"))), Ok((200, json!({"id": "cus_1", "object": "customer", "deleted": true})))]);
        let fresh = script.stripe().refresh(&sources).await.expect("an answer");
        assert_eq!(
            fresh.iter().map(|fresh| (fresh.key.as_str(), fresh.version.is_some())).collect::<Vec<_>>(),
            [("stripe:invoice:in_1", true), ("stripe:customer:cus_1", false)]
        );
    }
}
