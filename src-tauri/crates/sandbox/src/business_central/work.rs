//! One request at work on one company: the rows, the instant, the rights and the ids.

use super::company::Company;
use super::guid::Guid;
use super::permissions::Rights;
use super::record::Record;
use super::value::Value;
use super::{Quirks, fault::Fault};
use crate::seed::Ids;
use chrono::{DateTime, NaiveDate, Utc};

pub struct Work<'a> {
    pub company: &'a mut Company,
    pub ids: &'a mut Ids,
    pub now: DateTime<Utc>,
    pub quirks: Quirks,
    pub rights: Rights,
}

impl Work<'_> {
    pub fn new_record(&mut self) -> Record {
        let id = Guid::parse(&self.ids.guid()).unwrap_or_default();
        Record::new(id, self.now)
    }

    /// Writes a row with its stamp.
    pub fn put(&mut self, table: &'static str, mut record: Record) {
        record.modified = self.now;
        self.company.store.put(table, record);
    }

    pub fn get(&self, table: &str, id: Guid) -> Option<&Record> {
        self.company.store.get(table, id)
    }

    pub fn find(&self, table: &str, property: &'static str, value: &str) -> Option<&Record> {
        self.company.store.find(table, property, &Value::from(value))
    }

    pub fn today(&self) -> NaiveDate {
        self.company.today(self.now)
    }

    /// Runs a change as one transaction: a fault leaves nothing behind.
    pub fn atomically<T>(&mut self, change: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let mark = self.company.store.mark();
        let result = change(self);
        if result.is_err() {
            self.company.store.rollback(mark);
        }
        result
    }
}
