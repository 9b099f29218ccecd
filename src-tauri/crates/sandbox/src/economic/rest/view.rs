//! Rows as the REST API shows them: with links, in collections of pages.

use super::Visit;
use crate::economic::call::Reply;
use crate::economic::facts::Shape;
use crate::economic::fault::{Fault, Problem};
use crate::economic::filter::{Filter, Sort};
use crate::economic::keys::{self, Key};
use crate::economic::value::{Document, integer, put, text};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

const DEFAULT_SIZE: usize = 20;
const LARGEST_SIZE: usize = 1_000;
/// What is left alone when a link repeats a query; the rest is written in lower case.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'!').remove(b'*').remove(b'(').remove(b')');

impl Visit<'_> {
    pub fn link(&self, path: &str) -> String {
        let demo = if self.call.option("demo").is_some() { if path.contains('?') { "&demo=true" } else { "?demo=true" } } else { "" };
        format!("{}/{path}{demo}", self.call.base)
    }

    /// A row with its own address and those of what it refers to.
    pub fn show(&self, path: &str, row: &Document) -> Document {
        let mut shown = self.linked(row);
        shown.insert("self".into(), self.link(path).into());
        shown
    }

    fn linked(&self, row: &Document) -> Document {
        let own = row.iter().filter(|(name, _)| !name.starts_with('_'));
        own.map(|(name, value)| (name.clone(), self.with_links(value))).collect()
    }

    pub fn with_links(&self, value: &Value) -> Value {
        match value {
            Value::Object(inner) => {
                let mut shown = self.linked(inner);
                if let Some((reference, key)) = keys::reference(inner).and_then(|(reference, key)| Some((reference, Key::of(key)?))) {
                    shown.insert("self".into(), self.link(&format!("{}/{}", reference.path, key.in_path())).into());
                }
                Value::Object(shown)
            }
            Value::Array(items) => items.iter().map(|item| self.with_links(item)).collect(),
            other => other.clone(),
        }
    }

    /// The page that the query asks for.
    pub fn collection(&self, shape: &'static Shape, rows: Vec<&Document>, show: impl Fn(&Document) -> Document) -> Result<Reply, Fault> {
        let (skip, size) = self.page()?;
        let filter = self.call.option("filter").map(|text| Filter::parse(text, shape)).transpose()?;
        let sort = self.call.option("sort").map(|text| Sort::parse(text, shape)).transpose()?;
        let all = rows.len();
        let mut rows = rows;
        if let Some(filter) = filter {
            rows.retain(|row| filter.holds(row));
        }
        if let Some(sort) = sort {
            rows.sort_by(|left, right| sort.compare(left, right));
        }
        let found = rows.len();
        let page: Vec<Value> = rows.into_iter().skip(skip.saturating_mul(size)).take(size).map(|row| Value::Object(show(row))).collect();
        let pagination = self.pagination(skip, size, found, all);
        Ok(Reply::ok(json!({ "collection": page, "pagination": pagination, "self": self.own_link() })))
    }

    fn page(&self) -> Result<(usize, usize), Fault> {
        let read = |name: &str, default: usize| match self.call.option(name) {
            None => Some(default),
            Some(text) => text.parse::<usize>().ok(),
        };
        let refused = |name: &'static str, message: &str| Fault { code: "E04810", ..Fault::one(Problem::new(name, "E04810", message)) };
        let size = read("pagesize", DEFAULT_SIZE).filter(|size| (1..=LARGEST_SIZE).contains(size));
        let size = size.ok_or_else(|| refused("pagesize", "pagesize must be a number from 1 to 1000."))?;
        let skip = read("skippages", 0).ok_or_else(|| refused("skippages", "skippages must be a number from 0."))?;
        Ok((skip, size))
    }

    fn pagination(&self, skip: usize, size: usize, found: usize, all: usize) -> Value {
        let mut pagination = json!({
            "skipPages": skip, "pageSize": size, "maxPageSizeAllowed": LARGEST_SIZE, "results": found, "resultsWithoutFilter": all,
        });
        if found == 0 {
            pagination["developerHint"] = "Pagination links are suppressed when there are no results.".into();
            return pagination;
        }
        let last = (found - 1) / size;
        let link = |page: usize| self.page_link(page, size);
        pagination["firstPage"] = link(0).into();
        if skip > 0 {
            pagination["previousPage"] = link(skip - 1).into();
        }
        if skip < last {
            pagination["nextPage"] = link(skip + 1).into();
        }
        pagination["lastPage"] = link(last).into();
        pagination
    }

    fn page_link(&self, page: usize, size: usize) -> String {
        let mut query = format!("skippages={page}&pagesize={size}");
        for name in ["filter", "sort"] {
            if let Some(value) = self.call.option(name) {
                query.push_str(&format!("&{name}={}", lower(value)));
            }
        }
        self.link(&format!("{}?{query}", self.path()))
    }

    fn own_link(&self) -> String {
        let query: Vec<String> = self
            .call
            .query
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("demo"))
            .map(|(name, value)| format!("{name}={}", lower(value)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        self.link(&format!("{}{mark}{}", self.path(), query.join("&")))
    }

    fn path(&self) -> &str {
        self.call.path.trim_matches('/')
    }

    /// A customer, product or document with the links that belong to its kind.
    pub fn show_row(&self, table: &str, row: &Document) -> Document {
        let shape = crate::economic::facts::shape(table);
        let key = row.get(shape.key).and_then(Key::of).map(|key| key.in_path()).unwrap_or_default();
        let path = format!("{}/{key}", table_path(table));
        let mut shown = self.show(&path, row);
        let links: &[(&str, &str)] = match table {
            "customers" => &[
                ("contacts", "/contacts"),
                ("deliveryLocations", "/delivery-locations"),
                ("templates.self", "/templates"),
                ("templates.invoice", "/templates/invoice"),
                ("templates.invoiceLine", "/templates/invoiceline"),
                ("totals.self", "/totals"),
                ("totals.drafts", "/totals/drafts"),
                ("totals.booked", "/totals/booked"),
                ("invoices.self", "/invoices"),
                ("invoices.drafts", "/invoices/drafts"),
                ("invoices.booked", "/invoices/booked"),
            ],
            "draftInvoices" => {
                &[("templates.self", "/templates"), ("templates.bookingInstructions", "/templates/booking-instructions"), ("pdf.download", "/pdf")]
            }
            "bookedInvoices" => &[("sent", "/sent"), ("pdf.download", "/pdf")],
            "draftOrders" => &[
                ("templates.self", "/templates"),
                ("templates.upgradeInstructions", "/templates/upgrade-instructions/draftInvoice"),
                ("pdf.download", "/pdf"),
            ],
            "productGroups" => &[("salesAccounts", "/sales-accounts"), ("products", "/products")],
            "journals" => &[
                ("vouchers", "/vouchers"),
                ("entries", "/entries"),
                ("templates.self", "/templates"),
                ("templates.financeVoucher", "/templates/financeVoucher"),
                ("templates.manualCustomerInvoice", "/templates/manualCustomerInvoice"),
            ],
            "accounts" => &[("accountingYears", "/accounting-years")],
            "customerGroups" => &[("customers", "/customers")],
            _ => &[],
        };
        for (name, below) in links {
            put(&mut shown, name, self.link(&format!("{path}{below}")));
        }
        self.metadata(table, &path, &mut shown);
        shown
    }

    fn metadata(&self, table: &str, path: &str, shown: &mut Document) {
        let action =
            |description: &str, path: &str, method: &str| json!({ "description": description, "href": self.link(path), "httpMethod": method });
        match table {
            "customers" | "products" | "units" | "draftOrders" => {
                let actions =
                    json!({ "delete": action("Delete this resource.", path, "delete"), "replace": action("Replace this resource.", path, "put") });
                shown.insert("metaData".into(), actions);
            }
            "draftInvoices" => {
                let book = action("Book this invoice.", "invoices/booked", "post");
                let delete = action("Delete this draft.", path, "delete");
                shown.insert("metaData".into(), json!({ "delete": delete, "replace": action("Replace this draft.", path, "put"), "book": book }));
            }
            _ => {}
        }
    }

    /// A draft entry of a journal, deleted by the link that it carries.
    pub fn show_journal_entry(&self, row: &Document) -> Document {
        let journal = integer(row, "journal.journalNumber").unwrap_or(0);
        let path = format!("journals/{journal}/entries/{}", integer(row, "journalEntryNumber").unwrap_or(0));
        let mut shown = self.show(&path, row);
        let voucher = format!(
            "journals/{journal}/vouchers/{}-{}",
            keys::escape(text(row, "voucher.accountingYear.year").unwrap_or_default()),
            integer(row, "voucher.voucherNumber").unwrap_or(0)
        );
        put(&mut shown, "voucher.self", self.link(&voucher));
        put(&mut shown, "voucher.attachment", self.link(&format!("{voucher}/attachment")));
        put(&mut shown, "metaData.delete", json!({ "description": "Delete this entry.", "href": self.link(&path), "httpMethod": "delete" }));
        shown
    }
}

pub fn table_path(table: &str) -> &'static str {
    match table {
        "sentOrders" => "orders/sent",
        "archivedOrders" => "orders/archived",
        "sentQuotes" => "quotes/sent",
        "archivedQuotes" => "quotes/archived",
        other => crate::economic::facts::shape(other).path.trim_start_matches('/'),
    }
}

fn lower(text: &str) -> String {
    let encoded = utf8_percent_encode(text, PLAIN).to_string();
    let mut written = String::with_capacity(encoded.len());
    let mut left = 0;
    for c in encoded.chars() {
        if c == '%' {
            left = 3;
        }
        written.push(if left > 0 { c.to_ascii_lowercase() } else { c });
        left = usize::saturating_sub(left, 1);
    }
    written
}
