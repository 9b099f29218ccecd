//! List endpoints: filters, cursors, and lists inside objects.

use super::Stripe;
use super::error::{ApiError, Result};
use super::execute::{Call, Reply};
use super::params::Params;
use super::resources::Resource;
use super::store::{Key, Object, Query, Range, at};
use serde_json::{Value, json};

pub const DEFAULT_LIMIT: usize = 10;
const MAX_LIMIT: i64 = 100;
/// Events are listed this long. `docs: List all events`.
pub const EVENT_DAYS: i64 = 30;

impl Stripe {
    /// One page of a resource's own list.
    pub(super) fn list(&self, call: &Call, resource: &'static Resource) -> Result<Reply> {
        let mut query = self.query(call, resource)?;
        if resource.kind == "event" {
            query.created.from = query.created.from.max(call.now - EVENT_DAYS * 86_400);
        }
        if resource.kind == "subscription" && call.text("status").is_none() {
            query.also.push(Box::new(|object| object.get("status").and_then(Value::as_str) != Some("canceled")));
        }
        if let Some(payout) = call.text("payout").filter(|_| resource.kind == "balance_transaction") {
            self.itemised(payout)?;
        }
        Ok(self.reply(call, resource, &query, resource.list))
    }

    /// Only automatic payouts have rows, and only once they were reconciled. `docs: Payout reconciliation`.
    fn itemised(&self, payout: &str) -> Result<()> {
        let stored = self.store.get("payout", payout).ok_or_else(|| ApiError::no_such_value("payout", payout, "payout"))?;
        match stored.get("reconciliation_status").and_then(Value::as_str) {
            Some("completed") => Ok(()),
            Some("in_progress") => Err(ApiError::state("payout_reconciliation_not_ready", "The reconciliation of this payout is still in progress.")),
            _ => Err(ApiError::invalid(None, "Balance transaction history can only be filtered on automatic transfers, not manual.", Some("payout"))),
        }
    }

    /// A list below an object, such as a customer's tax ids: everything is fixed by the parent.
    pub(super) fn list_below(&self, call: &Call, resource: &'static Resource, filter: &'static str, parent: &str, url: &str) -> Result<Reply> {
        let mut query = self.query(call, resource)?;
        query.equal.push((filter, vec![parent.to_owned()]));
        Ok(self.reply(call, resource, &query, url))
    }

    fn reply(&self, call: &Call, resource: &'static Resource, query: &Query<'_>, url: &str) -> Reply {
        let (found, more) = self.store.page(resource.kind, query);
        let data = found.into_iter().map(|stored| Value::Object(self.dress(call.now, resource.kind, stored))).collect();
        Reply::Page { kind: resource.kind, data, list: json!({ "object": "list", "has_more": more, "url": url }) }
    }

    fn query<'c>(&self, call: &'c Call, resource: &'static Resource) -> Result<Query<'c>> {
        let params = &call.params;
        let (after, before) = self.cursors(params, resource.kind)?;
        let mut query = Query { limit: limit(params)?, after, before, created: range(params.get("created")), ..Query::default() };
        for (name, value) in params {
            let known = resource.filters.iter().find(|(filter, _)| filter == name);
            match (name.as_str(), known, value) {
                ("limit" | "starting_after" | "ending_before" | "created" | "expand", _, _) => {}
                ("types", _, Value::Array(wanted)) => query.also.push(Box::new(move |object| of_type(object, wanted))),
                ("type", _, Value::String(wanted)) if wanted.ends_with('*') => query.also.push(Box::new(move |object| fits(object, wanted))),
                ("status", _, Value::String(all)) if all == "all" => {}
                ("due_date" | "arrival_date" | "amount", _, value) => {
                    let (range, name) = (range(Some(value)), name.clone());
                    query.also.push(Box::new(move |object| object.get(&name).and_then(Value::as_i64).is_some_and(|at| range.contains(at))));
                }
                ("payment", _, Value::Object(of)) => {
                    let parts =
                        [("payment.type", "type"), ("payment.payment_intent", "payment_intent"), ("payment.payment_record", "payment_record")];
                    for (filter, part) in parts {
                        if let Some(value) = of.get(part).and_then(Value::as_str) {
                            query.equal.push((filter, vec![value.to_owned()]));
                        }
                    }
                }
                ("pending", _, Value::Bool(pending)) => {
                    query.also.push(Box::new(move |object| object.get("invoice").is_none_or(Value::is_null) == *pending));
                }
                ("recurring", _, Value::Object(of)) => {
                    query.also.push(Box::new(move |object| of.iter().all(|(part, value)| at(object, &format!("recurring.{part}")) == Some(value))))
                }
                (_, Some((filter, _)), Value::Array(values)) => {
                    query.equal.push((filter, values.iter().filter_map(Value::as_str).map(str::to_owned).collect()));
                }
                (_, Some((filter, _)), Value::String(text)) => query.equal.push((filter, vec![text.clone()])),
                (_, Some((filter, _)), Value::Bool(flag)) => query.equal.push((filter, vec![flag.to_string()])),
                // A parameter that Stripe knows and no object here can differ in.
                _ => {}
            }
        }
        if params.contains_key("type") && params.contains_key("types") {
            return Err(ApiError::invalid(Some("parameters_exclusive"), "You may only specify one of these parameters: type, types.", Some("type")));
        }
        if params.get("types").and_then(Value::as_array).is_some_and(|types| types.len() > 20) {
            return Err(ApiError::invalid(None, "You may specify up to 20 types.", Some("types")));
        }
        Ok(query)
    }

    fn cursors(&self, params: &Params, kind: &str) -> Result<(Option<Key>, Option<Key>)> {
        let cursor = |name: &str| match params.get(name).and_then(Value::as_str) {
            None => Ok(None),
            Some(id) => self.store.key(kind, id).map(Some).ok_or_else(|| ApiError::no_such_value(kind, id, name)),
        };
        if params.contains_key("starting_after") && params.contains_key("ending_before") {
            let message = "You may only specify one of these parameters: starting_after, ending_before.";
            return Err(ApiError::invalid(Some("parameters_exclusive"), message, Some("ending_before")));
        }
        Ok((cursor("starting_after")?, cursor("ending_before")?))
    }
}

/// The lines that an object carries: the first handful, oldest first, and where the rest is.
pub fn embedded_lines(stored: &Object, path: &str) -> Value {
    let id = stored.get("id").and_then(Value::as_str).unwrap_or_default();
    let lines = stored.get("_lines").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let kind = match path {
        "/v1/invoices" => "line_item",
        "/v1/credit_notes" => "credit_note_line_item",
        _ => "item",
    };
    let data: Vec<Value> = lines.iter().take(DEFAULT_LIMIT).map(|line| completed_line(kind, line)).collect();
    let name = if kind == "item" { "line_items" } else { "lines" };
    json!({ "object": "list", "data": data, "has_more": lines.len() > DEFAULT_LIMIT, "url": format!("{path}/{id}/{name}") })
}

/// One page of the lines of an object.
pub fn lines_page(stored: &Object, kind: &'static str, url: String, params: &Params) -> Result<Reply> {
    let lines = stored.get("_lines").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let place = |name: &str| match params.get(name).and_then(Value::as_str) {
        None => Ok(None),
        Some(id) => {
            let found = lines.iter().position(|line| line.get("id").and_then(Value::as_str) == Some(id));
            found.map(Some).ok_or_else(|| ApiError::no_such_value(kind, id, name))
        }
    };
    let limit = limit(params)?;
    let (from, to, more) = match (place("starting_after")?, place("ending_before")?) {
        (Some(_), Some(_)) => {
            let message = "You may only specify one of these parameters: starting_after, ending_before.";
            return Err(ApiError::invalid(Some("parameters_exclusive"), message, Some("ending_before")));
        }
        (_, Some(end)) => (end.saturating_sub(limit), end, end > limit),
        (after, None) => {
            let from = after.map_or(0, |n| n + 1);
            let to = (from + limit).min(lines.len());
            (from, to, to < lines.len())
        }
    };
    let data = lines.get(from..to).unwrap_or_default().iter().map(|line| completed_line(kind, line)).collect();
    Ok(Reply::Page { kind, data, list: json!({ "object": "list", "has_more": more, "url": url }) })
}

pub fn completed_line(kind: &str, line: &Value) -> Value {
    line.as_object().map_or(Value::Null, |line| Value::Object(super::shapes::complete(kind, line)))
}

pub fn limit(params: &Params) -> Result<usize> {
    match params.get("limit").and_then(Value::as_i64) {
        None => Ok(DEFAULT_LIMIT),
        Some(n) if (1..=MAX_LIMIT).contains(&n) => Ok(n as usize),
        Some(_) => Err(ApiError::invalid(None, format!("Invalid limit: must be between 1 and {MAX_LIMIT}."), Some("limit"))),
    }
}

/// An instant, or any of `gt`, `gte`, `lt`, `lte`.
fn range(value: Option<&Value>) -> Range {
    let Some(value) = value else { return Range::default() };
    if let Some(exact) = value.as_i64() {
        return Range { from: exact, to: exact };
    }
    let bound = |name: &str| value.get(name).and_then(Value::as_i64);
    let from = bound("gte").unwrap_or(i64::MIN).max(bound("gt").map_or(i64::MIN, |at| at.saturating_add(1)));
    let to = bound("lte").unwrap_or(i64::MAX).min(bound("lt").map_or(i64::MAX, |at| at.saturating_sub(1)));
    Range { from, to }
}

fn of_type(object: &Object, wanted: &[Value]) -> bool {
    wanted.iter().filter_map(Value::as_str).any(|wanted| fits(object, wanted))
}

fn fits(object: &Object, wanted: &str) -> bool {
    names(object.get("type").and_then(Value::as_str).unwrap_or_default(), wanted)
}

/// Whether an event type is meant: `invoice.*` means every type of that group, `*` all.
pub fn names(kind: &str, wanted: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(head) => kind.starts_with(head),
        None => kind == wanted,
    }
}
