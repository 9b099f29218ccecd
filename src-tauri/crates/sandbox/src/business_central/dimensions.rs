//! Dimension set lines of documents and default dimensions of cards.

use super::body::Body;
use super::facts::Entity;
use super::fault::Fault;
use super::guid::Guid;
use super::record::Record;
use super::value::Value;
use super::views::Conditions;
use super::work::Work;

pub fn insert(work: &mut Work<'_>, entity: &Entity, conditions: &Conditions, body: Body) -> Result<Record, Fault> {
    let set_line = entity.set == "dimensionSetLines";
    let parent =
        conditions.iter().find(|(name, _)| *name == "parentId").and_then(|(_, value)| if let Value::Guid(id) = value { Some(*id) } else { None });
    let parent = parent
        .or_else(|| if set_line { None } else { body.id("parentId") })
        .ok_or_else(|| Fault::dialog("You must get to the parent first to create a dimension set line."))?;
    if parent_is_posted(work, parent) {
        return Err(Fault::dialog(format!("Parent with ID {parent} does not exist or dimension set lines are read only for this parent type.")));
    }
    let dimension = dimension(work, &body, set_line)?.clone();
    if work.company.store.matching(entity.table, "parentId", &Value::from(parent)).any(|row| row.guid("dimension") == dimension.id) {
        return Err(Fault::dialog(
            "The dimension set line already exists. Check existing dimension set lines and the default dimension set lines on the parent.",
        ));
    }
    let mut row = work.new_record();
    for (name, value) in conditions {
        row.set(name, value.clone());
    }
    if let Some(kind) = body.text("parentType") {
        row.set("parentType", kind);
    }
    row.set("parentId", parent);
    row.set("dimension", dimension.id);
    if set_line {
        row.set("id", dimension.id);
        row.set("code", dimension.text("code"));
        row.set("displayName", dimension.text("displayName"));
    } else {
        row.set("dimensionId", dimension.id);
        row.set("dimensionCode", dimension.text("code"));
        if let Some(validation) = body.text("postingValidation") {
            row.set("postingValidation", validation);
        }
    }
    take_value(work, &mut row, &body, set_line)?;
    work.put(entity.table, row.clone());
    Ok(row)
}

/// Only the value can change.
pub fn modify(work: &mut Work<'_>, entity: &Entity, mut row: Record, body: Body) -> Result<(), Fault> {
    let set_line = entity.set == "dimensionSetLines";
    if set_line && (body.has("id") || body.has("code")) {
        return Err(Fault::dialog("The \"id\" and \"code\" fields cannot be modified."));
    }
    if let Some(validation) = body.text("postingValidation") {
        row.set("postingValidation", validation);
    }
    take_value(work, &mut row, &body, set_line)?;
    work.put(entity.table, row);
    Ok(())
}

fn dimension<'w>(work: &'w Work<'_>, body: &Body, set_line: bool) -> Result<&'w Record, Fault> {
    let (id, code) = if set_line { ("id", body.filled("code")) } else { ("dimensionId", None) };
    let by_id = body
        .id(id)
        .map(|wanted| work.get("dimensions", wanted).ok_or_else(|| Fault::dialog(format!("The \"{id}\" does not match to a Dimension."))))
        .transpose()?;
    let by_code = code
        .map(|code| work.find("dimensions", "code", code).ok_or_else(|| Fault::dialog("The \"code\" does not match to a Dimension.")))
        .transpose()?;
    if by_id.zip(by_code).is_some_and(|(left, right)| left.id != right.id) {
        return Err(Fault::dialog("The dimension field values do not match to a specific Dimension."));
    }
    by_id.or(by_code).ok_or_else(|| Fault::dialog("The \"id\" or \"code\" field must be filled in."))
}

fn take_value(work: &Work<'_>, row: &mut Record, body: &Body, set_line: bool) -> Result<(), Fault> {
    let id = body.id(if set_line { "valueId" } else { "dimensionValueId" });
    let code = if set_line { body.filled("valueCode") } else { None };
    let dimension = row.guid("dimension");
    let found = match (id, code) {
        (Some(id), _) => work.get("dimensionValues", id).filter(|value| value.guid("dimensionId") == dimension),
        (None, Some(code)) => {
            let mut values = work.company.store.matching("dimensionValues", "dimensionId", &Value::from(dimension));
            values.find(|value| value.text("code") == code)
        }
        (None, None) => return Err(Fault::dialog("The \"valueId\" or \"valueCode\" field must be filled in.")),
    };
    let value = found.ok_or_else(|| {
        Fault::dialog(if id.is_some() {
            "The \"valueId\" does not match to a Dimension Value."
        } else {
            "The \"valueCode\" does not match to a Dimension Value."
        })
    })?;
    if set_line {
        row.set("valueId", value.id);
        row.set("valueCode", value.text("code"));
        row.set("valueDisplayName", value.text("displayName"));
    } else {
        row.set("dimensionValueId", value.id);
        row.set("dimensionValueCode", value.text("code"));
    }
    Ok(())
}

/// A new line takes what its document has by then; what the document gets later, its lines do not
/// (src/Apps/W1/APIV2/app/src/pages/APIV2DimensionSetLines.Page.al, SaveDimensions).
pub fn take_from_document(work: &mut Work<'_>, document: Guid, line: Guid, parent_type: &'static str) {
    let taken: Vec<Record> = work.company.store.matching("dimensionSetLines", "parentId", &Value::from(document)).cloned().collect();
    for of_document in taken {
        let mut row = work.new_record();
        for name in ["dimension", "id", "valueId"] {
            row.set(name, of_document.guid(name));
        }
        for name in ["code", "displayName", "valueCode", "valueDisplayName"] {
            row.set(name, of_document.text(name));
        }
        row.set("parentId", line);
        row.set("parentType", parent_type);
        work.put("dimensionSetLines", row);
    }
}

/// A new document takes the default dimensions of its customer.
pub fn take_defaults(work: &mut Work<'_>, customer: Guid, document: Guid, parent_type: &'static str) {
    let defaults: Vec<Record> = work.company.store.matching("defaultDimensions", "parentId", &Value::from(customer)).cloned().collect();
    for default in defaults {
        let (Some(dimension), Some(value)) =
            (work.get("dimensions", default.guid("dimension")).cloned(), work.get("dimensionValues", default.guid("dimensionValueId")).cloned())
        else {
            continue;
        };
        let mut row = work.new_record();
        row.set("parentId", document);
        row.set("parentType", parent_type);
        row.set("dimension", dimension.id);
        row.set("id", dimension.id);
        row.set("code", dimension.text("code"));
        row.set("displayName", dimension.text("displayName"));
        row.set("valueId", value.id);
        row.set("valueCode", value.text("code"));
        row.set("valueDisplayName", value.text("displayName"));
        work.put("dimensionSetLines", row);
    }
}

fn parent_is_posted(work: &Work<'_>, parent: Guid) -> bool {
    ["salesInvoices", "salesCreditMemos"].iter().any(|table| work.get(table, parent).is_some_and(|row| row.flag("posted")))
}
