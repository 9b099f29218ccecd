//! The version of a source: a hash of what accounting depends on, and of nothing else.
//!
//! Left out on purpose: our own metadata keys (each of our writes would kill the approvals
//! beside it), links, and how far an issued invoice is paid, which changes no document.

use chrono::{DateTime, Utc};
use drafts::content_version;
use money::Money;

use crate::{
    Charge, CheckoutSession, CreditNote, Customer, Invoice, InvoiceLine, InvoiceStatus, Kind, Metadata, Object, Ref, Refund, TaxAmount, TaxId,
    objects::Address, write_back::is_ours,
};

/// `stripe:invoice:in_…`
pub fn source_key(kind: Kind, id: &str) -> String {
    format!("stripe:{}:{id}", kind.name())
}

/// The kind and id of a key made by [`source_key`]; `None` for a source of somebody else.
pub(crate) fn source_of(key: &str) -> Option<(Kind, &str)> {
    let (kind, id) = key.strip_prefix("stripe:")?.split_once(':')?;
    Some((Kind::named(kind)?, id))
}

/// `None` for a kind that no draft is based on yet, and for a customer that was deleted.
pub fn source_version(object: &Object) -> Option<String> {
    match object {
        Object::Invoice(invoice) => Some(invoice_version(invoice)),
        Object::Customer(customer) => (!customer.deleted).then(|| customer_version(customer)),
        Object::CreditNote(note) => Some(credit_note_version(note)),
        Object::Refund(refund) => Some(refund_version(refund)),
        Object::Charge(charge) => Some(charge_version(charge)),
        Object::CheckoutSession(session) => Some(session_version(session)),
        Object::Product(product) => {
            let mut fields = Fields::default();
            fields.add("name", &product.name);
            fields.metadata(&product.metadata);
            Some(content_version("stripe-product/1", fields.0))
        }
        Object::TaxRate(rate) => {
            let mut fields = Fields::default();
            fields.add("percentage", rate.percentage.normalize().to_string());
            fields.add("inclusive", rate.inclusive.to_string());
            fields.optional("country", rate.country.as_deref());
            fields.optional("tax_type", rate.tax_type.as_deref());
            Some(content_version("stripe-tax-rate/1", fields.0))
        }
        _ => None,
    }
}

fn invoice_version(invoice: &Invoice) -> String {
    let mut fields = Fields::default();
    fields.add("id", &invoice.id);
    fields.optional("number", invoice.number.as_deref());
    fields.add("status", standing(invoice.status.as_ref()));
    fields.add("currency", invoice.currency.code());
    fields.time("dated", invoice.dated());
    fields.time("due", invoice.due_date);
    fields.time("voided", invoice.status_transitions.voided_at);
    fields.optional("customer", invoice.customer.as_ref().map(Ref::id));
    fields.optional("customer_name", invoice.customer_name.as_deref());
    fields.optional("customer_email", invoice.customer_email.as_deref());
    fields.address(invoice.customer_address.as_ref());
    fields.optional("tax_exempt", invoice.customer_tax_exempt.as_ref().map(|exempt| exempt.word()));
    fields.tax_ids(invoice.customer_tax_ids.iter());
    fields.money("subtotal", Some(invoice.subtotal));
    fields.money("total", Some(invoice.total));
    fields.money("total_excluding_tax", invoice.total_excluding_tax);
    fields.taxes(invoice.total_taxes.iter());
    fields.money("shipping", invoice.shipping_cost.as_ref().map(|shipping| shipping.amount_total));
    fields.add("lines", invoice.lines.data.len().to_string());
    invoice.lines.data.iter().for_each(|line| fields.line(line));
    fields.optional("description", invoice.description.as_deref());
    fields.metadata(&invoice.metadata);
    content_version("stripe-invoice/1", fields.0)
}

/// Open and paid are the same document.
fn standing(status: Option<&InvoiceStatus>) -> &str {
    match status {
        Some(InvoiceStatus::Open | InvoiceStatus::Paid) => "issued",
        Some(other) => other.word(),
        None => "",
    }
}

fn customer_version(customer: &Customer) -> String {
    let mut fields = Fields::default();
    fields.add("id", &customer.id);
    fields.optional("name", customer.name.as_deref());
    fields.optional("email", customer.email.as_deref());
    fields.optional("phone", customer.phone.as_deref());
    fields.address(customer.address.as_ref());
    fields.optional("tax_exempt", customer.tax_exempt.as_ref().map(|exempt| exempt.word()));
    fields.tax_ids(customer.tax_ids.iter().flat_map(|list| &list.data));
    fields.metadata(&customer.metadata);
    content_version("stripe-customer/1", fields.0)
}

fn credit_note_version(note: &CreditNote) -> String {
    let mut fields = Fields::default();
    fields.add("id", &note.id);
    fields.optional("number", note.number.as_deref());
    fields.add("status", note.status.word());
    fields.add("invoice", note.invoice.id());
    fields.time("dated", Some(note.dated()));
    fields.money("total", Some(note.total));
    fields.money("pre_payment", note.pre_payment_amount);
    fields.money("post_payment", note.post_payment_amount);
    fields.taxes(note.total_taxes.iter());
    fields.add("lines", note.lines.data.len().to_string());
    for line in &note.lines.data {
        fields.add("line", &line.id);
        fields.optional("description", line.description.as_deref());
        fields.money("amount", Some(line.amount));
        fields.taxes(line.taxes.iter());
    }
    fields.metadata(&note.metadata);
    content_version("stripe-credit-note/1", fields.0)
}

fn refund_version(refund: &Refund) -> String {
    let mut fields = Fields::default();
    fields.add("id", &refund.id);
    fields.optional("status", refund.status.as_ref().map(|status| status.word()));
    fields.money("amount", Some(refund.amount));
    fields.time("dated", Some(refund.created));
    fields.optional("charge", refund.charge.as_ref().map(Ref::id));
    fields.optional("payment_intent", refund.payment_intent.as_ref().map(Ref::id));
    fields.metadata(&refund.metadata);
    content_version("stripe-refund/1", fields.0)
}

/// What was given back of it, or disputed, is a matter of its own.
fn charge_version(charge: &Charge) -> String {
    let mut fields = Fields::default();
    fields.add("id", &charge.id);
    fields.add("status", charge.status.word());
    fields.money("captured", Some(charge.amount_captured));
    fields.time("dated", Some(charge.created));
    fields.optional("payment_intent", charge.payment_intent.as_ref().map(Ref::id));
    fields.optional("customer", charge.customer.as_ref().map(Ref::id));
    let billing = charge.billing_details.as_ref();
    fields.optional("name", billing.and_then(|billing| billing.name.as_deref()));
    fields.optional("email", billing.and_then(|billing| billing.email.as_deref()));
    fields.address(billing.and_then(|billing| billing.address.as_ref()));
    fields.optional("description", charge.description.as_deref());
    fields.metadata(&charge.metadata);
    content_version("stripe-charge/1", fields.0)
}

fn session_version(session: &CheckoutSession) -> String {
    let mut fields = Fields::default();
    fields.add("id", &session.id);
    fields.add("complete", session.is_complete().to_string());
    fields.money("total", session.amount_total);
    fields.optional("customer", session.customer.as_ref().map(Ref::id));
    fields.optional("invoice", session.invoice.as_ref().map(Ref::id));
    fields.optional("payment_intent", session.payment_intent.as_ref().map(Ref::id));
    if let Some(buyer) = &session.customer_details {
        fields.optional("name", buyer.name.as_deref());
        fields.optional("email", buyer.email.as_deref());
        fields.address(buyer.address.as_ref());
        fields.optional("tax_exempt", buyer.tax_exempt.as_ref().map(|exempt| exempt.word()));
        fields.tax_ids(buyer.tax_ids.iter());
    }
    for item in session.line_items.iter().flat_map(|items| &items.data) {
        fields.add("item", &item.id);
        fields.optional("description", item.description.as_deref());
        fields.optional("quantity", item.quantity.map(|quantity| quantity.to_string()).as_deref());
        fields.money("subtotal", Some(item.subtotal));
        fields.money("total", Some(item.total));
        fields.optional("product", item.product.as_deref());
        fields.taxes(item.taxes.iter());
    }
    fields.metadata(&session.metadata);
    content_version("stripe-checkout-session/1", fields.0)
}

/// Named values in the order in which they are declared. A value that is not there is
/// written apart from one that is empty.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    fn add(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    fn optional(&mut self, name: &'static str, value: Option<&str>) {
        self.add(name, value.map_or_else(String::new, |value| format!("={value}")));
    }

    fn money(&mut self, name: &'static str, value: Option<Money>) {
        self.optional(name, value.map(|money| money.to_string()).as_deref());
    }

    fn time(&mut self, name: &'static str, value: Option<DateTime<Utc>>) {
        self.optional(name, value.map(|time| time.timestamp().to_string()).as_deref());
    }

    fn address(&mut self, address: Option<&Address>) {
        for part in address.map(Address::parts).into_iter().flatten() {
            self.optional("address", part.as_deref());
        }
    }

    fn tax_ids<'a>(&mut self, ids: impl Iterator<Item = &'a TaxId>) {
        let mut ids: Vec<String> = ids.map(|id| format!("{}:{}", id.kind, id.value.as_deref().unwrap_or_default())).collect();
        ids.sort();
        ids.into_iter().for_each(|id| self.add("tax_id", id));
    }

    fn taxes<'a>(&mut self, taxes: impl Iterator<Item = &'a TaxAmount>) {
        for tax in taxes {
            self.money("tax", Some(tax.amount));
            self.money("taxable", tax.taxable_amount);
            self.add("behavior", tax.tax_behavior.word());
            self.optional("reason", tax.taxability_reason.as_ref().map(|reason| reason.word()));
            self.optional("rate", tax.tax_rate());
        }
    }

    fn line(&mut self, line: &InvoiceLine) {
        self.add("line", &line.id);
        self.optional("description", line.description.as_deref());
        self.money("amount", Some(line.amount));
        self.money("subtotal", line.subtotal);
        self.optional("quantity", line.exact_quantity().map(|quantity| quantity.normalize().to_string()).as_deref());
        let unit_price = line.pricing.as_ref().and_then(|pricing| pricing.unit_price);
        self.optional("unit_price", unit_price.map(|price| price.normalize().to_string()).as_deref());
        self.optional("product", line.product());
        self.time("from", line.period.as_ref().map(|period| period.start));
        self.time("to", line.period.as_ref().map(|period| period.end));
        self.taxes(line.taxes.iter());
        for discount in &line.discount_amounts {
            self.money("discount", Some(discount.amount));
        }
        for credit in line.pretax_credit_amounts.iter().filter(|credit| credit.discount.is_none()) {
            self.money("credit", Some(credit.amount));
        }
        self.metadata(&line.metadata);
    }

    fn metadata(&mut self, metadata: &Metadata) {
        for (key, value) in metadata.iter().filter(|(key, _)| !is_ours(key)) {
            self.add("metadata", key);
            self.add("value", value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::invoice;
    use serde_json::{Value, json};

    fn version(document: Value) -> String {
        let object = Object::read(Kind::Invoice, document.to_string().as_bytes()).expect("an invoice");
        source_version(&object).expect("a version")
    }

    #[test]
    fn what_changes_no_document_changes_no_version() {
        let original = version(invoice("in_1"));
        for (path, value) in [
            ("/metadata", json!({"countersign_ledger_document": "4711"})),
            ("/status", json!("paid")),
            ("/amount_paid", json!(125_000)),
            ("/hosted_invoice_url", json!("https://b.example")),
            ("/lines/data/0/quantity_decimal", json!("4.000")),
        ] {
            let mut changed = invoice("in_1");
            *changed.pointer_mut(path).expect(path) = value;
            assert_eq!(version(changed), original, "{path}");
        }
    }

    #[test]
    fn whatever_accounting_depends_on_changes_the_version() {
        let original = version(invoice("in_1"));
        for (path, value) in [
            ("/number", json!("NK-0410")),
            ("/status", json!("void")),
            ("/currency", json!("sek")),
            ("/effective_at", json!(1)),
            ("/due_date", json!(1)),
            ("/customer", json!("cus_2")),
            ("/customer_name", json!("")),
            ("/customer_name", json!(null)),
            ("/customer_address/city", json!("Ærøskøbing")),
            ("/customer_tax_ids/0/value", json!("DK1")),
            ("/total", json!(125_001)),
            ("/total_taxes/0/taxability_reason", json!("reverse_charge")),
            ("/lines/data/0/description", json!("Krus")),
            ("/lines/data/0/quantity_decimal", json!("4.5")),
            ("/lines/data/0/subtotal", json!(99_999)),
            ("/lines/data/0/pricing/unit_amount_decimal", json!("25000.5")),
            ("/lines/data/0/taxes/0/tax_rate_details/tax_rate", json!("txr_0")),
            ("/lines/data/0/period/end", json!(1_789_000_001)),
            ("/metadata", json!({"order": "7"})),
        ] {
            let mut changed = invoice("in_1");
            *changed.pointer_mut(path).expect(path) = value;
            assert_ne!(version(changed), original, "{path}");
        }
        assert_eq!(original, "2551010b416b4c0c3469f893b75b1e69793dc231994b667b811e98c2f6e7c0c6", "a declaration that changes needs a new number");
    }
}
