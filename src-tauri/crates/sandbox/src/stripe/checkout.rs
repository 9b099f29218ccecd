//! Checkout sessions and payment links. A session is paid on a small page of the sandbox's own.

use super::Stripe;
use super::customers::copy;
use super::editing::missing;
use super::error::{ApiError, Result};
use super::events::Cause;
use super::execute::{Call, Reply, object};
use super::invoices::{NewInvoice, NewLine, integer, text};
use super::money::{DAY, NewCharge};
use super::shapes;
use super::store::Object;
use super::totals::{rounded, taxed};
use http::{HeaderValue, Response, StatusCode, header};
use rust_decimal::Decimal;
use serde_json::{Value, json};

const MAX_LINES: usize = 100;

/// Who pays at the till, as the page asked.
#[derive(Clone, Debug, Default)]
pub struct Payer {
    pub name: Option<String>,
    pub email: Option<String>,
    /// In Stripe's form.
    pub address: Option<Value>,
}

/// What is sold through a session or a link.
#[derive(Clone, Debug, Default)]
pub struct NewCheckout {
    /// `price` or `price_data`, `quantity`, `tax_rates`, as the parameters name them.
    pub items: Vec<Object>,
    pub customer: Option<String>,
    /// Whether a paid invoice is made afterwards.
    pub invoices: bool,
}

impl Stripe {
    pub(super) fn create_session(&mut self, call: &Call) -> Result<Reply> {
        let mode = call.text("mode").unwrap_or("payment").to_owned();
        if mode == "setup" {
            return Err(ApiError::invalid(None, "The sandbox plays the modes payment and subscription.", Some("mode")));
        }
        if let Some(id) = call.text("customer").filter(|id| self.store.get("customer", id).is_none()) {
            return Err(ApiError::no_such_value("customer", id, "customer"));
        }
        let lines = self.items(call.now, &wanted(call))?;
        let mut fields = session(&mode, lines, call.params.get("invoice_creation").and_then(|of| of.get("enabled")) == Some(&true.into()));
        copy(&mut fields, call, &["customer", "customer_email", "client_reference_id", "success_url", "cancel_url"]);
        fields.insert("metadata".into(), call.metadata()?);
        let id = self.open_session(call.now, fields);
        Ok(Reply::Object("checkout.session", id))
    }

    pub(super) fn expire_session(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.open_session_of(id)?;
        self.store.update("checkout.session", id, |session| {
            session.insert("status".into(), "expired".into());
            session.insert("url".into(), Value::Null);
        });
        self.emit(call.now, "checkout.session.expired", "checkout.session", id, Some(&before), &call.cause());
        Ok(Reply::Object("checkout.session", id.to_owned()))
    }

    pub(super) fn create_payment_link(&mut self, call: &Call) -> Result<Reply> {
        let invoices = call.params.get("invoice_creation").and_then(|of| of.get("enabled")) == Some(&true.into());
        let id = self.payment_link(call.now, NewCheckout { items: wanted(call), invoices, ..NewCheckout::default() })?;
        let metadata = call.metadata()?;
        self.store.update("payment_link", &id, |link| _ = link.insert("metadata".into(), metadata));
        self.emit(call.now, "payment_link.created", "payment_link", &id, None, &call.cause());
        Ok(Reply::Object("payment_link", id))
    }

    /// A link that anybody may pay.
    pub fn payment_link(&mut self, now: i64, new: NewCheckout) -> Result<String> {
        let lines = self.items(now, &new.items)?;
        let id = self.id("plink_");
        let link = json!({
            "id": id, "active": true, "currency": lines.first().map(|line| line["currency"].clone()), "metadata": {}, "url": format!("{}/b/{id}", self.base),
            "after_completion": { "type": "hosted_confirmation", "hosted_confirmation": { "custom_message": null } }, "customer_creation": "if_required",
            "billing_address_collection": "auto", "payment_method_collection": "always", "submit_type": "auto", "shipping_options": [],
            "tax_id_collection": { "enabled": false, "required": "never" }, "invoice_creation": { "enabled": new.invoices, "invoice_data": null }, "_lines": lines,
        });
        Ok(self.create(now, "payment_link", object(link)))
    }

    /// A session of its own.
    pub fn checkout(&mut self, now: i64, new: NewCheckout) -> Result<String> {
        let lines = self.items(now, &new.items)?;
        let mut fields = session("payment", lines, new.invoices);
        fields.insert("customer".into(), new.customer.into());
        Ok(self.open_session(now, fields))
    }

    /// The session that opening a link begins; none when the link takes no payments.
    pub fn session_of_link(&mut self, now: i64, link: &str) -> Option<String> {
        let link = self.store.get("payment_link", link).filter(|link| link.get("active") == Some(&true.into()))?.clone();
        let invoices = link.get("invoice_creation").and_then(|of| of.get("enabled")) == Some(&true.into());
        let lines = link.get("_lines").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut fields = session("payment", lines, invoices);
        fields.insert("payment_link".into(), text(&link, "id").into());
        Some(self.open_session(now, fields))
    }

    pub(super) fn update_payment_link(&mut self, call: &Call, id: &str) -> Result<Reply> {
        let before = self.stored("payment_link", id, "payment_link")?;
        let mut changed = before.clone();
        copy(&mut changed, call, &["active"]);
        call.merge_metadata(&mut changed)?;
        self.replace(call, "payment_link.updated", "payment_link", id, &before, changed);
        Ok(Reply::Object("payment_link", id.to_owned()))
    }

    /// The page of a session (`/c/…`) or of a link (`/b/…`): shown on GET, paid on POST.
    pub(super) fn hosted_page(&mut self, now: i64, path: &str, pays: bool) -> Option<Response<bytes::Bytes>> {
        let session = match (path.strip_prefix("/c/"), path.strip_prefix("/b/")) {
            (Some(session), _) => session.to_owned(),
            (_, Some(link)) => self.session_of_link(now, link)?,
            _ => return None,
        };
        let open = self.open_session_of(&session).ok()?;
        let amount = Decimal::new(integer(&open, "amount_total"), 2);
        let text = if pays {
            self.complete_session(now, &session, Payer::default()).ok()?;
            "<p>Paid. You can close this page.</p>".to_owned()
        } else {
            format!(
                "<p>{amount} {}</p><form method=\"post\" action=\"/c/{session}\"><button>Pay</button></form>",
                text(&open, "currency").to_uppercase()
            )
        };
        let mut page = Response::new(bytes::Bytes::from(format!("<!doctype html><title>Sandbox checkout</title><h1>Sandbox checkout</h1>{text}")));
        page.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        *page.status_mut() = StatusCode::OK;
        Some(page)
    }

    /// The buyer pays: a charge, and an invoice if the session makes one.
    pub fn complete_session(&mut self, now: i64, id: &str, payer: Payer) -> Result<()> {
        let session = self.open_session_of(id)?;
        let cause = Cause::default();
        let (amount, currency) = (integer(&session, "amount_total"), text(&session, "currency"));
        let mut customer = session.get("customer").and_then(Value::as_str).map(str::to_owned);
        let email = payer.email.or_else(|| session.get("customer_email").and_then(Value::as_str).map(str::to_owned));
        let invoices = session.get("invoice_creation").and_then(|of| of.get("enabled")) == Some(&true.into());
        if customer.is_none() && invoices {
            let fields = json!({ "name": payer.name, "email": email, "address": payer.address, "metadata": {} });
            customer = Some(self.add_customer(now, object(fields)));
        }
        let mut done = vec![("status", json!("complete")), ("payment_status", json!("paid")), ("url", Value::Null), ("customer", json!(customer))];
        if let Some(customer) = customer.as_deref().filter(|_| invoices) {
            let lines = session.get("_lines").and_then(Value::as_array).into_iter().flatten().filter_map(new_line).collect();
            let new = NewInvoice { customer: customer.to_owned(), currency, lines, ..NewInvoice::default() };
            let invoice = self.draft_invoice(now, new, &cause);
            self.finalize_invoice(now, &invoice, &cause)?;
            self.pay_by_card_on_file(now, &invoice, amount);
            let payment = self.store.with("invoice_payment", "invoice", &invoice).next();
            let intent = payment.and_then(|payment| payment.get("payment")?.get("payment_intent")).cloned().unwrap_or_default();
            done.extend([("invoice", json!(invoice)), ("payment_intent", intent)]);
        } else {
            let intent = self.payment_intent(now, amount, &currency, customer.as_deref());
            let charge = NewCharge {
                amount,
                currency,
                customer,
                payment_intent: Some(intent.clone()),
                name: payer.name.clone(),
                email: email.clone(),
                ..NewCharge::default()
            };
            self.charge(now, charge, &cause);
            done.push(("payment_intent", json!(intent)));
        }
        let details = json!({ "address": payer.address, "business_name": null, "email": email, "individual_name": payer.name, "name": payer.name, "phone": null, "tax_exempt": "none", "tax_ids": [] });
        done.push(("customer_details", details));
        self.store.update("checkout.session", id, |session| session.extend(done.into_iter().map(|(name, value)| (name.to_owned(), value))));
        self.emit(now, "checkout.session.completed", "checkout.session", id, None, &cause);
        Ok(())
    }

    fn open_session(&mut self, now: i64, mut fields: Object) -> String {
        let id = self.id("cs_test_");
        fields.insert("url".into(), format!("{}/c/{id}", self.base).into());
        fields.insert("id".into(), id.into());
        fields.insert("expires_at".into(), (now + DAY).into());
        self.create(now, "checkout.session", fields)
    }

    fn open_session_of(&self, id: &str) -> Result<Object> {
        let session = self.stored("checkout.session", id, "session")?;
        if text(&session, "status") == "open" {
            Ok(session)
        } else {
            Err(ApiError::state("status_transition_invalid", "This Checkout Session is no longer open."))
        }
    }

    /// The sold items, each with its price in place.
    fn items(&mut self, now: i64, wanted: &[Object]) -> Result<Vec<Value>> {
        if wanted.is_empty() || wanted.len() > MAX_LINES {
            return Err(missing("line_items"));
        }
        wanted.iter().map(|item| self.item(now, item)).collect()
    }

    fn item(&mut self, now: i64, wanted: &Object) -> Result<Value> {
        let price = match wanted.get("price").and_then(Value::as_str) {
            Some(id) => self.store.get("price", id).cloned().ok_or_else(|| ApiError::no_such_value("price", id, "line_items[0][price]"))?,
            None => self.price_in_place(now, wanted.get("price_data").and_then(Value::as_object).ok_or_else(|| missing("line_items[0][price]"))?)?,
        };
        let quantity = wanted.get("quantity").and_then(Value::as_i64).unwrap_or(1).clamp(1, 999_999);
        let unit = text(&price, "unit_amount_decimal").parse::<Decimal>().unwrap_or_default();
        let amount = rounded(unit.checked_mul(Decimal::from(quantity)).unwrap_or_default());
        let rates = self.known_rates(wanted, "tax_rates")?;
        let sold = taxed(&self.store, &rates, amount);
        let name = self.store.get("product", &text(&price, "product")).map(|product| text(product, "name"));
        let item = json!({
            "currency": text(&price, "currency"), "description": name, "quantity": quantity, "amount_subtotal": amount, "amount_tax": sold.tax,
            "amount_total": amount + sold.on_top, "price": shapes::complete("price", &price), "metadata": {}, "_taxes": sold.taxes, "_tax_rates": rates,
        });
        let id = self.create(now, "item", object(item));
        self.stored("item", &id, "item").map(Value::Object)
    }

    /// `price_data` makes a price that is inactive from the start.
    fn price_in_place(&mut self, now: i64, data: &Object) -> Result<Object> {
        let product = match data.get("product_data").and_then(|product| product.get("name")) {
            Some(name) => {
                let product = json!({ "name": name, "active": false, "type": "service", "metadata": {}, "updated": now });
                self.create(now, "product", object(product))
            }
            None => data.get("product").and_then(Value::as_str).ok_or_else(|| missing("line_items[0][price_data][product]"))?.to_owned(),
        };
        let whole = data.get("unit_amount").and_then(Value::as_i64);
        let exact = data.get("unit_amount_decimal").and_then(Value::as_str).and_then(|text| text.parse::<Decimal>().ok());
        let unit = whole.map(Decimal::from).or(exact).ok_or_else(|| missing("line_items[0][price_data][unit_amount]"))?;
        let price = json!({
            "product": product, "currency": text(data, "currency").to_lowercase(), "unit_amount": whole, "unit_amount_decimal": unit.normalize().to_string(),
            "active": false, "billing_scheme": "per_unit", "type": "one_time", "tax_behavior": "unspecified", "metadata": {},
        });
        let id = self.create(now, "price", object(price));
        self.stored("price", &id, "price")
    }
}

fn wanted(call: &Call) -> Vec<Object> {
    call.params.get("line_items").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).cloned().collect()
}

fn session(mode: &str, lines: Vec<Value>, invoices: bool) -> Object {
    let sum = |name: &str| lines.iter().filter_map(|line| line[name].as_i64()).sum::<i64>();
    let (total, subtotal, tax) = (sum("amount_total"), sum("amount_subtotal"), sum("amount_tax"));
    let currency = lines.first().map(|line| line["currency"].clone()).unwrap_or_default();
    let data = json!({ "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null, "issuer": null, "metadata": {}, "rendering_options": null });
    object(json!({
        "mode": mode, "status": "open", "payment_status": "unpaid", "amount_total": total, "amount_subtotal": subtotal, "currency": currency, "_lines": lines,
        "payment_method_types": ["card"], "customer_creation": "if_required", "metadata": {}, "automatic_tax": { "enabled": false },
        "invoice_creation": { "enabled": invoices, "invoice_data": data }, "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": tax },
    }))
}

fn new_line(item: &Value) -> Option<NewLine> {
    let price = item.get("price")?.as_object()?;
    Some(NewLine {
        description: item.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        quantity: item.get("quantity")?.as_i64()?,
        unit_amount: text(price, "unit_amount_decimal").parse().ok()?,
        price: Some((text(price, "id"), text(price, "product"))),
        tax_rates: item.get("_tax_rates").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        ..NewLine::default()
    })
}
