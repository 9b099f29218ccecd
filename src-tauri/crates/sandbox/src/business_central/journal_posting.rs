//! Posting journal lines: for the harness only; the product never posts.

use super::company::increment;
use super::fault::Fault;
use super::guid::Guid;
use super::journals::lines_of;
use super::ledger::{self, CustomerEntry, Entry, Voucher};
use super::record::Record;
use super::setup::{Receipt, VatPosting};
use super::value::round;
use super::work::Work;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

pub fn post(work: &mut Work<'_>, batch: Guid) -> Result<(), Fault> {
    let lines: Vec<Record> = lines_of(work, batch).cloned().collect();
    if lines.is_empty() {
        return Err(Fault::dialog("There is nothing to post."));
    }
    balanced(&lines)?;
    let numbers = posting_numbers(work, batch, &lines);
    for mut line in lines {
        if let Some(number) = numbers.get(line.text("documentNumber")) {
            line.set("documentNumber", number.as_str());
        }
        post_line(work, &line)?;
        work.company.store.remove("journalLines", line.id);
    }
    Ok(())
}

/// A batch with a posting number series replaces each document number by one of its own.
fn posting_numbers(work: &mut Work<'_>, batch: Guid, lines: &[Record]) -> BTreeMap<String, String> {
    let mut numbers = BTreeMap::new();
    let Some(mut batch) = work.get("journalBatches", batch).filter(|row| !row.text("postingSeries").is_empty()).cloned() else { return numbers };
    for line in lines {
        if !numbers.contains_key(line.text("documentNumber")) {
            let next = increment(batch.text("postingSeries"));
            batch.set("postingSeries", next.as_str());
            numbers.insert(line.text("documentNumber").to_string(), next);
        }
    }
    work.put("journalBatches", batch);
    numbers
}

/// Money from a customer without a journal, as a bank import or a person would post it.
pub fn receipt(work: &mut Work<'_>, of: Receipt) -> Result<(), Fault> {
    let customer = work.find("customers", "number", &of.customer).cloned().ok_or_else(|| Fault::dialog("The customer cannot be found."))?;
    let mut line = work.new_record();
    line.set("documentType", "Payment");
    line.set("accountType", "Customer");
    line.set("accountNumber", of.customer);
    line.set("currencyCode", customer.text("currencyCode"));
    line.set("appliesToInvoiceNumber", of.applies_to);
    line.set("documentNumber", of.document_number);
    line.set("description", of.description);
    line.set("postingDate", of.posting_date);
    line.set("amount", -of.amount);
    line.set("balanceAccountType", "G_x002F_L_x0020_Account");
    line.set("balancingAccountNumber", of.account);
    post_line(work, &line)
}

/// Lines without a balancing account must balance each other within their document number.
fn balanced(lines: &[Record]) -> Result<(), Fault> {
    let mut open: BTreeMap<&str, Decimal> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.text("balancingAccountNumber").is_empty()) {
        *open.entry(line.text("documentNumber")).or_default() += line.number("amount");
    }
    match open.into_iter().find(|(_, sum)| !sum.is_zero()) {
        Some((number, sum)) => Err(Fault::dialog(format!("The lines in the journal are out of balance by {sum}. Document No.: {number}."))),
        None => Ok(()),
    }
}

fn post_line(work: &mut Work<'_>, line: &Record) -> Result<(), Fault> {
    let (kind, amount) = (line.text("accountType"), line.number("amount"));
    if line.text("documentNumber").is_empty() {
        return Err(Fault::field("Document No. must have a value in Gen. Journal Line: It cannot be zero or empty."));
    }
    if line.text("documentType") == "Payment" && kind == "Customer" && amount > Decimal::ZERO {
        return Err(Fault::field(format!(
            "Amount must be negative in Gen. Journal Line: Line No.={}. Current value is '{amount}'.",
            line.whole("lineNumber")
        )));
    }
    let date = line.date("postingDate");
    ledger::date_is_open(work, date)?;
    let voucher = Voucher {
        date,
        document_type: if line.text("documentType") == "Payment" { "Payment" } else { "_x0020_" },
        number: line.text("documentNumber").to_string(),
        description: line.text("description").to_string(),
    };
    let currency = line.text("currencyCode").to_string();
    let local = ledger::local(work, amount, &currency, date)?;
    let own = Side { kind, number: line.text("accountNumber"), amount, local };
    let other = Side { kind: line.text("balanceAccountType"), number: line.text("balancingAccountNumber"), amount: -amount, local: -local };
    let mut entries = entries(work, &own, line)?;
    if other.number.is_empty() {
        ledger::write(work, &voucher, &entries)?;
    } else {
        entries.extend(self::entries(work, &other, &Record::new(Guid::default(), work.now))?);
        ledger::post(work, &voucher, &entries)?;
    }
    for side in [own, other] {
        customer_side(work, &side, line, &voucher, &currency)?;
    }
    Ok(())
}

struct Side<'l> {
    kind: &'l str,
    number: &'l str,
    amount: Decimal,
    local: Decimal,
}

/// The G/L entries of one side, with VAT where the account makes it.
fn entries(work: &Work<'_>, side: &Side<'_>, line: &Record) -> Result<Vec<Entry>, Fault> {
    let account = match side.kind {
        "Customer" => {
            let customer = work.find("customers", "number", side.number).ok_or_else(|| Fault::dialog("The customer cannot be found."))?;
            ledger::receivables(work, customer.text("customerPostingGroup"))?
        }
        "Bank_x0020_Account" => {
            work.find("bankAccounts", "number", side.number).map(|bank| bank.text("accountNumber").to_string()).unwrap_or_default()
        }
        _ => side.number.to_string(),
    };
    let key = (line.text("vatBusinessGroup").to_string(), line.text("vatProductGroup").to_string());
    let vat = work.company.posting.vat.get(&key).filter(|_| !line.text("generalPostingType").is_empty());
    Ok(match vat {
        Some(vat) if vat.reverse_charge => with_reverse_charge(account, side.local, vat, work.company.decimals),
        Some(vat) if !vat.rate.is_zero() => with_vat(account, side.local, vat, line.text("generalPostingType"), work.company.decimals),
        _ => vec![Entry { account, amount: side.local }],
    })
}

/// The buyer accounts for the VAT: both sides of it, nothing out of the amount.
fn with_reverse_charge(account: String, amount: Decimal, vat: &VatPosting, decimals: u32) -> Vec<Entry> {
    let tax = round(amount * vat.rate / Decimal::ONE_HUNDRED, decimals);
    vec![
        Entry { account, amount },
        Entry { account: vat.purchase_account.clone(), amount: tax },
        Entry { account: vat.reverse_account.clone(), amount: -tax },
    ]
}

/// Amounts of journal lines include their VAT.
fn with_vat(account: String, amount: Decimal, vat: &VatPosting, posting_type: &str, decimals: u32) -> Vec<Entry> {
    let hundred = Decimal::ONE_HUNDRED;
    let base = round(amount * hundred / (hundred + vat.rate), decimals);
    let tax_account = if posting_type == "Sale" { &vat.sales_account } else { &vat.purchase_account };
    vec![Entry { account, amount: base }, Entry { account: tax_account.clone(), amount: amount - base }]
}

/// The customer entry of a side, applied when the line names an invoice.
fn customer_side(work: &mut Work<'_>, side: &Side<'_>, line: &Record, voucher: &Voucher, currency: &str) -> Result<(), Fault> {
    if side.kind != "Customer" {
        return Ok(());
    }
    let customer = work.find("customers", "number", side.number).ok_or_else(|| Fault::dialog("The customer cannot be found."))?;
    let receivables = ledger::receivables(work, customer.text("customerPostingGroup"))?;
    let entry = CustomerEntry {
        customer: side.number.to_string(),
        currency: currency.to_string(),
        amount: side.amount,
        local: side.local,
        sales_local: Decimal::ZERO,
        due: voucher.date,
        receivables,
        document: Guid::default(),
    };
    let entry = ledger::customer(work, voucher, entry);
    let number = line.text("appliesToInvoiceNumber");
    if number.is_empty() || side.amount >= Decimal::ZERO {
        return Ok(());
    }
    match ledger::open_entry(work, number, false) {
        Some(invoice) => ledger::apply(work, entry, invoice, voucher.date),
        None => Ok(()),
    }
}
