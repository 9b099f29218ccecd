//! The entity sets, read once from `entities.facts`: adding a set is adding lines there.

use super::value::{EnumType, Kind};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static FACTS: LazyLock<Facts> = LazyLock::new(|| Facts::read(include_str!("entities.facts")));

pub fn facts() -> &'static Facts {
    &FACTS
}

#[derive(Debug)]
pub struct Facts {
    pub entities: Vec<Entity>,
    pub enums: Vec<&'static EnumType>,
    by_set: BTreeMap<&'static str, usize>,
    layouts: BTreeMap<&'static str, (Vec<&'static str>, Vec<&'static str>)>,
}

#[derive(Debug)]
pub struct Entity {
    pub set: &'static str,
    pub name: &'static str,
    /// Two sets can show one table (`journals`, `customerPaymentJournals`).
    pub table: &'static str,
    pub insert: bool,
    pub modify: bool,
    pub delete: bool,
    pub needs_parent: bool,
    pub indexed: Vec<&'static str>,
    pub properties: Vec<Property>,
    pub navigation: Vec<Navigation>,
    pub actions: Vec<&'static str>,
}

#[derive(Debug)]
pub struct Property {
    pub name: &'static str,
    pub kind: Kind,
    pub read_only: bool,
    /// Bound to a page variable: the server cannot filter on it.
    pub variable: bool,
}

#[derive(Debug)]
pub struct Navigation {
    pub name: &'static str,
    pub many: bool,
    pub set: &'static str,
    pub links: Vec<Link>,
}

/// How the rows of a navigation are found from the row it starts at.
#[derive(Debug)]
pub enum Link {
    Property { child: &'static str, parent: &'static str },
    Constant { child: &'static str, value: &'static str },
}

impl Entity {
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    pub fn navigation(&self, name: &str) -> Option<&Navigation> {
        self.navigation.iter().find(|navigation| navigation.name == name)
    }
}

/// Tables that no set shows: (name, key, indexes).
const HIDDEN: &[(&str, &[&str], &[&str])] = &[
    ("numberSeries", &["code"], &["code"]),
    ("customerLedgerEntries", &["entryNumber"], &["documentNumber", "customerNumber"]),
    ("accountBalances", &[], &[]),
    ("journalBatches", &["templateDisplayName", "code"], &["code"]),
];

impl Facts {
    pub fn entity(&self, set: &str) -> Option<&Entity> {
        self.by_set.get(set).and_then(|at| self.entities.get(*at))
    }

    /// Key properties and indexed properties of a table.
    pub fn layout(&self, table: &str) -> (&[&'static str], &[&'static str]) {
        self.layouts.get(table).map_or((&[], &[]), |(key, index)| (key, index))
    }

    fn read(text: &'static str) -> Self {
        let mut facts = Self { entities: Vec::new(), enums: Vec::new(), by_set: BTreeMap::new(), layouts: BTreeMap::new() };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut words = line.split(' ');
            match words.next() {
                Some("enum") => {
                    let name = words.next().unwrap_or_default();
                    facts.enums.push(Box::leak(Box::new(EnumType { name, members: words.collect() })));
                }
                Some("entity") => facts.start(words),
                Some(kind) => {
                    let kind_of = facts.enums.clone();
                    if let Some(entity) = facts.entities.last_mut() {
                        entity.add(kind, words, &kind_of);
                    }
                }
                None => {}
            }
        }
        for (table, key, index) in HIDDEN {
            facts.layouts.insert(table, (key.to_vec(), index.to_vec()));
        }
        facts
    }

    fn start(&mut self, mut words: std::str::Split<'static, char>) {
        let set = words.next().unwrap_or_default();
        let name = words.next().unwrap_or_default();
        let mut entity = Entity {
            set,
            name,
            table: set,
            insert: false,
            modify: false,
            delete: false,
            needs_parent: false,
            indexed: Vec::new(),
            properties: Vec::new(),
            navigation: Vec::new(),
            actions: Vec::new(),
        };
        let mut key = Vec::new();
        for word in words {
            match word.split_once('=') {
                Some(("table", table)) => entity.table = table,
                Some(("allow", allow)) => {
                    (entity.insert, entity.modify, entity.delete) = (allow.contains('i'), allow.contains('m'), allow.contains('d'));
                }
                Some(("key", names)) => key = names.split(',').collect(),
                Some(("index", names)) => entity.indexed = names.split(',').collect(),
                _ => entity.needs_parent |= word == "needs-parent",
            }
        }
        // The set that is named like its table lays it out.
        if entity.table == set {
            self.layouts.insert(set, (key, entity.indexed.clone()));
        }
        self.by_set.insert(set, self.entities.len());
        self.entities.push(entity);
    }
}

impl Entity {
    fn add(&mut self, what: &str, mut words: std::str::Split<'static, char>, enums: &[&'static EnumType]) {
        let name = words.next().unwrap_or_default();
        match what {
            "p" => {
                let kind = read_kind(words.next().unwrap_or_default(), enums);
                let marks: Vec<_> = words.collect();
                self.properties.push(Property { name, kind, read_only: marks.contains(&"ro"), variable: marks.contains(&"var") });
            }
            "n" => {
                let many = words.next() == Some("many");
                let set = words.next().unwrap_or_default();
                let links = words.filter_map(read_link).collect();
                self.navigation.push(Navigation { name, many, set, links });
            }
            _ => self.actions.push(name),
        }
    }
}

fn read_kind(word: &'static str, enums: &[&'static EnumType]) -> Kind {
    if let Some(name) = word.strip_prefix("enum:") {
        return enums.iter().find(|of| of.name == name).map_or(Kind::Text(None), |of| Kind::Enum(of));
    }
    if let Some(limit) = word.strip_prefix("code") {
        return limit.parse().map_or(Kind::Text(None), Kind::Code);
    }
    match word {
        "guid" => Kind::Guid,
        "date" => Kind::Date,
        "instant" => Kind::Instant,
        "decimal" => Kind::Decimal,
        "int32" => Kind::Int32,
        "int64" => Kind::Int64,
        "bool" => Kind::Bool,
        "stream" => Kind::Stream,
        _ => Kind::Text(word.strip_prefix("text").and_then(|limit| limit.parse().ok())),
    }
}

fn read_link(word: &'static str) -> Option<Link> {
    if let Some((child, parent)) = word.split_once('=') {
        return Some(Link::Property { child, parent });
    }
    word.split_once(':').map(|(child, value)| Link::Constant { child, value })
}
