//! Stripe's objects, in memory, with an index for every filter that lists offer.

use super::resources::{self, Resource};
pub use super::rows::Key;
use super::rows::{Keys, Row, Unfolded};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Bound;

pub type Object = Map<String, Value>;

/// So many objects are kept as trees, the others as text.
const ROOM: usize = 1_024;

#[derive(Clone, Debug)]
pub struct Store {
    tables: BTreeMap<&'static str, Table>,
    inserted: u64,
    unfolded: Unfolded,
    room: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self { tables: BTreeMap::new(), inserted: 0, unfolded: Unfolded::default(), room: ROOM }
    }
}

#[derive(Clone, Debug, Default)]
struct Table {
    rows: BTreeMap<Key, Row>,
    by_id: BTreeMap<Box<str>, Key>,
    /// Keys by (filter, value).
    indexes: BTreeMap<(&'static str, Box<str>), Keys>,
}

pub type Condition<'a> = Box<dyn Fn(&Object) -> bool + 'a>;

/// What a list asks for.
#[derive(Default)]
pub struct Query<'a> {
    /// Each (filter, accepted values): all must hold.
    pub equal: Vec<(&'static str, Vec<String>)>,
    /// Exact conditions that no index covers.
    pub also: Vec<Condition<'a>>,
    pub created: Range,
    pub limit: usize,
    pub after: Option<Key>,
    pub before: Option<Key>,
}

/// Bounds in seconds, both included.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub from: i64,
    pub to: i64,
}

impl Default for Range {
    fn default() -> Self {
        Self { from: i64::MIN, to: i64::MAX }
    }
}

impl Range {
    pub fn contains(&self, at: i64) -> bool {
        self.from <= at && at <= self.to
    }
}

impl Store {
    pub fn insert(&mut self, kind: &'static str, created: i64, object: Object) {
        self.inserted += 1;
        let key = (created, self.inserted);
        let table = self.tables.entry(kind).or_default();
        if let Some(id) = object.get("id").and_then(Value::as_str) {
            table.by_id.insert(id.into(), key);
        }
        table.index(key, indexed(resources::of(kind), &object));
        table.rows.insert(key, Row::new(object));
        self.unfolded.note(kind, key);
        self.tidy();
    }

    pub fn get(&self, kind: &str, id: &str) -> Option<&Object> {
        let (kind, table) = self.tables.get_key_value(kind)?;
        let key = *table.by_id.get(id)?;
        Some(self.unfold(kind, key, table.rows.get(&key)?))
    }

    pub fn key(&self, kind: &str, id: &str) -> Option<Key> {
        self.tables.get(kind)?.by_id.get(id).copied()
    }

    /// Changes one object in place and keeps its indexes true. Nothing happens when it is absent.
    pub fn update(&mut self, kind: &str, id: &str, change: impl FnOnce(&mut Object)) {
        let Some(kind) = self.tables.get_key_value(kind).map(|(kind, _)| *kind) else { return };
        let Some(table) = self.tables.get_mut(kind) else { return };
        let Some(key) = table.by_id.get(id).copied() else { return };
        let Some(row) = table.rows.get_mut(&key) else { return };
        let (object, made) = row.change();
        let before = indexed(resources::of(kind), object);
        change(object);
        let after = indexed(resources::of(kind), object);
        if before != after {
            table.unindex(key, before);
            table.index(key, after);
        }
        if made {
            self.unfolded.note(kind, key);
        }
        self.tidy();
    }

    pub fn remove(&mut self, kind: &str, id: &str) -> Option<Object> {
        let table = self.tables.get_mut(kind)?;
        let key = table.by_id.remove(id)?;
        let object = table.rows.remove(&key)?.into_object();
        table.unindex(key, indexed(resources::of(kind), &object));
        Some(object)
    }

    /// Makes text of the trees that there is no room for.
    pub fn tidy(&mut self) {
        while let Some((kind, key)) = self.unfolded.beyond(self.room) {
            // What was removed meanwhile is noted still.
            if let Some(row) = self.tables.get_mut(kind).and_then(|table| table.rows.get_mut(&key)) {
                row.fold();
            }
        }
    }

    /// The kinds that hold anything, and how many of each.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        self.tables.iter().map(|(kind, table)| (*kind, table.rows.len())).collect()
    }

    /// All of a kind, oldest first.
    pub fn all<'a>(&'a self, kind: &str) -> impl Iterator<Item = &'a Object> + use<'a> {
        let table = self.tables.get_key_value(kind);
        table.into_iter().flat_map(|(kind, table)| table.rows.iter().map(|(key, row)| self.unfold(kind, *key, row)))
    }

    /// What a look at each of a kind gives, oldest first. For many: nothing is kept for later.
    pub fn glance<'a, T, L: Fn(&Object) -> T + 'a>(&'a self, kind: &str, look: L) -> impl Iterator<Item = T> + use<'a, T, L> {
        self.tables.get(kind).into_iter().flat_map(|table| table.rows.values()).map(move |row| row.glance(&look))
    }

    /// The ids of what was created before an instant, oldest first.
    pub fn older_than(&self, kind: &str, created: i64) -> Vec<String> {
        let rows = self.tables.get(kind).into_iter().flat_map(|table| table.rows.range(..(created, 0)));
        rows.filter_map(|(_, row)| row.glance(|object| Some(object.get("id")?.as_str()?.to_owned()))).collect()
    }

    /// A stretch of those of a kind that fit, newest first, and how many fit at all.
    pub fn newest_first(&self, kind: &str, fits: impl Fn(&Object) -> bool, skip: usize, take: usize) -> (Vec<&Object>, usize) {
        let (mut found, mut count) = (Vec::new(), 0);
        let Some((kind, table)) = self.tables.get_key_value(kind) else { return (found, count) };
        for (key, row) in table.rows.iter().rev().filter(|(_, row)| row.glance(&fits)) {
            if (skip..skip.saturating_add(take)).contains(&count) {
                found.push(self.unfold(kind, *key, row));
            }
            count += 1;
        }
        (found, count)
    }

    /// All of a kind with this value of a filter, oldest first.
    pub fn with<'a>(&'a self, kind: &str, filter: &'static str, value: &str) -> impl Iterator<Item = &'a Object> + use<'a> {
        let table = self.tables.get_key_value(kind);
        let keys = table.and_then(|(_, table)| table.indexes.get(&(filter, value.into())));
        let keys = keys.into_iter().flat_map(|keys| keys.range((Bound::Unbounded, Bound::Unbounded)));
        keys.filter_map(move |key| table.and_then(|(kind, table)| Some(self.unfold(kind, key, table.rows.get(&key)?))))
    }

    fn unfold<'a>(&self, kind: &'static str, key: Key, row: &'a Row) -> &'a Object {
        let (tree, made) = row.tree();
        if made {
            self.unfolded.note(kind, key);
        }
        tree
    }

    fn unfold_if<'a>(&self, kind: &'static str, key: Key, row: &'a Row, holds: impl Fn(&Object) -> bool) -> Option<&'a Object> {
        let (tree, made) = row.tree_if(holds)?;
        if made {
            self.unfolded.note(kind, key);
        }
        Some(tree)
    }

    /// One page, newest first, and whether there is more in the direction of the walk.
    pub fn page(&self, kind: &str, query: &Query<'_>) -> (Vec<&Object>, bool) {
        let Some((kind, table)) = self.tables.get_key_value(kind) else { return (Vec::new(), false) };
        let newest = query.after.unwrap_or((query.created.to, u64::MAX));
        let upper = if query.after.is_some() { Bound::Excluded(newest.min((query.created.to, u64::MAX))) } else { Bound::Included(newest) };
        let oldest = query.before.unwrap_or((query.created.from, 0));
        let lower = if query.before.is_some() { Bound::Excluded(oldest.max((query.created.from, 0))) } else { Bound::Included(oldest) };
        if is_empty(&lower, &upper) {
            return (Vec::new(), false);
        }
        let narrowest = query.equal.iter().filter_map(|(filter, values)| match values.as_slice() {
            [value] => Some(table.indexes.get(&(*filter, value.as_str().into())).map(|keys| (*filter, keys))),
            _ => None,
        });
        // An absent index entry means that nothing has that value.
        let Some(known) = narrowest.collect::<Option<Vec<_>>>() else { return (Vec::new(), false) };
        let backwards = query.before.is_some();
        let keys: Box<dyn Iterator<Item = Key>> = match known.iter().min_by_key(|(_, keys)| keys.len()) {
            Some((_, keys)) if backwards => Box::new(keys.range((lower, upper))),
            Some((_, keys)) => Box::new(keys.range((lower, upper)).rev()),
            None if backwards => Box::new(table.rows.range((lower, upper)).map(|(key, _)| *key)),
            None => Box::new(table.rows.range((lower, upper)).rev().map(|(key, _)| *key)),
        };
        let resource = resources::of(kind);
        let holds = |object: &Object| {
            query.equal.iter().all(|(filter, values)| matches(resource, object, filter, values)) && query.also.iter().all(|holds| holds(object))
        };
        let mut found: Vec<&Object> = keys.filter_map(|key| self.unfold_if(kind, key, table.rows.get(&key)?, holds)).take(query.limit + 1).collect();
        let more = found.len() > query.limit;
        found.truncate(query.limit);
        if backwards {
            found.reverse();
        }
        (found, more)
    }
}

fn is_empty(lower: &Bound<Key>, upper: &Bound<Key>) -> bool {
    match (lower, upper) {
        (Bound::Included(low), Bound::Included(high)) => low > high,
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => low >= high,
        _ => false,
    }
}

fn matches(resource: Option<&Resource>, object: &Object, filter: &str, values: &[String]) -> bool {
    let path = resource.and_then(|resource| resource.filters.iter().find(|(name, _)| *name == filter));
    let value = path.and_then(|(_, path)| at(object, path)).and_then(text);
    value.is_some_and(|value| values.contains(&value))
}

impl Table {
    fn index(&mut self, key: Key, entries: Entries) {
        for entry in entries {
            self.indexes.entry(entry).and_modify(|keys| keys.add(key)).or_insert(Keys::One(key));
        }
    }

    fn unindex(&mut self, key: Key, entries: Entries) {
        for entry in entries {
            if self.indexes.get_mut(&entry).is_some_and(|keys| keys.take(key)) {
                self.indexes.remove(&entry);
            }
        }
    }
}

/// Filters with an object's values of them.
type Entries = Vec<(&'static str, Box<str>)>;

fn indexed(resource: Option<&'static Resource>, object: &Object) -> Entries {
    let filters = resource.map_or(&[][..], |resource| resource.filters);
    filters.iter().filter_map(|(name, path)| Some((*name, at(object, path).and_then(text)?.into()))).collect()
}

/// The value at a dotted path.
pub fn at<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let first = object.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const STATUS: [&str; 3] = ["open", "paid", "void"];
    const CUSTOMER: [&str; 3] = ["cus_1", "cus_2", "cus_3"];

    #[derive(Clone, Debug)]
    struct Row {
        created: i64,
        status: usize,
        customer: usize,
        changed: Option<usize>,
        removed: bool,
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let row = (0i64..20, 0usize..3, 0usize..3, prop::option::of(0usize..3), any::<bool>());
        let row = row.prop_map(|(created, status, customer, changed, removed)| Row {
            created,
            status,
            customer,
            changed,
            removed: removed && created % 5 == 0,
        });
        prop::collection::vec(row, 0..40)
    }

    fn id(n: usize) -> String {
        format!("in_{n}")
    }

    proptest! {
        /// A page is what anybody would get by sorting, filtering and cutting the whole list.
        #[test]
        fn a_page_is_a_cut_of_the_whole_list(
            rows in rows(), status in prop::option::of(0usize..3), customer in prop::option::of(0usize..3),
            range in (0i64..20, 0i64..20), bounded in any::<bool>(), limit in 1usize..8, cursor in prop::option::of((0usize..40, any::<bool>())),
        ) {
            // Room for few, so that most are text when they are asked for.
            let mut store = Store { room: 3, ..Store::default() };
            for (n, row) in rows.iter().enumerate() {
                let fields = json!({ "id": id(n), "status": STATUS[row.status], "customer": CUSTOMER[row.customer] });
                store.insert("invoice", row.created, fields.as_object().cloned().unwrap_or_default());
            }
            for (n, row) in rows.iter().enumerate() {
                if let Some(changed) = row.changed {
                    store.update("invoice", &id(n), |object| _ = object.insert("status".into(), STATUS[changed].into()));
                }
                if row.removed {
                    store.remove("invoice", &id(n));
                }
            }
            let created = if bounded { Range { from: range.0, to: range.1 } } else { Range::default() };
            let cursor = cursor.filter(|(n, _)| rows.get(*n).is_some_and(|row| !row.removed));
            let mut query = Query { created, limit, ..Query::default() };
            query.equal.extend(status.map(|n| ("status", vec![STATUS[n].to_owned()])));
            query.equal.extend(customer.map(|n| ("customer", vec![CUSTOMER[n].to_owned()])));
            match cursor {
                Some((n, true)) => query.after = store.key("invoice", &id(n)),
                Some((n, false)) => query.before = store.key("invoice", &id(n)),
                None => {}
            }

            let mut all: Vec<(i64, usize)> = rows.iter().enumerate().filter(|(_, row)| !row.removed).map(|(n, row)| (row.created, n)).collect();
            all.sort();
            all.reverse();
            let place = |n: usize| all.iter().position(|(_, other)| *other == n).unwrap_or(0);
            let side: Vec<(i64, usize)> = match cursor {
                Some((n, true)) => all.get(place(n) + 1..).unwrap_or_default().to_vec(),
                Some((n, false)) => all.get(..place(n)).unwrap_or_default().to_vec(),
                None => all.clone(),
            };
            let fits = |(at, n): &&(i64, usize)| {
                let row = &rows[*n];
                created.contains(*at) && status.is_none_or(|wanted| row.changed.unwrap_or(row.status) == wanted) && customer.is_none_or(|wanted| row.customer == wanted)
            };
            let found: Vec<String> = side.iter().filter(fits).map(|(_, n)| id(*n)).collect();
            let more = found.len() > limit;
            let expected: Vec<String> = match cursor {
                Some((_, false)) => found.iter().skip(found.len().saturating_sub(limit)).cloned().collect(),
                _ => found.iter().take(limit).cloned().collect(),
            };

            let (page, has_more) = store.page("invoice", &query);
            let page: Vec<String> = page.iter().filter_map(|object| object["id"].as_str()).map(str::to_owned).collect();
            prop_assert_eq!((page, has_more), (expected, more));
        }
    }
}
