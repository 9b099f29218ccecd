//! Keys of resources: in paths with their escapes, in references, and by the resource they name.
//!
//! Escapes: github.com/e-conomic/slate source/includes, "URL escaping"; seen for years as `2025_6_2026`.

use super::facts::Kind;
use super::value::Document;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

const ESCAPES: [(char, &str); 14] = [
    ('<', "_0_"),
    ('>', "_1_"),
    ('*', "_2_"),
    ('%', "_3_"),
    (':', "_4_"),
    ('&', "_5_"),
    ('/', "_6_"),
    ('\\', "_7_"),
    ('_', "_8_"),
    (' ', "_9_"),
    ('?', "_10_"),
    ('.', "_11_"),
    ('#', "_12_"),
    ('+', "_13_"),
];

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~').remove(b'.');

/// A property that names another resource: the resource, its path, and how errors call it.
pub struct Reference {
    pub key: &'static str,
    pub table: &'static str,
    pub path: &'static str,
    pub what: &'static str,
}

pub const REFERENCES: &[Reference] = &[
    Reference { key: "customerNumber", table: "customers", path: "customers", what: "Customer" },
    Reference { key: "customerGroupNumber", table: "customerGroups", path: "customer-groups", what: "CustomerGroup" },
    Reference { key: "vatZoneNumber", table: "vatZones", path: "vat-zones", what: "VatZone" },
    Reference { key: "paymentTermsNumber", table: "paymentTerms", path: "payment-terms", what: "PaymentTerms" },
    Reference { key: "layoutNumber", table: "layouts", path: "layouts", what: "Layout" },
    Reference { key: "productNumber", table: "products", path: "products", what: "Product" },
    Reference { key: "productGroupNumber", table: "productGroups", path: "product-groups", what: "ProductGroup" },
    Reference { key: "unitNumber", table: "units", path: "units", what: "Unit" },
    Reference { key: "accountNumber", table: "accounts", path: "accounts", what: "Account" },
    Reference { key: "vatCode", table: "vatAccounts", path: "vat-accounts", what: "VatAccount" },
    Reference { key: "employeeNumber", table: "employees", path: "employees", what: "Employee" },
    Reference { key: "journalNumber", table: "journals", path: "journals", what: "Journal" },
    Reference { key: "code", table: "currencies", path: "currencies", what: "Currency" },
    Reference { key: "supplierNumber", table: "suppliers", path: "suppliers", what: "Supplier" },
    Reference { key: "supplierGroupNumber", table: "supplierGroups", path: "supplier-groups", what: "SupplierGroup" },
    Reference { key: "paymentTypeNumber", table: "paymentTypes", path: "payment-types", what: "PaymentType" },
    Reference { key: "year", table: "accountingYears", path: "accounting-years", what: "AccountingYear" },
    Reference { key: "vatTypeNumber", table: "vatTypes", path: "vat-types", what: "VatType" },
    Reference { key: "bookedInvoiceNumber", table: "bookedInvoices", path: "invoices/booked", what: "BookedInvoice" },
    Reference { key: "draftInvoiceNumber", table: "draftInvoices", path: "invoices/drafts", what: "DraftInvoice" },
];

pub fn is_key(name: &str) -> bool {
    REFERENCES.iter().any(|reference| reference.key == name)
}

/// The reference that an object is, by the key in it.
pub fn reference(document: &Document) -> Option<(&'static Reference, &Value)> {
    REFERENCES.iter().find_map(|reference| Some((reference, document.get(reference.key)?)))
}

/// The key of a row in a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Number(u64),
    Text(String),
}

impl Key {
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            other => other.as_u64().map(Self::Number),
        }
    }

    /// From a segment of a path, for a table whose keys are of that kind.
    pub fn read(segment: &str, text: bool) -> Option<Self> {
        if text { Some(Self::Text(unescape(segment))) } else { segment.parse().ok().map(Self::Number) }
    }

    pub fn value(&self) -> Value {
        match self {
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.clone().into(),
        }
    }

    pub fn in_path(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => utf8_percent_encode(&escape(text), UNRESERVED).to_string(),
        }
    }
}

impl From<u64> for Key {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// The key at the end of a link, whatever host it names.
pub fn of_link(link: &str, kind: Kind) -> Option<Value> {
    let last = link.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()?;
    let last = percent_decode_str(last).decode_utf8().ok()?;
    match kind {
        Kind::Text => Some(unescape(&last).into()),
        _ => last.parse::<u64>().ok().map(Value::from),
    }
}

pub fn escape(key: &str) -> String {
    let code = |c: char| ESCAPES.iter().find(|(plain, _)| *plain == c).map_or_else(|| c.to_string(), |(_, code)| (*code).to_owned());
    key.chars().map(code).collect()
}

pub fn unescape(segment: &str) -> String {
    let mut text = String::new();
    let mut rest = segment;
    while let Some(first) = rest.chars().next() {
        if let Some((plain, code)) = ESCAPES.iter().find(|(_, code)| rest.starts_with(code)) {
            text.push(*plain);
            rest = rest.get(code.len()..).unwrap_or_default();
        } else {
            text.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    text
}
