//! The rows of both sides as the matching engine sees them.

use chrono::{DateTime, Utc};
use ledgers::{LedgerRecord, RecordKind, ReferenceSource};
use matching::{Kind, Party, Reference, Row, Side, Source};
use money::Money;
use stripe::{Customer, Invoice, Metadata, RefundStatus};

use super::paper::{Paper, money_of};
use super::trade::{Origin, Trade};
use super::{Ground, credit, local_date, party};

/// Keys of Stripe's metadata that people use for the ledger's number, beside our own.
const NUMBER_KEYS: [&str; 5] = ["invoice_no", "invoice_number", "invoice", "faktura", "ledger_number"];

/// Keys of a Stripe customer's metadata that people use for the ledger's customer number.
const CUSTOMER_KEYS: [&str; 3] = ["countersign_customer_number", "customer_no", "customer_number"];

/// Keys that people use for the number of a public buyer.
const EAN_KEYS: [&str; 3] = ["ean", "gln", "ean_number"];

/// The EAN or GLN, as Stripe's customer has it.
pub fn ean(customer: &Customer) -> Option<String> {
    EAN_KEYS.iter().find_map(|key| customer.metadata.get(*key)).cloned()
}

/// The ledger's customer number, as Stripe's customer has it.
pub fn customer_number(customer: &Customer) -> Option<String> {
    CUSTOMER_KEYS.iter().find_map(|key| customer.metadata.get(*key)).cloned()
}

pub fn engine_rows(ground: &Ground) -> Vec<Row> {
    let mirror = ground.mirror;
    let trade = Trade::new(mirror);
    let papers = trade.papers().into_iter().filter_map(|paper| paper_row(ground, &trade, paper));
    let customers = mirror.customers.values().filter_map(|known| customer(ground, &known.is));
    let documents = mirror.documents.iter().chain(&mirror.memos).filter_map(|record| document(ground, record));
    let parties = mirror.parties.values().filter_map(|record| ledger_customer(ground, record));
    papers.chain(customers).chain(documents).chain(parties).collect()
}

/// The money that no invoice of Stripe's asked for, and what was given back of it: matched with all that is open in the ledger.
pub fn money_rows(ground: &Ground) -> Vec<Row> {
    let trade = Trade::new(ground.mirror);
    let came = trade.money().map(|payment| {
        let charge = &payment.charge.is;
        let mut row = money_row(ground, &money_of(payment.id()), Kind::Charge, charge.amount_captured, charge.created);
        row.party = party(&party::payer(payment), payment.customer.map(|customer| customer.is.id.as_str()));
        let session = payment.session.map(|session| &session.is.metadata);
        row.references = [Some(&charge.metadata), session].into_iter().flatten().flat_map(named).collect();
        row.text = charge.description.clone().unwrap_or_default();
        row
    });
    let went = trade.given_back().filter_map(|(refund, payment)| {
        let mut row = money_row(ground, &money_of(&refund.id), Kind::Refund, refund.amount.negated().ok()?, refund.created);
        row.refund_of = Some(money_of(payment.id()).into());
        row.failed = matches!(refund.status, Some(RefundStatus::Failed | RefundStatus::Canceled));
        Some(row)
    });
    came.chain(went).collect()
}

fn money_row(ground: &Ground, id: &str, kind: Kind, amount: Money, at: DateTime<Utc>) -> Row {
    let mut row = Row::new(id, Side::Left, kind, amount, local_date(at, ground.settings.zone));
    row.created = at.timestamp();
    row
}

fn paper_row(ground: &Ground, trade: &Trade, paper: Paper) -> Option<Row> {
    let day = |at| local_date(at, ground.settings.zone);
    let make = |kind, amount, at| Row::new(paper.row(), Side::Left, kind, amount, day(at));
    match paper {
        Paper::Invoice(known) => {
            let kind = if known.is.total.is_negative() { Kind::Credit } else { Kind::Invoice };
            let mut row = of_invoice(make(kind, known.is.total, known.is.dated()?), &known.is);
            row.due = known.is.due_date.map(day);
            row.references.extend(known.is.number.iter().map(|number| Reference::new(Source::Number, number.as_str())));
            Some(row)
        }
        Paper::Void(known) => {
            let invoice = &known.is;
            let mut row = make(Kind::Credit, invoice.total.negated().ok()?, invoice.status_transitions.voided_at?);
            row.party = party(&party::billed(invoice), invoice.customer.as_ref().map(stripe::Ref::id));
            row.refund_of = Some(invoice.id.as_str().into());
            row.references = vec![Reference::new(Source::Number, credit::void_number(invoice))];
            Some(row)
        }
        Paper::CreditNote(known) => {
            let note = &known.is;
            let mut row = make(Kind::Credit, note.total.negated().ok()?, note.dated());
            row.party = trade.invoice(note.invoice.id()).map(|invoice| buyer(&invoice.is)).unwrap_or_default();
            row.refund_of = Some(note.invoice.id().into());
            // A refund that was credited before its note was made carries the refund's id there.
            let refunds = note.refunds.iter().filter_map(|part| Some(part.refund.as_ref()?.id()));
            let numbers = note.number.iter().map(String::as_str).chain(refunds).map(|number| Reference::new(Source::Number, number));
            row.references = named(&note.metadata).chain(numbers).collect();
            row.text = note.memo.clone().unwrap_or_default();
            Some(row)
        }
        Paper::VoidNote(known) => {
            let note = &known.is;
            let mut row = make(Kind::Invoice, note.total, note.voided_at?);
            row.party = trade.invoice(note.invoice.id()).map(|invoice| buyer(&invoice.is)).unwrap_or_default();
            row.references = vec![Reference::new(Source::Number, format!("{}-VOID", credit::number(note)))];
            Some(row)
        }
        Paper::Refund(known) => {
            let refund = &known.is;
            let mut row = make(Kind::Credit, refund.amount.negated().ok()?, refund.created);
            match trade.origin(refund) {
                Origin::Invoice(invoice) => {
                    row.party = buyer(&invoice.is);
                    row.refund_of = Some(invoice.is.id.as_str().into());
                }
                Origin::Sale(payment) => {
                    row.party = party(&party::payer(&payment), payment.customer.map(|customer| customer.is.id.as_str()));
                    row.refund_of = Some(payment.id().into());
                }
                Origin::Several | Origin::Unknown => {}
            }
            row.references = named(&refund.metadata).chain([Reference::new(Source::Number, refund.id.as_str())]).collect();
            row.closed = matches!(refund.status, Some(RefundStatus::Failed | RefundStatus::Canceled));
            Some(row)
        }
        // What names neither payer nor goods is no sale; as money it is matched all the same.
        Paper::Payment(payment) if !payment.is_sale() => None,
        Paper::Payment(payment) => {
            let charge = &payment.charge.is;
            let mut row = make(Kind::Invoice, charge.amount_captured, charge.created);
            row.party = party(&party::payer(&payment), payment.customer.map(|customer| customer.is.id.as_str()));
            row.references = named(&charge.metadata).chain([Reference::new(Source::Number, payment.id())]).collect();
            row.text = charge.description.clone().unwrap_or_default();
            Some(row)
        }
    }
}

fn of_invoice(mut row: Row, invoice: &Invoice) -> Row {
    row.party = buyer(invoice);
    row.references = named(&invoice.metadata).collect();
    row.text = invoice.description.clone().unwrap_or_default();
    row
}

fn buyer(invoice: &Invoice) -> Party {
    party(&party::billed(invoice), invoice.customer.as_ref().map(stripe::Ref::id))
}

/// The ledger's number, where somebody wrote it into Stripe's metadata.
fn named(metadata: &Metadata) -> impl Iterator<Item = Reference> + '_ {
    let keys = [stripe::LEDGER_NUMBER].into_iter().chain(NUMBER_KEYS);
    keys.filter_map(|key| metadata.get(key)).map(|value| Reference::new(Source::Metadata, value.as_str()))
}

fn document(ground: &Ground, record: &LedgerRecord) -> Option<Row> {
    let memo = record.kind == RecordKind::CreditMemo;
    let amount = if memo { record.amount?.negated().ok()? } else { record.amount? };
    let kind = if memo { Kind::Credit } else { Kind::Document };
    let mut row = Row::new(record.id.as_str(), Side::Right, kind, amount, record.date?);
    row.refund_of = record.applies_to.as_deref().map(Into::into);
    row.due = record.due;
    row.open = record.open.filter(|_| !memo).unwrap_or(row.amount);
    // Who buys as a guest is not whom the document is made out to.
    let own = record.party.as_ref().filter(|found| !ground.settings.customers.is_generic(&found.ledger_number));
    row.party = own.map(|found| party(found, record.party_id.as_deref())).unwrap_or_default();
    row.references = record.references.iter().map(reference).collect();
    row.text = record.text.clone();
    Some(row)
}

fn reference(found: &ledgers::Reference) -> Reference {
    let source = match found.source {
        ReferenceSource::Mark => Source::Mark,
        ReferenceSource::Number => Source::Number,
        ReferenceSource::Text | ReferenceSource::Gtin => Source::Text,
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
        vat: party::vat_number(customer.tax_ids.iter().flat_map(|ids| &ids.data)).map(str::to_owned),
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
