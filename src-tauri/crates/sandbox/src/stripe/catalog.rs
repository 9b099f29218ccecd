//! Products, prices, tax rates, coupons: made over the API.

use super::Stripe;
use super::customers::copy;
use super::editing::missing;
use super::error::{ApiError, Result};
use super::execute::{Call, Reply};
use super::params::number_value;
use super::store::Object;
use rust_decimal::Decimal;
use serde_json::{Value, json};

impl Stripe {
    pub(super) fn create_product(&mut self, call: &Call) -> Result<Reply> {
        let mut fields = made(call, &["name", "description", "url", "unit_label", "images", "shippable", "tax_code", "id"])?;
        default(&mut fields, call, &[("active", true.into()), ("type", "service".into()), ("updated", call.now.into())]);
        self.announce(call, "product", fields)
    }

    pub(super) fn create_price(&mut self, call: &Call) -> Result<Reply> {
        let mut fields = made(call, &["currency", "nickname", "lookup_key", "unit_amount", "unit_amount_decimal", "product"])?;
        if let Some(name) = call.params.get("product_data").and_then(|data| data.get("name")) {
            let product = json!({ "name": name, "active": true, "type": "service", "metadata": {}, "updated": call.now });
            let product = self.create(call.now, "product", super::execute::object(product));
            fields.insert("product".into(), product.into());
        }
        let product = fields.get("product").and_then(Value::as_str).ok_or_else(|| missing("product"))?;
        if self.store.get("product", product).is_none() {
            return Err(ApiError::no_such_value("product", product, "product"));
        }
        let whole = call.integer("unit_amount").map(Decimal::from);
        let exact = call.text("unit_amount_decimal").and_then(|text| text.parse::<Decimal>().ok());
        let amount = whole.or(exact).ok_or_else(|| missing("unit_amount"))?;
        fields.insert("unit_amount_decimal".into(), amount.normalize().to_string().into());
        fields.insert("unit_amount".into(), if amount.fract().is_zero() { number_value(amount) } else { Value::Null });
        if let Some(recurring) = call.params.get("recurring").and_then(Value::as_object) {
            let mut recurring = recurring.clone();
            for (name, value) in
                [("interval_count", 1.into()), ("usage_type", "licensed".into()), ("meter", Value::Null), ("trial_period_days", Value::Null)]
            {
                recurring.entry(name).or_insert(value);
            }
            fields.insert("recurring".into(), Value::Object(recurring));
        }
        let kind = if fields.contains_key("recurring") { "recurring" } else { "one_time" };
        default(
            &mut fields,
            call,
            &[("active", true.into()), ("billing_scheme", "per_unit".into()), ("tax_behavior", "unspecified".into()), ("type", kind.into())],
        );
        self.announce(call, "price", fields)
    }

    pub(super) fn create_tax_rate(&mut self, call: &Call) -> Result<Reply> {
        let mut fields = made(call, &["display_name", "percentage", "inclusive", "country", "state", "jurisdiction", "description", "tax_type"])?;
        let percentage = fields.get("percentage").cloned().unwrap_or_default();
        default(&mut fields, call, &[("active", true.into()), ("rate_type", "percentage".into()), ("effective_percentage", percentage)]);
        self.announce(call, "tax_rate", fields)
    }

    pub(super) fn create_coupon(&mut self, call: &Call) -> Result<Reply> {
        let mut fields = made(call, &["id", "name", "percent_off", "amount_off", "currency", "duration_in_months", "max_redemptions", "redeem_by"])?;
        match (call.params.get("percent_off"), call.params.get("amount_off"), call.params.get("currency")) {
            (Some(_), Some(_), _) => {
                let message = "You may only specify one of these parameters: percent_off, amount_off.";
                return Err(ApiError::invalid(Some("parameters_exclusive"), message, Some("amount_off")));
            }
            (None, None, _) => return Err(missing("percent_off")),
            (None, Some(_), None) => return Err(missing("currency")),
            _ => {}
        }
        default(&mut fields, call, &[("duration", "once".into()), ("valid", true.into()), ("times_redeemed", 0.into())]);
        if !fields.contains_key("id") {
            let id = self.ids.token(8);
            fields.insert("id".into(), id.into());
        }
        self.announce(call, "coupon", fields)
    }

    /// A product goes only while it has no price; a coupon always.
    pub(super) fn delete_from_catalog(&mut self, call: &Call, kind: &'static str, id: &str) -> Result<Reply> {
        self.stored(kind, id, kind)?;
        if kind == "product" && self.store.with("price", "product", id).next().is_some() {
            let message = "This product cannot be deleted because it has one or more user-created prices.";
            return Err(ApiError { executed: true, ..ApiError::invalid(None, message, None) });
        }
        self.emit(call.now, &format!("{kind}.deleted"), kind, id, None, &call.cause());
        self.store.remove(kind, id);
        Ok(super::editing::deleted(kind, id))
    }

    fn announce(&mut self, call: &Call, kind: &'static str, fields: Object) -> Result<Reply> {
        if let Some(id) = fields.get("id").and_then(Value::as_str).filter(|id| self.store.get(kind, id).is_some()) {
            let message = format!("{kind} already exists: {id}");
            return Err(ApiError { executed: true, ..ApiError::invalid(Some("resource_already_exists"), message, Some("id")) });
        }
        let id = self.create(call.now, kind, fields);
        self.emit(call.now, &format!("{kind}.created"), kind, &id, None, &call.cause());
        Ok(Reply::Object(kind, id))
    }
}

fn made(call: &Call, names: &[&str]) -> Result<Object> {
    let mut fields = Object::new();
    copy(&mut fields, call, names);
    fields.insert("metadata".into(), call.metadata()?);
    Ok(fields)
}

fn default(fields: &mut Object, call: &Call, values: &[(&str, Value)]) {
    for (name, value) in values {
        let value = call.params.get(*name).filter(|value| !value.is_null()).unwrap_or(value);
        fields.entry(*name).or_insert_with(|| value.clone());
    }
}
