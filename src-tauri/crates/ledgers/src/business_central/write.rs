//! Writing exactly once, to a service that knows no idempotency: look, send once, read back.

use bytes::Bytes;
use drafts::{Answer, Draft, Filled, Fresh, Look, LookFailed, Mark, Outcome, Permit, Seen, Source};
use http::{Response, StatusCode};
use remote::{GetRequest, Lost, NoAnswer};

use super::{
    BusinessCentral, CREDIT_MEMO, CUSTOMER, ITEM, SALES_INVOICE, compare,
    connection::Copy,
    error::refusal,
    fields::Fields,
    record::{self, Depth, quoted},
};
use crate::{LedgerRecord, ReadError, RecordKind};

/// More documents under one mark, or customers or items of one name, than a person could sort out.
const MOST_SEEN: &str = "50";

pub(super) async fn refresh(ledger: &BusinessCentral, sources: &[Source]) -> Result<Vec<Fresh>, LookFailed> {
    let mut out = Vec::with_capacity(sources.len());
    for source in sources {
        let version = match place(&source.key) {
            Some((kind, id)) => record::one(ledger, kind, id).await?.map(|record| record.version),
            None => None,
        };
        out.push(Fresh { key: source.key.clone(), version });
    }
    Ok(out)
}

/// `ledger:<kind>:<id>`
fn place(key: &str) -> Option<(RecordKind, &str)> {
    let (kind, id) = key.strip_prefix("ledger:")?.split_once(':')?;
    Some((RecordKind::named(kind)?, id))
}

/// Everything that could be this draft: invoices and credit memos under its number, drafted
/// and posted alike (one set holds both); for a customer or an item, every one of its name.
pub(super) async fn look(ledger: &BusinessCentral, draft: &Draft, filled: &Filled) -> Look {
    let request = Fields::read(&filled.body).ok_or_else(unreadable)?;
    if let Some(kind) = [RecordKind::Customer, RecordKind::Item].into_iter().find(|kind| of_kind(*kind) == Some(&draft.kind.0)) {
        return Ok(of_this_name(ledger, kind, &request).await?);
    }
    let Mark::Carried { value: mark } = &draft.policy.mark else { return Err(unreadable()) };
    let mut seen = Vec::new();
    for kind in [RecordKind::SalesInvoice, RecordKind::CreditMemo] {
        for record in marked(ledger, kind, mark, Depth::of(&request)).await? {
            let results = compare::results(&record);
            let same = of_kind(kind) == Some(draft.kind.0.as_str())
                && compare::as_written(&draft.kind.0, &request, &record)
                && compare::agrees(draft, &results);
            let posted = record::stands(ledger, kind, &record).await?.is_posted();
            seen.push(Seen { id: record.owned("id"), results, same_content: same, posted });
        }
    }
    Ok(seen)
}

fn unreadable() -> LookFailed {
    LookFailed { code: ReadError::NotAllowed.code().to_owned(), retry_after_seconds: None }
}

/// The write that makes records of this kind.
fn of_kind(kind: RecordKind) -> Option<&'static str> {
    match kind {
        RecordKind::SalesInvoice => Some(SALES_INVOICE),
        RecordKind::CreditMemo => Some(CREDIT_MEMO),
        RecordKind::Customer => Some(CUSTOMER),
        RecordKind::Item => Some(ITEM),
        _ => None,
    }
}

async fn marked(ledger: &BusinessCentral, kind: RecordKind, mark: &str, depth: Depth) -> Result<Vec<Fields>, ReadError> {
    let set = record::set(kind);
    let mut question =
        GetRequest::new(ledger.path(set.name)).query("$filter", &format!("externalDocumentNumber eq {}", quoted(mark))).query("$top", MOST_SEEN);
    if let Some(parts) = depth.expand(kind) {
        question = question.query("$expand", &parts);
    }
    found(ledger, question).await
}

async fn of_this_name(ledger: &BusinessCentral, kind: RecordKind, request: &Fields) -> Result<Vec<Seen>, ReadError> {
    let name = request.canonical("displayName");
    let question =
        GetRequest::new(ledger.path(record::set(kind).name)).query("$filter", &format!("displayName eq {}", quoted(&name))).query("$top", MOST_SEEN);
    let seen = |record: Fields| Seen {
        id: record.owned("id"),
        results: compare::results(&record),
        same_content: of_kind(kind).is_some_and(|write| compare::as_written(write, request, &record)),
        posted: false,
    };
    Ok(found(ledger, question).await?.into_iter().map(seen).collect())
}

async fn found(ledger: &BusinessCentral, question: GetRequest) -> Result<Vec<Fields>, ReadError> {
    let page = ledger.rows(question, Copy::Newest).await?;
    let records = page.rows.iter().map(|row| Fields::read(row)).collect::<Option<Vec<_>>>();
    records.ok_or(ReadError::Unreadable { what: "a record" })
}

pub(super) async fn send(ledger: &BusinessCentral, permit: &Permit) -> Outcome {
    let headers = match ledger.headers().await {
        Ok(headers) => headers,
        Err(no_token) => return Outcome::NotSent { code: ReadError::from(no_token).code().to_owned() },
    };
    // Another company's approval is never sent to this one.
    if !permit.request().path.starts_with(&ledger.path("")) {
        return Outcome::NotSent { code: ReadError::NotAllowed.code().to_owned() };
    }
    match ledger.door().write(permit, headers).await {
        Ok(answer) => settle(ledger, permit, &answer).await,
        Err(NoAnswer::Lost(Lost::NotSent)) => Outcome::NotSent { code: "offline".to_owned() },
        Err(NoAnswer::Lost(Lost::NoAnswer | Lost::HalfAnswer { .. })) => Outcome::Unknown { code: "no_answer".to_owned() },
        Err(NoAnswer::NotAllowed) => Outcome::NotSent { code: ReadError::NotAllowed.code().to_owned() },
        Err(NoAnswer::TooManyWaiting) => Outcome::NotSent { code: "limited".to_owned() },
    }
}

async fn settle(ledger: &BusinessCentral, permit: &Permit, answer: &Response<Bytes>) -> Outcome {
    match answer.status() {
        StatusCode::OK | StatusCode::CREATED => read_back(ledger, permit, answer.body()).await,
        // Turned away at the door: the approval stands.
        StatusCode::UNAUTHORIZED => Outcome::NotSent { code: "signed_out".to_owned() },
        StatusCode::TOO_MANY_REQUESTS => Outcome::NotSent { code: "limited".to_owned() },
        // It ran too long and may have been committed all the same.
        StatusCode::REQUEST_TIMEOUT => Outcome::Unknown { code: "no_answer".to_owned() },
        status if status.is_client_error() || status == StatusCode::NOT_IMPLEMENTED => Outcome::Refused(refusal(answer)),
        _ => Outcome::Unknown { code: "no_answer".to_owned() },
    }
}

/// The answer of a deep insert is the header alone, so the whole is read again. When that
/// fails, looking for the mark will find it.
async fn read_back(ledger: &BusinessCentral, permit: &Permit, body: &Bytes) -> Outcome {
    let unknown = || Outcome::Unknown { code: "read_back".to_owned() };
    let created = std::str::from_utf8(body).ok().and_then(Fields::read);
    let (Some(created), Some(request)) = (created, Fields::read(&permit.request().body)) else { return unknown() };
    let (Some(id), Some(kind)) = (created.text("id"), kind_of_path(&permit.request().path)) else { return unknown() };
    let Ok(Some(raw)) = record::raw(ledger, kind, id, Depth::of(&request)).await else { return unknown() };
    let Some(record) = Fields::read(&raw) else { return unknown() };
    let same_content = of_kind(kind).is_some_and(|write| compare::as_written(write, &request, &record));
    Outcome::Written(Answer { results: compare::results(&record), same_content })
}

pub(super) async fn made(ledger: &BusinessCentral, filled: &Filled, id: &str) -> Result<Option<LedgerRecord>, ReadError> {
    let kind = kind_of_path(&filled.path).ok_or(ReadError::NotAllowed)?;
    let request = Fields::read(&filled.body).ok_or(ReadError::NotAllowed)?;
    let raw = record::raw(ledger, kind, id, Depth::of(&request)).await?;
    raw.map(|raw| record::read(kind, &raw).ok_or(ReadError::Unreadable { what: "a record" })).transpose()
}

fn kind_of_path(path: &str) -> Option<RecordKind> {
    let set = path.rsplit('/').next()?;
    [RecordKind::SalesInvoice, RecordKind::CreditMemo, RecordKind::Customer, RecordKind::Item].into_iter().find(|kind| record::set(*kind).name == set)
}
