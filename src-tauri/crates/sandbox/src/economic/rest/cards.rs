//! Customers, products and the small tables that can be written.

use super::children::{CONTACTS, LOCATIONS, PRICES};
use super::{Visit, missing};
use crate::economic::agreement::Agreement;
use crate::economic::body::take;
use crate::economic::call::Reply;
use crate::economic::facts::{Write, shape};
use crate::economic::fault::{Fault, Problem};
use crate::economic::keys::Key;
use crate::economic::value::{Document, amount, decimal_at, flag, integer, number, put, text};
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

const LARGEST_NUMBER: u64 = 999_999_999;

pub fn writable(table: &str) -> bool {
    matches!(table, "customers" | "products" | "customerGroups" | "paymentTerms" | "suppliers" | "units")
}

impl Visit<'_> {
    pub fn create_card(&mut self, table: &'static str) -> Result<Reply, Fault> {
        let body = take(shape(table), Write::Create, &self.call.object()?)?;
        let sent = body.get(shape(table).key).and_then(Key::of);
        let key = match sent {
            Some(key) => key,
            None if matches!(table, "customers" | "paymentTerms" | "suppliers" | "units") => Key::Number(self.agreement.free_number(table)),
            None => return Err(Fault::one(Problem::missing(shape(table).key))),
        };
        if self.agreement.table(table).contains_key(&key) {
            let problem = Problem::new(shape(table).key, "E06010", format!("{} already exists.", shape(table).key));
            return Err(Fault::one(problem.of(key.value())));
        }
        self.keep_card(table, key, body)
    }

    /// Replaces everything; a customer's unused number is taken for a new one.
    pub fn replace_card(&mut self, table: &'static str, key: Key) -> Result<Reply, Fault> {
        let body = take(shape(table), Write::Update, &self.call.object()?)?;
        let known = self.agreement.table(table).get(&key).cloned();
        if known.is_none() && (table != "customers" || !matches!(key, Key::Number(1..=LARGEST_NUMBER))) {
            return Err(missing(table, &key));
        }
        if let Some(known) = known.as_ref().filter(|_| table == "paymentTerms") {
            let changed = |name: &str| body.get(name).is_some_and(|value| known.get(name) != Some(value));
            let immutable = ["paymentTermsType", "daysOfCredit"].into_iter().find(|name| changed(name));
            if let Some(name) = immutable {
                return Err(Fault::one(Problem::new(name, "E06151", format!("{name} cannot be changed."))));
            }
        }
        self.keep_card(table, key, body)
    }

    fn keep_card(&mut self, table: &'static str, key: Key, mut row: Document) -> Result<Reply, Fault> {
        let mut problems = Vec::new();
        self.agreement.resolve(&row, "", &mut problems);
        check_card(self.agreement, table, &row, &mut problems);
        if !problems.is_empty() {
            return Err(Fault::validation(problems));
        }
        let known = self.agreement.table(table).get(&key);
        if table == "customers" {
            let balance = known.and_then(|row| decimal_at(row, "balance")).unwrap_or_default();
            put(&mut row, "balance", amount(balance));
            put(&mut row, "dueAmount", amount(Decimal::ZERO));
            let disabled = known.is_some_and(|row| flag(row, "eInvoicingDisabledByDefault"));
            put(&mut row, "eInvoicingDisabledByDefault", disabled);
        }
        if matches!(table, "customers" | "products" | "suppliers") {
            let barred = flag(&row, "barred");
            put(&mut row, "barred", barred);
            known
                .into_iter()
                .flatten()
                .filter(|(name, _)| name.starts_with('_'))
                .for_each(|(name, value)| _ = row.insert(name.clone(), value.clone()));
        }
        if table == "suppliers" && !row.contains_key("layout") {
            // Published as always there.
            let first =
                self.agreement.table("layouts").values().find(|layout| !flag(layout, "deleted")).and_then(|layout| integer(layout, "layoutNumber"));
            put(&mut row, "layout.layoutNumber", first.unwrap_or(0));
        }
        let created = known.is_none();
        row.insert(shape(table).key.into(), key.value());
        let now = self.call.now;
        if matches!(table, "customers" | "products") {
            self.agreement.touch(&mut row, now);
        }
        self.agreement.table_mut(table).insert(key.clone(), row.clone());
        if table == "customers" {
            tell_customer(self.agreement, now, &key, created);
        }
        let shown = self.show_row(table, &row);
        let link = text(&shown, "self").map(str::to_owned);
        Ok(if created { Reply::created(Value::Object(shown), link) } else { Reply::ok(Value::Object(shown)) })
    }

    /// The one property that is changed by itself, and only so: its text in the published schema.
    pub fn patch_customer(&mut self, key: Key) -> Result<Reply, Fault> {
        let body = take(shape("customers"), Write::Update, &{
            let mut body = self.agreement.table("customers").get(&key).cloned().ok_or_else(Fault::not_found)?;
            body.extend(self.call.object()?.into_iter().filter(|(name, _)| name == "eInvoicingDisabledByDefault"));
            body
        })?;
        let disabled = flag(&body, "eInvoicingDisabledByDefault");
        let mut row = self.agreement.table("customers").get(&key).cloned().ok_or_else(Fault::not_found)?;
        put(&mut row, "eInvoicingDisabledByDefault", disabled);
        self.agreement.touch(&mut row, self.call.now);
        let shown = self.show_row("customers", &row);
        self.agreement.table_mut("customers").insert(key, row);
        Ok(Reply::ok(Value::Object(shown)))
    }

    pub fn delete_card(&mut self, table: &'static str, key: Key) -> Result<Reply, Fault> {
        if !self.agreement.table(table).contains_key(&key) {
            return Err(missing(table, &key));
        }
        if self.agreement.is_used(table, &key) {
            return Err(Fault::bad("E06100", "The resource is in use and cannot be deleted.").hint("Delete what refers to it first."));
        }
        self.agreement.table_mut(table).remove(&key);
        self.agreement.remove_children(table, &key);
        if table == "customers" {
            tell_customer(self.agreement, self.call.now, &key, false);
        }
        Ok(Reply::empty())
    }

    pub fn customer_parts(&mut self, customer: &str, rest: &[&str]) -> Result<Reply, Fault> {
        let number = self.number(customer)?;
        let row = self.agreement.row("customers", number).cloned().ok_or_else(Fault::not_found)?;
        if let ["contacts", rest @ ..] = rest {
            return self.children(&CONTACTS, &Key::Number(number), rest);
        }
        if let ["delivery-locations", rest @ ..] = rest {
            return self.children(&LOCATIONS, &Key::Number(number), rest);
        }
        if self.call.method != Method::GET {
            return Err(Fault::method());
        }
        match rest {
            ["templates", "invoice"] => Ok(Reply::ok(self.invoice_template(number, &row))),
            ["templates", "invoiceline", product] => self.line_template(number, product),
            ["invoices", state @ ("drafts" | "booked")] => {
                let table = if *state == "drafts" { "draftInvoices" } else { "bookedInvoices" };
                let of = |row: &&Document| integer(row, "customer.customerNumber") == Some(number);
                let rows = self.agreement.table(table).values().filter(of).collect();
                self.collection(shape(table), rows, |row| self.without_lines(table, row))
            }
            ["templates"] => Ok(Reply::ok(
                json!({ "invoice": self.link(&format!("customers/{number}/templates/invoice")), "self": self.link(&format!("customers/{number}/templates")) }),
            )),
            _ => Err(Fault::not_found()),
        }
    }

    /// A body that is ready for a draft.
    fn invoice_template(&self, number: u64, customer: &Document) -> Value {
        let mut draft = Document::new();
        put(&mut draft, "date", self.call.day().to_string());
        let currency = text(customer, "currency").unwrap_or_default().to_owned();
        put(&mut draft, "exchangeRate", number_of(self.agreement.rate(&currency)));
        put(&mut draft, "currency", currency);
        put(&mut draft, "customer.customerNumber", number);
        for (name, from) in [
            ("paymentTerms", "paymentTerms"),
            ("layout", "layout"),
            ("recipient.name", "name"),
            ("recipient.address", "address"),
            ("recipient.zip", "zip"),
            ("recipient.city", "city"),
            ("recipient.country", "country"),
            ("recipient.ean", "ean"),
            ("recipient.vatZone", "vatZone"),
        ] {
            if let Some(value) = customer.get(from) {
                put(&mut draft, name, value.clone());
            }
        }
        let _ = self.agreement.price(&mut draft, None);
        for computed in ["netAmount", "vatAmount", "grossAmount", "netAmountInBaseCurrency", "grossAmountInBaseCurrency", "roundingAmount"] {
            draft.remove(computed);
        }
        Value::Object(self.show(&format!("customers/{number}/templates/invoice"), &draft))
    }

    fn line_template(&self, customer: u64, product: &str) -> Result<Reply, Fault> {
        let key = self.key("products", product)?;
        let row = self.agreement.table("products").get(&key).ok_or_else(|| missing("products", &key))?;
        let mut line = Document::new();
        put(&mut line, "product.productNumber", key.value());
        put(&mut line, "description", text(row, "name").unwrap_or_default());
        put(&mut line, "quantity", 1);
        put(&mut line, "unitNetPrice", amount(decimal_at(row, "salesPrice").unwrap_or_default()));
        put(&mut line, "unitCostPrice", amount(decimal_at(row, "costPrice").unwrap_or_default()));
        put(&mut line, "discountPercentage", amount(Decimal::ZERO));
        if let Some(unit) = integer(row, "unit.unitNumber") {
            put(&mut line, "unit.unitNumber", unit);
        }
        Ok(Reply::ok(Value::Object(self.show(&format!("customers/{customer}/templates/invoiceline/{}", key.in_path()), &line))))
    }

    pub fn product_parts(&mut self, product: &str, rest: &[&str]) -> Result<Reply, Fault> {
        let key = self.key("products", product)?;
        if !self.agreement.table("products").contains_key(&key) {
            return Err(missing("products", &key));
        }
        match rest {
            ["pricing", "currency-specific-sales-prices", rest @ ..] => self.children(&PRICES, &key, rest),
            _ => Err(Fault::not_found()),
        }
    }

    pub fn product_group_parts(&mut self, group: &str, rest: &[&str]) -> Result<Reply, Fault> {
        let number = self.number(group)?;
        self.agreement.row("productGroups", number).ok_or_else(Fault::not_found)?;
        if self.call.method != Method::GET {
            return Err(Fault::method());
        }
        match rest {
            ["products"] => {
                let of = |row: &&Document| integer(row, "productGroup.productGroupNumber") == Some(number);
                let rows = self.agreement.table("products").values().filter(of).collect();
                self.collection(shape("products"), rows, |row| self.show_row("products", row))
            }
            ["sales-accounts"] => {
                let rows: Vec<Document> = self.sales_accounts(number);
                self.collection(shape("productGroupSalesAccounts"), rows.iter().collect(), |row| {
                    row.iter().map(|(name, value)| (name.clone(), self.with_links(value))).collect()
                })
            }
            _ => Err(Fault::not_found()),
        }
    }

    /// One row per VAT zone.
    fn sales_accounts(&self, group: u64) -> Vec<Document> {
        let of_group = self.agreement.sales_accounts.range((group, 0)..=(group, u64::MAX));
        let row = |((_, zone), account): (&(u64, u64), &u64)| {
            let mut row = Document::new();
            row.insert("salesAccount".into(), Value::Object(self.agreement.row("accounts", *account)?.clone()));
            row.insert("vatZone".into(), Value::Object(self.agreement.row("vatZones", *zone)?.clone()));
            Some(row)
        };
        of_group.filter_map(row).collect()
    }
}

fn number_of(rate: Option<Decimal>) -> Value {
    rate.map_or(Value::Null, number)
}

pub fn tell_customer(agreement: &mut Agreement, now: chrono::DateTime<chrono::Utc>, key: &Key, created: bool) {
    let number = key.in_path();
    let old = if created { String::new() } else { number.clone() };
    agreement.tell("CUSTOMER_UPDATED", now, vec![("NEWNUMBER", number), ("OLDNUMBER", old)]);
}

/// Rules of a kind of card beyond types and references.
pub fn check_card(agreement: &Agreement, table: &str, row: &Document, problems: &mut Vec<Problem>) {
    match table {
        "customers" => {
            let currency = text(row, "currency").unwrap_or_default();
            if agreement.row("currencies", currency).is_none() {
                problems.push(Problem::unknown("currency", "Currency", currency.into()).hint("Find a list of currencies at /currencies."));
            }
        }
        "customerGroups" => {
            let account = integer(row, "account.accountNumber").and_then(|account| agreement.row("accounts", account));
            let posts = |row: &Document| matches!(text(row, "accountType"), Some("profitAndLoss" | "status")) && !flag(row, "barred");
            if account.is_some_and(|row| !posts(row)) {
                problems.push(Problem::new("account", "E07150", "The account must be an open profit and loss or balance sheet account."));
            }
        }
        _ => {}
    }
}
