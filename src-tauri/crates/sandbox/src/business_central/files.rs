//! Attachments: a row first, its bytes by a second request.

use super::body::Body;
use super::facts::Entity;
use super::fault::Fault;
use super::record::Record;
use super::views::Conditions;
use super::work::Work;
use base64::Engine;
use http::StatusCode;

const ENGINE: base64::engine::GeneralPurpose = base64::engine::general_purpose::STANDARD;

pub fn insert(work: &mut Work<'_>, entity: &Entity, conditions: &Conditions, body: Body) -> Result<Record, Fault> {
    let mut row = work.new_record();
    for (name, value) in conditions {
        row.set(name, value.clone());
    }
    for (name, value) in body.values() {
        row.set(name, value.clone());
    }
    for (name, missing) in [
        ("parentId", row.guid("parentId").is_blank()),
        ("parentType", row.text("parentType").is_empty()),
        ("fileName", row.text("fileName").is_empty()),
    ] {
        if missing {
            return Err(Fault::new(
                StatusCode::BAD_REQUEST,
                "BadRequest_RequiredParamNotProvided",
                format!("You must specify a {name} in the request body."),
            ));
        }
    }
    work.put(entity.table, row.clone());
    Ok(row)
}

/// Stores the bytes of an attachment.
pub fn set_content(work: &mut Work<'_>, entity: &Entity, mut row: Record, bytes: &[u8]) {
    row.set("content", ENGINE.encode(bytes));
    row.set("byteSize", i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    work.put(entity.table, row);
}

/// The bytes of a media property: an attachment's own, or a document's print.
pub fn content(work: &Work<'_>, entity: &Entity, row: &Record) -> Result<Vec<u8>, Fault> {
    if entity.set != "pdfDocument" {
        return Ok(ENGINE.decode(row.text("content")).unwrap_or_default());
    }
    let parent = row.guid("parentId");
    if work.get("salesCreditMemos", parent).is_some_and(|memo| !memo.flag("posted")) {
        return Err(Fault::dialog("The action can be applied to a posted credit memo only."));
    }
    let title = ["salesInvoices", "salesCreditMemos", "salesOrders"]
        .iter()
        .find_map(|table| work.get(table, parent))
        .map(|row| row.text("number").to_string());
    Ok(pdf(&title.unwrap_or_default()))
}

/// The smallest page that readers open: one line of text.
fn pdf(title: &str) -> Vec<u8> {
    let text: String = title.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ')).collect();
    let stream = format!("BT /F1 18 Tf 72 720 Td (Document {text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_string(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_string(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_string(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_string(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    let start = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        out.push_str(&format!("{offset:010} 00000 n \n"));
    }
    out.push_str(&format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1));
    out.into_bytes()
}
