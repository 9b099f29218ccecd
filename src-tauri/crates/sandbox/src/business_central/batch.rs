//! `$batch`: parts one after another, alone or as one transaction; in JSON or multipart.
//!
//! docs: dev-itpro/webservices/use-odata-batch.md; groups and dependencies: OASIS OData JSON Format 4.01, section 19. Of a
//! change set that fails only the failure is answered, as OData/AspNetCoreOData's ChangeSetRequestItem has it.

use super::call::{Call, Reply};
use super::fault::Fault;
use super::guid::Guid;
use super::value::write_json_text;
use super::{BusinessCentral, Visit, address, multipart};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt::Write;

/// One more part and the envelope fails.
const MOST_PARTS: usize = 100;

impl BusinessCentral {
    pub(super) fn batch(&mut self, visit: &Visit, request: &Request<Bytes>, correlation: Guid) -> Result<Response<Bytes>, Fault> {
        if request.method() != Method::POST {
            return Err(Fault::method());
        }
        let envelope = Envelope::read(request.headers(), request.body())?;
        let answers = self.run(visit, &envelope, correlation);
        if envelope.multipart {
            return Ok(multipart::response(&correlation.to_string(), &answers));
        }
        let mut out = String::from("{\"responses\":[");
        for (at, answer) in answers.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            write_part(&mut out, answer);
        }
        out.push_str("]}");
        Ok(Reply::json(StatusCode::OK, out).response())
    }

    fn run(&mut self, visit: &Visit, envelope: &Envelope, correlation: Guid) -> Vec<Answer> {
        let start = self.marks(visit);
        let mut change_set = ChangeSet::default();
        let mut failed = BTreeSet::new();
        let mut answers = Vec::new();
        for (at, part) in envelope.parts.iter().enumerate() {
            if part.change_set != change_set.number {
                change_set = ChangeSet { number: part.change_set, marks: self.marks(visit), first: answers.len(), failed: false };
            } else if change_set.failed {
                continue;
            }
            let response = self.allowed(visit, at, part, &failed).and_then(|()| self.part(visit, part));
            let response = response.unwrap_or_else(|fault| self.refused(&fault, self::correlation(correlation, at)));
            let fails = !response.status().is_success();
            if fails && part.change_set.is_some() && !envelope.snapshot {
                self.roll_back(visit, &change_set.marks);
                change_set.failed = true;
                answers.truncate(change_set.first);
            }
            answers.push(Answer { id: part.id.clone(), change_set: part.change_set, group: part.group.clone(), response });
            if !fails {
                continue;
            }
            failed.extend(part.id.iter().chain(&part.group).cloned());
            if envelope.snapshot {
                // Earlier parts keep the 201 that they reported.
                self.roll_back(visit, &start);
                break;
            }
            if !envelope.all {
                break;
            }
        }
        answers
    }

    /// Every part counts against the limits, of which the envelope itself was the first; and none runs after what it
    /// depends on has failed.
    fn allowed(&mut self, visit: &Visit, at: usize, part: &Part, failed: &BTreeSet<String>) -> Result<(), Fault> {
        if at > 0 {
            self.limits.count(&visit.user, visit.now)?;
        }
        match part.depends.iter().find(|on| failed.contains(*on)) {
            Some(on) => Err(Fault::new(StatusCode::FAILED_DEPENDENCY, "Unknown", format!("The request depends on '{on}', which failed."))),
            None => Ok(()),
        }
    }

    fn part(&mut self, visit: &Visit, part: &Part) -> Result<Response<Bytes>, Fault> {
        let relative = part.url.strip_prefix(visit.root.as_str()).unwrap_or(&part.url);
        let relative = relative.find("/api/v2.0/").map_or(relative, |at| &relative[at + "/api/v2.0/".len()..]).trim_start_matches('/');
        let (path, query) = relative.split_once('?').map_or((relative, None), |(path, query)| (path, Some(query)));
        let segments = address::segments(path).ok_or_else(Fault::no_route)?;
        let mut call = Call::new(&part.method, &part.headers, &part.body);
        call.url = format!("{}/{path}", visit.root);
        Ok(self.one(visit, call, &segments, query)?.response())
    }

    fn marks(&self, visit: &Visit) -> Vec<usize> {
        let companies = self.environments.get(&visit.key).map(|environment| environment.companies.iter());
        companies.into_iter().flatten().map(|company| company.store.mark()).collect()
    }

    fn roll_back(&mut self, visit: &Visit, marks: &[usize]) {
        if let Some(environment) = self.environments.get_mut(&visit.key) {
            environment.companies.iter_mut().zip(marks).for_each(|(company, mark)| company.store.rollback(*mark));
        }
    }
}

/// The parts in hand that stand or fall together.
#[derive(Default)]
struct ChangeSet {
    number: Option<usize>,
    marks: Vec<usize>,
    /// Where its answers begin.
    first: usize,
    failed: bool,
}

/// One part's answer.
pub struct Answer {
    pub id: Option<String>,
    pub change_set: Option<usize>,
    /// The change set's own name, in JSON.
    pub group: Option<String>,
    pub response: Response<Bytes>,
}

pub struct Part {
    pub id: Option<String>,
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Parts of one change set stand or fall together.
    pub change_set: Option<usize>,
    pub group: Option<String>,
    /// Ids and groups of earlier parts that must have succeeded.
    pub depends: Vec<String>,
}

pub struct Envelope {
    pub parts: Vec<Part>,
    /// `Prefer: odata.continue-on-error`.
    pub all: bool,
    /// `Isolation: snapshot`: nothing stays when a part fails.
    pub snapshot: bool,
    pub multipart: bool,
}

impl Envelope {
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Fault> {
        let invalid = || Fault::bad_request("Invalid Request Body");
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let boundary = multipart::boundary(content_type);
        let parts = match &boundary {
            Some(boundary) => multipart::read(boundary, body),
            None => read_json(body),
        };
        let mut parts = parts.ok_or_else(invalid)?;
        number_groups(&mut parts)?;
        check_order(&parts)?;
        if parts.len() > MOST_PARTS {
            let text = format!(
                "The current batch message contains too many parts. A maximum number of '{MOST_PARTS}' query operations and change sets are allowed in a batch message."
            );
            return Err(Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "Unknown", text));
        }
        let says = |name: &str, word: &str| {
            headers.get_all(name).iter().any(|value| value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains(word)))
        };
        let snapshot = says("isolation", "snapshot") || says("odata-isolation", "snapshot");
        Ok(Self { parts, all: says("prefer", "continue-on-error"), snapshot, multipart: boundary.is_some() })
    }
}

fn read_json(body: &[u8]) -> Option<Vec<Part>> {
    let json: Json = serde_json::from_slice(body).ok()?;
    json.get("requests")?.as_array()?.iter().map(read_part).collect()
}

fn read_part(json: &Json) -> Option<Part> {
    let method = json.get("method")?.as_str()?.to_uppercase().parse().ok()?;
    let url = json.get("url")?.as_str()?.to_string();
    let id = json.get("id").and_then(Json::as_str).map(str::to_string);
    let mut headers = HeaderMap::new();
    if let Some(Json::Object(members)) = json.get("headers") {
        for (name, value) in members {
            headers.insert(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value.as_str()?).ok()?);
        }
    }
    let body = match json.get("body") {
        None | Some(Json::Null) => Bytes::new(),
        Some(Json::String(text)) => Bytes::from(text.clone()),
        Some(body) => Bytes::from(body.to_string()),
    };
    let group = json.get("atomicityGroup").and_then(Json::as_str).map(str::to_string);
    let depends = match json.get("dependsOn") {
        None | Some(Json::Null) => Vec::new(),
        Some(on) => on.as_array()?.iter().map(|id| id.as_str().map(str::to_string)).collect::<Option<_>>()?,
    };
    Some(Part { id, method, url, headers, body, change_set: None, group, depends })
}

/// Gives each atomicity group a number. The parts of one stand beside each other.
fn number_groups(parts: &mut [Part]) -> Result<(), Fault> {
    let (mut seen, mut last): (Vec<String>, Option<String>) = (Vec::new(), None);
    for part in parts.iter_mut().filter(|part| part.change_set.is_none()) {
        if let Some(group) = part.group.as_ref().filter(|group| last.as_ref() != Some(*group)) {
            if seen.contains(group) {
                return Err(Fault::bad_request(format!("The requests of the atomicity group '{group}' must be adjacent.")));
            }
            seen.push(group.clone());
        }
        part.change_set = part.group.as_ref().map(|_| seen.len());
        last.clone_from(&part.group);
    }
    Ok(())
}

/// A part depends on earlier ones only, and no id is given twice where somebody depends on ids.
fn check_order(parts: &[Part]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    let ordered = parts.iter().any(|part| !part.depends.is_empty());
    for part in parts.iter().filter(|_| ordered) {
        let id = part.id.as_deref().unwrap_or_default();
        if let Some(unknown) = part.depends.iter().find(|on| !seen.contains(on.as_str())) {
            let text =
                format!("The dependsOn Id: [{unknown}] in request [{id}] is not matching any of the request Id and atomic group Id seen so far.");
            return Err(Fault::bad_request(text));
        }
        if !id.is_empty() && !seen.insert(id) {
            return Err(Fault::bad_request(format!("The request id '{id}' is used twice.")));
        }
        seen.extend(part.group.as_deref());
    }
    Ok(())
}

/// One part's answer inside the envelope.
fn write_part(out: &mut String, answer: &Answer) {
    let response = &answer.response;
    out.push_str("{\"id\":");
    match &answer.id {
        Some(id) => write_json_text(out, id),
        None => out.push_str("null"),
    }
    if let Some(group) = &answer.group {
        out.push_str(",\"atomicityGroup\":");
        write_json_text(out, group);
    }
    let _ = write!(out, ",\"status\":{},\"headers\":{{", response.status().as_u16());
    for (at, (name, value)) in response.headers().iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_json_text(out, name.as_str());
        out.push(':');
        write_json_text(out, value.to_str().unwrap_or_default());
    }
    out.push('}');
    if !response.body().is_empty() {
        out.push_str(",\"body\":");
        match std::str::from_utf8(response.body()) {
            Ok(text) if text.starts_with('{') => out.push_str(text),
            Ok(text) => write_json_text(out, text),
            Err(_) => out.push_str("null"),
        }
    }
    out.push('}');
}

/// A correlation id for a part, apart from its neighbours'.
fn correlation(envelope: Guid, at: usize) -> Guid {
    Guid::derived(&[envelope.to_string().as_bytes(), &at.to_be_bytes()])
}
