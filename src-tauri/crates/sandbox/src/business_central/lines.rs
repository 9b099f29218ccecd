//! Lines of sales documents.
//!
//! github.com/microsoft/BCApps, src/Layers/W1/BaseApp/Sales/Document/SalesLine.Table.al and
//! Integration/Entity/SalesInvoiceLineAggregate.Table.al.

use super::amounts;
use super::body::Body;
use super::dimensions;
use super::fault::Fault;
use super::guid::Guid;
use super::record::Record;
use super::sales::{self, DocumentKind};
use super::value::{Value, round};
use super::views::Conditions;
use super::work::Work;
use rust_decimal::Decimal;

/// Largest line amount; documents of any real size stay far below.
const LARGEST_AMOUNT: i64 = 1_000_000_000_000_000;
/// Steps between line numbers that the service gives.
const STEP: i64 = 10_000;

pub fn insert(work: &mut Work<'_>, kind: DocumentKind, conditions: &Conditions, body: Body, nested: bool) -> Result<Record, Fault> {
    let document = conditions
        .iter()
        .find_map(|(_, value)| if let Value::Guid(id) = value { Some(*id) } else { None })
        .or_else(|| body.id("documentId"))
        .ok_or_else(|| Fault::dialog("You must specify an Id or a Document Id to get the lines."))?;
    let header = sales::open_header(work, kind, document)?;
    let mut line = work.new_record();
    line.set("documentId", document);
    let sequence = sequence(work, kind, document, &body, nested)?;
    line.set("sequence", sequence);
    line.set("discountAppliedBeforeTax", true);
    choose_object(work, &header, &mut line, &body)?;
    take_values(work, &header, &mut line, &body)?;
    work.put(kind.lines(), line.clone());
    dimensions::take_from_document(work, document, line.id, kind.line_parent_type());
    sales::recalculate(work, kind, document)?;
    Ok(line)
}

pub fn modify(work: &mut Work<'_>, kind: DocumentKind, mut line: Record, body: Body) -> Result<(), Fault> {
    let header = sales::open_header(work, kind, line.guid("documentId"))?;
    if body.guid("documentId").is_some_and(|id| id != line.guid("documentId")) {
        return Err(Fault::dialog("The value for \"documentId\" cannot be modified."));
    }
    if body.whole("sequence").is_some_and(|sequence| sequence != line.whole("sequence")) {
        return Err(Fault::dialog("The value for \"sequence\" cannot be modified. Delete and insert the line again."));
    }
    if body.text("lineObjectNumber").is_some_and(|number| number != line.text("lineObjectNumber")) {
        return Err(Fault::dialog("The value for \"lineObjectNumber\" cannot be modified."));
    }
    // Setting one id switches the type; setting the type blanks the ids.
    let other = |name: &str| body.id(name).is_some_and(|id| id != line.guid(name));
    if other("itemId") || other("accountId") || body.text("lineType").is_some_and(|kind| kind != line.text("lineType")) {
        choose_object(work, &header, &mut line, &body)?;
    }
    take_values(work, &header, &mut line, &body)?;
    work.put(kind.lines(), line);
    sales::recalculate(work, kind, header.id)
}

pub fn delete(work: &mut Work<'_>, kind: DocumentKind, line: &Record) -> Result<(), Fault> {
    let header = sales::open_header(work, kind, line.guid("documentId"))?;
    work.company.store.remove(kind.lines(), line.id);
    sales::recalculate(work, kind, header.id)
}

/// 10000, 20000, … in the order sent; a number of its own inside a deep insert breaks the insert.
fn sequence(work: &Work<'_>, kind: DocumentKind, document: Guid, body: &Body, nested: bool) -> Result<i64, Fault> {
    match body.whole("sequence").filter(|sequence| *sequence != 0) {
        Some(_) if nested && work.quirks.refuse_nested_sequence => Err(Fault::dialog("You cannot change the value of the SystemId field.")),
        Some(wanted) if sales::lines_of(work, kind, document).any(|line| line.whole("sequence") == wanted) => {
            Err(Fault::same_key("Sales Line", &format!("Document No.='{document}',Line No.='{wanted}'")))
        }
        Some(wanted) => Ok(wanted),
        None => {
            let last = sales::lines_of(work, kind, document).map(|line| line.whole("sequence")).max().unwrap_or(0);
            Ok(last.saturating_add(STEP))
        }
    }
}

/// Item, G/L account or comment: what the line sells, with what it brings along.
fn choose_object(work: &Work<'_>, header: &Record, line: &mut Record, body: &Body) -> Result<(), Fault> {
    let (item, account, number) = (body.id("itemId"), body.id("accountId"), body.filled("lineObjectNumber"));
    if item.is_some() && account.is_some() {
        return Err(Fault::dialog("Both \"itemId\" and \"accountId\" are specified. Specify only one of them."));
    }
    line.set("itemId", Guid::default());
    line.set("accountId", Guid::default());
    line.set("lineObjectNumber", "");
    let kind = body.text("lineType");
    if item.is_some() || kind == Some("Item") && number.is_some() {
        let found = item.map_or_else(|| number.and_then(|number| work.find("items", "number", number)), |id| work.get("items", id));
        return take_item(work, header, line, found.ok_or_else(|| Fault::dialog("Item does not exist."))?);
    }
    if account.is_some() || kind == Some("Account") && number.is_some() {
        let found = account.map_or_else(|| number.and_then(|number| work.find("accounts", "number", number)), |id| work.get("accounts", id));
        return take_account(work, header, line, found.ok_or_else(|| Fault::dialog("Account does not exist."))?);
    }
    line.set("lineType", kind.unwrap_or("Comment"));
    Ok(())
}

fn take_item(work: &Work<'_>, header: &Record, line: &mut Record, item: &Record) -> Result<(), Fault> {
    if item.flag("blocked") {
        return Err(Fault::field(format!("Blocked must be equal to 'No'  in Item: No.={}. Current value is 'Yes'.", item.text("number"))));
    }
    line.set("lineType", "Item");
    line.set("itemId", item.id);
    line.set("lineObjectNumber", item.text("number"));
    line.set("description", item.text("displayName"));
    line.set("unitOfMeasureId", item.guid("baseUnitOfMeasureId"));
    line.set("unitOfMeasureCode", item.text("baseUnitOfMeasureCode"));
    line.set("generalProductGroup", item.text("generalProductPostingGroupCode"));
    let (amount, local) = work.company.exchange_rate(header.text("currencyCode"), header.date("postingDate")).unwrap_or((Decimal::ONE, Decimal::ONE));
    line.set("unitPrice", round(item.number("unitPrice") * amount / local, 5));
    take_vat(work, header, line, item.text("taxGroupCode"))
}

fn take_account(work: &Work<'_>, header: &Record, line: &mut Record, account: &Record) -> Result<(), Fault> {
    let number = account.text("number");
    if account.flag("blocked") {
        return Err(Fault::field(format!("Blocked must be equal to 'No'  in G/L Account: No.={number}. Current value is 'Yes'.")));
    }
    if !account.flag("directPosting") {
        return Err(Fault::field(format!("Direct Posting must be equal to 'Yes'  in G/L Account: No.={number}. Current value is 'No'.")));
    }
    line.set("lineType", "Account");
    line.set("accountId", account.id);
    line.set("lineObjectNumber", number);
    line.set("description", account.text("displayName"));
    line.set("unitOfMeasureId", Guid::default());
    line.set("unitOfMeasureCode", "");
    line.set("generalProductGroup", account.text("generalProductGroup"));
    take_vat(work, header, line, account.text("vatProductGroup"))
}

/// The rate follows from business group × product group; nobody can set it.
fn take_vat(work: &Work<'_>, header: &Record, line: &mut Record, product_group: &str) -> Result<(), Fault> {
    let key = (header.text("vatBusinessGroup").to_string(), product_group.to_string());
    let vat = work.company.posting.vat.get(&key).ok_or_else(|| {
        Fault::record_missing(format!(
            "The VAT Posting Setup does not exist. Identification fields and values: VAT Bus. Posting Group='{}',VAT Prod. Posting Group='{}'",
            key.0, key.1
        ))
    })?;
    line.set("vatProductGroup", product_group);
    // Reading gives the identifier, not the group that was written.
    line.set("taxCode", vat.identifier.as_str());
    line.set("taxPercent", if vat.reverse_charge { Decimal::ZERO } else { vat.rate });
    Ok(())
}

fn take_values(work: &Work<'_>, header: &Record, line: &mut Record, body: &Body) -> Result<(), Fault> {
    const PLAIN: &[&str] = &[
        "description",
        "description2",
        "shipmentDate",
        "itemVariantId",
        "locationId",
        "invoiceQuantity",
        "shipQuantity",
        "shippedQuantity",
        "invoicedQuantity",
    ];
    for name in PLAIN {
        if let Some(value) = body.get(name) {
            line.set(name, value.clone());
        }
    }
    let comment = line.text("lineType") == "Comment";
    if comment {
        let filled = |name| body.number(name).is_some_and(|number| !number.is_zero());
        if filled("quantity") || filled("unitPrice") {
            return Err(Fault::field("Type must have a value in Sales Line: It cannot be zero or empty."));
        }
        return Ok(());
    }
    unit_of_measure(work, line, body)?;
    if let Some(group) = body.filled("taxCode") {
        if work.find("taxGroups", "code", group).is_none() && !work.company.posting.vat.keys().any(|(_, product)| product == group) {
            return Err(Fault::relation("VAT Prod. Posting Group", "Sales Line", group, "VAT Product Posting Group"));
        }
        take_vat(work, header, line, group)?;
    }
    for name in ["quantity", "unitPrice"] {
        if let Some(number) = body.number(name) {
            line.set(name, number);
        }
    }
    discount(work, header, line, body)
}

fn unit_of_measure(work: &Work<'_>, line: &mut Record, body: &Body) -> Result<(), Fault> {
    let (id, code) = (body.id("unitOfMeasureId"), body.filled("unitOfMeasureCode"));
    if id.is_none() && code.is_none() {
        return Ok(());
    }
    if line.text("lineType") != "Item" {
        return Err(Fault::dialog("Unit of Measure can be set only for lines with type Item."));
    }
    let found = id.map_or_else(|| code.and_then(|code| work.find("unitsOfMeasure", "code", code)), |id| work.get("unitsOfMeasure", id));
    let unit = found.ok_or_else(|| Fault::relation("Unit of Measure Code", "Sales Line", code.unwrap_or_default(), "Unit of Measure"))?;
    line.set("unitOfMeasureId", unit.id);
    line.set("unitOfMeasureCode", unit.text("code"));
    Ok(())
}

/// Per cent and amount are two views of one discount, between nothing and all.
fn discount(work: &Work<'_>, header: &Record, line: &mut Record, body: &Body) -> Result<(), Fault> {
    let decimals = work.company.decimals_of(header.text("currencyCode"));
    let full = amounts::before_discount(line.number("quantity"), line.number("unitPrice"), decimals);
    if full.abs() > Decimal::from(LARGEST_AMOUNT) {
        return Err(Fault::dialog("The line amount is too large."));
    }
    let wrong = || Fault::dialog("The line discount must be between 0 and 100 percent of the line amount.");
    let percent = match (body.number("discountPercent"), body.number("discountAmount")) {
        (Some(percent), _) => percent,
        (None, Some(amount)) if full.is_zero() && amount.is_zero() => Decimal::ZERO,
        (None, Some(amount)) => {
            let percent = (amount * Decimal::ONE_HUNDRED).checked_div(full).ok_or_else(wrong)?;
            if percent < Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
                return Err(wrong());
            }
            line.set("discountPercent", round(percent, 5));
            line.set("discountAmount", round(amount, decimals));
            return Ok(());
        }
        (None, None) => line.number("discountPercent"),
    };
    if percent < Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
        return Err(wrong());
    }
    line.set("discountPercent", percent);
    line.set("discountAmount", round(full * percent / Decimal::ONE_HUNDRED, decimals));
    Ok(())
}
