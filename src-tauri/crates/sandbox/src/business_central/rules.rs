//! Writing: what each set does beyond storing what it was sent.

use super::body::Body;
use super::company::Series;
use super::facts::{Entity, facts};
use super::fault::Fault;
use super::record::Record;
use super::sales::{self, DocumentKind};
use super::value::Value;
use super::views::{self, Conditions};
use super::work::Work;
use super::{dimensions, files, journals, lines};
use http::StatusCode;

/// Inserts an entity with its nested children, as one transaction.
pub fn insert(work: &mut Work<'_>, entity: &'static Entity, conditions: &Conditions, body: Body) -> Result<Record, Fault> {
    work.atomically(|work| insert_deep(work, entity, conditions, body, false))
}

fn insert_deep(work: &mut Work<'_>, entity: &'static Entity, conditions: &Conditions, mut body: Body, nested: bool) -> Result<Record, Fault> {
    if !entity.insert {
        return Err(Fault::method());
    }
    if !work.rights.writes(entity.table) {
        return Err(Fault::permission(entity.table, "Insert"));
    }
    let children = std::mem::take(&mut body.children);
    let record = insert_one(work, entity, conditions, body, nested)?;
    for (navigation, bodies) in children {
        let target = facts().entity(navigation.set).ok_or_else(Fault::no_route)?;
        let inner = views::conditions(&record, navigation);
        for child in bodies {
            insert_deep(work, target, &inner, child, true)?;
        }
    }
    work.get(entity.table, record.id).cloned().ok_or_else(|| Fault::no_record(entity.set))
}

fn insert_one(work: &mut Work<'_>, entity: &'static Entity, conditions: &Conditions, body: Body, nested: bool) -> Result<Record, Fault> {
    match entity.set {
        "customers" => customer(work, body),
        "items" => item(work, entity, body),
        "contacts" => numbered(work, entity, body, Series::Contact),
        "salesInvoices" => sales::insert(work, DocumentKind::Invoice, body),
        "salesCreditMemos" => sales::insert(work, DocumentKind::CreditMemo, body),
        "salesOrders" => sales::insert(work, DocumentKind::Order, body),
        "salesInvoiceLines" => lines::insert(work, DocumentKind::Invoice, conditions, body, nested),
        "salesCreditMemoLines" => lines::insert(work, DocumentKind::CreditMemo, conditions, body, nested),
        "salesOrderLines" => lines::insert(work, DocumentKind::Order, conditions, body, nested),
        "customerPaymentJournals" | "journals" => journals::insert_batch(work, entity, body),
        "customerPayments" => journals::insert_payment(work, conditions, body),
        "journalLines" => journals::insert_line(work, conditions, body),
        "dimensionSetLines" | "defaultDimensions" => dimensions::insert(work, entity, conditions, body),
        "attachments" | "documentAttachments" => files::insert(work, entity, conditions, body),
        _ => plain(work, entity, conditions, body),
    }
}

pub fn modify(work: &mut Work<'_>, entity: &'static Entity, record: Record, body: Body) -> Result<Record, Fault> {
    if !entity.modify {
        return Err(Fault::method());
    }
    if !work.rights.writes(entity.table) {
        return Err(Fault::permission(entity.table, "Modify"));
    }
    if !body.children.is_empty() {
        return Err(Fault::bad_request("Deep update is not supported: change nested entities one by one."));
    }
    let id = record.id;
    work.atomically(|work| match entity.set {
        "customers" => change_customer(work, record, body),
        "items" => change_item(work, entity, record, body),
        "salesInvoices" => sales::modify(work, DocumentKind::Invoice, record, body),
        "salesCreditMemos" => sales::modify(work, DocumentKind::CreditMemo, record, body),
        "salesOrders" => sales::modify(work, DocumentKind::Order, record, body),
        "salesInvoiceLines" => lines::modify(work, DocumentKind::Invoice, record, body),
        "salesCreditMemoLines" => lines::modify(work, DocumentKind::CreditMemo, record, body),
        "salesOrderLines" => lines::modify(work, DocumentKind::Order, record, body),
        "customerPaymentJournals" | "journals" => journals::modify_batch(work, entity, record, body),
        "customerPayments" => journals::modify_payment(work, record, body),
        "journalLines" => journals::modify_line(work, record, body),
        "dimensionSetLines" | "defaultDimensions" => dimensions::modify(work, entity, record, body),
        _ => {
            unique(work, entity, &body, Some(&record))?;
            store_values(work, entity, record, body);
            Ok(())
        }
    })?;
    work.get(entity.table, id).cloned().ok_or_else(|| Fault::no_record(entity.set))
}

pub fn delete(work: &mut Work<'_>, entity: &'static Entity, record: &Record) -> Result<(), Fault> {
    if !entity.delete {
        return Err(Fault::method());
    }
    if !work.rights.writes(entity.table) {
        return Err(Fault::permission(entity.table, "Delete"));
    }
    let record = record.clone();
    work.atomically(|work| match entity.set {
        "salesInvoices" => sales::delete(work, DocumentKind::Invoice, &record),
        "salesCreditMemos" => sales::delete(work, DocumentKind::CreditMemo, &record),
        "salesOrders" => sales::delete(work, DocumentKind::Order, &record),
        "salesInvoiceLines" => lines::delete(work, DocumentKind::Invoice, &record),
        "salesCreditMemoLines" => lines::delete(work, DocumentKind::CreditMemo, &record),
        "salesOrderLines" => lines::delete(work, DocumentKind::Order, &record),
        "customerPaymentJournals" | "journals" => journals::delete_batch(work, &record),
        "customers" => delete_customer(work, &record),
        _ => {
            work.company.store.remove(entity.table, record.id);
            Ok(())
        }
    })
}

/// A row that is only what it was sent; unique by its code or number.
fn plain(work: &mut Work<'_>, entity: &'static Entity, conditions: &Conditions, body: Body) -> Result<Record, Fault> {
    if entity.property("code").is_some() && body.filled("code").is_none() {
        return Err(Fault::new(StatusCode::BAD_REQUEST, "BadRequest_RequiredParamNotProvided", "The \"code\" must be provided."));
    }
    unique(work, entity, &body, None)?;
    let mut row = work.new_record();
    for (name, value) in conditions {
        row.set(name, value.clone());
    }
    if matches!(entity.set, "taxGroups" | "taxAreas") {
        row.set("taxType", "VAT");
    }
    Ok(store_values(work, entity, row, body))
}

fn store_values(work: &mut Work<'_>, entity: &Entity, mut row: Record, body: Body) -> Record {
    for (name, value) in body.values() {
        row.set(name, value.clone());
    }
    work.put(entity.table, row.clone());
    row
}

/// Codes and numbers name one row only.
fn unique(work: &Work<'_>, entity: &Entity, body: &Body, own: Option<&Record>) -> Result<(), Fault> {
    for key in ["code", "number"] {
        let (Some(property), Some(text)) = (entity.property(key), body.filled(key)) else { continue };
        if work.find(entity.table, property.name, text).is_some_and(|row| own.is_none_or(|own| own.id != row.id)) {
            return Err(Fault::same_key(entity.name, &format!("{key}='{text}'")));
        }
    }
    Ok(())
}

/// The sent number, where the series allows it, or the next one.
fn number(work: &mut Work<'_>, entity: &Entity, body: &Body, series: Series) -> Result<String, Fault> {
    match body.filled("number") {
        Some(number) if work.company.manual_numbers(series) => {
            unique(work, entity, body, None)?;
            Ok(number.to_string())
        }
        Some(_) => Err(Fault::dialog(
            "You may not enter numbers manually. If you want to enter numbers manually, please activate Manual Nos. in No. Series.",
        )),
        None => loop {
            let next = work.company.next_number(series);
            if work.find(entity.table, "number", &next).is_none() {
                break Ok(next);
            }
        },
    }
}

fn numbered(work: &mut Work<'_>, entity: &'static Entity, mut body: Body, series: Series) -> Result<Record, Fault> {
    if body.filled("displayName").is_none() {
        return Err(Fault::dialog("A \"displayName\" must be provided."));
    }
    let number = number(work, entity, &body, series)?;
    body.set("number", number);
    let row = work.new_record();
    Ok(store_values(work, entity, row, body))
}

fn customer(work: &mut Work<'_>, mut body: Body) -> Result<Record, Fault> {
    let entity = entity_of("customers")?;
    if body.filled("displayName").is_none() {
        return Err(Fault::dialog("A \"displayName\" must be provided."));
    }
    references(work, &mut body)?;
    tax_number(work, body.text("country").unwrap_or_default(), body.text("taxRegistrationNumber").unwrap_or_default())?;
    let number = number(work, entity, &body, Series::Customer)?;
    body.set("number", number);
    let mut row = work.new_record();
    // Posting groups come from a template only; the API cannot set them.
    if let Some(groups) = work.company.posting.customer_template.clone() {
        groups.apply(&mut row);
    }
    let contact = contact_for(work, &body);
    row.set("contactId", contact);
    Ok(store_values(work, entity, row, body))
}

/// A contact is made beside the customer.
fn contact_for(work: &mut Work<'_>, body: &Body) -> super::guid::Guid {
    let mut contact = work.new_record();
    let number = work.company.next_number(Series::Contact);
    contact.set("number", number);
    for name in ["displayName", "type", "addressLine1", "addressLine2", "city", "state", "country", "postalCode", "phoneNumber", "email", "website"] {
        if let Some(value) = body.get(name) {
            contact.set(name, value.clone());
        }
    }
    contact.set("contactBusinessRelation", "Customer");
    let id = contact.id;
    work.put("contacts", contact);
    id
}

fn change_customer(work: &mut Work<'_>, mut record: Record, mut body: Body) -> Result<(), Fault> {
    let entity = entity_of("customers")?;
    if body.text("displayName") == Some("") {
        return Err(Fault::dialog("The blank \"displayName\" is not allowed."));
    }
    unique(work, entity, &body, Some(&record))?;
    references(work, &mut body)?;
    let or_known = |name: &str| body.text(name).unwrap_or(record.text(name)).to_string();
    tax_number(work, &or_known("country"), &or_known("taxRegistrationNumber"))?;
    if let Some(number) = body.filled("number") {
        sales::rename_customer(work, &record, number);
    }
    for (name, value) in body.values() {
        record.set(name, value.clone());
    }
    work.put("customers", record);
    Ok(())
}

/// Checked against the formats of the customer's country, where there are any.
fn tax_number(work: &Work<'_>, country: &str, number: &str) -> Result<(), Fault> {
    let fits = |format: &str| {
        let one = |(have, wanted): (char, char)| match wanted {
            '#' => have.is_ascii_digit(),
            '@' => have.is_ascii_alphabetic(),
            other => have.eq_ignore_ascii_case(&other),
        };
        format.chars().count() == number.chars().count() && number.chars().zip(format.chars()).all(one)
    };
    let mut formats = work.company.posting.tax_number_formats.iter().filter(|(of, _)| of == country).peekable();
    if number.is_empty() || formats.peek().is_none() || formats.any(|(_, format)| fits(format)) {
        return Ok(());
    }
    Err(Fault::dialog(format!(
        "The entered VAT Registration number is not in agreement with the format specified for Country/Region Code {country}."
    )))
}

fn delete_customer(work: &mut Work<'_>, record: &Record) -> Result<(), Fault> {
    let number = record.text("number");
    let used = work.find("salesInvoices", "customerNumber", number).is_some()
        || work.find("salesCreditMemos", "customerNumber", number).is_some()
        || work.company.store.find("customerLedgerEntries", "customerNumber", &Value::from(number)).is_some();
    if used {
        return Err(Fault::dialog(format!(
            "You cannot delete Customer {number} because there is at least one outstanding document or entry for this customer."
        )));
    }
    work.company.store.remove("customers", record.id);
    Ok(())
}

fn item(work: &mut Work<'_>, entity: &'static Entity, mut body: Body) -> Result<Record, Fault> {
    if body.has("inventory") {
        return Err(Fault::dialog("Inventory cannot be changed during on insert."));
    }
    item_references(work, &mut body)?;
    let number = number(work, entity, &body, Series::Item)?;
    body.set("number", number);
    let row = work.new_record();
    Ok(store_values(work, entity, row, body))
}

fn change_item(work: &mut Work<'_>, entity: &'static Entity, record: Record, mut body: Body) -> Result<(), Fault> {
    unique(work, entity, &body, Some(&record))?;
    item_references(work, &mut body)?;
    store_values(work, entity, record, body);
    Ok(())
}

fn item_references(work: &Work<'_>, body: &mut Body) -> Result<(), Fault> {
    pair(
        work,
        body,
        "unitsOfMeasure",
        ("baseUnitOfMeasureId", "baseUnitOfMeasureCode"),
        "Unit of Measure",
        "The unit of measure values do not match to a specific Unit of Measure.",
    )?;
    pair(work, body, "taxGroups", ("taxGroupId", "taxGroupCode"), "Tax Group", "The tax group values do not match to a specific Tax Group.")?;
    pair(
        work,
        body,
        "itemCategories",
        ("itemCategoryId", "itemCategoryCode"),
        "Item Category",
        "The item categories values do not match to a specific item category.",
    )
}

/// Currency and the set-up rows that cards and documents point to.
pub fn references(work: &Work<'_>, body: &mut Body) -> Result<(), Fault> {
    if let Some(code) = body.text("currencyCode").map(super::value::fold_code) {
        let inside = work.company.currency_inside(&code);
        if inside.is_empty() {
            body.set("currencyId", super::guid::Guid::default());
        }
        body.set("currencyCode", inside);
    }
    pair(work, body, "currencies", ("currencyId", "currencyCode"), "Currency", "The currency values do not match to a specific Currency.")?;
    for (id, table, name) in [
        ("paymentTermsId", "paymentTerms", "Payment Terms"),
        ("paymentMethodId", "paymentMethods", "Payment Method"),
        ("shipmentMethodId", "shipmentMethods", "Shipment Method"),
    ] {
        if body.id(id).is_some_and(|wanted| work.get(table, wanted).is_none()) {
            return Err(Fault::dialog(format!("The \"{id}\" does not match to a {name}.")));
        }
    }
    Ok(())
}

/// An id and a code that must name the same row; either fills the other.
fn pair(
    work: &Work<'_>,
    body: &mut Body,
    table: &'static str,
    (id, code): (&'static str, &'static str),
    name: &str,
    disagree: &str,
) -> Result<(), Fault> {
    let by_id = match body.id(id) {
        Some(wanted) => Some(work.get(table, wanted).ok_or_else(|| Fault::dialog(format!("The \"{id}\" does not match to a {name}.")))?),
        None => None,
    };
    let by_code = match body.filled(code) {
        Some(wanted) => Some(work.find(table, "code", wanted).ok_or_else(|| Fault::dialog(format!("The \"{code}\" does not match to a {name}.")))?),
        None => None,
    };
    if by_id.zip(by_code).is_some_and(|(left, right)| left.id != right.id) {
        return Err(Fault::dialog(disagree));
    }
    if let Some(row) = by_id.or(by_code) {
        let (found, text) = (row.id, row.text("code").to_string());
        body.set(id, found);
        body.set(code, text);
    }
    Ok(())
}

fn entity_of(set: &str) -> Result<&'static Entity, Fault> {
    facts().entity(set).ok_or_else(|| Fault::segment(set))
}
