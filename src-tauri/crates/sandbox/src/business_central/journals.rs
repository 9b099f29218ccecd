//! Journal batches, customer payments and journal lines: drafts until a person posts them.
//!
//! github.com/microsoft/BCApps: APIV2CustomerPayments, APIV2JournalLines, GraphMgtJournalLines.

use super::body::Body;
use super::company::{CASH_RECEIPTS, GENERAL, increment};
use super::facts::Entity;
use super::fault::Fault;
use super::guid::Guid;
use super::journal_posting;
use super::ledger;
use super::record::Record;
use super::setup::Receipt;
use super::value::Value;
use super::views::Conditions;
use super::work::Work;
use chrono::NaiveDate;
use http::StatusCode;

const GL_ACCOUNT: &str = "G_x002F_L_x0020_Account";
const BANK_ACCOUNT: &str = "Bank_x0020_Account";

pub fn insert_batch(work: &mut Work<'_>, entity: &Entity, body: Body) -> Result<Record, Fault> {
    let code = body
        .filled("code")
        .ok_or_else(|| Fault::new(StatusCode::BAD_REQUEST, "BadRequest_RequiredParamNotProvided", "The \"code\" must be provided."))?;
    let template = body.filled("templateDisplayName").unwrap_or(if entity.set == "journals" { GENERAL } else { CASH_RECEIPTS }).to_string();
    if work.company.store.matching("journalBatches", "code", &Value::from(code)).any(|row| row.text("templateDisplayName") == template) {
        return Err(Fault::same_key("Gen. Journal Batch", &format!("Journal Template Name='{template}',Name='{code}'")));
    }
    let mut row = work.new_record();
    row.set("templateDisplayName", template);
    row.set("balanceAccountType", GL_ACCOUNT);
    store_batch(work, row, body)
}

pub fn modify_batch(work: &mut Work<'_>, _entity: &Entity, row: Record, body: Body) -> Result<(), Fault> {
    store_batch(work, row, body).map(drop)
}

/// The API sets only a G/L account as balancing account.
fn store_batch(work: &mut Work<'_>, mut row: Record, body: Body) -> Result<Record, Fault> {
    if let Some(id) = body.id("balancingAccountId") {
        let account = work.get("accounts", id).ok_or_else(|| Fault::dialog("The \"balancingAccountId\" does not match to an Account."))?;
        let number = account.text("number").to_string();
        row.set("balanceAccountType", GL_ACCOUNT);
        row.set("balancingAccountNumber", number);
    }
    for (name, value) in body.values() {
        row.set(name, value.clone());
    }
    work.put("journalBatches", row.clone());
    Ok(row)
}

pub fn delete_batch(work: &mut Work<'_>, row: &Record) -> Result<(), Fault> {
    let lines: Vec<Guid> = lines_of(work, row.id).map(|line| line.id).collect();
    for line in lines {
        work.company.store.remove("journalLines", line);
    }
    work.company.store.remove("journalBatches", row.id);
    Ok(())
}

pub fn insert_payment(work: &mut Work<'_>, conditions: &Conditions, body: Body) -> Result<Record, Fault> {
    let batch = batch_of(work, conditions, &body)?;
    let mut line = new_line(work, &batch, &body)?;
    line.set("documentType", "Payment");
    line.set("accountType", "Customer");
    line.set("appliesToType", "Invoice");
    line.set("balanceAccountType", batch.text("balanceAccountType"));
    line.set("balancingAccountId", batch.guid("balancingAccountId"));
    line.set("balancingAccountNumber", batch.text("balancingAccountNumber"));
    take_payment(work, &mut line, body)?;
    work.put("journalLines", line.clone());
    Ok(line)
}

pub fn modify_payment(work: &mut Work<'_>, mut line: Record, body: Body) -> Result<(), Fault> {
    fixed_batch(&line, &body, "The Journal Id cannot be changed.", "The Journal Batch Display Name cannot be changed.")?;
    free_line_number(work, &line, &body)?;
    take_payment(work, &mut line, body)?;
    work.put("journalLines", line);
    Ok(())
}

fn take_payment(work: &Work<'_>, line: &mut Record, body: Body) -> Result<(), Fault> {
    let invoice = applied_invoice(work, &body)?;
    let by_id = body
        .id("customerId")
        .map(|id| work.get("customers", id).ok_or_else(|| Fault::dialog("The \"customerId\" does not match to a Customer.")))
        .transpose()?;
    let by_number = body
        .filled("customerNumber")
        .map(|number| work.find("customers", "number", number).ok_or_else(|| Fault::dialog("The \"customerNumber\" does not match to a Customer.")))
        .transpose()?;
    if by_id.zip(by_number).is_some_and(|(left, right)| left.id != right.id) {
        return Err(Fault::dialog("The customer values do not match to a specific Customer."));
    }
    let from_invoice = invoice
        .filter(|_| line.text("accountNumber").is_empty())
        .and_then(|invoice| work.find("customers", "number", invoice.text("billToCustomerNumber")));
    for (name, value) in body.values() {
        line.set(name, value.clone());
    }
    if let Some(customer) = by_id.or(by_number).or(from_invoice) {
        line.set("customerId", customer.id);
        line.set("customerNumber", customer.text("number"));
        line.set("accountNumber", customer.text("number"));
        line.set("currencyCode", customer.text("currencyCode"));
        if line.text("description").is_empty() {
            line.set("description", customer.text("displayName"));
        }
    }
    if body.has("appliesToInvoiceId") || body.has("appliesToInvoiceNumber") {
        line.set("appliesToInvoiceId", invoice.map(|invoice| invoice.id).unwrap_or_default());
        if let Some(invoice) = invoice {
            line.set("appliesToInvoiceNumber", invoice.text("number"));
        }
    }
    Ok(())
}

/// By id it must be a posted invoice; an unknown number is accepted and names nothing.
fn applied_invoice<'w>(work: &'w Work<'_>, body: &Body) -> Result<Option<&'w Record>, Fault> {
    let by_id = match body.id("appliesToInvoiceId") {
        Some(id) => Some(
            work.get("salesInvoices", id)
                .filter(|row| row.flag("posted"))
                .ok_or_else(|| Fault::dialog("The \"appliesToInvoiceId\" should be the ID of an Open, Paid, Corrective, or Canceled Invoice."))?,
        ),
        None => None,
    };
    let by_number = body.filled("appliesToInvoiceNumber").map(|number| work.find("salesInvoices", "number", number).filter(|row| row.flag("posted")));
    match (by_id, by_number) {
        (Some(invoice), Some(other)) if other.is_none_or(|other| other.id != invoice.id) => {
            Err(Fault::dialog("The Applies To Invoice values do not match to the same Invoice."))
        }
        (Some(invoice), _) => Ok(Some(invoice)),
        (None, other) => Ok(other.flatten()),
    }
}

pub fn insert_line(work: &mut Work<'_>, conditions: &Conditions, body: Body) -> Result<Record, Fault> {
    let batch = batch_of(work, conditions, &body)?;
    let mut line = new_line(work, &batch, &body)?;
    line.set("documentType", "_x0020_");
    line.set("accountType", GL_ACCOUNT);
    // A POST that leaves the balance type out resets it to G/L.
    line.set("balanceAccountType", GL_ACCOUNT);
    if batch.text("balanceAccountType") == GL_ACCOUNT {
        line.set("balancingAccountId", batch.guid("balancingAccountId"));
        line.set("balancingAccountNumber", batch.text("balancingAccountNumber"));
    }
    take_line(work, &mut line, body)?;
    work.put("journalLines", line.clone());
    Ok(line)
}

pub fn modify_line(work: &mut Work<'_>, mut line: Record, body: Body) -> Result<(), Fault> {
    fixed_batch(&line, &body, "The Journal Batch Id isn't editable.", "The Journal Batch Display Name isn't editable.")?;
    free_line_number(work, &line, &body)?;
    take_line(work, &mut line, body)?;
    work.put("journalLines", line);
    Ok(())
}

fn take_line(work: &Work<'_>, line: &mut Record, body: Body) -> Result<(), Fault> {
    for (name, value) in body
        .values()
        .filter(|(name, _)| !matches!(*name, "accountId" | "accountNumber" | "balancingAccountId" | "balancingAccountNumber" | "taxCode"))
    {
        line.set(name, value.clone());
    }
    let account_type = line.text("accountType").to_string();
    if body.id("accountId").is_some() || body.filled("accountNumber").is_some() {
        let account = account(work, &account_type, body.id("accountId"), body.filled("accountNumber"), "account")?;
        line.set("accountId", if matches!(account_type.as_str(), GL_ACCOUNT | BANK_ACCOUNT) { account.id } else { Guid::default() });
        line.set("accountNumber", account.text("number"));
        line.set("currencyCode", account.text("currencyCode"));
        if line.text("description").is_empty() {
            line.set("description", account.text("displayName"));
        }
        take_groups(line, account, body.filled("accountNumber").is_some());
    }
    if let Some(group) = body.text("taxCode") {
        if !group.is_empty() && !work.company.posting.vat.keys().any(|(_, product)| product == group) {
            return Err(Fault::relation("VAT Prod. Posting Group", "Gen. Journal Line", group, "VAT Product Posting Group"));
        }
        line.set("vatProductGroup", group);
        line.set("taxCode", group);
    }
    if body.id("balancingAccountId").is_some() || body.filled("balancingAccountNumber").is_some() {
        let kind = line.text("balanceAccountType").to_string();
        let balance = account(work, &kind, body.id("balancingAccountId"), body.filled("balancingAccountNumber"), "balancingAccount")?;
        line.set("balancingAccountId", balance.id);
        line.set("balancingAccountNumber", balance.text("number"));
        // A bank in the local currency takes lines of every currency.
        if kind == BANK_ACCOUNT && !balance.text("currencyCode").is_empty() {
            line.set("currencyCode", balance.text("currencyCode"));
        }
    }
    Ok(())
}

/// A line that names its G/L account by number takes its VAT groups; by id alone they are blanked again.
fn take_groups(line: &mut Record, account: &Record, by_number: bool) {
    for name in ["generalPostingType", "vatBusinessGroup", "vatProductGroup"] {
        line.set(name, if by_number { account.text(name) } else { "" });
    }
    line.set("taxCode", if by_number { account.text("vatProductGroup") } else { "" });
}

fn account<'w>(work: &'w Work<'_>, kind: &str, id: Option<Guid>, number: Option<&str>, name: &str) -> Result<&'w Record, Fault> {
    let table = match kind {
        "Customer" => "customers",
        BANK_ACCOUNT => "bankAccounts",
        _ => "accounts",
    };
    let by_id = id
        .filter(|_| table != "customers")
        .map(|id| work.get(table, id).ok_or_else(|| Fault::dialog(format!("The \"{name}Id\" does not match to an Account."))))
        .transpose()?;
    let by_number = number
        .map(|number| work.find(table, "number", number).ok_or_else(|| Fault::dialog(format!("The \"{name}Number\" does not match to an Account."))))
        .transpose()?;
    if by_id.zip(by_number).is_some_and(|(left, right)| left.id != right.id) {
        return Err(Fault::dialog("The account values do not match to a specific Account."));
    }
    let row = by_id.or(by_number).ok_or_else(|| Fault::dialog(format!("The \"{name}Id\" does not match to an Account.")))?;
    if table == "accounts" && !row.flag("directPosting") {
        return Err(Fault::field(format!(
            "Direct Posting must be equal to 'Yes'  in G/L Account: No.={}. Current value is 'No'.",
            row.text("number")
        )));
    }
    Ok(row)
}

fn batch_of(work: &Work<'_>, conditions: &Conditions, body: &Body) -> Result<Record, Fault> {
    let id = conditions.iter().find_map(|(_, value)| if let Value::Guid(id) = value { Some(*id) } else { None }).or_else(|| body.id("journalId"));
    let id = id.ok_or_else(|| Fault::dialog("You must specify a journal batch ID or a journal ID to get a journal line."))?;
    work.get("journalBatches", id).cloned().ok_or_else(|| Fault::dialog(format!("The General Journal Batch with ID {id} cannot be found.")))
}

/// A line with what it takes over from the one before.
fn new_line(work: &mut Work<'_>, batch: &Record, body: &Body) -> Result<Record, Fault> {
    let last = lines_of(work, batch.id).last().cloned();
    let mut line = work.new_record();
    line.set("journalId", batch.id);
    line.set("journalDisplayName", batch.text("code"));
    let number = match body.whole("lineNumber").filter(|number| *number != 0) {
        Some(wanted) if lines_of(work, batch.id).any(|line| line.whole("lineNumber") == wanted) => return Err(taken(batch.text("code"), wanted)),
        Some(wanted) => wanted,
        None => last.as_ref().map_or(0, |line| line.whole("lineNumber")).saturating_add(10_000),
    };
    line.set("lineNumber", number);
    line.set("postingDate", last.as_ref().map_or_else(|| work.today(), |line| line.date("postingDate")));
    if let Some(last) = last.filter(|line| !line.text("documentNumber").is_empty()) {
        line.set("documentNumber", increment(last.text("documentNumber")));
    }
    Ok(line)
}

fn free_line_number(work: &Work<'_>, line: &Record, body: &Body) -> Result<(), Fault> {
    match body.whole("lineNumber") {
        Some(wanted) if lines_of(work, line.guid("journalId")).any(|other| other.id != line.id && other.whole("lineNumber") == wanted) => {
            Err(taken(line.text("journalDisplayName"), wanted))
        }
        _ => Ok(()),
    }
}

fn taken(batch: &str, number: i64) -> Fault {
    Fault::same_key("Gen. Journal Line", &format!("Journal Batch Name='{batch}',Line No.='{number}'"))
}

fn fixed_batch(line: &Record, body: &Body, id: &str, name: &str) -> Result<(), Fault> {
    if body.guid("journalId").is_some_and(|wanted| wanted != line.guid("journalId")) {
        return Err(Fault::dialog(id));
    }
    if body.text("journalDisplayName").is_some_and(|wanted| wanted != line.text("journalDisplayName")) {
        return Err(Fault::dialog(name));
    }
    Ok(())
}

pub fn lines_of<'w>(work: &'w Work<'_>, batch: Guid) -> impl Iterator<Item = &'w Record> {
    work.company.store.matching("journalLines", "journalId", &Value::from(batch))
}

pub fn post(work: &mut Work<'_>, batch: Guid) -> Result<(), Fault> {
    work.atomically(|work| journal_posting::post(work, batch))
}

pub fn receipt(work: &mut Work<'_>, of: Receipt) -> Result<(), Fault> {
    work.atomically(|work| journal_posting::receipt(work, of))
}

/// Applies the open credit of one document to the open debit of another, by hand.
pub fn apply(work: &mut Work<'_>, credit: &str, debit: &str, date: NaiveDate) -> Result<(), Fault> {
    let missing = |number: &str| Fault::dialog(format!("There is no open customer ledger entry with document number {number}."));
    let credit = ledger::open_entry(work, credit, true).ok_or_else(|| missing(credit))?;
    let debit = ledger::open_entry(work, debit, false).ok_or_else(|| missing(debit))?;
    work.atomically(|work| ledger::apply(work, credit, debit, date))
}
