//! What posting leaves behind: G/L entries, customer entries and their application.

use super::fault::Fault;
use super::guid::Guid;
use super::record::Record;
use super::value::{Value, blank_date, round};
use super::work::Work;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// One G/L entry to be: debit is positive, in the local currency.
#[derive(Clone, Debug)]
pub struct Entry {
    pub account: String,
    pub amount: Decimal,
}

/// What the entries of one posting share.
#[derive(Clone, Debug)]
pub struct Voucher {
    pub date: NaiveDate,
    /// Wire name of the document type.
    pub document_type: &'static str,
    pub number: String,
    pub description: String,
}

/// An entry on a customer's account; receivables are positive, in the document's currency.
#[derive(Clone, Debug)]
pub struct CustomerEntry {
    pub customer: String,
    pub currency: String,
    pub amount: Decimal,
    pub local: Decimal,
    pub sales_local: Decimal,
    pub due: NaiveDate,
    pub receivables: String,
    /// The document's own row, if it has one.
    pub document: Guid,
}

/// Writes G/L entries; they must sum to nothing.
pub fn post(work: &mut Work<'_>, voucher: &Voucher, entries: &[Entry]) -> Result<(), Fault> {
    let sum: Decimal = entries.iter().map(|entry| entry.amount).sum();
    if !sum.is_zero() {
        return Err(Fault::dialog(format!(
            "The transaction cannot be completed because it will cause inconsistencies in the G/L Entry table: {sum}."
        )));
    }
    write(work, voucher, entries)
}

/// Writes G/L entries of a voucher whose other lines balance them.
pub fn write(work: &mut Work<'_>, voucher: &Voucher, entries: &[Entry]) -> Result<(), Fault> {
    for entry in entries.iter().filter(|entry| !entry.amount.is_zero()) {
        let account = work.find("accounts", "number", &entry.account).map(|row| row.id);
        let account = account.ok_or_else(|| {
            Fault::record_missing(format!("The G/L Account does not exist. Identification fields and values: No.='{}'", entry.account))
        })?;
        let number = work.company.store.last("generalLedgerEntries").map_or(0, |row| row.whole("entryNumber")) + 1;
        let mut row = work.new_record();
        row.set("entryNumber", number);
        row.set("postingDate", voucher.date);
        row.set("documentNumber", voucher.number.as_str());
        row.set("documentType", voucher.document_type);
        row.set("accountId", account);
        row.set("accountNumber", entry.account.as_str());
        row.set("description", voucher.description.chars().take(100).collect::<String>());
        row.set(if entry.amount > Decimal::ZERO { "debitAmount" } else { "creditAmount" }, entry.amount.abs());
        work.put("generalLedgerEntries", row);
        add_to_balance(work, account, entry.amount);
    }
    Ok(())
}

/// Keeps the sum of each account at hand, so that reading it costs nothing.
fn add_to_balance(work: &mut Work<'_>, account: Guid, amount: Decimal) {
    let mut row = work.get("accountBalances", account).cloned().unwrap_or_else(|| Record::new(account, work.now));
    row.set("balance", row.number("balance") + amount);
    work.put("accountBalances", row);
}

pub fn customer(work: &mut Work<'_>, voucher: &Voucher, of: CustomerEntry) -> Guid {
    let number = work.company.store.last("customerLedgerEntries").map_or(0, |row| row.whole("entryNumber")) + 1;
    let mut row = work.new_record();
    row.set("entryNumber", number);
    row.set("customerNumber", of.customer);
    row.set("documentType", voucher.document_type);
    row.set("documentNumber", voucher.number.as_str());
    row.set("description", voucher.description.as_str());
    row.set("postingDate", voucher.date);
    row.set("dueDate", of.due);
    row.set("currencyCode", of.currency);
    row.set("amount", of.amount);
    row.set("remaining", of.amount);
    row.set("amountLocal", of.local);
    row.set("remainingLocal", of.local);
    row.set("salesLocal", of.sales_local);
    row.set("receivables", of.receivables);
    row.set("documentId", of.document);
    let id = row.id;
    work.put("customerLedgerEntries", row);
    id
}

/// Settles an open credit against an open debit of the same customer and currency, as far
/// as both reach. What their rates differ by is a realised exchange difference.
pub fn apply(work: &mut Work<'_>, credit: Guid, debit: Guid, date: NaiveDate) -> Result<(), Fault> {
    let missing = || Fault::dialog("The customer ledger entry cannot be found.");
    let mut credit = work.get("customerLedgerEntries", credit).cloned().ok_or_else(missing)?;
    let mut debit = work.get("customerLedgerEntries", debit).cloned().ok_or_else(missing)?;
    if credit.text("customerNumber") != debit.text("customerNumber") || credit.text("currencyCode") != debit.text("currencyCode") {
        return Err(Fault::dialog("The entries cannot be applied: they differ in customer or currency."));
    }
    let amount = debit.number("remaining").min(-credit.number("remaining"));
    if amount <= Decimal::ZERO {
        return Err(Fault::dialog("There is nothing to apply."));
    }
    let decimals = work.company.decimals;
    let from_debit = take(&mut debit, amount, decimals);
    let from_credit = -take(&mut credit, -amount, decimals);
    let difference = from_credit - from_debit;
    if !difference.is_zero() {
        let account = if difference > Decimal::ZERO { &work.company.posting.exchange_gains } else { &work.company.posting.exchange_losses };
        let entries =
            [Entry { account: debit.text("receivables").to_string(), amount: difference }, Entry { account: account.clone(), amount: -difference }];
        let voucher = Voucher {
            date,
            document_type: "_x0020_",
            number: credit.text("documentNumber").to_string(),
            description: "Realised exchange difference".into(),
        };
        post(work, &voucher, &entries)?;
    }
    for entry in [credit, debit] {
        let closed = entry.number("remaining").is_zero();
        let document = entry.guid("documentId");
        work.put("customerLedgerEntries", entry);
        if closed {
            close(work, document);
        }
    }
    Ok(())
}

/// Takes part of what remains; the local part goes in proportion, all of it with the rest.
fn take(entry: &mut Record, amount: Decimal, decimals: u32) -> Decimal {
    let (remaining, local) = (entry.number("remaining"), entry.number("remainingLocal"));
    let part = if amount == remaining { local } else { round(local * (amount / remaining), decimals) };
    entry.set("remaining", remaining - amount);
    entry.set("remainingLocal", local - part);
    part
}

/// The document's row is rewritten only when its status changes: a partial payment leaves its stamp.
fn close(work: &mut Work<'_>, document: Guid) {
    for table in ["salesInvoices", "salesCreditMemos"] {
        if let Some(mut row) = work.get(table, document).filter(|row| row.text("status") == "Open").cloned() {
            row.set("status", "Paid");
            work.put(table, row);
        }
    }
}

/// Refuses a posting date outside the range of the general ledger set-up.
pub fn date_is_open(work: &Work<'_>, date: NaiveDate) -> Result<(), Fault> {
    let setup = work.company.store.all("generalLedgerSetup").next();
    let (from, to) = setup.map_or((blank_date(), blank_date()), |row| (row.date("allowPostingFrom"), row.date("allowPostingTo")));
    if date < from || to != blank_date() && date > to {
        return Err(Fault::dialog(format!("Posting Date is not within your range of allowed posting dates: {date}.")));
    }
    Ok(())
}

/// An amount in the local currency at the rate of a date.
pub fn local(work: &Work<'_>, amount: Decimal, currency: &str, date: NaiveDate) -> Result<Decimal, Fault> {
    let (unit, relational) = work.company.exchange_rate(currency, date).ok_or_else(|| {
        Fault::record_missing(format!(
            "There is no Currency Exchange Rate within the filter. Filters: Currency Code: {currency}, Starting Date: ..{date}"
        ))
    })?;
    let exact = amount.checked_mul(relational).and_then(|product| product.checked_div(unit));
    exact.map(|exact| round(exact, work.company.decimals)).ok_or_else(|| Fault::dialog("The amount is too large."))
}

pub fn receivables(work: &Work<'_>, group: &str) -> Result<String, Fault> {
    let account = work.company.posting.receivables.get(group).cloned();
    account
        .ok_or_else(|| Fault::record_missing(format!("The Customer Posting Group does not exist. Identification fields and values: Code='{group}'")))
}

/// The open entry of a document number with the wanted sign.
pub fn open_entry(work: &Work<'_>, number: &str, credit: bool) -> Option<Guid> {
    let mut entries = work.company.store.matching("customerLedgerEntries", "documentNumber", &Value::from(number));
    entries
        .find(|entry| if credit { entry.number("remaining") < Decimal::ZERO } else { entry.number("remaining") > Decimal::ZERO })
        .map(|entry| entry.id)
}
