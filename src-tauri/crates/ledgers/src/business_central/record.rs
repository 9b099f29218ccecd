//! One record of the API as the mirror keeps it.

use drafts::content_version;
use money::Currency;
use remote::GetRequest;

use super::{BusinessCentral, connection::Copy, fields::Fields};
use crate::{Blocked, LedgerRecord, Party, ReadError, RecordKind, RecordLine, Reference, ReferenceSource, Standing, Target};

/// How a kind is asked for and what of it counts.
pub(super) struct Set {
    pub name: &'static str,
    /// The lines, which are only shown when asked for.
    pub lines: Option<&'static str>,
    /// Name of the declaration below, and the properties a version is made of.
    version: &'static str,
    counts: &'static [&'static str],
    /// Rows a page.
    pub page: usize,
}

/// Of a document or a line.
pub(super) const DIMENSIONS: &str = "dimensionSetLines";

const LINE_COUNTS: [&str; 10] = [
    "lineType",
    "lineObjectNumber",
    "description",
    "quantity",
    "unitPrice",
    "discountPercent",
    "discountAmount",
    "taxCode",
    "taxPercent",
    "amountExcludingTax",
];

pub(super) const fn set(kind: RecordKind) -> Set {
    match kind {
        RecordKind::SalesInvoice => Set {
            name: "salesInvoices",
            lines: Some("salesInvoiceLines"),
            version: "business-central-sales-invoice/1",
            counts: &[
                "number",
                "externalDocumentNumber",
                "invoiceDate",
                "postingDate",
                "dueDate",
                "customerNumber",
                "currencyCode",
                "totalAmountExcludingTax",
                "totalTaxAmount",
                "totalAmountIncludingTax",
            ],
            page: 200,
        },
        RecordKind::CreditMemo => Set {
            name: "salesCreditMemos",
            lines: Some("salesCreditMemoLines"),
            version: "business-central-credit-memo/1",
            counts: &[
                "number",
                "externalDocumentNumber",
                "creditMemoDate",
                "postingDate",
                "customerNumber",
                "currencyCode",
                "totalAmountExcludingTax",
                "totalTaxAmount",
                "totalAmountIncludingTax",
                "invoiceNumber",
            ],
            page: 200,
        },
        RecordKind::Customer => Set {
            name: "customers",
            lines: None,
            version: "business-central-customer/1",
            counts: &[
                "number",
                "displayName",
                "type",
                "country",
                "taxRegistrationNumber",
                "taxLiable",
                "taxAreaId",
                "currencyCode",
                "paymentTermsId",
                "paymentMethodId",
                "blocked",
            ],
            page: 1_000,
        },
        RecordKind::Item => Set {
            name: "items",
            lines: None,
            version: "business-central-item/1",
            counts: &["number", "displayName", "type", "blocked", "taxGroupCode", "priceIncludesTax"],
            page: 1_000,
        },
        RecordKind::Account => Set {
            name: "accounts",
            lines: None,
            version: "business-central-account/1",
            counts: &["number", "displayName", "category", "accountType", "directPosting", "blocked"],
            page: 1_000,
        },
        RecordKind::LedgerEntry => Set {
            name: "generalLedgerEntries",
            lines: None,
            version: "business-central-ledger-entry/1",
            counts: &["entryNumber", "postingDate", "documentNumber", "documentType", "accountNumber", "description", "debitAmount", "creditAmount"],
            page: 5_000,
        },
    }
}

/// As it is now, past every replica, with its lines.
pub(super) async fn one(ledger: &BusinessCentral, kind: RecordKind, id: &str) -> Result<Option<LedgerRecord>, ReadError> {
    let raw = raw(ledger, kind, id, Depth::Lines).await?;
    raw.map(|raw| read(kind, &raw).ok_or(ReadError::Unreadable { what: "a record" })).transpose()
}

/// How much of a document is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Lines,
    /// And the dimensions, of itself and of each line: only a document that was to have some is read so.
    Dimensions,
}

impl Depth {
    pub fn of(request: &Fields) -> Self {
        if request.has(DIMENSIONS) { Self::Dimensions } else { Self::Lines }
    }

    pub fn expand(self, kind: RecordKind) -> Option<String> {
        let lines = set(kind).lines?;
        Some(match self {
            Self::Lines => lines.to_owned(),
            Self::Dimensions => format!("{lines}($expand={DIMENSIONS}),{DIMENSIONS}"),
        })
    }
}

pub(super) async fn raw(ledger: &BusinessCentral, kind: RecordKind, id: &str, depth: Depth) -> Result<Option<String>, ReadError> {
    let mut question = GetRequest::new(ledger.path(&format!("{}({})", set(kind).name, remote::percent(id))));
    if let Some(parts) = depth.expand(kind) {
        question = question.query("$expand", &parts);
    }
    ledger.single(question).await
}

pub(super) async fn standing(ledger: &BusinessCentral, kind: RecordKind, id: &str) -> Result<Standing, ReadError> {
    let Some(raw) = raw(ledger, kind, id, Depth::Lines).await? else { return Ok(Standing::Gone) };
    let fields = Fields::read(&raw).ok_or(ReadError::Unreadable { what: "a record" })?;
    stands(ledger, kind, &fields).await
}

/// "Open" is also a draft that somebody released. Posted is what has entries under its number.
pub(super) async fn stands(ledger: &BusinessCentral, kind: RecordKind, fields: &Fields) -> Result<Standing, ReadError> {
    Ok(match fields.member("status").as_deref() {
        Some("Paid") => Standing::Paid,
        Some("Canceled") => Standing::Canceled,
        Some("Corrective") => Standing::Corrective,
        Some("In Review") => Standing::InReview,
        Some("Open") if has_entries(ledger, kind, fields).await? => Standing::Posted,
        Some("Open") => Standing::Released,
        _ => Standing::Draft,
    })
}

async fn has_entries(ledger: &BusinessCentral, kind: RecordKind, fields: &Fields) -> Result<bool, ReadError> {
    /// Entries under one number: a few, of which one tells.
    const ENOUGH: &str = "100";
    let Some(number) = fields.text("number") else { return Ok(false) };
    let document = if kind == RecordKind::CreditMemo { "Credit Memo" } else { "Invoice" };
    let question = GetRequest::new(ledger.path("generalLedgerEntries"))
        .query("$filter", &format!("documentNumber eq {}", quoted(number)))
        .query("$top", ENOUGH)
        .query("$select", "id,documentNumber,documentType");
    let page = ledger.rows(question, Copy::Newest).await?;
    Ok(page.rows.iter().filter_map(|row| Fields::read(row)).any(|entry| entry.member("documentType").as_deref() == Some(document)))
}

/// A text inside `$filter`; the query encodes it once more.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(super) fn read(kind: RecordKind, raw: &str) -> Option<LedgerRecord> {
    let fields = Fields::read(raw)?;
    let currency = fields.currency();
    let lines = set(kind).lines.map(|name| fields.list(name)).unwrap_or_default();
    let document = set(kind).lines.is_some();
    let date = match kind {
        RecordKind::CreditMemo => fields.date("creditMemoDate"),
        RecordKind::SalesInvoice => fields.date("invoiceDate"),
        _ => None,
    };
    let amount = match kind {
        RecordKind::SalesInvoice | RecordKind::CreditMemo => fields.money("totalAmountIncludingTax", currency),
        _ => None,
    };
    Some(LedgerRecord {
        kind,
        id: fields.text("id")?.to_owned(),
        number: fields.text("number").or_else(|| fields.text("documentNumber")).map(str::to_owned),
        version: version(kind, &fields, &lines),
        etag: fields.text("@odata.etag").map(str::to_owned),
        date: date.or_else(|| fields.date("postingDate")),
        due: fields.date("dueDate"),
        amount,
        open: fields.money("remainingAmount", currency),
        party: match kind {
            RecordKind::Customer => Some(customer(&fields, currency)),
            _ if document => Some(buyer(&fields)),
            _ => None,
        },
        party_id: fields.text("customerId").map(str::to_owned),
        applies_to: fields.text("invoiceId").filter(|_| kind == RecordKind::CreditMemo).map(str::to_owned),
        posted: posted(&fields).filter(|_| document),
        canceled: is_canceled(&fields),
        status: fields.member("status"),
        references: references(&fields),
        text: words(kind, &fields, &lines),
        prices_include_tax: fields.flag("pricesIncludeTax").filter(|_| document),
        lines: lines.iter().filter_map(sold).collect(),
        vat_group: vat_group(kind, &fields),
        blocked: blocked(&fields),
        modified_at: fields.instant("lastModifiedDateTime"),
        raw: raw.to_owned(),
    })
}

fn sold(line: &Fields) -> Option<RecordLine> {
    let number = line.text("lineObjectNumber")?.to_owned();
    let target = match line.member("lineType").as_deref() {
        Some("Item") => Target::Item(number),
        Some("Account") => Target::Account(number),
        _ => return None,
    };
    Some(RecordLine { target, rate: line.decimal("taxPercent")?.normalize() })
}

/// Where VAT is used, a customer's tax area is its VAT business posting group (microsoft/BCApps, table 18 "Customer",
/// UpdateTaxAreaId), and an item's tax group is its VAT product posting group. An account shows none.
fn vat_group(kind: RecordKind, fields: &Fields) -> Option<String> {
    let name = match kind {
        RecordKind::Customer => "taxAreaId",
        RecordKind::Item => "taxGroupCode",
        _ => return None,
    };
    fields.text(name).map(str::to_owned)
}

fn is_canceled(fields: &Fields) -> bool {
    matches!(fields.member("status").as_deref(), Some("Canceled" | "Corrective"))
}

/// "Open" is also a draft that somebody released.
fn posted(fields: &Fields) -> Option<bool> {
    match fields.member("status").as_deref() {
        Some("Paid" | "Canceled" | "Corrective") => Some(true),
        Some("Open") => None,
        _ => Some(false),
    }
}

fn version(kind: RecordKind, fields: &Fields, lines: &[Fields]) -> String {
    let set = set(kind);
    let own = set.counts.iter().map(|name| (*name, fields.canonical(name)));
    // Being posted or paid changes no content; being taken back does.
    let canceled = is_canceled(fields);
    let of_lines = lines.iter().flat_map(|line| LINE_COUNTS.iter().map(|name| (*name, line.canonical(name))));
    content_version(set.version, own.chain([("canceled", canceled.to_string())]).chain(of_lines))
}

fn references(fields: &Fields) -> Vec<Reference> {
    [
        (ReferenceSource::Mark, "externalDocumentNumber"),
        (ReferenceSource::Number, "number"),
        (ReferenceSource::Text, "customerPurchaseOrderReference"),
        (ReferenceSource::Text, "orderNumber"),
        (ReferenceSource::Text, "invoiceNumber"),
        (ReferenceSource::Gtin, "gtin"),
    ]
    .into_iter()
    .filter_map(|(source, name)| fields.text(name).map(|value| Reference { source, value: value.to_owned() }))
    .collect()
}

fn words(kind: RecordKind, fields: &Fields, lines: &[Fields]) -> String {
    match kind {
        RecordKind::LedgerEntry => fields.owned("description"),
        RecordKind::Item | RecordKind::Account => fields.owned("displayName"),
        _ => lines.iter().filter_map(|line| line.text("description")).collect::<Vec<_>>().join("\n"),
    }
}

fn blocked(fields: &Fields) -> Blocked {
    if fields.flag("blocked") == Some(true) {
        return Blocked::All;
    }
    match fields.member("blocked").as_deref() {
        None => Blocked::No,
        Some("Ship") => Blocked::Shipments,
        Some("Invoice") => Blocked::Invoices,
        // A member that is new to us is no permission.
        Some(_) => Blocked::All,
    }
}

fn customer(fields: &Fields, currency: Option<Currency>) -> Party {
    Party {
        name: fields.owned("displayName"),
        person: fields.member("type").as_deref() == Some("Person"),
        street: fields.owned("addressLine1"),
        street2: fields.owned("addressLine2"),
        postcode: fields.owned("postalCode"),
        city: fields.owned("city"),
        state: fields.owned("state"),
        country: fields.owned("country"),
        emails: emails(fields),
        phone: fields.owned("phoneNumber"),
        website: fields.owned("website"),
        vat_number: fields.owned("taxRegistrationNumber"),
        ledger_number: fields.owned("number"),
        currency,
        ..Party::default()
    }
}

/// What a document says of its customer.
fn buyer(fields: &Fields) -> Party {
    Party {
        name: fields.owned("customerName"),
        street: fields.owned("sellToAddressLine1"),
        street2: fields.owned("sellToAddressLine2"),
        postcode: fields.owned("sellToPostCode"),
        city: fields.owned("sellToCity"),
        state: fields.owned("sellToState"),
        country: fields.owned("sellToCountry"),
        emails: emails(fields),
        phone: fields.owned("phoneNumber"),
        ledger_number: fields.owned("customerNumber"),
        ..Party::default()
    }
}

fn emails(fields: &Fields) -> Vec<String> {
    crate::emails(fields.text("email").unwrap_or_default()).into_iter().collect()
}
