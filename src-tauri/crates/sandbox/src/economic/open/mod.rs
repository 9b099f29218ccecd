//! The OpenAPI services: flat rows, versions that must be named, pages by cursor or by number.
//!
//! Paths, roles and error words: github.com/Pogoe/EConomic.NET specs/openapi; what they do beyond that:
//! docs/openapi-verification.md there.

mod attached;
mod columns;
mod drafts;
mod flat;
mod journals;
mod webhooks;

use super::Rules;
use super::access::Caller;
use super::agreement::Agreement;
use super::body::take;
use super::call::{Call, Reply};
use super::facts::{Kind, Shape, Write, shape};
use super::fault::{Fault, Problem};
use super::filter::{Filter, Sort, as_service};
use super::keys::{Key, unescape};
use super::rest::check_card;
use super::value::{Document, put};
use columns::{BOOKED_LINE, CUSTOMER, Entity, PRICE, PRODUCT, PRODUCT_GROUP, document_of, entry_row, instant, pair_row, row_of, same_version};
use http::{Method, StatusCode};
use serde_json::{Value, json};
pub use webhooks::Hooks;

const CURSOR_SIZE: usize = 1_000;
const LARGEST_PAGE: usize = 100;
/// What `/paged` reaches.
const FURTHEST: usize = 10_000;

/// One request to one service of one agreement.
pub struct Visit<'a> {
    pub call: &'a Call,
    pub caller: &'a Caller,
    pub agreement: &'a mut Agreement,
    pub hooks: &'a mut Hooks,
    pub rules: &'a Rules,
}

impl Visit<'_> {
    /// `rest` is lower-cased below `/{service}/v{version}/`; any version is taken.
    pub fn answer(&mut self, service: &str, rest: &[&str]) -> Result<Reply, Fault> {
        let get = self.call.reads();
        match (service, rest) {
            ("customersapi", ["customers", rest @ ..]) => self.cards(&CUSTOMER, rest),
            ("customersapi", ["contacts", rest @ ..]) => self.flat(&flat::CONTACTS, rest),
            ("customersapi", ["deliverylocations", rest @ ..]) => self.flat(&flat::LOCATIONS, rest),
            ("customersapi", ["setup"]) if get => Ok(Reply::ok(self.customer_setup())),
            ("productsapi", ["productspaged", "paged"]) if get => self.table(&PRODUCT, &["paged"]),
            ("productsapi", ["products", "count"]) => Err(Fault::not_found()),
            ("productsapi", ["products", product, "salespriceincurrencies", rest @ ..]) => self.prices_of(product, rest),
            ("productsapi", ["salespriceincurrencies", rest @ ..]) if get => self.table(&PRICE, rest),
            ("productsapi", ["products", rest @ ..]) => self.cards(&PRODUCT, rest),
            ("productsapi", ["pricegroups", rest @ ..]) => self.flat(&flat::PRICE_GROUPS, rest),
            ("productsapi", ["productgroups", group, "zones", rest @ ..]) if get => {
                let zones = self.zones(group);
                self.made(shape("productsapi/Zone"), zones, rest, "id")
            }
            ("productsapi", ["productgroups", rest @ ..]) if get => self.table(&PRODUCT_GROUP, rest),
            ("q2capi", ["invoices", "drafts", rest @ ..]) => self.drafts(rest),
            ("q2capi", ["invoices", "booked", invoice, "lines", rest @ ..]) if get && *invoice != "lines" => {
                let rows = self.booked_lines(Some(self.number(invoice)?));
                self.made(shape(BOOKED_LINE.facts), rows, rest, "number")
            }
            ("q2capi", ["invoices", "booked", "lines", rest @ ..]) if get => {
                self.made(shape(BOOKED_LINE.facts), self.booked_lines(None), rest, "number")
            }
            ("journalsapi", ["journals", journal, action @ ("book" | "bookwithdateinterval" | "bookdraftentries")]) => {
                self.book_journal(journal, action)
            }
            ("journalsapi", ["entries", "draft", journal, action @ ("book" | "bookwithdateinterval")]) => self.book_journal(journal, action),
            ("journalsapi", ["journals", rest @ ..]) => self.journals(rest),
            ("journalsapi", ["accruals", rest @ ..]) => self.accruals(rest),
            ("journalsapi", ["draft-entries", rest @ ..]) => self.draft_entries(rest),
            ("bookedentriesapi", ["booked-entries", "match"]) => self.match_entries(),
            ("bookedentriesapi", ["booked-entries", "matched-pairs"]) if get => {
                let ledger = &self.agreement.ledger;
                self.cursor(shape("bookedEntriesapi/MatchedBookedEntriesPair"), ledger.pairs.iter().collect(), |pair| pair_row(ledger, pair))
            }
            ("bookedentriesapi", ["booked-entries", rest @ ..]) if get => {
                let entries = self.agreement.ledger.entries.iter().collect();
                self.listed(shape("bookedEntriesapi/BookedEntry"), entries, |entry| entry_row(entry), rest, "entryNumber")
            }
            ("accountsapi", ["accounts", rest @ ..]) => self.flat(&flat::ACCOUNTS, rest),
            ("accountingyearsapi", ["accountingyears", "periods", rest @ ..]) if get => {
                self.made(shape("accountingyearsapi/AccountingYearPeriod"), self.periods(), rest, "periodNumber")
            }
            ("accountingyearsapi", ["accountingyears", rest @ ..]) if get => self.years(rest),
            ("documentsapi", ["attacheddocuments", rest @ ..]) => self.attached(rest),
            ("webhooksapi", rest) => self.webhooks(rest),
            // What is sold beside the package; this agreement has none of it.
            ("dimensionsapi" | "projectsapi" | "subscriptionsapi" | "budgetsapi", _) => {
                Err(Fault::forbidden("AccessDeniedAgreementMissingModules", "The agreement lacks the module that this needs."))
            }
            _ if self.known(service, rest) => Err(Fault::method()),
            _ => Err(Fault::not_found()),
        }
    }

    fn known(&self, service: &str, rest: &[&str]) -> bool {
        matches!((service, rest.first()), ("bookedentriesapi", Some(&"booked-entries")) | ("productsapi", Some(&"productgroups")))
    }

    fn number(&self, segment: &str) -> Result<u64, Fault> {
        segment.parse().map_err(|_| Fault::not_found())
    }

    fn documents(&self, entity: &Entity) -> Vec<&Document> {
        self.agreement.table(entity.table).values().collect()
    }

    /// The rows of an entity, each made only when it is asked for.
    fn table(&self, entity: &Entity, rest: &[&str]) -> Result<Reply, Fault> {
        self.listed(shape(entity.facts), self.documents(entity), |document| row_of(entity, document), rest, entity.key)
    }

    /// Rows that were made already.
    fn made(&self, facts: &'static Shape, rows: Vec<Document>, rest: &[&str], key: &str) -> Result<Reply, Fault> {
        self.listed(facts, rows, Document::clone, rest, key)
    }

    /// A collection, its pages, its count, or one of its rows.
    fn listed<T>(&self, facts: &'static Shape, items: Vec<T>, row: impl Fn(&T) -> Document, rest: &[&str], key: &str) -> Result<Reply, Fault> {
        match rest {
            [] => self.cursor(facts, items, row),
            ["paged"] => self.paged(facts, items, row),
            ["count"] => Ok(Reply::ok(self.filtered(facts, items, &row)?.len())),
            [wanted] => {
                let wanted = unescape(wanted);
                let told = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let found = items.iter().map(row).find(|row| row.get(key).is_some_and(|value| told(value).eq_ignore_ascii_case(&wanted)));
                found.map(|row| Reply::ok(Value::Object(row))).ok_or_else(Fault::not_found)
            }
            _ => Err(Fault::not_found()),
        }
    }

    fn filtered<T>(&self, facts: &'static Shape, mut items: Vec<T>, row: &impl Fn(&T) -> Document) -> Result<Vec<T>, Fault> {
        if let Some(text) = self.call.option("filter") {
            let filter = Filter::parse(text, facts).map_err(as_service)?;
            items.retain(|item| filter.holds(&row(item)));
        }
        Ok(items)
    }

    /// A thousand rows and a cursor for the next; a sort is silently ignored.
    fn cursor<T>(&self, facts: &'static Shape, items: Vec<T>, row: impl Fn(&T) -> Document) -> Result<Reply, Fault> {
        let items = self.filtered(facts, items, &row)?;
        let from = match self.call.option("cursor") {
            None => 0,
            Some(cursor) => usize::from_str_radix(cursor, 16).map_err(|_| Fault::bad("InvalidCursor", "The cursor is not one of ours."))?,
        };
        let rows: Vec<Value> = items.iter().skip(from).take(CURSOR_SIZE).map(|item| Value::Object(row(item))).collect();
        let mut page = json!({ "items": rows });
        let next = from.saturating_add(CURSOR_SIZE);
        if next < items.len() {
            page["cursor"] = format!("{next:012x}").into();
        }
        Ok(Reply::ok(page))
    }

    /// A bare array, of the first ten thousand rows only.
    fn paged<T>(&self, facts: &'static Shape, items: Vec<T>, row: impl Fn(&T) -> Document) -> Result<Reply, Fault> {
        let items = self.filtered(facts, items, &row)?;
        let read = |name: &str, default: usize| self.call.option(name).map_or(Some(default), |text| text.parse().ok());
        let size = read("pageSize", 20).filter(|size| (1..=LARGEST_PAGE).contains(size));
        let (Some(size), Some(skip)) = (size, read("skipPages", 0)) else {
            return Err(Fault::bad("InvalidPaging", "pageSize is a number from 1 to 100, skipPages one from 0."));
        };
        let from = skip.saturating_mul(size);
        if from.saturating_add(size) > FURTHEST {
            return Err(Fault::bad("InvalidPaging", "Only the first 10000 rows can be paged; use a cursor."));
        }
        let Some(text) = self.call.option("sort") else {
            return Ok(Reply::ok(items.iter().skip(from).take(size).map(|item| Value::Object(row(item))).collect::<Value>()));
        };
        let sort = Sort::parse(text, facts).map_err(|fault| Fault { code: "BadSortRequest", ..fault })?;
        let mut rows: Vec<Document> = items.iter().map(row).collect();
        rows.sort_by(|left, right| sort.compare(left, right));
        Ok(Reply::ok(rows.into_iter().skip(from).take(size).map(Value::Object).collect::<Value>()))
    }

    fn customer_setup(&self) -> Value {
        let first = |table: &str, key: &str| self.agreement.table(table).values().next().and_then(|row| row.get(key)).cloned().unwrap_or_default();
        json!({
            "defaultCustomerGroupNumber": first("customerGroups", "customerGroupNumber"), "defaultLayoutNumber": first("layouts", "layoutNumber"), "objectVersion": "1",
        })
    }

    fn zones(&self, group: &str) -> Vec<Document> {
        let group: u64 = group.parse().unwrap_or(0);
        let of_group = self.agreement.sales_accounts.range((group, 0)..=(group, u64::MAX));
        let row = |((_, zone), account): (&(u64, u64), &u64)| {
            let mut row = Document::new();
            put(&mut row, "id", *zone);
            put(&mut row, "accountId", *account);
            put(&mut row, "objectVersion", "1");
            row
        };
        of_group.map(row).collect()
    }

    fn booked_lines(&self, invoice: Option<u64>) -> Vec<Document> {
        let mut rows = Vec::new();
        for (key, document) in self.agreement.table("bookedInvoices") {
            let Key::Number(number) = key else { continue };
            if invoice.is_some_and(|invoice| invoice != *number) {
                continue;
            }
            for line in document.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
                let mut row = row_of(&BOOKED_LINE, line);
                put(&mut row, "documentId", *number);
                rows.push(row);
            }
        }
        rows
    }

    /// The only place that says which periods are barred.
    fn periods(&self) -> Vec<Document> {
        let of_year = |year: &super::agreement::Year| {
            let row = |period: &super::agreement::Period| {
                let mut row = Document::new();
                put(&mut row, "periodNumber", period.number);
                put(&mut row, "year", year.name.clone());
                put(&mut row, "dateFrom", instant(period.from));
                put(&mut row, "dateTo", instant(period.to));
                put(&mut row, "isClosed", year.closed || period.closed);
                put(&mut row, "isBarred", period.barred);
                put(&mut row, "objectVersion", "1");
                row
            };
            year.periods.iter().map(row).collect::<Vec<_>>()
        };
        self.agreement.years.iter().flat_map(of_year).collect()
    }

    fn years(&self, rest: &[&str]) -> Result<Reply, Fault> {
        let rows = self.agreement.years.iter().map(|year| {
            let mut row = Document::new();
            put(&mut row, "year", year.name.clone());
            put(&mut row, "dateFrom", instant(year.from));
            put(&mut row, "dateTo", instant(year.to));
            put(&mut row, "isClosed", year.closed);
            put(&mut row, "objectVersion", "1");
            row
        });
        // There is no list by cursor.
        if rest.is_empty() { Err(Fault::method()) } else { self.made(shape("accountingyearsapi/AccountingYear"), rows.collect(), rest, "year") }
    }

    fn journals(&mut self, rest: &[&str]) -> Result<Reply, Fault> {
        // Filters, cursors and counts on journals fail in the service itself.
        match rest {
            [] | ["count"] if self.call.reads() => Err(Fault::crashed()),
            ["paged"] if self.call.option("filter").is_some() => Err(Fault::crashed()),
            rest => self.flat(&flat::JOURNALS, rest),
        }
    }

    fn match_entries(&mut self) -> Result<Reply, Fault> {
        if self.call.method != Method::POST {
            return Err(Fault::method());
        }
        self.may_post()?;
        let body = self.call.object()?;
        let ids: Option<Vec<u64>> = body.get("entryIds").and_then(Value::as_array).map(|ids| ids.iter().map(|id| id.as_u64().unwrap_or(0)).collect());
        let ids = ids.ok_or_else(|| Fault::one(Problem::missing("entryIds")))?;
        self.agreement.match_entries(&ids).map(|()| Reply::empty()).map_err(|why| Fault::bad(why.code(), "The entries could not be matched."))
    }

    fn may_post(&self) -> Result<(), Fault> {
        if self.rules.allow_posting { Ok(()) } else { Err(Fault::forbidden("AccessDenied", "Booking is switched off in this sandbox.")) }
    }

    /// Customers and products.
    fn cards(&mut self, entity: &Entity, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, [wanted]) if !matches!(*wanted, "paged" | "count") => {
                let key = self.card_key(entity, wanted)?;
                let found = self.agreement.table(entity.table).get(&key).ok_or_else(Fault::not_found)?;
                Ok(Reply::ok(Value::Object(row_of(entity, found))))
            }
            (Method::GET, rest) => self.table(entity, rest),
            (Method::POST, []) => {
                let row = self.taken(entity, Write::Create)?;
                let key = row.get(entity.key).and_then(Key::of).ok_or_else(|| refused(entity, entity.key))?;
                if self.agreement.table(entity.table).contains_key(&key) {
                    let code = if entity.table == "customers" { "CustomerAlreadyExists" } else { "ProductNumberAlreadyExists" };
                    return Err(Fault::bad(code, "The number is taken."));
                }
                let made = json!({ entity.key: row.get(entity.key) });
                self.keep(entity, key, &row)?;
                Ok(Reply::json(StatusCode::CREATED, &made))
            }
            (Method::PUT, [wanted]) => {
                let key = self.card_key(entity, wanted)?;
                let row = self.taken(entity, Write::Update)?;
                let stands = self.agreement.table(entity.table).get(&key).ok_or_else(Fault::not_found)?;
                if !same_version(stands, &row) {
                    return Err(Fault::conflict());
                }
                self.keep(entity, key, &row)?;
                Ok(Reply::empty())
            }
            (Method::DELETE, [wanted]) => {
                let key = self.card_key(entity, wanted)?;
                if !self.agreement.table(entity.table).contains_key(&key) {
                    return Err(Fault::not_found());
                }
                if self.agreement.is_used(entity.table, &key) {
                    let code = if entity.table == "customers" { "CustomerIsInUse" } else { "ProductUsedOnInvoiceLines" };
                    return Err(Fault::bad(code, "It is in use."));
                }
                self.agreement.table_mut(entity.table).remove(&key);
                self.agreement.remove_children(entity.table, &key);
                Ok(Reply::empty())
            }
            _ => Err(Fault::method()),
        }
    }

    fn card_key(&self, entity: &Entity, segment: &str) -> Result<Key, Fault> {
        // Segments were lower-cased for the routes; the key is as it was sent.
        let sent = self.call.segments.last().map_or(segment, String::as_str);
        let text = shape(entity.facts).property(entity.key).is_some_and(|key| key.kind == Kind::Text);
        Key::read(sent, text).ok_or_else(Fault::not_found)
    }

    fn taken(&self, entity: &Entity, write: Write) -> Result<Document, Fault> {
        // Here a null is the same as leaving out.
        let body: Document = self.call.object()?.into_iter().filter(|(_, value)| !value.is_null()).collect();
        take(shape(entity.facts), write, &body)
    }

    /// Replaces a card by what the row says, under the rules of the REST API in the words of the service.
    fn keep(&mut self, entity: &Entity, key: Key, row: &Document) -> Result<(), Fault> {
        let mut document = document_of(entity, row);
        let word = |path: &str| Fault::bad(word_of(entity, path), format!("The value of {path} is missing or unknown."));
        if let Some((column, _)) = needed(entity).iter().find(|(_, path)| super::value::at(&document, path).is_none()) {
            return Err(word(column));
        }
        let mut problems = Vec::new();
        self.agreement.resolve(&document, "", &mut problems);
        check_card(self.agreement, entity.table, &document, &mut problems);
        if let Some(problem) = problems.first() {
            let place = problem
                .path
                .iter()
                .map(|step| if let super::fault::Step::Name(name) = step { name.as_str() } else { "" })
                .collect::<Vec<_>>()
                .join(".");
            let column = entity.columns.iter().find(|(_, path)| path.starts_with(place.as_str())).map_or(place.as_str(), |(column, _)| column);
            return Err(word(column));
        }
        let table = self.agreement.table_mut(entity.table);
        let balance = table.get(&key).and_then(|row| row.get("balance")).cloned().unwrap_or_else(|| json!(0));
        if entity.table == "customers" {
            document.insert("balance".into(), balance);
        }
        let now = self.call.now;
        self.agreement.touch(&mut document, now);
        self.agreement.table_mut(entity.table).insert(key.clone(), document);
        if entity.table == "customers" {
            super::rest::tell_customer(self.agreement, now, &key, false);
        }
        Ok(())
    }
}

fn needed(entity: &Entity) -> &'static [(&'static str, &'static str)] {
    match entity.table {
        "customers" => &[
            ("name", "name"),
            ("customerGroupNumber", "customerGroup.customerGroupNumber"),
            ("zone", "vatZone.vatZoneNumber"),
            ("paymentTermId", "paymentTerms.paymentTermsNumber"),
            ("currency", "currency"),
        ],
        _ => &[("name", "name"), ("productGroupId", "productGroup.productGroupNumber")],
    }
}

fn refused(entity: &Entity, column: &str) -> Fault {
    Fault::bad(word_of(entity, column), format!("The value of {column} is missing or unknown."))
}

/// The service's word for a column that is wrong.
fn word_of(entity: &Entity, column: &str) -> &'static str {
    match (entity.table, column) {
        ("customers", "name") => "CustomerMissingName",
        ("customers", "customerNumber") => "CustomerInvalidCustomerNumber",
        ("customers", "customerGroupNumber") => "CustomerInvalidGroupId",
        ("customers", "zone") => "CustomerInvalidVatZone",
        ("customers", "paymentTermId") => "CustomerInvalidPaymentTerm",
        ("customers", _) => "CustomerInvalidCharacters",
        ("products", "productGroupId") => "ProductGroupDoesNotExist",
        _ => "ValidationFailed",
    }
}
