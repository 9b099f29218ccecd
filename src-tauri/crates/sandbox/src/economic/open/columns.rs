//! Flat rows of the services, and where their columns stand in the nested documents.

use crate::economic::facts::{Kind, shape};
use crate::economic::ledger::{Entry, Ledger, Pair};
use crate::economic::value::{Document, amount, at, flag, put, text};
use chrono::NaiveDate;
use serde_json::Value;

/// An entity: its facts, its table, and its columns with the paths they stand at.
pub struct Entity {
    pub facts: &'static str,
    pub table: &'static str,
    pub key: &'static str,
    pub columns: &'static [(&'static str, &'static str)],
    /// Says `false` where the document says that it is barred.
    pub accessible: &'static str,
}

pub const CUSTOMER: Entity = Entity {
    facts: "customersapi/Customer",
    table: "customers",
    key: "customerNumber",
    accessible: "access",
    columns: &[
        ("customerNumber", "customerNumber"),
        ("customerGroupNumber", "customerGroup.customerGroupNumber"),
        ("zone", "vatZone.vatZoneNumber"),
        ("currency", "currency"),
        ("name", "name"),
        ("address1", "address"),
        ("postCode", "zip"),
        ("city", "city"),
        ("country", "country"),
        ("phone", "telephoneAndFaxNumber"),
        ("email", "email"),
        ("cvrNo", "corporateIdentificationNumber"),
        ("ourRef", "salesPerson.employeeNumber"),
        ("layoutGroup", "layout.layoutNumber"),
        ("paymentTermId", "paymentTerms.paymentTermsNumber"),
        ("homepage", "website"),
        ("eanLocationNumber", "ean"),
        ("vatNo", "vatNumber"),
        ("creditMaximum", "creditLimit"),
        ("mobilePhone", "mobilePhone"),
        ("pnr", "pNumber"),
        ("defaultDisableEInvoicing", "eInvoicingDisabledByDefault"),
        ("objectVersion", "_version"),
    ],
};

pub const PRODUCT: Entity = Entity {
    facts: "productsapi/Product",
    table: "products",
    key: "productNumber",
    accessible: "isAccessible",
    columns: &[
        ("productNumber", "productNumber"),
        ("productGroupId", "productGroup.productGroupNumber"),
        ("name", "name"),
        ("description", "description"),
        ("barCode", "barCode"),
        ("salesPrice", "salesPrice"),
        ("costPrice", "costPrice"),
        ("recommendedPrice", "recommendedPrice"),
        ("unitId", "unit.unitNumber"),
        ("lastUpdated", "lastUpdated"),
        ("objectVersion", "_version"),
    ],
};

pub const PRODUCT_GROUP: Entity = Entity {
    facts: "productsapi/ProductGroup",
    table: "productGroups",
    key: "id",
    accessible: "",
    columns: &[("id", "productGroupNumber"), ("name", "name"), ("objectVersion", "_version")],
};

pub const DRAFT: Entity = Entity {
    facts: "q2capi/DraftInvoice",
    table: "draftInvoices",
    key: "number",
    accessible: "",
    columns: &[
        ("number", "_number"),
        ("draftInvoiceNumber", "draftInvoiceNumber"),
        ("customerNumber", "customer.customerNumber"),
        ("customerName", "recipient.name"),
        ("date", "date"),
        ("currencyCode", "currency"),
        ("lastUpdated", "lastUpdated"),
        ("layoutNumber", "layout.layoutNumber"),
        ("termOfPaymentNumber", "paymentTerms.paymentTermsNumber"),
        ("dueDate", "dueDate"),
        ("vatZoneNumber", "recipient.vatZone.vatZoneNumber"),
        ("amount", "netAmount"),
        ("amountInBaseCurrency", "netAmountInBaseCurrency"),
        ("vatAmount", "vatAmount"),
        ("roundingAmount", "roundingAmount"),
        ("totalCostPriceInBaseCurrency", "costPriceInBaseCurrency"),
        ("customerAddress", "recipient.address"),
        ("customerPostalCode", "recipient.zip"),
        ("customerCity", "recipient.city"),
        ("customerCountry", "recipient.country"),
        ("otherReference", "references.other"),
        ("heading", "notes.heading"),
        ("textLine1", "notes.textLine1"),
        ("textLine2", "notes.textLine2"),
        ("ourReferenceNumber", "references.salesPerson.employeeNumber"),
        ("deliveryAddress", "delivery.address"),
        ("deliveryPostalCode", "delivery.zip"),
        ("deliveryCity", "delivery.city"),
        ("deliveryCountry", "delivery.country"),
        ("deliveryTerms", "delivery.deliveryTerms"),
        ("deliveryDate", "delivery.deliveryDate"),
        ("debtorEan", "recipient.ean"),
        ("publicEntryNumber", "recipient.publicEntryNumber"),
        ("exchangeRate", "exchangeRate"),
        ("externalId", "_externalId"),
        ("objectVersion", "_version"),
    ],
};

/// What a draft on the wire says that the service works out itself.
pub const COMPUTED: [&str; 8] =
    ["number", "draftInvoiceNumber", "lastUpdated", "amount", "amountInBaseCurrency", "vatAmount", "roundingAmount", "totalCostPriceInBaseCurrency"];

pub const LINE: Entity = Entity {
    facts: "q2capi/DraftInvoiceLine",
    table: "",
    key: "number",
    accessible: "",
    columns: &[
        ("number", "lineNumber"),
        ("productNumber", "product.productNumber"),
        ("description", "description"),
        ("quantity", "quantity"),
        ("unitNumber", "unit.unitNumber"),
        ("unitNetPrice", "unitNetPrice"),
        ("unitCostPrice", "unitCostPrice"),
        ("discountPercentage", "discountPercentage"),
        ("accrueStartDate", "accrual.startDate"),
        ("accrueEndDate", "accrual.endDate"),
        ("totalNetAmount", "totalNetAmount"),
    ],
};

pub const BOOKED_LINE: Entity = Entity {
    facts: "q2capi/BookedInvoiceLine",
    table: "",
    key: "number",
    accessible: "",
    columns: &[
        ("number", "lineNumber"),
        ("productNumber", "product.productNumber"),
        ("description", "description"),
        ("quantity", "quantity"),
        ("unitNumber", "unit.unitNumber"),
        ("unitNetPrice", "unitNetPrice"),
        ("discountPercentage", "discountPercentage"),
        ("vatRate", "vatRate"),
        ("vatAmount", "vatAmount"),
        ("totalNetAmount", "totalNetAmount"),
    ],
};

pub const DRAFT_ENTRY: Entity = Entity {
    facts: "journalsapi/DraftEntry",
    table: "journalEntries",
    key: "entryNumber",
    accessible: "",
    columns: &[
        ("entryNumber", "journalEntryNumber"),
        ("entryTypeNumber", "entryType"),
        ("voucherNumber", "voucher.voucherNumber"),
        ("journalNumber", "journal.journalNumber"),
        ("date", "date"),
        ("accountNumber", "account.accountNumber"),
        ("vatCode", "vatAccount.vatCode"),
        ("amount", "amount"),
        ("currency", "currency.code"),
        ("exchangeRate", "exchangeRate"),
        ("contraAccountNumber", "contraAccount.accountNumber"),
        ("contraVatCode", "contraVatAccount.vatCode"),
        ("text", "text"),
        ("customerNumber", "customer.customerNumber"),
        ("customerInvoiceNumber", "customerInvoice"),
        ("supplierNumber", "supplier.supplierNumber"),
        ("supplierInvoiceNumber", "supplierInvoiceNumber"),
        ("dueDate", "dueDate"),
        ("objectVersion", "_version"),
    ],
};

pub const JOURNAL: Entity = Entity {
    facts: "journalsapi/Journal",
    table: "journals",
    key: "number",
    accessible: "",
    columns: &[
        ("number", "journalNumber"),
        ("name", "name"),
        ("minimumVoucherNumber", "settings.voucherNumbers.minimumVoucherNumber"),
        ("maximumVoucherNumber", "settings.voucherNumbers.maximumVoucherNumber"),
        ("customerContraAccount", "settings.contraAccounts.customerPayments.accountNumber"),
        ("allowedEntryType", "settings.entryTypeRestrictedTo"),
    ],
};

pub const ACCOUNT: Entity = Entity {
    facts: "accountsapi/Account",
    table: "accounts",
    key: "number",
    accessible: "",
    columns: &[
        ("number", "accountNumber"),
        ("name", "name"),
        ("isBarred", "barred"),
        ("type", "accountType"),
        ("isBlockedForDirectEntries", "blockDirectEntries"),
        ("contraAccountNumber", "contraAccount.accountNumber"),
        ("vatCode", "vatAccount.vatCode"),
        ("objectVersion", "_version"),
    ],
};

pub const PRICE: Entity = Entity {
    facts: "productsapi/ProductSalesPriceInCurrency",
    table: "productCurrencyPrices",
    key: "currency",
    accessible: "",
    columns: &[("productNumber", "product.productNumber"), ("currency", "currency.code"), ("salesPrice", "price"), ("objectVersion", "_version")],
};

pub const PRICE_GROUP: Entity = Entity {
    facts: "productsapi/PriceGroup",
    table: "priceGroups",
    key: "number",
    accessible: "",
    columns: &[("number", "number"), ("name", "name"), ("objectVersion", "_version")],
};

pub const CONTACT: Entity = Entity {
    facts: "customersapi/Contact",
    table: "customerContacts",
    key: "number",
    accessible: "",
    columns: &[
        ("number", "customerContactNumber"),
        ("userInterfaceNumber", "customerContactNumber"),
        ("customerNumber", "customer.customerNumber"),
        ("name", "name"),
        ("email", "email"),
        ("phone", "phone"),
        ("notes", "notes"),
        ("eInvoiceId", "eInvoiceId"),
        ("isDeleted", "deleted"),
        ("objectVersion", "_version"),
    ],
};

pub const LOCATION: Entity = Entity {
    facts: "customersapi/DeliveryLocation",
    table: "customerDeliveryLocations",
    key: "number",
    accessible: "",
    columns: &[
        ("number", "deliveryLocationNumber"),
        ("userInterfaceNumber", "deliveryLocationNumber"),
        ("customerNumber", "customer.customerNumber"),
        ("address", "address"),
        ("city", "city"),
        ("country", "country"),
        ("postalCode", "postalCode"),
        ("termsOfDelivery", "termsOfDelivery"),
        ("isBarred", "barred"),
        ("objectVersion", "_version"),
    ],
};

pub const ACCRUAL: Entity = Entity {
    facts: "journalsapi/DraftEntryAccrual",
    table: "draftEntryAccruals",
    key: "entryNumber",
    accessible: "",
    columns: &[("entryNumber", "entryNumber"), ("objectVersion", "_version")],
};

pub const ATTACHED: Entity = Entity {
    facts: "documentsapi/AttachedDocument",
    table: "attachedDocuments",
    key: "number",
    accessible: "",
    columns: &[
        ("number", "number"),
        ("note", "note"),
        ("pageCount", "pageCount"),
        ("voucherNumber", "voucherNumber"),
        ("accountingYear", "accountingYear"),
    ],
};

const ACCOUNT_TYPES: [&str; 7] = ["profitAndLoss", "status", "totalFrom", "heading", "headingStart", "sumInterval", "sumAlpha"];
const ENTRY_TYPES: [(&str, u64); 5] =
    [("customerPayment", 2), ("supplierInvoice", 3), ("supplierPayment", 4), ("financeVoucher", 5), ("manualCustomerInvoice", 10)];

/// A document as a row. Nulls are left out.
pub fn row_of(entity: &Entity, document: &Document) -> Document {
    let facts = shape(entity.facts);
    let mut row = Document::new();
    for (column, path) in entity.columns {
        let Some(value) = at(document, path) else { continue };
        let kind = facts.property(column).map(|property| property.kind);
        row.insert((*column).into(), outward(path, kind, value));
    }
    // What only this service knows of it.
    row.extend(document.get("_more").and_then(Value::as_object).cloned().into_iter().flatten());
    if !entity.accessible.is_empty() {
        row.insert(entity.accessible.into(), (!flag(document, "barred")).into());
    }
    row
}

fn outward(path: &str, kind: Option<Kind>, value: &Value) -> Value {
    match (path, value.as_str()) {
        ("accountType", Some(name)) => ACCOUNT_TYPES.iter().position(|known| *known == name).map_or(Value::Null, |at| (at + 1).into()),
        ("entryType" | "settings.entryTypeRestrictedTo", Some(name)) => entry_type(name).map_or(Value::Null, Value::from),
        ("_version" | "customerInvoice", _) => value.to_string().into(),
        (_, Some(day)) if kind == Some(Kind::Instant) && day.len() == 10 => format!("{day}T00:00:00Z").into(),
        _ => value.clone(),
    }
}

/// A row as a document; what is not given and what is not known is left out.
pub fn document_of(entity: &Entity, row: &Document) -> Document {
    let mut document = Document::new();
    for (column, path) in entity.columns.iter().filter(|(_, path)| *path != "_version") {
        let Some(value) = row.get(*column).filter(|value| !value.is_null()) else { continue };
        if let Some(value) = inward(path, value) {
            put(&mut document, path, value);
        }
    }
    if !entity.accessible.is_empty() {
        put(&mut document, "barred", !flag(row, entity.accessible));
    }
    document
}

fn inward(path: &str, value: &Value) -> Option<Value> {
    match (path, value) {
        ("entryType" | "settings.entryTypeRestrictedTo", value) => entry_kind(value.as_u64()?).map(Value::from),
        ("accountType", value) => ACCOUNT_TYPES.get(usize::try_from(value.as_u64()?.checked_sub(1)?).ok()?).map(|name| (*name).into()),
        ("customerInvoice", Value::String(number)) => number.parse::<u64>().ok().map(Value::from),
        ("date" | "dueDate" | "delivery.deliveryDate" | "accrual.startDate" | "accrual.endDate", Value::String(day)) => {
            Some(day.get(..10).unwrap_or(day).into())
        }
        _ => Some(value.clone()),
    }
}

pub fn entry_type(name: &str) -> Option<u64> {
    ENTRY_TYPES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

pub fn entry_kind(number: u64) -> Option<&'static str> {
    ENTRY_TYPES.iter().find(|(_, known)| *known == number).map(|(name, _)| *name)
}

pub fn entry_row(entry: &Entry) -> Document {
    let mut row = Document::new();
    put(&mut row, "entryNumber", entry.number);
    put(&mut row, "accountNumber", entry.account);
    put(&mut row, "amount", amount(entry.amount));
    put(&mut row, "amountInBaseCurrency", amount(entry.base));
    put(&mut row, "currencyCode", entry.currency.clone());
    put(&mut row, "date", instant(entry.date));
    put(&mut row, "text", entry.text.clone());
    put(&mut row, "type", entry.kind.number());
    put(&mut row, "voucherNumber", entry.voucher);
    put(&mut row, "objectVersion", "1");
    if let Some(code) = &entry.vat_code {
        put(&mut row, "vatAccountNumber", code.clone());
    }
    if let Some(due) = entry.due {
        put(&mut row, "dueDate", instant(due));
    }
    if let Some(customer) = entry.customer {
        put(&mut row, "customerNumber", customer);
        put(&mut row, "remainder", amount(entry.remainder));
    }
    if let Some(supplier) = entry.supplier {
        put(&mut row, "supplierNumber", supplier);
    }
    if let Some(invoice) = entry.invoice {
        put(&mut row, "customerInvoiceNumber", invoice);
    }
    row
}

pub fn pair_row(ledger: &Ledger, pair: &Pair) -> Document {
    let mut row = Document::new();
    for (name, number, sign) in [("from", pair.from, -1), ("to", pair.to, 1)] {
        put(&mut row, &format!("{name}Entry"), number);
        if let Some(entry) = ledger.entry(number) {
            put(&mut row, &format!("{name}EntryDate"), instant(entry.date));
        }
        put(&mut row, &format!("{name}EntryAmount"), amount(pair.amount * rust_decimal::Decimal::from(sign)));
        put(&mut row, &format!("{name}EntryAmountDKK"), amount(pair.base * rust_decimal::Decimal::from(sign)));
    }
    row
}

pub fn instant(day: NaiveDate) -> String {
    format!("{day}T00:00:00Z")
}

/// Whether a write names the version that stands.
pub fn same_version(document: &Document, row: &Document) -> bool {
    let stands = at(document, "_version").map(ToString::to_string).unwrap_or_else(|| "0".into());
    text(row, "objectVersion") == Some(stands.as_str())
}
