//! Headers of sales documents: invoices, credit memos, orders.
//!
//! Defaults and refusals as in github.com/microsoft/BCApps,
//! src/Layers/W1/BaseApp/Sales/Document/SalesHeader.Table.al and the API pages over it.

use super::amounts::{self, Entered};
use super::body::Body;
use super::company::Series;
use super::fault::Fault;
use super::guid::Guid;
use super::record::Record;
use super::setup::{Document, SalesDocument, SalesLine, Sold};
use super::value::{Value, blank_date};
use super::work::Work;
use super::{dates, dimensions, lines, posting, rules};
use chrono::NaiveDate;
use http::StatusCode;
use rust_decimal::Decimal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    Invoice,
    CreditMemo,
    Order,
}

impl DocumentKind {
    pub fn table(self) -> &'static str {
        match self {
            Self::Invoice => "salesInvoices",
            Self::CreditMemo => "salesCreditMemos",
            Self::Order => "salesOrders",
        }
    }

    pub fn lines(self) -> &'static str {
        match self {
            Self::Invoice => "salesInvoiceLines",
            Self::CreditMemo => "salesCreditMemoLines",
            Self::Order => "salesOrderLines",
        }
    }

    pub fn caption(self) -> &'static str {
        match self {
            Self::Invoice => "Invoice",
            Self::CreditMemo => "Credit Memo",
            Self::Order => "Order",
        }
    }

    /// How dimension set lines name their parent.
    fn parent_type(self) -> &'static str {
        match self {
            Self::Invoice => "Sales_x0020_Invoice",
            Self::CreditMemo => "Sales_x0020_Credit_x0020_Memo",
            Self::Order => "Sales_x0020_Order",
        }
    }

    /// How those of a line do.
    pub fn line_parent_type(self) -> &'static str {
        match self {
            Self::Invoice => "Sales_x0020_Invoice_x0020_Line",
            Self::CreditMemo => "Sales_x0020_Credit_x0020_Memo_x0020_Line",
            Self::Order => "Sales_x0020_Order_x0020_Line",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditMemo => "credit memo",
            Self::Order => "order",
        }
    }

    fn date(self) -> &'static str {
        match self {
            Self::Invoice => "invoiceDate",
            Self::CreditMemo => "creditMemoDate",
            Self::Order => "orderDate",
        }
    }

    fn series(self) -> Series {
        match self {
            Self::Invoice => Series::Invoice,
            Self::CreditMemo => Series::CreditMemo,
            Self::Order => Series::Order,
        }
    }
}

/// What may still change once an invoice is posted.
const OPEN_WHEN_POSTED: &[&str] = &["dueDate", "promisedPayDate", "disputeStatus", "disputeStatusId"];
/// What must not be set before.
const CLOSED_WHEN_DRAFT: &[&str] = &["promisedPayDate", "disputeStatus", "disputeStatusId"];
/// What a released draft still takes.
const OPEN_WHEN_RELEASED: &[&str] = &["dueDate", "externalDocumentNumber", "customerPurchaseOrderReference"];
const CUSTOMER_FIELDS: &[&str] = &["customerId", "customerNumber", "billToCustomerId", "billToCustomerNumber"];

pub fn insert(work: &mut Work<'_>, kind: DocumentKind, mut body: Body) -> Result<Record, Fault> {
    refuse(&body, CLOSED_WHEN_DRAFT, |name| Fault::dialog(format!("The \"{name}\" can be changed on a posted invoice only.")))?;
    let sell_to = customer(work, &body, "customerId", "customerNumber", "sell-to")?
        .ok_or_else(|| Fault::dialog("A \"customerNumber\" or a \"customerId\" must be provided."))?;
    let bill_to = customer(work, &body, "billToCustomerId", "billToCustomerNumber", "bill-to")?.unwrap_or_else(|| sell_to.clone());
    for customer in [&sell_to, &bill_to] {
        can_be_sold_to(kind, customer)?;
    }
    rules::references(work, &mut body)?;
    let mut row = work.new_record();
    take_customer(work, &mut row, &sell_to, &bill_to);
    take_values(work, kind, &mut row, &mut body)?;
    set_dates(work, kind, &mut row, &body);
    rate_exists(work, &row)?;
    let number = work.company.next_number(kind.series());
    row.set("number", number);
    row.set("status", "Draft");
    row.set("discountAppliedBeforeTax", true);
    work.put(kind.table(), row.clone());
    dimensions::take_defaults(work, sell_to.id, row.id, kind.parent_type());
    Ok(row)
}

pub fn modify(work: &mut Work<'_>, kind: DocumentKind, mut row: Record, mut body: Body) -> Result<(), Fault> {
    if row.flag("posted") {
        return modify_posted(work, kind, row, body);
    }
    refuse(&body, CLOSED_WHEN_DRAFT, |name| Fault::dialog(format!("The \"{name}\" can be changed on a posted invoice only.")))?;
    if row.flag("released") && body.values().any(|(name, _)| !OPEN_WHEN_RELEASED.contains(&name)) {
        return Err(status_must_be_open(kind, &row));
    }
    if CUSTOMER_FIELDS.iter().any(|name| body.has(name)) {
        change_customer(work, kind, &mut row, &body)?;
    }
    rules::references(work, &mut body)?;
    take_values(work, kind, &mut row, &mut body)?;
    let doc_date = body.date(kind.date());
    if let Some(due) = body.date("dueDate") {
        row.set("dueDate", due);
    } else if doc_date.is_some() || body.has("paymentTermsId") {
        let due = due_date(work, &row, row.date(kind.date()));
        row.set("dueDate", due);
    }
    rate_exists(work, &row)?;
    let id = row.id;
    work.put(kind.table(), row);
    recalculate(work, kind, id)
}

fn modify_posted(work: &mut Work<'_>, kind: DocumentKind, mut row: Record, body: Body) -> Result<(), Fault> {
    let allowed: &[&str] = if kind == DocumentKind::Invoice { OPEN_WHEN_POSTED } else { &[] };
    if body.values().any(|(name, _)| !allowed.contains(&name)) {
        return Err(posted(kind));
    }
    for (name, value) in body.values() {
        row.set(name, value.clone());
    }
    work.put(kind.table(), row);
    Ok(())
}

pub fn delete(work: &mut Work<'_>, kind: DocumentKind, row: &Record) -> Result<(), Fault> {
    if row.flag("posted") {
        return Err(Fault::dialog(
            "You cannot delete posted sales documents that are posted on or after the date in the Allow Document Deletion Before field.",
        ));
    }
    let lines: Vec<Guid> = lines_of(work, kind, row.id).map(|line| line.id).collect();
    for line in lines {
        work.company.store.remove(kind.lines(), line);
    }
    work.company.store.remove(kind.table(), row.id);
    Ok(())
}

pub fn release(work: &mut Work<'_>, kind: DocumentKind, id: Guid) -> Result<(), Fault> {
    let mut row = draft(work, kind, id)?;
    row.set("released", true);
    row.set("status", "Open");
    work.put(kind.table(), row);
    Ok(())
}

pub fn request_approval(work: &mut Work<'_>, kind: DocumentKind, id: Guid) -> Result<(), Fault> {
    let mut row = draft(work, kind, id)?;
    row.set("status", "In_x0020_Review");
    work.put(kind.table(), row);
    Ok(())
}

pub fn post(work: &mut Work<'_>, kind: DocumentKind, id: Guid) -> Result<Document, Fault> {
    let row = draft(work, kind, id)?;
    work.atomically(|work| posting::post(work, kind, row))
}

/// A draft as the set-up writes it, through the same rules as over HTTP.
pub fn create(work: &mut Work<'_>, kind: DocumentKind, of: SalesDocument) -> Result<Document, Fault> {
    work.atomically(|work| {
        let mut body = Body::default();
        body.set("customerNumber", of.customer);
        body.set("externalDocumentNumber", of.external_document_number.to_uppercase());
        if kind == DocumentKind::Invoice {
            body.set("customerPurchaseOrderReference", of.your_reference);
        }
        for (name, date) in [(kind.date(), of.invoice_date), ("postingDate", of.posting_date), ("dueDate", of.due_date)] {
            if let Some(date) = date {
                body.set(name, date);
            }
        }
        if let Some(currency) = of.currency {
            body.set("currencyCode", currency);
        }
        let header = insert(work, kind, body)?;
        for line in of.lines {
            lines::insert(work, kind, &vec![("documentId", header.id.into())], line_body(work, line)?, true)?;
        }
        Ok(Document { id: header.id.to_string(), number: header.text("number").to_string() })
    })
}

fn line_body(work: &Work<'_>, line: SalesLine) -> Result<Body, Fault> {
    let mut body = Body::default();
    match &line.sold {
        Sold::Comment => body.set("lineType", "Comment"),
        Sold::Account(number) => {
            let row = work.find("accounts", "number", number).ok_or_else(|| Fault::dialog("Account does not exist."))?;
            body.set("accountId", row.id);
        }
        Sold::Item(number) => {
            let row = work.find("items", "number", number).ok_or_else(|| Fault::dialog("Item does not exist."))?;
            body.set("itemId", row.id);
        }
    }
    body.set("description", line.description.chars().take(100).collect::<String>());
    if !matches!(line.sold, Sold::Comment) {
        body.set("quantity", line.quantity);
        if let Some(price) = line.unit_price {
            body.set("unitPrice", price);
        }
        body.set("discountPercent", line.discount_percent);
        if let Some(group) = line.vat_product_group {
            body.set("taxCode", group);
        }
    }
    Ok(body)
}

/// Works out lines and totals again; the header's tag moves with it.
pub fn recalculate(work: &mut Work<'_>, kind: DocumentKind, id: Guid) -> Result<(), Fault> {
    let Some(mut header) = work.get(kind.table(), id).cloned() else { return Ok(()) };
    let rows: Vec<Record> = lines_of(work, kind, id).filter(|line| line.text("lineType") != "Comment").cloned().collect();
    let entered: Vec<Entered> = rows
        .iter()
        .map(|line| Entered {
            quantity: line.number("quantity"),
            unit_price: line.number("unitPrice"),
            discount_amount: line.number("discountAmount"),
            vat_identifier: line.text("taxCode").to_string(),
            rate: line.number("taxPercent"),
        })
        .collect();
    let decimals = work.company.decimals_of(header.text("currencyCode"));
    let (amounts, totals) = amounts::document(&entered, header.number("discountAmount"), header.flag("pricesIncludeTax"), decimals);
    for (mut line, amount) in rows.into_iter().zip(amounts) {
        let before = line.clone();
        line.set("amountExcludingTax", amount.excluding);
        line.set("totalTaxAmount", amount.tax);
        line.set("amountIncludingTax", amount.including);
        line.set("invoiceDiscountAllocation", amount.invoice_discount);
        line.set("netAmount", amount.net);
        line.set("netTaxAmount", amount.net_tax);
        line.set("netAmountIncludingTax", amount.net_including);
        if line != before {
            work.put(kind.lines(), line);
        }
    }
    header.set("totalAmountExcludingTax", totals.excluding);
    header.set("totalTaxAmount", totals.tax);
    header.set("totalAmountIncludingTax", totals.including);
    work.put(kind.table(), header);
    Ok(())
}

pub fn lines_of<'w>(work: &'w Work<'_>, kind: DocumentKind, id: Guid) -> impl Iterator<Item = &'w Record> {
    work.company.store.matching(kind.lines(), "documentId", &Value::from(id))
}

/// The document when it can still change.
pub fn draft(work: &Work<'_>, kind: DocumentKind, id: Guid) -> Result<Record, Fault> {
    let row = work.get(kind.table(), id).cloned().ok_or_else(|| Fault::dialog(format!("The {} cannot be found.", kind.noun())))?;
    if row.flag("posted") {
        return Err(Fault::dialog(format!("The action can be applied to a draft {} only.", kind.noun())));
    }
    Ok(row)
}

/// The header when lines may be added or changed.
pub fn open_header(work: &Work<'_>, kind: DocumentKind, id: Guid) -> Result<Record, Fault> {
    let row = work.get(kind.table(), id).cloned().ok_or_else(|| Fault::dialog(format!("The {} cannot be found.", kind.noun())))?;
    if row.flag("posted") {
        return Err(posted(kind));
    }
    if row.flag("released") {
        return Err(status_must_be_open(kind, &row));
    }
    Ok(row)
}

/// Follows a changed customer number into the documents and entries that carry it.
pub fn rename_customer(work: &mut Work<'_>, customer: &Record, number: &str) {
    let old = Value::from(customer.text("number"));
    for table in ["salesInvoices", "salesCreditMemos", "salesOrders", "customerLedgerEntries"] {
        let rows: Vec<Record> = work.company.store.matching(table, "customerNumber", &old).cloned().collect();
        for mut row in rows {
            row.set("customerNumber", number);
            if row.get("billToCustomerNumber") == Some(&old) {
                row.set("billToCustomerNumber", number);
            }
            work.company.store.put(table, row);
        }
    }
}

fn customer(work: &Work<'_>, body: &Body, id: &str, number: &str, role: &str) -> Result<Option<Record>, Fault> {
    let missing = || Fault::dialog(format!("The {role} customer cannot be found."));
    let by_id = body.id(id).map(|id| work.get("customers", id).ok_or_else(missing)).transpose()?;
    let by_number = body.filled(number).map(|number| work.find("customers", "number", number).ok_or_else(missing)).transpose()?;
    if by_id.zip(by_number).is_some_and(|(left, right)| left.id != right.id) {
        return Err(Fault::dialog(format!("The {role} customer values do not match to a specific Customer.")));
    }
    Ok(by_id.or(by_number).cloned())
}

/// A blocked customer and one without posting groups cannot have documents.
fn can_be_sold_to(kind: DocumentKind, customer: &Record) -> Result<(), Fault> {
    if customer.flag("recurringSalesLines") {
        return Err(callback("Do you want to use the recurring sales lines of the customer?"));
    }
    let (number, blocked) = (customer.text("number"), customer.text("blocked"));
    let refused = match blocked {
        "All" => true,
        "Invoice" => kind != DocumentKind::CreditMemo,
        "Ship" => kind == DocumentKind::Order,
        _ => false,
    };
    if refused {
        return Err(Fault::dialog(format!("You cannot create this type of document when Customer {number} is blocked with type {blocked}")));
    }
    for (name, caption) in [("customerPostingGroup", "Customer Posting Group"), ("generalBusinessGroup", "Gen. Bus. Posting Group")] {
        if customer.text(name).is_empty() {
            return Err(Fault::field(format!("{caption} must have a value in Customer: No.={number}. It cannot be zero or empty.")));
        }
    }
    Ok(())
}

fn take_customer(work: &Work<'_>, row: &mut Record, sell_to: &Record, bill_to: &Record) {
    row.set("customerId", sell_to.id);
    row.set("customerNumber", sell_to.text("number"));
    row.set("customerName", sell_to.text("displayName"));
    row.set("billToCustomerId", bill_to.id);
    row.set("billToCustomerNumber", bill_to.text("number"));
    row.set("billToName", bill_to.text("displayName"));
    row.set("shipToName", sell_to.text("displayName"));
    const ADDRESS: &[(&str, &str, &str, &str)] = &[
        ("addressLine1", "sellToAddressLine1", "billToAddressLine1", "shipToAddressLine1"),
        ("addressLine2", "sellToAddressLine2", "billToAddressLine2", "shipToAddressLine2"),
        ("city", "sellToCity", "billToCity", "shipToCity"),
        ("country", "sellToCountry", "billToCountry", "shipToCountry"),
        ("state", "sellToState", "billToState", "shipToState"),
        ("postalCode", "sellToPostCode", "billToPostCode", "shipToPostCode"),
    ];
    for (from, sell, bill, ship) in ADDRESS {
        row.set(sell, sell_to.text(from));
        row.set(bill, bill_to.text(from));
        row.set(ship, sell_to.text(from));
    }
    row.set("phoneNumber", sell_to.text("phoneNumber"));
    row.set("email", sell_to.text("email"));
    row.set("salesperson", sell_to.text("salespersonCode"));
    row.set("currencyCode", bill_to.text("currencyCode"));
    let currency = work.find("currencies", "code", bill_to.text("currencyCode")).map(|row| row.id).unwrap_or_default();
    row.set("currencyId", currency);
    row.set("paymentTermsId", bill_to.guid("paymentTermsId"));
    row.set("paymentMethodId", bill_to.guid("paymentMethodId"));
    row.set("shipmentMethodId", sell_to.guid("shipmentMethodId"));
    row.set("pricesIncludeTax", bill_to.flag("pricesIncludeTax"));
    for name in ["generalBusinessGroup", "vatBusinessGroup", "customerPostingGroup"] {
        row.set(name, bill_to.text(name));
    }
}

fn take_values(work: &Work<'_>, kind: DocumentKind, row: &mut Record, body: &mut Body) -> Result<(), Fault> {
    if body.number("discountAmount").is_some_and(|discount| discount < Decimal::ZERO) {
        return Err(Fault::dialog("The discount amount cannot be negative."));
    }
    if kind == DocumentKind::CreditMemo {
        take_invoice(work, body)?;
    }
    for (name, value) in body.values().filter(|(name, _)| !CUSTOMER_FIELDS.contains(name)) {
        row.set(name, value.clone());
    }
    Ok(())
}

/// The invoice that a credit memo applies to, by id or number.
fn take_invoice(work: &Work<'_>, body: &mut Body) -> Result<(), Fault> {
    let by_id = body
        .id("invoiceId")
        .map(|id| work.get("salesInvoices", id).ok_or_else(|| Fault::dialog("The \"invoiceId\" does not match to an Invoice.")))
        .transpose()?;
    let by_number = body.filled("invoiceNumber").and_then(|number| work.find("salesInvoices", "number", number));
    if by_id.zip(by_number).is_some_and(|(left, right)| left.id != right.id) {
        return Err(Fault::dialog("The \"invoiceId\" and \"invoiceNumber\" do not match to a specific Invoice."));
    }
    if let Some(invoice) = by_id.or(by_number) {
        let (id, number) = (invoice.id, invoice.text("number").to_string());
        body.set("invoiceId", id);
        body.set("invoiceNumber", number);
    }
    Ok(())
}

fn set_dates(work: &Work<'_>, kind: DocumentKind, row: &mut Record, body: &Body) {
    let today = work.today();
    let posting = body.date("postingDate");
    let date = body.date(kind.date()).or(posting).unwrap_or(today);
    row.set(kind.date(), date);
    row.set("postingDate", posting.unwrap_or(today));
    if kind != DocumentKind::Order {
        let due = body.date("dueDate").unwrap_or_else(|| due_date(work, row, date));
        row.set("dueDate", due);
    }
}

fn due_date(work: &Work<'_>, row: &Record, from: NaiveDate) -> NaiveDate {
    let terms = work.get("paymentTerms", row.guid("paymentTermsId"));
    terms.map_or(from, |terms| dates::calculate(terms.text("dueDateCalculation"), from))
}

fn rate_exists(work: &Work<'_>, row: &Record) -> Result<(), Fault> {
    let (currency, on) = (row.text("currencyCode"), row.date("postingDate"));
    match work.company.exchange_rate(currency, on) {
        Some(_) => Ok(()),
        None => Err(Fault::record_missing(format!(
            "There is no Currency Exchange Rate within the filter. Filters: Currency Code: {currency}, Starting Date: ..{}",
            if on == blank_date() { String::new() } else { on.to_string() }
        ))),
    }
}

/// Changing the customer of a draft with lines would ask the user something.
fn change_customer(work: &Work<'_>, kind: DocumentKind, row: &mut Record, body: &Body) -> Result<(), Fault> {
    let sell_to = customer(work, body, "customerId", "customerNumber", "sell-to")?;
    let bill_to = customer(work, body, "billToCustomerId", "billToCustomerNumber", "bill-to")?;
    let same = sell_to.as_ref().is_none_or(|customer| customer.id == row.guid("customerId"))
        && bill_to.as_ref().is_none_or(|customer| customer.id == row.guid("billToCustomerId"));
    if same {
        return Ok(());
    }
    if lines_of(work, kind, row.id).next().is_some() {
        return Err(callback("Do you want to change Sell-to Customer?"));
    }
    let known = |id: Guid| work.get("customers", id).cloned();
    let sell_to = sell_to.or_else(|| known(row.guid("customerId"))).ok_or_else(|| Fault::dialog("The sell-to customer cannot be found."))?;
    let bill_to = bill_to.unwrap_or_else(|| sell_to.clone());
    can_be_sold_to(kind, &sell_to)?;
    can_be_sold_to(kind, &bill_to)?;
    take_customer(work, row, &sell_to, &bill_to);
    Ok(())
}

/// The application wanted to ask somebody, and nobody sits there.
fn callback(question: &str) -> Fault {
    let text = format!(
        "Microsoft Dynamics 365 Business Central Server attempted to issue a client callback to show a confirmation dialog box: {question} Client callbacks are not supported."
    );
    Fault::new(StatusCode::BAD_REQUEST, "Application_CallbackNotAllowed", text)
}

fn refuse(body: &Body, names: &[&str], fault: impl Fn(&str) -> Fault) -> Result<(), Fault> {
    names.iter().find(|name| body.has(name)).map_or(Ok(()), |name| Err(fault(name)))
}

fn posted(kind: DocumentKind) -> Fault {
    Fault::dialog(format!("The {} has been posted and can no longer be modified.", kind.noun()))
}

fn status_must_be_open(kind: DocumentKind, row: &Record) -> Fault {
    Fault::field(format!(
        "Status must be equal to 'Open'  in Sales Header: Document Type={}, No.={}. Current value is 'Released'.",
        kind.caption(),
        row.text("number")
    ))
}
