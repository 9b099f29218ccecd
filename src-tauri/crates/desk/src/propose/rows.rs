//! The rows of both sides as the matching engine sees them.

use ledgers::{LedgerRecord, ReferenceSource};
use matching::{Kind, Party, Reference, Row, Side, Source};
use money::Money;
use stripe::{Customer, Invoice};

use super::{Ground, local_date, sale};

/// Keys of Stripe's metadata that people use for the ledger's number, beside our own.
const NUMBER_KEYS: [&str; 5] = ["invoice_no", "invoice_number", "invoice", "faktura", "ledger_number"];

/// Keys of a Stripe customer's metadata that people use for the ledger's customer number.
const CUSTOMER_KEYS: [&str; 3] = ["countersign_customer_number", "customer_no", "customer_number"];

/// The ledger's customer number, as Stripe's customer has it.
pub fn customer_number(customer: &Customer) -> Option<String> {
    CUSTOMER_KEYS.iter().find_map(|key| customer.metadata.get(*key)).cloned()
}

pub fn engine_rows(ground: &Ground) -> Vec<Row> {
    let mirror = ground.mirror;
    let invoices = mirror.invoices.iter().filter_map(|known| invoice(ground, &known.is));
    let customers = mirror.customers.values().filter_map(|known| customer(ground, &known.is));
    let documents = mirror.documents.iter().filter_map(document);
    let parties = mirror.parties.values().filter_map(|record| ledger_customer(ground, record));
    invoices.chain(customers).chain(documents).chain(parties).collect()
}

fn invoice(ground: &Ground, invoice: &Invoice) -> Option<Row> {
    let date = local_date(invoice.dated()?, ground.settings.zone);
    let mut row = Row::new(invoice.id.as_str(), Side::Left, Kind::Invoice, invoice.total, date);
    row.due = invoice.due_date.map(|due| local_date(due, ground.settings.zone));
    row.party = party(&sale::party(invoice), invoice.customer.as_ref().map(stripe::Ref::id));
    let own = [stripe::LEDGER_NUMBER].into_iter().chain(NUMBER_KEYS);
    let metadata = own.filter_map(|key| invoice.metadata.get(key)).map(|value| Reference::new(Source::Metadata, value.as_str()));
    row.references = metadata.chain(invoice.number.iter().map(|number| Reference::new(Source::Number, number.as_str()))).collect();
    row.text = invoice.description.clone().unwrap_or_default();
    Some(row)
}

fn document(record: &LedgerRecord) -> Option<Row> {
    let mut row = Row::new(record.id.as_str(), Side::Right, Kind::Document, record.amount?, record.date?);
    row.due = record.due;
    row.open = record.open.unwrap_or(row.amount);
    row.party = record.party.as_ref().map(|found| party(found, record.party_id.as_deref())).unwrap_or_default();
    row.references = record.references.iter().map(reference).collect();
    row.text = record.text.clone();
    Some(row)
}

fn reference(found: &ledgers::Reference) -> Reference {
    let source = match found.source {
        ReferenceSource::Mark => Source::Mark,
        ReferenceSource::Number => Source::Number,
        ReferenceSource::Text => Source::Text,
    };
    Reference::new(source, found.value.as_str())
}

fn customer(ground: &Ground, customer: &Customer) -> Option<Row> {
    let address = customer.address.clone().unwrap_or_default();
    let mut row = Row::new(customer.id.as_str(), Side::Left, Kind::Customer, Money::zero(ground.facts.base), ground.settings.start);
    row.party = Party {
        number: customer_number(customer),
        name: customer.name.clone().unwrap_or_default(),
        emails: customer.email.iter().cloned().collect(),
        phone: customer.phone.clone(),
        vat: sale::vat_number(customer.tax_ids.iter().flat_map(|ids| &ids.data)).map(str::to_owned),
        country: address.country,
        postcode: address.postal_code,
        city: address.city,
        street: address.line1,
        ..Party::default()
    };
    row.closed = customer.deleted;
    Some(row)
}

fn ledger_customer(ground: &Ground, record: &LedgerRecord) -> Option<Row> {
    let mut row = Row::new(record.id.as_str(), Side::Right, Kind::Customer, Money::zero(ground.facts.base), ground.settings.start);
    row.party = Party { number: record.number.clone(), id: None, ..party(record.party.as_ref()?, None) };
    Some(row)
}

fn party(found: &ledgers::Party, id: Option<&str>) -> Party {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Party {
        id: id.map(Into::into),
        number: some(&found.ledger_number),
        name: found.name.clone(),
        emails: found.emails.clone(),
        phone: some(&found.phone),
        vat: some(&found.vat_number),
        ean: some(&found.ean),
        country: some(&found.country),
        postcode: some(&found.postcode),
        city: some(&found.city),
        street: some(&found.street),
    }
}
