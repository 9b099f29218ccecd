//! One request inside a company: which rows its path names, and what is done with them.

use super::address::{Options, Segment};
use super::body::Body;
use super::call::{Call, Reply};
use super::facts::{Entity, Property, facts};
use super::fault::Fault;
use super::guid::Guid;
use super::query::{self, Page};
use super::record::{Record, read_etag};
use super::sales::DocumentKind;
use super::value::{Kind, Value};
use super::views::{self, Conditions};
use super::work::Work;
use super::{copies, files, journals, rules, sales};
use http::{Method, StatusCode};

/// Longest path inside a company.
const LONGEST_PATH: usize = 8;

/// What a path names.
enum Target {
    Collection { entity: &'static Entity, conditions: Conditions },
    Entity { entity: &'static Entity, row: Box<Record> },
    Count { entity: &'static Entity, conditions: Conditions },
    Property { entity: &'static Entity, row: Box<Record>, property: &'static Property, raw: bool },
    Action { entity: &'static Entity, row: Box<Record>, name: String },
}

/// Answers a request whose path is below a company.
pub fn answer(work: &mut Work<'_>, call: &Call<'_>, segments: &[Segment], options: &Options) -> Result<Reply, Fault> {
    match resolve(work, segments)? {
        Target::Collection { entity, conditions } => collection(work, call, entity, &conditions, options),
        Target::Entity { entity, row } => one(work, call, entity, *row, options),
        Target::Count { entity, conditions } => match *call.method {
            Method::GET => Ok(Reply::text(query::count(work, entity, &conditions, options)?.to_string())),
            _ => Err(Fault::method()),
        },
        Target::Property { entity, row, property, raw } => part(work, call, entity, *row, property, raw),
        Target::Action { entity, row, name } => action(work, call, entity, &row, &name),
    }
}

fn resolve(work: &Work<'_>, segments: &[Segment]) -> Result<Target, Fault> {
    if segments.len() > LONGEST_PATH {
        return Err(Fault::no_route());
    }
    let (first, rest) = segments.split_first().ok_or_else(Fault::no_route)?;
    let entity = facts()
        .entity(&first.name)
        .filter(|entity| !matches!(entity.set, "companies" | "subscriptions"))
        .ok_or_else(|| Fault::segment(&first.name))?;
    let mut target = keyed(work, entity, Vec::new(), first.key.as_deref())?;
    for segment in rest {
        target = step(work, target, segment)?;
    }
    Ok(target)
}

fn step(work: &Work<'_>, target: Target, segment: &Segment) -> Result<Target, Fault> {
    match target {
        Target::Collection { entity, conditions } if segment.name == "$count" && segment.key.is_none() => Ok(Target::Count { entity, conditions }),
        Target::Property { entity, row, property, raw: false } if segment.name == "$value" => {
            Ok(Target::Property { entity, row, property, raw: true })
        }
        Target::Entity { entity, row } => below(work, entity, row, segment),
        _ => Err(Fault::segment(&segment.name)),
    }
}

fn below(work: &Work<'_>, entity: &'static Entity, row: Box<Record>, segment: &Segment) -> Result<Target, Fault> {
    // The casing of an action's name does not matter.
    if let Some(name) = action_name(segment) {
        return Ok(Target::Action { entity, row, name: name.to_string() });
    }
    if let Some(navigation) = entity.navigation(&segment.name) {
        let target = facts().entity(navigation.set).ok_or_else(|| Fault::segment(&segment.name))?;
        let conditions = views::conditions(&row, navigation);
        if navigation.many {
            return keyed(work, target, conditions, segment.key.as_deref());
        }
        let made = views::made(work, target, &conditions);
        let found = query::single(work, target, &conditions, made.as_deref()).cloned();
        return found.map(|row| Target::Entity { entity: target, row: Box::new(row) }).ok_or_else(|| Fault::no_record(navigation.set));
    }
    match entity.property(&segment.name) {
        Some(property) if segment.key.is_none() => Ok(Target::Property { entity, row, property, raw: false }),
        _ => Err(Fault::segment(&segment.name)),
    }
}

fn keyed(work: &Work<'_>, entity: &'static Entity, conditions: Conditions, key: Option<&str>) -> Result<Target, Fault> {
    let Some(key) = key else { return Ok(Target::Collection { entity, conditions }) };
    // GUID keys stand bare.
    let id = Guid::parse(&key.trim_start_matches("id=").to_lowercase()).ok_or_else(Fault::no_route)?;
    let row = find(work, entity, &conditions, id).ok_or_else(|| Fault::no_record(entity.set))?;
    Ok(Target::Entity { entity, row: Box::new(row) })
}

fn find(work: &Work<'_>, entity: &Entity, conditions: &Conditions, id: Guid) -> Option<Record> {
    if entity.set == "pdfDocument" {
        // A print is keyed by its document.
        return views::made(work, entity, &vec![("parentId", id.into())])?.pop();
    }
    if let Some(made) = views::made(work, entity, conditions) {
        return made.into_iter().find(|row| row.id == id);
    }
    // A dimension set line is keyed by its dimension, inside its parent.
    if entity.set == "dimensionSetLines" {
        return work.company.store.all(entity.table).find(|row| row.guid("id") == id && views::within(row, conditions)).cloned();
    }
    let row = work.get(entity.table, id)?;
    (views::shows(work, entity, row, true) && views::within(row, conditions)).then(|| row.clone())
}

fn collection(work: &mut Work<'_>, call: &Call<'_>, entity: &'static Entity, conditions: &Conditions, options: &Options) -> Result<Reply, Fault> {
    if entity.set == "salesOrders" && !work.rights.reads(entity.table) {
        return Err(Fault::dialog("You do not have permissions to read Sales Orders."));
    }
    match *call.method {
        Method::GET => {
            let page = Page { url: &call.url, root: &call.root, preferred: call.max_page_size, server: call.server_page_size };
            Ok(Reply::json(StatusCode::OK, query::list(work, entity, conditions, options, &page, None)?))
        }
        Method::POST => {
            let body = Body::read(entity, call.body)?;
            let row = rules::insert(work, entity, conditions, body)?;
            let location = format!("{}({})", call.url, row.id);
            if call.no_content {
                return Ok(Reply::empty().at(location));
            }
            let json = query::entity(work, entity, &row, options, &call.root)?;
            Ok(Reply::json(StatusCode::CREATED, json).tagged(row.etag()).at(location))
        }
        _ => Err(Fault::method()),
    }
}

fn one(work: &mut Work<'_>, call: &Call<'_>, entity: &'static Entity, row: Record, options: &Options) -> Result<Reply, Fault> {
    match *call.method {
        Method::GET => {
            let row = read_draft(work, entity, row);
            let json = query::entity(work, entity, &row, options, &call.root)?;
            Ok(Reply::json(StatusCode::OK, json).tagged(row.etag()))
        }
        Method::PATCH => {
            let body = Body::read(entity, call.body)?;
            if call.if_match.is_none() {
                return Err(invalid_token());
            }
            fresh(work, entity, &row, call)?;
            let row = rules::modify(work, entity, row, body)?;
            if call.no_content {
                return Ok(Reply::empty());
            }
            let json = query::entity(work, entity, &row, options, &call.root)?;
            Ok(Reply::json(StatusCode::OK, json).tagged(row.etag()))
        }
        Method::DELETE => {
            fresh(work, entity, &row, call)?;
            rules::delete(work, entity, &row)?;
            Ok(Reply::empty())
        }
        _ => Err(Fault::method()),
    }
}

/// Reading a draft recalculates it when the reader may write drafts; its tag moves.
fn read_draft(work: &mut Work<'_>, entity: &Entity, row: Record) -> Record {
    let document = matches!(entity.set, "salesInvoices" | "salesCreditMemos" | "salesOrders");
    if !document || row.flag("posted") || !work.quirks.reads_move_draft_tags || !work.rights.writes(entity.table) {
        return row;
    }
    work.company.store.touch(entity.table, row.id);
    work.get(entity.table, row.id).cloned().unwrap_or(row)
}

/// Checks `If-Match`, when it was sent.
fn fresh(work: &mut Work<'_>, entity: &Entity, row: &Record, call: &Call<'_>) -> Result<(), Fault> {
    let Some(tag) = call.if_match.as_deref().map(str::trim) else { return Ok(()) };
    if tag == "*" {
        return Ok(());
    }
    let (version, reads) = read_etag(tag).ok_or_else(invalid_token)?;
    if version != row.version || reads < row.reads {
        return Err(Fault::new(StatusCode::CONFLICT, "Request_EntityChanged", "Another user has already changed the record."));
    }
    work.company.store.catch_up(entity.table, row.id, reads);
    Ok(())
}

fn invalid_token() -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, "BadRequest_InvalidToken", "Could not validate the client concurrency token required by the service.")
}

fn part(work: &mut Work<'_>, call: &Call<'_>, entity: &'static Entity, row: Record, property: &Property, raw: bool) -> Result<Reply, Fault> {
    let stream = property.kind == Kind::Stream;
    match *call.method {
        Method::GET if stream => {
            let kind = if entity.set == "pdfDocument" { "application/pdf" } else { "application/octet-stream" };
            Ok(Reply::bytes(kind, files::content(work, entity, &row)?))
        }
        Method::PATCH | Method::PUT if stream && property.name == "attachmentContent" => {
            if call.if_match.is_none() {
                return Err(invalid_token());
            }
            fresh(work, entity, &row, call)?;
            files::set_content(work, entity, row, call.body);
            Ok(Reply::empty())
        }
        Method::GET => {
            let value = views::value(work, entity, &row, property);
            match (raw, &value) {
                (true, Value::Text(text)) => Ok(Reply::text(text.clone())),
                _ => {
                    let mut json = String::new();
                    value.write_json(&mut json);
                    let json = if raw { return Ok(Reply::text(json)) } else { json };
                    Ok(Reply::json(
                        StatusCode::OK,
                        format!("{{\"@odata.context\":\"{}/$metadata#{}({})/{}\",\"value\":{json}}}", call.root, entity.set, row.id, property.name),
                    ))
                }
            }
        }
        _ => Err(Fault::method()),
    }
}

/// Bound actions post. They are counted, and refused unless the harness allows them.
fn action(work: &mut Work<'_>, call: &Call<'_>, entity: &'static Entity, row: &Record, name: &str) -> Result<Reply, Fault> {
    let Some(name) = entity.actions.iter().find(|action| action.eq_ignore_ascii_case(name)) else {
        return Err(Fault::no_route());
    };
    if *call.method != Method::POST {
        return Err(Fault::method());
    }
    if !call.allow_posting || !work.rights.posts(entity.table) {
        return Err(Fault::permission("112 Sales Invoice Header", "Insert"));
    }
    fresh(work, entity, row, call)?;
    match (entity.set, *name) {
        ("salesInvoices", "post" | "postAndSend") => drop(sales::post(work, DocumentKind::Invoice, row.id)?),
        ("salesCreditMemos", "post" | "postAndSend") => drop(sales::post(work, DocumentKind::CreditMemo, row.id)?),
        ("journals", "post") => journals::post(work, row.id)?,
        ("salesInvoices", "cancel" | "cancelAndSend") => drop(copies::cancel(work, row.id)?),
        ("salesInvoices", "makeCorrectiveCreditMemo") => drop(copies::corrective_memo(work, row.id)?),
        ("salesOrders", "shipAndInvoice") => drop(copies::ship_and_invoice(work, row.id)?),
        (_, "send") => {}
        _ => return Err(Fault::not_implemented("The action is not played here.")),
    }
    Ok(Reply::empty())
}

/// Whether a path names a bound action at all.
pub fn names_action(segments: &[Segment]) -> bool {
    segments.iter().any(|segment| action_name(segment).is_some())
}

fn action_name(segment: &Segment) -> Option<&str> {
    let (namespace, name) = segment.name.rsplit_once('.')?;
    namespace.eq_ignore_ascii_case("Microsoft.NAV").then_some(name)
}
