//! Rows that belong to a card: the contacts of a customer, the prices of a product in other currencies.

use super::Visit;
use crate::economic::agreement::Agreement;
use crate::economic::body::take;
use crate::economic::call::Reply;
use crate::economic::facts::{Write, shape};
use crate::economic::fault::{Fault, Problem};
use crate::economic::keys::Key;
use crate::economic::value::{Document, flag, integer, put, text};
use http::Method;
use serde_json::Value;

pub struct Kind {
    table: &'static str,
    parents: &'static str,
    /// Below the parent.
    path: &'static str,
    /// Whether the service gives the numbers.
    numbered: bool,
    /// What is false unless it is said.
    flag: &'static str,
}

pub const CONTACTS: Kind = Kind { table: "customerContacts", parents: "customers", path: "contacts", numbered: true, flag: "deleted" };
pub const LOCATIONS: Kind =
    Kind { table: "customerDeliveryLocations", parents: "customers", path: "delivery-locations", numbered: true, flag: "barred" };
pub const PRICES: Kind =
    Kind { table: "productCurrencyPrices", parents: "products", path: "pricing/currency-specific-sales-prices", numbered: false, flag: "" };
const KINDS: [&Kind; 3] = [&CONTACTS, &LOCATIONS, &PRICES];

impl Visit<'_> {
    pub fn children(&mut self, kind: &Kind, parent: &Key, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, []) => {
                let prefix = prefix(parent);
                let rows = self.agreement.table(kind.table).iter().filter(|(key, _)| is_below(key, &prefix)).map(|(_, row)| row).collect();
                self.collection(shape(kind.table), rows, |row| self.show_child(kind, parent, row))
            }
            (Method::POST, []) => {
                let body = self.call.object()?;
                self.keep_child(kind, parent, Write::Create, &body, None)
            }
            (Method::GET, [name]) => {
                let row = self.agreement.table(kind.table).get(&key(parent, name)).ok_or_else(Fault::not_found)?;
                Ok(Reply::ok(Value::Object(self.show_child(kind, parent, row))))
            }
            (Method::PUT, [name]) => {
                self.agreement.table(kind.table).get(&key(parent, name)).ok_or_else(Fault::not_found)?;
                let mut body = self.call.object()?;
                // The address names it.
                if let (true, Ok(number)) = (kind.numbered, name.parse::<u64>()) {
                    put(&mut body, shape(kind.table).key, number);
                }
                self.keep_child(kind, parent, Write::Update, &body, Some(name))
            }
            (Method::DELETE, [name]) => {
                self.agreement.table_mut(kind.table).remove(&key(parent, name)).map(|_| Reply::empty()).ok_or_else(Fault::not_found)
            }
            (_, [] | [_]) => Err(Fault::method()),
            _ => Err(Fault::not_found()),
        }
    }

    fn keep_child(&mut self, kind: &Kind, parent: &Key, write: Write, body: &Document, known: Option<&str>) -> Result<Reply, Fault> {
        let mut row = take(shape(kind.table), write, body)?;
        put(&mut row, if kind.numbered { "customer.customerNumber" } else { "product.productNumber" }, parent.value());
        let mut problems = Vec::new();
        self.agreement.resolve(&row, "", &mut problems);
        if !problems.is_empty() {
            return Err(Fault::validation(problems));
        }
        let name = match known {
            Some(name) => name.to_owned(),
            None if kind.numbered => self.next_child(kind).to_string(),
            None => text(&row, "currency.code").unwrap_or_default().to_owned(),
        };
        if name.is_empty() {
            return Err(Fault::one(Problem::missing("currency")));
        }
        let key = key(parent, &name);
        if known.is_none() && self.agreement.table(kind.table).contains_key(&key) {
            return Err(Fault::one(Problem::new("currency", "E06010", format!("There is a price in {name} already."))));
        }
        if kind.numbered {
            complete(kind, &mut row, name.parse().unwrap_or(0));
        }
        let now = self.call.now;
        self.agreement.touch(&mut row, now);
        row.remove("lastUpdated");
        let shown = self.show_child(kind, parent, &row);
        self.agreement.table_mut(kind.table).insert(key, row);
        let link = text(&shown, "self").map(str::to_owned);
        Ok(if known.is_none() { Reply::created(Value::Object(shown), link) } else { Reply::ok(Value::Object(shown)) })
    }

    /// Numbers are given over all parents: the services name a row by its number alone.
    fn next_child(&self, kind: &Kind) -> u64 {
        self.agreement.table(kind.table).values().filter_map(|row| integer(row, shape(kind.table).key)).max().unwrap_or(0) + 1
    }

    fn show_child(&self, kind: &Kind, parent: &Key, row: &Document) -> Document {
        let name = integer(row, shape(kind.table).key)
            .map_or_else(|| text(row, "currency.code").unwrap_or_default().to_owned(), |number| number.to_string());
        self.show(&format!("{}/{}/{}/{name}", kind.parents, parent.in_path(), kind.path), row)
    }
}

impl Agreement {
    /// What belonged to a deleted card goes with it, since its number may be given out again.
    pub fn remove_children(&mut self, table: &str, parent: &Key) {
        let prefix = prefix(parent);
        for kind in KINDS.iter().filter(|kind| kind.parents == table) {
            self.table_mut(kind.table).retain(|key, _| !is_below(key, &prefix));
        }
    }
}

fn prefix(parent: &Key) -> String {
    format!("{}|", parent.in_path())
}

/// What a numbered row says beside what it was given.
pub fn complete(kind: &Kind, row: &mut Document, number: u64) {
    put(row, shape(kind.table).key, number);
    put(row, "sortKey", number);
    let said = flag(row, kind.flag);
    put(row, kind.flag, said);
}

pub fn key(parent: &Key, name: &str) -> Key {
    Key::Text(format!("{}{name:>12}", prefix(parent)))
}

fn is_below(key: &Key, prefix: &str) -> bool {
    matches!(key, Key::Text(text) if text.starts_with(prefix))
}
