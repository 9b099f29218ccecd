//! Posting a sales invoice or credit memo: for the harness only; the product never posts.

use super::company::Series;
use super::fault::Fault;
use super::guid::Guid;
use super::ledger::{self, CustomerEntry, Entry, Voucher};
use super::record::Record;
use super::sales::{self, DocumentKind};
use super::setup::Document;
use super::work::Work;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

pub fn post(work: &mut Work<'_>, kind: DocumentKind, row: Record) -> Result<Document, Fault> {
    let (series, document_type, sign) = match kind {
        DocumentKind::Invoice => (Series::PostedInvoice, "Invoice", Decimal::ONE),
        DocumentKind::CreditMemo => (Series::PostedCreditMemo, "Credit_x0020_Memo", Decimal::NEGATIVE_ONE),
        DocumentKind::Order => return Err(Fault::dialog("An order is posted as the invoice it becomes.")),
    };
    let lines: Vec<Record> = sales::lines_of(work, kind, row.id).filter(|line| line.text("lineType") != "Comment").cloned().collect();
    check(work, kind, &row, &lines)?;
    let voucher = Voucher {
        date: row.date("postingDate"),
        document_type,
        number: work.company.next_number(series),
        description: format!("{} {}", kind.caption(), row.text("number")),
    };
    let receivables = ledger::receivables(work, row.text("customerPostingGroup"))?;
    let (entries, local_total, local_sales) = entries(work, &row, &lines, &receivables, sign)?;
    ledger::post(work, &voucher, &entries)?;
    let entry = ledger::customer(
        work,
        &voucher,
        CustomerEntry {
            customer: row.text("billToCustomerNumber").to_string(),
            currency: row.text("currencyCode").to_string(),
            amount: row.number("totalAmountIncludingTax") * sign,
            local: local_total,
            sales_local: local_sales,
            due: row.date("dueDate"),
            receivables: receivables.clone(),
            document: row.id,
        },
    );
    let document = become_posted(work, kind, row.clone(), &voucher);
    settle(work, kind, &row, &voucher, entry, &receivables, local_total)?;
    Ok(document)
}

fn check(work: &Work<'_>, kind: DocumentKind, row: &Record, lines: &[Record]) -> Result<(), Fault> {
    if lines.is_empty() {
        let noun = if kind == DocumentKind::Invoice { "invoice" } else { "credit memo" };
        return Err(Fault::dialog(format!("Please add at least one line item to the {noun}.")));
    }
    if lines.iter().any(|line| line.number("quantity").is_zero()) {
        return Err(Fault::dialog("One or more document lines with a value in the No. field do not have a quantity specified."));
    }
    if row.number("totalAmountIncludingTax") < Decimal::ZERO {
        return Err(Fault::dialog("The total amount for the document must be 0 or greater."));
    }
    if work.company.posting.external_number_mandatory && row.text("externalDocumentNumber").is_empty() {
        return Err(Fault::field(format!(
            "External Document No. must have a value in Sales Header: No.={}. It cannot be zero or empty.",
            row.text("number")
        )));
    }
    ledger::date_is_open(work, row.date("postingDate"))
}

/// G/L entries of a document, its receivable and its sales in the local currency.
fn entries(work: &Work<'_>, row: &Record, lines: &[Record], receivables: &str, sign: Decimal) -> Result<(Vec<Entry>, Decimal, Decimal), Fault> {
    let (currency, date) = (row.text("currencyCode"), row.date("postingDate"));
    let mut revenue: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut vat: BTreeMap<String, Decimal> = BTreeMap::new();
    for line in lines {
        *revenue.entry(revenue_account(work, row, line, sign)?).or_default() += line.number("netAmount");
        if !line.number("netTaxAmount").is_zero() {
            *vat.entry(vat_account(work, row, line)?).or_default() += line.number("netTaxAmount");
        }
    }
    let total = ledger::local(work, row.number("totalAmountIncludingTax") * sign, currency, date)?;
    let mut entries = vec![Entry { account: receivables.to_string(), amount: total }];
    for (account, amount) in vat {
        entries.push(Entry { account, amount: ledger::local(work, -amount * sign, currency, date)? });
    }
    let sales = -entries.iter().map(|entry| entry.amount).sum::<Decimal>();
    // The last revenue account takes what rounding the parts leaves over.
    let mut rest = sales;
    let last = revenue.len().saturating_sub(1);
    for (at, (account, amount)) in revenue.into_iter().enumerate() {
        let amount = if at == last { rest } else { ledger::local(work, -amount * sign, currency, date)? };
        rest -= amount;
        entries.push(Entry { account, amount });
    }
    Ok((entries, total, -sales))
}

fn revenue_account(work: &Work<'_>, row: &Record, line: &Record, sign: Decimal) -> Result<String, Fault> {
    let (business, product) = (row.text("generalBusinessGroup"), line.text("generalProductGroup"));
    if product.is_empty() {
        let text = format!(
            "Gen. Prod. Posting Group must have a value in Sales Line: Document No.={}, Line No.={}. It cannot be zero or empty.",
            row.text("number"),
            line.whole("sequence")
        );
        return Err(Fault::field(text));
    }
    let setup = work.company.posting.general.get(&(business.to_string(), product.to_string())).ok_or_else(|| {
        Fault::record_missing(format!(
            "The General Posting Setup does not exist. Identification fields and values: Gen. Bus. Posting Group='{business}',Gen. Prod. Posting Group='{product}'"
        ))
    })?;
    if line.text("lineType") == "Account" {
        return Ok(line.text("lineObjectNumber").to_string());
    }
    Ok(if sign > Decimal::ZERO || setup.credit_memo_account.is_empty() { setup.sales_account.clone() } else { setup.credit_memo_account.clone() })
}

fn vat_account(work: &Work<'_>, row: &Record, line: &Record) -> Result<String, Fault> {
    let key = (row.text("vatBusinessGroup").to_string(), line.text("vatProductGroup").to_string());
    let account = work.company.posting.vat.get(&key).map(|vat| vat.sales_account.clone()).unwrap_or_default();
    if account.is_empty() {
        return Err(Fault::field(format!(
            "Sales VAT Account must have a value in VAT Posting Setup: VAT Bus. Posting Group={}, VAT Prod. Posting Group={}.",
            key.0, key.1
        )));
    }
    Ok(account)
}

/// The id stays, the number changes.
fn become_posted(work: &mut Work<'_>, kind: DocumentKind, mut row: Record, voucher: &Voucher) -> Document {
    row.set("draftNumber", row.text("number").to_string());
    row.set("number", voucher.number.as_str());
    row.set("posted", true);
    row.set("released", false);
    row.set("status", if row.number("totalAmountIncludingTax").is_zero() { "Paid" } else { "Open" });
    let document = Document { id: row.id.to_string(), number: voucher.number.clone() };
    work.put(kind.table(), row);
    document
}

/// What settles by itself: a payment method with a balancing account, a credit memo that names its invoice.
fn settle(
    work: &mut Work<'_>,
    kind: DocumentKind,
    row: &Record,
    voucher: &Voucher,
    entry: Guid,
    receivables: &str,
    local: Decimal,
) -> Result<(), Fault> {
    let balancing =
        work.get("paymentMethods", row.guid("paymentMethodId")).map(|method| method.text("balancingAccount").to_string()).unwrap_or_default();
    if !balancing.is_empty() && !local.is_zero() {
        let payment = Voucher { document_type: "Payment", ..voucher.clone() };
        ledger::post(work, &payment, &[Entry { account: balancing, amount: local }, Entry { account: receivables.to_string(), amount: -local }])?;
        let sign = if kind == DocumentKind::Invoice { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
        let money = CustomerEntry {
            customer: row.text("billToCustomerNumber").to_string(),
            currency: row.text("currencyCode").to_string(),
            amount: row.number("totalAmountIncludingTax") * sign,
            local: -local,
            sales_local: Decimal::ZERO,
            due: row.date("dueDate"),
            receivables: receivables.to_string(),
            document: Guid::default(),
        };
        let money = ledger::customer(work, &payment, money);
        let (credit, debit) = if kind == DocumentKind::Invoice { (money, entry) } else { (entry, money) };
        return ledger::apply(work, credit, debit, voucher.date);
    }
    let invoice = ledger::open_entry(work, row.text("invoiceNumber"), false);
    match invoice.filter(|_| kind == DocumentKind::CreditMemo && !row.text("invoiceNumber").is_empty()) {
        Some(invoice) => ledger::apply(work, entry, invoice, voucher.date),
        None => Ok(()),
    }
}
