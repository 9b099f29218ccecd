//! Documents made from others: corrective credit memos, invoices of orders. For the harness only.

use super::company::Series;
use super::fault::Fault;
use super::guid::Guid;
use super::record::Record;
use super::sales::{self, DocumentKind};
use super::setup::Document;
use super::work::Work;

/// Cancels a posted invoice: its corrective credit memo is posted and settles it.
pub fn cancel(work: &mut Work<'_>, id: Guid) -> Result<Document, Fault> {
    work.atomically(|work| {
        let memo = corrective_memo(work, id)?;
        let posted = sales::post(work, DocumentKind::CreditMemo, memo)?;
        set_status(work, DocumentKind::CreditMemo, memo, "Corrective");
        set_status(work, DocumentKind::Invoice, id, "Canceled");
        Ok(posted)
    })
}

/// A draft credit memo over all of a posted invoice; refused when money came already.
pub fn corrective_memo(work: &mut Work<'_>, id: Guid) -> Result<Guid, Fault> {
    let invoice = work.get("salesInvoices", id).filter(|row| row.flag("posted")).cloned();
    let invoice = invoice.ok_or_else(|| Fault::dialog("The action can be applied to a posted invoice only."))?;
    let total = invoice.number("totalAmountIncludingTax");
    let open = super::ledger::open_entry(work, invoice.text("number"), false)
        .and_then(|entry| work.get("customerLedgerEntries", entry))
        .map(|entry| entry.number("remaining"));
    match (invoice.text("status"), open) {
        ("Canceled", _) => Err(Fault::dialog("The invoice cannot be canceled because it has already been canceled.")),
        (_, None) => Err(Fault::dialog("The invoice is closed. The corrective credit memo will not be applied to the invoice.")),
        (_, Some(open)) if open != total => {
            Err(Fault::dialog("The invoice is partially paid or credited. The corrective credit memo may not be fully closed by the invoice."))
        }
        _ => {
            let mut memo = copied(work, &invoice, Series::CreditMemo);
            memo.set("creditMemoDate", invoice.date("invoiceDate"));
            memo.set("invoiceId", invoice.id);
            memo.set("invoiceNumber", invoice.text("number"));
            Ok(place(work, &invoice, DocumentKind::Invoice, memo, DocumentKind::CreditMemo))
        }
    }
}

/// The order disappears; its invoice has an id of its own.
pub fn ship_and_invoice(work: &mut Work<'_>, id: Guid) -> Result<Document, Fault> {
    work.atomically(|work| {
        let order = sales::draft(work, DocumentKind::Order, id)?;
        let mut invoice = copied(work, &order, Series::Invoice);
        invoice.set("invoiceDate", order.date("orderDate"));
        invoice.set("dueDate", order.date("orderDate"));
        invoice.set("orderId", order.id);
        invoice.set("orderNumber", order.text("number"));
        let invoice = place(work, &order, DocumentKind::Order, invoice, DocumentKind::Invoice);
        let posted = sales::post(work, DocumentKind::Invoice, invoice)?;
        sales::delete(work, DocumentKind::Order, &order)?;
        Ok(posted)
    })
}

/// A header with the other's content, as a draft of its own.
fn copied(work: &mut Work<'_>, from: &Record, series: Series) -> Record {
    let mut row = from.copied_to(work.new_record().id, work.now);
    let number = work.company.next_number(series);
    row.set("number", number);
    row.set("status", "Draft");
    row.set("posted", false);
    row.set("released", false);
    row
}

/// Stores a header with copies of another document's lines.
fn place(work: &mut Work<'_>, from: &Record, from_kind: DocumentKind, header: Record, kind: DocumentKind) -> Guid {
    let id = header.id;
    work.put(kind.table(), header);
    let lines: Vec<Record> = sales::lines_of(work, from_kind, from.id).cloned().collect();
    for line in lines {
        let mut copy = line.copied_to(work.new_record().id, work.now);
        copy.set("documentId", id);
        work.put(kind.lines(), copy);
    }
    id
}

fn set_status(work: &mut Work<'_>, kind: DocumentKind, id: Guid, status: &str) {
    if let Some(mut row) = work.get(kind.table(), id).cloned() {
        row.set("status", status);
        work.put(kind.table(), row);
    }
}
