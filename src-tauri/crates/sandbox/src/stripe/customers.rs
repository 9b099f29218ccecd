//! Customers and their tax ids.

use super::Stripe;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::{Call, Reply, object};
use super::store::Object;
use serde_json::{Value, json};

impl Stripe {
    pub(super) fn create_customer(&mut self, call: &Call) -> Result<Reply> {
        let mut fields = Object::new();
        copy(&mut fields, call, &["name", "email", "phone", "description", "address", "shipping", "tax_exempt", "preferred_locales"]);
        fields.insert("metadata".into(), call.metadata()?);
        let id = self.add_customer(call.now, fields);
        for tax_id in call.params.get("tax_id_data").and_then(Value::as_array).into_iter().flatten() {
            let part = |name| tax_id.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            self.add_tax_id(call.now, &id, &part("type"), &part("value"));
        }
        self.emit(call.now, "customer.created", "customer", &id, None, &call.cause());
        Ok(Reply::Object("customer", id))
    }

    /// Stores a customer; what is not given takes Stripe's defaults.
    pub fn add_customer(&mut self, now: i64, mut fields: Object) -> String {
        let prefix = self.ids.token(8).to_uppercase();
        for (name, value) in [
            ("balance", 0.into()),
            ("invoice_prefix", prefix.into()),
            ("next_invoice_sequence", 1.into()),
            ("tax_exempt", "none".into()),
            ("delinquent", false.into()),
            ("address", Value::Null),
            ("currency", Value::Null),
            ("discount", Value::Null),
            ("name", Value::Null),
            ("phone", Value::Null),
            ("preferred_locales", json!([])),
            ("test_clock", Value::Null),
        ] {
            fields.entry(name).or_insert(value);
        }
        self.create(now, "customer", fields)
    }

    pub(super) fn update_customer(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("customer", id, "customer")?;
        let mut changed = before.clone();
        copy(&mut changed, call, &["name", "email", "phone", "description", "address", "shipping", "tax_exempt", "preferred_locales", "balance"]);
        call.merge_metadata(&mut changed)?;
        self.replace(call, "customer.updated", "customer", id, &before, changed);
        Ok(Reply::Object("customer", id.to_owned()))
    }

    /// The object stays known by a stub, and its invoices keep pointing to it.
    pub(super) fn delete_customer(&mut self, call: &Call, id: &str) -> Result<Reply> {
        self.stored("customer", id, "customer")?;
        self.remove_customer(call.now, id, &call.cause());
        Ok(super::editing::deleted("customer", id))
    }

    pub fn remove_customer(&mut self, now: i64, id: &str, cause: &Cause) {
        self.emit(now, "customer.deleted", "customer", id, None, cause);
        self.store.remove("customer", id);
        self.store.insert("deleted_customer", now, object(json!({ "id": id, "object": "customer", "deleted": true })));
    }

    pub(super) fn create_tax_id(&mut self, call: &Call, customer: &str) -> Result<Reply> {
        self.stored("customer", customer, "customer")?;
        let part = |name| call.params.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = self.add_tax_id(call.now, customer, part("type"), part("value"));
        self.emit(call.now, "customer.tax_id.created", "tax_id", &id, None, &call.cause());
        Ok(Reply::Object("tax_id", id))
    }

    pub(super) fn delete_tax_id(&mut self, call: &Call, customer: &str, id: &str) -> Result<Reply> {
        self.tax_id_of(customer, id)?;
        self.emit(call.now, "customer.tax_id.deleted", "tax_id", id, None, &call.cause());
        self.store.remove("tax_id", id);
        Ok(super::editing::deleted("tax_id", id))
    }

    /// Adds a tax id; an EU or Norwegian number that has the right form counts as verified.
    pub fn add_tax_id(&mut self, now: i64, customer: &str, kind: &str, value: &str) -> String {
        let country: String = match kind {
            "eu_vat" => value.chars().take(2).collect(),
            kind => kind.chars().take(2).collect::<String>().to_uppercase(),
        };
        let fields = json!({
            "customer": customer, "type": kind, "value": value, "country": country,
            "owner": { "type": "customer", "customer": customer, "customer_account": null },
            "verification": { "status": "verified", "verified_address": null, "verified_name": null },
        });
        self.create(now, "tax_id", fields.as_object().cloned().unwrap_or_default())
    }

    pub(super) fn delete_discount(&mut self, call: &Call, kind: &'static str, id: &str) -> Result<Reply> {
        let before = self.stored(kind, id, kind)?;
        let many = before.get("discounts").and_then(Value::as_array).and_then(|all| all.first()).and_then(Value::as_str);
        let discount = before.get("discount").and_then(|of| of.get("id")?.as_str()).or(many).map(str::to_owned);
        let discount = discount.ok_or_else(|| ApiError::no_such("discount", id, kind))?;
        let stored = self.stored("discount", &discount, "discount")?;
        self.store.update(kind, id, |owner| {
            owner.insert("_coupons".into(), json!([]));
            if owner.contains_key("discounts") {
                owner.insert("discounts".into(), json!([]));
            } else {
                owner.insert("discount".into(), Value::Null);
            }
        });
        self.emit(call.now, "customer.discount.deleted", "discount", &discount, None, &call.cause());
        let mut gone = super::shapes::complete("deleted_discount", &stored);
        gone.insert("object".into(), "discount".into());
        gone.insert("deleted".into(), true.into());
        gone.remove("end");
        Ok(Reply::Plain(Value::Object(gone)))
    }

    /// A number of the account itself, or of a customer that is named as its owner.
    pub(super) fn create_own_tax_id(&mut self, call: &Call) -> Result<Reply> {
        if !call.owner().is_empty() {
            return self.create_tax_id(call, call.owner());
        }
        let part = |name| call.params.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = self.add_tax_id(call.now, "", part("type"), part("value"));
        self.store.update("tax_id", &id, |tax_id| {
            tax_id.insert("customer".into(), Value::Null);
            tax_id.insert("owner".into(), json!({ "type": "self", "customer_account": null }));
        });
        Ok(Reply::Object("tax_id", id))
    }

    pub(super) fn delete_own_tax_id(&mut self, call: &Call, id: &str) -> Result<Reply> {
        self.stored("tax_id", id, "id")?;
        self.emit(call.now, "customer.tax_id.deleted", "tax_id", id, None, &call.cause());
        self.store.remove("tax_id", id);
        Ok(super::editing::deleted("tax_id", id))
    }

    /// A tax id that belongs to this customer, or the 404 that Stripe gives.
    pub(super) fn tax_id_of(&self, customer: &str, id: &str) -> Result<()> {
        let own = self.store.get("tax_id", id).and_then(|tax_id| tax_id.get("customer")).and_then(Value::as_str) == Some(customer);
        if own { Ok(()) } else { Err(ApiError::no_such("tax_id", id, "id")) }
    }
}

/// Takes the named parameters over as they are; null unsets.
pub(super) fn copy(into: &mut Object, call: &Call, names: &[&str]) {
    for name in names {
        if let Some(value) = call.params.get(*name) {
            into.insert((*name).to_owned(), value.clone());
        }
    }
}
