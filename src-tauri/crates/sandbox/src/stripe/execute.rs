//! Which operation does what.

use super::Stripe;
use super::customers::copy;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::facts::Operation;
use super::keys::ApiKey;
use super::lists;
use super::params::{self, Params};
use super::resources::{self, Resource};
use super::store::Object;
use serde_json::{Map, Value, json};

/// One checked request.
pub struct Call {
    pub now: i64,
    pub operation: &'static Operation,
    /// The values in the path.
    pub holes: Vec<String>,
    pub params: Params,
    pub key: ApiKey,
    pub request_id: String,
    pub idempotency: Option<String>,
}

pub enum Reply {
    Object(&'static str, String),
    Page { kind: &'static str, data: Vec<Value>, list: Value },
    Plain(Value),
}

impl Call {
    pub fn cause(&self) -> Cause {
        Cause { request: Some(self.request_id.clone()), idempotency_key: self.idempotency.clone() }
    }

    /// The metadata of a new object.
    pub fn metadata(&self) -> Result<Value> {
        let mut metadata = Map::new();
        if let Some(given) = self.params.get("metadata") {
            params::merge_metadata(&mut metadata, given)?;
        }
        Ok(Value::Object(metadata))
    }

    pub fn merge_metadata(&self, into: &mut Object) -> Result<()> {
        let Some(given) = self.params.get("metadata") else { return Ok(()) };
        let mut metadata = into.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
        params::merge_metadata(&mut metadata, given)?;
        into.insert("metadata".into(), Value::Object(metadata));
        Ok(())
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    /// The customer of an `owner` parameter; empty for the account itself.
    pub(super) fn owner(&self) -> &str {
        self.params.get("owner").and_then(|owner| owner.get("customer")?.as_str()).unwrap_or_default()
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        self.params.get(name).and_then(Value::as_i64)
    }

    fn hole(&self, n: usize) -> &str {
        self.holes.get(n).map_or("", String::as_str)
    }
}

/// The kind an operation answers with, and whether in a list: what `expand` is judged against.
pub fn answers_with(operation: &Operation) -> Option<(&'static str, bool)> {
    let template = operation.template.as_str();
    if template.ends_with("/line_items") {
        return Some(("item", true));
    }
    if let Some(head) = template.strip_suffix("/lines") {
        return Some((if head.contains("credit_notes") { "credit_note_line_item" } else { "line_item" }, true));
    }
    if template.contains("/balance_transactions") && template.contains("/customers") {
        return Some(("customer_balance_transaction", template.ends_with("/balance_transactions") && operation.method == "GET"));
    }
    if template.ends_with("/lines/{line_item}") {
        return Some(("line_item", false));
    }
    if template.contains("/tax_ids") {
        return Some(("tax_id", template.ends_with("/tax_ids") && operation.method == "GET"));
    }
    let resource = resources::listed_at(template.strip_suffix("/search").unwrap_or(template));
    if let Some(resource) = resource {
        return Some((resource.kind, operation.method == "GET"));
    }
    resource_below(template).map(|resource| (resource.kind, false))
}

/// The resource of `/v1/invoices/{invoice}` and of actions below it.
fn resource_below(template: &str) -> Option<&'static Resource> {
    let (list, _) = template.split_once("/{")?;
    resources::listed_at(list)
}

impl Stripe {
    pub(super) fn execute(&mut self, call: &Call) -> Result<Reply> {
        let template = call.operation.template.as_str();
        let id = call.hole(0);
        match (call.operation.method.as_str(), template) {
            ("GET", "/v1/account") => Ok(Reply::Plain(self.show_account())),
            ("GET", "/v1/balance") => Ok(Reply::Plain(self.show_balance(call.now))),
            ("GET", "/v1/invoices/{invoice}/lines") => {
                let invoice = self.stored("invoice", id, "invoice")?;
                lists::lines_page(&invoice, "line_item", format!("/v1/invoices/{id}/lines"), &call.params)
            }
            ("GET", "/v1/credit_notes/{credit_note}/lines") => {
                let note = self.stored("credit_note", id, "credit_note")?;
                lists::lines_page(&note, "credit_note_line_item", format!("/v1/credit_notes/{id}/lines"), &call.params)
            }
            ("GET", "/v1/credit_notes/preview") => {
                let note = self.previewed_credit_note(call)?;
                Ok(Reply::Plain(Value::Object(self.dress(call.now, "credit_note", &note))))
            }
            ("GET", "/v1/credit_notes/preview/lines") => {
                let note = self.previewed_credit_note(call)?;
                lists::lines_page(&note, "credit_note_line_item", "/v1/credit_notes/preview/lines".into(), &call.params)
            }
            ("GET", "/v1/checkout/sessions/{session}/line_items") => {
                let session = self.stored("checkout.session", id, "session")?;
                lists::lines_page(&session, "item", format!("/v1/checkout/sessions/{id}/line_items"), &call.params)
            }
            ("GET", "/v1/payment_links/{payment_link}/line_items") => {
                let link = self.stored("payment_link", id, "payment_link")?;
                lists::lines_page(&link, "item", format!("/v1/payment_links/{id}/line_items"), &call.params)
            }
            ("GET", "/v1/customers/{customer}/tax_ids") => {
                self.stored("customer", id, "customer")?;
                let resource = resources::of("tax_id").ok_or_else(ApiError::internal)?;
                self.list_below(call, resource, "customer", id, &format!("/v1/customers/{id}/tax_ids"))
            }
            ("GET", "/v1/customers/{customer}/tax_ids/{tax_id}") => {
                self.tax_id_of(id, call.hole(1))?;
                Ok(Reply::Object("tax_id", call.hole(1).to_owned()))
            }
            // The account's own numbers, or those of the customer that is named.
            ("GET", "/v1/tax_ids") => {
                let resource = resources::of("tax_id").ok_or_else(ApiError::internal)?;
                match call.owner() {
                    "" => self.list_below(call, resource, "owner", "self", "/v1/tax_ids"),
                    customer => self.list_below(call, resource, "customer", customer, "/v1/tax_ids"),
                }
            }
            ("GET", "/v1/tax_ids/{tax_id}") => {
                self.stored("tax_id", id, "id")?;
                Ok(Reply::Object("tax_id", id.to_owned()))
            }
            ("POST", "/v1/tax_ids") => self.create_own_tax_id(call),
            ("DELETE", "/v1/tax_ids/{tax_id}") => self.delete_own_tax_id(call, id),
            ("DELETE", "/v1/customers/{customer}/discount") => self.delete_discount(call, "customer", id),
            ("DELETE", "/v1/subscriptions/{subscription}/discount") => self.delete_discount(call, "subscription", id),
            ("POST", "/v1/customers/{customer}/balance_transactions/{balance_transaction}") => self.update_balance_row(call, call.hole(1)),
            ("POST", "/v1/customers") => self.create_customer(call),
            ("POST", "/v1/customers/{customer}") => self.update_customer(call, id),
            ("DELETE", "/v1/customers/{customer}") => self.delete_customer(call, id),
            ("POST", "/v1/customers/{customer}/tax_ids") => self.create_tax_id(call, id),
            ("DELETE", "/v1/customers/{customer}/tax_ids/{tax_id}") => self.delete_tax_id(call, id, call.hole(1)),
            ("POST", "/v1/invoices/{invoice}") => self.update_invoice(call, id),
            ("POST", "/v1/invoices") => self.create_invoice(call),
            ("DELETE", "/v1/invoices/{invoice}") => self.delete_invoice(call, id),
            ("POST", "/v1/invoices/{invoice}/add_lines") => self.add_lines(call, id),
            ("POST", "/v1/invoices/create_preview") => self.preview_invoice(call),
            ("POST", "/v1/invoices/{invoice}/update_lines") => self.update_lines(call, id),
            ("POST", "/v1/invoices/{invoice}/lines/{line_item}") => self.update_line(call, id, call.hole(1)),
            ("POST", "/v1/invoices/{invoice}/attach_payment") => self.attach_payment(call, id),
            ("POST", "/v1/customers/{customer}/balance_transactions") => self.adjust_balance(call, id),
            ("GET", "/v1/customers/{customer}/balance_transactions") => {
                self.stored("customer", id, "customer")?;
                let resource = resources::of("customer_balance_transaction").ok_or_else(ApiError::internal)?;
                self.list_below(call, resource, "customer", id, &format!("/v1/customers/{id}/balance_transactions"))
            }
            ("GET", "/v1/customers/{customer}/balance_transactions/{balance_transaction}") => {
                self.stored("customer_balance_transaction", call.hole(1), "transaction")?;
                Ok(Reply::Object("customer_balance_transaction", call.hole(1).to_owned()))
            }
            ("POST", "/v1/invoices/{invoice}/remove_lines") => self.remove_lines(call, id),
            ("POST", "/v1/invoices/{invoice}/finalize") => self.step(call, id, "finalize"),
            ("POST", "/v1/invoices/{invoice}/pay") => self.step(call, id, "pay"),
            ("POST", "/v1/invoices/{invoice}/send") => self.step(call, id, "send"),
            ("POST", "/v1/invoices/{invoice}/void") => self.step(call, id, "void"),
            ("POST", "/v1/invoices/{invoice}/mark_uncollectible") => self.step(call, id, "mark_uncollectible"),
            ("POST", "/v1/invoiceitems/{invoiceitem}") => self.update_item(call, id),
            ("POST", "/v1/invoiceitems") => self.create_item(call),
            ("DELETE", "/v1/invoiceitems/{invoiceitem}") => self.delete_item(call, id),
            ("POST", "/v1/products") => self.create_product(call),
            ("POST", "/v1/prices") => self.create_price(call),
            ("POST", "/v1/tax_rates") => self.create_tax_rate(call),
            ("POST", "/v1/coupons") => self.create_coupon(call),
            ("DELETE", "/v1/products/{product}") => self.delete_from_catalog(call, "product", id),
            ("DELETE", "/v1/coupons/{coupon}") => self.delete_from_catalog(call, "coupon", id),
            ("POST", "/v1/payment_intents") => self.create_payment_intent(call),
            ("POST", "/v1/charges") => self.create_charge(call),
            ("POST", "/v1/charges/{charge}/capture") => self.capture_charge(call, id),
            ("POST", "/v1/payment_intents/{payment_intent}") => self.update_intent(call, id),
            ("POST", "/v1/payment_intents/{payment_intent}/capture") => self.capture_intent(call, id),
            ("POST", "/v1/payment_intents/{payment_intent}/increment_authorization") => self.increment_authorization(call, id),
            ("POST", "/v1/payment_intents/{payment_intent}/apply_customer_balance") => self.apply_customer_balance(id),
            ("POST", "/v1/payment_intents/{payment_intent}/verify_microdeposits") => self.verify_microdeposits(id),
            ("GET", "/v1/payment_intents/{payment_intent}/amount_details_line_items") => {
                let intent = self.stored("payment_intent", id, "intent")?;
                lists::lines_page(
                    &intent,
                    "payment_intent_amount_details_line_item",
                    format!("/v1/payment_intents/{id}/amount_details_line_items"),
                    &call.params,
                )
            }
            ("POST", "/v1/payment_intents/{payment_intent}/confirm") => self.confirm_payment_intent(call, id),
            ("POST", "/v1/payment_intents/{payment_intent}/cancel") => self.cancel_payment_intent(call, id),
            ("POST", "/v1/payouts") => self.create_payout(call),
            ("POST", "/v1/payouts/{payout}/cancel") => self.cancel_payout(call, id),
            ("POST", "/v1/payouts/{payout}/reverse") => self.reverse_payout(call, id),
            ("POST", "/v1/subscription_items") => self.create_subscription_item(call),
            ("POST", "/v1/subscription_items/{subscription_item}") => self.update_subscription_item(call, id),
            ("DELETE", "/v1/subscription_items/{subscription_item}") => self.delete_subscription_item(call, id),
            ("POST", "/v1/subscriptions/{subscription}/pause") => self.pause_subscription(call, id),
            ("POST", "/v1/subscriptions/{subscription}/resume") => self.resume_subscription(call, id),
            ("POST", "/v1/subscriptions/{subscription}/migrate") => self.migrate_subscription(call, id),
            ("POST", "/v1/subscriptions") => self.create_subscription(call),
            ("POST", "/v1/subscriptions/{subscription}") => self.update_subscription(call, id),
            ("DELETE", "/v1/subscriptions/{subscription}") => self.cancel_subscription(call, id),
            ("POST", "/v1/checkout/sessions") => self.create_session(call),
            ("POST", "/v1/checkout/sessions/{session}/expire") => self.expire_session(call, id),
            ("POST", "/v1/payment_links") => self.create_payment_link(call),
            ("POST", "/v1/payment_links/{payment_link}") => self.update_payment_link(call, id),
            ("POST", "/v1/webhook_endpoints") => self.create_endpoint(call),
            ("POST", "/v1/webhook_endpoints/{webhook_endpoint}") => self.update_endpoint(call, id),
            ("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}") => self.delete_endpoint(id),
            ("POST", "/v1/refunds") => self.create_refund(call),
            ("POST", "/v1/refunds/{refund}/cancel") => self.cancel_refund(call, id),
            ("POST", "/v1/disputes/{dispute}") => self.update_dispute(call, id),
            ("POST", "/v1/credit_notes") => self.create_credit_note(call),
            ("POST", "/v1/credit_notes/{credit_note}/void") => self.void_credit_note(call, id),
            ("POST", "/v1/disputes/{dispute}/close") => self.accept_dispute(call, id),
            ("GET", template) if template.ends_with("/search") => {
                let resource = resources::listed_at(template.trim_end_matches("/search")).ok_or_else(|| not_played(call))?;
                self.search(call, resource)
            }
            ("GET", template) => self.read(call, template),
            ("POST", template) if template.ends_with('}') && template.matches('{').count() == 1 => self.update(call, template),
            _ => Err(not_played(call)),
        }
    }

    fn read(&self, call: &Call, template: &str) -> Result<Reply> {
        if let Some(resource) = resources::listed_at(template) {
            return self.list(call, resource);
        }
        let resource = resource_below(template).filter(|_| template.ends_with('}') && template.matches('{').count() == 1);
        let resource = resource.ok_or_else(|| not_played(call))?;
        let id = call.hole(0);
        if resource.kind == "customer"
            && let Some(stub) = self.store.get("deleted_customer", id)
        {
            return Ok(Reply::Plain(Value::Object(stub.clone())));
        }
        self.stored(resource.kind, id, hole_name(template))?;
        Ok(Reply::Object(resource.kind, id.to_owned()))
    }

    /// Updates of objects that only carry texts and metadata.
    fn update(&mut self, call: &Call, template: &str) -> Result<Reply> {
        let resource = resource_below(template).ok_or_else(|| not_played(call))?;
        let before = self.stored(resource.kind, call.hole(0), hole_name(template))?;
        let mut changed = before.clone();
        let said = before.get("tax_behavior").and_then(Value::as_str).unwrap_or("unspecified");
        if resource.kind == "price" && said != "unspecified" && call.text("tax_behavior").is_some_and(|wanted| wanted != said) {
            return Err(ApiError::invalid(None, "tax_behavior cannot be changed once it was set.", Some("tax_behavior")));
        }
        copy(&mut changed, call, changeable(resource.kind));
        call.merge_metadata(&mut changed)?;
        let event = format!("{}.updated", resource.kind);
        self.replace(call, &event, resource.kind, call.hole(0), &before, changed);
        Ok(Reply::Object(resource.kind, call.hole(0).to_owned()))
    }

    /// A copy of a stored object, or 404.
    pub(super) fn stored(&self, kind: &'static str, id: &str, param: &str) -> Result<Object> {
        self.store.get(kind, id).cloned().ok_or_else(|| ApiError::no_such(kind, id, param))
    }

    /// Puts a changed object in the place of the former one, and says so if anything changed.
    pub(super) fn replace(&mut self, call: &Call, event: &str, kind: &'static str, id: &str, before: &Object, changed: Object) {
        if *before == changed {
            return;
        }
        self.store.update(kind, id, |object| *object = changed);
        self.emit(call.now, event, kind, id, Some(before), &call.cause());
    }
}

fn changeable(kind: &str) -> &'static [&'static str] {
    match kind {
        "charge" => &["description", "receipt_email"],
        "product" => &["name", "description", "active", "unit_label", "url", "default_price", "tax_code", "images", "shippable"],
        "price" => &["active", "nickname", "lookup_key", "tax_behavior"],
        "tax_rate" => &["active", "display_name", "description", "jurisdiction", "country", "state", "tax_type"],
        "coupon" => &["name"],
        "credit_note" => &["memo"],
        "payment_link" => &["active"],
        _ => &[],
    }
}

fn hole_name(template: &str) -> &str {
    template.rsplit('{').next().map_or("id", |name| name.trim_end_matches('}'))
}

fn not_played(call: &Call) -> ApiError {
    let message = format!("The sandbox does not play {} {} yet.", call.operation.method, call.operation.template);
    ApiError::invalid(None, message, None)
}

/// A JSON object from a literal.
pub(super) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => json!({}).as_object().cloned().unwrap_or_default(),
    }
}
