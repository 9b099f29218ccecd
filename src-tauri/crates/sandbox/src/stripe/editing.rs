//! Operations that make and change invoices over the API: drafts, items, lines, and each step of their life.

use super::Stripe;
use super::customers::copy;
use super::error::{ApiError, Result};
use super::execute::{Call, Reply, object};
use super::invoices::{MAX_LINES, NewInvoice, NewLine, integer, text};
use super::params::Params;
use super::store::Object;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// What may change on a finalized invoice too.
const LASTING: [&str; 6] = ["metadata", "expand", "auto_advance", "default_payment_method", "payment_settings", "default_source"];
const CHANGEABLE: [&str; 11] = [
    "description",
    "footer",
    "custom_fields",
    "due_date",
    "effective_at",
    "number",
    "auto_advance",
    "collection_method",
    "statement_descriptor",
    "default_payment_method",
    "account_tax_ids",
];

impl Stripe {
    pub(super) fn create_invoice(&mut self, call: &Call) -> Result<Reply> {
        let revised = match call.params.get("from_invoice").and_then(|from| from.get("invoice")?.as_str()) {
            Some(from) => {
                self.stored("invoice", from, "from_invoice[invoice]")?;
                Some(self.in_status(from, &["open", "uncollectible"], "revised")?)
            }
            None => None,
        };
        let of = revised.as_ref().map(|revised| text(revised, "customer"));
        let customer = call.text("customer").map(str::to_owned).or(of).ok_or_else(|| missing("customer"))?;
        let stored = self.store.get("customer", &customer).ok_or_else(|| ApiError::no_such_value("customer", &customer, "customer"))?;
        let own = stored.get("currency").and_then(Value::as_str).map(str::to_owned);
        let of = revised.as_ref().map(|revised| text(revised, "currency"));
        let currency = call.text("currency").map(str::to_lowercase).or(of).or(own).unwrap_or_else(|| self.account.currency.clone());
        let days = due_days(call)?;
        let coupons = self.coupons(&call.params)?;
        let rates = self.known_rates(&call.params, "default_tax_rates")?;
        let shown_rates = self.rates(&rates);
        let new = NewInvoice {
            customer: customer.clone(),
            currency: currency.clone(),
            days_until_due: days,
            coupons,
            lines: Vec::new(),
            description: call.text("description").map(str::to_owned),
            metadata: object(call.metadata()?),
            auto_advance: call.params.get("auto_advance") == Some(&true.into()),
            ..NewInvoice::default()
        };
        let id = self.draft_invoice(call.now, new, &call.cause());
        self.store.update("invoice", &id, |invoice| {
            for name in ["footer", "custom_fields", "number", "effective_at"] {
                if let Some(value) = call.params.get(name) {
                    invoice.insert(name.into(), value.clone());
                }
            }
            invoice.insert("_default_tax_rates".into(), rates.into());
            invoice.insert("default_tax_rates".into(), shown_rates.into());
            if let Some(revised) = &revised {
                invoice.insert("from_invoice".into(), json!({ "action": "revision", "invoice": revised.get("id") }));
                invoice.insert("_lines".into(), revised.get("_lines").cloned().unwrap_or_default());
            }
            if let Some(due) = call.integer("due_date") {
                invoice.insert("due_date".into(), due.into());
            }
        });
        if call.text("pending_invoice_items_behavior") == Some("include") {
            let pending = self.store.with("invoiceitem", "customer", &customer).filter(|item| item.get("invoice").is_none_or(Value::is_null));
            let pending: Vec<String> = pending.filter(|item| text(item, "currency") == currency).map(|item| text(item, "id")).collect();
            for item in pending {
                self.attach(&id, &item);
            }
        }
        self.recompute(&id);
        Ok(Reply::Object("invoice", id))
    }

    /// A draft takes everything, a finalized invoice only what lasts.
    pub(super) fn update_invoice(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("invoice", id, "invoice")?;
        let draft = text(&before, "status") == "draft";
        if let Some(name) = call.params.keys().find(|name| !draft && !LASTING.contains(&name.as_str())) {
            let message = format!("Finalized invoices can't be updated in this way: {name}.");
            return Err(ApiError::state("invoice_not_editable", message));
        }
        let coupons = self.coupons(&call.params)?;
        let rates = self.known_rates(&call.params, "default_tax_rates")?;
        let mut changed = before.clone();
        copy(&mut changed, call, &CHANGEABLE);
        call.merge_metadata(&mut changed)?;
        if let Some(days) = call.integer("days_until_due") {
            changed.insert("due_date".into(), (integer(&before, "created") + days.clamp(0, 3_650) * 86_400).into());
        }
        if call.params.contains_key("default_tax_rates") {
            changed.insert("default_tax_rates".into(), self.rates(&rates).into());
            changed.insert("_default_tax_rates".into(), rates.into());
        }
        if call.params.contains_key("discounts") {
            let customer = text(&before, "customer");
            let discounts: Vec<String> = coupons.iter().map(|coupon| self.discount(call.now, coupon, &customer, Some(id))).collect();
            changed.insert("discounts".into(), discounts.into());
        }
        if draft {
            super::totals::compute(&self.store, &mut changed);
        }
        self.replace(call, "invoice.updated", "invoice", id, &before, changed);
        Ok(Reply::Object("invoice", id.to_owned()))
    }

    pub(super) fn create_item(&mut self, call: &Call) -> Result<Reply> {
        let invoice = call.text("invoice").map(str::to_owned);
        let draft = match &invoice {
            Some(id) if self.store.get("invoice", id).is_none() => return Err(ApiError::no_such_value("invoice", id, "invoice")),
            Some(id) => Some(self.in_status(id, &["draft"], "edited")?),
            None => None,
        };
        let customer = call.text("customer").map(str::to_owned).or_else(|| draft.as_ref().map(|draft| text(draft, "customer")));
        let customer = customer.ok_or_else(|| missing("customer"))?;
        if self.store.get("customer", &customer).is_none() {
            return Err(ApiError::no_such_value("customer", &customer, "customer"));
        }
        let currency = draft.as_ref().map(|draft| text(draft, "currency"));
        let (line, currency) = self.new_line(&call.params, currency.as_deref())?;
        if draft.as_ref().is_some_and(|draft| draft.get("_lines").and_then(Value::as_array).is_some_and(|lines| lines.len() >= MAX_LINES)) {
            return Err(ApiError::invalid(None, format!("Invoices may have up to {MAX_LINES} items."), Some("invoice")));
        }
        let line = NewLine { period: line.period.or(Some((call.now, call.now))), ..line };
        let mut item = self.item_fields(&line, &currency);
        for (name, value) in [("customer", customer.into()), ("date", call.now.into()), ("metadata", call.metadata()?), ("invoice", Value::Null)] {
            item.insert(name.into(), value);
        }
        let id = self.create(call.now, "invoiceitem", item);
        self.emit(call.now, "invoiceitem.created", "invoiceitem", &id, None, &call.cause());
        if let Some(invoice) = invoice {
            self.attach(&invoice, &id);
            self.recompute(&invoice);
        }
        Ok(Reply::Object("invoiceitem", id))
    }

    /// An item that is pending or on a draft; on a draft its line changes with it.
    pub(super) fn update_item(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("invoiceitem", id, "invoiceitem")?;
        let invoice = before.get("invoice").and_then(Value::as_str).map(str::to_owned);
        if let Some(invoice) = &invoice {
            self.in_status(invoice, &["draft"], "edited")?;
        }
        let mut wanted = before.clone();
        wanted.retain(|name, _| matches!(name.as_str(), "description" | "quantity" | "period" | "currency"));
        for (name, stored) in [("tax_rates", "_tax_rates"), ("unit_amount_decimal", "pricing.unit_amount_decimal")] {
            wanted.insert(name.into(), super::store::at(&before, stored).cloned().unwrap_or_default());
        }
        if let Some(price) = super::store::at(&before, "pricing.price_details.price").filter(|_| !call.params.contains_key("price_data")) {
            wanted.insert("pricing".into(), json!({ "price": price }));
        }
        for name in ["amount", "pricing", "price_data"] {
            if call.params.contains_key(name) {
                wanted.remove("unit_amount_decimal");
            }
        }
        for name in ["amount", "description", "period", "price_data", "pricing", "quantity", "tax_rates", "unit_amount_decimal", "discounts"] {
            if let Some(value) = call.params.get(name) {
                wanted.insert(name.into(), value.clone());
            }
        }
        let (line, currency) = self.new_line(&wanted, before.get("currency").and_then(Value::as_str))?;
        let mut changed = self.item_fields(&line, &currency);
        for name in ["id", "object", "customer", "date", "invoice", "proration", "metadata"] {
            changed.insert(name.into(), before.get(name).cloned().unwrap_or_default());
        }
        call.merge_metadata(&mut changed)?;
        self.replace(call, "invoiceitem.updated", "invoiceitem", id, &before, changed);
        if let Some(invoice) = invoice {
            self.remove_lines_where(&invoice, |line| line.pointer("/parent/invoice_item_details/invoice_item").and_then(Value::as_str) == Some(id));
            self.attach(&invoice, id);
            self.recompute(&invoice);
        }
        Ok(Reply::Object("invoiceitem", id.to_owned()))
    }

    /// What an item says of its line.
    pub(super) fn item_fields(&self, line: &NewLine, currency: &str) -> Object {
        let amount = line.amount.unwrap_or_else(|| super::totals::rounded(line.unit_amount * Decimal::from(line.quantity)));
        let (start, end) = line.period.unwrap_or_default();
        let mut pricing = object(json!({ "type": "price_details", "unit_amount_decimal": line.unit_amount.normalize().to_string() }));
        if let Some((price, product)) = &line.price {
            pricing.insert("price_details".into(), json!({ "price": price, "product": product }));
        }
        let parent = line.subscription.as_ref().map(|(subscription, item)| {
            json!({ "type": "subscription_details", "subscription_details": { "subscription": subscription, "subscription_item": item } })
        });
        object(json!({
            "currency": currency, "amount": amount, "net_amount": amount, "description": line.description, "quantity": line.quantity,
            "quantity_decimal": line.quantity.to_string(), "period": { "start": start, "end": end }, "discountable": true, "discounts": [],
            "proration": line.proration, "pricing": pricing, "parent": parent, "tax_rates": self.rates(&line.tax_rates),
            "_tax_rates": line.tax_rates, "_coupons": line.coupons,
        }))
    }

    pub(super) fn delete_item(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let item = self.stored("invoiceitem", id, "invoiceitem")?;
        if let Some(invoice) = item.get("invoice").and_then(Value::as_str) {
            self.in_status(invoice, &["draft"], "edited")?;
            self.remove_lines_where(invoice, |line| line.pointer("/parent/invoice_item_details/invoice_item").and_then(Value::as_str) == Some(id));
        }
        self.emit(call.now, "invoiceitem.deleted", "invoiceitem", id, None, &call.cause());
        self.store.remove("invoiceitem", id);
        Ok(deleted("invoiceitem", id))
    }

    pub(super) fn add_lines(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let draft = self.in_status(id, &["draft"], "edited")?;
        let wanted: Vec<Params> = objects(&call.params, "lines");
        let present = draft.get("_lines").and_then(Value::as_array).map_or(0, Vec::len);
        if present + wanted.len() > MAX_LINES {
            return Err(ApiError::invalid(None, format!("Invoices may have up to {MAX_LINES} items."), Some("lines")));
        }
        let (currency, customer) = (text(&draft, "currency"), text(&draft, "customer"));
        let lines: Vec<NewLine> = wanted.iter().map(|line| self.new_line(line, Some(&currency)).map(|(line, _)| line)).collect::<Result<_>>()?;
        for line in lines {
            let line = self.line(call.now, id, &currency, &customer, line);
            self.push_line(id, line);
        }
        self.edited(call, id, &draft)
    }

    pub(super) fn remove_lines(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let draft = self.in_status(id, &["draft"], "edited")?;
        let gone: Vec<String> = objects(&call.params, "lines").iter().map(|line| text(line, "id")).collect();
        self.remove_lines_where(id, |line| line.get("id").and_then(Value::as_str).is_some_and(|id| gone.iter().any(|gone| gone == id)));
        self.edited(call, id, &draft)
    }

    pub(super) fn delete_invoice(&mut self, call: &Call, id: &str) -> Result<Reply> {
        self.in_status(id, &["draft"], "edited")?;
        self.emit(call.now, "invoice.deleted", "invoice", id, None, &call.cause());
        self.store.remove("invoice", id);
        Ok(deleted("invoice", id))
    }

    /// `finalize`, `pay`, `send`, `void`, `mark_uncollectible`.
    pub(super) fn step(&mut self, call: &Call, id: &str, step: &str) -> Result<Reply> {
        let cause = call.cause();
        let stored = self.stored("invoice", id, "invoice")?;
        let draft = text(&stored, "status") == "draft";
        match step {
            "finalize" => self.finalize_invoice(call.now, id, &cause)?,
            "void" => self.void_invoice(call.now, id, &cause)?,
            "mark_uncollectible" => self.mark_uncollectible(call.now, id, &cause)?,
            "send" => {
                if text(&stored, "collection_method") != "send_invoice" {
                    return Err(ApiError::state(
                        "invoice_not_editable",
                        "You can only manually send an invoice if its collection method is 'send_invoice'.",
                    ));
                }
                if draft {
                    self.finalize_invoice(call.now, id, &cause)?;
                }
                self.emit(call.now, "invoice.sent", "invoice", id, None, &cause);
            }
            _ => {
                if draft {
                    self.finalize_invoice(call.now, id, &cause)?;
                }
                if call.params.get("paid_out_of_band") == Some(&true.into()) {
                    self.pay_out_of_band(call.now, id, None, &cause)?;
                } else {
                    let amount = self.invoice_amount(id, "amount_remaining");
                    if let Some(reason) = call.text("payment_method").and_then(super::payments::declines) {
                        return Err(self.refuse_payment(call, id, amount, reason));
                    }
                    self.pay_invoice(call.now, id, amount, Default::default(), &cause)?;
                }
            }
        }
        Ok(Reply::Object("invoice", id.to_owned()))
    }

    /// The invoice stays open; the bank's refusal is a failed charge.
    fn refuse_payment(&mut self, call: &Call, id: &str, amount: i64, reason: &str) -> ApiError {
        let currency = self.store.get("invoice", id).map(|invoice| text(invoice, "currency")).unwrap_or_default();
        let charge = self.failed_charge(call, amount, &currency, None, reason);
        self.store.update("invoice", id, |invoice| {
            invoice.insert("attempted".into(), true.into());
            invoice.insert("attempt_count".into(), (integer(invoice, "attempt_count") + 1).into());
        });
        self.emit(call.now, "invoice.payment_failed", "invoice", id, None, &call.cause());
        ApiError::declined(reason, &charge, None)
    }

    pub(super) fn edited(&mut self, call: &Call, id: &str, before: &Object) -> Result<Reply> {
        self.recompute(id);
        self.emit(call.now, "invoice.updated", "invoice", id, Some(before), &call.cause());
        Ok(Reply::Object("invoice", id.to_owned()))
    }

    /// Puts a pending item on a draft.
    pub(super) fn attach(&mut self, invoice: &str, item: &str) {
        let Some(stored) = self.store.get("invoiceitem", item).cloned() else { return };
        self.store.update("invoiceitem", item, |item| _ = item.insert("invoice".into(), invoice.into()));
        let list =
            |name: &str| stored.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let price = stored.get("pricing").and_then(|pricing| pricing.get("price_details")).filter(|price| price.is_object());
        let part = |price: &Value, name: &str| price.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let unit = stored.get("pricing").and_then(|pricing| pricing.get("unit_amount_decimal")?.as_str()?.parse().ok());
        let period = stored.get("period").and_then(|period| Some((period.get("start")?.as_i64()?, period.get("end")?.as_i64()?)));
        let new = NewLine {
            description: text(&stored, "description"),
            quantity: integer(&stored, "quantity"),
            unit_amount: unit.unwrap_or_default(),
            price: price.map(|price| (part(price, "price"), part(price, "product"))),
            tax_rates: list("_tax_rates"),
            coupons: list("_coupons"),
            period,
            amount: Some(integer(&stored, "amount")),
            subscription: stored
                .get("parent")
                .and_then(|parent| parent.get("subscription_details"))
                .map(|of| (part(of, "subscription"), part(of, "subscription_item"))),
            proration: stored.get("proration") == Some(&true.into()),
        };
        let mut line = self.line(integer(&stored, "date"), invoice, &text(&stored, "currency"), &text(&stored, "customer"), new);
        let details = if line["parent"]["invoice_item_details"].is_null() { "subscription_item_details" } else { "invoice_item_details" };
        line["parent"][details]["invoice_item"] = item.into();
        line["metadata"] = stored.get("metadata").cloned().unwrap_or_else(|| json!({}));
        self.push_line(invoice, line);
    }

    fn push_line(&mut self, invoice: &str, mut line: Value) {
        self.store.update("invoice", invoice, |invoice| {
            let none = line.get("_tax_rates").and_then(Value::as_array).is_none_or(Vec::is_empty);
            if none && let Some(rates) = invoice.get("_default_tax_rates") {
                line["_tax_rates"] = rates.clone();
            }
            if let Some(lines) = invoice.entry("_lines").or_insert_with(|| json!([])).as_array_mut() {
                lines.push(line);
            }
        });
    }

    fn remove_lines_where(&mut self, invoice: &str, gone: impl Fn(&Value) -> bool) {
        self.store.update("invoice", invoice, |invoice| {
            if let Some(lines) = invoice.get_mut("_lines").and_then(Value::as_array_mut) {
                lines.retain(|line| !gone(line));
            }
        });
        self.recompute(invoice);
    }

    /// A line as parameters of items and lines give it, and its currency.
    pub(super) fn new_line(&self, given: &Params, currency: Option<&str>) -> Result<(NewLine, String)> {
        let word = |name: &str| given.get(name).and_then(Value::as_str);
        let decimal = |value: Option<&Value>| {
            value
                .and_then(|value| value.as_str().map(str::to_owned).or_else(|| value.is_number().then(|| value.to_string()))?.parse::<Decimal>().ok())
        };
        let quantity = given.get("quantity").and_then(Value::as_i64).unwrap_or(1);
        let price_id = given.get("pricing").and_then(|pricing| pricing.get("price")?.as_str());
        let price = match price_id {
            Some(id) => Some(self.store.get("price", id).ok_or_else(|| ApiError::no_such_value("price", id, "pricing[price]"))?),
            None => None,
        };
        let data = given.get("price_data");
        let unit = decimal(given.get("unit_amount_decimal"))
            .or_else(|| price.and_then(|price| decimal(price.get("unit_amount_decimal"))))
            .or_else(|| data.and_then(|data| decimal(data.get("unit_amount_decimal")).or_else(|| decimal(data.get("unit_amount")))))
            .or_else(|| decimal(given.get("amount")))
            .ok_or_else(|| missing("amount"))?;
        let named = word("currency").or_else(|| data.and_then(|data| data.get("currency")?.as_str())).map(str::to_lowercase);
        let of_price = price.map(|price| text(price, "currency"));
        let found = named.or(of_price).or_else(|| currency.map(str::to_owned)).unwrap_or_else(|| self.account.currency.clone());
        if currency.is_some_and(|currency| currency != found) {
            let message = format!("The currency of the invoice item ({found}) must match the currency of the invoice.");
            return Err(ApiError::invalid(None, message, Some("currency")));
        }
        if !(-1_000_000_000..=1_000_000_000).contains(&quantity) || unit.abs() > Decimal::from(99_999_999_999i64) {
            return Err(ApiError::invalid(None, "The amount is too large.", Some("amount")));
        }
        let period = given.get("period").and_then(|period| Some((period.get("start")?.as_i64()?, period.get("end")?.as_i64()?)));
        let product = price.map(|price| text(price, "product"));
        let name = product.as_deref().and_then(|id| self.store.get("product", id)).map(|product| text(product, "name"));
        let line = NewLine {
            description: word("description").map(str::to_owned).or(name).unwrap_or_default(),
            quantity,
            unit_amount: unit,
            price: price_id.map(str::to_owned).zip(product),
            tax_rates: self.known_rates(given, "tax_rates")?,
            coupons: self.coupons(given)?,
            period,
            ..NewLine::default()
        };
        Ok((line, found))
    }

    pub(super) fn coupons(&self, given: &Params) -> Result<Vec<String>> {
        let named = objects(given, "discounts").into_iter().filter_map(|discount| discount.get("coupon")?.as_str().map(str::to_owned));
        named
            .map(|id| match self.store.get("coupon", &id) {
                Some(_) => Ok(id),
                None => Err(ApiError::no_such_value("coupon", &id, "discounts[0][coupon]")),
            })
            .collect()
    }

    pub(super) fn known_rates(&self, given: &Params, name: &str) -> Result<Vec<String>> {
        let ids = given.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        ids.map(|id| match self.store.get("tax_rate", id) {
            Some(_) => Ok(id.to_owned()),
            None => Err(ApiError::no_such_value("tax_rate", id, name)),
        })
        .collect()
    }

    fn rates(&self, ids: &[String]) -> Vec<Value> {
        ids.iter().filter_map(|id| self.store.get("tax_rate", id)).map(|rate| Value::Object(super::shapes::complete("tax_rate", rate))).collect()
    }
}

fn due_days(call: &Call) -> Result<Option<i64>> {
    let days = call.integer("days_until_due");
    if call.text("collection_method") != Some("send_invoice") {
        return match days {
            Some(_) => Err(ApiError::invalid(None, "days_until_due can only be set when collection_method is send_invoice.", Some("days_until_due"))),
            None => Ok(None),
        };
    }
    match (days, call.integer("due_date")) {
        (Some(_), Some(_)) => Err(ApiError::invalid(
            Some("parameters_exclusive"),
            "You may only specify one of these parameters: days_until_due, due_date.",
            Some("due_date"),
        )),
        (Some(days), None) if (0..=3_650).contains(&days) => Ok(Some(days)),
        (Some(_), None) => Err(ApiError::invalid(None, "days_until_due is out of range.", Some("days_until_due"))),
        (None, Some(due)) if due < call.now => Err(ApiError::invalid(None, "due_date must be in the future.", Some("due_date"))),
        (None, Some(_)) => Ok(Some(0)),
        (None, None) => Err(missing("days_until_due")),
    }
}

pub(super) fn deleted(kind: &str, id: &str) -> Reply {
    Reply::Plain(json!({ "id": id, "object": kind, "deleted": true }))
}

pub(super) fn missing(name: &str) -> ApiError {
    ApiError::invalid(Some("parameter_missing"), format!("Missing required param: {name}."), Some(name))
}

fn objects(given: &Params, name: &str) -> Vec<Params> {
    let entries = given.get(name).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(Value::as_object).cloned().collect()
}
