//! The REST API on its own host: nested documents, references with links, pages of collections.
//!
//! docs: github.com/e-conomic/slate source/includes; what a live agreement does: docs/legacy-api-verification.md
//! of github.com/Pogoe/EConomic.NET.

mod books;
mod cards;
pub mod children;
mod documents;
mod invoices;
mod pdf;
mod view;

pub use cards::{check_card, tell_customer};
pub use documents::draft_of;

use super::Rules;
use super::access::Caller;
use super::agreement::Agreement;
use super::call::{Call, Reply};
use super::facts::shape;
use super::fault::Fault;
use super::keys::Key;
use super::value::Document;
use http::Method;
use serde_json::{Value, json};

/// One request to one agreement.
pub struct Visit<'a> {
    pub call: &'a Call,
    pub caller: &'a Caller,
    pub agreement: &'a mut Agreement,
    pub rules: &'a Rules,
}

/// Collections at the root, with the table that they show.
const ROOTS: [(&str, &str); 19] = [
    ("accounting-years", "accountingYears"),
    ("accounts", "accounts"),
    ("app-roles", "appRoles"),
    ("currencies", "currencies"),
    ("customer-groups", "customerGroups"),
    ("customers", "customers"),
    ("departments", "departments"),
    ("employees", "employees"),
    ("journals", "journals"),
    ("layouts", "layouts"),
    ("payment-terms", "paymentTerms"),
    ("payment-types", "paymentTypes"),
    ("product-groups", "productGroups"),
    ("products", "products"),
    ("suppliers", "suppliers"),
    ("units", "units"),
    ("vat-accounts", "vatAccounts"),
    ("vat-types", "vatTypes"),
    ("vat-zones", "vatZones"),
];

impl Visit<'_> {
    pub fn answer(&mut self) -> Result<Reply, Fault> {
        let call = self.call;
        let names = call.names();
        match names.as_slice() {
            [] => self.only_read(|visit| Ok(Reply::ok(visit.root()))),
            ["self"] => self.only_read(|visit| Ok(Reply::ok(visit.whoami()))),
            ["invoices", rest @ ..] => self.invoices(rest),
            ["orders", rest @ ..] => self.orders("Orders", rest),
            ["quotes", rest @ ..] => self.orders("Quotes", rest),
            ["accounting-years", rest @ ..] => self.accounting_years(rest),
            ["accounts", account, "accounting-years", rest @ ..] => self.account_entries(account, rest),
            ["journals" | "journals-experimental", journal, rest @ ..] if !rest.is_empty() => self.journal(journal, rest),
            ["customers", customer, rest @ ..] if !rest.is_empty() => self.customer_parts(customer, rest),
            ["products", product, rest @ ..] if !rest.is_empty() => self.product_parts(product, rest),
            ["product-groups", group, rest @ ..] if !rest.is_empty() => self.product_group_parts(group, rest),
            [root, rest @ ..] => {
                let root = if *root == "journals-experimental" { "journals" } else { root };
                let (_, table) = ROOTS.iter().find(|(path, _)| *path == root).ok_or_else(Fault::not_found)?;
                self.card(table, rest)
            }
        }
    }

    fn only_read(&mut self, answer: impl FnOnce(&mut Self) -> Result<Reply, Fault>) -> Result<Reply, Fault> {
        if self.call.reads() { answer(self) } else { Err(Fault::method()) }
    }

    fn root(&self) -> Value {
        let names = ROOTS.iter().map(|(path, _)| *path).chain(["invoices", "orders", "quotes", "self"]);
        let links: Document = names.map(|path| (path.to_owned(), self.link(path).into())).collect();
        json!({ "apiName": "e-conomic REST API", "version": "1", "resources": { "stable": links }, "self": self.link("") })
    }

    fn whoami(&self) -> Value {
        let (agreement, app) = (&self.agreement, &self.caller.app);
        json!({
            "agreementNumber": agreement.number,
            "agreementType": { "agreementTypeNumber": 1, "name": "Customer" },
            "userName": "SANDBOX",
            "user": { "agreementNumber": agreement.number, "email": "bogholder@sandbox.example", "loginId": "SANDBOX", "name": "Bogholder",
                "language": { "culture": "da-DK", "languageNumber": 1, "name": "Dansk", "self": self.link("languages/1") } },
            "company": agreement.company,
            "bankInformation": {},
            "canSendElectronicInvoice": true,
            "application": { "appNumber": app.number, "appPublicToken": app.public, "name": app.name, "created": "2026-01-01T00:00:00Z",
                "requiredRoles": [{ "name": app.role.name(), "roleNumber": 1, "self": self.link("app-roles/1") }],
                "self": self.link("self") },
            "settings": { "baseCurrency": agreement.currency, "internationalLedger": "international" },
            "modules": [], "signupDate": "2020-01-01", "self": self.link("self"),
        })
    }

    /// A simple collection and its items.
    fn card(&mut self, table: &'static str, rest: &[&str]) -> Result<Reply, Fault> {
        let facts = shape(table);
        match (self.call.method.clone(), rest) {
            (Method::GET, []) => {
                let rows = self.agreement.table(table).values().collect();
                self.collection(facts, rows, |row| self.show_row(table, row))
            }
            (Method::GET, [key]) => {
                let key = self.key(table, key)?;
                let row = self.agreement.table(table).get(&key).ok_or_else(|| missing(table, &key))?;
                Ok(Reply::ok(Value::Object(self.show_row(table, row))))
            }
            (Method::POST, []) if cards::writable(table) => self.create_card(table),
            (Method::PUT, [key]) if cards::writable(table) => self.replace_card(table, self.key(table, key)?),
            (Method::DELETE, [key]) if cards::writable(table) => self.delete_card(table, self.key(table, key)?),
            (Method::PATCH, [key]) if table == "customers" => self.patch_customer(self.key(table, key)?),
            (_, [] | [_]) => Err(Fault::method()),
            _ => Err(Fault::not_found()),
        }
    }

    pub fn key(&self, table: &str, segment: &str) -> Result<Key, Fault> {
        let text = shape(table).property(shape(table).key).is_some_and(|key| key.kind == super::facts::Kind::Text);
        Key::read(segment, text).ok_or_else(Fault::not_found)
    }

    pub fn number(&self, segment: &str) -> Result<u64, Fault> {
        segment.parse().map_err(|_| Fault::not_found())
    }
}

fn missing(table: &str, key: &Key) -> Fault {
    match (table, key) {
        ("products", Key::Text(number)) => Fault { message: format!("Product \"{number}\" not found."), ..Fault::not_found() },
        _ => Fault::not_found(),
    }
}
