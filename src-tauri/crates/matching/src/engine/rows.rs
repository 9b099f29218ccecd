//! The rows by position. A row keeps its position while others come and go.

use std::ops::Deref;

use crate::lookup::{Lookup, hash, join};
use crate::row::{Row, RowId, Side};

/// What a row is to the matching, with its position there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// Removed; the row that lies there counts no more.
    Gone,
    /// Known, but of no kind that takes part by itself.
    Other,
    Pay(u32),
    Doc(u32),
    /// A customer of Stripe.
    Payer(u32),
    /// A customer of the ledger.
    Customer(u32),
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Row>,
    places: Vec<Place>,
    by_id: Lookup,
    free: Vec<u32>,
}

impl Rows {
    /// Of two rows with one side and id the later one counts.
    pub fn new(rows: Vec<Row>) -> Self {
        let rows = sorted(rows);
        let by_id = Lookup::new((0..).zip(&rows).map(|(at, row)| (key(row.side, &row.id), at)));
        Self { places: vec![Place::Other; rows.len()], by_id, rows, free: Vec::new() }
    }

    pub fn at(&self, side: Side, id: &RowId) -> Option<u32> {
        self.by_id.all(key(side, id)).find(|at| self.rows[*at as usize].side == side && &self.rows[*at as usize].id == id)
    }

    pub fn place(&self, at: u32) -> Place {
        self.places[at as usize]
    }

    pub fn set(&mut self, at: u32, place: Place) {
        self.places[at as usize] = place;
    }

    pub fn put(&mut self, row: Row) -> u32 {
        let at = self.at(row.side, &row.id).or_else(|| self.free.pop()).unwrap_or(self.rows.len() as u32);
        self.by_id.add(key(row.side, &row.id), at);
        match self.rows.get_mut(at as usize) {
            Some(old) => *old = row,
            None => {
                self.rows.push(row);
                self.places.push(Place::Other);
            }
        }
        self.places[at as usize] = Place::Other;
        at
    }

    pub fn remove(&mut self, at: u32) {
        let row = &self.rows[at as usize];
        self.by_id.remove(key(row.side, &row.id), at);
        self.places[at as usize] = Place::Gone;
        self.free.push(at);
    }

    /// The positions of the rows that count.
    pub fn live(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.rows.len() as u32).filter(|at| self.places[*at as usize] != Place::Gone)
    }
}

fn key(side: Side, id: &RowId) -> u64 {
    join(hash(id.as_str()), side as u64)
}

impl Deref for Rows {
    type Target = [Row];

    fn deref(&self) -> &[Row] {
        &self.rows
    }
}

/// Rows in the order in which they are worked on; of two with one side and id, the later one.
pub(crate) fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    let mut order: Vec<(Side, u64, u32)> = rows.iter().enumerate().map(|(at, row)| (row.side, beginning(row.id.as_str()), at as u32)).collect();
    let whole = |at: u32| &rows[at as usize].id;
    order.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| whole(a.2).cmp(whole(b.2))).then(b.2.cmp(&a.2)));
    let mut dropped = Vec::new();
    order.dedup_by(|a, b| {
        let same = (a.0, a.1) == (b.0, b.1) && whole(a.2) == whole(b.2);
        dropped.extend(same.then_some(*a));
        same
    });
    let kept = order.len();
    let mut from: Vec<u32> = order.into_iter().chain(dropped).map(|(_, _, at)| at).collect();
    // In place, each row once: rows are large, and a second copy of all of them would be the peak of memory.
    for start in 0..from.len() {
        let mut to = start;
        loop {
            let next = std::mem::replace(&mut from[to], to as u32) as usize;
            if next == start {
                break;
            }
            rows.swap(to, next);
            to = next;
        }
    }
    rows.truncate(kept);
    rows
}

/// The first bytes as a number in the same order as the texts.
fn beginning(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let len = text.len().min(8);
    bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
    u64::from_be_bytes(bytes)
}
