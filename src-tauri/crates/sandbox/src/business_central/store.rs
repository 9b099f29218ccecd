//! The tables of one company: ordered, indexed, and undone as one when a request fails.

use super::facts::facts;
use super::guid::Guid;
use super::record::Record;
use super::value::Value;
use std::collections::BTreeMap;
use std::ops::Bound;

#[derive(Clone, Debug, Default)]
pub struct Store {
    tables: BTreeMap<&'static str, Table>,
    /// Rows as they were before the open transaction touched them.
    undo: Vec<Undo>,
    version: u64,
}

#[derive(Clone, Debug, Default)]
struct Table {
    rows: BTreeMap<Guid, Record>,
    order: BTreeMap<String, Guid>,
    indexes: BTreeMap<(&'static str, Value), BTreeMap<String, Guid>>,
}

#[derive(Clone, Debug)]
struct Undo {
    table: &'static str,
    id: Guid,
    before: Option<Record>,
}

impl Store {
    pub fn get(&self, table: &str, id: Guid) -> Option<&Record> {
        self.tables.get(table)?.rows.get(&id)
    }

    /// The first row whose indexed property has the value.
    pub fn find(&self, table: &str, property: &'static str, value: &Value) -> Option<&Record> {
        self.matching(table, property, value).next()
    }

    /// Rows whose indexed property has the value, in key order.
    pub fn matching<'s>(&'s self, table: &str, property: &'static str, value: &Value) -> impl Iterator<Item = &'s Record> + use<'s> {
        let table = self.tables.get(table);
        table
            .and_then(|table| table.indexes.get(&(property, value.clone())))
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter_map(move |id| table.and_then(|table| table.rows.get(id)))
    }

    /// All rows in key order.
    pub fn all<'s>(&'s self, table: &str) -> impl Iterator<Item = &'s Record> + use<'s> {
        self.after(table, None)
    }

    /// Rows behind a key, in key order; constant cost to start.
    pub fn after<'s>(&'s self, table: &str, key: Option<&str>) -> impl Iterator<Item = &'s Record> + use<'s> {
        let table = self.tables.get(table);
        let from = key.map_or(Bound::Unbounded, |key| Bound::Excluded(key.to_string()));
        table
            .into_iter()
            .flat_map(move |table| table.order.range((from.clone(), Bound::Unbounded)))
            .filter_map(move |(_, id)| table.and_then(|table| table.rows.get(id)))
    }

    pub fn count(&self, table: &str) -> usize {
        self.tables.get(table).map_or(0, |table| table.rows.len())
    }

    pub fn last(&self, table: &str) -> Option<&Record> {
        let table = self.tables.get(table)?;
        table.order.values().next_back().and_then(|id| table.rows.get(id))
    }

    /// Inserts or replaces a row and moves its version.
    pub fn put(&mut self, table: &'static str, mut record: Record) {
        self.version += 1;
        record.version = self.version;
        record.reads = 0;
        let before = self.replace(table, record.id, Some(record.clone()));
        self.undo.push(Undo { table, id: record.id, before });
    }

    pub fn remove(&mut self, table: &'static str, id: Guid) {
        let before = self.replace(table, id, None);
        if before.is_some() {
            self.undo.push(Undo { table, id, before });
        }
    }

    /// A read that rewrites its row: the tag moves, the stamp does not.
    pub fn touch(&mut self, table: &str, id: Guid) {
        if let Some(row) = self.tables.get_mut(table).and_then(|table| table.rows.get_mut(&id)) {
            row.reads = (row.reads + 1).min(999_999);
        }
    }

    /// Takes over the reads that a tag of the current version names (after a replay without reads).
    pub fn catch_up(&mut self, table: &str, id: Guid, reads: u32) {
        if let Some(row) = self.tables.get_mut(table).and_then(|table| table.rows.get_mut(&id)) {
            row.reads = row.reads.max(reads);
        }
    }

    /// A point to roll back to.
    pub fn mark(&self) -> usize {
        self.undo.len()
    }

    pub fn rollback(&mut self, mark: usize) {
        while self.undo.len() > mark {
            if let Some(undo) = self.undo.pop() {
                self.replace(undo.table, undo.id, undo.before);
            }
        }
    }

    /// Rows that the open transaction touched: table, id, and whether they were there before it.
    pub fn changes(&self) -> impl Iterator<Item = (&'static str, Guid, bool)> {
        let mut seen = std::collections::BTreeSet::new();
        self.undo.iter().filter(move |undo| seen.insert((undo.table, undo.id))).map(|undo| (undo.table, undo.id, undo.before.is_some()))
    }

    pub fn commit(&mut self) {
        self.undo.clear();
    }

    fn replace(&mut self, name: &'static str, id: Guid, record: Option<Record>) -> Option<Record> {
        let table = self.tables.entry(name).or_default();
        let (key, indexed) = facts().layout(name);
        let before = table.rows.remove(&id);
        if let Some(before) = &before {
            let sort = sort_key(before, key);
            table.order.remove(&sort);
            for property in indexed {
                let at = (*property, value_of(before, property));
                if let Some(entries) = table.indexes.get_mut(&at) {
                    entries.remove(&sort);
                    if entries.is_empty() {
                        table.indexes.remove(&at);
                    }
                }
            }
        }
        if let Some(record) = record {
            let sort = sort_key(&record, key);
            for property in indexed {
                table.indexes.entry((property, value_of(&record, property))).or_default().insert(sort.clone(), id);
            }
            table.order.insert(sort, id);
            table.rows.insert(id, record);
        }
        before
    }
}

/// Where a row stands in its table; also what a skip token carries.
pub fn sort_key_of(table: &str, record: &Record) -> String {
    sort_key(record, facts().layout(table).0)
}

fn sort_key(record: &Record, key: &[&'static str]) -> String {
    let mut out = String::new();
    for property in key {
        value_of(record, property).write_sort_key(&mut out);
        out.push('\u{1}');
    }
    Value::Guid(record.id).write_sort_key(&mut out);
    out
}

fn value_of(record: &Record, property: &str) -> Value {
    record.get(property).cloned().unwrap_or(Value::Text(String::new()))
}
