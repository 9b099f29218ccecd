//! What a set shows: which rows of its table, and the values that are worked out on reading.

use super::company::{CASH_RECEIPTS, Company, GENERAL};
use super::facts::{Entity, Link, Navigation, Property};
use super::guid::Guid;
use super::record::Record;
use super::value::Value;
use super::work::Work;
use chrono::{Duration, NaiveDate};
use rust_decimal::Decimal;

/// Equalities that the path sets: the parent of a nested collection.
pub type Conditions = Vec<(&'static str, Value)>;

/// The value that a property shows for a row.
pub fn value(work: &Work<'_>, entity: &Entity, row: &Record, property: &Property) -> Value {
    computed(work, entity, row, property.name)
        .or_else(|| row.get(property.name).cloned())
        .or_else(|| stamps(row, property.name))
        .unwrap_or_else(|| property.kind.blank())
}

fn stamps(row: &Record, name: &str) -> Option<Value> {
    match name {
        "id" => Some(row.id.into()),
        "lastModifiedDateTime" | "systemModifiedAt" => Some(row.modified.into()),
        "systemCreatedAt" => Some(row.created.into()),
        _ => None,
    }
}

fn computed(work: &Work<'_>, entity: &Entity, row: &Record, name: &str) -> Option<Value> {
    let company: &Company = work.company;
    match (entity.set, name) {
        ("customers" | "salesInvoices" | "salesCreditMemos" | "salesOrders" | "bankAccounts", "currencyCode") => {
            Some(company.currency_outside(row.text("currencyCode")).into())
        }
        // Where VAT is used, the tax area of a customer is its VAT business posting group
        // (microsoft/BCApps, table 18 "Customer", UpdateTaxAreaId).
        ("customers", "taxAreaId") => work.find("taxAreas", "code", row.text("vatBusinessGroup")).map(|area| area.id.into()),
        ("customers", "taxAreaDisplayName") => {
            work.find("taxAreas", "code", row.text("vatBusinessGroup")).map(|area| area.text("displayName").into())
        }
        ("customers", "balanceDue") => Some(open_amount(company, row.text("number"), "remaining", None).into()),
        ("salesInvoices", "remainingAmount") => Some(remaining(company, row).into()),
        ("customerFinancialDetails", "balance") => Some(open_amount(company, row.text("number"), "remainingLocal", None).into()),
        ("customerFinancialDetails", "overdueAmount") => Some(open_amount(company, row.text("number"), "remainingLocal", Some(work.today())).into()),
        ("customerFinancialDetails", "totalSalesExcludingTax") => Some(sales_of(company, row.text("number")).into()),
        ("accounts", "netChange") => Some(net_change(company, row).into()),
        _ => None,
    }
}

/// Incl. tax for drafts, the ledger's remainder when posted, 0 when canceled.
fn remaining(company: &Company, invoice: &Record) -> Decimal {
    match (invoice.flag("posted"), invoice.text("status")) {
        (false, _) => invoice.number("totalAmountIncludingTax"),
        (true, "Canceled") => Decimal::ZERO,
        (true, _) => {
            let number = Value::from(invoice.text("number"));
            let mut entries = company.store.matching("customerLedgerEntries", "documentNumber", &number);
            entries.find(|entry| entry.text("documentType") == "Invoice").map_or(Decimal::ZERO, |entry| entry.number("remaining"))
        }
    }
}

fn open_amount(company: &Company, customer: &str, amount: &str, due_before: Option<NaiveDate>) -> Decimal {
    let entries = company.store.matching("customerLedgerEntries", "customerNumber", &Value::from(customer));
    entries.filter(|entry| due_before.is_none_or(|date| entry.date("dueDate") < date)).map(|entry| entry.number(amount)).sum()
}

fn sales_of(company: &Company, customer: &str) -> Decimal {
    let entries = company.store.matching("customerLedgerEntries", "customerNumber", &Value::from(customer));
    entries.map(|entry| entry.number("salesLocal")).sum()
}

fn net_change(company: &Company, account: &Record) -> Decimal {
    company.store.get("accountBalances", account.id).map_or(Decimal::ZERO, |row| row.number("balance"))
}

/// Whether a set shows a row of its table at all.
pub fn shows(work: &Work<'_>, entity: &Entity, row: &Record, filtered_by_template: bool) -> bool {
    match entity.set {
        "journals" => filtered_by_template || row.text("templateDisplayName") == GENERAL,
        "customerPaymentJournals" => row.text("templateDisplayName") == CASH_RECEIPTS,
        // Lines that a person changed in Business Central vanish from the set.
        "customerPayments" => {
            row.text("documentType") == "Payment" && row.text("accountType") == "Customer" && row.text("appliesToType") == "Invoice"
        }
        "journalLines" => {
            row.text("documentType").is_empty() && !matches!(row.text("accountType"), "Fixed_x0020_Asset" | "IC_x0020_Partner" | "Employee")
        }
        // Missing rights filter in silence.
        _ => work.rights.reads(entity.table),
    }
}

/// Sets without a table: their rows are made on reading. `None`: the set has a table.
pub fn made(work: &Work<'_>, entity: &Entity, conditions: &Conditions) -> Option<Vec<Record>> {
    match entity.set {
        "agedAccountsReceivables" => {
            Some(customers_in_scope(work, conditions, "customerId").into_iter().map(|customer| aged(work, customer)).collect())
        }
        "contactsInformation" => {
            Some(customers_in_scope(work, conditions, "relatedId").into_iter().filter_map(|customer| contact_of(work, customer)).collect())
        }
        "pdfDocument" => Some(pdf(work, conditions).into_iter().collect()),
        _ => None,
    }
}

fn customers_in_scope<'w>(work: &'w Work<'_>, conditions: &Conditions, property: &str) -> Vec<&'w Record> {
    match conditions.iter().find(|(name, _)| *name == property) {
        Some((_, Value::Guid(id))) => work.get("customers", *id).into_iter().collect(),
        _ => work.company.store.all("customers").collect(),
    }
}

fn aged(work: &Work<'_>, customer: &Record) -> Record {
    let today = work.today();
    let mut row = Record::new(customer.id, customer.modified);
    row.set("customerId", customer.id);
    row.set("customerNumber", customer.text("number"));
    row.set("name", customer.text("displayName"));
    row.set("currencyCode", work.company.currency.as_str());
    row.set("agedAsOfDate", today);
    row.set("periodLengthFilter", "30D");
    let mut buckets = [Decimal::ZERO; 4];
    for entry in work.company.store.matching("customerLedgerEntries", "customerNumber", &Value::from(customer.text("number"))) {
        let days = (today - entry.date("dueDate")).num_days();
        let bucket = if days <= 0 { 0 } else { (1 + (days - 1) / 30).min(3) };
        if let Some(amount) = usize::try_from(bucket).ok().and_then(|at| buckets.get_mut(at)) {
            *amount += entry.number("remainingLocal");
        }
    }
    row.set("balanceDue", buckets.iter().sum::<Decimal>());
    for (name, amount) in ["currentAmount", "period1Amount", "period2Amount", "period3Amount"].into_iter().zip(buckets) {
        row.set(name, amount);
    }
    for (name, back) in [("period1Label", 30), ("period2Label", 60)] {
        row.set(name, format!("{}..{}", today - Duration::days(back), today - Duration::days(back - 29)));
    }
    row.set("period3Label", "Older");
    row
}

fn contact_of(work: &Work<'_>, customer: &Record) -> Option<Record> {
    let contact = work.get("contacts", customer.guid("contactId"))?;
    let mut row = Record::new(contact.id, contact.modified);
    row.set("contactId", contact.id);
    row.set("contactNumber", contact.text("number"));
    row.set("contactName", contact.text("displayName"));
    row.set("contactType", contact.text("type"));
    row.set("relatedId", customer.id);
    row.set("relatedType", "Customer");
    Some(row)
}

/// The document's print; a draft credit memo has none.
fn pdf(work: &Work<'_>, conditions: &Conditions) -> Option<Record> {
    let parent = conditions.iter().find_map(|(name, value)| match value {
        Value::Guid(id) if *name == "parentId" => Some(*id),
        _ => None,
    })?;
    let kind = conditions.iter().find_map(|(name, value)| match value {
        Value::Text(kind) if *name == "parentType" => Some(kind.clone()),
        _ => None,
    });
    let document = ["salesInvoices", "salesCreditMemos", "salesOrders"].iter().find_map(|table| work.get(table, parent))?;
    let mut row = Record::new(document.id, document.modified);
    row.set("parentId", parent);
    row.set("parentType", kind.unwrap_or_else(|| "Sales_x0020_Invoice".into()));
    Some(row)
}

/// The equalities that lead from a row to the rows of one of its navigations.
pub fn conditions(row: &Record, navigation: &Navigation) -> Conditions {
    navigation
        .links
        .iter()
        .map(|link| match link {
            Link::Property { child, parent: "id" } => (*child, Value::Guid(row.get("id").map_or(row.id, |_| row.guid("id")))),
            Link::Property { child, parent } => (*child, row.get(parent).cloned().unwrap_or(Value::Guid(Guid::default()))),
            Link::Constant { child, value } => (*child, Value::from(*value)),
        })
        .collect()
}

/// Whether a row meets the equalities of its path.
pub fn within(row: &Record, conditions: &Conditions) -> bool {
    conditions.iter().all(|(name, wanted)| match row.get(name) {
        Some(have) => have == wanted,
        None => *name == "id" && *wanted == Value::Guid(row.id),
    })
}
