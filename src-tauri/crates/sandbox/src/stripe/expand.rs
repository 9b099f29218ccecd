//! `expand[]`: ids that turn into objects, and fields that are shown only on request.

use super::Stripe;
use super::error::{ApiError, Result};
use super::facts::{self, Fields, Type};
use super::keys::{Access, ApiKey};
use super::resources;
use serde_json::{Map, Value};

/// `docs: Expanding responses`. `data` of a list is not counted.
const MAX_LEVELS: usize = 4;
const MAX_PATHS: usize = 50;

/// Fields that are absent unless they are asked for.
const INCLUDABLE: &[(&str, &str)] = &[
    ("invoice", "payments"),
    ("invoice", "amount_paid_off_stripe"),
    ("invoice", "confirmation_secret"),
    ("charge", "refunds"),
    ("customer", "tax_ids"),
    ("customer", "sources"),
    ("customer", "subscriptions"),
    ("customer", "cash_balance"),
    ("checkout.session", "line_items"),
    ("payment_link", "line_items"),
    ("item", "taxes"),
    ("coupon", "applies_to"),
    ("price", "tiers"),
    ("price", "currency_options"),
];

/// Refuses paths that name nothing expandable, before anything is executed.
pub fn verify(key: &ApiKey, account: &str, kind: &str, paths: &[String], list: bool) -> Result<()> {
    if paths.len() > MAX_PATHS {
        return Err(ApiError::invalid(None, "Too many properties to expand.", Some("expand")));
    }
    for path in paths {
        let mut parts: Vec<&str> = path.split('.').collect();
        if parts.iter().filter(|part| **part != "data").count() > MAX_LEVELS {
            let message = format!("You cannot expand more than {MAX_LEVELS} levels of a property. Property: {path}");
            return Err(ApiError::invalid(None, message, Some("expand")));
        }
        if list && parts.first() != Some(&"data") {
            let message = format!("This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead.");
            return Err(ApiError::invalid(None, message, Some("expand")));
        }
        if list {
            parts.remove(0);
        }
        Check { key, account, path }.kind(kind, &parts)?;
    }
    Ok(())
}

/// Walks the facts alone, no values.
struct Check<'a> {
    key: &'a ApiKey,
    account: &'a str,
    path: &'a str,
}

impl Check<'_> {
    fn refused(&self) -> ApiError {
        ApiError::invalid(None, format!("This property cannot be expanded ({}).", self.path), Some("expand"))
    }

    fn kind(&self, kind: &str, parts: &[&str]) -> Result<()> {
        match facts::shape(kind) {
            _ if parts.is_empty() => Ok(()),
            Some(fields) => self.fields(Some(kind), fields, parts),
            None => Err(self.refused()),
        }
    }

    fn fields(&self, kind: Option<&str>, fields: &Fields, parts: &[&str]) -> Result<()> {
        let Some((first, rest)) = parts.split_first() else { return Ok(()) };
        let field = fields.get(*first).ok_or_else(|| self.refused())?;
        let included = kind.is_some_and(|kind| INCLUDABLE.contains(&(kind, first)));
        if included && rest.is_empty() { Ok(()) } else { self.of(&field.of, rest) }
    }

    fn of(&self, of: &Type, rest: &[&str]) -> Result<()> {
        match of {
            Type::Expandable(kinds) => {
                let mut live = kinds.iter().filter(|kind| !kind.starts_with("deleted_"));
                if let (Some(only), None) = (live.next(), live.next())
                    && let Some(resource) = resources::of(only)
                {
                    self.key.need(resource.permission, Access::Read, self.account)?;
                }
                let reached = rest.is_empty() || kinds.iter().any(|kind| self.kind(kind, rest).is_ok());
                if reached { Ok(()) } else { Err(self.refused()) }
            }
            Type::List(inner) => self.of(inner, rest),
            Type::Object(fields, _) => self.fields(None, fields, rest),
            Type::Inline(kind) => self.kind(kind, rest),
            Type::Free if rest.is_empty() => Ok(()),
            _ => Err(self.refused()),
        }
    }
}

pub struct Expander<'a> {
    pub stripe: &'a Stripe,
    pub now: i64,
    pub key: &'a ApiKey,
}

impl Expander<'_> {
    /// Applies verified paths to one object of a kind.
    pub fn object(&self, kind: &str, shown: &mut Map<String, Value>, paths: &[String]) -> Result<()> {
        paths.iter().try_for_each(|path| self.kind(kind, shown, &path.split('.').collect::<Vec<_>>()))
    }

    /// Applies verified paths to the `data` of a list.
    pub fn list(&self, kind: &str, data: &mut [Value], paths: &[String]) -> Result<()> {
        let paths: Vec<String> = paths.iter().filter_map(|path| path.strip_prefix("data.")).map(str::to_owned).collect();
        data.iter_mut().filter_map(Value::as_object_mut).try_for_each(|shown| self.object(kind, shown, &paths))
    }

    fn kind(&self, kind: &str, shown: &mut Map<String, Value>, parts: &[&str]) -> Result<()> {
        let Some(first) = parts.first() else { return Ok(()) };
        if INCLUDABLE.contains(&(kind, first)) && !shown.contains_key(*first) {
            let id = shown.get("id").and_then(Value::as_str).unwrap_or_default();
            if let Some(value) = self.stripe.included(self.now, kind, id, first) {
                shown.insert((*first).to_owned(), value);
            }
        }
        facts::shape(kind).map_or(Ok(()), |fields| self.fields(fields, shown, parts))
    }

    fn fields(&self, fields: &Fields, shown: &mut Map<String, Value>, parts: &[&str]) -> Result<()> {
        let Some((first, rest)) = parts.split_first() else { return Ok(()) };
        match (fields.get(*first), shown.get_mut(*first)) {
            (Some(field), Some(value)) => self.value(&field.of, value, rest),
            _ => Ok(()),
        }
    }

    fn value(&self, of: &Type, value: &mut Value, rest: &[&str]) -> Result<()> {
        match of {
            Type::Expandable(kinds) => self.target(kinds, value, rest),
            Type::List(inner) => value.as_array_mut().into_iter().flatten().try_for_each(|entry| self.value(inner, entry, rest)),
            Type::Object(fields, _) => value.as_object_mut().map_or(Ok(()), |shown| self.fields(fields, shown, rest)),
            Type::Inline(kind) => value.as_object_mut().map_or(Ok(()), |shown| self.kind(kind, shown, rest)),
            _ => Ok(()),
        }
    }

    fn target(&self, kinds: &[String], value: &mut Value, rest: &[&str]) -> Result<()> {
        if let Some(id) = value.as_str() {
            let found = kinds.iter().find_map(|kind| Some((kind, self.stripe.show(self.now, kind, id)?)));
            let Some((kind, shown)) = found else { return Ok(()) };
            if let Some(resource) = resources::of(kind) {
                self.key.need(resource.permission, Access::Read, &self.stripe.account.id)?;
            }
            *value = Value::Object(shown);
        }
        let kind = value.get("object").and_then(Value::as_str).unwrap_or_default().to_owned();
        value.as_object_mut().map_or(Ok(()), |shown| self.kind(&kind, shown, rest))
    }
}
