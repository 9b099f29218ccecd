//! Search: `field:'v'`, `field>n`, `field~'part'`, `-field:'v'`, `metadata['k']:'v'`, joined by AND or by OR.
//!
//! What was made in the last minute is not found yet, as with the real service. Sources: `docs: Search`;
//! details of the grammar are not published in full.

use super::Stripe;
use super::error::{ApiError, Result};
use super::execute::{Call, Reply};
use super::lists;
use super::resources::Resource;
use super::store::{Object, at};
use rust_decimal::Decimal;
use serde_json::{Value, json};

const MAX_CLAUSES: usize = 10;
/// `docs: Search`: under normal conditions data is searchable in less than a minute.
const LAG_SECONDS: i64 = 60;

/// What can be searched for, and where it stands in the object. Metadata can be searched in all.
const FIELDS: &[(&str, &[&str])] = &[
    ("charge", &["amount", "created", "currency", "customer", "disputed", "refunded", "status"]),
    ("customer", &["created", "email", "name", "phone"]),
    ("invoice", &["created", "currency", "customer", "number", "receipt_number", "status", "subscription", "total"]),
    ("payment_intent", &["amount", "created", "currency", "customer", "status"]),
    ("price", &["active", "currency", "lookup_key", "product", "type"]),
    ("product", &["active", "description", "name", "shippable", "url"]),
    ("subscription", &["canceled_at", "created", "status"]),
];

#[derive(Debug, PartialEq, Eq)]
struct Clause {
    negated: bool,
    /// Path in the object.
    field: Vec<String>,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Is,
    Contains,
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Stripe {
    pub(super) fn search(&self, call: &Call, resource: &'static Resource) -> Result<Reply> {
        let (clauses, any) = parse(resource.kind, call.text("query").unwrap_or_default())?;
        let limit = lists::limit(&call.params)?;
        let skip: usize = match call.text("page") {
            None => 0,
            Some(page) => {
                page.strip_prefix("page_").and_then(|n| n.parse().ok()).ok_or_else(|| ApiError::invalid(None, "Invalid page.", Some("page")))?
            }
        };
        let visible = |object: &Object| object.get("created").and_then(Value::as_i64).is_some_and(|created| created <= call.now - LAG_SECONDS);
        let fits = |object: &Object| {
            if any { clauses.iter().any(|clause| clause.holds(object)) } else { clauses.iter().all(|clause| clause.holds(object)) }
        };
        let (page, count) = self.store.newest_first(resource.kind, |object| visible(object) && fits(object), skip, limit);
        let data: Vec<Value> = page.into_iter().map(|stored| Value::Object(self.dress(call.now, resource.kind, stored))).collect();
        let more = count > skip + limit;
        let next = more.then(|| format!("page_{}", skip + limit));
        let url = format!("{}/search", resource.list);
        let mut list = json!({ "object": "search_result", "has_more": more, "next_page": next, "url": url });
        if super::request::strings(&call.params, "expand").iter().any(|path| path == "total_count") {
            list["total_count"] = count.into();
        }
        Ok(Reply::Page { kind: resource.kind, data, list })
    }
}

impl Clause {
    fn holds(&self, object: &Object) -> bool {
        let value = at(object, &self.field.join("."));
        let value = if self.field.first().is_some_and(|first| first == "metadata") { metadata(object, &self.field) } else { value };
        self.negated != value.is_some_and(|value| self.fits(value))
    }

    fn fits(&self, value: &Value) -> bool {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null => return false,
            other => other.to_string(),
        };
        let numbers = || Some((text.parse::<Decimal>().ok()?, self.value.parse::<Decimal>().ok()?));
        match self.operator {
            Operator::Is => text.eq_ignore_ascii_case(&self.value),
            Operator::Contains => text.to_lowercase().contains(&self.value.to_lowercase()),
            Operator::Above => numbers().is_some_and(|(have, wanted)| have > wanted),
            Operator::AtLeast => numbers().is_some_and(|(have, wanted)| have >= wanted),
            Operator::Below => numbers().is_some_and(|(have, wanted)| have < wanted),
            Operator::AtMost => numbers().is_some_and(|(have, wanted)| have <= wanted),
        }
    }
}

fn metadata<'o>(object: &'o Object, field: &[String]) -> Option<&'o Value> {
    object.get("metadata")?.get(field.get(1)?)
}

/// The clauses, and whether one of them is enough.
fn parse(kind: &str, query: &str) -> Result<(Vec<Clause>, bool)> {
    let refused = |why: &str| ApiError::invalid(None, format!("We were unable to parse your search query. {why}"), Some("query"));
    let known = FIELDS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, fields)| fields);
    let (mut clauses, mut joins) = (Vec::new(), Vec::new());
    let mut rest = query.trim();
    while !rest.is_empty() {
        let (clause, after) = clause(rest).ok_or_else(|| refused("Clauses look like field:'value'."))?;
        let name = clause.field.first().map(String::as_str).unwrap_or_default();
        if name != "metadata" && !known.contains(&name) {
            return Err(refused(&format!("Field `{name}` is an unsupported search field.")));
        }
        clauses.push(clause);
        if clauses.len() > MAX_CLAUSES {
            return Err(refused("A query may have up to 10 clauses."));
        }
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
        let (join, after) = rest.split_once(char::is_whitespace).ok_or_else(|| refused("A clause is missing."))?;
        match join.to_uppercase().as_str() {
            join @ ("AND" | "OR") => joins.push(join == "OR"),
            _ => return Err(refused("Join clauses by AND or by OR.")),
        }
        rest = after.trim_start();
        if rest.is_empty() {
            return Err(refused("A clause is missing."));
        }
    }
    if clauses.is_empty() {
        return Err(refused("It is empty."));
    }
    let any = joins.contains(&true);
    if any && joins.contains(&false) {
        return Err(refused("AND and OR cannot be mixed."));
    }
    Ok((clauses, any))
}

fn clause(text: &str) -> Option<(Clause, &str)> {
    let (negated, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let mut field: Vec<String> = name.split('.').map(str::to_owned).collect();
    if let Some(after) = rest.strip_prefix('[') {
        let (key, after) = quoted(after)?;
        field.push(key);
        rest = after.strip_prefix(']')?;
    }
    let operators = [
        (">=", Operator::AtLeast),
        ("<=", Operator::AtMost),
        (":", Operator::Is),
        ("~", Operator::Contains),
        (">", Operator::Above),
        ("<", Operator::Below),
    ];
    let (operator, after) = operators.iter().find_map(|(sign, operator)| Some((*operator, rest.strip_prefix(sign)?)))?;
    let (value, rest) = match quoted(after) {
        Some(found) => found,
        None => {
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            let (value, rest) = after.split_at(end);
            (Some(value.to_owned()).filter(|value| !value.is_empty() && !value.starts_with(['\'', '"']))?, rest)
        }
    };
    Some((Clause { negated, field, operator, value }, rest))
}

/// A text in single or double quotes, in which a backslash takes the next character as it is.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut characters = text.char_indices();
    let (_, quote) = characters.next().filter(|(_, c)| matches!(c, '\'' | '"'))?;
    let mut value = String::new();
    while let Some((n, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?.1),
            c if c == quote => return Some((value, text.get(n + c.len_utf8()..)?)),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_of_every_form_are_read() {
        let (clauses, any) = parse("invoice", r#"-status:'paid' AND total>=1000 AND metadata['a b']:"x\"y" AND number~'NK'"#).unwrap();
        assert!(!any);
        assert_eq!(clauses.len(), 4);
        assert!(clauses[0].negated);
        assert_eq!((clauses[2].field.as_slice(), clauses[2].value.as_str()), (&["metadata".to_owned(), "a b".to_owned()][..], "x\"y"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for query in [
            "",
            "status",
            "status:'paid",
            "nothing:'x'",
            "status:'a' AND",
            "status:'a' OR total>1 AND total>2",
            "status:'a' total>1",
            "metadata[x]:'1'",
        ] {
            assert!(parse("invoice", query).is_err(), "{query}");
        }
    }
}
